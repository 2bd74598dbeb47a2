"""Everything that is visible, whole and in order, a few hundred items at a time: for an export.

Half a million items pass through in the memory of a few hundred; SQLite sorts numbers, not texts.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from typing import Any, NamedTuple

from secondme.records import Handle, Item
from secondme.store.reading import LedgerReader
from secondme.store.rows import ITEM, Filters, SourceRow, item_row, source_row, where

AT_ONCE = 400  # items; well below SQLite's limit on bound values
_VISIBLE = "contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision"
# the source that an item is listed under, and its place there
_FIRST = f"(SELECT min(c.source) FROM {_VISIBLE} WHERE c.item = i.n)"
_YEAR = "coalesce(substr(i.time, 1, 4), '')"
ORDERS = {
    "learned": "i.n",
    "by source": f"i.kind, {_FIRST}, (SELECT min(c.base + c.line) FROM {_VISIBLE} WHERE c.item = i.n), i.n",
    "by thread": f"(SELECT reader FROM sources WHERE n = {_FIRST}), i.thread, {_YEAR}, i.epoch, i.n",
    "by year": f"i.kind, {_YEAR}, i.epoch, i.n",
}


class SourceName(NamedTuple):
    uri: str
    reader: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where an item stands: source, part, line and base as in `Item`; `time` (ISO 8601) where it is another there."""

    source: int
    part: str
    line: int
    base: int
    time: str | None


@dataclass(frozen=True, slots=True)
class Whole:
    """An item with its id, when it was learnt (seconds since 1970), its handles' numbers and its places in order."""

    id: str
    item: Item
    learned_at: int
    handles: tuple[int, ...]
    places: tuple[Place, ...]


def wholes(reader: LedgerReader, filters: Filters, order: str = "learned", kinds: str = "1") -> Iterator[Whole]:
    """The visible items that pass, in one of ORDERS. `kinds` is a condition on `i.kind`."""
    clause, values = _passing(filters)
    numbers = reader.rows(f"SELECT i.n FROM items i WHERE {clause} AND {kinds} ORDER BY {ORDERS[order]}", values)
    batch: list[int] = []
    for (n,) in numbers:
        batch.append(n)
        if len(batch) == AT_ONCE:
            yield from _fetched(reader, batch)
            batch = []
    yield from _fetched(reader, batch)


def sources(reader: LedgerReader) -> Iterator[tuple[SourceRow, int]]:
    """Every visible source with the number of its visible items."""
    rows = reader.rows(
        "SELECT s.*, count(i.n) FROM sources s LEFT JOIN contents c ON c.source = s.n AND c.revision = s.revision"
        " LEFT JOIN items i ON i.n = c.item AND i.superseded = 0 WHERE s.revision > 0 GROUP BY s.n ORDER BY s.n"
    )
    for *row, items in rows:
        yield source_row(tuple(row)), int(items)


def source_names(reader: LedgerReader) -> dict[int, SourceName]:
    """Every visible source's, by its number."""
    rows = reader.rows("SELECT n, uri, reader FROM sources WHERE revision > 0")
    return {n: SourceName(uri, sys.intern(name)) for n, uri, name in rows}


def _passing(filters: Filters) -> tuple[str, list[object]]:
    """A WHERE clause over items alone: a person takes part in the item, or is named in one of its passages."""
    clause, values = where(replace(filters, people=None, names=""))
    if filters.people is None:
        return clause, values
    marks = ",".join("?" * len(filters.people))
    either = [f"i.n IN (SELECT item FROM takes_part WHERE handle IN ({marks}))"]
    values.extend(filters.people)
    if filters.names:
        either.append("i.n IN (SELECT p.item FROM words JOIN passages p ON p.n = words.rowid WHERE words MATCH ?)")
        values.append(filters.names)
    return f"{clause} AND ({' OR '.join(either)})", values


def _fetched(reader: LedgerReader, numbers: Sequence[int]) -> Iterator[Whole]:
    marks = ",".join("?" * len(numbers))
    people = _grouped(
        reader,
        "SELECT t.item, h.n, h.name, h.address, t.role FROM takes_part t JOIN handles h ON h.n = t.handle"
        f" WHERE t.item IN ({marks}) ORDER BY t.item, t.rank",
        numbers,
    )
    places = _grouped(
        reader,
        f"SELECT c.item, c.source, c.part, c.line, c.base, c.time FROM {_VISIBLE}"
        f" WHERE c.item IN ({marks}) ORDER BY c.item, c.source",
        numbers,
    )
    rows = reader.rows(f"SELECT i.n, i.id, i.learned_at, {ITEM} FROM items i WHERE i.n IN ({marks})", numbers)
    found = {}
    for n, id_, learned_at, *row in rows:
        handles = people.get(n, [])
        item = item_row(tuple(row), tuple(Handle(name, address, role) for _, name, address, role in handles))
        numbers_of = tuple(handle for handle, *_ in handles)
        found[n] = Whole(id_, item, learned_at, numbers_of, tuple(Place(*place) for place in places[n]))
    for n in numbers:
        yield found[n]


def _grouped(reader: LedgerReader, sql: str, values: Sequence[int]) -> dict[int, list[tuple[Any, ...]]]:
    rows = reader.rows(sql, values)
    return {n: [tuple(row[1:]) for row in group] for n, group in groupby(rows, key=lambda row: row[0])}
