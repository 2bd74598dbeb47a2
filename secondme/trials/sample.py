"""A sealed set on a part of memory, with another model for vectors, before anything is reindexed.

The part is every passage that a question is about, and others drawn at random as noise. Its vectors are made once, held
in memory and searched exactly; the words index is the home's own. The model in use is tried on the same part, so that
the two can be compared.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from secondme import engines
from secondme.memory.passages import embedding_text
from secondme.recall.sealing import Sealed
from secondme.recall.search import Search
from secondme.store.rows import EVERYTHING, IDS_AT_ONCE, LIVE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder
    from secondme.me import Me
    from secondme.records import Passage
    from secondme.store.reading import LedgerReader

NOISE = 2_000  # passages besides those that are asked about
AT_ONCE = 64  # passages to embed


class Few:
    """Vectors of some passages, in memory: `numbers` (sorted) and their rows (len(numbers) x dimension)."""

    def __init__(self, numbers: NDArray[np.int64], vectors: NDArray[np.float32]) -> None:
        self._numbers, self._vectors = numbers, vectors

    def nearest(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> list[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """For each query the numbers of the `k` nearest and their cosines, best first."""
        import numpy as np

        held = np.ones(len(self._numbers), bool) if allowed is None else np.isin(self._numbers, allowed)
        numbers, scores = self._numbers[held], self._vectors[held] @ queries.T
        order = np.argsort(-scores, axis=0, kind="stable")[:k]
        return [(numbers[order[:, m]], scores[order[:, m], m]) for m in range(len(queries))]

    def vectors(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]:
        """A row for each number; zeros for those that are not held."""
        import numpy as np

        at = {n: row for row, n in enumerate(self._numbers.tolist())}
        none = np.zeros(self._vectors.shape[1], np.float32)
        return np.array([self._vectors[at[n]] if n in at else none for n in numbers.tolist()], np.float32)


def part(reader: LedgerReader, sealed: Sequence[Sealed], seed: int, noise: int = NOISE) -> tuple[int, ...]:
    """Numbers of the passages to try on, sorted: those of the questions and `noise` others."""
    ids = json.dumps([id_ for one in sealed for id_ in (one.passage, one.other) if id_])
    showing = f"SELECT p.n FROM passages p JOIN items i ON i.n = p.item WHERE {LIVE}"
    asked = {n for (n,) in reader.rows(f"{showing} AND p.id IN (SELECT value FROM json_each(?))", (ids,))}
    others = [n for (n,) in reader.rows(f"{showing} ORDER BY p.n") if n not in asked]
    return tuple(sorted(asked | set(random.Random(seed).sample(others, min(noise, len(others))))))


def with_embedder(
    me: Me, name: str, numbers: Sequence[int], progress: Callable[[int, int], None] = lambda done, total: None
) -> tuple[Search, Embedder]:
    """A search of those passages with the model `name`; close the embedder. `progress` gets passages done and in all.

    Raises UsageError, BadSetting or ModelMissing for a model that is not there.
    """
    import numpy as np

    embedder = engines.embedder(replace(me.config, embedder=name, embed_url=""), me.home.models)
    try:
        there = _passages(me.reader, numbers)
        rows: list[NDArray[np.float32]] = []
        for at in range(0, len(numbers), AT_ONCE):
            progress(at, len(numbers))
            rows.append(embedder.embed([embedding_text(there[n]) for n in numbers[at : at + AT_ONCE]]))
        progress(len(numbers), len(numbers))
        return Search(me.reader, Few(np.array(numbers, np.int64), np.concatenate(rows)), embedder), embedder
    except BaseException:
        embedder.close()
        raise


def as_it_is(me: Me, numbers: Sequence[int]) -> Search:
    """A search of those passages with the model in use."""
    import numpy as np

    wanted = np.array(numbers, np.int64)
    return Search(me.reader, Few(wanted, me.near.vectors(wanted)), me.embedder)


def _passages(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, Passage]:
    wanted, ids = list(numbers), dict[int, str]()
    for at in range(0, len(wanted), IDS_AT_ONCE):
        marks = ",".join("?" * len(wanted[at : at + IDS_AT_ONCE]))
        sql = f"SELECT n, id FROM passages WHERE n IN ({marks})"
        ids.update(dict(reader.rows(sql, wanted[at : at + IDS_AT_ONCE])))
    found = reader.passages(list(ids.values()), EVERYTHING)
    return {n: found[id_].passage for n, id_ in ids.items()}
