from __future__ import annotations

import random
from dataclasses import replace

import pytest

from secondme.me import Me
from secondme.recall import calibrating
from secondme.recall.calibrating import (
    KEY,
    PRIOR,
    Calibration,
    Case,
    beats,
    crossed,
    current,
    fitted,
    model,
    sigmoid,
    trust,
    weights,
)
from secondme.store.current import EMBEDDER
from secondme.store.ledger import Ledger


def cases(slope: float, offset: float, number: int = 4_000) -> list[Case]:
    """Questions that can be answered as often as those two numbers say of their logits."""
    draw = random.Random(1)
    logits = [draw.gauss(0, 2) for _ in range(number)]
    return [Case(logit, draw.random() < sigmoid(slope * logit + offset), n) for n, logit in enumerate(logits)]


@pytest.fixture
def as_they_come(monkeypatch: pytest.MonkeyPatch) -> None:
    """Cases count as they are, whatever share of them can be answered."""
    monkeypatch.setattr(calibrating, "weights", lambda cases: [1.0] * len(cases))


@pytest.mark.usefixtures("as_they_come")
def test_a_fit_finds_by_what_logits_are_wrong() -> None:
    assert fitted(cases(0.5, -1.0)) == pytest.approx((0.5, -1.0), abs=0.1)
    assert fitted(cases(1.0, 0.0)) == pytest.approx((1.0, 0.0), abs=0.1)


@pytest.mark.usefixtures("as_they_come")
def test_what_beats_the_default_is_told_on_questions_that_it_has_not_seen() -> None:
    for wrong, asked in ((True, cases(0.4, -1.0, 400)), (False, cases(1.0, 0.0, 400))):
        default = [sigmoid(case.logit) for case in asked]
        assert beats(crossed(asked), default, asked) is wrong
        assert (trust(crossed(asked), asked).loss < trust(default, asked).loss) is wrong


def test_few_questions_change_little() -> None:
    slope, offset = fitted([Case(3.0, False, 0), Case(-3.0, True, 1)])
    assert 0.7 < slope < 1.0
    assert abs(offset) < 0.2


def test_a_fit_never_turns_the_order_round() -> None:
    slope, _ = fitted([Case(-logit, yes, n) for n, (logit, yes) in enumerate([(3.0, True), (-3.0, False)] * 500)])
    assert slope == 0.0


def test_questions_count_as_if_memory_answered_as_many_as_people_ask() -> None:
    some = [Case(0.0, n < 30, n) for n in range(50)]
    told = weights(some)
    assert sum(told) == pytest.approx(50)
    assert sum(told[:30]) == pytest.approx(50 * PRIOR)
    assert weights([Case(0.0, True, 0)]) == [1.0]
    assert trust([PRIOR] * 50, some).error == pytest.approx(0)


def test_the_same_question_is_never_on_both_sides_of_a_fit() -> None:
    """Each question is told apart perfectly within its group, and tells nothing of the others."""
    pairs = [Case(0.0, yes, group) for group in range(20) for yes in (True, False)]
    assert crossed(pairs) == pytest.approx([crossed(pairs)[0]] * 40, abs=0.05)


def test_a_calibration_counts_as_long_as_it_fits(me: Me) -> None:
    made = Calibration(0.5, -0.5, "fake-64", 100, model(), "2026-11-21T10:00:00+01:00")
    me.home.ensure()
    ledger = Ledger(me.home.ledger, create=True)

    def counts(calibration: Calibration, embedder: str = "fake-64") -> bool:
        ledger.set_meta(EMBEDDER, embedder)
        ledger.set_meta(KEY, calibration.kept())
        return current(ledger) == calibration

    assert counts(made)
    assert not counts(made, "another")
    assert not counts(replace(made, model=made.model + 1))
    assert not counts(replace(made, format=0))
    for damage in ("", "[]", "{", '{"slope": 1}'):
        ledger.set_meta(KEY, damage)
        assert current(ledger) is None
    ledger.close()
    assert made(0.0) == pytest.approx(sigmoid(-0.5))
