"""Ranks: of values, and of several rankings joined."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

RRF_K = 60


def fuse(rankings: Mapping[str, Sequence[str]], k: int = RRF_K) -> list[tuple[str, float, dict[str, float]]]:
    """Reciprocal rank fusion (Cormack, Clarke, Büttcher, SIGIR 2009): an id scores the sum of 1 / (k + its rank).

    `rankings` maps a ranking's name to its ids, best first. Gives (id, score, each ranking's share), best first; ties
    keep the order in which ids were first seen.
    """
    shares: dict[str, dict[str, float]] = {}
    for name, ids in rankings.items():
        for rank, id_ in enumerate(ids, start=1):
            shares.setdefault(id_, {})[name] = 1.0 / (k + rank)
    fused = [(id_, sum(parts.values()), parts) for id_, parts in shares.items()]
    return sorted(fused, key=lambda entry: -entry[1])


def ranked(values: NDArray[np.float32]) -> list[int]:
    """Where each value stands among all, the greatest first, from 1; equal ones stand alike."""
    import numpy as np

    return (np.searchsorted(np.sort(-values), -values) + 1).tolist()  # type: ignore[no-any-return]
