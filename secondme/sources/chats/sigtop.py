"""The three shapes in which sigtop exports a Signal conversation: text, short text, and Signal Desktop's own JSON.

Conversation: Anna (+3212345678)                 2019-12-24 12:23 Anna: Hello      [{"id": …, "body": …}, …]
                                                 2019-12-24 12:24 You: [1 attachment] Look
From: Anna (+3212345678)
Type: incoming
Sent: Tue, 24 Dec 2019 12:23:00 +0100

Hello
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import PurePath

from secondme.records import Handle, Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.chats.chatlines import decoder_of, entries, lines
from secondme.sources.decoding import loss
from secondme.sources.jsonstream import moment, string, table
from secondme.sources.jsonvalues import Values

ORIGIN = "signal"
_SHORT = re.compile(
    r"(?P<time>\d{4}-\d\d-\d\d \d\d:\d\d) (?P<name>[^\n]{1,120}?):"
    r"(?: \[(?P<note>[^\]\n]*)\](?= |\r?$))? ?"
)
_NOTE = re.compile(r"(?:, )?(?:reply to [^\n]{1,120} on [\d-]+ [\d:]+|edited|\d+ attachments?|[\w-]+ message)")
_DETAILED = re.compile(r"(?P<name>.*?) ?\((?P<address>\+?[\w-]+)\)$")
_FIELDS = ("From", "Type", "Sent", "Received", "Attachment", "Reaction", "Edited")
_TYPE = re.compile(r"Type: [a-z-]+\r?\n?")
_LONGEST = 1024 * 1024


def is_desktop(keys: frozenset[str]) -> bool:
    return {"item.conversationId", "item.sent_at", "item.type"} <= keys


def is_text(held: list[str]) -> bool:
    return bool(held) and held[0].startswith("Conversation: ") and any(line.startswith("Type: ") for line in held[1:3])


def is_short(held: list[str]) -> bool:
    heads = [found["name"] for line in held if (found := _SHORT.match(line))]
    return len(heads) >= 2 and _SHORT.match(held[0]) is not None and "You" in heads


def desktop(file: File) -> Iterator[Item | Skipped]:
    """Messages as Signal Desktop keeps them, without names; a chat with one person has theirs as the file's name."""
    values, faults = Values(file, "item"), chat.Faults(file)
    name, address = _detailed(PurePath(file.name).stem)
    for number, (_, value) in enumerate(values, 1):
        record = table(value)
        if not record:
            faults.add("is no message", f"message {number}")
            continue
        text = string(record.get("body")).strip()
        if not text or record.get("type") not in ("incoming", "outgoing"):
            continue
        source = string(record.get("source"))
        sender = Handle("You")
        if record["type"] == "incoming":
            known = address and chat.telephone(source) == address
            sender = chat.person(name if known or not source else "", chat.telephone(source)) or Handle(name or source)
        when = record.get("sent_at") or record.get("timestamp")
        local = string(record.get("id")) or chat.digest(string(when), text)
        yield chat.message(text, origin=ORIGIN, local=local, time=moment(when, file.zone), sender=sender, thread=name)
    yield from faults
    yield from values.faults


def short(file: File) -> Iterator[Item | Skipped]:
    decoder, identity = decoder_of(file), chat.Identity()
    thread = _detailed(PurePath(file.name).stem)[0]
    for entry in entries(lines(file, decoder), _begins):
        words = entry.text.strip()
        if entry.head is None or not words:
            continue
        when, name = entry.head
        yield chat.message(
            words,
            origin=ORIGIN,
            local=identity(when, name, words),
            time=dates.parse(when, file.zone),
            sender=chat.person(name),
            thread=thread,
            zoned=False,
            base=entry.base + entry.text.find(words),
            line=entry.line,
        )
    yield from loss(file, decoder)


def _begins(line: str) -> tuple[tuple[str, str], int] | None:
    found = _SHORT.match(line)
    if found is None:
        return None
    note = found["note"]
    written = note is not None and _NOTE.sub("", note)  # brackets that somebody typed
    end = found.start("note") - 1 if written else found.end()
    return (found["time"], found["name"]), end


