"""A window of experts: the chosen ones are whole, the longest unused go, neighbours keep the pages that they share."""

from __future__ import annotations

import random
from collections.abc import Iterable

import pytest

from benchmarks.flash.making import Shape, make
from secondme.engine import residency, tensors
from secondme.engine.experts import Experts, shelves
from secondme.engine.mapped import PAGE
from secondme.engine.tensors import Layout
from secondme.errors import EngineError

SHAPE = Shape(layers=3, width=256, ffn=96, heads=8, kv_heads=4, vocabulary=512, experts=16, used=3)


@pytest.fixture(scope="module")
def layout(tmp_path_factory: pytest.TempPathFactory) -> Layout:
    return tensors.read(make(tmp_path_factory.mktemp("models") / "mixed.gguf", SHAPE))


class Ground:
    """The pages that are in memory."""

    def __init__(self, *, broken: bool = False) -> None:
        self.pages: set[int] = set()
        self.broken = broken

    def fill(self, spans: Iterable[tuple[int, int]]) -> None:
        if self.broken:
            raise EngineError("The disk is gone.")
        self.pages |= {page for start, end in spans for page in range(start // PAGE, end // PAGE)}

    def drop(self, spans: Iterable[tuple[int, int]]) -> None:
        self.pages -= {page for start, end in spans for page in range(start // PAGE, end // PAGE)}


def whole(ground: Ground, layout: Layout, layer: int, expert: int) -> bool:
    """Every page of it is there, but for those that its matrix shares with another, which are never taken away."""
    spans = [shelf.around(expert) for shelf in shelves(layout)[layer]]
    return all(set(range(start // PAGE, end // PAGE)) <= ground.pages for start, end in spans)


def window(layout: Layout) -> int:
    return 10 * sum(shelf.each + PAGE for shelf in shelves(layout)[0])


def test_whatever_is_chosen_is_whole_and_the_window_holds(layout: Layout) -> None:
    ground, chance = Ground(), random.Random(0)
    experts = Experts(ground, layout, window(layout))
    for _ in range(300):
        layer = chance.randrange(3)
        chosen = chance.sample(range(16), 3)
        experts.want(layer, chosen)
        assert all(whole(ground, layout, layer, expert) for expert in chosen)
        assert len(ground.pages) * PAGE <= window(layout) * 1.2
    assert experts.hits
    experts.close()


def test_what_was_used_last_is_not_read_again(layout: Layout) -> None:
    experts = Experts(Ground(), layout, window(layout))
    experts.want(0, [1, 2, 3])
    before = experts.read_bytes
    experts.want(0, [3, 2])
    assert experts.read_bytes == before
    assert (experts.hits, experts.misses) == (2, 3)
    experts.close()


def test_the_longest_unused_goes_first(layout: Layout) -> None:
    ground = Ground()
    experts = Experts(ground, layout, window(layout))
    for expert in range(10):
        experts.want(0, [expert])
    experts.want(0, [0])
    experts.want(0, [12])
    assert whole(ground, layout, 0, 0)
    assert not whole(ground, layout, 0, 1)
    experts.close()


def test_a_layer_that_wants_more_than_the_window_gets_it(layout: Layout) -> None:
    ground = Ground()
    experts = Experts(ground, layout, window(layout))
    experts.want(1, range(16))
    assert all(whole(ground, layout, 1, expert) for expert in range(16))
    experts.close()


def test_an_error_is_kept_for_whoever_asks(layout: Layout) -> None:
    experts = Experts(Ground(broken=True), layout, window(layout))
    experts.want(0, [1])
    assert experts.error
    experts.close()


def test_all_but_experts_stays(layout: Layout) -> None:
    least = residency.least(layout)
    found = residency.reside(layout, least)
    assert found
    assert found.experts >= residency.largest_experts(layout)
    assert found.memory <= least
    assert residency.reside(layout, least - 1) is None
