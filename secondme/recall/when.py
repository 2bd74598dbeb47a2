"""What a question asks about time: which days it is about, in what order it wants them, and whether a date answers it.

"What did I read last spring?" is about March to May. "What did I cook the week before Dana's birthday?" hangs on an
event, which is looked up first (recall/happened.py).
Days steer ranking softly (`When.closeness`) and filter nothing: memory's own dates are as vague as people are.

Knows the question and the day on which it is asked, in the owner's zone; English only. Knows no stores.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from secondme.timewords import EARLIEST, LATEST, Days, Grain, Hanging, Mention, Offset, read, spelt

Order = Literal["", "earliest", "latest"]
Asks = Literal["", "date", "ago", "duration"]

# days beyond the range after which closeness has halved
HALVES: dict[Grain, float] = {"day": 3, "week": 7, "month": 15, "season": 45, "year": 120, "decade": 700}
_COARSER: tuple[Grain, ...] = ("day", "week", "month", "season", "year", "decade")
VAGUE = 0.25  # a passage of which one day in sixteen is meant is half as close as one that is meant as a whole


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened, to be looked up: `phrase`, as the question has it, and the relation of the days to it.

    `words` are the question's words for all of it: "the week before Dana's birthday".
    """

    phrase: str
    relation: Literal["since", "until", "before", "after", "on"]
    words: str
    offset: Offset | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """What an event was taken to be: its days, the passage that says so, and the days that follow for the question."""

    event: Event
    passage: str
    days: Days
    range: Days

    def __str__(self) -> str:
        """ "since I moved: since 3 March 2021"."""
        return f"{self.event.words}: {spelt(self.range)}"


@dataclass(frozen=True, slots=True)
class When:
    """What a question says of time. `ranges` are days (ordinals, inclusive), any of which is meant.

    `events` are still to be looked up, and `basis` what has been. `words` are the question's own words of time.
    """

    ranges: tuple[Days, ...] = ()
    grain: Grain = "day"
    events: tuple[Event, ...] = ()
    order: Order = ""
    asks: Asks = ""
    words: tuple[str, ...] = ()
    basis: tuple[Basis, ...] = ()

    def closeness(self, days: Iterable[Days]) -> float:
        """How near a passage is by its days (those that it speaks of, and its own): 1 within a range, towards 0 away
        from it, less where the passage itself is vague; 0 where the question names no days."""
        half = HALVES[self.grain]
        return max((_near(one, wanted, half) for one in days for wanted in self.ranges), default=0.0)


def _near(one: Days, wanted: Days, half: float) -> float:
    length = one[1] - one[0] + 1
    shared = min(one[1], wanted[1]) - max(one[0], wanted[0]) + 1
    if shared > 0:
        return float((shared / length) ** VAGUE)
    reach = wanted[1] - wanted[0] + 1 + 2 * half
    return float(2 ** ((shared - 1) / half) * min(1.0, reach / length) ** VAGUE)


# -- reading the question -------------------------------------------------------------------------------------------

