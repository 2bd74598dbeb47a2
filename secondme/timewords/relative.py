"""Mentions that hang on the day on which they were written: "yesterday", "last week", "two weeks ago", "on Friday".

How wide a mention is depends on how it is meant: "two days ago" is a day, "two weeks ago" the week around it, "two
years ago" a year of the calendar, "a few months ago" two to five months back. "last week" is the week of the calendar;
written on a Sunday it may be the one that ends, where weeks begin on Sunday: both readings are given.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from secondme.timewords import days as calendar
from secondme.timewords.days import WEEK, Days, bounded
from secondme.timewords.grammar import Grain, Reading, Rules, Scene, Taken

DAYS_IN = {"hour": 0, "day": 1, "week": 7, "weekend": 7, "fortnight": 14, "month": 30, "quarter": 91, "year": 365,
           "decade": 3652}  # fmt: skip
MONTHS_IN = {"month": 1, "quarter": 3, "year": 12, "decade": 120}
SLACK = {"hour": 0, "day": 0, "month": 15, "quarter": 45, "year": 61, "decade": 730}  # days on both sides; else 3
_PERFECT = re.compile(r"\b(?:have|has)\b|['’]ve\b|['’]s been\b", re.IGNORECASE)
_OVER = re.compile(r"\b(?:in|over|during|within|for)\s$", re.IGNORECASE)
_UP_TO = re.compile(r"\b(?:until|till|by)\s+$", re.IGNORECASE)
GRAINS: dict[str, Grain] = {"hour": "day", "day": "day", "weekend": "week", "week": "week", "fortnight": "week",
                            "month": "month", "quarter": "season", "year": "year", "decade": "decade"}  # fmt: skip


def count(taken: Taken) -> tuple[float, float]:
    """How many, at least and at most: "two", "a few", "half a"."""
    if vague := taken.one("vague"):
        return vague  # type: ignore[no-any-return]
    number = taken.one("number", "digits")
    if taken.has("half"):
        number = 0.5 if number is None and not taken.has("and") else (number or 1) + 0.5
    elif number is None:
        number = 12 if taken.has("dozen") else 1
    return number, number


def stretch(anchor: int, low: float, high: float, unit: str) -> Days:
    """What lies `low` to `high` units from a day; behind it for negative numbers. A number of weeks, months or years
    is seldom exact: SLACK belongs to it."""
    months = [n * MONTHS_IN.get(unit, 0) for n in (low, high)]
    if all(months) and all(float(n).is_integer() for n in months):
        one, other = (calendar.months_later(anchor, int(n)) for n in months)
    else:
        one, other = (anchor + round(n * DAYS_IN[unit]) for n in (low, high))
    slack = SLACK.get(unit, 3) if low == high else 0
    return bounded(min(one, other) - slack, max(one, other) + slack)


def away(anchor: int, low: float, high: float, unit: str) -> Days:
    """The same, with whole years of the calendar, and weekends as such."""
    if unit == "weekend":
        return calendar.weekend_before(anchor, int(-high)) if high < 0 else _weekend_ahead(anchor, int(low))
    if unit == "year" and abs(low) >= 2 and float(low).is_integer():
        year, far = calendar.year_of(anchor), sorted((int(low), int(high)))
        return bounded(calendar.year(year + far[0])[0], calendar.year(year + far[1])[1])
    return stretch(anchor, low, high, unit)


def _weekend_ahead(anchor: int, number: int) -> Days:
    saturday = calendar.weekend_of(anchor)[0] + WEEK * (number - 1)
    return bounded(saturday, saturday + 1)


def around(ordinal: int, unit: str, by: int = 0) -> Days:
    """The unit of the calendar that holds a day, or one `by` units later."""
    this = calendar.at(ordinal)
    match unit:
        case "week" | "fortnight":
            return calendar.week_of(ordinal + WEEK * by)
        case "weekend":
            return calendar.weekend_of(ordinal + WEEK * by)
        case "month":
            return calendar.month(this.year, this.month + by)
        case "quarter":
            return calendar.months(this.year, (this.month - 1) // 3 * 3 + 1 + 3 * by, 3)
        case "year":
            return calendar.year(this.year + by)
        case "decade":
            return calendar.decade((this.year // 10 + by) * 10)
    return bounded(ordinal + by, ordinal + by)


def _of(days: Days | None, grain: Grain = "day") -> Reading | None:
    return Reading((days,), grain, True) if days else None


def _today(taken: Taken, scene: Scene) -> Reading | None:
    return None if scene.today is None else _of(bounded(*[scene.today + taken.one("today")] * 2))


def _part_of_day(taken: Taken, scene: Scene) -> Reading | None:
    """ "this morning", "last night"; "the night before last" has the word twice as far."""
    if scene.today is None:
        return None
    back = 2 if taken.has("before") else taken.has("last")
    return _of(bounded(scene.today - back, scene.today - back))


def _last_or_next(taken: Taken, scene: Scene) -> Reading | None:
    unit, today = taken.one("unit"), scene.today
    if today is None or unit in ("day", "hour"):
        return None
    rolling = "past" in taken.all("last") or taken.has("the")
    if taken.has("next"):
        if "following" in taken.all("next") or taken.has("the"):
            return _window(today, 1, unit) if _leads_in(scene, taken) else None
        return _of(around(today, unit, 1), GRAINS[unit])
    if unit == "weekend":
        return Reading((calendar.weekend_before(today),), "week", True, loose="weekend")
    if unit == "fortnight" or rolling:
        return _window(today, -1, unit)
    found = around(today, unit, -1)
    if unit == "week" and calendar.weekday(today) == 6:
        return Reading((found, bounded(today - 7, today - 1)), "week", True)
    return _of(found, GRAINS[unit])


def _leads_in(scene: Scene, taken: Taken) -> bool:
    """Whether "the next week" is the one from today on ("over the next week"), and not one in a story."""
    return bool(_OVER.search(scene.text, max(0, taken[0].start - 8), taken[0].start))


def _window(today: int, number: float, unit: str) -> Reading | None:
    """All days from today to so many units away."""
    far = stretch(today, number, number, unit)
    edge = (far[0] + far[1]) // 2
    return _of(bounded(min(edge, today), max(edge, today)), GRAINS[unit])


def _last_several(taken: Taken, scene: Scene) -> Reading | None:
    unit = taken.one("unit")
    if scene.today is None:
        return None
    sign = -1 if taken.has("last") else 1
    return _window(scene.today, sign * count(taken)[1], unit)


def _this(taken: Taken, scene: Scene) -> Reading | None:
    unit, today = taken.one("unit"), scene.today
    if today is None or unit in ("day", "hour"):
        return None
    if unit == "weekend" and scene.direction(taken[0]) < 0 and calendar.weekday(today) < 4:
        return _of(calendar.weekend_before(today), "week")
    found = around(today, unit)
    if taken.has("earlier") and found[0] <= today <= found[1]:
        found = (found[0], today) if taken.one("earlier") == "earlier" else (today, found[1])
    return _of(found, GRAINS[unit])


def _next_but_one(taken: Taken, scene: Scene) -> Reading | None:
    """ "the week before last", "the year after next"."""
    by, today = (-2 if taken.has("before") else 2), scene.today
    if today is None:
        return None
    if (weekday := taken.one("weekday")) is not None:
        return _of(bounded(*[weekday_from(today, weekday, by)] * 2))
    if name := taken.one("season"):
        return _of(_recurring(today, lambda n: calendar.season(n, name), by), "season")
    unit = taken.one("unit")
    found = calendar.weekend_before(today, 2) if (unit, by) == ("weekend", -2) else around(today, unit, by)
    return _of(found, GRAINS[unit])


def weekday_from(ordinal: int, weekday: int, number: int) -> int:
    """The `number`-th such weekday after a day, before it for a negative number."""
    if number < 0:
        return ordinal - ((calendar.weekday(ordinal) - weekday - 1) % WEEK + 1) + WEEK * (number + 1)
    return ordinal + ((weekday - calendar.weekday(ordinal) - 1) % WEEK + 1) + WEEK * (number - 1)


def _named(taken: Taken, scene: Scene) -> Reading | None:
    """ "last Friday", "next March", "this summer", "last Christmas"."""
    today, which = scene.today, -1 if taken.has("last") else 1 if taken.has("next") else 0
    if today is None:
        return None
    if (weekday := taken.one("weekday", "wday")) is not None:
        return _weekday(today, weekday, which, scene.direction(taken[0]))
    if (month := taken.one("month", "name", "verb")) is not None:
        return _of(_recurring(today, lambda n: calendar.month(n, month), which), "month")
    if name := taken.one("season", "fall"):
        return _of(_recurring(today, lambda n: calendar.season(n, name), which), "season")
    feast = taken.one("holiday")
    return _of(_recurring(today, lambda n: calendar.holiday(n, feast), which))


def _weekday(today: int, weekday: int, which: int, direction: int) -> Reading | None:
    if which < 0:
        ordinal = weekday_from(today, weekday, -1)
        return Reading((bounded(ordinal, ordinal),), "day", True, loose=weekday)
    this = calendar.week_of(today)[0] + weekday
    if which == 0:
        if (direction < 0 and this > today) or (direction > 0 and this < today):
            this += WEEK if direction > 0 else -WEEK
        return _of(bounded(this, this))
    coming = weekday_from(today, weekday, 1)
    days = {bounded(coming, coming), bounded(this + WEEK, this + WEEK)}  # people differ about "next Friday" on a Monday
    return Reading(tuple(sorted(days)), "day", True)


def _recurring(today: int, make: Callable[[int], Days], which: int) -> Days:
    """What comes once a year: the `which`-th that is over, or that has not begun; 0 for the nearest one."""
    year = calendar.year_of(today)
    found = sorted(make(n) for n in range(year - 3, year + 4))
    if which < 0 and len(over := [one for one in found if one[1] < today]) >= -which:
        return over[which]
    if which > 0 and len(coming := [one for one in found if one[0] > today]) >= which:
        return coming[which - 1]
    return min(found, key=lambda one: max(one[0] - today, today - one[1], 0))


def _ago(taken: Taken, scene: Scene) -> Reading | None:
    if scene.today is None:
        return None
    low, high = count(taken)
    if (weekday := taken.one("weekdays", "weekday")) is not None:
        return _of(bounded(*[weekday_from(scene.today, weekday, -round(high))] * 2))
    if name := taken.one("seasons", "season"):
        return _of(_recurring(scene.today, lambda n: calendar.season(n, name), -min(3, round(high))), "season")
    unit = taken.one("unit", "part")
    if unit == "year" and low < 1:
        unit, low, high = "month", 12 * low, 12 * high
    days = away(scene.today, -low, -high, unit)
    if taken.has("about") and unit == "day":
        days = bounded(days[0] - 1, days[1] + 1)
    return _of(days, GRAINS[unit])


def _two_units_ago(taken: Taken, scene: Scene) -> Reading | None:
    """ "a year and two months ago"."""
    at = next(n for n, token in enumerate(taken) if token.kind == "and")
    larger, smaller = Taken(taken[:at]), Taken(taken[at + 1 :])
    if scene.today is None:
        return None
    days = [round(count(part)[1] * DAYS_IN[part.one("unit")]) for part in (larger, smaller)]
    slack = DAYS_IN[smaller.one("unit")] // 2
    return _of(bounded(scene.today - sum(days) - slack, scene.today - sum(days) + slack), GRAINS[smaller.one("unit")])


def _ahead(taken: Taken, scene: Scene) -> Reading | None:
    """ "in three days", which is no time in "I read it in three days"."""
    if scene.today is None or (taken[0].kind == "in" and scene.direction(taken[0]) < 0):
        return None
    low, high = count(taken)
    unit = taken.one("unit")
    return _of(away(scene.today, low, high, unit), GRAINS[unit])


def _the_weekend(taken: Taken, scene: Scene) -> Reading | None:
    if taken.one("unit") != "weekend":
        return None
    if scene.today is None:
        return Reading((), "week", True, loose="weekend")
    behind = scene.direction(taken[0]) <= 0 and calendar.weekday(scene.today) < 5
    days = calendar.weekend_before(scene.today) if behind else calendar.weekend_of(scene.today)
    return Reading((days,), "week", True, loose="weekend")


def _for_so_long(taken: Taken, scene: Scene) -> Reading | None:
    """ "I've known her for four years": since then."""
    if scene.today is None:
        return None
    begin = scene.text.rfind(".", 0, taken[0].start) + 1
    lasting = taken.one("at") == "for" and _PERFECT.search(scene.text, max(begin, taken[0].start - 120), taken[0].start)
    unit = taken.one("unit")
    if not (lasting or taken.has("now")) or unit in ("hour", "day", "weekend"):
        return None
    low, high = count(taken)
    return Reading((away(scene.today, -low, -high, unit),), GRAINS[unit], True, "since")


def _bare_weekday(taken: Taken, scene: Scene) -> Reading | None:
    weekday, token = taken.one("weekday", "wday"), taken[0]
    if token.kind == "wday" and not scene.text[token.start].isupper():
        return None
    if scene.today is None:
        return Reading((), "day", True, loose=weekday)
    direction = scene.direction(token)
    ahead = direction > 0 or (direction == 0 and bool(_UP_TO.search(scene.text, 0, token.start)))
    ordinal = weekday_from(scene.today, weekday, 1) if ahead else weekday_from(scene.today + 1, weekday, -1)
    return Reading((bounded(ordinal, ordinal),), "day", True, loose=weekday)


def _coming_weekday(taken: Taken, scene: Scene) -> Reading | None:
    """ "a week from Friday"."""
    if scene.today is None:
        return None
    return _of(bounded(*[weekday_from(scene.today, taken.one("weekday"), 1)] * 2))


def _no_time(taken: Taken, scene: Scene) -> Reading | None:
    """ "every Friday", "Monday to Friday": what recurs is no stretch of the calendar."""
    return Reading(())


QUANTITY = "(half a | a? vague of? | a dozen | number dozen? | digits | a)"
_SHORT = "(unit and a half | and a half unit | unit)"
_NAMED = "(weekday|wday|month|name|season|fall|holiday)"
_WITHIN = "(?!(of|in) (x|xw|xe|the|this|last|next|month|name|verb|year|yearmonth|season|holiday))"
RELATIVE = Rules(
    ("every (other|nth|number)? (weekday|weekdays|wday|unit|part|month|name|season|holiday)", _no_time),
    ("(weekday|wday) (dash|to|until) (weekday|wday)", _no_time),
    ("today part?", _today),
    ("the part before last (?!unit|weekday|month)", _part_of_day),
    ("(this|last) part", _part_of_day),
    ("the (unit|weekday|season) (before last|after next) (?!unit|weekday|wday|month|name|season|fall|part|holiday)",
     _next_but_one),
    (f"the? (last|next) (number|digits|a? vague of?) unit {_WITHIN}", _last_several),
    (f"the? this? (last|next) unit {_WITHIN}", _last_or_next),
    ("earlier? this unit", _this),
    (f"(last|next) (verb|{_NAMED[1:-1]}) part? {_WITHIN}", _named),
    (f"the? this? last {_NAMED} part? {_WITHIN}", _named),
    ("this (weekday|month|name|season|fall|holiday) part?", _named),
    (f"(about|at)? {QUANTITY} unit and {QUANTITY} unit (or so)? (ago|back)", _two_units_ago),
    (f"(about|at)? {QUANTITY} ({_SHORT}|part|weekdays|weekday|seasons|season) (or so)? (ago|back)", _ago),
    (f"in about? {QUANTITY} {_SHORT}", _ahead),
    (f"{QUANTITY} {_SHORT} from now", _ahead),
    (f"at? about? {QUANTITY} {_SHORT} now?", _for_so_long),
    ("the unit", _the_weekend),
    ("(?<=unit from)weekday", _coming_weekday),
    ("(?<!nth|last)weekday part?", _bare_weekday),
    ("(?<!nth|last)wday (?=stop|comma|mark|$) | wday part", _bare_weekday),
    ("(?<=on|since|until|by|before|after|from)wday", _bare_weekday),
)  # fmt: skip
