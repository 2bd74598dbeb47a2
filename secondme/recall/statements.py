"""English sentences read as statements that can be turned into questions: who, did what, and what follows.

    Last week | I       | went | to the pride parade | and it was wonderful
    lead      | subject | verb | tail                | not read any more

Shallow on purpose: a sentence is taken only where its subject stands at its beginning and the next words are a verb,
and most sentences are not taken. All places are spans of the text, so that a question can be kept without a word of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from secondme.recall.lexical import STOP_WORDS
from secondme.recall.phrases import (
    AUXILIARIES,
    CLAUSE_ENDS,
    FIRST_PERSON,
    JOINING,
    LATER_FIRST_PERSON,
    LEAD,
    NEGATIONS,
    NO_DEED,
    NO_SUBJECT,
    PAST_TOO,
    SPOKEN_TO,
    THIRD,
    adverb,
)
from secondme.recall.verbs import BASES, base, participle
from secondme.sentences import sentences
from secondme.timewords import Mention, mentions

Span = tuple[int, int]
SUBJECT_WORDS = 5  # of "my sister's flat in Ghent"
WITHIN = 90  # characters in which a subject and its verb stand
LONGEST_TAIL = 14  # words

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_BROKEN = re.compile(r"[^\w\s’'&.-]")  # no subject goes over these
_BEFORE_LEADING_TIME = re.compile(r"(?:(?:on|in|at)\s)?")
_BE = frozenset(("am", "is", "are", "was", "were"))


@dataclass(frozen=True, slots=True)
class Statement:
    """One clause. `subject` is where "I", "we" (then `person` says which) or somebody else stands; a note's subject may
    be left out ("Paid €40"), and is "i" then. `auxiliary` is what a question has after its question word ("did", "is",
    "will"); `verb` is the main verb, empty for a plain "be", and `form` how it stands: "past", "third" or "as is".
    `start` and `end` are the sentence's, `times` the mentions of time in it.
    """

    start: int
    end: int
    subject: Span
    person: str
    auxiliary: str
    verb: Span
    form: str
    tail: Span
    times: tuple[Mention, ...]

    def deed(self, text: str) -> str:
        """What is done: the base of the verb."""
        return root(text[slice(*self.verb)], self.form) or "be"


def statements(text: str, day: date | None = None) -> Iterator[Statement]:
    """The statements in a text that was written on that day, in order."""
    for start, end in sentences(text):
        if not text[start:end].rstrip().endswith("?"):
            times = [replace(t, start=t.start + start, end=t.end + start) for t in mentions(text[start:end], day)]
            if (found := _Reading(text, start, end, tuple(times)).statement()) is not None:
                yield found


def root(verb: str, form: str) -> str:
    """The verb as a question has it after "did" or "does"."""
    lowered = verb.casefold()
    return base(lowered) if form == "past" else THIRD.get(lowered, lowered) if form == "third" else lowered


@dataclass(frozen=True, slots=True)
class _Reading:
    """One sentence, read from left to right."""

    text: str
    start: int
    end: int
    times: tuple[Mention, ...]

    def statement(self) -> Statement | None:
        at = self._after_lead()
        first = FIRST_PERSON.match(self.text, at, self.end) or LATER_FIRST_PERSON.search(self.text, at, self.end)
        if first:
            return self._deed(first.span(1), first[1].lower(), first[2] or "")
        return self._of_another(at)

    def _after_lead(self) -> int:
        """Where the subject stands: behind interjections, names that are spoken to, and a time that comes first."""
        at = self.start
        while True:
            begin = at
            at = found.end() if (found := LEAD.match(self.text, at, self.end)) else at
            for time in self.times:
                if time.start >= at and _BEFORE_LEADING_TIME.fullmatch(self.text.lower(), at, time.start):
                    at = time.end
                    while at < self.end and self.text[at] in " ,":
                        at += 1
            at = found.end() if (found := SPOKEN_TO.match(self.text, at, self.end)) else at
            if at == begin:
                return at

    # -- the subject --------------------------------------------------------------------------------------------------

    def _of_another(self, at: int) -> Statement | None:
        """A subject that is no pronoun: a name, "my sister", "the boiler"; or none at all: "Paid €40 for the rope"."""
        words = self._words(at)[: SUBJECT_WORDS + 1]
        if not words or words[0].start() > at:
            return None
        head = words[0][0]
        if head[0].isupper() and _is_past(head) and not (len(words) > 1 and _finite(words[1][0])):
            return self._deed((at, at), "i")
        if head.casefold() in NO_SUBJECT or head.endswith(("ly", "ing")):
            return None
        if not (head[0].isupper() or head.casefold() in ("my", "our", "the")):
            return None
        for before, word in pairwise(words):
            if _BROKEN.search(self.text, before.end(), word.start()) or word[0].casefold() in JOINING:
                return None
            if _finite(word[0]) and (before is not words[0] or self._alone(head, word)):
                return self._deed((at, before.end()), "")
        return None

    def _alone(self, head: str, verb: re.Match[str]) -> bool:
        """Whether that one word is the subject: not in "The | measured time is", nor in "Boil | salted water"."""
        if head.casefold() in ("my", "our", "the"):
            return False
        following = _WORD.match(self.text, verb.end() + 1)
        return not verb[0].endswith("ed") or not following or not following[0].islower() or following[0] in STOP_WORDS

    def _words(self, at: int) -> list[re.Match[str]]:
        return list(_WORD.finditer(self.text, at, min(self.end, at + WITHIN)))

    # -- the verb -----------------------------------------------------------------------------------------------------

    def _deed(self, subject: Span, person: str, contracted: str = "") -> Statement | None:
        """Reads on behind the subject: an auxiliary, if any, and the verb. `contracted` is the "ve" of "I've"."""
        begin = subject[1] + (1 + len(contracted) if contracted else 0)
        words = self._words(begin)
        if any(word[0].casefold() in NEGATIONS or word[0].casefold().endswith(("n't", "n’t")) for word in words[:4]):
            return None
        told = [word for word in words if not adverb(word[0])]
        if not told:
            return None
        first = told[0][0].casefold()
        auxiliary, rest = AUXILIARIES.get(contracted or first, ""), told if contracted else told[1:]
        perfect = auxiliary == "have" or (not contracted and first in ("have", "has", "had"))
        if perfect and rest and participle(rest[0][0]) and rest[0][0].casefold() not in BASES - {"become", "come"}:
            return self._made(subject, person, auxiliary or first, _extended(rest))
        if auxiliary == "have" or (auxiliary and not rest):
            return None
        if auxiliary:
            after = begin if contracted else told[0].end()
            verb = rest[0].span() if _verbal(auxiliary, rest[0][0]) else (after, after)
            return self._made(subject, person, auxiliary, verb)
        return self._plain(subject, person, told[0])

    def _plain(self, subject: Span, person: str, verb: re.Match[str]) -> Statement | None:
        """A verb without an auxiliary."""
        lowered = verb[0].casefold()
        if base(lowered):
            return self._made(subject, person, "did", verb.span(), "past")
        if lowered in THIRD and not person:
            return self._made(subject, person, "does", verb.span(), "third")
        if person and verb[0].islower() and verb[0].isalpha():
            return self._made(subject, person, "do", verb.span())
        return None

    def _made(self, subject: Span, person: str, auxiliary: str, verb: Span, form: str = "as is") -> Statement | None:
        deed = root(self.text[slice(*verb)], form)
        tail = self._tail(verb[1])
        if deed in NO_DEED or tail[0] == tail[1]:
            return None
        return Statement(self.start, self.end, subject, person, auxiliary, verb, form, tail, self.times)

    def _tail(self, at: int) -> Span:
        """What follows the verb, to the end of the clause; a mention of time and a number are never cut."""
        ends = (found.start() for found in CLAUSE_ENDS.finditer(self.text, at, self.end) if not self._within(found))
        stop = next(ends, self.end)
        words = list(_WORD.finditer(self.text, at, stop))
        if len(words) > LONGEST_TAIL:
            stop = words[LONGEST_TAIL - 1].end()
            stop = next((time.start for time in self.times if time.start < stop < time.end), stop)
        while stop > at and self.text[stop - 1] in " .,!":
            stop -= 1
        return at, stop

    def _within(self, found: re.Match[str]) -> bool:
        """Whether it is in the middle of a mention of time, or of a number."""
        at = found.start()
        if any(time.start < at < time.end for time in self.times):
            return True
        return self.text[at] in ".,:" and self.text[at - 1].isdigit() and self.text[at + 1 : at + 2].isdigit()


def _extended(rest: Sequence[re.Match[str]]) -> Span:
    """ "been" with what has been going on."""
    more = len(rest) > 1 and rest[0][0].casefold() == "been" and _verbal("is", rest[1][0])
    return rest[0].start(), (rest[1] if more else rest[0]).end()


def _verbal(auxiliary: str, word: str) -> bool:
    """Whether the word after the auxiliary is the verb: "am going", "was invited", "will bring"."""
    return auxiliary not in _BE or word.casefold().endswith("ing") or participle(word)


def _finite(word: str) -> bool:
    lowered = word.casefold()
    return lowered in AUXILIARIES or lowered in THIRD or lowered == "had" or _is_past(word)


def _is_past(word: str) -> bool:
    lowered = word.casefold()
    return bool(base(lowered)) and lowered not in PAST_TOO
