"""Reading ahead: what is wanted is there, the window holds, a broken sweep begins anew, an error ends the wait."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import pytest

from secondme.engine.residency import Unit
from secondme.engine.stream import Stop, Stream, stops
from secondme.errors import EngineError

UNITS = tuple(Unit(i, "ffn", ((100 * i, 100 * i + 10),)) for i in range(5))


class Ground:
    """Remembers what is in memory. `fails` on filling the unit that begins there."""

    def __init__(self, fails: int = -1, seconds: float = 0.0) -> None:
        self.held: set[int] = set()
        self.most = 0
        self.filled: list[int] = []
        self._fails, self._seconds = fails, seconds

    def fill(self, spans: Iterable[tuple[int, int]]) -> None:
        for start, _ in spans:
            if start == self._fails:
                raise EngineError("The disk is gone.")
            time.sleep(self._seconds)
            self.held.add(start)
            self.filled.append(start // 100)
            self.most = max(self.most, len(self.held))

    def drop(self, spans: Iterable[tuple[int, int]]) -> None:
        self.held -= {start for start, _ in spans}


@contextmanager
def streaming(ground: Ground, window: int = 20, cancelled: threading.Event | None = None) -> Iterator[Stream]:
    stream = Stream(ground, UNITS, window, cancelled.is_set if cancelled else lambda: False)
    try:
        yield stream
    finally:
        stream.close()


def sweep(stream: Stream, ground: Ground, upto: int = len(UNITS)) -> None:
    for i in range(upto):
        stream.reach(Stop(done=(i - 1,) if i else (), wanted=(i,)))
        assert 100 * i in ground.held or stream.error
    if upto == len(UNITS):
        stream.reach(Stop(done=(upto - 1,)))


def test_every_unit_is_there_when_it_is_wanted_sweep_after_sweep() -> None:
    ground = Ground()
    with streaming(ground) as stream:
        for _ in range(20):
            sweep(stream, ground)
    assert ground.filled[:11] == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0]


def test_no_more_than_the_window_is_held() -> None:
    ground = Ground()
    with streaming(ground, window=20) as stream:
        for _ in range(20):
            sweep(stream, ground)
        time.sleep(0.05)
    assert ground.most == 2


def test_it_reads_ahead_while_nothing_waits() -> None:
    ground = Ground()
    with streaming(ground, window=30) as stream:
        stream.reach(Stop(wanted=(0,)))
        time.sleep(0.1)
        assert ground.held == {0, 100, 200}


@pytest.mark.parametrize("reached", [1, 2, 3, 4])
def test_after_a_sweep_that_was_broken_off_the_next_begins_at_the_first_unit(reached: int) -> None:
    ground = Ground(seconds=0.001)
    with streaming(ground) as stream:
        sweep(stream, ground, upto=reached)
        stream.restart()
        for _ in range(3):
            sweep(stream, ground)
    assert ground.most <= 3  # for a moment, what was read for the broken sweep


def test_an_error_ends_the_wait() -> None:
    ground = Ground(fails=200)
    with streaming(ground) as stream:
        sweep(stream, ground)
        assert stream.error
        assert "disk" in stream.error.message


def test_a_cancel_ends_the_wait() -> None:
    cancelled = threading.Event()
    ground = Ground(seconds=0.3)
    with streaming(ground, cancelled=cancelled) as stream:
        cancelled.set()
        began = time.monotonic()
        stream.reach(Stop(wanted=(0,)))
        assert time.monotonic() - began < 0.25


NODES = ["embd", "norm-0", "ffn_inp-0", "ffn_out-0", "l_out-0", "norm-1", "ffn_inp-1", "ffn_out-1", "l_out-1", "result"]


def test_units_are_wanted_at_the_node_before_and_done_at_their_own_last_one() -> None:
    units = [Unit(0, "ffn", ()), Unit(1, "attention", ()), Unit(1, "ffn", ())]
    assert stops(NODES, units) == {
        "ffn_inp-0": Stop(wanted=(0,)),
        "l_out-0": Stop(done=(0,), wanted=(1,)),
        "ffn_inp-1": Stop(done=(1,), wanted=(2,)),
        "l_out-1": Stop(done=(2,)),
    }


def test_without_a_node_between_them_a_layer_comes_and_goes_whole() -> None:
    nodes = [node for node in NODES if not node.startswith("ffn_inp")]
    units = [Unit(0, "ffn", ()), Unit(1, "attention", ()), Unit(1, "ffn", ())]
    assert stops(nodes, units) == {
        "embd": Stop(wanted=(0,)),
        "l_out-0": Stop(done=(0,), wanted=(1, 2)),
        "l_out-1": Stop(done=(1, 2)),
    }


def test_a_graph_without_names_of_layers_cannot_be_followed() -> None:
    assert stops(["a", "b", "c"], [Unit(0, "ffn", ())]) is None
