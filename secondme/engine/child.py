"""The process that owns llama.cpp, seen from its parent: a native crash or a kill ends in one sentence.

Knows how that process is started, two pipes that carry one JSON object per line, and what its death means. Refuses to
know what the other end does with a request (serving.py does) and which model file is asked for (worker.py does).
Importing this module starts nothing and loads nothing heavy.

    parent -> child   {"id": 3, "op": "load" | "info" | "count" | "read" | "chat" | "embed", ...}
                      {"id": 3, "op": "cancel"}
    child -> parent   {"id": 3, "piece": "Hel"}*, then {"id": 3, "done": {...}} or {"id": 3, "error": [kind, ...]}

Requests run in the order they came; a cancel overtakes them, and "read" is not answered and ends when another comes.
The child lives in a session of its own, so that Ctrl-C
reaches the parent alone, and ends when its stdin does: however the parent dies, the kernel closes the pipe.
(PR_SET_PDEATHSIG would end it with the *thread* that started it.)
"""

from __future__ import annotations

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
from collections.abc import Generator, Mapping, Sequence
from contextlib import closing, suppress
from pathlib import Path
from typing import IO, Any

from secondme import errors
from secondme.engine import threads
from secondme.errors import EngineCrashed

END_SECONDS = 0.5  # the child is asked to go, and killed after this

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
        command = [sys.executable, "-P", "-m", "secondme.engine.serving"]  # -P: the current folder is not searched
        self.process = subprocess.Popen(
            command, stdin=pipe, stdout=pipe, stderr=pipe, env=environment(), start_new_session=True
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

    def tell(self, op: str, **arguments: Any) -> None:
        """Sends a request that has no answer."""
        self._write({"id": next(self._numbers), "op": op, **arguments})

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


def environment() -> dict[str, str]:
    """What a process that loads llama.cpp is started with."""
    env = {"GGML_NO_BACKTRACE": "1", **threads.environment(os.environ), **os.environ}
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
