"""What somebody has become at work: "got promoted to Senior PM", "starting as a nurse", "got a job at Google"."""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.memory.facts.prose import nouns
from secondme.memory.facts.prose.being import is_trade
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found

_MADE = re.compile(r"\s*(?:promoted|hired|appointed|elected)\b")
_TO = re.compile(r"\s*(?:promoted|hired|appointed|elected)?\s*(?:to|as)\s+(?:an?\s|the\s)?(?=\S)")
_AS = re.compile(r"\bas\s+(?:an?\s|the\s)?")
_NEW = re.compile(
    r"\b(?:job|offer|position|role|internship)\s+"
    r"(?:(?P<as>as\s+(?:an?\s|the\s)?)|(?:at|with)\s+|(?<=offer\s)from\s+)(?=\S)"
)
_MINE = re.compile(r"(?:my|our|the)\s(?:new\s|current\s)?(?:role|job|position|title|job title)$", re.IGNORECASE)
_POSITION = re.compile(r"\s(?:position|role|job)$")


def positions(clause: Clause) -> Iterator[Found]:
    """A new position, or a new employer."""
    text, (at, end) = clause.text, clause.tail
    verb = clause.verb
    if clause.person == "thing":
        if verb == "be" and _MINE.match(clause.who) and (named := nouns.phrase(text, at, end)):
            yield from _position(clause, named[0])
    elif verb in ("promote", "hire", "appoint", "elect") or (verb == "get" and _MADE.match(text, at, end)):
        if made := _TO.match(text, at, end):
            yield from _position(clause, made.end())
    elif verb in ("start", "begin", "join", "return") and (begun := _AS.search(text, at, end)):
        yield from _position(clause, begun.end())
    elif verb in ("get", "accept", "take", "land", "find") and (job := _NEW.search(text, at, end)):
        where = None if job["as"] else nouns.phrase(text, job.end(), end)
        if job["as"]:
            yield from _position(clause, job.end("as"))
        elif where:
            yield Found("works at", "work", where, True, confidence=0.7)


def _position(clause: Clause, at: int) -> Iterator[Found]:
    span = nouns.phrase(clause.text, at, clause.tail[1])
    if span is None:
        return
    named = _POSITION.sub("", clause.text[slice(*span)])
    if is_trade(named) or named[:1].isupper():
        yield Found("works as", "work", (span[0], span[0] + len(named)), True, confidence=0.85)
