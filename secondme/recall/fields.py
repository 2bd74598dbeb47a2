"""Lines that name a thing and give its value: of a contact, or in a note.

    Name: Zoë Martens                 - Chip number: 981 000 1234
    Birthday: 14 September 1988

In a contact they are about whom its first line names. Knows lines, not who asks what.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

Span = tuple[int, int]
_LINE = re.compile(
    r"^[-*•\s]*(?P<key>[A-ZÀ-Þ][\w'’-]*(?: [\w'’-]+){0,3})(?: \([^)\n]*\))?: +(?P<value>[^\n]{2,80}?)[.\s]*$",
    re.MULTILINE,
)
_NAME = re.compile(r"Name: (?P<name>[^\n]{2,60})$", re.MULTILINE)
_VALUE = re.compile(r"[€$£+]?\s?\d|[\w.+-]+@\w|[A-Z]{2}[\w-]*\d")  # that is to be looked up: a sum, a day, a number
_NO_KEYS = "note notes todo when where repeats status http https tags date time name title re fwd ps"
_NO_KEY = frozenset(_NO_KEYS.split())


@dataclass(frozen=True, slots=True)
class Field:
    """`of` is whose it is, empty for what a note says of itself."""

    key: Span
    value: Span
    of: Span


def fields(text: str) -> Iterator[Field]:
    """In the order of the text. A note's keys are of two words or more, so that it is clear what is meant."""
    named = _NAME.match(text)
    for line in _LINE.finditer(text):
        key = line["key"]
        if key.split()[0].casefold() in _NO_KEY or not _VALUE.match(line["value"]) or not (named or " " in key):
            continue
        yield Field(line.span("key"), line.span("value"), named.span("name") if named else (0, 0))
