from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from secondme.knowledge import OWNER, Claim, Quote
from secondme.memory.facts.guard import refusal, refused
from tests.memory.facts.telling import WRITTEN, told

TEXT = "Dana Berg moved to Ghent on 3 May, and I paid €1,349 for her bike. She does not eat pork. Did she call?"
DAY = WRITTEN.toordinal()


def claim(said: str = "Dana Berg moved to Ghent on 3 May", text: str = TEXT, **more: Any) -> Claim:
    start = text.index(said)
    fields: dict[str, Any] = {
        "subject": "Dana Berg",
        "kind": "place",
        "statement": "Dana Berg moved to Ghent",
        "quote": Quote("p1", start, start + len(said), said),
        "day": DAY,
        "said_by": OWNER,
    }
    return Claim(**(fields | more))


def ordinal(*day: int) -> tuple[int, int]:
    return (date(*day).toordinal(),) * 2  # type: ignore[return-value]


@pytest.mark.parametrize(
    "more",
    [
        {},
        {"slot": "lives in", "value": "Ghent"},
        {"slot": "lives in", "value": "Ghent", "event": ordinal(2026, 5, 3)},
        {"slot": "moved on", "value": "2026-05-03"},
        {"slot": "moved on", "value": "May 3rd"},
        {"statement": "Dana Berg moved to Ghent on 3 May 2026"},
        {"statement": "Dana Berg’s moving to Ghent"},
        {"subject": "Dana", "statement": "Dana moved to Ghent"},
    ],
)
def test_what_the_quote_says_passes(more: dict[str, Any]) -> None:
    assert refusal(claim(**more), TEXT) is None


@pytest.mark.parametrize(
    ("more", "reason"),
    [
        ({"quote": Quote("p1", 0, 9, "Dana Bergh")}, "not what the passage says"),
        ({"quote": Quote("p1", 1, 10, "Dana Berg")}, "not what the passage says"),
        ({"quote": Quote("p1", -9, 4, "Dana")}, "no span"),
        ({"quote": Quote("p1", 0, 900, TEXT)}, "no span"),
        ({"quote": Quote("p1", 4, 5, " ")}, "no span"),
        ({"kind": "rumour"}, "no known kind"),
        ({"slot": "lives in", "value": "Bruges"}, "value is not in the quote"),
        ({"slot": "lives in", "value": "Ghent, Belgium"}, "value is not in the quote"),
        ({"slot": "moved on", "value": "2026-05-04"}, "value is not in the quote"),
        ({"slot": "moved on", "value": "2025-05-03"}, "value is not in the quote"),
        ({"event": ordinal(2026, 5, 4)}, "does not name those days"),
        ({"event": ordinal(2026, 5, 3)[::-1], "day": None}, "does not name those days"),
        ({"statement": "Dana Berg moved to Bruges"}, "does not name"),
        ({"statement": "Dana Berg moved to Ghent with Ben"}, "does not name"),
        ({"statement": "Dana Berg moved to Ghent in 2024"}, "does not say “2024”"),
        ({"statement": "Dana Berg moved to Ghent on 4 May 2026"}, "does not say"),
        ({"statement": "Dana Berg moved to Ghent 3 times"}, None),  # "3" stands there; of what is beyond it
        ({"statement": "Dana Berg has not moved to Ghent"}, "turns the quote around"),
        ({"statement": "Dana Berg enjoys gardening, swimming and travel"}, "says more"),
        ({"statement": "Dana Berg moved to Ghent in 20"}, "does not say “20”"),
        ({"slot": "lived there for 12 years", "value": "Ghent"}, "does not say “12”"),
        ({"subject": ""}, "nobody in particular"),
        ({"subject": "She", "statement": "She moved to Ghent"}, "nobody in particular"),
        ({"subject": "Robert", "statement": "Robert moved to Ghent"}, "Nobody of that name"),
        ({"statement": "Moved", "value": ""}, "says too little"),
        ({"statement": "the of and", "value": ""}, "says nothing"),
        ({"statement": "x" * 600}, "too long"),
        ({"ended": ("Antwerp",)}, "What has ended"),
        ({"subject": OWNER, "trust": "machine"}, "A machine wrote it"),
    ],
)  # fmt: skip
def test_what_it_does_not_say_is_refused(more: dict[str, Any], reason: str | None) -> None:
    said = refusal(claim(**more), TEXT)
    assert said is None if reason is None else reason in (said or "")


@pytest.mark.parametrize(
    ("quote", "more", "reason"),
    [
        ("Did she call?", {"statement": "Dana Berg did call"}, "a question"),
        ("She does not eat pork", {"statement": "Dana Berg eats pork"}, "turns the quote around"),
    ],
)  # fmt: skip
def test_other_quotes_of_the_passage(quote: str, more: dict[str, Any], reason: str | None) -> None:
    said = refusal(claim(quote, **more), TEXT)
    assert said is None if reason is None else reason in (said or "")


