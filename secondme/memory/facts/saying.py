"""Claims put together from a span of a passage: who says it, when, and the quote as it stands there."""

from __future__ import annotations

import re
from typing import Any

from secondme.knowledge import OWNER, Claim, Kind, Quote, Told
from secondme.memory.facts.prose.wording import told_of
from secondme.memory.facts.same import dates

_FIRST = re.compile(r"\b(?:I|me|my|mine|we|us|our|ours|We|My|Our)\b")


def claim(told: Told, span: tuple[int, int], subject: str, kind: Kind, statement: str, **more: Any) -> Claim:
    """What `told.text[span]` says of `subject`. `more` are further fields of the Claim."""
    start, end = trimmed(told.text, *span)
    return Claim(
        subject=subject,
        kind=kind,
        statement=sentence(told_of(statement, told.subject) if _FIRST.search(statement) else statement),
        quote=Quote(told.passage, start, end, told.text[start:end]),
        said_by=told.subject or told.speaker,
        trust=told.trust,
        day=told.day,
        **more,
    )


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """The span without white space at its ends."""
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return start, end


def sentence(words: str) -> str:
    """One line with a capital and no full stop, as all statements are."""
    line = " ".join(words.split()).rstrip(" ;,")
    line = line.removesuffix(".") if not line.endswith(("..", "…", "a.m.", "p.m.")) else line
    return line[:1].upper() + line[1:]


def is_said(subject: str, called: str, value: str) -> str:
    """ "Dana’s birthday is 3 May", "Your shoe size is 42"."""
    if called.startswith("works "):
        return f"{'you work' if subject == OWNER else f'{subject} works'} {called.removeprefix('works ')} {value}"
    whose = "your" if subject == OWNER else f"{subject}’s"
    return f"{whose} {called} is {value}"


def days_of(text: str, day: int | None) -> tuple[int, int] | None:
    """The days that a stretch of text is about, if it names one time and no more, and no longer one than a month."""
    found = dates(text, day)
    if len(found) != 1 or len(found[0].days) != 1 or found[0].grain not in ("day", "week", "month"):
        return None
    return found[0].days[0]
