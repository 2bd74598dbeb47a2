from __future__ import annotations

from pathlib import Path

import pytest

from secondme.trials import runs
from secondme.trials.own import Outcome
from secondme.trials.runs import Run, compared, history, keep, measured, reference

FOUND, LATE, LOST = Outcome(1, 0.9, 0.2, 0.010), Outcome(4, 0.7, 0.4, 0.020), Outcome(0, 0.4, None, 0.030)


def run(
    *outcomes: Outcome | None, at: str = "2026-11-21T10:00:00+01:00", set_: str = "a", accepted: bool = False
) -> Run:
    return Run(at, set_, "0.1.0", "fake-64", 100, outcomes, accepted=accepted)


def test_a_run_is_measured_by_ranks_probabilities_and_time() -> None:
    found = measured(run(FOUND, LATE, LOST, None, FOUND))
    assert (found["recall@1"], found["recall@5"], found["recall@10"]) == (0.5, 0.75, 0.75)
    assert found["mrr"] == (1 + 0.25 + 0 + 1) / 4
    assert found["auroc"] == pytest.approx(1 - 0.5 / 12)  # one tie of twelve pairs
    assert found["p50 ms"] == 15
    assert measured(run(None)) == {}


def test_a_difference_counts_if_it_is_one_of_many_questions() -> None:
    before, after = run(*[FOUND] * 100), run(*[LOST] * 20, *[FOUND] * 80)
    worse = compared(after, before)
    assert worse["recall@10"].mean == pytest.approx(-0.2)
    assert -0.3 < worse["recall@10"].low < -0.2 < worse["recall@10"].high < -0.1
    assert worse["recall@10"].worse
    assert worse["mrr"].worse
    assert worse["misjudged"].worse  # less sure of what is there
    assert not any(one.worse for one in compared(before, after).values())


def test_chance_is_no_difference() -> None:
    one = run(*[FOUND, LATE] * 50)
    other = run(*[LATE, FOUND] * 50)
    assert not any(difference.worse for difference in compared(one, other).values())
    assert compared(one, one)["mrr"].low == compared(one, one)["mrr"].high == 0


def test_only_runs_of_one_set_are_compared_and_only_questions_of_both() -> None:
    assert compared(run(FOUND), run(FOUND, set_="b")) == {}
    assert compared(run(FOUND, None), run(None, FOUND)) == {}
    assert compared(run(FOUND, LOST, LOST), run(FOUND, None, FOUND))["recall@10"].mean == -0.5


def test_runs_are_kept_as_numbers_and_the_last_accepted_one_is_the_reference(tmp_path: Path) -> None:
    first, second = run(FOUND, None, accepted=True), run(LATE, LOST, at="2026-11-22T10:00:00+01:00")
    for one in (first, run(FOUND, set_="b", accepted=True), second):
        keep(tmp_path, one)
    assert history(tmp_path)[0] == first
    assert reference(history(tmp_path), "a") == first
    assert reference(history(tmp_path), "c") is None
    assert history(tmp_path)[-1].outcomes == second.outcomes
    assert (tmp_path / runs.FILE).stat().st_mode & 0o777 == 0o600


def test_of_many_runs_the_oldest_go_but_not_the_reference(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "MOST_KEPT", 3)
    keep(tmp_path, run(FOUND, accepted=True))
    for number in range(5):
        keep(tmp_path, run(LATE, at=f"2026-11-2{number}T10:00:00+01:00"))
    kept = history(tmp_path)
    assert len(kept) == 4
    assert reference(kept, "a") == kept[0]


def test_a_line_that_cannot_be_read_is_passed_over(tmp_path: Path) -> None:
    keep(tmp_path, run(FOUND))
    with (tmp_path / runs.FILE).open("a") as file:
        file.write('{"set": "a"}\nnonsense\n[]\n')
    assert len(history(tmp_path)) == 1
    assert history(tmp_path / "nowhere") == []
