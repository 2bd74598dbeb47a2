"""Flat rows: what is written is found, nothing half-written is, and few and many rows are searched alike."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from secondme.errors import IndexDamaged
from secondme.store import flat as files
from secondme.store import sweep as sweeping
from secondme.store.flat import HEADER, SCALES, SIGNS, VALUES, Flat, Header
from secondme.store.sweep import Sweep

Vectors = NDArray[np.float32]
DIMENSION = 48  # not a whole number of words


def vectors(seed: int, count: int, dimension: int = DIMENSION) -> Vectors:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def numbers(*several: int) -> NDArray[np.int64]:
    return np.array(several, np.int64)


@pytest.fixture
def flat(tmp_path: Path) -> Flat:
    made = Flat(tmp_path / "flat")
    made.begin(Header(DIMENSION, "fake", "ledger"))
    return made


@pytest.fixture
def sweep(flat: Flat) -> Sweep:
    return Sweep(flat.folder)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """A few hundred rows are many."""
    monkeypatch.setattr(sweeping, "ALL", 100)
    monkeypatch.setattr(sweeping, "AT_LEAST", 150)
    monkeypatch.setattr(sweeping, "BLOCK", 64)
    monkeypatch.setattr(sweeping, "SCORED", 32)


def test_rows_are_what_was_written(flat: Flat, sweep: Sweep) -> None:
    rows = vectors(1, 4)
    flat.write(numbers(7, 3, 4, 12), rows)
    found = sweep.vectors(numbers(12, 3, 5, 99, -1, 3))
    assert np.allclose((found * rows[[3, 1, 0, 0, 0, 1]]).sum(axis=1), [1, 1, 0, 0, 0, 1], atol=1e-3)
    assert np.allclose(np.linalg.norm(found, axis=1), [1, 1, 0, 0, 0, 1], atol=1e-6)
    assert flat.there(numbers(2, 3, 4, 7, 12, 13, -1)).tolist() == [False, True, True, True, True, False, False]
    assert flat.rows == 13


def test_the_nearest_are_those_that_exact_arithmetic_finds(flat: Flat, sweep: Sweep) -> None:
    rows = vectors(1, 300)
    flat.write(np.arange(1, 301), rows)
    queries = vectors(2, 3)
    for query, (found, cosines) in zip(queries, sweep.nearest(queries, 10), strict=True):
        exact = rows @ query
        assert set(found[:5].tolist()) <= set((np.argsort(-exact)[:10] + 1).tolist())
        assert np.allclose(cosines, exact[found - 1], atol=0.01)
        assert cosines.tolist() == sorted(cosines, reverse=True)


@pytest.mark.usefixtures("many")
def test_among_many_rows_the_nearest_are_found_by_their_signs(flat: Flat, sweep: Sweep) -> None:
    rows = vectors(1, 600)
    flat.write(np.arange(600), rows)
    flat.clear(np.arange(0, 600, 7))
    queries = vectors(3, 20)
    hits = 0
    for query, (found, _) in zip(queries, sweep.nearest(queries, 10), strict=True):
        exact = rows @ query
        exact[::7] = -1
        assert not (found % 7 == 0).any()
        hits += len(set(np.argsort(-exact)[:10].tolist()) & set(found.tolist()))
    assert hits >= 0.8 * 200  # of directions at random, the hardest there are
    assert sweep.nearest(rows[5:6], 1)[0][0].tolist() == [5]


@pytest.mark.usefixtures("many")
@pytest.mark.parametrize("every", [2, 50])  # more than are all scored, and fewer
def test_only_what_is_allowed_is_found(flat: Flat, sweep: Sweep, every: int) -> None:
    rows = vectors(1, 600)
    flat.write(np.arange(600), rows)
    allowed = np.arange(0, 700, every)  # and of some there is no row
    ((found, _),) = sweep.nearest(rows[1:2], 20, allowed)
    assert len(found) == min(20, 600 // every)
    assert (found % every == 0).all()
    assert len(sweep.nearest(rows[1:2], 20, numbers())[0][0]) == 0


@pytest.mark.usefixtures("many")
def test_vectors_of_one_sign_do_not_hide_behind_rows_that_hold_none(flat: Flat, sweep: Sweep) -> None:
    rows = np.abs(vectors(1, 300))
    rows[:, 4:] = 0  # as counted words are: mostly zeros
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    flat.write(np.arange(700, 1_000), rows)
    ((found, cosines),) = sweep.nearest(rows[:1], 5)
    assert found[0] >= 700
    assert len(found) == 5
    assert cosines[0] > 0.99


def test_an_open_reader_sees_what_is_written_after(flat: Flat, sweep: Sweep) -> None:
    rows = vectors(1, 3)
    assert sweep.nearest(rows[:1], 3)[0][0].tolist() == []
    flat.write(numbers(0), rows[:1])
    assert sweep.nearest(rows[:1], 3)[0][0].tolist() == [0]
    flat.write(numbers(5), rows[1:2])
    assert sweep.nearest(rows[1:2], 1)[0][0].tolist() == [5]
    flat.write(numbers(5), rows[2:])  # in place
    assert sweep.nearest(rows[2:], 1)[0][0].tolist() == [5]
    flat.finish()
    assert sweep.header
    assert sweep.header.whole
    flat.begin(Header(DIMENSION, "fake", "ledger"))  # other files under the same names
    assert sweep.rows == 0
    flat.write(numbers(2), rows[:1])
    assert sweep.nearest(rows[:1], 3)[0][0].tolist() == [2]
    flat.drop()
    assert sweep.header is None
    assert sweep.vectors(numbers(2)).shape == (1, 0)


def test_what_is_cleared_leaves_no_byte(flat: Flat, sweep: Sweep) -> None:
    flat.write(np.arange(6), vectors(1, 6))
    flat.clear(numbers(1, 4, 99))
    assert flat.there(np.arange(6)).tolist() == [True, False, True, True, False, True]
    flat.keep_only(numbers(0, 1, 77))
    assert flat.there(np.arange(6)).tolist() == [True, *[False] * 5]
    for name, width in flat._header().widths.items():
        assert not any((flat.folder / name).read_bytes()[width:])
    assert sweep.nearest(vectors(2, 1), 6)[0][0].tolist() == [0]


def test_a_row_is_copied_to_the_bit(flat: Flat) -> None:
    flat.write(numbers(3, 9), vectors(1, 2))
    flat.copy(numbers(9, 3), numbers(1, 12))
    for name, width in flat._header().widths.items():
        data = (flat.folder / name).read_bytes()
        assert data[width : 2 * width] == data[9 * width : 10 * width]
        assert data[12 * width :] == data[3 * width : 4 * width]


def test_zeros_and_what_is_no_number_are_kept_as_zeros(flat: Flat, sweep: Sweep) -> None:
    rows = vectors(1, 3)
    rows[1], rows[2] = 0, np.nan
    flat.write(np.arange(3), rows)
    assert flat.there(np.arange(3)).all()  # or they would be looked for again and again
    assert not sweep.vectors(np.arange(1, 3)).any()
    assert np.isfinite(sweep.nearest(rows[:1], 3)[0][1]).all()


class Died(BaseException):
    """In the place of a kill."""


@pytest.mark.parametrize("step", range(2))
def test_a_row_that_a_kill_left_half_written_is_none(
    flat: Flat, sweep: Sweep, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    old, new = vectors(1, 2)
    flat.write(numbers(0), old[None])
    write, calls = files._write, iter(range(9))

    def dying(file: object, data: bytes) -> None:
        if next(calls) == 1 + step:  # the scale of the row that is replaced comes first
            raise Died
        write(file, data)

    monkeypatch.setattr(files, "_write", dying)
    with pytest.raises(Died):
        flat.write(numbers(0, 1), np.stack([new, new]))
    assert flat.there(np.arange(3)).tolist() == [False] * 3
    assert sweep.nearest(new[None], 3)[0][0].tolist() == []
    monkeypatch.undo()
    flat.write(numbers(0, 1), np.stack([new, new]))
    assert sweep.nearest(new[None], 3)[0][0].tolist() == [0, 1]


@pytest.mark.parametrize("name", [HEADER, VALUES, SIGNS, SCALES])
@pytest.mark.parametrize("damage", ["gone", "empty", "short", "garbage"])
def test_damaged_files_are_fewer_rows_or_none(flat: Flat, sweep: Sweep, name: str, damage: str) -> None:
    flat.write(np.arange(8), vectors(1, 8))
    path = flat.folder / name
    match damage:
        case "gone":
            path.unlink()
        case "empty":
            path.write_bytes(b"")
        case "short":
            path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
        case "garbage":
            path.write_bytes(b"garbage")
    ((found, _),) = sweep.nearest(vectors(1, 1), 8)
    assert len(found) <= 4
    assert len(sweep.vectors(np.arange(8))) == 8
    assert len(flat.there(np.arange(8))) == 8


def test_vectors_of_another_dimension_are_refused(flat: Flat, sweep: Sweep) -> None:
    with pytest.raises(IndexDamaged, match="48"):
        flat.write(numbers(1), vectors(1, 1, 32))
    flat.write(numbers(1), vectors(1, 1))
    assert sweep.nearest(vectors(1, 1, 32), 5)[0][0].tolist() == []


@settings(max_examples=25, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 40), st.booleans()), max_size=30))
def test_any_order_of_writing_and_clearing(
    tmp_path_factory: pytest.TempPathFactory, steps: list[tuple[int, bool]]
) -> None:
    flat = Flat(tmp_path_factory.mktemp("any") / "flat")
    flat.begin(Header(DIMENSION, "fake", "ledger"))
    rows, held = vectors(1, 41), set[int]()
    for n, kept in steps:
        if kept:
            flat.write(numbers(n, 40 - n), rows[[n, 40 - n]])
            held |= {n, 40 - n}
        else:
            flat.clear(numbers(n))
            held -= {n}
    found = Sweep(flat.folder).vectors(np.arange(41))
    assert set(np.flatnonzero(found.any(axis=1)).tolist()) == held
    assert all(found[n] @ rows[n] > 0.999 for n in held)
