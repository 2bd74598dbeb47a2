"""What a statement of the owner teaches: a standing instruction, a how-to, a correction, or nothing but itself.

The statement is a passage already (remembering.py). Of two instructions on one matter ("answer in German", "answer in
French") the later holds; "never mention X" stands beside all others. What is looked up before an answer, and what it
does to it, is recall's (recall/taught.py), after MemPrompt (Madaan et al. 2022): what the owner said of an answer is
found by the question.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondme import instructions
from secondme.errors import UsageError
from secondme.store.lessons import Lesson, Span, learn, lessons, retire

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader


def taught(ledger: Ledger, passage: str, text: str, now: int | None = None) -> Lesson | None:
    """The lesson of a remembered statement, kept; None if there is none in it."""
    kind = instructions.kind_of(text)
    if not kind:
        return None
    moment = int(time.time()) if now is None else now
    lesson = Lesson(0, passage, kind, text, instructions.about(text), learned_at=moment)
    with ledger.transaction():
        retire(ledger, _overtaken(ledger, lesson), moment)
        learn(ledger, lesson)
    return lesson


def corrected(
    ledger: Ledger, passage: str, text: str, about: str, wrong: Sequence[Span] = (), now: int | None = None
) -> Lesson:
    """A correction of what was answered to the question `about`, by the spans `wrong`, kept; it takes the place of
    earlier ones of it."""
    moment = int(time.time()) if now is None else now
    lesson = Lesson(0, passage, "correction", text, about, tuple(wrong), moment)
    same = [one.number for one in lessons(ledger) if one.kind == "correction" and _plain(one.about) == _plain(about)]
    with ledger.transaction():
        retire(ledger, same, moment)
        learn(ledger, lesson)
    return lesson


def _overtaken(reader: LedgerReader, lesson: Lesson) -> list[int]:
    """The numbers of the instructions that this one takes the place of."""
    matter = instructions.matter(lesson.text) if lesson.kind == "instruction" else ""
    return [
        one.number
        for one in lessons(reader)
        if one.kind == lesson.kind
        and (_plain(one.text) == _plain(lesson.text) or (matter and instructions.matter(one.text) == matter))
    ]


def numbered(reader: LedgerReader, number: int) -> Lesson:
    """The lesson of that number that holds. Raises UsageError."""
    for lesson in lessons(reader):
        if lesson.number == number:
            return lesson
    raise UsageError(f"There is no lesson {number} that holds.", "`secondme lessons list` shows them.")


def _plain(text: str) -> str:
    return " ".join(text.casefold().split()).rstrip(" ?.!")
