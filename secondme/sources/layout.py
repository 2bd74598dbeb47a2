"""Boxes on a page to lines of text in reading order: columns, then rows, then left to right.

A recursive X-Y cut (Nagy and Seth, 1984): a region is cut at a gutter into columns, or at a wide gap into bands, until
it cannot be cut; what remains are lines. A gutter between labels and values that stand level is no column border.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple


class Box(NamedTuple):
    """A run of text on a page; pixels, the origin at the top left."""

    left: float
    top: float
    right: float
    bottom: float
    text: str

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        return (self.top + self.bottom) / 2


def in_reading_order(boxes: Sequence[Box]) -> Iterator[str]:
    """The lines of a page; boxes on one line are joined by a space."""
    if not boxes:
        return
    size = _median(box.height for box in boxes)
    stack = [list(boxes)]
    while stack:
        region = stack.pop()
        if columns := _columns(region, size):
            stack.extend(reversed(columns))
        elif len(bands := _split(region, lambda box: (box.top, box.bottom), 1.2 * size)) > 1:
            stack.extend(reversed(bands))
        else:
            yield from (" ".join(box.text for box in line) for line in _lines(region))


def _columns(region: list[Box], size: float) -> list[list[Box]]:
    """The region's columns, or nothing if it has one only."""
    columns = _split(region, lambda box: (box.left, box.right), 1.5 * size)
    if len(columns) < 2 or min(map(len, columns)) < 3 or _level(columns, size):
        return []
    return columns


def _level(columns: list[list[Box]], size: float) -> bool:
    """Whether the columns make rows, as in a table or a dialog: short entries that stand on the lines of the others."""
    fewest = min(columns, key=len)
    others = [box for column in columns if column is not fewest for box in column]
    beside = sum(any(abs(box.middle - other.middle) < 0.35 * size for other in others) for box in fewest)
    running = min(_median(len(box.text) for box in column) for column in columns) > 25
    return beside >= 0.6 * len(fewest) and not running


def _split(region: list[Box], side: Callable[[Box], tuple[float, float]], gap: float) -> list[list[Box]]:
    """The region cut wherever nothing reaches across at least `gap` pixels."""
    groups: list[list[Box]] = []
    reach = 0.0
    for box in sorted(region, key=side):
        start, end = side(box)
        if groups and start - reach < gap:
            groups[-1].append(box)
            reach = max(reach, end)
        else:
            groups.append([box])
            reach = end
    return groups


def _lines(region: list[Box]) -> Iterator[list[Box]]:
    """Boxes that overlap by half their height are one line."""
    line: list[Box] = []
    for box in sorted(region, key=lambda box: box.middle):
        if line and _overlap(line[-1], box) < 0.5 * min(line[-1].height, box.height):
            yield sorted(line)
            line = []
        line.append(box)
    if line:
        yield sorted(line)


def _median(values: Iterable[float]) -> float:
    """The upper one where two are in the middle; the `statistics` module takes 20 ms to import."""
    ordered = sorted(values)
    return ordered[len(ordered) // 2]


def _overlap(one: Box, other: Box) -> float:
    return min(one.bottom, other.bottom) - max(one.top, other.top)
