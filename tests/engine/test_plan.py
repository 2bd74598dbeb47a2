"""The cost model on synthetic machines and models: what is feasible, what limits it, and how it moves."""

from __future__ import annotations

from dataclasses import replace

import pytest

from secondme.engine import plan
from secondme.engine.machine import Arithmetic, Device, Disk, Machine
from tests.engine.gguf import MB, layout

GB = 1000 * MB
BIG = layout(32, attention=40 * MB, ffn=100 * MB, edge=200 * MB, kv_bytes=100_000)  # 4.9 GB
DISK = Disk(2e9, 1e9, 1e9, 0.5e9)
MACHINE = Machine(
    16 * GB, 12 * GB, None, 4, 40e9, DISK, Arithmetic({1: 30e9, 2: 20e9, 8: 30e9}, {1: 1e11, 2: 1e11, 8: 1e11}, 5e-6)
)


def test_what_fits_runs_in_memory_at_the_speed_of_its_arithmetic() -> None:
    best, *_ = plan.plans(BIG, MACHINE, 12 * GB)
    assert best.way == "memory"
    assert best.read == 0
    seconds = (BIG.bytes - 200 * MB) / 20e9 + 32 * 31 * (5e-6 + plan.ASKED) + 100_000 * 512 / 30e9
    assert best.tokens_per_second == pytest.approx(1 / seconds)
    assert best.bound == "arithmetic"


def test_fast_arithmetic_is_limited_by_memory() -> None:
    slow = replace(MACHINE, bandwidth=15e9)
    assert plan.plans(BIG, slow, 12 * GB)[0].bound == "memory"


def test_what_does_not_fit_streams_and_the_disk_limits_it() -> None:
    (best,) = plan.plans(BIG, MACHINE, 3 * GB)
    assert best.way == "stream"
    assert best.bound == "disk"
    assert best.memory <= 3 * GB
    assert best.tokens_per_second <= 2e9 / best.read


def test_beside_a_fast_disk_arithmetic_limits_it() -> None:
    fast = replace(MACHINE, disk=replace(DISK, sequential=100e9))
    assert plan.plans(BIG, fast, 3 * GB)[0].bound == "arithmetic"


@pytest.mark.parametrize(("less", "more"), [(1000, 2000), (2000, 4000), (4000, 8000)])
def test_more_memory_is_never_slower(less: int, more: int) -> None:
    slow, fast = (plan.plans(BIG, MACHINE, memory * MB)[0] for memory in (less, more))
    assert fast.tokens_per_second > slow.tokens_per_second
    assert fast.read < slow.read


def test_below_the_least_there_is_no_plan() -> None:
    least = plan.least(BIG)
    assert plan.plans(BIG, MACHINE, least)
    assert plan.plans(BIG, MACHINE, least - 1) == []


def test_a_shorter_context_leaves_more_room_for_weights() -> None:
    long, short = (plan.plans(BIG, MACHINE, 2 * GB, context)[0] for context in (4096, 512))
    assert short.read < long.read


def test_a_longer_prompt_only_moves_the_first_token() -> None:
    short, long = (plan.plans(BIG, MACHINE, 12 * GB, prompt=prompt)[0] for prompt in (100, 1000))
    assert long.first_token > short.first_token
    assert long.tokens_per_second == short.tokens_per_second


def test_layers_go_to_a_device_as_far_as_it_holds_them() -> None:
    with_gpu = replace(MACHINE, devices=(Device("CUDA0", 3 * GB, 4 * GB),))
    best = plan.plans(BIG, with_gpu, 12 * GB)[0]
    assert best.way == "gpu"
    assert 0 < best.gpu_layers < 32
    assert not best.measured
    whole = plan.plans(BIG, replace(MACHINE, devices=(Device("CUDA0", 24 * GB, 24 * GB),)), 2 * GB)[0]
    assert whole.gpu_layers == 33  # the output as well
    assert whole.bound == "device"


def test_a_type_that_was_not_timed_is_taken_for_the_nearest_in_size() -> None:
    assert plan.rate(3, {2: 1.0, 8: 2.0}) == 1.0  # q4_1 is like q4_0
    assert plan.rate(9, {2: 1.0, 8: 2.0}) == 2.0
