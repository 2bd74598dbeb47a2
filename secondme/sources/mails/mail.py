"""One mail in a file: .eml, Apple Mail's .emlx, the nameless files of a Maildir or an MH folder.

Knows how such a file is told from other text, and what Apple puts around a mail. A Maildir's flags are not memories,
and what lies in its tmp is not delivered yet (cr.yp.to/proto/maildir.html).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import PurePath

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary
from secondme.sources.files import opened
from secondme.sources.mails import message
from secondme.sources.mails.message import MESSAGE_BYTES, Mailbox

NAME = "mail"

_SUFFIXES = (".eml", ".emlx")
_DELIVERED = re.compile(r"\d+\.[^/\\]+?(?:[:;!_\uf03a]2,[A-Za-z]*)?$")  # Maildir's names; not every disk takes a colon
_FIELD = re.compile(rb"([!-9;-~]{1,80})[ \t]*:(?:[^\n]*(?:\n[ \t]+\S[^\n]*)*)(?:\n|\Z)")
_MARKING = frozenset((b"received", b"message-id", b"mime-version", b"return-path", b"delivered-to"))
_USUAL = frozenset((b"from", b"date", b"subject", b"to"))


def claims(file: File) -> str | None:
    if _undelivered(file):
        return "lies in a Maildir's tmp"
    if file.suffix in _SUFFIXES:
        return f"ends in {file.suffix}"
    folder = PurePath(file.name).parent.name or file.path.parent.name
    nameless = not file.suffix or file.suffix == ".msg" or bool(_DELIVERED.match(PurePath(file.name).name))
    if not (nameless or folder in ("cur", "new")) or not _has_header(file.head):
        return None
    return "is a mail in a Maildir" if folder in ("cur", "new") else "begins like a mail"


def read(file: File) -> Iterator[Item | Skipped]:
    if _undelivered(file):
        yield Skipped(file.name, "is a mail that has not been delivered yet")
        return
    with opened(file.path) as stream:
        data = stream.read(MESSAGE_BYTES + 1)
    box = Mailbox.of(file)
    if len(data) > MESSAGE_BYTES:
        box.losses.note(Skipped(file.name, f"is cut after {MESSAGE_BYTES >> 20} MB"))
        data = data[:MESSAGE_BYTES]
    if file.suffix == ".emlx":
        data = _without_plist(data)
    written = False
    for item in message.read(box, data):
        written = True
        yield item
    if not written:
        yield Skipped(file.name, "holds no text")
    yield from box.losses.all()


def _without_plist(data: bytes) -> bytes:
    """Apple Mail's file is the mail's length in bytes, a line break, the mail, and an XML plist of flags."""
    length, _, rest = data.partition(b"\n")
    return rest[: int(length)] if length.strip().isdigit() and len(length) < 16 else data


def _undelivered(file: File) -> bool:
    folder = file.path.parent
    return folder.name == "tmp" and all(os.path.isdir(folder.parent / name) for name in ("cur", "new"))


def _has_header(head: bytes) -> bool:
    """Whether it begins with fields and nothing else, among them what no other text begins with."""
    if looks_binary(head[:4096]):
        return False
    names: set[bytes] = set()
    at = 0
    for _ in range(200):
        found = _FIELD.match(head, at)
        if found is None:
            break
        names.add(found[1].lower())
        at = found.end()
    ended = at >= len(head) - 1 or head[at : at + 2] in (b"\r\n", b"\n") or head[at : at + 1] == b"\n"
    if not ended and len(names) < 20:
        return False
    return len(names & _USUAL) >= 3 or bool(names & _MARKING and names & _USUAL)
