"""What a machine has: limits of both kinds of cgroups, a disk's speed on a real file, llama.cpp's own kernels."""

from __future__ import annotations

from pathlib import Path

import psutil
import pytest

from secondme.engine import machine
from secondme.errors import EngineError

GB = 1 << 30


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_without_a_limit_the_machine_is_what_there_is(tmp_path: Path) -> None:
    memory, free, limit = machine.room(tmp_path)
    assert memory == psutil.virtual_memory().total
    assert 0 < free < memory
    assert limit is None


def test_a_limit_of_version_2_counts_without_what_can_be_taken_back(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/app/job\n")
    group = tmp_path / "sys/fs/cgroup/app"
    write(group / "memory.max", str(GB))
    write(group / "memory.current", str(GB // 2))
    write(group / "memory.stat", f"anon 5\ninactive_file {GB // 4}\n")
    write(group / "job/memory.max", "max")
    assert machine.room(tmp_path) == (GB, GB - GB // 4, GB)


def test_a_limit_of_version_1_counts_and_its_word_for_none_does_not(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "5:cpu:/\n4:memory:/job\n0::/\n")
    base = tmp_path / "sys/fs/cgroup/memory"
    write(base / "memory.limit_in_bytes", "9223372036854771712")
    write(base / "job/memory.limit_in_bytes", str(GB))
    write(base / "job/memory.usage_in_bytes", "1000")
    write(base / "job/memory.stat", "total_inactive_file 400\n")
    assert machine.room(tmp_path) == (GB, GB - 600, GB)


def test_in_a_container_the_limit_is_at_the_root(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "4:memory:/docker/of-the-host\n")
    base = tmp_path / "sys/fs/cgroup/memory"
    write(base / "memory.limit_in_bytes", str(GB))
    write(base / "memory.usage_in_bytes", "0")
    write(base / "memory.stat", "")
    assert machine.room(tmp_path) == (GB, GB, GB)


def test_a_limit_that_is_used_up_leaves_nothing(tmp_path: Path) -> None:
    write(tmp_path / "proc/self/cgroup", "0::/\n")
    base = tmp_path / "sys/fs/cgroup"
    write(base / "memory.max", "1000")
    write(base / "memory.current", "2000")
    write(base / "memory.stat", "")
    assert machine.room(tmp_path) == (1000, 0, 1000)


def test_a_disk_is_measured_without_leaving_a_file(tmp_path: Path) -> None:
    found = machine.disk(None, tmp_path, seconds=0.05)
    assert min(found.sequential, found.random) > 1e6
    assert list(tmp_path.iterdir()) == []


def test_a_disk_that_cannot_be_read_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="cannot be measured"):
        machine.disk(tmp_path / "nothing", tmp_path)


def test_all_of_it_is_measured_with_llama_cpps_own_kernels(tmp_path: Path) -> None:
    found = machine.measure(None, tmp_path, threads=1)
    assert set(found.arithmetic.writing) == set(found.arithmetic.reading) >= {1, 2, 8, 12}
    assert all(1e8 < rate < 1e13 for rate in found.arithmetic.writing.values())
    assert found.arithmetic.reading[2] > found.arithmetic.writing[2]  # many columns share the weights' reading
    assert 0 <= found.arithmetic.node < 1e-2
    assert found.bandwidth > 1e8


def test_where_nobody_says_something_is_left_for_everything_else() -> None:
    assert machine.allowed(16 * GB, 12 * GB) == 12 * GB - int(1.6 * GB)
    assert machine.allowed(16 * GB, 1000) == 1
