"""What a clause says has changed or is over: "switched from VS Code to Neovim", "I no longer eat meat", "sold the car".

What is over is named by a phrase of the clause, so that it can be found among what was known before; the new state,
where one is given, goes into the slot in which the old one was. "Used to live in Ghent" is past, and no change of what
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from secondme.knowledge import Kind
from secondme.memory.facts.prose import nouns
from secondme.memory.facts.prose.being import is_trade
from secondme.memory.facts.prose.events import EVENTS, rescheduled
from secondme.memory.facts.prose.jobs import positions
from secondme.memory.facts.prose.moods import Said
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found
from secondme.memory.facts.prose.words import Span
from secondme.timewords import Mention

_CHANGING_WORDS = """
switch move migrate pivot change go upgrade transition convert shift relocate rename transfer downgrade swap come return
"""
_CHANGING = frozenset(_CHANGING_WORDS.split())
_FROM_TO = re.compile(r"\bfrom\s+(?P<old>\S.{0,60}?)\s+(?:over\s)?(?:to|into)\s+(?=\S)")
_TO = re.compile(r"\s*(?:over\s|entirely\s|fully\s|completely\s|back\s)?(?:to|into)\s+(?=\S)")
_TO_FROM = re.compile(r"\s*(?:over\s)?to\s+.{1,60}?\sfrom\s+")
_INSTEAD = re.compile(r"\b(?:instead of|in place of)\s+(?=\S)")
_REPLACED = re.compile(r"\s+\S.{0,60}?\s+(?:with|by)\s+(?=\S)")
_SWAPPED = re.compile(r"\s+\S.{0,60}?\s+(?:with|for)\s+(?=\S)")
_NO_STATE = frozenset(("pivot", "change", "shift", "go", "come", "rename"))  # verbs that do not say what one has then
_OWN = re.compile(r"\s+(?:(?:my|our|the|an?|all)\s|[A-Z])")
_GONE = frozenset(("sell", "lose", "return", "donate", "ditch", "cancel", "abandon", "drop", "scrap", "leave", "quit"))
_WITH = re.compile(r"\s+with\s+")
_DONE_WITH = re.compile(
    r"\s*(?:\w+ly\s|so\s|all\s|now\s)*(?:(?:done|finished)\s+(?:with\s+)?|(?:over|through)\s+with\s+)"
)
_OVER = re.compile(
    r"\s*(?:now\s|all\s|finally\s|officially\s|already\s)*"
    r"(?:done|over|finished|completed?|cancell?ed|dead|gone|closed)(?=\s*(?:$|[.,!;]|now\b|and\b|for good\b))"
)
_ENDING = frozenset(("end", "finish", "die", "close"))
_TOOK_PLACE = re.compile(
    r"\s*(?:really\s|so\s|pretty\s|super\s|very\s)*"
    r"(?:great|well|fine|badly|smoothly|good|ok|okay|amazing|terrible|perfectly|awesome)\b"
)
_BROKE_UP = re.compile(r"\s+(?:up|off)\s+with\s+")
_GAVE = re.compile(r"\s+(?:up|away|rid of)\s+(?:on\s)?")
_MIND = re.compile(r"\bmind\s+(?:about|on)\s+")
_NOT_NOW = re.compile(r"\s*(?:(?:no longer|not|any ?more)\s+)?(?:(?:in|at|for|on|with|to|as|any|an?|the|my|our)\s+)*")
_ALONE = re.compile(r"\s*(?:$|[.,;!]|(?:in|on|at|since|after|before|last|this|any|now|for|because|to)\b)")
_MINDS = frozenset(("sure", "able", "certain", "ready"))  # what is felt no longer, not what is so no longer
_DIETS: dict[str, tuple[str, Kind]] = {
    "eat": ("does not eat", "health"),
    "drink": ("does not drink", "preference"),
}
_OLD = re.compile(r"(?:old|new|previous|former|current|existing|whole|entire)\s+")
_ONE_OF_MANY = re.compile(r"\s+(?:another|an?|one|two|three|some|several|many)\s")
_DECIDED = re.compile(r"\bdecided\s+to\s+$")
_KIND_OF = re.compile(r"(?<=\w)\s(?:versions?|edition|build|port|release)$")
_GENERIC_WORDS = """
it that this them everything something job work project thing things one class mind lot time day way stuff phone thesis
paper book moon
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())


def changes(said: Said, times: Sequence[Mention] = ()) -> Iterator[Found]:
    """What the clause says has changed, as far as its grammar tells."""
    clause = said.clause
    if said.former:
        return
    if said.over:
        yield from _stopped(said, times)
    elif not said.denied:
        yield from rescheduled(clause, times)
        yield from _switched(clause, times)
        yield from _instead(clause)
        yield from _finished(clause)
        if clause.first or clause.person == "thing":
            yield from positions(clause)


def _stopped(said: Said, times: Sequence[Mention]) -> Iterator[Found]:
    """ "I no longer eat meat", "I stopped taking the tram": the object, or the verb where there is none."""
    clause = said.clause
    text, (at, end) = clause.text, clause.tail
    behind = _NOT_NOW.match(text, at, end)
    found = nouns.phrase(text, behind.end() if behind else at, end)
    if found and any(time.start < found[1] and found[0] < time.end for time in times):
        found = None
    if found is None:
        if clause.verb != "be" and _ALONE.match(text, at, end):
            yield Found("", _kind(clause), ended=((clause.at, at),))
    elif clause.verb in _DIETS:
        slot, kind = _DIETS[clause.verb]
        yield Found(slot, kind, found, ended=(found,))
    elif not (clause.verb == "be" and text[slice(*found)].split()[0] in _MINDS):
        yield Found("", _kind(clause), ended=(found,) if _specific(text, found) else ())


