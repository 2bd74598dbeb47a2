"""A model larger than the memory it may have, run from disk on purpose. Imported in the child process only.

Ties the pieces to llama.cpp: what the process takes beside its weights is measured, what of them stays within the
rest is chosen (residency.py), the mapping of the file is replaced by memory that is filled and emptied by hand
(mapped.py), and the eval callback tells a reading thread how far each sweep has come (stream.py). The method is that of
"LLM in a flash" (Alizadeh et al. 2023, arXiv:2312.11514): fewer bytes, larger reads, reuse of what is there.

Knows how a graph is looked at without computing it: a first evaluation is broken off before its first node, when the
callback has already been asked about every node. Refuses to know prompts and tokens.
"""

from __future__ import annotations

import ctypes
import functools
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from secondme.engine import advice, mapped, tensors
from secondme.engine.experts import Experts
from secondme.engine.residency import Residency, Span, joined, least, reside
from secondme.engine.stream import Stop, Stream, stops
from secondme.engine.tensors import Layout
from secondme.errors import EngineError

# libraries, interpreter and what reading and sampling take, measured after 2,000 tokens and rounded up
SPARE = 24 << 20

_ROUTER = "ffn_moe_topk-"  # the node that holds the router's choice, and its layer
_HINT = "Allow it more memory, or choose a smaller model: `secondme models plan`."


class Flash:
    """What keeps one model within `memory` bytes, all that its process takes. Idle when everything fits.

    Made when the model is loaded and before its context is. `callback` goes into the context's parameters as `cb_eval`.
    While `halted`, llama.cpp's abort callback must say so too. `note`: one sentence where this system cannot do what is
    promised. Raises ModelMissing, ModelDamaged.
    """

    def __init__(self, path: Path, memory: int, cancelled: Callable[[], bool]) -> None:
        self._path, self._memory, self._cancelled = path, memory, cancelled
        self._layout = tensors.read(path)
        self._own = _own()
        self._nodes: list[str] = []
        self._stops: dict[str, Stop] = {}
        self._reached = 0
        self._looking = False
        self._routers: dict[str, int] = {}
        self._stream: Stream | None = None
        self._experts: Experts | None = None
        self._ground: mapped.Mapped | advice.Advised | None = None
        self._name = _library().ggml_get_name
        self.callback = c.ggml_backend_sched_eval_callback(self._hear)
        self.residency: Residency | None = None
        self.note = ""

    @property
    def halted(self) -> bool:
        return self._looking or self._error is not None

    @property
    def _error(self) -> EngineError | None:
        feeding = self._stream or self._experts
        return feeding.error if feeding else None

    @property
    def tight(self) -> bool:
        """Whether something will have to stream, so that a prompt is better read in long pieces."""
        return self._layout.bytes + self._own > self._memory

    @property
    def streamed(self) -> int:
        """Bytes of weights that do not stay in memory."""
        return self._layout.bytes - self.residency.resident if self.residency and (self._stream or self._experts) else 0

    @property
    def read_bytes(self) -> int:
        """From disk since the start, for what streams."""
        feeding = self._stream or self._experts
        return feeding.read_bytes if feeding else 0

    def begin(self, buffers: int, evaluate: Callable[[], Any]) -> None:
        """Takes the weights over. `evaluate` starts an evaluation of one token, which is broken off at once.

        `buffers`: bytes that the context has asked for and not touched yet. Raises EngineError where the memory cannot
        do.
        """
        beside = _own() + buffers + SPARE
        self.residency = chosen = reside(self._layout, self._memory - beside)
        if chosen is None:
            needed = (beside + least(self._layout)) / 1e6
            what = f"{self._path.name} needs {needed:,.0f} MB at least"
            raise EngineError(f"{what}, and may have {self._memory / 1e6:,.0f} MB.", _HINT)
        if not (chosen.streamed or chosen.experts):
            return
        self._looking = True
        evaluate()
        self._looking = False
        if chosen.experts:
            self._window(chosen)
        else:
            self._sweep(chosen)
        if not (self._stream or self._experts):
            self.note = "Its weights cannot be streamed here; the system's page cache reads them as they are needed."

    def _sweep(self, chosen: Residency) -> None:
        found = stops(self._nodes, chosen.streamed)
        if found is None or not (mapped.supported() or advice.supported()):
            return
        self._stops = found
        self._ground, streamed = self._lay(chosen)
        self._stream = Stream(self._ground, streamed.streamed, streamed.window, self._cancelled)

    def _window(self, chosen: Residency) -> None:
        layers = {tensor.layer for tensor in self._layout.tensors if tensor.kind == "experts"}
        routers = {f"{_ROUTER}{layer}": layer for layer in layers}
        if mapped.supported() and routers.keys() <= set(self._nodes):
            self._routers = routers
            self._ground, _ = self._lay(chosen)
            self._experts = Experts(self._ground, self._layout, chosen.experts)

    def check(self) -> None:
        """After an evaluation: raises what has kept the weights from coming, and never lets half of them pass."""
        if not (self._stream or self._experts):
            return
        if self._error:
            raise self._error
        partly, self._reached = self._reached % (len(self._stops) or len(self._routers)), 0
        if partly:
            if self._stream:
                self._stream.restart()
            if not self._cancelled():
                raise EngineError(f"llama.cpp ran {self._path.name} in another order than it was read.", _HINT)

    def close(self) -> None:
        """Before the model is freed."""
        for feeding in (self._stream, self._experts):
            if feeding:
                feeding.close()
        if self._ground:
            self._ground.close()

    def _hear(self, tensor: int, asking: bool, _: object) -> bool:
        """Asked of each node whether it is of interest, then told when it is computed."""
        name: str = self._name(tensor).decode("utf-8", "replace")
        if self._looking:
            self._nodes.append(name)
            return not asking
        if asking:
            return name in self._stops or name in self._routers
        self._reached += 1
        if self._experts:
            self._experts.want(self._routers[name], _numbers(tensor))
        elif self._stream:
            self._stream.reach(self._stops[name])
        return True

    def _lay(self, chosen: Residency) -> tuple[mapped.Mapped | advice.Advised, Residency]:
        if not mapped.supported():
            self.note = "This system keeps streamed weights in its page cache, so the memory allowed may be exceeded."
            return advice.Advised(self._path), chosen
        ground = mapped.Mapped(self._path)
        return ground, lay(ground, self._layout, chosen)


