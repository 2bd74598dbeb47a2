"""Candidates for a question: the best by words and by meaning, what stands beside them, and what is of the days meant.

Of each ranking the best REACH are enough: measured on conversations, a hundred of each lose nothing against all, thirty
0.2 of a hundred. Knows the stores and the question's vectors; weighs nothing.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain
from typing import TYPE_CHECKING, Protocol

from secondme.errors import IndexDamaged
from secondme.recall.features import Pool
from secondme.recall.lexical import fts_query
from secondme.recall.query import Query
from secondme.store.around import Standing, standing
from secondme.store.dated import dates_of, own_days, passages_dated
from secondme.store.overtaken import successors
from secondme.store.rows import EVERYTHING, Filters, selective, where

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.store.reading import LedgerReader
    from secondme.store.words import Match

REACH = 60  # of each ranking
BESIDE = 20  # of each ranking, whose neighbours are candidates as well
DATED = 40  # passages of the days that the question is about
SPARE = 4  # times as many vectors are looked at, since some are of passages that do not show
WIDE = 4_000  # vectors that are looked at where filters keep passages away
READINGS = 2  # of the question, whose nearest passages are candidates; the statement's add nothing


class Nearest(Protocol):
    """What knows passages by their vectors: store/near.py all of memory's, others a few that are tried."""

    def nearest(
        self, queries: NDArray[np.float32], k: int, allowed: NDArray[np.int64] | None = None
    ) -> Sequence[tuple[NDArray[np.int64], NDArray[np.float32]]]: ...
    def vectors(self, numbers: NDArray[np.int64]) -> NDArray[np.float32]: ...


def gather(
    reader: LedgerReader,
    near: Nearest,
    query: Query,
    asked: NDArray[np.float32],
    filters: Filters,
    warn: Callable[[str], None],
    day: int | None = None,
) -> Pool | None:
    """The candidates with their surroundings, vectors and days; None if there are none.

    `asked` is the question's variants and its parts as vectors. `warn` is told when words alone must do. With `day`,
    what says something that was over by then brings along what took its place.
    """
    by_words = [match.n for match in _matching(reader, query, filters)]
    by_vectors, meaning = _nearest(reader, near, query, asked, filters, warn)
    dated = [n for days in query.when.ranges for n in passages_dated(reader, *days, DATED, filters)]
    first = list(dict.fromkeys([*by_words, *by_vectors, *dated[:DATED]]))
    if not first:
        return None
    later = successors(reader, first, day) if day is not None else {}
    instead = (m for n in (*by_words[:BESIDE], *by_vectors[:BESIDE]) for m in _followed(n, later))
    first = list(dict.fromkeys([*first, *passing(reader, dict.fromkeys(instead), filters)]))
    around, known = _standing(reader, first, filters), set(first)
    beside = [
        m
        for n in dict.fromkeys([*by_words[:BESIDE], *by_vectors[:BESIDE]])
        for m in (*around[n].before, *around[n].after)
        if m not in known
    ]
    if beside := passing(reader, dict.fromkeys(beside), filters):
        more = _standing(reader, beside, filters)
        around = {**more, **around, **{n: more[n] for n in beside}}  # each with its own surroundings, where known
    numbers = sorted(known.union(beside))
    days = _days(reader, numbers) if query.when.ranges else {}
    return Pool(numbers, around, _vectors(near, around, asked, meaning), asked, days, later)


def _followed(n: int, later: Mapping[int, Sequence[int]]) -> Iterator[int]:
    """What took a passage's place, and its place."""
    for m in later.get(n, ()):
        yield m
        yield from later.get(m, ())


def _standing(reader: LedgerReader, numbers: Sequence[int], filters: Filters) -> dict[int, Standing]:
    """The passages with their surroundings, in which nothing is that is left out."""
    around, out = standing(reader, numbers), frozenset(filters.without)
    if not out:
        return around
    return {
        n: replace(
            one, before=tuple(m for m in one.before if m not in out), after=tuple(m for m in one.after if m not in out)
        )
        for n, one in around.items()
        if n not in out
    }


