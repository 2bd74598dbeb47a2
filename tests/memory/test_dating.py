"""What days a passage speaks of, found when it is stored; and once for what an older version stored."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from secondme.me import Me
from secondme.memory import dating
from secondme.memory.dating import DATED_BY, date_the_rest, days_mentioned
from secondme.store import dated
from secondme.store.ledger import Ledger
from secondme.timewords import GRAMMAR, Days

WRITTEN = datetime(2023, 6, 14, 23, 30, tzinfo=UTC)


def stretch(first: str, last: str = "") -> Days:
    return date.fromisoformat(first).toordinal(), date.fromisoformat(last or first).toordinal()


def test_relative_words_are_resolved_against_the_item_s_own_date() -> None:
    dated_by_itself = "A note — Wednesday 14 June 2023"
    assert days_mentioned("I ran yesterday.", dated_by_itself, WRITTEN, "") == (stretch("2023-06-13"),)
    assert days_mentioned("I ran yesterday.", "A note", WRITTEN, "") == ()  # the time is just the file's
    assert days_mentioned("I ran on 7 May 2023.", "A note", None, "") == (stretch("2023-05-07"),)
    assert days_mentioned("I ran yesterday.", "Wednesday 14 June 2023", WRITTEN, "") == (stretch("2023-06-13"),)


def test_a_heading_that_is_a_day_is_what_words_below_it_are_read_against() -> None:
    found = days_mentioned("I ran yesterday.", "Journal › 7 May 2023", None, "")
    assert found == (stretch("2023-05-06"), stretch("2023-05-07"))
    found = days_mentioned("I ran yesterday.", "2022-01-01 › 2023-05-07 — Wednesday 14 June 2023", WRITTEN, "")
    assert stretch("2023-05-06") in found
    title = "The fair on 7 May 2023, a report — Wednesday 14 June 2023"  # about a day, and written on another
    assert days_mentioned("I wrote it yesterday.", title, WRITTEN, "") == (stretch("2023-05-07"), stretch("2023-06-13"))


def test_a_speaker_s_name_is_no_month() -> None:
    assert days_mentioned("Hello.", "Chat in 2022 — In May — Wednesday 14 June 2023", WRITTEN, "In May") == (
        stretch("2022-01-01", "2022-12-31"),
    )


def kept(me: Me) -> dict[str, list[str]]:
    """Each passage's days as they are in the ledger, by its text."""
    texts = dict(me.reader.rows("SELECT n, text FROM passage_text"))
    found = dated.dates_of(me.reader, list(texts))
    me.close()
    return {
        texts[n]: [f"{date.fromordinal(first)}..{date.fromordinal(last)}" for first, last in days]
        for n, days in found.items()
    }


def fill(notes: Path) -> None:
    (notes / "2023-06-14.md").write_text("Yesterday I saw the dentist. The week before, I was in Rome.\n")
    (notes / "undated.md").write_text("Yesterday I lost a key. In March 2021 we moved.\n")
    os.utime(notes / "undated.md", (0, 1_000_000_000))


EXPECTED = {
    "Yesterday I saw the dentist. The week before, I was in Rome.": [
        "2023-06-06..2023-06-12",
        "2023-06-13..2023-06-13",
        "2023-06-14..2023-06-14",
    ],
    "Yesterday I lost a key. In March 2021 we moved.": ["2021-03-01..2021-03-31"],
}


def test_notes_are_dated_as_they_are_taken_in(me: Me, notes: Path) -> None:
    fill(notes)
    me.ingest([notes])
    assert kept(me) == EXPECTED


def test_a_ledger_of_an_older_version_is_dated_once_by_the_next_writer(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(notes)
    me.ingest([notes])
    ids = me.reader.passage_ids()
    as_it_was(me)
    me.dismiss(notes / "no backup")  # any writer
    assert kept(me) == EXPECTED
    assert me.reader.passage_ids() == ids
    monkeypatch.setattr(dating, "days_mentioned", None)  # and not again
    me.dismiss(notes / "no backup")


def as_it_was(me: Me) -> None:
    """The ledger as a version without dates left it."""
    me.close()
    ledger = Ledger(me.home.ledger)
    ledger.change("DELETE FROM dates")
    ledger.change("DELETE FROM meta WHERE key = ?", [(DATED_BY,)])
    ledger.close()


def test_dating_goes_on_where_it_was_interrupted(me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for n in range(5):
        (notes / f"{n}.md").write_text(f"It was on {n + 1} May 2023.\n")
    me.ingest([notes])
    as_it_was(me)
    monkeypatch.setattr(dating, "AT_ONCE", 2)
    left = []

    def interrupted(rest: int) -> None:
        left.append(rest)
        if rest == 3:
            raise KeyboardInterrupt

    ledger = Ledger(me.home.ledger)
    with pytest.raises(KeyboardInterrupt):
        date_the_rest(ledger, interrupted)
    assert len(list(ledger.rows("SELECT * FROM dates"))) == 2
    date_the_rest(ledger, left.append)
    assert left == [5, 3, 3, 1]
    assert ledger.meta(DATED_BY) == GRAMMAR
    ledger.close()
    assert sorted(days[0][:10] for days in kept(me).values()) == [f"2023-05-0{n}" for n in range(1, 6)]


def test_a_later_grammar_replaces_what_an_earlier_one_found(
    me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (notes / "a.md").write_text("It was on 7 May 2023.\n")
    me.ingest([notes])
    monkeypatch.setattr(dating, "GRAMMAR", "later")
    monkeypatch.setattr(dating, "days_mentioned", lambda *_: (stretch("2020-01-01"),))
    me.dismiss(notes / "no backup")
    assert list(kept(me).values()) == [["2020-01-01..2020-01-01"]]


def test_forgetting_takes_the_days_along(me: Me, notes: Path) -> None:
    from secondme.memory.forgetting import Wish

    fill(notes)
    me.ingest([notes])
    me.forget(me.forgettable(Wish(str(notes / "undated.md"))))
    assert list(kept(me)) == list(EXPECTED)[:1]
