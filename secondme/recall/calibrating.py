"""Putting the probability `answerable` right for one memory, by two numbers, and saying how right it is.

The default model was fitted on other people's memories. Here its logit is scaled and moved (Platt, 1999) so that of
questions about this memory to which it says 80 %, 80 % can be answered. The two numbers are kept only where they beat
the default on questions that they were not fitted on; they are pulled towards the default, so that few questions change
little. An order stays as it is: what is told apart is told apart as well as before.

Questions that rules make of a memory are not those that people ask: they are told apart more easily. By how much has
been measured on memories where people's questions are known as well (`python -m benchmarks.tuning`), and is taken off
first: else it would pass for a fault of the default.

Knows logits and outcomes; where questions come from it does not know (tuning.py).
"""

from __future__ import annotations

import json
import math
import statistics
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from secondme import measures
from secondme.recall.answerable import NAMED, PLAIN
from secondme.recall.fusion import WEIGHTS
from secondme.store.current import EMBEDDER

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

KEY = "answerable"  # in the ledger's meta: JSON of Calibration
FORMAT = 1
FOLDS = 5
PRIOR = 0.75  # of the questions that people ask, those that memory answers; made ones are weighed so
EASIER = 1.42, -0.86  # slope and offset of the logits of made questions where those of people's are 1 and 0
PULL_SLOPE, PULL_OFFSET = 20.0, 20.0  # towards 1 and 0, as strongly as so many questions
OUTGROWN = 1.5  # times as many passages as it was fitted on, and it no longer counts
FARTHEST = 12.0  # a logit beyond this is sure already
CERTAIN = 1e-6
NEWTON = 100  # steps at most


@dataclass(frozen=True, slots=True)
class Calibration:
    """The two numbers, and what they were fitted on: vectors of `embedder`, so many `passages` (the highest number that
    one had), the default `model` by its digest, on a day (ISO 8601)."""

    slope: float
    offset: float
    embedder: str
    passages: int
    model: int
    made_at: str
    format: int = FORMAT

    def __call__(self, logit: float) -> float:
        """The probability (0..1)."""
        return sigmoid(self.slope * logit + self.offset)

    def kept(self) -> str:
        return json.dumps(asdict(self))


def current(reader: LedgerReader) -> Calibration | None:
    """What counts for the memory as it is now."""
    try:
        found = Calibration(**json.loads(reader.meta(KEY) or "null"))
        fits = (found.format, found.model, found.embedder) == (FORMAT, model(), reader.meta(EMBEDDER))
        return found if fits and reader.words.size <= OUTGROWN * found.passages else None
    except (TypeError, ValueError):
        return None


def model() -> int:
    """Which default model's logits these are."""
    return zlib.crc32(repr((NAMED, PLAIN, sorted(WEIGHTS.items()))).encode())


def sigmoid(logit: float) -> float:
    return 1.0 / (1.0 + math.exp(-max(-FARTHEST, min(FARTHEST, logit))))


def of_made(logit: float) -> float:
    """The logit of a question made by rules, for what one that a person asks would have to mean the same."""
    return EASIER[0] * logit + EASIER[1]


# -- fitting ----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Case:
    """A question that was asked: the default model's logit, and whether memory held the answer. Cases of one `group`
    (the same question, put in several ways) are never on both sides of a fit."""

    logit: float
    answerable: bool
    group: int


def weights(cases: Sequence[Case]) -> list[float]:
    """One for each, 1 on average, such that PRIOR of the cases can be answered."""
    there = sum(case.answerable for case in cases)
    absent = len(cases) - there
    if not there or not absent:
        return [1.0] * len(cases)
    yes, no = PRIOR * len(cases) / there, (1.0 - PRIOR) * len(cases) / absent
    return [yes if case.answerable else no for case in cases]


def fitted(cases: Sequence[Case]) -> tuple[float, float]:
    """Slope and offset by which the logits tell best, in the sense of log loss. By Newton's method."""
    slope, offset, counted = 1.0, 0.0, list(zip(cases, weights(cases), strict=True))
    for _ in range(NEWTON):
        down, across, both = PULL_SLOPE, PULL_OFFSET, 0.0
        to_slope, to_offset = PULL_SLOPE * (slope - 1.0), PULL_OFFSET * offset
        for case, weight in counted:
            told = sigmoid(slope * case.logit + offset)
            wrong, bend = weight * (told - case.answerable), weight * told * (1.0 - told)
            to_slope, to_offset = to_slope + wrong * case.logit, to_offset + wrong
            down, across, both = down + bend * case.logit**2, across + bend, both + bend * case.logit
        determinant = down * across - both * both
        steps = (across * to_slope - both * to_offset) / determinant, (down * to_offset - both * to_slope) / determinant
        largest = max(map(abs, steps))
        slope, offset = (at - step / max(1.0, largest) for at, step in zip((slope, offset), steps, strict=True))
        if largest < 1e-9:
            break
    return max(0.0, slope), offset


def crossed(cases: Sequence[Case]) -> list[float]:
    """Each case's probability by what was fitted on the folds that its group is not in."""
    found = [0.0] * len(cases)
    for fold in range(FOLDS):
        slope, offset = fitted([case for case in cases if case.group % FOLDS != fold])
        for at, case in enumerate(cases):
            if case.group % FOLDS == fold:
                found[at] = sigmoid(slope * case.logit + offset)
    return found


def beats(ours: Sequence[float], default: Sequence[float], cases: Sequence[Case]) -> bool:
    """Whether probabilities lose less than the default's, by more than a standard error of the difference."""
    gains: dict[int, float] = {}
    for one, other, case, weight in zip(ours, default, cases, weights(cases), strict=True):
        gains[case.group] = gains.get(case.group, 0.0) + weight * (_loss(other, case) - _loss(one, case))
    values = list(gains.values())
    if len(values) < 2:
        return False
    return statistics.fmean(values) > statistics.stdev(values) / math.sqrt(len(values))


def _loss(probability: float, case: Case) -> float:
    told = probability if case.answerable else 1.0 - probability
    return -math.log(max(CERTAIN, told))


# -- how right it is --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Trust:
    """How well probabilities tell: `error` is the expected calibration error, `loss` the mean log loss in nats, `auroc`
    the chance that an answerable question is above another, `caught` the share of the others that are refused where 5 %
    of the answerable are. `table`: of each tenth that has any, (predicted, observed, number)."""

    error: float
    loss: float
    auroc: float
    caught: float
    table: tuple[tuple[float, float, int], ...]


def trust(probabilities: Sequence[float], cases: Sequence[Case]) -> Trust:
    """`cases` hold both kinds."""
    outcomes = [case.answerable for case in cases]
    there = [p for p, yes in zip(probabilities, outcomes, strict=True) if yes]
    absent = [p for p, yes in zip(probabilities, outcomes, strict=True) if not yes]
    counted = weights(cases)
    losses = [weight * _loss(p, case) for p, case, weight in zip(probabilities, cases, counted, strict=True)]
    return Trust(
        error=measures.calibration_error(probabilities, outcomes, weights=counted) or 0.0,
        loss=statistics.fmean(losses),
        auroc=measures.auroc(there, absent) or 0.0,
        caught=measures.caught(there, absent) or 0.0,
        table=tuple(
            (said, came, number)
            for number, said, came in measures.reliability(probabilities, outcomes, weights=counted)
        ),
    )
