"""Late interaction: how well each word of a question is met by some word of a passage, as the embedder reads both.

ColBERT's (Khattab and Zaharia, SIGIR 2020), with an embedder that was not trained for it: its last layer's vectors of
the tokens, before they are pooled. One vector of a passage says what it is about; these say whether the thing asked for
is in it, and so they tell apart the passages at the top. Reordering the best 30 costs what embedding them costs: a
tenth of a second or two. On conversations of people and on chats with an assistant it raised recall@1 by two points
each, and recall@5 and later by nothing. Knows no stores.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from secondme.recall.features import standardised
from secondme.recall.lexical import stem, words_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder, Tokens

CANDIDATES = 30
"""As many as the mixture was chosen with: more are dearer, and bring nothing to the top."""

MIXTURE = (0.4, 0.4)  # of the two numbers, beside the scores' own 1


def late(question: str, texts: Sequence[str], weights: Mapping[str, float], embedder: Embedder) -> NDArray[np.float32]:
    """Two numbers for each text, float32 (len(texts), 2), of the greatest cosines of the question's tokens with a token
    of the text: their mean, weighted by the `weights` of the stems of the words that they are of, and the plain mean of
    the worst third, which is low where something that was asked for is missing.

    A text should begin with who says it ("Ana: ..."), as questions name people. A stem without a weight counts for
    nothing, and if none has one all count alike. A text without words gets zeros. Raises EngineError where the embedder
    gives no vectors of tokens.
    """
    import numpy as np

    (asked,) = embedder.tokens([question], asking=True)
    found = np.zeros((len(texts), 2), dtype=np.float32)
    if not len(asked.vectors):
        return found
    weighed, third = _weighed(question, asked, weights), -(-len(asked.vectors) // 3)
    for row, read in zip(found, embedder.tokens(texts), strict=True):
        if len(read.vectors):
            met = (asked.vectors @ read.vectors.T).max(axis=1)
            row[:] = np.average(met, weights=weighed), np.sort(met)[:third].mean()
    return found


def mixed(scores: NDArray[np.float32], met: NDArray[np.float32]) -> NDArray[np.float32]:
    """New scores of the best candidates: theirs and what `late` says of them, each compared within the question."""
    total = standardised(scores)
    for share, column in zip(MIXTURE, met.T, strict=True):
        total = total + share * standardised(column)
    return total


def _weighed(question: str, asked: Tokens, weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weight of the word that each token is of; 1 for each if no word has any."""
    import numpy as np

    weighed = np.zeros(len(asked.spans))
    for word, start, end in words_at(question):
        weighed[(asked.spans[:, 0] < end) & (asked.spans[:, 1] > start)] = weights.get(stem(word), 0.0)
    return weighed if weighed.any() else np.ones(len(asked.spans))
