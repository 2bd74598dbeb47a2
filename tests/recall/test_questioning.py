from __future__ import annotations

import json
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.recall.askable import frames
from secondme.recall.paraphrase import otherwise, shortened
from secondme.recall.questioning import Frame, put
from secondme.recall.verbs import base, participle

DAY = date(2024, 5, 20)


def asked(text: str, speaker: str = "Ana") -> dict[str, str]:
    """The questions that are made of a text, with what each asks for."""
    return {put(one, text, speaker): text[slice(*one.answer)] for one in frames(text, DAY, speaker)}


@pytest.mark.parametrize(
    ("text", "question", "answer"),
    [
        ("I moved to Lisbon in May.", "When did Ana move to Lisbon?", "May"),
        ("I moved to Lisbon in May.", "Where did Ana move?", "Lisbon"),
        ("Last week I joined a pottery class.", "When did Ana become part of a pottery course?", "Last week"),
        (
            "Wow, Ben! I painted seven portraits for the town hall.",
            "How many portraits did Ana paint for the city hall?",
            "seven",
        ),
        ("I paid €1,349 for the climbing rope.", "How much did Ana pay for the climbing cord?", "€1,349"),
        ("My sister's wedding was on 12 June.", "When was Ana's sister's wedding?", "12 June"),
        ("I'm meeting the architect at 10:30.", "What time is Ana meeting the architect?", "at 10:30"),
        ("I've been learning the harp for three years.", "How long has Ana been learning the harp?", "for three years"),
        ("I borrowed the sander from Jonas.", "Where did Ana borrow the sander from?", "Jonas"),
        ("We roasted marshmallows with Cleo.", "Who did Ana roast marshmallows with?", "Cleo"),
        ("I was talking about the tram with my cousins.", "Who was Ana talking about the tram with?", "my cousins"),
        ("I will bring the accordion to the wedding.", "Where will Ana bring the accordion?", "to the wedding"),
        ("I started swimming because my knee hurt a lot.", "Why did Ana begin swimming?", "my knee hurt a lot"),
        ("I participated in a chess tournament.", "What did Ana participate in?", "a chess tournament"),
        ("My favourite novel is The Summer Book.", "What is Ana's favourite novel?", "The Summer Book"),
        ("Ruth moved the deadline to Friday.", "What did Ruth move?", "the deadline"),
    ],
)
def test_a_statement_becomes_the_question_for_a_part_of_it(text: str, question: str, answer: str) -> None:
    assert asked(text).get(question, list(asked(text))) == answer


def test_the_owner_asks_about_themselves() -> None:
    assert asked("I borrowed the sander from Jonas for my door.", "") == {
        "Where did I borrow the sander from for my door?": "Jonas",
        "What did I borrow from Jonas for my door?": "the sander",
    }
    assert "How much did I pay for the vintage lamp?" in asked("- Paid €95 for the vintage lamp.", "")


def test_what_others_say_is_theirs() -> None:
    assert asked("I showed my kitchen to my cousin yesterday.") == {
        "When did Ana show their kitchen to their cousin?": "yesterday",
        "What did Ana show to their cousin?": "my kitchen",
    }


@pytest.mark.parametrize(
    "text",
    [
        "I did it yesterday.",  # what?
        "She moved to Lisbon in May.",  # who?
        "You planted tulips in May.",
        "I went there last week.",
        "I think tulips are lovely in May.",
        "I never planted tulips in May!",
        "I did not plant tulips in May.",
        "Did I plant tulips in May?",
        "Boil salted water in May.",
        "The measured time in the hall is long.",
        "Wow, that's cool!",
        "",
    ],
)
def test_what_would_read_badly_is_not_asked(text: str) -> None:
    assert asked(text) == {}


def test_words_of_that_day_are_not_asked_with() -> None:
    """ "yesterday" means another day when the question is asked."""
    assert all("yesterday" not in one for one in asked("I repaired the garden gate with Ben yesterday."))


def test_lines_that_name_a_thing_are_asked_for_as_it() -> None:
    contact = "Name: Zoë Martens\nPhone (mobile): +32 400 55 01 38\nBirthday: 14 September 1988\nNote: Writes back."
    assert asked(contact, "") == {
        "What is the phone of Zoë Martens?": "+32 400 55 01 38",
        "When is the birthday of Zoë Martens?": "14 September 1988",
    }
    assert asked("- Chip number: 981 000 1234\n- Vet: Lotte", "") == {"What is the chip number?": "981 000 1234"}


def test_a_frame_is_kept_without_a_word_of_the_text() -> None:
    text = "I adopted a greyhound from the shelter in Bruges last month."
    for frame in frames(text, DAY, "Ana"):
        kept = json.dumps(frame.kept())
        assert not {word for word in ("adopted", "greyhound", "shelter", "Bruges", "month") if word in kept}
        assert Frame.of(json.loads(kept)) == frame


@given(st.text(alphabet=st.sampled_from("I wentoa£€ 5:0Lis.bon,in May-'with\nMy was’!?"), max_size=80))
def test_any_text_can_be_looked_at(text: str) -> None:
    for speaker in ("", "Ana"):
        for frame in frames(text, DAY, speaker):
            assert put(frame, text, speaker).endswith("?")
            assert 0 <= frame.answer[0] < frame.answer[1] <= len(text)


def test_a_question_is_put_in_other_words_and_fewer() -> None:
    assert otherwise("take the kids to an event in a store") == "take the children to an occasion in a shop"
    assert shortened("the orbital sander from Jonas for the door") == "the orbital sander from Jonas"
    assert shortened("tulips") == "tulips"


@pytest.mark.parametrize(
    ("past", "verb"),
    [
        ("went", "go"), ("planned", "plan"), ("moved", "move"), ("tried", "try"), ("visited", "visit"),
        ("called", "call"), ("baked", "bake"), ("cooked", "cook"), ("travelled", "travel"), ("rewrote", "rewrite"),
        ("measured", "measure"), ("decided", "decide"), ("opened", "open"), ("donated", "donate"), ("agreed", "agree"),
        ("used", "use"), ("tied", "tie"), ("added", "add"), ("read", "read"), ("indeed", ""), ("speed", ""),
    ],
)  # fmt: skip
def test_the_base_of_a_past_tense(past: str, verb: str) -> None:
    assert base(past) == verb


def test_what_may_follow_have() -> None:
    assert all(map(participle, ("been", "gone", "painted")))
    assert not any(map(participle, ("tulips", "a", "red")))
