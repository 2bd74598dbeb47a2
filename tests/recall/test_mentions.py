"""Which words of a question are somebody's name, and whose."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.recall.mentions import mentions
from secondme.recall.names import callings, spellings
from secondme.recall.register import Register
from secondme.store.rows import Verdict

ANNA, ANNA_AT_HOME, TOM, MELANIE, OSEI, MAY, ROSE, GEERT, SHOP, BOB, CALENDAR, ME, BOT = range(1, 14)
HANDLES = [
    (ANNA, "Anna Berg", "mailto:anna@work.example"),
    (ANNA_AT_HOME, "Ännchen", "mailto:ann@home.example"),
    (TOM, "Berg, Tom (home)", ""),
    (MELANIE, "Melanie", ""),
    (OSEI, "Dr. Ifeoma Osei", "tel:+3291"),
    (MAY, "May Lind", ""),
    (ROSE, "Rose", ""),
    (GEERT, "Geert De Backer (landlord)", ""),
    (SHOP, "Best Rope Shop", "mailto:orders@rope.example"),
    (BOB, "Robert Carpenter", ""),
    (CALENDAR, "", "mailto:lena.smits@example.org"),
    (ME, "me", ""),
    (BOT, "assistant", ""),
]
REGISTER = Register(HANDLES)


def found(question: str, register: Register = REGISTER) -> list[tuple[str, tuple[int, ...]]]:
    """What each span holds, and whose handles they are."""
    return [(question[m.start : m.end], m.handles) for m in mentions(question, register)]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did Melanie move?", [("Melanie", (MELANIE,))]),
        ("When did Melanie's cat get ill?", [("Melanie's", (MELANIE,))]),
        ("What did Anna Berg and Melanie eat?", [("Anna Berg", (ANNA,)), ("Melanie", (MELANIE,))]),
        ("Did the Bergs or Tom Berg call?", [("Tom Berg", (TOM,))]),
        ("Where does Berg live?", [("Berg", (ANNA, TOM))]),
        ("What did Dr. Osei say?", [("Dr. Osei", (OSEI,))]),
        ("What did Mrs Lind's dog eat?", [("Mrs Lind's", (MAY,))]),
        ("Is De Backer in?", [("De Backer", (GEERT,))]),
        ("What did I write to ANN@home.example?", [("ANN@home.example", (ANNA_AT_HOME,))]),
        ("Who is annchen?", [("annchen", (ANNA_AT_HOME,))]),
        ("Did Lena Smits reply?", [("Lena Smits", (CALENDAR,))]),
        # shortened
        ("Did Mel come?", [("Mel", (MELANIE,))]),
        ("Did Bob come?", [("Bob", (BOB,))]),
        ("Did Me come?", []),
        ("Mel said what?", []),
        ("How much is the MEL index?", []),
        # no capitals
        ("what did melanie do", [("melanie", (MELANIE,))]),
        ("melanie's cat", [("melanie's", (MELANIE,))]),
        ("what did anna berg do", [("anna berg", (ANNA,))]),
        ("what did mel do", []),
        ("What did melanie tell me when I was ill?", [("melanie", (MELANIE,))]),
        # words that are names, too
        ("May I have a rose?", []),
        ("When is the rose fair in May?", []),
        ("What happened last May?", []),
        ("What did May and Rose do in May?", [("May", (MAY,)), ("Rose", (ROSE,))]),
        ("what did rose do in may", []),
        ("what is may lind's address", [("may lind's", (MAY,))]),
        ("what is rose's address", [("rose's", (ROSE,))]),
        # somebody else, something else
        ("Who is Kevin Berg?", []),
        ("Where is Melanie Street?", []),
        ("When was St. Anna built?", []),
        ("Who wrote 'The Diary of Melanie Klein'?", []),
        ('Who wrote "Anna and the King"?', []),
        ("Did Melanie Hart call?", [("Melanie", (MELANIE,))]),
        # firms go by their whole name
        ("What did I buy at the Best Rope Shop?", [("Best Rope Shop", (SHOP,))]),
        ("What was the best rope?", []),
        # nobody
        ("What did I tell the assistant about me?", []),
        ("", []),
    ],
)
def test_mentions(question: str, expected: list[tuple[str, tuple[int, ...]]]) -> None:
    assert found(question) == expected


def test_a_shortening_that_fits_two_people_is_nobodys_but_two_handles_of_one_will_do() -> None:
    two = Register([(1, "Christine", ""), (2, "Christopher", "")])
    assert found("Did Chris come?", two) == []
    same = Register([(1, "Christine", ""), (2, "Christine Lund", "")], verdicts=[Verdict(1, 2, True)])
    assert found("Did Chris come?", same) == [("Chris", (1, 2))]


def test_handles_are_one_person_as_everywhere_else() -> None:
    handles = [
        (1, "Anna Berg", "mailto:anna@work.example"),
        (2, "Annie", "tel:+32"),
        (3, "A. Berg", "mailto:anna@work.example"),
        (4, "Berg, Anna", ""),
        (5, "Anna", ""),
        (6, "Anna Berg", "telegram:6"),
    ]
    cards = [(77, 3), (77, 2)]
    register = Register(handles, [(2, "Anneke")], lambda: cards, [Verdict(1, 6, False)])
    assert register.person(1) == (1, 2, 3, 4)
    assert register.person(5) == (5,)
    assert register.person(6) == (6,)
    assert found("Did Anneke come?", register) == [("Anneke", (2,))]
    assert found("Did Anna come?", register) == [("Anna", (1, 4, 5, 6))], "all whom it may mean"


def test_the_owner_is_nobody_whatever_name_was_merged_with_me() -> None:
    register = Register([(1, "me", ""), (2, "Zoë Martens", ""), (3, "You", "")], verdicts=[Verdict(1, 2, True)])
    assert found("What did Zoë say to you and me?", register) == []


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("Berg, Anna", ["Anna Berg"]),
        ("Anna Berg (work)", ["Anna Berg"]),
        ("Mama (Małgorzata Vandaele)", ["Mama", "Małgorzata Vandaele"]),
        ("Anna Berg via LinkedIn", ["Anna Berg"]),
        ("Smith, PhD", ["Smith"]),
        ("anna@example.org", []),
        ("", []),
    ],
)
def test_a_display_name_is_taken_apart(name: str, expected: list[str]) -> None:
    assert spellings(name) == expected


def test_by_which_words_people_are_called() -> None:
    called = {" ".join(one) for one in callings("Dr. Anna Maria van den Berg-Smets")}
    assert {"anna", "anna maria", "anna smets", "van den berg smets", "berg", "smets"} <= called
    assert called.isdisjoint({"dr", "van", "den", "maria"})


NAMES = st.sampled_from(
    ["Melanie", "melanie's", "Anna Berg", "Dr. Osei", "May", "Berg’s", "“Rose”", "ann@home.example"]
)
REST = st.text(alphabet=st.sampled_from("aA .'’\"“,?-_@\n\u0130ßé7"), max_size=6)


@given(st.lists(st.one_of(NAMES, REST, st.text(max_size=8)), max_size=12))
def test_whatever_is_asked_mentions_are_stretches_of_it_in_order(parts: list[str]) -> None:
    question = "".join(parts)
    spans = [(m.start, m.end) for m in mentions(question, REGISTER)]
    assert all(0 <= start < end <= len(question) for start, end in spans)
    assert all(one[1] <= other[0] for one, other in pairwise(spans))


@given(st.lists(st.text(max_size=12), max_size=4), st.text(max_size=30))
def test_no_name_is_too_odd(names: list[str], question: str) -> None:
    register = Register([(n, name, "") for n, name in enumerate(names, 1)])
    for mention in mentions(f"{question} {' '.join(names)}", register):
        assert set(mention.handles) <= set(range(1, len(names) + 1))
