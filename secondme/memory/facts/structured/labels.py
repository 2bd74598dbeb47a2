"""What stands above a line within its passage and says whom or what it is about: headings, "Dana:", an item of a list
with others indented below it.

A line indented below a whole sentence is about what that sentence is about, which nobody knows here: it has no labels
at all (None), and no field is read from it.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from typing import NamedTuple

from secondme.memory.facts.structured.lines import Line, plain

WORDS = 5  # of a label at most
HEADING, FLAT = -2, -1  # as indents: what holds for lines that are not indented at all, the latter until the next
_BOLD = re.compile(r"(\*\*|__)[^*_]+\1:?")
_NAMES = re.compile(r"[A-ZÀ-Þ][\w'’-]*(?:\s[A-ZÀ-Þ][\w'’-]*){0,3}")
Labels = tuple[str, ...] | None


class _Label(NamedTuple):
    """`text` is None for a sentence. It holds for lines that are indented by more than `indent`."""

    indent: int
    text: str | None


def labelled(found: Sequence[Line], filled: Callable[[Line], bool]) -> Iterator[tuple[Line, Labels]]:
    """The lines that are `filled` (a key with its value), each with its labels, the nearest last."""
    above: list[_Label] = []
    for line, after in zip_longest(found, found[1:]):
        if line.heading:
            above = [_Label(HEADING, plain(line.text))]
            continue
        while above and above[-1].indent >= line.indent:
            above.pop()
        if filled(line):
            texts = [label.text for label in above]
            yield line, None if None in texts else tuple(text for text in texts if text is not None)
        elif after is not None and after.indent > line.indent:
            above.append(_Label(line.indent, _label(line, after, filled)))
        elif label := _label(line, after, filled):
            above = [*(one for one in above if one.indent != FLAT), _Label(FLAT, label)]


def _label(line: Line, after: Line | None, filled: Callable[[Line], bool]) -> str | None:
    """The line as a label: "Dana:", "**Dana**", or a name right above a key with its value."""
    bare = plain(line.text).rstrip(": ")
    if len(bare.split()) > WORDS or line.row or line.box:
        return None
    marked = line.text.rstrip().endswith(":") or _BOLD.fullmatch(line.text) or (after and after.indent > line.indent)
    named = after is not None and filled(after) and _NAMES.fullmatch(bare)
    return bare if marked or named else None
