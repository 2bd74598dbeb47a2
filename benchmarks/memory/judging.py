"""Whether a text says what is so now, what was so before, or neither: by differing words, no model.

An update is told from an expected memory and the one that it contradicts, or from a test's right and wrong answers.
Words here are content words, stemmed (Porter2), compounds also by their parts; general words ("use", "work", "new") and
the verbs that only say that something changed ("switched", "promoted") tell nothing.

    new     what the right answer and the memories required for it both say, and neither the wrong answer nor the
            question does; of a pair of memories, what only the later one says
    old     what only the wrong answer says, or only the earlier memory; what the right one mentions as past counts as
            old ("from X", "instead of X", "no longer X", "originally X but", "(was X)")

A text has a value if it has at least half of the value's words. It is *current* if it has the new value, whatever else
it says, and *outdated* if it has the old one and not the new one.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from secondme.recall.lexical import STOP_WORDS, stem

COVERED = 0.6  # of an expected memory's content words, in a fact or a passage
HALF = 0.5  # of a value's words
Verdict = Literal["current", "outdated", "neither"]

_SAYING = frozenset({"done", "only"})  # stop words that can be all that an update says
_GENERAL_WORDS = """
use using used base based work working have having new now current currently previous previously original originally
final switch switched switching move moved moving change changed migrate migrated migrating promote promoted pivot
pivoted upgrade upgraded update updated become became replace replaced yes no name called user still
"""
_GENERAL = frozenset(map(stem, _GENERAL_WORDS.split()))
_WORD = re.compile(r"[\w$€£%]+(?:[-'’.][\w%]+)*")
_SHORTENED = re.compile(r"['’](?:s|re|ll|ve|d|m)$")
_UP_TO = r"(?:(?!\b(?:to|but)\b)[^.,;:!?()—–]|\.(?=\d)){1,%d}"
_PAST = re.compile(
    rf"\b(?:from|instead of|rather than|no longer)\s+{_UP_TO % 30}|\boriginally\s+{_UP_TO % 40}|\(was [^)]*\)", re.I
)
_REFUSING = re.compile(
    r"\b(?:(?:don['’]t|do not|can['’]t|cannot|didn['’]t) (?:\w+ )?(?:recall|remember|know|have)|not sure)"
)


def content(text: str) -> frozenset[str]:
    """The stems of a text's content words."""
    found = set[str]()
    for word in _WORD.findall(text.casefold()):
        for part in {word, *word.split("-")}:
            bare = _SHORTENED.sub("", part.strip("$€£%'’."))
            if bare and (bare in _SAYING or not {bare, stem(bare)} & STOP_WORDS) and bare[-3:] not in ("n't", "n’t"):
                found.add(stem(bare))
    return frozenset(found)


def without_past(text: str) -> str:
    """A text without what it says was so before."""
    return _PAST.sub(" ", text)


def share(wanted: frozenset[str], text: str) -> float:
    """The share of the stems that the text has; 0 if there are none."""
    return len(wanted & content(text)) / len(wanted) if wanted else 0.0


def covered(expected: str, text: str) -> bool:
    """Whether a fact or a passage says what was expected: most of its words, and all of its numbers."""
    wanted = content(expected)
    numbers = {word for word in wanted if word[:1].isdigit()}
    return share(wanted, text) >= COVERED and numbers <= content(text)


@dataclass(frozen=True, slots=True)
class Values:
    """The words that tell what is so now from what was so before. Without `old` nothing was."""

    new: frozenset[str]
    old: frozenset[str]

    @property
    def differ(self) -> bool:
        return bool(self.new and self.old)

    def verdict(self, text: str) -> Verdict:
        if share(self.new, text) >= HALF:
            return "current"
        return "outdated" if share(self.old, without_past(text)) >= HALF else "neither"


def of_test(question: str, right: str, wrong: str, required: Sequence[str]) -> Values:
    """The values that a test is about. A wrong answer that only refuses has no old value."""
    asked, now = content(question) | _GENERAL, content(without_past(right))
    said = content(without_past(". ".join(required)))
    false = frozenset() if _REFUSING.search(wrong.casefold()) else content(wrong)
    new = (now & said) - false - asked or now - false - asked
    return Values(new, false - now - asked)


def of_update(now: str, before: str) -> Values:
    """The values of a memory and of the one that it contradicts."""
    later, earlier = content(without_past(now)), content(before)
    return Values(later - earlier - _GENERAL or later - earlier, earlier - later - _GENERAL or earlier - _GENERAL)


def asking(now: str, before: str, kind: str) -> str:
    """A question about an update that leans to neither side: the words that both memories have, except numbers, or else
    the memory's kind ("location_update": "location")."""
    names = [word for word in _WORD.findall(now) if not word.lstrip("$€£")[:1].isdigit()]
    shared = [word for word in names if content(word) and content(word) <= content(before)]
    about = " ".join(dict.fromkeys(shared)) or kind.removesuffix("_update").replace("_", " ")
    return f"What is it now: {about}?"


def resolved(texts: Iterable[str], values: Values) -> bool:
    """Whether of the texts, best first, one that is current comes before every one that is outdated."""
    verdicts = map(values.verdict, texts)
    return next((verdict for verdict in verdicts if verdict != "neither"), None) == "current"


def right(answer: str, values: Values) -> bool:
    """Whether an answer has the new value and does not claim the old one."""
    return share(values.new, answer) >= HALF and share(values.old, without_past(answer)) < HALF


def tells(answer: str, question: str, aside: str) -> bool:
    """Whether an answer tells what was said in passing: half of the words of `aside` that the question has not."""
    return share(content(aside) - content(question) - _GENERAL, answer) >= HALF
