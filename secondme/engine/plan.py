"""How fast would this model run here, in each way that it can, and which of them is best? Arithmetic, no measuring.

The cost model, for one token of text. What must happen takes

    compute   sum over the weights that a token needs of bytes / rate(type), plus nodes x the cost of one
              (rate: the kernels' own, timed on this machine, so memory bandwidth is in it; the bound says which it was)
    disk      bytes read for a token / the speed of the reads that bring them: large and direct for whole layers, as
              large as an expert's part for experts

and a plan of it

    memory    compute
    gpu       compute of the layers that are not on the device, plus bytes of those that are / its memory's speed
    stream    max(compute, disk) + OVERLAP_LOSS x min(compute, disk): both run at once, but for the edges of the window
    experts   compute + disk: which experts are needed is known only when it is time for them

The first token also waits for the file to be read (through the page cache, as llama.cpp loads), for what stays resident
to be read in its place, and for the prompt: bytes x tokens / rate in chunks, and where weights stream each chunk is a
sweep over them. What is here is a model; `secondme models bench` measures.

Pure functions over a machine's numbers and a file's layout. Refuses to know files, processes and the screen.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from secondme.engine import residency
from secondme.engine.machine import LARGE, SMALL, Device, Machine
from secondme.engine.residency import Residency, reside
from secondme.engine.tensors import BLOCKS, Layout, Tensor

Way = Literal["memory", "gpu", "stream", "experts"]
Bound = Literal["arithmetic", "memory", "disk", "device"]

PROMPT = 512  # tokens that the time to the first one is given for
CONTEXT = 4096
MEMORY_CHUNK, STREAM_CHUNK = 64, 256  # tokens of a prompt evaluated at once, as llama.py does
NODES_A_LAYER = 31  # of llama.cpp's graph of a llama
ASKED = 4e-6  # seconds a node more: whether the generation is still wanted is asked after each
START = 0.5  # seconds until a process has llama.cpp
PROCESS = 36 << 20  # bytes of a process that has llama.cpp loaded and no model
SPARE = 24 << 20
OVERLAP_LOSS = 0.15  # of the shorter of computing and reading, measured
DEVICE_BANDWIDTH = 100e9  # of a GPU's memory, where it is not measured: from below
NEAR = 0.8  # of the memory's bandwidth: past it memory is what limits, and not arithmetic
_F16 = 1


@dataclass(frozen=True, slots=True)
class Plan:
    """One way to run a model. `resident`: bytes of weights in memory; `memory`: of the whole process; `read`: bytes
    from disk for each token. `bound` names what limits `tokens_per_second`. `gpu_layers` as llama.cpp counts them."""

    way: Way
    tokens_per_second: float
    first_token: float
    resident: int
    memory: int
    read: int
    bound: Bound
    gpu_layers: int = 0
    measured: bool = True


def plans(layout: Layout, machine: Machine, memory: int, context: int = CONTEXT, *, prompt: int = PROMPT) -> list[Plan]:
    """Every feasible plan within `memory` bytes for the whole process, the fastest first.

    The time to the first token is for a prompt of `prompt` tokens.
    """
    context = min(context, layout.trained or context)
    found = [
        _in_memory(layout, machine, memory, context, prompt),
        *(_on_gpu(layout, machine, device, memory, context, prompt) for device in machine.devices),
        _streamed(layout, machine, memory, context, prompt),
        _fetched(layout, machine, memory, context, prompt),
    ]
    return sorted(filter(None, found), key=lambda plan: (-plan.tokens_per_second, plan.first_token))


def least(layout: Layout, context: int = CONTEXT) -> int:
    """Bytes of memory below which no plan is left."""
    return residency.least(layout) + beside(layout, min(context, layout.trained or context), STREAM_CHUNK)


def beside(layout: Layout, context: int, chunk: int) -> int:
    """Bytes of a process besides its weights: itself, keys and values, buffers for a chunk of the prompt."""
    used = max(1, layout.experts_used)
    across = max((t.shape[1] for t in layout.tensors if t.kind in ("ffn", "experts") and "up" in t.name), default=0)
    buffers = chunk * 4 * (3 * across * used + 4 * layout.width) + 16 * layout.vocabulary * 4
    return PROCESS + SPARE + context * layout.kv_bytes + buffers


def compute(tensors: Iterable[Tensor], layout: Layout, rates: Mapping[int, float]) -> float:
    """Seconds of arithmetic for one column: of an embedding one row counts, of experts those that are used."""
    total = 0.0
    for tensor in tensors:
        share = layout.experts_used / layout.experts if tensor.kind == "experts" and layout.experts else 1.0
        if tensor.kind == "embedding" and not layout.tied:
            share = 0.0
        total += share * tensor.bytes / rate(tensor.type, rates)
    return total


def rate(kind: int, rates: Mapping[int, float]) -> float:
    """Of a type of weights: its own, else that of the one nearest in size."""
    if kind in rates:
        return rates[kind]
    weights, size = BLOCKS[kind]
    return rates[min(rates, key=lambda other: abs(BLOCKS[other][1] / BLOCKS[other][0] - size / weights))]


def _token(layout: Layout, machine: Machine, tensors: Iterable[Tensor] | None = None) -> float:
    """Of text, behind a prompt of the usual length, whose keys and values are read for it as well."""
    rates = machine.arithmetic.writing
    nodes = _node(machine) * NODES_A_LAYER * layout.layers
    attention = layout.kv_bytes * PROMPT / rate(_F16, rates)
    return compute(layout.tensors if tensors is None else tensors, layout, rates) + nodes + attention


def _node(machine: Machine) -> float:
    return machine.arithmetic.node + ASKED


def _prompt(layout: Layout, machine: Machine, tokens: int, chunk: int = MEMORY_CHUNK) -> float:
    """Reading a prompt: each token's products, and each chunk's nodes."""
    nodes = -(-tokens // chunk) * _node(machine) * NODES_A_LAYER * layout.layers
    return tokens * compute(layout.tensors, layout, machine.arithmetic.reading) + nodes


def _loading(layout: Layout, machine: Machine) -> float:
    return START + layout.bytes / (machine.disk.cached or machine.disk.sequential)


def _bound(layout: Layout, machine: Machine, seconds: float) -> Bound:
    """Whether the weights come from memory about as fast as memory gives anything."""
    touched = compute(layout.tensors, layout, {_F16: 1.0})
    return "memory" if touched / seconds > NEAR * machine.bandwidth else "arithmetic"


def _in_memory(layout: Layout, machine: Machine, memory: int, context: int, prompt: int) -> Plan | None:
    needed = layout.bytes + beside(layout, context, MEMORY_CHUNK)
    if needed > memory:
        return None
    seconds = _token(layout, machine)
    first = _loading(layout, machine) + _prompt(layout, machine, prompt)
    return Plan("memory", 1 / seconds, first, layout.bytes, needed, 0, _bound(layout, machine, seconds))


def _on_gpu(layout: Layout, machine: Machine, device: Device, memory: int, context: int, prompt: int) -> Plan | None:
    """As many layers as the device holds, from the last; with all of them the output as well. Not measured."""
    room = device.free * 9 // 10 - beside(layout, context, STREAM_CHUNK)
    counted, there = 0, 0
    for layer in range(layout.layers - 1, -1, -1):
        size = sum(tensor.bytes for tensor in layout.tensors if tensor.layer == layer)
        if there + size > room:
            break
        counted, there = counted + 1, there + size
    here = [t for t in layout.tensors if t.layer < layout.layers - counted]
    if counted == layout.layers:
        counted, here = counted + 1, []
    needed = sum(tensor.bytes for tensor in here) + beside(layout, context, STREAM_CHUNK)
    if not counted or needed > memory:
        return None
    distant = compute(layout.tensors, layout, {_F16: 1.0}) - compute(here, layout, {_F16: 1.0})
    near, far = _token(layout, machine, here) if here else 0.0, distant / DEVICE_BANDWIDTH
    first = _loading(layout, machine) + compute(here, layout, machine.arithmetic.reading) * prompt + far * prompt / 16
    bound: Bound = "device" if far > near else "arithmetic"
    kept = sum(tensor.bytes for tensor in here)
    return Plan("gpu", 1 / (near + far), first, kept, needed, 0, bound, counted, measured=False)


def _streamed(layout: Layout, machine: Machine, memory: int, context: int, prompt: int) -> Plan | None:
    other = beside(layout, context, STREAM_CHUNK)
    chosen = reside(layout, memory - other)
    if chosen is None or not chosen.streamed:
        return None
    arithmetic, reading = _token(layout, machine), chosen.streamed_bytes / machine.disk.sequential
    seconds = _overlapped(arithmetic, reading)
    resident = chosen.resident / machine.disk.sequential
    first = _loading(layout, machine) + resident + _sweeps(layout, machine, chosen, prompt)
    bound: Bound = "disk" if reading > arithmetic else _bound(layout, machine, arithmetic)
    return Plan("stream", 1 / seconds, first, chosen.resident, chosen.memory + other, chosen.streamed_bytes, bound)


def _fetched(layout: Layout, machine: Machine, memory: int, context: int, prompt: int) -> Plan | None:
    """Experts on disk: what is not in the window comes when its router has chosen it, and nothing computes meanwhile.

    Taken from below: that a token's experts are any of them. Routers have favourites, which a window keeps.
    """
    other = beside(layout, context, STREAM_CHUNK)
    chosen = reside(layout, memory - other)
    if chosen is None or not chosen.experts:
        return None
    every = [tensor.bytes for tensor in layout.tensors if tensor.kind == "experts"]
    missed = max(0.0, 1 - chosen.experts / sum(every))
    read = int(missed * sum(every) * layout.experts_used / layout.experts)
    speed = _speed(machine, sum(every) / len(every) / layout.experts)
    arithmetic = _token(layout, machine)
    chunks = -(-prompt // STREAM_CHUNK)
    resident = chosen.resident / machine.disk.sequential
    first = _loading(layout, machine) + resident + chunks * sum(every) / speed
    first += _prompt(layout, machine, prompt, STREAM_CHUNK)
    bound: Bound = "disk" if read / speed > arithmetic else _bound(layout, machine, arithmetic)
    return Plan("experts", 1 / (arithmetic + read / speed), first, chosen.resident, chosen.memory + other, read, bound)


def _speed(machine: Machine, length: float) -> float:
    """Of reads of that length anywhere on the disk: between those that were measured."""
    share = min(1.0, max(0.0, math.log(length / SMALL) / math.log(LARGE / SMALL)))
    return machine.disk.random + share * (machine.disk.sequential - machine.disk.random)


def _sweeps(layout: Layout, machine: Machine, chosen: Residency, prompt: int) -> float:
    """Reading the prompt, each chunk of it in one sweep."""
    chunks = -(-prompt // STREAM_CHUNK)
    return chunks * _overlapped(
        _prompt(layout, machine, prompt, STREAM_CHUNK) / chunks, chosen.streamed_bytes / machine.disk.sequential
    )


def _overlapped(one: float, other: float) -> float:
    return max(one, other) + OVERLAP_LOSS * min(one, other)
