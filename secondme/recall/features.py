"""What speaks for each candidate passage, as numbers: words, meaning, people, time, and what stands around it.

Each feature is one column, computed for all candidates of one question. Those of `RELATIVE` are compared within the
question (mean 0, deviation 1 over its candidates), since a cosine of 0.4 may be the best there is or nothing at all.
BM25 (Robertson, Walker, TREC-3) is computed here anew over the candidates' own words, for the passage alone and for the
windows of one and two passages on each side, so that a reply is found by the question before it. Where a passage's
surroundings weigh is the idea of contiguous neighbours (EM-LLM, 2024) and of several granularities (MemGAS, 2025).

Knows candidates with their words and vectors; reads no store.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.recall.asked import holds
from secondme.recall.lexical import stem
from secondme.recall.query import Query
from secondme.store.around import HOURS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine.lexicon import Lexicon
    from secondme.store.around import Standing
    from secondme.timewords import Days

    Column = NDArray[np.float32]

K1, B = 1.2, 0.75
TOP_WORDS, TOP_COSINES = 5, 3  # passages that a session is judged by
_WORD = re.compile(r"\w+")

RELATIVE = (
    "cos_asked", "cos_first", "cos_words", "cos_best", "cos_window", "cos_before", "cos_after", "cos_session",
    "bm25", "bm25_text", "bm25_window", "bm25_wide", "bm25_before", "bm25_after", "bm25_session", "soft", "length",
)  # fmt: skip
ABSOLUTE = ("speaker", "owner", "assistant", "asks", "follows", "near", "order", "kind")
NAMES = RELATIVE + ABSOLUTE


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one question.

    `around` has those and their neighbours by number; `vectors` their unit vectors by number (zeros where there is
    none); `asked` the question's, 4 x dimension; `days` what days each candidate is about.
    """

    numbers: Sequence[int]
    around: Mapping[int, Standing]
    vectors: Mapping[int, NDArray[np.float32]]
    asked: NDArray[np.float32]
    days: Mapping[int, Sequence[Days]]


def described(query: Query, pool: Pool, lexicon: Lexicon | None = None) -> dict[str, Column]:
    """Every feature of NAMES by name, one value for each candidate, as it is."""
    columns = {**_meaning(pool), **_wording(query, pool), **_bearing(query, pool)}
    columns["soft"] = _soft(query, pool, lexicon)
    sessions = _sessions(pool)
    columns["cos_session"] = _by_session(sessions, columns["cos_best"], _mean_of_best)
    columns["bm25_session"] = _by_session(sessions, columns["bm25_text"], _sum_of_best)
    return columns


def matrix(columns: Mapping[str, Column]) -> NDArray[np.float32]:
    """candidates x len(NAMES), the relative features standardised."""
    import numpy as np

    made = [standardised(columns[name]) if name in RELATIVE else columns[name] for name in NAMES]
    return np.stack(made, axis=1).astype(np.float32)


def standardised(column: Column) -> Column:
    return (column - column.mean()) / (column.std() + 1e-6)  # type: ignore[no-any-return]


# -- meaning ----------------------------------------------------------------------------------------------------------


def _meaning(pool: Pool) -> dict[str, Column]:
    """Cosines of the question's four readings with the passage, its neighbours, and the window of all of them."""
    import numpy as np

    order = list(pool.vectors)
    at = {n: i for i, n in enumerate(order)}
    stacked = np.stack([pool.vectors[n] for n in order])
    cosines = np.vecdot(stacked[:, None, :], pool.asked[None, :, :])  # not @: its threads cost more than they save
    best = cosines[:, 1:3].max(axis=1)
    own = np.array([at[n] for n in pool.numbers])
    least = float(best[own].min()) if len(own) else 0.0

    def beside(side: str) -> Column:
        near = [getattr(pool.around[n], side)[:1] for n in pool.numbers]
        return np.array([best[at[one[0]]] if one and one[0] in at else least for one in near], np.float32)

    windows = np.stack([_window(pool, n) for n in pool.numbers])
    return {
        "cos_asked": cosines[own, 0],
        "cos_first": cosines[own, 1],
        "cos_words": cosines[own, 3],
        "cos_best": best[own],
        "cos_window": np.vecdot(windows, pool.asked[1][None, :]),
        "cos_before": beside("before"),
        "cos_after": beside("after"),
    }


