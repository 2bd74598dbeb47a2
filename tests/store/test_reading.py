"""How much there is: counted once for each state of the memory."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import Counts
from tests.store.test_ledger import note, published, staged


def test_a_passage_that_stands_in_two_items_counts_once(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", create=True)
    published(ledger, "/a", note("the same words", "same", local="1"), note("other words", "other", local="2"))
    item, passages = note("the same words", "same", local="3")
    published(ledger, "/b", (replace(item, title="Another title"), passages))
    assert ledger.counts() == Counts(sources=2, items=3, passages=2, characters=39)
    ledger.close()


def test_what_is_staged_or_overtaken_does_not_count(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", create=True)
    assert not ledger.holds_passages()
    staged(ledger, "/a", note("not yet"))
    assert not ledger.holds_passages()
    assert ledger.counts() == Counts(0, 0, 0, 0)
    published(ledger, "/b", note("first version", local="m", origin="mail"))
    published(ledger, "/c", note("second version, longer", local="m", origin="mail"))
    assert ledger.holds_passages()
    assert (ledger.counts().items, ledger.counts().characters) == (1, len("second version, longer"))
    ledger.close()


def test_a_reader_sees_what_another_process_added(tmp_path: Path) -> None:
    ledger = Ledger(tmp_path / "ledger.db", create=True)
    published(ledger, "/a", note("one"))
    reader = LedgerReader(tmp_path / "ledger.db")
    assert reader.counts().passages == 1
    published(ledger, "/b", note("two"))
    assert reader.counts().passages == 2
    with ledger.transaction():
        ledger.remove([source.n for source in ledger.sources()])
        assert ledger.counts() == Counts(0, 0, 0, 0)
    assert reader.counts() == Counts(0, 0, 0, 0)
    reader.close()
    ledger.close()
