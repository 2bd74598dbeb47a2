"""llama.cpp in a child process: a native crash or a kill ends in one sentence and a restart, not in a dead terminal.

Knows both ends of two pipes that carry one JSON object per line, and how a process ends. Refuses to know what a token
is (llama.py does, in the child) and what a memory is. Importing this module starts nothing and loads nothing heavy.

    parent -> child   {"id": 3, "op": "load" | "info" | "count" | "chat" | "embed", ...}, {"id": 3, "op": "cancel"}
    child -> parent   {"id": 3, "piece": "Hel"}*, then {"id": 3, "done": {...}} or {"id": 3, "error": [kind, ...]}

Requests run in the order they came; a cancel overtakes them. The child lives in a session of its own, so that Ctrl-C
reaches the parent alone, and ends when its stdin does: however the parent dies, the kernel closes the pipe.
(PR_SET_PDEATHSIG would end it with the *thread* that started it.)
"""

from __future__ import annotations

import base64
import itertools
import json
import os
import queue
import signal
import subprocess
import sys
import threading
import weakref
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from contextlib import closing, suppress
from dataclasses import asdict
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from secondme import errors
from secondme.engine import Message, Sampling, Usage
from secondme.errors import EngineCrashed, EngineError, ModelDamaged, ModelMissing, SecondMeError

if TYPE_CHECKING:
    from secondme.engine import Vectors
    from secondme.engine.llama import Encoder, Writer

END_SECONDS = 0.5  # the child is asked to go, and killed after this
EMBED_AT_ONCE = 32  # texts in one request, so that a cancel waits for a few and not for all

Reply = dict[str, Any]


class Died(EngineCrashed):
    """The child ended during a request. `returncode` as in subprocess: below zero, the signal that killed it."""

    def __init__(self, returncode: int, said: Sequence[str]) -> None:
        super().__init__(*_cause(returncode, said))
        self.returncode = returncode


def _cause(returncode: int, said: Sequence[str]) -> tuple[str, str | None]:
    """What happened in one sentence, and a hint where it differs from the usual one."""
    rebuild = 'Rebuild llama.cpp for any CPU: `CMAKE_ARGS="-DGGML_NATIVE=OFF" ./install.sh --rebuild`.'
    smaller = "Close other programs, or choose a smaller model or context: `secondme models list`."
    if returncode == -signal.SIGKILL:
        return "The model's process was killed (SIGKILL), most likely because memory ran out.", smaller
    if returncode == -signal.SIGILL:
        what = "illegal instruction: this build of llama.cpp needs a CPU feature that this machine lacks"
        return f"The model's process ended with an {what} (AVX, AVX-512 or AMX, for example).", rebuild
    last = f" Its last words: {said[-1][:300]}" if said else ""
    if returncode in (-signal.SIGSEGV, -signal.SIGBUS, -signal.SIGFPE):
        return f"The model's process crashed in native code ({signal.Signals(-returncode).name}).{last}", rebuild
    if returncode < 0:
        number = -returncode
        name = signal.Signals(number).name if number in set(signal.Signals) else f"signal {number}"
        return f"The model's process was ended by {name}.{last}", None
    return f"The model's process ended unexpectedly (code {returncode}).{last}", None


# ---- the parent's end


