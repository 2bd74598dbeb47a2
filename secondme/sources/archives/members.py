"""What an archive holds, told before any of it is unpacked; which of it counts, and how much it may come to.

Knows names, limits and reasons, not formats: `zips` and `tars` list members, `archive` reads them. A member's name is
never used as a path on disk; it is checked all the same, since no honest archive has such names.
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime

from secondme.errors import Unreadable
from secondme.sources.walk import IGNORED

BLOCK = 64 * 1024
MEMBERS = 200_000  # some ten thousand photos with a description each; listing as many takes 150 MB
MEMBER_BYTES = 4 << 30  # a mailbox of twenty years
TOTAL_BYTES = 20 << 30  # of everything unpacked from one archive and the archives in it
NAME_BYTES = 1024  # paths on macOS end there, on Linux at four times that
# Text packs to 1/10, logs to 1/50; what passes this is made to fill a disk. Below the floor it could not.
RATIO, RATIO_FLOOR = 200, 50_000_000

_ignored = re.compile("|".join(fnmatch.translate(name.lower()) for name in (*IGNORED, "__MACOSX", "Icon\r"))).match
_SEPARATORS = re.compile(r"[/\\]")
_DRIVE = re.compile(r"[A-Za-z]:")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class Member:
    """A regular file in an archive. `size` is what the archive says, `packed` what it takes there.

    `blocks` unpacks it, and raises Unreadable where it is damaged. `refused` says why it is not to be unpacked.
    """

    name: str
    size: int
    packed: int
    modified: datetime | None
    blocks: Callable[[], Iterator[bytes]]
    refused: str = ""


@dataclass(frozen=True, slots=True)
class Contents:
    """What an archive holds; `notes` are what is wrong with the archive itself, and may grow while it is unpacked.

    `seekable` is False if going back to an earlier member means unpacking everything before it again.
    """

    members: list[Member]
    notes: list[str] = field(default_factory=list)
    seekable: bool = True


class Budget:
    """How much more may be unpacked from one archive, and from all that lie in it."""

    def __init__(self, packed: int) -> None:
        self._most = max(RATIO_FLOOR, min(TOTAL_BYTES, packed * RATIO))
        self._bytes = 0
        self._members = 0
        self.spent = ""  # why nothing more is unpacked

    def take(self, size: int) -> None:
        """Count bytes that were unpacked. Raises Unreadable once they are too many."""
        self._bytes += size
        if self._bytes > self._most:
            bomb = "unpacks to more than 200 times its size, as only a zip bomb does"
            self.spent = f"unpacks to more than {TOTAL_BYTES >> 30} GB" if self._bytes > TOTAL_BYTES else bomb
            raise Unreadable(self.spent, "Unpack it yourself, and name the folder.")

    def count(self) -> bool:
        """Count a member. False once there are too many."""
        self._members += 1
        if self._members > MEMBERS:
            self.spent = f"holds more than {MEMBERS:,} files"
        return not self.spent


def wanted(name: str) -> bool:
    """Whether a walk over the unpacked folder would take it (see walk.py)."""
    return not any(_ignored(part.lower()) for part in _SEPARATORS.split(name))


def refusal(name: str) -> str:
    """Why no file may be called this; "" if it may."""
    if _CONTROLS.search(name):
        return "has control characters in its name"
    if len(name.encode("utf-8", "surrogatepass")) > NAME_BYTES:
        return f"has a name longer than {NAME_BYTES} bytes"
    if _SEPARATORS.match(name) or _DRIVE.match(name) or ".." in _SEPARATORS.split(name):
        return "has a name that leads out of the archive"
    return ""


def oversized(member: Member) -> str:
    """Why a member is too big, by what the archive says of it; "" if it is not."""
    if member.size > MEMBER_BYTES:
        return f"is larger than {MEMBER_BYTES >> 30} GB"
    if member.size > RATIO_FLOOR and member.size > RATIO * member.packed:
        return f"would unpack to more than {RATIO} times its size, as only a zip bomb does"
    return ""
