"""What is asked and what came of it, whatever the benchmark. Knows no layout of a data set and no measure.

A unit is what counts as found: a turn of a conversation, or a file. Each has a name that is unique in its benchmark.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from secondme.errors import NoSuchPath, UsageError


@dataclass(frozen=True, slots=True)
class Question:
    """`gold` are the units that answer it, `sessions` those that they are in. `now` is when it is asked, if known."""

    id: str
    text: str
    kind: str
    gold: frozenset[str]
    sessions: frozenset[str]
    answerable: bool = True
    now: datetime | None = None


@dataclass(frozen=True, slots=True)
class Turn:
    """A message: the record that a chat's file holds of it (one line), which unit it is, and of which session."""

    unit: str
    session: str
    record: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Store:
    """What goes into one home, and what is asked of it. `chats` maps a file's name to its messages."""

    name: str
    chats: Mapping[str, list[Turn]]
    questions: list[Question]


@dataclass(frozen=True, slots=True)
class Asked:
    """What recall gave: distinct units in the order of their best passage, and distinct sessions in the same way.

    `answerable` is the probability that the answer is there; `score` the best hit's, which stands in for it.
    """

    question: Question
    units: tuple[str, ...]
    sessions: tuple[str, ...]
    answerable: float | None
    score: float
    seconds: float


@contextlib.contextmanager
def layout(path: Path, called: str) -> Iterator[None]:
    """Around reading a file of a data set: what is wrong with it is said of the file."""
    try:
        yield
    except FileNotFoundError:
        raise NoSuchPath(f"There is no {path}.") from None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror or error}.") from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(f"{path} is not laid out as {called} is published.") from error
