"""Discord: channels saved by DiscordChatExporter as plain text.

    Guild: Garden club                                  between two lines of "="
    Channel: Text / general

    [1/13/2024 9:05 PM] anna (pinned)
    What was said, and below it what came with it:

    {Attachments}
    https://cdn.discordapp.com/…

Knows no ids: a message is told by its minute, its author and its words. Dates are written as the exporter's machine
writes them; which number is the day is decided over the whole file, as for WhatsApp.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat, discord
from secondme.sources.chats.chatlines import Entry, decoder_of, entries, first_lines, lines
from secondme.sources.chats.whatsapp_stamps import Dates, Order, Stamp, moment, stamp
from secondme.sources.decoding import looks_binary, loss

NAME = "Discord text"

_HEAD = re.compile(r"\[(?P<date>\d[^\]\n]{6,40})\] (?P<name>[^\n\r]{1,120}?)(?: \(pinned\))?[ \r]*\n?\Z")
_WORDED = ("%d-%b-%y %I:%M %p", "%d-%b-%Y %H:%M")  # of exporters before 2.39
_EXTRAS = re.compile(r"^\{(?:Attachments|Embed|Stickers|Reactions|Forwarded Message)\}[ \r]*$", re.MULTILINE)
_RULE = re.compile(r"^={20,}", re.MULTILINE)
_DEED = re.compile(
    r"(?:Joined the server|Pinned a message|Left the group|Started a thread|Changed the channel icon"
    r"|Started a call that lasted [\d,.]+ minutes|(?:Added|Removed) [^\n]{1,80} (?:to|from) the group"
    r"|Changed the channel name: [^\n]*)\.?"
)
_LINK = re.compile(r"https?://[^\s<>\"]+")


def claims(file: File) -> str | None:
    if looks_binary(file.head):
        return None
    held = [line for line in first_lines(file) if line.strip()]
    guild, channel = _heading(held)
    if guild and channel and any(_HEAD.match(line) for line in held):
        return "begins and goes on as a text of DiscordChatExporter"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    guild, channel = _heading([line for line in first_lines(file) if line.strip()])
    place = channel.rpartition(" / ")[2]
    known = discord.named(file)
    name = place if guild == "Direct Messages" else f"{guild} #{place}"
    where = discord.Channel(known.id, name if place else known.name)
    order, decoder, identity = _order(file), decoder_of(file), chat.Identity()
    found = False
    for entry in entries(lines(file, decoder), _Beginnings()):
        if (item := _item(file, entry, where, order, identity)) is not None:
            found = True
            yield item
    if not found:
        yield Skipped(file.name, "holds no messages")
    yield from loss(file, decoder)


def _heading(held: list[str]) -> tuple[str, str]:
    """The server and the channel, as the first lines name them."""
    named = [line.partition(": ")[::2] for line in held[:6]]
    about = {key: value.strip() for key, value in named}
    return about.get("Guild", about.get("Server", "")), about.get("Channel", "")


@dataclass(slots=True)
class _Beginnings:
    """Which lines begin a message: those with a date and a name, and an empty line above."""

    above: str = "\n"

    def __call__(self, line: str) -> tuple[tuple[str, str], int] | None:
        found = _HEAD.match(line) if not self.above.strip() else None
        self.above = line
        return ((found["date"], found["name"]), len(line)) if found else None


def _order(file: File) -> Order:
    order = Dates()
    for line in lines(file, decoder_of(file)):
        if line.startswith("[") and (found := stamp(line)) is not None:
            order.see(found)
    return order.order()


def _item(
    file: File, entry: Entry[tuple[str, str]], where: discord.Channel, order: Order, identity: chat.Identity
) -> Item | None:
    if entry.head is None:
        return None
    written, name = entry.head
    ends = (found.start() for pattern in (_EXTRAS, _RULE) if (found := pattern.search(entry.text)))
    text = entry.text[: min(ends, default=len(entry.text))].strip()
    if not text or _DEED.fullmatch(text):
        return None
    time = _time(written, order)
    return chat.message(
        text,
        origin=f"discord:{where.id or where.name}",
        local=identity(chat.minute(time) if time else written, name, text),
        time=dates.local(time, file.zone) if time else None,
        zoned=False,
        sender=chat.person(name),
        thread=where.name,
        base=entry.base + entry.text.find(text),
        line=entry.line,
        links=tuple(dict.fromkeys(_LINK.findall(text))),
    )


def _time(written: str, order: Order) -> datetime | None:
    found: Stamp | None = stamp(f"[{written}] ")
    if found is not None:
        return moment(found, order)
    for pattern in _WORDED:
        try:
            return datetime.strptime(written, pattern)
        except ValueError:
            continue
    return None
