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

# printed by `python -m benchmarks.recall fit`; `part` is set by hand, as too few questions have parts to fit it
WEIGHTS: dict[str, float] = {
    "cos_first": 0.307,
    "cos_words": -0.236,
    "cos_best": 0.191,
    "cos_window": 0.559,
    "cos_before": -0.128,
    "cos_after": -0.036,
    "cos_session": 0.074,
    "bm25": 0.248,
    "bm25_text": -0.357,
    "bm25_window": 0.038,
    "bm25_wide": 0.631,
    "bm25_before": 0.079,
    "bm25_after": -0.156,
    "bm25_session": -0.114,
    "soft": 0.631,
    "length": -0.024,
    "speaker": 1.342,
    "owner": 1.35,
    "asks": -0.33,
    "follows": 0.374,
    "near": 2.135,
    "kind": 1.062,
    "part": 1.5,
}  # fmt: skip

# what --explain calls the features
ASPECTS: dict[str, tuple[str, ...]] = {
    "words": ("bm25", "bm25_text", "bm25_window", "bm25_wide"),
    "meaning": ("cos_asked", "cos_first", "cos_words", "cos_best", "cos_window", "soft"),
    "around": ("bm25_before", "bm25_after", "bm25_session", "cos_before", "cos_after", "cos_session", "follows"),
    "person": ("speaker", "owner", "assistant"),
    "time": ("near", "order"),
    "form": ("asks", "kind", "length"),
    "parts": ("part",),
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
