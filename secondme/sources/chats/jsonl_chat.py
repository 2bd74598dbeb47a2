"""Chats as programs log them: one JSON object a line, or an array of objects, each with a who and a what.

Knows the usual names of the keys (`role`, `sender`, `from` …; `content`, `text`, `body` …; `ts`, `timestamp`,
`created_at` …), content in parts (`[{"type": "text", "text": …}]`), lines that hold a whole conversation (`messages`,
or `conversations` with `from` and `value`, as fine-tuning sets have them) and lines that wrap a message
(`{"message": {"role": …}}`). Roles: the user is the owner, called "me"; an assistant is a machine; system and tool
messages are left out. Whoever is called by name is somebody else.

Takes a file only if most records in its first bytes say who and what: logs and other data are text for others.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import tzinfo
from pathlib import PurePath
from typing import Any

from secondme.records import Handle, Item, Skipped, Trust
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import elements, lines, moment, parsed, string, table, tables, zoned

NAME = "JSON chat"

_WHO = ("role", "speaker", "sender", "author", "from", "user", "username", "name")
_WHAT = ("content", "text", "message", "body", "value", "utterance", "parts")
_WHEN = (
    "ts",
    "timestamp",
    "time",
    "date",
    "datetime",
    "created_at",
    "createdAt",
    "create_time",
    "sent_at",
    "created_time",
    "created",
    "sent",
    "sentAt",
    "timestamp_ms",
    "send_time",
)
_WHERE = (
    *("conversation", "thread", "session", "channel", "chat", "room", "title"),
    *("conversation_id", "thread_id", "session_id", "sessionId", "channel_id", "chat_id"),
)
_IDS = ("uuid", "message_id", "id")
_WHOLE = ("messages", "conversations", "conversation", "dialogue", "turns", "history", "contents")
_OWNER = {"user", "human", "me", "prompter"}
_MACHINE = {"assistant", "ai", "bot", "model", "gpt", "chatgpt", "claude", "chatbot", "agent"}
_UNSAID = {"system", "tool", "function", "developer", "tool_call", "tool_result", "observation", "function_call"}
_TRUST: dict[str, Trust] = {"owner": "own", "machine": "machine"}
_TEXTS = {None, "text", "input_text", "output_text"}  # the parts of a content that are words
_DATE = re.compile(r"^(\d{4})/(\d\d)/(\d\d)(?: \([^)]*\))?")
_LOG = {"level", "levelname", "severity", "logger", "log_level", "hostname", "pid", "event", "commit", "sha", "hash"}
_SUFFIXES = {".json", ".jsonl", ".ndjson", ".jsonlines", ".txt", ".log", ""}
_LONGEST = 8 * 1024 * 1024  # characters; a longer line is no message
_WHOLE_BYTES = 64 * 1024 * 1024  # an object that is larger is read message by message, without what it is called
_ENOUGH = 20  # records


@dataclass(frozen=True, slots=True)
class Said:
    """A record's message, before it is an Item. `role` is "owner", "machine", "other" or "" (nobody says it)."""

    who: str
    what: str
    when: object
    where: str
    role: str
    id: str
    sure: bool  # whether other data than a chat would look like that


def claims(file: File) -> str | None:
    if file.suffix not in _SUFFIXES or not _opening(file) or looks_binary(file.head):
        return None
    records = _first(file)
    good = sum(_sure(record) for record in records)
    return "has records that say who and what" if good * 2 > len(records) else None


def read(file: File) -> Iterator[Item | Skipped]:
    yield from _chat(file, _records(file))


def _chat(file: File, records: Iterator[tuple[int, Any]]) -> Iterator[Item | Skipped]:
    faults, identity = chat.Faults(file, "record"), chat.Identity()
    called, found = PurePath(file.name).stem, False
    for number, (line, record) in enumerate(records, 1):
        if isinstance(record, Skipped):
            yield record
            continue
        where = f"the one on line {line}" if line else f"record {number}"
        messages = list(messages_of(record))
        if not messages:
            faults.add("is not valid JSON" if record is None else "has no sender or no text", where)
        for said in messages:
            if (item := _item(said, line, identity, called, file.zone)) is not None:
                found = True
                yield item
    yield from faults
    if not found:
        yield Skipped(file.name, "holds no messages")


# -- from the file to its records ----------------------------------------------------------------------------------


def _opening(file: File) -> str:
    """The bracket that the file begins with, "" if it is another character."""
    first = file.head.removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").removeprefix(b"\xff\xfe").lstrip()[:1]
    return first.decode("latin-1") if first in (b"{", b"[") else ""


def _records(file: File) -> Iterator[tuple[int, Any]]:
    """Each record with its line, 0 where lines do not count. What is no JSON is None."""
    if _opening(file) == "[":
        yield from ((0, record) for record in elements(file, "item"))
    elif _in_lines(file):
        decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
        with opened(file.path) as stream:
            for number, line in enumerate(lines(decoder.stream(stream), _LONGEST), 1):
                if line and not line.isspace():
                    yield number, parsed(line)
        yield from ((0, fault) for fault in loss(file, decoder))
    else:
        large = file.size > _WHOLE_BYTES
        place = next((f"{key}.item" for key in _WHOLE if f"{key}.item" in shape(file)), "") if large else ""
        yield from ((0, record) for record in elements(file, place))


