"""The tables of episodes, summaries, links: what is written, what shows, what goes."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secondme.records import Handle, Item, Passage, Segment
from secondme.store import episodes, links, timeline
from secondme.store.episodes import Line, Made, Stream
from secondme.store.ledger import Ledger
from secondme.store.links import Annotation, Link
from secondme.store.timeline import Wanted


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(tmp_path / "ledger.db", create=True)) as opened:
        yield opened


def store(ledger: Ledger, uri: str, *items: Item) -> None:
    source = ledger.source_for(uri, "notes", uri)
    entries = []
    for item in items:
        time, size = item.time, len(item.text)
        passage = Passage(
            f"{item.local}-id", item.text, "", 0, size, 1, time=time, speaker=item.speaker, kind=item.kind
        )
        entries.append((item, [passage], None))
    ledger.stage(source, entries)
    ledger.publish([(source, 1, 1, uri, [])])


def message(n: int, speaker: str = "Ana", thread: str = "family", kind: str = "message") -> Item:
    when = datetime(2026, 5, n, 10, tzinfo=UTC)
    text = f"Words of day {n}."
    people = (Handle(speaker),)
    return Item(kind, text, (Segment(0, len(text)),), str(n), time=when, speaker=speaker, thread=thread, people=people)


def made(*numbers: int, title: str = "Title") -> Made:
    moments = [int(datetime(2026, 5, n, 10, tzinfo=UTC).timestamp()) for n in numbers]
    ids = tuple(f"{n}-id" for n in numbers)
    lines = tuple(Line(f"Words of day {n}.", f"{n}-id") for n in numbers)
    return Made(title, ids, min(moments), max(moments), "Ghent", "family", lines)


def put(ledger: Ledger, *all_of_them: Made, new: tuple[Made, ...] | None = None) -> list[int]:
    passages = [id_ for one in all_of_them for id_ in one.passages]
    return episodes.put(ledger, passages, [one.id for one in all_of_them], all_of_them if new is None else new)


def test_streams_without_episodes_come_latest_first(ledger: Ledger) -> None:
    store(ledger, "chat", message(1), message(2), message(9, thread="work"))
    store(ledger, "notes", message(5, thread="a notebook", kind="note"))
    store(ledger, "card", message(6, thread="", kind="contact"))
    found = episodes.unplaced(ledger)
    assert [(stream.thread, count) for stream, count in found] == [("work", 1), ("", 1), ("family", 2)]
    put(ledger, made(1, 2))
    assert [stream.thread for stream, _ in episodes.unplaced(ledger)] == ["work", ""]


def test_a_stream_is_in_the_order_of_time(ledger: Ledger) -> None:
    store(ledger, "later", message(3), message(4))
    store(ledger, "earlier", message(1), message(2, thread="work"))
    (family, work) = episodes.streams(ledger, [Stream("family", 0), Stream("work", 0)])
    assert [one.id for one in family] == ["1-id", "3-id", "4-id"]
    assert [one.id for one in work] == ["2-id"]
    assert family[0].stream == Stream("family", 0)


def test_what_stays_is_not_written_again_and_what_is_no_more_goes(ledger: Ledger) -> None:
    store(ledger, "chat", *(message(n) for n in range(1, 5)))
    put(ledger, made(1, 2), made(3, 4))
    (kept, _) = timeline.episodes(ledger, Wanted())
    moments = put(ledger, made(1, 2), made(3), made(4), new=(made(3), made(4)))
    assert len(set(moments)) == 2
    found = timeline.episodes(ledger, Wanted())
    assert [one.passages for one in found] == [("1-id", "2-id"), ("3-id",), ("4-id",)]
    assert found[0].n == kept.n
    assert episodes.keys(ledger, "episode") == {one.id for one in found}


def test_an_episode_is_read_as_it_was_written(ledger: Ledger) -> None:
    store(ledger, "chat", message(1, "Ana"), message(2, "Ben"), message(3, "Ben"))
    put(ledger, made(1, 2, 3, title="Cake"))
    (one,) = timeline.episodes(ledger, Wanted())
    assert (one.title, one.place, one.thread, one.people) == ("Cake", "Ghent", "family", ("Ben", "Ana"))
    assert one.lines[0] == Line("Words of day 1.", "1-id")
    assert timeline.of_passage(ledger, "2-id") == one


@pytest.mark.parametrize(
    ("wanted", "titles"),
    [
        (Wanted(), ["one", "two", "undated"]),
        (Wanted(first=int(datetime(2026, 5, 2, tzinfo=UTC).timestamp())), ["two"]),
        (Wanted(last=int(datetime(2026, 5, 2, tzinfo=UTC).timestamp())), ["one"]),
        (Wanted(passages=("2-id",)), ["two"]),
        (Wanted(passages=()), []),
        (Wanted(people=()), []),
        (Wanted(people=(), names='text : "day 3"'), ["undated"]),
    ],
)
def test_only_what_is_wanted(ledger: Ledger, wanted: Wanted, titles: list[str]) -> None:
    store(ledger, "chat", message(1), message(2), message(3))
    undated = Made("undated", ("3-id",))
    put(ledger, made(1, title="one"), made(2, title="two"), undated)
    assert [one.title for one in timeline.episodes(ledger, wanted)] == titles


def test_those_who_take_part_are_found_by_their_handles(ledger: Ledger) -> None:
    store(ledger, "chat", message(1, "Ana"), message(2, "Ben"))
    put(ledger, made(1, title="one"), made(2, title="two"))
    (ben,) = [handle.n for handle in ledger.handles() if handle.name == "Ben"]
    assert [one.title for one in timeline.episodes(ledger, Wanted(people=(ben,)))] == ["two"]


def test_what_rests_on_a_passage_that_has_gone_does_not_show(ledger: Ledger) -> None:
    store(ledger, "chat", message(1), message(2))
    store(ledger, "other", message(3))
    put(ledger, made(1, 2), made(3))
    episodes.summarise(ledger, "month", {"2026-05": [Line("Words of day 1.", "1-id"), Line("Words of day 3.", "3-id")]})
    store(ledger, "chat", message(2))
    assert [one.passages for one in timeline.episodes(ledger, Wanted())] == [("3-id",)]
    assert timeline.shown(ledger, "month", ["2026-05"]) == {"2026-05": [Line("Words of day 3.", "3-id")]}
    episodes.drop(ledger, episodes.broken(ledger))
    assert [stream.thread for stream, _ in episodes.unplaced(ledger)] == ["family"]


def test_an_episode_that_lost_a_row_is_broken(ledger: Ledger) -> None:
    store(ledger, "chat", message(1), message(2))
    put(ledger, made(1, 2))
    assert episodes.broken(ledger) == []
    ledger.change("DELETE FROM episode_passages WHERE rank = 1")
    assert len(episodes.broken(ledger)) == 1


def test_a_summary_is_replaced_as_a_whole(ledger: Ledger) -> None:
    episodes.summarise(ledger, "day", {"2026-05-01": [Line("one", "a"), Line("two", "b")], "2026-05-02": []})
    episodes.summarise(ledger, "day", {"2026-05-01": [Line("three", "c")]})
    assert episodes.lines(ledger, "day", ["2026-05-01", "2026-05-02"]) == {"2026-05-01": [Line("three", "c")]}
    assert episodes.keys(ledger, "day") == {"2026-05-01", "2026-05-02"}
    episodes.unsettle(ledger, "day", ["2026-05-01"])
    assert episodes.keys(ledger, "day") == {"2026-05-02"}


def test_links_are_read_from_both_ends_and_only_to_what_shows(ledger: Ledger) -> None:
    store(ledger, "chat", message(1), message(2))
    put_links = [Link("2-id", "1-id", "alike", 0.5), Link("2-id", "gone", "alike", 0.9)]
    links.put(ledger, put_links, [Annotation("1-id", "2-id", "cake")], 5)
    assert links.of(ledger, "1-id") == [Link("1-id", "2-id", "alike", 0.5)]
    assert links.of(ledger, "2-id") == [Link("2-id", "1-id", "alike", 0.5)]
    assert links.added(ledger, ["1-id", "2-id"]) == {"1-id": [Annotation("1-id", "2-id", "cake")]}
    links.prune(ledger)
    assert list(ledger.rows("SELECT other FROM links")) == [("1-id",)]


def test_a_passage_gets_no_more_annotations_than_it_may(ledger: Ledger) -> None:
    store(ledger, "chat", *(message(n) for n in range(1, 6)))
    for n in range(2, 6):
        links.put(ledger, [], [Annotation("1-id", f"{n}-id", f"word{n}")], 2)
    assert [one.text for one in links.added(ledger, ["1-id"])["1-id"]] == ["word2", "word3"]


def test_text_of_a_long_item_is_read_in_parts(ledger: Ledger) -> None:
    text = "".join(f"Line number {n}.\n" for n in range(1_500))
    spans = [(at, at + len(f"Line number {n}.")) for n in range(1_500) for at in [text.index(f"Line number {n}.\n")]]
    item = Item("note", text, (Segment(0, len(text)),), "long")
    passages = [Passage(f"p{n}", text[a:b], "", a, b, n + 1) for n, (a, b) in enumerate(spans)]
    source = ledger.source_for("long.md", "notes", "long")
    ledger.stage(source, [(item, passages, None)])
    ledger.publish([(source, 1, 1, "x", [])])
    assert [one.text for one in links.after(ledger, 1_400, 2)] == ["Line number 1400.", "Line number 1401."]
