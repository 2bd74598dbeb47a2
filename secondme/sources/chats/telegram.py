"""Telegram: `result.json` as Telegram Desktop exports it, of one chat or of everything, with the contacts.

Knows which of the records are messages and puts their text together; ids are Telegram's own (chat and message), so that
every later export, of one chat or of all, has the same. Service records (calls, joins, pins) are none of the messages.
Streams: a chat of any size is never held whole. What Telegram has about the account itself is left out.

The format: https://core.telegram.org/import-export, and the exporter's source (export_output_json.cpp).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from secondme.records import Handle, Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import array, moment, string, table, tables, zoned
from secondme.sources.jsonvalues import Values

NAME = "Telegram"
ORIGIN = "telegram"
_CHATS = ("", "chats.list.item.", "left_chats.list.item.")
_HEADS = ("name", "type", "id")
_CONTACTS = "contacts.list.item"
_SELF = "saved_messages"
_UNNAMED = {  # chats that are exported without a name, as the app shows them
    _SELF: "Saved Messages",
    "replies": "Replies",
    "verification_codes": "Verification Codes",
    "personal_chat": "Deleted Account",
}
_ACCOUNT = frozenset({"personal_information", "personal_information.user_id", "personal_information.first_name"})
_WORD_END = re.compile(r"[\w:;,.!?]")
_PEER = 1 << 32  # older exports: the kind of sender, and below it the id


def claims(file: File) -> str | None:
    found = shape(file)
    for place in _CHATS:
        at = f"{place}messages.item."
        telling = {f"{at}from_id", f"{at}date_unixtime", f"{at}actor_id", f"{at}text_entities", f"{at}forwarded_from"}
        plain = {f"{at}type", f"{at}date", f"{at}from"} <= found
        if (
            f"{at}type" in found
            and (plain or found & telling)
            and (found & {f"{at}text", f"{at}action", f"{at}text_entities"})
        ):
            return "has the keys of a Telegram export"
    whole = "about" in found and bool(found & _ACCOUNT)
    return "begins as an export of a Telegram account" if whole or "chats.about" in found else None


def read(file: File) -> Iterator[Item | Skipped]:
    places = [f"{at}{key}" for at in _CHATS for key in (*_HEADS, "messages.item")]
    values = Values(file, *places, _CONTACTS)
    faults = chat.Faults(file)
    within = _Chat()
    found = number = 0
    for place, value in values:
        key = place.removesuffix(".item").rpartition(".")[2]
        if place == _CONTACTS:
            record = _contact(file, table(value))
        elif key == "messages":
            number, within.begun = number + 1, True
            record = _message(file, value, within, faults, number)
        else:
            within = within.told(key, string(value))
            continue
        if record is not None:
            found += 1
            yield record
    if not found:
        yield Skipped(file.name, "holds no Telegram messages")
    yield from faults
    yield from values.faults


@dataclass(slots=True)
class _Chat:
    """The conversation whose messages come next, as far as its head has been read."""

    head: dict[str, str] = field(default_factory=dict)
    begun: bool = False
    identity: chat.Identity = field(default_factory=chat.Identity)

    def told(self, key: str, value: str) -> _Chat:
        """This chat with one more thing known; the next one if this one's head was over."""
        after = _Chat() if self.begun or key in self.head else self
        after.head[key] = value
        return after

    @property
    def name(self) -> str:
        return self.head.get("name", "") or _UNNAMED.get(self.head.get("type", ""), "")

    def other(self, sender: str) -> tuple[Handle, ...]:
        """To whom a message of this sender goes, where a chat is with one person."""
        peer = f"user{self.head.get('id', '')}"
        direct = self.head.get("type") in ("personal_chat", "bot_chat") and self.head.get("id")
        if not direct or sender == peer:
            return ()
        return (Handle(self.head.get("name", ""), f"telegram:{peer}", "to"),)


def _message(file: File, value: Any, within: _Chat, faults: chat.Faults, number: int) -> Item | None:
    record = table(value)
    if not record:
        faults.add("is no message", f"message {number}")
        return None
    if record.get("type", "message") != "message":
        return None
    text, links = _words(record)
    if not text:
        return None
    sender = _sender(record)
    written = record.get("date_unixtime") or record.get("date")
    time = moment(written, file.zone)
    home = within.head.get("id") or within.name
    unnamed = f"m{within.identity(string(written), sender.name if sender else '', text)}"
    own = within.head.get("type") == _SELF and not (record.get("forwarded_from") or record.get("saved_from"))
    return chat.message(
        text,
        origin=ORIGIN,
        local=f"{home}/{string(record.get('id')) or unnamed}",
        time=time,
        sender=sender,
        thread=within.name,
        zoned=zoned(written),
        trust="own" if own else "other",
        part=within.name,
        links=links,
        tags=("forwarded",) if record.get("forwarded_from") else (),
        people=(*within.other(sender.address.removeprefix("telegram:") if sender else ""), *_forwarded(record)),
    )


def _sender(record: dict[str, Any]) -> Handle | None:
    address = record.get("from_id")
    if isinstance(address, int) and not isinstance(address, bool):
        address = f"user{address % _PEER}" if address // _PEER in (0, 1) else str(address)
    return chat.person(
        string(record.get("from")), f"telegram:{address}" if isinstance(address, str) and address else ""
    )


def _forwarded(record: dict[str, Any]) -> tuple[Handle, ...]:
    whose = chat.person(string(record.get("forwarded_from")), role="with")
    return (whose,) if whose else ()


def _words(record: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """What was written (text or caption, a poll's question and answers, a place, somebody's contact), and its links."""
    parts = record.get("text") or record.get("text_entities") or ""
    poll, contact = table(record.get("poll")), table(record.get("contact_information"))
    also = [
        joined(poll.get("question")),
        *(joined(answer.get("text")) for answer in tables(poll.get("answers"))),
        " ".join(filter(None, (string(contact.get("first_name")), string(contact.get("last_name"))))),
        string(contact.get("phone_number")),
        string(record.get("place_name")),
        string(record.get("address")),
    ]
    text = "\n".join(filter(None, (joined(parts).strip(), *(line.strip() for line in also))))
    links = [string(part.get("href")) for part in tables(parts) if part.get("href")]
    return text, tuple(dict.fromkeys(links))


def joined(parts: Any) -> str:
    """A text that comes as a string or as a list of strings and marked up pieces. A link that is glued to the word
    before it, as only exports of exports have it, is set off."""
    if not isinstance(parts, list):
        return string(parts)
    text = ""
    for part in array(parts):
        piece = string(table(part).get("text")) if isinstance(part, dict) else string(part)
        glued = isinstance(part, dict) and part.get("type") == "link" and _WORD_END.match(text[-1:])
        text += f" {piece}" if glued else piece
    return text


def _contact(file: File, record: dict[str, Any]) -> Item | None:
    name = " ".join(filter(None, (string(record.get("first_name")), string(record.get("last_name")))))
    phone = string(record.get("phone_number"))
    address = chat.telephone(phone)
    text = "\n".join(filter(None, (name, phone)))
    if not text:
        return None
    return Item(
        kind="contact",
        text=text,
        segments=(Segment(0, len(text), "field"),),
        local=f"contact/{address or name}",
        title=name or phone,
        line=0,
        origin=ORIGIN,
        part="contacts",
        people=(Handle(name, address, "about"),),
    )