def _window(pool: Pool, n: int) -> Column:
    """The direction of a passage together with its two neighbours."""
    import numpy as np

    one = pool.around[n]
    numbers = [n, *one.before[:1], *one.after[:1]]
    total = np.sum([pool.vectors[m] for m in numbers if m in pool.vectors], axis=0)
    return total / (np.linalg.norm(total) + 1e-9)  # type: ignore[no-any-return]


# -- words ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Counted:
    """How often each of the question's stems occurs in a text of `length` words."""

    counts: Counter[str]
    length: int

    def __add__(self, other: Counted) -> Counted:
        return Counted(self.counts + other.counts, self.length + other.length)


def counted(text: str, wanted: Mapping[str, object]) -> Counted:
    """Counts only what is `wanted`. A stem begins as its word does, so most words need no stemming."""
    heads = {one[:3] for one in wanted}
    found = _WORD.findall(text.casefold())
    return Counted(Counter(s for word in found if word[:3] in heads and (s := stem(word)) in wanted), len(found))


def _wording(query: Query, pool: Pool) -> dict[str, Column]:
    wanted = {one: query.weight(one) for one in (*query.all_stems, *query.stems)}
    plain = {one: query.weight(one) for one in query.stems}
    texts = {n: counted(standing.text, wanted) for n, standing in pool.around.items()}
    contexts = {n: counted(pool.around[n].context, wanted) for n in pool.numbers}

    def window(n: int, reach: int) -> Counted:
        one, total = pool.around[n], texts[n]
        for m in (*one.before[:reach], *one.after[:reach]):
            total = total + texts[m]
        return total

    def beside(n: int, side: str) -> Counted:
        near = getattr(pool.around[n], side)
        return texts[near[0]] if near else Counted(Counter(), 1)

    return {
        "bm25": bm25([texts[n] + contexts[n] for n in pool.numbers], wanted),
        "bm25_text": bm25([texts[n] for n in pool.numbers], plain),
        "bm25_window": bm25([window(n, 1) for n in pool.numbers], plain),
        "bm25_wide": bm25([window(n, 2) for n in pool.numbers], plain),
        "bm25_before": bm25([beside(n, "before") for n in pool.numbers], plain),
        "bm25_after": bm25([beside(n, "after") for n in pool.numbers], plain),
    }


def bm25(texts: Sequence[Counted], weights: Mapping[str, float]) -> Column:
    """BM25 of each text; lengths are compared with the mean of these texts, `weights` are the stems' idf."""
    import numpy as np

    mean = sum(text.length for text in texts) / max(1, len(texts)) or 1.0
    scores = [
        sum(
            weights[one] * count * (K1 + 1) / (count + K1 * (1 - B + B * text.length / mean))
            for one, count in text.counts.items()
            if one in weights
        )
        for text in texts
    ]
    return np.array(scores, np.float32)


def _soft(query: Query, pool: Pool, lexicon: Lexicon | None) -> Column:
    """Share of the question's weighted words that the passage has something like: each by its nearest word's cosine.

    Words are compared by static vectors; the alignment is that of Kusner et al. (2015) relaxed to the nearest word.
    """
    import numpy as np

    if lexicon is None or not query.words:
        return np.zeros(len(pool.numbers), np.float32)
    pieces = lexicon.pieces(list(query.words))
    weights = np.concatenate(
        [np.full(len(part), query.weight(stem(word)) / max(1, len(part))) for word, part in
         zip(query.words, pieces, strict=True)]
    )  # fmt: skip
    asked = lexicon.rows(np.concatenate(pieces))
    weights = weights * asked.any(axis=1)
    texts = lexicon.pieces([pool.around[n].text for n in pool.numbers])
    known, place = np.unique(np.concatenate(texts), return_inverse=True)
    if not weights.sum() or not len(known):
        return np.zeros(len(pool.numbers), np.float32)
    alike = np.maximum(np.vecdot(lexicon.rows(known)[:, None, :], asked[None, :, :]), 0.0)
    worth, at = [], 0
    for part in texts:
        mine = alike[place[at : at + len(part)]]
        at += len(part)
        worth.append(float((mine.max(axis=0) * weights).sum() / weights.sum()) if len(part) else 0.0)
    return np.array(worth, np.float32)


