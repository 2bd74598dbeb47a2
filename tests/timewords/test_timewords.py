"""Mentions of time in text: what days they mean, read against a given day."""

from __future__ import annotations

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.timewords import EARLIEST, LATEST, days_in, in_words, mentions, read, spelt
from secondme.timewords.days import HOLIDAYS
from secondme.timewords.words import KINDS

WEDNESDAY = date(2023, 6, 14)


def days(text: str, today: date | None = WEDNESDAY) -> list[str]:
    """The days of all mentions as people sort them: "2023-05-07", "2023-05-01..2023-05-31"."""
    return [written(*one) for mention in mentions(text, today) for one in mention.days]


def written(first: int, last: int) -> str:
    one, other = date.fromordinal(first).isoformat(), date.fromordinal(last).isoformat()
    return one if one == other else f"{one}..{other}"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("7 May 2023", "2023-05-07"),
        ("Sunday, 7th of May, 2023", "2023-05-07"),
        ("May 7th, 2023", "2023-05-07"),
        ("7 may 2023", "2023-05-07"),
        ("2023-05-07T10:00:00Z", "2023-05-07"),
        ("2023/05/07", "2023-05-07"),
        ("25/12/2022", "2022-12-25"),
        ("7.5.2023", "2023-05-07"),
        ("May 2023", "2023-05-01..2023-05-31"),
        ("February 2024", "2024-02-01..2024-02-29"),
        ("29 February 2024", "2024-02-29"),
        ("2023-05", "2023-05-01..2023-05-31"),
        ("in 2023", "2023-01-01..2023-12-31"),
        ("spring 2022", "2022-03-01..2022-05-31"),
        ("the winter of 2022", "2022-12-01..2023-02-28"),
        ("Easter 2024", "2024-03-29..2024-04-01"),
        ("Easter Sunday 2023", "2023-04-09"),
        ("Thanksgiving 2023", "2023-11-23"),
        ("New Year's Eve 2022", "2022-12-31"),
        ("Q2 2023", "2023-04-01..2023-06-30"),
        ("the second quarter of 2023", "2023-04-01..2023-06-30"),
        ("2023-W01", "2023-01-02..2023-01-08"),
        ("week 18 of 2023", "2023-05-01..2023-05-07"),
        ("the 1990s", "1990-01-01..1999-12-31"),
        ("in the 90s", "1990-01-01..1999-12-31"),
        ("between 3 and 9 June 2023", "2023-06-03..2023-06-09"),
        ("June 3-9, 2023", "2023-06-03..2023-06-09"),
        ("from 28 May to 3 June 2023", "2023-05-28..2023-06-03"),
        ("28 December – 3 January 2023", "2022-12-28..2023-01-03"),
        ("from November to February 2023", "2022-11-01..2023-02-28"),
        ("2019–2021", "2019-01-01..2021-12-31"),
        ("the first weekend of August 2023", "2023-08-05..2023-08-06"),
        ("the last Friday of May 2023", "2023-05-26"),
        ("the first three months of 2023", "2023-01-01..2023-03-31"),
        ("early May 2023", "2023-05-01..2023-05-10"),
        ("the end of 2022", "2022-09-01..2022-12-31"),
        ("the Sunday before 25 May 2023", "2023-05-21"),
        ("two weekends before 17 July 2023", "2023-07-08..2023-07-09"),
        ("the weekend after 9 June 2023", "2023-06-10..2023-06-11"),
        ("the week before 9 June 2023", "2023-06-02..2023-06-08"),
        ("the day after Christmas Day 2022", "2022-12-26"),
        ("two days before 1 March 2024", "2024-02-28"),
        ("the week of 23 August 2023", "2023-08-21..2023-08-27"),
    ],
)
def test_what_names_its_place_needs_no_day(text: str, expected: str) -> None:
    (found,) = mentions(f"We met {text}.")
    assert [written(*one) for one in found.days] == [expected]
    assert not found.relative
    assert days(f"We met {text}.", date(1999, 1, 1)) == [expected]


