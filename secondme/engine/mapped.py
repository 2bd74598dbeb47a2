"""Plain memory in the place where llama.cpp has mapped a model's file, filled and emptied by hand.

A mapped file is read by page faults: 128 KiB at a time, through a page cache that on a sweep over more than it holds
evicts exactly what is needed next. So the weights' part of the mapping is replaced, at the same addresses, by memory
of our own (mmap with MAP_FIXED), into which a stretch of the file is read past the page cache in large blocks
(O_DIRECT) and from which it is let go again (MADV_DONTNEED). llama.cpp sees the addresses that it knows, nothing else
can evict what is to stay, and no privilege is needed. What is neither filled nor let go stays mapped as it was.

Knows addresses, pages and one file descriptor. Refuses to know tensors and layers (residency.py does) and when which
stretch is wanted (flash.py does). Linux only; `supported` tells, and advice.py is what there is elsewhere.
"""

from __future__ import annotations

import ctypes
import mmap
import os
import sys
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from secondme.errors import EngineError

PAGE = mmap.PAGESIZE
HUGE = 2 << 20
BLOCK = 1 << 20  # bytes of one read: larger ones were no faster, and smaller ones were
AT_ONCE = 2  # reads under way: one ends while the next is on its way

_NORESERVE = getattr(mmap, "MAP_NORESERVE", 0x4000)
_FIXED = 0x10

Span = tuple[int, int]
"""Bytes of the file, from and to."""


def supported() -> bool:
    return sys.platform == "linux" and Path("/proc/self/maps").exists()


def inward(span: Span) -> Span:
    """The whole pages within; a page that it shares with its neighbours is not among them."""
    start, end = -(-span[0] // PAGE) * PAGE, span[1] // PAGE * PAGE
    return start, max(start, end)


class Mapped:
    """The mapping of `path` in this process. Raises EngineError where there is none, or not exactly one."""

    def __init__(self, path: Path) -> None:
        self._libc = _libc()
        self._name = path.name
        self._base = _base(path)
        self._fd, self.direct = _open(path)
        self._length = os.fstat(self._fd).st_size
        self._readers = ThreadPoolExecutor(AT_ONCE, thread_name_prefix="flash-read")

    def replace(self, span: Span) -> Span:
        """Puts empty memory in the place of whole pages of the file. Gives what it replaced."""
        start, end = inward(span)
        if end > start:
            flags = mmap.MAP_PRIVATE | mmap.MAP_ANONYMOUS | _FIXED | _NORESERVE
            wanted = self._base + start
            got = self._libc.mmap(wanted, end - start, mmap.PROT_READ | mmap.PROT_WRITE, flags, -1, 0)
            if got != wanted:
                raise self._error("Memory for the model's weights was refused", ctypes.get_errno())
        return start, end

    def smooth(self, span: Span) -> None:
        """Lets the kernel use large pages for what lies wholly within, and comes and goes as one.

        They halve the time of a fill. A wish, so that refusal does not matter.
        """
        start = -(-(self._base + span[0]) // HUGE) * HUGE
        length = (self._base + span[1]) // HUGE * HUGE - start
        if length > 0:
            self._libc.madvise(start, length, mmap.MADV_HUGEPAGE)

    def fill(self, spans: Iterable[Span]) -> None:
        """Reads these pages from the file. Raises EngineError when the file has become shorter or cannot be read."""
        blocks = [(at, min(BLOCK, end - at)) for start, end in spans for at in range(start, end, BLOCK)]
        for _ in self._readers.map(lambda block: self._read(*block), blocks):
            pass

    def _read(self, at: int, length: int) -> None:
        wanted = min(length, self._length - at)  # the file may end within its last page
        while wanted > 0:
            memory = (ctypes.c_char * length).from_address(self._base + at)
            try:
                got = os.preadv(self._fd, [memory], at)
            except OSError as error:
                raise self._error(f"{self._name} cannot be read any more", error.errno or 0) from None
            if not got:
                raise self._error(f"{self._name} has become shorter while it was in use", 0)
            if not self.direct:
                os.posix_fadvise(self._fd, at, got, os.POSIX_FADV_DONTNEED)
            at, length, wanted = at + got, length - got, wanted - got

    def drop(self, spans: Iterable[Span]) -> None:
        """Gives the memory of these pages back. Reading them afterwards gives zeros, or the file where it is mapped."""
        for start, end in spans:
            if end > start:
                self._libc.madvise(self._base + start, end - start, mmap.MADV_DONTNEED)

    def forget_cached(self) -> None:
        """Lets go of what the page cache holds of the file since llama.cpp has mapped it."""
        os.posix_fadvise(self._fd, 0, 0, os.POSIX_FADV_DONTNEED)

    def close(self) -> None:
        """Closes the file. The memory is llama.cpp's to unmap, with the rest of its mapping."""
        self._readers.shutdown()
        if self._fd >= 0:
            os.close(self._fd)
            self._fd = -1

    def _error(self, what: str, number: int) -> EngineError:
        why = f": {os.strerror(number)}" if number else ""
        return EngineError(f"{what}{why}.", "Check the disk and the model's file, or choose a smaller model.")


def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.mmap.restype = ctypes.c_size_t
    libc.mmap.argtypes = [ctypes.c_size_t, ctypes.c_size_t, *[ctypes.c_int] * 3, ctypes.c_int64]
    libc.madvise.argtypes = [ctypes.c_size_t, ctypes.c_size_t, ctypes.c_int]
    return libc


def _base(path: Path) -> int:
    """The address of the file's first byte, were all of it mapped."""
    there = path.stat()
    bases = set()
    with open("/proc/self/maps", encoding="utf-8", errors="surrogateescape") as maps:
        for line in maps:
            addresses, _, offset, device, inode, *_ = line.split(maxsplit=5)
            if int(inode) == there.st_ino and device == f"{os.major(there.st_dev):02x}:{os.minor(there.st_dev):02x}":
                bases.add(int(addresses.partition("-")[0], 16) - int(offset, 16))
    if len(bases) != 1:
        raise EngineError(f"llama.cpp has not mapped {path.name} once, but {len(bases)} times.")
    return bases.pop()


def _open(path: Path) -> tuple[int, bool]:
    """A descriptor, and whether it reads past the page cache. Some file systems (tmpfs, some networks) cannot."""
    try:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_DIRECT), True
    except OSError:
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC), False
