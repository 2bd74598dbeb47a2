"""How often passages were used, and when last: what an answer cited, what a search showed, what the owner marked. And
their traces: all that decides how clear a passage still is (memory/strength.py).

A note of use is worth less than an answer: it is written only where nobody else is writing (the caller sees to that),
and it goes with its passage (store/unlearning.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secondme.store.rows import LIVE

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

_STAYS = "EXISTS (SELECT 1 FROM passages WHERE id = ?1)"


@dataclass(frozen=True, slots=True)
class Use:
    """`last` is in seconds since 1970, 0 if it was never used; `marked`: the owner said that it matters."""

    count: int = 0
    last: int = 0
    marked: bool = False


def note(ledger: Ledger, passages: Iterable[str], at: int) -> None:
    """They were used once more. What has gone meanwhile is not noted."""
    ledger.change(
        f"INSERT INTO uses (passage, count, last) SELECT ?1, 1, ?2 WHERE {_STAYS}"
        " ON CONFLICT (passage) DO UPDATE SET count = count + 1, last = max(last, excluded.last)",
        [(passage, at) for passage in dict.fromkeys(passages)],
    )


def mark(ledger: Ledger, passages: Iterable[str], marked: bool = True) -> None:
    """The owner says that they matter, or no longer."""
    ledger.change(
        f"INSERT INTO uses (passage, count, last, marked) SELECT ?1, 0, 0, ?2 WHERE {_STAYS}"
        " ON CONFLICT (passage) DO UPDATE SET marked = excluded.marked",
        [(passage, int(marked)) for passage in passages],
    )


def uses(reader: LedgerReader, passages: Sequence[str]) -> dict[str, Use]:
    """Those of the passages (ids) that were used or marked."""
    sql = "SELECT passage, count, last, marked FROM uses WHERE passage IN (SELECT value FROM json_each(?))"
    rows = reader.rows(sql, (json.dumps(list(passages)),))
    return {passage: Use(count, last, bool(marked)) for passage, count, last, marked in rows}


@dataclass(frozen=True, slots=True)
class Trace:
    """What decides how clear a passage is. `said` is its own moment or when it was taken in, `last` its last use (0:
    never); seconds since 1970. `facts` rest on it now. `ahead` is the last day (an ordinal) that it speaks of, None if
    it names none to the month. `weighty`: its words say that it matters."""

    passage: str
    said: int
    uses: int = 0
    last: int = 0
    marked: bool = False
    facts: int = 0
    own: bool = True
    ahead: int | None = None
    weighty: bool = False


_PRECISE = 31  # days: a wider stretch says that something is of that year, not when
_TRACE = f"""SELECT p.id, coalesce(i.epoch, i.learned_at), coalesce(u.count, 0), coalesce(u.last, 0),
    coalesce(u.marked, 0), (SELECT count(DISTINCT f.n) FROM quotes q JOIN facts f ON f.n = q.fact
                            WHERE q.passage = p.id AND f.valid_to IS NULL AND f.retired_at IS NULL),
    i.trust = 'own', (SELECT max(d.last) FROM dates d WHERE d.passage = p.n AND d.last - d.first <= {_PRECISE})
    FROM passages p JOIN items i ON i.n = p.item LEFT JOIN uses u ON u.passage = p.id WHERE {LIVE}"""


def traces(reader: LedgerReader, passages: Sequence[str]) -> dict[str, Trace]:
    """The traces of the visible ones among the passages, by id; `weighty` is not known."""
    sql = f"{_TRACE} AND p.id IN (SELECT value FROM json_each(?))"
    return {row[0]: _trace(row) for row in reader.rows(sql, (json.dumps(list(passages)),))}


def every_trace(reader: LedgerReader) -> Iterator[Trace]:
    """The traces of all visible passages, as they come."""
    return map(_trace, reader.rows(_TRACE))


def with_words(reader: LedgerReader, query: str) -> Iterator[tuple[str, str]]:
    """The visible passages that an FTS5 query finds: id and text."""
    sql = (
        "SELECT p.id, t.text FROM words JOIN passages p ON p.n = words.rowid JOIN passage_text t ON t.n = p.n"
        f" JOIN items i ON i.n = p.item WHERE words MATCH ? AND {LIVE}"
    )
    return ((id_, text) for id_, text in reader.rows(sql, (query,)))


def _trace(row: Sequence[Any]) -> Trace:
    passage, said, count, last, marked, facts, own, ahead = row
    return Trace(passage, said, count, last, bool(marked), facts, bool(own), ahead)
