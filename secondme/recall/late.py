"""Late interaction: how well each word of a question is met by some word of a passage, as the embedder reads both.

ColBERT's (Khattab and Zaharia, SIGIR 2020), with an embedder that was not trained for it: its last layer's vectors of
the tokens, before they are pooled. One vector of a passage says what it is about; these say whether the thing asked for
is in it, and so they tell apart the passages at the top. Knows no stores and decides no order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from secondme.recall.lexical import stem, words_at

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder, Tokens


def late(question: str, texts: Sequence[str], weights: Mapping[str, float], embedder: Embedder) -> NDArray[np.float32]:
    """Two numbers for each text, float32 (len(texts), 2): the mean over the question's tokens of the greatest cosine
    with a token of the text, and the same mean weighted by the `weights` of the stems of the words they are of.

    A stem that has no weight counts for nothing; if none has, the second number is the first. A text without words gets
    zeros. Raises EngineError where the embedder gives no vectors of tokens.
    """
    import numpy as np

    (asked,) = embedder.tokens([question], asking=True)
    found = np.zeros((len(texts), 2), dtype=np.float32)
    if not len(asked.vectors):
        return found
    shares = np.stack([np.ones(len(asked.vectors)), _weighed(question, asked, weights)])
    shares = shares / shares.sum(axis=1, keepdims=True)
    for row, read in zip(found, embedder.tokens(texts), strict=True):
        if len(read.vectors):
            row[:] = shares @ (asked.vectors @ read.vectors.T).max(axis=1)
    return found


def _weighed(question: str, asked: Tokens, weights: Mapping[str, float]) -> NDArray[np.float64]:
    """The weight of the word that each token is of; 1 for each if no word has any."""
    import numpy as np

    weighed = np.zeros(len(asked.spans))
    for word, start, end in words_at(question):
        weighed[(asked.spans[:, 0] < end) & (asked.spans[:, 1] > start)] = weights.get(stem(word), 0.0)
    return weighed if weighed.any() else np.ones(len(asked.spans))
