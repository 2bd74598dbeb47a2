"""Memory in the place of a mapped file: what is filled is the file, what is dropped is gone, the rest is untouched."""

from __future__ import annotations

import mmap
import os
import random
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.engine import advice, flash, mapped
from secondme.errors import EngineError

PAGE = mapped.PAGE
CONTENT = random.Random(0).randbytes(40 * PAGE + 123)

pytestmark = pytest.mark.skipif(not mapped.supported(), reason="needs /proc/self/maps")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "weights"
    path.write_bytes(CONTENT)
    return path


@pytest.fixture
def memory(file: Path) -> Iterator[mmap.mmap]:
    with file.open("rb") as opened, mmap.mmap(opened.fileno(), 0, prot=mmap.PROT_READ) as there:
        yield there


@pytest.fixture
def ground(file: Path, memory: mmap.mmap) -> Iterator[mapped.Mapped]:
    found = mapped.Mapped(file)
    yield found
    found.close()


def test_what_was_replaced_is_empty_until_it_is_filled(ground: mapped.Mapped, memory: mmap.mmap) -> None:
    start, end = ground.replace((PAGE + 10, 20 * PAGE + 10))
    assert (start, end) == (2 * PAGE, 20 * PAGE)
    assert memory[start:end] == bytes(end - start)
    ground.fill([(4 * PAGE, 8 * PAGE)])
    assert memory[4 * PAGE : 8 * PAGE] == CONTENT[4 * PAGE : 8 * PAGE]
    assert memory[:start] + memory[end:] == CONTENT[:start] + CONTENT[end:]


def test_what_was_dropped_can_be_filled_again(ground: mapped.Mapped, memory: mmap.mmap) -> None:
    span = ground.replace((0, 16 * PAGE))
    ground.fill([span])
    ground.drop([span])
    assert memory[: 16 * PAGE] == bytes(16 * PAGE)
    ground.fill([span])
    assert memory[: 16 * PAGE] == CONTENT[: 16 * PAGE]


def test_the_last_page_is_left_as_it_is_mapped(ground: mapped.Mapped, memory: mmap.mmap) -> None:
    _, end = ground.replace((0, len(CONTENT)))
    ground.fill([(0, end)])
    assert end == 40 * PAGE
    assert memory[:] == CONTENT


def test_a_file_system_without_direct_reads_will_do(
    file: Path, memory: mmap.mmap, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped, "_open", lambda path: (os.open(path, os.O_RDONLY), False))
    ground = mapped.Mapped(file)
    ground.fill([ground.replace((0, 16 * PAGE))])
    assert memory[: 16 * PAGE] == CONTENT[: 16 * PAGE]
    ground.close()


def test_a_file_that_has_become_shorter_is_said_to_have(ground: mapped.Mapped, file: Path) -> None:
    span = ground.replace((0, 16 * PAGE))
    os.truncate(file, 8 * PAGE)
    with pytest.raises(EngineError, match="shorter"):
        ground.fill([span])


def test_a_file_that_was_deleted_is_read_on(ground: mapped.Mapped, file: Path, memory: mmap.mmap) -> None:
    span = ground.replace((0, 16 * PAGE))
    file.unlink()
    ground.fill([span])
    assert memory[: 16 * PAGE] == CONTENT[: 16 * PAGE]


def test_a_file_that_is_not_mapped_cannot_be_replaced(file: Path) -> None:
    with pytest.raises(EngineError, match="0 times"):
        mapped.Mapped(file)


def test_what_lies_between_the_streamed_parts_stays() -> None:
    assert list(flash.between([(2, 4), (4, 5), (9, 12)], 0, 10)) == [(0, 2), (5, 9)]
    assert list(flash.between([(0, 4)], 4, 10)) == [(4, 10)]
    assert list(flash.between([], 4, 10)) == [(4, 10)]


# ---- where memory cannot be replaced


def test_a_mac_is_told_what_will_be_read(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import fcntl

    told = []
    monkeypatch.setattr(sys, "platform", "darwin")
    monkeypatch.setattr(fcntl, "fcntl", lambda fd, command, argument: told.append((command, argument)))
    ground = advice.Advised(file)
    ground.fill([(PAGE, PAGE + 3 * (1 << 20))])
    ground.close()
    assert [command for command, _ in told] == [44] * 3
    offset = int.from_bytes(told[1][1][:8], sys.byteorder)
    count = int.from_bytes(told[1][1][8:12], sys.byteorder)
    assert (offset, count, len(told[1][1])) == (PAGE + (1 << 20), 1 << 20, 16)


def test_elsewhere_the_page_cache_is_told_in_pieces_that_it_reads_whole(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = []
    monkeypatch.setattr(os, "posix_fadvise", lambda fd, at, length, what: told.append((at, length, what)))
    ground = advice.Advised(file)
    ground.fill([(0, (1 << 20) + 5)])
    ground.drop([(0, 5)])
    ground.close()
    will, wont = os.POSIX_FADV_WILLNEED, os.POSIX_FADV_DONTNEED
    assert told == [(0, 1 << 20, will), (1 << 20, 5, will), (0, 5, wont)]
