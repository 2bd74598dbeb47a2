"""Signal: what its users export with signal-export (text, markdown, JSON lines) and sigtop (text, short text, JSON).

Signal itself writes encrypted backups alone. They are known by their names and reported, with what to export instead.
Which of the shapes a file has is decided here; sigtop's are read in `sigtop`. What an export repeats of an earlier
message (a quote), reactions and links to media files are left out: nobody wrote them in this message.

signal-export: https://github.com/carderne/signal-export. sigtop: https://github.com/tbvdm/sigtop.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from pathlib import PurePath

from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat, sigtop
from secondme.sources.chats.chatlines import decoder_of, entries, first_lines
from secondme.sources.chats.chatlines import lines as whole_lines
from secondme.sources.decoding import looks_binary, loss
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import lines, parsed, string, table

NAME = "Signal"
LONGEST = 1024 * 1024  # characters of one line of JSON
_HEAD = re.compile(
    r"\[(?P<time>\d{4}-\d\d-\d\d,? \d\d:\d\d(?P<seconds>:\d\d)?)\] "
    r"(?P<name>[^\n]{1,120}?):(?: |(?=\r?\n|\Z))"
)
_KEYS = frozenset({"date", "sender", "body", "attachments"})
_LEVELS = frozenset(("DEBUG", "INFO", "WARN", "WARNING", "ERROR", "CRITICAL", "FATAL", "TRACE", "NOTICE"))
_BACKUP = re.compile(
    r"(?:^|/)(?:signal-\d{4}(?:-\d\d){5}\.backup(?:\.part)?|signal-backup-[\d-]+/(?:main|metadata|files))$"
)
_DATABASE = re.compile(r"(?:^|/)sql/db\.sqlite$")
_OWN_NAMES = ("chat", "index", "data")  # the files of a chat's folder
_EXTRAS = re.compile(
    r"\n\(- [^\n]+ -\)[ \t]*$|\n\(\( [^\n]+ \)\)[ \t]*$"
    r"|!?\[[^\]\n]{0,300}\]\(\.{0,2}/?(?:media|[\w-]{0,20}stickers)/[^)\n]{0,400}\)[ \t]*",
    re.MULTILINE,
)
_QUOTE = re.compile(r"\A\s*\n> [^\n]*\n(?:> ?[^\n]*\n)*\s*")
_EMPTY = re.compile(r"\(This message was deleted\)|(?:Incoming|Outgoing|Missed) (?:\w+ )?call(?: \([^()\n]*\))?")


def claims(file: File) -> str | None:
    form = _form(file)
    return None if form is None else form[1]


def read(file: File) -> Iterator[Item | Skipped]:
    form = _form(file)
    found = False
    for record in (_text if form is None else form[0])(file):
        found = found or isinstance(record, Item)
        yield record
    if not found and not (form and form[0] is _encrypted):
        yield Skipped(file.name, "holds no Signal messages")


def _form(file: File) -> tuple[Callable[[File], Iterator[Item | Skipped]], str] | None:
    """How to read the file, and why so."""
    path = file.path.as_posix() if file.outer is None else file.name
    if _BACKUP.search(path) or (_DATABASE.search(path) and not file.head.startswith(b"SQLite format 3")):
        return _encrypted, "is named as Signal's encrypted backups are"
    keys = shape(file)
    if keys >= {f"line.{key}" for key in _KEYS} or (keys >= _KEYS and "quote" in keys):
        return _json_lines, "has the keys of a chat from signal-export"
    if sigtop.is_desktop(keys):
        return sigtop.desktop, "has the keys of Signal Desktop's messages"
    if looks_binary(file.head):
        return None
    held = [line for line in first_lines(file) if line.strip()]
    if sigtop.is_text(held):
        return sigtop.text, "is written as sigtop exports a conversation"
    if sigtop.is_short(held):
        return sigtop.short, "is written as sigtop exports a conversation in short"
    return (
        (_text, "has lines with date, time and sender as Signal chats are exported") if _is_text(file, held) else None
    )


def _is_text(file: File, held: list[str]) -> bool:
    heads = [found for line in held if (found := _HEAD.match(line))]
    if not heads or _HEAD.match(held[0]) is None or "whatsapp" in file.name.lower() or len(heads) * 20 < len(held):
        return False
    names = {found["name"] for found in heads}
    # with seconds it may be a chat of WhatsApp's, from a phone with ISO dates
    ours = file.suffix == ".md" or "Me" in names or all(found["seconds"] is None for found in heads)
    return ours and not names <= _LEVELS and "\u200e" not in "".join(held[:50])


def _encrypted(file: File) -> Iterator[Skipped]:
    advice = "export the chats with signal-export or sigtop from Signal Desktop, and add what that writes"
    yield Skipped(file.name, f"is an encrypted Signal backup, which only Signal can open; {advice}")


def _text(file: File) -> Iterator[Item | Skipped]:
    decoder, faults, identity = decoder_of(file), chat.Faults(file, "line"), chat.Identity()
    for entry in entries(whole_lines(file, decoder), _begins):
        if entry.head is None:
            if entry.text.strip("\ufeff \r\n"):
                faults.add("comes before the first message", f"line {entry.line}")
            continue
        when, name = entry.head
        raw = entry.text
        words = _written(raw)
        at = raw.find(words)
        if (
            item := _item(file, when, name, words, identity, entry.base + at if at >= 0 else 0, entry.line)
        ) is not None:
            yield item
    yield from faults
    yield from loss(file, decoder)


def _begins(line: str) -> tuple[tuple[str, str], int] | None:
    found = _HEAD.match(line)
    return None if found is None else ((found["time"], found["name"]), found.end())


def _json_lines(file: File) -> Iterator[Item | Skipped]:
    decoder, faults, identity = decoder_of(file), chat.Faults(file, "line"), chat.Identity()
    with opened(file.path) as stream:
        for number, line in enumerate(lines(decoder.stream(stream), LONGEST), 1):
            record = table(parsed(line))
            if not record:
                if line.strip():
                    faults.add("is no message", f"line {number}")
                continue
            when, name = string(record.get("date")), string(record.get("sender"))
            item = _item(file, when, name, _written(string(record.get("body"))), identity, 0, number)
            if item is not None:
                yield item
    yield from faults
    yield from loss(file, decoder)


def _item(file: File, when: str, name: str, words: str, identity: chat.Identity, base: int, line: int) -> Item | None:
    if not words:
        return None
    time = dates.parse(when.replace(",", ""), file.zone)
    return chat.message(
        words,
        origin=sigtop.ORIGIN,
        local=identity(when.replace(",", "").replace("T", " ")[:16], name, words),
        time=time,
        sender=None if name == "No-Sender" else chat.person(name),
        thread=_thread(file),
        zoned=False,
        base=base,
        line=line,
    )


def _written(raw: str) -> str:
    text = raw if "\n> " not in raw else _QUOTE.sub("", raw)
    text = _EXTRAS.sub("", text.rstrip()).strip()
    return "" if _EMPTY.fullmatch(text) else text


def _thread(file: File) -> str:
    """The chat's folder, where the tool gives each one its own; else the file."""
    path = PurePath(file.name)
    return path.parent.name if path.stem in _OWN_NAMES else path.stem
