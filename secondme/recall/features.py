"""What speaks for each candidate passage, as numbers: words, meaning, people, time, and what stands around it.

Each feature is one column, computed for all candidates of one question. Those of `RELATIVE` are compared within the
question (mean 0, deviation 1 over its candidates), since a cosine of 0.4 may be the best there is or nothing at all.
BM25 is computed here anew over the candidates' own words, for the passage alone and for the windows of one and two
passages on each side, so that a reply is found by the question before it. Where a passage's
surroundings weigh is the idea of contiguous neighbours (EM-LLM, 2024) and of several granularities (MemGAS, 2025).

Knows candidates with their words and vectors; reads no store.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from secondme.recall.asked import holds
from secondme.recall.lexical import content_words, stem
from secondme.recall.parts import reached
from secondme.recall.query import Query
from secondme.recall.wording import Texts, bm25, counts, read, soft
from secondme.store.around import HOURS, REACH

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine.lexicon import Lexicon
    from secondme.store.around import Standing
    from secondme.timewords import Days

    Column = NDArray[np.float32]
    Places = NDArray[np.intp]

TOP_WORDS, TOP_COSINES = 5, 3  # passages that a session is judged by

RELATIVE = (
    "cos_asked", "cos_first", "cos_words", "cos_best", "cos_window", "cos_before", "cos_after", "cos_session",
    "bm25", "bm25_text", "bm25_window", "bm25_wide", "bm25_before", "bm25_after", "bm25_session", "soft", "length",
)  # fmt: skip
ABSOLUTE = ("speaker", "owner", "assistant", "asks", "follows", "near", "order", "kind", "part")
NAMES = RELATIVE + ABSOLUTE


@dataclass(frozen=True, slots=True)
class Pool:
    """The candidates of one question.

    `around` has those and their neighbours by number; `vectors` their unit vectors by number (zeros where there is
    none); `asked` the question's variants and its parts; `days` what days each candidate is about, where
    the question asks for any; `later` what took the place of candidates that say what is over.
    """

    numbers: Sequence[int]
    around: Mapping[int, Standing]
    vectors: Mapping[int, NDArray[np.float32]]
    asked: NDArray[np.float32]
    days: Mapping[int, Sequence[Days]]
    later: Mapping[int, Sequence[int]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Rows:
    """The passages of a pool in one order, the candidates first. `before` and `after` say for each candidate in which
    rows the REACH passages beside it are, the nearest first; len(numbers), the row after the last, where there is none.
    """

    numbers: Sequence[int]
    before: Places
    after: Places


def described(query: Query, pool: Pool, lexicon: Lexicon | None = None) -> dict[str, Column]:
    """Every feature of NAMES by name, one value for each candidate, as it is."""
    rows = _rows(pool)
    own = read([pool.around[n].text for n in pool.numbers])
    columns = {**_meaning(pool, rows), **_wording(query, pool, rows, own, lexicon), **_bearing(query, pool)}
    sessions = _sessions(pool)
    columns["cos_session"] = _by_session(sessions, columns["cos_best"], _mean_of_best)
    columns["bm25_session"] = _by_session(sessions, columns["bm25_text"], _sum_of_best)
    columns["part"] = _part(query, pool, own, columns["speaker"] + columns["owner"] + columns["assistant"])
    return columns


def _rows(pool: Pool) -> _Rows:
    import numpy as np

    numbers = list(dict.fromkeys([*pool.numbers, *pool.around]))
    row, none = {n: at for at, n in enumerate(numbers)}, len(numbers)

    def beside(sides: Iterable[Sequence[int]]) -> Places:
        found = [[*(row[n] for n in side[:REACH]), *[none] * (REACH - len(side))] for side in sides]
        return np.array(found, np.intp).reshape(-1, REACH)

    own = [pool.around[n] for n in pool.numbers]
    return _Rows(numbers, beside(one.before for one in own), beside(one.after for one in own))


def matrix(columns: Mapping[str, Column]) -> NDArray[np.float32]:
    """candidates x len(NAMES), the relative features standardised."""
    import numpy as np

    made = [standardised(columns[name]) if name in RELATIVE else columns[name] for name in NAMES]
    return np.stack(made, axis=1).astype(np.float32)


def standardised(column: Column) -> Column:
    return (column - column.mean()) / (column.std() + 1e-6)  # type: ignore[no-any-return]


# -- meaning ----------------------------------------------------------------------------------------------------------


def _meaning(pool: Pool, rows: _Rows) -> dict[str, Column]:
    """Cosines of the question's four readings with the passage, its neighbours, and the window of all of them."""
    import numpy as np

    nothing = np.zeros(pool.asked.shape[1], np.float32)
    vectors = np.stack([*(pool.vectors.get(n, nothing) for n in rows.numbers), nothing])
    cosines = np.vecdot(vectors[:, None, :], pool.asked[None, :, :])  # not @: its threads cost more than they save
    best, count = cosines[:, 1:3].max(axis=1), len(pool.numbers)
    best[-1] = best[:count].min(initial=1.0)  # where nothing stands beside a passage, it is as the worst of them
    windows = vectors[:count] + vectors[rows.before[:, 0]] + vectors[rows.after[:, 0]]
    windows /= np.linalg.norm(windows, axis=1, keepdims=True) + 1e-9
    return {
        "cos_asked": cosines[:count, 0],
        "cos_first": cosines[:count, 1],
        "cos_words": cosines[:count, 3],
        "cos_best": best[:count],
        "cos_window": np.vecdot(windows, pool.asked[1][None, :]),
        "cos_before": best[rows.before[:, 0]],
        "cos_after": best[rows.after[:, 0]],
    }


