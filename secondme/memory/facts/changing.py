"""What a clause says has changed or is over: "switched from VS Code to Neovim", "the meeting got pushed to Friday", "I
no longer eat meat", "sold the car".

What is over is named by a phrase of the clause, so that it can be found among what was known before; the new state,
where one is given, goes into the slot in which the old one was. "Used to live in Ghent" is past, and no change of what
is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from secondme.knowledge import Kind
from secondme.memory.facts import nouns
from secondme.memory.facts.amounts import EVENTS, date_of
from secondme.memory.facts.being import is_trade
from secondme.memory.facts.moods import Said
from secondme.memory.facts.parsing import Clause
from secondme.memory.facts.slots import Found
from secondme.memory.facts.words import Span
from secondme.timewords import Mention

_CHANGING_WORDS = """
switch move migrate pivot change go upgrade transition convert shift relocate rename transfer downgrade swap come
return
"""
_CHANGING = frozenset(_CHANGING_WORDS.split())
_FROM_TO = re.compile(r"\bfrom\s+(?P<old>\S.{0,60}?)\s+(?:over\s)?(?:to|into)\s+(?=\S)")
_TO = re.compile(r"\s*(?:over\s|entirely\s|fully\s|completely\s|back\s)?(?:to|into)\s+(?=\S)")
_TO_FROM = re.compile(r"\s*(?:over\s)?to\s+.{1,60}?\s(?P<from>from)\s+")
_INSTEAD = re.compile(r"\b(?:instead of|rather than|in place of|no longer (?:with|on|in|at)?)\s+(?=\S)")
_REPLACED = re.compile(r"\s+(?P<old>\S.{0,60}?)\s+(?:with|by)\s+(?=\S)")
_SWAPPED = re.compile(r"\s+(?P<old>\S.{0,60}?)\s+(?:with|for)\s+(?=\S)")
_SHIFTED_WORDS = "push postpone move reschedule delay shift bring change"
_SHIFTED = frozenset(_SHIFTED_WORDS.split())
_MOVED_TO = re.compile(r"\b(?:to|until|till|for|by)\s+(?:the\s)?$")
_OWN = re.compile(r"\s+(?:(?:my|our|the|an?|all)\s|[A-Z])")
_GONE = frozenset(
    ("sell", "lose", "return", "donate", "ditch", "cancel", "abandon", "drop", "scrap", "leave", "quit", "resign")
)
_DONE_WITH = re.compile(
    r"^\s*(?:\w+ly\s|so\s|all\s|now\s|finally\s)*(?:done|finished|through|over)\s+(?:with\s+)?(?=\S)"
)
_OVER = re.compile(
    r"^\s*(?:now\s|all\s|finally\s|officially\s|already\s)*(?:done|over|finished|complete|completed|cancelled|canceled|dead|gone|closed)\b"
)
_NOT_NOW = re.compile(r"\s*(?:(?:no longer|not|any ?more)\s+)?(?:(?:in|at|for|on|with|to|as|any|an?|the|my|our)\s+)*")
_DIETS: dict[str, tuple[str, Kind]] = {
    "eat": ("does not eat", "health"),
    "drink": ("does not drink", "preference"),
}
_UNTIL = re.compile(r"(?:until|till|to|for|by)\s+(?:the\s)?", re.IGNORECASE)
_ALONE = re.compile(
    r"\s*(?:$|[.,;!]|(?:in|on|at|since|after|before|last|this|any|now|for|because|to)\b)"
)  # a verb without object
_FROM_DAY_TO = re.compile(r"from\s.*\s(?:to|until)\s+(?=\S)", re.IGNORECASE)
_OLD = re.compile(r"(?:old|new|previous|former|current|existing|whole|entire)\s+")
_TOOK_PLACE = re.compile(
    r"^\s*(?:really\s|so\s|pretty\s|super\s|very\s)*(?:great|well|fine|badly|smoothly|good|ok|okay|amazing|terrible|perfectly|awesome)\b"
)
_PROMOTED = re.compile(r"\s*(?:promoted|hired|appointed|elected|accepted)?\s*(?:to|as)\s+(?:an?\s|the\s)?(?=\S)")
_NEW_JOB = re.compile(
    r"\b(?:job|offer|position|role|internship)\s+(?P<as>(?:as)\s+(?:an?\s|the\s)?)?(?P<at>(?:at|with|from)\s+)?(?=\S)"
)
_BROKE_UP = re.compile(r"\s+(?:up|off)\s+with\s+")
_GAVE = re.compile(r"\s+(?:up|away|rid of)\s+(?:on\s)?")
_MIND = re.compile(r"\bmind\s+(?:about|on)\s+")
_GENERIC_WORDS = """
it that this them everything something job work project thing things one class mind lot time day way stuff phone
thesis paper book
"""
_GENERIC = frozenset(_GENERIC_WORDS.split())
_GOING = re.compile(r"\s+(?:to|towards?)\s+")


def changes(said: Said, times: Sequence[Mention] = ()) -> Iterator[Found]:
    """What the clause says has changed, as far as its grammar tells."""
    clause = said.clause
    if said.former:
        return
    if said.over:
        yield from _stopped(said, times)
        return
    if said.denied:
        return
    yield from _rescheduled(clause, times)
    yield from _switched(clause, times)
    yield from _finished(clause)
    yield from _promoted(clause)


def _stopped(said: Said, times: Sequence[Mention]) -> Iterator[Found]:
    """ "I no longer eat meat", "I stopped taking the tram": the object, or the verb where there is none."""
    clause = said.clause
    text, (at, end) = clause.text, clause.tail
    behind = _NOT_NOW.match(text, at, end)
    found = nouns.phrase(text, behind.end() if behind else at, end)
    timed = found is not None and any(time.start < found[1] and found[0] < time.end for time in times)
    alone = _ALONE.match(text, at, end) is not None
    ended = found if found and not timed else (clause.at, clause.tail[0])
    if (found is None or timed) and not alone:
        return
    if clause.verb == "be" and found and text[slice(*found)].split()[0] in ("sure", "able", "certain", "ready"):
        return
    if clause.verb in _DIETS and found:
        slot, kind = _DIETS[clause.verb]
        yield Found(slot, kind, found, ended=(found,))
    elif clause.verb != "be" or found:
        yield Found("", _kind(clause), ended=(ended,) if _specific(text, ended) else ())


def _switched(clause: Clause, times: Sequence[Mention]) -> Iterator[Found]:
    """From one thing to another."""
    text, (at, end) = clause.text, clause.tail
    if clause.verb in _CHANGING:
        found = _FROM_TO.search(text, at, end)
        if found:
            old, new = nouns.phrase(text, found.start("old"), end), nouns.phrase(text, found.end(), end)
            dated = any(time.start <= found.start("old") < time.end for time in times)
            if old and new and not dated:
                yield _replaced(clause, old, new)
                return
        reverse, to = _TO_FROM.match(text, at, end), _TO.match(text, at, end)
        new = nouns.phrase(text, to.end(), end) if to else None
        old = nouns.phrase(text, reverse.end(), end) if reverse else None
        if old and new:
            yield _replaced(clause, old, new)
            return
        if new and clause.first and clause.verb in ("switch", "migrate", "upgrade") and text[new[0]].isupper():
            yield Found("uses", "possession", new)
    if clause.verb in ("replace", "swap", "trade", "exchange"):
        found = (_REPLACED if clause.verb == "replace" else _SWAPPED).match(text, at, end)
        old, new = (nouns.phrase(text, at, end), nouns.phrase(text, found.end(), end)) if found else (None, None)
        if old and new:
            yield _replaced(clause, old, new)
            return
    for found in _INSTEAD.finditer(text, at, end):
        old = nouns.phrase(text, found.end(), end)
        if old and _specific(text, old):
            yield Found("", _kind(clause), ended=(old,))


def _replaced(clause: Clause, old: Span, new: Span) -> Found:
    """The new thing in the place of the old: where somebody lives, or what somebody uses."""
    text = clause.text
    old = _bare(text, old)
    ended = (old,) if _specific(text, old) else ()
    slot, kind, single = "uses", "possession", False
    if clause.verb in ("move", "relocate", "return") and text[new[0]].isupper():
        slot, kind, single = "lives in", "place", True
    elif is_trade(text[slice(*new)]) and is_trade(text[slice(*old)]):
        slot, kind, single = "works as", "work", True
    elif clause.verb in ("pivot", "change", "shift", "go", "come", "rename") or not clause.first:
        slot, kind = "", "other"
    return Found(slot, kind, new if slot else (0, 0), single, ended=ended)  # type: ignore[arg-type]


def _rescheduled(clause: Clause, times: Sequence[Mention]) -> Iterator[Found]:
    """ "The board meeting got pushed to February 15th": the event is the subject, or the object of who moved it."""
    text, (at, end) = clause.text, clause.tail
    passive = (
        re.match(r"\s*(?:been\s)?(?P<verb>\w+)(?:\s(?:back|up|out|forward|again))?\s", text[at:end])
        if clause.verb == "get"
        else None
    )
    verb = _base(passive["verb"]) if passive else clause.verb
    if verb not in _SHIFTED:
        return
    ahead = (one for one in times if at <= one.start < end)
    when = next((one for one in ahead if _to(text, at, one) is not None), None)
    if when is None:
        return
    if clause.person == "thing" and EVENTS.search(clause.who):
        event = clause.who
    else:
        span = nouns.phrase(text, at, when.start)
        if span is None or not EVENTS.search(text, *span):
            return
        event = text[slice(*span)]
    yield Found(date_of(event), "event", (_to(text, at, when) or when.start, when.end), True, confidence=0.9)


def _to(text: str, at: int, when: Mention) -> int | None:
    """Where the new date begins if the mention is one that something is moved to: "to |Friday", "from Monday to |Friday"."""
    until = _UNTIL.match(text, when.start, when.end) or _FROM_DAY_TO.match(text, when.start, when.end)
    if until:
        return until.end()
    return when.start if _MOVED_TO.search(text, at, when.start) else None


def _base(word: str) -> str:
    from secondme.memory.facts import verbs

    known = verbs.read(word)
    return known.base if known else word


def _finished(clause: Clause) -> Iterator[Found]:
    """What is sold, left, finished or over."""
    text, (at, end) = clause.text, clause.tail
    if clause.person == "thing" and (
        (clause.verb == "be" and _OVER.match(text[at:end]))
        or (
            clause.verb in ("go", "end", "finish", "die", "close")
            and clause.past
            and (clause.verb != "go" or _TOOK_PLACE.match(text[at:end]))
        )
    ):
        span = nouns.phrase(text, *clause.subject)
        if span and (_specific(text, span) or EVENTS.search(text, *span)):
            yield Found("", "event", ended=(span,))
        return
    if not clause.first:
        return
    done = _DONE_WITH.match(text[at:end]) if clause.verb == "be" else None
    if clause.verb in ("do", "finish") and clause.form in ("done", "past"):
        begin = _WITH.match(text, at, end)
        yield from _ending(clause, begin.end() if begin else at)
    elif done:
        yield from _ending(clause, at + done.end())
    elif clause.verb == "break" and (apart := _BROKE_UP.match(text, at, end)):
        yield from _ending(clause, apart.end())
    elif clause.verb in ("give", "get") and (given := _GAVE.match(text, at, end)):
        yield from _ending(clause, given.end())
    elif clause.verb in _GONE and clause.form in ("done", "past") and _OWN.match(text, at, end):
        yield from _ending(clause, at)
    elif clause.verb == "change" and (mind := _MIND.search(text, at, end)):
        yield from _ending(clause, mind.end())


_WITH = re.compile(r"\s+with\s+")


def _ending(clause: Clause, at: int) -> Iterator[Found]:
    if clause.verb == "do" and not re.match(r"\s*with\s", clause.text[clause.tail[0] : clause.tail[0] + 6]):
        return
    span = nouns.phrase(clause.text, at, clause.tail[1])
    if span and _specific(clause.text, span := _bare(clause.text, span)):
        yield Found("", _kind(clause), ended=(span,))


def _promoted(clause: Clause) -> Iterator[Found]:
    """A new position: "got promoted to Senior PM", "starting as a nurse", "my new role is a designer"."""
    text, (at, end) = clause.text, clause.tail
    if clause.first and (
        clause.verb in ("promote", "hire")
        or (clause.verb == "get" and re.match(r"\s+(?:promoted|hired)\b", text[at:end]))
    ):
        found = _PROMOTED.match(text, at + 1, end)
        yield from _position(clause, found.end() if found else end)
    elif (
        clause.first
        and clause.verb in ("start", "begin", "join", "return")
        and (as_ := re.search(r"\bas\s+(?:an?\s|the\s)?", text[at:end]))
    ):
        yield from _position(clause, at + as_.end())
    elif (
        clause.first
        and clause.verb in ("get", "accept", "take", "land", "find")
        and (job := _NEW_JOB.search(text, at, end))
    ):
        if job["as"]:
            yield from _position(clause, job.end("as"))
        elif job["at"] and (where := nouns.phrase(text, job.end(), end)):
            yield Found("works at", "work", where, True, confidence=0.7)
    elif (
        clause.person == "thing"
        and clause.verb == "be"
        and re.match(r"(?i:my|our|the)\s(?:new\s|current\s)?(?:role|job|position|title|job title)$", clause.who)
    ):
        begin = nouns.phrase(text, at, end)
        if begin:
            yield from _position(clause, begin[0])


def _position(clause: Clause, at: int) -> Iterator[Found]:
    text = clause.text
    span = nouns.phrase(text, at, clause.tail[1])
    if span is None:
        return
    named = re.sub(r"\s(?:position|role|job)$", "", text[slice(*span)])
    if is_trade(named) or named[:1].isupper():
        yield Found("works as", "work", (span[0], span[0] + len(named)), True, confidence=0.85)


def _bare(text: str, span: Span) -> Span:
    """A phrase without "old" and the like, which were not said when it was new."""
    found = _OLD.match(text, *span)
    return (found.end(), span[1]) if found else span


def _specific(text: str, span: Span) -> bool:
    """Whether a phrase names something, so that what it names can be found: a name, or more than a general word."""
    said = text[slice(*span)]
    words = said.split()
    return bool(said) and (len(words) > 1 or said.lower() not in _GENERIC) and any(len(word) > 2 for word in words)


def _kind(clause: Clause) -> Kind:
    return "event" if clause.past else "other"
