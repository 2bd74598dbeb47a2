"""Plain text from DiscordChatExporter: where messages begin and end, when they were written, and what is no message."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from secondme import sources
from secondme.records import Item
from secondme.sources.chats import discord_text
from tests.sources import fuzzing, making
from tests.sources.chats.conversations import messages

RULE = "=" * 62
TEXT = f"""\
{RULE}
Guild: Garden club
Channel: Text / general
Topic: plants: all of them
{RULE}

[1/13/2024 9:05\u202fPM] anna
Who waters on Sunday?

Anyone: free?
[1/14/2024 9:00 AM] is when I could

[1/13/2024 9:06\u202fPM] ben#1234 (pinned)
I do https://x.example/plan

{{Attachments}}
https://cdn.example/1.png

{{Reactions}}
👍 (2)

[1/13/2024 9:07\u202fPM] ben#1234
Pinned a message.

[1/13/2024 9:08\u202fPM] carla


{{Stickers}}
https://cdn.example/2.json

[1/14/2024 12:09\u202fAM] carla
Thanks

{RULE}
Exported 5 message(s)
{RULE}
"""
NAME = "Garden club - Text - general [333333333333333333].txt"


def written(folder: Path, text: str = TEXT, name: str = NAME) -> Path:
    path = folder / name
    path.write_bytes(text.encode())
    return path


def test_an_export_gives_what_people_wrote(tmp_path: Path) -> None:
    found = messages(written(tmp_path))
    assert [(item.time and item.time.strftime("%m-%d %H:%M"), item.speaker, item.text) for item in found] == [
        ("01-13 21:05", "anna", "Who waters on Sunday?\n\nAnyone: free?\n[1/14/2024 9:00 AM] is when I could"),
        ("01-13 21:06", "ben#1234", "I do https://x.example/plan"),
        ("01-14 00:09", "carla", "Thanks"),
    ]
    assert {(item.thread, item.origin, item.zoned, item.trust) for item in found} == {
        ("Garden club #general", "discord:333333333333333333", False, "other")
    }
    assert found[1].links == ("https://x.example/plan",)
    assert all(TEXT.startswith(item.text, item.base) for item in found)
    assert [item.line for item in found] == [7, 13, 31]


@pytest.mark.parametrize(
    ("date", "wanted"),
    [
        ("13-Jan-24 09:05 PM", "2024-01-13 21:05"),
        ("13/01/2024 21:05", "2024-01-13 21:05"),
        ("13.01.2024 21:05", "2024-01-13 21:05"),
        ("2024-01-13 21:05", "2024-01-13 21:05"),
        ("99/99/2024 21:05", ""),
    ],
)
def test_the_dates_of_any_machine(tmp_path: Path, date: str, wanted: str) -> None:
    path = written(tmp_path, f"Guild: G\nChannel: general\n\n[{date}] anna\nHello\n")
    file = replace(sources.open_file(path), zone=UTC)
    (item,) = (record for record in discord_text.read(file) if isinstance(record, Item))
    assert (f"{item.time:%Y-%m-%d %H:%M}" if item.time else "") == wanted


def test_a_later_export_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    before = [(item.origin, item.local) for item in messages(written(tmp_path))]
    later = TEXT.replace(f"\n{RULE}\nExported", f"\n[2/1/2024 8:00\u202fAM] anna\nSnow!\n\n{RULE}\nExported")
    after = [(item.origin, item.local) for item in messages(written(tmp_path, later))]
    assert (after[:-1], len(after)) == (before, 4)


def test_a_direct_message_is_called_as_the_other(tmp_path: Path) -> None:
    text = TEXT.replace("Garden club", "Direct Messages").replace("Text / general", "Private / anna")
    assert {item.thread for item in messages(written(tmp_path, text))} == {"anna"}


@pytest.mark.parametrize("text", ["", "Guild: of bakers\nNothing else\n", "[1/13/2024 9:05 PM] anna\nHello\n"])
def test_other_texts_are_left_to_others(tmp_path: Path, text: str) -> None:
    assert discord_text.claims(sources.open_file(written(tmp_path, text))) is None


def test_a_channel_without_messages_says_so(tmp_path: Path) -> None:
    text = f"Guild: G\nChannel: c\n\n[1/13/2024 9:07 PM] ben\nJoined the server.\n\n{RULE}\n"
    assert making.reasons(written(tmp_path, text)) == ["holds no messages"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(TEXT.encode()))
def test_nothing_broken_breaks_it(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / NAME, data, [discord_text])
