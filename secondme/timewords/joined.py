"""Mentions made of others: "the end of May", "the Sunday before 25 May", "between May and July 2023", "since March".

An `Offset` is the measure in front of "before" and "after": "the Sunday", "two weeks", "the day".
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from secondme.timewords import days as calendar
from secondme.timewords.days import EARLIEST, LATEST, Days, bounded
from secondme.timewords.grammar import Grain, Reading, Relation, Rules, Scene, Taken
from secondme.timewords.relative import DAYS_IN, GRAINS, QUANTITY, around, away, count, weekday_from
from secondme.timewords.words import Token

X = "(x|xw|xe)"
_MEASURES = "(unit|part|xw|xe|weekday|weekdays)"
# not "days before": of them nobody knows how many
MEASURE = f"(the (unit|part) | the? (xw|xe|weekday) | {QUANTITY} {_MEASURES})"


@dataclass(frozen=True, slots=True)
class Offset:
    """A measure from a stretch of days: `low` to `high` of `unit` (a unit's name, or a weekday's number).

    `next_to`: "the week before", which touches what it is before, and not "a week before".
    """

    unit: str | int
    low: float = 1
    high: float = 1
    next_to: bool = True

    def from_(self, anchor: Days, sign: int) -> tuple[Days, Grain]:
        """The days so far before (`sign` -1) or after (1) the stretch."""
        edge = anchor[0] if sign < 0 else anchor[1]
        if isinstance(self.unit, int):
            ordinal = weekday_from(edge, self.unit, sign * round(self.high))
            return bounded(ordinal, ordinal), "day"
        if self.unit == "weekend":
            saturday = weekday_from(edge, 5, round(self.high))
            return calendar.weekend_before(edge, round(self.high)) if sign < 0 else bounded(
                saturday, saturday + 1
            ), "week"
        if self.unit in ("day", "hour") or not self.next_to:
            return away(edge, sign * self.low, sign * self.high, self.unit), GRAINS[self.unit]
        if anchor == around(anchor[0], self.unit):  # the month before a month
            return around(anchor[0], self.unit, sign), GRAINS[self.unit]
        far = edge + sign * DAYS_IN[self.unit]
        return bounded(*sorted((edge + sign, far))), GRAINS[self.unit]

    def around(self, anchor: Days) -> Days:
        """The measure that holds the stretch: "the week of"."""
        return anchor if isinstance(self.unit, int) else around(anchor[0], self.unit) if self.unit != "day" else anchor


def offset_of(taken: Sequence[Token]) -> Offset | None:
    """The measure that these tokens are, without what they are before or after."""
    found = Taken(taken)
    if not found:
        return None
    loose = found.one("xw", "xe")
    unit = loose.loose if loose is not None else found.one("unit", "part", "weekday", "weekdays")
    low, high = count(Taken(token for token in found if token.kind not in ("x", "xw", "xe")))
    return Offset(unit, low, high, next_to=not found.has("a", "number", "digits", "vague", "half", "dozen"))


def _before_or_after(taken: Taken, scene: Scene) -> Reading | None:
    at = next(n for n, token in enumerate(taken) if token.kind in ("before", "after", "from"))
    offset, anchor = offset_of(taken[:at]), _anchor(taken)
    if offset is None or not anchor.days:
        return None
    if taken[at].kind == "from":  # "a week from tomorrow" is a day
        by = round(offset.high * DAYS_IN[str(offset.unit)])
        return Reading(tuple(bounded(one[0] + by, one[1] + by) for one in anchor.days), anchor.grain, anchor.relative)
    sign = -1 if taken[at].kind == "before" else 1
    found = [offset.from_(one, sign) for one in anchor.days]
    return Reading(tuple(days for days, _ in found), found[0][1], anchor.relative)


def _anchor(taken: Taken) -> Reading:
    """The mention that the words hang on: the last of them."""
    found = taken[-1].value
    assert isinstance(found, Reading)
    return found


def _unit_of(taken: Taken, scene: Scene) -> Reading | None:
    """ "the week of 23 August", "the month of February"."""
    unit = "weekend" if taken.has("xe") else taken.one("unit")
    anchor = _anchor(taken)
    if unit in ("day", "hour") or not anchor.days:
        return anchor
    return Reading(tuple(around(one[0], unit) for one in anchor.days), GRAINS[unit], anchor.relative)


def _third(taken: Taken, scene: Scene) -> Reading | None:
    which, anchor = taken.one("early", "start", "mid", "late"), _anchor(taken)
    if anchor.grain == "day":
        return anchor
    grain: dict[Grain, Grain] = {"decade": "year", "year": "season", "season": "month"}
    return _narrowed(anchor, lambda days: calendar.third(days, which), grain.get(anchor.grain, "week"))


def _narrowed(anchor: Reading, narrow: Callable[[Days], Days | None], grain: Grain) -> Reading | None:
    make = anchor.floating
    found = tuple(one for days in anchor.days if (one := narrow(days)))
    again = (lambda n: narrow(days) if (days := make(n)) else None) if make else None
    return Reading(found, grain, anchor.relative, floating=again) if found or again else None


def _nth_of(taken: Taken, scene: Scene) -> Reading | None:
    """ "the first weekend of August", "the last Friday in May", "the second quarter of 2023"."""
    which = -1 if taken.has("last") else taken.one("nth")
    loose, anchor = Taken(taken[:-1]).one("xw", "xe"), _anchor(taken)
    unit: str | int = loose.loose if loose is not None else taken.one("unit", "weekday")

    def nth(days: Days) -> Days | None:
        found = _nth(days, unit, which)
        return bounded(*found) if found and days[0] - 6 <= found[0] <= days[1] else None

    return _narrowed(anchor, nth, "day" if isinstance(unit, int) else GRAINS[unit])


def _nth(days: Days, unit: int | str, which: int) -> Days | None:
    first, last = days
    if isinstance(unit, int):
        ordinal = weekday_from(last + 1, unit, -1) if which < 0 else weekday_from(first - 1, unit, which)
        return ordinal, ordinal
    if unit == "weekend":
        saturday = weekday_from(last + 1, 5, -1) if which < 0 else weekday_from(first - 1, 5, which)
        return saturday, saturday + 1
    if unit in ("day", "week"):
        length = DAYS_IN[unit]
        begin = last - length + 1 if which < 0 else first + length * (which - 1)
        return begin, begin + length - 1
    if unit in ("month", "quarter", "year"):
        start = last if which < 0 else first
        return around(start, unit, 0 if which < 0 else which - 1)
    return None


def _several_of(taken: Taken, scene: Scene) -> Reading | None:
    """ "the first three months of 2023", "the last two weeks of May"."""
    unit, anchor, number = taken.one("unit"), _anchor(taken), round(count(Taken(taken[:-1]))[1])
    if unit in ("hour", "weekend") or taken.one("nth") not in (None, 1):
        return None

    def some(days: Days) -> Days | None:
        far = _edge(days[1] if taken.has("last") else days[0], unit, -number if taken.has("last") else number)
        return (max(days[0], far + 1), days[1]) if taken.has("last") else (days[0], min(days[1], far - 1))

    return _narrowed(anchor, some, GRAINS[unit])


def _edge(ordinal: int, unit: str, number: int) -> int:
    if unit in ("month", "quarter", "year"):
        return calendar.months_later(ordinal, number * {"month": 1, "quarter": 3, "year": 12}[unit])
    return ordinal + number * DAYS_IN[unit]


def _from_to(taken: Taken, scene: Scene) -> Reading | None:
    """ "between X and Y": where only one of them has a year, it is the other's, too."""
    first, last = taken.all("x", "xw", "xe")
    one, other = _in_one_year(first, last)
    if not one or not other:
        return None
    pairs = zip(one, other, strict=True) if len(one) == len(other) else [(one[0], other[-1])]
    found = tuple((a[0], b[1]) for a, b in pairs if a[0] <= b[1])
    return Reading(found, first.grain, first.relative and last.relative) if found else None


