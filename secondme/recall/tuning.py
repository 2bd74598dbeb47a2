"""`secondme tune`: questions about this memory are asked, with their answers in it and without, and `answerable` is put
right by what comes of them (calibrating.py).

Each sealed question is asked as it is. Then it is asked as one that memory does not answer: every other one about
somebody else, where there is somebody, the others with what holds the answer left out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING

from secondme.errors import TooLittle
from secondme.recall.answerable import logit
from secondme.recall.calibrating import (
    KEY,
    Calibration,
    Case,
    Trust,
    beats,
    crossed,
    fitted,
    model,
    of_made,
    sigmoid,
    trust,
)
from secondme.recall.sealing import Put, sealed, worded
from secondme.recall.unanswerable import left_out
from secondme.store.current import EMBEDDER
from secondme.store.rows import EVERYTHING, Filters

if TYPE_CHECKING:
    from secondme.recall.search import Search
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

QUESTIONS = 200
FEWEST = 50  # passages; of fewer no set of questions says anything
ENOUGH = 20  # questions; fewer tell nothing
NOTHING_FOUND = -6.0  # the logit where not one candidate was found
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Order:
    """How many questions, drawn by which seed, asked when (in the owner's zone)."""

    now: datetime
    questions: int = QUESTIONS
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Tuned:
    """What came of it. `swapped` and `held_out` are the questions that memory does not answer, by how that was made.
    `calibration` is None where the default is as good; `before` and `after` are measured on questions that nothing was
    fitted on. `examples` are some of the questions."""

    questions: int
    swapped: int
    held_out: int
    before: Trust
    after: Trust
    calibration: Calibration | None
    examples: tuple[str, ...]
    seconds: float


def tune(reader: LedgerReader, search: Search, order: Order, progress: Progress = lambda done, total: None) -> Tuned:
    """Asks and fits; keeps nothing. `progress` gets questions done and in all. Raises TooLittle."""
    begun = time.monotonic()
    asked = [one for one in questions(reader, order.questions, order.seed) if one]
    cases, swapped = list[Case](), 0
    for number, one in enumerate(asked):
        progress(number, len(asked))
        in_vain = _in_vain(reader, search, one, number)
        cases.append(Case(of_made(logit_of(search, one.text, order.now)), True, number))
        if in_vain is not None:
            text, filters = in_vain
            cases.append(Case(of_made(logit_of(search, text, order.now, filters)), False, number))
            swapped += not filters.without
    progress(len(asked), len(asked))
    default, ours = [sigmoid(case.logit) for case in cases], crossed(cases)
    calibration = _calibration(reader, cases, order.now) if beats(ours, default, cases) else None
    before = trust(default, cases)
    return Tuned(
        questions=len(asked),
        swapped=swapped,
        held_out=len(cases) - len(asked) - swapped,
        before=before,
        after=replace(trust(ours, cases), auroc=before.auroc, caught=before.caught) if calibration else before,
        calibration=calibration,
        examples=tuple(one.text for one in asked[:3]),
        seconds=time.monotonic() - begun,
    )


def keep(ledger: Ledger, calibration: Calibration | None) -> None:
    """From now on this one counts, or the default. One for vectors that another process has replaced meanwhile is
    dropped."""
    if calibration is None or calibration.embedder != ledger.meta(EMBEDDER):
        ledger.drop_meta(KEY)
    else:
        ledger.set_meta(KEY, calibration.kept())


def questions(reader: LedgerReader, count: int, seed: int) -> list[Put]:
    """Questions about this memory. Raises TooLittle where it holds too little to ask about."""
    (held,) = next(reader.rows(f"SELECT count(*) FROM (SELECT 1 FROM passages LIMIT {FEWEST})"))
    if held < FEWEST:
        few = "1 passage" if held == 1 else f"{held} passages"
        raise TooLittle(f"This memory holds {few}, and questions about it say something from {FEWEST} on.")
    found = [one for one in worded(reader, sealed(reader, count, seed)) if one]
    if len(found) < ENOUGH:
        few = "1 question" if len(found) == 1 else f"{len(found)} questions"
        raise TooLittle(f"Only {few} could be made of what is in this memory, and {ENOUGH} are needed.")
    return found


def _in_vain(reader: LedgerReader, search: Search, one: Put, number: int) -> tuple[str, Filters] | None:
    """The question so that memory does not answer it, and what to search; None if there is no such way."""
    if one.swapped and number % 2:
        return one.swapped, EVERYTHING
    out = left_out(reader, one.passage, one.sealed.frame, search.weights)
    if out is None:
        return (one.swapped, EVERYTHING) if one.swapped else None
    return one.text, replace(EVERYTHING, without=out)


def logit_of(search: Search, text: str, now: datetime, filters: Filters = EVERYTHING) -> float:
    """The default model's logit that the answer to a question is there."""
    found = search.weighed(text, now, filters)
    return NOTHING_FOUND if found is None else logit(found, search.lexicon)


def _calibration(reader: LedgerReader, cases: Sequence[Case], now: datetime) -> Calibration:
    slope, offset = fitted(cases)
    size = reader.words.size
    return Calibration(slope, offset, reader.meta(EMBEDDER) or "", size, model(), now.isoformat(timespec="seconds"))
