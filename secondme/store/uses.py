"""How often passages were used, and when last: what an answer cited, what a search showed, what the owner marked.

A note of use is worth less than the answer: it is written only when nobody else writes (learning's callers see to
that), and it goes with its passage (store/unlearning.py).
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

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


UNUSED = Use()


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
