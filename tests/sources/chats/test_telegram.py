"""Telegram: one chat and all of them, text in pieces, ids that stay, what is no message."""

from __future__ import annotations

import json
import tracemalloc
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Handle, Item
from secondme.sources.chats import telegram
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import expected, messages, real


def said(number: int, text: object, **more: object) -> dict[str, object]:
    moment = datetime(2022, 2, 2, 10, number, tzinfo=UTC)
    return {
        "id": number,
        "type": "message",
        "date": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "date_unixtime": str(int(moment.timestamp())),
        "from": "Anna Berg",
        "from_id": "user42",
        "text": text,
    } | more


CHAT: dict[str, Any] = {
    "name": "Anna Berg",
    "type": "personal_chat",
    "id": 42,
    "messages": [
        {
            "id": 1,
            "type": "service",
            "date": "2022-02-02T10:00:00",
            "actor": "Anna",
            "action": "phone_call",
            "text": "",
        },
        said(2, "Hello"),
        said(
            3,
            [
                "See ",
                {"type": "text_link", "text": "this", "href": "https://example.org/a"},
                " and ",
                {"type": "bold", "text": "that"},
            ],
        ),
        said(4, "", media_type="sticker", sticker_emoji="👍"),
        said(5, "On the roof", photo="photos/photo_1.jpg", **{"from": "Max", "from_id": "user7"}),
        said(
            6,
            "",
            poll={
                "question": "When?",
                "closed": False,
                "answers": [{"text": "At ten", "voters": 1}, {"text": "At noon"}],
            },
        ),
        said(7, "News", forwarded_from="Daily", edited="2022-02-02T11:00:00", reply_to_message_id=2),
        said(8, "", contact_information={"first_name": "Bo", "last_name": "Li", "phone_number": "+32470123456"}),
        said(9, "gone", **{"from": None}),
    ],
}
ALL = {
    "about": "Here is the data you requested.",
    "personal_information": {"user_id": 7, "first_name": "Max"},
    "contacts": {
        "about": "",
        "list": [{"first_name": "Bo", "last_name": "Li", "phone_number": "0032470123456", "date": "x"}],
    },
    "chats": {
        "about": "",
        "list": [
            CHAT,
            {
                "type": "saved_messages",
                "id": 7,
                "messages": [said(20, "Buy milk", **{"from": "Max", "from_id": "user7"})],
            },
            {"name": "Empty", "type": "private_group", "id": 8, "messages": []},
            {"name": "Trip", "type": "private_supergroup", "id": 9, "messages": [said(2, "Rome?")]},
        ],
    },
    "left_chats": {
        "about": "",
        "list": [{"name": "Old", "type": "private_group", "id": 10, "messages": [said(3, "Bye")]}],
    },
}


def written(folder: Path, value: object, name: str = "result.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(value, ensure_ascii=False, indent=1), encoding="utf-8")
    return path


def test_one_chat_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, CHAT))
    assert [(item.speaker, item.text) for item in found] == [
        ("Anna Berg", "Hello"),
        ("Anna Berg", "See this and that"),
        ("Max", "On the roof"),
        ("Anna Berg", "When?\nAt ten\nAt noon"),
        ("Anna Berg", "News"),
        ("Anna Berg", "Bo Li\n+32470123456"),
        ("", "gone"),
    ]
    first, second, third, *_ = found
    assert (first.origin, first.local, first.thread, first.line) == ("telegram", "42/2", "Anna Berg", 0)
    assert first.time == datetime(2022, 2, 2, 10, 2, tzinfo=UTC)
    assert first.people == (Handle("Anna Berg", "telegram:user42"),)
    assert third.people == (Handle("Max", "telegram:user7"), Handle("Anna Berg", "telegram:user42", "to"))
    assert second.links == ("https://example.org/a",)
    assert found[4].people[-1] == Handle("Daily", "", "with")


def test_an_export_of_everything_has_the_same_ids_for_the_same_chat(tmp_path: Path) -> None:
    alone = {(item.origin, item.local, item.text) for item in messages(written(tmp_path, CHAT))}
    found = messages(written(tmp_path, ALL))
    assert alone < {(item.origin, item.local, item.text) for item in found}
    assert [(item.kind, item.thread, item.trust, item.text) for item in found if item.thread != "Anna Berg"] == [
        ("contact", "", "own", "Bo Li\n0032470123456"),
        ("message", "Saved Messages", "own", "Buy milk"),
        ("message", "Trip", "other", "Rome?"),
        ("message", "Old", "other", "Bye"),
    ]
    assert found[0].people == (Handle("Bo Li", "tel:+32470123456", "about"),)
    assert len({item.local for item in found}) == len(found)


