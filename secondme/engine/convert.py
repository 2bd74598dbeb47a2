"""A BERT sentence encoder: from its safetensors checkpoint to one ONNX file.

Knows the names of a BERT checkpoint's tensors and how to write the same arithmetic as an ONNX graph: Devlin et al.
2018, mean pooling as in Reimers and Gurevych 2019. Every size comes from the checkpoint's settings. Refuses to know
about tokenizers, sessions and where models come from.

The graph takes `input_ids` and `attention_mask`, int64 [batch, tokens], and gives `vectors`, float32 [batch, hidden],
each of length 1, and `states`, float32 [batch, tokens, hidden]: what the last layer says of each token, of any length
and, where there is padding, without meaning. Inside it works on [batch * tokens, hidden], so that every linear layer is
one plain Gemm.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np  # 45 ms; whoever imports this module is about to convert

from secondme.engine.checkpoint import WEIGHTS, Bert, Precision, read_bert, stamp
from secondme.engine.derived import write_whole
from secondme.errors import ModelDamaged

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Array = NDArray[np.float32]
    Tensors = Callable[[str], Array]

OPSET, IR_VERSION = 20, 9  # the oldest that have Gelu, so that onnxruntime >= 1.17 reads the file
MASKED = -1e4  # added to a score, it leaves a weight of exp(-1e4) = 0 without the NaNs of -inf

OUTLIERS = 8
"""Intermediate neurons per layer that int8 leaves in float32: those with the largest outgoing weight.

In the early layers of MiniLM one neuron fires at several times the others' maximum into weights several times theirs,
and the one scale for all activations then rounds the rest away (the outliers of Dettmers et al. 2022, LLM.int8()).
Leaving them out halves the error at the same speed: mean cosine to float32 over passages 0.9966 instead of 0.9929,
with 8-bit weights; twice as many gain nothing.
"""

WEIGHT_LEVELS = 63
"""Weights use 7 of their 8 bits: an x86 CPU without VNNI adds two u8*i8 products in 16 bits, where 2*255*127 saturates
and 2*255*63 does not. It costs 0.001 of mean cosine."""


def convert(folder: Path, out: Path, precision: Precision) -> None:
    """Write the encoder in `folder` to `out`, whole or not at all. Takes 0.6 s (int8) or 1 s for a checkpoint of 90 MB.

    The file's metadata holds `stamp(folder, precision)` and the checkpoint's `source_sha256`.
    Raises ModelMissing, ModelDamaged, DiskFull, or EngineError for an architecture that is not this one.
    """
    marks = stamp(folder, precision)  # before reading: a checkpoint that changes meanwhile leaves a stale mark
    bert = read_bert(folder)
    with _tensors(folder / WEIGHTS) as tensor:
        model = _model(bert, tensor, precision)
    marks["source_sha256"] = _sha256(folder / WEIGHTS)
    for key, value in marks.items():
        model.metadata_props.add(key=key, value=value)
    write_whole(out, model.SerializeToString())


@contextmanager
def _tensors(path: Path) -> Iterator[Tensors]:
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


def _model(bert: Bert, tensor: Tensors, precision: Precision) -> Any:
    from onnx import TensorProto, helper  # costs more than all else here, and is paid once per model

    graph = _Graph(precision)
    shape = graph.node("Shape", "input_ids")
    mask = graph.node("Cast", "attention_mask", to=TensorProto.FLOAT)
    x = _embeddings(graph, bert, tensor, shape)
    score_bias = _score_bias(graph, mask)
    heads_shape = graph.node("Concat", shape, graph.ints(3, bert.heads, bert.hidden // bert.heads), axis=0)
    for layer in range(bert.layers):
        x = _layer(graph, bert, _within(tensor, f"encoder.layer.{layer}."), x, heads_shape, score_bias)
    _pool(graph, bert, x, shape, mask)
    return helper.make_model(
        helper.make_graph(
            graph.nodes,
            "sentence_encoder",
            [
                helper.make_tensor_value_info(name, TensorProto.INT64, ["batch", "tokens"])
                for name in ("input_ids", "attention_mask")
            ],
            [
                helper.make_tensor_value_info("vectors", TensorProto.FLOAT, ["batch", bert.hidden]),
                helper.make_tensor_value_info("states", TensorProto.FLOAT, ["batch", "tokens", bert.hidden]),
            ],
            graph.weights,
        ),
        opset_imports=[helper.make_opsetid("", OPSET)],
        ir_version=IR_VERSION,
        producer_name="secondme",
    )


def _within(tensor: Tensors, prefix: str) -> Tensors:
    return lambda name: tensor(prefix + name)


def _embeddings(graph: _Graph, bert: Bert, tensor: Tensors, shape: str) -> str:
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


def _layer(graph: _Graph, bert: Bert, tensor: Tensors, x: str, heads_shape: str, score_bias: str) -> str:
    context = _attention(graph, bert, tensor, x, heads_shape, score_bias)
    dense = graph.linear(context, tensor("attention.output.dense.weight"), tensor("attention.output.dense.bias"))
    x = _normalise(graph, bert, tensor, "attention.output.LayerNorm", graph.node("Add", dense, x))
    summed = graph.node("Add", _feed_forward(graph, tensor, x), x)
    return _normalise(graph, bert, tensor, "output.LayerNorm", summed)


def _attention(graph: _Graph, bert: Bert, tensor: Tensors, x: str, heads_shape: str, score_bias: str) -> str:
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


def _feed_forward(graph: _Graph, tensor: Tensors, x: str) -> str:
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


def _normalise(graph: _Graph, bert: Bert, tensor: Tensors, name: str, x: str) -> str:
    scale, bias = graph.weight(tensor(f"{name}.weight")), graph.weight(tensor(f"{name}.bias"))
    return graph.node("LayerNormalization", x, scale, bias, axis=-1, epsilon=bert.eps)


def _pool(graph: _Graph, bert: Bert, x: str, shape: str, mask: str) -> None:
    """The mean over real tokens, brought to length 1: the mean's divisor cancels, so the sum will do."""
    from onnx import helper

    whole = graph.node("Concat", shape, graph.ints(bert.hidden), axis=0)
    graph.nodes.append(helper.make_node("Reshape", [x, whole], ["states"]))
    total = graph.node("MatMul", graph.node("Unsqueeze", mask, graph.ints(1)), "states")
    flat = graph.node("Squeeze", total, graph.ints(1))
    graph.nodes.append(helper.make_node("LpNormalization", [flat], ["vectors"], axis=-1, p=2))


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
