"""Threads: how many fit beside what others do, and how they wait."""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from secondme.engine import threads
from secondme.engine.threads import Share, Taken, fitting, wanted_by_others

ZERO = Taken(0.0, 0.0, 0.0)


def after(ours: float, others: float, seconds: float = 1.0) -> Taken:
    """The processors' time after so many seconds in which we took `ours` and others `others` of them."""
    return Taken(seconds, (ours + others) * seconds, ours * seconds)


@pytest.mark.parametrize(
    ("running", "ours", "others", "wanted"),
    [
        (2, 0.0, 0.0, 0.0),
        (2, 2.0, 0.0, 0.0),
        (1, 1.0, 1.0, 1.0),
        (2, 0.0, 2.0, 2.0),  # before we begin
        (2, 1.0, 1.0, 2.0),  # each of our two threads gets half a core: so do two of theirs
        (1, 0.67, 1.33, 2.0),
        (2, 1.2, 0.3, 0.3),  # there is room: they get what they want
    ],
)
def test_what_others_want_is_told_from_what_they_get(running: int, ours: float, others: float, wanted: float) -> None:
    assert wanted_by_others(ZERO, after(ours, others), running, 2) == pytest.approx(wanted, abs=0.02)


@pytest.mark.parametrize(
    ("others", "most", "threads"), [(0, 2, 2), (0.3, 2, 2), (0.7, 2, 1), (1, 2, 1), (5, 2, 1), (3, 8, 5), (0, 8, 8)]
)
def test_a_thread_for_each_core_that_is_left(others: float, most: int, threads: int) -> None:
    assert fitting(others, most) == threads


def test_the_share_follows_the_load_and_comes_back() -> None:
    began = time.monotonic() - 100
    # seconds later, cores of ours, cores of others
    looks = iter([(0, 0.0, 0.0), (1, 0.0, 2.0), (2, 0.7, 1.3), (3, 1.0, 0.0), (4, 2.0, 0.0), (5, 2.0, 0.0)])
    ours = everybody = 0.0

    def look() -> Taken:
        nonlocal ours, everybody
        seconds, own, others = next(looks)
        ours, everybody = ours + own, everybody + own + others
        return Taken(began + seconds, everybody, ours)

    share = Share(2, look)
    assert share.threads == 2
    assert [share.choose() for _ in range(5)] == [1, 1, 1, 2, 2]


def test_the_share_does_not_look_more_than_twice_a_second() -> None:
    looked = []

    def look() -> Taken:
        looked.append(1)
        return Taken(time.monotonic(), 0.0, 0.0)

    share = Share(2, look)
    for _ in range(1000):
        share.choose()
    assert len(looked) <= 2


def test_what_is_measured_is_measured_here() -> None:
    before, began = threads.taken(), time.monotonic()
    while time.monotonic() - began < 0.3:
        pass
    now = threads.taken()
    assert 0.05 < now.ours - before.ours < 1.0
    assert now.everybody - before.everybody >= 0.05
    assert 1 <= threads.cores() <= len(threads.allowed()) <= (os.cpu_count() or 1)


def test_threads_sleep_after_a_short_wait_unless_the_owner_says_otherwise() -> None:
    assert threads.environment({}) == {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": str(threads.SPINS)}
    assert threads.environment({"OMP_WAIT_POLICY": "active"}) == {}
    assert threads.environment({"GOMP_SPINCOUNT": "5"}) == {}


@pytest.mark.parametrize(
    ("files", "processors"),
    [
        ({"cpu.max": "150000 100000\n"}, 1.5),
        ({"cpu.max": "max 100000\n"}, 0.0),
        ({"cpu/cpu.cfs_quota_us": "200000\n", "cpu/cpu.cfs_period_us": "100000\n"}, 2.0),
        ({"cpu/cpu.cfs_quota_us": "-1\n", "cpu/cpu.cfs_period_us": "100000\n"}, 0.0),
        ({}, 0.0),
    ],
)
def test_a_container_may_take_what_its_quota_says(tmp_path: Path, files: dict[str, str], processors: float) -> None:
    (tmp_path / "cpu").mkdir()
    for name, text in files.items():
        (tmp_path / name).write_text(text)
    assert threads._quota(tmp_path) == processors


def test_stepping_back_takes_the_whole_session_along(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    nice = [0]

    def add(more: int) -> int:
        nice[0] += more
        return nice[0]

    monkeypatch.setattr(os, "nice", add)
    group = tmp_path / "autogroup"
    threads.step_back(False, group)
    assert not group.exists()
    threads.step_back(True, group)
    assert (nice, group.read_text()) == ([threads.BACKGROUND], str(threads.BACKGROUND))
