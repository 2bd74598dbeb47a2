"""The process that owns llama.cpp, seen from within: `python -m secondme.engine.serving`, started by child.py.

Knows the order of the requests that come on stdin, which of them are not wanted any more, and how to answer on stdout
(the lines are described in child.py). Refuses to know what a token is (llama.py does), who asks, and whether to try
again. llama.cpp is loaded by the first request that needs it: a build that cannot be loaded is an answer as well.
"""

from __future__ import annotations

import base64
import json
import os
import queue
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

from secondme.engine import Sampling, threads
from secondme.errors import EngineError, SecondMeError

if TYPE_CHECKING:
    from secondme.engine.llama import Encoder, Writer

LAST_SECONDS = 0.4  # for what is to be written down when stdin has ended

Request = dict[str, Any]
Reply = dict[str, Any]


class _Turn:
    """Which request runs, and which are not wanted any more. Read by llama.cpp while it computes."""

    def __init__(self) -> None:
        self.running = 0
        self.unwanted: set[int] = set()
        self.yields = False  # the one that runs gives way to the next
        self.over = False
        self.requests: queue.SimpleQueue[Request] = queue.SimpleQueue()

    def begin(self, request: Request) -> None:
        self.running, self.yields = request["id"], request["op"] == "read"

    def cancelled(self) -> bool:
        return self.over or self.running in self.unwanted or (self.yields and not self.requests.empty())


def _hear(turn: _Turn, pipe: IO[bytes]) -> None:
    for line in pipe:
        request = json.loads(line)
        if request["op"] == "cancel":
            turn.unwanted.add(request["id"])
        else:
            turn.requests.put(request)
    turn.over = True
    turn.requests.put({"id": 0, "op": "end"})
    time.sleep(LAST_SECONDS)
    os._exit(0)  # also while native code computes or loads


def _library() -> Any:
    try:
        from secondme.engine import llama
    except (ImportError, OSError, RuntimeError) as error:  # the last two: a shared library that does not load
        first = str(error).partition("\n")[0]
        hint = "Run `./install.sh --rebuild`; it compiles llama.cpp for this machine."
        raise EngineError(f"llama.cpp could not be loaded: {first}.", hint) from None
    return llama


def _load(request: Request, cancelled: Callable[[], bool]) -> tuple[Writer | Encoder, Reply]:
    llama = _library()
    kind = llama.Writer if request["role"] == "writer" else llama.Encoder
    limits: dict[str, Any] = {"memory": request["memory"]} if request.get("memory") else {}
    if states := request.get("states"):
        limits["states"] = (Path(states[0]), int(states[1]))
    threads.step_back(bool(request.get("background")))
    model = kind(
        Path(request["path"]),
        context=request["context"],
        threads=request["threads"] or threads.Share(threads.cores()),
        gpu_layers=request["gpu_layers"],
        cancelled=cancelled,
        **limits,
    )
    facts = {"context": model.context, "dimension": getattr(model, "dimension", 0)}
    return model, facts | {"streamed": getattr(model, "streamed", 0), "note": getattr(model, "note", "")}


def _serve(request: Request, model: Any) -> Iterator[Reply]:
    if request["op"] == "info":
        features, gpu = _library().features()
        yield {"done": {"features": features, "gpu": gpu}}
    elif request["op"] == "count":
        yield {"done": {"counts": [len(model.tokens(text)) for text in request["texts"]]}}
    elif request["op"] == "embed":
        yield {"done": {"vectors": base64.b64encode(model.embed(request["texts"]).tobytes()).decode()}}
    elif request["op"] == "read":
        if model:  # nobody waited to hear that it could not be loaded
            model.read(request["messages"])
    else:
        sampling = Sampling(**{**request["sampling"], "stop": tuple(request["sampling"]["stop"])})
        for piece in model.write(request["messages"], sampling):
            yield {"piece": piece}
        counts = {"prompt": model.prompt_tokens, "new": model.new_tokens}
        yield {"done": {**counts, "evaluated": model.evaluated, "loaded": model.loaded}}


def main() -> None:
    """The child: serves requests until stdin ends. Its stdout is the protocol's alone; native prints go to stderr."""
    out, incoming = os.fdopen(os.dup(1), "wb"), os.fdopen(os.dup(0), "rb")
    os.dup2(2, 1)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    turn = _Turn()
    threading.Thread(target=_hear, args=(turn, incoming), daemon=True).start()
    model: Writer | Encoder | None = None

    def send(reply: Reply) -> None:
        if turn.over:  # what was cut off must not look like an end
            return
        try:
            out.write(json.dumps({"id": turn.running, **reply}).encode() + b"\n")
            out.flush()
        except BrokenPipeError:
            os._exit(0)

    while True:
        request = turn.requests.get()
        turn.begin(request)
        try:
            if request["op"] == "end":
                if model:
                    model.close()
                os._exit(0)
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
