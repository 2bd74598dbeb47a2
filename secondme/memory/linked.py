"""A passage with what it is linked to: why, where that stands, and what later passages add to it."""

from __future__ import annotations

from dataclasses import dataclass

from secondme.errors import UsageError
from secondme.store import links, timeline
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, Found
from secondme.store.timeline import Episode

SHORTEST = 4  # characters of an id


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A linked passage; `reasons` with their weights (0..1), the strongest first; `added` are the keywords that it
    adds to the passage, "" for none."""

    found: Found
    reasons: tuple[tuple[str, float], ...]
    added: str = ""


@dataclass(frozen=True, slots=True)
class Linked:
    """A passage, the episode that it is in, and its neighbours, the strongest first."""

    found: Found
    episode: Episode | None
    neighbours: tuple[Neighbour, ...]


def linked(reader: LedgerReader, name: str) -> Linked:
    """`name` is a passage's id or the beginning of it. Raises UsageError if that is none, or several."""
    with reader.snapshot():
        here = passage(reader, name)
        id_ = here.passage.id
        reasons = dict[str, list[tuple[str, float]]]()
        for link in links.of(reader, id_):
            reasons.setdefault(link.other, []).append((link.reason, link.weight))
        added = {one.because: one.text for one in links.added(reader, [id_]).get(id_, ())}
        found = reader.passages([*reasons, *(other for other in added if other not in reasons)])
        neighbours = [
            Neighbour(one, tuple(reasons.get(other, ())), added.get(other, "")) for other, one in found.items()
        ]
        neighbours.sort(
            key=lambda one: (-max((weight for _, weight in one.reasons), default=0.0), one.found.passage.id)
        )
        return Linked(here, timeline.of_passage(reader, id_), tuple(neighbours))


def beginning(reader: LedgerReader, name: str) -> Found | None:
    """The visible passage whose id is `name` or begins with it. Raises UsageError if there are several."""
    begun = name.lower()
    if len(begun) < SHORTEST or not (begun.isalnum() and begun.isascii()):
        return None
    sql = f"SELECT DISTINCT p.id FROM passages p JOIN items i ON i.n = p.item WHERE p.id LIKE ? AND {LIVE} LIMIT 2"
    ids = [id_ for (id_,) in reader.rows(sql, (f"{begun}%",))]
    if len(ids) > 1:
        raise UsageError(f"More than one passage's id begins with {name!r}.", "Give more of it.")
    return reader.passages(ids).get(ids[0]) if ids else None


def passage(reader: LedgerReader, name: str) -> Found:
    """The same; raises UsageError also if there is none."""
    if (found := beginning(reader, name)) is not None:
        return found
    raise UsageError(
        f"No passage in memory has the id {name!r}.",
        "`secondme timeline` shows ids, and so does `secondme recall WORDS --json`.",
    )
