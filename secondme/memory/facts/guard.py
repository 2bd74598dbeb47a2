"""The gate before memory: why a claim may not become a fact. One gate for rules and models alike.

A claim passes if its quote stands in the passage word for word, if the quote proves what it says (proof.py), and if it
says something, about somebody, that may be kept. It knows nothing of whether a claim is true, new or useful. What it
refuses can be said again; what it lets pass becomes memory, and a memory of what nobody said is worse than one that is
missing (the first of HaluMem's measures, 2025).
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from secondme.knowledge import KINDS, OWNER, Claim, Told
from secondme.memory.facts.proof import EMPTY, Proof
from secondme.memory.facts.same import listed, phrase_in, words
from secondme.memory.facts.secret import secret

OTHER_DAYS = "The quote does not name those days."
LONGEST_STATEMENT, LONGEST_QUOTE = 500, 1_500  # characters
_NOBODY = listed(
    "i me my we us you he him she her they them it this that these those who someone somebody anyone anybody "
    "everyone everybody nobody noone user speaker author person people one others unknown none null"
)
_SMALL_TALK = re.compile(
    r"(?:hi|hello|hey|dear|thanks?(?: you)?|thank you|ok(?:ay)?|yes|no|yeah|sure|bye|cheers|regards|best|kind regards"
    r"|sunny regards|good (?:morning|evening|night|afternoon|luck)|sorry|welcome|congrat\w*|happy \w+|love|lol|haha+"
    r"|great|nice|cool|please|see you|talk soon|take care|well done)\b(?:\W+\w+){0,3}\W*",
    re.IGNORECASE,
)


def refused(claim: Claim, told: Told) -> str | None:
    """Why a claim that was read from `told` may not become a fact; None if it may."""
    return refusal(claim, told.text, around(told))


def around(told: Told) -> str:
    """What stands around a passage and may name whom it is about: title, headings, speaker, people."""
    return "\n".join((told.title, told.context, told.speaker, told.before, *(name for name, _, _ in told.people)))


def refusal(claim: Claim, text: str, around: str = "") -> str | None:
    """Why `claim`, read from the passage `text`, may not become a fact: a short sentence; None if it may.

    `around` are the words around the passage: a name in a statement, and the subject, may come from there; the value,
    numbers and dates may not.
    """
    for reason in _reasons(claim, text, around):
        return reason
    return None


def _reasons(claim: Claim, text: str, around: str) -> Iterable[str]:
    quote = claim.quote
    if not quote.text.strip() or not 0 <= quote.start < quote.end <= len(text):
        yield "The quote is no span of the passage."
    elif text[quote.start : quote.end] != quote.text:
        yield "The quote is not what the passage says there."
    elif len(quote.text) > LONGEST_QUOTE or max(len(claim.statement), len(claim.value)) > LONGEST_STATEMENT:
        yield "It is too long for one fact."
    elif claim.kind not in KINDS:
        yield "It is of no known kind."
    elif claim.trust == "machine" and claim.subject == OWNER:
        yield "A machine wrote it, and it is about the owner."
    else:
        yield from _about(claim, text, around)
        yield from _junk(claim)
        yield from _unsaid(claim, Proof(text, quote.start, quote.end, claim.day, around))


# -- about somebody ---------------------------------------------------------------------------------------------------


def _about(claim: Claim, text: str, around: str) -> Iterable[str]:
    named = words(claim.subject)
    if not named or set(named) <= _NOBODY:
        yield "It is about nobody in particular."
    elif claim.subject not in (OWNER, claim.said_by) and not set(named) - EMPTY <= {*words(text), *words(around)}:
        yield "Nobody of that name is spoken of there."


def _junk(claim: Claim) -> Iterable[str]:
    if claim.kind != "task" and claim.quote.text.rstrip(" \t\n\"'”’)*_").endswith(("?", "？")):
        yield "It is a question."
    if secret(" ".join((claim.slot, claim.statement, claim.value))):
        yield "It is a secret, and stays where it is written."
    said = claim.value or claim.statement
    if not said and claim.ended:
        return
    if _SMALL_TALK.fullmatch(claim.statement.strip()):
        yield "It is small talk."
    content = [word for word in words(f"{claim.statement} {claim.value}") if word not in EMPTY]
    alone = not (claim.slot and claim.value)
    if not any(len(word) > 1 or word.isdigit() or not word.isascii() for word in content):
        yield "It says nothing."
    elif alone and len(set(content) - set(words(claim.subject))) < 2:
        yield "It says too little."


def _unsaid(claim: Claim, proof: Proof) -> Iterable[str]:
    rest = _without(claim.statement, claim.value)
    rest = rest if claim.subject == OWNER else _without(rest, claim.subject)
    if claim.event is not None and not proof.has_days(claim.event):
        yield OTHER_DAYS
    if not all(phrase_in(phrase, proof.quote) for phrase in claim.ended):
        yield "What has ended is not in the quote."
    if claim.value and not proof.has(claim.value):
        yield "The value is not in the quote."
    if number := proof.missing_number(f"{rest} ; {claim.slot}"):
        yield f"The quote does not say “{number}”."
    if name := proof.missing_name(rest, claim.subject):
        yield f"The quote does not name “{name}”."
    if proof.strange(rest, claim.subject, claim.slot):
        yield "The statement says more than the quote."
    if not claim.ended and proof.turned(claim.statement, claim.value):
        yield "The statement turns the quote around."


def _without(said: str, phrase: str) -> str:
    return re.sub(rf"(?<!\w){re.escape(phrase)}(?!\w)", " ", said) if phrase else said
