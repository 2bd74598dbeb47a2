"""ChatGPT exports: the branch that is shown, and nothing else."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.chats import chatgpt
from tests.sources import fuzzing, making

Node = dict[str, Any]


def node(id_: str, parent: str | None, role: str = "user", said: object = "", **more: Any) -> Node:
    content = said if isinstance(said, dict) else {"content_type": "text", "parts": [said]}
    message = {
        "id": f"message-{id_}",
        "author": {"role": role, "name": None, "metadata": {}},
        "create_time": 1700000000.5,
        "content": content,
        "status": "finished_successfully",
        "weight": 1.0,
        "metadata": {},
        "recipient": "all",
        **more,
    }
    return {"id": id_, "message": message, "parent": parent, "children": []}


def conversation(*nodes: Node, current: str | None = None, title: str = "Bread", **more: Any) -> dict[str, Any]:
    root = {"id": "root", "message": None, "parent": None, "children": []}
    mapping = {entry["id"]: dict(entry, children=list(entry["children"])) for entry in (root, *nodes)}
    for entry in nodes:
        if entry["parent"] in mapping:
            mapping[entry["parent"]]["children"].append(entry["id"])
    return {
        "title": title,
        "create_time": 1699999999.25,
        "update_time": 1700000100.0,
        "mapping": mapping,
        "moderation_results": [],
        "current_node": current or nodes[-1]["id"],
        "conversation_id": "c-1",
        "id": "c-1",
        **more,
    }


def write(folder: Path, *conversations: object, name: str = "conversations.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(conversations))
    return path


def items(path: Path) -> list[Item]:
    found = making.read(path)
    assert not [entry for entry in found if isinstance(entry, Skipped)], found
    return [entry for entry in found if isinstance(entry, Item)]


def texts(folder: Path, *nodes: Node, **more: Any) -> list[str]:
    return [found.text for found in items(write(folder, conversation(*nodes, **more)))]


def test_both_sides_of_a_conversation(tmp_path: Path) -> None:
    mine, answer = items(
        write(tmp_path, conversation(node("a", "root", said="How long?"), node("b", "a", "assistant", "An hour.")))
    )
    assert (mine.text, mine.speaker, mine.trust) == ("How long?", "me", "own")
    assert (answer.text, answer.speaker, answer.trust) == ("An hour.", "ChatGPT", "machine")
    assert (mine.thread, mine.title, mine.part, mine.kind) == ("Bread", "Bread", "Bread", "message")
    assert mine.time == datetime(2023, 11, 14, 22, 13, 20, 500000, tzinfo=UTC)
    assert (mine.origin, mine.local) == ("chatgpt:c-1", "message-a")


def test_only_the_branch_that_is_shown_is_read(tmp_path: Path) -> None:
    tree = [
        node("a", "root", said="old question"),
        node("b", "a", "assistant", "old answer"),
        node("c", "root", said="new question"),
        node("d", "c", "assistant", "first try"),
        node("e", "c", "assistant", "second try"),
    ]
    assert texts(tmp_path, *tree, current="e") == ["new question", "second try"]
    assert texts(tmp_path, *tree, current="b") == ["old question", "old answer"]


def test_without_a_current_node_the_latest_end_counts(tmp_path: Path) -> None:
    late = node("b", "a", "assistant", "late", create_time=1700000009)
    tree = [node("a", "root", said="q"), late, node("c", "a", "assistant", "early")]
    assert texts(tmp_path, *tree, current="gone") == ["q", "late"]


def hidden() -> list[Node]:
    unseen = {"is_visually_hidden_from_conversation": True}
    return [
        node("1", "root", "system", "You are ChatGPT"),
        node("2", "1", said={"content_type": "user_editable_context", "user_profile": "x", "user_instructions": "y"}),
        node("3", "2", said="hidden", metadata=unseen),
        node("4", "3", said="Plot it"),
        node("5", "4", "assistant", {"content_type": "thoughts", "thoughts": [{"summary": "s", "content": "c"}]}),
        node("6", "5", "assistant", {"content_type": "reasoning_recap", "content": "Thought for 5s"}),
        node(
            "7", "6", "assistant", {"content_type": "code", "language": "python", "text": "plot()"}, recipient="python"
        ),
        node("8", "7", "tool", {"content_type": "execution_output", "text": "42"}),
        node("9", "8", "tool", {"content_type": "tether_quote", "url": "u", "text": "page"}),
        node("10", "9", "assistant", "analysis", channel="analysis"),
        node("11", "10", "assistant", ""),
        node("12", "11", "assistant", "Here it is.", channel="final"),
    ]


def test_hidden_messages_tools_and_thoughts_are_left_out(tmp_path: Path) -> None:
    assert texts(tmp_path, *hidden()) == ["Plot it", "Here it is."]


def test_pictures_are_left_out_and_what_was_spoken_is_kept(tmp_path: Path) -> None:
    picture = {"content_type": "image_asset_pointer", "asset_pointer": "file-service://x", "width": 1}
    voice = {"content_type": "audio_transcription", "text": "Good morning", "direction": "in"}
    sound = {"content_type": "audio_asset_pointer", "asset_pointer": "sediment://x"}
    spoken = {"content_type": "multimodal_text", "parts": [voice, sound]}
    seen = {"content_type": "multimodal_text", "parts": [picture, "What is this?"]}
    alone = {"content_type": "multimodal_text", "parts": [picture]}
    code = {"content_type": "code", "language": "unknown", "text": "print(1)"}
    tree = [node("a", "root", said=seen), node("b", "a", said=alone), node("c", "b", said=spoken)]
    tree.append(node("d", "c", "assistant", code))
    assert texts(tmp_path, *tree) == ["What is this?", "Good morning", "print(1)"]


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("Rye is sour.\ue200cite\ue202turn0search1\ue202turn0search4\ue201 Yes.", "Rye is sour. Yes."),
        ("Bake 40 min【4†source】【11:3†notes.pdf】.", "Bake 40 min."),
        ('\ue200entity\ue202["city","Lisbon","capital"]\ue201 is sunny', "Lisbon is sunny"),
        ("See \ue200url\ue202the page\ue202turn0search0\ue201", "See the page"),
        ("It is \ue203so\ue204 :contentReference[oaicite:0]{index=0}", "It is so"),
        ("【a title】 stays", "【a title】 stays"),
    ],
)
def test_the_marks_of_citations_are_no_words(tmp_path: Path, written: str, shown: str) -> None:
    assert texts(tmp_path, node("a", "root", "assistant", written)) == [shown]


def test_a_message_without_a_time_has_its_conversation_s(tmp_path: Path) -> None:
    (found,) = items(write(tmp_path, conversation(node("a", "root", said="q", create_time=None))))
    assert found.time == datetime(2023, 11, 14, 22, 13, 19, 250000, tzinfo=UTC)
    (odd,) = items(write(tmp_path, conversation(node("a", "root", said="q", create_time=1e300), create_time=None)))
    assert odd.time is None


def test_a_later_export_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    tree = [node("a", "root", said="q"), node("b", "a", "assistant", "r")]
    old = items(write(tmp_path, conversation(*tree)))
    more = conversation(node("x", "root", said="other"), id="c-2", conversation_id="c-2")
    new = items(write(tmp_path, more, conversation(*tree, node("c", "b", said="more")), name="conversations-000.json"))
    assert [(entry.origin, entry.local) for entry in new[1:3]] == [(entry.origin, entry.local) for entry in old]


def test_a_circle_and_a_missing_node_come_to_an_end(tmp_path: Path) -> None:
    circle = conversation(node("a", "b", said="one"), node("b", "a", "assistant", "two"))
    torn = conversation(node("a", "gone", said="three"), title="Torn")
    path = write(tmp_path, circle, torn, {"title": "x", "mapping": None}, 7)
    found = making.read(path)
    assert [entry.text for entry in found if isinstance(entry, Item)] == ["one", "two", "three"]
    assert making.reasons(path) == [
        "2 conversations were left out, the first of them conversation 3: each has no messages",
        "2 conversations lack their first messages; the others were read",
    ]


def test_what_comes_before_a_cut_is_read(tmp_path: Path) -> None:
    path = write(tmp_path, conversation(node("a", "root", said="one")), conversation(node("b", "root", said="two")))
    path.write_bytes(path.read_bytes()[:-80])
    assert [entry.text for entry in making.read(path) if isinstance(entry, Item)] == ["one"]
    assert making.reasons(path) == ["is cut short after 1 records, which were read"]
    path.write_bytes(path.read_bytes()[:300])
    with pytest.raises(Unreadable):
        making.read(path)


def page(*conversations: object) -> str:
    data = json.dumps(conversations)
    start = "<html>\n<head>\n<title>ChatGPT Data Export</title></head><body><script>\n"
    return f"{start}var jsonData = {data};\nvar assetsJson = {{}};\nfunction x() {{}}</script></body></html>"


def test_the_page_is_read_only_where_it_is_alone(tmp_path: Path) -> None:
    path = tmp_path / "chat.html"
    path.write_text(page(conversation(node("a", "root", said="q"))))
    assert [found.text for found in items(path)] == ["q"]
    path.write_text(page())
    assert making.reasons(path) == ["holds no conversations"]
    write(tmp_path, conversation(node("a", "root", said="q")))
    assert making.read(path) == []


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("user.json", '{"id": "user-1", "email": "a@example.org", "chatgpt_plus_user": false}'),
        ("message_feedback.json", '[{"id": "1", "conversation_id": "c", "rating": "thumbsDown", "content": "{}"}]'),
        ("shared_conversations.json", '[{"id": "1", "conversation_id": "c", "title": "t", "is_anonymous": true}]'),
    ],
)
def test_the_other_files_of_the_export_are_passed_over(tmp_path: Path, name: str, data: str) -> None:
    path = tmp_path / name
    path.write_text(data)
    assert making.read(path) == []


def test_one_conversation_alone(tmp_path: Path) -> None:
    path = tmp_path / "Bread.json"
    path.write_text(json.dumps(conversation(node("a", "root", said="q"))))
    assert [found.text for found in items(path)] == ["q"]


@pytest.mark.parametrize("data", ['{"mapping": {"a": 1}}', '[{"mapping": 1}]', "<title>ChatGPT</title>", '{"id": 1}'])
def test_other_files_are_left_to_others(tmp_path: Path, data: str) -> None:
    path = tmp_path / "user.json"
    path.write_text(data)
    assert chatgpt.claims(sources.open_file(path)) is None


def test_an_end_without_a_time_is_as_late_as_what_it_answers(tmp_path: Path) -> None:
    nodes = [
        node("u", "root", said="Early", create_time=1700000001),
        node("v", "root", said="Edited", create_time=1700000002),
        node("w", "v", "assistant", "Answer", create_time=None),
    ]
    path = write(tmp_path, conversation(*nodes) | {"current_node": None})
    assert [item.text for item in items(path)] == ["Edited", "Answer"]


def test_a_time_of_zero_is_none(tmp_path: Path) -> None:
    (found,) = items(write(tmp_path, conversation(node("u", "root", said="Hi", create_time=0))))
    assert found.time is not None
    assert found.time.year == 2023


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fuzzing.broken(json.dumps([conversation(*hidden())]).encode()))
def test_whatever_is_broken_it_ends_well(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "conversations.json", data, [chatgpt])