def _in_one_year(first: Reading, last: Reading) -> tuple[tuple[Days, ...], tuple[Days, ...]]:
    if first.floating and last.days:
        year = calendar.year_of(last.days[0][0])
        made = [one for n in (year - 1, year) if (one := first.floating(n)) and one[0] <= last.days[0][1]]
        return tuple(made[-1:]), last.days
    if last.floating and first.days:
        year = calendar.year_of(first.days[0][0])
        made = [one for n in (year, year + 1) if (one := last.floating(n)) and one[1] >= first.days[0][0]]
        return first.days, tuple(made[:1])
    return first.days, last.days


_RELATIONS: dict[str, Relation] = {"since": "since", "until": "until", "by": "until", "before": "before",
                                   "after": "after"}  # fmt: skip


def _relation(taken: Taken, scene: Scene) -> Reading | None:
    return replace(_anchor(taken), relation=_RELATIONS[taken[0].kind], loose=None)


PASSES = (
    Rules(
        (f"the? (nth|last) (number|digits|vague) unit (of|in) the? {X}", _several_of),
        (f"the? (nth|last) (unit|weekday|xw|xe) (of|in) the? {X}", _nth_of),
        (f"the? (mid dash?|early in?|late in?|start of) the? {X}", _third),
        (f"the (unit|xe) of the? {X}", _unit_of),
    ),
    Rules(
        (f"about? {MEASURE} (before|after) (on|in|the)? {X}", _before_or_after),
        (f"{QUANTITY} unit from {X}", _before_or_after),
    ),
    Rules(
        (f"between {X} and {X}", _from_to),
        (f"from {X} (to|until|dash) {X}", _from_to),
        (f"{X} (dash|to|until) {X}", _from_to),
    ),
    Rules((f"(since|until|by|before|after) (about|on|the|at)? {X}", _relation)),
)


def meant(reading: Reading, today: int | None) -> tuple[Days, ...]:
    """The days that a relation to a mention means: from it on, up to it, before it or after it."""
    match reading.relation:
        case "since":
            return tuple((one[0], max(one[1], LATEST if today is None else today)) for one in reading.days)
        case "until":
            return tuple((EARLIEST, one[1]) for one in reading.days)
        case "before":
            return tuple((EARLIEST, max(EARLIEST, one[0] - 1)) for one in reading.days)
        case "after":
            return tuple((min(LATEST, one[1] + 1), LATEST) for one in reading.days)
    return reading.days