class _Inbox:
    """Replies sorted by request. Filled by a thread that must not keep the Child alive."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._waiting: dict[int, queue.SimpleQueue[Reply | None]] = {}
        self._over = False

    def expect(self, number: int) -> queue.SimpleQueue[Reply | None]:
        replies: queue.SimpleQueue[Reply | None] = queue.SimpleQueue()
        with self._lock:
            self._waiting[number] = replies
            if self._over:
                replies.put(None)
        return replies

    def forget(self, number: int) -> None:
        with self._lock:
            self._waiting.pop(number, None)

    def fill(self, pipe: IO[bytes]) -> None:
        """Reads until the pipe ends; None in a queue means that no more will come."""
        try:
            with pipe:
                for line in pipe:
                    reply = json.loads(line)
                    with self._lock:
                        if waiting := self._waiting.get(reply["id"]):
                            waiting.put(reply)
        finally:
            with self._lock:
                self._over = True
                for waiting in self._waiting.values():
                    waiting.put(None)


class Child:
    """The process that owns llama.cpp, from its start to its end. Requests may come from several threads."""

    def __init__(self) -> None:
        self._numbers = itertools.count(1)
        self._inbox = _Inbox()
        self._said: deque[str] = deque(maxlen=30)
        self._write_lock = threading.Lock()
        pipe = subprocess.PIPE
        command = [sys.executable, "-P", "-m", "secondme.engine.worker"]  # -P: the current folder is not searched
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=_environment(), start_new_session=True
        )
        # also at exit and at garbage collection; the process keeps nothing of this object alive
        self._end = weakref.finalize(self, _end, self.process)
        assert self.process.stdout is not None
        assert self.process.stderr is not None
        threading.Thread(target=self._inbox.fill, args=(self.process.stdout,), daemon=True).start()
        threading.Thread(target=_overhear, args=(self.process.stderr, self._said), daemon=True).start()

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def send(self, op: str, **arguments: Any) -> Replies:
        """Sends a request without waiting. A child that is gone shows when the replies are read."""
        number = next(self._numbers)
        replies = Replies(self, number, self._inbox.expect(number))
        self._write({"id": number, "op": op, **arguments})
        return replies

    def call(self, op: str, timeout: float | None = None, **arguments: Any) -> Reply:
        """The result of a request that has no pieces. Raises Died, EngineError, TimeoutError."""
        with closing(self.send(op, **arguments).read(timeout)) as replies:
            done: Reply = next(replies)["done"]
            return done

    def close(self) -> None:
        """Ends the child within a second. May be repeated."""
        self._end()

    def cancel(self, number: int) -> None:
        self._inbox.forget(number)
        if self.alive:
            self._write({"id": number, "op": "cancel"})

    def death(self) -> Died:
        """What to raise once the pipe has ended."""
        with suppress(subprocess.TimeoutExpired):
            self.process.wait(END_SECONDS)
        self.close()
        return Died(self.process.returncode, list(self._said))

    def forget(self, number: int) -> None:
        self._inbox.forget(number)

    def _write(self, request: Mapping[str, Any]) -> None:
        line = json.dumps(request).encode() + b"\n"
        try:
            with self._write_lock:
                assert self.process.stdin is not None
                self.process.stdin.write(line)
                self.process.stdin.flush()
        except (OSError, ValueError):  # broken pipe, or closed: the inbox will tell
            pass
        except BaseException:  # Ctrl-C in the middle of a line: the child can no longer make sense of what comes
            self.process.kill()
            raise


class Replies:
    """What a request is answered with. Reading may be begun again after an interruption; leaving cancels."""

    def __init__(self, child: Child, number: int, replies: queue.SimpleQueue[Reply | None]) -> None:
        self._child, self._number, self._replies = child, number, replies

    def read(self, timeout: float | None = None, *, cancel: bool = True) -> Generator[Reply]:
        """Replies as they come, the last one holding "done". Raises Died, EngineError, TimeoutError (per reply)."""
        over = False
        try:
            while not over:
                try:
                    reply = self._replies.get(timeout=timeout)
                except queue.Empty:
                    raise TimeoutError from None
                over = reply is None or "piece" not in reply
                if reply is None:
                    raise self._child.death()
                if "error" in reply:
                    kind, message, hint = reply["error"]
                    raise getattr(errors, kind)(message, hint)
                yield reply
        finally:
            if over:
                self._child.forget(self._number)
            elif cancel:
                self._child.cancel(self._number)


def _environment() -> dict[str, str]:
    # llama.cpp's OpenMP threads spin at barriers unless told otherwise: beside two busy processes on two cores that
    # made 0.5 tokens a second of 16
    env = {"OMP_WAIT_POLICY": "passive", "GGML_NO_BACKTRACE": "1", **os.environ}
    root = Path(__file__).resolve().parents[2]
    if root.name not in ("site-packages", "dist-packages"):  # a checkout
        env["PYTHONPATH"] = os.pathsep.join(filter(None, (str(root), os.environ.get("PYTHONPATH"))))
    return env


def _overhear(pipe: IO[bytes], said: deque[str]) -> None:
    with pipe:
        while data := pipe.readline(4096):
            if line := data.decode("utf-8", "replace").strip():
                said.append(line)


def _end(process: subprocess.Popen[bytes]) -> None:
    assert process.stdin is not None
    with suppress(OSError):
        process.stdin.close()
    try:
        process.wait(END_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        with suppress(subprocess.TimeoutExpired):  # asleep in the kernel, on a dead disk perhaps
            process.wait(END_SECONDS)


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
    all of them. Closing a chat cancels it, also in the middle of a long prompt. A child that dies is restarted once and
    asked again, where that cannot change what the caller has already read; then EngineCrashed says what happened.
    """

    def __init__(
        self, path: Path, *, name: str, context: int = 4096, threads: int | None = None, gpu_layers: int = 0
    ) -> None:
        super().__init__(path, name, role="writer", context=context, threads=threads, gpu_layers=gpu_layers)
        self._usage = Usage()
        self.evaluated = 0  # prompt tokens of the last chat that the cache did not already hold

    @property
    def context(self) -> int:
        return self._fact("context")

    @property
    def usage(self) -> Usage:
        return self._usage

    def count(self, text: str) -> int:
        return self._counts([text])[0]

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
        self._usage, self.evaluated = Usage(), 0
        request = self._ready().send("chat", messages=list(messages), sampling=asdict(sampling))
        with closing(request.read()) as replies:
            for reply in replies:
                if done := reply.get("done"):
                    self._usage, self.evaluated = Usage(done["prompt"], done["new"]), done["evaluated"]
                    return
                start, text = max(len(text), len(before)), text + reply["piece"]
                if not (text.startswith(before) or before.startswith(text)):
                    raise EngineCrashed("The model's process died, and its successor began to answer differently.")
                if fresh := text[start:]:
                    shown.append(fresh)
                    yield fresh


