"""From an HTML tree to blocks of text: the words that a reader of the page sees, not what steers or decorates it.

Left out: scripts, styles, templates, hidden elements, and (as the caller wants) what stands around the content, such
as menus, forms, and headers and footers outside an article. Walks without recursion: pages nest deeper than Python's
stack.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, NamedTuple

from secondme.sources.outline import Piece

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

AROUND = frozenset(("nav", "aside", "footer", "header", "form", "button", "dialog", "menu"))

_WORDLESS = "head script style template noscript svg math iframe object canvas audio video select"
_NEVER = frozenset(_WORDLESS.split())
_ARTICLE = frozenset(("article", "main"))
_PHRASING = (
    "a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark meter output picture q rp rt"
    " ruby s samp small source span strike strong sub sup time tt u var wbr -comment"
)
_INLINE = frozenset(_PHRASING.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_LISTS = frozenset(("ul", "ol"))
# A table that holds one of these arranges a page; it does not tabulate.
_LAYOUT = "table, h1, h2, h3, h4, h5, h6, ul, ol, pre, article"
# Looking into each of many tables within each other costs the square of their depth; down here they all arrange.
_DEEP = 100
_HIDDEN = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_SPACE = re.compile(r"\s+")


class _Step(NamedTuple):
    node: LexborNode
    tag: str
    depth: int
    entering: bool


def pieces(root: LexborNode, around: frozenset[str] = frozenset()) -> Iterator[Piece]:
    """The blocks under `root` in document order, without elements whose tag is in `around`."""
    page = _Page()
    for step in _steps(root, around):
        if step.tag == "-text":
            page.say(step.node.text_content or "")
        elif step.tag in ("br", "input"):
            if step.entering:
                page.words.append("\n" if step.tag == "br" else _box(step.node))
        elif step.tag in _INLINE:
            continue
        elif page.within == "prose":
            if text := page.block():
                yield Piece(text)
            if step.entering:
                page.enter(step)
        elif step.depth > page.depth:
            page.inside(step)
        elif (piece := page.leave()).text:
            yield piece
    if text := page.block():
        yield Piece(text)


@dataclass(slots=True)
class _Page:
    """The text since the last border, and the list, table, heading or <pre> around it (its lines, and its depth)."""

    words: list[str] = field(default_factory=list)
    within: Literal["prose", "list", "table", "code", "heading"] = "prose"
    depth: int = -1
    level: int = 0
    rows: list[str] = field(default_factory=list)
    cells: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)  # of each list that is open its next item's; 0: it has none
    marker: str = ""

    def say(self, text: str) -> None:
        self.words.append(text if self.within == "code" else _SPACE.sub(" ", text))

    def block(self) -> str:
        joined = "".join(self.words)
        self.words.clear()
        if self.within == "code":
            return joined.strip("\r\n").rstrip()
        # newlines here are the page's <br>
        return "\n".join(line for line in (" ".join(part.split()) for part in joined.split("\n")) if line)

    def enter(self, step: _Step) -> None:
        """A block begins in prose: it may be one that is read as a whole."""
        if step.tag in _HEADINGS:
            self.within, self.level = "heading", _HEADINGS[step.tag]
        elif step.tag in _LISTS:
            self.within, self.numbers = "list", [_first(step.node)]
        elif step.tag == "pre":
            self.within = "code"
        elif step.tag == "table" and step.depth < _DEEP and _tabulates(step.node):
            self.within = "table"
        self.depth = step.depth

    def inside(self, step: _Step) -> None:
        """A border within what is read as a whole."""
        if self.within == "list":
            self._list_border(step)
        elif self.within == "table":
            self._table_border(step)
        else:
            self.words.append(" " if self.within == "heading" else "")

    def leave(self) -> Piece:
        """The whole heading, list, table or <pre>."""
        within = self.within
        if within == "list":
            self._line()
        elif within == "table":
            self._row()
        text = self.block() if within in ("code", "heading") else "\n".join(self.rows)
        level, self.level, self.marker, self.within = self.level, 0, "", "prose"
        self.rows.clear()
        self.numbers.clear()
        if within == "heading":
            return Piece(" ".join(text.split()), level=level)
        return Piece(text, "prose" if within == "prose" else within)

    def _list_border(self, step: _Step) -> None:
        self._line()
        if step.tag in _LISTS and step.entering:
            self.numbers.append(_first(step.node))
        elif step.tag in _LISTS:
            self.numbers.pop()
        elif step.tag == "li":
            number = self.numbers[-1]
            self.marker = "" if not step.entering else f"{number}. " if number else "- "
            self.numbers[-1] += step.entering and number > 0

    def _line(self) -> None:
        if text := self.block():
            indent = "  " * (len(self.numbers) - 1)
            self.rows.append(indent + (self.marker or "  ") + text.replace("\n", f"\n{indent}  "))
            self.marker = ""

    def _table_border(self, step: _Step) -> None:
        if step.tag in ("td", "th") and not step.entering:
            self.cells.append(" ".join(self.block().split()))
        elif step.tag in ("tr", "caption"):
            self._row()
        else:
            self.words.append(" ")

    def _row(self) -> None:
        if text := " ".join(self.block().split()):
            self.cells.append(text)
        if any(self.cells):
            self.rows.append(" | ".join(self.cells))
        self.cells.clear()


def _steps(root: LexborNode, around: frozenset[str]) -> Iterator[_Step]:
    """Every element twice, on entering and on leaving; every text once."""
    stack: list[tuple[_Step, bool]] = [(_Step(root, root.tag or "", 0, True), False)]
    while stack:
        step, article = stack.pop()
        yield step
        if not step.entering or step.tag == "-text":
            continue
        stack.append((step._replace(entering=False), article))
        article = article or step.tag in _ARTICLE
        child = step.node.last_child
        while child is not None:
            tag = child.tag or ""
            if not _dropped(child, tag, frozenset() if article else around):
                stack.append((_Step(child, tag, step.depth + 1, True), article))
            child = child.prev


def _dropped(node: LexborNode, tag: str, around: frozenset[str]) -> bool:
    if tag == "-text":
        return False
    if tag in _NEVER or tag in around:
        return True
    attributes = node.attributes
    return "hidden" in attributes or bool(_HIDDEN.search(attributes.get("style") or ""))


def _tabulates(table: LexborNode) -> bool:
    # css() finds the node itself too
    arranges = any(inner.mem_id != table.mem_id for inner in table.css(_LAYOUT))
    return not arranges and table.attributes.get("role") != "presentation"


def _first(items: LexborNode) -> int:
    """The number of a list's first item; 0 if its items have none."""
    start = items.attributes.get("start") or "1"
    return 0 if items.tag != "ol" else int(start) if start.isascii() and start.isdigit() and len(start) < 6 else 1


def _box(node: LexborNode) -> str:
    """A checkbox as Markdown writes it: exported task lists have nothing else to say what is done."""
    attributes = node.attributes
    if (attributes.get("type") or "").lower() != "checkbox":
        return ""
    return "[x] " if "checked" in attributes else "[ ] "
