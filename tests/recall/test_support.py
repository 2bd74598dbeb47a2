"""A sentence says no more than what it cites, or it is struck."""

from __future__ import annotations

import pytest

from secondme.recall.drafts import finished, without_thoughts
from secondme.recall.support import citation_marks, is_drawn_from, objection

QUOTE = "Flight ALD 2417 from Brussels to Lisbon departs on Thursday 11 June 2026 at 07:25."


@pytest.mark.parametrize(
    "sentence",
    [
        "The flight to Lisbon departs at 07:25.",
        "It departs on Thursday 11 June 2026.",
        "Your flight departs from Brussels.",
    ],
)
def test_what_the_quote_says_is_supported(sentence: str) -> None:
    assert objection(sentence, [QUOTE], "when does my flight leave?") is None


@pytest.mark.parametrize(
    ("sentence", "because"),
    [
        ("The flight departs at 07:55.", "07:55"),
        ("The flight departs on 12 June 2026.", "12"),
        ("The flight from Brussels goes to Oslo.", "Oslo"),
        ("The flight does not depart on 11 June 2026.", "denies"),
        ("Passengers should bring warm clothes and plenty of snacks.", "most of its words"),
        ("When does my flight leave?", "nothing|most"),
    ],
)
def test_what_the_quote_does_not_say_is_not(sentence: str, because: str) -> None:
    reason = objection(sentence, [QUOTE], "")
    assert reason is not None
    assert any(part in reason for part in because.split("|"))


def test_a_denial_elsewhere_in_the_passage_is_none_of_this_sentence() -> None:
    passage = f"Breakfast is not included. {QUOTE} There is no lounge."
    assert objection("The flight departs at 07:25.", [passage]) is None
    assert objection("The flight does not depart at 07:25.", [passage]) is not None
    assert objection("Breakfast is included.", [passage]) is not None


def test_a_sentence_without_a_citation_is_not_supported() -> None:
    assert objection("It departs at 07:25.", []) == "it cites nothing"


def test_the_question_lends_words_but_no_names_and_no_numbers() -> None:
    assert objection("The plane leaves at 07:25.", [QUOTE], "when does the plane leave?") is None
    assert objection("Jonas leaves at 07:25.", [QUOTE], "when does Jonas leave?") is None, "a first word may be any"
    assert objection("The plane with Jonas leaves at 07:25.", [QUOTE], "when does Jonas leave?") is not None
    assert objection("Gate 14 departs at 07:25.", [QUOTE], "gate 14?") is not None


@pytest.mark.parametrize("short", ["11 June 2026", "thursday 11 june", "It departs from Brussels at 07:25"])
def test_a_short_answer_is_drawn_from_its_quote(short: str) -> None:
    assert is_drawn_from(short, QUOTE)


@pytest.mark.parametrize(
    "short", ["", "12 June", "It departs at 07:2", "The plane departs at 07:25", "not 11 June 2026"]
)
def test_a_word_a_number_or_a_denial_more_and_it_is_not(short: str) -> None:
    assert not is_drawn_from(short, QUOTE)


def test_marks_are_read_and_taken_off() -> None:
    assert citation_marks("It leaves at 07:25 [2][1], they say [2].") == ("It leaves at 07:25, they say.", [2, 1])


def test_sentences_are_finished_when_the_next_one_begins() -> None:
    assert finished("It leaves at 07:25.") == ([], "It leaves at 07:25.")
    assert finished("It leaves at 07:25. [1] Bring") == (["It leaves at 07:25. [1]"], "Bring")
    assert finished("It leaves at 07:25 [1]. It arrives", ended=True) == (["It leaves at 07:25 [1].", "It arrives"], "")


@pytest.mark.parametrize("cut", range(1, 60))
def test_however_the_pieces_fall_the_sentences_are_the_same(cut: int) -> None:
    text = "The bike cost 1,349 euros [1]. The lock was another 79. [2] No more is known."
    done, rest = finished(text[:cut])
    later, left = finished(rest + text[cut:], ended=True)
    assert done + later == ["The bike cost 1,349 euros [1].", "The lock was another 79. [2]", "No more is known."]
    assert left == ""


@pytest.mark.parametrize("size", [1, 3, 7, 100])
@pytest.mark.parametrize(
    ("reply", "left"),
    [
        ("It leaves at 07:25.", "It leaves at 07:25."),
        ("<think>\n\n</think>\n\nIt leaves at 07:25.", "It leaves at 07:25."),
        ("\n<think>The flight? Yes, < 8.</think>It leaves.", "It leaves."),
        ("<think>without an end", ""),
        ("<thin ice> is what it says", "<thin ice> is what it says"),
        ("", ""),
    ],
)
def test_thoughts_are_left_out_however_the_pieces_fall(reply: str, left: str, size: int) -> None:
    pieces = iter([reply[i : i + size] for i in range(0, len(reply), size)])
    assert "".join(without_thoughts(pieces)) == left
