"""Weights that do not stay in memory, read ahead of their use, round and round.

One thread reads the streamed parts of the layers in the order in which every sweep over the weights needs them, round
and round, as far ahead as the window allows. llama.cpp tells through its eval callback how far it has come: at a few
nodes of the graph (a layer's attention done, a layer done) what has been used is let go and what comes next is waited
for. So the disk reads while the processor computes, each byte once a sweep, and nothing else is ever evicted ("LLM in
a flash", Alizadeh et al. 2023, arXiv:2312.11514; its rows of sparse layers are not for the models of today).

Knows the names that llama.cpp gives to the nodes of its graphs, and the order of use. Refuses to know what is chosen
to stay (residency.py) and how bytes come into memory (mapped.py, advice.py).
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from secondme.engine.residency import Span, Unit
from secondme.errors import EngineError

PATIENCE = 0.05  # seconds between two looks at whether the generation is still wanted


class Ground(Protocol):
    """Where the weights lie. Filling waits for the disk; several threads may, in different places."""

    def fill(self, spans: Iterable[Span]) -> None: ...

    def drop(self, spans: Iterable[Span]) -> None: ...


@dataclass(frozen=True, slots=True)
class Stop:
    """A node of the graph after which units, by their number, are let go and others must be there."""

    done: tuple[int, ...] = ()
    wanted: tuple[int, ...] = ()


def stops(nodes: Sequence[str], streamed: Sequence[Unit]) -> dict[str, Stop] | None:
    """Where in a graph of these nodes to stop. None for a graph whose layers cannot be told apart by their names."""
    names = set(nodes)
    done: dict[str, list[int]] = {}
    wanted: dict[str, list[int]] = {}
    for i, unit in enumerate(streamed):
        before = f"l_out-{unit.layer - 1}" if unit.layer else nodes[0]
        middle, after = f"ffn_inp-{unit.layer}", f"l_out-{unit.layer}"
        split = middle in names
        wanted.setdefault(middle if split and unit.part == "ffn" else before, []).append(i)
        done.setdefault(middle if split and unit.part == "attention" else after, []).append(i)
    if not (set(done) | set(wanted)) <= names:
        return None
    order = [n for n in dict.fromkeys(nodes) if n in done or n in wanted]
    return {n: Stop(tuple(done.get(n, ())), tuple(wanted.get(n, ()))) for n in order}


@dataclass(slots=True)
class _Window:
    """Numbers of units: the `next` to read, those `ready` to be used, `used` and still in memory. Guarded by `turn`.

    `sweep` counts those that were broken off.
    """

    turn: threading.Condition = field(default_factory=threading.Condition)
    next: int = 0
    sweep: int = 0
    ready: set[int] = field(default_factory=set)
    used: set[int] = field(default_factory=set)
    closed: bool = False


class Stream:
    """Keeps the streamed units coming, from the first to the last and again.

    `cancelled` ends a wait; `error` says why nothing comes any more; `read_bytes` counts since the start.
    """

    def __init__(self, ground: Ground, units: Sequence[Unit], window: int, cancelled: Callable[[], bool]) -> None:
        self._ground, self._units, self._size = ground, units, window
        self._cancelled = cancelled
        self._window = _Window()
        self.error: EngineError | None = None
        self.read_bytes = 0
        self._thread = threading.Thread(target=self._feed, name="flash", daemon=True)
        self._thread.start()

    def reach(self, stop: Stop) -> None:
        """The sweep has come to `stop`: called by the computing thread, which waits here for the disk."""
        window = self._window
        with window.turn:
            for i in stop.done:
                window.ready.discard(i)
                window.used.add(i)
            window.turn.notify_all()
            for i in stop.wanted:
                while i not in window.ready and not self.error and not self._cancelled():
                    window.turn.wait(PATIENCE)

    def close(self) -> None:
        with self._window.turn:
            self._window.closed = True
            self._window.turn.notify_all()
        self._thread.join()

    def restart(self) -> None:
        """The sweep was broken off: what was read for its rest goes, and reading begins anew with the first unit."""
        window = self._window
        with window.turn:
            window.used |= window.ready
            window.ready.clear()
            window.next = 0
            window.sweep += 1
            window.turn.notify_all()

    def _feed(self) -> None:
        window = self._window
        while True:
            with window.turn:
                while not (self._room() or window.closed):
                    window.turn.wait()
                if window.closed:
                    return
                gone = window.used.copy()
                window.used.clear()
                i, sweep = window.next, window.sweep
                window.next = (i + 1) % len(self._units)
            try:
                self._ground.drop(span for number in gone for span in self._units[number].spans)
                self._ground.fill(self._units[i].spans)
            except EngineError as error:
                self.error = error
            with window.turn:
                (window.ready if window.sweep == sweep else window.used).add(i)
                self.read_bytes += self._units[i].bytes
                window.turn.notify_all()
                if self.error:
                    return

    def _room(self) -> bool:
        """Whether the next unit fits beside those that are not used yet."""
        held = sum(self._units[i].bytes for i in self._window.ready)
        next_ = self._window.next
        return next_ not in self._window.ready and held + self._units[next_].bytes <= self._size
