"""Habits of asking: the manner that is asked for again and again becomes a how-to, and goes with what it rests on."""

from __future__ import annotations

import json
import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from secondme.instructions import often, often_asked
from secondme.me import Me
from secondme.memory import manners
from secondme.memory.forgetting import Wish
from secondme.store.lessons import Lesson
from secondme.store.rows import Filters
from tests.memory.lives import written

pytestmark = pytest.mark.usefixtures("reading_records")

BULLETS = (
    "I like when you give me bullet points, not long paragraphs. Easier to scan.",
    "The interview went well. Can you help me with an outline? Keep it in bullet points.",
    "I'm starting the piece on chips now. Can you help me research? Bullet points please.",
)
SMALL_TALK = "I went for a long walk by the river today. It was cold."


def chats(folder: Path, *said: str, answered: bool = True) -> Path:
    """A file of conversations, one a day, in which the owner says this and a machine answers."""
    records = list[dict[str, object]]()
    for number, text in enumerate(said):
        day, thread = date(2026, 3, 1) + timedelta(days=number), {"thread": f"chat {number}"}
        records.append({"text": text, "local": f"q{number}", "time": f"{day}T10:00:00+00:00", "trust": "own", **thread})
        if answered:
            answer = {"text": "Here are bullet points, a diagram and examples.", "trust": "machine"}
            records.append({**answer, "local": f"a{number}", "time": f"{day}T10:01:00+00:00", **thread})
    path = folder / "chats.records"
    path.write_text(written(*records))
    return path


def howtos(me: Me, *said: str) -> list[str]:
    me.ingest([chats(me.home.data_dir.parent, *said)])
    me.retell()
    return [one.text for one in me.lessons()]


def forget_day(me: Me, day: int) -> None:
    """What was said on that day of the month."""
    first = int(datetime(2026, 3, day, tzinfo=UTC).timestamp())
    me.forget(me.forgettable(Wish(filters=Filters(since=first, until=first + 86_399))))


def the_one(me: Me) -> Lesson:
    (one,) = me.lessons()
    return one


def test_what_is_asked_for_on_three_days_becomes_a_howto(me: Me) -> None:
    assert howtos(me, *BULLETS) == ["You often ask for bullet points (3 times)"]
    assert the_one(me).kind == "howto"


def test_it_shows_the_passages_that_it_rests_on(me: Me) -> None:
    howtos(me, *BULLETS)
    passages = me.reader.passages([passage for passage, _, _ in the_one(me).wrong])
    assert {found.passage.text for found in passages.values()} == set(BULLETS)
    assert the_one(me).id in passages


def test_a_span_is_where_the_manner_is_named(me: Me) -> None:
    howtos(me, *BULLETS)
    for id_, start, end in the_one(me).wrong:
        passage = me.reader.passages([id_])[id_].passage
        assert passage.text[start - passage.start : end - passage.start].lower() == "bullet points"


@pytest.mark.parametrize(
    ("said", "told"),
    [
        (
            (
                "Can you explain how tides work? Maybe draw it out for me?",
                "I don't get recursion. A diagram would be super helpful.",
                "Please show me with a diagram how the gears turn.",
            ),
            "You often ask for a diagram (3 times)",
        ),
        (
            (
                "Can you give me a tiny example of a loop?",
                "Let's do closures next. Again, smallest possible example.",
                "Yes please, tiny examples as usual!",
            ),
            "You often ask for tiny examples (3 times)",
        ),
        (
            (
                "Could you explain mortgages in plain words?",
                "Please tell me what a bond is, in simple terms.",
                "Explain inflation to me like I'm five.",
            ),
            "You often ask for simple terms (3 times)",
        ),
        (
            (
                "Can you plan my dinners for the week? Keep it low-carb.",
                "I have guests on Friday, can you find me a menu? Keep it low-carb, please.",
                "Give me ideas for the picnic. Keep it low-carb!",
            ),
            "You often ask for “keep it low-carb” (3 times)",
        ),
    ],
)
def test_different_words_for_one_manner_count_together(me: Me, said: tuple[str, ...], told: str) -> None:
    assert howtos(me, *said, SMALL_TALK) == [told]


@pytest.mark.parametrize(
    "said",
    [
        BULLETS[:2],
        # a topic: it comes with the same words each time
        tuple(f"Can you write an example for the chemistry exam {word}?" for word in ("now", "again", "here")),
        # said as often where nothing is asked for
        (
            *("Please give me an example.", "Explain verbs with a short example.", "Can you show me an example?"),
            *(f"My teacher read an example on {day}. It was a good example." for day in ("Monday", "Friday", "Sunday")),
        ),
        # what is told, not how
        ("Can you give me examples of nobles?", "Give me an example of a tax.", "Please give examples of birds."),
        # things, not manners
        ("Can you book a table for two?", "Please book a table at eight.", "Could you find us a table in the garden?"),
        ("Can you plan a short trip?", "Please find me a short coat.", "Could you suggest a quick dinner?"),
        # told, and asked, and not asked for
        ("I drew a diagram today.", "My boss hates diagrams.", "Why does everybody like diagrams?"),
        # what was pasted is nobody's request
        tuple(f"> can you send me a diagram by {day}?" for day in ("Monday", "Friday", "Sunday")),
    ],
)
def test_what_is_no_habit_teaches_nothing(me: Me, said: tuple[str, ...]) -> None:
    assert howtos(me, *said) == []


