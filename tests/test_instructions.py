"""Which statements tell how to answer, which tell how something is done, and which say what is so."""

from __future__ import annotations

import pytest

from secondme.instructions import ANYBODY, Unsaid, about, kind_of, matter, told_to, unsaid


@pytest.mark.parametrize(
    "said",
    [
        "answer in German",
        "From now on, always reply in French please.",
        "call me Ben",
        "Please keep it short.",
        "always cite your sources",
        "answer with the date first",
        "use metric units",
        "stop suggesting podcasts",
        "I prefer short answers",
        "You should always tell me the source",
        "when I ask for a recipe, give it in grams",
        "never mention my ex",
        "don't tell Dana about the party",
    ],
)
def test_what_is_said_to_the_one_who_answers_is_an_instruction(said: str) -> None:
    assert kind_of(said) == "instruction"


@pytest.mark.parametrize(
    "said",
    [
        "I live in Ghent",
        "never been to Spain",
        "always the 7:25 train",
        "From now on Anna does the invoices",
        "From now on I work from home",
        "Don't forget the milk",
        "Don't mention it!",
        "Keep the receipts in the blue box",
        "give Anna the keys",
        "Call mum on Sunday",
        "Never give Rex chocolate",
        "never answer the door after ten",
        "I never mention politics to my father",
        "to be honest, I hate it",
        "To Anna, with love",
        "Can you answer in German?",
    ],
)
def test_what_says_what_is_so_or_what_to_do_rules_no_answer(said: str) -> None:
    assert kind_of(said) == ""


def test_a_how_to_is_called_up_by_its_task() -> None:
    assert kind_of("To reset the router, hold the button for ten seconds") == "howto"
    assert about("To reset the router, hold the button for ten seconds") == "reset the router"
    assert about("how to descale the kettle: vinegar and water") == "descale the kettle"


def test_a_rule_for_a_case_is_called_up_by_the_case() -> None:
    assert about("when I ask for a recipe, give it in grams") == "a recipe"
    assert about("answer in German") == ""


def test_two_instructions_on_one_matter_are_told_by_it() -> None:
    assert matter("answer in German") == matter("from now on reply in French") == "language"
    assert matter("call me Ben") == "name"
    assert matter("never mention German") == matter("when I ask for a recipe, answer in German") == ""


def test_what_must_not_be_mentioned_and_to_whom() -> None:
    assert unsaid("never mention the surprise party to Dana") == Unsaid(("surprise party",), "Dana")
    assert unsaid("Never mention my ex or the accident.") == Unsaid(("ex", "accident"))
    assert unsaid("don't talk about work with me") == Unsaid(("work",))
    assert unsaid("never share my address with strangers") == Unsaid(("address",), ANYBODY)
    assert unsaid("don't mention it") is None
    assert unsaid("I will never mention Dana") is None


@pytest.mark.parametrize(
    ("question", "told"),
    [
        ("what can I tell Dana about Saturday?", True),
        ("write a card for Dana", True),
        ("where does Dana live?", False),
        ("what did Dana tell me?", False),
    ],
)
def test_whether_an_answer_goes_to_somebody(question: str, told: bool) -> None:
    assert told_to(question, "Dana") is told_to(question, ANYBODY) is told
