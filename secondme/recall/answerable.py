"""How likely it is that memory holds the answer at all: a calibrated probability, before any model reads a word.

What tells is seldom how well the best passage fits, since something always fits. It is whose it is: a question about
Ana's adoption that Ben's words fit better was asked about the wrong person; a passage in which Ana only asks about it
("what made you choose adoption?") says nothing of Ana. And it is which of the question's words nothing comes near: a
drought is not a flood. Two logistic models, for questions that name somebody whose words memory holds and for all
others, fitted by `python -m benchmarks.recall fit`.

Knows the weighed candidates of one question. Whoever has run `secondme tune` gets this corrected for their memory.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.recall.fusion import WEIGHTS
from secondme.recall.lexical import stem
from secondme.recall.wording import aligned

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine.lexicon import Lexicon
    from secondme.recall.search import Weighed

    Column = NDArray[np.float32]
    Mask = NDArray[np.bool_]

FIRST, BEST, PEAK = 3, 5, 10  # hits that are looked at
_OWN = re.compile(r"\b(?:i|my|me|mine|we|our|us|i['’](?:m|ve|d|ll))\b", re.IGNORECASE)
_YOURS = re.compile(r"\b(?:you|your|yours|you['’](?:re|ve|d|ll))\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Model:
    """A logistic model: bias and weights of signals."""

    bias: float
    weights: Mapping[str, float]

    def logit(self, signals: Mapping[str, float]) -> float:
        return self.bias + sum(weight * signals[name] for name, weight in self.weights.items())


# the signals that told most on conversations and lives that the weights were not fitted on
ABOUT_PEOPLE = (
    "lead_soft", "lead_words", "lead_window", "lead_score", "of_self", "others_lack", "others_cover", "peak", "meaning",
)  # fmt: skip
ABOUT_ANYTHING = ("cover", "peak", "asked", "window", "words", "near")
# both printed by `python -m benchmarks.recall fit`
NAMED = Model(
    1.140,
    {
        "lead_soft": 5.384,
        "lead_words": -1.062,
        "lead_window": -7.419,
        "lead_score": 0.499,
        "of_self": 2.753,
        "others_lack": -0.386,
        "others_cover": -1.808,
        "peak": -0.143,
        "meaning": 0.783,
    },
)
PLAIN = Model(
    -3.124,
    {
        "cover": 2.689,
        "peak": 0.335,
        "asked": 3.608,
        "window": -1.764,
        "words": 2.113,
        "near": 0.269,
    },
)


def answerable(found: Weighed, lexicon: Lexicon | None) -> float:
    """The probability (0..1)."""
    return 1.0 / (1.0 + math.exp(-logit(found, lexicon)))


def logit(found: Weighed, lexicon: Lexicon | None) -> float:
    """The same before it is made a probability: what a calibration corrects."""
    own, others = sides(found)
    model = NAMED if own.any() and others.any() else PLAIN
    return model.logit(signals(found, lexicon))


def signals(found: Weighed, lexicon: Lexicon | None) -> dict[str, float]:
    """What the probability is made from, by name; with somebody named whose words there are, more of it."""
    own, others = sides(found)
    plain = _plain(found, lexicon)
    return plain | _persons(found, lexicon, own, others) if own.any() and others.any() else plain


def sides(found: Weighed) -> tuple[Mask, Mask]:
    """The candidates that the people named say, and those that others say."""
    import numpy as np

    says = found.columns["speaker"]
    return np.asarray(says > 0), np.asarray(says < 0)


def _plain(found: Weighed, lexicon: Lexicon | None) -> dict[str, float]:
    columns, order = found.columns, found.order
    best = order[:BEST]
    total = _all_weight(found)
    return {
        "meaning": float(columns["cos_best"][best].max()),
        "asked": float(columns["cos_asked"][best].max()),
        "words": float(columns["bm25_text"][best].max()) / total,
        "window": float(columns["bm25_window"][best].max()) / total,
        "near": float(columns["near"][best].max()),
        "peak": float(found.scores[order[0]] - found.scores[order[:PEAK]].mean()),
        "cover": _covered(found, order[:1], lexicon)[1],
    }


def _persons(found: Weighed, lexicon: Lexicon | None, own: Mask, others: Mask) -> dict[str, float]:
    """What the people named say against what the others say, leaving aside who says it."""
    import numpy as np

    columns, total = found.columns, _all_weight(found)
    neutral = found.scores - WEIGHTS["speaker"] * columns["speaker"]
    texts = [found.pool.around[n].text for n in found.pool.numbers]
    telling = np.array([_tells(text) for text in texts])
    mine = [i for i in found.order if own[i]]
    theirs = max(np.flatnonzero(others).tolist(), key=lambda i: float(neutral[i]))
    lacking, cover = _covered(found, [theirs], lexicon)

    def lead(column: Column, one: Mask, other: Mask, k: int = 1) -> float:
        return _top(column[one], k) - _top(column[other], k)

    return {
        "lead_soft": lead(columns["soft"], own & telling, others & telling),
        "lead_words": lead(columns["bm25_text"], own, others) / total,
        "lead_window": lead(columns["cos_window"], own, others),
        "lead_score": lead(neutral, own, others, FIRST),
        "of_self": float(np.mean([bool(_OWN.search(texts[i])) for i in mine[:FIRST]])),
        "others_lack": lacking,
        "others_cover": cover,
    }


def _all_weight(found: Weighed) -> float:
    return sum(found.query.weight(one) for one in found.query.stems) or 1.0


def _tells(text: str) -> bool:
    """Whether it says something of whoever says it: no question, and not only of the one spoken to."""
    return not text.rstrip().endswith("?") and (bool(_OWN.search(text)) or not _YOURS.search(text))


def _top(column: Column, k: int) -> float:
    import numpy as np

    return float(np.sort(column)[::-1][:k].mean()) if len(column) else 0.0


def _covered(found: Weighed, rows: Sequence[int], lexicon: Lexicon | None) -> tuple[float, float]:
    """Of the question's words in those passages together: how much the one that is farthest from all of theirs tells,
    and the share of all their weight that is there."""
    if not rows or not found.query.words:
        return 0.0, 0.0
    import numpy as np

    weights = np.array([found.query.weight(stem(word)) for word in found.query.words])
    there = aligned(" ".join(found.pool.around[found.pool.numbers[i]].text for i in rows), found.query.words, lexicon)
    return float(((1 - there) * weights).max()), float((there * weights).sum() / weights.sum())