def test_what_is_asked_of_people_is_no_habit(me: Me) -> None:
    me.ingest([chats(me.home.data_dir.parent, *BULLETS, answered=False)])
    me.retell()
    assert me.lessons() == []


def test_what_is_rare_among_many_conversations_is_no_habit(me: Me) -> None:
    others = [f"Can you find me a poem about the number {n}?" for n in range(60)]
    assert len(howtos(me, *BULLETS, *others[:25])) == 1
    assert howtos(me, *BULLETS, *others) == []


def test_said_once_more_it_is_counted_anew_and_keeps_its_place(me: Me) -> None:
    howtos(me, *BULLETS)
    assert howtos(me, *BULLETS, "Summarise the budget, please, as bullet points.") == [
        "You often ask for bullet points (4 times)"
    ]
    assert len(me.lessons(retired=True)) == 1


def test_told_again_with_nothing_new_it_stays_the_same(me: Me) -> None:
    howtos(me, *BULLETS)
    before = the_one(me)
    me.retell()
    assert the_one(me) == before


def test_it_goes_with_any_passage_that_it_rests_on(me: Me) -> None:
    howtos(me, *BULLETS)
    the_id = the_one(me).id  # the latest
    forget_day(me, 1)
    assert me.reader.passages([the_id])
    assert me.lessons(retired=True) == []
    me.retell()
    assert me.lessons() == []


def test_it_is_made_anew_from_those_that_are_left(me: Me) -> None:
    howtos(me, *BULLETS, "Summarise the budget, please, as bullet points.")
    forget_day(me, 4)
    assert me.lessons() == []
    me.retell()
    assert the_one(me).text == "You often ask for bullet points (3 times)"


def test_one_that_the_owner_removed_stays_away(me: Me) -> None:
    howtos(me, *BULLETS)
    me.drop_lesson(the_one(me).number)
    assert howtos(me, *BULLETS, "Summarise the budget, please, as bullet points.") == []
    assert [one.retired_at is not None for one in me.lessons(retired=True)] == [True]


def test_it_is_told_to_the_model_behind_what_was_said_outright(me: Me) -> None:
    from secondme.recall.taught import taught

    me.remember("answer in German")
    howtos(me, *BULLETS)
    rules = taught(me.reader, "what is a bond?").rules
    assert rules == ("answer in German", "Where it fits, as often asked for before: bullet points")


def test_a_thing_that_is_remembered_is_no_habit(me: Me) -> None:
    me.remember("to reset the router, hold the button for ten seconds")
    me.retell()
    assert [one.about for one in me.lessons()] == ["reset the router"]


@pytest.mark.parametrize("name", [name for name, _, _ in manners._MANNERS])
def test_a_manner_is_known_again_by_its_name(name: str) -> None:
    assert manners.named(often_asked(often(name, 3))) == name


@pytest.mark.parametrize("words", ["tiny examples", "a step-by-step visual", "a short summary", "“keep it low-carb”"])
def test_a_manner_is_known_again_by_the_owners_words(words: str) -> None:
    known = {
        "tiny examples": "examples",
        "a step-by-step visual": "something visual",
        "a short summary": "short answers",
    }
    assert manners.named(words) == known.get(words, "“low-carb”")


def test_a_list_in_json_names_the_passages(me: Me) -> None:
    from secondme.surfaces.cli.remembering import _lesson_json

    howtos(me, *BULLETS)
    shown = _lesson_json(the_one(me))
    assert len(shown["rests_on"]) == 3
    assert shown["wrong"] == []


def test_on_conversations_of_many_people_hardly_anything_is_found(me: Me) -> None:
    folder = os.environ.get("SECONDME_TEST_DATA")
    if not folder:
        pytest.skip("SECONDME_TEST_DATA names no folder")
    asked = json.loads((Path(folder) / "longmemeval" / "evidence-dev-150.json").read_text())
    said = [turn["content"] for one in asked for s in one["haystack_sessions"] for turn in s if turn["role"] == "user"]
    found = [
        m.name for text in said for a, b, asks in manners.requests(text) if asks for m in manners.manners(text, a, b)
    ]
    assert len(found) < 0.05 * len(said)
