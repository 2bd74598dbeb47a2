"""Tasks, open and done: checkboxes, TODO lines, tasks of a calendar.

An open one is a plan, a done one is done. Whose it is stands behind a dash at its end ("— Tibo, by 12 May"); else it is
the writer's. A task of one word ("shoes") says nothing away from its list, and the guard leaves it there.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import Claim, Told
from secondme.memory.facts.same import SOME_DAY
from secondme.memory.facts.saying import claim, days_of
from secondme.memory.facts.structured.lines import Line, lines, plain
from secondme.memory.facts.whose import title

SHORT = 5  # words; fewer are told with the topic that they stand below
_ASIDE = re.compile(r"\([^()\n]*\)")
_TODO = re.compile(r"(?:TODO|To[ -]?do|FIXME|Task|Action)(?:\([^)\n]{1,20}\))?\s*(?P<colon>:)?\s+(?P<said>\S.*)$")
_DONE = re.compile(r"DONE\s*:?\s+(?P<said>\S.*)$")
_ORG = re.compile(r"\*{1,6}\s+(?P<state>TODO|DONE|WAITING|NEXT)\s+(?P<said>\S.*)$")
_WHOSE = re.compile(r"\s+[—–-]{1,2}\s+@?(?P<who>[A-ZÀ-Þ][\w’'-]+(?:\s[A-ZÀ-Þ][\w’'-]+)?)(?=$|,?\s+by\s|\s*\()")
_ASSIGNED = re.compile(r"@(?P<who>[A-ZÀ-Þ][\w’'-]+)\b")


def claims(told: Told) -> Iterator[Claim]:
    """The tasks of a passage, in order."""
    for line in lines(told.text):
        found = _task(line)
        if found is None:
            continue
        said, done = found
        who = _WHOSE.search(said) or _ASSIGNED.search(said)
        subject = who["who"] if who and not _month(who["who"]) else told.subject
        yield claim(
            told, (line.start, line.end), subject, "task", _stated(told, plain(said)),
            stance="done" if done else "plan", event=days_of(_ASIDE.sub(" ", said), told.day), confidence=0.9,
        )  # fmt: skip


def _stated(told: Told, said: str) -> str:
    """A few words say what they are about only together with the topic above them."""
    topic = title(told) if 1 < len(said.split()) < SHORT else ""
    return f"{topic}: {said}" if topic else said


def _task(line: Line) -> tuple[str, bool] | None:
    """What is to be done, and whether it is."""
    if line.box:
        return None if line.box == "-" else (line.text, line.box == "x")
    if org := _ORG.match(line.text):
        return org["said"], org["state"] == "DONE"
    if (todo := _TODO.match(line.text)) and (todo["colon"] or line.text.startswith(("TODO", "FIXME"))):
        return todo["said"], False
    done = _DONE.match(line.text)
    return (done["said"], True) if done else None


def _month(word: str) -> bool:
    return days_of(word, SOME_DAY) is not None
