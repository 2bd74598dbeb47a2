"""What the header of a mail says: who, to whom, when, about what, in answer to what, and where it was kept.

Knows RFC 5322 and what Gmail, Thunderbird and Apple Mail add. Does not look at the body.
"""

from __future__ import annotations

import csv
import re
from dataclasses import dataclass
from datetime import datetime, tzinfo

from secondme.records import Handle
from secondme.sources.mails.addresses import LIMIT, handles
from secondme.sources.mails.encoded import characters, phrase
from secondme.sources.mails.maildate import moment
from secondme.sources.mails.mime import Fields

_ID = re.compile(r"<\s*([^<>\s]+)\s*>")
_ID_CHARS = 300
_PREFIX = re.compile(
    r"(?:(?:re|fwd?|aw|wg|sv|vs|vb|antw(?:ort)?|betr|tr|rv|rif|r|i|odp|ynt|ilt|enc|res|pd|atb|ré|回复|答复|转发|返信)"
    r"\s*(?:\[\d+\]|\(\d+\)|\^\d+|\*\d+)?\s*[:\uff1a]\s*)+",
    re.IGNORECASE,
)
_FORWARDED = re.compile(r"(?:fwd?|wg|tr|rv|doorst|vb|vs|vl|enc|i|pd|ilt|转发|轉寄)\s*[:\uff1a]", re.IGNORECASE)
_FIRST_MAIL, _LAST_YEAR = 1971, 2100  # dates outside are a wrong clock's


@dataclass(frozen=True, slots=True)
class Letterhead:
    """`id` is the Message-ID, "" if there is none; `thread` the id of the mail that began the exchange (its own, if
    this one did), else the bare subject."""

    id: str
    subject: str
    time: datetime | None
    zoned: bool
    speaker: str
    people: tuple[Handle, ...]
    thread: str
    tags: tuple[str, ...]

    @property
    def forwarded(self) -> bool:
        return _FORWARDED.match(self.subject) is not None


def letterhead(fields: Fields, zone: tzinfo | None = None, posted: datetime | None = None) -> Letterhead:
    """`posted` is when a mailbox says that it came, for a mail that does not say itself."""
    subject = phrase(_first(fields, "subject"))
    time, zoned = _time(fields, zone) or (posted, True)
    people = _people(fields)
    sender = next((one for one in people if one.role == "from"), None)
    return Letterhead(
        id=_id(_first(fields, "message-id")),
        subject=subject,
        time=time,
        zoned=zoned,
        speaker="" if sender is None else sender.name or sender.address.removeprefix("mailto:"),
        people=people,
        thread=_root(fields) or _id(_first(fields, "message-id")) or bare(subject),
        tags=tuple(dict.fromkeys(_tags(fields))),
    )


def bare(subject: str) -> str:
    """The subject without Re:, Fwd:, AW: and the like."""
    return subject[found.end() :] if (found := _PREFIX.match(subject)) else subject


def _first(fields: Fields, name: str) -> bytes:
    return fields.get(name, [b""])[0]


def _id(raw: bytes) -> str:
    text = characters(raw)
    found = _ID.search(text)
    name = found[1] if found else phrase(text).strip("<> ")
    return name if len(name) <= _ID_CHARS and name.isprintable() else ""


def _root(fields: Fields) -> str:
    for name in ("references", "in-reply-to"):
        # In-Reply-To held prose once ("Your message of ..."), an id is always in <>
        if (found := _ID.search(characters(_first(fields, name)))) and len(found[1]) <= _ID_CHARS:
            return found[1]
    return ""


def _people(fields: Fields) -> tuple[Handle, ...]:
    found: dict[tuple[str, str, str], Handle] = {}
    senders = next((raw for name in ("from", "sender", "reply-to") for raw in fields.get(name, []) if raw), b"")
    for handle in handles(senders, "from"):
        found[handle.address or handle.name, "", "from"] = handle
    for name in ("to", "cc", "bcc"):
        for raw in fields.get(name, [])[:LIMIT]:
            for handle in handles(raw, "to"):
                found.setdefault((handle.address or handle.name, "", "to"), handle)
    return tuple(found.values())[:LIMIT]


def _time(fields: Fields, zone: tzinfo | None) -> tuple[datetime, bool] | None:
    """Date, else when the nearest server received it (the date stands after the last semicolon)."""
    said = [*fields.get("date", []), *fields.get("resent-date", []), *fields.get("delivery-date", [])]
    received = [raw.rpartition(b";")[2] for raw in fields.get("received", [])[:10]]
    for raw in said + received:
        found = moment(phrase(raw), zone)
        if found is not None and _FIRST_MAIL <= found[0].year <= _LAST_YEAR:
            return found
    return None


def _tags(fields: Fields) -> list[str]:
    """Gmail's labels, Thunderbird's and Apple's keywords, and the folder that some exports name."""
    tags: list[str] = []
    for name in ("x-gmail-labels", "keywords", "x-keywords"):
        for raw in fields.get(name, [])[:10]:
            try:
                tags += next(csv.reader([phrase(raw)], skipinitialspace=True), [])
            except csv.Error:
                continue
    tags += [phrase(raw) for raw in fields.get("x-folder", [])[:10]]
    return [tag.strip() for tag in tags[:LIMIT] if tag.strip()]
