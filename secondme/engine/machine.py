"""What this machine has for a model: memory, disk, arithmetic, devices. Measured in seconds, each by what it is for.

Knows cgroups (versions 1 and 2), direct reads, and how gauge.py is asked. Refuses to know models and what follows from
the numbers (plan.py does). Everything is given in bytes and seconds; what could not be measured is 0 or empty.
"""

from __future__ import annotations

import json
import mmap
import os
import random
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from secondme.errors import EngineError

LEFT_FREE = 0.1  # of the machine's memory, for everything else
LARGE, SMALL = 1 << 20, 128 << 10  # what streaming reads at once, and what a page fault does
LEAST_FILE = 64 << 20
DISK_SECONDS = 0.7  # for each of the four
GAUGE_SECONDS = 10.0
_F_NOCACHE = 48  # <sys/fcntl.h> of macOS
_NO_LIMIT = 1 << 60  # version 1 writes 2^63 less a page for "none"


@dataclass(frozen=True, slots=True)
class Disk:
    """Bytes a second: large reads in order and small ones anywhere, past the page cache and through an empty one."""

    sequential: float
    random: float
    cached: float
    cached_random: float
    direct: bool = True


@dataclass(frozen=True, slots=True)
class Device:
    name: str
    free: int
    total: int


@dataclass(frozen=True, slots=True)
class Arithmetic:
    """By ggml_type, bytes of weights a second times columns: `writing` one column, `reading` 64. `node`: seconds."""

    writing: Mapping[int, float] = field(default_factory=dict)
    reading: Mapping[int, float] = field(default_factory=dict)
    node: float = 0.0


@dataclass(frozen=True, slots=True)
class Machine:
    """`memory` bytes in all, `free` of them for us now, both within `limit`, the cgroup's (None: there is none)."""

    memory: int
    free: int
    limit: int | None
    cores: int
    bandwidth: float
    disk: Disk
    arithmetic: Arithmetic
    devices: tuple[Device, ...] = ()


def measure(file: Path | None, scratch: Path, threads: int) -> Machine:
    """All of it, in ten seconds or less. `file`: a large one on the models' disk; else one is made in `scratch`.

    Raises EngineError when llama.cpp does not run, or when the disk cannot be read.
    """
    memory, free, limit = room()
    arithmetic, devices = _gauged(threads)
    return Machine(memory, free, limit, threads, bandwidth(threads), disk(file, scratch), arithmetic, devices)


# ---- memory


def room(root: Path = Path("/")) -> tuple[int, int, int | None]:
    """Bytes of memory in all and free, and the limit set on this process. `root` stands for the file system's."""
    import psutil

    system = psutil.virtual_memory()
    found = [pair for pair in _limits(root) if pair[0] < system.total]
    if not found:
        return system.total, system.available, None
    limit = min(limit for limit, _ in found)
    return limit, max(0, min(system.available, *(limit - used for limit, used in found))), limit


def allowed(memory: int, free: int) -> int:
    """Bytes that a model may take where nobody has said: what is free, less a part for everything else."""
    return max(1, free - int(LEFT_FREE * memory))


def _limits(root: Path) -> Iterator[tuple[int, int]]:
    """Each limit above this process, and what is used of it that cannot be taken back."""
    try:
        lines = (root / "proc/self/cgroup").read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if not controllers:
            yield from _walk(root / "sys/fs/cgroup", path, "memory.max", "memory.current", "inactive_file")
        elif "memory" in controllers.split(","):
            base = root / "sys/fs/cgroup/memory"
            yield from _walk(base, path, "memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file")


def _walk(base: Path, path: str, limit: str, usage: str, cache: str) -> Iterator[tuple[int, int]]:
    """From the process's own group up to the root. In a container the path may be the host's, and the root ours."""
    own = base / path.lstrip("/")
    for folder in dict.fromkeys((own, *own.parents, base)):
        if folder != base and base not in folder.parents:
            continue
        with suppress(OSError, ValueError):
            most = (folder / limit).read_text().strip()
            if most != "max" and int(most) < _NO_LIMIT:
                yield int(most), int((folder / usage).read_text()) - _stat(folder / "memory.stat", cache)


def _stat(path: Path, key: str) -> int:
    for line in path.read_text().splitlines():
        name, _, value = line.partition(" ")
        if name == key:
            return int(value)
    return 0


