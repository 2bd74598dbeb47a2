"""Exact search over the flat files (flat.py), mapped into memory: by cosine, without an index and without a lock.

Few rows are all scored. Of many, those whose signs agree with the question's in most components are found first, by
counting bits, and scored then: the sign of a component keeps the angle between two vectors in expectation (random
hyperplanes: Charikar, STOC 2002), and a component of an embedding does as well as a random one (measured). Sees what
another process has written since, at each call. Knows numbers of rows, not what they are of.
"""

from __future__ import annotations

import contextlib
import mmap
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.store.flat import HEADER, SCALES, SIGNS, VALUES, Header, header_of, rows_of, signs_of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]
    Near = tuple[Numbers, NDArray[np.float32]]

ALL = 30_000  # rows up to which every one is scored: 4 ms
# How many rows are scored of more, and which share of all beyond that: of a million made from real sentences, the 100
# nearest were found but for half a percent (benchmarks/vectors.py); half as many lose a tenth of a percent more.
AT_LEAST = 8_000
SHARE = 1 / 64
BLOCK = 16_384  # rows that are looked at together: what they need stays in a core's cache
SCORED = 1_024  # rows that are scored together
FAR = 65_535  # further than any row can be


class Sweep:
    """The rows below `folder`. Use it in one thread; `close` may be repeated. Where there are no rows, it has none."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._seen: object = None
        self._header: Header | None = None
        self._map: dict[str, NDArray[Any]] = {}
        self._rows = 0

    @property
    def header(self) -> Header | None:
        """What the rows are, as of now."""
        self._look()
        return self._header

    @property
    def rows(self) -> int:
        self._look()
        return self._rows

    def close(self) -> None:
        self._seen, self._header, self._map, self._rows = None, None, {}, 0

    def nearest(self, queries: Vectors, k: int, allowed: Numbers | None = None) -> list[Near]:
        """For each of `queries` (m x dimension, unit length) the `k` nearest rows and their cosines, best first.

        `allowed` are the numbers to choose from, sorted. What is wider or narrower than the rows is near to none.
        """
        import numpy as np

        self._look()
        if allowed is not None:
            allowed = allowed[: int(np.searchsorted(allowed, self._rows))]
        count = self._rows if allowed is None else len(allowed)
        if not count or self._header is None or queries.shape[1] != self._header.dimension:
            return [(np.zeros(0, np.int64), np.zeros(0, np.float32)) for _ in queries]
        if count <= ALL:
            scores = self._scores(queries, count, allowed)
            return [_best(allowed, scores[:, n], k) for n in range(len(queries))]
        return [self._one(query, k, allowed) for query in queries]

    def vectors(self, numbers: Numbers) -> Vectors:
        """These rows as unit vectors, len(numbers) x dimension; zeros where there is none."""
        import numpy as np

        self._look()
        found = np.zeros((len(numbers), self._header.dimension if self._header else 0), np.float32)
        known = np.flatnonzero((numbers >= 0) & (numbers < self._rows))
        if len(known):
            which = numbers[known]
            found[known] = self._map[VALUES][which] * self._map[SCALES][which, None]
        return found

    def _one(self, query: Vectors, k: int, allowed: Numbers | None) -> Near:
        import numpy as np

        apart = self._apart(query)
        if allowed is not None:
            apart = apart[allowed]
        wanted = max(AT_LEAST, int(len(apart) * SHARE), k)
        places = _least(apart, wanted)
        chosen = places if allowed is None else allowed[places]
        scores = self._scores(np.ascontiguousarray(query[None]), len(chosen), chosen)
        return _best(chosen, scores[:, 0], k)

    def _apart(self, query: Vectors) -> NDArray[np.uint16]:
        """In how many signs each row differs from the query: FAR where a row holds no vector."""
        import numpy as np

        words, signs, scales = signs_of(query[None])[0], self._map[SIGNS], self._map[SCALES]
        apart = np.empty(self._rows, np.uint16)
        for at in range(0, self._rows, BLOCK):
            block, out = signs[at : at + BLOCK], apart[at : at + BLOCK]
            out[:] = np.bitwise_count(block[:, 0] ^ words[0])
            for n in range(1, len(words)):  # a column at a time: sums along a row of six take three times as long
                out += np.bitwise_count(block[:, n] ^ words[n])
            out[scales[at : at + BLOCK] == 0] = FAR
        return apart

    def _scores(self, queries: Vectors, count: int, chosen: Numbers | None) -> NDArray[np.float32]:
        """Cosines of the `chosen` rows (None: of the first `count`), count x m; -inf where a row holds no vector."""
        import numpy as np

        values, scales = self._map[VALUES], self._map[SCALES]
        scores = np.empty((count, len(queries)), np.float32)
        for at in range(0, count, SCORED):
            some = slice(at, min(at + SCORED, count))
            which: Any = some if chosen is None else chosen[some]
            rows, scale = values[which].astype(np.float32), scales[which]
            for n, query in enumerate(queries):  # and no matrix product: its threads wait for each other on busy cores
                scores[some, n] = np.vecdot(rows, query) * scale
            scores[some][scale == 0] = -np.inf
        return scores

    def _look(self) -> None:
        """Map the files anew if they are others, or longer, than they were."""
        seen = [_mark(self._folder / name) for name in (HEADER, VALUES, SIGNS, SCALES)]
        if seen == self._seen:
            return
        self.close()
        header = header_of(self._folder)
        rows = rows_of(self._folder, header) if header else 0
        if header and rows:
            with contextlib.suppress(OSError, ValueError):  # replaced just now: the next call looks again
                kinds = {VALUES: "int8", SIGNS: "uint64", SCALES: "float32"}
                found = {name: _mapped(self._folder / name, rows, header.widths[name], kinds[name]) for name in kinds}
                self._map, self._rows = {**found, SCALES: found[SCALES][:, 0]}, rows
        self._header, self._seen = header, seen


def _mark(path: Path) -> tuple[int, int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    # the header is replaced when it changes; of the others only the length tells
    return found.st_ino, found.st_size, found.st_mtime_ns if path.name == HEADER else 0


def _mapped(path: Path, rows: int, width: int, kind: str) -> NDArray[Any]:
    """A file's first `rows` rows, rows x components."""
    import numpy as np

    with path.open("rb") as file:
        whole = mmap.mmap(file.fileno(), rows * width, access=mmap.ACCESS_READ)
    return np.frombuffer(whole, dtype=kind).reshape(rows, -1)


def _least(apart: NDArray[np.uint16], wanted: int) -> Numbers:
    """Places of about the `wanted` smallest, sorted: distances are few whole numbers, so that counting them does."""
    import numpy as np

    counts = np.bincount(apart, minlength=FAR + 1)[:FAR]
    upto = np.cumsum(counts)
    last = int(np.searchsorted(upto, wanted))
    nearer = np.flatnonzero(apart < last)
    ties = np.flatnonzero(apart == last)[: wanted - len(nearer)] if last < len(counts) else nearer[:0]
    return np.sort(np.concatenate([nearer, ties]))


def _best(chosen: Numbers | None, scores: NDArray[np.float32], k: int) -> Near:
    """The `k` best with their numbers; equal ones in the order of their numbers."""
    import numpy as np

    k = min(k, len(scores))
    places = np.argpartition(-scores, k - 1)[:k] if 0 < k < len(scores) else np.arange(len(scores))[:k]
    places = places[np.lexsort((places, -scores[places]))]
    places = places[np.isfinite(scores[places])]
    return (places if chosen is None else chosen[places]).astype(np.int64), scores[places]
