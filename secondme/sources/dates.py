"""Dates that are written down as such: in a file's name, a header, a metadata field. Never guessed from prose.

A time without a zone is the owner's: the zone that is given, else the system's. What is not a date by the format's
own rules is None.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, tzinfo
from pathlib import PurePath

_DAY = r"(?<!\d)(?P<y>\d{4})-(?P<m>\d\d)-(?P<d>\d\d)"
_CLOCK = r"(?P<H>\d\d?)[.:](?P<M>\d\d)[.:](?P<S>\d\d)(?!\d)"
_HALF = r"(?:\s*(?P<late>[pμ]\.?\s?[mμ]\b\.?)|\s*(?P<early>[aπ]\.?\s?[mμ]\b\.?))?"
_PATTERNS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # "2026-05-12 at 9.14.22 AM", "2026-05-12_09-14", "2026-05-12T09-14-22Z", Windows' "2026-05-12 091422"
        _DAY + r"(?:\s+at\s+|[\sT_-]+)(?P<H>\d\d?)[.:_-](?P<M>\d\d)(?:[.:_-](?P<S>\d\d)(?P<utc>Z)?)?(?!\d)" + _HALF,
        _DAY + r"[\sT_-](?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)(?!\d)",
        # a word in any language, and then seconds too: "2026-05-12 um 09.14.22", "2026-05-12 a las 9.14.22 p. m."
        _DAY + r"[\s,-]*(?:(?P<late>下午|午後|오후)|(?P<early>上午|午前|오전))\s*" + _CLOCK,
        _DAY + r"(?!\d)[^\d]{1,10}" + _CLOCK + _HALF,
        _DAY + r"(?!\d)",
        # a Pixel's own pictures, whose clock is UTC's: "PXL_20260512_091422123"
        r"^(?P<utc>PXL)_(?P<y>\d{4})(?P<m>\d\d)(?P<d>\d\d)_(?P<H>\d\d)(?P<M>\d\d)(?P<S>\d\d)\d{0,3}",
        # "Screenshot_20260512-091422", "IMG_20260512_091422123", "IMG-20260512-WA0003"
        r"(?<!\d)(?P<y>(?:19|20)\d\d)(?P<m>\d\d)(?P<d>\d\d)"
        r"(?:[T_-]?(?P<H>\d\d)(?P<M>\d\d)(?:(?P<S>\d\d)(?:\d{3})?)?)?(?!\d)",
    )
)
# milliseconds since 1970, as phones' programs name what they save: "1620817462123", "mmexport1620817462123"
_MILLISECONDS = re.compile(r"(?:FB_IMG_|mmexport|wx_camera_|IMG_|image_|signal-)?(1\d{12})(?:[ ~(_-]\d*\)?)?")


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
    found = in_name(name, zone)
    return found[0] if found else None


def in_name(name: str, zone: tzinfo | None = None) -> tuple[datetime, bool] | None:
    """The same, and whether the name itself says in which zone."""
    last = PurePath(name).name
    if exact := _MILLISECONDS.fullmatch(PurePath(name).stem):
        moment = at(int(exact[1]) / 1000, zone)
        return (moment, True) if moment else None
    for pattern in _PATTERNS:
        for match in pattern.finditer(last):
            part = match.groupdict()
            if (found := _moment(part, zone)) is not None:
                return found, bool(part.get("utc"))
    return None


def _moment(part: dict[str, str | None], zone: tzinfo | None) -> datetime | None:
    number = {
        key: int(value) for key, value in part.items() if value is not None and key not in ("late", "early", "utc")
    }
    hour = number.get("H", 0)
    if part.get("late"):
        hour = hour % 12 + 12
    elif part.get("early"):
        hour %= 12
    try:
        moment = datetime(number["y"], number["m"], number["d"], hour, number.get("M", 0), number.get("S", 0))
    except ValueError:
        return None
    if not part.get("utc"):
        return local(moment, zone)
    utc = moment.replace(tzinfo=UTC)
    return local(utc.astimezone(zone))
