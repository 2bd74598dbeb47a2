"""The beginning of a line in a WhatsApp export: its date and time, in the form of whichever phone wrote it.

    31/12/2021, 22:01 - Anna: Hello          Android; separators, order and clock are those of the phone's region
    [31.12.21, 22:01:05] Anna: Hello         iOS
    12/31/14, 10:01:05 PM: Anna: Hello       before 2016

A date does not say which of its numbers is the day. That is decided over the whole file, by what is possible and by
time going forward; where both readings are possible, by the reading that the clock suggests (AM and PM: the American
one), else the day comes first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from functools import lru_cache
from typing import NamedTuple

_SPACES = " \t\u00a0\u2000-\u200a\u202f\u205f\u3000"
GAP = f"[{_SPACES}\u200e\u200f\u202a-\u202e\u2066-\u2069\ufeff]"
_STAMP = re.compile(
    rf"{GAP}{{0,3}}(?P<open>\[?){GAP}{{0,3}}"
    rf"(?P<a>\d{{4}}|\d\d?){GAP}{{0,3}}(?P<sep>[./\u2013年년-]|(?<={GAP})){GAP}{{0,3}}"
    rf"(?P<b>\d\d?){GAP}{{0,3}}(?:[./\u2013月월-]|(?<={GAP})){GAP}{{0,3}}"
    rf"(?P<c>\d{{4}}|\d\d?)(?P<before>[^\d\n]{{1,24}}?)"
    rf"(?P<hour>\d\d?){GAP}?[:.h\u066b]{GAP}?(?P<minute>\d\d)(?:{GAP}?[:.\u066b]{GAP}?(?P<second>\d\d))?(?!\d)"
    rf"(?P<after>[^\d\n\]]{{0,24}}?)(?:(?P<close>\]){GAP}?|{GAP}[\u2013\u2014-]{GAP}|:{GAP})"
)
# Words that stand between date and time or after the time, without their dots, spaces and commas. The halves of the day
# are those of the regions that WhatsApp and the phones' own clocks write (Unicode CLDR, day periods).
_FILLERS = "at um uhr kl klo kello h à as às a alle ore om o u в г р ч год lúc น hs la las den le el il ve ob v w 일 日"
_AM = """
am 上午 凌晨 早上 清晨 午前 오전 새벽 아침 ص قظ قبلازظهر πμ de öö dop fm fh el ap vorm vm sa pg pagi priekšp priešpiet
पूर्वाह्न पू ก่อนเที่ยง дп проб предиобяд преподне לפנהצ בבוקר damanhã damadrugada matin rano dopoldne prijepodne
eparadites paradite pd
"""
_PM = """
pm 下午 晚上 傍晚 午後 오후 저녁 م بظ بعدازظهر μμ du ös odp em eh pl ip nachm nm ch ptg siang sore malam pēcp popiet
m अपराह्न अप หลังเที่ยง пп слоб следобед поподне אחהצ בערב datarde danoite aprèsmidi soir popołudniu pop popoldne
poslijepodne popodne epasdites pasdite md
"""
_HALVES: dict[str, str] = dict.fromkeys(["", *_FILLERS.split()], "")
_HALVES |= dict.fromkeys(_AM.split(), "am") | dict.fromkeys(_PM.split(), "pm") | {"中午": "noon"}
_NOISE = re.compile(rf"[.,\u060c'’\"״]|{GAP}")
_FIRST_YEAR = 2009  # before WhatsApp
_BUDDHIST = range(2500, 2700)  # the Thai calendar is 543 years ahead


class Stamp(NamedTuple):
    """A date's three numbers as they stand, and the time of day. `form` is what all stamps of one export have in common
    ("[" or "-" or ":" first), `american` a clock with AM and PM behind a date with slashes."""

    form: str
    numbers: tuple[int, int, int]
    hour: int
    minute: int
    second: int
    american: bool
    end: int


def stamp(line: str) -> Stamp | None:
    """The stamp that a line begins with, and in `end` where what follows it begins."""
    found = _STAMP.match(line)
    if found is None or bool(found["open"]) != bool(found["close"]):
        return None
    before, after = _half(found["before"]), _half(found["after"])
    if before is None or after is None:
        return None
    hour = int(found["hour"])
    if (half := before or after) and hour <= 12:
        hour = hour if half == "noon" and hour > 9 else hour % 12 + (0 if half == "am" else 12)
    hour = 0 if hour == 24 else hour  # clocks that count from 1 to 24
    if hour > 23 or int(found["minute"]) > 59:
        return None
    mark = "[" if found["close"] else ":" if found[0].rstrip()[-1:] == ":" else "-"
    digits = f"{len(found['a']) // 3}{len(found['c']) // 3}"  # where the year is written out
    form = f"{mark}{found['sep']}{digits}{'s' if found['second'] else ''}{'h' if half else ''}"
    american = found["sep"] == "/" and ("AM" in found["after"] or "PM" in found["after"])
    numbers = (int(found["a"]), int(found["b"]), int(found["c"]))
    return Stamp(form, numbers, hour, int(found["minute"]), int(found["second"] or 0), american, found.end())


@lru_cache(maxsize=256)
def _half(words: str) -> str | None:
    """ "am", "pm", "noon", "" for words that say nothing, None for words that do not belong to a time."""
    return _HALVES.get(_NOISE.sub("", words).casefold().lstrip("일日"))


class Order(NamedTuple):
    """Which of a date's numbers is the year, the month, the day."""

    year: int
    month: int
    day: int


