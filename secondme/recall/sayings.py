"""How a text says who somebody is: "my sister Ana", "Ana, my sister,", "my dentist is Dr Osei", "my dog's name is Rex".

A few patterns (Hearst, 1992, on apposition), each with what it is worth. Knows texts, not who is in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache, lru_cache
from typing import NamedTuple

from secondme.recall.lexical import STOP_WORDS
from secondme.recall.names import DAYS, MONTHS, ORDINARY, words
from secondme.recall.relations import ADJECTIVES, Relation, one_of

QUOTED = 80  # characters
OURS = "my|our"
_LOOKED_BACK = 60  # characters
_PERHAPS, _LIKELY, _SURE = 1, 2, 3  # votes
_PART = r"[^\W\d_a-z][^\W\d_]+(?:-[^\W\d_]+|['’][^\W\d_a-z][^\W\d_]+)*"
_LINK = r"(?:(?:de|van|der|den|von|la|da|di|dos|del|ten|ter|le) ){0,2}"
NAME = rf"(?P<name>(?:(?:Dr|Mr|Mrs|Ms|Miss|Prof|Aunt|Uncle)\.? )?{_PART}(?: {_LINK}{_PART}){{0,2}})"
_ENDS = r"(?=[,.;:)!?–—]|$| and | who )"
_BEHIND = (
    (rf" {NAME}", _LIKELY),
    (rf", {NAME}(?=[,.;:)!?–—]|$)", _PERHAPS),
    (rf"(?: \(|: ?| = ){NAME}", _LIKELY),
    (rf",?(?: is| was)? (?:called|named) {NAME}", _SURE),
    (rf" (?:is|was) {NAME}{_ENDS}", _LIKELY),
    (rf"['’]s (?:first |full )?name (?:is|was) {NAME}", _SURE),
    (rf",? (?P<name>(?i:dr|mr|mrs|ms)\.? {_PART})", _SURE),
)
_BEFORE = (
    (rf"\b{NAME}, $", _PERHAPS, _ENDS),
    (rf"\b{NAME}(?: \(| is | was |,? who is |,? who['’]s |['’]s | [-–—] )$", _LIKELY, r"(?!['’]s)"),
)
_PLACED = re.compile(r"(?:\b(?:in|at|from|to|near|of|on|after|before|with|since)|,) $", re.IGNORECASE)
_GREETINGS = frozenset(("hi", "hey", "hello", "dear", "thanks", "sorry", "yes", "no", "ok", "oh"))


class Saying(NamedTuple):
    """A text says that it is `name`. `votes`: how much it is worth. `quote`: the words that say it."""

    name: str
    votes: int
    quote: str


def sayings(texts: Iterable[str], relation: Relation, whose: str = OURS) -> Iterator[Saying]:
    """What the texts say of who it is. One text may say it more than once. `whose` is a pattern of the words before."""
    said, entry = _said(whose, relation)
    for text in texts:
        for match in said.finditer(text):
            yield from _behind(text, match)
            yield from _before(text, match)
        if entry is not None:
            found = ((match["name"], match) for match in entry.finditer(text))
            yield from (Saying(name, _SURE, _quote(match[0])) for name, match in found)


@lru_cache(maxsize=64)
def _said(whose: str, relation: Relation) -> tuple[re.Pattern[str], re.Pattern[str] | None]:
    """ "My little sister", and the line "Dentist: …" in a list of one's own."""
    kind = one_of(relation.words)
    said = re.compile(rf"\b(?:{whose}) {ADJECTIVES}(?:{kind})(?![\w-])", re.IGNORECASE)
    listed = relation.calling and whose == OURS
    return said, re.compile(rf"(?m:^)[\s*-]*(?i:{kind}): {NAME}") if listed else None


@cache
def _patterns() -> tuple[list[tuple[re.Pattern[str], int]], list[tuple[re.Pattern[str], int, re.Pattern[str]]]]:
    """Those that match behind, and those that end where it begins. 10 ms."""
    behind = [(re.compile(pattern), votes) for pattern, votes in _BEHIND]
    return behind, [(re.compile(pattern), votes, re.compile(then)) for pattern, votes, then in _BEFORE]


def _behind(text: str, said: re.Match[str]) -> Iterator[Saying]:
    for pattern, votes in _patterns()[0]:
        if (match := pattern.match(text, said.end())) and (name := _name(match["name"])):
            yield Saying(name, votes, _quote(text[said.start() : match.end()]))


def _before(text: str, said: re.Match[str]) -> Iterator[Saying]:
    for pattern, votes, then in _patterns()[1]:
        if not then.match(text, said.end()):
            continue
        match = pattern.search(text, max(0, said.start() - _LOOKED_BACK), said.start())
        if match and (name := _name(match["name"])) and _stands_alone(text, match.start(), name):
            yield Saying(name, votes, _quote(text[match.start() : said.end()]))


def _name(found: str) -> str:
    """The name in capitalised words; "" if it begins with a day or a pronoun, or is an adverb."""
    parts = found.split()
    lead = words(parts[0])[0]
    if lead in STOP_WORDS | MONTHS | DAYS or (lead.endswith("ly") and len(parts) == 1):
        return ""
    while len(parts) > 1 and words(parts[-1])[0] in STOP_WORDS | MONTHS | DAYS:
        parts.pop()
    return " ".join(parts)


def _stands_alone(text: str, start: int, name: str) -> bool:
    """Whether capitalised words before "my sister" are no place, no greeting and no sentence's first word."""
    return words(name)[0] not in ORDINARY | _GREETINGS and not _PLACED.search(text, max(0, start - 8), start)


def _quote(said: str) -> str:
    one_line = " ".join(said.split())
    return one_line if len(one_line) <= QUOTED else f"{one_line[: QUOTED - 1]}…"
