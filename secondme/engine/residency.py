"""Which of a model's weights stay in memory and which are read for every sweep, when they do not all fit.

Pure functions over a file's layout. In a sweep over a dense model every byte is needed once and in the same order, so
it does not matter for the disk which bytes stay: what counts is that they stay ("LLM in a flash", Alizadeh et al.
2023, arXiv:2312.11514) and that the disk never waits. So the small and the oddly placed stay first (norms, routers,
output), then attention, then the feed-forward parts of whole layers, in such a way that what streams is spread evenly
over the sweep and is read while the layers between it compute.
Refuses to know addresses, files and time.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from secondme.engine.tensors import Layout, Tensor

Part = Literal["attention", "ffn", "experts"]
Span = tuple[int, int]

SHARED_PAGE = 4096  # that an expert may share with its neighbour, counted with it
AHEAD = 2.0  # the window, in the largest unit: one is at work while the next is read


@dataclass(frozen=True, slots=True)
class Unit:
    """What is read at once and let go at once: a part of a layer. `spans`: bytes of the file, from and to."""

    layer: int
    part: Part
    spans: tuple[Span, ...]

    @property
    def bytes(self) -> int:
        return sum(end - start for start, end in self.spans)


@dataclass(frozen=True, slots=True)
class Residency:
    """`streamed` in the order of use. `window`: bytes that they may take at one time. `resident`: bytes that stay.

    `rows`: an embedding of which only the rows of the text are ever read; it stays mapped and costs a page a token.
    `experts`: bytes for a window of those used last; where it is not 0 all experts are on disk and nothing else is.
    """

    streamed: tuple[Unit, ...]
    window: int
    resident: int
    rows: tuple[Tensor, ...]
    experts: int = 0

    @property
    def streamed_bytes(self) -> int:
        return sum(unit.bytes for unit in self.streamed)

    @property
    def memory(self) -> int:
        return self.resident + self.window + self.experts


def units(layout: Layout) -> tuple[Unit, ...]:
    """Every part of every layer, in the order of use."""
    found: dict[tuple[int, Part], list[Tensor]] = {}
    for tensor in layout.tensors:
        if tensor.layer >= 0 and tensor.kind in ("attention", "ffn"):
            part: Part = "attention" if tensor.kind == "attention" else "ffn"
            found.setdefault((tensor.layer, part), []).append(tensor)
    return tuple(Unit(layer, part, joined(tensors)) for (layer, part), tensors in sorted(found.items()))


def joined(tensors: Iterable[Tensor]) -> tuple[Span, ...]:
    """The stretches of the file that these take, neighbours (but for their padding) made one."""
    spans: list[Span] = []
    for tensor in sorted(tensors, key=lambda tensor: tensor.offset):
        if spans and tensor.offset - spans[-1][1] < 64:
            spans[-1] = spans[-1][0], tensor.end
        else:
            spans.append((tensor.offset, tensor.end))
    return tuple(spans)


def least(layout: Layout) -> int:
    """Bytes of weights below which not even streaming will do."""
    if layout.experts:
        return _shared(layout) + largest_experts(layout)
    every = units(layout)
    rows = 0 if layout.tied else sum(t.bytes for t in layout.tensors if t.kind == "embedding")
    window = int(AHEAD * max((unit.bytes for unit in every), default=0))
    return layout.bytes - rows - sum(unit.bytes for unit in every) + window


def reside(layout: Layout, memory: int) -> Residency | None:
    """What stays within `memory` bytes, and what streams. None where not even a window fits beside what must stay."""
    every = units(layout)
    rows = () if layout.tied else tuple(t for t in layout.tensors if t.kind == "embedding")
    total = layout.bytes - sum(tensor.bytes for tensor in rows)
    if layout.experts and total > memory:
        room = memory - _shared(layout)
        return Residency((), 0, _shared(layout), rows, room) if room >= largest_experts(layout) else None
    if total <= memory or not every:
        return Residency((), 0, total, rows) if total <= memory else None
    fixed = total - sum(unit.bytes for unit in every)
    window = int(AHEAD * max(unit.bytes for unit in every))
    room = memory - fixed - window
    if room < 0:
        return None
    streamed = _spread(every, room)
    resident = total - sum(unit.bytes for unit in streamed)
    return Residency(streamed, window, resident, rows)


def largest_experts(layout: Layout) -> int:
    """Bytes of all experts of a layer: a long piece of text may need every one of them at once."""
    sizes: dict[int, int] = {}
    for tensor in layout.tensors:
        if tensor.kind == "experts":
            sizes[tensor.layer] = sizes.get(tensor.layer, 0) + tensor.bytes + layout.experts * SHARED_PAGE
    return max(sizes.values(), default=0)


def _shared(layout: Layout) -> int:
    """Bytes that every token needs: all but experts, and embeddings that are read by rows."""
    rows = set() if layout.tied else {"embedding"}
    return sum(tensor.bytes for tensor in layout.tensors if tensor.kind not in rows | {"experts"})


def _spread(every: Sequence[Unit], room: int) -> tuple[Unit, ...]:
    """What does not fit in `room`: feed-forward parts first, then attention, evenly over the layers."""
    excess = sum(unit.bytes for unit in every) - room
    out: set[Unit] = set()
    for part in ("ffn", "attention"):
        alike = [unit for unit in every if unit.part == part]
        size = sum(unit.bytes for unit in alike)
        if excess <= 0 or not size:
            continue
        count = min(len(alike), -(-len(alike) * excess // size))
        while True:
            chosen = {alike[(2 * i + 1) * len(alike) // (2 * count)] for i in range(count)}
            if count == len(alike) or sum(unit.bytes for unit in chosen) >= excess:
                break
            count += 1
        out |= chosen
        excess -= sum(unit.bytes for unit in chosen)
    return tuple(unit for unit in every if unit in out)
