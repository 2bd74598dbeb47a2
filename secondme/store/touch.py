"""When somebody was last in touch, what comes next, and in how many episodes they take part: by their handles."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.store.rows import LIVE

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

_HANDLES = "t.handle IN (SELECT value FROM json_each(?))"
_SOURCE = (
    "(SELECT s.uri FROM contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision"
    " WHERE c.item = i.n LIMIT 1)"
)


@dataclass(frozen=True, slots=True)
class Touch:
    """An item in which somebody takes part. `time` is ISO 8601; `title` may be ""."""

    kind: str
    title: str
    time: str
    source: str


def last_touch(reader: LedgerReader, handles: Sequence[int], now: int) -> Touch | None:
    """The latest item with them up to `now`; a card about them is none."""
    return _touch(reader, handles, "i.epoch <= ?", now, "DESC")


def next_touch(reader: LedgerReader, handles: Sequence[int], now: int) -> Touch | None:
    """The first item with them after `now`: an appointment."""
    return _touch(reader, handles, "i.epoch > ?", now, "ASC")


def _touch(reader: LedgerReader, handles: Sequence[int], when: str, now: int, order: str) -> Touch | None:
    sql = (
        f"SELECT i.kind, i.title, i.time, {_SOURCE} FROM takes_part t JOIN items i ON i.n = t.item WHERE {_HANDLES}"
        f" AND t.role != 'about' AND i.time IS NOT NULL AND {when} AND {LIVE} ORDER BY i.epoch {order}, i.n LIMIT 1"
    )
    return next((Touch(*row) for row in reader.rows(sql, (json.dumps(list(handles)), now))), None)


def episodes_with(reader: LedgerReader, handles: Sequence[int]) -> int:
    """In how many episodes they take part."""
    sql = (
        "SELECT count(DISTINCT e.episode) FROM takes_part t JOIN passages p ON p.item = t.item"
        f" JOIN episode_passages e ON e.passage = p.id WHERE {_HANDLES} AND t.role != 'about'"
    )
    return int(next(reader.rows(sql, (json.dumps(list(handles)),)))[0])
