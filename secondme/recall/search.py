"""Search: from a question to the passages that bear on it, each with what speaks for it.

A question is taken apart (query.py: who and when it is about, how it is embedded), candidates are gathered by words, by
meaning and by time (gathering.py), described by features (features.py) and weighed (fusion.py), near-duplicates are
folded (folding.py), and the probability that the answer is there at all is estimated (answerable.py).

Knows the stores and the embedder, not the question's language model. Text that is in no store is loose.py's.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from secondme.recall.answerable import logit
from secondme.recall.calibrating import current, sigmoid
from secondme.recall.features import Pool, described, matrix
from secondme.recall.folding import folded
from secondme.recall.fusion import scores, shares
from secondme.recall.gathering import Nearest, gather
from secondme.recall.happened import resolve
from secondme.recall.later import asks_of_the_past, lifted, marked
from secondme.recall.lexical import STOP_WORDS, content_words, fts_query, stem, stems
from secondme.recall.naming import Directory
from secondme.recall.query import Query, query
from secondme.recall.rank import ranked
from secondme.recall.replies import needed
from secondme.recall.understood import known_then, looked_at, understood
from secondme.recall.when import asked
from secondme.recall.whole import few
from secondme.records import Hit, Recollection
from secondme.store.around import standing
from secondme.store.dated import dates_of, own_days
from secondme.store.overtaken import any_facts, spans
from secondme.store.rows import EVERYTHING, Filters, Found

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder
    from secondme.engine.lexicon import Lexicon
    from secondme.store.reading import LedgerReader

LOOKED_UP = 3  # passages that may date an event
ALONE = {"words": "bm25", "meaning": "cos_asked"}  # what a hit's place is compared with


@dataclass(frozen=True, slots=True)
class Weighed:
    """The candidates of a question: their features as they are, by name, and as they are weighed (candidates x
    len(NAMES)), and their scores. `lifted` is what was added to those of them that took another's place (later.py), by
    what is known on `day`; None where that does not count."""

    query: Query
    pool: Pool
    columns: Mapping[str, NDArray[np.float32]]
    features: NDArray[np.float32]
    scores: NDArray[np.float32]
    lifted: Mapping[int, float] = field(default_factory=dict)
    day: int | None = None

    @property
    def order(self) -> list[int]:
        """Positions of the candidates, best first."""
        import numpy as np

        return np.argsort(-self.scores, kind="stable").tolist()  # type: ignore[no-any-return]


class Search:
    """Searches one memory. `warn` gets a sentence when the index can't be used and words alone must do.

    Keep it as long as the ledger is open: it keeps everybody's names until the ledger's generation moves.
    """

    def __init__(
        self,
        ledger: LedgerReader,
        near: Nearest,
        embedder: Embedder,
        warn: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._ledger = ledger
        self._near = near
        self._embedder = embedder
        self._warn = warn
        self._directory: tuple[int, Directory] | None = None
        self._words: Lexicon | None = None
        self._words_known = False

    def recollect(
        self, question: str, k: int, now: datetime, filters: Filters = EVERYTHING, *, facts: bool = True
    ) -> Recollection:
        """The `k` best passages for `question`, asked at `now` (in the owner's zone), best first; without `facts` as if
        none had been learnt."""
        found = self.weighed(question, now, filters, facts=facts)
        if found is None:
            return Recollection((), 0.0, tuple(known_then(now, filters, (), self._ledger)))
        hits = self._hits(found, k, filters)
        if found.day is not None:
            hits = marked(hits, spans(self._ledger, [hit.passage.id for hit in hits], found.day))
        candidates, everything = found.pool.numbers, few(self._ledger, filters)
        whole = everything is not None and set(everything) == set(candidates)
        notes = [*understood(found.query, self._ledger), *known_then(now, filters, hits, self._ledger)]
        notes.append(looked_at(len(candidates), whole))
        return Recollection(hits, self._sure(found), tuple(notes), len(candidates), whole)

    def _sure(self, found: Weighed) -> float:
        """The probability that the answer is there; put right for this memory, where that was measured."""
        told, calibration = logit(found, self.lexicon), current(self._ledger)
        return calibration(told) if calibration else sigmoid(told)

    def weighed(
        self, question: str, now: datetime, filters: Filters = EVERYTHING, *, facts: bool = True
    ) -> Weighed | None:
        """The candidates for a question, weighed; None if there are none."""
        asking = self._query(question, now, filters)
        vectors = self._embedded([*asking.variants, *asking.parts])
        with self._ledger.snapshot():
            today = now.toordinal() if facts and not asks_of_the_past(question) and any_facts(self._ledger) else None
            pool = gather(self._ledger, self._near, asking, vectors, filters, self._warn, today)
        if pool is None:
            return None
        columns = described(asking, pool, self.lexicon)
        features = matrix(columns)
        weighed = scores(features)
        more = lifted(pool.numbers, weighed, pool.later)
        for row, share in more.items():
            weighed[row] += share
        return Weighed(asking, pool, columns, features, weighed, more, today)

    def _embedded(self, variants: Sequence[str]) -> NDArray[np.float32]:
        """A row for each; those that are the same are embedded once."""
        different = list(dict.fromkeys(variants))
        rows = self._embedder.embed(different, asking=True)
        return rows[[different.index(one) for one in variants]]

    def weights(self, question: str) -> dict[str, float]:
        """How much each stem of the question tells, as inverse document frequency (in nats, never below 0.1)."""
        total = max(1, self._ledger.words.size)
        return {
            stem(word): max(0.1, math.log((total + 1) / (count + 0.5)))
            for word, count in self._ledger.document_frequency(content_words(question)).items()
        }

    def _query(self, question: str, now: datetime, filters: Filters) -> Query:
        named = self._everybody().named(question)
        when = asked(question, now)
        if when.events:
            when = resolve(when, lambda phrase: self._dated(phrase, filters), now, question)
        return query(question, named, when, self.weights(question))

    def _everybody(self) -> Directory:
        now = self._ledger.generation
        if self._directory is None or self._directory[0] != now:
            self._directory = (now, Directory.of(self._ledger))
        return self._directory[1]

    @property
    def lexicon(self) -> Lexicon | None:
        """The embedder's word vectors, made on first use; function words mean nothing."""
        if not self._words_known:
            words = self._embedder.lexicon(self._making)
            self._words, self._words_known = words and words.without(STOP_WORDS), True
        return self._words

    def _making(self, done: int, total: int | None) -> None:
        if done == 0:
            self._warn("Working out what single words mean to the embedder, once: some ten seconds …")

    def _dated(self, phrase: str, filters: Filters) -> list[tuple[str, list[tuple[int, int]], int | None]]:
        """Passages about an event with the days that they speak of, and their own."""
        wanted = fts_query(phrase)
        by_words = [match.n for match in self._ledger.words.best(wanted, 20, filters)] if wanted else []
        there = standing(self._ledger, by_words)
        telling = stems(" ".join(content_words(phrase)))
        most = sorted(by_words, key=lambda n: -len(telling & stems(f"{there[n].context} {there[n].text}")))[:LOOKED_UP]
        days, own = dates_of(self._ledger, most), own_days(self._ledger, most)
        return [(there[n].id, days.get(n, []), own.get(n)) for n in most]

    def _hits(self, found: Weighed, k: int, filters: Filters) -> tuple[Hit, ...]:
        """The best candidates as hits, near-duplicates folded, each with what it replies to."""
        best, around = found.order[: 2 * k + 20], found.pool.around
        texts = [around[found.pool.numbers[row]].text for row in best]
        rows = [best[at] for at, first in folded(texts) if at == first][:k]
        ids = {row: around[found.pool.numbers[row]].id for row in rows}
        replied = {row: [around[n].id for n in needed(found.pool.numbers[row], around)] for row in rows}
        passages = self._ledger.passages([*ids.values(), *(id_ for more in replied.values() for id_ in more)], filters)
        ranks = {name: ranked(found.columns[column]) for name, column in ALONE.items()}
        return tuple(
            replace(
                self._hit(found, row, passages[id_]),
                ranks={name: rank[row] for name, rank in ranks.items()},
                before=tuple(passages[one].passage for one in replied[row] if one in passages),
            )
            for row, id_ in ids.items()
            if id_ in passages  # else it went in this moment
        )

    def _hit(self, found: Weighed, row: int, one: Found) -> Hit:
        why = {**shares(found.features[row]), "bm25": float(found.columns["bm25"][row])}
        if found.pool.vectors[found.pool.numbers[row]].any():
            why["cosine"] = float(found.columns["cos_asked"][row])
        if row in found.lifted:
            why["later"] = found.lifted[row]
        times = tuple(self._ledger.times_of(one.item)) if one.kind == "screenshot" else ()
        score = float(found.scores[row])
        return Hit(one.passage, one.source, one.title, score, why=why, part=one.part, times=times)
