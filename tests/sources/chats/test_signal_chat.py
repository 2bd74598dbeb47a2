"""Signal: what signal-export and sigtop write, and the backups that nobody else can open."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Handle
from secondme.sources.chats import signal_chat, whatsapp
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import expected, messages, real

TEXT = """\
[2019-12-24, 12:23] Jane Doe: Hello John!
[2020-01-17, 21:49] John Doe: Hello
Jane!
[2020-01-17, 21:49] Jane Doe: ok
[2020-01-17, 21:49] Jane Doe: ok
"""
# two spaces end a line in markdown
MARKDOWN = """\
[2022-10-31 15:04:01] Me: On my way__
[2022-10-31 15:05:10] Jane:_

> On my way

Great__
(- Me: 👍, Bo: ❤ -)
[2022-10-31 15:06:00] Jane: ![a.jpg](./media/a.jpg)__
[2022-10-31 15:06:30] Jane: Look ![b.jpg](./media/b.jpg)__
[2022-10-31 15:07:00] Me: Incoming voice call (accepted, 5m 3s)__
[2022-10-31 15:08:00] No-Sender: (This message was deleted)
[2022-10-31 15:09:00] Jane:__
(( 😀 ))
""".replace("_", " ")
LINES = [
    {
        "date": "2022-10-31T15:04:01",
        "sender": "Me",
        "body": "On my way  ",
        "quote": "",
        "sticker": "",
        "reactions": [],
        "attachments": [],
    },
    {
        "date": "2022-10-31T15:05:10.5",
        "sender": "Jane",
        "body": "Great  ",
        "quote": "> x",
        "sticker": "",
        "reactions": [],
        "attachments": [],
    },
    {
        "date": "2022-10-31T15:06:00",
        "sender": "Jane",
        "body": "  ",
        "quote": "",
        "sticker": "",
        "reactions": [],
        "attachments": [{}],
    },
]
LONG = """\
Conversation: Jane Doe (+32470123456)

From: You
Type: outgoing
Sent: Tue, 24 Dec 2019 12:23:00 +0100

Hello
From: here to there

Type: no field

From: Jane Doe (+32470123456)
Type: incoming
Sent: Tue, 24 Dec 2019 12:24:00 +0100
Received: Tue, 24 Dec 2019 12:24:01 +0100
Attachment: a.jpg (image/jpeg, 3 bytes)
Reaction: 👍 from You

> From: You
> Sent: Tue, 24 Dec 2019 12:23:00 +0100
>
> Hello

Hi there

From: You
Type: outgoing
Sent: Tue, 24 Dec 2019 12:30:00 +0100
Edited: 2 versions

| Version: 2
| Sent: Tue, 24 Dec 2019 12:31:00 +0100
|
| See you at ten
|
| Version: 1
| Sent: Tue, 24 Dec 2019 12:30:00 +0100
|
| See you at nine

Type: keychange
Sent: Tue, 24 Dec 2019 12:40:00 +0100

