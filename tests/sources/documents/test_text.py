"""Plain text: encodings, parts, bounded memory."""

from __future__ import annotations

import os
import time
import tracemalloc
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Item, Skipped
from secondme.sources.documents import text
from tests.sources import making


def items(path: Path) -> list[Item]:
    return list(items_of(sources.open_file(path)))


def items_of(file: sources.File) -> Iterator[Item]:
    return (entry for entry in text.read(file) if isinstance(entry, Item))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "cp1252"])
def test_text_is_decoded_and_newlines_stay(tmp_path: Path, encoding: str) -> None:
    words = "Der Zug fährt um 9:40 nach Köln.\r\n\r\nGrüße an Jürgen und Zoë, bis später!\r\n"
    path = tmp_path / "note.txt"
    path.write_bytes(words.encode(encoding))
    found = making.item(path)
    assert found.text == words
    assert (found.local, found.base, found.line, found.title) == ("", 0, 1, "note")


@pytest.mark.parametrize(
    ("encoding", "words"),
    [
        ("cp1252", "L’été dernier, nous étions à Besançon — c’était très agréable."),
        ("cp1250", "Wczoraj byliśmy w Łodzi, a jutro jedziemy do Gdańska. Proszę, weź książkę."),
        ("cp1251", "Завтра в девять утра у меня встреча с врачом."),
        ("koi8_r", "Завтра в девять утра у меня встреча с врачом."),
        ("shift_jis", "明日は九時に歯医者の予約があります。"),
        ("gb18030", "明天上午九点我要去看牙医。"),
    ],
)
def test_old_code_pages_are_recognised(tmp_path: Path, encoding: str, words: str) -> None:
    path = tmp_path / "old.txt"
    path.write_bytes(words.encode(encoding))
    assert making.item(path).text == words


def test_damage_in_utf8_is_replaced_counted_and_reported(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_bytes("The café closes at six.\n".encode() + b"Broken: \xff and \xfe and \x80.\n")
    found, note = making.read(path)
    assert isinstance(found, Item)
    assert found.text == "The café closes at six.\nBroken: \ufffd and \ufffd and \ufffd.\n"
    assert isinstance(note, Skipped)
    assert note.reason.startswith("3 characters were not valid UTF-8")


def test_a_replacement_character_that_was_written_is_no_damage(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("here: \ufffd")
    assert making.item(path).text == "here: \ufffd"


def test_a_character_across_a_border_between_blocks_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    words = "x" * 65_535 + "é" + "y" * 65_534 + "€"
    path.write_text(words, encoding="utf-8")
    assert "".join(item.text for item in items(path)) == words


def test_long_text_comes_in_parts_cut_between_paragraphs(tmp_path: Path) -> None:
    words = "".join(f"Paragraph {n}\nhas two lines.\n\n" for n in range(8000))
    path = tmp_path / "long.txt"
    path.write_text(words)
    found = items(path)
    assert len(found) > 2
    assert [item.local for item in found[:2]] == ["part-0001", "part-0002"]
    assert all(item.text.endswith("\n\n") and item.text.startswith("Paragraph") for item in found)
    for item in found:
        assert len(item.text) <= text.PART_CHARS
        assert words[item.base : item.base + len(item.text)] == item.text
        assert item.line == words.count("\n", 0, item.base) + 1


def test_without_any_border_it_is_cut_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "long.txt"
    words = "x" * 65_535 + "\r\n" + "y" * 100_000
    path.write_bytes(words.encode())
    found = items(path)
    assert "".join(item.text for item in found) == words
    assert not any(item.text.endswith("\r") for item in found)


def test_underlined_lines_are_headings_also_for_the_next_part(tmp_path: Path) -> None:
    path = tmp_path / "plan.rst"
    path.write_text("Journey\n=======\n\nWe go to Porto.\n\nHotel\n-----\n" + "Close to the river. \n" * 5000)
    first, second = items(path)
    assert [(s.heading, first.text[s.start : s.start + 5]) for s in first.segments] == [
        (("Journey",), "We go"),
        (("Journey", "Hotel"), "Close"),
    ]
    assert second.segments[0].heading == ("Journey", "Hotel")


def test_a_table_rule_is_no_heading(tmp_path: Path) -> None:
    path = tmp_path / "table.txt"
    path.write_text("Name   Age\n---    ---\nAnna   9\n\n------------------------------\nBye\n")
    assert [s.heading for s in making.item(path).segments] == [()]


@pytest.mark.parametrize(("name", "kind"), [("a.csv", "table"), ("a.py", "code"), ("a.log", "prose")])
def test_the_suffix_says_what_kind_of_text_it_is(tmp_path: Path, name: str, kind: str) -> None:
    path = tmp_path / name
    path.write_text("a,b\n===\n1,2\n")
    assert making.item(path).segments[0].kind == kind


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("2026-05-04.txt", datetime(2026, 5, 4)),
        ("standup 2026-05-04 notes.txt", datetime(2026, 5, 4)),
        ("2026-05-04 10.30 call.txt", datetime(2026, 5, 4, 10, 30)),
        ("scan_20260512_091422.txt", datetime(2026, 5, 12, 9, 14, 22)),
        ("Screenshot 2026-05-12 at 9.14.22\u202fPM.txt", datetime(2026, 5, 12, 21, 14, 22)),
        ("2026-13-45.txt", None),
        ("order 12026050412.txt", None),
    ],
)
def test_the_time_is_the_name_s_or_the_file_s(tmp_path: Path, name: str, expected: datetime | None) -> None:
    path = tmp_path / name
    path.write_text("hi")
    os.utime(path, (1e9, 1e9))
    moment = datetime.fromtimestamp(1e9) if expected is None else expected
    assert making.item(path).time == moment.astimezone()


