"""Models made on the spot: the shape of a real llama or mixture of experts, random Q4_0 weights, no training.

Knows how a GGUF file is written, as far as these need it. Nothing they write means anything, but every byte of them
is read and multiplied as in a real model of that shape, so they show what running one costs.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

F32, Q4_0 = 0, 2
ALIGNMENT = 32
_POOL = 1 << 16  # blocks of random weights that are made, and then repeated from changing places


@dataclass(frozen=True, slots=True)
class Shape:
    """`experts` 0 is a dense model; otherwise `ffn` is the width of one expert and `used` of them serve a token."""

    layers: int
    width: int
    ffn: int
    heads: int
    kv_heads: int
    vocabulary: int = 8192
    experts: int = 0
    used: int = 0


DENSE = Shape(layers=24, width=2048, ffn=5632, heads=32, kv_heads=8, vocabulary=32000)  # 684 MB
MIXED = Shape(layers=16, width=1024, ffn=768, heads=16, kv_heads=8, experts=48, used=4)  # 1.0 GB, 13 % at work


def make(path: Path, shape: Shape, seed: int = 0) -> Path:
    """Writes the model, unless one of that size is there already."""
    tensors = list(_tensors(shape))
    header = _header(shape, tensors)
    length = len(header) + sum(_padded(size) for _, _, _, size in tensors)
    if not path.exists() or path.stat().st_size != length:
        pool = _blocks(np.random.default_rng(seed))
        with path.open("wb") as file:
            file.write(header)
            for name, dims, kind, size in tensors:
                _weights(file, name, dims, kind, size, pool)
    return path


def _tensors(shape: Shape) -> Iterator[tuple[str, tuple[int, ...], int, int]]:
    """Name, extents (fastest first), type and bytes of each."""

    def matrix(name: str, *dims: int) -> tuple[str, tuple[int, ...], int, int]:
        return name, dims, Q4_0, int(np.prod(dims)) // 32 * 18

    def vector(name: str, size: int) -> tuple[str, tuple[int, ...], int, int]:
        return name, (size,), F32, size * 4

    head = shape.width // shape.heads
    yield matrix("token_embd.weight", shape.width, shape.vocabulary)
    for i in range(shape.layers):
        at = f"blk.{i}."
        yield vector(at + "attn_norm.weight", shape.width)
        yield matrix(at + "attn_q.weight", shape.width, shape.width)
        yield matrix(at + "attn_k.weight", shape.width, shape.kv_heads * head)
        yield matrix(at + "attn_v.weight", shape.width, shape.kv_heads * head)
        yield matrix(at + "attn_output.weight", shape.width, shape.width)
        yield vector(at + "ffn_norm.weight", shape.width)
        if shape.experts:
            yield at + "ffn_gate_inp.weight", (shape.width, shape.experts), F32, shape.width * shape.experts * 4
        last, end = ((shape.experts,), "_exps.weight") if shape.experts else ((), ".weight")
        yield matrix(at + "ffn_gate" + end, shape.width, shape.ffn, *last)
        yield matrix(at + "ffn_up" + end, shape.width, shape.ffn, *last)
        yield matrix(at + "ffn_down" + end, shape.ffn, shape.width, *last)
    yield vector("output_norm.weight", shape.width)
    yield matrix("output.weight", shape.width, shape.vocabulary)


def _weights(file: IO[bytes], name: str, dims: tuple[int, ...], kind: int, size: int, pool: NDArray[np.uint8]) -> None:
    if kind == Q4_0:
        turned_blocks = np.roll(pool, sum(name.encode()) * 131 % _POOL, axis=0)
        if name == "token_embd.weight":  # large, so that each token goes its own way and not that of its neighbours
            turned_blocks[:, :2] = _scale(0.2)
        turned = turned_blocks.tobytes()
        whole, rest = divmod(size, len(turned))
        for _ in range(whole):
            file.write(turned)
        file.write(turned[:rest])
    elif len(dims) == 1:
        file.write(np.ones(dims, dtype=np.float32).tobytes())
    else:  # the router: its choice must depend on the token
        rows = np.random.default_rng(sum(name.encode())).standard_normal(dims) / np.sqrt(dims[0])
        file.write(rows.astype(np.float32).tobytes())
    file.write(bytes(_padded(size) - size))


def _blocks(rng: np.random.Generator) -> NDArray[np.uint8]:
    """(_POOL, 18) bytes: a scale in float16 and 32 weights of 4 bits, which makes weights of about 0.02.

    Each is 1 to 15, as far below 8 as above: weights of a common sign would make all tokens alike to a router.
    """
    low, high = rng.integers(1, 16, (2, _POOL, 18), dtype=np.uint8)
    blocks = low | high << 4
    blocks[:, :2] = _scale(0.005)
    return blocks


def _scale(value: float) -> NDArray[np.uint8]:
    return np.array([value], dtype=np.float16).view(np.uint8)


def _header(shape: Shape, tensors: list[tuple[str, tuple[int, ...], int, int]]) -> bytes:
    pairs = list(_facts(shape))
    out = [b"GGUF", struct.pack("<IQQ", 3, len(tensors), len(pairs))]
    out += [_string(key) + _value(value) for key, value in pairs]
    offset = 0
    for name, dims, kind, size in tensors:
        out.append(_string(name) + struct.pack(f"<I{len(dims)}QIQ", len(dims), *dims, kind, offset))
        offset += _padded(size)
    header = b"".join(out)
    return header + bytes(_padded(len(header)) - len(header))


def _facts(shape: Shape) -> Iterator[tuple[str, Any]]:
    special, letters = ["<unk>", "<s>", "</s>"], [f"<0x{i:02X}>" for i in range(256)]
    words = [f"w{i}" for i in range(shape.vocabulary - 259)]
    yield "general.architecture", "llama"
    yield "general.name", "random"
    yield "llama.block_count", shape.layers
    yield "llama.context_length", 4096
    yield "llama.embedding_length", shape.width
    yield "llama.feed_forward_length", shape.ffn
    yield "llama.attention.head_count", shape.heads
    yield "llama.attention.head_count_kv", shape.kv_heads
    yield "llama.attention.layer_norm_rms_epsilon", 1e-5
    yield "llama.vocab_size", shape.vocabulary
    if shape.experts:
        yield "llama.expert_count", shape.experts
        yield "llama.expert_used_count", shape.used
    yield "tokenizer.ggml.model", "llama"
    yield "tokenizer.ggml.tokens", special + letters + words
    yield "tokenizer.ggml.scores", [0.0] * 259 + [-float(i) for i in range(len(words))]
    yield "tokenizer.ggml.token_type", [2, 3, 3] + [6] * 256 + [1] * len(words)
    yield "tokenizer.ggml.bos_token_id", 1
    yield "tokenizer.ggml.eos_token_id", 2


def _string(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<Q", len(data)) + data


def _value(value: Any) -> bytes:
    """A pair's value after its type: 4 is uint32, 5 int32, 6 float32, 8 text, 9 a list."""
    if isinstance(value, str):
        return struct.pack("<I", 8) + _string(value)
    if isinstance(value, float):
        return struct.pack("<If", 6, value)
    if isinstance(value, int):
        return struct.pack("<II", 4, value)
    if isinstance(value[0], str):
        return struct.pack("<IIQ", 9, 8, len(value)) + b"".join(map(_string, value))
    form = "f" if isinstance(value[0], float) else "i"
    return struct.pack("<IIQ", 9, 6 if form == "f" else 5, len(value)) + struct.pack(f"<{len(value)}{form}", *value)


def _padded(size: int) -> int:
    return -(-size // ALIGNMENT) * ALIGNMENT
