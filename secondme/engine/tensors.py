"""What a GGUF file holds, from its header alone: each tensor's name, layer, kind, place and bytes.

Knows the format (version 2 and 3, https://github.com/ggml-org/ggml/blob/master/docs/gguf.md) as far as that takes, so
the header may as well be the first bytes of a file that is still on a server. Refuses to know weights, vocabularies
(skipped over, not kept) and what a machine can bear (plan.py does). Standard library only.
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal

from secondme.errors import EngineError, ModelDamaged, ModelMissing

Kind = Literal["embedding", "output", "norm", "router", "attention", "ffn", "experts", "other"]

FIRST_BYTES = 1 << 20  # of a header: most of one is the vocabulary, so that 1 to 12 MB are common
LONGEST_HEADER = 256 << 20

# ggml_type -> (weights in a block, bytes of a block), from ggml-common.h
BLOCKS: Mapping[int, tuple[int, int]] = {
    0: (1, 4), 1: (1, 2), 2: (32, 18), 3: (32, 20), 6: (32, 22), 7: (32, 24), 8: (32, 34), 9: (32, 36),
    10: (256, 84), 11: (256, 110), 12: (256, 144), 13: (256, 176), 14: (256, 210), 15: (256, 292), 16: (256, 66),
    17: (256, 74), 18: (256, 98), 19: (256, 50), 20: (32, 18), 21: (256, 110), 22: (256, 82), 23: (256, 136),
    24: (1, 1), 25: (1, 2), 26: (1, 4), 27: (1, 8), 28: (1, 8), 29: (256, 56), 30: (1, 2), 34: (256, 54),
    35: (256, 66), 39: (32, 17),
}  # fmt: skip

_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<?", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_KEPT_ITEMS = 4096  # of an array: per-layer numbers are kept, vocabularies are not


@dataclass(frozen=True, slots=True)
class Tensor:
    """`offset` counts from the file's first byte. `layer` is -1 for what belongs to none. `type` as in ggml.h."""

    name: str
    kind: Kind
    layer: int
    offset: int
    bytes: int
    shape: tuple[int, ...]
    type: int

    @property
    def end(self) -> int:
        return self.offset + self.bytes


@dataclass(frozen=True, slots=True)
class Layout:
    """A model as its header describes it. `kv_bytes`: keys and values of one token in 16 bits, over all layers.

    `experts` of a layer, of which each token takes `experts_used`; both 0 in a dense model. `vocabulary` in tokens,
    `width` of the hidden state, `trained` tokens of context. `parts`: files that the model is split into.
    """

    architecture: str
    tensors: tuple[Tensor, ...]
    layers: int
    width: int
    trained: int
    kv_bytes: int
    vocabulary: int
    experts: int = 0
    experts_used: int = 0
    parts: int = 1

    @property
    def bytes(self) -> int:
        return sum(tensor.bytes for tensor in self.tensors)

    @property
    def tied(self) -> bool:
        """Whether the embeddings are the output's matrix as well, so that all of them are read for each token."""
        return not any(tensor.kind == "output" for tensor in self.tensors)


class Short(Exception):
    """The header goes on past the bytes that were given. Never leaves this module's callers in `engine`."""


def read(path: Path) -> Layout:
    """Of a file on this machine. Raises ModelMissing, ModelDamaged."""
    try:
        with path.open("rb") as file:
            return fetch(lambda start, length: _at(file, start, length), path.name)
    except (FileNotFoundError, IsADirectoryError, NotADirectoryError):
        raise ModelMissing(f"There is no model at {path}.") from None
    except OSError as error:
        raise ModelMissing(f"{path} cannot be read: {error.strerror}.", "Check the file's permissions.") from None


def _at(file: Any, start: int, length: int) -> bytes:
    file.seek(start)
    return bytes(file.read(length))


def fetch(get: Callable[[int, int], bytes], name: str) -> Layout:
    """Of a file anywhere: `get(start, length)` gives some of its bytes, fewer at its end. Raises ModelDamaged."""
    data, size = b"", FIRST_BYTES
    while True:
        more = get(len(data), size - len(data))
        data += more
        try:
            return parse(data)
        except Short:
            if not more or size >= LONGEST_HEADER:
                raise ModelDamaged(f"{name} ends within its header.") from None
        except (ValueError, KeyError, struct.error, OverflowError):
            raise ModelDamaged(f"{name} is not a GGUF model, or its header is damaged.") from None
        size *= 4


