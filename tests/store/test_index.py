from __future__ import annotations

import multiprocessing
import resource
import shutil
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from secondme.engine.fake import FakeEmbedder
from secondme.errors import IndexDamaged
from secondme.store.index import Index

LAYER = "passages"
LARGEST_FILE = 64 << 20  # a race inside Chroma once wrote a file of 79 GB


def vectors(seed: int, count: int = 20, dimension: int = 32) -> NDArray[np.float32]:
    rows = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), dtype=np.float32)


def names(prefix: str, count: int = 20) -> list[str]:
    return [f"{prefix}-{n}" for n in range(count)]


def write(index: Index, prefix: str, rows: NDArray[np.float32]) -> None:
    with index.open() as opened:
        opened.upsert(LAYER, names(prefix, len(rows)), rows, [None] * len(rows))


def finds_itself(index: Index, prefix: str, rows: NDArray[np.float32]) -> int:
    """How many of `rows` are found by their own vector."""
    with index.open() as opened:
        return sum(opened.nearest(LAYER, row, 1)[0][0] == f"{prefix}-{n}" for n, row in enumerate(rows))


@pytest.fixture
def index(tmp_path: Path) -> Index:
    return Index(tmp_path / "chroma")


def test_vectors_are_found_by_cosine_nearness(index: Index) -> None:
    rows = vectors(1)
    write(index, "a", rows)
    with index.open() as opened:
        near = opened.nearest(LAYER, rows[3], 5)
        assert near[0] == ("a-3", pytest.approx(1.0, abs=1e-5))
        assert [score for _, score in near] == sorted((score for _, score in near), reverse=True)
        assert near[1][1] == pytest.approx(float(np.sort(rows @ rows[3])[-2]), abs=1e-5)
        assert np.allclose(opened.vectors(LAYER, ["a-3", "unknown"])["a-3"], rows[3], atol=1e-6)
        assert opened.count(LAYER) == 20


def test_writing_again_replaces_and_deleting_deletes(index: Index) -> None:
    write(index, "a", vectors(1))
    write(index, "a", vectors(2))
    with index.open() as opened:
        opened.delete(LAYER, ["a-0", "never there"])
        assert opened.ids(LAYER) == set(names("a")) - {"a-0"}
    assert finds_itself(index, "a", vectors(2)) == 19


def test_more_than_chroma_takes_at_once(index: Index) -> None:
    write(index, "a", vectors(1, 6_000, 8))
    with index.open() as opened:
        assert opened.count(LAYER) == 6_000
        opened.delete(LAYER, names("a", 6_000))
        assert opened.count(LAYER) == 0
        assert opened.nearest(LAYER, vectors(1, 1, 8)[0], 5) == []


def test_vectors_that_are_nearly_alike_are_all_reachable(index: Index) -> None:
    texts = [f"# Tea\n\nAna likes tea with the jelly of quinces. This is day {n} of many." for n in range(600)]
    rows = FakeEmbedder().embed(texts)
    write(index, "a", rows)
    with index.open() as opened:
        near = [opened.nearest(LAYER, row, 1)[0][1] for row in rows]
    assert min(near) > 0.9999  # itself, or another with the very same words


def test_no_text_is_stored(index: Index) -> None:
    write(index, "a", vectors(1))
    with index.open() as opened:
        found = opened._collection(LAYER).get(include=["documents", "metadatas"])
    assert set(found["documents"]) == {None}
    assert {key for metadata in found["metadatas"] for key in metadata} == {"epoch"}


def _take_part(path: Path, prefix: str, gate: multiprocessing.synchronize.Barrier) -> None:
    resource.setrlimit(resource.RLIMIT_FSIZE, (LARGEST_FILE, LARGEST_FILE))
    index, seed = Index(path), ord(prefix)
    gate.wait(30)
    for turn in range(8):
        rows = vectors(seed * 100 + turn)
        write(index, f"{prefix}{turn}", rows)
        assert finds_itself(index, f"{prefix}{turn}", rows) == len(rows)


def test_two_processes_that_write_and_read_at_once_lose_nothing(index: Index) -> None:
    context = multiprocessing.get_context("spawn")
    gate = context.Barrier(2)
    both = [context.Process(target=_take_part, args=(index.path, prefix, gate)) for prefix in "xy"]
    for process in both:
        process.start()
    for process in both:
        process.join(60)
    assert [process.exitcode for process in both] == [0, 0]
    for prefix in "xy":
        for turn in range(8):
            assert finds_itself(index, f"{prefix}{turn}", vectors(ord(prefix) * 100 + turn)) == 20


def test_a_fault_of_our_own_is_not_called_damage(index: Index) -> None:
    with pytest.raises(ZeroDivisionError), index.open():
        _ = 1 / 0
    write(index, "a", vectors(1))  # and the index is closed again


@pytest.mark.parametrize("damage", ["garbage", "truncated", "no database", "no vectors", "a file", "empty folder"])
def test_a_damaged_directory_is_called_that_and_can_be_replaced(index: Index, damage: str) -> None:
    write(index, "a", vectors(1, 1_200))  # past the point where Chroma writes its graph to files
    database = index.path / "chroma.sqlite3"
    match damage:
        case "garbage":
            database.write_bytes(b"garbage" * 10_000)
        case "truncated":
            database.write_bytes(database.read_bytes()[:10_000])
        case "no database":
            database.unlink()
        case "no vectors":
            for file in index.path.glob("*/*.bin"):
                file.write_bytes(b"")
        case "a file":
            shutil.rmtree(index.path)
            index.path.write_text("in the way")
        case "empty folder":
            shutil.rmtree(index.path)
            index.path.mkdir()
    with pytest.raises(IndexDamaged, match="chroma"), index.open() as opened:
        opened.nearest(LAYER, vectors(1, 1)[0], 3)
    with index.replace() as fresh:
        write(fresh, "b", vectors(2))
    assert finds_itself(index, "b", vectors(2)) == 20
    assert sorted(path.name for path in index.path.parent.iterdir() if "lock" not in path.name) == ["chroma"]


def test_an_interrupted_replacement_leaves_the_old_one(index: Index) -> None:
    write(index, "a", vectors(1))

    def interrupted() -> None:
        with index.replace() as fresh:
            write(fresh, "b", vectors(2))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert finds_itself(index, "a", vectors(1)) == 20
    assert not index.path.with_name("chroma.new").exists()


def test_a_replacement_killed_between_its_two_steps_is_undone(index: Index) -> None:
    write(index, "a", vectors(1))
    index.path.rename(index.path.with_name("chroma.old"))
    assert finds_itself(index, "a", vectors(1)) == 20


def test_a_replacement_by_nothing_is_an_empty_index(index: Index) -> None:
    write(index, "a", vectors(1))
    with index.replace():
        pass
    assert not index.path.exists()
