"""Dates as options take them: a year, a month, a day, a moment, or an age such as 7d."""

from __future__ import annotations

import calendar
import re
from datetime import datetime, timedelta

from secondme.errors import UsageError

_AGE = re.compile(r"(\d{1,5})\s*([dwmy])")
_DATE = re.compile(r"(\d{4})(?:-(\d{1,2})(?:-(\d{1,2}))?)?")
_DAYS = {"d": 1, "w": 7, "m": 30, "y": 365}


def first_moment(text: str, now: datetime) -> datetime:
    """The beginning of the period that `text` names, in the zone of `now`."""
    return _period(text, now)[0]


def last_moment(text: str, now: datetime) -> datetime:
    """The last second of the period that `text` names, in the zone of `now`."""
    return _period(text, now)[1]


def _period(text: str, now: datetime) -> tuple[datetime, datetime]:
    try:
        if age := _AGE.fullmatch(text):
            moment = now - timedelta(days=int(age[1]) * _DAYS[age[2]])
            return moment, moment
        if found := _DATE.fullmatch(text):
            return _calendar_period(found, now)
        moment = datetime.fromisoformat(text)
        moment = moment if moment.tzinfo else _in_zone(moment, now)
        return moment, moment
    except (ValueError, OverflowError):
        raise UsageError(
            f"{text!r} is no date.", "Write 2026, 2026-05, 2026-05-17, or an age such as 7d, 3w, 6m, 1y."
        ) from None


def _calendar_period(found: re.Match[str], now: datetime) -> tuple[datetime, datetime]:
    year, month, day = (int(part) if part else None for part in found.groups())
    assert year is not None
    last_month = month or 12
    last_day = day or calendar.monthrange(year, last_month)[1]
    start = datetime(year, month or 1, day or 1)
    end = datetime(year, last_month, last_day, 23, 59, 59)
    return _in_zone(start, now), _in_zone(end, now)


def _in_zone(moment: datetime, now: datetime) -> datetime:
    """`moment` on the clocks that show `now`; the machine's own clocks know the offset of another season."""
    local = now.utcoffset() == now.astimezone().utcoffset()
    return moment.astimezone() if local else moment.replace(tzinfo=now.tzinfo)