# -- one thing for another --------------------------------------------------------------------------------------------


def _switched(clause: Clause, times: Sequence[Mention]) -> Iterator[Found]:
    """From one thing to another."""
    old, new = _exchanged(clause)
    if new is None or (old and any(time.start <= old[0] < time.end for time in times)):
        return
    if old:
        yield _replaced(clause, old, new)
    elif clause.first and clause.verb in ("switch", "migrate", "upgrade") and clause.text[new[0]].isupper():
        yield Found("uses", "possession", new)


def _exchanged(clause: Clause) -> tuple[Span | None, Span | None]:
    """What is given up for what, as far as it is said."""
    text, (at, end) = clause.text, clause.tail
    if clause.verb in ("replace", "swap", "trade", "exchange"):
        found = (_REPLACED if clause.verb == "replace" else _SWAPPED).match(text, at, end)
        return (nouns.phrase(text, at, end), nouns.phrase(text, found.end(), end)) if found else (None, None)
    if clause.verb not in _CHANGING:
        return None, None
    if found := _FROM_TO.search(text, at, end):
        return nouns.phrase(text, found.start("old"), end), nouns.phrase(text, found.end(), end)
    to, reverse = _TO.match(text, at, end), _TO_FROM.match(text, at, end)
    new = nouns.phrase(text, to.end(), end) if to else None
    return (nouns.phrase(text, reverse.end(), end) if reverse else None), new


def _replaced(clause: Clause, old: Span, new: Span) -> Found:
    """The new thing in the place of the old: where somebody lives, what he is, or what he uses."""
    text, verb = clause.text, clause.verb
    old = _bare(text, old)
    ended = (old,) if _specific(text, old) else ()
    if verb in ("move", "relocate", "return") and text[new[0]].isupper() and clause.first:
        return Found("lives in", "place", new, True, ended=ended)
    if is_trade(text[slice(*new)]) and is_trade(text[slice(*old)]):
        return Found("works as", "work", new, True, ended=ended)
    if verb in _NO_STATE or not clause.first:
        return Found("", "other", ended=ended)
    return Found("uses", "possession", new, ended=ended)


def _instead(clause: Clause) -> Iterator[Found]:
    for found in _INSTEAD.finditer(clause.text, *clause.tail):
        old = nouns.phrase(clause.text, found.end(), clause.tail[1])
        if old and _specific(clause.text, old):
            yield Found("", _kind(clause), ended=(old,))


# -- over and gone ----------------------------------------------------------------------------------------------------


def _finished(clause: Clause) -> Iterator[Found]:
    """What is sold, left, finished or over."""
    text = clause.text
    if clause.person == "thing":
        span = nouns.phrase(text, *clause.subject) if _is_over(clause) else None
        if span and (_specific(text, span) or EVENTS.search(text, *span)):
            yield Found("", "event", ended=(span,))
        return
    at = _of_what(clause) if clause.first else None
    span = nouns.phrase(text, at, clause.tail[1]) if at is not None else None
    if span and _specific(text, span := _bare(text, span)):
        yield Found("", _kind(clause), ended=(span,))


def _is_over(clause: Clause) -> bool:
    if clause.verb == "be":
        return _OVER.match(clause.text, *clause.tail) is not None
    if clause.verb == "go":
        return clause.past and _TOOK_PLACE.match(clause.text, *clause.tail) is not None
    return (clause.verb in _ENDING and clause.past) or (clause.verb in ("do", "finish") and clause.form == "done")


def _of_what(clause: Clause) -> int | None:
    """Where the words begin for what the speaker is done with."""
    text, verb = clause.text, clause.verb
    span = clause.tail
    pattern = {"break": _BROKE_UP, "give": _GAVE, "get": _GAVE, "be": _DONE_WITH}.get(verb)
    if pattern:
        found = pattern.match(text, *span)
        return found.end() if found else None
    if verb == "change":
        found = _MIND.search(text, *span)
        return found.end() if found else None
    if clause.form not in ("done", "past") and not _DECIDED.search(text, 0, clause.at):
        return None
    with_ = _WITH.match(text, *span)
    if verb == "finish" or (verb == "do" and with_):
        return with_.end() if with_ else None if _ONE_OF_MANY.match(text, *span) else span[0]
    return span[0] if verb in _GONE and _OWN.match(text, *span) else None


def _bare(text: str, span: Span) -> Span:
    """A phrase without "old", which was not said when it was new, and a name without "version" behind it."""
    found = _OLD.match(text, *span)
    start, end = (found.end(), span[1]) if found else span
    named = _KIND_OF.search(text, start, end) if text[start:end].split()[-2:-1] and text[start].isupper() else None
    return start, named.start() if named else end


def _specific(text: str, span: Span) -> bool:
    """Whether a phrase names something, so that what it names can be found: a name, or more than a general word."""
    said = text[slice(*span)]
    words = said.split()
    return bool(said) and (len(words) > 1 or said.lower() not in _GENERIC) and any(len(word) > 2 for word in words)


def _kind(clause: Clause) -> Kind:
    return "event" if clause.happened else "other"
