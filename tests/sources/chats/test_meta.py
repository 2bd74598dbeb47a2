"""Instagram and Messenger: mojibake, what the app says by itself, threads and ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Handle
from secondme.sources.chats import meta
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import expected, messages, real


def garbled(text: str) -> str:
    return text.encode().decode("latin-1")


def said(sender: str, ms: int, content: str | None, **more: object) -> dict[str, object]:
    words = {} if content is None else {"content": garbled(content)}
    return {"sender_name": garbled(sender), "timestamp_ms": ms, **words, "is_geoblocked_for_viewer": False} | more


THREAD: dict[str, Any] = {
    "participants": [{"name": garbled("Zoë Müller")}, {"name": "Max"}],
    "messages": [
        said("Max", 1577186600000, "Liked a message"),
        said("Zoë Müller", 1577186599000, None, photos=[{"uri": "photos/1.jpg", "creation_timestamp": 1577186599}]),
        said(
            "Max",
            1577186598000,
            "Max sent an attachment.",
            share={"link": "https://example.org/a", "share_text": garbled("Café")},
        ),
        said("Max", 1577186590000, "Look: https://example.org/b", share={"link": "https://example.org/b"}),
        said("Zoë Müller", 1577186585000, "You missed a call from Max", call_duration=0),
        said("Zoë Müller", 1577186582000, None, is_unsent=True),
        said(
            "Zoë Müller",
            1577186580000,
            "Grüße 🌻 from the café",
            reactions=[{"reaction": garbled("❤"), "actor": "Max"}],
        ),
    ],
    "title": garbled("Zoë Müller"),
    "is_still_participant": True,
    "thread_path": "inbox/zoemuller_12345",
    "magic_words": [],
}
ENCRYPTED: dict[str, Any] = {
    "participants": ["Zoë Müller", "Max"],
    "threadName": "Zoë Müller_12",
    "messages": [
        {
            "isUnsent": False,
            "media": [],
            "reactions": [],
            "senderName": "Max",
            "text": "Hallo Zoë",
            "timestamp": 1722500000000,
            "type": "text",
        },
        {
            "isUnsent": False,
            "media": [{"uri": "./media/a.jpg"}],
            "senderName": "Zoë Müller",
            "text": "",
            "timestamp": 1722500001000,
            "type": "media",
        },
    ],
}


def written(folder: Path, value: object, name: str = "message_1.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, indent=1), encoding="utf-8")
    return path


def test_a_thread_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, THREAD))
    assert [(item.speaker, item.text) for item in found] == [
        ("Max", "Café\nhttps://example.org/a"),
        ("Max", "Look: https://example.org/b"),
        ("Zoë Müller", "Grüße 🌻 from the café"),
    ]
    last = found[-1]
    assert last.time == datetime(2019, 12, 24, 11, 23, tzinfo=UTC)
    assert (last.thread, last.title, last.zoned, last.line) == ("Zoë Müller", "Zoë Müller", True, 0)
    assert last.people == (Handle("Zoë Müller"), Handle("Max", "", "to"))


def test_encrypted_chats_have_another_shape(tmp_path: Path) -> None:
    (found,) = messages(written(tmp_path, ENCRYPTED, "Zoe_12.json"))
    assert (found.speaker, found.text, found.thread) == ("Max", "Hallo Zoë", "Zoë Müller")
    assert found.time == datetime(2024, 8, 1, 8, 13, 20, tzinfo=UTC)


@pytest.mark.parametrize("text", ["Grüße", "plain", "naïve café – “so”", "日本", "é", "Ã", ""])
def test_only_what_decodes_is_mended(text: str) -> None:
    assert meta.mended(garbled(text)) == text
    assert meta.mended(text) == text


def test_a_later_download_has_the_same_ids_wherever_the_messages_stand(tmp_path: Path) -> None:
    before = [(item.origin, item.local) for item in messages(written(tmp_path, THREAD))]
    moved = THREAD | {
        "messages": [said("Max", 1577200000000, "New"), *THREAD["messages"]],
        "thread_path": "archived/zoe_12345",
    }
    assert [(item.origin, item.local) for item in messages(written(tmp_path, moved, "message_2.json"))][1:] == before


def test_equal_words_at_one_moment_are_two_messages(tmp_path: Path) -> None:
    twice = THREAD | {"messages": [said("Max", 1577200000000, "ha"), said("Max", 1577200000000, "ha")]}
    assert len({item.local for item in messages(written(tmp_path, twice))}) == 2


@pytest.mark.parametrize("ms", [10**18, -(10**18), "x", None, [], 1.5e300])
def test_an_impossible_date_costs_the_time_alone(tmp_path: Path, ms: object) -> None:
    record = said("Max", 0, "Hi") | {"timestamp_ms": ms}
    (found,) = messages(written(tmp_path, THREAD | {"messages": [record]}))
    assert found.time is None


def test_faults_are_reported_and_the_rest_is_read(tmp_path: Path) -> None:
    path = written(tmp_path, THREAD | {"messages": [*THREAD["messages"], 3, None]})
    assert making.reasons(path) == ["2 messages were left out, the first of them message 8: each is no message"]
    path.write_bytes(path.read_bytes()[:1700])
    assert messages(path)
    assert "what comes before that was read" in making.reasons(path)[-1]
    path.write_bytes(b'{"messages": [{"sender_name": "A", "timestamp_ms": 1')
    with pytest.raises(Unreadable):
        making.read(path)
    assert making.reasons(written(tmp_path, THREAD | {"messages": THREAD["messages"][:2]})) == [
        "holds no messages with words in them"
    ]


@pytest.mark.parametrize(
    "text",
    [
        "Max's poll has multiple updates.",
        "This poll is no longer available.",
        "Max joined the group.",
        "Hat mit ❤ auf deine Nachricht reagiert",
    ],
)
def test_notices_are_nobody_s_words(tmp_path: Path, text: str) -> None:
    path = tmp_path / "message_1.json"
    path.write_text(json.dumps({**THREAD, "messages": [said("Max", 1577186580000, text), said("Max", 1, "Hi")]}))
    assert [item.text for item in messages(path)] == ["Hi"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(fuzzing.broken(json.dumps(THREAD).encode()), fuzzing.broken(json.dumps(ENCRYPTED).encode())))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "message_1.json", data, [meta])


def test_other_json_is_left_to_others(tmp_path: Path) -> None:
    assert meta.claims(sources.open_file(written(tmp_path, {"messages": [{"text": "x", "timestamp": 1}]}))) is None


@real
def test_a_real_export_comes_out_right() -> None:
    found, wanted = expected("instagram/test_export.json", "instagram/target.json")
    assert found == wanted