"""
SHORT = """\
2019-12-24 12:23 You: Hello
there
2019-12-24 12:24 Jane Doe: [reply to You on 2019-12-24 12:23, 1 attachment] Hi there
2019-12-24 12:25 Jane Doe: [1 attachment]
2019-12-24 12:26 Jane Doe: [sic] indeed
2019-12-24 12:27 Jane Doe: [keychange message]
"""
DESKTOP = [
    {
        "id": "a-1",
        "conversationId": "c",
        "type": "outgoing",
        "sent_at": 1577186580000,
        "timestamp": 1577186580000,
        "body": "Hello",
    },
    {
        "id": "a-2",
        "conversationId": "c",
        "type": "incoming",
        "sent_at": 1577186640000,
        "source": "+32470123456",
        "body": "Hi",
    },
    {"id": "a-3", "conversationId": "c", "type": "keychange", "sent_at": 1577186650000},
    {
        "id": "a-4",
        "conversationId": "c",
        "type": "incoming",
        "sent_at": 1577186660000,
        "source": "+32470123456",
        "body": None,
    },
]


def written(folder: Path, text: str, name: str = "Jane Doe.txt") -> Path:
    path = folder / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_text_export_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, TEXT))
    assert [(item.speaker, item.text, item.line) for item in found] == [
        ("Jane Doe", "Hello John!", 1),
        ("John Doe", "Hello\nJane!", 2),
        ("Jane Doe", "ok", 4),
        ("Jane Doe", "ok", 5),
    ]
    assert found[0].time == datetime(2019, 12, 24, 12, 23).astimezone()
    assert (found[0].thread, found[0].zoned, found[0].trust) == ("Jane Doe", False, "other")
    assert len({item.local for item in found}) == 4
    for item in found:
        assert TEXT.startswith(item.text, item.base)


def test_markdown_and_json_of_signal_export_are_the_same_messages(tmp_path: Path) -> None:
    found = messages(written(tmp_path, MARKDOWN, "Jane/chat.md"))
    assert [(item.speaker, item.text) for item in found] == [("Me", "On my way"), ("Jane", "Great"), ("Jane", "Look")]
    assert {item.thread for item in found} == {"Jane"}
    also = messages(written(tmp_path, "".join(json.dumps(line) + "\n" for line in LINES), "Jane/data.json"))
    assert [(item.local, item.thread, item.line) for item in also] == [
        (found[0].local, "Jane", 1),
        (found[1].local, "Jane", 2),
    ]


def test_sigtop_s_text_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, LONG))
    assert [(item.speaker, item.text, item.line) for item in found] == [
        ("You", "Hello\nFrom: here to there\n\nType: no field", 3),
        ("Jane Doe", "Hi there", 12),
        ("You", "See you at ten", 26),
    ]
    assert found[1].people == (Handle("Jane Doe", "tel:+32470123456"),)
    assert found[0].time == datetime(2019, 12, 24, 11, 23, tzinfo=UTC)
    assert {item.thread for item in found} == {"Jane Doe"}
    for item in found[:2]:
        assert LONG.startswith(item.text, item.base)


def test_sigtop_s_short_text_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path, SHORT, "Jane Doe (+32470123456).txt"))
    assert [(item.speaker, item.text) for item in found] == [
        ("You", "Hello\nthere"),
        ("Jane Doe", "Hi there"),
        ("Jane Doe", "[sic] indeed"),
    ]
    assert found[0].thread == "Jane Doe"


def test_signal_desktop_s_own_messages(tmp_path: Path) -> None:
    found = messages(written(tmp_path, json.dumps(DESKTOP), "Jane Doe (+32470123456).json"))
    assert [(item.speaker, item.text, item.local) for item in found] == [
        ("You", "Hello", "a-1"),
        ("Jane Doe", "Hi", "a-2"),
    ]
    assert found[1].people == (Handle("Jane Doe", "tel:+32470123456"),)


@pytest.mark.parametrize(
    "name", ["signal-2024-01-31-22-01-05.backup", "signal-backup-2025-09-01-10-00-00/main", "Signal/sql/db.sqlite"]
)
def test_encrypted_backups_are_named_and_left(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(bytes(range(256)) * 8)
    (reason,) = making.reasons(path)
    assert reason.startswith("is an encrypted Signal backup, which only Signal can open; export the chats with")


@pytest.mark.parametrize("text", [TEXT, MARKDOWN, SHORT])
def test_next_month_s_export_keeps_ids(tmp_path: Path, text: str) -> None:
    before = [(item.origin, item.local) for item in messages(written(tmp_path, text))]
    more = text + text.splitlines()[0].replace("20", "21", 1) + "\n"
    after = [(item.origin, item.local) for item in messages(written(tmp_path, more, "other.txt"))]
    assert after[:-1] == before


@pytest.mark.parametrize(
    "text",
    [
        "[2022-10-31 15:04:01] ERROR: broken\n[2022-10-31 15:04:02] INFO: over\n",
        "[2022-10-31, 22:01:05] Anna: from a Swedish phone\n[2022-10-31, 22:02:05] Bob: ja\n",
        "# Notes\n[2022-10-31, 15:04] Me: x\n",
        '{"date": "2022", "body": "x"}\n{"date": "2022", "body": "y"}\n',
        "2019-12-24 12:23 INFO: a\n2019-12-24 12:24 INFO: b\n",
    ],
)
def test_other_texts_are_left_to_others(tmp_path: Path, text: str) -> None:
    assert signal_chat.claims(sources.open_file(written(tmp_path, text, "notes.txt"))) is None


def test_a_swedish_phone_s_whatsapp_is_whatsapp(tmp_path: Path) -> None:
    path = written(tmp_path, "[2022-10-31, 22:01:05] Anna: hej\n[2022-10-31, 22:02:05] Bob: ja\n")
    assert sources.reader_for(sources.open_file(path))[0] is whatsapp  # type: ignore[index]


def test_broken_lines_are_counted_once(tmp_path: Path) -> None:
    path = written(tmp_path, "".join(json.dumps(line) + "\n" for line in LINES) + "{broken\n[]\n", "data.json")
    assert making.reasons(path) == ["2 lines were left out, the first of them line 4: each is no message"]
    assert len(messages(path)) == 2


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(*(fuzzing.broken(text.encode()) for text in (TEXT, MARKDOWN, LONG, SHORT, json.dumps(DESKTOP)))))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "chat.md", data, [signal_chat])


@real
def test_a_real_export_comes_out_right() -> None:
    found, wanted = expected("signal/test_export.txt", "signal/target.json")
    assert found == wanted
