"""What is read out of sentences: slots and values, moods, whom it is about, and what is no fact at all."""

from __future__ import annotations

from datetime import date

import pytest

from secondme.knowledge import OWNER, Claim, Told
from secondme.memory.facts.guard import refused
from secondme.memory.facts.prose.sentences import claims

WRITTEN = date(2024, 3, 6)  # a Wednesday


def heard(text: str, subject: str = OWNER, **more: object) -> list[Claim]:
    """The claims of a message, each held against its passage and against the gate that all claims must pass."""
    told = Told("p1", text, subject, kind="chat", day=WRITTEN.toordinal(), **more)  # type: ignore[arg-type]
    found = list(claims(told))
    for claim in found:
        assert text[claim.quote.start : claim.quote.end] == claim.quote.text
        assert refused(claim, told) is None, claim
    return found


def slots(text: str, subject: str = OWNER) -> set[tuple[str, str, str]]:
    return {(claim.subject, claim.slot, claim.value) for claim in heard(text, subject) if claim.slot}


def of_owner(text: str) -> set[tuple[str, str]]:
    return {(slot, value) for subject, slot, value in slots(text) if subject == OWNER}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("My name is Vera Holm.", {("name", "Vera Holm")}),
        ("Hi, I'm Ben, a nurse.", {("name", "Ben"), ("works as", "nurse")}),
        (
            "I'm 34 years old and I speak German and French.",
            {("age", "34"), ("speaks", "German"), ("speaks", "French")},
        ),
        ("I just turned 40.", {("age", "40")}),
        ("I'm a software engineer based in Leeds.", {("works as", "software engineer"), ("lives in", "Leeds")}),
        ("I'm the CEO of Brightwell.", {("works as", "CEO"), ("works at", "Brightwell")}),
        (
            "I'm a PhD student at Utrecht University.",
            {("works as", "PhD student"), ("studies at", "Utrecht University")},
        ),
        ("I work at Siemens as a mechanical engineer.", {("works at", "Siemens"), ("works as", "mechanical engineer")}),
        ("I've been a teacher since 2009.", {("works as", "teacher")}),
        ("I live in Austin, Texas.", {("lives in", "Austin, Texas")}),
        ("Currently living in Oslo.", {("lives in", "Oslo")}),
        ("It has been raining all day here in Boston and I got wet.", {("lives in", "Boston")}),
        ("I've lived in Cork for ten years.", {("lives in", "Cork")}),
        ("I'm from Chile originally.", {("is from", "Chile")}),
        (
            "We use TypeScript, Tailwind, and Next.js.",
            {("uses", "TypeScript"), ("uses", "Tailwind"), ("uses", "Next.js")},
        ),
        (
            "I love hiking, climbing and Thai food.",
            {("likes", "hiking"), ("likes", "climbing"), ("likes", "Thai food")},
        ),
        ("I'm really into true crime.", {("likes", "true crime")}),
        ("I hate olives.", {("dislikes", "olives")}),
        ("I don't like olives.", {("dislikes", "olives")}),
        ("I prefer tea over coffee.", {("prefers", "tea over coffee")}),
        ("My favorite colour is green.", {("favourite colour", "green")}),
        ("I'm vegan.", {("diet", "vegan")}),
        ("I can't eat gluten.", {("does not eat", "gluten")}),
        ("I'm allergic to peanuts and penicillin.", {("allergies", "peanuts"), ("allergies", "penicillin")}),
        ("I was diagnosed with type 2 diabetes.", {("health condition", "type 2 diabetes")}),
        ("I got divorced.", {("marital status", "divorced")}),
        ("I'm learning to play the ukulele.", {("plays", "ukulele")}),
        ("I've been practicing pandas!", {("is learning", "pandas")}),
        ("I'm writing a thesis on river birds.", {("works on", "thesis on river birds")}),
        ("I own a small vineyard near Porto.", {("has", "small vineyard")}),
        ("My car is a red Volvo.", {("car", "red Volvo")}),
        ("We adopted a cat called Miso.", {("cat", "Miso")}),
        ("My new boss is called Peter.", {("boss", "Peter")}),
        ("My advisor Dr. Patel is happy with the draft.", {("advisor", "Dr. Patel")}),
    ],
)
def test_first_person(text: str, expected: set[tuple[str, str]]) -> None:
    assert of_owner(text) >= expected


@pytest.mark.parametrize(
    ("text", "slot", "value"),
    [
        ("We have an MVP with about 500 beta users.", "number of beta users", "500 beta users"),
        ("We've also grown to 10,000 beta users.", "number of beta users", "10,000 beta users"),
        ("Our team is 8 people total.", "number of people", "8 people"),
        ("We're at 11 people now.", "number of people", "11 people"),
        ("I expanded it to 50 languages.", "number of languages", "50 languages"),
        ("Getting 800ms latency when I need less.", "latency", "800ms"),
        ("Our latency is 150ms now.", "latency", "150ms"),
        ("My rent went up to €920.", "rent", "€920"),
        ("I have a big board meeting on January 30th.", "date of board meeting", "January 30th"),
        ("The board meeting got pushed to April 15th, says my boss.", "date of board meeting", "April 15th"),
        ("Our deadline for ACL is May 1st.", "date of deadline for acl", "May 1st"),
    ],
)
def test_numbers_and_dates_of_what_is_ours(text: str, slot: str, value: str) -> None:
    found = [claim for claim in heard(text) if claim.slot == slot]
    assert [(claim.value, claim.single) for claim in found] == [(value, True)]


def test_one_off_numbers_are_no_state() -> None:
    assert not of_owner("I bought 3 books about birds yesterday.")
    assert not of_owner("I have had a hard time deciding between two products.")


