"""A model's tensors from its header: of a whole file, of its first bytes, of a damaged one."""

from __future__ import annotations

from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest

from benchmarks.flash.making import Shape, make
from secondme.engine import tensors
from secondme.errors import ModelDamaged, ModelMissing

DENSE = Shape(layers=3, width=256, ffn=512, heads=8, kv_heads=4, vocabulary=512)
MIXED = Shape(layers=2, width=256, ffn=128, heads=8, kv_heads=4, vocabulary=512, experts=8, used=2)


@pytest.fixture(scope="module")
def dense(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make(tmp_path_factory.mktemp("models") / "dense.gguf", DENSE)


def test_every_tensor_has_its_layer_its_kind_and_its_place(dense: Path) -> None:
    layout = tensors.read(dense)
    assert Counter(t.kind for t in layout.tensors) == {
        "attention": 12,
        "ffn": 9,
        "norm": 7,
        "embedding": 1,
        "output": 1,
    }
    assert {t.layer for t in layout.tensors if t.kind == "ffn"} == {0, 1, 2}
    assert max(t.end for t in layout.tensors) == dense.stat().st_size
    assert (layout.layers, layout.width, layout.vocabulary, layout.experts) == (3, 256, 512, 0)


def test_keys_and_values_are_counted_by_their_heads(dense: Path) -> None:
    assert tensors.read(dense).kv_bytes == 3 * 2 * 4 * (256 // 8) * 2


def test_experts_are_told_from_what_all_tokens_share(tmp_path: Path) -> None:
    layout = tensors.read(make(tmp_path / "mixed.gguf", MIXED))
    kinds = Counter(t.kind for t in layout.tensors)
    assert (kinds["experts"], kinds["router"], kinds["ffn"]) == (6, 2, 0)
    assert (layout.experts, layout.experts_used) == (8, 2)


def test_the_beginning_of_a_file_is_enough(dense: Path) -> None:
    data, asked = dense.read_bytes(), []

    def get(start: int, length: int) -> bytes:
        asked.append(length)
        return data[start : start + length]

    assert tensors.fetch(get, "dense") == tensors.read(dense)
    assert asked == [tensors.FIRST_BYTES]


def test_a_long_header_is_asked_for_in_parts(dense: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tensors, "FIRST_BYTES", 1000)
    data, got = dense.read_bytes(), []

    def get(start: int, length: int) -> bytes:
        got.append((start, length))
        return data[start : start + length]

    assert tensors.fetch(get, "dense") == tensors.read(dense)
    assert got[0] == (0, 1000)
    assert all(start == before + length for (before, length), (start, _) in pairwise(got))


@pytest.mark.parametrize("length", [0, 3, 20, 500, 9000])
def test_a_file_that_ends_within_its_header_is_damaged(dense: Path, tmp_path: Path, length: int) -> None:
    cut = tmp_path / "cut.gguf"
    cut.write_bytes(dense.read_bytes()[:length])
    with pytest.raises(ModelDamaged):
        tensors.read(cut)


def test_what_is_no_model_is_said_to_be_none(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("a letter " * 1000)
    with pytest.raises(ModelDamaged):
        tensors.read(tmp_path / "text.gguf")
    with pytest.raises(ModelMissing):
        tensors.read(tmp_path / "nothing.gguf")


def test_a_header_that_promises_too_much_is_damaged(dense: Path, tmp_path: Path) -> None:
    data = bytearray(dense.read_bytes())
    data[8:16] = (2**60).to_bytes(8, "little")  # tensors
    (tmp_path / "huge.gguf").write_bytes(data)
    with pytest.raises(ModelDamaged):
        tensors.read(tmp_path / "huge.gguf")
