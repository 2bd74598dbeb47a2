"""From a path to bytes: only regular files, never waiting, and plain words when it cannot be done.

Knows the operating system's errors and turns them into `Unreadable`. Knows nothing of formats. A message is a phrase
that follows the file's name ("permission denied", "is a folder"), as a `Skipped` reason does; it has no name in it.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta, tzinfo
from pathlib import Path
from typing import BinaryIO

from secondme.errors import Unreadable
from secondme.sources.base import HEAD_BYTES, File, Reader

_REASONS = {
    errno.EACCES: "permission denied",
    errno.EPERM: "permission denied",
    errno.ENOENT: "is not there",
    errno.ENOTDIR: "is not there",
    errno.EISDIR: "is a folder, not a file",
    errno.ELOOP: "is a loop of links",
    errno.ENAMETOOLONG: "has a name that is too long for this disk",
    errno.EIO: "the disk could not read it",
    errno.ESTALE: "the network drive it lies on is gone",
    errno.EMFILE: "too many files are open",
}
# A FIFO opened for reading waits for a writer; with O_NONBLOCK it does not. Windows has neither.
_FLAGS = os.O_RDONLY | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_BINARY", 0)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def why(error: OSError) -> str:
    """What went wrong, as a phrase that follows the file's name."""
    known = _REASONS.get(error.errno or 0)
    return known or f"could not be read ({(error.strerror or str(error) or 'unknown error').lower()})"


def open_file(path: Path, name: str | None = None, zone: tzinfo | None = None, readers: Sequence[Reader] = ()) -> File:
    """Stat a file and read its head. `name` is what a person calls it; the path itself if not given.

    Raises Unreadable: not there, not allowed, or not a regular file (a FIFO, socket or device is never waited for).
    """
    with opened(path) as stream:
        status = os.fstat(stream.fileno())
        head = stream.read(HEAD_BYTES)
    called = os.fspath(path) if name is None else name
    return File(path, called, status.st_size, _modified(status), head, zone, readers)


def unchanged(file: File) -> bool:
    """Whether size and modification time are still what they were when the file was opened."""
    try:
        status = file.path.stat()
    except OSError:
        return False
    return (status.st_size, _modified(status)) == (file.size, file.modified)


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a regular file. An OSError in the block becomes Unreadable, so map a library's own ones inside."""
    try:
        # before the open as well: opening a device can already do something
        _must_be_regular(path.stat())
        with open(os.open(path, _FLAGS), "rb") as stream:
            _must_be_regular(os.fstat(stream.fileno()))
            yield stream
    except OSError as error:
        raise Unreadable(why(error), "Check that you may read it, then run the same command again.") from error


def _must_be_regular(status: os.stat_result) -> None:
    if stat.S_ISDIR(status.st_mode):
        raise Unreadable("is a folder, not a file", "Name the folder itself to read what is in it.")
    if not stat.S_ISREG(status.st_mode):
        raise Unreadable(
            "is not a regular file (a pipe, socket or device)", "Save what it gives to a file, and name that."
        )


def _modified(status: os.stat_result) -> datetime:
    """The modification time to the microsecond, in UTC; 1970 where the disk holds an impossible one."""
    try:
        return _EPOCH + timedelta(microseconds=status.st_mtime_ns // 1000)
    except OverflowError:
        return _EPOCH
