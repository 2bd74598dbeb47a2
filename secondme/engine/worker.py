"""The two engines over a GGUF file: each owns a child process that has the file loaded.

Knows when that child is started, when it is replaced, and what of a request may be asked again after it died. Refuses
to know pipes and processes (child.py does), what a token is (llama.py does, in the child) and what a memory is.
Importing this module starts nothing and loads nothing heavy.
"""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.engine import TOKENS_HINT, Message, Sampling, Tokens, Usage
from secondme.engine.child import Child, Died, Replies, Reply
from secondme.errors import EngineCrashed, EngineError, ModelDamaged, ModelMissing, SecondMeError

if TYPE_CHECKING:
    from secondme.engine import Vectors
    from secondme.engine.partial import Tell

EMBED_AT_ONCE = 32  # texts in one request, so that a cancel waits for a few and not for all


class _Loaded:
    """A model file and the child that has it loaded, started when first needed and again when it has died."""

    def __init__(self, path: Path, name: str, **options: Any) -> None:
        self._path, self._name, self._options = path.absolute(), name, options
        self._lock = threading.Lock()
        self._child: Child | None = None
        self._loading: Replies | None = None
        self._facts: Reply = {}
        self._closed = False

    @property
    def name(self) -> str:
        return self._name

    @property
    def pid(self) -> int | None:
        """The child's, while it runs."""
        return self._child.process.pid if self._child and self._child.alive else None

    def start(self) -> None:
        """Starts the child and the loading without waiting. What goes wrong there is raised by the first request."""
        with self._lock:
            self._started()

    def close(self) -> None:
        """Ends the child within a second. May be repeated; nothing can be asked afterwards."""
        self._closed = True
        if self._child:
            self._child.close()

    def _started(self) -> Child:
        if self._closed:
            raise EngineError(f"{self._name} was closed.", "Ask for the model again.")
        if self._child is None or not self._child.alive:
            check_file(self._path)
            if self._child:
                self._child.close()
            self._child = Child()
            self._loading = self._child.send("load", path=str(self._path), **self._options)
        return self._child

    def _ready(self) -> Child:
        """The child with the model loaded. Raises Died, ModelMissing, ModelDamaged, EngineError."""
        with self._lock:
            child = self._started()
            if self._loading:
                try:
                    # an interrupted wait is taken up again by the next request
                    self._facts = next(self._loading.read(cancel=False))["done"]
                except SecondMeError:
                    child.close()
                    raise
                self._loading = None
            return child

    def _call(self, op: str, **arguments: Any) -> Reply:
        """One request, once more if the child dies of it."""
        try:
            return self._ready().call(op, **arguments)
        except Died:
            return self._ready().call(op, **arguments)

    def _fact(self, key: str) -> int:
        if not self._facts:
            try:
                self._ready()
            except Died:
                self._ready()
        return int(self._facts[key])

    def _counts(self, texts: Sequence[str]) -> list[int]:
        return [int(n) for n in self._call("count", texts=list(texts))["counts"]]


def check_file(path: Path) -> None:
    """What can be said of a model without a child. Raises ModelMissing, ModelDamaged."""
    try:
        with path.open("rb") as file:
            magic = file.read(4)
    except (FileNotFoundError, NotADirectoryError, IsADirectoryError):
        raise ModelMissing(f"There is no model at {path}.") from None
    except OSError as error:
        raise ModelMissing(f"{path} cannot be read: {error.strerror}.", "Check the file's permissions.") from None
    if magic != b"GGUF":
        raise ModelDamaged(f"{path.name} is not a GGUF model.")


