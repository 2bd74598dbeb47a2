"""Word by word: whether what is asked for stands in the sentence, or only the topic."""

from __future__ import annotations

import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.engine.remote import RemoteEmbedder
from secondme.recall.closely import closely

WIDE = FakeEmbedder(4096)  # so many buckets that no two words here share one
WEIGHTS = {"colour": 3.0, "fenc": 1.0}


def met(sentence: str, before: str = "") -> float:
    return closely("which colour is the fence?", before, sentence, WEIGHTS, WIDE, 0.5).met


def test_each_word_weighs_by_how_rare_it_is() -> None:
    assert met("The colour of it is green.") == pytest.approx(0.75)
    assert met("The fence is long.") == pytest.approx(0.25)
    assert met("Rain again.") == 0
    assert met("Its colour is green.", "About the fence") == 1


def test_without_weights_all_words_count() -> None:
    assert closely("green fence", "", "green gate", {}, WIDE, 0.5).met == pytest.approx(0.5)


def test_alike_is_of_the_sentence_and_not_of_what_it_is_read_with() -> None:
    assert closely("green green fence", "", "green paint", {}, WIDE, 0.5).alike == pytest.approx(2 / 3)
    assert closely("green green fence", "green", "paint", {}, WIDE, 0.5).alike == 0


@pytest.mark.parametrize("texts", [("?!", "a fence"), ("fence", "…")])
def test_where_there_are_no_words_there_is_nothing(texts: tuple[str, str]) -> None:
    assert closely(texts[0], "", texts[1], {}, WIDE, 0.5) == (0, 0)


def test_an_embedder_without_vectors_of_words_is_taken_to_find_the_usual() -> None:
    remote = RemoteEmbedder("http://127.0.0.1:9/v1", "some-model", None)
    near, far = (closely("fence", "", "a fence", {}, remote, cosine) for cosine in (0.8, 0.2))
    assert near.met > far.met
    assert near.alike > far.alike
