"""One's own memory on trial: a sealed set of questions about it, and what becomes of each.

The set lies beside the ledger as JSON lines: a head, and a line for each question with ids and spans
(recall/sealing.py), none of memory's words. What is forgotten takes its questions with it: their passages are not found
any more.
"""

from __future__ import annotations

import json
import os
import secrets
import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import NoHome, UsageError
from secondme.recall.sealing import Put, Sealed, worded
from secondme.recall.tuning import questions
from secondme.recall.unanswerable import alike, left_out
from secondme.store.lock import NO_ROOM, full_disk
from secondme.store.rows import EVERYTHING, Filters

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.recall.search import Search
    from secondme.records import Hit
    from secondme.store.reading import LedgerReader

FILE = "questions.jsonl"
FORMAT = 1
QUESTIONS = 200
DEEP = 10  # hits that are looked at
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Head:
    """Which set it is and what it was made of: so many `passages`, on a day (ISO 8601), drawn by `seed`."""

    id: str
    made_at: str
    seed: int
    passages: int
    format: int = FORMAT


@dataclass(frozen=True, slots=True)
class SealedSet:
    head: Head
    questions: tuple[Sealed, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a question. `rank`: of its passage among the hits, 0 if it was not there. `there` and `absent`:
    the probability that memory holds the answer, where it does, and where it does not (None: no way to ask that)."""

    rank: int
    there: float
    absent: float | None
    seconds: float


def make(me: Me, count: int = QUESTIONS, seed: int = 1, *, force: bool = False) -> SealedSet:
    """Make the set and write it down. Raises TooLittle, and UsageError if there is one and not `force`."""
    path = me.home.memories / FILE
    if path.exists() and not force:
        raise UsageError(
            "This memory has a sealed set of questions already.",
            "`secondme eval` asks them; with --force another is made, and no earlier run can be compared with it.",
        )
    sealed = tuple(one.sealed for one in questions(me.reader, count, seed))
    head = Head(secrets.token_hex(4), me.now.isoformat(timespec="seconds"), seed, me.reader.counts().passages)
    lines = [json.dumps(asdict(head)), *(json.dumps(one.kept()) for one in sealed)]
    written(path, "".join(f"{line}\n" for line in lines))
    return SealedSet(head, sealed)


def load(folder: Path) -> SealedSet:
    """Raises UsageError where there is none, or one that cannot be read."""
    try:
        first, *rest = (folder / FILE).read_text(encoding="utf-8").splitlines()
        found = SealedSet(Head(**json.loads(first)), tuple(Sealed.of(json.loads(line)) for line in rest))
    except FileNotFoundError:
        raise UsageError("This memory has no sealed questions yet.", "`secondme eval --make` makes them.") from None
    except (OSError, ValueError, TypeError) as error:
        raise _unreadable(folder) from error
    if found.head.format != FORMAT:
        raise _unreadable(folder)
    return found


def _unreadable(folder: Path) -> UsageError:
    return UsageError(
        f"The sealed questions in {folder / FILE} cannot be read by this version.",
        "`secondme eval --make --force` makes others.",
    )


def ask(
    reader: LedgerReader,
    search: Search,
    sealed: Sequence[Sealed],
    now: datetime,
    filters: Filters = EVERYTHING,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> list[Outcome | None]:
    """Each question's outcome, None for those whose passage has gone. `progress` gets questions done and in all."""
    found = list[Outcome | None]()
    for number, one in enumerate(worded(reader, sealed)):
        progress(number, len(sealed))
        found.append(_outcome(reader, search, one, now, filters, number) if one else None)
    progress(len(sealed), len(sealed))
    return found


def _outcome(reader: LedgerReader, search: Search, one: Put, now: datetime, filters: Filters, number: int) -> Outcome:
    begun = time.perf_counter()
    recollection = search.recollect(one.text, DEEP, now, filters)
    seconds = time.perf_counter() - begun
    out = None if one.swapped and number % 2 else left_out(reader, one.passage, one.sealed.frame, search.weights)
    absent = None
    if out is not None:
        absent = search.recollect(one.text, 1, now, replace(filters, without=out)).answerable
    elif one.swapped:
        absent = search.recollect(one.swapped, 1, now, filters).answerable
    return Outcome(_rank(one, recollection.hits), recollection.answerable, absent, seconds)


def _rank(one: Put, hits: Sequence[Hit]) -> int:
    """Where the passage stands, or one that says the same in nearly the same words; from 1, 0 for nowhere."""
    own = one.passage
    ranks = (n for n, hit in enumerate(hits, 1) if hit.passage.id == own.id or alike(own.text, hit.passage.text))
    return next(ranks, 0)


def written(path: Path, text: str) -> None:
    """Write a file for its owner alone, whole or not at all. Raises DiskFull, NoHome."""
    fresh = path.with_name(f"{path.name}.new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        if error.errno in NO_ROOM:
            raise full_disk(path) from error
        raise NoHome(f"{path} cannot be written: {error.strerror or error}.") from error
