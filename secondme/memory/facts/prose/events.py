"""When something is, and to when it is moved: "the board meeting is on January 30th", "the launch got pushed to May".

The slot is "date of" what it is, and holds one value at a time, so that a new date takes the place of the old one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from secondme.knowledge import Days
from secondme.memory.facts.prose import nouns, verbs
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found
from secondme.timewords import Mention

EVENTS = re.compile(
    r"(?:meeting|deadline|interview|appointment|birthday|exam|test|trip|flight|wedding|launch|release|party|conference|"
    r"visit|session|class|race|marathon|concert|surgery|operation|presentation|demo|event|dinner|lunch|call|review|hearing|"
    r"delivery|closing|date|day|game|match|performance|recital|graduation|ceremony|reunion|festival|workshop|webinar|talk|"
    r"show|tournament|competition|audition|checkup|check-up|submission|defense|defence|anniversary|funeral|move|due)\b",
    re.IGNORECASE,
)
_HAS_EVENT = re.compile(r"\s+(?=(?:an?|my|our|the|another)\s)")
_WHEN = re.compile(
    r"\s*(?:(?:due|scheduled|set|planned|now|again|booked|coming up|be|for|on|in|at|by|this|happening|the|is)\s+)*$"
)
_FOR = re.compile(r"\s+(?:for|with|at)\s+(?:(?:the|my|our)\s)?(?=[A-Z])")
_ON = re.compile(r"\s+(?:on\s|in\s)?$")
_SHIFTED = frozenset(("push", "postpone", "move", "reschedule", "delay", "shift", "bring", "change"))
_GOT = re.compile(r"\s*(?:been\s)?(?P<verb>\w+)(?:\s(?:back|up|out|forward|again))?\s")
_MOVED_TO = re.compile(r"\b(?:to|until|till|for|by)\s+(?:the\s)?$")
_UNTIL = re.compile(r"(?:until|till|to|for|by)\s+(?:the\s)?", re.IGNORECASE)
_FROM_TO = re.compile(r"from\s.*\s(?:to|until)\s+(?=\S)", re.IGNORECASE)


def dates(clause: Clause, times: Sequence[Mention]) -> Iterator[Found]:
    """When something is: "deadline for ACL is March 1st", "I have a board meeting on January 30th"."""
    text, (at, end) = clause.text, clause.tail
    ahead = (one for one in times if at <= one.start < end and one.relation in ("in", "until"))
    when = next(ahead, None)
    if when is None or clause.negated or clause.past:
        return
    value = when.start, min(when.end, end)
    if clause.person == "thing":
        if clause.verb == "be" and EVENTS.search(clause.who) and _WHEN.match(text, at, when.start):
            yield Found(date_of(clause.who), "event", value, True, confidence=0.85, when=_days(when))
    elif clause.verb in ("have", "get", "book", "schedule") and _HAS_EVENT.match(text, at, end):
        if event := _event(text, at, when.start):
            yield Found(date_of(event), "event", value, True, when=_days(when))
    elif clause.first and clause.verb == "start" and _ON.match(text, at, when.start):
        yield Found("date of start", "event", value, True, confidence=0.75, when=_days(when))


def _event(text: str, at: int, end: int) -> str:
    """What is on that day, and for whom: "paper deadline for ACL"."""
    event = nouns.phrase(text, at, end)
    if event is None or not EVENTS.search(text, *event):
        return ""
    named = _FOR.match(text, event[1], end)
    what = nouns.phrase(text, named.end(), end) if named else None
    return text[event[0] : what[1] if what else event[1]]


def rescheduled(clause: Clause, times: Sequence[Mention]) -> Iterator[Found]:
    """ "The board meeting got pushed to February 15th": the event is the subject, or the object of who moved it."""
    text, (at, end) = clause.text, clause.tail
    got = _GOT.match(text, at, end) if clause.verb == "get" else None
    if (verbs.guessed(got["verb"]).base if got else clause.verb) not in _SHIFTED:
        return
    for when in times:
        begin = _moved_to(text, at, when) if at <= when.start < end else None
        if begin is None:
            continue
        event = clause.who if clause.person == "thing" else _event(text, at, when.start)
        if EVENTS.search(event):
            between = _FROM_TO.match(text, when.start, when.end) is not None
            yield Found(
                date_of(event), "event", (begin, when.end), True, confidence=0.9, when=_days(when, last=between)
            )
        return


def _moved_to(text: str, at: int, when: Mention) -> int | None:
    """Where the new date begins, if something is moved to it: "to |Friday", "from Monday to |Friday"."""
    until = _UNTIL.match(text, when.start, when.end) or _FROM_TO.match(text, when.start, when.end)
    if until:
        return until.end()
    return when.start if _MOVED_TO.search(text, at, when.start) else None


def _days(when: Mention, *, last: bool = False) -> Days | None:
    if len(when.days) != 1:
        return None
    return (when.days[0][1], when.days[0][1]) if last else when.days[0]


def date_of(who: str) -> str:
    """The slot for the date of what is called so."""
    return f"date of {nouns.plain(who).removesuffix(' date').removesuffix(' due')}"
