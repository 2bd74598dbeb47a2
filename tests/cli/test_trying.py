from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from secondme.recall import tuning
from tests.cli.conftest import Life, calm, make_home, shown
from tests.recall.talks import talk

KEPT = ("questions.jsonl", "trials.jsonl")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Life:
    folder = tmp_path_factory.mktemp("talk")
    life = Life(make_home(folder / "home"), folder / "notes")
    life.notes.mkdir()
    talk(life.notes)
    assert life.quick("ingest", life.notes).exit_code == 0
    return life


@pytest.fixture
def told(made: Life, tmp_path: Path) -> Life:
    """A memory that questions can be made of."""
    return Life(shutil.copytree(made.home, tmp_path / "home"), made.notes)


def test_tune_says_what_was_predicted_and_what_was_so(told: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    dry = told.quick("tune", "-n", "20", "--dry-run")
    assert dry.exit_code == 0, dry.output
    assert "20 questions about this memory" in dry.stdout
    assert "expected calibration error" in dry.stdout
    monkeypatch.setattr(tuning, "beats", lambda ours, default, cases: True)
    assert "It would be kept" in told.quick("tune", "-n", "20", "--dry-run").stdout
    kept = told.quick("tune", "-n", "20")
    assert "The corrected one counts from now on" in kept.stdout
    found = json.loads(told.quick("tune", "-n", "20", "--json").stdout)
    assert found["version"] == 1
    assert found["kept"] is True
    assert found["calibration"]["slope"] > 0
    assert {"error", "loss", "auroc", "caught", "table"} == set(found["before"])


def test_a_memory_that_is_too_small_is_told_in_two_sentences(life: Life) -> None:
    for command in (["tune"], ["eval", "--make"]):
        done = life.run(*command)
        calm(done.stderr)
        assert (done.returncode, done.stdout) == (1, "")
        assert "ingest" in done.stderr


def test_eval_needs_a_sealed_set_and_compares_with_the_first_run(told: Life) -> None:
    none = told.run("eval")
    calm(none.stderr)
    assert none.returncode == 2
    first = told.quick("eval", "--make", "-n", "30")
    assert first.exit_code == 0, first.output
    assert "30 questions" in first.stdout
    assert "first run" in first.output
    again = told.quick("eval")
    assert again.exit_code == 0
    assert "Not worse beyond chance" in again.output
    found = json.loads(told.quick("eval", "--json").stdout)
    assert (found["questions"], found["worse"], found["accepted"]) == (30, False, False)
    assert found["differences"]["mrr"]["mean"] == 0
    assert found["measures"]["recall@10"] == found["before"]["recall@10"] > 0.5
    assert told.quick("eval", "--make").exit_code == 2


def test_a_worse_run_ends_with_1_until_it_is_accepted(told: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    told.quick("eval", "--make", "-n", "30")
    monkeypatch.setattr("secondme.trials.own._rank", lambda one, hits: 0)  # nothing is found any more
    worse = told.quick("eval")
    assert worse.exit_code == 1
    assert "worse" in worse.stdout
    assert told.quick("eval", "--accept").exit_code == 0
    assert told.quick("eval").exit_code == 0


def test_another_model_is_tried_before_reindexing(told: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    told.quick("eval", "--make", "-n", "20")
    lines = (told.home / "profiles" / "default" / "trials.jsonl").read_text()
    tried = told.quick("eval", "--embedder", "fake")
    assert tried.exit_code == 0, tried.output
    assert "On a part of memory, 68 passages" in tried.output
    assert "secondme reindex --embedder fake" in tried.output
    assert (told.home / "profiles" / "default" / "trials.jsonl").read_text() == lines
    assert told.quick("eval", "--embedder", "nomic-embed-1.5").exit_code == 1
    assert told.quick("eval", "--embedder", "fake", "--accept").exit_code == 2


def test_what_is_forgotten_is_in_no_file_of_a_trial(told: Life) -> None:
    told.quick("eval", "--make", "-n", "40")
    told.quick("tune", "-n", "20")
    assert told.quick("forget", told.notes / "talk.jsonl", "--yes").exit_code == 0
    held = [path for path in told.home.rglob("*") if path.is_file()]
    assert {path.name for path in held} >= set(KEPT)
    for path in held:
        for word in (b"greyhound", b"accordion", b"climbing", b"Cleo"):
            assert word not in path.read_bytes(), path
    gone = told.run("eval")
    calm(gone.stderr)
    assert gone.returncode == 2


def test_published_sets_are_asked_by_the_installed_program(told: Life, tmp_path: Path) -> None:
    from tests.benchmarks.test_layouts import BOAT, OTHER, SAILS, entry, written
    from tests.benchmarks.test_runs import TWELVE

    data = written(tmp_path, "toy.json", [TWELVE])
    done = told.quick("eval", "locomo", "--data", data, "--embedder", "fake")
    assert done.exit_code == 0, done.output
    assert "recall@10" in done.stdout
    assert "12 messages" in done.output
    written(tmp_path, "evidence-toy.json", [entry("q", SAILS, BOAT), entry("r_abs", BOAT)])
    written(tmp_path, "distractors-toy.jsonl", [OTHER])
    found = json.loads(told.quick("eval", "longmemeval", "--data", tmp_path, "--embedder", "fake", "--json").stdout)
    assert [row["name"] for row in found["rows"]] == ["multi-session", "all", "unanswerable"]
    for wrong in (tmp_path / "nowhere.json", tmp_path / "evidence-toy.json"):
        assert told.quick("eval", "locomo", "--data", wrong).exit_code == 2


def test_progress_is_shown_on_a_terminal_only(told: Life) -> None:
    assert "asking" not in told.run("tune", "-n", "20", "--dry-run").stderr
    assert "asking" in shown(told.on_terminal("tune", "-n", "20", "--dry-run"))


@pytest.mark.models
def test_a_real_memory_is_tuned_and_tried(real_life: Life, tmp_path: Path) -> None:
    """On the sample life, in a copy of its home."""
    home = tmp_path / "home"
    shutil.copytree(real_life.home, home, symlinks=True)
    copied = Life(home, real_life.notes)
    tuned = json.loads(copied.run("tune", "--json", "-n", "60").stdout)
    assert tuned["questions"] == 60
    assert tuned["before"]["auroc"] > 0.7
    assert tuned["after"]["error"] < 0.2
    done = copied.run("eval", "--make", "-n", "60", "--json")
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["measures"]["recall@10"] > 0.85
    assert found["measures"]["auroc"] > 0.7
    assert (home / "profiles" / "default" / KEPT[1]).exists()