DAY_FIRST, MONTH_FIRST, YEAR_FIRST = Order(2, 1, 0), Order(2, 0, 1), Order(0, 1, 2)


def moment(stamp: Stamp, order: Order) -> datetime | None:
    """The stamp as a naive time; None if there is no such day."""
    day = _day(stamp.numbers, order)
    if day is None:
        return None
    return datetime(day.year, day.month, day.day, stamp.hour, stamp.minute, min(stamp.second, 59))


@lru_cache(maxsize=4096)
def _day(numbers: tuple[int, int, int], order: Order) -> date | None:
    year = numbers[order.year]
    year += 2000 if year < 100 else -543 if year in _BUDDHIST else 0
    try:
        return date(year, numbers[order.month], numbers[order.day]) if year >= _FIRST_YEAR else None
    except ValueError:
        return None


class Reading:
    """How well one order reads the dates of a file, seen one after the other."""

    def __init__(self, order: Order) -> None:
        self.order = order
        self.wrong = self.back = self.span = self.changes = 0
        self._last: date | None = None
        self._latest = date.today().year + 1

    def see(self, numbers: tuple[int, int, int]) -> None:
        day = _day(numbers, self.order)
        if day is None or day.year > self._latest:
            self.wrong += 1
            return
        if self._last is not None:
            self.back += day < self._last
            self.span += abs((day - self._last).days)
            self.changes += 1
        self._last = day


class Dates:
    """Finds the order of the dates of one file."""

    def __init__(self) -> None:
        self._readings = [Reading(order) for order in (DAY_FIRST, MONTH_FIRST, YEAR_FIRST)]
        self._last: tuple[int, int, int] | None = None
        self._american = False

    def see(self, stamp: Stamp) -> None:
        self._american |= stamp.american
        if stamp.numbers != self._last:
            self._last = stamp.numbers
            for reading in self._readings:
                reading.see(stamp.numbers)

    def order(self) -> Order:
        likely = MONTH_FIRST if self._american else DAY_FIRST
        ranked = sorted(self._readings, key=lambda r: (r.wrong, r.back, r.order == YEAR_FIRST, r.order != likely))
        best, *others = ranked
        return _denser(best, others).order


def _denser(best: Reading, others: Iterable[Reading]) -> Reading:
    """Another reading that is as possible, and takes for some days in a row what else is one day of several months."""
    for other in others:
        possible = (other.wrong, other.back) == (best.wrong, best.back)
        if possible and best.changes >= 3 and other.span * 8 < best.span:
            best = other
    return best
