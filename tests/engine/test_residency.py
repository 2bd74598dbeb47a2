"""What stays in memory and what streams: never more than allowed, spread over the sweep, nothing when all fits."""

from __future__ import annotations

import pytest

from secondme.engine import residency
from tests.engine.gguf import MB, layout

MODEL = layout()  # 8 x (3 + 7) MB, and two edges of 5


def test_a_model_that_fits_stays_whole() -> None:
    found = residency.reside(MODEL, 85 * MB)
    assert found
    assert not found.streamed
    assert found.resident == 85 * MB  # embeddings of their own are read by rows


@pytest.mark.parametrize("memory", range(20, 85, 5))
def test_it_never_takes_more_than_it_may_and_leaves_nothing_out(memory: int) -> None:
    found = residency.reside(MODEL, memory * MB)
    assert found
    assert found.memory <= memory * MB
    assert found.resident + found.streamed_bytes == 85 * MB
    assert found.window >= 2 * max(unit.bytes for unit in found.streamed)


def test_feed_forward_parts_stream_before_attention_does() -> None:
    some = residency.reside(MODEL, 60 * MB)
    most = residency.reside(MODEL, 25 * MB)
    assert some
    assert most
    assert {unit.part for unit in some.streamed} == {"ffn"}
    assert {unit.part for unit in most.streamed} == {"ffn", "attention"}


def test_what_streams_is_spread_over_the_layers_in_the_order_of_use() -> None:
    found = residency.reside(MODEL, 75 * MB)  # 85 less a window of 14: four layers' parts must go
    assert found
    assert [unit.layer for unit in found.streamed] == [1, 3, 5, 7]


def test_the_least_is_feasible_and_less_is_not() -> None:
    least = residency.least(MODEL)
    assert residency.reside(MODEL, least)
    assert residency.reside(MODEL, least - 1) is None


def test_tied_embeddings_stay() -> None:
    tied = layout()
    tied = type(tied)(tied.architecture, tied.tensors[:-1], 8, 64, 4096, 1000, 1000)
    found = residency.reside(tied, 60 * MB)
    assert found
    assert not found.rows
    assert found.resident >= 5 * MB
