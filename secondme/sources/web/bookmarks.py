"""Bookmarks: the HTML that every browser exports (Netscape's), Chrome's own `Bookmarks` file, Firefox' JSON backup.

The HTML is read as a stream of tags, since it is not HTML that nests: `<DT><A HREF=…>title</A><DD>description`, with
`<H3>` and `<DL>` for folders. The JSON is a tree whose folders may name themselves after what is in them, and is read
whole. Firefox keeps its bookmarks in places.sqlite as well, see history.py. Bookmarklets and queries are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from html import unescape
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Item, Segment, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.distinct import Distinct, digest
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.web.weburls import on_the_web

NAME = "bookmarks"
ORIGIN = "bookmark"
_DEEP = 100  # folders in each other
LIMIT_BYTES = 32 * 1024 * 1024  # of the JSON
_TAG_CHARS = 1024 * 1024  # of one tag: an icon may be written in it

_OPENING = re.compile(
    rb"(?:\xef\xbb\xbf)?\s*(?:<!--.{0,500}?-->\s*)*<!DOCTYPE\s+NETSCAPE-Bookmark-file", re.I | re.DOTALL
)
_TAG = re.compile(r"<(/?)(dl|dt|dd|h1|h3|a|hr|p|title)\b", re.IGNORECASE)
_INSIDE = re.compile(r"((?:[^\">]|\"[^\"]*\")*)>")
_ATTRIBUTE = re.compile(r"([\w-]+)\s*=\s*(?:\"([^\"]*)\"|'([^']*)'|([^\s\">]+))")
_MARKUP = re.compile(r"<[^<>]*>")
_WEBKIT = 11_644_473_600  # seconds from 1601, where Chrome's clock begins, to 1970
# How Firefox calls its own folders inside, and how a person sees them.
FIREFOX_FOLDERS = {
    "bookmarksMenuFolder": "Bookmarks Menu",
    "toolbarFolder": "Bookmarks Toolbar",
    "unfiledBookmarksFolder": "Other Bookmarks",
    "mobileFolder": "Mobile Bookmarks",
    "menu________": "Bookmarks Menu",
    "toolbar_____": "Bookmarks Toolbar",
    "unfiled_____": "Other Bookmarks",
    "mobile______": "Mobile Bookmarks",
}


@dataclass(frozen=True, slots=True)
class Bookmark:
    """`folder` is the path of folders, outermost first; `added` a number as its browser counts time."""

    url: str
    title: str
    folder: tuple[str, ...] = ()
    added: str = ""
    about: str = ""
    tags: tuple[str, ...] = ()


class Bookmarks:
    """Makes Items of the bookmarks of one file; the same bookmark twice in one folder is one."""

    def __init__(self, file: File) -> None:
        self._file, self._distinct = file, Distinct()
        self.found = 0

    def items(self, bookmark: Bookmark) -> Iterator[Item]:
        if not on_the_web(bookmark.url):
            return
        self.found += 1
        folder = " / ".join(name for name in bookmark.folder if name)
        title = " ".join(bookmark.title.split()) or bookmark.url
        head = f"{title}\n{bookmark.url}" if title != bookmark.url else title
        tags = f"\nTags: {', '.join(bookmark.tags)}" if bookmark.tags else ""
        text = f"{head}{tags}\n\n{bookmark.about}" if bookmark.about else head + tags
        if local := self._distinct.local(digest(bookmark.url, folder), text):
            yield Item(
                kind="bookmark",
                text=text,
                segments=(Segment(0, len(text)),),
                local=local,
                title=title,
                time=when(bookmark.added, self._file),
                tags=bookmark.tags,
                line=0,
                trust="other",
                origin=ORIGIN,
                thread=folder,
            )


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    if _OPENING.match(file.head):
        return "begins like a bookmarks file"
    places = shape(file)
    if {"roots.bookmark_bar", "roots"} <= places or ("checksum" in places and "roots" in places):
        return "has the keys of Chrome's bookmarks"
    if {"guid", "children", "typeCode"} <= places and b"text/x-moz-place" in file.head:
        return "has the keys of a Firefox bookmarks backup"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    bookmarks = Bookmarks(file)
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    if _OPENING.match(file.head):
        with opened(file.path) as stream:
            unclosed: list[str] = []
            for bookmark in _of_html(decoder.stream(stream), unclosed):
                yield from bookmarks.items(bookmark)
        fault = "has no end and may be cut short" if unclosed else ""
    else:
        tree, fault = _tree(file, decoder)
        for bookmark in _of_tree(tree):
            yield from bookmarks.items(bookmark)
    if fault:
        yield Skipped(file.name, f"{fault}; the {bookmarks.found} bookmarks that come before were read")
    elif not bookmarks.found:
        yield Skipped(file.name, "holds no bookmarks")
    yield from loss(file, decoder)


def when(added: str, file: File) -> datetime | None:
    """A time as browsers count it: in seconds, milli- or microseconds since 1970, or microseconds since 1601."""
    try:
        number = float(added)
    except ValueError:
        return None
    if not number > 0:
        return None
    if number >= 1e16:
        return dates.at(number / 1e6 - _WEBKIT, file.zone)
    for unit in (1e14, 1e6), (1e11, 1e3):
        if number >= unit[0]:
            return dates.at(number / unit[1], file.zone)
    return dates.at(number, file.zone)


# ---- HTML


def _of_html(pieces: Iterable[str], folders: list[str]) -> Iterator[Bookmark]:
    """The bookmarks in order. In the end `folders` holds those that were never closed."""
    coming = ""  # the name of the folder that is about to begin
    attributes, opened_by = "", ""
    held: Bookmark | None = None  # until its description has come
    for text, closing, tag, inside in _tags(pieces):
        said = unescape(_MARKUP.sub("", text)).strip()
        if opened_by == "dd" and held is not None:
            held = replace(held, about=said)
        elif opened_by == "h3":
            coming = said
        elif opened_by == "a":
            held = _anchor(attributes, said, tuple(folders))
        opened_by, attributes = ("" if closing else tag), inside
        if held is not None and (tag in ("", "dl") or (tag in ("a", "h3") and not closing)):
            yield held
            held = None
        if tag == "dl" and not closing and len(folders) < _DEEP:
            folders.append(coming)
            coming = ""
        elif tag == "dl" and closing and folders:
            folders.pop()


def _tags(pieces: Iterable[str]) -> Iterator[tuple[str, bool, str, str]]:
    """Each tag that matters with the text before it: (text, whether it closes, its name, its attributes). "" ends."""
    rest = ""
    for piece in pieces:
        rest += piece
        last = 0
        while (found := _TAG.search(rest, last)) is not None:
            inside = _INSIDE.match(rest, found.end())
            if inside is None:
                break
            yield rest[last : found.start()], bool(found[1]), found[2].lower(), inside[1]
            last = inside.end()
        rest = rest[last:]
        if len(rest) > _TAG_CHARS:
            rest = ""
    yield rest, True, "", ""


def _anchor(attributes: str, title: str, folder: tuple[str, ...]) -> Bookmark | None:
    found = {
        match[1].lower(): unescape(match[2] or match[3] or match[4] or "") for match in _ATTRIBUTE.finditer(attributes)
    }
    tags = tuple(tag for part in found.get("tags", "").split(",") if (tag := part.strip()))
    url = found.get("href", "")
    return Bookmark(url, title, folder, found.get("add_date", ""), "", tags) if url else None


# ---- JSON


def _tree(file: File, decoder: Decoder) -> tuple[Any, str]:
    """The tree, as far as it goes, and what is wrong with the file."""
    import ijson  # 15 ms

    if file.size > LIMIT_BYTES:
        raise Unreadable("is larger than the 32 MB that a tree of bookmarks may have", "Export the bookmarks as HTML.")
    with opened(file.path) as stream:
        text = decoder.decode(stream.read(LIMIT_BYTES), final=True)
    builder = ijson.ObjectBuilder()
    try:
        for event, value in ijson.basic_parse(text.encode()):
            builder.event(event, value)
    except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError, RecursionError):
        return getattr(builder, "value", None), "is damaged or cut short"
    return getattr(builder, "value", None), ""


def _of_tree(tree: Any) -> Iterator[Bookmark]:
    """The bookmarks under a node of Chrome's or Firefox' tree, in order; trees may be deeper than Python's stack."""
    roots = tree.get("roots") if isinstance(tree, dict) else None
    nodes = list(roots.values()) if isinstance(roots, dict) else [tree]
    stack: list[tuple[Any, tuple[str, ...]]] = [(node, ()) for node in reversed(nodes)]
    while stack:
        node, folder = stack.pop()
        if not isinstance(node, dict):
            continue
        if url := _text(node, "url", "uri"):
            title, added = _text(node, "name", "title"), _text(node, "date_added", "dateAdded")
            yield Bookmark(url, title, folder, added, _about(node), _tagged(node))
        children, root = node.get("children"), _text(node, "root")
        if isinstance(children, list) and root != "tagsFolder":
            name = FIREFOX_FOLDERS.get(root) or _text(node, "name", "title")
            inner = (*folder, name)[:_DEEP] if root != "placesRoot" else folder
            stack += [(child, inner) for child in reversed(children)]


def _text(node: dict[str, Any], *keys: str) -> str:
    found = next((node[key] for key in keys if node.get(key) is not None), "")
    return str(found) if isinstance(found, str | int) else ""


def _about(node: dict[str, Any]) -> str:
    annotations = node.get("annos")
    for note in annotations if isinstance(annotations, list) else []:
        if isinstance(note, dict) and note.get("name") == "bookmarkProperties/description":
            return _text(note, "value").strip()
    return ""


def _tagged(node: dict[str, Any]) -> tuple[str, ...]:
    return tuple(tag for part in _text(node, "tags").split(",") if (tag := part.strip()))
