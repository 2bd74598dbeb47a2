"""Slack exports: who said what where, with and without the export's lists."""

from __future__ import annotations

import json
import os
from collections import Counter
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.records import Handle, Item, Skipped
from secondme.sources.chats import slack
from tests.sources import fuzzing, making

DATA = os.environ.get("SECONDME_TEST_DATA", "")
ANNA, BEN = "U0AAAAAAA", "U0BBBBBBB"
USERS = [
    {
        "id": ANNA,
        "team_id": "T0TEAM",
        "name": "anna.berg",
        "deleted": False,
        "real_name": "Anna Berg",
        "profile": {"title": "Designer", "phone": "+49 30 1234567", "real_name": "Anna Berg", "display_name": "anna",
                    "email": "Anna@Example.org", "team": "T0TEAM"},
        "is_bot": False,
    },
    {"id": BEN, "team_id": "T0TEAM", "name": "ben", "profile": {"real_name": "Ben Ode", "display_name": ""}},
    {"id": "U0CCCCCCC", "team_id": "T0TEAM", "name": "deploybot", "is_bot": True, "profile": {"real_name": "Deploy"}},
]  # fmt: skip
CHANNELS = [
    {"id": "C0GENERAL", "name": "general", "created": 1452837318, "members": [ANNA, BEN],
     "topic": {"value": "", "last_set": "0"},
     "purpose": {"value": "Ask <@U0AAAAAAA> &amp; co", "creator": ANNA, "last_set": 1452837318}},
]  # fmt: skip


def message(text: str, n: int = 1, user: str = ANNA, **more: Any) -> dict[str, Any]:
    return {"type": "message", "user": user, "text": text, "ts": f"14528373{n:02}.000200", **more}


def export(folder: Path, *messages: object, channel: str = "general", lists: bool = True) -> Path:
    """A day file of an export, and its lists."""
    (folder / channel).mkdir(parents=True, exist_ok=True)
    if lists:
        (folder / "users.json").write_text(json.dumps(USERS))
        (folder / "channels.json").write_text(json.dumps(CHANNELS))
        (folder / "dms.json").write_text(json.dumps([{"id": "D0DIRECT0", "created": 1, "members": [ANNA, BEN]}]))
    day = folder / channel / "2016-01-15.json"
    day.write_text(json.dumps(messages, indent=4))
    return day


def items(path: Path) -> list[Item]:
    found = making.read(path)
    assert not [entry for entry in found if isinstance(entry, Skipped)], found
    return [entry for entry in found if isinstance(entry, Item)]


def text(folder: Path, entry: dict[str, Any], **how: Any) -> str:
    (found,) = items(export(folder, entry, **how))
    return found.text


def test_a_message_has_its_sender_time_and_channel(tmp_path: Path) -> None:
    (found,) = items(export(tmp_path, message("Lunch at noon?")))
    assert (found.kind, found.text, found.speaker, found.thread) == ("message", "Lunch at noon?", "anna", "general")
    assert found.time == datetime(2016, 1, 15, 5, 55, 1, 200, tzinfo=UTC)
    assert found.people == (Handle("anna", f"slack:T0TEAM/{ANNA}"),)
    assert (found.trust, found.origin, found.line) == ("other", "slack:C0GENERAL", 0)
    assert making.said(found) == ["Lunch at noon?"]


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        (f"<@{BEN}> see <#C0GENERAL|general>", "@Ben Ode see #general"),
        (f"<@{BEN}|ben> and <#C0GENERAL>", "@Ben Ode and #general"),
        ("<@U0UNKNOWN> left", "@U0UNKNOWN left"),
        ("<!here> <!channel|@channel> <!subteam^S012|@team>", "@here @channel @team"),
        ("on <!date^1392734382^{date}|Feb 18, 2014>", "on Feb 18, 2014"),
        ("<https://a.example/?x=1&amp;y=2>", "https://a.example/?x=1&y=2"),
        ("<https://a.example|the page>, <mailto:a@b.example|a@b.example>", "the page, a@b.example"),
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("*bold* _it_ :tada: `x`", "*bold* _it_ :tada: `x`"),
        ("literal &lt;@U0AAAAAAA&gt; and &amp;lt;", "literal <@U0AAAAAAA> and &lt;"),
    ],
)
def test_mrkdwn_is_read_as_slack_shows_it(tmp_path: Path, written: str, plain: str) -> None:
    assert text(tmp_path, message(written)) == plain


def test_links_are_kept_beside_the_text(tmp_path: Path) -> None:
    (found,) = items(export(tmp_path, message("<https://a.example/?x=1&amp;y=2|here> <tel:123|123>")))
    assert found.links == ("https://a.example/?x=1&y=2",)


