"""Instagram and Messenger: `message_1.json` as "Download your information" gives it, and the export of encrypted chats.

Knows two shapes: the one of all downloads (`sender_name`, `timestamp_ms`, newest first), whose text is UTF-8 that was
read as Latin-1 and written as UTF-8 again, and the one of Messenger's end-to-end encrypted chats since 2024
(`senderName`, `timestamp`). A message is told by its millisecond, sender and words, so that it is the same wherever a
later download puts it. What the apps say by themselves ("Anna sent an attachment.") is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import moment, string, table
from secondme.sources.jsonvalues import Values

NAME = "Instagram and Messenger"
ORIGIN = "meta"
_MANY = 12  # from so many people on a message is to the group, not to each of them
_ATTACHED = ("share", "photos", "videos", "audio_files", "gifs", "sticker", "files", "media")
_NOTICE = re.compile(
    r"(?:.{1,80} (?:sent (?:an attachment|a photo|a video|a GIF|a sticker|a voice message|a link|a live location"
    r"|\d+ photos)|shared a (?:story|post|reel|link))|.{1,80} hat (?:einen Anhang|ein Foto|ein Video) gesendet"
    r"|.{1,80} a envoyé une pièce jointe|.{1,80} ha enviado un archivo adjunto|.{1,80} enviou um anexo"
    r"|.{1,80} ha inviato un allegato|.{1,80} heeft een bijlage verzonden)\.",
    re.IGNORECASE,
)
_REACTION = re.compile(
    r"Liked a message|Reacted [^\w\s]{1,12} to your message ?|Gefällt eine Nachricht"
    r"|Reagierte mit [^\w\s]{1,12} auf deine Nachricht ?|Hat mit [^\w\s]{1,12} auf deine Nachricht reagiert ?"
    r"|.{1,80}'s poll has multiple updates\.|This poll is no longer available\."
)
_DEED = re.compile(
    r"""
    named\ the\ group\ |changed\ the\ (?:group\ photo|theme|chat\ theme)|left\ the\ group
    |pinned\ a\ message|unsent\ a\ message
    |set\ (?:the|your|his|her|their|own)\ (?:nickname|emoji|quick)|added\ .+\ to\ the\ group
    |removed\ .+\ from\ the\ group
    |created\ th(?:e|is)\ group
    |started\ an?\ .{0,9}(?:call|chat)|joined\ the\ (?:.{0,6}(?:call|chat)|group)
    |missed\ (?:a|your)\ |called\ """,
    re.VERBOSE,
)


def claims(file: File) -> str | None:
    found = shape(file)
    if {"messages.item.sender_name", "messages.item.timestamp_ms"} <= found:
        return "has the keys of an Instagram or Messenger download"
    if {"messages.item.senderName", "messages.item.timestamp"} <= found:
        return "has the keys of a download of encrypted Messenger chats"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    within = _thread(file)
    values = Values(file, "messages.item")
    faults, identity = chat.Faults(file), chat.Identity()
    found = False
    for number, (_, value) in enumerate(values, 1):
        record = table(value)
        if not record:
            faults.add("is no message", f"message {number}")
        elif (item := _message(file, record, within, identity)) is not None:
            found = True
            yield item
    if not found:
        yield Skipped(file.name, "holds no messages with words in them")
    yield from faults
    yield from values.faults


def mended(text: str) -> str:
    """Text whose UTF-8 was taken for Latin-1, read as it was meant; any other as it is."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


@dataclass(slots=True)
class _Thread:
    name: str = ""
    people: list[str] = field(default_factory=list)

    def others(self, sender: str) -> tuple[Handle, ...]:
        """To whom a message of this sender went, where the thread names its people and they are few."""
        if sender not in self.people or len(self.people) > _MANY:
            return ()
        return tuple(Handle(name, "", "to") for name in self.people if name != sender)


def _thread(file: File) -> _Thread:
    """Name and people of the thread; in the file the name comes after the messages."""
    found = _Thread()
    values = Values(file, "title", "threadName", "participants.item")
    try:
        for place, value in values:
            if place == "participants.item":
                name = string(table(value).get("name")) if isinstance(value, dict) else string(value)
                if name:
                    found.people.append(mended(name))
            else:
                found.name = re.sub(r"_\d+$", "", mended(string(value)))
    except Unreadable:
        pass  # the messages may come before the fault
    found.name = found.name or ", ".join(found.people[:4])
    return found


def _message(file: File, record: dict[str, Any], within: _Thread, identity: chat.Identity) -> Item | None:
    sender = mended(string(record.get("sender_name")) or string(record.get("senderName")))
    share = table(record.get("share"))
    text = _words(record, share, sender)
    if not text:
        return None
    written = record.get("timestamp_ms", record.get("timestamp"))
    link = string(share.get("link"))
    return chat.message(
        text,
        origin=ORIGIN,
        local=identity(string(written), sender, text),
        time=moment(written, file.zone),
        sender=chat.person(sender),
        thread=within.name,
        links=(link,) if link else (),
        people=within.others(sender),
    )


def _words(record: dict[str, Any], share: dict[str, Any], sender: str) -> str:
    """What somebody wrote; of a message that only shares something, what it shares."""
    if record.get("is_unsent") is True or record.get("isUnsent") is True or "call_duration" in record:
        return ""
    text = mended(string(record.get("content")) or string(record.get("text"))).strip()
    attached = any(record.get(key) for key in _ATTACHED)
    if _is_generated(text, sender, attached) or record.get("type") in ("Subscribe", "Unsubscribe", "Call"):
        text = ""
    if text or not share:
        return text
    shared = (mended(string(share.get("share_text"))).strip(), string(share.get("link")))
    return "\n".join(filter(None, shared))


def _is_generated(text: str, sender: str, attached: bool) -> bool:
    if (attached and _NOTICE.fullmatch(text)) or _REACTION.fullmatch(text):
        return True
    who = next((name for name in (sender, sender.split(" ")[0], "You") if name and text.startswith(f"{name} ")), "")
    return bool(who) and text.endswith(".") and _DEED.match(text, len(who) + 1) is not None
