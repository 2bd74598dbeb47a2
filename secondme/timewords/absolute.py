"""Mentions that name their place in the calendar: "7 May 2023", "in May", "spring 2022", "the 90s", "Q2 2023".

Where the year is not named it is the nearest, or what the tense says (`grammar.nearest`). A month's name that is also
somebody's or another word (April, May, march) counts beside a number or after a preposition of time only.
"""

from __future__ import annotations

import re

from secondme.timewords import days as calendar
from secondme.timewords.days import Days
from secondme.timewords.grammar import Reading, Rules, Scene, Taken, floating

_DAY, _MONTH, _ANY_MONTH = "(digits|ordinal)", "(month|name)", "(month|name|verb)"
_OPENING = "((weekday|wday) comma? the?)?"
_JOINED = "(dash|to|and|until)"
# what makes of "May", "Easter" or "summer" a time
_TIMELY = "in|since|until|during"
_PART_OF = "(start|unit|weekday|wday|part|mid|early|late)of"
_QUANTITY = re.compile(
    r"\s*(?:[a-z]{2,}s|people|km|kg|mg|ml|m|m²|mm|cm|g|w|kw|kwh|kcal|euro|eur|usd|kr|dollar|percent|watt|x)\b|[-–]?\w"
)
_IN_A_NAME = re.compile(r"[A-Z]\w+ [A-Z][a-z]")  # "the Spring Fling Market"
_BEFORE_A_YEAR = re.compile(
    r"\b(?:in|since|until|till|of|by|before|after|from|to|through|during|early|late|mid|for|spring|summer|autumn|fall"
    r"|winter|year|and|between|around|about|back in)[\s(-]*$",
    re.IGNORECASE,
)


def _year(scene: Scene) -> int:
    return calendar.year_of(scene.today) if scene.today is not None else 2000


def _date(taken: Taken, scene: Scene) -> Reading | None:
    return Reading(taken[0].value)


def _iso_week(taken: Taken, scene: Scene) -> Reading | None:
    return Reading((taken.one("isoweek"),), "week")


def _year_month(taken: Taken, scene: Scene) -> Reading | None:
    return Reading((calendar.month(*taken.one("yearmonth")),), "month")


def _numbered_week(taken: Taken, scene: Scene) -> Reading | None:
    found = calendar.iso_week(taken.one("year"), taken.one("digits")) if taken.one("unit") == "week" else None
    return Reading((found,), "week") if found else None


def _day(taken: Taken, scene: Scene) -> Reading | None:
    number, month, year = taken.one("digits", "ordinal"), taken.one("month", "name", "verb"), taken.one("year")
    if year is not None:
        found = calendar.day(year, month, number)
        return Reading((found,)) if found else None
    if calendar.day(2024, month, number) is None:  # a leap year has them all
        return None
    return floating(lambda n: calendar.day(n, month, number), "day", taken, scene, _year(scene))


def _from_day_to_day(taken: Taken, scene: Scene) -> Reading | None:
    (first, last), month = taken.all("digits", "ordinal"), taken.one("month", "name", "verb")
    year = taken.one("year")

    def stretch(n: int) -> Days | None:
        begin, end = calendar.day(n, month, first), calendar.day(n, month, last)
        return (begin[0], end[1]) if begin and end else None

    if first >= last or stretch(2024) is None:
        return None
    if year is None:
        return floating(stretch, "day", taken, scene, _year(scene))
    found = stretch(year)
    return Reading((found,)) if found else None


def _month(taken: Taken, scene: Scene) -> Reading | None:
    month, year = taken.one("month", "name", "verb"), taken.one("year")
    if year is not None:
        return Reading((calendar.month(year, month),), "month")
    return floating(lambda n: calendar.month(n, month), "month", taken, scene, _year(scene))


def _from_month_to_month(taken: Taken, scene: Scene) -> Reading | None:
    first, last = taken.all("month", "name", "verb")
    year = taken.one("year")
    back = first > last

    def stretch(n: int) -> Days:
        return calendar.months(n - back, first, last - first + 1 + 12 * back)

    if year is not None:
        return Reading((stretch(year),), "month")
    return floating(stretch, "month", taken, scene, _year(scene))


def _season(taken: Taken, scene: Scene) -> Reading | None:
    name, year = taken.one("season", "fall"), taken.one("year")
    if _IN_A_NAME.match(scene.text, taken[0].start):
        return None
    if year is not None:
        return Reading((calendar.season(year, name),), "season")
    return floating(lambda n: calendar.season(n, name), "season", taken, scene, _year(scene))


def _holiday(taken: Taken, scene: Scene) -> Reading | None:
    name, year = taken.one("holiday"), taken.one("year")
    if year is not None:
        return Reading((calendar.holiday(year, name),))
    return floating(lambda n: calendar.holiday(n, name), "day", taken, scene, _year(scene))


def _plain_holiday(taken: Taken, scene: Scene) -> Reading | None:
    """ "Christmas" alone may be a card, a tree or a song; "Christmas Eve" is a day."""
    return _holiday(taken, scene) if " " in taken.one("holiday") else None