def bandwidth(threads: int) -> float:
    """Bytes a second that these threads read from memory together, in arrays that no cache holds."""
    import numpy as np  # 40 ms

    arrays = [np.ones(8 << 20, dtype=np.int64) for _ in range(threads)]
    best = 0.0
    for _ in range(3):
        readers = [threading.Thread(target=array.max) for array in arrays]
        began = time.perf_counter()
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join()
        best = max(best, sum(array.nbytes for array in arrays) / (time.perf_counter() - began))
    return best


# ---- disk


def disk(file: Path | None, scratch: Path, seconds: float = DISK_SECONDS) -> Disk:
    """The speed of the disk that `file` is on, measured on it. Raises EngineError."""
    try:
        with _large_enough(file, scratch) as path:
            size, direct = path.stat().st_size, True
            try:
                fd = _uncached(path)
            except OSError:  # a file system that cannot
                fd, direct = os.open(path, os.O_RDONLY), False
            cached = os.open(path, os.O_RDONLY)
            try:
                return Disk(
                    _rate(fd, _places(size, LARGE, shuffled=False), LARGE, seconds),
                    _rate(fd, _places(size, SMALL, shuffled=True), SMALL, seconds),
                    _emptied(cached, lambda: _rate(cached, _places(size, LARGE, shuffled=False), LARGE, seconds)),
                    _emptied(cached, lambda: _rate(cached, _places(size, SMALL, shuffled=True), SMALL, seconds)),
                    direct,
                )
            finally:
                os.close(fd)
                os.close(cached)
    except OSError as error:
        raise EngineError(f"The disk cannot be measured: {error.strerror}.", "Check the models folder.") from None


@contextmanager
def _large_enough(file: Path | None, scratch: Path) -> Iterator[Path]:
    if file is not None and file.stat().st_size >= LEAST_FILE:
        yield file
        return
    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=scratch, prefix=".measure-") as made:
        block = random.randbytes(1 << 20)
        for _ in range(LEAST_FILE >> 20):
            made.write(block)
        made.flush()
        os.fsync(made.fileno())
        yield Path(made.name)


def _uncached(path: Path) -> int:
    if hasattr(os, "O_DIRECT"):
        return os.open(path, os.O_RDONLY | os.O_DIRECT)
    fd = os.open(path, os.O_RDONLY)
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(fd, _F_NOCACHE, 1)
    return fd


def _places(size: int, length: int, *, shuffled: bool) -> list[int]:
    places = list(range(0, size - length + 1, length))
    if shuffled:
        random.Random(0).shuffle(places)
        return places
    start = random.randrange(len(places))  # another part each time: a disk has caches of its own
    return places[start:] + places[:start]


def _rate(fd: int, places: list[int], length: int, seconds: float) -> float:
    """Bytes a second, until the time or the file is over."""
    buffer = mmap.mmap(-1, length)  # at a page's beginning, as direct reads want it
    buffer.write(bytes(length))
    done, began = 0, time.perf_counter()
    for place in places:
        if hasattr(os, "preadv"):
            done += os.preadv(fd, [buffer], place)
        else:
            os.lseek(fd, place, os.SEEK_SET)
            done += len(os.read(fd, length))
        if time.perf_counter() - began > seconds:
            break
    return done / (time.perf_counter() - began)


def _emptied(fd: int, rate: Callable[[], float]) -> float:
    """The rate through a page cache that does not hold the file; 0 where it cannot be emptied."""
    if not hasattr(os, "posix_fadvise"):
        return 0.0
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    measured = rate()
    os.posix_fadvise(fd, 0, 0, os.POSIX_FADV_DONTNEED)
    return measured


# ---- arithmetic


def _gauged(threads: int) -> tuple[Arithmetic, tuple[Device, ...]]:
    from secondme.engine.child import environment

    command = [sys.executable, "-P", "-m", "secondme.engine.gauge", str(threads)]
    try:
        done = subprocess.run(command, capture_output=True, env=environment(), timeout=GAUGE_SECONDS, check=True)
        found = json.loads(done.stdout)
    except (subprocess.SubprocessError, OSError, ValueError) as error:
        raise EngineError("llama.cpp does not run here.", "`secondme doctor` says why.") from error
    arithmetic = Arithmetic(
        {int(kind): rate for kind, rate in found["writing"].items()},
        {int(kind): rate for kind, rate in found["reading"].items()},
        found["node"],
    )
    return arithmetic, tuple(Device(**device) for device in found["devices"])