class LlamaEmbedder(_Loaded):
    """Embedder over a GGUF file, pooled as the file says. `context` (at most the trained one) is its longest text."""

    def __init__(
        self, path: Path, *, name: str, context: int = 512, threads: int | None = None, gpu_layers: int = 0
    ) -> None:
        super().__init__(path, name, role="encoder", context=context, threads=threads, gpu_layers=gpu_layers)

    @property
    def dimension(self) -> int:
        return self._fact("dimension")

    @property
    def max_tokens(self) -> int:
        return self._fact("context")

    def counts(self, texts: Sequence[str]) -> list[int]:
        return self._counts(texts)

    def embed(self, texts: Sequence[str]) -> Vectors:
        import numpy as np  # 40 ms

        rows = np.zeros((len(texts), self.dimension), dtype=np.float32)
        for at in range(0, len(texts), EMBED_AT_ONCE):
            some = list(texts[at : at + EMBED_AT_ONCE])
            data = base64.b64decode(self._call("embed", texts=some)["vectors"])
            rows[at : at + len(some)] = np.frombuffer(data, dtype=np.float32).reshape(len(some), -1)
        return rows


# ---- the child's end


class _Turn:
    """Which request runs, and which are not wanted any more. Read by llama.cpp while it computes."""

    def __init__(self) -> None:
        self.running = 0
        self.unwanted: set[int] = set()

    def cancelled(self) -> bool:
        return self.running in self.unwanted


def _hear(requests: queue.SimpleQueue[Reply], turn: _Turn, pipe: IO[bytes]) -> None:
    for line in pipe:
        request = json.loads(line)
        if request["op"] == "cancel":
            turn.unwanted.add(request["id"])
        else:
            requests.put(request)
    os._exit(0)  # also while native code computes or loads: there is nothing to save


def _library() -> Any:
    try:
        from secondme.engine import llama
    except (ImportError, OSError, RuntimeError) as error:  # the last two: a shared library that does not load
        first = str(error).partition("\n")[0]
        hint = "Run `./install.sh --rebuild`; it compiles llama.cpp for this machine."
        raise EngineError(f"llama.cpp could not be loaded: {first}.", hint) from None
    return llama


def _load(request: Reply, cancelled: Callable[[], bool]) -> tuple[Writer | Encoder, Reply]:
    llama = _library()
    kind = llama.Writer if request["role"] == "writer" else llama.Encoder
    model = kind(
        Path(request["path"]),
        context=request["context"],
        threads=request["threads"] or _cores(),
        gpu_layers=request["gpu_layers"],
        cancelled=cancelled,
    )
    return model, {"context": model.context, "dimension": getattr(model, "dimension", 0)}


def _cores() -> int:
    """Physical cores that this process may use: two threads on one core share its arithmetic."""
    import psutil

    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(allowed, psutil.cpu_count(logical=False) or allowed))


def _serve(request: Reply, model: Any) -> Iterator[Reply]:
    if request["op"] == "info":
        features, gpu = _library().features()
        yield {"done": {"features": features, "gpu": gpu}}
    elif request["op"] == "count":
        yield {"done": {"counts": [len(model.tokens(text)) for text in request["texts"]]}}
    elif request["op"] == "embed":
        yield {"done": {"vectors": base64.b64encode(model.embed(request["texts"]).tobytes()).decode()}}
    else:
        sampling = Sampling(**{**request["sampling"], "stop": tuple(request["sampling"]["stop"])})
        for piece in model.write(request["messages"], sampling):
            yield {"piece": piece}
        yield {"done": {"prompt": model.prompt_tokens, "new": model.new_tokens, "evaluated": model.evaluated}}


def main() -> None:
    """The child: serves requests until stdin ends. Its stdout is the protocol's alone; native prints go to stderr."""
    out, incoming = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    requests: queue.SimpleQueue[Reply] = queue.SimpleQueue()
    turn = _Turn()
    threading.Thread(target=_hear, args=(requests, turn, incoming), daemon=True).start()
    model: Writer | Encoder | None = None

    def send(reply: Reply) -> None:
        try:
            out.write(json.dumps({"id": turn.running, **reply}).encode() + b"\n")
            out.flush()
        except BrokenPipeError:
            os._exit(0)

    while True:
        request = requests.get()
        turn.running = request["id"]
        try:
            if request["op"] == "load":
                model, facts = _load(request, turn.cancelled)
                send({"done": facts})
            else:
                for reply in _serve(request, model):
                    send(reply)
        except SecondMeError as error:
            send({"error": [type(error).__name__, error.message, error.hint]})


if __name__ == "__main__":
    main()
