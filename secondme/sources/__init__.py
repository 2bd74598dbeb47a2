"""Where memories come from: a path in, Items and Skipped out. One bad record never stops the rest.

    walk       folders -> paths, without what nobody means (.git, caches, private keys, .secondmeignore)
    files      path -> File, or Unreadable in plain words
    order      the readers, one module per format (see base.py for what a reader promises)
    nested     files inside files: members of archives, attachments of mails
    chats/ mails/ agenda/ notes/ web/ documents/ pictures/ archives/    the formats
    watching/  what changes on disk

What a reader says about a file (`Skipped.reason`, `Unreadable.message`) is a phrase that follows the file's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from secondme.records import Skipped
from secondme.sources import choice, files, later
from secondme.sources.base import File, Reader
from secondme.sources.files import unchanged
from secondme.sources.walk import Found, walk, walk_stat

__all__ = [
    "File",
    "Found",
    "Reader",
    "named",
    "names",
    "open_file",
    "reader_for",
    "readers",
    "unchanged",
    "walk",
    "walk_stat",
]

_ALSO = {
    **dict.fromkeys(("eml", "emlx", "maildir"), "mail"),
    **dict.fromkeys(("mbox", "mbx"), "mailbox"),
    **dict.fromkeys(("ics", "ical"), "calendar"),
    **dict.fromkeys(("vcf", "vcard"), "contacts"),
    **dict.fromkeys(("instagram", "messenger", "facebook"), "instagram-and-messenger"),
    **dict.fromkeys(("md", "obsidian", "bear"), "markdown"),
    **dict.fromkeys(("csv", "tsv"), "table"),
    **dict.fromkeys(("txt", "text"), "plain-text"),
    **dict.fromkeys(("zip", "tar", "tgz"), "archive"),
    **dict.fromkeys(("screenshot", "photo"), "picture"),
    **{"enex": "evernote", "keep": "google-keep", "ipynb": "jupyter", "docx": "word-document", "jsonl": "json-chat"},
    **{"apple-notes": "exported-note", "dayone": "day-one"},
}


def readers() -> tuple[Reader, ...]:
    """Every reader, in the order of asking. Loaded when a file is first read: looking for changes needs none."""
    from secondme.sources import order  # 0.3 s

    return order.READERS


def open_file(path: Path, name: str | None = None, zone: tzinfo | None = None) -> File:
    """Stat a file and read its head. `name` is what a person calls it; the path itself if not given.

    Raises Unreadable: not there, not allowed, or not a regular file (a FIFO, socket or device is never waited for).
    """
    return files.open_file(path, name, zone, readers())


def reader_for(file: File, among: Sequence[Reader] | None = None) -> tuple[Reader, str] | Skipped:
    """The reader that takes this file, and why; or why none does."""
    return choice.reader_for(file, readers() if among is None else among)


def names() -> list[str]:
    """Every format that can be asked for by name, as a person types it."""
    return [slug(reader) for reader in readers() if reader is not later]


def named(name: str) -> Reader | None:
    """The reader of that name, or of what people also call its format; upper or lower case."""
    wanted = _ALSO.get(name.lower(), name.lower())
    return next((reader for reader in readers() if reader is not later and slug(reader) == wanted), None)


def slug(reader: Reader) -> str:
    return reader.NAME.lower().replace(" ", "-")
