"""The date of a mail, as RFC 5322 has it and as mailers have written it since 1982.

A date is looked for piece by piece (day and month, year, clock, zone), so that what is wrong about one piece does not
spoil the others. Nothing is made up: without a day, month and year there is no date.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta, timezone, tzinfo

from secondme.sources import dates

_MONTHS = (
    "jan jän gen ene",
    "feb fév fev febr",
    "mar mär mrz maa mrt",
    "apr avr abr",
    "may mai mei mag maj",
    "jun juin giu",
    "jul juil lug",
    "aug aoû ago aou",
    "sep set",
    "oct okt ott out",
    "nov",
    "dec dez déc dic des",
)
_NUMBER = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_NUMBER |= {"juin": 6, "juil": 7, "août": 8}
_ZONES = {  # hours east of Greenwich; those that name several places are not here
    **dict.fromkeys(("z", "ut", "utc", "gmt", "wet"), 0),
    **{"bst": 1, "west": 1, "cet": 1, "met": 1, "mez": 1, "cest": 2, "mest": 2, "mesz": 2, "eet": 2, "eest": 3},
    **{"msk": 3, "jst": 9, "kst": 9, "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6},
    **{"pst": -8, "pdt": -7, "akst": -9, "akdt": -8, "hst": -10, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13},
}
_DAY_MONTH = re.compile(r"\b(\d{1,2})(?:st|nd|rd|th)?[\s.,-]+(?:de\s+)?([^\W\d_]{3,12})\b")
_MONTH_DAY = re.compile(r"\b([^\W\d_]{3,12})\.?[\s-]+(\d{1,2})(?:st|nd|rd|th)?\b(?!:)")
_NUMERIC = re.compile(r"\b(?:(\d{4})[-/.](\d\d?)[-/.](\d\d?)|(\d\d?)\.(\d\d?)\.(\d{4}))(?!\d)")
_YEAR = re.compile(r"(?<![\d:.+])((?:19|20)\d\d)(?![\d:])")
_SHORT_YEAR = re.compile(r"[\s.,-]+(\d{2,3})(?![\d:.])")
_CLOCK = re.compile(r"(?<!\d)([01]?\d|2[0-4])[:.]([0-5]\d)(?:[:.]([0-5]?\d|60))?(?:[.,]\d+)?\s*([AaPp][Mm])?")
_OFFSET = re.compile(r"(?:^|[\s\dA-Z])([+-])(\d{2}):?([0-5]\d)\b|(?:GMT|UTC)([+-])(\d{1,2})\b")
_NAME = re.compile(r"[A-Za-z]{1,4}\b")


def moment(text: str, zone: tzinfo | None = None) -> tuple[datetime, bool] | None:
    """The time, aware, and whether the text names its zone; without one it is the owner's. None if it is no date."""
    text = text[:200]
    clock = _CLOCK.search(_NUMERIC.sub(" ", text))
    day = _day(text)
    if day is None:
        return None
    offset = _offset(clock.string[clock.end() :]) if clock else None
    try:
        naive = datetime(*day, *_time(clock))
        if offset is not None:
            return naive.replace(tzinfo=timezone(timedelta(minutes=offset)) if offset else UTC), True
    except ValueError:
        return None
    found = dates.local(naive, zone)
    return None if found is None else (found, False)


def _day(text: str) -> tuple[int, int, int] | None:
    if numeric := _NUMERIC.search(text):
        y, m, d, day, month, year = numeric.groups()
        return (int(y), int(m), int(d)) if y else (int(year), int(month), int(day))
    for found in _DAY_MONTH.finditer(text):
        if month_number := _month(found[2]):
            return _with_year(text, found, month_number, int(found[1]))
    for found in _MONTH_DAY.finditer(text):
        if month_number := _month(found[1]):
            return _with_year(text, found, month_number, int(found[2]))
    return None


def _month(word: str) -> int:
    word = word.lower()
    return _NUMBER.get(word[:4]) or _NUMBER.get(word[:3], 0)


def _with_year(text: str, found: re.Match[str], month: int, day: int) -> tuple[int, int, int] | None:
    if (year := _YEAR.search(text, found.end() - 1)) is not None:
        return int(year[1]), month, day
    if (short := _SHORT_YEAR.match(text, found.end())) is None:
        return None
    # two digits as RFC 5322, 4.3 has them, and three as programs wrote that counted from 1900
    number = int(short[1])
    return (2000 if number < 50 else 1900) + number, month, day


def _time(clock: re.Match[str] | None) -> tuple[int, int, int]:
    if clock is None:
        return 0, 0, 0
    hour = int(clock[1]) % 24
    if clock[4]:
        hour = hour % 12 + (12 if clock[4].lower() == "pm" else 0)
    return hour, int(clock[2]), min(int(clock[3] or 0), 59)  # a leap second is the one before it


def _offset(rest: str) -> int | None:
    """Minutes east of Greenwich. `-0000` is a time in UTC of a writer who does not tell where they are."""
    if (found := _OFFSET.search(rest)) is not None:
        sign, hours, minutes = (found[1], found[2], found[3]) if found[1] else (found[4], found[5], "0")
        total = int(hours) * 60 + int(minutes)
        return (total if sign == "+" else -total) if total < 24 * 60 else None
    for name in _NAME.findall(rest):
        if (east := _ZONES.get(name.lower())) is not None:
            return east * 60
    return None
