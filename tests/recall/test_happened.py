"""Events that a question's days hang on, looked up."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from secondme.recall.happened import Found, resolve
from secondme.recall.when import When, asked
from secondme.timewords import EARLIEST, LATEST, Days

NOW = datetime(2023, 6, 14, 12, tzinfo=UTC)


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def stretch(first: str, last: str = "") -> Days:
    return day(first), day(last or first)


def resolved(question: str, *found: Found, now: datetime = NOW) -> When:
    """The question's days where a search for any event finds these passages."""
    return resolve(asked(question, now), lambda phrase: found, now, question)


MOVE: Found = ("m1", (stretch("2021-03-03"),), day("2021-03-04"))


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What have I read since I moved?", stretch("2021-03-03", "2023-06-14")),
        ("What did I read before I moved?", (EARLIEST, day("2021-03-02"))),
        ("What did I read after I moved?", (day("2021-03-04"), LATEST)),
        ("What did I read until I moved?", (EARLIEST, day("2021-03-03"))),
        ("What did I read on the day I moved?", stretch("2021-03-03")),
        ("What did I read in the week of the move?", stretch("2021-03-01", "2021-03-07")),
        ("What did I read the week before I moved?", stretch("2021-02-24", "2021-03-02")),
        ("What did I read two days after I moved?", stretch("2021-03-05")),
        ("What did I read the Sunday before I moved?", stretch("2021-02-28")),
    ],
)
def test_the_event_s_day_gives_the_days_that_are_meant(question: str, expected: Days) -> None:
    found = resolved(question, MOVE)
    assert found.ranges == (expected,)
    assert found.events == ()
    assert [(one.passage, one.days) for one in found.basis] == [("m1", stretch("2021-03-03"))]


def test_what_it_rests_on_can_be_told() -> None:
    (basis,) = resolved("What have I read since I moved?", MOVE).basis
    assert str(basis) == "since I moved: 3 March 2021 to 14 June 2023"


def test_the_search_is_asked_for_the_event_alone() -> None:
    phrases = []

    def find(phrase: str) -> Sequence[Found]:
        phrases.append(phrase)
        return [MOVE]

    resolve(asked("What have I read since I moved to Ghent?", NOW), find, NOW)
    assert phrases == ["I moved to Ghent"]


def test_a_passage_without_a_day_is_passed_over_and_its_own_day_counts_where_it_names_none() -> None:
    found = resolved("What have I read since I moved?", ("m0", (), None), ("m1", (), day("2021-03-04")), MOVE)
    assert found.ranges == (stretch("2021-03-04", "2023-06-14"),)


def test_the_most_precise_day_of_a_passage_counts() -> None:
    vague = ("m1", (stretch("2021-01-01", "2021-12-31"), stretch("2021-03-03")), day("2022-01-01"))
    assert resolved("What did I read on the day I moved?", vague).ranges == (stretch("2021-03-03"),)
    ages = ("m2", (stretch("1990-01-01", "1999-12-31"),), day("2022-01-01"))
    assert resolved("What did I read on the day I moved?", ages).ranges == (stretch("2022-01-01"),)


def test_what_is_not_found_leaves_the_days_that_were_named() -> None:
    assert resolved("What have I read since I moved?").ranges == ()
    assert resolved("What did I read in 2022 after I moved?").ranges == (stretch("2022-01-01", "2022-12-31"),)


def test_days_that_are_named_besides_narrow_it() -> None:
    assert resolved("What did I read in 2022 after I moved?", MOVE).ranges == (stretch("2022-01-01", "2022-12-31"),)
    assert resolved("What did I read in 2021 after I moved?", MOVE).ranges == (stretch("2021-03-04", "2021-12-31"),)


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("What did I bake the day before Dana's birthday?", "2023-05-02"),
        ("What will I bake the day before Dana's birthday?", "2024-05-02"),
        ("What did I bake the day before Dana's birthday in 2021?", "2021-05-02"),
    ],
)
def test_a_birthday_comes_every_year(question: str, expected: str) -> None:
    card: Found = ("c", (stretch("1990-05-03"),), None)
    assert resolved(question, card).ranges[-1] == stretch(expected)


def test_a_birthday_on_a_leap_day() -> None:
    card: Found = ("c", (stretch("1992-02-29"),), None)
    assert resolved("What did I eat on the day of Leo's birthday?", card).ranges == (stretch("2023-02-28"),)


def test_between_two_events_lies_what_is_between_their_days() -> None:
    question = "How many days passed between the day I sowed the beans and the day I ate them?"
    days = {"I sowed the beans": stretch("2023-04-01"), "I ate them": stretch("2023-06-10")}
    found = resolve(asked(question, NOW), lambda phrase: [(phrase, (days[phrase],), None)], NOW, question)
    assert found.ranges == (stretch("2023-04-01", "2023-06-10"),)