# -- words ------------------------------------------------------------------------------------------------------------


def _wording(query: Query, pool: Pool, rows: _Rows, own: Texts, lexicon: Lexicon | None) -> dict[str, Column]:
    import numpy as np

    count, around = len(pool.numbers), [pool.around[n] for n in rows.numbers]
    others = read([one.text for one in around[count:]])
    contexts = read([one.context for one in around[:count]])
    stems = list(dict.fromkeys([*query.all_stems, *query.stems]))
    weights = [query.weight(one) for one in stems]
    plain = [weight if one in query.stems else 0.0 for one, weight in zip(stems, weights, strict=True)]
    # the last row is where nothing stands
    held = np.concatenate([counts(own, stems), counts(others, stems), np.zeros((1, len(stems)), np.float32)])
    long = np.concatenate([own.lengths, others.lengths, [0]]).astype(np.float32)

    def window(reach: int) -> Column:
        within = [np.arange(count), *rows.before.T[:reach], *rows.after.T[:reach]]
        return bm25(sum(held[one] for one in within), sum(long[one] for one in within), plain)

    def beside(which: Places) -> Column:
        return bm25(held[which], np.where(which == len(around), 1, long[which]), plain)

    weighty = [query.weight(stem(word)) for word in query.words]
    nothing = np.zeros(count, np.float32)
    return {
        "bm25": bm25(held[:count] + counts(contexts, stems), long[:count] + contexts.lengths, weights),
        "bm25_text": bm25(held[:count], long[:count], plain),
        "bm25_window": window(1),
        "bm25_wide": window(2),
        "bm25_before": beside(rows.before[:, 0]),
        "bm25_after": beside(rows.after[:, 0]),
        "soft": soft(own, query.words, weighty, lexicon) if lexicon and query.words else nothing,
    }


def _part(query: Query, pool: Pool, own: Texts, bearing: Column) -> Column:
    """How near each candidate comes to the best for one of the question's parts; 0 where it has none."""
    import numpy as np

    if not query.parts:
        return np.zeros(len(bearing), np.float32)
    nothing = np.zeros(pool.asked.shape[1], np.float32)
    vectors = np.stack([pool.vectors.get(n, nothing) for n in pool.numbers])
    cosines = [np.vecdot(vectors, part[None, :]) for part in pool.asked[len(query.variants) :]]
    words = []
    for part in query.parts:
        wanted = list(dict.fromkeys(stem(word) for word in content_words(part)))
        held = (counts(own, wanted) > 0).astype(np.float32)
        words.append(held @ np.array([query.weight(one) for one in wanted], np.float32))
    return reached(cosines, words, bearing)


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


def _by_session(
    sessions: Sequence[Sequence[int]], column: Column, worth: Callable[[list[float], float], float]
) -> Column:
    """What each candidate's session is worth. Most have one candidate or two: too few for arrays."""
    import numpy as np

    values, found = column.tolist(), np.zeros_like(column)
    least = min(values, default=0.0)
    for members in sessions:
        found[list(members)] = worth(sorted((values[i] for i in members), reverse=True), least)
    return found


def _mean_of_best(best: list[float], least: float) -> float:
    """Of the best three; where there are fewer, what is not among the candidates is no better than the worst."""
    known = best[:TOP_COSINES]
    return (sum(known) + least * (TOP_COSINES - len(known))) / TOP_COSINES


def _sum_of_best(best: list[float], least: float) -> float:
    return sum(best[:TOP_WORDS])
