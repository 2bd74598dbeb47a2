"""Chats that programs log as JSON: which are taken, who is who in them, and what is left to others."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Item, Skipped
from secondme.sources.chats import jsonl_chat
from tests.sources import fuzzing, making


def write(folder: Path, *records: Any, name: str = "chat.jsonl") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    lines = (record if isinstance(record, str) else json.dumps(record, ensure_ascii=False) for record in records)
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def items(path: Path) -> list[Item]:
    found = making.read(path)
    assert not [entry for entry in found if isinstance(entry, Skipped)], found
    return [entry for entry in found if isinstance(entry, Item)]


def test_roles_say_who_is_the_owner_and_who_a_machine(tmp_path: Path) -> None:
    path = write(
        tmp_path,
        {"role": "system", "content": "Be kind", "ts": 1700000000},
        {"role": "user", "content": "Where is my key?", "ts": 1700000001},
        {"role": "assistant", "content": "In the drawer.", "ts": 1700000002},
        {"role": "tool", "content": "{}", "ts": 1700000003},
        {"role": "assistant", "content": None, "ts": 1700000004, "tool_calls": []},
    )
    mine, answer = items(path)
    assert (mine.text, mine.speaker, mine.trust, mine.line) == ("Where is my key?", "me", "own", 2)
    assert (answer.text, answer.speaker, answer.trust, answer.line) == ("In the drawer.", "assistant", "machine", 3)
    assert mine.time == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)
    assert (mine.kind, mine.thread, mine.base) == ("message", "chat", 0)


@pytest.mark.parametrize(
    "record",
    [
        {"speaker": "Anna", "text": "Lunch?", "timestamp": "2023-11-14T22:13:21Z"},
        {"sender": "Anna", "message": "Lunch?", "time": 1700000001000},
        {"author": {"name": "Anna", "id": 5}, "body": "Lunch?", "date": "2023-11-14T22:13:21+00:00"},
        {
            "from": "Anna",
            "content": [{"type": "text", "text": "Lunch?"}, {"type": "image"}],
            "created_at": "1700000001",
        },
        {"user": "Anna", "text": "Lunch?", "ts": 1700000001.0},
        {"user": "Anna", "text": "Lunch?", "ts": "2023/11/14 (Tue) 22:13:21 UTC"},
        {"name": "Anna", "content": {"text": "Lunch?"}, "timestamp": "2023-11-14 23:13:21+01:00"},
    ],
)
def test_the_usual_names_of_keys(tmp_path: Path, record: dict[str, Any]) -> None:
    (found,) = items(write(tmp_path, record))
    assert (found.text, found.speaker, found.trust) == ("Lunch?", "Anna", "other")
    assert found.time == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)
    assert [who.name for who in found.people] == ["Anna"]


def test_a_time_without_a_zone_is_the_owner_s(tmp_path: Path) -> None:
    (found,) = items(write(tmp_path, {"role": "user", "content": "x", "ts": "2023-11-14T22:13:21"}))
    assert found.time == datetime(2023, 11, 14, 22, 13, 21).astimezone()
    assert not found.zoned


def test_conversations_are_threads(tmp_path: Path) -> None:
    record = {"role": "user", "content": "x", "ts": 1700000000, "conversation": "Keys"}
    (found,) = items(write(tmp_path, record, name="a.jsonl"))
    assert (found.thread, found.title, found.origin) == ("Keys", "Keys", "chat:Keys")


@pytest.mark.parametrize("indent", [None, 2])
def test_arrays_and_whole_conversations(tmp_path: Path, indent: int | None) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}]
    shares = [{"from": "human", "value": "q"}, {"from": "gpt", "value": "r"}]
    for number, whole in enumerate(
        (turns, {"messages": turns}, [{"id": "5", "conversations": shares}], [{"messages": turns}])
    ):
        found = items(write(tmp_path, json.dumps(whole, indent=indent), name=f"{number}.json"))
        assert [(entry.text, entry.trust) for entry in found] == [("q", "own"), ("r", "machine")]


def test_a_line_can_hold_a_conversation_or_wrap_a_message(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "q"}, {"role": "assistant", "content": "r"}]
    found = items(write(tmp_path, {"messages": turns}, {"messages": turns}))
    assert [(entry.text, entry.line) for entry in found] == [("q", 1), ("r", 1), ("q", 2), ("r", 2)]
    assert len({entry.local for entry in found}) == 4
    inner = {"role": "user", "content": "q"}
    wrapped = {"type": "user", "message": inner, "timestamp": "2025-01-01T10:00:00Z", "uuid": "u", "sessionId": "s"}
    (entry,) = items(write(tmp_path, wrapped))
    assert (entry.text, entry.speaker, entry.thread) == ("q", "me", "s")
    assert entry.time == datetime(2025, 1, 1, 10, tzinfo=UTC)


def test_a_longer_log_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    timed = [{"role": "user", "content": "yes", "ts": 1700000000 + n // 2} for n in range(4)]
    plain = [{"role": "user", "content": "yes"}, {"role": "user", "content": "no"}]
    old, new = items(write(tmp_path, *timed)), items(write(tmp_path, *timed, timed[0] | {"ts": 5}, name="later.jsonl"))
    assert [(entry.origin, entry.local) for entry in new[:4]] == [(entry.origin, entry.local) for entry in old]
    assert len({entry.local for entry in new}) == 5
    old, new = items(write(tmp_path, *plain)), items(write(tmp_path, {"role": "user", "content": "first"}, *plain))
    assert [entry.local for entry in new[1:]] == [entry.local for entry in old]
    assert old[0].origin == ""  # without a time, the same words in another file are another message


@pytest.mark.parametrize(
    "data",
    [
        '{"level": "info", "message": "started", "user": "root", "timestamp": "2024-01-01T00:00:00Z"}',
        '{"name": "Soup", "text": "Leeks"}',
        '{"author": "Ode", "content": "A poem"}',
        '{"name": "secondme", "version": "1"}',
        '{"role": "admin", "text": "x"}',
        "[1, 2, 3]",
        '[{"title": "x", "children": []}]',
        "{role: user}",
        "[[[[",
        "[x] a task",
        "{",
    ],
)
@pytest.mark.parametrize("name", ["a.jsonl", "a.json"])
def test_other_data_is_left_to_others(tmp_path: Path, data: str, name: str) -> None:
    assert jsonl_chat.claims(sources.open_file(write(tmp_path, data, name=name))) is None


def test_records_longer_than_the_head_are_known_by_their_first_messages(tmp_path: Path) -> None:
    turns = [{"role": "user", "content": "word " * 1000}, {"role": "assistant", "content": "r"}] * 20
    assert len(items(write(tmp_path, {"messages": turns}, {"messages": turns}))) == 80
    assert len(items(write(tmp_path, json.dumps([{"messages": turns}], indent=1), name="a.json"))) == 40


def test_bad_lines_are_summed_up_and_the_rest_is_read(tmp_path: Path) -> None:
    good = {"role": "user", "content": "yes", "ts": 10**30}
    path = write(
        tmp_path, good, "{bad", good, "nonsense", '["a"]', good, good, good, good, '{"role": "user"}', "[" * 100_000, ""
    )
    found = making.read(path)
    assert [entry.line for entry in found if isinstance(entry, Item)] == [1, 3, 6, 7, 8, 9]
    assert [entry.time for entry in found if isinstance(entry, Item)] == [None] * 6
    assert making.reasons(path) == [
        "3 records were left out, the first of them the one on line 2: each is not valid JSON",
        "2 records were left out, the first of them the one on line 5: each has no sender or no text",
    ]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "cp1252"])
def test_other_encodings(tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "a.jsonl"
    path.write_bytes('{"role": "user", "content": "Brötchen für Jürgen"}\r\n'.encode(encoding) * 1)
    assert [found.text for found in items(path)] == ["Brötchen für Jürgen"]


SAMPLES = [
    b'{"role": "user", "content": "one", "ts": 1}\n{"role": "assistant", "content": [{"type": "text", "text": "t"}]}\n'
    * 3,
    b'[{"sender": "Anna", "text": "one"}, {"messages": [{"role": "user", "content": "x"}]}]',
    b'{"messages": [\n{"role": "user", "content": "x"},\n {"from": "Anna", "value": "x", "date": "2024-01-01"}]}',
]


@pytest.mark.parametrize("key", ["created", "created_time", "sent", "timestamp_ms", "send_time"])
def test_more_names_of_times(tmp_path: Path, key: str) -> None:
    (found,) = items(write(tmp_path, {"role": "user", "content": "Hi", key: 1700000001000}))
    assert found.time == datetime(2023, 11, 14, 22, 13, 21, tzinfo=UTC)


def test_contents_with_parts_and_utterances(tmp_path: Path) -> None:
    whole = {"contents": [{"role": "user", "parts": [{"text": "Hi"}]}, {"role": "model", "parts": [{"text": "Yes?"}]}]}
    assert [(item.speaker, item.text) for item in items(write(tmp_path, whole))] == [("me", "Hi"), ("model", "Yes?")]
    (found,) = items(write(tmp_path, {"speaker": "Anna", "utterance": "Lunch?"}))
    assert (found.speaker, found.text) == ("Anna", "Lunch?")


@pytest.mark.parametrize(
    "record",
    [
        {"commit": "5f3", "author": "Anna", "date": "2024-01-10", "message": "Fix the clock"},
        {"name": "cpu", "value": "0.5", "timestamp": 1700000001},
        {"from": "0xabc", "to": "0xdef", "value": "1000", "timestamp": 1700000001},
        {"event": "click", "user": "u1", "text": "button", "time": 1700000001},
    ],
)
def test_records_of_other_things_are_left_to_others(tmp_path: Path, record: dict[str, Any]) -> None:
    assert jsonl_chat.claims(sources.open_file(write(tmp_path, record, record))) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of([fuzzing.broken(sample) for sample in SAMPLES]))
def test_whatever_is_broken_it_ends_well(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.jsonl", data, [jsonl_chat])
