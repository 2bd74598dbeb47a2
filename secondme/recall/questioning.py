"""Questions made from what a passage says, by rules: the answer is taken out and asked for.

    Ana: I moved to Lisbon in May       When did Ana move to Lisbon?       Where did Ana move in May?
    note: Paid €40 for the rope         How much did I pay for the rope?

Every question is kept as a `Frame`: a question word, an auxiliary, and spans of the passage. Its words are put together
when they are needed, so that a kept question holds no word of anybody's memory. English only; what would read badly is
not asked: a pronoun that says not whom it means, nothing but light words, an end that hangs in the air.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Any

from secondme.recall.lexical import stem, words
from secondme.recall.paraphrase import otherwise, shortened
from secondme.recall.phrases import (
    BROKEN_OFF,
    DANGLING,
    LEFT_BEHIND,
    LIGHT,
    MINE,
    NO_REFERENT,
    THEIRS,
)
from secondme.recall.statements import Span, root

NOWHERE: Span = (0, 0)
FIELD = "field"  # the form of what is no sentence: "Birthday: 14 September 1988"
LONGEST = 18  # words of a question
TELLING = 2  # words of weight that a shortened one keeps

_SPACE = re.compile(r"\s+")
_OF_OTHERS = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does"}  # of "I" and "we" by their name


@dataclass(frozen=True, slots=True)
class Frame:
    """A question about a passage, in spans of its text. `wh` is the question word and `head` what belongs to it ("How
    many tulips"); `person` is "i" or "we" where the speaker is the subject, and "" where `subject` is. `form` as in
    Statement. `answer` is what was taken out.
    """

    wh: str
    head: Span
    auxiliary: str
    person: str
    subject: Span
    verb: Span
    form: str
    rest: tuple[Span, ...]
    answer: Span

    def kept(self) -> list[Any]:
        """As JSON has it, without a word of the passage."""
        return list(astuple(self))

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Frame:
        """What `kept` gave. Raises ValueError or TypeError for anything else."""
        wh, head, auxiliary, person, subject, verb, form, rest, answer = kept
        spans = [_span(one) for one in (head, subject, verb, answer)]
        return cls(str(wh), spans[0], str(auxiliary), str(person), spans[1], spans[2], str(form),
                   tuple(_span(one) for one in rest), spans[3])  # fmt: skip


def _span(kept: Sequence[Any]) -> Span:
    start, end = kept
    return int(start), int(end)


# -- in words ---------------------------------------------------------------------------------------------------------


def put(frame: Frame, text: str, speaker: str) -> str:
    """The question's words, and not all of them the passage's. `speaker` is who is meant by "I"; "" is the owner, who
    asks about themselves as "I"."""
    said, rest = _said(frame, text, speaker), _rest(frame, text, speaker)
    shorter = shortened(rest)
    if len(telling(f"{said[-1]} {shorter}")) > TELLING and not _left_behind(frame, text):
        rest = shorter
    parts = [*said[:-1], otherwise(said[-1]), otherwise(rest)]
    return _SPACE.sub(" ", " ".join(filter(None, map(str.strip, parts)))).strip(" .,;:-*") + "?"


def own_words(frame: Frame, text: str) -> str:
    """The passage's own words in a question, whoever says them."""
    spans = [frame.head, frame.verb, *frame.rest, *(() if frame.person else (frame.subject,))]
    return " ".join(text[slice(*one)].strip() for one in spans)


def _said(frame: Frame, text: str, speaker: str) -> list[str]:
    """The question up to its verb, which is the last."""
    auxiliary = _OF_OTHERS.get(frame.auxiliary, frame.auxiliary) if frame.person and speaker else frame.auxiliary
    verb, head = text[slice(*frame.verb)], text[slice(*frame.head)]
    if frame.form == FIELD:
        of = text[slice(*frame.subject)]
        return [frame.wh, "is the", head.lower(), f"of {of}" if of else "", ""]
    verb = root(verb, frame.form) if auxiliary in ("did", "does") else verb
    return [frame.wh, otherwise(head), auxiliary, _subject(frame, text, speaker), verb]


def _subject(frame: Frame, text: str, speaker: str) -> str:
    if frame.person:
        return speaker or ("I" if frame.person == "i" else "we")
    said = re.sub(r"^(?:My|Our|The)\b", lambda found: found[0].lower(), text[slice(*frame.subject)])
    return otherwise(re.sub(r"^(?:my|our)\b", f"{speaker}'s", said) if speaker else said)


def _rest(frame: Frame, text: str, speaker: str) -> str:
    """What follows the verb, as others put it who speak of the speaker."""
    said = " ".join(text[slice(*one)].strip() for one in frame.rest)
    return MINE.sub(lambda found: THEIRS[found[0].lower()], said) if speaker else said


def telling(said: str) -> set[str]:
    """The stems that tell what is asked for from anything else."""
    return {stem(word) for word in words(said) if word not in LIGHT and len(word) > 1}


def reads_well(frame: Frame, text: str, speaker: str) -> bool:
    """Whether a person would ask so: it is clear whom it means, and there is something to look for."""
    said, answer = own_words(frame, text), text[slice(*frame.answer)]
    if NO_REFERENT.search(said) or "://" in said or not re.search(r"\w", answer):
        return False
    if NO_REFERENT.search(answer) and frame.wh != "Why":
        return False
    if any(BROKEN_OFF.match(text, *one) for one in frame.rest):
        return False
    if frame.rest and DANGLING.search(text, *frame.rest[-1]) and not _left_behind(frame, text):
        return False
    return bool(telling(said)) and len(put(frame, text, speaker).split()) <= LONGEST


def _left_behind(frame: Frame, text: str) -> bool:
    """Whether it ends in the preposition of what was taken out: "Who did I go with?" """
    if not frame.rest:
        return False
    start, end = frame.rest[-1]
    last = text[start:end].split()[-1:]
    return bool(last) and last[0] in LEFT_BEHIND and not text[end : frame.answer[0]].strip()
