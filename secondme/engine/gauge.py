"""How fast llama.cpp multiplies here, and on which devices it could: `python -m secondme.engine.gauge [THREADS]`.

Run by machine.py in a process of its own, because a wrong build answers by dying; prints one JSON object. The kernels
themselves are timed, on a matrix that no cache holds, through ggml's C API: one column is what a token of text costs,
64 are what reading a prompt costs. Two seconds in all.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys
import time
from ctypes import POINTER, byref, c_bool, c_char_p, c_int, c_int64, c_size_t, c_void_p
from typing import Any

from secondme.engine.tensors import BLOCKS

ROWS, COLUMNS = 24_576, 4_096  # 57 MB in 4 bits
PROMPT_ROWS, PROMPT_COLUMNS = 4_096, 64
LAYERS, SUMS, SIDE = 60, 3, 576  # of a graph of small products with sums between

# ggml_type: f16, q4_0, q8_0, q4_K, q5_K, q6_K; of the others each is like the one of its size
TIMED = (1, 2, 8, 12, 13, 14)
_F32, _Q4_0 = 0, 2
_SPENT, _RUNS = 0.12, 40  # seconds for each kernel, and times at most: each takes some of the context's memory


class _Init(ctypes.Structure):
    _fields_ = (("mem_size", c_size_t), ("mem_buffer", c_void_p), ("no_alloc", c_bool))


def _library() -> tuple[Any, Any, Any]:
    """ggml's base, its processor kernels and its registry of devices."""
    import llama_cpp.llama_cpp as c
    from llama_cpp._ggml import libggml_base_path

    c.llama_backend_init()

    def load(name: str) -> Any:
        found = sorted(libggml_base_path.glob(f"*{name}.so")) + sorted(libggml_base_path.glob(f"*{name}.d*"))
        return ctypes.CDLL(str(found[0]))

    base, cpu, registry = load("ggml-base"), load("ggml-cpu"), load("ggml")
    base.ggml_init.restype, base.ggml_init.argtypes = c_void_p, [_Init]
    for name, arguments in (
        ("ggml_new_tensor_2d", [c_void_p, c_int, c_int64, c_int64]),
        ("ggml_mul_mat", [c_void_p] * 3),
        ("ggml_add", [c_void_p] * 3),
        ("ggml_new_graph_custom", [c_void_p, c_size_t, c_bool]),
        ("ggml_get_data", [c_void_p]),
    ):
        function = getattr(base, name)
        function.restype, function.argtypes = c_void_p, arguments
    base.ggml_build_forward_expand.argtypes = [c_void_p, c_void_p]
    base.ggml_free.argtypes = [c_void_p]
    base.ggml_nbytes.restype, base.ggml_nbytes.argtypes = c_size_t, [c_void_p]
    cpu.ggml_graph_compute_with_ctx.argtypes = [c_void_p, c_void_p, c_int]
    return base, cpu, registry