def test_acts_and_messages_without_words_are_no_messages(tmp_path: Path) -> None:
    acts = [
        message(f"<@{ANNA}> has joined the channel", 1, subtype="channel_join"),
        message("set the channel topic: x", 2, subtype="channel_topic"),
        message("added an integration", 3, subtype="bot_add"),
        message("This message was deleted.", 4, subtype="tombstone"),
        message("", 5),
        message("", 6, files=[{"id": "F1", "mode": "tombstone"}]),
        message("waves", 7, subtype="me_message"),
    ]
    assert [found.text for found in items(export(tmp_path, *acts))] == ["waves"]


def test_programs_speak_under_their_name_with_all_that_stands_in_their_boxes(tmp_path: Path) -> None:
    box = {
        "fallback": "x",
        "pretext": "2 new commits",
        "title": "repo",
        "text": "<https://a.example|ed1acbe>: fix",
        "fields": [{"title": "State", "value": "done", "short": True}],
    }
    boxes = [box, {"fallback": "only this"}]
    bot = message("", subtype="bot_message", bot_id="B01", username="GitHub", attachments=boxes)
    del bot["user"]
    (found,) = items(export(tmp_path, bot))
    assert (found.speaker, found.text) == ("GitHub", "2 new commits\nrepo\ned1acbe: fix\nState: done\nonly this")


def test_a_preview_of_a_page_is_not_what_the_sender_said(tmp_path: Path) -> None:
    preview = [{"title": "A page", "text": "Words of the page", "from_url": "https://a.example"}]
    assert text(tmp_path, message("<https://a.example>", attachments=preview)) == "https://a.example"
    shared = [{"text": "Words of a colleague", "is_share": True}]
    assert text(tmp_path, message("", attachments=shared)) == "Words of a colleague"


def test_a_message_that_is_blocks_alone(tmp_path: Path) -> None:
    def said(*elements: dict[str, Any]) -> dict[str, Any]:
        return {"type": "rich_text_section", "elements": list(elements)}

    entries = [said({"type": "text", "text": "eggs"}), said({"type": "text", "text": "milk"})]
    listed = {"type": "rich_text_list", "style": "ordered", "elements": entries}
    rich = [
        said(
            {"type": "user", "user_id": BEN},
            {"type": "text", "text": ": buy <these> "},
            {"type": "emoji", "name": "pray"},
            {"type": "link", "url": "https://a.example", "text": "shop"},
        ),
        listed,
    ]
    blocks = [
        {"type": "rich_text", "elements": rich},
        {"type": "section", "text": {"type": "mrkdwn", "text": "&amp; go"}},
    ]
    assert text(tmp_path, message("", blocks=blocks)) == "@Ben Ode: buy <these> :pray:shop\n1. eggs\n2. milk\n& go"


def test_files_are_known_by_their_titles_where_nothing_is_said(tmp_path: Path) -> None:
    files = [{"id": "F1", "name": "q3.xlsx", "title": "Budget Q3"}]
    assert text(tmp_path, message("", files=files)) == "Budget Q3"
    assert text(tmp_path, message("Here:", files=files)) == "Here:"
    old = message(
        f"<@{ANNA}> uploaded a file: <https://s.example/f|10 cities>", subtype="file_share", file={"title": "10 cities"}
    )
    assert text(tmp_path, old) == "@anna uploaded a file: 10 cities"
    comment = {
        "type": "message",
        "subtype": "file_comment",
        "text": "fine",
        "ts": "1452837399.000100",
        "comment": {"user": BEN},
    }
    (found,) = items(export(tmp_path, comment))
    assert (found.speaker, found.text) == ("Ben Ode", "fine")


def test_a_reply_names_the_thread_that_it_belongs_to(tmp_path: Path) -> None:
    root, alone = message("Who comes?", 1), message("Hi", 2)
    root |= {"thread_ts": root["ts"], "reply_count": 1}
    reply = message("Me", 3, BEN, thread_ts=root["ts"], subtype="thread_broadcast")
    first, other, answer = items(export(tmp_path, root, alone, reply))
    assert first.thread == answer.thread != other.thread == "general"
    assert answer.thread.startswith("general, thread of 2016-01-1")


def test_an_export_without_its_lists_is_read_all_the_same(tmp_path: Path) -> None:
    profile = {"display_name": "", "real_name": "Carla Diaz", "name": "carla", "team": "T9"}
    day = export(
        tmp_path,
        message("one", 1),
        message(f"two <@{BEN}>", 2, BEN, user_profile=profile, team="T9"),
        message(f"three <@{BEN}>", 3, BEN),
        message("four", 4, "USLACKBOT"),
        lists=False,
    )
    found = items(day)
    assert [entry.speaker for entry in found] == [ANNA, "Carla Diaz", "Carla Diaz", "Slackbot"]
    assert [entry.text for entry in found] == ["one", "two @Carla Diaz", "three @Carla Diaz", "four"]
    assert found[1].people == (Handle("Carla Diaz", f"slack:T9/{BEN}"),)
    assert (found[0].thread, found[0].origin) == ("general", "slack:general")


