"""Texts as numbers: the same as going through each of them word by word."""

from __future__ import annotations

import re
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.engine.fake import FakeEmbedder
from secondme.recall.lexical import stem
from secondme.recall.wording import K1, B, aligned, bm25, counts, read, soft

TEXTS = ["The cat sat; the CAT slept.", "", "cats_and dogs", "…", "Straße, café und 12 Gärten", "dogs dogs dogs"]


def words(text: str) -> list[str]:
    return re.findall(r"\w+", text.casefold())


@given(st.lists(st.text() | st.text("aB9_ .,'-\n\x1c\x0b")))
def test_a_text_is_the_numbers_of_its_words(texts: list[str]) -> None:
    found = read(texts)
    parts = np.split(found.numbers, np.cumsum(found.lengths))[:-1] if texts else []
    assert [[found.words[n] for n in part] for part in parts] == [words(text) for text in texts]
    assert len(set(found.words)) == len(found.words)


def test_stems_are_counted_in_each_text() -> None:
    stems = [stem("cats"), stem("dog"), stem("sleeping"), "gone"]
    naive = [[Counter(map(stem, words(text)))[one] for one in stems] for text in TEXTS]
    assert counts(read(TEXTS), stems).tolist() == naive
    assert counts(read(TEXTS), []).shape == (len(TEXTS), 0)
    assert counts(read([]), stems).shape == (0, len(stems))


def test_whatever_its_ending_a_word_is_counted_by_its_stem() -> None:
    for word, asked in (
        ("trying", "try"),
        ("flies", "fly"),
        ("hoping", "hope"),
        ("ads", "ad"),
        ("Amy", "amy"),
        ("sensibility", "sensible"),
    ):
        assert counts(read([f"So {word} it."]), [stem(asked)]).tolist() == [[1]]


def test_bm25_is_that_of_the_books() -> None:
    found, weights = read(TEXTS), [2.0, 0.5]
    held = counts(found, [stem("cat"), stem("dog")])
    mean = found.lengths.mean()
    naive = [
        sum(w * n * (K1 + 1) / (n + K1 * (1 - B + B * length / mean)) for w, n in zip(weights, row, strict=True))
        for row, length in zip(held.tolist(), found.lengths.tolist(), strict=True)
    ]
    assert bm25(held, found.lengths.astype(np.float32), weights) == pytest.approx(naive)
    assert bm25(held[:0], found.lengths[:0].astype(np.float32), weights).shape == (0,)


def test_each_word_counts_by_its_weight_if_the_text_has_one_like_it() -> None:
    lexicon = FakeEmbedder(1024).lexicon()  # likeness is all or nothing
    found = soft(read(["she books a flight", "no such thing", ""]), ["booking", "train"], [3.0, 1.0], lexicon)
    assert found == pytest.approx([0.75, 0.0, 0.0])
    silent = lexicon.without(["booking"])
    assert soft(read(["she books a train"]), ["booking", "train"], [3.0, 1.0], silent) == pytest.approx([1.0])
    assert soft(read(["she books a train"]), ["booking"], [3.0], silent) == pytest.approx([0.0])


def test_a_word_of_the_same_stem_is_as_near_as_can_be() -> None:
    lexicon = FakeEmbedder(1024).lexicon()
    assert aligned("He was running late", ["run", "train"], lexicon) == pytest.approx([1.0, 0.0])
    assert aligned("He was running late", ["run", "train"], None) == pytest.approx([1.0, 0.0])
    assert aligned("", ["run"], lexicon) == pytest.approx([0.0])


def test_words_met_before_are_not_taken_apart_again() -> None:
    asked: list[list[str]] = []

    def numbers(texts: list[str]) -> list[list[int]]:
        asked.append(list(texts))
        return [[len(text), 0] for text in texts]

    from secondme.engine.lexicon import Lexicon

    lexicon = Lexicon(np.eye(8, dtype=np.float16), numbers)  # type: ignore[arg-type]
    first, lengths = lexicon.spelt(["one", "seven", "one"])
    assert (first.tolist(), lengths.tolist()) == ([3, 0, 5, 0, 3, 0], [2, 2, 2])
    assert lexicon.spelt(["seven", "six"])[0].tolist() == [5, 0, 3, 0]
    assert asked[-1] == ["six"]
    assert lexicon.spelt([])[0].tolist() == []
