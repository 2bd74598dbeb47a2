"""A mixture of experts whose experts lie on disk: those that the router has chosen are fetched, the last used are kept.

What a token needs of such a model is small and known only when its router has spoken. So attention and all that the
tokens share stay in memory, and of the experts a window of those used last ("LLM in a flash", Alizadeh et al. 2023,
arXiv:2312.11514, calls it windowing; its bundling is the reading of an expert's gate, up and down together). Several
reads are under way at once, because none of them is long.

Knows which bytes of the file belong to which expert, and that experts share pages with their neighbours. Refuses to
know llama.cpp (flash.py reads the router's choice) and addresses (mapped.py).
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from secondme.engine.mapped import PAGE, inward
from secondme.engine.residency import Span
from secondme.engine.stream import Ground
from secondme.engine.tensors import Layout, Tensor
from secondme.errors import EngineError

AT_ONCE = 4  # reads under way

Expert = tuple[int, int]
"""A layer, and the number of an expert in it."""


@dataclass(frozen=True, slots=True)
class Shelf:
    """One kind of matrix of all experts of a layer: where it begins, the bytes of one, the whole pages of all."""

    start: int
    each: int
    pages: Span

    def around(self, expert: int) -> Span:
        """Every page that holds some of it."""
        start, end = self.start + expert * self.each, self.start + (expert + 1) * self.each
        return self._within(start // PAGE * PAGE, -(-end // PAGE) * PAGE)

    def apart(self, expert: int, before: bool, after: bool) -> Span:
        """The pages that can go with it, where the neighbours `before` and `after` are there and need theirs."""
        start, end = self.start + expert * self.each, self.start + (expert + 1) * self.each
        first = -(-start // PAGE) if before else start // PAGE
        last = end // PAGE if after else -(-end // PAGE)
        return self._within(first * PAGE, last * PAGE)

    def _within(self, start: int, end: int) -> Span:
        start, end = max(start, self.pages[0]), min(end, self.pages[1])
        return start, max(start, end)


def shelves(layout: Layout) -> dict[int, tuple[Shelf, ...]]:
    """Of each layer that has experts."""
    found: dict[int, list[Shelf]] = {}
    for tensor in layout.tensors:
        if tensor.kind == "experts":
            found.setdefault(tensor.layer, []).append(_shelf(tensor, layout.experts))
    return {layer: tuple(some) for layer, some in found.items()}


def _shelf(tensor: Tensor, experts: int) -> Shelf:
    return Shelf(tensor.offset, tensor.bytes // experts, inward((tensor.offset, tensor.end)))


class Experts:
    """The window. `size` in bytes; it is exceeded only where one layer needs more at once.

    `error` says why nothing comes any more; `read_bytes` and `hits`, `misses` count since the start.
    """

    def __init__(self, ground: Ground, layout: Layout, size: int) -> None:
        self._ground, self._size = ground, size
        self._shelves = shelves(layout)
        self._held: OrderedDict[Expert, int] = OrderedDict()
        self._taken = 0
        self._pool = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="experts")
        self.error: EngineError | None = None
        self.read_bytes = self.hits = self.misses = 0

    def want(self, layer: int, chosen: Iterable[int]) -> None:
        """Called by the computing thread, which waits: the next node multiplies by them."""
        wanted = dict.fromkeys((layer, number) for number in chosen)
        missing = [expert for expert in wanted if expert not in self._held]
        self.hits += len(wanted) - len(missing)
        self.misses += len(missing)
        for expert in wanted:
            if expert in self._held:
                self._held.move_to_end(expert)
        coming = sum(self._bytes(expert) for expert in missing)
        self._make_room(coming, wanted)
        try:
            for _ in self._pool.map(self._ground.fill, self._reads(missing)):
                pass
        except EngineError as error:
            self.error = error
            return
        for expert in missing:
            self._held[expert] = self._bytes(expert)
        self._taken += coming
        self.read_bytes += coming

    def close(self) -> None:
        self._pool.shutdown()

    def _reads(self, missing: Sequence[Expert]) -> Iterator[list[Span]]:
        for layer, number in missing:
            for shelf in self._shelves[layer]:
                yield [shelf.around(number)]

    def _bytes(self, expert: Expert) -> int:
        return sum(shelf.each + PAGE for shelf in self._shelves[expert[0]])

    def _make_room(self, coming: int, wanted: Iterable[Expert]) -> None:
        """The longest unused go, but none that is wanted now."""
        needed = set(wanted)
        for expert in list(self._held):
            if self._taken + coming <= self._size:
                return
            if expert not in needed:
                self._taken -= self._held.pop(expert)
                self._ground.drop(self._pages(expert))

    def _pages(self, expert: Expert) -> Iterator[Span]:
        layer, number = expert
        before, after = (layer, number - 1) in self._held, (layer, number + 1) in self._held
        for shelf in self._shelves[layer]:
            yield shelf.apart(number, before, after)
