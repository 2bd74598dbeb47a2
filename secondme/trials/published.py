"""The published sets: each in homes of its own, asked through the product, as one result that can be shown and kept."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from secondme.errors import UsageError
from secondme.trials import asking, locomo, longmemeval, report


@dataclass(frozen=True, slots=True)
class Way:
    """How to ask: `limit` questions of each store, `k` passages each, homes made in `keep` (else they go), with another
    `embedder` than the settings name; `tell` gets a sentence for each store."""

    limit: int | None = None
    k: int = asking.PASSAGES
    keep: Path | None = None
    embedder: str = ""
    tell: Callable[[str], None] = field(default=lambda sentence: None)


def on_locomo(data: Path, way: Way, *, together: bool = False) -> dict[str, Any]:
    """The result on a LoCoMo file: each conversation in a home of its own, or all of them in one."""
    found = []
    with asking.homes(way.keep) as folder:
        for store in locomo.stores(data, together=together):
            store.questions[:] = store.questions[: way.limit]
            found += asking.asked(store, folder / store.name, way.k, way.embedder, way.tell)
    kinds = [kind for category, kind in locomo.KINDS.items() if category != locomo.UNANSWERABLE]
    rows = report.rows(found, kinds, "all (1-4)")
    name = f"locomo, {data.name}" + (", all conversations in one store" if together else "")
    return report.result(name, rows, found, [a for a in found if a.question.gold or not a.question.answerable])


@dataclass(frozen=True, slots=True)
class Files:
    """Of LongMemEval: questions with their evidence, sessions to hide them among, and LoCoMo files as more of these."""

    evidence: Sequence[Path]
    distractors: Sequence[Path] = ()
    noise: Sequence[Path] = ()

    @classmethod
    def of(cls, folder: Path, evidence: Sequence[Path], distractors: Sequence[Path], noise: Sequence[Path]) -> Files:
        """What is named, else what lies in the folder. Raises UsageError where there is no evidence."""
        found = list(evidence) or sorted(folder.glob("evidence-*.json"))
        if not found:
            raise UsageError(
                f"There is no evidence-*.json in {folder.absolute()}.",
                "Name the folder with --data, or --evidence FILE.",
            )
        return cls(found, list(distractors) or sorted(folder.glob("distractors-*.jsonl")), list(noise))


def on_longmemeval(files: Files, way: Way) -> dict[str, Any]:
    """The result on LongMemEval's questions, all in one store."""
    noise = [store for path in files.noise for store in locomo.stores(path)]
    store = longmemeval.store(files.evidence, files.distractors, noise)
    store.questions[:] = store.questions[: way.limit]
    with asking.homes(way.keep) as folder:
        found = asking.asked(store, folder / store.name, way.k, way.embedder, way.tell)
    there = [a for a in found if a.question.answerable]
    absent = [a for a in found if not a.question.answerable and a.question.gold]
    rows = report.rows(there, sorted({a.question.kind for a in there}), "all")
    name = f"longmemeval, {', '.join(path.name for path in [*files.evidence, *files.distractors, *files.noise])}"
    return report.result(name, [*rows, *([report.row("unanswerable", absent)] if absent else [])], found, found)
