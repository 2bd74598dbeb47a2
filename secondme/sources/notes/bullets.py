"""From an outline (blocks under blocks, as Roam and Logseq keep them) to pieces of text.

Knows what hangs together on a page of bullets: a top-level block with what stands under it is one list, one alone is a
paragraph, headings at the top are headings. Does not know any app's markup: whoever calls has made it text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from secondme.sources.outline import Piece

_FENCE = re.compile(r"```[^\n`]*\n?(.*?)\n?```", re.DOTALL)
_DEEP = 20  # beyond, white space would outgrow the words
_BOLD = re.compile(r"\*\*([^*\n]+)\*\*")
_FIELD = re.compile(r"[^\s:`][^\n:`]{0,60}::[ \t]")


@dataclass(frozen=True, slots=True)
class Bullet:
    """A block: its words, how deep it stands (0 at the top), its heading level (0: none), whether it is a table."""

    text: str
    depth: int
    level: int = 0
    table: bool = False


def pieces(bullets: Sequence[Bullet]) -> Iterator[Piece]:
    """The blocks of one page, in order. A block without words only lets those under it move up."""
    lines: list[str] = []
    shift: list[tuple[int, int]] = []  # (depth, how far what stands deeper moves to the left)
    for number, bullet in enumerate(bullets):
        while shift and shift[-1][0] >= bullet.depth:
            shift.pop()
        depth = bullet.depth - (shift[-1][1] if shift else 0)
        code = _FENCE.fullmatch(bullet.text.strip())
        apart = bullet.table or code is not None or (bullet.level > 0 and depth == 0)
        if (apart or depth == 0) and lines:
            yield Piece("\n".join(lines), "list")
            lines = []
        if not bullet.text.strip() or (apart and not bullet.table):
            shift.append((bullet.depth, bullet.depth - depth + 1))
        if code is not None:
            if code[1].strip():
                yield Piece(code[1].strip("\r\n"), "code")
        elif apart:
            yield (
                Piece(bullet.text, "table")
                if bullet.table
                else Piece(_BOLD.sub(r"\1", bullet.text), level=bullet.level)
            )
        elif bullet.text.strip() and depth == 0 and not _has_children(bullets, number):
            text = bullet.text.strip()
            yield Piece(text, "field" if _FIELD.match(text) else "prose")
        elif bullet.text.strip():
            indent = "  " * min(depth, _DEEP)
            lines.append(f"{indent}- " + bullet.text.strip().replace("\n", f"\n{indent}  "))
    if lines:
        yield Piece("\n".join(lines), "list")


def _has_children(bullets: Sequence[Bullet], number: int) -> bool:
    return number + 1 < len(bullets) and bullets[number + 1].depth > bullets[number].depth
