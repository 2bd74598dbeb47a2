"""TextBundle: a folder `Name.textbundle` with `text.md`, `info.json` and `assets/` (textbundle.org, versions 1 and 2).

Bear, Ulysses, Craft and others export notes so; a `.textpack` or `.bearnote` is the same zipped, and comes here as the
members of an archive. The bundle is called by its folder, its text is Markdown or HTML. What Bear says in `info.json`
(when it was made, its own id, whether it is in the bin) is taken from there; a note in the bin is left out.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path, PurePath
from typing import Any

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary
from secondme.sources.notes import daily, markdown
from secondme.sources.web import html

NAME = "TextBundle"

_FOLDERS = (".textbundle", ".bearnote")
_PACKS = (".textpack", ".bearnote", ".textbundle")
_TEXTS = frozenset((".md", ".markdown", ".mdown", ".mkd", ".txt", ".text", ".html", ".htm"))
_INFO_BYTES = 256 * 1024
_BEAR = "net.shinyfrog.bear"


def claims(file: File) -> str | None:
    name = PurePath(file.name)
    if name.name == "info.json":
        named = _folder(file).lower().endswith(_FOLDERS)
        return "describes a TextBundle" if named or _describes(_parsed(file.head)) else None
    if name.stem != "text" or file.suffix not in _TEXTS or looks_binary(file.head, 0.1):
        return None
    return "is the text of a TextBundle" if _folder(file).lower().endswith(_FOLDERS) or _info(file) else None


def read(file: File) -> Iterator[Item | Skipped]:
    if PurePath(file.name).name == "info.json":
        return
    info = _info(file)
    bear = info.get(_BEAR)
    bear = bear if isinstance(bear, dict) else {}
    if bear.get("trashed") in (1, True):
        return
    reader = html if file.suffix in (".html", ".htm") else markdown
    for record in reader.read(file):
        yield _named(record, file, bear) if isinstance(record, Item) else record


def _named(item: Item, file: File, bear: Mapping[str, Any]) -> Item:
    title = _title(file)
    item = replace(item, kind="note", title=title or item.title)
    when = daily.written(made, file.zone) if isinstance(made := bear.get("creationDate"), str) else None
    if item.time == file.modified or item.time is None:  # the text itself says nothing
        when = when or daily.from_name(title, file.zone)
        item = item if when is None else replace(item, time=when.time, zoned=when.zoned)
    if bear.get("archived") in (1, True):
        item = replace(item, tags=(*item.tags, "archived"))
    if isinstance(own := bear.get("uniqueIdentifier"), str) and own:
        item = replace(item, origin="bear", local=f"{own}/{item.local}" if item.local else own)
    return item


def _title(file: File) -> str:
    """The bundle's name; that of the archive if the bundle has no folder in it."""
    folder = _folder(file)
    if not folder and file.outer is not None and file.outer.suffix in _PACKS:
        folder = PurePath(file.outer.name).name
    return folder[: -len(ending)] if (ending := _ending(folder)) else folder


def _ending(folder: str) -> str:
    return next((ending for ending in (*_FOLDERS, *_PACKS) if folder.lower().endswith(ending)), "")


def _folder(file: File) -> str:
    """The name of the folder that the file lies in; in an archive "" for its root."""
    folder = PurePath(file.name).parent.name
    return folder or ("" if file.outer is not None else file.path.absolute().parent.name)


def _info(file: File) -> Mapping[str, Any]:
    """What `info.json` beside the text says; empty if there is none, or none of a TextBundle."""
    path = file.beside("info.json")
    info = _parsed(_start(path)) if path is not None else {}
    return info if _describes(info) else {}


def _describes(info: Mapping[str, Any]) -> bool:
    """`version` is the only key that every bundle must have."""
    keys = {"transient", "type", "creatorIdentifier", "creatorURL", "sourceURL", _BEAR}
    return "version" in info and bool(keys & info.keys())


def _start(path: Path) -> bytes:
    try:
        with path.open("rb") as stream:
            return stream.read(_INFO_BYTES)
    except OSError:
        return b""


def _parsed(data: bytes) -> Mapping[str, Any]:
    try:
        info = json.loads(data)
    except (ValueError, RecursionError):
        return {}
    return info if isinstance(info, dict) else {}
