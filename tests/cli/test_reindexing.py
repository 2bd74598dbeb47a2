"""secondme reindex, as a person runs it."""

from __future__ import annotations

import json
import signal
import time
from pathlib import Path

import pytest

from tests.cli.conftest import Life, calm, make_home, shown


@pytest.fixture
def filled(own: Life) -> Life:
    for n in range(12):
        (own.notes / f"{n}.md").write_text(f"# Note {n}\n\nThe dentist of person{n} is in street number {n}.\n")
    assert own.run("ingest", own.notes).returncode == 0
    return own


def test_it_says_what_was_made(filled: Life) -> None:
    done = filled.run("reindex")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("The index is made anew: 12 passages, none embedded; ")
    told = json.loads(filled.run("reindex", "--json").stdout)
    assert (told["passages"], told["embedded"], told["embedder"], told["before"]) == (12, 0, "fake-64", "fake-64")
    assert told["bytes"] > 0
    assert filled.run("recall", "dentist of person7").returncode == 0


def test_a_model_that_is_not_there_is_named(filled: Life) -> None:
    for model, sentence in (
        ("nomic-embed-1.5", "not on this machine"),
        ("nothing-of-this-name", "nothing-of-this-name"),
    ):
        done = filled.run("reindex", "--embedder", model)
        assert done.returncode in (1, 2)
        calm(done.stderr)
        assert sentence in done.stderr
    done = filled.run("reindex", "--embedder", "smollm2-135m")
    assert done.returncode == 2
    assert "no embedder" in done.stderr
    assert list((filled.home / "profiles" / "default").glob("chroma.1*")) == []


def test_on_a_terminal_the_bar_leaves_one_line(filled: Life) -> None:
    assert "The index is made anew" in shown(filled.on_terminal("reindex")).splitlines()[-1]


@pytest.mark.models
def test_the_model_is_changed_and_the_setting_follows(tmp_path: Path, starter_models: Path) -> None:
    life = Life(make_home(tmp_path / "home", 'model = "fake"\nembedder = "fake"\n'), tmp_path / "notes")
    (life.home / "models").symlink_to(starter_models)
    life.notes.mkdir()
    for n in range(150):
        text = " ".join(f"Word{n * k % 89} of {n} things in the garden of person{k}." for k in range(20))
        (life.notes / f"{n}.md").write_text(text)
    (life.notes / "bike.md").write_text("Jonas mended my bicycle in his garage for 45 euro.\n")
    assert life.run("ingest", life.notes).returncode == 0
    assert life.run("--profile", "other", "ingest", life.notes / "bike.md").returncode == 0

    running = life.start("reindex", "--embedder", "minilm-l6")
    until = time.monotonic() + 60
    while not (life.home / "profiles" / "default" / "chroma.1" / "flat" / "scales").exists():
        assert time.monotonic() < until
        time.sleep(0.02)
    assert life.run("recall", "bicycle").returncode == 0  # with the old one
    running.send_signal(signal.SIGINT)
    _, stderr = running.communicate(timeout=60)
    assert running.returncode == 130
    calm(stderr)
    assert "`secondme reindex --embedder minilm-l6` goes on" in stderr
    assert "minilm-l6/int8 is unfinished" in life.run("doctor").stdout
    assert "is unfinished, and the settings name fake" in life.run("reindex").stderr

    done = life.run("reindex", "--embedder", "minilm-l6")
    assert done.returncode == 0, done.stderr
    assert "now with minilm-l6/int8" in done.stdout
    assert "secondme --profile other reindex" in done.stderr
    assert 'embedder = "minilm-l6"' in (life.home / "config.toml").read_text()
    first = json.loads(life.run("recall", "who repaired the bike?", "--json").stdout)["hits"][0]
    assert first["source"].endswith("bike.md")
    refused = life.run("--profile", "other", "recall", "bicycle")
    assert refused.returncode == 1
    assert "secondme reindex" in refused.stderr
    assert "1 embedded" in life.run("--profile", "other", "reindex").stdout
