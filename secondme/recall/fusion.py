"""One score from many features: a weighted sum, so that each hit can say what it owes to which.

The weights are fitted by `python -m benchmarks.recall fit` on conversations of people and on chats with an assistant,
together, so that one set serves both; what differs between them (who speaks, how long the turns are, how peaked a score
is) is in the features. Sums of standardised scores beat reciprocal rank fusion there by ten points of recall@10.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from secondme.recall.features import NAMES

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

# printed by `python -m benchmarks.recall fit`
WEIGHTS: dict[str, float] = {
    "cos_first": 0.408, "cos_words": -0.259, "cos_best": 0.222, "cos_window": 0.471, "cos_before": -0.104, "bm25": 0.355, "bm25_text": -0.45, "bm25_window": 0.061, "bm25_wide": 0.554, "bm25_before": 0.069, "bm25_after": -0.141, "bm25_session": -0.069, "soft": 0.688, "length": -0.014, "speaker": 1.196, "owner": 1.121, "asks": -0.255, "follows": 0.267, "near": 1.333, "kind": 0.799,
}  # fmt: skip

# what --explain calls the features
ASPECTS: dict[str, tuple[str, ...]] = {
    "words": ("bm25", "bm25_text"),
    "meaning": ("cos_asked", "cos_first", "cos_words", "cos_best", "soft"),
    "around": ("bm25_window", "bm25_wide", "bm25_before", "bm25_after", "bm25_session", "cos_window", "cos_before",
               "cos_after", "cos_session", "follows"),
    "person": ("speaker", "owner", "assistant"),
    "time": ("near", "order"),
    "form": ("asks", "kind", "length"),
}  # fmt: skip


def scores(features: NDArray[np.float32]) -> NDArray[np.float32]:
    """One score for each row of `features` (candidates x len(NAMES))."""
    import numpy as np

    return np.asarray((features * _weights()).sum(axis=1), np.float32)


def shares(features: NDArray[np.float32]) -> dict[str, float]:
    """What each aspect gives to one candidate's score; `features` is its row. They add up to the score."""
    owed = dict(zip(NAMES, (features * _weights()).tolist(), strict=True))
    return {aspect: sum(owed[name] for name in names) for aspect, names in ASPECTS.items()}


def _weights() -> NDArray[np.float32]:
    import numpy as np

    return np.array([WEIGHTS.get(name, 0.0) for name in NAMES], np.float32)
