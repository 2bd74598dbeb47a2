from __future__ import annotations

import time
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.sentences import sentences


def split(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text)]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("We met. We ate! Did we pay?", ["We met.", "We ate!", "Did we pay?"]),
        ("Dr. Meyer said no. Then she left.", ["Dr. Meyer said no.", "Then she left."]),
        ("It costs 3.50 euros. Cheap.", ["It costs 3.50 euros.", "Cheap."]),
        ("He said “stop.” She did.", ["He said “stop.”", "She did."]),
        ("- milk\n- bread", ["- milk", "- bread"]),
        ("1. Open it. 2. Close it.", ["1. Open it.", "2. Close it."]),
        ("東京へ行く。雨だった。", ["東京へ行く。", "雨だった。"]),
        ("Wait ... then go.", ["Wait ... then go."]),
        ("Short line\nAnother short line", ["Short line", "Another short line"]),
        ("", []),
        (" \n\t\n", []),
    ],
)
def test_a_sentence_ends_where_a_reader_would_end_it(text: str, expected: list[str]) -> None:
    assert split(text) == expected


def test_a_wrapped_line_goes_on_and_a_blank_line_ends() -> None:
    wrapped = (
        "The train to Lisbon leaves at seven in the morning from platform\nnine of the old station. Be early.\n\nNext"
    )
    assert split(wrapped) == [
        "The train to Lisbon leaves at seven in the morning from platform\nnine of the old station.",
        "Be early.",
        "Next",
    ]


def test_only_the_part_that_is_asked_for_is_split() -> None:
    text = "One. Two. Three."
    assert list(sentences(text, 5, 9)) == [(5, 9)]


words = st.sampled_from(
    ["The", "dog", "Dr.", "a.m.", "ran.", "Why?", "…", "...", "- ", "1.", "|", "\n", "\n\n", " ", "。", "»"]
)


@given(st.one_of(st.text(), st.lists(words).map("".join), st.lists(words).map(" ".join)))
def test_spans_are_in_order_apart_and_cover_all_but_white_space(text: str) -> None:
    spans = list(sentences(text))
    assert all(start < end for start, end in spans)
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    assert all(at in covered or character.isspace() for at, character in enumerate(text))
    assert not any(text[start].isspace() or text[end - 1].isspace() for start, end in spans)


@given(st.text(max_size=60), st.integers(0, 60), st.integers(0, 60))
def test_a_part_s_spans_lie_in_it(text: str, start: int, end: int) -> None:
    assert all(start <= a < b <= min(end, len(text)) for a, b in sentences(text, start, min(end, len(text))))


@pytest.mark.parametrize("text", ["." * 64_000, "a. " * 20_000, "!" * 30_000 + "x", ".*" * 30_000, "x\n" * 30_000])
def test_hostile_text_takes_no_more_than_linear_time(text: str) -> None:
    begun = time.process_time()
    list(sentences(text))
    assert time.process_time() - begun < 2
