"""Roam Research: the JSON export of a graph, a page as an Item.

The format, as Roam writes it: an array of pages {title, uid, create-time, edit-time, children}, whose blocks are
{string, uid, heading, children}; times are milliseconds. Roam's own markup becomes what Markdown knows ([ ] and [x],
==marked==, *italic*), a reference to a block becomes that block's words, a query is left out: its results are written
elsewhere. What an embedded block has under it stays where it stands.

Read twice or three times: a scan for which blocks are referred to, a pass for the words of those (and of no others, so
that memory goes with the references and not with the graph), and the pages.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.jsonvalues import Values
from secondme.sources.notes import bullets, daily
from secondme.sources.notes.bullets import Bullet
from secondme.sources.notes.entries import entries
from secondme.sources.notes.roammarks import Marks, links_in, tags_in
from secondme.sources.outline import compose

NAME = "Roam"
QUOTED_CHARS = 4000  # of a block that is referred to

_DAY = re.compile(r"[A-Z][a-z]+ \d{1,2}(?:st|nd|rd|th), \d{4}")  # as Roam titles the page of a day
_REFERENCE = re.compile(rb"\(\(([\w-]{1,64})\)\)")
_COLUMNS = 50
_SCAN_BYTES = 1024 * 1024


def claims(file: File) -> str | None:
    places = shape(file)
    if {"item.children.item.string", "item.children.item.uid"} <= places:
        return "has the keys of a Roam export"
    dated = places & {"item.create-time", "item.edit-time"}
    return "has the keys of a Roam export" if dated and "item.title" in places else None


def read(file: File) -> Iterator[Item | Skipped]:
    marks = Marks(_quoted(file))
    return entries(file, "item", lambda page: _item(page, marks, file), "page", "pages")


def _item(page: dict[str, Any], marks: Marks, file: File) -> Item | None:
    title = " ".join(str(page.get("title") or "").split())
    blocks = list(_bullets(page, marks))
    text, segments = compose(bullets.pieces(blocks))
    if not text:
        return None
    today = daily.written(title, file.zone) if _DAY.fullmatch(title) else None
    written = "\n".join(str(block.get("string") or "") for block in _blocks(page))
    created = page.get("create-time") or page.get("edit-time")
    stamp = dates.at(created / 1000, file.zone) if isinstance(created, int | float) else None
    return Item(
        kind="note",
        text=text,
        segments=segments,
        local=str(page.get("uid") or title),
        title=title,
        time=today.time if today else stamp,
        tags=tags_in(written),
        links=links_in(written),
        line=0,
        origin="roam",
        part=title,
        zoned=today is None,
    )


def _bullets(page: dict[str, Any], marks: Marks) -> Iterator[Bullet]:
    """The page's blocks in order; a table is one. Without recursion: outlines nest as deep as people like."""
    stack = [(child, 0) for child in reversed(_children(page))]
    while stack:
        block, depth = stack.pop()
        string = block.get("string")
        string = string if isinstance(string, str) else ""
        if marks.begins_table(string) and _children(block):
            yield Bullet("\n".join(_rows(block, marks)), depth, table=True)
            continue
        level = block.get("heading")
        yield Bullet(marks.plain(string), depth, level if isinstance(level, int) and 0 < level <= 6 else 0)
        stack.extend((child, depth + 1) for child in reversed(_children(block)))


def _blocks(page: dict[str, Any]) -> Iterator[dict[str, Any]]:
    stack = _children(page)[::-1]
    while stack:
        yield (block := stack.pop())
        stack.extend(reversed(_children(block)))


def _rows(table: dict[str, Any], marks: Marks) -> Iterator[str]:
    """A row is a chain of blocks, each under the one before; a cell that several rows share is written once."""
    row: list[str] = []
    stack = [(child, 0) for child in reversed(_children(table))]
    while stack:
        block, column = stack.pop()
        row += [""] * (min(column, _COLUMNS) - len(row))
        row.append(" ".join(marks.plain(str(block.get("string") or "")).split()))
        if below := _children(block):
            stack.extend((child, column + 1) for child in reversed(below))
        else:
            yield " | ".join(row)
            row = []


def _children(block: dict[str, Any]) -> list[dict[str, Any]]:
    below = block.get("children")
    return [child for child in below if isinstance(child, dict)] if isinstance(below, list) else []


def _quoted(file: File) -> dict[str, str]:
    """The words of the blocks that others refer to, by uid."""
    wanted = _referred(file)
    found: dict[str, str] = {}
    for _, page in Values(file, "item") if wanted else ():
        for block in _blocks(page) if isinstance(page, dict) else ():
            uid, string = block.get("uid"), block.get("string")
            if isinstance(uid, str) and isinstance(string, str) and uid in wanted:
                found[uid] = string[:QUOTED_CHARS]
    return found


def _referred(file: File) -> set[str]:
    """Which uids stand in double parentheses anywhere; the file as bytes, as JSON escapes none of these."""
    wanted: set[str] = set()
    rest = b""
    with opened(file.path) as stream:
        while data := stream.read(_SCAN_BYTES):
            rest += data
            wanted.update(match[1].decode() for match in _REFERENCE.finditer(rest))
            rest = rest[-80:]
    return wanted
