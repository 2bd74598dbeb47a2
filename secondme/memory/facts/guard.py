"""The gate before memory: why a claim may not become a fact. One gate for rules and models alike.

A claim passes if its quote stands in the passage word for word, and if what it says is in the quote: every name, number
and date, the words of its value, and no "not" that is not there. Allowed are forms that can be proven equal (same.py),
the subject's name for "I", and words that say nothing by themselves. It knows nothing of whether a claim is true, new or
useful; what it refuses can be said again, what it lets pass becomes memory. The measure is HaluMem's (2025): a memory
nobody said is worse than one that is missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from secondme.knowledge import KINDS, OWNER, Claim, Told
from secondme.memory.facts.same import akin, dates, numbers, phrase_in, readings, spelt_in, stretches, within, words
from secondme.memory.facts.secret import secret

LONGEST_STATEMENT, LONGEST_QUOTE = 500, 1_500  # characters
_NOBODY = frozenset(
    "i me my we us you he him she her they them it this that these those who someone somebody anyone anybody everyone"
    " everybody nobody noone user speaker author person people one others unknown none null".split()
)
# words that a statement may add: they carry neither a name nor a number, and alone they claim nothing
_EMPTY = frozenset(
    "a an the and or of to in on at by for from with as is are was were be been being am has have had having do does did"
    " will would can could should that this these those it its he she they him her his their them you your yours yourself"
    " i me my mine we us our ours who whom which what there here so than then also now about into up out own owner owner's"
    " s t d ll re ve m".split()
)
# words for what rules and models call a slot; a statement may name it though the quote does not
_CALLED = frozenset(
    "price cost costs paid date birthday born birth phone mobile email address number code name called lives live living"
    " works work place size account type role job title location website note day time year age likes like event plan"
    " task going planned planning reference".split()
)
_SMALL_TALK = re.compile(
    r"(?:hi|hello|hey|dear|thanks?(?: you)?|thank you|ok(?:ay)?|yes|no|yeah|sure|bye|cheers|regards|best|kind regards|sunny"
    r" regards|good (?:morning|evening|night|afternoon|luck)|sorry|welcome|congrat\w*|happy \w+|love|lol|haha+|great|"
    r"nice|cool|please|see you|talk soon|take care|well done)\b(?:\W+\w+){0,3}\W*",
    re.IGNORECASE,
)
_NOT = re.compile(
    r"\b(?:not|no|never|none|nor|neither|nothing|nobody|nowhere|without|cannot|hardly|\w+n['’]t)\b", re.IGNORECASE
)
_CLAUSE = re.compile(r"[,;:.!?()–—\n]+\s+|\s(?:but|although|though|because|while|and|so|except)\s", re.IGNORECASE)
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


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
        yield from _unsaid(claim, around)


# -- about somebody ---------------------------------------------------------------------------------------------------


def _about(claim: Claim, text: str, around: str) -> Iterable[str]:
    named = words(claim.subject)
    if not named or set(named) <= _NOBODY:
        yield "It is about nobody in particular."
    elif claim.subject not in (OWNER, claim.said_by) and not set(named) - _EMPTY <= {*words(text), *words(around)}:
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
    content = [word for word in words(f"{claim.statement} {claim.value}") if word not in _EMPTY]
    alone = not (claim.slot and claim.value)
    if not any(len(word) > 1 or word.isdigit() or not word.isascii() for word in content):
        yield "It says nothing."
    elif alone and len(set(content) - set(words(claim.subject))) < 2:
        yield "It says too little."


# -- said in the quote ------------------------------------------------------------------------------------------------


def _unsaid(claim: Claim, around: str) -> Iterable[str]:
    quote, day = claim.quote.text, claim.day
    if claim.event is not None and not (claim.event[0] <= claim.event[1] and within(claim.event, quote, day)):
        yield "The quote does not name those days."
    for phrase in claim.ended:
        if not phrase_in(phrase, quote):
            yield "What has ended is not in the quote."
    if claim.value and not _proven(claim.value, quote, day):
        yield "The value is not in the quote."
    rest = claim.statement.replace(claim.value, " ") if claim.value else claim.statement
    rest = _without_subject(rest, claim.subject)
    known = frozenset((*words(quote), *words(claim.subject)))
    if missing := _figures(f"{rest} ; {claim.slot}", quote, around, day):
        yield f"The quote does not say “{missing}”."
    elif missing := _names(rest, known | set(words(around)), quote, day):
        yield f"The quote does not name “{missing}”."
    elif _strange(rest, known | set(words(around)) | set(words(claim.slot))):
        yield "The statement says more than the quote."
    if not claim.ended and _negated(claim) != _negated_there(claim):
        yield "The statement turns the quote around."


def _proven(value: str, quote: str, day: int | None) -> bool:
    """Whether the value is in the quote's own words, or a form that is proven equal."""
    if phrase_in(value, quote) or spelt_in(value, quote):
        return True
    named = dates(value, None) or dates(value, day)
    if len(named) == 1 and named[0].end - named[0].start >= len(value.strip()) - 1:
        return any(days in stretches(quote, day) for days in (*named[0].days, *dates(value, day)[0].days))
    if re.fullmatch(r"[\d.,'’ ]+", value):
        return any(reading in numbers(quote) for reading in readings(value.strip()))
    known = set(words(quote))
    return all(word in known or word in _EMPTY for word in words(value)) and len(words(value)) <= 3


