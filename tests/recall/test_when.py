"""What questions ask about time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.recall.when import Event, When, asked
from secondme.timewords import EARLIEST, Days

NOW = datetime(2023, 6, 14, 12, tzinfo=UTC)  # a Wednesday


def stretch(first: str, last: str = "") -> Days:
    return date.fromisoformat(first).toordinal(), date.fromisoformat(last or first).toordinal()


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did I read last spring?", stretch("2023-03-01", "2023-05-31")),
        ("What did I do in 2022?", stretch("2022-01-01", "2022-12-31")),
        ("Which museums did I visit in December?", stretch("2022-12-01", "2022-12-31")),
        ("What happened between March and May?", stretch("2023-03-01", "2023-05-31")),
        ("What did we eat two weeks ago?", stretch("2023-05-28", "2023-06-03")),
        ("Who called on Friday?", stretch("2023-06-09")),
        ("What am I doing on Friday?", stretch("2023-06-16")),
        ("What have I bought since March?", stretch("2023-03-01", "2023-06-14")),
        ("What did I write after 3 June and before 10 June?", stretch("2023-06-04", "2023-06-09")),
        ("Where was I before 2020?", (EARLIEST, date(2019, 12, 31).toordinal())),
    ],
)
def test_the_days_that_a_question_names(question: str, expected: Days) -> None:
    assert asked(question, NOW).ranges == (expected,)


@pytest.mark.parametrize(
    "question",
    [
        "What did May say about April's dog?",
        "May I invite June?",
        "Who wrote 'The Summer of 1969'?",
        "What did Anna say about the Sunday mass?",
        "How many books did I read in two weeks?",
        "Is the Spring Fling Market fun?",
        "How many days a week do I run?",
        "What do I do every summer?",
        "What do I eat after work?",
        "Who looked after the dog?",
    ],
)
def test_a_question_about_no_time_is_left_alone(question: str) -> None:
    assert asked(question, NOW).ranges == ()
    assert asked(question, NOW).events == ()


def test_today_is_the_owner_s() -> None:
    late = datetime(2023, 12, 31, 23, 30, tzinfo=UTC)
    assert asked("What did I do yesterday?", late).ranges == (stretch("2023-12-30"),)
    there = late.astimezone(timezone(timedelta(hours=2)))
    assert asked("What did I do yesterday?", there).ranges == (stretch("2023-12-31"),)


@pytest.mark.parametrize(
    ("question", "relation", "phrase", "words"),
    [
        ("What have I read since I moved?", "since", "I moved", "since I moved"),
        (
            "What did I cook the week before Dana's birthday?",
            "before",
            "Dana's birthday",
            "the week before Dana's birthday",
        ),
        ("Before I got the cat, who lived here?", "before", "I got the cat", "Before I got the cat"),
        ("What time did I go to bed on the day before the dentist?", "before", "the dentist",
         "on the day before the dentist"),
        ("How many days before the fair did I call Tom?", "before", "the fair", "before the fair"),
        ("What did Mel see during her trip to St. Ives?", "on", "her trip to St. Ives", "during her trip to St. Ives"),
        ("Who came on the day of the wedding?", "on", "the wedding", "on the day of the wedding"),
    ],
)  # fmt: skip
def test_what_days_hang_on(question: str, relation: str, phrase: str, words: str) -> None:
    (event,) = asked(question, NOW).events
    assert (event.relation, event.phrase, event.words) == (relation, phrase, words)


def test_between_two_events() -> None:
    found = asked("How many days passed between the day I sowed the beans and the day I ate them?", NOW)
    words = "between the day I sowed the beans and the day I ate them"
    assert found.events == (Event("I sowed the beans", "since", words), Event("I ate them", "until", words))
    assert asked("What is the difference between apples and pears?", NOW).events == ()


@pytest.mark.parametrize(
    ("question", "order"),
    [
        ("What was the first book I read?", "earliest"),
        ("Where did I live originally?", "earliest"),
        ("What is the latest price?", "latest"),
        ("What is my most recent job?", "latest"),
        ("When did I last see Tom?", "latest"),
        ("What did I do last week?", ""),
        ("What is my first name?", ""),
        ("Which did I buy first, the lamp or the chair?", ""),
        ("List my trips from earliest to latest.", ""),
        ("What did I eat before I started my current job?", ""),
    ],
)
def test_the_order_that_is_wished_for(question: str, order: str) -> None:
    assert asked(question, NOW).order == order


@pytest.mark.parametrize(
    ("question", "asks"),
    [
        ("When did I move?", "date"),
        ("When's the dentist?", "date"),
        ("When Jon lost his job?", "date"),
        ("Do you remember when I moved?", "date"),
        ("On what date did I sign?", "date"),
        ("Which year was it?", "date"),
        ("Since when do I play chess?", "date"),
        ("How long ago did I meet Anna?", "ago"),
        ("How many months ago was the festival?", "ago"),
        ("How long did it take?", "duration"),
        ("How many weeks passed between the two?", "duration"),
        ("When I was in Rome, what did I eat?", ""),
        ("How old was I when my grandma gave me the necklace?", ""),
        ("What did I eat?", ""),
    ],
)
def test_whether_a_time_is_asked_for(question: str, asks: str) -> None:
    assert asked(question, NOW).asks == asks


def near(question: str, *days: Days) -> float:
    return asked(question, NOW).closeness(days)


def test_a_passage_within_the_days_is_as_close_as_can_be() -> None:
    assert near("What did I do in May?", stretch("2023-05-17")) == 1.0
    assert near("What did I do in May?", stretch("2023-01-17"), stretch("2023-05-31")) == 1.0


def test_closeness_falls_with_the_distance_and_more_slowly_for_a_coarser_question() -> None:
    far = [near("What did I do on 7 May 2023?", stretch(f"2023-05-{day:02}")) for day in (7, 8, 10, 20)]
    assert far == sorted(far, reverse=True)
    assert far[2] == pytest.approx(0.5)
    assert near("What did I do in May?", stretch("2023-06-03")) > near("What was on 31 May?", stretch("2023-06-03"))
    assert near("What did I do on 7 May 2023?", stretch("2013-05-07")) < 1e-9


def test_a_vague_passage_is_less_close_than_a_precise_one() -> None:
    vague = near("What did I do on 7 May 2023?", stretch("2023-01-01", "2023-12-31"))
    assert 0.1 < vague < near("What did I do on 7 May 2023?", stretch("2023-05-01", "2023-05-31")) < 1.0


def test_without_days_nothing_is_close() -> None:
    assert near("Who is Anna?", stretch("2023-05-07")) == 0.0
    assert near("What did I do in May?") == 0.0
    assert When().closeness([stretch("2023-05-07")]) == 0.0


@given(st.text(max_size=100), st.datetimes(timezones=st.just(UTC)))
def test_any_question_can_be_asked(question: str, now: datetime) -> None:
    found = asked(question, now)
    assert all(first <= last for first, last in found.ranges)
    assert 0.0 <= found.closeness([stretch("2023-05-07")]) <= 1.0