def passing(reader: LedgerReader, numbers: Iterable[int], filters: Filters = EVERYTHING) -> list[int]:
    """Those of the passages that are visible and pass the filters, in the order given."""
    wanted = list(numbers)
    clause, values = where(filters)
    rows = reader.rows(
        "SELECT p.n FROM passages p JOIN items i ON i.n = p.item"
        f" WHERE p.n IN (SELECT value FROM json_each(?)) AND {clause}",
        (json.dumps(wanted), *values),
    )
    passed = {n for (n,) in rows}
    return [n for n in wanted if n in passed]


def _matching(reader: LedgerReader, query: Query, filters: Filters) -> Sequence[Match]:
    wanted = fts_query(query.text)
    return reader.words.best(wanted, REACH, filters) if wanted else []


def _nearest(
    reader: LedgerReader,
    near: Nearest,
    query: Query,
    asked: NDArray[np.float32],
    filters: Filters,
    warn: Callable[[str], None],
) -> tuple[list[int], bool]:
    """The passages nearest to the question as it stands, in the first person, and to its parts; whether there are
    vectors at all.

    With filters more are looked at first, which takes milliseconds; only where too few of those pass, all that do are
    listed, which takes seconds where there are a million.
    """
    import numpy as np

    out, narrow = frozenset(filters.without), replace(filters, without=()).any
    readings = [n for n in range(READINGS) if query.variants[n] not in query.variants[:n]]
    readings += range(len(query.variants), len(asked))
    try:
        found = near.nearest(asked[readings], WIDE if narrow else REACH * SPARE + len(out))
        best = _showing(reader, [[n for n in one.tolist() if n not in out] for one, _ in found], filters)
        if narrow and any(len(one) < REACH for one in best):
            found = near.nearest(asked[readings], REACH, _allowed(reader, filters))
            best = [one.tolist() for one, _ in found]
    except IndexDamaged as error:
        warn(f"{error.message} Searching by words alone. {error.hint}")
        return [], False
    return list(dict.fromkeys(chain.from_iterable(best))), bool(np.any([len(one) for one, _ in found]))


def _showing(reader: LedgerReader, rankings: Sequence[Sequence[int]], filters: Filters) -> list[list[int]]:
    """The first REACH of each ranking that are visible and pass. No more are looked at than it takes."""
    best, shown, looked, upto = [list[int]() for _ in rankings], set[int](), 0, REACH + REACH // 4
    while short := [one for one, some in zip(rankings, best, strict=True) if len(some) < REACH and len(one) > looked]:
        shown.update(passing(reader, dict.fromkeys(n for one in short for n in one[looked:upto]), filters))
        best = [[n for n in one[:upto] if n in shown][:REACH] for one in rankings]
        looked, upto = upto, 4 * upto
    return best


def _allowed(reader: LedgerReader, filters: Filters) -> NDArray[np.int64]:
    import numpy as np

    clause, values = selective(filters)
    rows = reader.rows(f"SELECT p.n FROM passages p JOIN items i ON i.n = p.item WHERE {clause} ORDER BY p.n", values)
    return np.array([n for (n,) in rows], np.int64)


def _vectors(
    near: Nearest, around: Mapping[int, Standing], asked: NDArray[np.float32], meaning: bool
) -> dict[int, NDArray[np.float32]]:
    import numpy as np

    numbers = np.array(sorted(around), np.int64)
    none = np.zeros((len(numbers), asked.shape[1]), np.float32)
    vectors = near.vectors(numbers) if meaning else none
    return dict(zip(numbers.tolist(), vectors if vectors.shape[1] else none, strict=True))


def _days(reader: LedgerReader, numbers: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    """The days that passages speak of, and are of."""
    days = dates_of(reader, numbers)
    for n, day in own_days(reader, numbers).items():
        days.setdefault(n, []).append((day, day))
    return days
