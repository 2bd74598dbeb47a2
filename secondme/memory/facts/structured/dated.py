"""Lines that begin with the day that they are about: "16 May: test patch on the door", "**11 May** Cold night".

In diaries, logs and plans such a line is an event. Days without a year are the nearest to the note's own day.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import Claim, Stance, Told
from secondme.memory.facts.same import dates
from secondme.memory.facts.saying import claim
from secondme.memory.facts.structured.lines import lines, plain

_AFTER = re.compile(r"\s*(?:\*\*|__)?(?:\s*[:–—]\s+|\s+-\s+|\s{2,}|\*\*\s+|\t)(?P<said>\S.*)$")
WITHIN = 80  # characters from the beginning of a line in which its day ends
LEAST_WORDS = 3


def claims(told: Told) -> Iterator[Claim]:
    """The events that lines of a passage tell; none in chats and mails, whose lines are nobody's log."""
    if told.kind in ("message", "mail"):
        return
    for line in lines(told.text):
        bare = line.text.lstrip("*_")
        if line.row or line.box or line.heading or not bare[:1].isalnum():
            continue
        found = dates(line.text[:WITHIN], told.day)
        if not found or found[0].start != len(line.text) - len(bare) or len(found[0].days) != 1:
            continue
        rest = _AFTER.match(line.text, found[0].end)
        figures = any(character.isdigit() for character in line.text[: found[0].end])
        if figures and rest and len(rest["said"].split()) >= LEAST_WORDS and not rest["said"].endswith("?"):
            days = found[0].days[0]
            yield claim(
                told, (line.start, line.end), told.subject, "event", plain(line.text), event=days,
                stance=stance(days, told.day), confidence=0.8,
            )  # fmt: skip


def whole(text: str, day: int | None) -> tuple[int, int] | None:
    """The days that a text names and nothing else."""
    found = dates(text, day)
    if len(found) != 1 or len(found[0].days) != 1 or found[0].end - found[0].start < len(text) - 2:
        return None
    return found[0].days[0]


def stance(days: tuple[int, int], day: int | None) -> Stance:
    """What lay ahead when it was written is a plan; what did not, was so."""
    return "plan" if day is not None and days[0] > day else "done"
