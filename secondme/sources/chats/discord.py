"""Discord: channels saved by DiscordChatExporter (JSON or CSV), and the messages of Discord's own data package.

DiscordChatExporter writes one file per channel: `guild`, `channel` and then `messages`, whose ids are Discord's own.
Its CSV has none, so there a message is told by its time, author and words. The data package has a folder per channel
(`c123/messages.json` or `.csv` beside `channel.json`) with what its owner wrote alone. Calls, pins, joins and messages
without a word (a picture, a sticker) are left out.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path, PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.decoding import Decoder, loss, sniff
from secondme.sources.files import open_file, opened
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import elements, lines, moment, string, table, tables, zoned

NAME = "Discord"

_EXPORTED = {"author", "date", "content", "attachments"}  # columns, in lower case
_PACKED = {"id", "timestamp", "contents"}
_DATES = ("%d-%b-%y %I:%M %p", "%m/%d/%Y %I:%M %p", "%d.%m.%Y %H:%M", "%d-%b-%Y %H:%M")  # of exporters before 2.39
_SAID = {"", "Default", "Reply", "ChatInputCommand", "ContextMenuCommand", "0", "19", "20", "23"}
_CHANNEL_IN_NAME = re.compile(r"^(?P<name>.*?)\s*\[(?P<id>\d{15,21})\](?:\s*[(\[].*)?$")
_EMOJI = re.compile(r"<a?(:\w+:)\d+>")
_MENTION = re.compile(r"<@!?(\d+)>")
_LINK = re.compile(r"https?://[^\s<>\"]+")
_LONGEST_CELL = 128 * 1024  # characters; a message has 4,000 at most
_LONGEST = 100_000  # characters; the csv module refuses cells of more than 131,072


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str


def claims(file: File) -> str | None:
    places = shape(file)
    if {"guild.id", "channel.id"} <= places and ("channel.type" in places or "messages" in places):
        return "has the keys of a DiscordChatExporter file"
    if {"item.ID", "item.Timestamp", "item.Contents"} <= places:
        return "has the keys of a channel in Discord's data package"
    if {"id", "type"} <= places and places & {"recipients", "guild.id", "name"} and _packed(file):
        return "names the channel of Discord messages beside it"
    if _columns(file):
        return "has the columns of Discord messages"
    return None


def _packed(file: File) -> bool:
    beside = (file.beside(name) for name in ("messages.json", "messages.csv"))
    return PurePath(file.name).name == "channel.json" and any(beside)


def read(file: File) -> Iterator[Item | Skipped]:
    places = shape(file)
    if "item.ID" in places:
        yield from _package(file)
    elif "guild.id" in places and PurePath(file.name).name != "channel.json":
        yield from _export(file)
    elif _columns(file):
        yield from _rows(file)
    elif not _packed(file):
        raise Unreadable("holds nothing that Discord or DiscordChatExporter writes")


# -- DiscordChatExporter's JSON ------------------------------------------------------------------------------------


def _export(file: File) -> Iterator[Item | Skipped]:
    channel = _heading(file)
    faults, identity = chat.Faults(file), chat.Identity()
    found = 0
    for found, message in enumerate(elements(file, "messages.item"), 1):
        if isinstance(message, Skipped):
            yield message
        elif not isinstance(message, dict):
            faults.add("is no message", f"message {found}")
        elif item := _exported(file, channel, message, identity):
            yield item
    yield from faults
    if not found:
        yield Skipped(file.name, "holds no messages")


def _heading(file: File) -> Channel:
    """Which channel it is; the exporter says so before the first message."""
    import ijson  # 15 ms

    head = file.head.removeprefix(b"\xef\xbb\xbf")
    guild: dict[str, Any] = {}
    channel: dict[str, Any] = {}
    try:
        for key, value in ijson.kvitems(head, ""):
            if key == "guild":
                guild = table(value)
            elif key == "channel":
                channel = table(value)
    except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError):
        pass  # the head ends somewhere among the messages
    name, direct = string(channel.get("name")), string(channel.get("type")).startswith("Direct")
    place = "" if direct or string(guild.get("id")) == "0" else string(guild.get("name"))
    return Channel(string(channel.get("id")), f"{place} #{name}" if place else name or "Discord")


def _exported(file: File, channel: Channel, message: dict[str, Any], identity: chat.Identity) -> Item | None:
    if string(message.get("type")) not in _SAID:
        return None
    text = _words(message)
    if not text:
        return None
    author = table(message.get("author"))
    name = string(author.get("nickname")) or string(author.get("name"))
    id_, written = string(message.get("id")), string(message.get("timestamp"))
    sender = chat.person(name, _address(string(author.get("id"))))
    return chat.message(
        text,
        origin=f"discord:{channel.id or channel.name}",
        local=id_ or identity(written, name, text),
        time=moment(written, file.zone),
        zoned=zoned(written),
        sender=sender,
        thread=channel.name,
        links=tuple(dict.fromkeys(_LINK.findall(text))),
    )


def _words(message: dict[str, Any]) -> str:
    """What a message says. The boxes under it are its own words if a program wrote it, or if there are no others."""
    names = {string(entry.get("id")): _called(entry) for entry in tables(message.get("mentions"))}
    said = [_plain(string(message.get("content")), names)]
    forwarded = table(message.get("forwardedMessage"))
    said.append(_plain(string(forwarded.get("content")), names))
    if table(message.get("author")).get("isBot") is True or not any(said):
        for embed in [*tables(message.get("embeds")), *tables(forwarded.get("embeds"))]:
            said += [_plain(string(embed.get(key)), names) for key in ("title", "description")]
            said += [_field(entry) for entry in tables(embed.get("fields"))]
    return "\n".join(filter(None, said))


def _plain(content: str, names: dict[str, str]) -> str:
    content = _EMOJI.sub(r"\1", content)
    return _MENTION.sub(lambda match: "@" + (names.get(match[1]) or match[1]), content).strip()


def _called(author: dict[str, Any]) -> str:
    return string(author.get("nickname")) or string(author.get("name"))


def _field(entry: dict[str, Any]) -> str:
    name, value = (string(entry.get(key)).strip("\u200b \n") for key in ("name", "value"))
    return f"{name}: {value}" if name and value else name or value


def _address(id_: str) -> str:
    return "" if id_ in ("", "0") else f"discord:{id_}"


# -- the data package, and CSV -------------------------------------------------------------------------------------


def _package(file: File) -> Iterator[Item | Skipped]:
    channel = _described(file)
    faults, identity = chat.Faults(file), chat.Identity()
    for number, message in enumerate(elements(file, "item"), 1):
        if isinstance(message, Skipped):
            yield message
        elif not isinstance(message, dict):
            faults.add("is no message", f"message {number}")
        elif item := _own(file, channel, {key.lower(): string(value) for key, value in message.items()}, identity):
            yield item
    yield from faults


def _rows(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    columns = _columns(file)
    packed = columns >= _PACKED
    channel = _described(file) if packed else named(file)
    faults, identity = chat.Faults(file), chat.Identity()
    with opened(file.path) as stream:
        for number, row in enumerate(_cells(decoder.stream(stream), faults), 2):
            if row is None:
                faults.add("has too few or too many columns", f"record {number}")
            elif item := _own(file, channel, row, identity) if packed else _row(file, channel, row, identity):
                yield item
    yield from faults
    yield from loss(file, decoder)


def _cells(pieces: Iterator[str], faults: chat.Faults) -> Iterator[dict[str, str] | None]:
    """The rows by the names of their columns; None for one that does not fit them."""
    written = (f"{line}\n" for line in lines(pieces, _LONGEST))
    header = next(written, "")
    names = [name.strip('" ').lower() for name in _split(header)]
    rows = csv.reader(written, delimiter=_delimiter(header))
    while True:
        try:
            row = next(rows)
        except StopIteration:
            return
        except csv.Error:
            row = ["x" * (_LONGEST_CELL + 1)]
        if any(len(cell) > _LONGEST_CELL for cell in row):  # a quote that is never closed
            faults.add(
                "has a cell that does not end, and what follows could not be read",
                f"the record before line {rows.line_num}",
            )
            return
        fits = len(row) >= len(names) and not any(row[len(names) :])  # old exporters end each line with a comma
        if row:
            yield dict(zip(names, row, strict=False)) if fits else None


def _row(file: File, channel: Channel, row: dict[str, str], identity: chat.Identity) -> Item | None:
    """A line of DiscordChatExporter's CSV."""
    text = _plain(row["content"], {})
    if not text:
        return None
    time, sender = _date(row["date"], file.zone), chat.person(row["author"], _address(row.get("authorid", "")))
    return chat.message(
        text,
        origin=f"discord:{channel.id or channel.name}",
        local=identity(row["date"], row.get("authorid") or row["author"], text),
        time=time,
        zoned=zoned(row["date"]) and moment(row["date"], file.zone) is not None,
        sender=sender,
        thread=channel.name,
        links=tuple(dict.fromkeys(_LINK.findall(text))),
    )


