"""Sentences as spans, by rules that need no model and know no language in particular.

A sentence ends at a full stop, question or exclamation mark before something that can begin another, at a blank line,
and at the end of a line unless the line was wrapped (long, or continued in lower case). A list item, a table row and a
quoted line stand alone. Spans never overlap and cover everything but white space.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

WRAPPED = 60  # a line at least this long goes on in the next one, unless that begins something new
CONTINUED = 25  # a shorter one does so only if the next begins in lower case

_STANDS_ALONE = re.compile(r"\s*(?:[-*+•–]\s|\d{1,3}[.)]\s|#|\||>|\[|```|~~~)|[^|\n]+ \| ")
# the look-behind lets a long run of dots be tried once, not from each of its dots
_END = re.compile(r"(?<![.!?…])[.!?…]++[\"'”’»)\]*_]*+(?=\s)|[。！？]+[」』”]?")
_ABBREVIATION = re.compile(
    r"(?:^|[\s(\"'])(?:[A-Za-z]|Mr|Mrs|Ms|Dr|Prof|St|Sr|Jr|Nr|No|Fig|Art|vs|etc|approx|ca|bzw|z\.B|e\.g|i\.e|a\.m|p\.m|"
    r"Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec|Mon|Tue|Wed|Thu|Fri|Sat|Sun|Str|Tel|inkl|incl|min|max)\.$"
)
_LIST_NUMBER = re.compile(r"\s*\d{1,3}\.$")


def sentences(text: str, start: int = 0, end: int | None = None) -> Iterator[tuple[int, int]]:
    """Spans of the sentences of `text[start:end]`, as offsets into `text`, without surrounding white space."""
    for begin, finish in _blocks(text, start, len(text) if end is None else end):
        yield from _within(text, begin, finish)


def _blocks(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    """Runs of lines that belong together: wrapped prose as one, everything else line by line."""
    begin = at = start
    while at < end:
        stop = text.find("\n", at, end)
        stop = end if stop < 0 else stop
        following = stop + 1
        if following >= end or not _goes_on(text, at, stop, following, end):
            yield begin, stop
            begin = following
        at = following


def _goes_on(text: str, at: int, stop: int, following: int, end: int) -> bool:
    length = len(text[at:stop].strip())
    after = text.find("\n", following, end)
    coming = text[following : end if after < 0 else after]
    if not coming.strip() or not length or _STANDS_ALONE.match(coming):
        return False
    if length >= WRAPPED:
        return not text[at:stop].lstrip().startswith(("|", "#"))
    return length >= CONTINUED and coming.lstrip()[0].islower()


def _within(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    begin = start
    for mark in _END.finditer(text, start, end):
        if mark.group()[0] == "." and not _ends_here(text, begin, mark.start() + 1, mark.end(), end):
            continue
        yield from _trimmed(text, begin, mark.end())
        begin = mark.end()
    yield from _trimmed(text, begin, end)


def _ends_here(text: str, begin: int, stop: int, after: int, end: int) -> bool:
    """Whether the full stop before `stop` ends a sentence that began at `begin`."""
    before = text[max(begin, stop - 12) : stop]
    if _ABBREVIATION.search(before) or _LIST_NUMBER.fullmatch(text, begin, stop):
        return False
    following = text[after : min(end, after + 8)].lstrip()
    return not following or not following[0].islower()


def _trimmed(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield start, end
