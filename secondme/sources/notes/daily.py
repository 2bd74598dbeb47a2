"""Dates as note apps write them: "May 4th, 2026", "4. Mai 2026", "2026_05_04", a folder per year and month.

Knows the months of seven languages and the clock that may follow a day. Refuses to guess: "04/05/2026" is two days and
so none, and a date in running text is nobody's business here.
"""

from __future__ import annotations

import re
from datetime import datetime, timedelta, timezone, tzinfo
from functools import cache
from pathlib import PurePath
from typing import NamedTuple

from secondme.sources import dates

_MONTHS = (
    "january jan januar jänner janvier janv enero ene gennaio gen januari janeiro",
    "february feb februar février févr febrero febbraio februari fevereiro fev",
    "march mar märz mrz mars marzo maart mrt março",
    "april apr avril avr abril abr aprile",
    "may mai mayo maggio mag mei maio",
    "june jun juni juin junio giugno giu junho",
    "july jul juli juillet juil julio luglio lug julho",
    "august aug août agosto ago augustus",
    "september sep sept septembre septiembre settembre set setembro",
    "october oct oktober okt octobre octubre ottobre ott outubro out",
    "november nov novembre noviembre novembro",
    "december dec dezember dez décembre déc diciembre dic dicembre dezembro",
)
_MONTH = {word: number for number, words in enumerate(_MONTHS, 1) for word in words.split()}
_DAYS = (
    "monday tuesday wednesday thursday friday saturday sunday mon tue tues wed thu thur thurs fri sat sun"
    " montag dienstag mittwoch donnerstag freitag samstag sonnabend sonntag mo di mi do fr sa so"
    " lundi mardi mercredi jeudi vendredi samedi dimanche lun mar mer jeu ven sam dim"
    " lunes martes miércoles jueves viernes sábado domingo mié jue vie sáb dom"
    " lunedì martedì mercoledì giovedì venerdì sabato domenica gio sab"
    " maandag dinsdag woensdag donderdag vrijdag zaterdag zondag ma wo vr za zo"
    " segunda-feira terça-feira quarta-feira quinta-feira sexta-feira seg ter qua qui sex"
)
_WEEKDAYS = frozenset(_DAYS.split())
_CLOCK = (
    r"(?:[T,\s]+(?:(?:at|um|à|a\s+las|alle|om|às)\s+)?(?P<H>\d{1,2})[:.](?P<M>\d\d)(?:[:.](?P<S>\d\d))?(?:[.,]\d+)?"
    r"(?:\s*(?P<half>[ap])\.?m\.?)?(?:\s*\(?(?P<zone>Z|(?:UTC|GMT)?[+-]\d{1,2}(?::?\d\d)?|UTC|GMT)\b\)?)?)?"
)
_NUMBERS = r"(?P<y>\d{4})(?P<sep>[-_/.])(?P<m>\d\d?)(?P=sep)(?P<d>\d\d?)"
_DOTTED = r"(?P<d>\d\d?)\.\s?(?P<m>\d\d?)\.\s?(?P<y>\d{4})"  # only day.month.year is written with dots
_NAMED = r"(?P<month>[^\W\d_]{3,10})\.?\s+(?P<d>\d\d?)(?:st|nd|rd|th)?,?\s+(?P<y>\d{4})"
_DAY_FIRST = r"(?P<d>\d\d?)(?:st|nd|rd|th|er|\.)?\s+(?:de\s+)?(?P<month>[^\W\d_]{3,10})\.?,?\s+(?:de\s+)?(?P<y>\d{4})"
_FORMS = (_NUMBERS, _DOTTED, _NAMED, _DAY_FIRST)
# the year of a folder stands before the month's and the day's
_FOLDERS = re.compile(r"(?:^|[/\\])(?P<y>\d{4})[/\\](?P<m>\d\d)(?:\D[^/\\]*)?[/\\](?P<d>\d\d)(?:\D[^/\\]*)?$")