def _own(file: File, channel: Channel, message: dict[str, str], identity: chat.Identity) -> Item | None:
    """A message of the data package: its owner's, and its time is UTC where no zone is named."""
    written, text = message.get("timestamp", ""), _plain(message.get("contents", ""), {})
    if not text:
        return None
    return chat.message(
        text,
        origin=f"discord:{channel.id or channel.name}",
        local=message.get("id") or identity(written, "", text),
        time=moment(written if zoned(written) else f"{written.strip()}+00:00", file.zone),
        sender=Handle("me"),
        thread=channel.name,
        links=tuple(dict.fromkeys(_LINK.findall(text))),
    )


def _date(text: str, zone: tzinfo | None) -> datetime | None:
    if (found := moment(text, zone)) is not None:
        return found
    for pattern in _DATES:
        try:
            return dates.local(datetime.strptime(text.strip(), pattern), zone)
        except ValueError:
            continue
    return None


def _columns(file: File) -> set[str]:
    """The columns that the first line names, if they are Discord's."""
    first = file.head.removeprefix(b"\xef\xbb\xbf").partition(b"\n")[0][:200].decode("utf-8", "replace")
    names = {name.strip('" \r').lower() for name in _split(first)}
    return names if names >= _EXPORTED or (names >= _PACKED and "attachments" in names) else set()


def _split(header: str) -> list[str]:
    return header.strip().split(_delimiter(header))


def _delimiter(header: str) -> str:
    return ";" if header.count(";") > header.count(",") else ","


def named(file: File) -> Channel:
    """The channel that an exported file's name names: `Guild - Category - general [123456789012345678].csv`."""
    stem = PurePath(file.name).stem
    found = _CHANNEL_IN_NAME.match(stem)
    return Channel(found["id"], found["name"]) if found else Channel("", stem)


def _described(file: File) -> Channel:
    """The channel of the package's folder `c123`, as channel.json beside the messages describes it."""
    folder = PurePath(file.name).parent.name or file.path.absolute().parent.name
    about, index = _object(file.beside("channel.json")), _object(file.beside("../index.json"))
    id_ = string(about.get("id")) or folder.removeprefix("c")
    name, guild = string(about.get("name")), string(table(about.get("guild")).get("name"))
    return Channel(id_, f"{guild} #{name}" if guild and name else name or string(index.get(id_)) or folder)


def _object(path: Path | None) -> dict[str, Any]:
    """The JSON object in a small file of the package; an empty one if there is none."""
    try:
        return table(next(elements(open_file(path), ""), None)) if path is not None else {}
    except Unreadable:
        return {}
