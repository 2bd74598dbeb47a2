"""What a quote proves: whether the names, numbers, dates and words of a claim stand in the span that it quotes.

A quote proves a phrase that stands in it, a form of it that is equal (same.py), and nothing by likelihood. Grammar is
beyond it, so "3" of "3 May" proves any 3; what is asked besides is that most words of a statement are in the quote, and
that a "not" is in both or in neither.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property

from secondme.memory.facts.same import akin, dates, listed, numbers, phrase_in, readings, spelt_in, words

# words that a statement may add: they carry neither a name nor a number, and alone they claim nothing
EMPTY = listed(
    "a an the and or of to in on at by for from with as is are was were be been being am has have had having do "
    "does did will would can could should that this these those it its he she they him his her them their you "
    "your yours yourself i me my mine we us our ours who whom which what there here so than then also now about "
    "into up out own owner s t d ll re ve m"
)
# what slots are called: a statement may name it though the quote does not
_CALLED = listed(
    "price cost costs paid date birthday born birth phone mobile email address number code name called lives live "
    "living works work place size account type role job title location website note day time year age likes like "
    "event plan task going planned planning reference"
)
_NOT = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nothing|nobody|nowhere|without|cannot|hardly|\w+n['’]t)\b", re.IGNORECASE
)
_CLAUSE = re.compile(
    r"[,;:.!?\n]+\s+|\s*[()–—]\s*|\s(?:but|although|though|because|while|and|so|except)\s", re.IGNORECASE
)
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FIGURES = re.compile(r"\d[\d.,'’]*\d|\w*\d\w*")
LONGEST_READ = 20_000  # characters of a passage that is read whole for what its tenses say of its dates


@dataclass(frozen=True)
class Proof:
    """The quote `text[start:end]`, said on `day` (an ordinal, None where that is not known).

    `around` are the words around the passage, in which a statement may find its names.
    """

    text: str
    start: int
    end: int
    day: int | None
    around: str = ""

    @cached_property
    def quote(self) -> str:
        return self.text[self.start : self.end]

    @cached_property
    def words(self) -> frozenset[str]:
        return frozenset(words(self.quote))

    @cached_property
    def days(self) -> frozenset[tuple[int, int]]:
        """The stretches of days that it names, read by itself and as part of its passage, whose tenses decide."""
        found = list(dates(self.quote, self.day))
        if self.quote != self.text and len(self.text) <= LONGEST_READ:
            found += [one for one in dates(self.text, self.day) if self.start <= one.start and one.end <= self.end]
        return frozenset(days for one in found for days in (*one.days, *one.meant))

    # -- values --------------------------------------------------------------------------------------------------------

    def has(self, value: str) -> bool:
        """Whether the value is in the quote's own words, or a form of them that is equal."""
        if phrase_in(value, self.quote) or spelt_in(value, self.quote):
            return True
        named = dates(value, None) or dates(value, self.day)
        if len(named) == 1 and named[0].end - named[0].start >= len(value.strip()) - 1:
            return not self.days.isdisjoint((*named[0].days, *dates(value, self.day)[0].days))
        figures = re.fullmatch(r"[\d.,'’ ]*\d", value)
        return figures is not None and not readings(value).isdisjoint(numbers(self.quote))

    def has_days(self, event: tuple[int, int]) -> bool:
        """Whether the quote names these days: as one of its stretches, within one, or from one to another."""
        first, last = event
        if first > last:
            return False
        spanned = first in {one for one, _ in self.days} and last in {one for _, one in self.days}
        return spanned or any(begin <= first and last <= end for begin, end in self.days)

    # -- statements ----------------------------------------------------------------------------------------------------

    def missing_number(self, said: str) -> str:
        """The first number of `said` that the quote does not have; "" if it has them all."""
        for match in _FIGURES.finditer(self._without_dates(said)):
            figures = match.group().strip("_")
            bare = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", figures)
            if re.fullmatch(r"[\d.,'’]+", bare):
                proven = not readings(bare).isdisjoint(numbers(self.quote))
            else:
                proven = figures.casefold() in self.words
            if not (proven or spelt_in(figures, self.quote)):
                return figures
        return ""

    def missing_name(self, said: str, subject: str) -> str:
        """The first word with a capital that neither the quote, the subject nor what is around has; "" if none is."""
        known = self._known(subject)
        rest = self._without_dates(said)
        first = len(rest) - len(rest.lstrip(" \"'“‘(*-"))
        for match in _TOKEN.finditer(rest):
            token = match.group()
            word = (words(token) or [""])[0]
            if token == token.casefold() or word in known or word.partition("'")[0] in known | {"you"}:
                continue
            if match.start() == first and (word in EMPTY or word in _CALLED or akin(word, known)):
                continue
            return token
        return ""

    def strange(self, said: str, subject: str, slot: str) -> bool:
        """Whether most of what it says is in words that are neither in the quote nor around."""
        known = self._known(subject).union(words(slot))
        content = [word for word in words(said) if word not in EMPTY and word not in _CALLED]
        return 2 * sum(not akin(word, known) for word in content) > len(content)

    def turned(self, said: str, value: str) -> bool:
        """Whether `said` has a "not" that the quote has not, or lacks one of the part of the quote that it rests on."""
        negated = _NOT.search(f"{said} {value}") is not None
        if _NOT.search(self.quote) is None or negated:
            return negated and _NOT.search(self.quote) is None
        wanted = set(words(value or said)) - EMPTY
        parts = [part for part in _CLAUSE.split(self.quote) if part.strip()]
        return _NOT.search(max(parts, key=lambda part: len(wanted & set(words(part))), default="")) is not None

    def _known(self, subject: str) -> frozenset[str]:
        return self.words.union(words(subject), words(self.around))

    def _without_dates(self, said: str) -> str:
        """`said` without the dates that the quote names as well, in whatever words."""
        for one in reversed(dates(said, self.day)):
            if not self.days.isdisjoint(one.days):
                said = said[: one.start] + " " * (one.end - one.start) + said[one.end :]
        return said
