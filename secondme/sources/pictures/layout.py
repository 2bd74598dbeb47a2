"""Boxes on a page to lines of text in reading order: columns, then rows, then left to right.

A recursive X-Y cut (Nagy and Seth, 1984): a region is cut at a gutter into columns, or at a wide gap into bands, until
it cannot be cut; what remains are lines. Not every gutter is a border between columns: where the entries on both sides
stand level they are rows of a table or a dialog, and where none stands beside another they are the bubbles of a chat.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

LEVEL = 0.2  # of the text's size: how far apart the middles of two boxes on one line may be
RUNNING = 25  # characters of a line: longer ones are running text, not entries
MOST_BANDS = 100  # looking for columns across them takes the square of their number


_STATUS_BAR = re.compile(r"(?<!\d)\d{1,2}:\d\d(?!\d)|\d\s?%|\b[345]G\b|\bLTE\b")
_PROGRAM = re.compile(r"\s[-–—]\s[^-–—]{3,30}$")
_ADDRESS = re.compile(r"://|\bwww\.|[\w-]\.\w+/")


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
        if len(parts := _columns(region, size)) > 1 or len(parts := _bands(region, size)) > 1:
            stack.extend(reversed(parts))
        else:
            yield from (" ".join(box.text for box in line) for line in _lines(region))


def heading(boxes: Sequence[Box], width: float) -> str:
    """What a window or an app calls itself on a page of this width: its topmost line, if that is clearly a title.

    It stands alone, under at most a phone's status bar, and is centred, larger than the rest, or names its program as
    browsers and editors do ("Inbox - Mozilla Firefox"). Else "".
    """
    size = _median(box.height for box in boxes) if boxes else 0
    for line in _lines(list(boxes)):
        text = " ".join(box.text for box in line)
        if _STATUS_BAR.search(text) and all(len(box.text) < 12 for box in line):
            continue
        top = line[0]
        centred = abs((top.left + top.right) / 2 - width / 2) < 0.03 * width
        clearly = centred or top.height > 1.2 * size or _PROGRAM.search(text)
        words = sum(map(str.isalpha, text)) > 2 and len(text) <= 80
        return text if len(line) == 1 and words and clearly and not _ADDRESS.search(text) else ""
    return ""


def _columns(region: list[Box], size: float) -> list[list[Box]]:
    """The region's columns, from left to right."""
    columns: list[list[Box]] = []
    for part in _split(region, lambda box: (box.left, box.right), size):
        if columns and not _border(columns[-1], part, size):
            columns[-1] = columns[-1] + part
        else:
            columns.append(part)
    return columns


def _border(left: list[Box], right: list[Box], size: float) -> bool:
    """Whether the gutter between two groups of boxes parts columns that are read one after the other."""
    fewer, more = sorted((left, right), key=len)
    if len(fewer) < 3:
        return False
    beside = sum(any(_overlap(box, other) > 0 for other in more) for box in fewer)
    if beside <= 0.1 * len(fewer):
        return False  # bubbles, to the left what one said and to the right the other
    level = sum(any(abs(box.middle - other.middle) < LEVEL * size for other in more) for box in fewer)
    running = min(_median(len(box.text) for box in column) for column in (left, right)) > RUNNING
    return running or level < 0.7 * len(fewer)


def _bands(region: list[Box], size: float) -> list[list[Box]]:
    """The region cut at wide gaps, but as few times as lets columns run on: they begin below what lies across them."""
    bands = _split(region, lambda box: (box.top, box.bottom), 1.2 * size)
    if len(bands) > MOST_BANDS:
        return bands
    joined: list[list[Box]] = []
    at = 0
    while at < len(bands):
        ends = range(len(bands), at + 1, -1)
        spans = ((end, [box for band in bands[at:end] for box in band]) for end in ends if end - at < len(bands))
        end, found = next(((end, boxes) for end, boxes in spans if len(_columns(boxes, size)) > 1), (at + 1, bands[at]))
        joined.append(found)
        at = end
    return joined


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
