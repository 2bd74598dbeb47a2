"""How a sentence meets a question word by word, by the vectors of their words as they stand in their texts.

A sentence that is about the same as a question is near to it as a whole, whether or not it answers. What tells more is
whether each of the question's words that carry weight has something near it there (late interaction, see late.py); and
whether what the sentence says beyond them is nothing but the question's topic once more. Both doubts are measured on one
sentence, the best one, so that they cost what embedding two short texts costs.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, NamedTuple

from secondme.errors import EngineError
from secondme.recall.late import token_weights
from secondme.recall.lexical import stem, words_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder, Tokens


class Closely(NamedTuple):
    """`met`: how near the sentence's nearest word is to each of the question's, on average by their weights. `alike`:
    how near the nearest of the sentence's words that the question has not is to the question as a whole. Cosines."""

    met: float
    alike: float


def closely(
    question: str, sentence: str, before: str, weights: Mapping[str, float], embedder: Embedder, cosine: float
) -> Closely:
    """How `sentence`, read after `before`, meets `question`. `weights` are of the question's stems.

    An embedder that gives no vectors of words is taken to find what others find on average for that `cosine` of the two
    as a whole.
    """
    import numpy as np

    text = f"{before}\n{sentence}"
    try:
        (asked,), (read,) = embedder.tokens([question], asking=True), embedder.tokens([text])
    except EngineError:
        return Closely(0.07 + 0.94 * cosine, 0.11 + 0.49 * cosine)
    if not len(asked.vectors) or not len(read.vectors):
        return Closely(0.0, 0.0)
    near = asked.vectors @ read.vectors.T
    met = float(np.average(near.max(axis=1), weights=token_weights(question, asked, weights)))
    own = _new(text, read, len(text) - len(sentence), {stem(word) for word, _, _ in words_at(question)})
    return Closely(met, float(near.mean(axis=0)[own].max()) if own.any() else 0.0)


def _new(text: str, read: Tokens, start: int, known: set[str]) -> NDArray[np.bool_]:
    """Which tokens from `start` on are of words whose stems are not `known`."""
    import numpy as np

    own = read.spans[:, 0] >= start
    for word, begin, end in words_at(text):
        if stem(word) in known:
            own &= ~((read.spans[:, 0] < end) & (read.spans[:, 1] > begin))
    return np.asarray(own)
