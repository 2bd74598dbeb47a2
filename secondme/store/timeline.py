"""Episodes as they are read: in the order of time, by stretch, person or passage, with their people and their lines.

An episode shows as long as all its passages do: its title may be any one's words.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from secondme.store.episodes import Line, lines
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, parts

_WHOLE = (
    "NOT EXISTS (SELECT 1 FROM episode_passages x WHERE x.episode = e.n AND NOT EXISTS"
    f" (SELECT 1 FROM passages p JOIN items i ON i.n = p.item WHERE p.id = x.passage AND {LIVE}))"
)


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which episodes: with a moment in [`first`, `last`]; with one of `passages` (ids); in which one of the handles
    `people` takes part, or a passage of which the words query `names` finds. None: any."""

    first: int | None = None
    last: int | None = None
    passages: tuple[str, ...] | None = None
    people: tuple[int, ...] | None = None
    names: str = ""

    @property
    def whole(self) -> bool:
        """Whether of each moment that is meant all episodes are."""
        return self.passages is None and self.people is None


@dataclass(frozen=True, slots=True)
class Episode:
    """An episode as it is read: `first` and `last` are moments, None where it has no date of its own; `lines` the most
    telling first; `people` the names of those who take part, who does most first."""

    n: int
    id: str
    title: str
    first: int | None
    last: int | None
    place: str
    thread: str
    passages: tuple[str, ...] = ()
    people: tuple[str, ...] = ()
    lines: tuple[Line, ...] = ()


def any_written(reader: LedgerReader) -> bool:
    return bool(next(reader.rows("SELECT EXISTS (SELECT 1 FROM episodes)"))[0])


def episodes(reader: LedgerReader, wanted: Wanted) -> list[Episode]:
    """In the order of time; those without a date come last."""
    clauses, values = [_WHOLE], list[object]()
    if wanted.first is not None:
        clauses.append("e.last >= ?")
        values.append(wanted.first)
    if wanted.last is not None:
        clauses.append("e.first <= ?")
        values.append(wanted.last)
    if wanted.passages is not None:
        clauses.append(
            "e.n IN (SELECT ep.episode FROM json_each(?) w JOIN episode_passages ep ON ep.passage = w.value)"
        )
        values.append(json.dumps(wanted.passages))
    if wanted.people is not None:
        clauses.append(_WITH if not wanted.names else f"({_WITH} OR {_NAMING})")
        values += [json.dumps(wanted.people), *([wanted.names] if wanted.names else [])]
    sql = (
        "SELECT e.n, e.id, e.title, e.first, e.last, e.place, e.thread FROM episodes e"
        f" WHERE {' AND '.join(clauses)} ORDER BY e.first IS NULL, e.first, e.n"
    )
    with reader.snapshot():
        return _filled(reader, [Episode(*row) for row in reader.rows(sql, values)])


_WITH = (
    "e.n IN (SELECT ep.episode FROM json_each(?) h JOIN takes_part t ON t.handle = h.value"
    " JOIN passages p ON p.item = t.item JOIN episode_passages ep ON ep.passage = p.id)"
)
_NAMING = (
    "e.n IN (SELECT ep.episode FROM words JOIN passages p ON p.n = words.rowid"
    " JOIN episode_passages ep ON ep.passage = p.id WHERE words MATCH ?)"
)


def _filled(reader: LedgerReader, found: Sequence[Episode]) -> list[Episode]:
    numbers = [one.n for one in found]
    passages, people = _passages(reader, numbers), _people(reader, numbers)
    told = lines(reader, "episode", [one.id for one in found])
    return [
        Episode(
            one.n,
            one.id,
            one.title,
            one.first,
            one.last,
            one.place,
            one.thread,
            tuple(passages.get(one.n, ())),
            tuple(people.get(one.n, ())),
            tuple(told.get(one.id, ())),
        )
        for one in found
    ]


def _passages(reader: LedgerReader, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for part in parts([str(n) for n in numbers]):
        sql = (
            f"SELECT episode, passage FROM episode_passages WHERE episode IN ({','.join(part)}) ORDER BY episode, rank"
        )
        for n, passage in reader.rows(sql):
            found.setdefault(n, []).append(passage)
    return found


def _people(reader: LedgerReader, numbers: Sequence[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for part in parts([str(n) for n in numbers]):
        sql = (
            "SELECT ep.episode, h.name FROM episode_passages ep JOIN passages p ON p.id = ep.passage"
            " JOIN items i ON i.n = p.item JOIN takes_part t ON t.item = i.n JOIN handles h ON h.n = t.handle"
            f" WHERE ep.episode IN ({','.join(part)}) AND h.name != '' AND {LIVE}"
            " GROUP BY 1, 2 ORDER BY 1, sum(t.role = 'from') DESC, count(*) DESC, min(ep.rank), 2"
        )
        for n, name in reader.rows(sql):
            found.setdefault(n, []).append(name)
    return found


def of_passage(reader: LedgerReader, passage: str) -> Episode | None:
    """The episode that a passage is in."""
    found = episodes(reader, Wanted(passages=(passage,)))
    return found[0] if found else None


def shown(reader: LedgerReader, level: str, keys: Iterable[str]) -> dict[str, list[Line]]:
    """The lines of those summaries, without such as cite what does not show any more."""
    found = lines(reader, level, keys)
    cited = list({line.passage for some in found.values() for line in some})
    live = set[str]()
    for part in parts(cited):
        marks = ",".join("?" * len(part))
        sql = f"SELECT p.id FROM passages p JOIN items i ON i.n = p.item WHERE p.id IN ({marks}) AND {LIVE}"
        live.update(id_ for (id_,) in reader.rows(sql, part))
    return {key: [line for line in some if line.passage in live] for key, some in found.items()}