_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”|(?<![\w])['‘][^'’]+(?:['’]\w[^'’]*)*['’](?!\w)")
_WEEKDAY = re.compile(r"(?:mon|tues|wednes|thurs|fri|satur|sun)day(?: \w+)?", re.IGNORECASE)
_ON = re.compile(r"\b(?:on|for|since|until|till|by|from|to|and|between)\s+$", re.IGNORECASE)
_NOT_FIRST = (r"(?!\s+(?:name|aid|class|floor|lady|language|half|place|person|grade|two|three|four|five|six|few|\d|"
              r"(?:day|week|month|year|quarter)s?)\b|-)")  # fmt: skip
_EARLIEST = re.compile(rf"(?<!at )\b(?:first{_NOT_FIRST}|earliest|oldest|originally|initially)\b", re.IGNORECASE)
_LATEST = re.compile(
    r"\b(?:latest|newest|most recent(?:ly)?|recent(?:ly)?|lately|current(?:ly)?|nowadays|these days|right now"
    r"|(?<!at )last(?!\s+(?:name|minute|words?|long|of all|resort|straw)\b|-))\b",
    re.IGNORECASE,
)
_WHICH_FIRST = re.compile(r"\b(?:first|last|earlier|later)\b.*\bor\b", re.IGNORECASE | re.DOTALL)
_AUX = r"(?:did|do|does|was|were|is|are|am|will|would|has|have|had|can|could|should|shall)"
_ASKS: tuple[tuple[Asks, re.Pattern[str]], ...] = (
    ("ago", re.compile(r"\bhow (?:long|many (?:days|weeks|months|years)) ago\b", re.IGNORECASE)),
    (
        "date",
        re.compile(
            rf"\bwhen(?:['’]s| {_AUX})\b(?! (?:i|we) \w+,)"
            r"|\b(?:what|which)(?: \w+)? (?:date|day|weekday|month|year|season)\b|\b(?:since|until|from) when\b"
            r"|\b(?:know|remember|recall|remind|tell|say|said|sure|find out|check)(?: me| us)?(?: \w+)? when\b"
            r"|^\W*(?:(?:and|so|but|ok|okay|hey)\W+)*when\b[^,]*$",
            re.IGNORECASE,
        ),
    ),
    ("duration", re.compile(r"\bhow (?:long|many (?:days|weeks|months|years)(?! an? ))\b", re.IGNORECASE)),
)
_BETWEEN = re.compile(
    r"\bbetween\s+(?:the (?:day|time|date) (?:when |that |of )?)?(?P<one>.+?)\s+and\s+"
    r"(?:the (?:day|time|date) (?:when |that |of )?)?(?P<other>.+)",
    re.IGNORECASE,
)
_TIMELY = re.compile(r"\b(?:how (?:long|many (?:days|weeks|months|years))|passed|elapsed|happen(?:ed)?|went on)\b",
                     re.IGNORECASE)  # fmt: skip
# not the full stop of "St."
_PHRASE_ENDS = re.compile(r"[?;!\n]|(?<!\b[A-Z][a-z])(?<!\b[A-Z][a-z]{2})\.(?!\w)|,(?!\d)|\s[–—-]\s"
                          r"|\s(?:what|which|who|how|where|why)\s")  # fmt: skip
_INVERTED = re.compile(r"\s(?:did|do|does)\s|\s(?:have|has|had|was|were|is|are|am|will|can) (?:i|we|you|he|she|they)\b",
                       re.IGNORECASE)  # fmt: skip
_SUBJECT = re.compile(r"(?:i|we|you|he|she|they|it|my|our)\b", re.IGNORECASE)


def asked(question: str, now: datetime) -> When:
    """What `question` says of time, asked at `now` (in the owner's zone)."""
    today = now.date()
    found, hanging = read(question, today, past=True)
    quoted = [match.span() for match in _QUOTED.finditer(question)]
    found = [one for one in found if not _within(one.start, quoted) and _is_time(one, question)]
    events = _between(question, found) or tuple(
        event for one in hanging if not _within(one.start, quoted) and (event := _event(one, question))
    )
    return When(
        _ranges(found),
        min((one.grain for one in found), key=_COARSER.index, default="day"),
        events,
        _order(question, [*quoted, *((one.start, one.end) for one in found), *_places(events, question)]),
        next((kind for kind, pattern in _ASKS if pattern.search(question)), ""),
        (*(question[one.start : one.end] for one in found), *(event.words for event in events)),
    )


def _within(at: int, spans: Iterable[tuple[int, int]]) -> bool:
    return any(start <= at < end for start, end in spans)


def _places(events: Sequence[Event], question: str) -> Iterable[tuple[int, int]]:
    return ((at, at + len(one.phrase)) for one in events if (at := question.find(one.phrase)) >= 0)


def _is_time(one: Mention, question: str) -> bool:
    """A weekday without a preposition is a kind of day ("the Sunday mass"), and no day."""
    plain = _WEEKDAY.fullmatch(question, one.start, one.end)
    return not plain or bool(_ON.search(question, 0, one.start))


def _ranges(found: Sequence[Mention]) -> tuple[Days, ...]:
    """Any of the stretches; of "after March" and "before June" what both mean."""
    closed = [days for one in found for days in one.meant if days[0] > EARLIEST and days[1] < LATEST]
    open_ = [days for one in found for days in one.meant if days not in closed]
    if open_:
        both = max(first for first, _ in open_), min(last for _, last in open_)
        closed += [both] if both[0] <= both[1] else open_
    return tuple(dict.fromkeys(closed))


def _order(question: str, taken: Sequence[tuple[int, int]]) -> Order:
    """Words that are part of a mention ("last week") or of a name wish for nothing; nor does "which came first, …"."""
    earliest = any(not _within(match.start(), taken) for match in _EARLIEST.finditer(question))
    latest = any(not _within(match.start(), taken) for match in _LATEST.finditer(question))
    if earliest == latest or _WHICH_FIRST.search(question):
        return ""
    return "earliest" if earliest else "latest"


def _between(question: str, found: Sequence[Mention]) -> tuple[Event, ...]:
    """ "How many days passed between the wedding and the day I moved?" """
    match = _BETWEEN.search(question)
    if not match or not _TIMELY.search(question) or any(match.start() <= one.start < match.end() for one in found):
        return ()
    ends = _PHRASE_ENDS.search(question, match.start("other"))
    other = question[match.start("other") : ends.start() if ends else len(question)].strip()
    words = question[match.start() : match.start("other") + len(other)]
    return Event(match["one"].strip(), "since", words), Event(other, "until", words)


def _event(one: Hanging, question: str) -> Event | None:
    """What a relation hangs on: the clause or the thing after it."""
    ends = _PHRASE_ENDS.search(question, one.end)
    phrase = question[one.end : ends.start() if ends else len(question)].strip()
    if not _SUBJECT.match(phrase) and (inverted := _INVERTED.search(phrase)):
        phrase = phrase[: inverted.start()].strip()
    phrase = re.sub(r"^(?:that|when)\s+", "", phrase)
    if len(re.findall(r"\w", phrase)) < 3 or len(phrase) > 120:
        return None
    words = question[one.start : one.end].strip()
    return Event(phrase, one.relation, f"{words} {phrase}", one.offset)
