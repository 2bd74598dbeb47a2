"""A memory cgroup of one's own and a readahead of one's own, both put back. Needs root and cgroup version 1 or 2.

The cap counts the page cache. Readahead is a property of an open file, taken from the disk when it is opened: the disk
has the other value only while a model is loaded, a few seconds.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

_V1, _V2 = Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup")


@contextmanager
def cap(bytes_: int | None, name: str) -> Iterator[Path | None]:
    """The folder of a group with that limit; a process enters it by writing its id to cgroup.procs."""
    if bytes_ is None:
        yield None
        return
    first = (_V1 / "memory.limit_in_bytes").exists()
    folder = (_V1 if first else _V2) / f"secondme-{name}-{os.getpid()}"
    folder.mkdir()
    try:
        (folder / ("memory.limit_in_bytes" if first else "memory.max")).write_text(str(bytes_))
        yield folder
    finally:
        for _ in range(50):  # its last process may still be on its way out
            with suppress(OSError):
                folder.rmdir()
                break
            time.sleep(0.1)


def peak(folder: Path | None) -> int:
    for name in ("memory.max_usage_in_bytes", "memory.peak"):
        if folder and (folder / name).exists():
            return int((folder / name).read_text())
    return 0


def drop_caches() -> None:
    """Of the whole machine: libraries that are cached already would not be counted in the group that uses them."""
    os.sync()
    Path("/proc/sys/vm/drop_caches").write_text("1")


@contextmanager
def readahead(path: Path, kib: int | None) -> Iterator[None]:
    """Files opened meanwhile on `path`'s disk are read ahead by `kib`; None leaves it as it is."""
    if kib is None:
        yield
        return
    device = path.stat().st_dev
    setting = Path(f"/sys/dev/block/{os.major(device)}:{os.minor(device)}/bdi/read_ahead_kb")
    before = setting.read_text()
    setting.write_text(str(kib))
    try:
        yield
    finally:
        setting.write_text(before)
