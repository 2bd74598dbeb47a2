"""Reading ahead where a mapping's memory cannot be replaced: the kernel is told what will be needed, and not more.

For systems without /proc/self/maps, macOS above all (F_RDADVISE, see fcntl(2) there), and for a Linux where mapped.py
does not find the mapping. The weights stay in the page cache, which keeps or evicts them as it likes: better than page
faults alone, without the promise that the memory allowed is not exceeded. Untested on a Mac itself.
"""

from __future__ import annotations

import os
import struct
import sys
from collections.abc import Iterable
from pathlib import Path

from secondme.engine.residency import Span

_F_RDADVISE = 44  # <sys/fcntl.h> of macOS; takes struct radvisory {off_t offset; int count;}
_BLOCK = 1 << 20  # Linux reads at most max(readahead, largest request) of one WILLNEED, however long it is


def supported() -> bool:
    return sys.platform == "darwin" or hasattr(os, "posix_fadvise")


class Advised:
    """A Ground over the page cache: filling begins a read and does not wait for it."""

    def __init__(self, path: Path) -> None:
        self._fd = os.open(path, os.O_RDONLY)

    def fill(self, spans: Iterable[Span]) -> None:
        for start, end in spans:
            for at in range(start, end, _BLOCK):
                _will_need(self._fd, at, min(_BLOCK, end - at))

    def drop(self, spans: Iterable[Span]) -> None:
        """Leaves it to the page cache where that cannot be told."""
        if hasattr(os, "posix_fadvise"):
            for start, end in spans:
                os.posix_fadvise(self._fd, start, end - start, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        os.close(self._fd)


def _will_need(fd: int, at: int, length: int) -> None:
    if sys.platform == "darwin":
        import fcntl

        fcntl.fcntl(fd, _F_RDADVISE, struct.pack("qi4x", at, length))
    else:
        os.posix_fadvise(fd, at, length, os.POSIX_FADV_WILLNEED)
