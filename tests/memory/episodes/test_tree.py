"""Days, weeks, months and topics: lines chosen from those below."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from secondme.memory.episodes.tree import best, keys_of, recurring
from secondme.store.episodes import Line


def moment(text: str) -> int:
    return int(datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp())


def test_a_moment_is_of_the_owners_day() -> None:
    late = moment("2026-05-31T23:30")
    assert keys_of(late, UTC) == {"day": "2026-05-31", "week": "2026-W22", "month": "2026-05"}
    assert keys_of(late, ZoneInfo("Europe/Brussels")) == {"day": "2026-06-01", "week": "2026-W23", "month": "2026-06"}
    assert keys_of(moment("2027-01-01T12:00"), UTC)["week"] == "2026-W53"


def test_of_each_child_the_first_line_comes_before_any_second() -> None:
    bike = [Line("The bike is stolen.", "1"), Line("The insurer pays for it.", "2")]
    cake = [Line("Rhubarb cake sank.", "3"), Line("It tasted of coats.", "4")]
    assert {line.passage for line in best([bike, cake], 2)} == {"1", "3"}
    assert len(best([bike, cake], 9)) == 4


def test_the_same_words_are_not_taken_twice() -> None:
    same = [[Line("The boiler is broken.", "1")], [Line("The boiler is broken.", "2")], [Line("Rent is due.", "3")]]
    assert [line.passage for line in best(same, 3)] == ["1", "3"]


def test_a_topic_is_a_word_that_several_titles_on_several_days_share() -> None:
    titles = {
        "a": "Pottery class",
        "b": "New pottery",
        "c": "Pottery's end",
        "d": "Dentist",
        "e": "Dentist",
        "f": "Dentist",
    }
    days = {"a": "1", "b": "2", "c": "2", "d": "3", "e": "3", "f": "3"}
    many = {**titles, **{str(n): "" for n in range(20)}}
    assert recurring(many, days) == {"Pottery": ["a", "b", "c"]}


def test_a_topic_is_called_by_the_phrase_in_which_it_mostly_stands() -> None:
    titles = {"a": "Homeless shelter, soup", "b": "Homeless shelter", "c": "Car, homeless shelter", "d": "Shelter dog"}
    many = {**titles, **{str(n): "" for n in range(20)}}
    assert list(recurring(many, {"a": "1", "b": "2", "c": "3", "d": "4"})) == ["Homeless shelter"]


def test_topics_that_always_come_together_are_one() -> None:
    titles = {str(n): "Mental health" for n in range(3)} | {f"x{n}": "" for n in range(30)}
    assert len(recurring(titles, {str(n): str(n) for n in range(3)})) == 1
