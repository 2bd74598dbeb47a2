"""Questions that set things side by side: which are taken apart, and that each part finds its own passage."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from secondme.me import Me
from secondme.recall.parts import MOST, parts, reached


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("Which did I do first, the hike or the concert?", ("the hike", "the concert")),
        ("Which trip was longer: Norway, Peru or the Alps?", ("Norway", "Peru", "the Alps")),
        (
            "How many days passed between the day I sowed the beans and the day I picked them?",
            ("I sowed the beans", "I picked them"),
        ),
        (
            "How many weeks before the harvest fair did I buy the cider press?",
            ("the harvest fair", "I buy the cider press"),
        ),
        ("Did I change jobs before or after moving to Ghent?", ("I change jobs", "moving to Ghent")),
        ("What do 'The Glass Hotel' and 'Station Eleven' share?", ("The Glass Hotel", "Station Eleven")),
    ],
)
def test_things_set_side_by_side_are_parts(question: str, expected: tuple[str, ...]) -> None:
    assert parts(question) == expected


@pytest.mark.parametrize(
    "question",
    [
        "What did Ana and her children make?",
        "Did I feed the cat, or not?",
        "Did we meet between May and July?",
        "What happened between 2019 and 2021?",
        "What's Ana's sister's name, and who's Ben's?",
        "What did I buy, eat or drink?",
        "",
    ],
)
def test_what_belongs_together_is_not_taken_apart(question: str) -> None:
    assert parts(question) == ()


def test_names_alone_are_no_parts() -> None:
    assert parts("What happened between Ana and Ben?", ["Ana", "Ben Small"]) == ()
    assert parts("Which is older, Ana's house or Ben's boat?", ["Ana", "Ben"]) == ("Ana's house", "Ben's boat")


def test_a_long_list_is_not_taken_apart() -> None:
    things = ", ".join(f"thing{n}x" for n in range(MOST))
    assert parts(f"Which is best, {things} or another?") == ()


def test_each_part_has_a_best_passage() -> None:
    cosines = [np.array(column, np.float32) for column in ([0.9, 0.1, 0.1, 0.1], [0.1, 0.1, 0.8, 0.7])]
    words = [np.array(column, np.float32) for column in ([3, 0, 0, 0], [0, 0, 2, 1.5])]
    found = reached(cosines, words, np.zeros(4, np.float32))
    assert found[0] == found[2] == 1
    assert found[1] == 0 < found[3] < 1


def test_each_part_of_a_question_is_searched_for(me: Me, notes: Path) -> None:
    for n in range(12):
        (notes / f"hike{n}.md").write_text(f"The hike first, the hike again, hike {n}.\n")
    (notes / "fair.md").write_text("A poplin tent collapsed on us at the fair.\n")
    me.ingest([notes])
    found = me.search.weighed("Which did I do first, the hike or the fair?", datetime(2024, 5, 1, tzinfo=UTC))
    assert found is not None
    assert found.query.parts == ("the hike", "the fair")
    best = {
        found.pool.around[n].text
        for n, near in zip(found.pool.numbers, found.columns["part"], strict=True)
        if near == 1
    }
    assert any("tent" in text for text in best)
    assert any("hike" in text for text in best)


def test_other_questions_have_no_parts(me: Me, notes: Path) -> None:
    (notes / "fair.md").write_text("A tent collapsed on us at the fair.\n")
    me.ingest([notes])
    found = me.search.weighed("What collapsed at the fair?", datetime(2024, 5, 1, tzinfo=UTC))
    assert found is not None
    assert not found.columns["part"].any()
    assert len(found.pool.asked) == len(found.query.variants)