@pytest.mark.parametrize(
    ("text", "today", "expected"),
    [
        ("yesterday", "2023-01-01", "2022-12-31"),
        ("yesterday", "2024-03-01", "2024-02-29"),
        ("today", "2023-06-14", "2023-06-14"),
        ("this morning", "2023-06-14", "2023-06-14"),
        ("last night", "2023-06-14", "2023-06-13"),
        ("the day before yesterday", "2023-06-14", "2023-06-12"),
        ("the day after tomorrow", "2023-12-30", "2024-01-01"),
        ("last Friday", "2023-06-14", "2023-06-09"),
        ("Last Fri", "2023-06-16", "2023-06-09"),
        ("two Fridays ago", "2023-06-14", "2023-06-02"),
        ("last week", "2023-06-14", "2023-06-05..2023-06-11"),
        ("the week before last", "2023-06-14", "2023-05-29..2023-06-04"),
        ("next week", "2023-12-27", "2024-01-01..2024-01-07"),
        ("this week", "2023-06-18", "2023-06-12..2023-06-18"),
        ("earlier this week", "2023-06-14", "2023-06-12..2023-06-14"),
        ("the past week", "2023-06-14", "2023-06-07..2023-06-14"),
        ("the last two weeks", "2023-06-14", "2023-05-31..2023-06-14"),
        ("two weeks ago", "2023-06-14", "2023-05-28..2023-06-03"),
        ("two days ago", "2024-03-01", "2024-02-28"),
        ("a few days ago", "2023-06-14", "2023-06-09..2023-06-12"),
        ("a few months ago", "2023-06-14", "2023-01-14..2023-04-14"),
        ("a couple of years ago", "2023-06-14", "2021-01-01..2021-12-31"),
        ("ten years ago", "2023-06-14", "2013-01-01..2013-12-31"),
        ("20 minutes ago", "2023-06-14", "2023-06-14"),
        ("the weekend", "2023-06-14", "2023-06-10..2023-06-11"),
        ("last weekend", "2023-06-18", "2023-06-10..2023-06-11"),
        ("two weekends ago", "2023-07-17", "2023-07-08..2023-07-09"),
        ("this past weekend", "2023-10-20", "2023-10-14..2023-10-15"),
        ("last month", "2024-01-31", "2023-12-01..2023-12-31"),
        ("last year", "2023-06-14", "2022-01-01..2022-12-31"),
        ("last summer", "2023-08-11", "2022-06-01..2022-08-31"),
        ("last winter", "2024-02-29", "2022-12-01..2023-02-28"),
        ("last May", "2023-06-14", "2023-05-01..2023-05-31"),
        ("next March", "2023-06-14", "2024-03-01..2024-03-31"),
        ("last Christmas", "2023-12-25", "2022-12-24..2022-12-26"),
        ("in May", "2023-06-14", "2023-05-01..2023-05-31"),
        ("on 29 February", "2023-06-14", "2024-02-29"),
        ("on the 7th", "2023-06-14", "2023-06-07"),
        ("on the 31st", "2023-07-01", "2023-07-31"),
        ("at Easter", "2023-06-14", "2023-04-07..2023-04-10"),
        ("on 7 May", "2023-06-14", "2023-05-07"),
        ("on Christmas Eve", "2023-01-03", "2022-12-24"),
        ("Friday the 13th", "2023-06-14", "2023-01-13"),
        ("the 7/22 trip", "2023-12-12", "2023-07-22"),
        ("on Friday", "2023-06-14", "2023-06-09"),
        ("mid-May", "2023-06-14", "2023-05-11..2023-05-20"),
        ("the end of last month", "2023-06-14", "2023-05-21..2023-05-31"),
        ("the week before", "2023-06-14", "2023-06-07..2023-06-13"),
    ],
)
def test_relative_words_are_read_against_the_day_of_writing(text: str, today: str, expected: str) -> None:
    (found,) = mentions(f"We went there {text}.", date.fromisoformat(today))
    assert [written(*one) for one in found.days] == [expected]
    assert found.relative
    assert mentions(f"We went there {text}.") == []


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("See you on Friday.", "2023-06-16"),
        ("I went there on Friday.", "2023-06-09"),
        ("She will arrive in May.", "2024-05-01..2024-05-31"),
        ("I told her that we'll meet on Friday.", "2023-06-16"),
        ("We are leaving in three days.", "2023-06-17"),
        ("In two weeks I'm going to Rome.", "2023-06-25..2023-07-01"),
        ("Stay until Friday.", "2023-06-16"),
        ("A week from tomorrow we start.", "2023-06-22"),
    ],
)
def test_the_tense_tells_past_from_future(text: str, expected: str) -> None:
    assert days(text) == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("It was on 07/05/2023.", ["2023-05-07", "2023-07-05"]),
        ("next Friday", ["2023-06-16", "2023-06-23"]),
    ],
)
def test_what_can_be_read_in_two_ways_is_given_in_both(text: str, expected: list[str]) -> None:
    (found,) = mentions(text, WEDNESDAY)
    assert [written(*one) for one in found.days] == expected


