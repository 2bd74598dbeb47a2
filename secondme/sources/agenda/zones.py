"""When something is, as calendars write it (RFC 5545, sections 3.3.4, 3.3.5 and 3.6.5), and in words.

Knows the ways in which a time zone is named: IANA's names, alone or at the end of a path
(`/mozilla.org/20050126_1/Europe/Paris`), Windows' names, offsets, and names that the file itself defines by a
VTIMEZONE. A name that nobody knows, and no name at all, is the owner's zone. Times are kept as the clock on the wall
shows them, so that a weekly ten o'clock stays ten.
"""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta, timezone, tzinfo
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from secondme.sources import dates
from secondme.sources.agenda.contentlines import Component, Line

_STAMP = re.compile(
    r"(\d{4})-?(\d\d)-?(\d\d)(?:[T ]?(\d\d):?(\d\d)(?::?(\d\d))?(?:[.,]\d+)?\s*(?:(Z)|([+-]\d\d):?(\d\d))?)?",
    re.IGNORECASE,
)
_OFFSET = re.compile(r"\(?(?:UTC|GMT)\s*(?:([+-])(\d\d?)[:.]?(\d\d)?)?\)?(?=$|[\s,(])", re.IGNORECASE)
_SHOWN = re.compile(r"\((?:UTC|GMT)[^()]{0,8}\)\s*(.{3,200})")
WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
# What a zone's definition may hold (the rest upsets the library): these, in these forms.
_DEFINITION = {
    "DTSTART": r"\d{8}T\d{6}Z?",
    "RRULE": r"(?=.*FREQ=(?:YEARLY|MONTHLY)\b)[A-Z0-9=;,+-]+",  # a zone that changes every second is an attack
    "RDATE": r"\d{8}T\d{6}Z?(?:,\d{8}T\d{6}Z?)*",
    "TZOFFSETFROM": r"[+-]?\d{4}(?:\d\d)?",
    "TZOFFSETTO": r"[+-]?\d{4}(?:\d\d)?",
}


@dataclass(frozen=True, slots=True)
class Moment:
    """A day, or a time of day by the clock in `zone`. Without a zone it floats: ten o'clock wherever the owner is."""

    wall: datetime
    whole_day: bool = False
    zone: tzinfo | None = None
    named: str = ""

    def aware(self, owner: tzinfo | None) -> datetime | None:
        moment = dates.local(self.wall if self.zone is None else self.wall.replace(tzinfo=self.zone), owner)
        try:
            return moment and moment.astimezone(UTC) and moment
        except (OverflowError, ValueError):
            return None  # a first or last day that begins before or ends after the calendar

    @property
    def key(self) -> str:
        """The same for the same instant, however its zone is written."""
        if self.whole_day:
            return f"{self.wall:%Y%m%d}"
        if self.zone is not None:
            try:
                return f"{self.wall.replace(tzinfo=self.zone).astimezone(UTC):%Y%m%dT%H%M%SZ}"
            except (OverflowError, ValueError):
                pass  # the first or last day of the calendar
        return f"{self.wall:%Y%m%dT%H%M%S}"

    def later(self, by: timedelta) -> Moment | None:
        try:
            return replace(self, wall=self.wall + by)
        except OverflowError:
            return None

    def seen_in(self, zone: tzinfo | None, name: str) -> Moment:
        """A moment in UTC by another clock, None being the system's: UTC says nothing about where it was meant."""
        if self.zone is not UTC or self.whole_day:
            return self
        try:
            moment = self.wall.replace(tzinfo=UTC).astimezone(zone)
        except (OverflowError, OSError, ValueError):
            return self
        return Moment(moment.replace(tzinfo=None), False, moment.tzinfo, name or moment.tzname() or "")


class Zones:
    """The zones that one file names."""

    def __init__(self) -> None:
        self._known: dict[str, tzinfo | None] = {}
        self._defined: dict[str, tzinfo] = {}

    def __bool__(self) -> bool:
        return bool(self._defined)

    def define(self, component: Component) -> None:
        """Learn a VTIMEZONE; one that is wrong is none."""
        name = component.text("TZID")
        location = component.text("X-LIC-LOCATION", "TZID-ALIAS-OF")
        if name and len(self._defined) < 2000:
            found = iana(location) if location else None
            if (zone := found or _defined(component)) is not None:
                self._defined[name] = zone
                self._known.pop(name, None)

    def named(self, name: str) -> tzinfo | None:
        if name not in self._known:
            found = iana(name) or _windows(name) or self._defined.get(name) or _city(name) or _offset(name)
            if len(self._known) > 2000:
                return found
            self._known[name] = found
        return self._known[name]

    def moment(self, line: Line | None, value: str | None = None) -> Moment | None:
        """The moment that a property names, or None. `value` is one of a list's."""
        if line is None:
            return None
        stamp, name = (line.value if value is None else value).strip(), line.parameter("TZID")
        if stamp.startswith("//"):  # Outlook does not quote `TZID=tzone://Microsoft/Utc`
            name, _, stamp = f"{name}:{stamp}".rpartition(":")
        found = _STAMP.fullmatch(stamp)
        if found is None:
            return None
        year, month, day, hour, minute, second = (int(found[n] or 0) for n in range(1, 7))
        try:
            wall = datetime(year, month, day) + timedelta(hours=hour, minutes=minute, seconds=min(second, 59))
            if found[4] is None or line.parameter("VALUE").upper() == "DATE":
                return Moment(datetime(year, month, day), whole_day=True)
            if found[7]:
                return Moment(wall, zone=UTC, named="UTC")
            if found[8]:
                away = timedelta(hours=int(found[8]), minutes=int(found[8][0] + found[9]))
                return Moment(wall, zone=timezone(away), named=f"UTC{found[8]}:{found[9]}")
        except (ValueError, OverflowError):
            return None
        zone = self.named(name) if name else None
        return Moment(wall, zone=zone, named=label(zone, name) if zone else "")