class LlamaWorker(_Loaded):
    """Generator over a GGUF file. Nothing runs until the first request (or `start`).

    `context` is cut to what the model was trained on; `threads` default to the physical cores; `gpu_layers` -1 offloads
    all of them. `memory`: bytes that its process may take, 0 for what it needs; weights beyond them stream from disk.
    `states`: a folder for what the model made of the beginnings of prompts, and the bytes that it may take; None where
    nothing may be kept on disk. `background`: everybody else goes first, for work that nobody waits for.
    Closing a chat cancels it, also in the middle of a long prompt. A child that dies is restarted once and asked again,
    where that cannot change what the caller has already read; then EngineCrashed says what happened.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        context: int = 4096,
        threads: int | None = None,
        gpu_layers: int = 0,
        memory: int = 0,
        states: tuple[Path, int] | None = None,
        background: bool = False,
    ) -> None:
        options = {"context": context, "threads": threads, "gpu_layers": gpu_layers, "memory": memory}
        kept = (str(states[0].absolute()), states[1]) if states and states[1] else None
        super().__init__(path, name, role="writer", states=kept, background=background, **options)
        self._usage = Usage()
        self.evaluated = self.loaded = 0  # prompt tokens of the last chat: read anew, and had from disk

    @property
    def context(self) -> int:
        return self._fact("context")

    @property
    def streamed(self) -> int:
        """Bytes of weights that each token takes from disk, because they do not fit in `memory`."""
        return self._fact("streamed")

    @property
    def usage(self) -> Usage:
        return self._usage

    def count(self, text: str) -> int:
        return self._counts([text])[0]

    def read(self, messages: Sequence[Message]) -> None:
        with suppress(EngineError), self._lock:
            self._started().tell("read", messages=list(messages))

    def chat(self, messages: Sequence[Message], sampling: Sampling) -> Iterator[str]:
        shown: list[str] = []
        try:
            yield from self._written(messages, sampling, shown)
        except Died:
            if shown and sampling.temperature > 0:
                raise
            yield from self._written(messages, sampling, shown)

    def _written(self, messages: Sequence[Message], sampling: Sampling, shown: list[str]) -> Iterator[str]:
        """Asks once. Leaves out what `shown` already holds, and adds to it."""
        before, text = "".join(shown), ""
        self._usage, self.evaluated, self.loaded = Usage(), 0, 0
        request = self._ready().send("chat", messages=list(messages), sampling=asdict(sampling))
        with closing(request.read()) as replies:
            for reply in replies:
                if done := reply.get("done"):
                    self._usage = Usage(done["prompt"], done["new"])
                    self.evaluated, self.loaded = done["evaluated"], done["loaded"]
                    return
                start, text = max(len(text), len(before)), text + reply["piece"]
                if not (text.startswith(before) or before.startswith(text)):
                    raise EngineCrashed("The model's process died, and its successor began to answer differently.")
                if fresh := text[start:]:
                    shown.append(fresh)
                    yield fresh


class LlamaEmbedder(_Loaded):
    """Embedder over a GGUF file, pooled as the file says. `context` (at most the trained one) is its longest text.

    `prefixes`: what the model was trained to see before a question, and before a passage.
    """

    def __init__(
        self,
        path: Path,
        *,
        name: str,
        context: int = 512,
        threads: int | None = None,
        gpu_layers: int = 0,
        prefixes: tuple[str, str] = ("", ""),
    ) -> None:
        super().__init__(path, name, role="encoder", context=context, threads=threads, gpu_layers=gpu_layers)
        self._prefixes = prefixes

    @property
    def dimension(self) -> int:
        return self._fact("dimension")

    @property
    def max_tokens(self) -> int:
        return self._fact("context")

    def counts(self, texts: Sequence[str]) -> list[int]:
        return self._counts(texts)

    def embed(self, texts: Sequence[str], *, asking: bool = False) -> Vectors:
        import numpy as np  # 40 ms

        prefix = self._prefixes[0] if asking else self._prefixes[1]
        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at in range(0, len(texts), EMBED_AT_ONCE):
            some = [prefix + text for text in texts[at : at + EMBED_AT_ONCE]]
            data = base64.b64decode(self._call("embed", texts=some)["vectors"])
            rows[at : at + len(some)] = np.frombuffer(data, dtype=np.float32).reshape(len(some), -1)
        return rows

    def tokens(self, texts: Sequence[str], *, asking: bool = False) -> list[Tokens]:
        """Raises EngineError: llama.cpp pools them before we see them."""
        raise EngineError(f"{self.name} gives no vectors of single words.", TOKENS_HINT)

    def lexicon(self, tell: Tell = lambda done, total: None) -> None:
        """None: at 20 texts a second it would take half an hour."""
