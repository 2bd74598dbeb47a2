"""What a question's words are worth, what it asks for, and where values stand."""

from __future__ import annotations

import sqlite3

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.recall.asked import holds, kind_of, subject
from secondme.recall.lexical import content_words, coverage, fts_query, stem, stems
from secondme.recall.rank import ranked


def test_function_words_do_not_search() -> None:
    assert content_words("When does my flight to Lisbon leave?") == ["flight", "lisbon", "leave"]
    assert fts_query("When does my flight to Lisbon leave?") == '"flight" OR "lisbon" OR "leave"'


def test_a_question_of_function_words_alone_still_searches() -> None:
    assert fts_query("who is it?") != ""


@given(st.text())
def test_no_question_breaks_the_words_index(text: str) -> None:
    with sqlite3.connect(":memory:") as db:
        db.execute("CREATE VIRTUAL TABLE words USING fts5 (text)")
        if query := fts_query(text):
            db.execute("SELECT * FROM words WHERE words MATCH ?", (query,)).fetchall()
    db.close()


def test_coverage_counts_stems_by_their_weight() -> None:
    asked = [stem("flights"), stem("Oslo".casefold())]
    weights = {stem("flights"): 1.0, "oslo": 3.0}
    assert coverage(asked, "My flight to Lisbon", weights) == pytest.approx(0.25)
    assert coverage(asked, "Flying from Oslo, one flight", weights) == 1.0
    assert coverage([], "anything", weights) == 0.0


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("how much did the new bike cost?", "money"),
        ("what will my rent be from July?", "money"),
        ("when does my flight leave?", "date"),
        ("what time does the bus get in?", "clock"),
        ("until when can I file my tax return?", "date"),
        ("how many baffles are there?", "count"),
        ("how much does the cat weigh?", "count"),
        ("who is the head of the school?", "person"),
        ("what is the name of her sister?", "person"),
        ("where do we eat?", "place"),
        ("what is Tibo's phone number?", "phone"),
        ("code of the compost bin", "code"),
        ("what did I promise Jonas?", "other"),
        ("what do I need when I collect it?", "other"),
    ],
)
def test_a_question_asks_for_a_kind_of_thing(question: str, kind: str) -> None:
    assert kind_of(question) == kind


@pytest.mark.parametrize(
    ("question", "holding", "lacking"),
    [
        ("how much did it cost?", "I paid €1,349 for it.", "It came on Friday 5 May at 10:30."),
        ("when is the dentist?", "The dentist is on 17 November 2026.", "The dentist was kind."),
        ("when in May is it?", "On 12 May.", "Some day in May."),
        ("what time is dinner?", "Dinner at 19:30.", "Dinner with Ana."),
        ("how many bars?", "Fill it to 1.5 bar.", "Fill it up on 3 May 2026."),
        ("how many eggs?", "Take three eggs.", "Take eggs."),
        ("what is Ana's phone number?", "Ana: +32 400 55 02 60", "Ana, room 12"),
        ("what is the password?", 'It says "kippenhok".', "It is on the fridge."),
    ],
)
def test_a_text_holds_that_kind_or_not(question: str, holding: str, lacking: str) -> None:
    kind, asked = kind_of(question), stems(question)
    assert holds(kind, holding, asked) >= 0.7
    assert holds(kind, lacking, asked) <= 0.3


def test_a_name_in_the_question_is_no_answer() -> None:
    assert holds("person", "I met Ana at the school.", stems("who is Ana?")) < 0.5
    assert holds("person", "I met Ana and Youssef there.", stems("who is with Ana?")) == 1.0


def test_the_subject_leaves_out_what_the_kind_stands_for() -> None:
    assert subject([stem(w) for w in ("rope", "cost")], "money") == [stem("rope")]
    assert subject([stem("price")], "money") == [stem("price")], "something has to be left"


def test_equal_values_stand_alike() -> None:
    assert ranked(np.array([0.5, 2.0, 0.5, 1.0], np.float32)) == [3, 1, 3, 2]
