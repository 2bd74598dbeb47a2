"""Another index in the place of the one in use: whatever happens meanwhile, and wherever it is killed."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from secondme import config as configuration
from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.errors import Busy, DiskFull, IndexDamaged, UsageError
from secondme.me import Me
from secondme.memory import reindex as making
from secondme.memory.forgetting import Wish
from secondme.store import current, fill
from secondme.store.flat import FLAT, Flat
from secondme.store.index import LAYER, Index, Vectors


class Killed(BaseException):
    """In the place of a kill."""


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    for n in range(20):
        (notes / f"{n}.md").write_text(f"# Note {n}\n\nThe dentist of person{n} is in street number {n}.\n")
    me.ingest([notes])
    return me


@pytest.fixture
def other(filled: Me) -> Iterator[Me]:
    """The same memory for settings that name another embedder."""
    with opened(filled.home, FakeEmbedder(32)) as me:
        yield me


@pytest.fixture(autouse=True)
def small_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(making, "BATCH_PASSAGES", 8)
    monkeypatch.setattr(making, "LARGEST_BATCH", 8)
    monkeypatch.setattr(making, "EMBED_AT_ONCE", 4)
    monkeypatch.setattr(making, "FEW", 6)


def opened(home: Home, embedder: FakeEmbedder) -> Me:
    return Me(home, embedder=embedder, generator=FakeGenerator())


def bad(me: Me) -> list[str]:
    return [f"{finding.name}: {finding.detail}" for finding in me.doctor() if not finding.ok and finding.name != "disk"]


def finds(me: Me, n: int = 17) -> bool:
    hit = me.recall(f"dentist of person{n}").hits[0]
    return hit.source.endswith(f"{n}.md") and "cosine" in hit.why


def directories(me: Me) -> list[str]:
    return sorted(path.name for path in me.home.memories.glob("chroma*") if path.suffix != ".lock")


def in_the_middle(monkeypatch: pytest.MonkeyPatch, do: Callable[[], object], batch: int = 2) -> None:
    """Have something done after that many batches, once."""
    put, calls = making._Making._put, iter(range(1, 1_000))

    def patched(self: making._Making, *args: object) -> None:
        put(self, *args)  # type: ignore[arg-type]
        if next(calls) == batch:
            do()

    monkeypatch.setattr(making._Making, "_put", patched)


# -- what it does -----------------------------------------------------------------------------------------------------


def test_another_embedder_takes_the_place_of_the_first(filled: Me, other: Me) -> None:
    told: list[tuple[int, int]] = []
    done = other.reindex(progress=lambda now, total: told.append((now, total)))
    assert (done.passages, done.embedded, done.before, done.embedder) == (20, 20, "fake-64", "fake-32")
    assert told[0] == (0, 20)
    assert told[-1] == (20, 20)
    assert finds(other)
    assert other.near.whole
    assert bad(other) == []
    assert directories(other) == ["chroma.1"]
    with pytest.raises(IndexDamaged, match="fake-32"):
        filled.recall("dentist")


def test_the_same_embedder_is_not_asked_again(filled: Me, embedder: FakeEmbedder) -> None:
    embedder.embedded.clear()
    done = filled.reindex()
    assert (done.passages, done.embedded) == (20, 0)
    assert embedder.embedded == []
    assert finds(filled)
    assert bad(filled) == []
    assert filled.reindex().passages == 20
    assert directories(filled) == ["chroma.2"]


def test_what_a_damaged_index_has_lost_is_embedded(filled: Me) -> None:
    (filled.home.chroma / "chroma.sqlite3").write_bytes(b"garbage" * 5_000)
    assert filled.reindex().embedded == 20
    assert bad(filled) == []


def test_an_empty_memory_can_be_reindexed(me: Me, notes: Path) -> None:
    assert me.reindex().passages == 0
    assert bad(me) == []
    (notes / "a.md").write_text("The dentist of person17 is in street 4.")
    me.ingest([notes])
    assert me.recall("dentist").hits


def test_what_comes_and_goes_meanwhile_is_caught_up_with(
    filled: Me, other: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def meanwhile() -> None:
        for n in range(40, 60):
            (notes / f"{n}.md").write_text(f"# Note {n}\n\nThe dentist of person{n} is in street number {n}.\n")
        (notes / "5.md").write_text("# Note 5\n\nThe dentist of person5 has closed.\n")
        (notes / "6.md").unlink()
        filled.ingest([notes])
        filled.forget(filled.forgettable(Wish(str(notes / "7.md"))))
        assert finds(filled)
        assert finds(filled, 55)

    in_the_middle(monkeypatch, meanwhile)
    assert other.reindex().passages == 38
    assert finds(other, 55)
    assert "closed" in other.recall("dentist of person5").hits[0].passage.text
    assert bad(other) == []
    with other.index.open() as vectors:
        assert vectors.ids(LAYER) == other.reader.passage_ids()
    flat = Flat(other.index.path / FLAT)
    numbers = [n for (n,) in other.reader.rows("SELECT n FROM passages ORDER BY n")]
    assert np.flatnonzero(flat.there(np.arange(flat.rows))).tolist() == numbers


def test_what_is_forgotten_meanwhile_leaves_the_unfinished_one_at_once(
    filled: Me, other: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = {found.passage.id for found in filled.reader.all_passages() if found.source.endswith("0.md")}

    def forget_and_die() -> None:
        for n in (0, 10):
            filled.forget(filled.forgettable(Wish(str(notes / f"{n}.md"))))
        raise Killed

    in_the_middle(monkeypatch, forget_and_die, 3)
    with pytest.raises(Killed):
        other.reindex()
    with Index(other.home.memories / "chroma.1").open() as vectors:
        assert not vectors.ids(LAYER) & gone


def test_one_that_does_not_find_its_vectors_is_made_again_from_them(
    filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch
) -> None:
    nearest, holes = Vectors.nearest, iter([True])

    def with_holes(self: Vectors, layer: str, vector: np.ndarray, k: int) -> list[tuple[str, float]]:
        return [] if next(holes, False) else nearest(self, layer, vector, k)

    monkeypatch.setattr(Vectors, "nearest", with_holes)
    embedder = other.embedder
    assert isinstance(embedder, FakeEmbedder)
    done = other.reindex()
    assert done.embedded == 20
    assert len(embedder.embedded) == 20  # once
    assert directories(other) == ["chroma.2"]
    assert bad(other) == []


def test_one_that_is_never_sound_leaves_the_old_one(filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(making._Making, "_sound", lambda *_: False)
        with pytest.raises(IndexDamaged, match="old one stays"):
            other.reindex()
    assert finds(filled)
    assert bad(filled) == []
    assert other.reindex().passages == 20


# -- killed -----------------------------------------------------------------------------------------------------------

# what is called, in this order; the number says which call of it
STEPS: list[tuple[object, str, int]] = [
    (current, "begin", 1),
    (fill, "begin", 1),
    (fill, "write", 1),
    (Vectors, "upsert", 1),
    (fill, "write", 2),
    (Vectors, "upsert", 2),
    (making._Making, "_strip", 1),
    (making._Making, "_sound", 1),
    (Flat, "finish", 1),
    (current, "switch", 1),
    (current, "tidy", 4),
]


@pytest.mark.parametrize("step", range(len(STEPS) + 1))
def test_killed_between_any_two_steps_either_index_is_whole(
    filled: Me, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    owner, name, at = STEPS[min(step, len(STEPS) - 1)]
    real, calls = getattr(owner, name), iter(range(1, 1_000))

    def dying(*args: object) -> object:
        if (call := next(calls)) == at and step < len(STEPS):
            raise Killed
        result = real(*args)
        if call == at:
            raise Killed
        return result

    with monkeypatch.context() as patched:
        patched.setattr(owner, name, dying)
        with opened(filled.home, FakeEmbedder(32)) as other, pytest.raises(Killed):
            other.reindex()
    switched = step > [name for _, name, _ in STEPS].index("switch")
    assert filled.reader.meta(current.EMBEDDER) == ("fake-32" if switched else "fake-64")
    with opened(filled.home, FakeEmbedder(32 if switched else 64)) as now:
        assert finds(now)
        assert now.near.whole
        assert bad(now) == []
    again = FakeEmbedder(32)
    with opened(filled.home, again) as other:
        assert other.reindex().passages == 20
        assert len(again.embedded) == [20, 20, 20, 20, 12, 12, 0, 0, 0, 0, 0, 0][step]  # nothing twice but one batch
        assert finds(other)
        assert bad(other) == []
        assert len(directories(other)) == 1


def test_settings_follow_even_where_a_kill_came_between(filled: Me, home: Home) -> None:
    """As they are when the ledger has switched and nobody has told config.toml."""
    configuration.save(home, "embedder", "minilm-l6")
    with filled._writing(0, lambda holder: None) as ledger:
        ledger.set_meta(current.SETTINGS, json.dumps({"embedder": "fake", "embed_url": ""}))
    filled.close()
    with Me(home, generator=FakeGenerator()) as me:
        me._embedder = FakeEmbedder(32)  # in the place of what the old setting names
        assert finds(me)
        assert me.config.embedder == "fake"
    assert configuration.load(home).embedder == "fake"


def test_a_process_that_was_open_all_along_goes_over_to_the_new_one(filled: Me, home: Home, notes: Path) -> None:
    filled.close()
    with Me(home, generator=FakeGenerator()) as watching:
        assert finds(watching)
        with filled._writing(0, lambda holder: None) as ledger:
            ledger.set_meta(current.EMBEDDER, "another")
        with pytest.raises(IndexDamaged):
            watching.recall("dentist")
        with filled._writing(0, lambda holder: None) as ledger:
            ledger.set_meta(current.EMBEDDER, "fake-64")
        assert watching.reindex().passages == 20
        assert finds(watching)
        with opened(home, FakeEmbedder()) as somebody:
            somebody.reindex()
        assert finds(watching)
        (notes / "new.md").write_text("The dentist of person77 is new.")
        watching.ingest([notes])
        assert watching.recall("dentist of person77").hits[0].source.endswith("new.md")
        assert bad(watching) == []


# -- what is in the way -----------------------------------------------------------------------------------------------


def test_two_at_once_are_one_too_many(filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    def second() -> None:
        with opened(filled.home, FakeEmbedder(32)) as another, pytest.raises(Busy):
            another.reindex()

    in_the_middle(monkeypatch, second)
    assert other.reindex().passages == 20


def interrupted(me: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        in_the_middle(patched, interrupt)
        with pytest.raises(KeyboardInterrupt):
            me.reindex()


def test_an_unfinished_change_is_not_dropped_unasked(filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    interrupted(other, monkeypatch)
    assert directories(filled) == ["chroma", "chroma.1"]
    assert "fake-32 is unfinished" in next(one.detail for one in filled.doctor() if one.name == "reindex")
    assert finds(filled)
    with pytest.raises(UsageError, match="fake-32 is unfinished") as caught:
        filled.reindex()
    assert "--embedder" in caught.value.hint
    assert filled.reindex("fake").embedded == 0
    assert directories(filled) == ["chroma.1"]
    assert finds(filled)


def test_a_partial_one_that_cannot_be_read_is_begun_again(
    filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch
) -> None:
    interrupted(other, monkeypatch)
    (filled.home.memories / "chroma.1" / "chroma.sqlite3").write_bytes(b"garbage" * 5_000)
    assert other.reindex().embedded == 20
    assert bad(other) == []
    assert len(directories(other)) == 1


def test_a_memory_that_is_replaced_meanwhile_keeps_its_own_index(
    filled: Me, other: Me, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.backup(tmp_path / "b.zip")
    in_the_middle(monkeypatch, lambda: filled.restore(tmp_path / "b.zip", replace=True))
    with pytest.raises(IndexDamaged, match="replaced"):
        other.reindex()
    assert finds(filled)
    assert bad(filled) == []


def test_without_room_for_two_it_says_so_first(filled: Me, other: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = shutil.disk_usage(filled.home.memories)
    monkeypatch.setattr(shutil, "disk_usage", lambda path: usage._replace(free=1_000))
    with pytest.raises(DiskFull, match="second index"):
        other.reindex()
    monkeypatch.undo()
    assert finds(filled)


# -- the other verbs, once the index has another name -----------------------------------------------------------------


def test_backup_restore_forget_and_repair_follow(
    filled: Me, notes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    filled.reindex()
    assert directories(filled) == ["chroma.1"]
    filled.backup(tmp_path / "b.zip")
    filled.forget(filled.forgettable(Wish(str(notes / "7.md"))))
    assert finds(filled)
    assert bad(filled) == []
    assert filled.repair() == 19
    assert directories(filled) == ["chroma.1"]
    assert bad(filled) == []
    with opened(Home(tmp_path / "there", tmp_path / "there"), FakeEmbedder()) as there:
        assert there.restore(tmp_path / "b.zip").vectors == "kept"
        assert finds(there)
        assert directories(there) == ["chroma"]
        assert bad(there) == []
    assert filled.restore(tmp_path / "b.zip", replace=True).vectors == "kept"
    assert finds(filled)
    filled.ingest([notes])
    assert directories(filled) == ["chroma"]
    assert bad(filled) == []
