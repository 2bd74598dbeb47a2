"""Memories so small that they are read whole instead of searched.

ConvoMem (Pakhomov et al., 2025) finds that up to some hundred conversations nothing that was searched for beats reading
everything. Here the limit is what a model's context, or a look at every sentence, can hold; the choice is made by size.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondme.records import Hit
from secondme.store.rows import Filters, where

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

FEW = 60  # passages: as many as each ranking gives, so that all of them are candidates anyway


def few(reader: LedgerReader, filters: Filters) -> list[int] | None:
    """The numbers of all passages that pass; None if memory holds more than FEW, whatever the filters leave of it."""
    (held,) = next(reader.rows(f"SELECT count(*) FROM (SELECT 1 FROM passages LIMIT {FEW + 1})"))
    if held > FEW:
        return None
    clause, values = where(filters)
    rows = reader.rows(f"SELECT p.n FROM passages p JOIN items i ON i.n = p.item WHERE {clause}", values)
    return [n for (n,) in rows]


def as_written(hits: Sequence[Hit]) -> list[Hit]:
    """In the order of their sources: how a text reads best."""
    return sorted(hits, key=lambda hit: (hit.source, hit.part, hit.passage.start))
