"""Flat rows beside the index, from ingest to forgetting: always whole, never a second time embedded."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import numpy as np
import pytest

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.health import Finding
from secondme.me import Me
from secondme.memory import batch
from secondme.memory.forgetting import Wish
from secondme.store import fill
from secondme.store.flat import FLAT, Flat
from secondme.store.index import LAYER, Index


class Killed(BaseException):
    """In the place of a kill."""


def note(notes: Path, name: str, *paragraphs: str) -> Path:
    path = notes / f"{name}.md"
    path.write_text("\n\n".join(f"# Part {n}\n\n{text}" for n, text in enumerate(paragraphs)) + "\n")
    return path


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    for n in range(12):
        note(notes, str(n), f"The dentist of person{n} is in street number {n}.", f"Tea with person{n} was good.")
    me.ingest([notes])
    return me


def rows_of(me: Me) -> Flat:
    return Flat(me.index.path / FLAT)


def passages(me: Me) -> dict[int, str]:
    return dict(me.reader.rows("SELECT n, id FROM passages"))


def sound(me: Me) -> bool:
    """Every passage has its row, with the vector that the index has, and nothing else has one."""
    held, flat = passages(me), rows_of(me)
    numbers = np.array(sorted(held), np.int64)
    with me.index.open() as vectors:
        stored = vectors.vectors(LAYER, list(held.values()))
    mine = me.near.vectors(numbers)
    alike = all(float(row @ stored[held[n]]) > 0.99 for n, row in zip(numbers.tolist(), mine, strict=True))
    return me.near.whole and alike and np.flatnonzero(flat.there(np.arange(flat.rows))).tolist() == numbers.tolist()


def finding(me: Me, name: str) -> Finding:
    return next(finding for finding in me.doctor() if finding.name == name)


def test_a_search_opens_no_chroma(me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    note(notes, "a", "The dentist is in street number 4.")
    me.ingest([notes])
    monkeypatch.setattr(Index, "open", lambda self: pytest.fail("Chroma was opened"))
    assert "cosine" in me.recall("which street is the dentist in?").hits[0].why


def test_an_ingest_leaves_a_row_for_every_passage(filled: Me, notes: Path) -> None:
    assert sound(filled)
    note(notes, "3", "The dentist of person3 has moved.", "Tea with person3 was good.")  # one new, one as it was
    (notes / "4.md").unlink()
    (notes / "5.md").rename(notes / "renamed.md")
    filled.ingest([notes])
    assert sound(filled)


def test_a_passage_that_is_new_under_a_known_id_is_not_embedded_again(
    filled: Me, notes: Path, embedder: FakeEmbedder
) -> None:
    embedder.embedded.clear()
    before = max(passages(filled))
    note(notes, "3", "The dentist of person3 has moved.", "Tea with person3 was good.")
    filled.ingest([notes])
    assert [text for text in embedder.embedded if "Tea" in text] == []
    fresh = {n: id_ for n, id_ in passages(filled).items() if n > before}
    assert len(fresh) == 2
    assert sound(filled)


def test_numbers_are_never_given_twice(filled: Me, notes: Path) -> None:
    last = max(passages(filled))
    (notes / "9.md").unlink()
    filled.ingest([notes])
    note(notes, "new", "Something else.")
    filled.ingest([notes])
    assert max(passages(filled)) > last
    assert sound(filled)


@pytest.mark.parametrize("step", ["write", "cover", "clear"])
def test_killed_beside_the_rows_an_ingest_ends_whole(
    filled: Me, notes: Path, monkeypatch: pytest.MonkeyPatch, step: str
) -> None:
    note(notes, "3", "The dentist of person3 has moved.", "Tea with person3 was good.")
    (notes / "4.md").unlink()

    def killed(*_: object) -> None:
        raise Killed

    with monkeypatch.context() as patched:
        patched.setattr(fill, step, killed)
        with pytest.raises(Killed):
            filled.ingest([notes])
    assert filled.near.whole
    assert filled.recall("street of person7's dentist").hits
    filled.ingest([notes])
    assert sound(filled)


def test_killed_between_row_and_index_it_is_embedded_again(
    filled: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note(notes, "new", "The aquarium has seahorses.")
    with monkeypatch.context() as patched:
        patched.setattr("secondme.store.index.Vectors.upsert", lambda *_: (_ for _ in ()).throw(Killed))
        with pytest.raises(Killed):
            filled.ingest([notes])
    assert "seahorses" not in filled.recall("seahorses in the aquarium").hits[0].passage.text  # staged, and not visible
    filled.ingest([notes])
    assert "seahorses" in filled.recall("seahorses in the aquarium").hits[0].passage.text
    assert sound(filled)


def test_what_is_forgotten_leaves_no_row(filled: Me, notes: Path) -> None:
    gone = [n for n, id_ in passages(filled).items() if id_ in {
        found.passage.id for found in filled.reader.all_passages() if found.source.endswith("7.md")}]  # fmt: skip
    assert rows_of(filled).there(np.array(gone)).all()
    filled.forget(filled.forgettable(Wish(str(notes / "7.md"))))
    assert sound(filled)
    values = (rows_of(filled).folder / "values").read_bytes()
    assert not any(any(values[n * 64 : (n + 1) * 64]) for n in gone)


# -- memories without rows --------------------------------------------------------------------------------------------


def older(me: Me) -> None:
    """As a version that knew no rows left it."""
    me.close()
    shutil.rmtree(me.home.chroma / FLAT)
    with sqlite3.connect(me.home.ledger) as db:
        db.execute("DELETE FROM meta WHERE key = 'passages given'")
    db.close()


@pytest.mark.parametrize("first", ["question", "ingest"])
def test_an_older_memory_gets_its_rows_without_embedding(
    filled: Me, home: Home, notes: Path, first: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    older(filled)
    monkeypatch.setattr("secondme.parts.MANY_ROWS", 10)
    monkeypatch.setattr(fill, "AT_ONCE", 5)
    said: list[str] = []
    embedder = FakeEmbedder()
    with Me(home, embedder=embedder, generator=FakeGenerator(), warn=said.append) as me:
        assert "not made yet" in finding(me, "rows").detail
        if first == "question":
            assert me.recall("street of person7's dentist").hits[0].source.endswith("7.md")
        else:
            me.ingest([notes])
        assert [text for text in embedder.embedded if "dentist of person" in text] == []
        assert len(said) == 1
        assert "24 vectors" in said[0]
        assert sound(me)
        me.recall("tea")
        assert len(said) == 1


def test_a_question_does_without_rows_while_another_process_writes(filled: Me, home: Home) -> None:
    filled.close()
    shutil.rmtree(home.chroma / FLAT)
    with (
        Me(home, embedder=FakeEmbedder(), generator=FakeGenerator()) as writer,
        writer._writing(0, lambda holder: None),
    ):
        hit = filled.recall("street of person7's dentist").hits[0]
        assert "cosine" in hit.why
        assert not filled.near.whole
        known = np.array(sorted(passages(filled)), np.int64)
        ((found, _),) = filled.near.nearest(FakeEmbedder().embed(["tea"]), 5, known[:6])
        assert 0 < len(found) <= 5
        assert set(found.tolist()) <= set(known[:6].tolist())
        by_chroma = filled.near.vectors(np.array([*known, 10_000]))
    assert filled.recall("tea").hits
    assert filled.near.whole
    by_rows = filled.near.vectors(np.array([*known, 10_000]))
    assert np.allclose((by_chroma * by_rows).sum(axis=1), [1] * len(known) + [0], atol=1e-3)


def test_rows_of_another_ledger_are_not_taken_for_this_ones(filled: Me, home: Home, notes: Path) -> None:
    filled.close()
    for path in home.memories.glob("ledger.db*"):
        path.rename(path.with_name("aside" + path.suffix))
    (notes / "other.md").write_text("Seahorses live in the aquarium.\n")
    with Me(home, embedder=FakeEmbedder(), generator=FakeGenerator()) as me:
        me.ingest([notes / "other.md"])
        assert [hit.passage.text for hit in me.recall("aquarium", 3).hits] == ["Seahorses live in the aquarium."]
        assert me.near.whole


def test_rows_are_not_trusted_by_an_older_copy_of_their_ledger(filled: Me, home: Home, notes: Path) -> None:
    filled.close()
    kept = home.ledger.read_bytes()
    with Me(home, embedder=FakeEmbedder(), generator=FakeGenerator()) as me:
        note(notes, "new", "The aquarium has seahorses.")
        me.ingest([notes])
    for path in home.memories.glob("ledger.db*"):
        path.unlink()
    home.ledger.write_bytes(kept)
    note(notes, "new", "Quite another thing.")
    with Me(home, embedder=FakeEmbedder(), generator=FakeGenerator()) as me:
        me.ingest([notes])
        assert "another" in me.recall("quite another thing").hits[0].passage.text
        held = np.array(sorted(passages(me)), np.int64)
        assert rows_of(me).there(held).all()


def test_a_backup_holds_no_rows_and_a_restored_memory_makes_them(filled: Me, tmp_path: Path) -> None:
    import zipfile

    filled.backup(tmp_path / "b.zip")
    with zipfile.ZipFile(tmp_path / "b.zip") as archive:
        assert not [name for name in archive.namelist() if FLAT in name.split("/")]
    elsewhere = Home(tmp_path / "there", tmp_path / "there")
    embedder = FakeEmbedder()
    with Me(elsewhere, filled.config, embedder=embedder, generator=FakeGenerator()) as me:
        me.restore(tmp_path / "b.zip")
        embedder.embedded.clear()
        assert me.recall("street of person7's dentist").hits[0].source.endswith("7.md")
        assert [text for text in embedder.embedded if "person7" not in text] == []  # the question alone
        assert sound(me)


# -- the doctor -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("harm", ["missing", "wrong"])
def test_rows_that_do_not_fit_are_found_and_mended_without_embedding(
    filled: Me, embedder: FakeEmbedder, harm: str
) -> None:
    assert finding(filled, "rows").detail == "24 rows for exact search"
    some = np.array(sorted(passages(filled))[:5], np.int64)
    if harm == "missing":
        rows_of(filled).clear(some)
    else:
        rows_of(filled).write(some, filled.near.vectors(some[::-1].copy()))
    assert ("5 missing" if harm == "missing" else "another vector") in finding(filled, "rows").detail
    embedder.embedded.clear()
    assert filled.mend_rows()
    assert embedder.embedded == []
    assert sound(filled)
    assert not filled.mend_rows()


def test_where_more_than_the_rows_is_wrong_they_are_not_mended_alone(filled: Me) -> None:
    rows_of(filled).clear(np.arange(5))
    with filled.index.open() as vectors:
        vectors.delete(LAYER, [next(iter(passages(filled).values()))])
    assert not filled.mend_rows()
    filled.repair()
    assert sound(filled)


def test_rows_are_written_in_large_batches_and_small_ones_alike(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batch, "BATCH_PASSAGES", 3)
    monkeypatch.setattr(batch, "LARGEST_BATCH", 3)
    note(notes, "long", *(f"Number {n} of the many things that happened." for n in range(20)))
    me.ingest([notes])
    assert len(passages(me)) == 20
    assert sound(me)
