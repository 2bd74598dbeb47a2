"""The layouts of the data sets, on conversations made up here."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from secondme.errors import UsageError
from secondme.trials import locomo, longmemeval

DATA = os.environ.get("SECONDME_TEST_DATA")

TALK = {
    "sample_id": "talk-1",
    "conversation": {
        "speaker_a": "Ada",
        "speaker_b": "Bo",
        "session_10_date_time": "12:05 am on 3 March, 2024",
        "session_10": [{"speaker": "Bo", "dia_id": "D10:1", "text": "The kiln is here."}],
        "session_2_date_time": "1:56 pm on 28 February, 2024",
        "session_2": [
            {"speaker": "Ada", "dia_id": "D2:1", "text": "Did you order it?"},
            {"speaker": "Bo", "dia_id": "D2:2", "text": "Yes.", "blip_caption": "a photo of a kiln"},
        ],
        "session_3_date_time": "9:00 am on 1 March, 2024",
    },
    "qa": [
        {"question": "What came?", "answer": "a kiln", "evidence": ["D2:2; D10:1", "D99:1"], "category": 1},
        {"question": "Who is kind?", "answer": "Bo", "evidence": [], "category": 3},
        {"question": "What did Ada order?", "evidence": ["D2:1"], "category": 5, "adversarial_answer": "a kiln"},
    ],
}


def written(folder: Path, name: str, content: Any) -> Path:
    path = folder / name
    lines = isinstance(content, list) and name.endswith(".jsonl")
    text = "".join(json.dumps(one) + "\n" for one in content) if lines else json.dumps(content)
    path.write_text(text, encoding="utf-8")
    return path


def test_a_locomo_conversation_is_one_chat_in_the_order_of_its_sessions(tmp_path: Path) -> None:
    (store,) = locomo.stores(written(tmp_path, "data.json", [TALK]))
    (turns,) = store.chats.values()
    assert [(turn.unit, turn.session) for turn in turns] == [
        ("talk-1/D2:1", "talk-1/2"),
        ("talk-1/D2:2", "talk-1/2"),
        ("talk-1/D10:1", "talk-1/10"),
    ]
    assert [turn.record["time"] for turn in turns] == [
        "2024-02-28T13:56:00",
        "2024-02-28T13:56:05",
        "2024-03-03T00:05:00",
    ]
    assert turns[1].record["text"] == "Yes. [shares a photo: a photo of a kiln]"
    assert turns[1].record["speaker"] == "Bo"


def test_locomo_evidence_may_name_several_turns_in_one_string_and_turns_that_are_not_there(tmp_path: Path) -> None:
    (store,) = locomo.stores(written(tmp_path, "data.json", [TALK]))
    first, second, third = store.questions
    assert first.gold == {"talk-1/D2:2", "talk-1/D10:1"}
    assert first.sessions == {"talk-1/2", "talk-1/10"}
    assert (first.kind, second.kind, third.kind) == ("multi-hop", "open-domain", "unanswerable")
    assert not second.gold
    assert [q.answerable for q in store.questions] == [True, True, False]


def test_locomo_conversations_go_into_one_store_if_asked(tmp_path: Path) -> None:
    path = written(tmp_path, "data.json", [TALK, {**TALK, "sample_id": "talk-2"}])
    assert [len(store.questions) for store in locomo.stores(path)] == [3, 3]
    (store,) = locomo.stores(path, together=True)
    assert list(store.chats) == ["talk-1.jsonl", "talk-2.jsonl"]
    assert {question.id for question in store.questions} >= {"talk-1/q1", "talk-2/q1"}


def entry(id_: str, *sessions: tuple[str, list[dict[str, Any]]]) -> dict[str, Any]:
    return {
        "question_id": id_,
        "question_type": "multi-session",
        "question": "Which boat did I buy?",
        "question_date": "2023/05/30 (Tue) 01:50",
        "haystack_dates": [date for date, _ in sessions],
        "haystack_sessions": [turns for _, turns in sessions],
    }


BOAT = ("2023/05/20 (Sat) 02:21", [{"role": "user", "content": "I bought the blue boat.", "has_answer": True}])
SAILS = (
    "2023/05/21 (Sun) 10:00",
    [
        {"role": "user", "content": "Which sails fit it?"},
        {"role": "assistant", "content": "Dacron ones.", "has_answer": True},
    ],
)
OTHER = {"session_id": "s", "date": "2023/05/20 (Sat) 23:00", "turns": [{"role": "user", "content": "A riddle?"}]}


def test_longmemeval_sessions_are_one_persons_chats_called_by_their_order_in_time(tmp_path: Path) -> None:
    evidence = written(tmp_path, "evidence-1.json", [entry("q", SAILS, BOAT), entry("r_abs", BOAT)])
    store = longmemeval.store([evidence], [written(tmp_path, "distractors-1.jsonl", [OTHER])])
    assert [(turn.unit, turn.record["role"]) for turn in store.chats[longmemeval.CHATS]] == [
        ("chat-0001/1", "user"),
        ("chat-0002/1", "user"),
        ("chat-0003/1", "user"),
        ("chat-0003/2", "assistant"),
    ]
    both, absent = store.questions
    assert both.gold == {"chat-0001/1", "chat-0003/2"}
    assert both.sessions == {"chat-0001", "chat-0003"}
    assert both.now == datetime(2023, 5, 30, 1, 50, tzinfo=UTC)
    assert (both.answerable, absent.answerable) == (True, False)


def test_longmemeval_takes_other_chats_as_noise_and_asks_nothing_of_them(tmp_path: Path) -> None:
    evidence = written(tmp_path, "evidence-1.json", [entry("q", BOAT)])
    store = longmemeval.store([evidence], [], locomo.stores(written(tmp_path, "talks.json", [TALK])))
    assert list(store.chats) == [longmemeval.CHATS, "talk-1.jsonl"]
    assert len(store.questions) == 1


def test_a_date_of_another_kind_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="yesterday"):
        longmemeval.moment("yesterday")


@pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder")
def test_the_data_sets_as_they_are_published(tmp_path: Path) -> None:
    folder = Path(DATA or "")
    talks = [store for path in folder.glob("locomo/*.json") for store in locomo.stores(path)]
    assert talks
    for store in talks:
        assert min(len(turns) for turns in store.chats.values()) > 100
        assert sum(not question.gold for question in store.questions) < len(store.questions) / 50
    evidence, distractors = (sorted(folder.glob(f"longmemeval/{name}")) for name in ("evid*.json", "distr*.jsonl"))
    chats = longmemeval.store(evidence, distractors)
    assert len(chats.chats[longmemeval.CHATS]) > 500
    assert all(question.gold for question in chats.questions if question.answerable)
