"""The index anew from the ledger: for `doctor --repair`, and for a change of the embedder."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import TYPE_CHECKING

from secondme.errors import IndexDamaged
from secondme.memory.batch import BATCH_PASSAGES
from secondme.memory.passages import embedding_text
from secondme.records import Passage
from secondme.store import fill
from secondme.store.current import EMBEDDER
from secondme.store.flat import FLAT, Flat
from secondme.store.index import LAYER

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger


def rebuild(
    ledger: Ledger, index: Index, embedder: Embedder, progress: Callable[[int, int], None] = lambda done, total: None
) -> int:
    """Embed every passage into a fresh index, which then takes the old one's place. Returns their number.

    `progress` gets passages done and in all. Interrupted, the old index stays as it is.
    """
    ledger.recover()
    ledger.rebuild_words()
    total, done = ledger.counts().passages, 0
    with index.replace() as fresh:
        flat = Flat(fresh.path / FLAT)
        for batch in _batches(_once(found.passage for found in ledger.all_passages()), BATCH_PASSAGES):
            batch.sort(key=lambda p: len(p.text) + len(p.context))
            vectors = embedder.embed([embedding_text(p) for p in batch])
            epochs = [int(p.time.timestamp()) if p.time else None for p in batch]
            if not done:
                fill.begin(ledger, flat, embedder.name, embedder.dimension)
            fill.write(ledger, flat, [p.id for p in batch], vectors)
            with fresh.open() as opened:
                opened.upsert(LAYER, [p.id for p in batch], vectors, epochs)
            done += len(batch)
            progress(done, total)
        if done:
            flat.finish()
    ledger.set_meta(EMBEDDER, embedder.name)
    ledger.empty_trash()
    return done


def other_embedder(known: str, now: str) -> IndexDamaged:
    return IndexDamaged(
        f"The index was made with the vectors of {known}, and the settings name {now}.",
        f"`secondme reindex` makes another one with {now}; setting the old one back works, too.",
    )


def _once(passages: Iterable[Passage]) -> Iterator[Passage]:
    seen: set[str] = set()
    for passage in passages:
        if passage.id not in seen:
            seen.add(passage.id)
            yield passage


def _batches(passages: Iterator[Passage], size: int) -> Iterator[list[Passage]]:
    while batch := list(islice(passages, size)):
        yield batch
