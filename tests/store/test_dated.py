"""The days of passages in the ledger."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

import pytest

from secondme.records import Item, Passage, Segment
from secondme.store import dated
from secondme.store.ledger import Ledger
from secondme.store.rows import Filters
from secondme.timewords import Days, in_words

MAY = datetime(2023, 5, 4, tzinfo=UTC)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db", create=True)
    yield opened
    opened.close()


def taken(ledger: Ledger, text: str, *dates: Days, time: datetime | None = MAY, own: bool = True) -> int:
    """A note of one passage that speaks of those days, published. Returns the passage's number."""
    item = Item("note", text, (Segment(0, len(text)),), title="A note", time=time)
    context = f"A note — {in_words(time)}" if time and own else "A note"
    passage = Passage(f"id of {text}", text, context, 0, len(text), 1, time=time, dates=dates)
    row = ledger.source_for(f"/{text}", "text", key=f"key of {text}")
    ledger.stage(row, [(item, [passage], time)])
    ledger.publish([(row, 1, 2, "sha", ())])
    return next(n for (n,) in ledger.rows("SELECT n FROM passages WHERE id = ?", (passage.id,)))


def test_what_a_passage_speaks_of_is_kept(ledger: Ledger) -> None:
    one = taken(ledger, "one", (day("2023-05-01"), day("2023-05-31")), (day("2022-01-01"), day("2022-01-01")))
    other = taken(ledger, "other")
    assert dated.dates_of(ledger, [one, other, 99]) == {
        one: [(day("2022-01-01"), day("2022-01-01")), (day("2023-05-01"), day("2023-05-31"))]
    }


def test_the_own_day_is_that_of_the_item_s_zone_and_never_the_file_s(ledger: Ledger) -> None:
    early = datetime(2023, 5, 4, 0, 30, tzinfo=timezone(timedelta(hours=10)))  # in UTC the day before
    numbers = [taken(ledger, "dated", time=early), taken(ledger, "undated", own=False), taken(ledger, "no", time=None)]
    assert dated.own_days(ledger, numbers) == {numbers[0]: day("2023-05-04")}
    assert dated.passages_dated(ledger, day("2023-05-04"), day("2023-05-04"), 9) == numbers[:1]
    assert dated.passages_dated(ledger, day("2023-05-03"), day("2023-05-03"), 9) == []


def test_the_most_precise_come_first(ledger: Ledger) -> None:
    year = taken(ledger, "year", (day("2023-01-01"), day("2023-12-31")), time=None)
    month = taken(ledger, "month", (day("2023-05-01"), day("2023-05-31")), time=None)
    exact = taken(ledger, "day", (day("2023-05-07"), day("2023-05-07")), time=None)
    own = taken(ledger, "own", time=datetime(2023, 5, 7, 12, tzinfo=UTC))
    taken(ledger, "june", (day("2023-06-07"), day("2023-06-07")), time=None)
    taken(ledger, "century", (day("1900-01-01"), day("1999-12-31")), (day("2000-01-01"), day("2099-12-31")), time=None)
    asked = (day("2023-05-06"), day("2023-05-08"))
    assert dated.passages_dated(ledger, *asked, 9) == [own, exact, month, year]
    assert dated.passages_dated(ledger, *asked, 2) == [own, exact]


def test_only_what_is_visible_and_passes_the_filters(ledger: Ledger) -> None:
    mention = (day("2023-05-07"), day("2023-05-07"))
    one = taken(ledger, "one", mention)
    staged = replace(Item("note", "two", (Segment(0, 3),)), time=MAY)
    row = ledger.source_for("/two", "text", key="two")
    ledger.stage(row, [(staged, [Passage("two", "two", "", 0, 3, 1, time=MAY, dates=(mention,))], MAY)])
    assert dated.passages_dated(ledger, *mention, 9) == [one]
    assert dated.passages_dated(ledger, *mention, 9, Filters(source="/elsewhere*")) == []


def test_what_is_dropped_leaves_no_days(ledger: Ledger) -> None:
    one = taken(ledger, "one", (day("2023-05-07"), day("2023-05-07")))
    source = ledger.source("/one")
    assert source is not None
    ledger.remove([source.n])
    assert dated.dates_of(ledger, [one]) == {}
    assert list(ledger.rows("SELECT * FROM dates")) == []
    assert ledger.problems() == []


def test_the_ends_of_the_calendar_can_be_asked_for(ledger: Ledger) -> None:
    one = taken(ledger, "one", (day("2023-05-07"), day("2023-05-07")), time=None)
    assert dated.passages_dated(ledger, date.min.toordinal(), date.max.toordinal(), 9) == [one]
