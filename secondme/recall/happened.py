"""When the event was that a question's days hang on: "since I moved", "the week before Dana's birthday".

Looks the event up through whatever search it is given, takes the day of the first passage that has one, and says which
passage that was. What comes every year is taken as the last time it came, or the next if the question looks ahead.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date, datetime

from secondme.recall.when import Basis, Event, When
from secondme.timewords import EARLIEST, LATEST, Days, Grain

Found = tuple[str, Sequence[Days], int | None]  # a passage, the days that it speaks of, and its own day
Find = Callable[[str], Sequence[Found]]

_WIDEST = 400  # days; a wider mention does not tell when an event was
_YEARLY = re.compile(r"\b(?:birthdays?|anniversary|name ?day|jubilee)\b", re.IGNORECASE)
_COMING = re.compile(r"\b(?:will|shall|should|going to|need to|have to|upcoming|next|am i \w+ing|are we \w+ing)\b",
                     re.IGNORECASE)  # fmt: skip


def resolve(when: When, find: Find, now: datetime, question: str = "") -> When:
    """Look the events up: `find` gives passages for a phrase, best first. The first that has a day is taken.

    What is not found leaves no range. Days that the question names besides narrow what the event gives.
    """
    today = now.date().toordinal()
    ahead = bool(_COMING.search(question))
    basis = [made for event in when.events if (made := _based(event, find, when.ranges, today, ahead))]
    if not basis:
        return replace(when, events=())
    basis = _joined(basis)
    ranges = tuple(dict.fromkeys(one.range for one in basis))
    narrowed = tuple(
        (max(a[0], b[0]), min(a[1], b[1])) for a in ranges for b in when.ranges if a[0] <= b[1] and b[0] <= a[1]
    )
    grain: Grain = "day" if all(one.range[1] - one.range[0] < 3 for one in basis) else "week"
    return replace(when, ranges=narrowed or ranges, grain=grain, events=(), basis=tuple(basis))


def _joined(basis: list[Basis]) -> list[Basis]:
    """Of "between one and the other" the days from the one to the other."""
    if len(basis) == 2 and basis[0].event.words == basis[1].event.words:
        first, last = min(one.days[0] for one in basis), max(one.days[1] for one in basis)
        return [replace(one, range=(first, last)) for one in basis]
    return basis


def _based(event: Event, find: Find, named: Sequence[Days], today: int, ahead: bool) -> Basis | None:
    for passage, days, own in find(event.phrase):
        precise = sorted((one for one in days if one[1] - one[0] <= _WIDEST), key=lambda one: one[1] - one[0])
        happened = precise[0] if precise else (own, own) if own is not None else None
        if happened is None:
            continue
        if _YEARLY.search(event.phrase):
            happened = _this_year_s(happened, named, today, ahead)
        return Basis(event, passage, happened, _range(event, happened, today))
    return None


def _this_year_s(happened: Days, named: Sequence[Days], today: int, ahead: bool) -> Days:
    """A birthday comes every year: the one in the days that are named, else the last one, or the next if that is what
    is asked about."""
    born, length = date.fromordinal(happened[0]), happened[1] - happened[0]
    this = date.fromordinal(today).year
    every = []
    for year in range(max(this - 100, 1), min(this + 3, date.max.year + 1)):
        leap = born.month == 2 and born.day == 29
        first = date(year, born.month, 28 if leap else born.day).toordinal()
        every.append((first, min(first + length, LATEST)))
    for one in reversed(every):
        if any(first <= one[0] <= last for first, last in named):
            return one
    if ahead:
        return next((one for one in every if one[1] >= today), happened)
    return next((one for one in reversed(every) if one[0] <= today), happened)


def _range(event: Event, happened: Days, today: int) -> Days:
    first, last = happened
    match event.relation:
        case "before":
            return event.offset.from_(happened, -1)[0] if event.offset else (EARLIEST, max(EARLIEST, first - 1))
        case "after":
            return event.offset.from_(happened, 1)[0] if event.offset else (min(LATEST, last + 1), LATEST)
        case "since":
            return first, max(first, today)
        case "until":
            return EARLIEST, last
    return event.offset.around(happened) if event.offset else happened
