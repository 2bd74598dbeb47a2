"""The lines of a passage as people write them: list items, headings, rows of tables, and what is not said at all.

Code, quoted lines and lines longer than anybody writes are left out. All places are offsets into the passage's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

LONGEST = 600  # characters; what is longer is no line of a list or a form
_FENCE = re.compile(r"\s*(?:```|~~~)")
_MARK = re.compile(r"\s*(?:(?P<mark>[-*+•–]|\d{1,3}[.)])\s+)?(?:\[(?P<box>[ xX✓✔-])\]\s+)?")
_HEADING = re.compile(r"\s*#{1,6}\s+")
_KEYED = re.compile(r"[^\s:][^:\n]{0,40}:\s")
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
    indent: int = 0  # columns, a tab being four

    @property
    def row(self) -> bool:
        return self.text.startswith("|")


def lines(text: str) -> Iterator[Line]:
    """The lines that say something, in order. An item of a list goes on in the indented lines below it."""
    held: Line | None = None
    for line, indented in _lines(text):
        if held is not None and indented and _goes_on(held, line) and line.end - held.start <= LONGEST:
            held = replace(held, end=line.end, text=text[held.start : line.end])
            continue
        if held is not None:
            yield held
        held = line
    if held is not None:
        yield held


def _goes_on(held: Line, line: Line) -> bool:
    return held.listed and not (line.listed or line.box or line.heading or line.row or _KEYED.match(line.text))


def _lines(text: str) -> Iterator[tuple[Line, bool]]:
    """Each line outside of code, and whether it is indented and stands right below another one."""
    fenced, blank, at = False, True, 0
    for whole in text.splitlines(keepends=True):
        start, at = at, at + len(whole)
        if _FENCE.match(whole[:40]):
            fenced = not fenced
        elif not fenced and len(whole) <= LONGEST:
            for line in _line(whole, start):
                yield line, whole[:2].isspace() and not blank
        blank = fenced or not whole.strip()


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
    indent = len(whole.expandtabs(4)) - len(whole.expandtabs(4).lstrip())
    box = "x" if box in ("✓", "✔") else box
    yield Line(begin, begin + len(words), words, listed, box, heading is not None, indent)


def plain(text: str) -> str:
    """The words without Markdown's marks, on one line; what is struck out goes."""
    bare = _INLINE.sub("", _LINK.sub(r"\1", _STRUCK.sub(" ", text)))
    return " ".join(bare.split())