class When(NamedTuple):
    """A time, and whether it was written with its zone."""

    time: datetime
    zoned: bool = False


def written(text: str, zone: tzinfo | None = None) -> When | None:
    """The date, with its clock if there is one, that is all that `text` says; of a range its beginning."""
    text = " ".join(text.split("→")[0].strip("[]@\"' \t\r\n").split())
    if len(text) > 60:
        return None
    first, _, rest = text.partition(" ")
    text = rest if _is_weekday(first) else text
    if re.fullmatch(r"1\d{9}|1\d{12}", text):  # seconds or milliseconds since 1970, from 2001 on
        return _when(dates.at(int(text) / (1000 if len(text) > 10 else 1), zone), True)
    try:
        moment = datetime.fromisoformat(text)
        return _when(dates.local(moment, zone), moment.tzinfo is not None)
    except ValueError:
        return next((found for form in _forms() if (found := _read(form.fullmatch(text), zone)) is not None), None)


def from_name(name: str, zone: tzinfo | None = None) -> When | None:
    """The date of a note by its name or its folders: `2026-05-04 Monday.md`, `May 4th, 2026.md`, `2026/05/04.md`."""
    stem = PurePath(name).stem[:200]
    if (found := dates.from_name(stem, zone)) is not None:
        return When(found)
    for form in _forms(inside=True):
        for match in form.finditer(stem):
            if (when := _read(match, zone)) is not None:
                return when
    return _in_folders(name, zone)


def title(name: str) -> str:
    """What a daily note is called: its name if that is a date and nothing else, perhaps with the day of the week, or
    the date that its folders make (`2026/05/04.md`). "" if it is no daily note."""
    stem = PurePath(name).stem
    day, _, last = stem.replace("_", " ").rpartition(" ")
    if written(day.rstrip(" ,-") if _is_weekday(last) else stem) is not None:
        return stem
    when = _in_folders(name) if stem[:2].isdigit() else None
    return f"{when.time:%Y-%m-%d}" if when else ""


def _in_folders(name: str, zone: tzinfo | None = None) -> When | None:
    return _read(_FOLDERS.search(str(PurePath(name).with_suffix(""))[-200:]), zone) if PurePath(name).name else None


def _is_weekday(word: str) -> bool:
    return word.strip(".,").lower() in _WEEKDAYS


@cache
def _forms(inside: bool = False) -> tuple[re.Pattern[str], ...]:
    if inside:
        return tuple(re.compile(rf"(?<![\w.]){form}(?!\d)", re.IGNORECASE) for form in _FORMS)
    return tuple(re.compile(form + _CLOCK, re.IGNORECASE) for form in _FORMS)


def _read(match: re.Match[str] | None, zone: tzinfo | None) -> When | None:
    if match is None:
        return None
    part = match.groupdict()
    month = _MONTH.get(part["month"].lower(), 0) if part.get("month") else int(part["m"])
    hour = int(part.get("H") or 0)
    if half := part.get("half"):
        hour = hour % 12 + (12 if half.lower() == "p" else 0)
    offset = _offset(part.get("zone"))
    try:
        moment = datetime(int(part["y"]), month, int(part["d"]), hour, int(part.get("M") or 0), int(part.get("S") or 0))
        return _when(dates.local(moment.replace(tzinfo=offset), zone), offset is not None)
    except ValueError:
        return None


def _offset(text: str | None) -> tzinfo | None:
    if not text:
        return None
    digits = re.search(r"([+-])(\d{1,2}):?(\d\d)?$", text)
    if digits is None:
        return timezone(timedelta())
    minutes = int(digits[2]) * 60 + int(digits[3] or 0)
    return timezone(timedelta(minutes=-minutes if digits[1] == "-" else minutes))


def _when(time: datetime | None, zoned: bool) -> When | None:
    return None if time is None else When(time, zoned)