class _Cursor:
    def __init__(self, data: bytes) -> None:
        self.data, self.at = data, 0

    def take(self, length: int) -> bytes:
        start, self.at = self.at, self.at + length
        if self.at > len(self.data):
            raise Short
        return self.data[start : self.at]

    def scalar(self, form: str) -> Any:
        return struct.unpack(form, self.take(struct.calcsize(form)))[0]

    def string(self) -> str:
        return self.take(self.scalar("<Q")).decode("utf-8", "replace")

    def value(self, kind: int) -> Any:
        """A number, a text, or a list; of a long array its length instead."""
        if kind == _STRING:
            return self.string()
        if kind != _ARRAY:
            return self.scalar(_SCALARS[kind])
        item, count = self.scalar("<I"), self.scalar("<Q")
        if count <= _KEPT_ITEMS:
            return [self.value(item) for _ in range(count)]
        if item == _STRING:
            self._skip_strings(count)
        else:
            self.take(count * struct.calcsize(_SCALARS[item]))
        return count

    def _skip_strings(self, count: int) -> None:
        data, at, end, length = self.data, self.at, len(self.data), struct.Struct("<Q").unpack_from
        for _ in range(count):  # a third of a million in some vocabularies: 60 ms
            if at + 8 > end:
                raise Short
            at += 8 + length(data, at)[0]
        self.at = at


def parse(data: bytes) -> Layout:
    """The header at the beginning of `data`. Raises Short when it goes on, ValueError and KeyError when it is none."""
    cursor = _Cursor(data)
    if cursor.take(4) != b"GGUF" or cursor.scalar("<I") not in (2, 3):
        raise ValueError("no GGUF of a known version")
    tensors, pairs = cursor.scalar("<Q"), cursor.scalar("<Q")
    facts: dict[str, Any] = {}
    for _ in range(pairs):
        key = cursor.string()
        facts[key] = cursor.value(cursor.scalar("<I"))
    rows = []
    for _ in range(tensors):
        name = cursor.string()
        shape = tuple(cursor.scalar("<Q") for _ in range(cursor.scalar("<I")))
        rows.append((name, shape, cursor.scalar("<I"), cursor.scalar("<Q")))
    alignment = int(facts.get("general.alignment", 32))
    start = -(-cursor.at // alignment) * alignment
    return _layout(facts, tuple(_tensor(name, shape, type_, start + offset) for name, shape, type_, offset in rows))


def _tensor(name: str, shape: tuple[int, ...], type_: int, offset: int) -> Tensor:
    if type_ not in BLOCKS:
        raise EngineError(f"The weights in {name} are of a type ({type_}) that is not known here.", _UPDATE)
    weights, size = BLOCKS[type_]
    count = 1
    for extent in shape:
        count *= extent
    found = re.match(r"blk\.(\d+)\.", name)
    layer = int(found[1]) if found else -1
    return Tensor(name, _kind(name, shape), layer, offset, count // weights * size, shape, type_)


_UPDATE = "Update secondme (./install.sh), or choose another model: `secondme models list`."

_KINDS: tuple[tuple[str, Kind], ...] = (
    (r"^(token_embd|per_layer_token_embd)\.weight$", "embedding"),
    (r"^output\.weight$", "output"),
    (r"norm", "norm"),
    (r"ffn_gate_inp|exp_probs", "router"),
    (r"_exps\.", "experts"),
    (r"ffn_", "ffn"),
    (r"attn_|ssm_|shortconv|time_mix", "attention"),
)


def _kind(name: str, shape: tuple[int, ...]) -> Kind:
    for pattern, kind in _KINDS:
        if re.search(pattern, name):
            return "norm" if len(shape) == 1 and kind != "router" else kind
    return "other"


def _layout(facts: Mapping[str, Any], tensors: tuple[Tensor, ...]) -> Layout:
    own = str(facts["general.architecture"])

    def fact(key: str, otherwise: int = 0) -> int:
        value = facts.get(f"{own}.{key}", otherwise)
        return int(max(value, default=0) if isinstance(value, list) else value)

    layers, width, heads = fact("block_count"), fact("embedding_length"), max(1, fact("attention.head_count", 1))
    grouped = facts.get(f"{own}.attention.head_count_kv", heads)
    each = grouped if isinstance(grouped, list) else [grouped] * layers
    head = fact("attention.key_length", width // heads) + fact("attention.value_length", width // heads)
    embedding = next((t for t in tensors if t.name == "token_embd.weight"), None)
    return Layout(
        architecture=own,
        tensors=tensors,
        layers=layers,
        width=width,
        trained=fact("context_length"),
        kv_bytes=sum(int(n) for n in each) * head * 2,
        vocabulary=embedding.shape[-1] if embedding else 0,
        experts=fact("expert_count"),
        experts_used=fact("expert_used_count"),
        parts=int(facts.get("split.count", 1) or 1),
    )
