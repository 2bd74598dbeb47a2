"""Who and what a Slack export's ids mean: its lists of users and channels, read once for all its day files.

Works without any of them: an id that no list explains is its own name. The lists lie beside the channels' folders:
users.json (org_users.json for an Enterprise organisation), channels.json, groups.json (private ones), dms.json and
mpims.json (direct messages of two and of several).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Handle, Role
from secondme.sources.base import File
from secondme.sources.files import open_file
from secondme.sources.jsonstream import array, elements, string, table

USERS = ("users.json", "org_users.json")
CHANNELS = ("channels.json", "groups.json", "mpims.json", "dms.json")


@dataclass(frozen=True, slots=True)
class User:
    """`name` is the one that Slack shows beside their messages."""

    id: str
    name: str
    team: str = ""

    def handle(self, role: Role = "from") -> Handle:
        return Handle(self.name, address(self.team, self.id), role)


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str
    members: tuple[str, ...] = ()
    direct: bool = False


@dataclass(frozen=True, slots=True)
class Workspace:
    users: dict[str, User] = field(default_factory=dict)
    channels: dict[str, Channel] = field(default_factory=dict)  # by id and by the name of their folder

    def name(self, id_: str) -> str:
        """What a user or a channel is called; "" if no list says."""
        if (user := self.users.get(id_)) is not None:
            return user.name
        channel = self.channels.get(id_)
        return channel.name if channel else ""

    def channel(self, folder: str) -> Channel:
        """The channel whose days lie in this folder."""
        known = self.channels.get(folder)
        if known is None:
            return Channel("", folder)
        if not known.direct or not known.members:
            return known
        people = ", ".join(self.name(member) or member for member in known.members)
        return Channel(known.id, people, known.members, True)


def address(team: str, id_: str) -> str:
    return f"slack:{team}/{id_}" if team else f"slack:{id_}"


def shown(profile: dict[str, Any], user: dict[str, Any]) -> str:
    """The name that Slack shows for somebody, "" if there is none."""
    names = (
        profile.get("display_name"),
        profile.get("real_name"),
        user.get("real_name"),
        user.get("name"),
        profile.get("name"),
    )
    return next((" ".join(string(name).split()) for name in names if string(name).strip()), "")


def workspace(file: File, folder: str = "..") -> Workspace:
    """The lists in a folder of an export, as seen from a file: those that a day file belongs to, as far as they are
    there."""
    return Workspace(
        {id_: user for path in _beside(file, folder, USERS) for id_, user in _users(*path).items()},
        {key: channel for path in _beside(file, folder, CHANNELS) for key, channel in _channels(*path).items()},
    )


def _beside(file: File, folder: str, names: tuple[str, ...]) -> list[tuple[Path, int, int]]:
    found = []
    for name in names:
        if (path := file.beside(f"{folder}/{name}")) is not None:
            try:
                status = path.stat()
            except OSError:
                continue
            found.append((path, status.st_size, status.st_mtime_ns))
    return found


@lru_cache(maxsize=4)
def _users(path: Path, size: int, mtime_ns: int) -> dict[str, User]:
    found = {}
    for user in _entries(path):
        id_, profile = string(user.get("id")), table(user.get("profile"))
        team = string(user.get("team_id")) or string(profile.get("team"))
        if id_:
            found[id_] = User(id_, shown(profile, user) or id_, team)
    return found


@lru_cache(maxsize=16)
def _channels(path: Path, size: int, mtime_ns: int) -> dict[str, Channel]:
    found: dict[str, Channel] = {}
    for entry in _entries(path):
        id_, name = string(entry.get("id")), string(entry.get("name"))
        members = tuple(string(member) for member in array(entry.get("members")))
        direct = path.name in ("dms.json", "mpims.json") or (not name and bool(members))
        channel = Channel(id_, name or id_, members, direct)
        found |= {key: channel for key in (id_, name) if key}
    return found


def _entries(path: Path) -> list[dict[str, Any]]:
    """The objects of a list; none of a list that cannot be read: it says so itself when it is read for its own sake."""
    try:
        return [entry for entry in elements(open_file(path), "item") if isinstance(entry, dict)]
    except Unreadable:
        return []
