"""Slack exports: one file per channel and day (`general/2016-01-14.json`), and the lists beside the folders.

Each message is an Item, told by its channel and its `ts`, so that an edited one is the same in a later export. A
reply's `thread` names the channel and when its thread began. Joins, topics, pins and other acts are left out, and so
are messages without a word. users.json gives a contact for each person, channels.json a note on what a channel is for.
After Slack's "How to read Slack data exports" and its message subtypes. Other people's names: see `workspace`; what a
text says: see `mrkdwn`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.chats import chat
from secondme.sources.chats.mrkdwn import Reading, words
from secondme.sources.chats.workspace import Channel, User, Workspace, address, shown, workspace
from secondme.sources.jsonshape import shape
from secondme.sources.jsonstream import elements, moment, string, table

NAME = "Slack"

_TS = re.compile(rb'"ts"\s*:\s*"?\d{9,11}\.\d{1,6}')
_DAY = re.compile(r"\d{4}-\d\d-\d\d\.json")
_USER_ID = re.compile(rb'"id"\s*:\s*"[UW][A-Z0-9]{5,}|"USLACKBOT"')
_CHANNEL_ID = re.compile(rb'"id"\s*:\s*"[CDG][A-Z0-9]{5,}"')
_SILENT = {"integration_logs.json": {"item.service_type", "item.app_type", "item.change_type"}}
# subtypes in which somebody says something; all others tell what happened
_SAID = {
    "",
    "bot_message",
    "file_comment",
    "file_share",
    "me_message",
    "message_changed",
    "slackbot_response",
    "thread_broadcast",
}


def claims(file: File) -> str | None:
    places = shape(file)
    name = PurePath(file.name).name
    if not places:
        empty = _DAY.fullmatch(name) and file.head.strip() == b"[]"
        return "is an empty day of a Slack channel" if empty and file.beside("../users.json") else None
    if {"item.type", "item.ts"} <= places and _TS.search(file.head):
        return "has the keys of a day of a Slack channel"
    if {"item.id", "item.name", "item.profile"} <= places and _USER_ID.search(file.head):
        return "has the keys of a Slack export's list of users"
    channels = {"item.id", "item.created", "item.members"} <= places or {"item.id", "item.topic.value"} <= places
    if channels and _CHANNEL_ID.search(file.head):
        return "has the keys of a Slack export's list of channels"
    if _SILENT.get(name, set()) & places:
        return "is a Slack export's list of integrations"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    places = shape(file)
    if "item.ts" in places or file.head.strip() == b"[]":
        yield from _day(file)
    elif "item.profile" in places:
        yield from _people(file)
    elif {"item.topic", "item.purpose"} & places:
        yield from _channels(file)
    elif claims(file) is None:
        raise Unreadable("holds nothing that Slack exports")


# -- a day of a channel --------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Day:
    """One file of messages, and who is known by name: from the lists, else from what messages say of their senders."""

    file: File
    channel: Channel
    lists: Workspace
    met: dict[str, User] = field(default_factory=dict)
    said: chat.Identity = field(default_factory=chat.Identity)
    sent: chat.Identity = field(default_factory=chat.Identity)

    def name(self, id_: str) -> str:
        return self.lists.name(id_) or (self.met[id_].name if id_ in self.met else "")


def _day(file: File) -> Iterator[Item | Skipped]:
    lists = workspace(file)
    day = _Day(file, lists.channel(_folder(file)), lists)
    faults = chat.Faults(file)
    for number, message in enumerate(elements(file, "item"), 1):
        if isinstance(message, Skipped):
            yield message
        elif not isinstance(message, dict):
            faults.add("is no message", f"message {number}")
        elif item := _message(day, message):
            yield item
    yield from faults


def _message(day: _Day, message: dict[str, Any]) -> Item | None:
    if message.get("subtype") == "message_changed":
        message = table(message.get("message"))
    if string(message.get("subtype")) not in _SAID or string(message.get("type")) not in ("", "message"):
        return None
    sender = _sender(day, message)
    text, links = words(message, day.name)
    ts = string(message.get("ts")) or str(message.get("ts", ""))  # a number in what other programs write
    if not text or "-" in day.said(ts, sender.id, text):  # exports that were put together hold a message twice
        return None
    channel, time = day.channel, moment(ts, day.file.zone)
    return chat.message(
        text,
        origin=f"slack:{channel.id or channel.name}",
        local=day.sent(ts, sender.id, "" if time else text),  # in a channel no two messages have one `ts`
        time=time,
        sender=sender.handle() if sender.name else None,
        thread=_thread(day, message),
        links=links,
        people=_others(day, sender),
    )


def _sender(day: _Day, message: dict[str, Any]) -> User:
    """Who wrote a message; a user of no list as the message itself describes them."""
    id_ = string(message.get("user")) or string(table(message.get("comment")).get("user"))
    bot = string(message.get("bot_id"))
    called = string(message.get("username")) or string(table(message.get("bot_profile")).get("name"))
    if message.get("subtype") == "bot_message" or not id_:
        return User(id_ or bot, called or day.name(id_) or day.name(bot) or id_ or bot)
    if (known := day.lists.users.get(id_)) is not None:
        return known
    profile = table(message.get("user_profile"))
    team = string(profile.get("team")) or string(message.get("user_team")) or string(message.get("team"))
    if name := shown(profile, {}) or called:
        day.met[id_] = User(id_, name, team)
    return day.met.get(id_) or User(id_, "Slackbot" if id_ == "USLACKBOT" else id_, team)


def _others(day: _Day, sender: User) -> tuple[Handle, ...]:
    """To whom a direct message went."""
    if not day.channel.direct:
        return ()
    others = (day.lists.users.get(id_) or User(id_, id_) for id_ in day.channel.members if id_ != sender.id)
    return tuple(other.handle("to") for other in others)


def _thread(day: _Day, message: dict[str, Any]) -> str:
    begun = moment(message.get("thread_ts"), day.file.zone)
    return day.channel.name if begun is None else f"{day.channel.name}, thread of {begun:%Y-%m-%d %H:%M}"


def _folder(file: File) -> str:
    folder = PurePath(file.name).parent.name
    return folder or (file.path.absolute().parent.name if file.outer is None else "") or "Slack"


# -- the lists -----------------------------------------------------------------------------------------------------


def _people(file: File) -> Iterator[Item | Skipped]:
    faults = chat.Faults(file, "user")
    for number, user in enumerate(elements(file, "item"), 1):
        if isinstance(user, Skipped):
            yield user
        elif not string(table(user).get("id")):
            faults.add("has no id", f"user {number}")
        elif not user.get("is_bot") and user["id"] != "USLACKBOT":
            yield _contact(user)
    yield from faults


def _contact(user: dict[str, Any]) -> Item:
    profile = table(user.get("profile"))
    id_, team = string(user["id"]), string(user.get("team_id")) or string(profile.get("team"))
    real = string(profile.get("real_name")) or string(user.get("real_name"))
    called = [shown(profile, user), real, string(user.get("name"))]
    names = list(dict.fromkeys(name.strip() for name in called if name.strip())) or [id_]
    mail, phone = (string(profile.get(key)).strip() for key in ("email", "phone"))
    skype, title = (string(profile.get(key)).strip() for key in ("skype", "title"))
    addresses = [address(team, id_), f"mailto:{mail.lower()}" if "@" in mail else "", chat.telephone(phone)]
    about = [Handle(names[0], place, "about") for place in addresses if place]
    about += [Handle(name, addresses[0], "about") for name in names[1:]]
    lines = [*names, title, mail, phone, f"Skype: {skype}" if skype else ""]
    text = "\n".join(filter(None, lines))
    return Item(
        kind="contact",
        text=text,
        segments=(Segment(0, len(text), "field"),),
        local=f"{team}/{id_}",
        title=names[0],
        line=0,
        trust="other",
        origin="slack",
        people=tuple(about),
    )


def _channels(file: File) -> Iterator[Item | Skipped]:
    lists = workspace(file, ".")
    faults = chat.Faults(file, "channel")
    for number, channel in enumerate(elements(file, "item"), 1):
        if isinstance(channel, Skipped):
            yield channel
        elif not string(table(channel).get("id")):
            faults.add("has no id", f"channel {number}")
        elif (item := _note(file, channel, lists)) is not None:
            yield item
    yield from faults


def _note(file: File, channel: dict[str, Any], lists: Workspace) -> Item | None:
    """What a channel is for, if anybody wrote it down."""
    written = [table(channel.get(key)) for key in ("purpose", "topic")]
    reading = Reading(lists.name)
    said = list(dict.fromkeys(filter(None, (reading.text(string(entry.get("value"))) for entry in written))))
    if not said:
        return None
    text, name = "\n".join(said), string(channel.get("name")) or string(channel["id"])
    times = [moment(entry.get("last_set"), file.zone) for entry in written if entry.get("last_set")]
    return Item(
        kind="note",
        text=text,
        segments=(Segment(0, len(text)),),
        local="about",
        title=f"#{name}",
        time=max((time for time in times if time and time.year > 1970), default=None),
        links=tuple(reading.links),
        line=0,
        trust="other",
        origin=f"slack:{channel['id']}",
        part=f"#{name}",
        thread=name,
    )
