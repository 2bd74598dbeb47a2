"""Mailboxes in one file: mbox in its dialects (RFC 4155), as Gmail, Thunderbird, Apple Mail, mutt and Eudora write it.

A mail begins with a line "From SENDER DATE" that a header follows. Since the dialects disagree on what a mail may hold
(mboxo, mboxrd and mboxcl), such a line counts only if it has the look, and the Content-Length only if one stands where
it points. Streams: one mail is held at a time.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import BinaryIO

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.mails import message
from secondme.sources.mails.maildate import moment
from secondme.sources.mails.message import MESSAGE_BYTES, Mailbox

NAME = "mailbox"

_SUFFIXES = (".mbox", ".mbx", ".mbs")
_BLOCK = 1024 * 1024
_AHEAD = 2048  # what must be known after a From_ line to judge it
_TRUSTED_LENGTH = 16 * 1024 * 1024
_DAY, _MONTH = b"(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)", b"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_BEGINS = re.compile(
    rb"From(?:[ \t]+-?[ \t]*"  # Thunderbird, when it does not know
    rb"|[ \t](?:[^\n]{0,300}?[ \t])??"
    + _DAY
    + rb",?[ \t]+(?:"
    + _MONTH
    + rb"[ \t]+\d{1,2}|\d{1,2}[ \t]+"
    + _MONTH
    + rb")"
    rb"[ \t]+[^\n]{4,80}"
    rb"|[ \t][^\n]{0,300}?[ \t]\d{4}-\d\d-\d\d[T ]\d[^\n]{0,40})\r?\n"
    rb"(?=>?From |[!-9;-~]{1,100}[ \t]*:)"
)
_LENGTH = re.compile(rb"^Content-Length:[ \t]*(\d{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE)
_HEAD_END = re.compile(rb"\n\r?\n")
_ESCAPED = re.compile(rb"^>(>*From )", re.MULTILINE)
_MOZILLA = re.compile(rb"^X-Mozilla-Status:[ \t]*([0-9A-Fa-f]{4})\b", re.MULTILINE)
_EXPUNGED = 0x0008  # deleted, and still there until the folder is compacted
_INTERNAL = b"DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA"  # the first one of pine's and UW's folders


@dataclass(frozen=True, slots=True)
class Raw:
    """A mail as it lies in the mailbox: its first line's number, its From_ line, its bytes (`cut`: not all)."""

    line: int
    opening: bytes
    data: bytes
    cut: bool = False


def claims(file: File) -> str | None:
    if file.suffix == ".eml":
        return None
    if _BEGINS.match(file.head.removeprefix(codecs.BOM_UTF8).lstrip(b"\r\n")):
        return "begins like a mailbox"
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES else None


def read(file: File) -> Iterator[Item | Skipped]:
    box = Mailbox.of(file)
    count = 0
    with opened(file.path) as stream:
        for raw in split(stream):
            count += 1
            if raw.cut:
                reason = f"the message at line {raw.line} is cut after {MESSAGE_BYTES >> 20} MB"
                box.losses.note(Skipped(file.name, reason), "cut")
            yield from _items(box, raw)
    if not count:
        if file.head.strip():
            raise Unreadable("is not a mailbox that can be read", "Export the folder again, in the mbox format.")
        yield Skipped(file.name, "holds no messages")
    yield from box.losses.all()


def _items(box: Mailbox, raw: Raw) -> Iterator[Item]:
    if _left_out(raw.data):
        return
    data = _ESCAPED.sub(rb"\1", raw.data) if b">From " in raw.data else raw.data
    try:
        yield from message.read(box, data, raw.line, _posted(raw.opening))
    except Unreadable as error:
        reason = f"the message at line {raw.line} {error.message.rstrip('.')}"
        box.losses.note(Skipped(box.file.name, reason), error.message)
    except Exception as error:
        # mail is the most broken of all formats: whatever one message does to us, the rest is read
        reason = f"the message at line {raw.line} could not be read ({type(error).__name__})"
        box.losses.note(Skipped(box.file.name, reason), "broken")


