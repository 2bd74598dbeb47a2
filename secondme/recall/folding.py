"""Near-duplicates among hits: of passages that say the same in nearly the same words, the best one stands for all.

Two texts are the same if they share nine tenths of their words (Jaccard); short ones only if they are equal. A message
that was forwarded, a note that was copied and a quoted mail take one place in the results, not three.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from secondme.recall.lexical import words

ALIKE = 0.9
FEW = 8  # words; with fewer than these, one word more or less is another statement


def folded(texts: Sequence[str]) -> Iterator[tuple[int, int]]:
    """For each text, best first, (its position, the position of the one that stands for it: itself, if none before)."""
    kept: list[tuple[int, frozenset[str], str]] = []
    for at, text in enumerate(texts):
        plain = " ".join(text.split())
        said = frozenset(words(text))
        same = next((first for first, other, also in kept if plain == also or _alike(said, other)), at)
        if same == at:
            kept.append((at, said, plain))
        yield at, same


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    fewer, more = sorted((len(one), len(other)))
    if fewer < FEW or fewer < ALIKE * more:
        return False
    return len(one & other) >= ALIKE * len(one | other)