class _Bench:
    def __init__(self, base: Any, cpu: Any, threads: int) -> None:
        self._base, self._cpu, self._threads = base, cpu, threads

    def rate(self, kind: int, rows: int, columns: int) -> float:
        """Bytes of weights a second, times columns."""
        block, size = BLOCKS[kind]
        room = rows * (COLUMNS // block) * size + (COLUMNS + rows) * columns * 8 + (64 << 20)
        context = self._base.ggml_init(_Init(room, None, False))
        try:
            weights = self._base.ggml_new_tensor_2d(context, kind, COLUMNS, rows)
            input_ = self._base.ggml_new_tensor_2d(context, _F32, COLUMNS, columns)
            for tensor in (weights, input_):  # pages that were never written are all one page, and in the cache
                ctypes.memset(self._base.ggml_get_data(tensor), 0x11, self._base.ggml_nbytes(tensor))
            graph = self._base.ggml_new_graph_custom(context, 16, False)
            self._base.ggml_build_forward_expand(graph, self._base.ggml_mul_mat(context, weights, input_))
            return float(self._base.ggml_nbytes(weights)) * columns / self._seconds(context, graph)
        finally:
            self._base.ggml_free(context)

    def node(self, rate: float) -> float:
        """Seconds that a node costs beside its arithmetic, in a graph like a small layer's. `rate`: of 4-bit weights.

        Threads meet after every node, and how long that takes depends on what they do between: small products, sums.
        """
        context = self._base.ggml_init(_Init(256 << 20, None, False))
        try:
            weights = [self._base.ggml_new_tensor_2d(context, _Q4_0, SIDE, SIDE) for _ in range(LAYERS)]
            last = one = self._base.ggml_new_tensor_2d(context, _F32, SIDE, 1)
            ctypes.memset(self._base.ggml_get_data(one), 0x3C, self._base.ggml_nbytes(one))  # 0.01: never denormal
            for tensor in weights:
                ctypes.memset(self._base.ggml_get_data(tensor), 0x11, self._base.ggml_nbytes(tensor))
            for tensor in weights:
                last = self._base.ggml_mul_mat(context, tensor, last)
                for _ in range(SUMS):
                    last = self._base.ggml_add(context, last, one)
            graph = self._base.ggml_new_graph_custom(context, LAYERS * (SUMS + 1) + 8, False)
            self._base.ggml_build_forward_expand(graph, last)
            arithmetic = sum(self._base.ggml_nbytes(tensor) for tensor in weights) / rate
            return float(max(0.0, self._seconds(context, graph) - arithmetic) / (LAYERS * (SUMS + 1)))
        finally:
            self._base.ggml_free(context)

    def _seconds(self, context: Any, graph: Any) -> float:
        """The median of as many runs as fit in a while, after one that does not count."""
        times: list[float] = []
        while len(times) < 4 or (len(times) < _RUNS and sum(times) < _SPENT):
            began = time.perf_counter()
            self._cpu.ggml_graph_compute_with_ctx(context, graph, self._threads)
            times.append(time.perf_counter() - began)
        return sorted(times[1:])[len(times[1:]) // 2]


def devices(registry: Any, base: Any) -> list[dict[str, Any]]:
    """What ggml was built for and finds here, without the processor."""
    registry.ggml_backend_dev_get.restype, registry.ggml_backend_dev_get.argtypes = c_void_p, [c_size_t]
    registry.ggml_backend_dev_count.restype = c_size_t
    base.ggml_backend_dev_name.restype, base.ggml_backend_dev_name.argtypes = c_char_p, [c_void_p]
    base.ggml_backend_dev_type.argtypes = [c_void_p]
    base.ggml_backend_dev_memory.argtypes = [c_void_p, POINTER(c_size_t), POINTER(c_size_t)]
    found = []
    for i in range(registry.ggml_backend_dev_count()):
        device = registry.ggml_backend_dev_get(i)
        free, total = c_size_t(), c_size_t()
        base.ggml_backend_dev_memory(device, byref(free), byref(total))
        if base.ggml_backend_dev_type(device) in (1, 2):  # ggml-backend.h: a GPU of its own, one that shares memory
            name = base.ggml_backend_dev_name(device).decode("utf-8", "replace")
            found.append({"name": name, "free": free.value, "total": total.value})
    return found


def main() -> None:
    threads = int(sys.argv[1]) if len(sys.argv) > 1 else 1
    out = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is not the answer
    base, cpu, registry = _library()
    bench = _Bench(base, cpu, threads)
    writing = {kind: bench.rate(kind, ROWS, 1) for kind in TIMED}
    reading = {kind: bench.rate(kind, PROMPT_ROWS, PROMPT_COLUMNS) for kind in TIMED}
    found = devices(registry, base)
    json.dump({"writing": writing, "reading": reading, "node": bench.node(writing[_Q4_0]), "devices": found}, out)
    out.flush()


if __name__ == "__main__":
    main()
