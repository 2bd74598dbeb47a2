"""why as a person types it: the chain of an answer and of a passage, replays, and what it says of wrong names."""

from __future__ import annotations

import json

import pytest

from tests.cli.conftest import DENTIST, Life, calm, shown

QUESTION = "when is the dentist appointment?"


@pytest.fixture
def asked(own: Life) -> Life:
    """A memory of one note, and a question that was just answered."""
    (own.notes / "dentist.md").write_text(DENTIST)
    assert own.quick("ingest", own.notes).exit_code == 0
    assert own.quick("ask", QUESTION, "--no-llm").exit_code == 0
    return own


def test_the_last_answer_down_to_file_line_and_words(asked: Life) -> None:
    done = asked.run("why", "LAST")
    assert (done.returncode, done.stderr) == (0, "")
    lines = done.stdout.splitlines()
    assert lines[0].endswith(f"  {QUESTION}")
    assert "quotes only, from 8 passages" in lines[1]
    quote = next(n for n, line in enumerate(lines) if line.startswith("    [1] “The dentist appointment is on 12 May"))
    assert lines[quote + 1].strip() == f"{asked.notes / 'dentist.md'}:8"
    assert lines[quote + 2].endswith("the file has it word for word")
    assert "Considered, best first: 1" in lines
    assert f"{asked.notes / 'dentist.md'}:8  [1]" in lines[-1]


def test_the_id_is_in_json_and_with_verbose_and_nowhere_else(asked: Life) -> None:
    plain = asked.quick("ask", QUESTION, "--no-llm")
    told = asked.run("ask", QUESTION, "--no-llm", "--verbose").stderr
    id_ = json.loads(asked.quick("ask", QUESTION, "--no-llm", "--json").stdout)["id"]
    assert "secondme why a" in told
    assert "why" not in plain.output
    found = json.loads(asked.quick("why", id_, "--json").stdout)
    assert (found["kind"], found["id"], found["question"]) == ("answer", id_, QUESTION)


def test_json_resolves_to_the_source(asked: Life) -> None:
    found = json.loads(asked.quick("why", "LAST", "--json").stdout)
    citation = found["citations"][0]
    assert DENTIST[citation["start"] : citation["end"]] == citation["quote"]
    assert (citation["state"], found["sentences"][0]["citations"]) == ("word for word", [1])
    assert found["considered"][0]["passage"] == citation["passage"]
    passage = json.loads(asked.quick("why", citation["passage"][:12], "--json").stdout)
    assert (passage["kind"], passage["id"]) == ("passage", citation["passage"])
    assert [one["id"] for one in passage["answers"]] == [found["id"]]


def test_a_passage_shows_which_answers_it_was_in(asked: Life) -> None:
    id_ = json.loads(asked.quick("why", "LAST", "--json").stdout)["considered"][0]["passage"]
    told = asked.quick("why", id_[:8]).stdout
    assert told.splitlines()[0] == id_
    assert f"{QUESTION}  [1]" in told


def test_a_replay_says_that_nothing_changed_and_then_what_did(asked: Life) -> None:
    assert "The same is said." in asked.quick("why", "LAST", "--replay").stdout
    moved = "---\ndate: 2026-05-06\n---\nThe dentist appointment is on 9 July now.\n"
    (asked.notes / "moved.md").write_text(moved)
    assert asked.quick("ingest", asked.notes).exit_code == 0
    told = asked.quick("why", "LAST", "--replay").stdout
    assert "What is said has changed." in told
    assert any(line.startswith("  + ") and "9 July" in line for line in told.splitlines())
    found = json.loads(asked.quick("why", "LAST", "--replay", "--json").stdout)
    assert (found["same"], found["after"]["id"], found["before"]["question"]) == (False, None, QUESTION)
    assert any("9 July" in line for line in found["new"])


def test_colour_on_a_terminal_only(asked: Life) -> None:
    assert "\x1b[" in shown(asked.on_terminal("why", "LAST"))
    assert "\x1b[" not in asked.run("why", "LAST").stdout


def test_off_keeps_no_answer(asked: Life) -> None:
    assert asked.quick("config", "answers_log", "off").exit_code == 0
    told = json.loads(asked.quick("ask", QUESTION, "--no-llm", "--json").stdout)
    assert told["id"] is None
    done = asked.run("why", "LAST")
    assert done.returncode == 2
    calm(done.stderr)


@pytest.mark.parametrize(
    "args",
    [
        ["nothing"],
        ["a0000000"],
        ["f12"],
        [""],
        ["LAST", "--as-of", "then"],
        ["LAST", "--replay", "--as-of", "2024"],
        [],
    ],
)
def test_wrong_usage_is_one_sentence_and_what_to_do(asked: Life, args: list[str]) -> None:
    done = asked.quick("why", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    if args:
        calm(done.stderr)
