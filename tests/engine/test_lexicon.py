"""The lexicon: words by their meaning, made once, kept whole, made anew when what it was made of has changed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from secondme.engine import lexicon
from secondme.engine.fake import FakeEmbedder
from secondme.engine.lexicon import Lexicon, distilled, mapped, meaningful, packed
from secondme.engine.onnx import OnnxEmbedder
from secondme.engine.remote import RemoteEmbedder
from secondme.engine.worker import LlamaEmbedder
from secondme.errors import EngineError

from .bert import write_tiny

KEPT = "lexicon.int8.safetensors"


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny")


def opened(folder: Path) -> Lexicon:
    return OnnxEmbedder(folder, name="tiny").lexicon()


def row(words: Lexicon, word: str) -> np.ndarray:
    (numbers,) = words.pieces([word])
    assert len(numbers) == 1, word
    return words.rows(numbers)[0]


# ---- what it says


@pytest.mark.models
@pytest.mark.slow
def test_words_are_near_what_they_have_to_do_with(minilm: Path) -> None:
    words = opened(minilm)
    for word, near, far in (
        ("guitar", "instrument", "doctor"),
        ("sister", "brother", "flight"),
        ("doctor", "physician", "painting"),
        ("paris", "france", "cheese"),
    ):
        assert row(words, word) @ row(words, near) > 0.4 > 0.25 > row(words, word) @ row(words, far)
    assert (words.size, words.dimension) == (30522, 200)
    assert not words.rows(words.pieces(["? ! , ."])[0]).any()


def test_rows_have_length_one_or_none(tiny: Path) -> None:
    words = opened(tiny)
    pieces = words.pieces(["my cheese #tag unheard-of 🎉 café", ""])
    assert [piece.dtype for piece in pieces] == [np.int32, np.int32]
    rows = words.rows(pieces[0])
    assert (rows.dtype, rows.shape) == (np.float32, (6, words.dimension))
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), [1, 1, 1, 0, 0, 1], atol=1e-3)  # unknown, a picture
    assert words.rows(pieces[1]).shape == (0, words.dimension)


def test_a_text_is_not_cut(tiny: Path) -> None:
    assert len(opened(tiny).pieces(["train " * 500])[0]) == 500


def test_silent_words_mean_nothing_and_the_others_what_they_did(tiny: Path) -> None:
    words = opened(tiny)
    quiet = words.without(["the", "my", "not in the vocabulary"]).without(["our"])
    numbers = words.pieces(["the my our cheese"])[0]
    assert (np.linalg.norm(quiet.rows(numbers), axis=1).round(2) == [0, 0, 0, 1]).all()
    assert (quiet.rows(numbers)[3] == words.rows(numbers)[3]).all()
    assert words.rows(numbers).all(axis=1).all()


def test_what_all_words_share_is_taken_away() -> None:
    draw = np.random.default_rng(1)
    meaning = draw.normal(size=(50, 40))
    both = np.repeat(meaning, 2, axis=0)  # words in pairs of one meaning
    shared = draw.normal(size=(100, 3)) * 30 @ draw.normal(size=(3, 40)) + 100
    meant = np.ones(100, dtype=bool)
    meant[98:] = False
    table = distilled((both + shared).astype(np.float32), meant).astype(np.float32)
    likeness = table @ table.T
    assert table.shape == (100, 37)
    assert not table[98:].any()
    assert min(likeness[n, n + 1] for n in range(0, 98, 2)) > 0.9
    assert np.abs(likeness[:98:2, :98:2] - np.eye(49)).mean() < 0.2


@pytest.mark.parametrize("token", ["dog", "##ly", "7", "é", "東", "[", "can't"])
def test_letters_and_digits_mean_something(token: str) -> None:
    assert meaningful(token) == (token != "[")


@pytest.mark.parametrize("token", ["[unused7]", "[CLS]", ",", "##_", "🎉", ""])
def test_marks_do_not(token: str) -> None:
    assert not meaningful(token)


def test_the_fake_knows_stems() -> None:
    words = FakeEmbedder().lexicon()
    assert row(words, "booked") @ row(words, "booking") == 1
    assert row(words, "booked") @ row(words, "rain") == 0
    assert not words.without(["rain"]).rows(words.pieces(["rain"])[0]).any()


def test_endpoints_and_gguf_models_have_none_and_no_tokens(tmp_path: Path) -> None:
    """Nothing is asked of the endpoint and nothing is started: there is no such file."""
    for other in (RemoteEmbedder("http://127.0.0.1:9/v1", "m", None), LlamaEmbedder(tmp_path / "no.gguf", name="m")):
        assert other.lexicon() is None
        with pytest.raises(EngineError, match="single words"):
            other.tokens(["garden"])
        other.close()


# ---- how it is kept


def test_it_is_made_once_and_says_how_far_it_is(tiny: Path) -> None:
    said: list[tuple[int, int | None]] = []
    first = OnnxEmbedder(tiny, name="tiny").lexicon(lambda done, total: said.append((done, total)))
    assert said[0] == (0, first.size)
    assert said[-1] == (first.size, first.size)
    written = (tiny / KEPT).stat().st_ino
    said.clear()
    embedder = OnnxEmbedder(tiny, name="tiny")
    again = embedder.lexicon(lambda done, total: said.append((done, total)))
    assert embedder.lexicon() is again
    assert ((tiny / KEPT).stat().st_ino, said) == (written, [])
    assert (row(first, "garden") == row(again, "garden")).all()


@pytest.mark.parametrize("keep", [0, 5, 200, -1])
def test_a_damaged_file_is_written_again(tiny: Path, keep: int) -> None:
    before = row(opened(tiny), "garden")
    (tiny / KEPT).write_bytes((tiny / KEPT).read_bytes()[:keep])
    assert (row(opened(tiny), "garden") == before).all()


def test_it_is_made_anew_with_the_checkpoint_the_precision_and_the_method(
    tiny: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = row(opened(tiny), "garden")
    assert np.abs(row(OnnxEmbedder(tiny, name="tiny", precision="float32").lexicon(), "garden") - before).max() > 0
    monkeypatch.setattr(lexicon, "VERSION", "next")
    written = (tiny / KEPT).stat().st_ino
    opened(tiny)
    assert (tiny / KEPT).stat().st_ino != written
    write_tiny(tiny, seed=2)
    os.utime(tiny / "model.safetensors", (1, 1))
    assert np.abs(np.abs(row(opened(tiny), "garden")) - np.abs(before)).max() > 0.01


def test_an_interrupted_making_leaves_nothing(tiny: Path) -> None:
    def interrupt(done: int, total: int | None) -> None:
        raise KeyboardInterrupt

    embedder = OnnxEmbedder(tiny, name="tiny")
    before = {path.name for path in tiny.iterdir()} | {f"{KEPT}.lock"}
    with pytest.raises(KeyboardInterrupt):
        embedder.lexicon(interrupt)
    assert {path.name for path in tiny.iterdir()} <= before
    assert embedder.lexicon().size > 70


def test_where_it_cannot_be_kept_is_said(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    embedder = OnnxEmbedder(tiny, name="tiny")

    def refuse(_: int) -> None:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("os.fsync", refuse)
    with pytest.raises(EngineError, match="Read-only") as caught:
        embedder.lexicon()
    assert "writable" in caught.value.hint


def test_only_what_is_marked_as_wanted_is_read(tmp_path: Path) -> None:
    path, table = tmp_path / "table", np.eye(5, 3, dtype=np.float16)
    assert mapped(path, {}) is None
    path.write_bytes(packed(table, {"made": "today"}))
    found = mapped(path, {"made": "today"})
    assert found is not None
    assert (found == table).all()
    assert mapped(path, {"made": "yesterday"}) is None
