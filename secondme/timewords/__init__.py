"""Dates and stretches of time in English text, as days of the calendar.

`mentions` finds them with their place in the text and the days that are meant: "7 May 2023", "07/05/2023" (both
readings), "in May", "last Friday", "two weeks ago", "the Sunday before 25 May 2023", "between 3 and 9 June". Words such
as "yesterday" are read against a given day, and never against the clock of the machine. A text's words become kinds
(words), on which rules work in passes: what names its place in the calendar (absolute), what hangs on the given day
(relative), what is made of other mentions (joined), and what hangs on the mention before or on an event (hanging).

Knows English, one text and one day at a time; nothing of passages, stores or questions. Most texts mention no time, and
are passed over in microseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from secondme.timewords import days as calendar
from secondme.timewords import hanging as _hanging
from secondme.timewords.absolute import ABSOLUTE
from secondme.timewords.days import EARLIEST, LATEST, Days
from secondme.timewords.grammar import Grain, Reading, Relation, Scene
from secondme.timewords.hanging import Hanging
from secondme.timewords.joined import PASSES, Offset, meant
from secondme.timewords.relative import RELATIVE
from secondme.timewords.words import MONTHS, WEEKDAYS, Token, tokens, windows

__all__ = ["EARLIEST", "GRAMMAR", "LATEST", "Days", "Grain", "Hanging", "Mention", "Offset", "days_in", "in_words",
           "mentions", "read", "spelt"]  # fmt: skip

GRAMMAR = "1"  # raise it when texts come out otherwise: what ledgers hold of them is then made anew


@dataclass(frozen=True, slots=True)
class Mention:
    """A mention of time: `text[start:end]`, with the days of what it names, one stretch for each possible reading.

    `meant` is those days with the relation counted in: "since March" runs from March to the given day, "before May"
    from the beginning of the calendar (EARLIEST) to April. `relative`: it depends on the given day.
    """

    start: int
    end: int
    days: tuple[Days, ...]
    grain: Grain
    relative: bool
    relation: Relation
    meant: tuple[Days, ...]


def mentions(text: str, today: date | None = None, *, past: bool = False) -> list[Mention]:
    """All mentions of time in `text`, in order, none within another.

    `today` is the day on which it was written; without it relative words mean nothing. Where neither a year nor a tense
    decides, "in May" is the nearest one, with `past` the last one.
    """
    parts = windows(text)
    if not parts:
        return []
    scene = Scene(text, today.toordinal() if today else None, past)
    return [_mention(token, scene) for token in _taken_together(tokens(text, parts), scene) if _says(token)]


def read(text: str, today: date | None = None, *, past: bool = False) -> tuple[list[Mention], list[Hanging]]:
    """The mentions, and the relations to events ("since I moved") that are left between them."""
    scene = Scene(text, today.toordinal() if today else None, past)
    found = _taken_together(tokens(text, [(0, len(text))]), scene)
    return [_mention(token, scene) for token in found if _says(token)], list(_hanging.hanging(found, text))


def _says(token: Token) -> bool:
    return isinstance(token.value, Reading) and bool(token.value.days)


def _taken_together(found: list[Token], scene: Scene) -> list[Token]:
    for rules in (ABSOLUTE, RELATIVE):
        found = rules.apply(found, scene)
    if not any(isinstance(token.value, Reading) for token in found):
        return _hanging.follow(found, scene)
    for rules in PASSES[:2]:
        found = rules.apply(found, scene)
    found = _hanging.follow(found, scene)
    for rules in PASSES[2:]:
        found = rules.apply(found, scene)
    return found


def _mention(token: Token, scene: Scene) -> Mention:
    reading = token.value
    assert isinstance(reading, Reading)
    stretches = meant(reading, scene.today)
    return Mention(token.start, token.end, reading.days, reading.grain, reading.relative, reading.relation, stretches)


def days_in(text: str, today: date | None = None) -> tuple[Days, ...]:
    """The days that a text speaks of, each stretch once, in order: "since March" up to the given day, of "before May"
    and the like the days that are named."""
    found = mentions(text, today)
    return tuple(
        sorted({days for one in found for days in (one.meant if one.relation == "since" and today else one.days)})
    )


def spelt(days: Days) -> str:
    """A stretch as people write it: "3 March 2021", "March 2021", "2021", "3 March 2021 to 9 June 2021"."""
    first, last = (date.fromordinal(one) for one in days)
    if days[0] == EARLIEST:
        return f"until {_day(last)}"
    if days[1] == LATEST:
        return f"since {_day(first)}"
    if days == calendar.year(first.year):
        return str(first.year)
    if days == calendar.month(first.year, first.month):
        return f"{MONTHS[first.month - 1].title()} {first.year}"
    return _day(first) if first == last else f"{_day(first)} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {MONTHS[day.month - 1].title()} {day.year}"


def in_words(day: date) -> str:
    """A date as people write it, so that a question's "May" or "Monday" meets it: "Monday 4 May 2026"."""
    return f"{WEEKDAYS[day.weekday()].title()} {_day(day)}"
