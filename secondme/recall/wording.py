"""Many texts taken apart together, so that comparing them with a question is sums of arrays and not of dictionaries.

Every word that occurs in any of the texts is looked at once: its stem, and what it means. A text is then the numbers of
its words, and a window of several texts is the sum of their counts. BM25 is Robertson's and Walker's (TREC-3), computed
over the texts at hand; the soft match aligns each of the question's words with the text's nearest (Kusner et al. 2015,
From Word Embeddings to Document Distances, relaxed to the nearest word).

Knows texts and words, not where they are from.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING

from secondme.recall.lexical import stem

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine.lexicon import Lexicon

    Column = NDArray[np.float32]
    Matrix = NDArray[np.float32]
    Places = NDArray[np.intp]

K1, B = 1.2, 0.75
_WORD = re.compile(r"\w+")
_SPACES = {code: " " for code in range(128) if not _WORD.match(chr(code))}


@dataclass(frozen=True, slots=True)
class Texts:
    """Texts as numbers. `words` are those of all texts, each once, case-folded; `numbers` are places in it, one text's
    after another's; `lengths` say how many each text has."""

    words: Sequence[str]
    numbers: Places
    lengths: Places

    def __len__(self) -> int:
        return len(self.lengths)


def read(texts: Sequence[str]) -> Texts:
    import numpy as np

    found = [_words(text.casefold()) for text in texts]
    lengths = np.array([len(words) for words in found], np.intp)
    words = list(dict.fromkeys(chain.from_iterable(found)))
    place = {word: at for at, word in enumerate(words)}
    numbers = np.fromiter(map(place.__getitem__, chain.from_iterable(found)), np.intp, int(lengths.sum()))
    return Texts(words, numbers, lengths)


def _words(text: str) -> list[str]:
    return text.translate(_SPACES).split() if text.isascii() else _WORD.findall(text)  # twice as fast, and the same


def counts(texts: Texts, stems: Sequence[str]) -> Matrix:
    """How often each of the `stems`, which are different ones, occurs in each text: texts x stems."""
    import numpy as np

    column = {one: at for at, one in enumerate(stems)}
    # a stem begins as its word does, but for its last letter ("try": "tri"), so most words need no stemming
    heads = tuple(one[: max(2, len(one) - 1)] for one in stems)
    meant = np.array([column.get(stem(word), -1) if word.startswith(heads) else -1 for word in texts.words], np.intp)
    which = meant[texts.numbers]
    row = np.repeat(np.arange(len(texts)), texts.lengths)
    cells = (row * len(stems) + which)[which >= 0]
    found = np.bincount(cells, minlength=len(texts) * len(stems))
    return found.reshape(len(texts), len(stems)).astype(np.float32)


def bm25(counted: Matrix, lengths: NDArray[np.float32], weights: Sequence[float]) -> Column:
    """BM25 of each text (a row of `counted`), whose words `lengths` count; these are compared with their own mean.

    `weights` are the inverse document frequencies of the columns.
    """
    import numpy as np

    mean = float(lengths.mean()) if len(lengths) else 0.0
    damped = K1 * (1 - B + B * lengths / (mean or 1.0))
    weighed = counted * (K1 + 1) / (counted + damped[:, None]) * np.array(weights, np.float32)
    return weighed.sum(axis=1, dtype=np.float32)  # type: ignore[no-any-return]


def soft(texts: Texts, asked: Sequence[str], weights: Sequence[float], lexicon: Lexicon) -> Column:
    """Share of the weight of the words `asked` that each text has something like: each by its nearest word's cosine.

    Of a word of several tokens each weighs as much; those that mean nothing do not count.
    """
    import numpy as np

    near, meant = _near(texts, asked, lexicon)
    weighed = np.array(weights, np.float32) * meant
    return (near * weighed).sum(axis=1) / (weighed.sum() or 1.0)  # type: ignore[no-any-return]


def aligned(text: str, asked: Sequence[str], lexicon: Lexicon | None) -> Column:
    """How near the nearest word of `text` is to each of the words `asked`: 1 for one of the same stem, else the
    greatest cosine, as the mean over the asked word's tokens."""
    import numpy as np

    texts = read([text])
    there = {stem(word) for word in texts.words}
    same = np.array([stem(word) in there for word in asked], np.float32)
    return same if lexicon is None or same.all() else np.where(same, same, _near(texts, asked, lexicon)[0][0])


def _near(texts: Texts, asked: Sequence[str], lexicon: Lexicon) -> tuple[Matrix, Column]:
    """The cosine of each text's nearest word to each of the words `asked`, texts x asked, as the mean over the asked
    word's tokens; and which share of those tokens means anything."""
    import numpy as np

    pieces, each = lexicon.spelt(asked)
    wanted = lexicon.rows(pieces)
    spelt, lengths = lexicon.spelt(texts.words)
    known, place = np.unique(spelt, return_inverse=True)
    # not @: its threads cost more than they save
    alike = np.maximum(np.vecdot(lexicon.rows(known)[:, None, :], wanted[None, :, :]), 0.0)
    by_word = _greatest(alike[place], lengths)
    found = _greatest(by_word[texts.numbers], texts.lengths)
    means = wanted.any(axis=1)
    whose = np.repeat(np.arange(len(asked)), each)[means]
    total = np.zeros((len(asked), len(texts)), np.float32)
    np.add.at(total, whose, found.T[means])
    telling: Column = np.bincount(whose, minlength=len(asked)).astype(np.float32)
    total /= np.maximum(telling, 1)[:, None]
    return total.T, (telling / np.maximum(each, 1)).astype(np.float32)


def _greatest(rows: Matrix, lengths: Places) -> Matrix:
    """The greatest of each column in each of the stretches of `rows` with these lengths; of none, 0."""
    import numpy as np

    found = np.zeros((len(lengths), rows.shape[1]), np.float32)
    filled = np.flatnonzero(lengths)
    begins = (np.cumsum(lengths) - lengths)[filled]
    if len(begins):
        found[filled] = np.maximum.reduceat(rows, begins, axis=0)
    return found
