"""The nearest passages to a vector, by their numbers in the ledger: from the flat rows if they are whole, else Chroma.

The rows need no lock, no import but numpy's, and milliseconds; Chroma gives the same where the rows are not made yet.
Knows the two stores of vectors and the ledger's numbers and ids, not what a passage says, nor who may see it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secondme.store import current, fill
from secondme.store.flat import FLAT
from secondme.store.index import LAYER
from secondme.store.sweep import Sweep

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.store.index import Vectors
    from secondme.store.reading import LedgerReader
    from secondme.store.sweep import Near as Found
    from secondme.store.sweep import Numbers

SCORED = 5_000  # allowed passages whose vectors Chroma gives one by one
WIDE = 2_000  # of Chroma's nearest, where more than that are allowed


class Near:
    """Vectors of one ledger's passages. Keep it as long as the ledger is open, in one thread.

    Numbers of passages that are staged, or that a later source overtook, are among those found: their vectors are
    there. So is each number of passages that share an id, and with it their vector.
    """

    def __init__(self, reader: LedgerReader) -> None:
        self._reader = reader
        self._index = current.index(reader)
        self._sweep = Sweep(self._index.path / FLAT)

    def close(self) -> None:
        self._sweep.close()

    @property
    def whole(self) -> bool:
        """Whether the flat rows answer."""
        self._follow()
        header, embedder = self._sweep.header, self._reader.meta(current.EMBEDDER)
        return bool(header and header.whole) and current.fits(self._reader, embedder, header, self._sweep.rows)

    def nearest(self, queries: NDArray[np.float32], k: int, allowed: Numbers | None = None) -> list[Found]:
        """For each of `queries` (m x dimension, unit length) the numbers of the `k` nearest passages and their cosines,
        best first. `allowed`: of these numbers only, which are sorted.

        Raises IndexDamaged if there is neither, Busy if Chroma is in use for a minute.
        """
        if self.whole:
            return self._sweep.nearest(queries, k, allowed)
        if not self._made():
            return [_none() for _ in queries]
        with self._index.open() as vectors:
            if allowed is not None and len(allowed) <= SCORED:
                return _scored(queries, k, allowed, self._known(vectors, allowed))
            return [self._by_chroma(vectors, query, k, allowed) for query in queries]

    def vectors(self, numbers: Numbers) -> NDArray[np.float32]:
        """The passages' vectors, len(numbers) x dimension; zeros where there is none. Raises as `nearest` does."""
        import numpy as np

        if self.whole:
            return self._sweep.vectors(numbers)
        if not self._made():
            return np.zeros((len(numbers), 0), np.float32)
        with self._index.open() as vectors:
            return self._known(vectors, numbers)

    def _follow(self) -> None:
        """Another process may have made another index the current one."""
        index = current.index(self._reader)
        if index.path != self._index.path:
            self._sweep.close()
            self._index, self._sweep = index, Sweep(index.path / FLAT)

    def _made(self) -> bool:
        """Whether Chroma can be asked. Raises IndexDamaged if it should be there and is not."""
        if self._index.made:
            return True
        if self._reader.counts().passages:
            raise fill.missing()
        return False

    def _by_chroma(self, vectors: Vectors, query: NDArray[np.float32], k: int, allowed: Numbers | None) -> Found:
        import numpy as np

        near = dict(vectors.nearest(LAYER, query, k if allowed is None else max(k, WIDE)))
        found = [(near[id_], n) for n, id_ in fill.numbers(self._reader, near)]
        if allowed is not None:
            known = set(allowed.tolist())
            found = [(cosine, n) for cosine, n in found if n in known]
        found = sorted(found, key=lambda pair: (-pair[0], pair[1]))[:k]
        return np.array([n for _, n in found], np.int64), np.array([cosine for cosine, _ in found], np.float32)

    def _known(self, vectors: Vectors, numbers: Numbers) -> NDArray[np.float32]:
        import numpy as np

        ids = dict(fill.held(self._reader, numbers.tolist()))
        stored = vectors.vectors(LAYER, list(set(ids.values())))
        width = len(next(iter(stored.values()), ()))
        found = np.zeros((len(numbers), width), np.float32)
        for at, n in enumerate(numbers.tolist()):
            if (vector := stored.get(ids.get(n, ""))) is not None:
                found[at] = vector
        return found


def _scored(queries: NDArray[np.float32], k: int, numbers: Numbers, vectors: NDArray[np.float32]) -> list[Found]:
    import numpy as np

    if not vectors.shape[1]:
        return [_none() for _ in queries]
    known = vectors.any(axis=1)
    numbers, vectors = numbers[known], vectors[known]
    scores = vectors @ queries.T
    order = np.argsort(-scores, axis=0, kind="stable")[:k]
    return [(numbers[order[:, m]], scores[order[:, m], m]) for m in range(len(queries))]


def _none() -> Found:
    import numpy as np

    return np.zeros(0, np.int64), np.zeros(0, np.float32)