def _left_out(data: bytes) -> bool:
    head = data[:4096]
    status = _MOZILLA.search(head)
    return (status is not None and bool(int(status[1], 16) & _EXPUNGED)) or _INTERNAL in head


def _posted(opening: bytes) -> datetime | None:
    """When the mail came, which From_ lines say in UTC."""
    found = moment(opening.decode("ascii", "replace").partition(" ")[2], UTC)
    return found[0] if found else None


def split(stream: BinaryIO) -> Iterator[Raw]:
    """The mails of a mailbox, in order. What stands before the first From_ line is left out."""
    window = _Window(stream)
    window.skip_to_first()
    while window.held:
        opening_end = window.held.find(b"\n") + 1
        end, cut = window.end_of_first()
        data = bytes(memoryview(window.held)[opening_end:end])
        opening, line = bytes(window.held[:opening_end]), window.line
        window.drop(end)
        if cut:
            window.skip_to_first()
        yield Raw(line, opening, data, cut)


@dataclass(slots=True)
class _Window:
    """The stretch of the file that is held: from the beginning of a mail on. `line` is the number of its first line."""

    stream: BinaryIO
    held: bytearray = field(default_factory=bytearray)
    line: int = 1
    ended: bool = False

    def more(self) -> bool:
        block = b"" if self.ended else self.stream.read(_BLOCK)
        self.ended = not block
        self.held += block
        return bool(block)

    def drop(self, end: int) -> None:
        self.line += self.held.count(b"\n", 0, end)
        del self.held[:end]

    def skip_to_first(self) -> None:
        """Drop what comes before the next From_ line that begins a mail."""
        while len(self.held) < _AHEAD and self.more():
            pass
        if self.line == 1 and self.held.startswith(codecs.BOM_UTF8):
            del self.held[: len(codecs.BOM_UTF8)]
        if self.line == 1 and _BEGINS.match(self.held):
            return
        while (border := self._border(0)) < 0:
            self.drop(len(self.held) if self.ended else max(0, len(self.held) - _AHEAD))
            if self.ended:
                return
            self.more()
        self.drop(border)

    def end_of_first(self) -> tuple[int, bool]:
        """Where the first mail ends, and whether only because it is too large."""
        start = 1
        while (border := self._border(start)) < 0:
            if len(self.held) > MESSAGE_BYTES:
                return MESSAGE_BYTES, True
            if self.ended:
                return len(self.held), False
            start = max(1, len(self.held) - _AHEAD)
            self.more()
        return self._declared(border), False

    def _border(self, start: int) -> int:
        """Where the next From_ line begins, if it and what follows it are held; else -1."""
        at = self.held.find(b"\nFrom", start)
        while at >= 0:
            if not self.ended and len(self.held) - at < _AHEAD:
                return -1
            if _BEGINS.match(self.held, at + 1) and self._set_off(at):
                return at + 1
            at = self.held.find(b"\nFrom", at + 1)
        return -1

    def _set_off(self, at: int) -> bool:
        """Whether an empty line is before it, or the line is so full that it cannot be prose."""
        empty = at == 0 or self.held.endswith((b"\n", b"\n\r"), 0, at)
        return empty or re.match(rb"From \S+[ \t]+" + _DAY + rb" " + _MONTH, self.held[at + 1 : at + 400]) is not None

    def _declared(self, border: int) -> int:
        """The end by Content-Length, if it is further on and a mail begins there, or the file ends."""
        head_end = _HEAD_END.search(self.held, 0, border)
        length = _LENGTH.search(self.held, 0, head_end.start() + 1) if head_end else None
        if head_end is None or length is None or int(length[1]) > _TRUSTED_LENGTH:
            return border
        end = head_end.end() + int(length[1])
        if end <= border:
            return border
        while len(self.held) < end + _AHEAD and self.more():
            pass
        rest = self.held[end : end + _AHEAD]
        gap = len(rest) - len(rest.lstrip(b"\r\n"))
        if end > len(self.held) or gap > 4:
            return border
        return end + gap if not rest.strip() or _BEGINS.match(rest, gap) else border
