"""Episodes and the summaries above them, in the ledger: which passages are in none yet, and what is written of them.

All of it is derived from passages, and can be thrown away. An episode's id is a hash of its passages' ids, so that
cutting the same stretch again changes nothing, and one whose passages are not those of its id any more is broken.

Knows rows. What belongs together is decided in memory/episodes/, and what is read of them stands in store/timeline.py.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, parts

# A card says who somebody is, and not what happened.
TOLD = "i.kind != 'contact'"
# What goes on over several items: a conversation. All else is a stream by itself.
JOINED = "i.kind IN ('message', 'mail') AND i.thread != ''"


class Stream(NamedTuple):
    """What is cut together: the conversation `thread`, or one `item` (its number; 0 where there is a thread)."""

    thread: str
    item: int


@dataclass(frozen=True, slots=True)
class Placed:
    """A passage in its stream. `epoch` and `time` (ISO 8601) are its item's; `length` is in characters."""

    n: int
    id: str
    item: int
    kind: str
    thread: str
    epoch: int | None
    time: str | None
    speaker: str
    trust: str
    context: str
    length: int

    @property
    def stream(self) -> Stream:
        joined = bool(self.thread) and self.kind in ("message", "mail")
        return Stream(self.thread, 0) if joined else Stream("", self.item)


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a summary: words of the passage (its id) that it cites, verbatim but for white space."""

    text: str
    passage: str


@dataclass(frozen=True, slots=True)
class Made:
    """An episode as it is written: `first` and `last` are moments, None where it has no date of its own. `lines` are
    the most telling first."""

    title: str
    passages: tuple[str, ...]
    first: int | None = None
    last: int | None = None
    place: str = ""
    thread: str = ""
    lines: tuple[Line, ...] = ()

    @property
    def id(self) -> str:
        return identity(self.passages)


def identity(passages: Iterable[str]) -> str:
    """An episode's id: a hash of its passages' ids in their order."""
    return hashlib.blake2b("\0".join(passages).encode(), digest_size=16).hexdigest()


# -- what there is to cut ---------------------------------------------------------------------------------------------


def unplaced(reader: LedgerReader) -> list[tuple[Stream, int]]:
    """The streams with passages that are in no episode, and how many: the latest streams first."""
    sql = (
        f"SELECT CASE WHEN {JOINED} THEN i.thread ELSE '' END, CASE WHEN {JOINED} THEN 0 ELSE i.n END,"
        " count(*), max(coalesce(i.epoch, 0)) AS latest FROM passages p JOIN items i ON i.n = p.item"
        f" WHERE NOT EXISTS (SELECT 1 FROM episode_passages e WHERE e.passage = p.id) AND {TOLD} AND {LIVE}"
        " GROUP BY 1, 2 ORDER BY latest DESC, 1, 2"
    )
    return [(Stream(thread, item), count) for thread, item, count, _ in reader.rows(sql)]


def streams(reader: LedgerReader, wanted: Sequence[Stream]) -> list[list[Placed]]:
    """The passages of each stream, as they follow each other in time and in their items."""
    found: dict[Stream, list[Placed]] = {stream: [] for stream in wanted}
    threads = json.dumps([stream.thread for stream in wanted if stream.thread])
    items = json.dumps([stream.item for stream in wanted if not stream.thread])
    where = (
        (f"{JOINED} AND i.thread IN (SELECT value FROM json_each(?))", threads),
        ("i.n IN (SELECT value FROM json_each(?))", items),
    )
    for clause, values in where:
        sql = (
            'SELECT p.n, p.id, i.n, i.kind, i.thread, i.epoch, i.time, i.speaker, i.trust, p.context, p."end" - p.start'
            f" FROM items i JOIN passages p ON p.item = i.n WHERE {clause} AND {TOLD} AND {LIVE}"
            " ORDER BY coalesce(i.epoch, 0), i.n, p.start"
        )
        for row in reader.rows(sql, (values,)):
            placed = Placed(*row)
            found[placed.stream].append(placed)
    return [found[stream] for stream in wanted]


# -- writing ----------------------------------------------------------------------------------------------------------


def put(ledger: Ledger, passages: Sequence[str], ids: Iterable[str], new: Sequence[Made]) -> list[int]:
    """Let `ids` be the only episodes in which any of these passages (ids) are: `new` ones are written, others that are
    there are deleted. Returns the moments at which something has changed."""
    with ledger.transaction():
        held = dict(_holding(ledger, list(passages)))
        wanted = set(ids)
        moments = drop(ledger, [n for n, id_ in held.items() if id_ not in wanted])
        _insert(ledger, new)
    return moments + [moment for one in new for moment in (one.first, one.last) if moment is not None]


def known(reader: LedgerReader, ids: Iterable[str]) -> set[str]:
    """Those of the episodes' ids that are written already."""
    found: set[str] = set()
    for part in parts(list(ids)):
        found.update(
            id_ for (id_,) in reader.rows(f"SELECT id FROM episodes WHERE id IN ({','.join('?' * len(part))})", part)
        )
    return found


