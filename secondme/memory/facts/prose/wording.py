"""A statement about somebody from the words in which they said it: "I've moved to Ghent" is "You have moved to Ghent"
of the owner, and "Ana has moved to Ghent" of Ana.

Nothing is added but the subject where the clause leaves it out, and nothing is changed but who "I" is and the verb that
stands with it. The owner is written as "you".
"""

from __future__ import annotations

import re

from secondme.knowledge import OWNER
from secondme.memory.facts.prose import verbs
from secondme.memory.facts.prose.parsing import Clause

_PERSONAL = re.compile(
    r"(?<![\w’'])(?P<who>I|[Ww]e|[Mm]e|[Mm]yself|[Uu]s|[Oo]urselves|[Mm]y|[Oo]ur|[Mm]ine|[Oo]urs)"
    r"(?:['’](?P<short>m|re|ve|ll|d))?(?![\w’'])"
)
_ALSO = re.compile(r"(?:(?:all|both|each|last|often|so|just|also|even|still|always|already|now|never|then|\w+ly)\s)*")
_EVERYBODY = re.compile(r"\s(?:all|both|each)\b")
_HAD = re.compile(r"\s(?:better|been|already|never|always|just)\b")
_NEXT = re.compile(r"[^\W\d_]+(?:['’]t)?")
_LONG = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would"}
_OWNERS = {"my": "your", "our": "your", "mine": "yours", "ours": "yours", "me": "you", "us": "you",
           "myself": "yourself", "ourselves": "yourselves"}  # fmt: skip
_AGAIN = {"my": "their", "our": "their", "mine": "theirs", "ours": "theirs", "me": "them", "us": "them",
          "myself": "themselves", "ourselves": "themselves"}  # fmt: skip
_WITH_YOU = {"am": "are", "was": "were"}
_WITH_NAME = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does", "don't": "doesn't",
              "haven't": "hasn't", "aren't": "isn't", "weren't": "wasn't", "go": "goes"}  # fmt: skip
_UNCHANGED_WORDS = """
gotta gonna wanna will would can could shall should may might must had did was is has does
"""
_UNCHANGED = frozenset(_UNCHANGED_WORDS.split())


def statement(clause: Clause, subject: str, start: int | None = None, end: int | None = None) -> str:
    """The clause as a sentence about `subject`, from `start` to `end` of it."""
    begin, stop = clause.start if start is None else start, clause.end if end is None else end
    said = " ".join(clause.text[begin:stop].split())
    if clause.person == "none" and begin <= clause.at:
        said = _with_subject(said, clause)
    return told_of(said, subject)


def told_of(said: str, subject: str) -> str:
    """First-person words as words about `subject`, with a capital at the beginning and no full stop."""
    parts: list[str] = []
    at, named = 0, False
    for found in _PERSONAL.finditer(said) if subject else ():
        parts.append(said[at : found.start()])
        who, short = found["who"].lower(), found["short"]
        at = found.end()
        if who not in ("i", "we"):
            parts.append(_OWNERS[who] if subject == OWNER else _named(who, subject, named))
            named = True
            continue
        parts.append("you" if subject == OWNER else "they" if named else subject)
        agree, named = OWNER if named else subject, True
        if short:
            had = short == "d" and _HAD.match(said, at)
            parts.append(f" {'had' if had else _agreeing(_LONG[short], agree)}")
        else:
            if who == "we" and subject != OWNER and (everybody := _EVERYBODY.match(said, at)):
                at = everybody.end()
            at = _verb(said, at, agree, parts)
    parts.append(said[at:])
    whole = "".join(parts).strip(" .,;:!-—–")
    first = whole.split(" ", 1)[0]
    return whole if any(one.isdigit() for one in first) else whole[:1].upper() + whole[1:]


def in_first_person(clause: Clause, said: str) -> str:
    """Words of a clause, from its beginning, with the "I" that it leaves out."""
    return _with_subject(said, clause) if clause.person == "none" else said


def _with_subject(said: str, clause: Clause) -> str:
    being = "am " if (clause.form == "ing" and not clause.helpers) or said[:5].lower() == "gonna" else ""
    first = said[:1].lower() + said[1:] if said[1:2].islower() else said
    return f"I {being}{first}"


def _named(who: str, subject: str, again: bool) -> str:
    """The name for "my" and "me", and "their" and "them" where the name stands before it."""
    if again:
        return _AGAIN[who]
    return f"{subject}’s" if who in ("my", "our", "mine", "ours") else subject


def _verb(said: str, at: int, subject: str, parts: list[str]) -> int:
    """Writes what stands between the pronoun and the end of its verb, the verb agreeing with the subject."""
    begin = at + len(said[at:]) - len(said[at:].lstrip())
    skipped = _ALSO.match(said, begin)
    begin = skipped.end() if skipped else begin
    word = _NEXT.match(said, begin)
    if not word:
        return at
    parts += [said[at:begin], _agreeing(word[0], subject)]
    return word.end()


def _agreeing(word: str, subject: str) -> str:
    low = word.lower().replace("’", "'")
    if subject == OWNER:
        return _WITH_YOU.get(low, "weren't" if low == "wasn't" else word)
    if low in _WITH_NAME:
        return _WITH_NAME[low]
    known = verbs.guessed(low)
    plain = known.form == "base" and low not in _UNCHANGED and not low.endswith("n't")
    return verbs.third(low) if plain else word
