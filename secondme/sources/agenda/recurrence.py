"""What comes again (RFC 5545, section 3.3.10): the rule in words, and the times it names, by python-dateutil.

Knows RRULE and the shorthand of vCalendar 1.0 (`W1 MO TU #10`). Works with the clock on the wall alone, so that a
weekly ten o'clock is ten before and after the clocks change. Ends soon whatever the rule says: rules by the minute and
second are not followed (no person keeps them), the search begins near the window, and while a rule is searched its
dates are moved close to the end of the calendar, since the library gives up there and nowhere else. That changes
nothing: the calendar repeats every 400 years, weekdays and week numbers as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import takewhile
from math import inf

from secondme.sources.agenda.zones import MONTHS, WEEKDAYS, date_in_words

MOST = 1000  # occurrences of one event
_STEPS = 200_000  # intervals to be counted from the first occurrence
_CENTURIES = 400

_UNITS = {"HOURLY": "hour", "DAILY": "day", "WEEKLY": "week", "MONTHLY": "month", "YEARLY": "year"}
_SPANS = {"HOURLY": timedelta(hours=1), "DAILY": timedelta(days=1), "WEEKLY": timedelta(days=7)}
_DAYS = dict(zip(("MO", "TU", "WE", "TH", "FR", "SA", "SU"), WEEKDAYS, strict=True))
_ORDINALS = {1: "first", 2: "second", 3: "third", 4: "fourth", 5: "fifth", -1: "last", -2: "last but one"}
_NUMBERS = re.compile(r"[+-]?\d{1,4}(?:,[+-]?\d{1,4}){0,400}")
_BY_DAY = re.compile(r"([+-]?\d{0,2})(MO|TU|WE|TH|FR|SA|SU)")
_FILTERS = ("BYMONTH", "BYWEEKNO", "BYYEARDAY", "BYMONTHDAY", "BYDAY", "BYHOUR", "BYMINUTE", "BYSETPOS")
_OLD = re.compile(r"(D|W|MP|MD|YM|YD)(\d+)((?:\s+[^#\s]+)*?)(?:\s+#(\d+))?(?:\s+(\d{8}(?:T\d{6}Z?)?))?")

Rule = dict[str, str]
Window = tuple[datetime, datetime]  # by the same clock as the times


def rule(text: str) -> Rule | None:
    """The parts of a rule that can be followed, or None."""
    text = text.strip().upper()
    if "=" not in text:
        text = _modern(text)
    pairs = (part.partition("=") for part in text.split(";"))
    parts = {name.strip(): "".join(value.split()) for name, _, value in pairs}
    if parts.get("FREQ") not in _UNITS or parts.get("RSCALE", "GREGORIAN") != "GREGORIAN":
        return None
    if not re.fullmatch(r"0*[1-9]\d{0,4}", parts.get("INTERVAL", "1")):
        return None
    if not re.fullmatch(r"0*[1-9]\d*", parts.get("COUNT", "1")):
        return None
    for name in _FILTERS:
        if name in parts:
            sound = _by_day(parts[name]) if name == "BYDAY" else _NUMBERS.fullmatch(parts[name])
            if not sound:
                return None
    kept = {"FREQ", "INTERVAL", "COUNT", "UNTIL", "WKST", *_FILTERS}
    return {name: value for name, value in parts.items() if name in kept and value}


def times(
    found: Rule, start: datetime, until: datetime | None, window: tuple[datetime, datetime]
) -> Iterator[datetime]:
    """The wall times in the window, in order, beginning with the first one that the rule names.

    `until` is the rule's own, by the same clock. Raises ValueError where the rule names nothing that can be.
    """
    first, last = window
    last = min(last, until or last)
    if last < first or last < start:
        return
    interval = int(found.get("INTERVAL", "1"))
    span = _SPANS.get(found["FREQ"])
    if span is not None and "COUNT" not in found:
        start += max(0, (first - start) // (span * interval) - 1) * span * interval
    elif span is not None and min((last - start) / (span * interval), _counted(found)) > _STEPS:
        raise ValueError("too far from its first occurrence")
    years = (9998 - max(last.year, start.year)) // _CENTURIES * _CENTURIES
    end = last.replace(year=last.year + years)
    for moment in takewhile(lambda moment: moment <= end, _library(found, start.replace(year=start.year + years))):
        at = moment.replace(year=moment.year - years)
        if at >= first:
            yield at


def _library(found: Rule, start: datetime) -> Iterator[datetime]:
    from dateutil.rrule import rrulestr  # 35 ms

    parts = {name: value for name, value in found.items() if name != "UNTIL"}
    if "COUNT" in parts:
        parts["COUNT"] = str(min(int(parts["COUNT"]), 10**6))
    if found["FREQ"] in ("YEARLY", "MONTHLY") or "BYSETPOS" in parts:
        pass
    elif "BYDAY" in parts:  # the library counts weekdays only in months and years
        parts["BYDAY"] = ",".join(day for _, day in _by_day(parts["BYDAY"]))
    try:
        yield from rrulestr(";".join(f"{name}={value}" for name, value in parts.items()), dtstart=start, ignoretz=True)
    except (TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise ValueError(str(error)) from error


def in_words(found: Rule, start: datetime | None, until: datetime | None) -> str:
    """ "every 2 weeks on Monday and Friday until 16 June 2026"."""
    unit = _UNITS[found["FREQ"]]
    interval = int(found.get("INTERVAL", "1"))
    days = _by_day(found.get("BYDAY", ""))
    if unit == "week" and not days and start is not None:
        days = [(0, list(_DAYS)[start.weekday()])]
    text = f"every {unit}" if interval == 1 else f"every {interval} {unit}s"
    if interval == 1 and unit == "week" and days:
        text = f"every {_joined([_DAYS[day] for _, day in days])}"
    elif days:
        text += f" on {_joined([_weekday(number or _only(found), day) for number, day in days])}"
    text += _month_days(found, start, bool(days))
    if until is not None:
        if start is not None and until.time() < start.time():  # "until midnight" ends on the day before
            until -= timedelta(days=1)
        text += f" until {date_in_words(until)}"
    return text + (f", {found['COUNT']} times" if "COUNT" in found else "")


def _month_days(found: Rule, start: datetime | None, weekdays: bool) -> str:
    numbers = [int(number) for number in found.get("BYMONTHDAY", "").split(",") if number]
    months = [int(number) for number in found.get("BYMONTH", "").split(",") if number]
    names = _joined([MONTHS[number - 1] for number in months if 0 < number <= 12])
    if not numbers and not weekdays and start is not None and found["FREQ"] in ("MONTHLY", "YEARLY"):
        if "BYYEARDAY" in found or "BYWEEKNO" in found:
            return ""
        numbers = [start.day]
        names = names or (MONTHS[start.month - 1] if found["FREQ"] == "YEARLY" else "")
    if not numbers:
        return f" in {names}" if names else ""
    days = _joined(["the last day" if number == -1 else f"the {_nth(number)}" for number in numbers])
    if names and numbers[0] > 0:
        return f" on {_joined([str(number) for number in numbers])} {names}"
    return f" on {days}" + (f" of {names}" if names else "")


def _by_day(text: str) -> list[tuple[int, str]]:
    found = [_BY_DAY.fullmatch(part) for part in text.split(",")] if text and len(text) < 1000 else []
    if not all(found):
        return []
    return [(int(match[1]) if match[1].strip("+-") else 0, match[2]) for match in found if match]


def _only(found: Rule) -> int:
    """ "The second Tuesday" may be written as a position among the Tuesdays."""
    position = found.get("BYSETPOS", "")
    return int(position) if re.fullmatch(r"[+-]?\d", position) else 0


def _counted(found: Rule) -> float:
    """How many intervals a COUNT spans; where days are filtered nobody can say."""
    return inf if any(name in found for name in _FILTERS) else int(found.get("COUNT", "0"))


def _weekday(number: int, day: str) -> str:
    return f"the {_ORDINALS.get(number, _nth(number))} {_DAYS[day]}" if number else _DAYS[day]


def _nth(number: int) -> str:
    if number < 0:
        return f"{_nth(-number)} from the end"
    ending = "th" if number % 100 in (11, 12, 13) else {1: "st", 2: "nd", 3: "rd"}.get(number % 10, "th")
    return f"{number}{ending}"


def _joined(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)


def _modern(text: str) -> str:
    """A rule of vCalendar 1.0 (section 2.1.1) as RFC 5545 writes it; "" if it is none."""
    found = _OLD.fullmatch(" ".join(text.split()))
    if found is None:
        return ""
    kind, interval, listed, count, until = found.groups()
    words = listed.split()
    frequency = {"D": "DAILY", "W": "WEEKLY", "M": "MONTHLY", "Y": "YEARLY"}[kind[0]]
    parts = [f"FREQ={frequency}", f"INTERVAL={interval}"]
    if until:
        parts.append(f"UNTIL={until}")
    elif count != "0":
        parts.append(f"COUNT={count or 2}")  # "#0" is for ever, and twice is what no number means
    if kind == "MP":
        positions = [f"{word[-1]}{word[:-1]}" for word in words if word[-1:] in "+-"]
        weekdays = [word for word in words if word in _DAYS]
        words = [f"{position}{day}" for position in positions for day in weekdays]
    key = {"W": "BYDAY", "MP": "BYDAY", "MD": "BYMONTHDAY", "YM": "BYMONTH", "YD": "BYYEARDAY"}.get(kind)
    return ";".join([*parts, f"{key}={','.join(words)}"] if key and words else parts)