def test_last_week_on_a_sunday_may_be_the_one_that_ends() -> None:
    assert days("last week", date(2023, 1, 1)) == ["2022-12-19..2022-12-25", "2022-12-25..2022-12-31"]


@pytest.mark.parametrize(
    "text",
    [
        "May said that April's dog may march on.",
        "May I go with June?",
        "We may 3 times a week.",
        "Every Monday and each summer we open Monday to Friday.",
        "I walked 2000 steps, paid $2000 and €1999, and met 2023 people.",
        "It is on all day, 24/7, at 10:30.",
        "He is in his 30s and she in her nineties.",
        "I fall near the spring.",
        "The second floor, the first time, one day, at night.",
        "Version 1.2.2023.4 of 12-34-5678 at 192.168.1.1",
        "I read it for two weeks.",
        "I finished the book in three days.",
        "the next day",
        "Christmas tree",
        "Sat down, he sat in the sun and wed.",
        "2023-02-30 and 31/02/2023",
    ],
)
def test_other_meanings_of_the_words_are_no_time(text: str) -> None:
    assert days(text) == []


@pytest.mark.parametrize("name", [*HOLIDAYS, "St. Patrick’s Day", "Saint Patricks Day", "ALL SAINTS DAY"])
def test_every_feast_is_known_by_its_name(name: str) -> None:
    (found,) = mentions(f"We met on {name} 2023.")
    assert not found.relative
    assert date.fromordinal(found.days[0][0]).year == 2023


@pytest.mark.parametrize(
    ("text", "relation", "expected"),
    [
        ("since March", "since", ("2023-03-01", "2023-06-14")),
        ("since 2016", "since", ("2016-01-01", "2023-06-14")),
        ("I've known them for four years", "since", ("2019-01-01", "2023-06-14")),
        ("before 25 May", "before", (None, "2023-05-24")),
        ("until 3 June", "until", (None, "2023-06-03")),
        ("after Easter 2023", "after", ("2023-04-11", None)),
    ],
)
def test_a_relation_to_a_day_opens_the_stretch(
    text: str, relation: str, expected: tuple[str | None, str | None]
) -> None:
    (found,) = mentions(text, WEDNESDAY)
    first, last = (None if one is None else date.fromisoformat(one).toordinal() for one in expected)
    assert found.relation == relation
    assert found.meant == ((first or EARLIEST, last or LATEST),)


def test_a_story_goes_on_from_the_day_before_it() -> None:
    text = "We arrived on 7 May. The next day it rained. Two weeks later we left; the day before, I was ill."
    assert days(text) == ["2023-05-07", "2023-05-08", "2023-05-19..2023-05-25", "2023-05-18"]


