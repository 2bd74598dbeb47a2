"""Passages of long texts, and of threads in which much does not show."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.records import Item, Passage, Segment
from secondme.store import around, pieces, rows
from secondme.store.around import standing
from secondme.store.ledger import Ledger
from tests.store.test_ledger import note, published

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db", create=True)
    yield opened
    opened.close()


def message(text: str, minutes: float | None, local: str = "") -> tuple[Item, list[Passage]]:
    when = None if minutes is None else NOON + timedelta(minutes=minutes)
    return note(text, kind="message", thread="talk", origin="chat", local=local or text, time=when)


def numbers(ledger: Ledger) -> dict[str, int]:
    return {text: n for n, text in ledger.rows("SELECT n, text FROM passage_text")}


def beside(ledger: Ledger, text: str) -> tuple[list[str], list[str]]:
    n = numbers(ledger)[text]
    there = standing(ledger, [n])
    return [there[m].text for m in there[n].before], [there[m].text for m in there[n].after]


def test_messages_of_one_minute_stand_in_the_order_in_which_they_came(ledger: Ledger) -> None:
    published(ledger, "/chat", *(message(text, 0) for text in ("one", "two", "three", "four")))
    assert beside(ledger, "two") == (["one"], ["three", "four"])
    assert beside(ledger, "four") == (["three", "two"], [])


def test_what_a_later_source_overtook_stands_beside_nothing(ledger: Ledger) -> None:
    for revised in ("first version", "second version"):
        published(ledger, f"/{revised}", message("before", 0), message(revised, 1, local="1"), message("after", 2))
    assert beside(ledger, "before")[1] == ["second version", "after"]
    assert beside(ledger, "after")[0] == ["second version", "before"]


def test_a_conversation_goes_on_only_without_a_long_silence(ledger: Ledger) -> None:
    published(ledger, "/chat", *(message(text, 300 * at) for at, text in enumerate(("one", "two", "three"))))
    published(ledger, "/late", message("much later", 2 * 300 + 361), message("and then", 2 * 300 + 362))
    assert beside(ledger, "one") == ([], ["two", "three"])
    assert beside(ledger, "three") == (["two", "one"], [])


def test_what_has_no_time_or_no_thread_stands_alone(ledger: Ledger) -> None:
    published(ledger, "/notes", note("one", local="1"), note("two", local="2"))
    published(ledger, "/chat", *(message(text, None) for text in ("three", "four")))
    assert beside(ledger, "one") == beside(ledger, "four") == ([], [])


def test_threads_are_gone_through_by_their_index(ledger: Ledger) -> None:
    for sql in (around._BEFORE, around._AFTER):
        plan = [row[3] for row in ledger.rows(f"EXPLAIN QUERY PLAN {sql}", ("[1]",))]
        assert any("items_thread (thread=? AND epoch>? AND epoch<?)" in step for step in plan), plan


def test_a_long_text_is_read_in_parts_and_gives_the_same(ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [f"Zeile {n}: café, 東京 und 🎉" for n in range(9)]
    text = "\n".join(lines)
    starts = [text.index(line) for line in lines]
    passages = [
        Passage(f"id {n}", line, "A note", start, start + len(line), 1, time=NOON)
        for n, (start, line) in enumerate(zip(starts, lines, strict=True))
    ]
    published(ledger, "/long", (Item("note", text, (Segment(0, len(text)),), title="A note"), passages), note("short"))
    wanted = [n for said, n in numbers(ledger).items() if said != lines[3]]
    held, found = standing(ledger, wanted), ledger.passages([one.id for one in passages])
    monkeypatch.setattr(rows, "LONG", 3)
    monkeypatch.setattr(pieces, "PART", 5)
    assert standing(ledger, wanted) == held
    assert ledger.passages([one.id for one in passages]) == found
    assert {one.text for one in held.values()} == {*lines, "short"}


@given(st.text(), st.data())
def test_pieces_are_those_of_the_text(text: str, data: st.DataObject) -> None:
    place = st.integers(0, len(text))
    spans = data.draw(st.lists(st.tuples(place, place).map(lambda span: (min(span), max(span)))))
    whole = text.encode("utf-8", "replace")
    text = whole.decode()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pieces, "PART", data.draw(st.integers(1, 9)))
        assert pieces.pieces(io.BytesIO(whole), spans) == [text[start:end] for start, end in spans]
