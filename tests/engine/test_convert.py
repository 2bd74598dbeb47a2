"""The converter: the same arithmetic as the checkpoint's, for any sizes, and a file that is whole or not there."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
from onnx import numpy_helper
from safetensors.numpy import load_file, save_file

from secondme.engine.checkpoint import read_bert, stamp
from secondme.engine.convert import convert, quantised
from secondme.errors import DiskFull, EngineError, ModelDamaged, ModelMissing

from .bert import Reference, write_tiny


@pytest.fixture
def tiny(tmp_path: Path) -> Path:
    return write_tiny(tmp_path / "tiny")


def run(path: Path, rows: list[list[int]]) -> np.ndarray:
    import onnxruntime

    width = max(map(len, rows))
    ids = np.array([row + [0] * (width - len(row)) for row in rows], dtype=np.int64)
    mask = np.array([[1] * len(row) + [0] * (width - len(row)) for row in rows], dtype=np.int64)
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    vectors: np.ndarray = session.run(["vectors"], {"input_ids": ids, "attention_mask": mask})[0]
    return vectors


def marks(path: Path) -> dict[str, str]:
    return {prop.key: prop.value for prop in onnx.load(path).metadata_props}


def change(folder: Path, **settings: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps(config | settings))


def test_the_graph_computes_what_the_checkpoint_says_at_sizes_unlike_minilm(tiny: Path, tmp_path: Path) -> None:
    rows = [[2, 9, 3], [2, *range(10, 40), 3], [2, 3], [2, 5, 5, 5, 3]]
    convert(tiny, tmp_path / "out.onnx", "float32")
    np.testing.assert_allclose(run(tmp_path / "out.onnx", rows), Reference(tiny).vectors(rows), atol=2e-6)


def test_int8_keeps_close_and_smaller(tiny: Path, tmp_path: Path) -> None:
    rows = [[2, *range(10 + n, 30 + n), 3] for n in range(8)]
    for precision in ("float32", "int8"):
        convert(tiny, tmp_path / precision, precision)
    exact, rough = run(tmp_path / "float32", rows), run(tmp_path / "int8", rows)
    cosine = (exact * rough).sum(axis=1)
    assert cosine.mean() > 0.99
    assert cosine.min() < 0.999999, "nothing was quantised"


def test_the_graphs_pass_the_checker_of_onnx(tiny: Path, tmp_path: Path) -> None:
    for precision in ("float32", "int8"):
        convert(tiny, tmp_path / "out.onnx", precision)
        onnx.checker.check_model(tmp_path / "out.onnx", full_check=True)


def test_no_int8_weight_uses_the_range_in_which_old_cpus_saturate(tiny: Path, tmp_path: Path) -> None:
    convert(tiny, tmp_path / "out.onnx", "int8")
    graph = onnx.load(tmp_path / "out.onnx").graph
    multiplied = {node.input[1] for node in graph.node if node.op_type == "MatMulInteger"}
    weights = [numpy_helper.to_array(w) for w in graph.initializer if w.name in multiplied]
    assert len(weights) == 8
    assert max(int(np.abs(w.astype(int)).max()) for w in weights) == 63


def test_quantised_rows_are_within_half_a_step_and_survive_zeros() -> None:
    weight = np.vstack([np.linspace(-3, 1, 50), np.zeros(50)]).astype(np.float32)
    integers, scale = quantised(weight)
    assert np.abs(integers * scale - weight).max() <= scale[0, 0] / 2 + 1e-6
    assert not integers[1].any()


def test_the_file_is_marked_with_its_source(tiny: Path, tmp_path: Path) -> None:
    import hashlib

    convert(tiny, tmp_path / "out.onnx", "int8")
    found = marks(tmp_path / "out.onnx")
    assert found.items() >= stamp(tiny, "int8").items()
    assert found["source_sha256"] == hashlib.sha256((tiny / "model.safetensors").read_bytes()).hexdigest()


def test_a_touched_checkpoint_has_another_stamp(tiny: Path) -> None:
    before = stamp(tiny, "int8")
    os.utime(tiny / "model.safetensors", (1, 1))
    assert stamp(tiny, "int8") != before


def test_what_cannot_be_finished_leaves_the_old_file_and_no_other(
    tiny: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path / "out" / "model.onnx"
    out.parent.mkdir()
    out.write_bytes(b"the old one")

    def full(_: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(DiskFull):
        convert(tiny, out, "int8")
    assert out.read_bytes() == b"the old one"
    assert [path.name for path in out.parent.iterdir()] == ["model.onnx"]


@pytest.mark.parametrize("name", ["config.json", "model.safetensors"])
def test_a_missing_file_is_named(tiny: Path, tmp_path: Path, name: str) -> None:
    (tiny / name).unlink()
    with pytest.raises(ModelMissing, match=name):
        convert(tiny, tmp_path / "out.onnx", "int8")


@pytest.mark.parametrize("keep", [0, 5, 1000, -1])
def test_a_checkpoint_cut_short_is_damaged(tiny: Path, tmp_path: Path, keep: int) -> None:
    path = tiny / "model.safetensors"
    path.write_bytes(path.read_bytes()[:keep])
    with pytest.raises(ModelDamaged, match=r"model\.safetensors"):
        convert(tiny, tmp_path / "out.onnx", "int8")
    assert not (tmp_path / "out.onnx").exists()


def test_a_checkpoint_without_a_tensor_is_damaged(tiny: Path, tmp_path: Path) -> None:
    tensors = load_file(tiny / "model.safetensors")
    del tensors["encoder.layer.1.output.dense.bias"]
    save_file(tensors, tiny / "model.safetensors")
    with pytest.raises(ModelDamaged, match=r"output\.dense\.bias"):
        convert(tiny, tmp_path / "out.onnx", "float32")


@pytest.mark.parametrize(
    "settings", [{"model_type": "mpnet"}, {"hidden_act": "gelu_new"}, {"position_embedding_type": "relative_key"}]
)
def test_another_architecture_is_refused_by_what_makes_it_one(tiny: Path, settings: dict[str, str]) -> None:
    change(tiny, **settings)
    with pytest.raises(EngineError, match=next(iter(settings))):
        read_bert(tiny)


def test_another_pooling_is_refused(tiny: Path) -> None:
    (tiny / "1_Pooling").mkdir()
    (tiny / "1_Pooling" / "config.json").write_text('{"pooling_mode_mean_tokens": false}')
    with pytest.raises(EngineError, match="mean"):
        read_bert(tiny)


@pytest.mark.parametrize("content", ["", "[1]", "{", '{"hidden_size": "wide"}'])
def test_settings_that_make_no_sense_are_damaged(tiny: Path, content: str) -> None:
    (tiny / "config.json").write_text(content)
    with pytest.raises(ModelDamaged, match=r"config\.json"):
        read_bert(tiny)
