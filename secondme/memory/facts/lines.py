"""The lines of a passage as people write them: list items, headings, rows of tables, and what is not said at all.

Code, quoted lines and lines longer than anybody writes are left out. All places are offsets into the passage's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST = 600  # characters; what is longer is no line of a list or a form
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MARK = re.compile(r"\s*(?:(?P<mark>[-*+•–]|\d{1,3}[.)])\s+)?(?:\[(?P<box>[ xX✓✔-])\]\s+)?")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_INLINE = re.compile(r"\*\*|__|~~|==|`|(?<!\w)[*_]|[*_](?!\w)|!?\[\[(?:[^\[\]|\n]{0,200}\|)?|\]\]")
_LINK = re.compile(r"!?\[([^\[\]\n]{0,300})\]\([^()\s]{0,500}\)")
_STRUCK = re.compile(r"~~[^~\n]{1,300}~~")


@dataclass(frozen=True, slots=True)
class Line:
    """The words of a line, `text[start:end]`, behind its mark. `box` is what a checkbox holds: "", " " or "x"."""

    start: int
    end: int
    text: str
    listed: bool = False
    box: str = ""
    heading: bool = False

    @property
    def row(self) -> bool:
        return self.text.startswith("|")


def lines(text: str) -> Iterator[Line]:
    """The lines that say something, in order."""
    fenced, at = False, 0
    for whole in text.splitlines(keepends=True):
        start, at = at, at + len(whole)
        if _FENCE.match(whole[:40]):
            fenced = not fenced
        elif not fenced and len(whole) <= LONGEST:
            yield from _line(whole, start)


def _line(whole: str, start: int) -> Iterator[Line]:
    if whole.lstrip().startswith((">", "<!--")):
        return
    heading = _HEADING.match(whole)
    mark = heading or _MARK.match(whole)
    assert mark is not None  # it may match nothing
    words = whole[mark.end() :].rstrip()
    if not words:
        return
    begin = start + mark.end()
    listed, box = (False, "") if heading else (mark["mark"] is not None, (mark["box"] or "").lower())
    yield Line(begin, begin + len(words), words, listed, "x" if box in ("✓", "✔") else box, heading is not None)


def plain(text: str) -> str:
    """The words without Markdown's marks, on one line; what is struck out goes."""
    bare = _INLINE.sub("", _LINK.sub(r"\1", _STRUCK.sub(" ", text)))
    return " ".join(bare.split())
