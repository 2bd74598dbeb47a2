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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from secondme.engine import advice, mapped, tensors
from secondme.engine.residency import Residency, Span, joined, least, reside
from secondme.engine.stream import Stop, Stream, stops
from secondme.engine.tensors import Layout
from secondme.errors import EngineError

# libraries, interpreter and what reading and sampling take, measured after 2,000 tokens and rounded up
SPARE = 24 << 20

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
        self._stream: Stream | None = None
        self._ground: mapped.Mapped | advice.Advised | None = None
        self._name = _node_name()
        self.callback = c.ggml_backend_sched_eval_callback(self._hear)
        self.residency: Residency | None = None
        self.note = ""

    @property
    def halted(self) -> bool:
        return self._looking or bool(self._stream and self._stream.error)

    @property
    def tight(self) -> bool:
        """Whether something will have to stream, so that a prompt is better read in long pieces."""
        return self._layout.bytes + self._own > self._memory

    @property
    def streamed(self) -> int:
        """Bytes of weights that each sweep over them reads from disk."""
        return self.residency.streamed_bytes if self.residency and self._stream else 0

    @property
    def read_bytes(self) -> int:
        """From disk since the start, for what streams."""
        return self._stream.read_bytes if self._stream else 0

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
        if not chosen.streamed:
            return
        self._looking = True
        evaluate()
        self._looking = False
        found = stops(self._nodes, chosen.streamed)
        if found is None or not (mapped.supported() or advice.supported()):
            self.note = "Its weights cannot be streamed here; the system's page cache reads them as they are needed."
            return
        self._stops = found
        self._ground, streamed = self._lay(chosen)
        self._stream = Stream(self._ground, streamed.streamed, streamed.window, self._cancelled)

    def check(self) -> None:
        """After an evaluation: raises what has kept the weights from coming, and never lets half of them pass."""
        if self._stream is None:
            return
        if self._stream.error:
            raise self._stream.error
        partly, self._reached = self._reached % len(self._stops), 0
        if partly:
            self._stream.restart()
            if not self._cancelled():
                raise EngineError(f"llama.cpp ran {self._path.name} in another order than it was read.", _HINT)

    def close(self) -> None:
        """Before the model is freed."""
        if self._stream:
            self._stream.close()
        if self._ground:
            self._ground.close()

    def _hear(self, tensor: int, asking: bool, _: object) -> bool:
        """Asked of each node whether it is of interest, then told when it is computed."""
        name: str = self._name(tensor).decode("utf-8", "replace")
        if self._looking:
            self._nodes.append(name)
            return not asking
        if asking:
            return name in self._stops
        if self._stream:
            self._reached += 1
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
    away = sorted(span for unit in streamed for span in unit.spans)
    for span in joined(tensor for tensor in layout.tensors if tensor not in residency.rows):
        start, end = ground.replace(span)
        ground.smooth((start, end))
        ground.fill(between(away, start, end))
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


def _node_name() -> Any:
    from llama_cpp._ggml import libggml_base_path

    found = sorted(libggml_base_path.glob("*ggml-base.*"))
    if not found:
        raise EngineError("This build of llama.cpp lacks its base library.", "Run `./install.sh` again.")
    name = ctypes.CDLL(str(found[0])).ggml_get_name
    name.restype, name.argtypes = ctypes.c_char_p, [ctypes.c_void_p]
    return name


def _own() -> int:
    """Bytes that this process has taken by now, without the files that it has mapped."""
    import psutil

    memory = psutil.Process().memory_info()
    return int(memory.rss - getattr(memory, "shared", 0))
