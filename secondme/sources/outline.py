"""From blocks to segments: which heading a text stands under, and what hangs together.

Every format says what its blocks are; the rules for sections live here alone: consecutive prose under one heading is
one segment, a list, table or code block is one each, and a heading is a segment only if nothing at all stands under it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from secondme.records import Segment, SegmentKind


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of a text that the format marks out. `level` 1.. makes it a heading with `title`; an empty one
    (`start == end`) only separates what is around it."""

    start: int
    end: int
    kind: SegmentKind = "prose"
    level: int = 0
    title: str = ""


@dataclass(frozen=True, slots=True)
class Piece:
    """A block of a format whose text is put together by us (HTML, DOCX). `level` as in Block."""

    text: str
    kind: SegmentKind = "prose"
    level: int = 0


Above = list[tuple[int, str]]


def segments(blocks: Iterable[Block], above: Above | None = None) -> tuple[Segment, ...]:
    """The segments of a text, in order.

    `above` is the stack of headings in force, as (level, title). It is updated in place, so that the next part of a
    text that comes in parts goes on under the same headings.
    """
    above = [] if above is None else above
    found: list[Segment] = []
    bare: Segment | None = None  # the last heading, until something follows under it
    bare_level = 0
    joins = False
    for block in blocks:
        if block.level:
            if bare is not None and bare_level >= block.level:
                found.append(bare)
            while above and above[-1][0] >= block.level:
                above.pop()
            bare, bare_level = Segment(block.start, block.end, "prose", _path(above)), block.level
            above.append((block.level, block.title))
            joins = False
        elif block.start == block.end:
            joins = False
        else:
            bare = None
            start = block.start
            if block.kind == "prose" and joins:
                start = found.pop().start
            found.append(Segment(start, block.end, block.kind, _path(above)))
            joins = block.kind == "prose"
    if bare is not None:
        found.append(bare)
    return tuple(found)


def compose(pieces: Iterable[Piece]) -> tuple[str, tuple[Segment, ...]]:
    """One text out of the pieces, a blank line between them, and its segments."""
    texts: list[str] = []
    blocks: list[Block] = []
    at = 0
    for piece in pieces:
        end = at + len(piece.text)
        blocks.append(Block(at, end, piece.kind, piece.level, " ".join(piece.text.split())))
        texts.append(piece.text)
        at = end + 2
    return "\n\n".join(texts), segments(blocks)


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without the white space at its ends; empty (`start, start`) if there is nothing else."""
    stretch = text[start:end]
    kept = stretch.strip()
    if not kept:
        return start, start
    first = start + len(stretch) - len(stretch.lstrip())
    return first, first + len(kept)


def _path(above: Above) -> tuple[str, ...]:
    return tuple(title for _, title in above if title)