def _quarter(taken: Taken, scene: Scene) -> Reading | None:
    number, year = taken.one("quarter"), taken.one("year")
    if year is not None:
        return Reading((calendar.quarter(year, number),), "season")
    return floating(lambda n: calendar.quarter(n, number), "season", taken, scene, _year(scene))


def _decade(taken: Taken, scene: Scene) -> Reading | None:
    return Reading((calendar.decade(taken.one("decade") // 10 * 10),), "decade")


def _plain_year(taken: Taken, scene: Scene) -> Reading | None:
    token, year = taken[0], taken.one("year")
    if not _BEFORE_A_YEAR.search(scene.text, max(0, token.start - 12), token.start):
        counted = _QUANTITY.match(scene.text, token.end) or scene.text[token.start - 1 : token.start] in tuple("-–")
        if counted or not 1950 <= year <= 2060:
            return None
    return Reading((calendar.year(year),), "year")


def _from_year_to_year(taken: Taken, scene: Scene) -> Reading | None:
    first, last = taken.all("year")
    return Reading(((calendar.year(first)[0], calendar.year(last)[1]),), "year") if first < last else None


def _pair(taken: Taken, scene: Scene) -> Reading | None:
    month, number = taken.one("pair")
    return floating(lambda n: calendar.day(n, month, number), "day", taken, scene, _year(scene))


def _day_of_some_month(taken: Taken, scene: Scene) -> Reading | None:
    """ "on the 7th": of this month or the one before or after, counted in months."""
    number = taken.one("ordinal")
    if scene.today is None or number > 31:
        return None
    today = calendar.at(scene.today)
    this = today.year * 12 + today.month - 1
    found = floating(lambda n: calendar.day(n // 12, n % 12 + 1, number), "day", taken, scene, this)
    return Reading(found.days, "day", True)


def _weekday_the(taken: Taken, scene: Scene) -> Reading | None:
    """ "Friday the 13th": the last one that was both."""
    weekday, number = taken.one("weekday", "wday"), taken.one("ordinal")
    if scene.today is None:
        return None
    for back in range(1500):
        ordinal = scene.today - back
        if ordinal >= calendar.EARLIEST and calendar.at(ordinal).day == number and calendar.weekday(ordinal) == weekday:
            return Reading(((ordinal, ordinal),), "day", True)
    return None


RULES = (
    ("date", _date),
    ("isoweek", _iso_week),
    ("yearmonth", _year_month),
    ("unit digits (of|comma)? year", _numbered_week),
    (f"(between|from)? the? {_DAY} {_JOINED} the? {_DAY} of? {_MONTH} comma? year?", _from_day_to_day),
    (f"(between|from)? {_MONTH} the? {_DAY} {_JOINED} the? {_DAY} (comma? year)?", _from_day_to_day),
    (f"{_OPENING} the? {_DAY} of? {_ANY_MONTH} comma? year", _day),
    (f"{_OPENING} {_ANY_MONTH} the? {_DAY} comma? year", _day),
    (f"{_OPENING} the? {_DAY} of? {_MONTH}", _day),
    (f"{_OPENING} {_MONTH} the? {_DAY} (?!unit|dash unit)", _day),
    (f"{_OPENING} (the? ordinal of? verb | verb the? ordinal)", _day),
    ("(weekday|wday) the ordinal", _weekday_the),
    (f"(between|from) {_ANY_MONTH} {_JOINED} {_ANY_MONTH} (of? comma? year)?", _from_month_to_month),
    (f"{_MONTH} (dash|to|until) {_MONTH} (of? comma? year)?", _from_month_to_month),
    (f"{_ANY_MONTH} of? comma? year", _month),
    ("(?<!last|next|this)month", _month),
    (f"(?<={_TIMELY}|early|late|mid|start)(name|verb)", _month),
    (f"(?<=mid dash|{_PART_OF})(name|verb)", _month),
    ("(?<=before|after|by)name(?=stop|comma|mark|$)", _month),
    ("(season|fall) of? comma? year", _season),
    (f"(?<=({_TIMELY}|at|by|before|after) the)(season|fall)(?!before)", _season),
    (f"(?<={_TIMELY}|at|by|before|after|early|late|mid|of)season(?!before)", _season),
    ("holiday of? comma? year", _holiday),
    (f"(?<={_TIMELY}|at|on|by|before|after|from|to)(the)? holiday", _holiday),
    ("(?<!last|next|this)holiday", _plain_holiday),
    ("quarter comma? of? year", _quarter),
    ("year quarter", _quarter),
    (f"(?<={_TIMELY}|by|at|this)quarter", _quarter),
    ("(?<!own)decade", _decade),
    ("(?<=on|by|since|until|before|after|from|to|the|of)pair", _pair),
    ("(?<=(on|by|since|until) the)ordinal(?!word|unit|weekday|number|digits|nth|dash)", _day_of_some_month),
    ("year (dash|to|until) year", _from_year_to_year),
    ("year", _plain_year),
)
ABSOLUTE = Rules(*RULES)
