"""Recall with facts against recall without, on the same stores: LoCoMo and LongMemEval, by category.

Stores, questions and measures are those of benchmarks/recall. Every store is read for facts once; then each question is
asked twice, and only what recall makes of the facts differs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, cast

from benchmarks.memory.updates import offered
from secondme.me import Me
from secondme.records import Recollection
from secondme.trials import asking, locomo, longmemeval, published, report
from secondme.trials.questions import Asked, Store

COLUMNS = ("questions", "recall@1", "recall@5", "recall@10", "recall@20", "hit@5", "hit@10")


@dataclass(frozen=True, slots=True)
class _With:
    """A memory that is asked with facts, or without."""

    me: Me
    facts: bool

    def recall(self, query: str, k: int, *, now: datetime | None) -> Recollection:
        return self.me.recall(query, k, now=now, facts=self.facts)


def measured(
    talks: Path | None, chats: Path | None, folder: Path, embedder: str, limit: int | None, tell: Callable[[str], None]
) -> dict[str, Any]:
    """The result on a LoCoMo file and on a folder of LongMemEval's, whichever is given."""
    if len(offered()) < 2:
        raise SystemExit("This version's recall does not know facts.")
    tables, runs = list[dict[str, Any]](), dict[str, Any]()
    if talks:
        kinds = [kind for category, kind in locomo.KINDS.items() if category != locomo.UNANSWERABLE]
        tables += _compared("locomo", locomo.stores(talks), kinds, folder, embedder, limit, tell, runs)
    if chats:
        files = published.Files.of(chats, (), (), ())
        store = longmemeval.store(files.evidence, files.distractors)
        kinds = sorted({question.kind for question in store.questions})
        tables += _compared("longmemeval", [store], kinds, folder, embedder, limit, tell, runs)
    return {"benchmark": "recall with facts", "tables": tables, "notes": [], "runs": runs}


def _compared(
    name: str, stores: Sequence[Store], kinds: Sequence[str], folder: Path, embedder: str, limit: int | None,
    tell: Callable[[str], None], runs: dict[str, Any],
) -> list[dict[str, Any]]:  # fmt: skip
    """A table of both and one of what facts change."""
    found: dict[bool, list[Asked]] = {False: [], True: []}
    for store in stores:
        for on, answers in _asked(store, folder / store.name, embedder, limit, tell).items():
            found[on] += answers
    results = {on: report.result(name, report.rows(answers, kinds, "all"), answers, answers)
               for on, answers in found.items()}  # fmt: skip
    runs[name] = {"facts on" if on else "facts off": result for on, result in results.items()}
    rows = [
        {**row, "name": f"{row['name']}, facts {'on' if on else 'off'}"}
        for pair in zip(*(results[on]["rows"] for on in (False, True)), strict=True)
        for on, row in zip((False, True), pair, strict=True)
    ]
    tell(f"{name}: what facts change\n{report.compared(results[True], results[False])}")
    return [{"title": name, "columns": COLUMNS, "rows": rows}]


def _asked(
    store: Store, home: Path, embedder: str, limit: int | None, tell: Callable[[str], None]
) -> dict[bool, list[Asked]]:
    with asking.opened(home, embedder) as me:
        me.ingest(asking.write_chats(store, home / "sources"))
        learnt = me.reflect()
        tell(f"{store.name}: {learnt.passages} passages read for facts, {len(me.facts(everything=True))} facts")
        place = asking.line_of(store.chats)
        return {
            on: [
                asking.timed(cast(Me, _With(me, on)), question, asking.PASSAGES, place)[1]
                for question in store.questions[:limit]
            ]
            for on in (False, True)
        }