# -- people, time, shape ----------------------------------------------------------------------------------------------


def _bearing(query: Query, pool: Pool) -> dict[str, Column]:
    import numpy as np

    own = [pool.around[n] for n in pool.numbers]
    epochs = sorted(one.epoch for one in own if one.epoch is not None)
    rank = {epoch: i / max(1, len(epochs) - 1) for i, epoch in enumerate(epochs)}
    order = {"latest": 1.0, "earliest": -1.0, "": 0.0}[query.when.order]
    when = query.when if query.when.ranges else None
    columns: dict[str, list[float]] = {
        "speaker": [_says(query, one) for one in own],
        "owner": [_trust(one, "own", "machine") if query.spoken == "owner" else 0.0 for one in own],
        "assistant": [_trust(one, "machine", "own") if query.spoken == "assistant" else 0.0 for one in own],
        "asks": [float(one.text.rstrip().endswith("?")) for one in own],
        "follows": [float(bool(one.before) and "?" in pool.around[one.before[0]].text) for one in own],
        "near": [when.closeness(pool.days.get(one.n, ())) if when else 0.0 for one in own],
        "order": [order * (rank.get(one.epoch, 0.5) - 0.5) if one.epoch is not None else 0.0 for one in own],
        "kind": [holds(query.kind, one.text, query.stands) for one in own],
        "length": [float(np.log1p(len(one.text) / 6)) for one in own],
    }
    return {name: np.array(values, np.float32) for name, values in columns.items()}


def _says(query: Query, one: Standing) -> float:
    if not query.named.any or not one.speaker:
        return 0.0
    return 1.0 if query.named.says(one.speaker) else -1.0


def _trust(one: Standing, for_it: str, against: str) -> float:
    return 1.0 if one.trust == for_it else -1.0 if one.trust == against else 0.0


# -- sessions ---------------------------------------------------------------------------------------------------------


def _sessions(pool: Pool) -> list[list[int]]:
    """Positions of the candidates that stand in one session: of one thread without a long silence, or of one item."""
    groups: dict[str, list[int]] = {}
    for i, n in enumerate(pool.numbers):
        one = pool.around[n]
        groups.setdefault(one.thread or f"\0{one.item}", []).append(i)
    sessions: list[list[int]] = []
    for members in groups.values():
        last: int | None = None
        for i in sorted(members, key=lambda i: (pool.around[pool.numbers[i]].epoch or 0, pool.numbers[i])):
            epoch = pool.around[pool.numbers[i]].epoch
            if last is None or epoch is None or epoch - last > HOURS * 3600:
                sessions.append([])
            sessions[-1].append(i)
            last = epoch if epoch is not None else 0
    return sessions


def _by_session(sessions: Sequence[Sequence[int]], column: Column, worth: Callable[[Column, float], float]) -> Column:
    import numpy as np

    found, least = np.zeros_like(column), float(column.min()) if len(column) else 0.0
    for members in sessions:
        found[list(members)] = worth(np.sort(column[list(members)])[::-1], least)
    return found


def _mean_of_best(best: Column, least: float) -> float:
    """Of the best three; where there are fewer, what is not among the candidates is no better than the worst."""
    known = best[:TOP_COSINES]
    return (float(known.sum()) + least * (TOP_COSINES - len(known))) / TOP_COSINES


def _sum_of_best(best: Column, least: float) -> float:
    return float(best[:TOP_WORDS].sum())
