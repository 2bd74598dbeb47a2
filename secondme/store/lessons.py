"""Lessons in the ledger: corrections, standing instructions and how-tos, each with the passage in which it was said.

A lesson's id is that passage's: it shows as long as the passage does, and goes with it (store/unlearning.py). One that
holds no longer is retired and kept; only forgetting deletes it. A how-to that was distilled from several requests rests
on all of them, and any of them takes it along.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from secondme.store.rows import LIVE

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

Kind = Literal["correction", "instruction", "howto"]
Span = tuple[str, int, int]
_COLUMNS = "l.n, l.id, l.kind, l.text, l.about, l.answer, l.learned_at, l.retired_at"
_SHOWN = f"EXISTS (SELECT 1 FROM passages p JOIN items i ON i.n = p.item WHERE p.id = l.id AND {LIVE})"


@dataclass(frozen=True, slots=True)
class Lesson:
    """`id` is the passage in which the owner said it, `text` the owner's words. `about` is the question that it
    corrects or the words that call it up, "" if it always holds. `wrong` are the spans that the corrected answer had
    quoted: passage, start and end (characters of the source), and not their words, which may be forgotten; of a how-to
    that was distilled, the spans that it rests on. Moments are seconds since 1970."""

    number: int
    id: str
    kind: Kind
    text: str
    about: str = ""
    wrong: tuple[Span, ...] = ()
    learned_at: int = 0
    retired_at: int | None = None


def lessons(reader: LedgerReader, *, retired: bool = False) -> list[Lesson]:
    """Those that hold, the latest first; with `retired` also those that don't any more."""
    holding = "" if retired else "l.retired_at IS NULL AND "
    sql = f"SELECT {_COLUMNS} FROM lessons l WHERE {holding}{_SHOWN} ORDER BY l.learned_at DESC, l.n DESC"
    return [_lesson(*row) for row in reader.rows(sql)]


def habits(reader: LedgerReader) -> list[Lesson]:
    """How-tos that were distilled from requests, also those that the owner removed and those that don't show."""
    sql = f"SELECT {_COLUMNS} FROM lessons l WHERE l.kind = 'howto' AND l.answer != '' ORDER BY l.n"
    return [_lesson(*row) for row in reader.rows(sql)]


def _lesson(
    number: int, id_: str, kind: Kind, text: str, about: str, wrong: str, learned: int, retired: int | None
) -> Lesson:
    spans = (line.split() for line in wrong.splitlines())
    cited = tuple((passage, int(start), int(end)) for passage, start, end in spans)
    return Lesson(number, id_, kind, text, about, cited, learned, retired)


def learn(ledger: Ledger, lesson: Lesson) -> None:
    """Keep a lesson; one that was said in the same passage before is replaced, and holds again."""
    wrong = "\n".join(f"{passage} {start} {end}" for passage, start, end in lesson.wrong)
    row = (lesson.id, lesson.kind, lesson.text, lesson.about, wrong, lesson.learned_at)
    ledger.change(
        "INSERT INTO lessons (id, kind, text, about, answer, learned_at) VALUES (?, ?, ?, ?, ?, ?)"
        " ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, text = excluded.text, about = excluded.about,"
        " answer = excluded.answer, learned_at = excluded.learned_at, retired_at = NULL",
        [row],
    )


def retire(ledger: Ledger, numbers: Sequence[int], at: int) -> None:
    """They hold no longer."""
    ledger.change("UPDATE lessons SET retired_at = ? WHERE n = ? AND retired_at IS NULL", [(at, n) for n in numbers])


def drop(ledger: Ledger, numbers: Sequence[int]) -> None:
    """Delete lessons that nobody said: what they were distilled from no longer comes to them."""
    ledger.change("DELETE FROM lessons WHERE n = ?", [(n,) for n in numbers])
