"""Notion's export: pages as `Title <32 hex>.md` or `.html`, databases as `Title <32 hex>.csv` and `…_all.csv`.

The 32 digits are the page's own id, so that next month's export is the same page wherever it lies and whatever it is
called by then. Under a page's heading stand its properties, a line each; they are fields, and tags and times are taken
from them. Of a database's two tables the one that ends in `_all` holds every row; the other is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html import unescape
from pathlib import PurePath

from secondme.records import Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary
from secondme.sources.notes import daily, frontmatter, markdown, table
from secondme.sources.web import html

NAME = "Notion"

_NAME = re.compile(r"(?P<title>.*?)[ _]?(?P<id>[0-9a-f]{32})(?P<all>_all)?", re.DOTALL)
_ID = re.compile(r"[ _][0-9a-f]{32}(?=[./_]|$)")
_ARTICLE = re.compile(rb'<article id="([0-9a-f-]{32,36})" class="page')
_MADE = re.compile(rb'property-row-(?:created_time|date)"><th>.*?<time>@?([^<]{6,60})</time>', re.DOTALL)
_TAGS = re.compile(r'property-row-multi_select"><th>(?:<[^<>]*>)*\s*tags?\s*</th><td>(.*?)</td>', re.IGNORECASE)
_BOX = re.compile(r'<div class="checkbox checkbox-(on|off)"></div>')
_VALUES = re.compile(r'</span>(?=<span class="selected-value)<span')
_ICON = re.compile(r'<span class="icon[^"<>]*">[^<>]{0,8}</span>')
_PROPERTY = re.compile(r"([^\s:][^:\n]{0,80}):(?:[ \t]+(.*))?")
_PAGES = frozenset((".md", ".html"))


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    named = _named(file)
    if file.suffix == ".html":
        return "is a page of a Notion export" if _ARTICLE.search(file.head) else None
    # a name of nothing but digits is anybody's
    if named is None or not named["title"]:
        return None
    if file.suffix == ".csv":
        return "is a table of a Notion export"
    return "is a page of a Notion export" if file.suffix == ".md" else None


def read(file: File) -> Iterator[Item | Skipped]:
    if file.suffix == ".csv":
        yield from _rows(file)
        return
    local = _id(file)
    for record in html.read(file, _spelled_out) if file.suffix == ".html" else markdown.read(file):
        yield _page(record, file, local) if isinstance(record, Item) else record


def _spelled_out(page: str) -> str:
    """What Notion's pages say by their looks alone: check boxes, and where one of several values ends."""
    page = _BOX.sub(lambda box: f"<input type=checkbox{' checked' if box[1] == 'on' else ''}>", page)
    return _ICON.sub("", _VALUES.sub("</span>, <span", page))


def _rows(file: File) -> Iterator[Item | Skipped]:
    named = _named(file)
    stem = PurePath(file.name).stem
    if named is not None and not named["all"] and file.beside(f"{stem}_all.csv") is not None:
        return
    for record in table.read(file):
        if isinstance(record, Item) and named is not None:
            local = f"{named['id']}/{record.local}" if record.local else named["id"]
            title = named["title"] if record.title == stem else record.title
            record = replace(record, origin="notion", local=local, title=title.strip() or "Untitled")
        yield record


def _page(item: Item, file: File, local: str) -> Item:
    title = _ID.sub("", item.title).strip() or "Untitled"
    links = tuple(dict.fromkeys(_linked(link) for link in item.links))
    item = replace(
        item,
        kind="note",
        origin="notion",
        local=f"{local}/{item.local}" if item.local else local,
        title=title,
        links=links,
    )
    if file.suffix == ".html":
        tagged = _TAGS.search(file.head.decode("utf-8", "replace"))
        tags = re.findall(r"<span class=\"selected-value[^<>]*>([^<>]+)</span>", tagged[1]) if tagged else []
        item = replace(item, tags=tuple(dict.fromkeys((*item.tags, *(unescape(tag).strip() for tag in tags)))))
        made = _MADE.search(file.head)
        when = daily.written(made[1].decode("utf-8", "replace"), file.zone) if made else None
        return replace(item, time=when.time, zoned=when.zoned) if when else item
    return _with_properties(item, file)


def _with_properties(item: Item, file: File) -> Item:
    """The lines `Status: Done` between the heading and the first empty line as one field."""
    first = item.segments[0] if item.segments else None
    if first is None or first.kind != "prose" or not first.heading:
        return item
    said = item.text[first.start : first.end]
    block = re.split(r"\n[ \t]*\r?\n", said, maxsplit=1)[0].rstrip()
    lines = [_PROPERTY.fullmatch(line.rstrip()) for line in block.split("\n")]
    above = item.text[: first.start].strip()
    if not all(lines) or not above.startswith("# ") or "\n" in above:
        return item
    entries = {match[1].strip(): (match[2] or "").strip() for match in lines if match}
    end = first.start + len(block)
    rest = end + len(said) - len(block) - len(said[len(block) :].lstrip())
    segments = [Segment(first.start, end, "field", first.heading)]
    if rest < first.end:
        segments.append(Segment(rest, first.end, "prose", first.heading))
    tags = (tag.strip() for key, value in entries.items() if frontmatter.is_tags(key) for tag in value.split(","))
    item = replace(
        item,
        segments=(*segments, *item.segments[1:]),
        tags=tuple(dict.fromkeys((*item.tags, *(tag for tag in tags if tag)))),
    )
    when = frontmatter.made(entries, file.zone) or (
        frontmatter.edited(entries, file.zone) if item.time == file.modified else None
    )
    return item if when is None else replace(item, time=when.time, zoned=when.zoned)


def _linked(link: str) -> str:
    """Where a link leads, in names that people know."""
    plain = _ID.sub("", link)
    return plain.removesuffix(PurePath(plain).suffix) if PurePath(plain).suffix in _PAGES and plain != link else plain


def _id(file: File) -> str:
    named = _named(file)
    if named is not None:
        return str(named["id"])
    found = _ARTICLE.search(file.head)
    return found[1].decode().replace("-", "") if found else ""


def _named(file: File) -> re.Match[str] | None:
    return _NAME.fullmatch(PurePath(file.name).stem)
