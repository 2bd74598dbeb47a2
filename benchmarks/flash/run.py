"""One way to run one model, in this process: `python -m benchmarks.flash.run MODEL WAY TOKENS THREADS MEMORY`.

Prints "ready" when the model is loaded, then one JSON object. `WAY`: mmap (llama.cpp's default), read (all of it read
into memory), flash (ours, within MEMORY bytes). Tokens are drawn at random, the same in every way, so that a mixture of
experts does not stay with a few of them; `logits` of the last one tells whether two ways computed the same.
"""

from __future__ import annotations

import json
import os
import random
import sys
import time
from pathlib import Path
from typing import Any

import llama_cpp.llama_cpp as c

from secondme.engine.flash import Flash

CONTEXT, CHUNK = 512, 64


@c.llama_log_callback  # type: ignore[untyped-decorator]
def _silent(level: int, text: bytes, _: object) -> None:
    pass


def main() -> None:
    path, way, tokens, threads, memory = Path(sys.argv[1]), sys.argv[2], *map(int, sys.argv[3:6])
    c.llama_log_set(_silent, None)
    c.llama_backend_init()
    began = time.perf_counter()
    params = c.llama_model_default_params()
    params.use_extra_bufts, params.n_gpu_layers = False, 0
    params.load_mode = c.LLAMA_LOAD_MODE_NONE if way == "read" else c.LLAMA_LOAD_MODE_MMAP
    model = c.llama_model_load_from_file(os.fsencode(path), params)
    if not model:
        sys.exit("does not load")
    flash = Flash(path, memory, lambda: False) if way == "flash" else None
    context, _kept = _context(model, threads, flash)
    if flash:
        flash.begin(10 << 20, lambda: _step(context, 0))
        c.llama_memory_clear(c.llama_get_memory(context), True)
    print("ready", flush=True)
    times, ids = [], random.Random(0)
    for _ in range(tokens):
        started = time.perf_counter()
        token = ids.randrange(300, 8000)
        if _step(context, token):
            sys.exit("does not compute")
        if flash:
            flash.check()
        times.append(time.perf_counter() - started)
    logits = [c.llama_get_logits_ith(context, -1)[i] for i in (0, 7, 777)]
    result: dict[str, Any] = {"load": times and time.perf_counter() - began - sum(times), "times": times}
    result |= {"logits": logits, "streamed": 0, "resident": 0, "read": 0}
    if flash and flash.residency:
        result |= {"streamed": flash.residency.streamed_bytes, "resident": flash.residency.resident}
        result["read"] = flash.read_bytes
    print(json.dumps(result), flush=True)
    os._exit(0)  # a capped process takes long to give everything back in order


def _context(model: Any, threads: int, flash: Flash | None) -> tuple[Any, Any]:
    abort = c.ggml_abort_callback(lambda _: bool(flash and flash.halted))
    params = c.llama_context_default_params()
    params.n_ctx, params.n_batch, params.n_ubatch = CONTEXT, CHUNK, CHUNK
    params.n_threads = params.n_threads_batch = threads
    params.abort_callback = abort
    if flash:
        params.cb_eval = flash.callback
    return c.llama_init_from_model(model, params), abort


def _step(context: Any, token: int) -> int:
    ids = (c.llama_token * 1)(token)
    return int(c.llama_decode(context, c.llama_batch_get_one(ids, 1)))


if __name__ == "__main__":
    main()
