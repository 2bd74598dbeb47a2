"""Titles: the owner's own, else the words that tell most."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.me import Me
from secondme.memory.episodes.naming import given_title, named, place, shortened, verified
from secondme.memory.episodes.telling import Rarity, Telling, root, tell, tokens

CHAT = (
    "I just signed up for a pottery class yesterday, it's like therapy for me!",
    "Wow, that's great! What made you try pottery?",
    "I'm a big fan of pottery. Look at this bowl! [shares a photo: a photo of a frisbee on the lawn]",
    "Thanks! I really love it. You're awesome.",
)


@pytest.fixture
def rarity(me: Me, notes: Path) -> Rarity:
    (notes / "walk.md").write_text("We walked along the river and talked about the weather and the river again.")
    me.ingest([notes])
    return Rarity(me.reader)


def told(rarity: Rarity, *texts: str, known: frozenset[str] = frozenset()) -> Telling:
    return tell(texts, [1.0] * len(texts), rarity, known)


def test_what_is_said_again_and_again_names_a_conversation(rarity: Rarity) -> None:
    title = named(told(rarity, *CHAT))
    assert title.casefold().startswith("pottery")
    assert "frisbee" not in title  # a caption is not what was said
    assert not {"awesome", "thanks", "great"} & set(title.casefold().split())


def test_a_phrase_is_spelt_as_it_stands_there(rarity: Rarity) -> None:
    assert (
        named(told(rarity, "Our flight to New York leaves from Brussels Airport."))
        == "Brussels Airport, New York, flight"
    )


def test_those_who_talk_do_not_name_what_they_talk_of(rarity: Rarity) -> None:
    texts = ("Hello Melanie, the boiler is broken.", "Melanie, did you call about the boiler?")
    assert "Melanie" not in named(told(rarity, *texts, known=frozenset({"melanie"})))


def test_what_is_everywhere_tells_nothing(me: Me, notes: Path) -> None:
    for n in range(220):
        (notes / f"{n}.md").write_text(f"The fiets stood in the shed{n}.")
    me.ingest([notes])
    assert Rarity(me.reader).weight("fiets") == 0.0
    assert Rarity(me.reader).weight("shed7") > 0.5


def test_verbs_after_a_name_are_no_part_of_it(rarity: Rarity) -> None:
    assert "lends" not in named(told(rarity, "The brass band lends us fourteen folding chairs."))
    assert "arrives" not in named(told(rarity, "My bus from Poznań arrives on Friday."))


@pytest.mark.parametrize(
    ("context", "title"),
    [
        ("Balcony 2026", "Balcony 2026"),
        ("Balcony 2026 › Watering", "Balcony 2026: Watering"),
        ("Running log › Running log, spring", "Running log: Running log, spring"),
        ("Teeth › 12 May 2026", "Teeth"),
        ("Minutes of 21 May › Minutes, Thursday 21 May 2026", "Minutes of 21 May"),
        ("Sunday 31 May", ""),
        ("2026-05-03", ""),
        ("IMG_2031", ""),
        ("Untitled", ""),
        ("", ""),
    ],
)
def test_the_owners_title_counts_unless_it_says_nothing(context: str, title: str) -> None:
    assert given_title(context) == title


def test_a_long_title_is_cut_between_words() -> None:
    assert shortened("one two three", 9) == "one two…"


def test_where_it_was_is_what_a_line_says() -> None:
    assert place(["Dentist\nWhen: Tuesday\nWhere: Rose Street 4"]) == "Rose Street 4"
    assert place(["Where were you?"]) == ""


def test_a_proposed_title_counts_only_if_the_passages_say_it() -> None:
    assert verified("Pottery class and therapy", CHAT)
    assert not verified("Pottery class in Paris", CHAT)
    assert not verified("Two classes of 40 euro", CHAT)
    assert not verified("", CHAT)


def test_words_meet_in_their_stems() -> None:
    assert root("paintings") == root("painting's") == root("painted")
    assert root("police") != root("policy")


def test_a_word_knows_whether_it_is_a_name() -> None:
    names = {text.plain for text in tokens("Then we met Jonas. He DETESTS hazelnuts. McEwan wrote it.") if text.name}
    assert names == {"jonas", "mcewan"}
