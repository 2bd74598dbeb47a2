"""Text that keeps to a grammar: of the tokens the model would write, those that the grammar lets stand.

Knows llama.cpp's grammar sampler over its C API, and how to ask it about as few tokens as will do: the model's own
choice, then a handful, then the whole vocabulary. That gives what masking the vocabulary gives, a token drawn and
refused being drawn again from the rest (as llama.cpp's own tools do it), and the first choice mostly stands. Refuses to
know what the grammar is about. Imported in the child process, by llama.py only.

The format is GBNF, as llama.cpp documents it (grammars/README.md), with the rule `root`; a JSON schema is turned into
it by the binding's converter.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import llama_cpp.llama_cpp as c
import numpy as np

from secondme.engine import Sampling
from secondme.errors import EngineError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Ids = NDArray[np.int32]

HANDFUL = 128
_HINT = "Choose another model, or leave this step out."
_DATA = np.dtype([("id", np.int32), ("logit", np.float32), ("p", np.float32)])  # llama_token_data


class Grammar:
    """Where a text stands in a grammar. Raises EngineError for a grammar that is none."""

    def __init__(self, vocab: Any, text: str) -> None:
        data = text.encode("utf-8", "replace")
        # it would read a C string, and an empty one is a grammar that allows everything
        sampler = c.llama_sampler_init_grammar(vocab, data, b"root") if text.strip() and b"\0" not in data else None
        if not sampler:
            raise EngineError("The grammar for the model's text cannot be read.", _HINT)
        self._sampler, self._size = sampler, int(c.llama_vocab_n_tokens(vocab))

    def close(self) -> None:
        if self._sampler:
            c.llama_sampler_free(self._sampler)
        self._sampler = None

    def choose(self, context: Any, chain: Any, *, greedy: bool) -> int:
        """The next token by `chain` (a sampler) among those allowed. Raises EngineError where none is."""
        pointer = c.llama_get_logits_ith(context, -1)
        logits = np.ctypeslib.as_array(pointer, (self._size,))
        for ids in _likeliest(logits) if greedy else _drawn(chain, logits):
            if (allowed := self._allowed(ids)).size:
                return _sampled(chain, allowed, logits)
        raise EngineError("The model has no token for what the grammar wants next.", _HINT)

    def accept(self, token: int) -> None:
        """Moves on by a token that `choose` gave. Any other would end the process."""
        c.llama_sampler_accept(self._sampler, token)

    def _allowed(self, ids: Ids) -> Ids:
        data, array = _candidates(ids, np.zeros(ids.size, dtype=np.float32))
        c.llama_sampler_apply(self._sampler, c.ctypes.byref(array))
        kept: Ids = ids[np.isfinite(data["logit"])]
        return kept


def grammar_text(sampling: Sampling) -> str:
    """GBNF of what a text must be, "" where it is free. Raises EngineError for a schema that is none."""
    if sampling.grammar or sampling.schema is None:
        return sampling.grammar
    from llama_cpp.llama_grammar import json_schema_to_gbnf  # with the binding's high-level class: 200 ms

    try:
        return str(json_schema_to_gbnf(json.dumps(sampling.schema)))
    except Exception as error:  # the converter raises whatever it stumbles over
        raise EngineError(f"The schema for the model's text cannot be read ({type(error).__name__}).", _HINT) from None


def _likeliest(logits: NDArray[np.float32]) -> Iterator[Ids]:
    """The best token, the best few, and all."""
    yield np.array([logits.argmax()], dtype=np.int32)
    yield np.argpartition(-logits, min(HANDFUL, logits.size - 1))[:HANDFUL].astype(np.int32)
    yield np.arange(logits.size, dtype=np.int32)


def _drawn(chain: Any, logits: NDArray[np.float32]) -> Iterator[Ids]:
    """One token at random, and all."""
    everything = np.arange(logits.size, dtype=np.int32)
    yield np.array([_sampled(chain, everything, logits)], dtype=np.int32)
    yield everything


def _sampled(chain: Any, ids: Ids, logits: NDArray[np.float32]) -> int:
    data, array = _candidates(ids, logits[ids])
    c.llama_sampler_apply(chain, c.ctypes.byref(array))
    # samplers sort and cut in place: what is chosen is counted from the beginning of the same memory
    return int(data["id"][array.selected])


def _candidates(ids: Ids, logits: NDArray[np.float32]) -> tuple[NDArray[Any], Any]:
    """A token_data_array and the memory it points into, which must outlive it."""
    data = np.zeros(ids.size, dtype=_DATA)
    data["id"], data["logit"] = ids, logits
    pointer = data.ctypes.data_as(c.ctypes.POINTER(c.llama_token_data))
    return data, c.llama_token_data_array(data=pointer, size=ids.size, selected=-1, sorted=False)
