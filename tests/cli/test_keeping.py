"""status, doctor, config, models, profiles: what is kept where, and how it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.cli.conftest import Life, calm, make_home


def said(life: Life, *args: str | Path) -> dict[str, Any]:
    """The JSON of a command that succeeds."""
    done = life.quick(*args, "--json")
    assert (done.exit_code, done.stderr) == (0, "")
    result: dict[str, Any] = json.loads(done.stdout)
    assert result.pop("version") == 1
    return result


# ---- status and doctor


def test_status_says_what_is_kept_and_where(life: Life) -> None:
    done = life.run("status")
    assert (done.returncode, done.stderr) == (0, 'Next: secondme ask "…", or secondme reflect to learn facts\n')
    assert done.stdout.splitlines()[0] == "memory   3 sources, 3 items, 3 passages"
    assert f"kept in  {life.home / 'profiles' / 'default'} (" in done.stdout
    status = said(life, "status")
    expected = {"sources": 3, "items": 3, "passages": 3, "profile": "default", "model": "fake", "missing_models": []}
    assert {key: status[key] for key in expected} == expected
    assert status["unfinished"] == 0
    assert Path(status["home"]).is_relative_to(life.home)
    assert status["bytes"] > 10_000


def test_status_of_an_empty_home_says_what_comes_next_and_makes_nothing(own: Life) -> None:
    assert "secondme ingest" in own.quick("status").stderr
    fresh = Life(own.home.parent / "nothing" / "yet", own.notes)
    done = fresh.quick("status")
    assert "(not on this machine)" in done.stdout
    assert "secondme models pull smollm2-135m minilm-l6" in done.stderr
    assert not fresh.home.exists()


def test_doctor_finds_a_sound_memory_sound(life: Life) -> None:
    done = life.run("doctor")
    assert (done.returncode, done.stderr) == (0, "")
    assert all(line.startswith(("ok ", " ")) for line in done.stdout.splitlines())
    names = {finding["name"] for finding in said(life, "doctor")["findings"]}
    assert names >= {"Python", "SQLite", "disk", "vectors", "answers", "ledger", "index", "self-queries"}


def test_doctor_fails_where_something_is_bad_and_repair_mends_the_index(own: Life) -> None:
    (own.notes / "heron.md").write_text("The heron stood at the canal.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    for file in (own.home / "profiles" / "default" / "chroma").rglob("*"):
        if file.is_file():
            file.write_bytes(b"not what it was")
    bad = own.run("doctor")
    assert (bad.returncode, bad.stderr) == (1, "")
    assert "BAD index" in bad.stdout.replace("  ", " ")
    assert "secondme doctor --repair" in bad.stdout
    findings = json.loads(own.run("doctor", "--json").stdout)["findings"]
    assert [finding["name"] for finding in findings if not finding["ok"]] == ["index"]
    mended = own.run("doctor", "--repair")
    assert (mended.returncode, mended.stderr) == (0, "The index is made anew: 1 passage.\n")


def test_doctor_names_the_models_that_are_missing(tmp_path: Path) -> None:
    done = Life(make_home(tmp_path / "home", ""), tmp_path).run("doctor")
    assert done.returncode == 1
    assert "secondme models pull smollm2-135m" in done.stdout
    assert "secondme models pull minilm-l6" in done.stdout
    assert "Traceback" not in done.stderr


# ---- config


def test_config_shows_sets_and_restores(own: Life) -> None:
    (own.home / "config.toml").write_text('# mine\nmodel = "fake"\nembedder = "fake"\n')
    listing = own.run("config")
    assert listing.returncode == 0
    assert "threads       0 " in listing.stdout
    assert listing.stderr == f"Kept in {own.home / 'config.toml'}\n"
    assert own.run("config", "threads", "3").stdout == "3\n"
    assert own.quick("config", "threads").stdout == "3\n"
    assert said(own, "config", "threads")["settings"] == {"threads": 3}
    assert said(own, "config")["settings"]["threads"] == 3
    assert own.quick("config", "threads", "").stdout == "0\n"
    assert (own.home / "config.toml").read_text().startswith("# mine\n")


@pytest.mark.parametrize(
    ("args", "what"),
    [
        (("nope",), "'nope'"),
        (("nope", "1"), "'nope'"),
        (("threads", "many"), "whole number"),
        (("precision", "int4"), "int8, float32"),
        (("engine_url", "ftp://x"), "http://"),
        (("api_key", "sk-123"), "history"),
    ],
)
def test_an_impossible_setting_is_wrong_usage_and_changes_nothing(own: Life, args: tuple[str, ...], what: str) -> None:
    before = (own.home / "config.toml").read_bytes()
    done = own.quick("config", *args)
    calm(done.stderr)
    assert (done.exit_code, done.stdout) == (2, "")
    assert what in done.stderr
    assert (own.home / "config.toml").read_bytes() == before


def test_a_config_file_that_cannot_be_read_is_named(own: Life) -> None:
    (own.home / "config.toml").write_text("model = = 3\n")
    for args in (("status",), ("config",), ("config", "threads", "3"), ("ask", "what?")):
        done = own.quick(*args)
        calm(done.stderr)
        assert (done.exit_code, done.stdout) == (2, "")
        assert str(own.home / "config.toml") in done.stderr


# ---- models


def test_models_lists_the_catalogue_and_what_is_in_use(own: Life) -> None:
    done = own.run("models", "list")
    assert done.returncode == 0
    assert done.stdout.split()[:3] == ["id", "role", "size"]
    models = {model["id"]: model for model in said(own, "models", "list")["models"]}
    assert {"smollm2-135m", "minilm-l6"} <= set(models)
    assert all(id_ in done.stdout for id_ in models)
    starter = models["smollm2-135m"]
    assert (starter["role"], starter["licence"], starter["installed"]) == ("generator", "Apache-2.0", False)
    assert starter["bytes"] > 90_000_000


def test_a_model_of_ones_own_is_used_from_where_it_lies(own: Life, tmp_path: Path) -> None:
    (tmp_path / "My Own.gguf").write_bytes(b"GGUF" + bytes(100))
    done = own.run("models", "use", tmp_path / "My Own.gguf")
    assert (done.returncode, done.stdout, done.stderr) == (0, "Answers come from my-own now.\n", "")
    assert own.quick("config", "model").stdout == "my-own\n"
    mine = next(model for model in said(own, "models", "list")["models"] if model["id"] == "my-own")
    assert (mine["installed"], mine["used"], mine["role"]) == (True, True, "generator")
    # profiles keep their own memories beside the same models
    assert own.quick("--profile", "work", "models", "list").stdout == own.quick("models", "list").stdout


@pytest.mark.parametrize(
    ("args", "code"),
    [
        (("use", "smollm2-1.7b"), 1),
        (("use", "gpt-9"), 1),
        (("use", "nowhere.gguf"), 2),
        (("pull", "gpt-9"), 1),
        (("pull", "smollm2-135m", "--from", "nowhere.gguf"), 2),
    ],
)
def test_a_model_that_is_not_there_is_said_in_one_sentence(own: Life, args: tuple[str, ...], code: int) -> None:
    done = own.quick("models", *args)
    calm(done.stderr)
    assert (done.exit_code, done.stdout) == (code, "")
    assert own.quick("config", "model").stdout == "fake\n"


def test_a_file_that_is_not_the_model_is_never_used(own: Life, tmp_path: Path) -> None:
    false = tmp_path / "SmolLM2-135M-Instruct.Q4_1.gguf"
    false.write_bytes(b"GGUF" + bytes(100))
    done = own.run("models", "pull", "smollm2-135m", "--from", false)
    calm(done.stderr.split("…\n")[-1])
    assert (done.returncode, done.stdout) == (1, "")
    assert not said(own, "models", "list")["models"][0]["installed"]
    assert false.exists()  # it is the owner's file


# ---- homes and profiles


def test_profiles_are_kept_apart(own: Life) -> None:
    (own.notes / "work.md").write_text("The quarterly report is due on Friday.\n")
    assert own.run("--profile", "work", "ingest", own.notes).returncode == 0
    assert "quarterly" in own.quick("--profile", "work", "recall", "report").stdout
    assert own.quick("recall", "report").exit_code == 3
    assert "1 source, " in own.run("status", env={"SECONDME_PROFILE": "work"}).stdout
    assert "profile  work" in own.quick("--profile", "work", "status").stdout
    assert (own.home / "profiles" / "work" / "ledger.db").exists()
    assert not (own.home / "profiles" / "default" / "ledger.db").exists()
    bad = own.quick("--profile", "../default", "status")
    calm(bad.stderr)
    assert (bad.exit_code, bad.stdout) == (2, "")


def test_everything_lies_in_secondme_home(own: Life, tmp_path: Path) -> None:
    (own.notes / "heron.md").write_text("The heron stood at the canal.\n")
    person = tmp_path / "person"
    person.mkdir()
    at_home = {"HOME": str(person), "TMPDIR": str(tmp_path)}
    assert own.run("ingest", own.notes, env=at_home).returncode == 0
    assert own.run("ask", "where did the heron stand?", env=at_home).returncode in (0, 3)
    assert list(person.rglob("*")) == []
    # without it, the platform's own places below the person's home
    elsewhere = own.run("status", env={**at_home, "SECONDME_HOME": ""})
    assert f"kept in  {person}" in elsewhere.stdout


def test_a_home_that_cannot_be_written_is_said_in_one_sentence(own: Life) -> None:
    (own.notes / "heron.md").write_text("The heron stood at the canal.\n")
    (own.home / "profiles").write_text("a file, not a folder")
    done = own.run("ingest", own.notes)
    calm(done.stderr)
    assert (done.returncode, done.stdout) == (1, "")
    assert "SECONDME_HOME" in done.stderr
    below_a_file = Life(own.home / "config.toml" / "home", own.notes).quick("config", "threads", "2")
    calm(below_a_file.stderr)
    assert below_a_file.exit_code in (1, 2)
