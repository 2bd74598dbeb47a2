"""Private copies for a moment, and deleting so that the bytes go as well.

Overwriting reaches the bytes on disks that write in place. A file system that copies on write, and a flash drive's own
bookkeeping, keep them a while; only encryption of the whole disk helps there.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

from secondme.store.bundle import VECTORS, unwritable

ZEROS = bytes(1 << 20)


@contextlib.contextmanager
def scratch(place: Path) -> Iterator[Path]:
    """A fresh folder for its owner alone; wiped at the end, and at the beginning if an earlier one was killed."""
    wipe(place)
    try:
        place.mkdir(mode=0o700)
    except OSError as error:
        raise unwritable(place, error) from error
    try:
        yield place
    finally:
        wipe(place)


def wipe(place: Path) -> None:
    """Overwrite and delete a file, or a folder with all below it; the index's files, which hold no text, just go."""
    with contextlib.suppress(OSError):
        if place.is_dir() and not place.is_symlink():
            for path in place.rglob("*"):
                if VECTORS not in path.relative_to(place).parts and path.is_file():
                    _overwrite(path)
            shutil.rmtree(place, ignore_errors=True)
        else:
            _overwrite(place)
            place.unlink(missing_ok=True)


def replace_over(fresh: Path, old: Path) -> None:
    """Put `fresh` in the place of `old`, whose bytes are overwritten afterwards."""
    try:
        with old.open("r+b", buffering=0) as replaced:
            fresh.replace(old)
            keep_name(old)
            with contextlib.suppress(OSError):  # it is gone by its name, and clean where it is read
                _zero(replaced.fileno())
    except OSError as error:
        raise unwritable(old, error) from error


def keep_name(path: Path) -> None:
    """Bring a renaming to the disk, where the system can."""
    with contextlib.suppress(OSError):
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _overwrite(path: Path) -> None:
    with contextlib.suppress(OSError):
        descriptor = os.open(path, os.O_WRONLY | getattr(os, "O_NOFOLLOW", 0))
        try:
            _zero(descriptor)
        finally:
            os.close(descriptor)


def _zero(descriptor: int) -> None:
    """Not a file that has another name somewhere: that one is not ours to destroy."""
    status = os.fstat(descriptor)
    if not stat.S_ISREG(status.st_mode) or status.st_nlink > 1:
        return
    os.lseek(descriptor, 0, os.SEEK_SET)
    for at in range(0, status.st_size, len(ZEROS)):
        os.write(descriptor, ZEROS[: status.st_size - at])
    os.fsync(descriptor)
