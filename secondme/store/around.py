"""Passages where they stand: their words, who says them, and what stands before and after them in their item or thread.

A chat message is an item by itself: what stands around it are the messages of the same thread within HOURS. Within a
longer text they are the passages before and after. Many passages are read together, and each item's text once: cutting
them out in SQL would read a long text from its beginning for every one of them.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from secondme.store.rows import LIVE

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

REACH = 2  # passages on each side
HOURS = 6.0  # a longer silence in a thread begins another conversation


@dataclass(frozen=True, slots=True)
class Standing:
    """A passage with its surroundings. `before` and `after`: numbers of the passages there, the nearest first.

    `item` is the item's number, `epoch` its time in seconds since 1970. A `speaker` may be "".
    """

    n: int
    id: str
    item: int
    text: str
    context: str
    speaker: str
    trust: str
    kind: str
    thread: str
    epoch: int | None
    before: tuple[int, ...] = ()
    after: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class _Place:
    n: int
    item: int
    start: int
    end: int


def standing(reader: LedgerReader, numbers: Sequence[int]) -> dict[int, Standing]:
    """The passages with these numbers and, so that their words can be had, those around them, by number.

    Only the passages asked for know what is `before` and `after` them. All are visible ones, if those asked for are.
    """
    places = _places(reader, "n", numbers)
    siblings = _places(reader, "n", {n + d for n in places for d in range(-REACH, REACH + 1)} - places.keys())
    around = {n: _siblings(place, places, siblings) for n, place in places.items()}
    asked = _filled(reader, {**places, **siblings})
    beyond = _beyond(reader, [asked[n] for n in places], around)
    asked |= _filled(reader, {p.n: p for p in beyond if p.n not in asked})
    for n, (before, after) in around.items():
        asked[n] = replace(asked[n], before=tuple(before[:REACH]), after=tuple(after[:REACH]))
    return asked


def _places(reader: LedgerReader, column: str, numbers: Iterable[int]) -> dict[int, _Place]:
    sql = f'SELECT n, item, start, "end" FROM passages WHERE {column} IN (SELECT value FROM json_each(?)) ORDER BY n'
    return {row[0]: _Place(*row) for row in reader.rows(sql, (json.dumps(sorted(numbers)),))}


def _siblings(
    place: _Place, places: Mapping[int, _Place], siblings: Mapping[int, _Place]
) -> tuple[list[int], list[int]]:
    """The passages of the same item before and after `place`, nearest first; they are numbered in turn."""

    def along(step: int) -> list[int]:
        found = []
        for n in range(place.n + step, place.n + step * (REACH + 1), step):
            there = places.get(n) or siblings.get(n)
            if there is None or there.item != place.item:
                break
            found.append(n)
        return found

    return along(-1), along(1)


def _filled(reader: LedgerReader, places: Mapping[int, _Place]) -> dict[int, Standing]:
    """The passages with their words, each item's text read once."""
    items = sorted({place.item for place in places.values()})
    sql = "SELECT n, text, speaker, trust, kind, thread, epoch FROM items WHERE n IN (SELECT value FROM json_each(?))"
    held = {row[0]: row[1:] for row in reader.rows(sql, (json.dumps(items),))}
    named = "SELECT n, id, context FROM passages WHERE n IN (SELECT value FROM json_each(?))"
    found = {}
    for n, id_, context in reader.rows(named, (json.dumps(sorted(places)),)):
        place = places[n]
        text, *rest = held[place.item]
        found[n] = Standing(n, id_, place.item, text[place.start : place.end], context, *rest)
    return found


def _beyond(
    reader: LedgerReader, asked: Sequence[Standing], around: Mapping[int, tuple[list[int], list[int]]]
) -> list[_Place]:
    """Adds to `around` the messages before and after those at an edge of their item; gives the passages added."""
    edges: dict[int, list[tuple[int, int]]] = {}  # neighbouring item -> (passage asked for, side), in turn
    turns: dict[tuple[int, int], list[int]] = {}
    for one in asked:
        if not one.thread or one.epoch is None:
            continue
        for side in (0, 1):
            if len(around[one.n][side]) < REACH:
                turns[one.n, side] = _adjacent(reader, one, side)
                for item in turns[one.n, side]:
                    edges.setdefault(item, []).append((one.n, side))
    passages: dict[int, list[_Place]] = {}
    for place in _places(reader, "item", edges).values():
        passages.setdefault(place.item, []).append(place)
    added = []
    for (n, side), items in turns.items():
        for item in items:
            there = passages.get(item, [])
            if there and len(around[n][side]) < REACH:
                nearest = there[-1] if side == 0 else there[0]
                around[n][side].append(nearest.n)
                added.append(nearest)
    return added


def _adjacent(reader: LedgerReader, one: Standing, side: int) -> list[int]:
    """The items next to `one` in its thread, nearest first."""
    sign, order = ("<", "DESC") if side == 0 else (">", "ASC")
    sql = (
        f"SELECT i.n, i.epoch FROM items i WHERE i.thread = ? AND (i.epoch, i.n) {sign} (?, ?) AND {LIVE}"
        f" ORDER BY i.epoch {order}, i.n {order} LIMIT {REACH}"
    )
    found: list[int] = []
    last: Any = one.epoch
    for n, epoch in reader.rows(sql, (one.thread, one.epoch, one.item)):
        if abs(epoch - last) > HOURS * 3600:
            break
        found.append(n)
        last = epoch
    return found
