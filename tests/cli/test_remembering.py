"""remember, correct and lessons as a person types them."""

from __future__ import annotations

import json

from tests.cli.conftest import Life, calm


def test_what_is_remembered_is_answered_from(own: Life) -> None:
    done = own.quick("remember", "my blood type is A positive")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "Remembered.")
    assert "secondme forget remembered:" in done.stderr
    asked = own.quick("ask", "what is my blood type?", "--no-llm")
    assert "“my blood type is A positive” [1]" in asked.stdout
    assert own.quick("remember", "my blood type is A positive").stdout.startswith("That was remembered already.")


def test_a_statement_comes_through_a_pipe_and_as_json(own: Life) -> None:
    done = own.run("remember", "-", "--json", input="never mention the party to Dana\n")
    told = json.loads(done.stdout)
    assert (told["new"], told["lesson"]["kind"]) == (True, "instruction")
    assert told["source"].startswith("remembered:")
    assert len(told["passages"]) == 1


def test_an_answer_is_corrected_and_the_correction_comes_first(own: Life) -> None:
    (own.notes / "dentist.md").write_text("The dentist appointment is on 12 May.\n")
    own.quick("ingest", own.notes)
    question = "when is the dentist appointment?"
    own.quick("ask", question, "--no-llm")
    done = own.quick("correct", "LAST", "it was moved to 19 May")
    assert done.stdout.splitlines()[0] == f"Corrected: {question}"
    assert own.quick("ask", question, "--no-llm").stdout.startswith("“it was moved to 19 May” [1]")
    told = json.loads(own.quick("correct", "LAST", "no, 20 May", "--json").stdout)
    assert (told["question"], told["retracted"]) == (question, None)


def test_a_fact_is_corrected_by_its_number(own: Life) -> None:
    told = json.loads(own.quick("remember", "I am allergic to latex", "--json").stdout)
    (fact,) = told["facts"]
    done = own.quick("correct", fact["fact"], "I am allergic to nickel")
    assert done.stdout.startswith(f"Taken back: {fact['fact']} {fact['statement']}\nRemembered.\n")


def test_lessons_are_listed_and_let_go(own: Life) -> None:
    own.quick("remember", "answer in German")
    own.quick("remember", "to reset the router, hold the button for ten seconds")
    rows = own.quick("lessons").stdout.splitlines()
    assert [row.split("  ", 1)[1] for row in rows] == [
        "how-to: to reset the router, hold the button for ten seconds  [reset the router]",
        "rule: answer in German",
    ]
    assert own.quick("lessons", "rm", "1").stdout == "Holds no longer: answer in German\n"
    assert len(own.quick("lessons", "list").stdout.splitlines()) == 1
    assert "(no longer)" in own.quick("lessons", "--all").stdout
    assert [one["number"] for one in json.loads(own.quick("lessons", "--json").stdout)["lessons"]] == [2]


def test_what_cannot_be_meant_is_said_in_one_sentence(own: Life) -> None:
    for args in (("remember", "…"), ("correct", "LAST", "no"), ("correct", "f9", "no"), ("lessons", "rm", "7")):
        done = own.quick(*args)
        assert done.exit_code == 2, args
        calm(done.stderr)


def test_nothing_taught_says_how_to_begin(own: Life) -> None:
    done = own.quick("lessons")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "secondme remember" in done.stderr


def test_what_is_remembered_can_be_searched_by_itself(own: Life) -> None:
    (own.notes / "blood.md").write_text("The blood oranges are ripe.\n")
    own.quick("ingest", own.notes)
    own.quick("remember", "my blood type is A positive")
    hits = json.loads(own.quick("recall", "blood", "--source", "remembered", "--json").stdout)["hits"]
    assert [hit["text"] for hit in hits] == ["my blood type is A positive"]
