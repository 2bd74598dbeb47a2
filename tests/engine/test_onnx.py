"""The embedder: vectors that agree with the reference, in order, cut where they must be; and damaged folders."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from secondme.engine.onnx import OnnxEmbedder, batches
from secondme.errors import EngineError, ModelDamaged, ModelMissing

from .bert import Reference, reference_of, sentences, write_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny")


@pytest.fixture(scope="session")
def expected(minilm: Path, tmp_path_factory: pytest.TempPathFactory) -> np.ndarray:
    return reference_of(minilm, 1000, tmp_path_factory.mktemp("reference") / "vectors.npy")


@pytest.mark.models
@pytest.mark.slow
def test_float32_agrees_with_the_reference_on_a_thousand_sentences(minilm: Path, expected: np.ndarray) -> None:
    vectors = OnnxEmbedder(minilm, name="test", precision="float32").embed(sentences(1000))
    cosine = (vectors * expected).sum(axis=1)
    assert cosine.min() >= 0.9999, cosine.min()


@pytest.mark.models
@pytest.mark.slow
def test_int8_agrees_on_the_average_and_ranks_alike(minilm: Path, expected: np.ndarray) -> None:
    vectors = OnnxEmbedder(minilm, name="test").embed(sentences(1000))
    cosine = (vectors * expected).sum(axis=1)
    assert cosine.mean() >= 0.99, cosine.mean()
    assert cosine.min() >= 0.97, cosine.min()


@pytest.mark.models
def test_meaning_is_near_meaning(minilm: Path) -> None:
    embedder = OnnxEmbedder(minilm, name="test")
    question, near, far = embedder.embed(
        ["When does my flight leave?", "The plane departs at 9:40 on Monday.", "Grate the cheese, then add two eggs."]
    )
    assert question @ near > question @ far + 0.2


def test_the_order_is_that_of_the_texts_whatever_the_batches(tiny: Path) -> None:
    texts = sentences(60)
    vectors = OnnxEmbedder(tiny, name="tiny", precision="float32", batch=7).embed(texts)
    np.testing.assert_allclose(vectors, Reference(tiny).embed(texts), atol=2e-6)


def test_rows_are_float32_of_length_one(tiny: Path) -> None:
    vectors = OnnxEmbedder(tiny, name="tiny").embed(sentences(20))
    assert vectors.dtype == np.float32
    assert vectors.shape == (20, 24)
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-6)


def test_no_texts_and_empty_texts(tiny: Path) -> None:
    embedder = OnnxEmbedder(tiny, name="tiny")
    assert embedder.embed([]).shape == (0, 24)
    assert embedder.counts([]) == []
    assert embedder.counts(["", "my cheese"]) == [0, 2]
    vectors = embedder.embed(["", "   ", "my cheese"])
    assert np.isfinite(vectors).all()
    np.testing.assert_allclose(vectors[0], vectors[1], atol=0.02)


def test_a_text_is_cut_at_max_tokens_and_counted_whole(tiny: Path) -> None:
    embedder = OnnxEmbedder(tiny, name="tiny", precision="float32")
    assert embedder.max_tokens == 30
    words = ["train"] * 30
    whole, longer, shorter = embedder.embed([" ".join(w) for w in (words, [*words, "cheese", "garden"], words[:29])])
    np.testing.assert_allclose(longer, whole, atol=1e-6)
    assert np.abs(shorter - whole).max() > 1e-4
    assert embedder.counts([" ".join([*words, "cheese"])]) == [31]


def test_tokens_are_what_the_last_layer_says_of_each_whatever_the_batches(tiny: Path) -> None:
    texts = sentences(40)
    reference = Reference(tiny)
    for text, found in zip(
        texts, OnnxEmbedder(tiny, name="tiny", precision="float32", batch=7).tokens(texts), strict=True
    ):
        states = reference.states(np.array([reference.tokenizer.encode(text).ids]))[0, 1:-1]
        np.testing.assert_allclose(found.vectors, states / np.linalg.norm(states, axis=1, keepdims=True), atol=2e-6)
        assert [text[start:end] for start, end in found.spans] == text.split()[: len(found.spans)]


def test_tokens_leave_out_special_ones_and_what_is_cut(tiny: Path) -> None:
    none, few, many = OnnxEmbedder(tiny, name="tiny").tokens(["", "my  cheese", " ".join(["train"] * 40)])
    assert (none.vectors.shape, none.spans.shape) == ((0, 24), (0, 2))
    assert few.spans.tolist() == [[0, 2], [4, 10]]
    assert (few.vectors.dtype, few.spans.dtype) == (np.float32, np.int32)
    assert many.vectors.shape == (30, 24)


def test_a_conversion_without_states_is_made_anew(tiny: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondme.engine.checkpoint.CONVERTER", "1")
    before = OnnxEmbedder(tiny, name="tiny").embed(["my garden"])
    monkeypatch.undo()
    written = (tiny / "model.int8.onnx").stat().st_ino
    embedder = OnnxEmbedder(tiny, name="tiny")
    assert (tiny / "model.int8.onnx").stat().st_ino != written
    assert (embedder.embed(["my garden"]) == before).all()


def test_batches_cover_everything_once_longest_first_within_the_budget() -> None:
    lengths = [5, 300, 17, 17, 2, 90, 1, 64] * 9
    groups = list(batches(lengths, batch=6, budget=256))
    assert sorted(n for group in groups for n in group) == list(range(len(lengths)))
    assert all(len(g) <= 6 and (len(g) == 1 or len(g) * max(lengths[n] for n in g) <= 256) for g in groups)
    ordered = [lengths[n] for group in groups for n in group]
    assert ordered == sorted(lengths, reverse=True)


def test_the_conversion_is_kept_and_redone_when_the_checkpoint_changes(tiny: Path) -> None:
    first = OnnxEmbedder(tiny, name="tiny", precision="float32").embed(["my garden"])
    converted = tiny / "model.float32.onnx"
    written = converted.stat().st_ino
    OnnxEmbedder(tiny, name="tiny", precision="float32")
    assert converted.stat().st_ino == written
    write_tiny(tiny, seed=2)
    os.utime(tiny / "model.safetensors", (1, 1))
    second = OnnxEmbedder(tiny, name="tiny", precision="float32").embed(["my garden"])
    assert np.abs(first - second).max() > 0.01


@pytest.mark.parametrize("keep", [0, 100, 20_000])
def test_a_damaged_conversion_is_written_again(tiny: Path, keep: int) -> None:
    vectors = OnnxEmbedder(tiny, name="tiny").embed(["my garden"])
    path = tiny / "model.int8.onnx"
    path.write_bytes(path.read_bytes()[:keep])
    np.testing.assert_allclose(OnnxEmbedder(tiny, name="tiny").embed(["my garden"]), vectors, atol=1e-6)


def test_two_processes_opening_a_new_model_at_once_both_get_it(tiny: Path) -> None:
    code = (
        "import sys; from pathlib import Path; from secondme.engine.onnx import OnnxEmbedder;"
        "print(OnnxEmbedder(Path(sys.argv[1]), name='tiny').embed(['my garden'])[0, 0])"
    )
    command = [sys.executable, "-c", code, str(tiny)]
    running = [subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(3)]
    outputs = [process.communicate(timeout=120) for process in running]
    assert all(process.returncode == 0 for process in running), outputs
    assert len({out for out, _ in outputs}) == 1
    assert [err for _, err in outputs] == ["", "", ""]


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_missing_file_is_named(tiny: Path, name: str) -> None:
    (tiny / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        OnnxEmbedder(tiny, name="tiny")


@pytest.mark.parametrize("name", ["config.json", "tokenizer.json", "model.safetensors"])
def test_a_file_cut_short_is_named(tiny: Path, name: str) -> None:
    path = tiny / name
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])
    with pytest.raises(ModelDamaged, match=name):
        OnnxEmbedder(tiny, name="tiny")


def test_a_closed_embedder_says_so_and_closes_twice(tiny: Path) -> None:
    embedder = OnnxEmbedder(tiny, name="tiny")
    embedder.close()
    embedder.close()
    with pytest.raises(EngineError, match="closed"):
        embedder.embed(["my garden"])


def test_importing_the_module_imports_nothing_heavy() -> None:
    code = "import sys, secondme.engine.onnx; print([m for m in ('numpy', 'onnx', 'onnxruntime') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
