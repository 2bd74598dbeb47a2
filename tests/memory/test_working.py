"""The working memory of a chat: what was promised at its beginning is there at its end, within the budget."""

from __future__ import annotations

import json
from datetime import UTC, datetime

from secondme.memory.noting import Turn, notes
from secondme.memory.profile.card import tokens_of
from secondme.memory.working import Budget, Working, as_items, context, heard, packed, unpacked

SUBJECTS = (
    "tomatoes",
    "the bicycle",
    "the roof",
    "a trip to Porto",
    "the choir",
    "the kitchen",
    "a cake",
    "the tax return",
)
USUAL = Budget()
PROMISE = "I promise Tom that I bring the projector on 12 March."


def talk(working: Working, turns: int, budget: Budget = USUAL) -> Working:
    for n in range(turns // 2):
        one, other = SUBJECTS[n % 8], SUBJECTS[(n * 3 + 1) % 8]
        working = heard(working, "assistant", f"Idea {n} for {one}: it takes {n % 9} days.", budget=budget)
        working = heard(working, "owner", f"And {other}? I'll look at offer {n} for {one}.", budget=budget)
    return working


def test_the_first_promise_is_there_after_a_thousand_turns() -> None:
    working = talk(heard(Working(), "owner", f"Hello! {PROMISE}"), 1_000)
    told = context(working).text
    assert working.heard == 1_001
    assert PROMISE in told
    assert tokens_of(told) <= 1_000


def test_the_last_turns_stand_word_for_word() -> None:
    working = heard(talk(Working(), 100), "owner", "So which\nof them   is it?")
    assert context(working).text.endswith("You: So which\nof them   is it?")


def test_a_turn_longer_than_the_budget_is_there_alone() -> None:
    working = heard(heard(Working(), "owner", "Hello."), "owner", "word " * 3_000)
    assert [turn.n for turn in working.turns] == [2]


def test_decisions_rules_names_and_numbers_outlive_small_talk() -> None:
    budget = Budget(200)
    working = heard(
        Working(), "owner", "Nice weather. We decided to go with Hotel Miramar for 320 euro.", budget=budget
    )
    working = heard(working, "owner", "Call me Ben.", budget=budget)
    for n in range(60):
        working = heard(working, "assistant", f"I see, {SUBJECTS[n % 8]} and then {SUBJECTS[n % 7]}.", budget=budget)
    told = [note.text for note in context(working, budget).brief]
    assert "We decided to go with Hotel Miramar for 320 euro." in told
    assert "Call me Ben." in told


def test_what_was_paged_out_comes_back_with_its_subject() -> None:
    budget = Budget(200)
    working = heard(Working(), "owner", "My aunt Basia lives in Gdynia.", budget=budget)
    working = talk(working, 200, budget)
    assert "Gdynia" not in context(working, budget).text
    working = heard(working, "owner", "Where does my aunt Basia live?", budget=budget)
    assert [note.text for note in context(working, budget).recalled] == ["My aunt Basia lives in Gdynia."]


def test_a_goal_is_open_until_somebody_says_that_it_is_done() -> None:
    working = heard(Working(), "owner", "I will send Tom the floor plan.")
    working = heard(working, "owner", "Draft a letter to the landlord.")
    assert [goal.turn for goal in working.goals] == [1, 2]
    working = heard(working, "owner", "I sent the floor plan to Tom.")
    assert [goal.turn for goal in working.goals] == [2]
    working = heard(working, "owner", "Never mind the letter to the landlord.")
    assert working.goals == ()


def test_a_question_is_no_promise() -> None:
    assert [note.kind for note in notes(Turn(1, "owner", "Shall I promise it? I promise it."))] == ["wish", "promise"]


def test_the_owners_words_weigh_more_than_the_assistants() -> None:
    (mine,) = notes(Turn(1, "owner", "My budget is 500 euro."))
    (its,) = notes(Turn(2, "assistant", "My budget is 500 euro."))
    assert mine.weight > its.weight


def test_nothing_is_rephrased() -> None:
    said = "We  agreed on\nHotel Miramar. I'll pay the deposit of 80 euro by Friday."
    assert all(note.text in " ".join(said.split()) for note in notes(Turn(1, "owner", said)))


def test_the_state_goes_through_json() -> None:
    working = heard(Working(), "owner", PROMISE, datetime(2026, 3, 1, 9, tzinfo=UTC))
    working = talk(working, 60)
    assert unpacked(json.loads(json.dumps(packed(working)))) == working


def test_a_chat_becomes_memory_with_the_owners_words_told_apart() -> None:
    turns = (Turn(1, "owner", "I moved to Ghent."), Turn(2, "assistant", "You moved to Ghent."))
    own, its = as_items(turns, "c1", "A talk")
    assert (own.trust, its.trust) == ("own", "machine")
    assert (own.thread, own.local, its.local) == ("c1", "c1/1", "c1/2")