def lay(ground: mapped.Mapped, layout: Layout, residency: Residency) -> Residency:
    """Replaces the mapping of the weights by memory, and reads what stays. Gives the units by their whole pages."""
    streamed = tuple(replace(unit, spans=tuple(map(mapped.inward, unit.spans))) for unit in residency.streamed)
    away = [span for unit in streamed for span in unit.spans]
    if residency.experts:
        away += [mapped.inward((t.offset, t.end)) for t in layout.tensors if t.kind == "experts"]
    away.sort()
    for span in joined(tensor for tensor in layout.tensors if tensor not in residency.rows):
        kept = list(between(away, *ground.replace(span)))
        for piece in kept:
            ground.smooth(piece)
        ground.fill(kept)
    for unit in streamed:
        for piece in unit.spans:
            ground.smooth(piece)
    ground.drop(mapped.inward((tensor.offset, tensor.end)) for tensor in residency.rows)
    ground.forget_cached()
    return replace(residency, streamed=streamed)


def between(away: Sequence[Span], start: int, end: int) -> Iterator[Span]:
    """What of `start` to `end` is not in `away`, which is sorted."""
    for gone, back in away:
        if start < gone < end:
            yield start, gone
        if start <= gone < end:
            start = back
    if start < end:
        yield start, end


class _Head(ctypes.Structure):
    """How struct ggml_tensor begins: its type, its buffer, the extents and the strides (in bytes)."""

    _fields_ = (
        ("type", ctypes.c_int),
        ("buffer", ctypes.c_void_p),
        ("extents", ctypes.c_int64 * 4),
        ("strides", ctypes.c_size_t * 4),
    )


_I32 = 26


def _numbers(tensor: int) -> set[int]:
    """The experts that a router has chosen: int32 of (experts used, tokens)."""
    head = _Head.from_address(tensor)
    across, tokens, (step, row) = head.extents[0], head.extents[1], head.strides[:2]
    if head.type != _I32 or step != 4 or not 0 < across * tokens < 1 << 24:
        raise AssertionError("the router's choice is not laid out as expected")
    start = _library().ggml_get_data(tensor)
    return {n for i in range(tokens) for n in (ctypes.c_int32 * across).from_address(start + i * row)}


@functools.cache
def _library() -> Any:
    from llama_cpp._ggml import libggml_base_path

    found = sorted(libggml_base_path.glob("*ggml-base.*"))
    if not found:
        raise EngineError("This build of llama.cpp lacks its base library.", "Run `./install.sh` again.")
    library = ctypes.CDLL(str(found[0]))
    library.ggml_get_name.restype, library.ggml_get_name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    library.ggml_get_data.restype, library.ggml_get_data.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
    return library


def _own() -> int:
    """Bytes that this process has taken by now, without the files that it has mapped."""
    import psutil

    memory = psutil.Process().memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
