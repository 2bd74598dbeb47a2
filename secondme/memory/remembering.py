"""What the owner says to remember: a statement becomes a source of its own, with one item and its passages.

So it is searched, quoted, learnt from, exported and forgotten like everything else. Its name is the day and a digest
of the words (`remembered:2026-11-21/3f2a91c0`): said twice on one day it is one memory, said again later it is a newer
one. Nothing is kept beside the ledger, so that forgetting it is forgetting all of it.
"""

from __future__ import annotations

import hashlib
import json
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import UsageError
from secondme.knowledge import Fact
from secondme.memory import lessons
from secondme.memory.facts import reflect
from secondme.memory.ingest import Ingest, Reading
from secondme.records import Item, Segment, Skipped
from secondme.sources.base import File
from secondme.store import uses
from secondme.store.facts import facts, resting_on
from secondme.store.lessons import Lesson, Span
from secondme.store.rows import Found

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

SCHEME = "remembered"
LONGEST = 20_000  # characters: what is longer is a document
TITLE = 160  # characters of the question that a correction stands under


@dataclass(frozen=True, slots=True)
class Statement:
    """What is to be remembered: the owner's words, said `at` a moment (aware). `title` is what they are about, such as
    the question that they correct; it is searched and never quoted. `corrects` is that question, or other words that
    call the correction up, `wrong` the spans that the answer had quoted. `important`: it must not fade."""

    text: str
    at: datetime
    title: str = ""
    corrects: str = ""
    wrong: tuple[Span, ...] = ()
    important: bool = False


@dataclass(frozen=True, slots=True)
class Remembered:
    """Where a statement stands now, the rule or correction in it, and the facts that it speaks for. `new`: it was not
    there before."""

    source: str
    passages: tuple[Found, ...]
    new: bool
    lesson: Lesson | None = None
    facts: tuple[Fact, ...] = ()


class _Saying:
    """The reader of one statement."""

    NAME = SCHEME

    def __init__(self, statement: Statement) -> None:
        self._statement = statement

    def claims(self, file: File) -> str | None:
        return "was said to be remembered"

    def read(self, file: File) -> Iterator[Item | Skipped]:
        said = self._statement
        title = " ".join(said.title.split())[:TITLE]
        whole = (Segment(0, len(said.text)),)
        yield Item("note", said.text, whole, title=title, time=said.at, line=0, trust="own")


def remember(ledger: Ledger, index: Index, embedder: Embedder, statement: Statement) -> Remembered:
    """Take a statement in and learn from it. The caller holds the write lock. Raises UsageError if it is empty or too
    long."""
    said = checked(statement)
    uri = _free(ledger, said)
    new = not showing(ledger, uri)
    if new:
        _take_in(ledger, index, embedder, said, uri)
    passages = showing(ledger, uri)
    ids = [found.passage.id for found in passages]
    if new:
        reflect.learn(ledger, reflect.by_rules(ledger, _numbers(ledger, ids)), reflect.Learnt())
    if said.important:
        uses.mark(ledger, ids)
    moment = int(said.at.timestamp())
    if said.corrects:
        lesson: Lesson | None = lessons.corrected(ledger, ids[0], said.text, said.corrects, said.wrong, moment)
    else:
        lesson = lessons.taught(ledger, ids[0], said.text, moment)
    learnt = facts(ledger, sorted({n for numbers in resting_on(ledger, ids).values() for n in numbers}))
    return Remembered(uri, passages, new, lesson, tuple(learnt.values()))


def checked(statement: Statement) -> Statement:
    """The statement without white space around it. Raises UsageError if there is nothing to remember in it."""
    text = statement.text.strip()
    if not any(c.isalnum() for c in text):
        raise UsageError(
            "There is nothing to remember in that.", 'For example: secondme remember "I am allergic to nuts"'
        )
    if len(text) > LONGEST:
        raise UsageError(
            f"That has {len(text):,} characters, and a statement at most {LONGEST:,}.",
            "`secondme ingest FILE` takes documents in; `secondme ingest -` reads one from a pipe.",
        )
    return replace(statement, text=text)


def showing(reader: LedgerReader, uri: str) -> tuple[Found, ...]:
    """The passages of a remembered statement, empty if it is not there."""
    row = reader.source(uri)
    return tuple(reader.passages_of(row)) if row and row.revision else ()


def _take_in(ledger: Ledger, index: Index, embedder: Embedder, said: Statement, uri: str) -> None:
    with tempfile.TemporaryDirectory(prefix="secondme-") as folder:
        path = Path(folder) / SCHEME
        path.write_text(uri)  # what is ingested has a file; the words themselves go to no disk but the ledger's
        Ingest(ledger, index, embedder, reading=Reading(said.at.tzinfo, _Saying(said))).piped(path, uri, uri)


def _free(reader: LedgerReader, said: Statement) -> str:
    """The name of the statement's source; of one whose words were forgotten, and whose name is a shell, another."""
    words = hashlib.blake2b(f"{said.title}\0{said.text}".encode("utf-8", "surrogatepass"), digest_size=4).hexdigest()
    first = uri = f"{SCHEME}:{said.at:%Y-%m-%d}/{words}"
    n = 1
    while reader.source(uri) and not showing(reader, uri):
        n += 1
        uri = f"{first}-{n}"
    return uri


def _numbers(reader: LedgerReader, ids: list[str]) -> list[int]:
    sql = "SELECT n FROM passages WHERE id IN (SELECT value FROM json_each(?)) ORDER BY n"
    return [n for (n,) in reader.rows(sql, (json.dumps(ids),))]
