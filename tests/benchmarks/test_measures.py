from __future__ import annotations

import pytest

from secondme.measures import auroc, calibration_error, caught, hit_at, percentile, recall_at, reliability


def test_recall_is_the_share_of_what_should_be_found_and_a_hit_is_any_of_it() -> None:
    ranked, gold = ["a", "b", "c", "d"], {"b", "d", "z"}
    assert [round(recall_at(k, ranked, gold), 2) for k in (1, 2, 4, 20)] == [0, 0.33, 0.67, 0.67]
    assert [hit_at(k, ranked, gold) for k in (1, 2, 4)] == [0, 1, 1]
    assert recall_at(5, [], gold) == hit_at(5, [], gold) == 0


def test_auroc_is_the_chance_that_a_positive_is_above_a_negative() -> None:
    assert auroc([3, 4], [1, 2]) == 1
    assert auroc([1, 2], [3, 4]) == 0
    assert auroc([1, 3], [2, 4]) == 0.25
    assert auroc([1, 1], [1]) == 0.5
    assert auroc([], [1]) is None


def test_caught_is_what_falls_below_the_threshold_that_refuses_few_answerable_ones() -> None:
    answerable = [n / 100 for n in range(100)]  # five of them are below 0.05
    assert caught(answerable, [0.0, 0.049, 0.05, 0.9], 0.05) == 0.5
    assert caught(answerable, [0.0, 0.9], 0.0) == 0
    assert caught([0.5] * 10, [0.4, 0.5]) == 0.5
    assert caught([], [0.5]) is None


def test_calibration_compares_what_was_said_with_what_came_true_bin_by_bin() -> None:
    said, came = [0.9, 0.9, 0.9, 0.9, 0.1, 0.1], [True, True, True, False, False, False]
    assert reliability(said, came) == [(2, pytest.approx(0.1), 0), (4, pytest.approx(0.9), 0.75)]
    assert calibration_error(said, came) == pytest.approx((2 * 0.1 + 4 * 0.15) / 6)
    assert calibration_error([1.0, 0.0], [True, False]) == 0
    assert calibration_error([], []) is None


def test_percentiles_are_values_that_occurred() -> None:
    assert percentile([5, 1, 3], 0.5) == 3
    assert percentile(list(range(100)), 0.95) == 95
    assert percentile([7], 0.95) == 7
