"""Late interaction: each word of a question met by the nearest word of a text."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.engine.remote import RemoteEmbedder
from secondme.errors import EngineError
from secondme.recall.late import late, mixed

WIDE = FakeEmbedder(4096)  # so many buckets that no two words here share one


def test_it_is_the_share_of_the_words_weight_that_is_met_and_how_the_worst_are() -> None:
    found = late(
        "who painted the harbour",
        ["She painted a boat.", "the harbour", "rain", "the one who paints a harbour"],
        {"paint": 3.0, "harbour": 1.0},
        WIDE,
    )
    assert (found.dtype, found.shape) == (np.float32, (4, 2))
    np.testing.assert_allclose(found, [[0.75, 0], [0.25, 0], [0, 0], [1, 1]], atol=1e-6)


def test_a_compound_weighs_as_a_word_in_all_its_parts() -> None:
    (met, _, half) = late("the check-in", ["check in", "the", "check"], {"check-in": 2.0}, WIDE)[:, 0]
    assert (met, half) == (1, 0.5)


@pytest.mark.parametrize("weights", [{}, {"rain": 2.0}])
def test_without_weights_every_word_counts_alike(weights: dict[str, float]) -> None:
    found = late("booked flight", ["booking a room"], weights, WIDE)
    np.testing.assert_allclose(found, [[0.5, 0]], atol=1e-6)


def test_texts_and_questions_without_words_get_nothing() -> None:
    assert late("booked", [], {}, WIDE).shape == (0, 2)
    assert not late("booked", ["", "…"], {}, WIDE).any()
    assert not late("?!", ["booked"], {}, WIDE).any()


def test_an_embedder_that_pools_elsewhere_says_so() -> None:
    remote = RemoteEmbedder("http://127.0.0.1:9/v1", "some-model", None)
    with pytest.raises(EngineError, match="single words") as caught:
        late("booked", ["a room"], {}, remote)
    assert "minilm-l6" in caught.value.hint
    remote.close()


def test_what_is_met_moves_the_order_and_not_more_than_that() -> None:
    scores = np.array([3.0, 2.9, -3.0], np.float32)
    met = late("painted harbour", ["harbour", "painted the harbour", "harbour painting"], {}, WIDE)
    assert (-mixed(scores, met)).argsort().tolist() == [1, 0, 2]
    assert (-mixed(scores, np.zeros_like(met))).argsort().tolist() == [0, 1, 2]
    assert mixed(scores[:1], met[:1]).shape == (1,)


@pytest.mark.models
def test_the_passage_with_the_thing_asked_for_comes_before_those_about_the_same() -> None:
    from secondme.engine.onnx import OnnxEmbedder

    models = os.environ.get("SECONDME_TEST_MODELS")
    if not models:
        assert not os.environ.get("CI"), "CI must run the starter models"
        pytest.skip("SECONDME_TEST_MODELS names no folder")
    (folder,) = {path.parent for path in Path(models).rglob("model.safetensors")}
    embedder = OnnxEmbedder(folder, name="test")
    texts = [
        "Ana: I bought a violin for my sister last week.",
        "Ana: My sister and I had lunch by the river.",
        "Ben: The sourdough came out well.",
    ]
    weighed, worst = late(
        "Which instrument does Ana's sister own?", texts, {"instrument": 5.0, "sister": 2.0}, embedder
    ).T
    assert weighed.argmax() == worst.argmax() == 0
    assert weighed.argmin() == worst.argmin() == 2
