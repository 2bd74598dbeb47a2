"""Logseq: the Markdown files of a graph's folder, and the JSON export of a graph.

Markdown is read by markdown.py, so that text and offsets are the file's own; only what Logseq writes into it for itself
gets no segment: ids, `collapsed:: true`, :LOGBOOK: drawers, queries and renderers. A page of the JSON export is one
Item, put together as an outline. `((uuid))` stays as it is: the block stands in another file.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any
from urllib.parse import unquote

from secondme.records import Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary
from secondme.sources.jsonshape import shape
from secondme.sources.notes import bullets, daily, markdown
from secondme.sources.notes.bullets import Bullet
from secondme.sources.notes.entries import entries
from secondme.sources.notes.roammarks import links_in, tags_in
from secondme.sources.outline import compose, trimmed

NAME = "Logseq"

_GIVEAWAY = re.compile(rb"^[ \t]*(?:- )?(?:collapsed:: true|id:: [0-9a-f]{8}-[0-9a-f]{4}-)", re.MULTILINE)
_OWN = (
    "id|collapsed|created-at|updated-at|background-color|heading|ls-type|hl-[a-z-]+|card-[a-z-]+|logseq\\.[a-z-]+"
    "|query-[a-z-]+|file|file-path|public|exclude-from-graph-view"
)
# What a page holds for Logseq and not for its reader, line by line or from one line to another.
_APART = re.compile(
    rf"^[ \t]*(?:- )?(?:{_OWN})::(?:[ \t].*)?$"
    r"|^[ \t]*:(?:LOGBOOK|PROPERTIES):[ \t\r]*\n(?:(?![ \t]*:(?:END|LOGBOOK|PROPERTIES):).*\n){0,500}[ \t]*:END:[ \t]*"
    r"|^[ \t]*(?:- )?#\+BEGIN_QUERY[ \t\r]*\n"
    r"(?:(?![ \t]*(?:- )?#\+(?:END|BEGIN)_QUERY).*\n){0,500}[ \t]*#\+END_QUERY[ \t]*"
    r"|^[ \t]*(?:- )?\{\{(?:query|renderer|function|cards)\b[^\n]*\}\}[ \t]*$",
    re.MULTILINE | re.IGNORECASE,
)
_PROPERTY = re.compile(r"^(?:- )?([\w-]+)::[ \t](.*)$", re.MULTILINE)
_JOURNAL = re.compile(r"(\d{4})[_-](\d\d)[_-](\d\d)")
_COMMAS = re.compile(r"\s*,\s*")


def claims(file: File) -> str | None:
    if {"blocks.item.page-name", "blocks.item.children"} <= shape(file):
        return "has the keys of a Logseq export"
    if file.suffix != ".md" or looks_binary(file.head, 0.1):
        return None
    if _GIVEAWAY.search(file.head):
        return "has the properties that Logseq gives blocks"
    folder = PurePath(file.name).parent.name
    within = folder in ("pages", "journals", "") and file.beside("../logseq/config.edn") is not None
    return "lies in a Logseq graph" if within else None


def read(file: File) -> Iterator[Item | Skipped]:
    yield from _graph(file) if file.suffix != ".md" else _page(file)


def _page(file: File) -> Iterator[Item | Skipped]:
    for record in markdown.read(file):
        yield _cleaned(record, file) if isinstance(record, Item) else record


def _cleaned(item: Item, file: File) -> Item:
    properties = dict(_properties(item.text)) if item.base == 0 else {}
    stem = PurePath(file.name).stem
    journal = _JOURNAL.fullmatch(stem)
    named = "-".join(journal.groups()) if journal else unquote(stem.replace("___", "/"))
    return replace(
        item,
        segments=tuple(_kept(item)),
        title=properties.get("title") or named,
        tags=tuple(dict.fromkeys((*item.tags, *_listed(properties.get("tags", "")), *tags_in(item.text)))),
    )


def _kept(item: Item) -> Iterator[Segment]:
    """The segments without what Logseq wrote for itself."""
    apart = [match.span() for match in _APART.finditer(item.text)]
    ends = [end for _, end in apart]
    for segment in item.segments:
        at = segment.start
        for start, end in apart[bisect_right(ends, at) :]:
            if start >= segment.end:
                break
            yield from _part(item.text, segment, at, start)
            at = max(at, end)
        yield from _part(item.text, segment, at, segment.end)


def _part(text: str, segment: Segment, start: int, end: int) -> Iterator[Segment]:
    first, last = trimmed(text, start, max(start, end))
    # a bullet whose only line was left out leaves its dash
    if first < last and text[first:last] != "-":
        yield replace(segment, start=first, end=last)


def _properties(text: str) -> Iterator[tuple[str, str]]:
    """The page's own: the lines `key:: value` that it begins with."""
    at = 0
    while match := _PROPERTY.match(text, at):
        yield match[1].lower(), match[2].strip()
        at = match.end() + 1


def _listed(value: str) -> list[str]:
    return [tag.strip("#[] ") for tag in _COMMAS.split(value) if tag.strip("#[] ")]


def _graph(file: File) -> Iterator[Item | Skipped]:
    return entries(file, "blocks.item", lambda page: _exported(page, file), "page", "pages")


def _exported(page: dict[str, Any], file: File) -> Item | None:
    name = str(page.get("page-name") or page.get("title") or "").strip()
    blocks = list(_bullets(page))
    text, segments = compose(bullets.pieces(blocks))
    if not text:
        return None
    properties = page.get("properties")
    tags = properties.get("tags") if isinstance(properties, dict) else None
    listed = [str(tag) for tag in tags] if isinstance(tags, list) else _listed(str(tags or ""))
    # a journal's page is called by its day, in one of some twenty formats
    today = None if name.isdigit() else daily.written(name, file.zone)
    return Item(
        kind="note",
        text=text,
        segments=segments,
        local=name.lower() or str(page.get("id") or ""),
        title=name,
        time=today.time if today else None,
        tags=tuple(dict.fromkeys((*listed, *tags_in(text)))),
        links=links_in(text),
        line=0,
        origin="logseq",
        part=name,
        zoned=today is None,
    )


def _bullets(page: dict[str, Any]) -> Iterator[Bullet]:
    stack = [(child, 0) for child in reversed(_children(page))]
    while stack:
        block, depth = stack.pop()
        content = block.get("content")
        text = _APART.sub("", content).strip() if isinstance(content, str) else ""
        level = len(text) - len(text.lstrip("#"))
        heading = 0 < level <= 6 and text[level : level + 1] == " " and "\n" not in text
        yield Bullet(text[level:].strip() if heading else text, depth, level if heading else 0)
        stack.extend((child, depth + 1) for child in reversed(_children(block)))


def _children(block: dict[str, Any]) -> list[dict[str, Any]]:
    below = block.get("children")
    return [child for child in below if isinstance(child, dict)] if isinstance(below, list) else []
