"""Passages that are in no store, such as those of a pipe: ranked by shared words and by meaning, in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondme.recall.lexical import content_words, stem, stems
from secondme.records import Hit, Passage

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder

MOST_EMBEDDED = 300  # two seconds
WORDS, MEANING = 1.0, 1.5  # about what all of their kind come to in fusion.py


def among(passages: Sequence[Passage], source: str, query: str, embedder: Embedder, k: int) -> list[Hit]:
    """The `k` best of `passages`, by word overlap and by meaning: a sum of standardised scores, as in fusion.py.

    Of very many, only those that share most words with the query are embedded.
    """
    import numpy as np

    asked = {stem(word) for word in content_words(query)}
    shared = {p.id: len(asked & stems(f"{p.context} {p.text}")) for p in passages}
    kept = sorted(passages, key=lambda p: -shared[p.id])[:MOST_EMBEDDED]
    if not kept:
        return []
    overlap = np.array([shared[p.id] for p in kept], np.float32)
    cosine = embedder.embed([f"{p.context}\n{p.text}" for p in kept]) @ embedder.embed([query], asking=True)[0]
    words, meaning = WORDS * _standardised(overlap), MEANING * _standardised(cosine)
    best = np.argsort(-(words + meaning), kind="stable")[:k].tolist()

    def why(at: int) -> dict[str, float]:
        shares = {"words": float(words[at]), "meaning": float(meaning[at])}
        return {**shares, "bm25": float(overlap[at]), "cosine": float(cosine[at])}

    return [Hit(kept[at], source, source, float(words[at] + meaning[at]), why=why(at)) for at in best]


def _standardised(column: NDArray[np.float32]) -> NDArray[np.float32]:
    return (column - column.mean()) / (column.std() + 1e-6)  # type: ignore[no-any-return]