@pytest.mark.parametrize(
    ("text", "value", "same"),
    [
        ("My number is +32 400 55.01.12", "+32400550112", True),
        ("My number is 0032 (0)400 55 01 12", "+32400550112", True),
        ("My number is +32 400 55 01 12", "+32400550113", False),
        ("My number is +32 400 55 01 12", "40055011", False),
        ("Write to Ana.Berg@Example.org", "ana.berg@example.org", True),
        ("Write to Ana.Berg@Example.org", "berg@example.org", False),
        ("The account is BE71 0961 2345 6769", "BE71096123456769", True),
        ("We were ninety-four at table", "94", True),
        ("We were two hundred and five at table", "205", True),
        ("We were ninety-four at table", "904", False),
        ("We have 1,349 users there", "349 users", False),
        ("At table 7 120 guests sat down", "120 guests", True),
        ("It weighs 2,4 kg", "2.4 kg", True),
        ("It weighs 2.4 kg", "24 kg", False),
        ("It is 12 kilometres away", "12 km", True),
        ("a red house and a blue bike of mine there now", "red bike", False),
        ("It was born on 14 September 1988", "1988-09-14", True),
        ("It came on 07/05/2023", "2023-05-07", True),  # one of the two that it may be
        ("Her code is KX4R2P", "KX4R2", False),
        ("Her name is Аna", "Ana", False),  # a Cyrillic letter
        ("We meet tomorrow at noon", "2026-05-21", True),
    ],
)
def test_forms_that_are_proven_equal_and_those_that_are_not(text: str, value: str, same: bool) -> None:
    read = claim(text, text, subject=OWNER, statement=text, slot="x", value=value)
    assert (refusal(read, text) is None) == same


@pytest.mark.parametrize(
    "text",
    [
        "My password is hunter2 on every machine",
        "the wifi password of the house is kippenhok",
        "The PIN of the card is 2580",
        "the pin is 2580 for both",
        "The door code of the building is 2580",
        "My card number is 4111 1111 1111 1111",
        "we pay with 5500 0000 0000 0004 there",
        "The key is sk-proj-abcdefghijklmnop1234",
        "token ghp_abcdefghijklmnopqrstuvwxyz01 works",
        "The recovery phrase is twelve words long",
    ],
)
def test_secrets_are_never_facts(text: str) -> None:
    assert "secret" in (refusal(claim(text, text, subject=OWNER, statement=text), text) or "")


@pytest.mark.parametrize(
    "text",
    [
        "The account of Ana is BE71 0961 2345 6769",
        "The booking code is R7KQ2M for both",
        "You pinned the opening hours there",
    ],
)
def test_references_are_no_secrets(text: str) -> None:
    assert refusal(claim(text, text, subject=OWNER, statement=text), text) is None


@pytest.mark.parametrize("text", ["Hello Dana Berg", "Thank you so much", "Kind regards, Ana", "ok cool thanks"])
def test_small_talk_is_no_fact(text: str) -> None:
    assert refusal(claim(text, text, subject=OWNER, statement=text), text) is not None


@pytest.mark.parametrize(
    ("value", "same"),
    [
        ("1349 EUR", True),
        ("1.349", True),
        ("1,349 euros", True),
        ("€1,394", False),
        ("$1,349", False),
        ("€1.34", False),
    ],
)
def test_a_price_by_its_worth(value: str, same: bool) -> None:
    read = claim("I paid €1,349 for her bike", subject=OWNER, slot="price", value=value, statement="You paid €1,349")
    assert (refusal(read, TEXT) is None) == same


def test_a_name_may_come_from_the_heading_and_nothing_else_may() -> None:
    text = "birthday: 3 May"
    read = claim(text, text, statement="Lotte’s birthday is 3 May", subject="Lotte", slot="birthday", value="3 May")
    assert refusal(read, text) is not None
    assert refused(read, told(text, "Lotte")) is None
    assert refused(replace(read, value="2 June"), told(text, "Lotte › 2 June")) is not None


def test_a_day_is_on_the_weekday_that_is_named_with_it() -> None:
    text = "I said yes to helping on Saturday 6 June"
    read = claim(text, text, subject=OWNER, statement=text)
    assert refusal(replace(read, event=ordinal(2026, 6, 6)), text) is None
    assert refusal(replace(read, event=ordinal(2025, 6, 6)), text) == "The quote does not name those days."


def test_a_task_may_be_a_question() -> None:
    text = "ask Ana about the blue scarf?"
    assert refusal(claim(text, text, subject=OWNER, statement=text, kind="task", stance="plan"), text) is None
