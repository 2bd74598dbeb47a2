"""Links between passages and the keywords that later passages add to earlier ones, in the ledger.

A pair is written once, the later passage first, and read from both ends. Knows rows; what is linked, and why, is
decided in memory/links.py.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, TEXT, Found, parts, unless_long

SHOWS = f"EXISTS (SELECT 1 FROM passages p JOIN items i ON i.n = p.item WHERE p.id = other AND {LIVE})"


class Linkable(NamedTuple):
    """A passage to be linked; `episode` is the number of the one that it is in, 0 for none. `epoch` is its item's."""

    n: int
    id: str
    item: int
    epoch: int | None
    episode: int
    text: str


@dataclass(frozen=True, slots=True)
class Link:
    """Two passages (ids), why they are linked, and how strongly: 0..1."""

    one: str
    other: str
    reason: str
    weight: float


@dataclass(frozen=True, slots=True)
class Annotation:
    """What the passage `because` adds to `passage`: keywords."""

    passage: str
    because: str
    text: str


_LINKABLE = (
    "SELECT p.n, p.id, p.item, i.epoch,"
    " coalesce((SELECT min(e.episode) FROM episode_passages e WHERE e.passage = p.id), 0),"
    f" {unless_long(TEXT)} FROM passages p JOIN items i ON i.n = p.item WHERE"
)


def after(reader: LedgerReader, n: int, limit: int) -> list[Linkable]:
    """The next visible passages after number `n`."""
    return _read(reader, f"{_LINKABLE} p.n > ? AND {LIVE} ORDER BY p.n LIMIT ?", (n, limit))


def linkable(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, Linkable]:
    """Those of the passages that are visible, by number."""
    sql = f"{_LINKABLE} p.n IN (SELECT value FROM json_each(?)) AND {LIVE}"
    return {one.n: one for one in _read(reader, sql, (json.dumps(sorted(set(numbers))),))}


def _read(reader: LedgerReader, sql: str, values: Sequence[object]) -> list[Linkable]:
    rows = [Linkable(*row) for row in reader.rows(sql, values)]
    long = reader.passages([one.id for one in rows if one.text is None])
    texts = [one.text if one.text is not None else _text(long, one.id) for one in rows]
    return [one._replace(text=text) for one, text in zip(rows, texts, strict=True)]


def _text(long: Mapping[str, Found], id_: str) -> str:
    """Of a passage that went in this moment, nothing."""
    return long[id_].passage.text if id_ in long else ""


def left(reader: LedgerReader, n: int) -> int:
    """How many passages there are after number `n`, staged ones too."""
    ((count,),) = reader.rows("SELECT count(*) FROM passages WHERE n > ?", (n,))
    return int(count)


def put(ledger: Ledger, links: Iterable[Link], annotations: Iterable[Annotation], most: int) -> None:
    """Write links and annotations, of which a passage has `most`. Those that are there stay."""
    with ledger.transaction():
        rows = [(link.one, link.other, link.reason, link.weight) for link in links]
        ledger.change("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", rows)
        ledger.change(
            "INSERT OR IGNORE INTO annotations SELECT ?1, ?2, ?3"
            " WHERE (SELECT count(*) FROM annotations WHERE passage = ?1) < ?4",
            [(one.passage, one.because, one.text, most) for one in annotations],
        )


def clear(ledger: Ledger) -> None:
    with ledger.transaction():
        ledger.change("DELETE FROM links")
        ledger.change("DELETE FROM annotations")


def prune(ledger: Ledger) -> None:
    """Delete what is of passages that the ledger does not hold any more."""
    with ledger.transaction():
        for table, columns in (("links", ("one", "other")), ("annotations", ("passage", "because"))):
            for column in columns:
                ledger.change(f"DELETE FROM {table} WHERE {column} NOT IN (SELECT id FROM passages)")


def of(reader: LedgerReader, passage: str) -> list[Link]:
    """A passage's links to visible ones, the strongest first; `one` is the passage itself."""
    sql = (
        "SELECT ?1, other, reason, max(weight) FROM (SELECT other, reason, weight FROM links WHERE one = ?1"
        f" UNION ALL SELECT one AS other, reason, weight FROM links WHERE other = ?1) WHERE {SHOWS}"
        " GROUP BY other, reason ORDER BY 4 DESC, other, reason"
    )
    return [Link(*row) for row in reader.rows(sql, (passage,))]


def added(reader: LedgerReader, passages: Sequence[str]) -> dict[str, list[Annotation]]:
    """What visible passages have added to these, by passage."""
    found: dict[str, list[Annotation]] = {}
    shows = SHOWS.replace("other", "because")
    for part in parts(list(passages)):
        marks = ",".join("?" * len(part))
        sql = f"SELECT passage, because, text FROM annotations WHERE passage IN ({marks}) AND {shows} ORDER BY 1, 2"
        for row in reader.rows(sql, part):
            found.setdefault(row[0], []).append(Annotation(*row))
    return found