def test_spans_are_the_words() -> None:
    text = "Since March, or the Sunday before 25 May 2023, and from 3 to 9 June."
    assert [text[one.start : one.end] for one in mentions(text, WEDNESDAY)] == [
        "Since March",
        "the Sunday before 25 May 2023",
        "from 3 to 9 June",
    ]


@pytest.mark.parametrize(
    ("text", "relation", "after"),
    [
        ("since I moved", "since", " I moved"),
        ("the week before Dana's birthday", "before", " Dana's birthday"),
        ("on the day of the wedding", "on", " the wedding"),
        ("the day I moved", "on", " I moved"),
        ("two days after the storm", "after", " the storm"),
    ],
)
def test_a_relation_to_an_event_is_left_hanging(text: str, relation: str, after: str) -> None:
    found, (hanging,) = read(text, WEDNESDAY)
    assert found == []
    assert (hanging.relation, text[hanging.end :]) == (relation, after)


@pytest.mark.parametrize("text", ["after all that", "she looked after the dog", "named after my aunt", "after 5 pm"])
def test_not_every_before_and_after_is_about_time(text: str) -> None:
    assert read(text, WEDNESDAY) == ([], [])


@pytest.mark.parametrize(
    ("first", "last", "words"),
    [
        ("2021-03-03", "2021-03-03", "3 March 2021"),
        ("2021-03-01", "2021-03-31", "March 2021"),
        ("2021-01-01", "2021-12-31", "2021"),
        ("2021-03-03", "2021-06-09", "3 March 2021 to 9 June 2021"),
        ("0001-01-01", "2021-06-09", "until 9 June 2021"),
        ("2021-06-09", "9999-12-31", "since 9 June 2021"),
    ],
)
def test_a_stretch_is_spelt_as_people_write_it(first: str, last: str, words: str) -> None:
    assert spelt((date.fromisoformat(first).toordinal(), date.fromisoformat(last).toordinal())) == words


def test_a_day_in_words_is_read_back() -> None:
    assert in_words(date(2026, 12, 25)) == "Friday 25 December 2026"
    assert days(in_words(date(2026, 12, 25))) == ["2026-12-25"]


ANY_DAY = st.one_of(st.none(), st.dates(), st.sampled_from([date.min, date.max, date(2024, 2, 29)]))
WORDS = st.sampled_from([*sorted(KINDS), "May", "7", "31", "2023", "29", "7th", "07/05/2023", "Q3", "1990s", "2023-W53",
                         *HOLIDAYS, ",", ".", "–", "I", "went", "will", "\n"])  # fmt: skip


@given(st.lists(WORDS, max_size=14).map(" ".join), ANY_DAY)
def test_whatever_the_words_spans_and_stretches_are_sound(text: str, today: date | None) -> None:
    at = 0
    for one in mentions(text, today):
        assert at <= one.start < one.end <= len(text)
        at = one.end
        for first, last in (*one.days, *one.meant):
            assert EARLIEST <= first <= last <= LATEST
    for first, last in days_in(text, today):
        assert EARLIEST <= first <= last <= LATEST
    read(text, today)


@given(st.text(max_size=80), ANY_DAY)
def test_any_text_can_be_read(text: str, today: date | None) -> None:
    mentions(text, today)
    read(text, today, past=True)


@given(st.lists(WORDS, max_size=10).map(" ".join), st.text("abc .,\n", max_size=200))
def test_other_words_around_do_not_matter(text: str, around: str) -> None:
    """A passage is read in windows around its words of time, a question as a whole."""
    padded = f"{around}. {text} . {around}"
    found = [(padded[one.start : one.end], one.days) for one in mentions(padded, WEDNESDAY)]
    whole, _ = read(padded, WEDNESDAY)
    assert found == [(padded[one.start : one.end], one.days) for one in whole]
