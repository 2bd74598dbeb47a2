"""A BERT sentence encoder: from its safetensors checkpoint to one ONNX file.

Knows the layout of a Hugging Face BERT checkpoint (config.json, model.safetensors) and how to write the same
arithmetic as an ONNX graph: Devlin et al. 2018, mean pooling as in Reimers and Gurevych 2019. Everything that is a
number comes from config.json. Refuses to know about tokenizers, sessions and where models come from.

The graph takes `input_ids` and `attention_mask`, int64 [batch, tokens], and gives `vectors`, float32 [batch, hidden],
each of length 1. Inside it works on [batch * tokens, hidden], so that every linear layer is one plain Gemm.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from secondme.errors import DiskFull, EngineError, ModelDamaged, ModelMissing

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]

Precision = Literal["float32", "int8"]

CONVERTER = "1"
"""Raise it when the graph changes: files of another converter are written anew."""

OPSET, IR_VERSION = 20, 9  # the oldest that have Gelu, so that onnxruntime >= 1.17 reads the file
MASKED = -1e4  # added to a score, it leaves a weight of exp(-1e4) = 0 without the NaNs of -inf

OUTLIERS = 8
"""Intermediate neurons per layer that int8 leaves in float32: those with the largest outgoing weight.

In MiniLM one neuron of each layer fires at 10-25 times the others' maximum into weights 10 times theirs, and
one scale for all activations then rounds the rest away (the outliers of Dettmers et al. 2022, LLM.int8()). Mean cosine to
float32 over passages rises from 0.993 to 0.997 at the same speed; from 8 to 16 nothing is gained.
"""

WEIGHT_LEVELS = 63
"""Weights use 7 of their 8 bits: without VNNI an x86 CPU adds two u8*i8 products in 16 bits, which 255*127*2 overflows."""


@dataclass(frozen=True, slots=True)
class Bert:
    """The part of config.json that shapes the graph."""

    layers: int
    heads: int
    hidden: int
    eps: float


def stamp(folder: Path, precision: Precision) -> dict[str, str]:
    """What a conversion of the checkpoint in `folder` made now would be marked with, from one stat. Raises ModelMissing."""
    path = folder / "model.safetensors"
    try:
        stat = path.stat()
    except FileNotFoundError:
        raise ModelMissing(f"There is no model.safetensors in {folder}.") from None
    return {
        "converter": CONVERTER,
        "precision": precision,
        "source_bytes": str(stat.st_size),
        "source_mtime_ns": str(stat.st_mtime_ns),
    }


def convert(folder: Path, out: Path, precision: Precision) -> None:
    """Write the encoder in `folder` to `out`, whole or not at all. Takes 1-3 s for a model of 90 MB.

    The file's metadata holds `stamp(folder)` and the checkpoint's `source_sha256`.
    Raises ModelMissing, ModelDamaged, DiskFull, or EngineError for an architecture that is not this one.
    """
    marks = stamp(folder, precision)
    bert = read_config(folder)
    with _tensors(folder / "model.safetensors") as tensor:
        model = _model(bert, tensor, precision)
    marks["source_sha256"] = _sha256(folder / "model.safetensors")
    for key, value in marks.items():
        model.metadata_props.add(key=key, value=value)
    _write_whole(out, model.SerializeToString())


def read_json(path: Path) -> dict[str, Any]:
    """A model's settings file. Raises ModelMissing, ModelDamaged."""
    try:
        settings = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ModelMissing(f"There is no {path.name} in {path.parent}.") from None
    except (ValueError, OSError) as error:
        raise ModelDamaged(f"{path} cannot be read: {error}.") from error
    if not isinstance(settings, dict):
        raise ModelDamaged(f"{path} holds no settings.")
    return settings


def read_config(folder: Path) -> Bert:
    """The shape in config.json. Raises EngineError for anything but a BERT with GELU and mean pooling."""
    config = read_json(folder / "config.json")
    expected = {"model_type": "bert", "hidden_act": "gelu", "position_embedding_type": "absolute"}
    for key, value in expected.items():
        if config.get(key, value) != value:
            raise EngineError(f"{folder} is not an encoder this version can convert: its {key} is {config[key]!r}.")
    pooling = folder / "1_Pooling" / "config.json"
    if pooling.exists() and not read_json(pooling).get("pooling_mode_mean_tokens", True):
        raise EngineError(f"{folder} is not an encoder this version can convert: it does not pool by the mean.")
    try:
        return Bert(
            layers=config["num_hidden_layers"],
            heads=config["num_attention_heads"],
            hidden=config["hidden_size"],
            eps=config["layer_norm_eps"],
        )
    except KeyError as error:
        raise ModelDamaged(f"{folder / 'config.json'} lacks {error}.") from error


