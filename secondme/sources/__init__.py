"""Where memories come from: a path in, Items and Skipped out. One bad record never stops the rest.

    walk      folders -> paths, without what nobody means (.git, caches, private keys)
    files     path -> File, or Unreadable in plain words
    READERS   one module per format, asked in order; the first that claims a file reads it (see base.py)

The order matters where claims overlap: formats that their first bytes give away come first, plain text comes last.
What a reader says about a file (`Skipped.reason`, `Unreadable.message`) is a phrase that follows the file's name.
Importing this is light: each reader imports its library when it first reads.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import tzinfo
from pathlib import Path

from secondme.records import Skipped
from secondme.sources import (
    archive,
    bookmarks,
    calendars,
    canvas,
    chatgpt,
    choice,
    claude,
    contact_tables,
    contacts,
    dayone,
    discord,
    docx,
    evernote,
    exported,
    files,
    history,
    html,
    image,
    joplin,
    journal,
    jsonl_chat,
    keep,
    later,
    likeness,
    logseq,
    mail,
    markdown,
    mbox,
    meta,
    notebook,
    notion,
    org,
    pdf,
    roam,
    signal_chat,
    slack,
    table,
    telegram,
    telegram_html,
    text,
    textbundle,
    tomboy,
    whatsapp,
)
from secondme.sources.base import File, Reader
from secondme.sources.files import unchanged
from secondme.sources.walk import Found, walk, walk_stat

__all__ = [
    "READERS",
    "File",
    "Found",
    "Reader",
    "likeness",
    "named",
    "names",
    "open_file",
    "reader_for",
    "unchanged",
    "walk",
    "walk_stat",
]

READERS: tuple[Reader, ...] = (
    image,
    pdf,
    docx,
    history,
    calendars,
    contacts,
    contact_tables,
    bookmarks,
    archive,
    signal_chat,
    mail,
    mbox,
    later,
    whatsapp,
    telegram,
    telegram_html,
    meta,
    slack,
    discord,
    chatgpt,
    claude,
    textbundle,
    keep,
    notion,
    canvas,
    evernote,
    tomboy,
    roam,
    logseq,
    joplin,
    dayone,
    journal,
    notebook,
    org,
    exported,
    jsonl_chat,
    html,
    markdown,
    table,
    text,
)


def open_file(path: Path, name: str | None = None, zone: tzinfo | None = None) -> File:
    """Stat a file and read its head. `name` is what a person calls it; the path itself if not given.

    Raises Unreadable: not there, not allowed, or not a regular file (a FIFO, socket or device is never waited for).
    """
    return files.open_file(path, name, zone, READERS)


def reader_for(file: File, readers: Sequence[Reader] = READERS) -> tuple[Reader, str] | Skipped:
    """The reader that takes this file, and why; or why none does."""
    return choice.reader_for(file, readers)


def names() -> list[str]:
    """Every format that can be asked for by name, as a person types it."""
    return [slug(reader) for reader in READERS if reader is not later]


def named(name: str) -> Reader | None:
    """The reader of that name, upper or lower case."""
    return next((reader for reader in READERS if reader is not later and slug(reader) == name.lower()), None)


def slug(reader: Reader) -> str:
    return reader.NAME.lower().replace(" ", "-")
