"""The judges of benchmarks/memory: what they count as said, as current, as right, as made up and as junk."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
from pathlib import Path

import pytest

from benchmarks.memory import fabrication, judging, junk
from benchmarks.memory.judging import Values
from secondme.me import Me

PROFILES = Path(os.environ.get("SECONDME_TEST_DATA", ""), "memory-updates", "profiles-dev.json")
ANSWERS = ("You switched to Helix from Emacs — your team uses it.", "You use Emacs.")


# ---- what is said


@pytest.mark.parametrize(
    ("expected", "text", "said"),
    [
        ("Lives in Ghent", "I live in Ghent now", True),
        ("Lives in Ghent", "I was in Ghent", False),
        ("Sister is a nurse in Oslo", "my sister works in Oslo as a nurse", True),
        ("Team of 12", "our team is 11 people", False),
        ("Pays 1,200 a month", "I pay a month's rent of 1,200", True),
        ("", "anything", False),
    ],
)
def test_a_memory_is_covered_by_most_of_its_words_and_all_of_its_numbers(expected: str, text: str, said: bool) -> None:
    assert judging.covered(expected, text) is said


def test_contractions_and_stop_words_say_nothing_and_compounds_say_their_parts() -> None:
    assert judging.content("You're the one I've told, don't you know") == {"told", "know"}
    assert judging.content("A PC-only game is done") >= {"pc", "onli", "game", "done"}
    assert judging.content("$12M and 0.81") == {"12m", "0.81"}


# ---- what is so now


def test_the_values_of_a_test_are_the_words_in_which_its_answers_differ() -> None:
    values = judging.of_test("Which editor do I use?", *ANSWERS, ["Switched from Emacs to Helix"])
    assert values == Values(frozenset({"helix"}), frozenset({"emac"}))


def test_a_wrong_answer_that_refuses_has_no_old_value() -> None:
    values = judging.of_test("Where is it?", "It is in the shed.", "I don't recall where.", ["It is in the shed"])
    assert (values.new, values.old, values.differ) == ({"shed"}, frozenset(), False)


def test_the_values_of_an_update_are_what_only_one_of_its_memories_says() -> None:
    moved = judging.of_update("Board meeting moved to February 15th", "Board meeting January 30th")
    assert moved == Values(frozenset({"februari", "15th"}), frozenset({"januari", "30th"}))
    switched = judging.of_update("Switched from Emacs to Helix", "Uses Emacs")
    assert switched == Values(frozenset({"helix"}), frozenset({"emac"}))
    assert judging.of_update("Done with teaching", "Teaching the intro class").new == {"done"}


@pytest.mark.parametrize(
    ("text", "verdict"),
    [
        ("I switched from Emacs to Helix", "current"),
        ("editor: Helix", "current"),
        ("I use Emacs for everything", "outdated"),
        ("I moved away from Emacs", "neither"),
        ("no longer Emacs", "neither"),
        ("My editor has a dark theme", "neither"),
    ],
)
def test_a_text_is_current_outdated_or_neither(text: str, verdict: str) -> None:
    assert Values(frozenset({"helix"}), frozenset({"emac"})).verdict(text) == verdict


def test_the_current_value_must_come_before_the_first_outdated_one() -> None:
    values = Values(frozenset({"helix"}), frozenset({"emac"}))
    assert judging.resolved(["a theme", "Helix it is", "Emacs"], values)
    assert not judging.resolved(["a theme", "Emacs", "Helix it is"], values)
    assert not judging.resolved(["a theme"], values), "nobody said it"


def test_an_answer_is_right_if_it_has_the_new_value_and_does_not_claim_the_old() -> None:
    values = judging.of_test("Which editor do I use?", *ANSWERS, ["Switched from Emacs to Helix"])
    assert judging.right("“I am switching from Emacs to Helix.” [1]", values)
    assert not judging.right("“I use Emacs.” [1] “I like Helix.” [2]", values)
    assert not judging.right("I don't know.", values)
    assert [judging.right(answer, values) for answer in ANSWERS] == [True, False]


def test_what_was_said_in_passing_is_told_by_words_that_the_question_has_not() -> None:
    aside = "Yes, the parrot bit the postman on Tuesday."
    assert judging.tells("“The parrot bit our postman.” [1]", "Do you remember the parrot?", aside)
    assert not judging.tells("“I have a parrot.” [1]", "Do you remember the parrot?", aside)
    assert not judging.tells("I don't know.", "Do you remember the parrot?", aside)


def test_the_question_about_an_update_leans_to_neither_side() -> None:
    moved = judging.asking("Board meeting moved to 3 June", "Board meeting 1 June", "temporal")
    assert moved == "What is it now: Board meeting June?"
    assert judging.asking("Took a job in Oslo", "Based in Ghent", "location_update") == "What is it now: location?"


@pytest.mark.skipif(not PROFILES.is_file(), reason="SECONDME_TEST_DATA names no folder with profiles")
def test_published_answers_are_judged_as_they_are_meant() -> None:
    for user in json.loads(PROFILES.read_text(encoding="utf-8")):
        for test in user["memory_tests"]:
            right, wrong = test["correct_answer"], test["wrong_answer"]
            if test["category"] == "noise_resistance":
                assert judging.tells(wrong, test["query"], wrong), test["test_id"]
                continue
            values = judging.of_test(test["query"], right, wrong, test["required_memories"])
            assert (judging.right(right, values), judging.right(wrong, values)) == (True, False), test["test_id"]


# ---- what is made up


@pytest.mark.parametrize(
    ("told", "quote", "missing"),
    [
        ("+3212345678", "call me: +32 12 34 56 78", []),
        ("1349", "it cost €1,349.00", []),
        ("2", "we have two cats", []),
        ("two cats", "we have 3 cats", ["2"]),
        ("visited Anna Berg", "I went to see Anna", ["Berg"]),
        ("Anna's bike", "the bike of ANNA", []),
        ("2023-05-07", "the wedding is on 7 May", []),
        ("2023-05-07", "the wedding is on 8 May", ["2023-05-07"]),
        ("2023-05-07", "I saw her yesterday", []),
        ("1903-05-07", "I saw her yesterday", ["1903-05-07"]),
        ("2023-05-07", "I saw her", ["2023-05-07"]),
    ],
)
def test_numbers_names_and_dates_must_be_in_the_quote(told: str, quote: str, missing: list[str]) -> None:
    day = 738_000  # in 2021
    assert list(fabrication.lacking(told, quote, day)) == missing


def test_a_statement_may_be_turned_and_adds_no_word() -> None:
    assert fabrication.added("You will fix it yourself", "I'll fix it myself") == set()
    assert fabrication.added("Ana plays the cello", "She's playing the cello Ana") == set()
    assert fabrication.added("Lisbon: famous for its trams", "trams Lisbon for") == {"famous", "its"}


@pytest.fixture
def learnt(me: Me, notes: Path) -> Me:
    (notes / "me.md").write_text("---\ndate: 2026-03-01\n---\nI live in Ghent. My phone number is +32 12 34 56 78.\n")
    line = {"role": "user", "timestamp": "2026-03-01T10:00:00Z", "content": "I have\ntwo cats, “Mo” and “Bo”."}
    (notes / "chat.jsonl").write_text(json.dumps(line) + "\n")
    me.ingest([notes])
    assert me.reflect().claims
    return me


def change(me: Me, sql: str) -> None:
    with contextlib.closing(sqlite3.connect(me.home.ledger)) as db:
        db.execute(sql)
        db.commit()


def test_what_stands_in_the_files_verifies(learnt: Me) -> None:
    found = fabrication.check(learnt.home.ledger)
    assert (found.violations, found.verified) == ([], 1)
    assert found.how["text"]
    assert found.quotes >= len(found.facts) > 0


def test_a_value_that_no_quote_has_is_found(learnt: Me) -> None:
    change(learnt, "UPDATE quotes SET value = 'Bruges 1999', statement = 'You live in Bruges 1999'")
    found = fabrication.check(learnt.home.ledger)
    assert {one.kind for one in found.violations} == {"value", "words"}
    assert found.verified == 0
    assert {one.missing for one in found.violations} >= {"1999"}


def test_a_quote_that_is_not_in_its_file_is_found(learnt: Me, notes: Path) -> None:
    (notes / "me.md").write_text("Nothing of it.\n")
    found = fabrication.check(learnt.home.ledger)
    assert {one.kind for one in found.violations} == {"not there"}
    assert 0 <= found.verified < 1


def test_a_fact_whose_words_have_gone_is_found(learnt: Me) -> None:
    change(learnt, "DELETE FROM quotes WHERE fact = (SELECT min(n) FROM facts)")
    assert [one.kind for one in fabrication.check(learnt.home.ledger).violations] == ["gone"]


def test_what_a_machine_wrote_is_no_source_about_the_owner(learnt: Me) -> None:
    change(learnt, "UPDATE items SET trust = 'machine'")
    owners = {one.fact for one in fabrication.check(learnt.home.ledger).violations if one.kind == "machine"}
    assert owners


def test_the_words_of_a_chat_are_found_through_its_reader(learnt: Me, notes: Path) -> None:
    assert fabrication.stands(str(notes / "chat.jsonl"), "", 1, 0, 0, 6, "I have") == "reader"
    assert fabrication.stands(str(notes / "chat.jsonl"), "", 1, 0, 0, 6, "I had ") is None
    assert fabrication.stands(str(notes / "gone.md"), "", 1, 0, 0, 6, "I have") is None


# ---- junk


@pytest.mark.parametrize(
    ("subject", "statement", "value", "quote", "why"),
    [
        ("owner", "You live in Ghent", "Ghent", "I live in Ghent.", []),
        ("Ana", "Ana is very", "", "Ana is very", ["empty"]),
        ("", "The boiler hums", "", "The boiler hums.", ["nobody"]),
        ("They", "They sing", "", "They sing!", ["nobody"]),
        ("owner", "You sing in the choir", "", "Do I sing in the choir?", ["question"]),
        ("owner", "You like it", "it", "I like it", ["empty", "stop words"]),
    ],
)
def test_junk_says_nothing(subject: str, statement: str, value: str, quote: str, why: list[str]) -> None:
    assert list(junk.faults(subject, statement, value, quote)) == why


def test_what_is_said_twice_and_holds_is_junk_once(learnt: Me) -> None:
    assert junk.junk(learnt.home.ledger) == {}
    columns = (
        "subject, who, kind, statement, slot, value, single, stance, said_by, trust, confidence, made_by, first, last,"
        " valid_from, learned_at"
    )
    change(learnt, f"INSERT INTO facts (id, {columns}) SELECT 'again', {columns} FROM facts ORDER BY n LIMIT 1")
    assert [why for why, _ in junk.junk(learnt.home.ledger).values()] == ["duplicate"]
    change(learnt, "UPDATE facts SET valid_to = 1 WHERE id = 'again'")
    assert junk.junk(learnt.home.ledger) == {}, "it was so twice"