def test_white_space_alone_is_no_text(tmp_path: Path) -> None:
    path = tmp_path / "blank.txt"
    path.write_text("\n \n")
    assert making.reasons(path) == ["holds no text"]


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(st.text(st.sampled_from("ab \n\r\té€😀=-"), max_size=40), max_size=30),
    times=st.integers(1, 400),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16", "utf-32"]),
)
def test_the_parts_together_are_the_file_and_segments_lie_within(
    tmp_path: Path, words: list[str], times: int, encoding: str
) -> None:
    whole = "".join(words) * times
    path = tmp_path / "any.txt"
    path.write_bytes(whole.encode(encoding))
    found = items(path)
    assert "".join(item.text for item in found) == whole
    for item in found:
        assert whole.startswith(item.text, item.base)
        ends = [0, *(s.end for s in item.segments)]
        assert all(before <= s.start < s.end <= len(item.text) for before, s in zip(ends, item.segments, strict=False))


@pytest.mark.slow
def test_two_hundred_megabytes_stream_in_bounded_memory(tmp_path: Path) -> None:
    path = tmp_path / "huge.log"
    block = "".join(f"line {n}: the quick brown fox, “quoted”\n" + ("\n" if n % 7 == 0 else "") for n in range(20_000))
    with path.open("w", encoding="utf-8") as stream:
        while stream.tell() < 200_000_000:
            stream.write(block)
    file = sources.open_file(path)
    began = time.perf_counter()
    assert sum(len(item.text) for item in items_of(file)) > 180_000_000
    assert path.stat().st_size / 1e6 / (time.perf_counter() - began) >= 20
    tracemalloc.start()
    try:
        assert sum(1 for _ in items_of(file)) > 2_000
        assert tracemalloc.get_traced_memory()[1] < 30_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("suffix", ["txt", "pdf"])
def test_a_day_in_a_name_is_the_owner_s(tmp_path: Path, suffix: str) -> None:
    far = timezone(timedelta(hours=9))
    path = tmp_path / f"2026-05-04 10.15.00 letter.{suffix}"
    path.write_bytes(b"Dear Anna" if suffix == "txt" else making.pdf("Dear Anna"))
    file = sources.open_file(path, zone=far)
    choice = sources.reader_for(file)
    assert not isinstance(choice, Skipped)
    (found,) = choice[0].read(file)
    assert isinstance(found, Item)
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, 10, 15, tzinfo=far), False)
