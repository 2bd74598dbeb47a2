"""Who "my sister" is: how questions say it, how texts tell it."""

from __future__ import annotations

import pytest

from secondme.recall.mentions import mentions
from secondme.recall.register import Register
from secondme.recall.relations import asked, relation
from secondme.recall.sayings import sayings

REGISTER = Register([(1, "Ana Berg", ""), (2, "Tom", "")])


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When is my sister's birthday?", ["my sister's"]),
        ("Where does my older brother live?", ["my older brother"]),
        ("What did our landlord write?", ["our landlord"]),
        ("When did mum call?", ["mum"]),
        ("what is Mom's recipe", ["Mom's"]),
        ("What did my sister in law and my mother-in-law say?", ["my sister in law", "my mother-in-law"]),
        ("When do I have to be at the dentist's?", ["the dentist's"]),
        ("What did Ana's brother and Tom’s youngest daughter eat?", ["Ana's brother", "Tom’s youngest daughter"]),
        ("What did the mum say to her dad and to Kim's mum?", []),
        ("Did the sisters come?", []),
        ("Who is the boss?", []),
        ("Is my dog-sitter ill?", []),
        ("", []),
    ],
)
def test_relations_in_a_question(question: str, expected: list[str]) -> None:
    assert [question[one.start : one.end] for one in asked(question, mentions(question, REGISTER))] == expected


@pytest.mark.parametrize(
    ("said", "among", "several"),
    [
        ("Mom", "mother", False),
        ("sisters", "sister", True),
        ("Sister in law", "sister-in-law", True),
        ("parents", "dad", True),
        ("kids", "daughter", True),
        ("wives", "wife", True),
        ("husband", "spouse", False),
        ("fiancée", "partner", False),
        ("boss", "manager", False),
    ],
)
def test_words_that_say_the_same(said: str, among: str, several: bool) -> None:
    found = relation(said)
    assert found is not None
    assert among in found.words
    assert found.several is several


@pytest.mark.parametrize(
    ("of", "text", "expected"),
    [
        ("sister", "Lunch with my sister Ana on Sunday.", ["Ana"]),
        ("sister", "My little sister, Ana, has moved.", ["Ana"]),
        ("sister", "Ana, my sister, has moved.", ["Ana"]),
        ("sister", "I saw Ana Berg (my sister) there.", ["Ana Berg"]),
        ("sister", "Ana is my sister.", ["Ana"]),
        ("sister", "I have a sister. My sister's name is Ana.", ["Ana"]),
        ("sister", "My sister is called Ana-Lena.", ["Ana-Lena"]),
        ("dentist", "Saw my dentist, Dr Osei, about the tooth.", ["Dr Osei", "Dr Osei"]),
        ("dentist", "- Dentist: Ifeoma van den Osei, Monday", ["Ifeoma van den Osei"]),
        ("dog", "My dog Rex's lead broke.", ["Rex"]),
        ("mother", "Mum's at my mom Ilse's.", ["Ilse"]),
        # nobody's name
        ("sister", "My sister and I went. My sister Monday, me Tuesday.", []),
        ("sister", "In Ghent, my sister, who is ill, called. Sadly, my sister, too.", []),
        ("sister", "Hi Ana, my sister is coming. Hello Tom, my sister.", []),
        ("sister", "His sister Ana and your sister Eva", []),
        ("sister", "My sister-in-law Eva", []),
        ("sister", "my sister was in Ghent", []),
    ],
)
def test_what_a_text_says_of_who_it_is(of: str, text: str, expected: list[str]) -> None:
    found = relation(of)
    assert found is not None
    assert [saying.name for saying in sayings([text], found)] == expected


def test_a_saying_is_quoted_and_worth_more_the_plainer_it_is() -> None:
    sister = relation("sister")
    assert sister is not None
    plain, apposed = sayings(["She's my sister Ana, you know. Ana, my sister, that is."], sister)
    assert (plain.quote, apposed.quote) == ("my sister Ana", "Ana, my sister")
    assert plain.votes > apposed.votes
