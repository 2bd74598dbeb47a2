"""When a change is at rest, and what it then was: real files, and a clock that the test turns."""

from __future__ import annotations

import itertools
import os
from pathlib import Path

import pytest

from secondme.sources.watching import settling
from secondme.sources.watching.settling import FREQUENT, LARGE, REST, STEADY, Batch, Settling


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now

    def on(self, seconds: float) -> None:
        self.now += seconds


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def marks(clock: Clock) -> Settling:
    return Settling(clock=clock)


def mark(marks: Settling, path: Path, **more: bool) -> None:
    marks.mark(str(path), root=str(path.parent), **more)


def test_a_file_comes_when_nothing_was_heard_of_it_for_a_while(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    note = tmp_path / "a.md"
    for text in ("a", "ab", "abc"):
        note.write_text(text)
        mark(marks, note)
        clock.on(REST / 2)
        assert not marks.take()
    clock.on(REST / 2)
    assert marks.take() == Batch((note,))
    assert not marks.take()
    assert len(marks) == 0


def test_a_file_that_grows_unheard_is_waited_for(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    note = tmp_path / "a.md"
    note.write_text("a")
    mark(marks, note)
    for text in ("ab", "abc"):
        note.write_text(text)
        clock.on(REST)
        assert not marks.take()
    clock.on(REST)
    assert marks.take() == Batch((note,))


def test_what_never_rests_comes_at_intervals(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    log = tmp_path / "a.log"
    came = []
    for second in range(int(4 * STEADY * 4) + 40):
        log.write_text("x" * second)
        mark(marks, log)
        if marks.take():
            came.append(clock.now)
        clock.on(0.25)
    assert len(came) == 4
    assert all(later - earlier >= STEADY for earlier, later in itertools.pairwise(came))


def test_a_large_file_that_is_appended_to_all_the_time_is_held_back_and_a_note_is_not(
    tmp_path: Path, marks: Settling, clock: Clock
) -> None:
    large, note = tmp_path / "mail.mbox", tmp_path / "a.md"
    counts = {large: 0, note: 0}
    for second in range(int(STEADY) - 2):
        large.write_bytes(b"x" * (LARGE + 1 + second))
        note.write_text("x" * second)
        mark(marks, large)
        mark(marks, note)
        clock.on(1.0)
        for path in marks.take().changed:
            counts[path] += 1
    assert counts == {large: FREQUENT, note: int(STEADY) - 2}
    clock.on(STEADY)
    assert marks.take().changed == (large,), "the last state is not lost"


def test_a_deletion_with_a_new_file_in_its_place_is_a_change(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    note = tmp_path / "a.md"
    note.write_text("a")
    note.unlink()
    mark(marks, note)
    note.write_text("b")
    mark(marks, note, born=True)
    clock.on(REST)
    assert marks.take() == Batch((note,))


def test_what_was_gone_before_anyone_heard_of_it_is_not_told(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    mark(marks, tmp_path / "4913", born=True)
    mark(marks, tmp_path / "4913")
    mark(marks, tmp_path / "old.md")
    clock.on(REST)
    assert marks.take() == Batch((), (tmp_path / "old.md",))


def test_a_move_comes_in_one_batch_even_if_the_file_still_grows(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    old, new = tmp_path / "a.md", tmp_path / "b.md"
    new.write_text("b")
    marks.mark_move(str(old), str(new), root=str(tmp_path))
    for text in ("bb", "bbb"):
        clock.on(REST)
        new.write_text(text)
        mark(marks, new)
        assert not marks.take()
    clock.on(REST)
    assert marks.take() == Batch((new,), (old,))


def test_a_chain_of_a_thousand_moves_is_one(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    for n in range(2_000):
        marks.mark_move(str(tmp_path / f"{n}.md"), str(tmp_path / f"{n + 1}.md"), root=str(tmp_path))
    (tmp_path / "2000.md").write_text("x")
    mark(marks, tmp_path / "2000.md")
    clock.on(REST)
    batch = marks.take(5_000)
    assert batch.changed == (tmp_path / "2000.md",)
    assert len(batch.gone) == 2_000


def test_two_names_that_were_exchanged_are_two_changes(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    one, other = tmp_path / "1.md", tmp_path / "2.md"
    one.write_text("2")
    other.write_text("1")
    for old, new in ((one, tmp_path / "x"), (other, one), (tmp_path / "x", other)):
        marks.mark_move(str(old), str(new), root=str(tmp_path))
    clock.on(REST)
    batch = marks.take()
    assert set(batch.changed) == {one, other}
    assert batch.gone == (tmp_path / "x",)


def test_a_folder_is_looked_through_once_it_is_quiet_below_and_what_is_above_covers_the_rest(
    tmp_path: Path, marks: Settling, clock: Clock
) -> None:
    folder = tmp_path / "new" / "deep"
    folder.mkdir(parents=True)
    for path in (tmp_path / "new", folder):
        marks.mark(str(path), root=str(tmp_path), folder=True)
    for n in range(3):
        clock.on(REST / 2)
        marks.mark(str(folder / f"{n}.md"), root=str(tmp_path), born=True)
        assert not marks.take().rescan
    clock.on(REST)
    assert marks.take().rescan == (tmp_path / "new",)


def test_a_folder_below_which_it_is_never_quiet_is_looked_through_all_the_same(
    tmp_path: Path, marks: Settling, clock: Clock
) -> None:
    marks.mark(str(tmp_path), root=str(tmp_path), folder=True)
    waited = 0.0
    while not marks.take().rescan:
        marks.mark(str(tmp_path / "log"), root=str(tmp_path), born=True)
        clock.on(0.25)
        waited += 0.25
    assert STEADY <= waited < STEADY + 1


def test_a_folder_that_is_gone_covers_what_was_in_it(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    for path in (tmp_path / "sub/a.md", tmp_path / "sub/b/c.md", tmp_path / "sub/b", tmp_path / "sub"):
        mark(marks, path)
    clock.on(REST)
    assert marks.take() == Batch((), (tmp_path / "sub",))


def test_too_many_changes_become_one_look_through_the_root(
    tmp_path: Path, marks: Settling, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settling, "MARKS", 100)
    (tmp_path / "sub").mkdir()
    for n in range(1_000):
        marks.mark(str(tmp_path / "sub" / f"{n}.md"), root=str(tmp_path), born=True)
        assert len(marks) <= 100
    clock.on(REST)
    assert marks.take() == Batch(rescan=(tmp_path,))


def test_batches_are_bounded_and_the_oldest_come_first(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    for n in range(25):
        (tmp_path / f"{n:02}.md").write_text("x")
        mark(marks, tmp_path / f"{n:02}.md")
        clock.on(0.001)
    clock.on(REST)
    batches = [marks.take(10), marks.take(10), marks.take(10)]
    assert [len(batch) for batch in batches] == [10, 10, 5]
    assert [path for batch in batches for path in batch.changed] == sorted(tmp_path.iterdir())


def test_a_drive_that_is_going_says_nothing(
    tmp_path: Path, marks: Settling, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    def failing(path: object, **more: object) -> os.stat_result:
        raise OSError(5, "Input/output error")

    mark(marks, tmp_path / "a.md")
    monkeypatch.setattr(settling.os, "stat", failing)
    for _ in range(int(STEADY) + 2):
        clock.on(1.0)
        assert not marks.take()
    assert len(marks) == 0


def test_what_lies_below_a_root_that_went_is_dropped(tmp_path: Path, marks: Settling, clock: Clock) -> None:
    mark(marks, tmp_path / "drive" / "a.md")
    mark(marks, tmp_path / "other.md")
    marks.drop(str(tmp_path / "drive"))
    clock.on(REST)
    assert marks.take() == Batch((), (tmp_path / "other.md",))
