"""Sources on their way into the stores, in batches: staged, embedded, indexed, published.

For each batch the ledger stages the text and notes in its journal which bytes it is of, the vectors go to the flat
rows and to the index, then the ledger makes it visible and strikes it from the journal. Killed anywhere, what was
staged of a source stays: reading the same bytes again finds it there, and only what the index lacks is embedded. What
was published stays.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from secondme.memory.passages import embedding_text
from secondme.records import Item, Passage, Skipped
from secondme.sources import File
from secondme.store import fill
from secondme.store.index import LAYER
from secondme.store.ledger import Entry
from secondme.store.rows import SourceRow

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.flat import Flat
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger

BATCH_PASSAGES = 1_024  # half of it costs a fifth more time in opening the index, twice of it a longer repeat
LARGEST_BATCH = 4_096  # opening a large index takes longer, so a long run opens it less often
BATCH_SOURCES = 1_000
EMBED_AT_ONCE = 64  # between two of these, progress is told and an interrupt is heard
# Raise it when readers or passages come out otherwise: what an older version staged is then not taken up, and what it
# published is looked at again.
FORMAT = "2"


@dataclass(slots=True)
class Draft:
    """A source being read: not in the ledger before its batch is staged. `resumed`: some of it was staged before."""

    uri: str
    key: str
    reader: str
    file: File
    mtime_ns: int
    sha256: str
    known: bool
    row: SourceRow | None = None
    resumed: bool = False
    complete: bool = False
    items: int = 0
    pending: list[Entry] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)

    @property
    def token(self) -> str:
        """What the journal holds: of which bytes, read by which version."""
        return f"{self.sha256}:{FORMAT}:{self.reader}"


class Batch:
    """What has been read and is not published yet. `embedded` is told how many passages got their vectors."""

    def __init__(
        self, ledger: Ledger, index: Index, embedder: Embedder, embedded: Callable[[int], None] = lambda number: None
    ) -> None:
        self._ledger = ledger
        self._index = index
        self._embedder = embedder
        self._embedded = embedded
        self._drafts: list[Draft] = []
        self._touched: dict[int, tuple[str, int, int]] = {}
        self._finished: list[str] = []
        self._waiting = self._passages = 0
        self._flat: Flat | None = None

    @property
    def due(self) -> bool:
        """Whether enough has come together: more of it the further a run has come."""
        size = min(LARGEST_BATCH, max(BATCH_PASSAGES, self._passages // 4))
        return self._waiting >= size or max(len(self._drafts), len(self._finished)) >= BATCH_SOURCES

    def begin(self, draft: Draft) -> None:
        self._drafts.append(draft)

    def add(self, draft: Draft, item: Item, passages: list[Passage], seen: datetime | None) -> None:
        draft.pending.append((item, passages, seen))
        draft.items += 1
        self._waiting += len(passages)

    def abandon(self, draft: Draft) -> None:
        """It changed or broke while it was read: nothing of it is kept."""
        self._waiting -= sum(len(passages) for _, passages, _ in draft.pending)
        if draft in self._drafts:
            self._drafts.remove(draft)
        if draft.row:
            self._ledger.discard(draft.row)
            draft.row = None

    def touch(self, n: int, uri: str, size: int, mtime_ns: int) -> None:
        """Source `n` has the same bytes under this name and time."""
        self._touched[n] = (uri, size, mtime_ns)

    def touched(self, n: int) -> bool:
        return n in self._touched

    def nothing(self, uri: str) -> None:
        """There was nothing to take from `uri`, which the journal had planned."""
        self._finished.append(uri)

    def flush(self) -> list[Draft]:
        """Stage, embed, index and publish what has been read so far. Returns the sources that are published now."""
        ledger, drafts = self._ledger, self._drafts
        if drafts:
            with ledger.transaction():
                for draft in drafts:
                    draft.row = draft.row or ledger.source_for(draft.uri, draft.reader, draft.key)
                    ledger.stage(draft.row, draft.pending)
                ledger.note("read", [(draft.uri, draft.token) for draft in drafts])
            self._embed(self._unembedded(drafts))
            self._cover(drafts)
        done = [draft for draft in drafts if draft.complete]
        if done or self._touched or self._finished:
            with ledger.transaction():
                ledger.publish((d.row, d.file.size, d.mtime_ns, d.sha256, d.skipped) for d in done if d.row)
                for n, (uri, size, mtime_ns) in self._touched.items():
                    ledger.touch(n, uri, size, mtime_ns)
                ledger.unplan(self._finished)
        for draft in drafts:
            draft.pending.clear()
        self._touched.clear()
        self._finished.clear()
        self._drafts = [draft for draft in drafts if not draft.complete]
        self._waiting = 0
        return done

    def _unembedded(self, drafts: Iterable[Draft]) -> list[Passage]:
        """Those staged passages whose vectors are not in the index yet.

        What a source cut anew of an item that the ledger holds already was not staged.
        """
        cut = {p.id: p for draft in drafts for _, found, _ in draft.pending for p in found}
        passages = {id_: cut[id_] for id_ in cut.keys() & self._ledger.stored(cut)}
        there = self._ledger.visible(passages)
        if any(draft.resumed for draft in drafts):
            with self._index.open() as vectors:
                there |= vectors.present(LAYER, list(passages))
        return [p for id_, p in passages.items() if id_ not in there]

    def _embed(self, passages: list[Passage]) -> None:
        if not passages:
            return
        import numpy as np

        # by length across the whole batch, so that each call's texts need little padding
        passages.sort(key=lambda p: len(p.text) + len(p.context))
        vectors = []
        for at in range(0, len(passages), EMBED_AT_ONCE):
            part = passages[at : at + EMBED_AT_ONCE]
            vectors.append(self._embedder.embed([embedding_text(p) for p in part]))
            self._embedded(len(part))
        ids, made = [p.id for p in passages], np.concatenate(vectors)
        epochs = [int(p.time.timestamp()) if p.time else None for p in passages]
        fill.write(self._ledger, self._rows(), ids, made)  # first: what is in the index has its row
        with self._index.open() as index:
            index.upsert(LAYER, ids, made, epochs)
        self._ledger.note("indexed", [(draft.uri, draft.token) for draft in self._drafts if draft.complete])
        self._passages += len(passages)

    def _cover(self, drafts: Iterable[Draft]) -> None:
        """Rows for passages whose ids had vectors before."""
        if ids := {p.id for draft in drafts for _, found, _ in draft.pending for p in found}:
            fill.cover(self._ledger, self._rows(), self._index, ids)

    def _rows(self) -> Flat:
        if self._flat is None:
            self._flat = fill.ready(self._ledger, self._index, self._embedder.name, self._embedder.dimension)
        return self._flat
