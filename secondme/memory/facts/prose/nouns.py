"""Noun phrases in English text: where the thing that a clause speaks of begins and ends, without its article.

A phrase ends where a preposition (not "of"), a conjunction, an adverb of time or a mark stands. Spans of the text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.memory.facts.prose import verbs
from secondme.memory.facts.prose.words import WORD, Span, adverb

_DETERMINERS = re.compile(
    r"\s*(?:(?:a lot of|lots of|all of|both of|some of|most of|a few|a couple of|a bunch of|a|an|the|my|our|his|her|"
    r"their|its|your|some|this|that|these|those|any|all|both|another|such|quite|also|just|mostly|mainly|primarily|now|only|"
    r"really|currently|about|around|approximately|roughly|nearly|almost|over)(?![\w’'-])[\s]*)*",
    re.IGNORECASE,
)
_STOPS_WORDS = """
a an the my our his her their your some in at on for with from to by about as into near during since until till over
under after before than via because through against across around within without between among towards toward upon
like while if unless that which who whom whose where when how why what but so then plus and or nor is are was were
be been am has have had do does did will would can could should may might must now too also currently today
yesterday tomorrow tonight here there mostly mainly again right instead anymore already yet still ever never always
usually often sometimes everyday lately recently soon every each last next this these those i we he she they it you
me us him them myself once together daily per using based called named working living studying specializing
specialising focusing focused located running total altogether only just really well off out up down back away ago
later though although cause not no nothing anything something everything someone everyone few couple ones
"""
_STOPS = frozenset(_STOPS_WORDS.split())
_NAME_WORDS = r"[A-ZÀ-Þ][\w.’'&-]*"
NAME = re.compile(
    rf"{_NAME_WORDS}(?:(?:\s(?:de|da|del|der|van|von|of|the|and the|du|la|le|el|al|bin)\s|\s|-){_NAME_WORDS})*"
)
PLACE = re.compile(rf"(?:the\s)?(?P<name>{NAME.pattern}(?:,\s{NAME.pattern}){{0,2}})")
_JOINS = re.compile(r"\s*(?:,\s*(?:and|or|plus)\s+|,\s+|\s(?:and|or|plus|&)\s+)")
_BUT = re.compile(r"(?:only|just|not|but|mostly|mainly|except)\b")  # no item of the list before it


def phrase(text: str, at: int, end: int) -> Span | None:
    """The noun phrase that begins at `at`, behind its article; None where none does."""
    found = _DETERMINERS.match(text, at, end)
    begin = found.end() if found else at
    start = stop = -1
    for word in WORD.finditer(text, begin, end):
        if start < 0:
            if text[begin : word.start()].strip(" \"“'‘(*_"):
                return None
        elif _broken(text, stop, word.start()):
            break
        low = word[0].lower().replace("’", "'")
        if start >= 0 and low.endswith("ly") and adverb(low) and len(low) > 4:
            break
        if low == "of" and start < 0:
            return None
        if low in _STOPS and not (start >= 0 and word[0][0].isupper() and len(word[0]) > 2):
            break
        start = word.start() if start < 0 else start
        stop = word.end()
    return (start, stop - 3 if text[stop - 3 : stop] == " of" else stop) if start >= 0 else None


def _broken(text: str, before: int, after: int) -> bool:
    between = text[before:after]
    return bool(between.strip(" \"“”'’‘*_")) or "\n" in between


def items(text: str, at: int, end: int, limit: int = 8) -> Iterator[Span]:
    """The phrases of a list: "TypeScript, Tailwind, and Next.js"; one where there is no list."""
    begin = at
    for _ in range(limit):
        found = phrase(text, at, end)
        if found is None:
            return
        if at > begin and (one := verbs.read(text[slice(*found)])) and one.form in ("base", "third", "past"):
            return  # "… and keep"
        yield found
        joined = _JOINS.match(text, found[1], end)
        if joined is None or _BUT.match(text, joined.end(), end):
            return
        at = joined.end()


def place(text: str, at: int, end: int) -> Span | None:
    """The name of a place: "New York City", "Austin, Texas"."""
    found = PLACE.match(text, at, end)
    return found.span("name") if found else None


def vague(said: str) -> bool:
    """Whether a phrase names nothing that could be known again: "a lot", "some options", "the idea of …"."""
    words = said.lower().split()
    return not words or words[0] in _NO_NAMES or words[-1] in _NO_NAMES or (len(words) == 1 and words[0] in _GENERAL)


def trimmed(text: str, span: Span) -> Span:
    """A stretch of words without what cannot end a phrase: "field for a" is "field"."""
    start, end = span
    while (last := text.rfind(" ", start, end)) > start and text[last + 1 : end].lower().strip(",.") in _STOPS:
        end = last
    return start, end


def head(said: str) -> str:
    """The last word of a phrase, before any "of": what kind of thing it is."""
    return re.split(r"\sof\s", said)[0].split()[-1].lower() if said.split() else ""


def plain(said: str) -> str:
    """A phrase as a name for what it speaks of: in lower case, without its article and light adjectives."""
    kept = [word for word in said.split() if word.lower() not in _LIGHT]
    return " ".join(word.lower() for word in kept)


_NO_NAME_WORDS = """
lot lots ton tons more most less bit little idea sound thought feeling fact sense way ways moon one ones other others
same hard thing things stuff bunch couple few
"""
_GENERAL_WORDS = """
topic topics options option issues issue problems problem suggestions suggestion tips tip plans plan comment comments
picture pictures ideas relationship flexibility trouble support look looking music quality upgrade techniques speed
visiting setting trying making getting going having doing being learning keep warm industry
"""
_NO_NAMES, _GENERAL = frozenset(_NO_NAME_WORDS.split()), frozenset(_GENERAL_WORDS.split())
_LIGHT_WORDS = """
a an the my our his her their its big huge great small little new upcoming next current important exciting good
first really very whole total own entire amazing nice about around over only
"""
_LIGHT = frozenset(_LIGHT_WORDS.split())
