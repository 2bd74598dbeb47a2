"""ask and recall in pipes: what is said where, what JSON holds, what the options choose."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import Life, calm, make_home

DENTIST = "when is the dentist appointment?"


def cited(done: object) -> list[str]:
    return [Path(citation["source"]).name for citation in json.loads(done.stdout)["citations"]]  # type: ignore[attr-defined]


def found(life: Life, *args: str | Path) -> list[str]:
    done = life.quick("recall", *args, "--json")
    assert done.exit_code in (0, 3), done.stderr
    return [Path(hit["source"]).name for hit in json.loads(done.stdout)["hits"]]


# ---- ask


def test_an_answer_is_on_stdout_with_its_citation_and_nothing_is_on_stderr(life: Life) -> None:
    done = life.run("ask", DENTIST)
    place = f"{life.notes / 'dentist.md'}:8"
    quote = "“The dentist appointment is on 12 May at 09:30 with Dr. Vos in Ghent — bring the insurance card.” [1]"
    assert (done.returncode, done.stderr) == (0, "")
    said, _, references = done.stdout.partition("\n\n")
    assert said.splitlines()[0] == quote
    assert references.splitlines()[0] == f"[1] {place}"
    assert len(said.splitlines()) == len(references.splitlines()), "each quote has its place"


def test_no_answer_is_a_result_of_its_own(life: Life) -> None:
    done = life.run("ask", DENTIST, "--since", "2126")
    assert (done.returncode, done.stdout) == (3, "I don't know.\n")
    assert done.stderr.startswith("Nothing in memory bears on it.")
    answer = json.loads(life.quick("ask", DENTIST, "--since", "2126", "--json").stdout)
    assert (answer["abstained"], answer["citations"], answer["answer"]) == (True, [], "I don't know.")
    assert answer["confidence"] < 0.5


def test_json_of_an_answer_resolves_to_the_source(life: Life) -> None:
    done = life.run("ask", DENTIST, "--json")
    answer = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert {"version", "question", "answer", "abstained", "confidence", "citations"} <= set(answer)
    assert (answer["version"], answer["question"], answer["abstained"]) == (1, DENTIST, False)
    assert 0.5 <= answer["confidence"] <= 1
    citation = answer["citations"][0]
    assert {"n", "quote", "source", "start", "end", "time"} <= set(citation)
    text = Path(citation["source"]).read_text(encoding="utf-8")
    assert text[citation["start"] : citation["end"]] == citation["quote"]
    assert citation["time"].startswith("2026-05-04")
    assert f"[{citation['n']}]" in answer["answer"]


def test_what_is_piped_in_answers_this_question_and_is_not_kept(life: Life) -> None:
    minutes = "Minutes\n\nThe plumber promised to come on 3 June at noon.\n"
    question = "when did the plumber promise to come?"
    done = life.run("ask", question, "-", "--json", input=minutes)
    first = json.loads(done.stdout)["citations"][0]
    assert (done.returncode, first["source"]) == (0, "stdin")
    assert first["quote"] == "The plumber promised to come on 3 June at noon."
    assert minutes[first["start"] : first["end"]] == first["quote"]
    assert "plumber" not in life.quick("recall", question).stdout
    nothing = life.run("ask", DENTIST, "-", "--json", input="")
    assert (nothing.returncode, nothing.stdout, "is empty" in nothing.stderr) == (1, "", True)
    calm(nothing.stderr)


@pytest.mark.parametrize(
    "args",
    [[""], ["   "], [DENTIST, "file.txt"], [DENTIST, "--since", "soon"], [DENTIST, "-k", "0"], [DENTIST, "--nope"], []],
)
def test_a_question_that_cannot_be_meant_is_wrong_usage(life: Life, args: list[str]) -> None:
    done = life.quick("ask", *args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr


def test_quotes_need_no_language_model_and_another_may_be_named(tmp_path: Path, life: Life) -> None:
    own = Life(make_home(tmp_path / "home", 'embedder = "fake"\n'), life.notes)  # the starter model is not there
    assert own.quick("ingest", own.notes).exit_code == 0
    missing = own.run("ask", DENTIST)
    calm(missing.stderr)
    assert (missing.returncode, missing.stdout) == (1, "")
    assert "secondme models pull smollm2-135m" in missing.stderr
    quotes = own.run("ask", DENTIST, "--no-llm")
    assert (quotes.returncode, "09:30" in quotes.stdout, quotes.stderr) == (0, True, "")
    assert own.quick("ask", DENTIST, "--model", "fake").stdout == quotes.stdout
    unknown = own.run("ask", DENTIST, "--model", "gpt-9", "--json")
    calm(unknown.stderr)
    assert (unknown.returncode, unknown.stdout) == (1, "")
    assert own.quick("recall", "dentist").exit_code == 0


def test_verbose_says_on_stderr_what_it_took(life: Life) -> None:
    done = life.quick("ask", DENTIST, "-v")
    assert done.stdout == life.quick("ask", DENTIST).stdout
    assert "tokens read" in done.stderr
    assert "confidence 0." in done.stderr


# ---- recall


def test_recall_shows_passages_with_their_places(life: Life) -> None:
    done = life.run("recall", "dentist")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"1. {life.notes / 'dentist.md'}:8  2026-05-04\n")
    assert "   The dentist appointment is on 12 May" in done.stdout


def test_json_of_recall_resolves_to_the_source(life: Life) -> None:
    done = life.run("recall", "dentist", "--json")
    result = json.loads(done.stdout)
    assert (done.returncode, done.stderr, done.stdout.count("\n")) == (0, "", 1)
    assert (result["version"], result["query"]) == (1, "dentist")
    assert [hit["score"] for hit in result["hits"]] == sorted((hit["score"] for hit in result["hits"]), reverse=True)
    for hit in result["hits"]:
        assert {"id", "layer", "text", "source", "start", "end", "time", "score"} <= set(hit)
        text = Path(hit["source"]).read_bytes().decode()
        assert text[hit["start"] : hit["end"]] == hit["text"]
    first = result["hits"][0]
    assert (Path(first["source"]).name, first["layer"]) == ("dentist.md", "passages")
    assert "🦷" in first["text"]


def test_recall_of_an_empty_memory_says_so(own: Life) -> None:
    done = own.run("recall", "dentist")
    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr == "Nothing in memory bears on that.\n"
    nothing = json.loads(own.quick("recall", "dentist", "--json").stdout)
    assert (nothing["version"], nothing["query"], nothing["hits"], nothing["answerable"]) == (1, "dentist", [], 0)
    assert own.quick("ask", "where is the dentist?").exit_code == 3


def test_k_limits_what_is_found(life: Life) -> None:
    assert len(found(life, "dentist bike parcel")) == 3
    assert len(found(life, "dentist bike parcel", "-k", "1")) == 1


def test_source_is_a_file_a_folder_or_a_glob(life: Life) -> None:
    everything = {"bike [1].md", "dentist.md", "strange.txt"}
    for source, expected in (
        (life.notes, everything),
        (life.notes / "home", {"bike [1].md"}),
        (life.notes / "home" / "bike [1].md", {"bike [1].md"}),  # brackets are taken as they are
        (life.notes / "*.md", {"bike [1].md", "dentist.md"}),
        (life.notes / "nowhere", set()),
    ):
        assert set(found(life, "dentist bike parcel", "--source", source)) == expected, source
    relative = life.run("recall", "dentist bike parcel", "--source", "home", "--json", cwd=life.notes)
    assert [Path(hit["source"]).name for hit in json.loads(relative.stdout)["hits"]] == ["bike [1].md"]
    assert set(cited(life.quick("ask", DENTIST, "--source", life.notes / "dentist.md", "--json"))) == {"dentist.md"}
    assert life.quick("ask", DENTIST, "--source", life.notes / "nowhere").exit_code == 3


def test_since_and_until_take_whole_days_months_and_years(life: Life) -> None:
    query = "dentist bike"
    assert "dentist.md" in found(life, query, "--since", "2026-05-04", "--until", "2026-05-04")
    assert "dentist.md" in found(life, query, "--since", "2026-05", "--until", "2026-05")
    assert "dentist.md" not in found(life, query, "--since", "2026-05-05")
    assert found(life, query, "--until", "2025") == ["bike [1].md"]
    in_may = life.quick("ask", DENTIST, "--since", "2026-05", "--until", "2026-05", "--json")
    assert set(cited(in_may)) == {"dentist.md"}


def test_words_from_memory_show_as_they_stand_and_give_no_orders(life: Life) -> None:
    """A note may hold what a terminal, or the library that prints, would obey."""
    shed = ("parcel code", "--source", life.notes / "strange.txt")
    shown = life.quick("recall", *shed).stdout
    assert "The [bold]parcel[/bold] code is :lock: �[31m4711�[0m �]0;owned� in the shed." in shown
    raw = json.loads(life.quick("recall", *shed, "--json").stdout)["hits"][0]["text"]
    assert "\x1b[31m4711\x1b[0m" in raw
