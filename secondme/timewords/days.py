"""Stretches of the calendar as pairs of days, and the arithmetic on them.

A day is an ordinal (`date.toordinal`: 1 is 1 January of the year 1); a stretch is (first, last), both inclusive. Weeks
begin on Monday (ISO 8601). Seasons are the northern, meteorological ones: winter 2022 is December 2022 to February
2023. Knows no words.
"""

from __future__ import annotations

import calendar
from datetime import date
from functools import lru_cache

Days = tuple[int, int]
EARLIEST, LATEST = date.min.toordinal(), date.max.toordinal()
WEEK = 7
SEASONS = ("spring", "summer", "autumn", "winter")  # each of three months, spring from March on


def bounded(first: int, last: int) -> Days:
    """The stretch, cut off where the calendar ends."""
    first, last = min(max(first, EARLIEST), LATEST), min(max(last, EARLIEST), LATEST)
    return (first, last) if first <= last else (last, first)


def day(year: int, month: int, number: int) -> Days | None:
    """One day; None if there is no such day."""
    try:
        ordinal = date(year, month, number).toordinal()
    except (ValueError, OverflowError):
        return None
    return ordinal, ordinal


def month(year: int, number: int) -> Days:
    """A month; `number` may count on from this year's January into other years (0 is the December before)."""
    year, at = year + (number - 1) // 12, (number - 1) % 12 + 1
    if not date.min.year <= year <= date.max.year:
        return bounded(year * 366, year * 366)
    first = date(year, at, 1).toordinal()
    return first, first + calendar.monthrange(year, at)[1] - 1


def months(year: int, number: int, count: int) -> Days:
    """`count` months beginning with that one."""
    return bounded(month(year, number)[0], month(year, number + count - 1)[1])


def year(number: int) -> Days:
    return months(number, 1, 12)


def quarter(number_of_year: int, number: int) -> Days:
    return months(number_of_year, 3 * number - 2, 3)


def season(year_: int, name: str) -> Days:
    return months(year_, 3 + 3 * SEASONS.index(name), 3)


def decade(first_year: int) -> Days:
    return months(first_year, 1, 120)


def iso_week(year_: int, number: int) -> Days | None:
    """A week of ISO 8601; None if the year has no such week."""
    try:
        monday = date.fromisocalendar(year_, number, 1).toordinal()
    except (ValueError, OverflowError):
        return None
    return bounded(monday, monday + 6)


def week_of(ordinal: int) -> Days:
    monday = ordinal - weekday(ordinal)
    return bounded(monday, monday + 6)


def weekday(ordinal: int) -> int:
    """0 is Monday."""
    return (ordinal - 1) % WEEK


def weekend_before(ordinal: int, count: int = 1) -> Days:
    """The last Saturday and Sunday that both lie before a day, or the `count`-th before it."""
    sunday = ordinal - 1 - weekday(ordinal) - WEEK * (count - 1)
    return bounded(sunday - 1, sunday)


def weekend_of(ordinal: int) -> Days:
    """The Saturday and Sunday of a day's week."""
    monday = ordinal - weekday(ordinal)
    return bounded(monday + 5, monday + 6)


def year_of(ordinal: int) -> int:
    return at(ordinal).year


def at(ordinal: int) -> date:
    return date.fromordinal(min(max(ordinal, EARLIEST), LATEST))


def months_later(ordinal: int, count: int) -> int:
    """The same day of the month `count` months later, or that month's last day."""
    from_ = at(ordinal)
    first, last = month(from_.year, from_.month + count)
    return min(first + from_.day - 1, last)


def third(days: Days, which: int) -> Days:
    """The early (0), middle (1) or late (2) third of a stretch."""
    length = days[1] - days[0] + 1
    return days[0] + which * length // 3, max(days[0] + which * length // 3, days[0] + (which + 1) * length // 3 - 1)


@lru_cache(maxsize=64)
def easter(year_: int) -> int:
    """Easter Sunday (Gregorian; the anonymous algorithm, Nature, 20 April 1876)."""
    a, b, c = year_ % 19, year_ // 100, year_ % 100
    h = (19 * a + b - b // 4 - (b - (b + 8) // 25 + 1) // 3 + 15) % 30
    rest = (32 + 2 * (b % 4) + 2 * (c // 4) - h - c % 4) % 7
    m = (a + 11 * h + 22 * rest) // 451
    number = h + rest - 7 * m + 114
    return date(year_, number // 31, number % 31 + 1).toordinal()


def nth_weekday(year_: int, month_: int, weekday_: int, nth: int) -> int:
    """The `nth` such weekday of a month; -1 is its last."""
    first, last = month(year_, month_)
    if nth < 0:
        return last - (weekday(last) - weekday_) % WEEK
    return first + (weekday_ - weekday(first)) % WEEK + WEEK * (nth - 1)


# name -> (month, day, days that it lasts), or what it moves with
_FIXED = {
    "christmas eve": (12, 24, 1),
    "christmas day": (12, 25, 1),
    "christmas": (12, 24, 3),
    "xmas": (12, 24, 3),
    "boxing day": (12, 26, 1),
    "new year's eve": (12, 31, 1),
    "new year's day": (1, 1, 1),
    "new year's": (1, 1, 1),
    "new year": (1, 1, 1),
    "epiphany": (1, 6, 1),
    "valentine's day": (2, 14, 1),
    "valentine's": (2, 14, 1),
    "st patrick's day": (3, 17, 1),
    "fourth of july": (7, 4, 1),
    "independence day": (7, 4, 1),
    "halloween": (10, 31, 1),
    "all saints' day": (11, 1, 1),
    "veterans day": (11, 11, 1),
    "armistice day": (11, 11, 1),
}
_FROM_EASTER = {
    "ash wednesday": (-46, 1),
    "palm sunday": (-7, 1),
    "maundy thursday": (-3, 1),
    "good friday": (-2, 1),
    "easter": (-2, 4),
    "easter sunday": (0, 1),
    "easter monday": (1, 1),
    "ascension day": (39, 1),
    "pentecost": (49, 2),
    "whitsun": (49, 2),
}
_NTH = {  # month, weekday, which, days to add: the United States' holidays
    "mlk day": (1, 0, 3, 0),
    "memorial day": (5, 0, -1, 0),
    "labor day": (9, 0, 1, 0),
    "thanksgiving": (11, 3, 4, 0),
    "thanksgiving day": (11, 3, 4, 0),
    "black friday": (11, 3, 4, 1),
}
HOLIDAYS = (*_FIXED, *_FROM_EASTER, *_NTH)


def holiday(year_: int, name: str) -> Days:
    """A feast of HOLIDAYS in a year of the calendar."""
    if not date.min.year <= year_ <= date.max.year:
        return year(year_)
    if name in _FIXED:
        month_, number, lasts = _FIXED[name]
        first = date(year_, month_, number).toordinal()
    elif name in _FROM_EASTER:
        shift, lasts = _FROM_EASTER[name]
        first = easter(year_) + shift
    else:
        month_, weekday_, nth, shift = _NTH[name]
        first, lasts = nth_weekday(year_, month_, weekday_, nth) + shift, 1
    return bounded(first, first + lasts - 1)
