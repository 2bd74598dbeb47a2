"""What hangs on something else than the calendar: on the mention before it, or on an event.

"We arrived on 7 May. The next day it rained": 8 May (`follow`). "the week before the wedding", "since I moved": here
only the relation is read (`hanging`); who finds out the event's day asks it for the days that are meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal

from secondme.timewords.days import Days
from secondme.timewords.grammar import Reading, Scene, Taken, letters_of, pattern
from secondme.timewords.joined import MEASURE, Offset, X, offset_of
from secondme.timewords.relative import QUANTITY
from secondme.timewords.words import Token

_FOLLOWS = re.compile(
    pattern(
        f"the next (unit|part|weekday|xw) | the (unit|part|xw|xe|weekday) (before|after) (?=stop|comma|mark|and|$)"
        f"| (about|at)? {QUANTITY} (unit|part) (earlier | (before|after) (?=stop|comma|mark|and|$))"
    )
)
_EVENT = f"(?!the? {X}|stop|mark|comma|dash|$)"
_HANGS = re.compile(
    pattern(
        f"((on|in|at)? (about|at)? {MEASURE})? (before|after|since|until) {_EVENT}"
        f"| (on|in|at)? the (unit|xe|part) of? {_EVENT} | during {_EVENT}"
    )
)
# who did something on "the day I moved", "the week my parents came"
_SUBJECT = re.compile(r"\s*(?:that\s+)?(?:i|we|he|she|they|you|my|our|his|her|their|your)\b", re.IGNORECASE)
_NO_EVENT = re.compile(
    r"\s*(?:all|that|this|long|now|then|noon|midnight|which|what|when|it|each|every|and|or|breakfast|lunch|dinner|supper"
    r"|tea|bed|bedtime|work|school|class|dark|sunset|sunrise)\b|\s*\d",
    re.IGNORECASE,
)
_NO_RELATION = re.compile(r"\b(?:look(?:s|ed|ing)?|nam(?:e|ed|ing)|call(?:ed)?|tak(?:e|es|ing)|took|go|goes|going|went"
                          r"|ask(?:s|ed|ing)?|run|ran|like|never|clean(?:s|ed|ing)?)\s+$", re.IGNORECASE)  # fmt: skip


def follow(tokens: list[Token], scene: Scene) -> list[Token]:
    """Resolve "the next day", "two weeks later", "the week before" against the mention before them. Without one, what
    lies "before" is taken as before the text's own day."""
    made: list[Token] = []
    done = 0
    for match in _FOLLOWS.finditer(letters_of(tokens)):
        taken = Taken(tokens[match.start() : match.end()])
        sign = -1 if taken.has("before") or taken.one("earlier") == "earlier" else 1
        anchor = _before([*made, *tokens[done : match.start()]], scene, sign)
        offset = offset_of([token for token in taken if token.kind not in ("next", "before", "after", "earlier")])
        if anchor is None or offset is None:
            continue
        days, grain = offset.from_(anchor, sign)
        made += tokens[done : match.start()]
        made.append(Token(taken[0].start, taken[-1].end, "x", Reading((days,), grain, True)))
        done = match.end()
    return [*made, *tokens[done:]] if done else tokens


def _before(tokens: Sequence[Token], scene: Scene, sign: int) -> Days | None:
    for token in reversed(tokens):
        if isinstance(token.value, Reading) and token.value.days:
            return token.value.days[0]
    return (scene.today, scene.today) if scene.today is not None and sign < 0 else None


@dataclass(frozen=True, slots=True)
class Hanging:
    """A relation to something that is no mention of time. `start` and `end` are the words of the relation ("since",
    "the week before", "on the day of"); the event begins after them."""

    start: int
    end: int
    relation: Literal["since", "until", "before", "after", "on"]
    offset: Offset | None = None


def hanging(tokens: Sequence[Token], text: str) -> Iterator[Hanging]:
    """The relations among tokens in which all mentions have been taken together."""
    for match in _HANGS.finditer(letters_of(tokens)):
        taken = Taken(tokens[match.start() : match.end()])
        start, end, last = taken[0].start, taken[-1].end, taken[-1].kind
        if _NO_EVENT.match(text, end) or _NO_RELATION.search(text, max(0, start - 12), start):
            continue
        measure = [token for token in taken if token.kind not in _RELATIONS]
        offset = offset_of(measure[next((n for n, t in enumerate(measure) if t.kind not in ("on", "in")), 0) :])
        if last in ("before", "after"):
            yield Hanging(start, end, "before" if last == "before" else "after", offset)
        elif last in ("since", "until"):
            yield Hanging(start, end, "since" if last == "since" else "until")
        elif last in ("of", "during") or _SUBJECT.match(text, end):
            yield Hanging(start, end, "on", offset if last != "during" else None)


_RELATIONS = ("before", "after", "since", "until", "of", "during")
