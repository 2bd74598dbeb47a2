"""Day One's JSON export, an entry as an Item.

The format: {metadata, entries: [{uuid, creationDate, timeZone, text, tags, location, ...}]}. The text is Markdown with
a backslash before each character that could mean something to it; photographs stand in it as `dayone-moment:` links and
are read by themselves. The journal is the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import PurePath
from typing import Any
from zoneinfo import ZoneInfo

from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.jsonshape import shape
from secondme.sources.notes import markdown
from secondme.sources.notes.entries import entries
from secondme.sources.outline import Block, segments

NAME = "Day One"

_PLACE = ("placeName", "localityName", "administrativeArea", "country")
_ESCAPED = re.compile(r"\\([\\`*_{}\[\]()#+\-.!~|>])")
_MOMENT = re.compile(r"!\[[^\[\]\n]*\]\(dayone-moment:[^()\s]*\)[ \t]*\n?")
_MARKS = re.compile(r"\*\*|__|~~|==|`|^#+\s+")
_TITLE_CHARS = 80


def claims(file: File) -> str | None:
    places = shape(file)
    if {"entries.item.uuid", "entries.item.creationDate"} <= places:
        return "has the keys of a Day One export"
    # an entry's own keys come in any order, and a picture's may fill the head
    if {"metadata.version", "entries.item"} <= places and places & {"entries.item.richText", "entries.item.starred"}:
        return "has the keys of a Day One export"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    return entries(file, "entries.item", lambda entry: _item(entry, file), "entry", "entries")


def _item(entry: dict[str, Any], file: File) -> Item | None:
    text = _ESCAPED.sub(r"\1", _MOMENT.sub("", str(entry.get("text") or ""))).replace("\u2028", "\n").strip()
    if not text:
        return None
    blocks = markdown.structure(text)
    title = _title(text, blocks)
    if place := _place(entry.get("location")):
        blocks.append(Block(len(text) + 2, len(text) + 2 + len(place), "field"))
        text = f"{text}\n\n{place}"
    tags = entry.get("tags")
    time = _time(entry, file)
    return Item(
        kind="note",
        text=text,
        segments=segments(blocks),
        local=str(entry.get("uuid") or entry.get("creationDate") or ""),
        title=title,
        time=time,
        tags=tuple(str(tag) for tag in tags) if isinstance(tags, list) else (),
        line=0,
        origin="dayone",
        part=f"{time:%Y-%m-%d} {title}" if time else title,
        thread=PurePath(file.name).stem,
    )


def _title(text: str, blocks: list[Block]) -> str:
    """The first heading if the entry begins with it, else the first line, as Day One lists them."""
    if blocks and blocks[0].level:
        return blocks[0].title
    line = " ".join(_MARKS.sub("", text.partition("\n")[0]).split())
    return line if len(line) <= _TITLE_CHARS else line[:_TITLE_CHARS].rpartition(" ")[0] + " …"


def _place(location: object) -> str:
    if not isinstance(location, dict):
        return ""
    names = (str(location.get(key) or "").strip() for key in _PLACE)
    place = ", ".join(dict.fromkeys(name for name in names if name))
    return f"place: {place}" if place else ""


def _time(entry: dict[str, Any], file: File) -> datetime | None:
    """When it was written, by the clock of where it was written."""
    written = dates.parse(str(entry.get("creationDate") or ""), file.zone)
    try:
        return written.astimezone(ZoneInfo(str(entry["timeZone"]))) if written else None
    except (KeyError, ValueError, OSError, OverflowError):
        return written