def _without_subject(statement: str, subject: str) -> str:
    return statement if subject == OWNER else statement.replace(subject, " ")


def _figures(said: str, quote: str, around: str, day: int | None) -> str:
    """The first number of `said` that the quote does not have; "" if it has them all."""
    rest = _blanked(said, quote, day)
    there, values = set(words(quote)), numbers(quote)
    for token in re.findall(r"\d[\d.,'’]*\d|\w*\d\w*", rest):
        figures = token.strip("_")
        if figures.casefold() in there or spelt_in(figures, quote):
            continue
        digits = re.sub(r"(?<=\d)(?:st|nd|rd|th)$", "", figures)
        if re.fullmatch(r"[\d.,'’]+", digits) and readings(digits) & values:
            continue
        return figures
    return ""


def _blanked(said: str, quote: str, day: int | None) -> str:
    """`said` without the dates that the quote names as well, in whatever words."""
    there = stretches(quote, day)
    for one in reversed(dates(said, day)):
        if any(days in there for days in one.days):
            said = said[: one.start] + " " * (one.end - one.start) + said[one.end :]
    return said


def _names(said: str, known: frozenset[str] | set[str], quote: str, day: int | None) -> str:
    """The first word written with a capital that is not among `known`; "" if all are."""
    rest = _blanked(said, quote, day)
    first = len(rest) - len(rest.lstrip(" \"'“‘(*-"))
    for match in _TOKEN.finditer(rest):
        token = match.group()
        if token.islower() or token.isdigit() or token == token.casefold():
            continue
        word = (words(token) or [""])[0]
        if word in known or (len(word) == 1 and word in _EMPTY):
            continue
        if match.start() == first and (word in _EMPTY or word in _CALLED or akin(word, known)):
            continue
        return token
    return ""


def _strange(said: str, known: frozenset[str] | set[str]) -> bool:
    """Whether most of what it says is in words that are not there."""
    content = [word for word in words(said) if word not in _EMPTY and word not in _CALLED]
    strange = [word for word in content if not akin(word, known)]
    return 2 * len(strange) > len(content)


def _negated(claim: Claim) -> bool:
    return _NOT.search(f"{claim.statement} {claim.value}") is not None


def _negated_there(claim: Claim) -> bool:
    """Whether the part of the quote that the claim rests on says "not": anywhere in it, if the claim says so too."""
    found = _NOT.search(claim.quote.text) is not None
    if not found or _negated(claim):
        return found
    wanted = set(words(claim.value or claim.statement)) - _EMPTY
    parts = [part for part in _CLAUSE.split(claim.quote.text) if part.strip()]
    best = max(parts, key=lambda part: len(wanted & set(words(part))), default="")
    return _NOT.search(best) is not None and not _NOT.search(claim.value)
