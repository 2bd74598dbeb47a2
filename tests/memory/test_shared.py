"""One item in several sources: next month's export, an edited message, the picture taken twice."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.sources.pictures import likeness
from secondme.store.index import LAYER
from secondme.store.rows import Filters
from tests.memory import lives
from tests.memory.lives import written

CHAT = {"origin": "chat:anna", "thread": "Anna", "speaker": "Anna"}
MAY = {**CHAT, "local": "1", "text": "The boiler man comes on Tuesday.", "time": "2026-05-04T10:00:00+02:00"}
JUNE = {**CHAT, "local": "2", "text": "He came, and it hums again.", "time": "2026-06-02T10:00:00+02:00"}
JULY = {**CHAT, "local": "3", "text": "Off to the sea until August.", "time": "2026-07-01T10:00:00+02:00"}

Write = Callable[..., Path]

pytestmark = pytest.mark.usefixtures("reading_records")


@pytest.fixture
def write(notes: Path) -> Write:
    """Write an export; `at` is its modification time in seconds since 1970."""

    def to(name: str, *records: dict[str, object], at: int = 1_780_000_000) -> Path:
        path = notes / f"{name}{lives.SUFFIX}"
        path.write_text(written(*records))
        os.utime(path, (at, at))
        return path

    return to


def texts(me: Me) -> list[str]:
    return sorted(found.passage.text for found in me.reader.passages(list(me.reader.passage_ids())).values())


def test_next_month_s_export_adds_only_what_is_new(me: Me, notes: Path, write: Write, embedder: FakeEmbedder) -> None:
    write("may", MAY, JUNE)
    me.ingest([notes])
    embedder.embedded.clear()
    write("june", JUNE, JULY, at=1_790_000_000)
    report = me.ingest([notes])
    assert (report.added, report.passages) == (1, 1)
    assert len(embedder.embedded) == 1
    assert me.reader.counts().items == 3
    assert texts(me) == sorted(str(record["text"]) for record in (MAY, JUNE, JULY))


def test_what_two_exports_hold_stays_when_one_goes(me: Me, notes: Path, write: Write) -> None:
    old = write("may", MAY, JUNE)
    write("june", JUNE, JULY)
    me.ingest([notes])
    old.unlink()
    me.ingest([notes])
    assert texts(me) == sorted(str(record["text"]) for record in (JUNE, JULY))
    assert me.recall("hums").hits[0].place.endswith("june.records:1")


def test_a_place_is_that_of_the_source_that_is_shown(me: Me, notes: Path, write: Write) -> None:
    first = write("may", MAY, JUNE)
    me.ingest([notes])
    assert me.recall("hums").hits[0].place == f"{first}:2"
    second = write("june", JUNE)
    me.ingest([notes])
    (hit, *_) = me.recall("hums", filters=Filters(source=str(second))).hits
    assert hit.place == f"{second}:1"


def test_an_edited_message_counts_as_in_the_later_export(me: Me, notes: Path, write: Write) -> None:
    write("may", MAY)
    edited = {**MAY, "text": "The boiler man comes on Friday."}
    later = write("june", edited, at=1_790_000_000)
    me.ingest([notes])
    assert texts(me) == ["The boiler man comes on Friday."]
    assert me.reader.counts().items == 1
    later.unlink()
    me.ingest([notes])
    assert texts(me) == ["The boiler man comes on Tuesday."]


def test_the_same_words_to_two_chats_are_two_messages(me: Me, notes: Path, write: Write) -> None:
    write("anna", {**MAY, "thread": "Anna"})
    write("family", {**MAY, "thread": "The family"}, at=1_790_000_000)
    me.ingest([notes])
    assert me.reader.counts().items == 2


def test_an_older_export_that_comes_later_changes_nothing(me: Me, notes: Path, write: Write) -> None:
    write("june", {**MAY, "text": "The boiler man comes on Friday."}, at=1_790_000_000)
    me.ingest([notes])
    write("may", MAY, at=1_780_000_000)
    me.ingest([notes])
    assert texts(me) == ["The boiler man comes on Friday."]


def test_two_records_of_one_export_that_bear_the_same_id_are_both_kept(me: Me, notes: Path, write: Write) -> None:
    write("may", MAY, {**JUNE, "local": "1"})
    me.ingest([notes])
    assert len(texts(me)) == 2


def test_repairing_keeps_what_a_later_export_overtook(me: Me, notes: Path, write: Write) -> None:
    write("may", MAY)
    later = write("june", {**MAY, "text": "The boiler man comes on Friday."}, at=1_790_000_000)
    me.ingest([notes])
    me.repair()
    later.unlink()
    me.ingest([notes])
    assert "Tuesday" in me.recall("boiler").hits[0].passage.text
    with me.index.open() as vectors:
        assert vectors.ids(LAYER) == me.reader.passage_ids()


def test_forgetting_one_export_says_what_stays_in_another(me: Me, notes: Path, write: Write) -> None:
    old = write("may", MAY, JUNE)
    write("june", JUNE, JULY)
    me.ingest([notes])
    what = me.forgettable(Wish(str(old)))
    assert what.elsewhere == 1
    me.forget(what)
    assert texts(me) == sorted(str(record["text"]) for record in (JUNE, JULY))


SEEN = {"kind": "screenshot", "likeness": "00000000000000ff", "time": "2026-05-04T10:00:00+02:00"}
SCREEN = "Nightly build 4711 failed in the step package-deb with exit status 2, see the log of the runner for more"


def test_a_screenshot_taken_twice_is_kept_once_with_both_times(me: Me, notes: Path, write: Write) -> None:
    write("one", {**SEEN, "text": f"10:00 {SCREEN}"})
    again = {**SEEN, "text": f"10:01 {SCREEN}", "time": "2026-05-04T10:01:00+02:00"}
    assert likeness.same(str(SEEN["likeness"]), str(SEEN["likeness"]), f"10:00 {SCREEN}", str(again["text"]))
    write("two", again)
    me.ingest([notes])
    assert texts(me) == [f"10:00 {SCREEN}"]
    (item,) = me.reader.items_where(Filters())
    assert [time[11:16] for time in me.reader.times_of(item)] == ["10:00", "10:01"]
    write("three", {**again, "time": "2026-05-04T10:02:00+02:00"})
    me.ingest([notes])
    assert len(me.reader.times_of(item)) == 3
    assert len(me.recall("nightly build").hits[0].times) == 3


def test_screenshots_that_look_alike_and_say_something_else_are_both_kept(me: Me, notes: Path, write: Write) -> None:
    write("one", {**SEEN, "text": "Anna: shall we say at eight?"})
    write("two", {**SEEN, "text": "Anna: shall we say at eight?\nMe: rather at nine"})
    me.ingest([notes])
    assert len(texts(me)) == 2