def _holding(reader: LedgerReader, passages: list[str]) -> Iterator[tuple[int, str]]:
    """The episodes in which any of the passages is: number and id."""
    for part in parts(passages):
        yield from reader.rows(
            "SELECT DISTINCT e.n, e.id FROM episode_passages ep JOIN episodes e ON e.n = ep.episode"
            f" WHERE ep.passage IN ({','.join('?' * len(part))})",
            part,
        )


def _insert(ledger: Ledger, new: Sequence[Made]) -> None:
    rows = [(one.id, one.title, one.first, one.last, one.place, one.thread) for one in new]
    ledger.change("INSERT INTO episodes (id, title, first, last, place, thread) VALUES (?, ?, ?, ?, ?, ?)", rows)
    sql = "SELECT id, n FROM episodes WHERE id IN (SELECT value FROM json_each(?))"
    number = dict(ledger.rows(sql, (json.dumps([one.id for one in new]),)))
    places = [(number[one.id], *place) for one in new for place in enumerate(one.passages)]
    ledger.change("INSERT INTO episode_passages VALUES (?, ?, ?)", places)
    summarise(ledger, "episode", {one.id: one.lines for one in new})


def drop(ledger: Ledger, numbers: Sequence[int]) -> list[int]:
    """Delete episodes with their summaries. Returns the moments of what is gone. Summaries of days, weeks and months
    are the caller's to drop (see `unsettle`)."""
    which = "n IN (SELECT value FROM json_each(?))"
    values = (json.dumps(list(numbers)),)
    with ledger.transaction():
        rows = list(ledger.rows(f"SELECT id, first, last FROM episodes WHERE {which}", values)) if numbers else []
        unsettle(ledger, "episode", [id_ for id_, _, _ in rows])
        ledger.change(f"DELETE FROM episode_passages WHERE episode {which.removeprefix('n ')}", [values])
        ledger.change(f"DELETE FROM episodes WHERE {which}", [values])
    return [moment for _, first, last in rows for moment in (first, last) if moment is not None]


def broken(reader: LedgerReader) -> list[int]:
    """Numbers of the episodes that rest on passages which do not show any more, or have lost some of their own."""
    gone = (
        "SELECT DISTINCT ep.episode FROM episode_passages ep WHERE NOT EXISTS"
        f" (SELECT 1 FROM passages p JOIN items i ON i.n = p.item WHERE p.id = ep.passage AND {LIVE})"
    )
    found = {n for (n,) in reader.rows(gone)}
    held: dict[int, tuple[str, list[str]]] = {n: (id_, []) for n, id_ in reader.rows("SELECT n, id FROM episodes")}
    for n, passage in reader.rows("SELECT episode, passage FROM episode_passages ORDER BY episode, rank"):
        held[n][1].append(passage)
    return sorted(found | {n for n, (id_, passages) in held.items() if identity(passages) != id_})


def clear(ledger: Ledger) -> None:
    """No episodes and no summaries any more."""
    with ledger.transaction():
        for table in ("episode_passages", "episodes", "summary_lines", "summaries"):
            ledger.change(f"DELETE FROM {table}")


# -- summaries --------------------------------------------------------------------------------------------------------


def summarise(ledger: Ledger, level: str, told: Mapping[str, Sequence[Line]]) -> None:
    """Let these be the lines of a level's summaries, by key."""
    with ledger.transaction():
        unsettle(ledger, level, told)
        ledger.change("INSERT INTO summaries (level, key) VALUES (?, ?)", [(level, key) for key in told])
        sql = "SELECT key, n FROM summaries WHERE level = ? AND key IN (SELECT value FROM json_each(?))"
        number = dict(ledger.rows(sql, (level, json.dumps(list(told)))))
        rows = [(number[key], rank, one.text, one.passage) for key in told for rank, one in enumerate(told[key])]
        ledger.change("INSERT INTO summary_lines VALUES (?, ?, ?, ?)", rows)


def unsettle(ledger: Ledger, level: str, keys: Iterable[str]) -> None:
    """Delete these summaries: they have to be made again."""
    rows = [(level, key) for key in keys]
    with ledger.transaction():
        ledger.change(
            "DELETE FROM summary_lines WHERE summary = (SELECT n FROM summaries WHERE level = ? AND key = ?)", rows
        )
        ledger.change("DELETE FROM summaries WHERE level = ? AND key = ?", rows)


def keys(reader: LedgerReader, level: str) -> set[str]:
    """The keys of a level's summaries."""
    return {key for (key,) in reader.rows("SELECT key FROM summaries WHERE level = ?", (level,))}


def lines(reader: LedgerReader, level: str, wanted: Iterable[str]) -> dict[str, list[Line]]:
    """The lines of these summaries, by key, in their order; those that are not there are left out."""
    found: dict[str, list[Line]] = {}
    for part in parts(list(wanted)):
        rows = reader.rows(
            "SELECT s.key, l.text, l.passage FROM summaries s JOIN summary_lines l ON l.summary = s.n"
            f" WHERE s.level = ? AND s.key IN ({','.join('?' * len(part))}) ORDER BY s.n, l.rank",
            (level, *part),
        )
        for key, text, passage in rows:
            found.setdefault(key, []).append(Line(text, passage))
    return found
