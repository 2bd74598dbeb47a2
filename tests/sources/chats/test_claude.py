"""Claude exports: conversations with their attachments, projects, memories, and who the owner is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme import sources
from secondme.records import Handle, Item, Skipped
from secondme.sources.chats import claude
from tests.sources import fuzzing, making

NOWHERE = "00000000-0000-4000-8000-000000000000"


def message(id_: str, said: str, sender: str = "human", parent: str | None = None, **more: Any) -> dict[str, Any]:
    block = {"start_timestamp": "2025-03-01T10:00:00Z", "type": "text", "text": said, "citations": []}
    return {
        "uuid": id_,
        "text": said,
        "content": [block] if said else [],
        "sender": sender,
        "created_at": "2025-03-01T10:00:00.123456Z",
        "updated_at": "2025-03-01T10:00:00.123456Z",
        "attachments": [],
        "files": [],
        **({} if parent is None else {"parent_message_uuid": parent}),
        **more,
    }


def conversation(*messages: object, name: str = "Bread", **more: Any) -> dict[str, Any]:
    return {
        "uuid": "c-1",
        "name": name,
        "summary": "",
        "created_at": "2025-03-01T09:00:00Z",
        "updated_at": "2025-03-01T11:00:00Z",
        "account": {"uuid": "acc"},
        "chat_messages": list(messages),
        **more,
    }


def write(folder: Path, content: object, name: str = "conversations.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps(content))
    return path


def items(path: Path) -> list[Item]:
    found = making.read(path)
    assert not [entry for entry in found if isinstance(entry, Skipped)], found
    return [entry for entry in found if isinstance(entry, Item)]


def texts(folder: Path, *messages: object, **more: Any) -> list[str]:
    return [found.text for found in items(write(folder, [conversation(*messages, **more)]))]


def test_both_sides_of_a_conversation(tmp_path: Path) -> None:
    mine, answer = items(
        write(tmp_path, [conversation(message("a", "How long?"), message("b", "An hour.", "assistant"))])
    )
    assert (mine.text, mine.speaker, mine.trust) == ("How long?", "me", "own")
    assert (answer.text, answer.speaker, answer.trust) == ("An hour.", "Claude", "machine")
    assert (mine.thread, mine.title, mine.part, mine.kind) == ("Bread", "Bread", "Bread", "message")
    assert mine.time == datetime(2025, 3, 1, 10, 0, 0, 123456, tzinfo=UTC)
    assert (mine.origin, mine.local) == ("claude:c-1", "a")


def test_thoughts_and_tools_are_left_out(tmp_path: Path) -> None:
    blocks = [
        {"type": "thinking", "thinking": "hm"},
        {"type": "text", "text": "Let me look."},
        {"type": "tool_use", "name": "web_search", "input": {"query": "x"}},
        {"type": "tool_result", "content": [{"type": "text", "text": "a page"}]},
        {"type": "text", "text": "Done."},
    ]
    tools = [{"type": "tool_use", "name": "x"}]
    unshown = "```\nThis block is not supported on your current device yet.\n```"
    said = texts(
        tmp_path,
        message("a", "x", "assistant", content=blocks),
        message("b", unshown, "assistant", content=tools),
        message("c", f"{unshown}\n\nOld export", "assistant", content=[]),
    )
    assert said == ["Let me look.\n\nDone.", "Old export"]


def test_the_text_of_an_attachment_is_an_item_of_its_own(tmp_path: Path) -> None:
    pasted = {"file_name": "recipe.txt", "file_size": 12, "file_type": "txt", "extracted_content": "Flour, water"}
    picture = {"file_name": "x.png", "extracted_content": ""}
    mine, attached = items(
        write(tmp_path, [conversation(message("a", "Is that right?", attachments=[pasted, picture]))])
    )
    assert mine.text == "Is that right?"
    assert (attached.kind, attached.title, attached.text) == ("note", "recipe.txt", "Flour, water")
    assert (attached.thread, attached.part, attached.trust) == ("Bread", "Bread › recipe.txt", "other")
    assert (attached.origin, attached.local, attached.time) == ("claude:c-1", "a/1", mine.time)


def test_a_long_attachment_comes_in_parts(tmp_path: Path) -> None:
    pasted = {"file_name": "long.txt", "extracted_content": "word " * 40_000}
    found = items(write(tmp_path, [conversation(message("a", "", attachments=[pasted]))]))
    assert "".join(entry.text for entry in found) == ("word " * 40_000).strip()
    assert len({entry.local for entry in found}) == len(found) > 1


TREE = [
    message("a", "first question", parent=NOWHERE),
    message("b", "first answer", "assistant", "a"),
    message("c", "edited question", parent=NOWHERE),
    message("d", "one answer", "assistant", "c"),
    message("e", "another answer", "assistant", "c"),
]


def test_only_the_branch_that_is_shown_is_read(tmp_path: Path) -> None:
    assert texts(tmp_path, *TREE) == ["edited question", "another answer"]
    assert texts(tmp_path, *TREE, current_leaf_message_uuid="b") == ["first question", "first answer"]
    assert texts(tmp_path, *TREE, current_leaf_message_uuid="d") == ["edited question", "one answer"]
    assert texts(tmp_path, *TREE, message("f", "back", parent="b")) == ["first question", "first answer", "back"]


def test_a_circle_and_missing_parents_come_to_an_end(tmp_path: Path) -> None:
    torn = [message("a", "one", parent="gone"), message("b", "two", parent="c"), message("c", "three", parent="b")]
    assert texts(tmp_path, *torn) == ["one", "two", "three"]


def test_a_later_export_gives_the_old_messages_the_same_identity(tmp_path: Path) -> None:
    old = items(write(tmp_path, [conversation(*TREE[:2])]))
    new = items(write(tmp_path, [conversation(message("z", "z"), uuid="c-2"), conversation(*TREE[:2])], "new.json"))
    assert [(entry.origin, entry.local) for entry in new[1:]] == [(entry.origin, entry.local) for entry in old]


def test_a_project_is_its_instructions_and_its_documents(tmp_path: Path) -> None:
    document = {"uuid": "d-1", "filename": "plan.md", "content": "# Plan", "created_at": "2025-01-02T00:00:00Z"}
    project = {
        "uuid": "p-1", "name": "Bakery", "description": "All of it", "is_private": True, "is_starter_project": False,
        "prompt_template": "Be brief", "created_at": "2025-01-01T00:00:00Z", "creator": {"full_name": "Anna"},
        "docs": [document],
    }  # fmt: skip
    about, plan = items(
        write(tmp_path, [project, {**project, "uuid": "p-2", "is_starter_project": True}], "projects.json")
    )
    assert (about.text, about.title, about.trust) == ("All of it\n\nBe brief", "Bakery", "own")
    assert (plan.text, plan.title, plan.part, plan.local) == ("# Plan", "plan.md", "Bakery › plan.md", "d-1")


def test_memories_are_the_assistant_s_and_users_json_is_the_owner(tmp_path: Path) -> None:
    memories = [
        {"conversations_memory": "Likes rye.", "project_memories": {"p-1": "Opens in May."}, "account_uuid": "acc"}
    ]
    found = items(write(tmp_path, memories, "memories.json"))
    assert [(entry.text, entry.trust) for entry in found] == [("Likes rye.", "machine"), ("Opens in May.", "machine")]
    user = [
        {"uuid": "acc", "full_name": "Anna Berg", "email_address": "Anna@example.org", "verified_phone_number": None}
    ]
    (owner,) = items(write(tmp_path, user, "users.json"))
    assert (owner.kind, owner.text) == ("contact", "Anna Berg\nAnna@example.org")
    assert owner.people == (Handle("Anna Berg", "mailto:anna@example.org", "about"),)


def test_what_is_broken_is_said_and_the_rest_is_read(tmp_path: Path) -> None:
    odd = conversation(
        message("a", "one", created_at="soon"), 5, None, created_at=None, chat_messages=[message("b", "two")]
    )
    path = write(tmp_path, [conversation(message("a", "one")), "x", odd, conversation(chat_messages=None)])
    assert [entry.text for entry in making.read(path) if isinstance(entry, Item)] == ["one", "two"]
    assert making.reasons(path) == ["record 2 was left out: it is of no use"]
    path.write_bytes(path.read_bytes()[:-300])
    assert "cut short" in " ".join(making.reasons(path))
    assert "any words" in making.reasons(write(tmp_path, [conversation()]))[0]


@pytest.mark.parametrize("data", ['[{"uuid": "1", "name": "x"}]', '{"full_name": "x"}', "[]", "x"])
def test_other_files_are_left_to_others(tmp_path: Path, data: str) -> None:
    path = tmp_path / "conversations.json"
    path.write_text(data)
    assert claude.claims(sources.open_file(path)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(fuzzing.broken(json.dumps([conversation(*TREE), conversation(message("x", "y"))]).encode()))
def test_whatever_is_broken_it_ends_well(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "conversations.json", data, [claude])
