"""Who is meant in a question, asked of a memory made of contacts, mail, chats and notes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.me import Me
from secondme.recall.naming import Directory, Individual, Named
from tests.conftest import FAKE_ENGINE

CONTACTS = """BEGIN:VCARD
VERSION:3.0
FN:Ana Berg
NICKNAME:Nana B
EMAIL:ana@example.org
TEL:+32 470 11 22 33
X-ABRELATEDNAMES;TYPE=brother:Tom Berg
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Dr. Ifeoma Osei
TITLE:Dentist
TEL:+32 9 000 00 81
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Geert De Backer (landlord)
TEL:+32 400 55 02 60
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Mum
TEL:+32 400 55 02 61
END:VCARD
BEGIN:VCARD
VERSION:3.0
FN:Eva Lund
TEL:+32 400 55 02 62
NOTE:Tom Berg's wife
END:VCARD
"""
MAIL = """From: "Berg, Tom" <tom@example.org>
To: Zoe <zoe@example.org>
Subject: Sunday
Date: Fri, 01 May 2026 10:00:00 +0200
Message-ID: <1@example.org>

See you on Sunday. My daughter Kim comes along.
"""
CHAT = [("Ana Berg", "I am at the sea."), ("Melanie", "I have two cats."), ("Melanie", "My brother Sven is a cook.")]
NOTES = "Lunch with my sister Ana.\n\nMy dog Rex is ill.\n\nPaid my dentist, Dr Osei.\n\nAsked my boss, Petra, twice.\n"


def told(me: Me, notes: Path) -> Directory:
    """Everybody in a memory that was told all of the above."""
    (notes / "people.vcf").write_text(CONTACTS)
    (notes / "sunday.eml").write_text(MAIL)
    (notes / "notes.md").write_text(NOTES)
    lines = [
        json.dumps({"speaker": who, "text": text, "time": f"2026-05-0{n}T10:00:00+00:00"})
        for n, (who, text) in enumerate(CHAT, 1)
    ]
    said = {"role": "user", "content": "My best friend is Lou.", "timestamp": "2026-05-09T10:00:00+00:00"}
    (notes / "chat.jsonl").write_text("\n".join([*lines, json.dumps(said)]))
    me.ingest([notes])
    return Directory.of(me.reader)


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """One for all tests of this module, which only read."""
    folder = tmp_path_factory.mktemp("home")
    (folder / "config.toml").write_text(FAKE_ENGINE)
    with Me(Home(folder, folder), embedder=FakeEmbedder(), generator=FakeGenerator()) as me:
        yield told(me, tmp_path_factory.mktemp("notes"))


def test_a_person_has_all_names_and_is_heard_under_each(directory: Directory) -> None:
    found = directory.named("Where is Ana?")
    (ana,) = found.people
    assert ana.name == "Ana"
    assert set(ana.names) == {"Ana Berg", "Nana B"}
    assert len(ana.handles) == 3, "in the chat, by mail and by telephone"
    assert found.says("Ana Berg")
    assert not found.says("Melanie")
    assert not found.says("")
    assert found.any
    assert found.reasons == ("Ana: Ana Berg, Nana B",)
    assert directory.named("Did Nana B call?").people[0].handles == ana.handles


def test_the_question_as_those_who_are_named_would_ask_it(directory: Directory) -> None:
    found = directory.named("When did Melanie's cats meet Ana?")
    assert found.masked("I", "my") == "When did my cats meet I?"
    assert found.masked("", "") == "When did cats meet?"
    assert [found.question[start:end] for start, end, _ in found.spans] == ["Melanie's", "Ana"]
    silent = directory.named("When is Dr. Osei's holiday?")
    assert silent.people[0].names == ("Dr. Ifeoma Osei",)
    assert not silent.any
    assert silent.masked("I", "my") == silent.question, "who never says anything never says “I”"


@pytest.mark.parametrize(
    ("question", "names", "reason"),
    [
        ("Where does my sister live?", ["Ana Berg"], "my sister: Ana, as in “my sister Ana”"),
        (
            "When is the dentist?",
            ["Dr. Ifeoma Osei"],
            "the dentist: Dr. Ifeoma Osei, from people.vcf: “Title: Dentist”",
        ),
        (
            "What did our landlord say?",
            ["Geert De Backer (landlord)"],
            "our landlord: Geert De Backer (landlord), called",
        ),
        ("When did mom call?", ["Mum"], "mom: Mum, called “Mum”"),
        ("Where is Ana's brother?", ["Ana Berg", "Tom Berg"], "Ana's brother: Tom Berg, from people.vcf: “Relation"),
        ("Who is Tom's wife?", ["Tom Berg", "Eva Lund"], "Tom's wife: Eva Lund, from people.vcf: “Tom Berg's wife”"),
    ],
)
def test_relations_are_people(directory: Directory, question: str, names: list[str], reason: str) -> None:
    found = directory.named(question)
    known = {"Berg, Tom": "Tom Berg"}
    assert sorted(known.get(person.names[0], person.names[0]) for person in found.people) == sorted(names)
    assert found.reasons[0].startswith(reason)
    (start,) = {start for start, _, _ in found.spans}
    assert len({end for _, end, _ in found.spans}) == 1, "one mention, whosoever they are"
    assert question[start:].startswith(reason.partition(":")[0])


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is wrong with my dog?", "Rex"),
        ("What did my best friend say?", "Lou"),
        ("What does Melanie's brother do?", "Sven"),
        ("How old is Tom's daughter?", "Kim"),
    ],
)
def test_somebody_who_is_only_written_about_is_told_by_name(directory: Directory, question: str, name: str) -> None:
    found = directory.named(question)
    assert [person.names for person in found.told] == [(name,)]
    assert found.told[0].handles == ()
    assert name not in {known for person in found.people for known in person.names}
    assert (
        question[found.spans[0][0] : found.spans[0][1]] in ("Melanie's", "Tom's") if found.spans else not found.people
    )


@pytest.mark.parametrize(
    "question",
    [
        "Who is my brother?",  # what Melanie says of hers is not the owner's
        "What did my boss say?",  # one weak pattern for a name that nobody bears
        "What did the plumber cost?",
        "What did I tell you about me?",
    ],
)
def test_what_memory_does_not_say_stays_as_it_is(directory: Directory, question: str) -> None:
    found = directory.named(question)
    assert (found.people, found.told, found.spans, found.reasons) == ((), (), (), ())
    assert found.masked("I", "my") == question


def test_a_name_beside_the_relation_is_who_it_is(directory: Directory) -> None:
    found = directory.named("When did my friend Melanie and my sister Ana meet?")
    assert [found.question[start:end] for start, end, _ in found.spans] == ["Melanie", "my sister Ana"]
    theirs = directory.named("Is Ana's brother Tom in?")
    assert [theirs.question[start:end] for start, end, _ in theirs.spans] == ["Ana's brother Tom"] * 2
    listed = directory.named("Did my sister, Tom and Melanie meet?")
    assert [listed.question[start:end] for start, end, _ in listed.spans] == ["my sister", "Tom", "Melanie"]


def test_another_place_can_be_searched_for_the_owners_words(directory: Directory) -> None:
    asked: list[str] = []

    def find(phrase: str) -> list[str]:
        asked.append(phrase)
        return ["I told my boss Tom Berg."] if phrase == "my boss" else []

    assert [person.name for person in directory.named("Where is my boss?", find).people] == ["my boss"]
    assert "my manager" in asked


def test_the_owner_merges_and_is_asked_for_by_either_name(me: Me, notes: Path) -> None:
    assert not told(me, notes).named("Where is Melanie?").says("Ana Berg")
    me.merge_people("Melanie", "ana@example.org")
    found = Directory.of(me.reader).named("Where is Melanie?")
    assert found.says("Ana Berg")
    assert {"Melanie", "Ana Berg"} <= set(found.people[0].names)


PIECES = [
    "my sister",
    "Ana",
    "Ana's",
    "Melanie’s",
    "brother",
    "Tom",
    "Mum",
    "our",
    "the dentist's",
    "Dr.",
    "Osei",
    "my",
]


@given(st.lists(st.tuples(st.sampled_from(PIECES), st.sampled_from([" ", ", ", "? ", " and ", "'s "])), max_size=8))
def test_mentions_of_every_kind_are_in_order_and_apart(directory: Directory, parts: list[tuple[str, str]]) -> None:
    found = directory.named("".join(map("".join, parts)))
    places = sorted({(start, end) for start, end, _ in found.spans})
    assert all(one[1] <= other[0] for one, other in pairwise(places))
    assert all(0 <= start < end <= len(found.question) for start, end in places)
    assert {who for _, _, who in found.spans} == set(range(len(found.people)))


def test_an_empty_memory_knows_nobody(me: Me) -> None:
    found = Directory.of(me.reader).named("What did my sister tell Ana's dentist?")
    assert not found.people
    assert not found.any


@given(st.text(max_size=40))
def test_without_a_mention_the_question_stays_as_it_is(question: str) -> None:
    assert Named(question).masked("I", "my") == question
    assert Named(question).masked("", "") == question


@given(st.text("ab '", max_size=40), st.lists(st.tuples(st.integers(0, 40), st.integers(1, 9)), max_size=3))
def test_masking_touches_mentions_alone(question: str, places: list[tuple[int, int]]) -> None:
    spans = sorted((at, min(at + length, len(question)), 0) for at, length in places if at < len(question))
    apart = [span for n, span in enumerate(spans) if all(other[1] <= span[0] for other in spans[:n])]
    named = Named(question, (Individual("x", ("x",), (1,), frozenset("x")),), tuple(apart))
    gone = {at for start, end, _ in apart for at in range(start, end)}
    left = "".join(" " * (at in gone) or c for at, c in enumerate(question))
    assert named.masked("", "").replace(" ", "") == left.replace(" ", "")
    assert len(named.masked("I", "I")) == len(question) - len(gone) + len(apart)
