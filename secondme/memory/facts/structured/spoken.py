"""Sentences in the writer's own words that have a value in them, and the words that say whose it is.

"my phone number" is the speaker's, "Dana's birthday" is Dana's; "his number" is somebody's who is not named here, and
is nobody's. Quoted lines and code are left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from secondme.knowledge import Claim, Kind, Told
from secondme.memory.facts.same import listed
from secondme.memory.facts.saying import claim, is_said
from secondme.memory.facts.structured.lines import lines
from secondme.sentences import sentences

LONGEST = 500  # characters of a sentence
NAME = r"[A-ZÀ-Þ][\w’'-]*[^\W\d_](?:\s+[A-ZÀ-Þ][\w’'-]*[^\W\d_]){0,2}"
WHOSE = rf"(?:(?P<own>\b(?:[Mm]y|[Oo]ur))|(?P<name>\b{NAME})['’]s?)\s+"
WHO = rf"(?:(?P<own>\b(?:I|[Ww]e))|(?P<name>\b{NAME}))"
IS = r"\s*(?:is(?:\s+now)?|are|was|=|:|will\s+be)\s+(?:on\s+|now\s+|at\s+)?"
_NO_NAMES = listed(
    "i he she it we they the a an this that his her my our your who and but so as if when what mr mrs ms dr today "
    "yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday"
)
_MARKS = " \t\n-*+•–#[]xX✓0123456789.)"  # what may stand between two lines of the writer's own


@dataclass(frozen=True, slots=True)
class Said:
    """A sentence: `text` is the passage's between `start` and `end`."""

    told: Told
    start: int
    end: int
    text: str

    def whose(self, match: re.Match[str]) -> str:
        """Whose it is by the words of a match of WHOSE or WHO; "" if that is nobody who is named."""
        if match["own"]:
            return self.told.subject
        name = match["name"] or ""
        return "" if not name or name.split()[0].casefold() in _NO_NAMES else name

    def claim(
        self, who: str, slot: tuple[str, Kind, bool], value: str, shown: str = "", statement: str = ""
    ) -> Iterator[Claim]:
        """The claim that `who` has the value in the slot (name, kind, single), if they are anybody."""
        name, kind, single = slot
        if who:
            yield claim(
                self.told, (self.start, self.end), who, kind, statement or is_said(who, name, shown or value),
                slot=name.casefold(), value=value, single=single, confidence=0.85,
            )  # fmt: skip


def said(told: Told) -> Iterator[Said]:
    """The sentences that have a figure or an address in them."""
    others = _not_own(told.text)
    for start, end in sentences(told.text):
        if end - start > LONGEST or any(begin <= start < stop for begin, stop in others):
            continue
        text = told.text[start:end]
        if "@" in text or any(character.isdigit() for character in text):
            yield Said(told, start, end, text)


def _not_own(text: str) -> list[tuple[int, int]]:
    """The spans of code and quotes, which no line of the writer's own covers."""
    found, at = [], 0
    for start, end in [*((line.start, line.end) for line in lines(text)), (len(text), len(text))]:
        if text[at:start].strip(_MARKS):
            found.append((at, start))
        at = end
    return found


def named(word: str) -> bool:
    """Whether a word may begin a name, or what a thing is called."""
    return word.casefold() not in _NO_NAMES
