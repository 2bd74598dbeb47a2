"""Asking the words index so that it answers within milliseconds where there are a million passages.

FTS5 finds a word's rows quickly (0.05 µs a row) and scores them slowly (1-4 µs), and half of the words of a question
may be in every tenth passage: speakers, months, "work". So only few matches are ever scored by FTS5. Where a question
matches more, the passages looked at are those of its rarer words and those that have two of its common ones, as many
as POOL; they are ranked by the words that they hold, each once, then the best by their length as well. That is BM25
(Robertson, Walker, TREC-3) with every word counted once, and passages are short.

Knows words and numbers of passages. Visibility and filters are checked best first, and for as many as are wanted.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import accumulate, combinations, islice
from typing import TYPE_CHECKING, Any, NamedTuple

from secondme.store.rows import Filters, selective, where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]

EXACT = 4_000  # matches that FTS5 scores; all there are, up to some ten thousand passages
POOL = 20_000  # passages looked at where more match
LEG = 5_000  # of them, those that have two common words
FEW = 1_000  # passages; with fewer in the pool one common word is enough
PAIRED = 5  # common words whose pairs are looked for
CHECKED = 400  # of the pool's best, as many visible ones are ranked by their length, too
TEXT, CONTEXT = 1.0, 0.7  # weights of a passage's words and of what it is about
K1, B = 1.2, 0.75  # as FTS5 has them
_ANY_OF = re.compile(r'"(?:[^"]|"")+"(?: OR "(?:[^"]|"")+")*')
_WORD = re.compile(r'"(?:[^"]|"")+"')

Rows = Callable[[str, Sequence[object]], Iterable[tuple[Any, ...]]]


class Match(NamedTuple):
    """A passage that has words of a query: its number, its id, and its score (BM25, higher is better)."""

    n: int
    id: str
    score: float


class Words:
    """The words index of one ledger. `rows` runs a query on it; `generation` moves when its content does."""

    def __init__(self, rows: Rows, generation: Callable[[], int]) -> None:
        self._rows = rows
        self._generation = generation
        self._counted = -1
        self._frequencies: dict[str, int] = {}

    def frequency(self, phrase: str) -> int:
        """How many passages hold a quoted word or phrase, staged ones included. A common one takes 10 ms once."""
        if self._counted != (now := self._generation()):
            self._counted, self._frequencies = now, {}
        if phrase not in self._frequencies:
            (count,) = self._one("SELECT count(*) FROM words WHERE words MATCH ?", phrase)
            self._frequencies[phrase] = int(count)
        return self._frequencies[phrase]

    @property
    def size(self) -> int:
        """How many passages there are, about: the highest number that was given."""
        return int(self._one("SELECT coalesce(max(n), 0) FROM passages")[0])

    def best(self, query: str, k: int, filters: Filters) -> list[Match]:
        """The `k` best visible passages that pass the filters, best first.

        `query` is FTS5's. One that joins quoted words by OR is asked as this module's docstring says; what else there
        may be is scored as a whole.
        """
        phrases = list(dict.fromkeys(_WORD.findall(query))) if _ANY_OF.fullmatch(query) else []
        counts = {phrase: count for phrase in phrases if (count := self.frequency(phrase))}
        if not phrases or sum(counts.values()) <= EXACT:
            return self._among(self._scored(query), k, filters)
        found = self._by_length(self._checked(self._pooled(counts), max(k, CHECKED), filters))[:k]
        if len(found) < k:  # what passes may be among those that were not looked at
            return self._among(self._scored(query, filters), k, filters)
        return found

    # -- few matches: FTS5 scores them ------------------------------------------------------------------------------

    def _scored(self, query: str, filters: Filters | None = None) -> Iterator[tuple[int, float]]:
        """Every match with its score, best first; with `filters` those that pass, where that keeps any away."""
        kept, values = "", list[object]()
        if filters is not None and filters.any:
            clause, values = selective(filters)
            # the plus keeps SQLite from asking the index once for each of the numbers
            kept = f" AND +words.rowid IN (SELECT p.n FROM passages p JOIN items i ON i.n = p.item WHERE {clause})"
        sql = f"SELECT rowid, -bm25(words, {TEXT}, {CONTEXT}) AS score FROM words WHERE words MATCH ?{kept}"
        yield from self._rows(f"{sql} ORDER BY score DESC, rowid", (query, *values))

    # -- many: a pool of them, by number ----------------------------------------------------------------------------

    def _pooled(self, counts: dict[str, int]) -> Iterator[tuple[int, float]]:
        """The passages to look at with the sum of their words' weights, best first. `counts`: phrases to passages."""
        import numpy as np

        holding, total = self._holding(counts), self.size
        pool = np.sort(np.concatenate([part for parts in holding.values() for part in parts]))
        pool = pool[np.diff(pool, prepend=-1) > 0]  # np.unique hashes them, which takes ten times as long
        score = np.zeros(len(pool))
        for phrase, parts in holding.items():
            held = np.zeros(len(pool), bool)
            for part in parts:
                held[np.searchsorted(pool, part)] = True  # np.isin would sort the pool each time
            score += held * _weight(counts[phrase], total)
        best = np.lexsort((-pool, -score))
        for at in range(0, len(best), CHECKED):  # the first few are enough most times
            some = best[at : at + CHECKED]
            yield from zip(pool[some].tolist(), score[some].tolist(), strict=True)

    def _holding(self, counts: dict[str, int]) -> dict[str, list[Numbers]]:
        """The passages to look at, by the phrases that they hold."""
        rarest = sorted(counts, key=lambda phrase: counts[phrase])
        upto = list(accumulate(counts[phrase] for phrase in rarest))
        rare = [phrase for phrase, passages in zip(rarest, upto, strict=True) if passages <= POOL]
        common, room = rarest[len(rare) :], POOL - sum(counts[phrase] for phrase in rare)
        holding = {phrase: [self._numbers(phrase)] for phrase in rare}
        if rare:
            holding |= {phrase: [self._numbers(f"({' OR '.join(rare)}) AND {phrase}")] for phrase in common}
        for pair in sorted(combinations(common[:PAIRED], 2), key=lambda pair: counts[pair[0]] * counts[pair[1]]):
            if room > 0:
                both = self._numbers(" AND ".join(pair), min(LEG, room))
                for phrase in pair:
                    holding.setdefault(phrase, []).append(both)
                room -= len(both)
        if common and POOL - room < FEW:
            holding.setdefault(common[0], []).append(self._numbers(common[0], LEG))
        return holding

    def _numbers(self, query: str, most: int = -1) -> Numbers:
        """Numbers of the passages that match, of very many the last written; as one string, which is the quickest."""
        import numpy as np

        sql = "SELECT rowid FROM words WHERE words MATCH ? ORDER BY rowid DESC LIMIT ?"
        (text,) = self._one(f"SELECT group_concat(rowid) FROM ({sql})", query, most)
        return np.fromstring(text or "", dtype=np.int64, sep=",")

    # -- both ---------------------------------------------------------------------------------------------------------

    def _among(self, ranked: Iterable[tuple[int, float]], k: int, filters: Filters) -> list[Match]:
        return [match for match, _ in self._checked(ranked, k, filters)]

    def _checked(self, ranked: Iterable[tuple[int, float]], k: int, filters: Filters) -> list[tuple[Match, int]]:
        """The first `k` of `ranked` (number, score) that are visible and pass, with their lengths in characters."""
        clause, values = where(filters)
        sql = (
            'SELECT p.n, p.id, p."end" - p.start FROM passages p JOIN items i ON i.n = p.item'
            f" WHERE p.n IN (SELECT value FROM json_each(?)) AND {clause}"
        )
        found, ranked, size = list[tuple[Match, int]](), iter(ranked), k
        while len(found) < k and (part := list(islice(ranked, size))):
            rows = self._rows(sql, (json.dumps([n for n, _ in part]), *values))
            passing = {n: (id_, length) for n, id_, length in rows}
            found += [(Match(n, passing[n][0], score), passing[n][1]) for n, score in part if n in passing]
            size = 4 * size
        return found[:k]

    def _by_length(self, found: Sequence[tuple[Match, int]]) -> list[Match]:
        """Again by BM25, each word counted once: of two passages that have the same words the shorter is better."""
        mean = sum(length for _, length in found) / max(1, len(found)) or 1.0
        weighed = [
            match._replace(score=match.score * (K1 + 1) / (1 + K1 * (1 - B + B * length / mean)))
            for match, length in found
        ]
        return sorted(weighed, key=lambda match: -match.score)

    def _one(self, sql: str, *values: object) -> tuple[Any, ...]:
        return next(iter(self._rows(sql, values)))


def _weight(count: int, total: int) -> float:
    """The inverse document frequency of what is in `count` of `total` passages, as FTS5 has it: never quite nothing."""
    return max(1e-6, math.log((max(total, count) - count + 0.5) / (count + 0.5)))
