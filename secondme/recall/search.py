"""Hybrid search: BM25 over the words, nearest vectors, joined by reciprocal rank fusion.

Knows the stores and the embedder, not the question's language model. Text that is not in memory (a pipe) can be
searched along: it is ranked by the same two measures, in Python.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

from secondme.errors import IndexDamaged
from secondme.recall.lexical import content_words, fts_query, stem, stems
from secondme.recall.rank import fuse
from secondme.records import Hit, Passage
from secondme.store.index import LAYER
from secondme.store.rows import EVERYTHING, Filters

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.index import Index
    from secondme.store.reading import LedgerReader

CANDIDATES = 100  # of each ranking; the best 100 lose nothing against all (measured on LoCoMo)
MOST_EMBEDDED = 300  # of passages that are in no store: two seconds
WIDE = 2_000  # candidates when a filter will drop most of them


class Search:
    """Searches one memory. `warn` gets a sentence when the index can't be used and words alone must do."""

    def __init__(
        self,
        ledger: LedgerReader,
        index: Index,
        embedder: Embedder,
        warn: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._ledger = ledger
        self._index = index
        self._embedder = embedder
        self._warn = warn

    def hits(self, query: str, k: int, filters: Filters = EVERYTHING) -> list[Hit]:
        """The `k` best passages for `query`, best first, each text once."""
        by_words, by_vectors = self._by_words(query, filters), self._by_vectors(query, filters)
        fused = fuse({"words": list(by_words), "vectors": list(by_vectors)})
        # a passage that the vectors' list lacks is no nearer than the last one on it
        farthest = min(by_vectors.values(), default=0.0)
        found = self._ledger.passages([id_ for id_, _, _ in fused], filters)
        hits, texts = list[Hit](), set[str]()
        for id_, score, shares in fused:
            if id_ not in found or (text := " ".join(found[id_].passage.text.split())) in texts:
                continue
            texts.add(text)
            why = {**shares, "bm25": by_words.get(id_, 0.0), "cosine": by_vectors.get(id_, farthest)}
            one = found[id_]
            times = tuple(self._ledger.times_of(one.item)) if one.kind == "screenshot" else ()
            hits.append(Hit(one.passage, one.source, one.title, score, why=why, part=one.part, times=times))
            if len(hits) == k:
                break
        return hits

    def weights(self, question: str) -> dict[str, float]:
        """How much each stem of the question tells, as inverse document frequency (in nats, never below 0.1)."""
        asked = content_words(question)
        total = max(1, self._ledger.counts().passages)
        return {
            stem(word): max(0.1, math.log((total + 1) / (count + 0.5)))
            for word, count in self._ledger.document_frequency(asked).items()
        }

    def _by_words(self, query: str, filters: Filters) -> dict[str, float]:
        """Passage ids with their BM25 score, best first."""
        wanted = fts_query(query)
        if not wanted:
            return {}
        return dict(self._ledger.matching(wanted, CANDIDATES, filters))

    def _by_vectors(self, query: str, filters: Filters) -> dict[str, float]:
        """Passage ids with their cosine similarity, best first."""
        if not self._index.path.exists():
            if self._ledger.counts().passages:
                self._warn("The index is not there. Searching by words alone. `secondme doctor --repair` remakes it.")
            return {}
        vector = self._embedder.embed([query], asking=True)[0]
        try:
            with self._index.open() as vectors:
                near = vectors.nearest(LAYER, vector, WIDE if filters.any else CANDIDATES)
        except IndexDamaged as error:
            self._warn(f"{error.message} Searching by words alone. {error.hint}")
            return {}
        if filters.any:
            keep = self._ledger.passages([i for i, _ in near], filters)
            near = [(id_, nearness) for id_, nearness in near if id_ in keep][:CANDIDATES]
        return dict(near)


def among(passages: Sequence[Passage], source: str, query: str, embedder: Embedder, k: int) -> list[Hit]:
    """The `k` best of `passages`, which are in no store, by the same two rankings (word overlap for BM25).

    Of very many, only those that share most words with the query are embedded.
    """
    asked = {stem(word) for word in content_words(query)}
    overlap = {p.id: float(len(asked & stems(f"{p.context} {p.text}"))) for p in passages}
    kept = sorted(passages, key=lambda p: -overlap[p.id])[:MOST_EMBEDDED]
    if not kept:
        return []
    vectors = embedder.embed([f"{p.context}\n{p.text}" for p in kept])
    nearness = vectors @ embedder.embed([query], asking=True)[0]
    cosine = {p.id: float(near) for p, near in zip(kept, nearness, strict=True)}
    fused = fuse(
        {
            "words": [p.id for p in kept if overlap[p.id]],
            "vectors": sorted(cosine, key=lambda id_: -cosine[id_]),
        }
    )
    known = {p.id: p for p in kept}
    return [
        Hit(known[id_], source, source, score, why={**shares, "bm25": overlap[id_], "cosine": cosine[id_]})
        for id_, score, shares in fused[:k]
    ]
