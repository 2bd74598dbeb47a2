from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secondme.errors import Busy, LedgerDamaged
from secondme.records import Item, Passage, Segment
from secondme.store.ledger import SCRUB, Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import Filters, SourceRow

MAY = datetime(2026, 5, 4, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db", create=True)
    yield opened
    opened.close()


def note(text: str, id_: str = "", **more: object) -> tuple[Item, list[Passage]]:
    """An item of one passage."""
    item = replace(Item("note", text, (Segment(0, len(text)),), title="A note", time=MAY), **more)  # type: ignore[arg-type]
    return item, [Passage(id_ or f"id of {text}", text, "A note", item.base, item.base + len(text), 1, time=MAY)]


def staged(ledger: Ledger, uri: str, *pairs: tuple[Item, list[Passage]]) -> SourceRow:
    row = ledger.source_for(uri, "text", key=f"key of {uri}")
    ledger.stage(row, [(item, passages, item.time) for item, passages in pairs])
    return row


def published(ledger: Ledger, uri: str, *pairs: tuple[Item, list[Passage]]) -> SourceRow:
    ledger.publish([(staged(ledger, uri, *pairs), 1, 2, "sha", ())])
    row = ledger.source(uri)
    assert row is not None
    return row


def ids(ledger: LedgerReader, query: str) -> list[str]:
    return [id_ for id_, _ in ledger.matching(query, 10)]


def rows(ledger: Ledger, table: str) -> int:
    return int(ledger._db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def test_what_is_staged_is_not_visible_until_it_is_published(ledger: Ledger) -> None:
    row = staged(ledger, "/a", note("the dentist called"))
    assert ids(ledger, "dentist") == []
    assert ledger.visible(["id of the dentist called"]) == set()
    assert (ledger.counts().sources, ledger.counts().items, ledger.counts().passages) == (0, 0, 0)
    assert list(ledger.all_passages()) == []
    ledger.publish([(row, 1, 2, "sha", ())])
    assert ids(ledger, "dentist") == ["id of the dentist called"]
    assert ledger.counts().passages == 1


def test_a_new_revision_takes_the_old_one_s_place_at_once(ledger: Ledger) -> None:
    published(ledger, "/a", note("kept words"), note("old words"))
    row = staged(ledger, "/a", note("kept words"), note("new words"))
    assert sorted(ids(ledger, "words")) == ["id of kept words", "id of old words"]
    ledger.publish([(row, 1, 2, "sha", ())])
    assert sorted(ids(ledger, "words")) == ["id of kept words", "id of new words"]
    assert ledger.trash() == ["id of old words"]


def test_a_passage_is_read_back_as_a_span_of_its_item(ledger: Ledger) -> None:
    item, _ = note("Grüße 👋 from Lisbon. Bye.", base=100, line=7, speaker="Ana", trust="other")
    passage = Passage("p", "👋 from", "ctx", 106, 112, 7, 3, MAY, "Ana", "other", kind="note")
    published(ledger, "/a", (item, [passage]))
    found = ledger.passages(["p"])["p"]
    assert found.passage == passage
    assert (found.source, found.title, found.kind) == ("/a", "A note", "note")


def test_search_is_by_stems_without_accents_best_first(ledger: Ledger) -> None:
    published(ledger, "/a", note("Running to the café"), note("café café café"), note("nothing of the kind"))
    assert ids(ledger, "cafe") == ["id of café café café", "id of Running to the café"]
    assert ids(ledger, "runs") == ["id of Running to the café"]


def test_filters_bound_the_source_and_the_time(ledger: Ledger) -> None:
    published(ledger, "/a/one", note("tea in May"))
    published(ledger, "/b/two", note("tea in June", time=datetime(2026, 6, 1, tzinfo=UTC)))
    june = int(datetime(2026, 6, 1, tzinfo=UTC).timestamp())
    assert ledger.matching("tea", 5, Filters(source="/a/*"))[0][0] == "id of tea in May"
    assert [i for i, _ in ledger.matching("tea", 5, Filters(since=june))] == ["id of tea in June"]
    assert [i for i, _ in ledger.matching("tea", 5, Filters(until=june - 1))] == ["id of tea in May"]
    assert set(ledger.passages(["id of tea in May", "id of tea in June"], Filters(since=june))) == {"id of tea in June"}


def test_more_ids_than_sqlite_binds_at_once_are_no_matter(ledger: Ledger) -> None:
    published(ledger, "/a", *(note(f"word {n}", local=str(n)) for n in range(1_200)))
    wanted = [f"id of word {n}" for n in range(1_200)]
    assert ledger.visible([*wanted, "unknown"]) == set(wanted)
    assert set(ledger.passages(wanted)) == set(wanted)


def test_removing_leaves_no_row(ledger: Ledger) -> None:
    row = published(ledger, "/a", note("secret words"))
    published(ledger, "/b", note("other words"))
    ledger.remove([row.n])
    assert ids(ledger, "secret") == []
    assert ids(ledger, "words") == ["id of other words"]
    assert [rows(ledger, table) for table in ("sources", "items", "contents", "passages")] == [1, 1, 1, 1]
    assert ledger.trash() == ["id of secret words"]
    assert ledger.problems() == []


def test_one_item_can_be_removed(ledger: Ledger) -> None:
    published(ledger, "/a", note("first", local="1"), note("second", local="2"))
    ledger.remove_items(["key of /a/1"])
    assert [found.passage.text for found in ledger.all_passages()] == ["second"]
    assert ledger.problems() == []


def test_recovering_drops_what_was_staged_and_nothing_else(ledger: Ledger) -> None:
    published(ledger, "/a", note("visible"))
    staged(ledger, "/a", note("visible"), note("half written"))
    staged(ledger, "/new", note("never finished"))
    assert ledger.recover() == 2
    assert [found.passage.text for found in ledger.all_passages()] == ["visible"]
    assert ledger.source("/new") is None
    assert [rows(ledger, table) for table in ("sources", "items", "contents", "passages")] == [1, 1, 1, 1]
    assert sorted(ledger.trash()) == ["id of half written", "id of never finished"]
    assert ledger.recover() == 0


def test_discarding_keeps_what_is_visible(ledger: Ledger) -> None:
    published(ledger, "/a", note("visible"))
    ledger.discard(staged(ledger, "/a", note("changed while it was read")))
    assert [found.passage.text for found in ledger.all_passages()] == ["visible"]


def test_a_passage_in_use_again_is_not_trash(ledger: Ledger) -> None:
    ledger.remove([published(ledger, "/a", note("words", "same id")).n])
    assert ledger.trash() == ["same id"]
    published(ledger, "/b", note("words", "same id"))
    assert ledger.trash() == []


def test_renaming_keeps_everything_but_the_name(ledger: Ledger) -> None:
    row = published(ledger, "/old", note("words"))
    before = ledger.generation
    ledger.touch(row.n, "/new", 1, 5)
    assert [found.source for found in ledger.all_passages()] == ["/new"]
    assert ledger.generation > before


def test_a_failed_transaction_leaves_nothing(ledger: Ledger) -> None:
    def fail() -> None:
        with ledger.transaction():
            published(ledger, "/a", note("words"))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert ledger.sources() == []
    published(ledger, "/b", note("more words"))
    assert ids(ledger, "words") == ["id of more words"]


def test_the_generation_moves_with_what_is_visible(ledger: Ledger) -> None:
    seen = [ledger.generation]
    staged(ledger, "/a", note("one"))
    assert ledger.generation == seen[-1]
    row = published(ledger, "/a", note("one"))
    seen.append(ledger.generation)
    ledger.remove([row.n])
    seen.append(ledger.generation)
    assert seen == sorted(set(seen))


def test_an_id_or_its_beginning_names_an_item_if_only_one(ledger: Ledger) -> None:
    published(ledger, "/a", note("one", "aaaaaaaa11", local="1"), note("two", "aaaaaaaa22", local="2"))
    assert ledger.item_of("aaaaaaaa1") == "key of /a/1"
    assert ledger.item_of("aaaaaaaa") is None  # two of them
    assert ledger.item_of("aaaa") is None  # too short to be meant
    assert ledger.item_of("%%%%%%%%") is None
    assert ledger.item_of("key of /a/2") == "key of /a/2"


def test_a_reader_never_creates_a_file_and_sees_what_a_writer_publishes(tmp_path: Path, ledger: Ledger) -> None:
    missing = LedgerReader(tmp_path / "none.db")
    assert missing.sources() == []
    missing.close()
    assert not (tmp_path / "none.db").exists()
    reader = LedgerReader(ledger.path)
    published(ledger, "/a", note("words"))
    assert ids(reader, "words") == ["id of words"]
    reader.close()


@pytest.mark.parametrize("damage", ["garbage", "truncated", "folder"])
def test_a_damaged_file_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "ledger.db"
    if damage == "folder":
        path.mkdir()
    else:
        made = Ledger(path, create=True)
        published(made, "/a", *(note(f"word {n}", local=str(n)) for n in range(500)))
        made.close()
        content = path.read_bytes()
        path.write_bytes(b"garbage" * 1_000 if damage == "garbage" else content[: len(content) // 2])

    def use() -> None:
        opened = LedgerReader(path)
        try:
            list(opened.all_passages())
            opened.counts()
            opened.matching("word", 10)
        finally:
            opened.close()

    with pytest.raises(LedgerDamaged, match=r"ledger\.db"):
        use()


def test_a_words_index_that_disagrees_is_found_and_mended(ledger: Ledger) -> None:
    published(ledger, "/a", note("words"))
    ledger._db.execute("INSERT INTO words (words, rowid, text, context) VALUES ('delete', 1, 'words', 'A note')")
    assert any("words index" in problem for problem in ledger.problems())
    ledger.rebuild_words()
    assert ledger.problems() == []
    assert ids(ledger, "words") == ["id of words"]


def test_scrubbing_leaves_no_byte_of_what_was_removed(ledger: Ledger) -> None:
    text = " ".join(f"Zwetschgendatschi{n}" for n in range(300))
    row = published(ledger, "/a", note(text, "p1"))
    published(ledger, "/b", note("plum cake"))
    ledger.remove([row.n])
    ledger.scrub()
    for file in ledger.path.parent.iterdir():
        assert b"zwetschgendatschi" not in file.read_bytes().lower(), file.name
    assert ids(ledger, "plum") == ["id of plum cake"]


def test_a_scrub_that_was_interrupted_is_made_up_for_by_the_next_writer(ledger: Ledger) -> None:
    row = published(ledger, "/a", note("Zwetschgendatschi", "p1"))
    ledger.remove([row.n])  # killed here, before it could scrub
    assert ledger.meta(SCRUB) is not None
    ledger.recover()
    assert ledger.meta(SCRUB) is None
    for file in ledger.path.parent.iterdir():
        assert b"zwetschgendatschi" not in file.read_bytes().lower(), file.name


def test_a_scrub_beside_a_reader_says_that_it_is_not_done(ledger: Ledger) -> None:
    ledger.remove([published(ledger, "/a", note("Zwetschgendatschi")).n])
    with sqlite3.connect(ledger.path) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM sources").fetchone()
        ledger._db.execute("PRAGMA busy_timeout = 100")
        with pytest.raises(Busy):
            ledger.scrub()
    reader.close()
    assert ledger.meta(SCRUB) is not None
    ledger.recover()
    assert ledger.meta(SCRUB) is None