def test_next_month_s_export_keeps_ids_also_of_what_was_edited(tmp_path: Path) -> None:
    before = [item.local for item in messages(written(tmp_path, CHAT))]
    later = CHAT | {"messages": [*CHAT["messages"][2:], said(10, "More")], "name": "Anna B."}
    later["messages"][0] = said(3, "See this", edited="2022-03-01T00:00:00")
    assert [item.local for item in messages(written(tmp_path, later, "other.json"))] == [*before[1:], "42/10"]


def test_an_older_export_without_unix_times_is_the_owner_s_clock(tmp_path: Path) -> None:
    old = {key: value for key, value in said(2, "Hi", from_id=4294967338).items() if key != "date_unixtime"}
    (found,) = messages(written(tmp_path, CHAT | {"messages": [old]}))
    assert (found.time, found.zoned) == (datetime(2022, 2, 2, 10, 2).astimezone(), False)
    assert found.people[0].address == "telegram:user42"


def test_messages_without_ids_are_told_by_time_sender_and_words(tmp_path: Path) -> None:
    bare = [{key: value for key, value in said(2, "Hi").items() if key != "id"}] * 2
    ids = [item.local for item in messages(written(tmp_path, {"messages": bare}))]
    assert len(set(ids)) == 2
    assert ids == [item.local for item in messages(written(tmp_path, {"messages": [*bare, said(3, "Ho")]}))][:2]


@pytest.mark.parametrize("date", ["9999999999999999", "-1e400", "x", None, [], "0001-01-01T00:00:00"])
def test_an_impossible_date_costs_the_time_alone(tmp_path: Path, date: object) -> None:
    (found,) = messages(written(tmp_path, CHAT | {"messages": [said(2, "Hi", date_unixtime=date, date=date)]}))
    assert found.text == "Hi"


def test_what_is_no_message_is_counted_once(tmp_path: Path) -> None:
    path = written(tmp_path, CHAT | {"messages": [said(2, "Hi"), 5, "x", None, [], said(3, {"a": 1})]})
    assert making.reasons(path) == ["4 messages were left out, the first of them message 2: each is no message"]


def test_a_cut_file_gives_what_comes_before_the_cut(tmp_path: Path) -> None:
    path = written(tmp_path, CHAT)
    path.write_bytes(path.read_bytes()[:-900])
    assert [item.text for item in messages(path)][:2] == ["Hello", "See this and that"]
    assert "what comes before that was read" in making.reasons(path)[-1]
    path.write_bytes(b'{"about": "x", "personal_information": {"user_id": 7')
    with pytest.raises(Unreadable):
        making.read(path)


@pytest.mark.parametrize(
    "value",
    [
        {"messages": []},
        {"messages": [{"role": "user", "content": "x"}]},
        {"messages": [{"sender_name": "A", "timestamp_ms": 1, "content": "x"}]},
        [{"type": "message", "text": "x", "date": "2022"}],
        {"name": "x", "type": "y", "id": 1},
        {"guild": {"id": "1"}, "messages": [{"id": "1", "type": "Default", "timestamp": "2022", "content": "x"}]},
    ],
)
def test_other_json_is_left_to_others(tmp_path: Path, value: object) -> None:
    assert telegram.claims(sources.open_file(written(tmp_path, value))) is None


def test_a_long_chat_is_never_held_whole(tmp_path: Path) -> None:
    path = written(tmp_path, CHAT | {"messages": [said(n % 60, "word " * 20, id=n) for n in range(4_000)]})
    file = sources.open_file(path)
    tracemalloc.start()
    try:
        assert sum(isinstance(record, Item) for record in telegram.read(file)) == 4_000
        assert tracemalloc.get_traced_memory()[1] < 2_500_000
    finally:
        tracemalloc.stop()


def test_chats_without_a_name_are_called_as_the_app_calls_them(tmp_path: Path) -> None:
    kinds = {
        "saved_messages": "Saved Messages",
        "replies": "Replies",
        "verification_codes": "Verification Codes",
        "personal_chat": "Deleted Account",
    }
    chats = [{"type": kind, "id": n, "messages": [said(1, "Hi")]} for n, kind in enumerate(kinds, 1)]
    found = messages(written(tmp_path, {"about": "all", "chats": {"about": "chats", "list": chats}}))
    assert [item.thread for item in found] == list(kinds.values())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(fuzzing.broken(json.dumps(CHAT).encode()), fuzzing.broken(json.dumps(ALL).encode())))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "result.json", data, [telegram])


@real
@pytest.mark.parametrize("name", ["test_single_export", "test_batch_export"])
def test_real_exports_come_out_right(name: str) -> None:
    found, wanted = expected(f"telegram/{name}.json", "telegram/target.json")
    assert found == wanted