def test_a_direct_message_is_called_after_who_takes_part(tmp_path: Path) -> None:
    (found,) = items(export(tmp_path, message("psst"), channel="D0DIRECT0"))
    assert (found.thread, found.origin) == ("anna, Ben Ode", "slack:D0DIRECT0")
    assert found.people == (Handle("anna", f"slack:T0TEAM/{ANNA}"), Handle("Ben Ode", f"slack:T0TEAM/{BEN}", "to"))


def test_a_later_export_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    old = items(export(tmp_path / "january", message("one", 1), message("tow", 2)))
    edited = message("two", 2, edited={"user": ANNA, "ts": "1452839999.000000"})
    new = items(export(tmp_path / "february", message("zero", 0), message("one", 1), edited, message("one", 3)))
    assert [(entry.origin, entry.local) for entry in new[1:3]] == [(entry.origin, entry.local) for entry in old]
    assert new[2].text == "two"
    assert len({entry.local for entry in new}) == 4


def test_a_message_that_is_there_twice_is_read_once(tmp_path: Path) -> None:
    found = items(export(tmp_path, message("one"), message("one"), message("other, same time")))
    assert [entry.text for entry in found] == ["one", "other, same time"]
    assert found[0].local != found[1].local


def test_people_are_contacts_and_channels_have_a_purpose(tmp_path: Path) -> None:
    export(tmp_path)
    anna, ben = items(tmp_path / "users.json")
    assert (anna.kind, anna.title) == ("contact", "anna")
    assert anna.text == "anna\nAnna Berg\nanna.berg\nDesigner\nAnna@Example.org\n+49 30 1234567"
    assert {(who.address, who.role) for who in anna.people} == {
        (f"slack:T0TEAM/{ANNA}", "about"),
        ("mailto:anna@example.org", "about"),
        ("tel:+49301234567", "about"),
    }
    assert {who.name for who in anna.people} == {"anna", "Anna Berg", "anna.berg"}
    assert ben.title == "Ben Ode"
    (note,) = items(tmp_path / "channels.json")
    assert (note.kind, note.title, note.text) == ("note", "#general", "Ask @anna & co")
    assert making.read(tmp_path / "dms.json") == []


@pytest.mark.parametrize(
    "other",
    [
        '[{"type": "message", "ts": 5}]',
        '[{"id": 1, "name": "x", "profile": 1}]',
        "[]",
        '{"ts": "1452837318.000002"}',
        "[[[",
    ],
)
def test_other_json_is_left_to_others(tmp_path: Path, other: str) -> None:
    path = tmp_path / "data.json"
    path.write_text(other)
    assert slack.claims(sources.open_file(path)) is None


def test_what_is_broken_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    day = export(tmp_path, message("one"), "no message", None, message("two", 2, ts="soon"), message("three", 3))
    found = making.read(day)
    assert [entry.text for entry in found if isinstance(entry, Item)] == ["one", "two", "three"]
    assert making.reasons(day) == ["2 messages were left out, the first of them message 2: each is no message"]
    assert next(entry for entry in found if isinstance(entry, Item) and entry.text == "two").time is None
    day.write_bytes(day.read_bytes()[:-120])
    assert "cut short" in making.reasons(day)[0]
    assert any(isinstance(entry, Item) for entry in making.read(day))


def test_an_empty_day_is_nothing_to_report(tmp_path: Path) -> None:
    assert making.read(export(tmp_path)) == []


DAY = [
    message("one <@U0AAAAAAA>"),
    message("", 2, files=[{"title": "t"}]),
    message("", 3, blocks=[{"type": "rich_text", "elements": [{"type": "rich_text_list", "indent": 1}]}]),
]
SAMPLES = [json.dumps(sample).encode() for sample in (DAY, USERS, CHANNELS)]


def test_a_time_that_is_written_as_a_number_is_one(tmp_path: Path) -> None:
    first, second = items(export(tmp_path, message("Hi"), message("Ho") | {"ts": 1452837305.5}))
    assert second.time == datetime(2016, 1, 15, 5, 55, 5, 500000, tzinfo=UTC)
    assert first.time is not None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.one_of([fuzzing.broken(sample) for sample in SAMPLES]))
def test_whatever_is_broken_it_ends_well(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "2016-01-15.json", data, [slack])


@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA is not set")
def test_every_message_of_a_real_export_is_read(tmp_path: Path) -> None:
    with ZipFile(Path(DATA) / "exports/slack/testarchive.zip") as archive:
        archive.extractall(tmp_path)
    count: Counter[str] = Counter()
    for day in sorted(tmp_path.glob("*/*.json")):
        written = [
            entry for entry in json.loads(day.read_text()) if entry.get("subtype") not in ("channel_join", "bot_add")
        ]
        found = items(day)
        assert [round(entry.time.timestamp(), 6) for entry in found if entry.time] == [
            float(entry["ts"]) for entry in written
        ]
        count.update(entry.speaker for entry in found)
    assert sum(count.values()) == 147
    assert {"hamza", "abilinski", "doubledeez"} <= set(count)
