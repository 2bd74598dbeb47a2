"""Google Keep as Takeout exports it: a JSON file per note, the same once more as HTML beside it, and `Labels.txt`.

The keys are those of Takeout's own files; Google documents none. A note is what it says, its list with its ticks, and
the cards of the web pages it leads to; labels are tags. A note in the bin is left out: its owner threw it away. The
pictures and recordings that lie beside it are files of their own; the note links to them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.outline import Piece, compose

NAME = "Google Keep"
LIMIT_BYTES = 16 * 1024 * 1024  # Keep itself stops at 20,000 characters

_FLAGS = frozenset(("color", "isTrashed", "isPinned", "isArchived"))
_CONTENT = frozenset(("title", "textContent", "listContent", "attachments", "annotations"))
_LABELS = frozenset((folder, "Labels.txt") for folder in ("keep", "google keep", "google notizen"))


def claims(file: File) -> str | None:
    name = PurePath(file.name)
    if file.suffix == ".json":
        keys = shape(file)
        return "has the keys of a Google Keep note" if len(_FLAGS & keys) >= 3 and _CONTENT & keys else None
    if file.suffix in (".html", ".htm"):
        keeps = b'class="note' in file.head and b'class="heading"' in file.head
        return "is the web page of a Google Keep note" if keeps and file.beside(f"{name.stem}.json") else None
    folder = name.parent.name or file.path.parent.name
    return "lists the labels of Google Keep" if (folder.lower(), name.name) in _LABELS else None


def read(file: File) -> Iterator[Item | Skipped]:
    if file.suffix != ".json" and claims(file):
        return  # the page repeats the note beside it, and labels are the notes' tags
    if file.size > LIMIT_BYTES:
        raise Unreadable("is larger than the 16 MB that a note may have")
    note, fault = _entries(file)
    item = None if note.get("isTrashed") is True else _item(file, note)
    if item is not None:
        yield item
    if fault:
        yield Skipped(file.name, fault)
    elif item is None and note.get("isTrashed") is not True:
        yield Skipped(file.name, "holds no text")


def _entries(file: File) -> tuple[Mapping[str, Any], str]:
    """The note's keys and values, up to where the JSON is broken; and what is wrong with it, or ""."""
    import ijson  # 15 ms

    found: dict[str, Any] = {}
    with opened(file.path) as stream:
        try:
            if stream.read(3) != b"\xef\xbb\xbf":
                stream.seek(0)
            for key, value in ijson.kvitems(stream, ""):
                found.setdefault(key, value)
        except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError) as error:
            if not _CONTENT & found.keys():
                raise Unreadable("is damaged JSON, and nothing in it can be read", "Export it once more.") from error
            return found, f"is damaged JSON; what comes before the damage was read ({', '.join(found)})"
    return found, ""


def _item(file: File, note: Mapping[str, Any]) -> Item | None:
    pieces = list(_pieces(note))
    title = " ".join(_string(note.get("title")).split())
    if not pieces and title:
        pieces = [Piece(title)]
    text, segments = compose(pieces)
    if not text:
        return None
    made = _stamp(note.get("createdTimestampUsec"))
    time = _time(made, file.zone) or _time(_stamp(note.get("userEditedTimestampUsec")), file.zone)
    # without the time of its making, only its words tell it from another note of the same title
    same = title if made is not None else f"{title}\0{text}"
    digest = hashlib.blake2b(same.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
    return Item(
        kind="note",
        text=text,
        segments=segments,
        origin="keep",
        local=f"{made if made is not None else ''}-{digest}",
        title=title or text.partition("\n")[0].removeprefix("- [ ] ").removeprefix("- [x] ")[:80].strip(),
        time=time or file.modified,
        tags=tuple(dict.fromkeys(_tags(note))),
        links=tuple(
            dict.fromkeys(path for entry in _dicts(note, "attachments") if (path := _string(entry.get("filePath"))))
        ),
        line=0,
        people=tuple(_people(note)),
    )


def _pieces(note: Mapping[str, Any]) -> Iterator[Piece]:
    body = _string(note.get("textContent")).strip()
    if body:
        yield Piece(body)
    entries = ((_string(entry.get("text")).strip(), entry.get("isChecked")) for entry in _dicts(note, "listContent"))
    if lines := [f"- [{'x' if done is True else ' '}] {text}" for text, done in entries if text]:
        yield Piece("\n".join(lines), "list")
    for card in _dicts(note, "annotations"):
        parts = [" ".join(_string(card.get(key)).split()) for key in ("title", "description", "url")]
        if shown := [part for part in parts if part and part not in body]:
            yield Piece("\n".join(shown), "quoted")


def _tags(note: Mapping[str, Any]) -> Iterator[str]:
    for label in _dicts(note, "labels"):
        if name := _string(label.get("name")).strip():
            yield name
    for flag, tag in (("isArchived", "archived"), ("isPinned", "pinned")):
        if note.get(flag) is True:
            yield tag
    if (colour := _string(note.get("color")).strip()) and colour != "DEFAULT":
        yield colour.lower()


def _people(note: Mapping[str, Any]) -> Iterator[Handle]:
    """With whom the note is shared; its owner may be somebody else."""
    for entry in _dicts(note, "sharees"):
        if "@" in (address := _string(entry.get("email")).strip().lower()):
            yield Handle("", f"mailto:{address}", "from" if entry.get("isOwner") is True else "with")


def _stamp(value: object) -> int | None:
    return int(value) if isinstance(value, int | float) and not isinstance(value, bool) and 0 < value < 1e17 else None


def _time(microseconds: int | None, zone: tzinfo | None) -> datetime | None:
    return None if microseconds is None else dates.at(microseconds / 1e6, zone)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _dicts(note: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    entries = note.get(key)
    return (entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict))