def iana(name: str) -> tzinfo | None:
    """By IANA's name, with or without a path before it."""
    parts = name.strip().strip('"').strip("/").split("/")
    for tail in dict.fromkeys((len(parts), 3, 2, 1)):
        if tail > len(parts) or (tail < len(parts) and not name.startswith("/")):
            continue
        try:
            return ZoneInfo("/".join(parts[-tail:]))
        except (KeyError, ValueError, OSError):
            continue
    return None


def label(zone: tzinfo | None, name: str = "") -> str:
    """What a person calls the zone."""
    return getattr(zone, "key", None) or name.strip('"') or ("" if zone is None else str(zone))


def day_in_words(day: datetime) -> str:
    return f"{WEEKDAYS[day.weekday()]} {date_in_words(day)}"


def date_in_words(day: datetime) -> str:
    return f"{day.day} {MONTHS[day.month - 1]} {day.year}"


def in_words(start: Moment, end: Moment | None = None) -> str:
    """ "Monday 4 May 2026, 10:00-11:00 (Europe/Brussels)" with an en dash; whole days without clocks.

    `end` is exclusive where days are whole, as the format has it.
    """
    zone = f" ({start.named})" if start.named else ""
    if start.whole_day:
        last = start.wall if end is None else end.wall - timedelta(days=1 if end.whole_day else 0)
        if last <= start.wall:
            return f"{day_in_words(start.wall)}, all day"
        return f"{day_in_words(start.wall)} \u2013 {day_in_words(last)} ({(last - start.wall).days + 1} days)"
    begins = f"{day_in_words(start.wall)}, {start.wall:%H:%M}"
    if end is None or (end.wall, end.named) == (start.wall, start.named):
        return begins + zone
    if end.named != start.named:
        return f"{begins}{zone} \u2013 {in_words(end)}"
    if end.wall.date() == start.wall.date():
        return f"{begins}\u2013{end.wall:%H:%M}{zone}"
    return f"{begins} \u2013 {day_in_words(end.wall)}, {end.wall:%H:%M}{zone}"


def _windows(name: str) -> tzinfo | None:
    from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON  # 145 ms

    found = WINDOWS_TO_OLSON.get(name.strip().strip('"'))
    return None if found is None else iana(found)


def _city(name: str) -> tzinfo | None:
    """By one of the cities in the name that Windows shows: "(UTC+01:00) Amsterdam, Berlin, Bern, Rom"."""
    found = _SHOWN.match(name.strip().strip('"'))
    cities = {city.strip().replace(" ", "_") for city in found[1].split(",")[:10]} if found else set()
    return next((iana(zone) for zone in _places() if zone.rpartition("/")[2] in cities), None) if cities else None


@cache
def _places() -> tuple[str, ...]:
    return tuple(sorted(zone for zone in available_timezones() if "/" in zone))  # 30 ms


def _offset(name: str) -> tzinfo | None:
    found = _OFFSET.match(name.strip().rpartition("/")[2])  # `tzone://Microsoft/Utc`
    if found is None:
        return None
    if not found[1]:
        return UTC
    away = timedelta(hours=int(found[2]), minutes=int(found[3] or 0))
    return timezone(-away if found[1] == "-" else away) if away < timedelta(days=1) else None


def _defined(component: Component) -> tzinfo | None:
    """The zone that a VTIMEZONE's own rules make."""
    from dateutil.tz import tzical  # 30 ms

    text = ["BEGIN:VTIMEZONE", "TZID:X"]
    for observance in component.inner[:400]:
        if observance.name in ("STANDARD", "DAYLIGHT"):
            lines = [f"{line.name}:{line.value.strip().upper()}" for line in observance.lines if _sound(line)]
            text += [f"BEGIN:{observance.name}", *lines, f"TZNAME:{observance.name}", f"END:{observance.name}"]
    text.append("END:VTIMEZONE")
    try:
        zone = tzical(io.StringIO("\n".join(text))).get()
        datetime(2026, 1, 1, tzinfo=zone).utcoffset()
    except (ValueError, TypeError, KeyError, IndexError, OverflowError, AttributeError):
        return None  # what the library meets in rules that are none
    return zone


def _sound(line: Line) -> bool:
    form = _DEFINITION.get(line.name)
    return form is not None and re.fullmatch(form, line.value.strip().upper()) is not None