@pytest.mark.parametrize(
    ("text", "stance"),
    [
        ("I'm going to start learning Spanish.", "plan"),
        ("I plan to run a marathon in October.", "plan"),
        ("I'm moving to Lyon next month.", "plan"),
        ("I might move to Spain.", "guess"),
        ("I think my landlord wants to sell the flat.", "guess"),
        ("I'm thinking of adding Llama to the comparison.", "guess"),
        ("Dana says that I live in Ghent.", "hearsay"),
        ("I visited the harbour museum with Tom.", "done"),
        ("I live in Ghent.", "claim"),
    ],
)
def test_moods(text: str, stance: str) -> None:
    assert {claim.stance for claim in heard(text)} == {stance}


def test_hearsay_names_who_said_it() -> None:
    (claim,) = heard("Dana says that I live in Ghent.")
    assert (claim.said_by, claim.subject, claim.slot, claim.value) == ("Dana", OWNER, "lives in", "Ghent")
    assert claim.confidence < 0.8


def test_days_are_read_against_the_day_on_which_it_was_said() -> None:
    (claim,) = heard("I start on March 15th.")
    assert claim.event == (date(2024, 3, 15).toordinal(),) * 2
    (moved,) = heard("I visited the harbour museum yesterday.")
    assert moved.event == (date(2024, 3, 5).toordinal(),) * 2


def test_a_date_that_would_have_passed_already_is_left_open() -> None:
    (claim,) = heard("The wedding has been moved to June 19th.")
    assert (claim.slot, claim.value) == ("date of wedding", "June 19th")
    assert claim.event is None or claim.event[0] > WRITTEN.toordinal()


# -- others -----------------------------------------------------------------------------------------------------------


def test_another_person_by_kinship_and_by_name() -> None:
    found = slots("My sister Ana lives in Porto and works as a nurse.")
    assert found >= {(OWNER, "sister", "Ana"), ("Ana", "lives in", "Porto"), ("Ana", "works as", "nurse")}


def test_she_is_the_one_who_was_named_last() -> None:
    text = "My advisor is Prof. Lisa Zhang. I met her in May at a conference in Rome. She lives in Delft."
    assert ("Prof. Lisa Zhang", "lives in", "Delft") in slots(text)
    assert not slots("She lives in Delft.")


def test_statements_are_about_whom_they_are_said_of() -> None:
    said = "I've moved to Ghent with my dog, and I was tired."
    assert heard(said)[0].statement == "You have moved to Ghent with your dog"
    assert heard(said, "Ana")[0].statement == "Ana has moved to Ghent with their dog"
    assert heard("I live in Ghent.", "Ana")[0].statement == "Ana lives in Ghent"


def test_a_subject_left_out_is_the_speakers() -> None:
    (claim,) = heard("Working on my thesis about river birds.")
    assert claim.statement == "You are working on your thesis about river birds"
    (claim,) = heard("Took the night train to Vienna.")
    assert claim.statement == "You took the night train to Vienna"


def test_a_subject_left_out_below_somebodys_name_is_not() -> None:
    told = Told(
        "p1", "Moved back to Lisbon in January.", OWNER, context="Inês Carvalho", title="Inês Carvalho",
        people=(("Inês Carvalho", "", "about"),),
    )  # fmt: skip
    assert not [claim for claim in claims(told) if claim.subject == OWNER]


def test_nobody_known_speaks() -> None:
    text = "I live in Ghent and I work at Siemens. My latency is 150ms."
    assert not heard(text, "")
    assert [claim.subject for claim in heard("Dana Berg lives in Ghent.", "")] == ["Dana Berg"]


# -- statements by themselves -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "statement"),
    [
        ("I tried Cython but it was messy.", "You tried Cython but it was messy"),
        ("We closed our seed round, $2M from Northwind.", "You closed your seed round, $2M from Northwind"),
        (
            "I want to build something bigger — an internal tool for metrics.",
            "You want to build something bigger — an internal tool for metrics",
        ),
        ("FinBERT is doing okay. 0.87 F1 vs 0.79 for Llama.", "FinBERT is doing okay. 0.87 F1 vs 0.79 for Llama"),
    ],
)
def test_what_fits_no_slot_is_kept_whole(text: str, statement: str) -> None:
    assert statement in [claim.statement for claim in heard(text) if not claim.slot]


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Good morning! How are you?",
        "Thanks so much, that helps a lot!",
        "That sounds great, I love it.",
        "Perfect, that's exactly what I needed.",
        "Can you help me with my resume?",
        "How can I move my savings to another bank in Leeds",
        "I was wondering if you could recommend a book on birds.",
        "I'd like to know more about the history of Portugal.",
        "I'm looking for some information on Hindu festivals.",
        "I need some help with my Python homework.",
        "Keep going and don't stop dreaming, buddy.",
        "Let's start with reading a single Parquet file.",
        "I'm so happy for you and your family, Dana!",
        "If I lived in Paris, I would have a cat.",
        "> I live in Paris and work at the Louvre.",
        "result = work(I, 'live', 'in', 'Paris')",
    ],
)
def test_talk_is_no_fact(text: str) -> None:
    assert heard(text) == []


def test_nothing_twice() -> None:
    found = heard("I live in Ghent. As I said, I live in Ghent. I live in Ghent!")
    assert [(claim.slot, claim.value) for claim in found] == [("lives in", "Ghent")]


def test_pasted_text_is_not_about_the_speaker() -> None:
    pasted = "The regulation replaced the directive in 2018. Brussels is the seat of the board. " * 12
    assert heard(f"Summarise this. {pasted}") == []
