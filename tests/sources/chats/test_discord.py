"""Discord: what the exporter and the data package hold."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Handle, Item, Skipped
from secondme.sources.chats import discord
from tests.sources import fuzzing, making

ANNA = {
    "id": "200000000000000001",
    "name": "annab",
    "discriminator": "0000",
    "nickname": "Anna",
    "isBot": False,
    "roles": [],
}
BOT = {"id": "200000000000000002", "name": "Weather", "discriminator": "1234", "nickname": "Weather", "isBot": True}


def message(content: str, n: int = 1, author: dict[str, Any] = ANNA, **more: Any) -> dict[str, Any]:
    return {
        "id": f"3000000000000000{n:02}",
        "type": "Default",
        "timestamp": f"2021-07-19T13:34:{n:02}.084+00:00",
        "timestampEdited": None,
        "callEndedTimestamp": None,
        "isPinned": False,
        "content": content,
        "author": author,
        "attachments": [],
        "embeds": [],
        "stickers": [],
        "reactions": [],
        "mentions": [],
        **more,
    }


def exported(*messages: object, kind: str = "GuildTextChat", guild: str = "Garden club") -> dict[str, Any]:
    return {
        "guild": {"id": "100000000000000001" if guild != "Direct Messages" else "0", "name": guild, "iconUrl": ""},
        "channel": {"id": "100000000000000002", "type": kind, "category": "Text", "name": "seeds", "topic": None},
        "dateRange": {"after": None, "before": None},
        "exportedAt": "2024-05-01T10:00:00+00:00",
        "messages": list(messages),
        "messageCount": len(messages),
    }  # fmt: skip


def write(folder: Path, content: object, name: str = "Garden club - Text - seeds [100000000000000002].json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        content if isinstance(content, str) else json.dumps(content, indent=2), encoding="utf-8", newline=""
    )
    return path


def items(path: Path) -> list[Item]:
    found = making.read(path)
    assert not [entry for entry in found if isinstance(entry, Skipped)], found
    return [entry for entry in found if isinstance(entry, Item)]


def test_a_message_has_its_sender_time_and_channel(tmp_path: Path) -> None:
    (found,) = items(write(tmp_path, exported(message("Tomatoes are up https://a.example/x"))))
    assert (found.text, found.speaker, found.thread) == (
        "Tomatoes are up https://a.example/x",
        "Anna",
        "Garden club #seeds",
    )
    assert found.time == datetime(2021, 7, 19, 13, 34, 1, 84000, tzinfo=UTC)
    assert found.people == (Handle("Anna", "discord:200000000000000001"),)
    assert (found.origin, found.local) == ("discord:100000000000000002", "300000000000000001")
    assert (found.kind, found.trust, found.links) == ("message", "other", ("https://a.example/x",))


def test_a_direct_chat_is_called_after_who_takes_part(tmp_path: Path) -> None:
    (found,) = items(write(tmp_path, exported(message("hi"), kind="DirectTextChat", guild="Direct Messages")))
    assert found.thread == "seeds"


def test_what_discord_does_is_no_message_and_replies_are(tmp_path: Path) -> None:
    kinds = ("ChannelPinnedMessage", "Call", "GuildMemberJoin", "7", "RecipientAdd")
    acts = [message("Pinned a message.", n, type=kind) for n, kind in enumerate(kinds, 1)]
    said = [message("yes", 8, type="Reply", reference={"messageId": "1"}), message("ok", 9, type="20"), message("", 10)]
    assert [found.text for found in items(write(tmp_path, exported(*acts, *said)))] == ["yes", "ok"]


def test_mentions_and_emoji_are_read_as_discord_shows_them(tmp_path: Path) -> None:
    raw = message("<@!200000000000000002> <:seed:123456789012345678> <a:wave:1> :)", mentions=[BOT])
    (found,) = items(write(tmp_path, exported(raw)))
    assert found.text == "@Weather :seed: :wave: :)"


def test_boxes_count_for_programs_and_forwarded_words_for_everybody(tmp_path: Path) -> None:
    box = {"title": "Rain", "description": "from noon", "fields": [{"name": "Wind", "value": "5"}]}
    found = items(
        write(
            tmp_path,
            exported(
                message("Today", 1, BOT, embeds=[box]),
                message("https://a.example", 2, embeds=[box]),
                message("", 3, forwardedMessage={"content": "old words"}),
            ),
        )
    )
    assert [entry.text for entry in found] == ["Today\nRain\nfrom noon\nWind: 5", "https://a.example", "old words"]


def test_a_later_export_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    old = items(write(tmp_path, exported(message("one", 1), message("two", 2)), "old.json"))
    new = items(write(tmp_path, exported(message("nil", 0), message("one", 1), message("2", 2)), "new.json"))
    assert [(entry.origin, entry.local) for entry in new[1:]] == [(entry.origin, entry.local) for entry in old]


CSV = (
    'AuthorID,Author,Date,Content,Attachments,Reactions\r\n"200000000000000001","annab","2021-07-19T13:34:18.0840000+00:00",'
    '"Tomatoes, ""red"" ones\r\nare up","",""\r\n'
    '"200000000000000001","annab","2021-07-19T13:35:18.0840000+00:00","","https://cdn.example/x.png",""\r\n'
    '"200000000000000002","Weather#1234","19-Jul-21 03:34 PM","rain","",""\r\n'
)


def test_the_exporter_s_csv(tmp_path: Path) -> None:
    name = "Garden club - Text - seeds [100000000000000002].csv"
    first, second = items(write(tmp_path, CSV, name))
    assert (first.text, first.speaker) == ('Tomatoes, "red" ones\nare up', "annab")
    assert first.time == datetime(2021, 7, 19, 13, 34, 18, 84000, tzinfo=UTC)
    assert (first.thread, first.origin, first.zoned) == (
        "Garden club - Text - seeds",
        "discord:100000000000000002",
        True,
    )
    assert second.time == datetime(2021, 7, 19, 15, 34).astimezone()
    assert not second.zoned
    longer = CSV.replace("Reactions\r\n", 'Reactions\r\n"1","new","2020-01-01T00:00:00+00:00","earlier","",""\r\n')
    again = items(write(tmp_path / "later", longer, name))
    assert [entry.local for entry in again[1:]] == [first.local, second.local]


def test_an_old_csv_with_semicolons(tmp_path: Path) -> None:
    (found,) = items(
        write(tmp_path, 'Author;Date;Content;Attachments\n"a#1";"01-Feb-19 03:34 PM";"hello";"";\n', "x.csv")
    )
    assert (found.text, found.speaker, found.thread) == ("hello", "a#1", "x")


def test_a_csv_that_breaks_off_in_a_cell(tmp_path: Path) -> None:
    path = write(tmp_path, CSV + '"1","x","2021-07-19T13:35:18+00:00","open ' + "word\n" * 90_000, "x.csv")
    assert len([entry for entry in making.read(path) if isinstance(entry, Item)]) == 2
    assert "does not end" in " ".join(making.reasons(path))


@pytest.mark.parametrize("kind", ["json", "csv"])
def test_the_data_package_holds_its_owner_s_words_in_utc(tmp_path: Path, kind: str) -> None:
    folder = tmp_path / "messages" / "c100000000000000002"
    about = {"id": "100000000000000002", "type": 0, "name": "seeds", "guild": {"id": "1", "name": "Garden club"}}
    if kind == "json":
        row = {"ID": 300000000000000001, "Timestamp": "2024-01-01 10:00:00", "Contents": "hello", "Attachments": ""}
        path = write(folder, [row], "messages.json")
    else:
        rows = "300000000000000001,2024-01-01 10:00:00+00:00,hello,\n3,2024-01-01 10:00:00+00:00,,x.png\n"
        path = write(folder, "ID,Timestamp,Contents,Attachments\n" + rows, "messages.csv")
    listed = write(folder, about, "channel.json")
    (found,) = items(path)
    assert (found.text, found.speaker, found.thread) == ("hello", "me", "Garden club #seeds")
    assert found.time == datetime(2024, 1, 1, 10, tzinfo=UTC)
    assert (found.origin, found.local, found.zoned) == ("discord:100000000000000002", "300000000000000001", True)
    assert making.read(listed) == []


@pytest.mark.parametrize("name", ["a.json", "a.csv", "channel.json"])
@pytest.mark.parametrize(
    "data", ['{"guild": 1, "messages": []}', "Date,Author,Text\n1,2,3\n", '{"id": "1", "type": 0, "name": "x"}']
)
def test_other_files_are_left_to_others(tmp_path: Path, name: str, data: str) -> None:
    assert discord.claims(sources.open_file(write(tmp_path, data, name))) is None


def test_what_is_broken_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    bad = message("three", 3, timestamp="+99999-01-01T00:00:00", author=None)
    path = write(tmp_path, exported(message("one"), 5, bad, message("four", 4)))
    assert [entry.text for entry in making.read(path) if isinstance(entry, Item)] == ["one", "three", "four"]
    assert making.reasons(path) == ["message 2 was left out: it is no message"]
    path.write_text(path.read_text()[:-300])
    assert "cut short" in " ".join(making.reasons(path))
    assert making.reasons(write(tmp_path, exported())) == ["holds no messages"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.one_of(
        fuzzing.broken(json.dumps(exported(message("one"), message("two", 2, BOT))).encode()),
        fuzzing.broken(CSV.encode()),
    )
)
def test_whatever_is_broken_it_ends_well(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.json", data, [discord])
