"""Reading order, and what is a page's title."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondme.sources.pictures.layout import Box, heading, in_reading_order


def boxes(*rows: tuple[float, float, float, str]) -> list[Box]:
    """Boxes of height 20 from (left, right, top, text)."""
    return [Box(left, top, right, top + 20, text) for left, right, top, text in rows]


def test_boxes_on_one_line_are_joined_left_to_right() -> None:
    found = in_reading_order(boxes((300, 400, 12, "HTML"), (10, 150, 10, "Export format"), (10, 90, 50, "Cancel")))
    assert list(found) == ["Export format HTML", "Cancel"]


def test_a_form_of_labels_and_values_is_read_by_rows() -> None:
    rows = [((10, 100, 30 * n, f"label {n}"), (300, 400, 30 * n + 2, f"value {n}")) for n in range(5)]
    found = in_reading_order(boxes(*(box for row in rows for box in row)))
    assert list(found) == [f"label {n} value {n}" for n in range(5)]


def test_columns_of_running_text_are_read_one_after_the_other() -> None:
    left = [(10, 300, 24 * n, f"left column, its line number {n} of prose") for n in range(5)]
    right = [(360, 650, 24 * n, f"right column, its line number {n} of prose") for n in range(5)]
    heading = [(10, 650, -80, "A heading across the page")]
    found = list(in_reading_order(boxes(*right, *heading, *left)))
    assert found == [row[3] for row in (*heading, *left, *right)]


def test_a_sidebar_is_a_column_of_its_own() -> None:
    side = [(10, 100, 47 * n, f"# channel {n}") for n in range(6)]
    main = [(300, 900, 31 * n, f"message number {n} is rather long") for n in range(9)]
    assert list(in_reading_order(boxes(*side, *main))) == [row[3] for row in (*side, *main)]


def talk(*bubbles: tuple[str, str]) -> tuple[list[Box], list[str]]:
    """A chat on a phone of 400 pixels: bubbles of 'l'eft and 'r'ight, their lines by '/', and a clock in each."""
    found, lines, top = [], [], 0.0
    for n, (side, text) in enumerate(bubbles):
        left = 12.0 if side == "l" else 230.0
        for line in text.split("/"):
            found.append(Box(left, top, left + 7 * len(line), top + 18, line))
            lines.append(line)
            top += 21
        found.append(Box(left + 120, top, left + 150, top + 12, f"9:{n:02}"))
        lines.append(f"9:{n:02}")
        top += 34
    return found, lines


BUBBLES = [
    ("l", "hello there"),
    ("r", "hi, how are/you today"),
    ("r", "coffee?"),
    ("l", "yes, at ten/in the usual/place"),
    ("r", "ok"),
]


@pytest.mark.parametrize("seed", range(5))
def test_bubbles_are_read_from_top_to_bottom(seed: int) -> None:
    found, lines = talk(*BUBBLES * 3)
    random.Random(seed).shuffle(found)
    assert list(in_reading_order(found)) == lines


def test_a_list_of_chats_stands_beside_the_bubbles() -> None:
    found, lines = talk(*BUBBLES * 2)
    side = [
        Box(12, 68 * n + at, 160, 68 * n + at + 18, f"{what} {n}")
        for n in range(6)
        for at, what in ((0, "name"), (22, "last"))
    ]
    clocks = [Box(200, 68 * n, 230, 68 * n + 18, f"8:{n:02}") for n in range(6)]
    beside = [box._replace(left=box.left + 260, right=box.right + 260) for box in found]
    read = list(in_reading_order([*beside, *side, *clocks]))
    assert read == [line for n in range(6) for line in (f"name {n} 8:{n:02}", f"last {n}")] + lines


def test_columns_below_a_heading_across_the_page_run_on() -> None:
    """A wide gap in both columns at once cuts neither."""
    tops = [*range(0, 120, 24), *range(160, 280, 24)]
    left = [Box(10, top, 300, top + 20, f"left column at {top}, a line of prose") for top in tops]
    right = [Box(360, top, 650, top + 20, f"right column at {top}, a line of prose") for top in tops]
    above = [Box(200, -80, 500, -60, "A heading across both")]
    found = list(in_reading_order([*right, *left, *above]))
    assert found == [box.text for box in (*above, *left, *right)]


def test_a_table_is_read_by_rows() -> None:
    xs = (10, 120, 330, 560)
    cells = [
        Box(x, 40 * row, x + 60, 40 * row + 20, f"r{row}c{column}") for row in range(8) for column, x in enumerate(xs)
    ]
    random.Random(1).shuffle(cells)
    assert list(in_reading_order(cells)) == [" ".join(f"r{row}c{column}" for column in range(4)) for row in range(8)]


def test_a_few_boxes_at_the_side_do_not_hide_the_columns() -> None:
    side = [Box(10, 47 * n, 100, 47 * n + 20, f"# channel {n}") for n in range(6)]
    main = [Box(300, 31 * n, 900, 31 * n + 20, f"message number {n} is rather long") for n in range(9)]
    icon = Box(1100, 100, 1120, 120, "X")
    found = list(in_reading_order([icon, *main, *side]))
    assert found[:6] == [box.text for box in side]


BODY = [Box(20, 100 + 30 * n, 300, 120 + 30 * n, f"line {n} of the text") for n in range(6)]


@pytest.mark.parametrize(
    ("top", "expected"),
    [
        ([Box(440, 10, 560, 30, "Network settings")], "Network settings"),
        ([Box(20, 10, 300, 45, "Bridge closes in August")], "Bridge closes in August"),
        ([Box(20, 10, 300, 30, "Inbox (3) - Mozilla Firefox")], "Inbox (3) - Mozilla Firefox"),
        (
            [Box(20, 2, 60, 22, "9:41"), Box(900, 2, 960, 22, "LTE 80%"), Box(400, 40, 600, 60, "Anna Berg")],
            "Anna Berg",
        ),
        ([Box(20, 10, 100, 30, "File"), Box(200, 10, 260, 30, "Edit")], ""),
        ([Box(20, 10, 200, 30, "Dentist on Tuesday")], ""),
        ([Box(300, 10, 700, 30, "https://harbourpost.example/news")], ""),
        ([Box(490, 10, 510, 30, "12")], ""),
        ([Box(100, 10, 900, 30, "w" * 90)], ""),
    ],
)
def test_a_title_is_one_only_where_it_clearly_is(top: list[Box], expected: str) -> None:
    assert heading([*BODY, *top], 1000) == expected


def test_a_page_without_text_has_no_title() -> None:
    assert heading([], 100) == ""


side = st.floats(0, 2000, allow_nan=False)
any_box = st.builds(lambda x, y, w, h, text: Box(x, y, x + w, y + h, text), side, side, side, side, st.text(min_size=1))


@settings(max_examples=100, deadline=None)
@given(st.lists(any_box, max_size=40))
def test_every_box_is_read_once(boxes: list[Box]) -> None:
    read = "".join(in_reading_order(boxes)).replace(" ", "")
    assert sorted(read) == sorted("".join(box.text for box in boxes).replace(" ", ""))
    heading(boxes, 1000)
