from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.errors import IndexDamaged
from secondme.health import Finding
from secondme.me import Me
from secondme.store.flat import FLAT
from secondme.store.index import LAYER


@pytest.fixture
def filled(me: Me, notes: Path) -> Me:
    for n in range(30):
        (notes / f"{n}.md").write_text(f"# Note {n}\n\nThe dentist of person{n} is in street number {n}.\n")
    me.ingest([notes])
    return me


def bad(me: Me) -> dict[str, Finding]:
    return {finding.name: finding for finding in me.doctor() if not finding.ok and finding.name != "disk"}


def damage(me: Me, how: str) -> None:
    database = me.home.chroma / "chroma.sqlite3"
    match how:
        case "garbage":
            database.write_bytes(b"garbage" * 5_000)
        case "no database":
            database.unlink()
        case "no vectors":
            shutil.rmtree(me.home.chroma)
            me.home.chroma.mkdir()


@pytest.mark.parametrize("how", ["garbage", "no database", "no vectors"])
def test_a_damaged_index_costs_the_vectors_only_until_it_is_repaired(
    filled: Me, warnings_shown: list[str], how: str
) -> None:
    damage(filled, how)
    shutil.rmtree(filled.home.chroma / FLAT, ignore_errors=True)
    assert filled.recall("dentist of person17").hits[0].source.endswith("17.md")
    assert any("--repair" in sentence for sentence in warnings_shown)
    assert bad(filled)["index"].repairable
    warnings_shown.clear()
    assert filled.repair() == 30
    assert bad(filled) == {}
    (hit, *_) = filled.recall("dentist of person17").hits
    assert "cosine" in hit.why
    assert warnings_shown == []


def test_while_its_flat_rows_are_there_a_damaged_index_costs_nothing(filled: Me, warnings_shown: list[str]) -> None:
    damage(filled, "garbage")
    assert "cosine" in filled.recall("dentist of person17").hits[0].why
    assert warnings_shown == []
    assert bad(filled)["index"].repairable


def test_a_deleted_index_is_named_and_repaired(filled: Me) -> None:
    shutil.rmtree(filled.home.chroma)
    assert filled.recall("dentist of person17").hits[0].source.endswith("17.md")
    assert bad(filled)["index"].repairable
    filled.repair()
    assert bad(filled) == {}


def test_vectors_that_are_missing_or_left_over_are_counted(filled: Me) -> None:
    (one, two, *_) = sorted(found.passage.id for found in filled.reader.all_passages())
    with filled.index.open() as vectors:
        stored = vectors.vectors(LAYER, [one])[one]
        vectors.delete(LAYER, [one, two])
        vectors.upsert(LAYER, ["stranger"], stored.reshape(1, -1), [None])
    assert bad(filled)["index"].detail == "2 missing, 1 left over"
    filled.repair()
    assert bad(filled) == {}


def test_every_passage_finds_itself_by_its_own_vector(filled: Me) -> None:
    findings = {finding.name: finding for finding in filled.doctor()}
    assert findings["self-queries"].detail == "30 of 30 passages find themselves"


def test_another_embedder_is_refused_with_words_and_repair_takes_it_on(filled: Me) -> None:
    with Me(filled.home, filled.config, embedder=FakeEmbedder(32)) as other:
        for verb in (lambda: other.recall("dentist").hits, lambda: other.ingest([filled.home.data_dir])):
            with pytest.raises(IndexDamaged, match=r"fake-64.*fake-32") as caught:
                verb()
            assert "secondme reindex" in caught.value.hint
        assert other.repair() == 30
        assert other.recall("dentist of person3").hits[0].source.endswith("3.md")
        assert bad(other) == {}
    with pytest.raises(IndexDamaged):
        filled.recall("dentist")


def test_an_interrupted_repair_leaves_the_old_index(filled: Me) -> None:
    class Dying(FakeEmbedder):
        def embed(self, texts: object) -> object:  # type: ignore[override]
            raise KeyboardInterrupt

    with Me(filled.home, filled.config, embedder=Dying()) as other, pytest.raises(KeyboardInterrupt):
        other.repair()
    assert bad(filled) == {}
    assert "cosine" in filled.recall("dentist of person17").hits[0].why


def test_an_empty_memory_can_be_repaired(me: Me) -> None:
    assert me.repair() == 0
    assert bad(me) == {}


def test_the_words_index_is_repaired_too(filled: Me) -> None:
    filled.reader._db.execute("INSERT INTO words (words) VALUES ('delete-all')")
    assert bad(filled)["ledger"].repairable
    filled.repair()
    assert bad(filled) == {}
    assert "words" in filled.recall("person17").hits[0].why


def test_doctor_changes_nothing(me: Me) -> None:
    list(me.doctor())
    assert not me.home.memories.exists()
