"""What single words mean: one vector per token of an embedding model's vocabulary, distilled from the model itself.

The method is Model2Vec's (van Dongen and Tulkens, Minish Lab 2024): each token goes through the model alone, the mean
and the largest principal components, which all tokens share, are removed (Mu and Viswanath 2018, All-but-the-Top), and
what is left is kept in its leading components. A word's neighbours are found by a lookup and a product, without the
model: "guitar" is at 0.83 from "guitarist" and 0.64 from "instrument".

Knows vectors and the file that keeps them (safetensors, float16, the marks of its making in the header), which is
mapped and not read. Refuses to know how a model runs, and which words say too little to count: see `Lexicon.without`.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Vectors

    Numbers = NDArray[np.int32]
    Table = NDArray[np.float16]

VERSION = "1"
"""Raise it when `distilled` gives other vectors: files of another version are written anew."""

SHARED = 3  # components that tell frequency and form rather than meaning
KEPT = 200  # components of MiniLM's 384
MOST_SPELT = 50_000  # words whose tokens are kept: some 12 MB

_NAME = "rows"
_MEANT = re.compile(r"[^\W_]")  # a letter or a digit


class Lexicon:
    """The vectors of a vocabulary's tokens. May be used from several threads.

    `table`: float16 (size, dimension), rows of length 1, or 0 where a token means nothing. `read` gives the numbers of
    the tokens of each text, special ones left out.
    """

    def __init__(
        self, table: Table, read: Callable[[Sequence[str]], list[list[int]]], silent: frozenset[int] = frozenset()
    ) -> None:
        import numpy as np  # 40 ms

        self._table, self._read, self._silent = table, read, silent
        self._silenced = np.zeros(len(table), dtype=bool)
        self._silenced[list(silent)] = True
        self._spelt: dict[str, list[int]] = {}

    @property
    def size(self) -> int:
        """Tokens in the vocabulary; their numbers are 0 to size - 1."""
        return int(self._table.shape[0])

    @property
    def dimension(self) -> int:
        return int(self._table.shape[1])

    def pieces(self, texts: Sequence[str]) -> list[Numbers]:
        """The numbers of each text's tokens, in order, none cut off: int32 (tokens,)."""
        import numpy as np

        return [np.array(numbers, dtype=np.int32) for numbers in self._read(texts)]

    def spelt(self, words: Sequence[str]) -> tuple[Numbers, NDArray[np.intp]]:
        """The numbers of the words' tokens, one word's after another's, and how many each word has.

        As `pieces`, for the words of many texts: those met before are not taken apart again.
        """
        import numpy as np

        known = self._spelt
        if new := [word for word in words if word not in known]:
            if len(known) + len(new) > MOST_SPELT:
                self._spelt = known = {}
                new = list(words)
            known.update(zip(new, self._read(new), strict=True))
        found = [known[word] for word in words]
        lengths = np.array([len(numbers) for numbers in found], dtype=np.intp)
        return np.fromiter(chain.from_iterable(found), np.int32, int(lengths.sum())), lengths

    def rows(self, numbers: Numbers) -> Vectors:
        """float32 (len(numbers), dimension): rows of length 1, or 0 for what means nothing or is silent."""
        import numpy as np

        rows = self._table[numbers].astype(np.float32)
        rows[self._silenced[numbers]] = 0
        return rows

    def without(self, words: Iterable[str]) -> Lexicon:
        """The same in which `words` mean nothing. Words of several tokens keep theirs, which other words share."""
        silent = {numbers[0] for numbers in self._read(list(words)) if len(numbers) == 1}
        return Lexicon(self._table, self._read, self._silent | silent)


def meaningful(token: str) -> bool:
    """Whether a token of a vocabulary can stand for something: `dog` and `##ly`, not `,` or `[unused7]`."""
    return bool(_MEANT.search(token)) and not (token.startswith("[") and token.endswith("]"))


def distilled(vectors: Vectors, meant: NDArray[np.bool_]) -> Table:
    """The table of a Lexicon from what the model makes of each token alone: float32 (size, hidden).

    Rows that are not `meant` become 0, and count for nothing. The result has `KEPT` columns, or fewer of a small model.
    """
    import numpy as np

    centred = vectors - vectors[meant].mean(axis=0)
    centred[~meant] = 0
    _, components = np.linalg.eigh(centred.T @ centred)  # by rising variance
    kept = centred @ components[:, ::-1][:, SHARED : SHARED + KEPT]
    lengths = np.linalg.norm(kept, axis=1, keepdims=True)
    table: Table = (kept / np.where(lengths > 0, lengths, 1)).astype(np.float16)
    return table


def packed(table: Table, marks: Mapping[str, str]) -> bytes:
    """The content of the file that `mapped` reads."""
    from safetensors.numpy import save

    content: bytes = save({_NAME: table}, metadata=dict(marks))
    return content


def mapped(path: Path, wanted: Mapping[str, str]) -> Table | None:
    """The table in a file; None if that is missing, damaged, or not marked with all that is `wanted`.

    The format is eight bytes with the length of a JSON header, the header, the values.
    """
    import numpy as np

    try:
        with path.open("rb") as file:
            length = int.from_bytes(file.read(8), "little")
            header: dict[str, Any] = json.loads(file.read(min(length, 10_000)))
            shape, marks = tuple(header[_NAME]["shape"]), header["__metadata__"]
            if header[_NAME]["dtype"] != "F16" or not wanted.items() <= marks.items():
                return None
            return np.memmap(file, np.float16, "r", offset=8 + length, shape=shape)
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return None  # the file is ours and derived: writing it again is the repair
