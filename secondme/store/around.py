"""Passages where they stand: their words, who says them, and what stands before and after them in their item or thread.

A chat message is an item by itself: what stands around it are the messages of the same thread within HOURS. Within a
longer text they are the passages before and after. Many passages are read together, and each item's text once: cutting
them out in SQL would read a long text from its beginning for every one of them. The text of a whole archive is never
held, but gone through in parts.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

from secondme.store.rows import LIVE, unless_long

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


class _Place(NamedTuple):
    n: int
    id: str
    item: int
    start: int
    end: int
    context: str


class _Item(NamedTuple):
    """`text` is None where it is long."""

    text: str | None
    speaker: str
    trust: str
    kind: str
    thread: str
    epoch: int | None


Sides = dict[int, list[int]]  # a passage's number: those beside it, the nearest first


def standing(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, Standing]:
    """The passages with these numbers and, so that their words can be had, those around them, by number.

    Only the passages asked for know what is `before` and `after` them. All are visible ones, if those asked for are.
    """
    with reader.snapshot():
        return _standing(reader, numbers)


def _standing(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, Standing]:
    asked = _places(reader, numbers)
    items = _items(reader, {place.item for place in asked.values()})
    places = asked | _places(reader, _beside(asked.values(), items) - asked.keys())
    before, after = ({n: _along(place, step, places) for n, place in asked.items()} for step in (-1, 1))
    _add_turns(reader, _BEFORE, asked, items, before)
    _add_turns(reader, _AFTER, asked, items, after)
    wanted = {m for sides in (before, after) for side in sides.values() for m in side}
    places |= _places(reader, wanted - places.keys())
    places = {n: place for n, place in places.items() if n in asked or n in wanted}
    items |= _items(reader, {place.item for place in places.values()} - items.keys())
    texts = dict(_texts(reader, places.values(), items))
    return {
        n: Standing(
            n,
            one.id,
            one.item,
            texts[n],
            one.context,
            *items[one.item][1:],
            tuple(before.get(n, ())),
            tuple(after.get(n, ())),
        )
        for n, one in places.items()
    }


def _places(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, _Place]:
    sql = (
        'SELECT n, id, item, start, "end", context FROM passages WHERE n IN (SELECT value FROM json_each(?)) ORDER BY n'
    )
    wanted = sorted(numbers)
    return {row[0]: _Place(*row) for row in reader.rows(sql, (json.dumps(wanted),))} if wanted else {}


def _items(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, _Item]:
    sql = (
        f"SELECT i.n, {unless_long('i.text')}, i.speaker, i.trust, i.kind, i.thread, i.epoch"
        " FROM items i WHERE i.n IN (SELECT value FROM json_each(?))"
    )
    wanted = sorted(numbers)
    return {n: _Item(*row) for n, *row in reader.rows(sql, (json.dumps(wanted),))} if wanted else {}


# -- beside it in the same item ---------------------------------------------------------------------------------------


def _beside(asked: Iterable[_Place], items: Mapping[int, _Item]) -> set[int]:
    """The numbers of what may stand beside those passages in their items, which are numbered in turn."""
    found: set[int] = set()
    for place in asked:
        text = items[place.item].text
        if place.start > 0:
            found.update(range(place.n - REACH, place.n))
        if text is None or place.end < len(text):
            found.update(range(place.n + 1, place.n + REACH + 1))
    return found


def _along(place: _Place, step: int, places: Mapping[int, _Place]) -> list[int]:
    """The passages of the same item on one side of `place`, nearest first."""
    found: list[int] = []
    while len(found) < REACH:
        there = places.get(place.n + step * (len(found) + 1))
        if there is None or there.item != place.item:
            break
        found.append(there.n)
    return found


# -- beside it in the same thread -------------------------------------------------------------------------------------


def _turns(sign: str, order: str, nearest: str, farthest: str) -> str:
    """SQL for the REACH items next to each of some items in its thread, with the passage of each that is nearest.

    10 µs an item. The thread is compared with '' as its index is. No conversation reaches further than REACH silences,
    which keeps the search short where many items in a row do not show.
    """
    return (
        f"SELECT one.n, other.epoch, (SELECT {nearest}(p.n) FROM passages p WHERE p.item = other.n)"
        " FROM json_each(?) asked CROSS JOIN items one ON one.n = asked.value CROSS JOIN items other ON other.n IN"
        " (SELECT i.n FROM items i WHERE i.thread = one.thread AND i.thread != ''"
        f" AND (i.epoch, i.n) {sign} (one.epoch, one.n) AND i.epoch {farthest} {REACH * HOURS * 3600:.0f} AND {LIVE}"
        f" ORDER BY i.epoch {order}, i.n {order} LIMIT {REACH})"
        f" ORDER BY one.n, other.epoch {order}, other.n {order}"
    )


_BEFORE = _turns("<", "DESC", "max", ">= one.epoch -")
_AFTER = _turns(">", "ASC", "min", "<= one.epoch +")


def _add_turns(
    reader: LedgerReader, sql: str, asked: Mapping[int, _Place], items: Mapping[int, _Item], sides: Sides
) -> None:
    """Adds to the passages of one side what the messages there have, where the item itself has less than REACH."""
    edges = [n for n, side in sides.items() if len(side) < REACH and items[asked[n].item].thread]
    beside = defaultdict[int, list[tuple[int, int | None]]](list)
    for item, epoch, n in reader.rows(sql, (json.dumps(sorted({asked[n].item for n in edges})),)) if edges else ():
        beside[item].append((epoch, n))
    for n in edges:
        item = asked[n].item
        nearest = [m for m in _unbroken(items[item].epoch, beside[item]) if m is not None]
        sides[n] += nearest[: REACH - len(sides[n])]


def _unbroken(epoch: int | None, turns: Sequence[tuple[int, int | None]]) -> Iterator[int | None]:
    """The passages of those messages, as far as no silence between two is too long."""
    last = epoch or 0
    for time, n in turns:
        if abs(time - last) > HOURS * 3600:
            return
        last = time
        yield n


# -- the words --------------------------------------------------------------------------------------------------------


def _texts(reader: LedgerReader, places: Iterable[_Place], items: Mapping[int, _Item]) -> Iterator[tuple[int, str]]:
    """Each passage's number and its words."""
    long = defaultdict[int, list[_Place]](list)
    for place in places:
        if (text := items[place.item].text) is None:
            long[place.item].append(place)
        else:
            yield place.n, text[place.start : place.end]
    for item, within in long.items():
        cut = reader.pieces(item, [(place.start, place.end) for place in within])
        yield from zip((place.n for place in within), cut, strict=True)
