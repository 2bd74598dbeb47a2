"""Numbers that a clause gives to something: "we have 500 beta users", "latency is 150ms", "my rent went up to €920".

The slot is named after the thing ("number of beta users", "latency") and holds one value at a time, so that a later one
is a change. Only states and growth count as such: three books bought yesterday are not a
number of books.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.memory.facts.prose import nouns, verbs
from secondme.memory.facts.prose.events import EVENTS
from secondme.memory.facts.prose.moods import Said
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found

_WORDS = "two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|fifteen|twenty|thirty|forty|fifty|hundred|thousand"
_NUMBER = rf"(?:\d+(?:[.,]\d+)*(?:[kKMB]\b|\s(?:thousand|million|billion)\b)?\+?|(?:{_WORDS})\b)"
_COUNT = re.compile(
    rf"(?<![\w$€£.,%-])(?<!type )(?P<number>{_NUMBER})\s+"
    r"(?P<noun>(?:[a-z][\w-]*\s){0,2}?(?:[a-z][\w-]*[a-rt-z]s|people|children|staff))(?![\w-])"
)
_DOING = re.compile(r"\s[a-z]{2,}ing\b")  # another verb has that number then
_TIMES = re.compile(
    r"\b(?:years|months|weeks|days|hours|minutes|seconds|mins|hrs|times|points|percent|degrees|euros|dollars|pounds|bucks|"
    r"miles|kilometers|kilometres|km|steps|pages|more|new|of|other|things|ways|lots|kilos|meters|metres|questions|ideas|"
    r"options|tips|examples|others|always|ones)\b"
)
_HELD_WORDS = """
have be hit reach grow expand scale support serve contain employ handle train work run use cover include count own
get total manage teach lead
"""
_HELD = frozenset(_HELD_WORDS.split())
_PASSING = frozenset(("get", "use", "run", "lead", "work"))  # verbs that say so only while they go on
_UNIT = (
    r"ms|s|sec|seconds|minutes|min|hours|h|%|percent|GB|MB|TB|PB|KB|Hz|fps|kg|lbs?|km|miles?|bpm|mph|wpm|kWh|k|K|M|B|"
    r"params|points?|degrees|stars|years old"
)
_FIGURE = r"\d+(?:[.,]\d+)*"
_MONEY = rf"[$€£]\s?{_FIGURE}\s?(?:k|K|M|B|million|billion|thousand)?\b"
_VALUE = rf"(?:{_MONEY}|{_FIGURE}\s?(?:(?:{_UNIT})(?!\w)|[%€£])|\d+(?:[.,]\d+)+(?!\w))"
_IS = re.compile(
    rf"\s*(?:(?:is|now|at|to|of|about|around|currently|down|up|only|just|still|over|roughly|almost|nearly|already|from)\s+)*"
    rf"(?P<value>{_VALUE}(?:\s(?:daily|weekly|monthly|yearly|annually|(?:a|per)\s(?:day|week|month|year|hour))\b)?)"
)
_NO_NOUN = (
    r"(?!(?:on|in|off|an?|the|my|our|total|or|this|each|last|more|for|at|of|to|and|vs|by|per|with|from|but|when|now)\b)"
)
_BEFORE_NOUN = re.compile(
    rf"(?P<value>{_VALUE})\s+(?:(?:daily|weekly|monthly|average|total|mean|median)\s)?"
    rf"(?P<noun>{_NO_NOUN}[A-Za-z][\w-]*(?:\s{_NO_NOUN}[a-z][\w-]*)?)"
    r"(?:\s(?:on|in)\s(?:the\s)?(?P<on>[A-Z][\w-]*))?"
)
_RISING_WORDS = """
be reach hit drop fall rise grow increase decrease go stay get improve climb stand shrink weigh cost take process
handle have achieve see score run come total average
"""
_RISING = frozenset(_RISING_WORDS.split())


def amounts(said: Said) -> Iterator[Found]:
    """Counts and measures that a clause gives."""
    clause = said.clause
    if said.denied or said.over or (said.stance in ("plan", "guess") and clause.verb != "be"):
        return
    yield from _counts(clause)
    yield from _measures(clause)


def _counts(clause: Clause) -> Iterator[Found]:
    if clause.verb not in _HELD or (clause.verb in _PASSING and clause.past):
        return
    thing = clause.person == "thing" and not _group(clause.who)
    if thing or (clause.person == "i" and clause.verb in ("get",)):
        return
    for found in _COUNT.finditer(clause.text, *clause.tail):
        between = clause.text[clause.tail[0] : found.start()]
        if not _TIMES.search(found["noun"]) and not _DOING.search(between):
            yield Found(f"number of {found['noun'].lower()}", "other", found.span(), True, confidence=0.75)


def _group(who: str) -> bool:
    """Whether it is a group that the speaker speaks for, whose numbers are the speaker's."""
    return bool(
        re.match(
            r"(?i:our|my|the)\s(?:\w+\s)?(?:team|company|startup|group|lab|class|family|band|club|office|crew)$", who
        )
    )


def _measures(clause: Clause) -> Iterator[Found]:
    text, (at, end) = clause.text, clause.tail
    if clause.verb not in _RISING:
        return
    about = _thing(clause)
    if about and (found := _IS.match(text, at, end)) and not EVENTS.search(about):
        slot = about if clause.verb == "be" or clause.verb in _LEVELS else f"{about} {verbs.third(clause.verb)}"
        yield Found(slot, "other", found.span("value"), True, confidence=0.75)
        return
    if clause.person == "i" and clause.verb == "get" and clause.past:
        return
    if clause.verb in ("get", "have", "achieve", "reach", "hit", "see", "score", "be"):
        for found in _BEFORE_NOUN.finditer(text, at, end):
            on = f" on {found['on'].lower()}" if found["on"] else ""
            whose = f" of {about}" if about else ""
            noun = found["noun"].lower()
            if not _TIMES.search(noun):
                yield Found(f"{noun}{on}{whose}", "other", found.span("value"), True, confidence=0.7)


_LEVELS_WORDS = "reach hit drop fall rise grow increase decrease go stay get improve climb stand shrink"
_LEVELS = frozenset(_LEVELS_WORDS.split())


def _thing(clause: Clause) -> str:
    """What the clause's subject is called in a slot; "" for a person."""
    if clause.person != "thing":
        return ""
    said = nouns.plain(clause.who)
    if re.match(r"(?:on|in|at|by|for|with|after|before|from|then|last|this|others?|rest|one|total|that)\b", said):
        return ""
    return said if said and len(said.split()) <= 6 and not _group(clause.who) else ""