def _in_lines(file: File) -> bool:
    """Whether each line is a record: one of the first ones is, or the first one is longer than the head."""
    return b"\n" not in file.head.strip() or any(isinstance(record, dict) for record in _head_lines(file))


def _head_lines(file: File) -> list[Any]:
    text = Decoder(sniff(file.head, len(file.head) >= file.size)).decode(file.head)
    whole = len(file.head) >= file.size
    first = text.split("\n", _ENOUGH + 1)
    return [parsed(line) for line in (first if whole else first[:-1])[:_ENOUGH] if line.strip()]


def _first(file: File) -> list[Any]:
    """The first records; where not even one fits into the head, the first messages in it."""
    if _opening(file) == "{" and _in_lines(file) and (found := _head_lines(file)):
        return found
    inner = [f"{key}.item" for key in _WHOLE]
    places = ["item", *(f"item.{place}" for place in inner)] if _opening(file) == "[" else inner
    return next(filter(None, (_at(file, place) for place in places)), [])


def _at(file: File, place: str) -> list[Any]:
    import ijson  # 15 ms

    found: list[Any] = []
    try:
        for value in ijson.items(file.head.removeprefix(b"\xef\xbb\xbf"), place):
            found.append(value)
            if len(found) == _ENOUGH:
                break
    except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError):
        pass  # the head ends in the middle of a record
    return found


# -- from a record to its messages ---------------------------------------------------------------------------------


def messages_of(record: object, where: str = "", when: object = None) -> Iterator[Said]:
    """What a record says: one message, those of a conversation, or none."""
    if not isinstance(record, dict):
        return
    where = _named(_one(record, _WHERE)) or where
    when = _one(record, _WHEN) or when
    for key in _WHOLE:
        if tables(record.get(key)):
            where = where or string(record.get("id"))
            for entry in tables(record[key]):
                yield from messages_of(entry, where, when)
            return
    if isinstance(record.get("message"), dict):
        record = {**record, **record["message"], **{key: record[key] for key in _IDS if key in record}}
    if (said := _said(record, where, when)) is not None:
        yield said


def _said(record: dict[str, Any], where: str, when: object) -> Said | None:
    key = next((key for key in _WHO if _named(record.get(key))), "")
    what = next((key for key in _WHAT if isinstance(record.get(key), str | list | dict)), "")
    content = record.get(what)
    if not key or (content is None and "content" not in record):
        return None
    who = _named(record[key])
    role = _role(string(table(record[key]).get("role")) or who)
    told = what != "value" and (when is not None or key in ("speaker", "sender"))
    sure = not _LOG & record.keys() and (role != "other" or told)
    name = string(record.get("name")) if role in ("owner", "machine") else ""
    who = name or ("me" if role == "owner" else who)
    return Said(who, _text(content).strip(), when, where, role, string(_one(record, _IDS)), sure)


def _role(who: str) -> str:
    who = who.lower()
    if who in _UNSAID:
        return ""
    return "owner" if who in _OWNER else "machine" if who in _MACHINE else "other"


def _sure(record: object) -> bool:
    said = list(messages_of(record))
    return bool(said) and all(entry.sure for entry in said)


def _text(content: object) -> str:
    """The words of a message's content: a string, or parts of which some are text."""
    if isinstance(content, list):
        return "\n".join(filter(None, map(_text, content)))
    if isinstance(content, dict):
        said = content.get("text") or content.get("parts") or content.get("value")
        return _text(said) if content.get("type") in _TEXTS and isinstance(said, str | list) else ""
    return content if isinstance(content, str) else ""


def _one(record: dict[str, Any], keys: tuple[str, ...]) -> object:
    return next((record[key] for key in keys if record.get(key) not in (None, "", [], {})), None)


def _iso(when: object) -> object:
    """ "2023/05/20 (Sat) 02:21" and "2023-05-20 02:21:00 UTC" as ISO 8601; anything else as it is."""
    if not isinstance(when, str):
        return when
    clock = _DATE.sub(r"\1-\2-\3", when.strip())
    return f"{clock.removesuffix(' UTC')}+00:00" if clock.endswith(" UTC") else clock


def _named(value: object) -> str:
    """A name, or that of an object which has one."""
    keys = ("name", "display_name", "username", "title", "role", "id")
    inner = table(value)
    return string(value) or next((string(inner[key]) for key in keys if string(inner.get(key))), "")


def _item(said: Said, line: int, identity: chat.Identity, called: str, zone: tzinfo | None) -> Item | None:
    """`called`: what the conversation is called if the record does not say."""
    if not said.what or not said.role:
        return None
    time = moment(_iso(said.when), zone)
    local = identity(f"{said.id} {said.when or ''}", said.who, said.what)
    return chat.message(
        said.what,
        # two conversations may begin with the same words: without a time they are told by their file
        origin=f"chat:{said.where}" if time else "",
        local=local,
        time=time,
        zoned=zoned(_iso(said.when)),
        sender=chat.person(said.who) if said.role == "other" else Handle(said.who),
        thread=said.where or called,
        trust=_TRUST.get(said.role, "other"),
        line=line,
        part="" if line else said.where,
    )
