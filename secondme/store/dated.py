"""The days that passages speak of and are of, in the ledger: by passage, and by day.

A day is an ordinal (`date.toordinal`); a stretch of them has both ends inclusive. A passage's own day is its item's, in
the item's own zone, and only where the item is dated by itself: the context ends with that date then.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import EVERYTHING, IDS_AT_ONCE, Filters, where

Days = tuple[int, int]
_WIDTHS = (0, 6, 31, 366)  # a day, a week, a month, a year: looked through one after the other
BEYOND = 400  # days; a mention that is wider than what is asked for by more says nothing about it
_CLOCKS = 14 * 3600  # seconds; the farthest that a day somewhere begins from UTC's
_EPOCH = date(1970, 1, 1).toordinal()
# "… — Monday 4 May 2026" at the end of a context: the item's time is its own, and not just the file's
_OWN_DAY = "p.context LIKE '%day ' || CAST(substr(i.time, 9, 2) AS INTEGER) || ' % ' || substr(i.time, 1, 4)"


class Undated(NamedTuple):
    """A passage of which it is not known yet what days it speaks of; `time` is its item's, ISO 8601."""

    n: int
    text: str
    context: str
    time: str | None
    speaker: str


def dates_of(reader: LedgerReader, passages: Sequence[int]) -> dict[int, list[Days]]:
    """The days that passages speak of, by the passages' numbers; those that name none are left out."""
    found: dict[int, list[Days]] = {}
    for at in range(0, len(passages), IDS_AT_ONCE):
        part = passages[at : at + IDS_AT_ONCE]
        marks = ",".join("?" * len(part))
        rows = reader.rows(f"SELECT passage, first, last FROM dates WHERE passage IN ({marks}) ORDER BY 1, 2, 3", part)
        for n, first, last in rows:
            found.setdefault(n, []).append((first, last))
    return found


def own_days(reader: LedgerReader, passages: Sequence[int]) -> dict[int, int]:
    """The passages' own days, by their numbers; those without one are left out."""
    found: dict[int, int] = {}
    for at in range(0, len(passages), IDS_AT_ONCE):
        part = passages[at : at + IDS_AT_ONCE]
        marks = ",".join("?" * len(part))
        sql = f"SELECT p.n, substr(i.time, 1, 10) FROM passages p JOIN items i ON i.n = p.item WHERE p.n IN ({marks})"
        for n, when in reader.rows(f"{sql} AND i.time IS NOT NULL AND {_OWN_DAY}", part):
            found[n] = date.fromisoformat(when).toordinal()
    return found


def passages_dated(reader: LedgerReader, first: int, last: int, limit: int, filters: Filters = EVERYTHING) -> list[int]:
    """Numbers of visible passages that speak of a day in [`first`, `last`], or are of one: the most precise first, and
    of those that are alike in that the latest. Some 40 ms where there are a million passages, for any range."""
    found: dict[int, int] = {}
    for n in _of_days(reader, first, last, limit, filters):
        found[n] = 0
    narrowest = 0
    for widest in (*(width for width in _WIDTHS if width < last - first + BEYOND), last - first + BEYOND):
        if (rest := limit - sum(found[n] < narrowest for n in found)) <= 0:
            break
        for n, width in _speaking(reader, (first, last), (narrowest, widest), rest, filters):
            found[n] = min(width, found.get(n, width))
        narrowest = widest + 1
    return sorted(found, key=lambda n: (found[n], -n))[:limit]


def _speaking(
    reader: LedgerReader, days: Days, widths: tuple[int, int], limit: int, filters: Filters
) -> Iterator[tuple[int, int]]:
    """Passages with a mention so wide that overlaps those days: the index is gone through until there are enough."""
    clause, values = where(filters)
    sql = (
        "SELECT d.passage, d.last - d.first FROM dates d"
        " JOIN passages p ON p.n = d.passage JOIN items i ON i.n = p.item"
        " WHERE d.first BETWEEN ? AND ? AND d.last >= ? AND d.last - d.first BETWEEN ? AND ?"
        f" AND {clause} ORDER BY d.first DESC LIMIT ?"
    )
    first, last = days
    return reader.rows(sql, (first - widths[1], last, first, *widths, *values, limit))


def _of_days(reader: LedgerReader, first: int, last: int, limit: int, filters: Filters) -> Iterator[int]:
    """Passages whose own day is one of those."""
    clause, values = where(filters)
    sql = (
        "SELECT p.n FROM items i JOIN passages p ON p.item = i.n"
        " WHERE i.epoch BETWEEN ? AND ? AND substr(i.time, 1, 10) BETWEEN ? AND ?"
        f" AND {_OWN_DAY} AND {clause} ORDER BY i.epoch DESC LIMIT ?"
    )
    return (n for (n,) in reader.rows(sql, (*_seconds(first, last), *_iso(first, last), *values, limit)))


def _seconds(first: int, last: int) -> tuple[int, int]:
    """Seconds since 1970 within which those days lie, wherever on earth."""
    return (first - _EPOCH) * 86_400 - _CLOCKS, (last + 1 - _EPOCH) * 86_400 + _CLOCKS


def _iso(first: int, last: int) -> tuple[str, str]:
    return date.fromordinal(max(first, 1)).isoformat(), date.fromordinal(min(last, date.max.toordinal())).isoformat()


def after(reader: LedgerReader, n: int, limit: int) -> list[Undated]:
    """The next passages after number `n`, staged ones too, in the order of their numbers."""
    sql = (
        "SELECT p.n, t.text, p.context, i.time, i.speaker FROM passages p JOIN items i ON i.n = p.item"
        " JOIN passage_text t ON t.n = p.n WHERE p.n > ? ORDER BY p.n LIMIT ?"
    )
    return [Undated(*row) for row in reader.rows(sql, (n, limit))]


def put(ledger: Ledger, dated: Iterable[tuple[int, Sequence[Days]]]) -> None:
    """Write what days passages speak of, by their numbers, in place of what was written of them."""
    rows = list(dated)
    ledger.change("DELETE FROM dates WHERE passage = ?", [(n,) for n, _ in rows])
    ledger.change("INSERT OR IGNORE INTO dates VALUES (?, ?, ?)", _flat(rows))


def _flat(dated: Iterable[tuple[int, Sequence[Days]]]) -> Iterator[tuple[int, int, int]]:
    return ((n, first, last) for n, stretches in dated for first, last in stretches)