@dataclass(slots=True)
class _Message:
    """The lines of one message of the long form, with the place of the first."""

    line: int
    base: int
    head: dict[str, str] = field(default_factory=dict)
    body: list[str] = field(default_factory=list)
    at: int = 0  # where the body begins
    over: bool = False  # the head
    size: int = 0

    def add(self, line: str, at: int) -> None:
        key, colon, value = line.partition(": ")
        if not self.over and colon and key in _FIELDS:
            self.head.setdefault(key, value.strip())
        elif not self.over:
            self.over = True
            self.at = at + len(line)
        elif self.size < _LONGEST:
            self.body.append(line)
            self.size += len(line)


def text(file: File) -> Iterator[Item | Skipped]:
    decoder, identity = decoder_of(file), chat.Identity()
    thread = ""
    for message in _messages(lines(file, decoder)):
        if "Conversation" in message.head:
            thread = _detailed(message.head["Conversation"])[0]
        elif (item := _item(file, message, thread, identity)) is not None:
            yield item
    yield from loss(file, decoder)


def _messages(texts: Iterator[str]) -> Iterator[_Message]:
    """The conversation's own head, then its messages: each begins at "From:" with "Type:" below, or at "Type:"."""
    current = _Message(1, 0)
    at, before, held = 0, "\n", ""
    for number, line in enumerate(texts, 1):
        if number == 1 and line.startswith("Conversation: "):
            current.head["Conversation"] = line.partition(": ")[2].strip()
        elif _TYPE.fullmatch(line) and (held or not before.strip()):
            yield current
            current = _Message(number - bool(held), at - len(held))
            for part in filter(None, (held, line)):
                current.add(part, at)
            held = ""
        else:
            if held:
                current.add(held, at - len(held))
            held = line if line.startswith("From: ") and not before.strip() else ""
            if not held:
                current.add(line, at)
        before = line
        at += len(line)
    if held:
        current.add(held, at - len(held))
    yield current


def _item(file: File, message: _Message, thread: str, identity: chat.Identity) -> Item | None:
    raw = "".join(message.body)
    words = _latest(raw) if "Edited" in message.head else _unquoted(raw).strip()
    if not words or message.head.get("Type") not in ("incoming", "outgoing"):
        return None
    when = message.head.get("Sent") or message.head.get("Received", "")
    name, address = _detailed(message.head.get("From", ""))
    time = _time(when)
    found = raw.find(words)
    return chat.message(
        words,
        origin=ORIGIN,
        local=identity(time.strftime("%Y-%m-%d %H:%M") if time else when, name, words),
        time=time,
        sender=chat.person(name, address),
        thread=thread,
        base=message.at + found if found >= 0 else 0,
        line=message.line,
    )


def _unquoted(raw: str) -> str:
    """The body without the message that it answers, which comes first, each line behind a ">"."""
    if not raw.startswith("> From: "):
        return raw
    return re.sub(r"\A(?:>[^\n]*\n?)+", "", raw)


def _latest(raw: str) -> str:
    """The body of the first version listed, which is the last one written; each line is behind a "|"."""
    rows = [line[2:] if line.startswith("| ") else line[1:] for line in raw.splitlines() if line.startswith("|")]
    rows = rows[1:]
    end = next((n for n, row in enumerate(rows) if re.fullmatch(r"Version: \d+", row)), len(rows))
    body = "\n".join(rows[:end]).partition("\n\n")[2]
    return _unquoted(body).strip()


def _detailed(name: str) -> tuple[str, str]:
    """Name and address out of "Anna (+3212345678)"; the address of somebody without a number is Signal's own id."""
    found = _DETAILED.fullmatch(name.strip())
    if found is None:
        return name.strip(), ""
    address = found["address"]
    return found["name"] or address, chat.telephone(address) or (f"signal:{address}" if "-" in address else "")


def _time(written: str) -> datetime | None:
    try:
        time = parsedate_to_datetime(written)
    except (TypeError, ValueError, OverflowError):
        return None
    return dates.local(time)
