"""Whole runs of benchmarks/memory with the fake embedder: files in, tables and a JSON file out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.memory import updates
from benchmarks.memory.__main__ import main
from benchmarks.recall import life
from tests.benchmarks.test_layouts import written
from tests.benchmarks.test_runs import TWELVE

PROFILE = {
    "user_id": "ada_01",
    "name": "Ada",
    "sessions": [
        {
            "session_id": 1,
            "turns": [
                {"role": "user", "content": "I'm a nurse in Ghent. I use Emacs for my notes."},
                {"role": "assistant", "content": "Good to know! Emacs is powerful."},
            ],
            "expected_memories_after": [
                {"fact": "Nurse in Ghent", "type": "identity", "importance": "high"},
                {"fact": "Uses Emacs", "type": "tool", "importance": "low"},
            ],
        },
        {
            "session_id": 2,
            "turns": [{"role": "user", "content": "I'm switching from Emacs to Helix."}],
            "expected_memories_after": [
                {"fact": "Switched from Emacs to Helix", "type": "tool_update", "contradicts": "Uses Emacs"}
            ],
        },
        {
            "session_id": 3,
            "turns": [{"role": "user", "content": "Which secret of the last session leaked?"}],
            "expected_memories_after": [],
        },
    ],
    "memory_tests": [
        {
            "test_id": "t1",
            "query": "Which editor do I use?",
            "required_memories": ["Switched from Emacs to Helix"],
            "correct_answer": "You switched from Emacs to Helix.",
            "wrong_answer": "You use Emacs.",
            "category": "contradiction_update",
        },
        {
            "test_id": "t2",
            "query": "Do you remember the parrot?",
            "required_memories": [],
            "correct_answer": "I don't remember",
            "wrong_answer": "Yes, the parrot bit the postman.",
            "category": "noise_resistance",
        },
    ],
}


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No home but this one, and a sample life of two notes."""
    monkeypatch.setenv("SECONDME_HOME", str(tmp_path / "installed"))
    sample = tmp_path / "sample"
    sample.mkdir()
    (sample / "me.md").write_text("---\ndate: 2026-03-01\n---\nI live in Ghent. My sister Cleo plays the cello.\n")
    (sample / "tea.md").write_text("---\ndate: 2026-03-02\n---\nI like green tea. I bought a kettle for 40 euro.\n")
    monkeypatch.setitem(life.LIVES, "sample", (sample, sample / "questions.toml"))


def run(tmp_path: Path, *arguments: str | Path) -> dict[str, Any]:
    out = tmp_path / "out.json"
    main([*map(str, arguments), "--embedder", "fake", "--json", str(out)])
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_the_last_session_is_never_read_and_sessions_are_in_order(tmp_path: Path) -> None:
    (user,) = updates.users(written(tmp_path, "profiles.json", [PROFILE]))
    (turns,) = user.store.chats.values()
    assert [turn.unit for turn in turns] == ["ada_01/1/1", "ada_01/1/2", "ada_01/2/1"]
    times = [turn.record["timestamp"] for turn in turns]
    assert times == sorted(times)
    assert user.now.isoformat() > times[-1]
    assert [memory.before for memory in user.memories] == ["", "", "Uses Emacs"]


def test_updates_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path, "profiles.json", [PROFILE])
    result = run(tmp_path, "updates", "--data", data)
    expected, contradictions, right = result["tables"]
    assert [row["memories"] for row in expected["rows"]] == [3, 3]
    assert [row["name"] for row in expected["rows"]] == ["facts off", "facts on"]
    assert all(row["by passage@3"] == 1 for row in expected["rows"])
    assert contradictions["title"] == "contradictions (1 tests, 1 pairs of memories)"
    assert all(row["noise_resistance"] == 1 for row in right["rows"])
    (user,) = result["users"]
    assert user["tests"][0]["new"] == ["helix"]
    assert len(user["tests"][0]["facts on verdicts"]) >= 3
    assert "expected memories" in capsys.readouterr().out


def test_a_file_of_another_layout_is_said_to_be_one(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="not laid out as"):
        main(["updates", "--data", str(written(tmp_path, "profiles.json", [{"user": 1}]))])


def test_fabrication_end_to_end_and_on_a_ledger_that_is_there(tmp_path: Path) -> None:
    data = written(tmp_path, "toy.json", [TWELVE])
    result = run(tmp_path, "fabrication", "--data", data, "--keep", tmp_path / "kept")
    rows = {row["name"]: row for row in result["tables"][0]["rows"]}
    assert set(rows) == {"toy", "sample life", "all"}
    assert rows["all"]["facts"] == rows["toy"]["facts"] + rows["sample life"]["facts"] > 3
    assert (rows["all"]["verified"], rows["all"]["junk"]) == (1, 0)
    assert rows["all"]["not there"] == rows["all"]["gone"] == 0
    again = run(tmp_path, "fabrication", "--ledger", tmp_path / "kept/toy/profiles/default/ledger.db")
    assert again["tables"][0]["rows"][-1]["facts"] == rows["toy"]["facts"]


def test_recall_end_to_end(tmp_path: Path) -> None:
    data = written(tmp_path, "toy.json", [TWELVE])
    result = run(tmp_path, "recall", "--locomo", data)
    (table,) = result["tables"]
    assert {row["name"] for row in table["rows"]} == {
        f"{kind}, facts {way}" for kind in ("multi-hop", "single-hop", "all") for way in ("off", "on")
    }
    assert [run["questions"][0]["text"] for run in result["runs"]["locomo"].values()] == [
        "Where did Cleo, the sister, move?"
    ] * 2


def test_scale_end_to_end_with_every_kind_of_outcome(tmp_path: Path) -> None:
    result = run(tmp_path, "scale", "--facts", "300", "--limit", "40")
    (table,) = result["tables"]
    assert [row["claims"] for row in table["rows"]] == [10, 10, 10, 10, 40]
    assert "said again: MERGE 10" in result["notes"][0]
    assert "ends another: UPDATE" in result["notes"][0]


def test_cost_end_to_end(tmp_path: Path) -> None:
    result = run(tmp_path, "cost", "--budget", "0", "--notes", "4")
    reading, taking_in = result["tables"]
    (sample,) = reading["rows"]
    assert sample["passages"] == 2
    assert sample["facts"] >= 3
    assert taking_in["rows"][0]["notes"] == 4
