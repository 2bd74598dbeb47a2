"""Dates that are written down as such: in a file's name, a header, a metadata field. Never guessed from prose.

A time without a zone is the owner's: the zone that is given, else the system's. What is not a date by the format's
own rules is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from pathlib import PurePath

# 2026-05-04, optionally with a clock as screenshots have it: "2026-05-12 at 9.14.22 AM", "2026-05-12_09-14-22"
_ISO = re.compile(
    r"(?<!\d)(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)(?!\d)"
    r"(?:(?:\s+at\s+|[\sT_-]+)(?P<H>\d\d?)[.:_-](?P<M>\d\d)(?:[.:_-](?P<S>\d\d))?(?!\d)(?:\s*(?P<half>[AP]M))?)?",
    re.IGNORECASE,
)
# 20260512, optionally with a clock: "Screenshot_20260512-091422", "IMG_20260512_091422"
_COMPACT = re.compile(
    r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)(?:[T_-]?(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)?)?(?!\d)"
)


def local(moment: datetime, zone: tzinfo | None = None) -> datetime | None:
    """An aware datetime; a naive one is taken as the owner's. None where the calendar ends."""
    try:
        if moment.tzinfo is None and zone is not None:
            moment = moment.replace(tzinfo=zone)
        return moment if moment.tzinfo is not None else moment.astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def at(seconds: float, zone: tzinfo | None = None) -> datetime | None:
    """Seconds since 1970 as an aware time in the owner's zone. None where the calendar ends."""
    try:
        return datetime.fromtimestamp(seconds, UTC).astimezone(zone)
    except (OverflowError, OSError, ValueError):
        return None


def parse(text: str, zone: tzinfo | None = None) -> datetime | None:
    """An ISO 8601 date or time ("2026-05-04", "2026-05-04 10:00", "2026-05-04T10:00:00Z"), aware, or None."""
    try:
        return local(datetime.fromisoformat(text.strip()), zone)
    except ValueError:
        return None


def from_name(name: str, zone: tzinfo | None = None) -> datetime | None:
    """The first date, with its clock if there is one, in the last part of a path."""
    last = PurePath(name).name
    for pattern in (_ISO, _COMPACT):
        for match in pattern.finditer(last):
            if (found := _moment(match.groupdict(), zone)) is not None:
                return found
    return None


def _moment(part: dict[str, str | None], zone: tzinfo | None) -> datetime | None:
    number = {key: int(value) for key, value in part.items() if value is not None and key != "half"}
    hour = number.get("H", 0)
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "pm" else 0)
    try:
        moment = datetime(number["y"], number["m"], number["d"], hour, number.get("M", 0), number.get("S", 0))
        return local(moment, zone)
    except ValueError:
        return None
