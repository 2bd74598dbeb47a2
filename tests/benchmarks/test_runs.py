"""Whole runs with the fake embedder: files in, `Me.recall` out, a table and a JSON file."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from benchmarks.recall import lifetime, speed
from benchmarks.recall.__main__ import main
from secondme.trials import report
from secondme.trials.questions import Asked, Question
from tests.benchmarks.test_layouts import BOAT, OTHER, SAILS, entry, written

SAID = [
    ("Ada", "I planted seven tulips behind the shed."),
    ("Bo", "The kiln arrives on Thursday."),
    ("Ada", "My sister Cleo moved to Ghent."),
    ("Bo", "I sold the old bicycle for forty euros."),
    ("Ada", "The choir sings Fauré in December."),
    ("Bo", "Our cat hides under the stairs."),
]
TWELVE = {
    "sample_id": "toy",
    "conversation": {
        f"session_{s}{end}": value
        for s in (1, 2)
        for end, value in {
            "_date_time": f"9:00 am on {s} March, 2024",
            "": [
                {"speaker": who, "dia_id": f"D{s}:{n}", "text": text if s == 1 else f"Later: {text[::-1]}"}
                for n, (who, text) in enumerate(SAID, 1)
            ],
        }.items()
    },
    "qa": [
        {"question": "Where did Cleo, the sister, move?", "evidence": ["D1:3"], "category": 4},
        {"question": "What did Bo do with the bicycle and the kiln?", "evidence": ["D1:2; D1:4"], "category": 1},
        {"question": "Which instrument does Bo play?", "evidence": ["D1:1"], "category": 5},
    ],
}


@pytest.fixture(autouse=True)
def _fake_home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("SECONDME_HOME", str(tmp_path / "installed"))


def run(tmp_path: Path, *arguments: str | Path) -> dict[str, Any]:
    out = tmp_path / "out.json"
    main([*map(str, arguments), "--embedder", "fake", "--json", str(out)])
    found: dict[str, Any] = json.loads(out.read_text(encoding="utf-8"))
    return found


def test_locomo_end_to_end(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = written(tmp_path, "toy.json", [TWELVE])
    result = run(tmp_path, "locomo", "--data", data, "--keep", tmp_path / "kept")
    rows = {row["name"]: row for row in result["rows"]}
    assert set(rows) == {"multi-hop", "single-hop", "all (1-4)"}
    assert rows["single-hop"]["recall@1"] == 1
    assert (rows["multi-hop"]["recall@1"], rows["multi-hop"]["hit@1"], rows["multi-hop"]["recall@20"]) == (0.5, 1, 1)
    assert rows["all (1-4)"]["questions"] == 2
    assert (result["abstention"]["answerable"], result["abstention"]["unanswerable"]) == (2, 1)
    assert result["questions"][0]["ranks"] == {"toy/D1:3": 1}
    assert "recall@10" in capsys.readouterr().out

    before = tmp_path / "before.json"
    (tmp_path / "out.json").rename(before)
    run(tmp_path, "locomo", "--data", data, "--together", "--compare", before, "--keep", tmp_path / "kept")
    shown = capsys.readouterr().out
    assert "+0.0" in shown
    assert "recall@10 of 3 questions: 0 better, 0 worse" in shown


def test_longmemeval_end_to_end(tmp_path: Path) -> None:
    written(tmp_path, "evidence-toy.json", [entry("q", SAILS, BOAT), entry("r_abs", BOAT)])
    written(tmp_path, "distractors-toy.jsonl", [OTHER])
    talk = written(tmp_path, "talk.json", [TWELVE])
    result = run(tmp_path, "longmemeval", "--data", tmp_path, "--noise", talk)
    rows = {row["name"]: row for row in result["rows"]}
    assert set(rows) == {"multi-session", "all", "unanswerable"}
    assert rows["all"]["questions"] == rows["unanswerable"]["questions"] == 1
    assert rows["all"]["recall@20"] == 1
    assert result["questions"][0]["best"][0] == "chat-0001/1"


def test_longmemeval_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(SystemExit, match="evidence"):
        main(["longmemeval", "--data", str(tmp_path)])


def test_life_end_to_end(tmp_path: Path) -> None:
    result = run(tmp_path, "life", "svendborg", "--limit", "5")
    assert [row["name"] for row in result["rows"]] == ["svendborg", "all"]
    assert result["rows"][0]["questions"] <= 5
    assert 0 < result["rows"][0]["hit@10"] <= 1


def test_speed_end_to_end_and_a_kept_store_is_used_again(tmp_path: Path) -> None:
    options = ["speed", "--passages", "300", "--no-chroma", "--limit", "6", "--cold", "1", "--keep", str(tmp_path)]
    result = run(tmp_path, *options)
    store = result["stores"]["300"]
    assert 250 < store["passages"] < 400
    assert store["left out"] == 0
    assert (store["bytes"]["chroma"], store["bytes"]["flat"] > 0) == (0, True)
    assert [row["questions"] for row in result["rows"]] == [1, 1, 1, 1, 1, 1, 6, 1]
    assert run(tmp_path, *options)["stores"]["300"]["seconds"] == store["seconds"]


def test_a_lifetime_is_the_same_each_time_and_its_common_words_are_common(tmp_path: Path) -> None:
    one, other = lifetime.write(tmp_path / "a", 2_000), lifetime.write(tmp_path / "b", 2_000)
    assert [path.read_bytes() for path in one[:-1]] == [path.read_bytes() for path in other[:-1]]
    said = [json.loads(line)["text"].lower().split() for path in one[:-1] for line in path.read_text().splitlines()]
    assert 0.2 < sum("the" in words for words in said) / len(said) < 0.7
    assert 0.005 < sum("work" in words for words in said) / len(said) < 0.1


def test_questions_of_speed_are_repeatable_and_of_each_kind() -> None:
    asked = list(speed.questions(10_000, 12))
    assert asked == list(speed.questions(10_000, 12))
    assert [kind for kind, _ in asked[:6]] == list(speed.FORMS)
    assert not any("{" in text for _, text in asked)


def asked(probability: float, *, answerable: bool, units: tuple[str, ...] = ("a", "b")) -> Asked:
    gold = frozenset({"b"}) if answerable else frozenset()
    question = Question(f"q{probability}", "?", "kind", gold, gold, answerable)
    return Asked(question, units, units, probability, 0.0, 0.01)


def test_the_probability_is_what_abstention_goes_by_where_there_is_one() -> None:
    known = report.abstention([asked(0.9, answerable=True), asked(0.2, answerable=False)])
    assert (known["by"], known["auroc"], known["caught at 5 % refused"]) == ("answerable", 1, 1)
    assert known["ece"] == pytest.approx(0.15)
    assert "answerable" in report.told(known)


def test_questions_without_evidence_are_counted_apart() -> None:
    answers = [asked(0.9, answerable=True), asked(0.2, answerable=False)]
    (kind, everything) = report.rows(answers, ["kind"], "all")
    assert kind["questions"] == everything["questions"] == 1
    assert (everything["recall@1"], everything["recall@3"]) == (0, 1)
