"""How a sentence meets a question word by word, by the vectors of their words as they stand in their texts.

A sentence that is about the same as a question is near to it as a whole, whether or not it answers. What tells more is
whether each of the question's words that carry weight has something near it there (late interaction: Khattab and
Zaharia, ColBERT, SIGIR 2020; but each word weighs once, however many tokens it has), against how near any of the
sentence's words is to all of the question's. It is done to one sentence, the best one, and costs what embedding two
short texts costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from secondme.errors import EngineError
from secondme.recall.lexical import stem, words_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder, Tokens


class Closely(NamedTuple):
    """`met`: the cosine of each of the question's words with the sentence's nearest, on average by their weights.
    `alike`: the greatest mean cosine of a word of the sentence with all of the question's."""

    met: float
    alike: float


def closely(
    question: str, before: str, sentence: str, weights: Mapping[str, float], embedder: Embedder, cosine: float
) -> Closely:
    """How `sentence`, read after `before`, meets `question`, whose stems have those `weights`; others count nothing.

    An embedder that gives no vectors of words is taken to find what MiniLM finds on average for that `cosine` of the
    two texts as a whole.
    """
    text = f"{before}\n{sentence}"
    try:
        (asked,), (read,) = embedder.tokens([question], asking=True), embedder.tokens([text])
    except EngineError:
        return Closely(0.07 + 0.94 * cosine, 0.11 + 0.49 * cosine)
    own = read.spans[:, 0] >= len(text) - len(sentence)
    if not len(asked.vectors) or not own.any():
        return Closely(0.0, 0.0)
    near = asked.vectors @ read.vectors.T
    return Closely(_met(question, asked, near.max(axis=1), weights), float(near.mean(axis=0)[own].max()))


def _met(question: str, asked: Tokens, best: NDArray[np.float32], weights: Mapping[str, float]) -> float:
    """`best` is the greatest cosine of each of the question's tokens."""
    import numpy as np

    found, worth = [], []
    for word, start, end in words_at(question):
        of_it = (asked.spans[:, 0] < end) & (asked.spans[:, 1] > start)
        if of_it.any() and (weight := weights.get(stem(word), 0.0)):
            found.append(float(best[of_it].mean()))
            worth.append(weight)
    return float(np.average(found, weights=worth)) if found else float(best.mean())
