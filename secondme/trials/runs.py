"""Runs of a sealed set, kept as numbers, and whether one is worse than another beyond chance.

Two runs ask the same questions, so they are compared question by question: the mean of the differences, with an
interval that holds 95 of 100 means of questions drawn anew from these (the paired bootstrap; Efron, 1979, and for
retrieval Sakai, SIGIR 2006). A run is worse only if the whole interval is.
"""

from __future__ import annotations

import json
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from statistics import fmean, median
from typing import Any

from secondme import measures
from secondme.trials.own import Outcome, written

FILE = "trials.jsonl"
FORMAT = 1
MOST_KEPT = 100
DRAWS = 2_000
INTERVAL = 0.95


@dataclass(frozen=True, slots=True)
class Run:
    """What a run was of and what became of each question, in the order of the set. `at` is ISO 8601; `tuned` says that
    the probability was put right for this memory."""

    at: str
    set: str
    version: str
    embedder: str
    passages: int
    outcomes: tuple[Outcome | None, ...]
    tuned: bool = False
    accepted: bool = False
    format: int = FORMAT

    @property
    def answered(self) -> list[Outcome]:
        return [one for one in self.outcomes if one]


def measured(run: Run) -> dict[str, float | None]:
    """Shares from 0 to 1, and milliseconds. None where there is nothing to measure it on."""
    found = run.answered
    if not found:
        return {}
    there = [one.there for one in found]
    absent = [one.absent for one in found if one.absent is not None]
    spent = [1000 * one.seconds for one in found]
    return {
        **{f"recall@{k}": fmean(_within(k)(one) for one in found) for k in (1, 5, 10)},
        "mrr": fmean(map(_reciprocal, found)),
        "auroc": measures.auroc(there, absent),
        "caught": measures.caught(there, absent),
        "p50 ms": median(spent),
        "p95 ms": measures.percentile(spent, 0.95),
    }


# -- comparing --------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Difference:
    """How much more one run has of something than another, over the questions that both could ask; `low` and `high`
    bound it. `worse`: beyond chance."""

    mean: float
    low: float
    high: float
    worse: bool


def _within(k: int) -> Callable[[Outcome], float]:
    return lambda one: float(0 < one.rank <= k)


def _reciprocal(one: Outcome) -> float:
    return 1.0 / one.rank if one.rank else 0.0


def _misjudged(one: Outcome) -> float:
    """Brier's score (1950) of what was said of the question: 0 is right and sure, 1 wrong and sure."""
    wrong = [(1.0 - one.there) ** 2, *([one.absent**2] if one.absent is not None else [])]
    return fmean(wrong)


# what runs are compared by: how it is had of an outcome, and whether more of it is better
COMPARED: Mapping[str, tuple[Callable[[Outcome], float], bool]] = {
    "recall@10": (_within(10), True),
    "mrr": (_reciprocal, True),
    "misjudged": (_misjudged, False),
}


def compared(now: Run, before: Run) -> dict[str, Difference]:
    """The differences by name; empty if the runs are of different sets, or have no question in common."""
    pairs = [(one, other) for one, other in zip(now.outcomes, before.outcomes, strict=False) if one and other]
    if now.set != before.set or not pairs:
        return {}
    return {
        name: _difference([of(one) - of(other) for one, other in pairs], more_is_better)
        for name, (of, more_is_better) in COMPARED.items()
    }


def _difference(differences: Sequence[float], more_is_better: bool) -> Difference:
    draw, size = random.Random(len(differences)), len(differences)
    means = sorted(fmean(draw.choices(differences, k=size)) for _ in range(DRAWS))
    low, high = means[int((1 - INTERVAL) / 2 * DRAWS)], means[int((1 + INTERVAL) / 2 * DRAWS) - 1]
    return Difference(fmean(differences), low, high, high < 0 if more_is_better else low > 0)


# -- keeping ----------------------------------------------------------------------------------------------------------


def history(folder: Path) -> list[Run]:
    """Every run that was kept, the last one last; lines that cannot be read are passed over."""
    try:
        lines = (folder / FILE).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
    return [run for line in lines if (run := _read(line))]


def reference(runs: Sequence[Run], set_: str) -> Run | None:
    """The run of that set which was accepted last."""
    return next((run for run in reversed(runs) if run.accepted and run.set == set_), None)


def keep(folder: Path, run: Run) -> None:
    """Add it; of many the oldest go, but never the one that is the reference. Raises DiskFull, NoHome."""
    runs = [*history(folder), run]
    wanted = reference(runs, run.set)
    kept = [one for one in runs[:-MOST_KEPT] if one is wanted] + runs[-MOST_KEPT:]
    written(folder / FILE, "".join(f"{json.dumps(_kept(one))}\n" for one in kept))


def _kept(run: Run) -> dict[str, Any]:
    outcomes = [one and [one.rank, round(one.there, 4), one.absent and round(one.absent, 4), round(one.seconds, 5)]
                for one in run.outcomes]  # fmt: skip
    return {**asdict(replace(run, outcomes=())), "outcomes": outcomes}


def _read(line: str) -> Run | None:
    try:
        found = json.loads(line)
        outcomes = tuple(Outcome(*one) if one else None for one in found.pop("outcomes"))
        run = Run(outcomes=outcomes, **found)
        return run if run.format == FORMAT else None
    except (ValueError, TypeError, KeyError, AttributeError):
        return None