@contextmanager
def _tensors(path: Path) -> Iterator[Callable[[str], Array]]:
    """A function from a tensor's name to its float32 values; the file is mapped, not read."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(path, framework="numpy") as file:
            yield lambda name: np.asarray(file.get_tensor(name), dtype=np.float32)
    except SafetensorError as error:
        raise ModelDamaged(f"{path} is damaged: {error}.") from error


class _Graph:
    """An ONNX graph while it grows. A value is known by its name, which is that of the node or weight it comes from."""

    def __init__(self, precision: Precision) -> None:
        self.precision = precision
        self.nodes: list[Any] = []
        self.weights: list[Any] = []

    def weight(self, array: NDArray[Any]) -> str:
        from onnx import numpy_helper

        name = f"w{len(self.weights)}"
        self.weights.append(numpy_helper.from_array(np.ascontiguousarray(array), name))
        return name

    def ints(self, *values: int) -> str:
        return self.weight(np.array(values, dtype=np.int64))

    def node(self, op: str, *inputs: str, **attributes: Any) -> str:
        return self.nodes_out(op, *inputs, outputs=1, **attributes)[0]

    def nodes_out(self, op: str, *inputs: str, outputs: int, **attributes: Any) -> list[str]:
        from onnx import helper

        names = [f"{op}{len(self.nodes)}.{n}" for n in range(outputs)]
        self.nodes.append(helper.make_node(op, inputs, names, **attributes))
        return names

    def linear(self, x: str, weight: Array, bias: Array, *, exact: bool = False) -> str:
        """x @ weight.T + bias for x [rows, in], weight [out, in] as checkpoints store it, bias [out]."""
        if exact or self.precision == "float32":
            return self.node("Gemm", x, self.weight(weight), self.weight(bias), transB=1)
        levels, scale = quantised(weight)
        x8, x_scale, x_zero = self.nodes_out("DynamicQuantizeLinear", x, outputs=3)
        product = self.node("Cast", self.node("MatMulInteger", x8, self.weight(levels.T), x_zero), to=1)
        scaled = self.node("Mul", product, self.node("Mul", x_scale, self.weight(scale[:, 0])))
        return self.node("Add", scaled, self.weight(bias))

    def rows(self, table: Array, index: str) -> str:
        """table[index]: float32 [*index, columns]."""
        if self.precision == "float32":
            return self.node("Gather", self.weight(table), index)
        levels, scale = quantised(table, 127)
        picked = self.node("Cast", self.node("Gather", self.weight(levels), index), to=1)
        return self.node("Mul", picked, self.node("Gather", self.weight(scale), index))


def quantised(weight: Array, levels: int = WEIGHT_LEVELS) -> tuple[NDArray[np.int8], Array]:
    """Symmetric integers in -levels..levels and float32 scales [rows, 1], one per row: weight ~ integers * scales."""
    scale = np.abs(weight).max(axis=1, keepdims=True) / np.float32(levels)
    scale[scale == 0] = 1
    return np.rint(weight / scale).astype(np.int8), scale


def _model(bert: Bert, tensor: Callable[[str], Array], precision: Precision) -> Any:
    from onnx import TensorProto, helper  # 0.15-0.3 s, paid once per model

    graph = _Graph(precision)
    shape = graph.node("Shape", "input_ids")
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    x = _embeddings(graph, bert, tensor, shape)
    score_bias = _score_bias(graph, mask)
    heads_shape = graph.node("Concat", shape, graph.ints(3, bert.heads, bert.hidden // bert.heads), axis=0)
    for layer in range(bert.layers):
        x = _layer(graph, bert, lambda name, n=layer: tensor(f"encoder.layer.{n}.{name}"), x, heads_shape, score_bias)
    _pool(graph, bert, x, shape, mask)
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", bert.hidden])],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="secondme",
    )


def _embeddings(graph: _Graph, bert: Bert, tensor: Callable[[str], Array], shape: str) -> str:
    """Words plus positions, normalised: [batch * tokens, hidden]. A lone text has segment 0 throughout: a constant."""
    positions = tensor("embeddings.position_embeddings.weight") + tensor("embeddings.token_type_embeddings.weight")[0]
    tokens = graph.node("Slice", shape, graph.ints(1), graph.ints(2))
    here = graph.node("Slice", graph.weight(positions), graph.ints(0), tokens, graph.ints(0))
    words = graph.rows(tensor("embeddings.word_embeddings.weight"), "input_ids")
    summed = graph.node("Reshape", graph.node("Add", words, here), graph.ints(-1, bert.hidden))
    return _normalise(graph, bert, tensor, "embeddings.LayerNorm", summed)


def _score_bias(graph: _Graph, mask: str) -> str:
    """[batch, 1, 1, tokens]: 0 where there is a token, MASKED where there is padding."""
    absent = graph.node("Sub", graph.weight(np.array(1, np.float32)), mask)
    return graph.node(
        "Unsqueeze", graph.node("Mul", absent, graph.weight(np.array(MASKED, np.float32))), graph.ints(1, 2)
    )


def _layer(graph: _Graph, bert: Bert, tensor: Callable[[str], Array], x: str, heads_shape: str, score_bias: str) -> str:
    context = _attention(graph, bert, tensor, x, heads_shape, score_bias)
    dense = graph.linear(context, tensor("attention.output.dense.weight"), tensor("attention.output.dense.bias"))
    x = _normalise(graph, bert, tensor, "attention.output.LayerNorm", graph.node("Add", dense, x))
    summed = graph.node("Add", _feed_forward(graph, tensor, x), x)
    return _normalise(graph, bert, tensor, "output.LayerNorm", summed)


def _attention(
    graph: _Graph, bert: Bert, tensor: Callable[[str], Array], x: str, heads_shape: str, score_bias: str
) -> str:
    """Softmax(Q K^T / sqrt(d)) V: [batch * tokens, hidden], heads side by side. One product gives Q, K and V."""
    weights = [tensor(f"attention.self.{name}.weight") for name in ("query", "key", "value")]
    biases = [tensor(f"attention.self.{name}.bias") for name in ("query", "key", "value")]
    root = np.float32((bert.hidden // bert.heads) ** 0.5)
    weights[0], biases[0] = weights[0] / root, biases[0] / root
    joined = graph.linear(x, np.concatenate(weights), np.concatenate(biases))
    # [batch, tokens, 3, heads, d] -> 3 times [batch, heads, tokens, d]
    split = graph.node("Transpose", graph.node("Reshape", joined, heads_shape), perm=[2, 0, 3, 1, 4])
    parts = graph.nodes_out("Split", split, outputs=3, axis=0, num_outputs=3)
    query, key, value = (graph.node("Squeeze", part, graph.ints(0)) for part in parts)
    scores = graph.node("MatMul", query, graph.node("Transpose", key, perm=[0, 1, 3, 2]))
    weighted = graph.node("Softmax", graph.node("Add", scores, score_bias), axis=-1)
    merged = graph.node("Transpose", graph.node("MatMul", weighted, value), perm=[0, 2, 1, 3])
    return graph.node("Reshape", merged, graph.ints(-1, bert.hidden))


def _feed_forward(graph: _Graph, tensor: Callable[[str], Array], x: str) -> str:
    """Up, exact GELU, down; in int8 the OUTLIERS go their own way in float32."""
    up, up_bias = tensor("intermediate.dense.weight"), tensor("intermediate.dense.bias")
    down, down_bias = tensor("output.dense.weight"), tensor("output.dense.bias")
    if graph.precision == "float32":
        return graph.linear(graph.node("Gelu", graph.linear(x, up, up_bias)), down, down_bias)
    by_reach = np.argsort(np.abs(down).max(axis=0), kind="stable")
    most, few = np.sort(by_reach[:-OUTLIERS]), by_reach[-OUTLIERS:]
    exact = graph.node("Gelu", graph.linear(x, up[few], up_bias[few], exact=True))
    exact = graph.linear(exact, down[:, few], down_bias, exact=True)
    rest = graph.node("Gelu", graph.linear(x, up[most], up_bias[most]))
    return graph.node("Add", graph.linear(rest, down[:, most], np.zeros_like(down_bias)), exact)


def _normalise(graph: _Graph, bert: Bert, tensor: Callable[[str], Array], name: str, x: str) -> str:
    scale, bias = graph.weight(tensor(f"{name}.weight")), graph.weight(tensor(f"{name}.bias"))
    return graph.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=bert.eps)


def _pool(graph: _Graph, bert: Bert, x: str, shape: str, mask: str) -> None:
    """The mean over real tokens, brought to length 1: the mean's divisor cancels, so the sum will do."""
    from onnx import helper

    rows = graph.node("Reshape", x, graph.node("Concat", shape, graph.ints(bert.hidden), axis=0))
    total = graph.node("MatMul", graph.node("Unsqueeze", mask, graph.ints(1)), rows)
    flat = graph.node("Squeeze", total, graph.ints(1))
    graph.nodes.append(helper.make_node("LpNormalization", [flat], ["vectors"], axis=-1, p=2))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _write_whole(out: Path, content: bytes) -> None:
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No room for {out} ({len(content) / 1e6:.0f} MB).") from error
        raise EngineError(f"Cannot write {out}: {error.strerror}.", "Make the models folder writable.") from error
    finally:
        part.unlink(missing_ok=True)
