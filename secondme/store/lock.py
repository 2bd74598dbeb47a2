"""One writer per home: a lock that says who holds it.

The lock itself is the operating system's (filelock), so it goes with a killed process. A small file beside it names
the holder, for the message that the second one gets.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

from secondme.errors import Busy, DiskFull, NoHome

NO_ROOM = (errno.ENOSPC, errno.EDQUOT)
LITTLE = 1 << 20  # bytes
RESTORED = "restored"  # in a home: a restore that must be finished before anything is read (store/exchange.py)


@contextlib.contextmanager
def writing(
    folder: Path, doing: str, wait: float, on_wait: Callable[[str], None] = lambda holder: None
) -> Iterator[None]:
    """Hold `folder`'s write lock. `doing` is what others are told; `wait` is how long to queue, in seconds.

    `on_wait` is called once with the holder's description if the lock is not free. Raises Busy after `wait`.
    """
    import filelock

    holder = folder / "home.holder"
    lock = filelock.FileLock(folder / "home.lock")
    try:
        try:
            lock.acquire(timeout=0)
        except filelock.Timeout:
            on_wait(_describe(holder))
            lock.acquire(timeout=wait, poll_interval=0.1)
    except filelock.Timeout:
        raise Busy(f"This memory is being written by {_describe(holder)}; gave up after {wait:.0f} s.") from None
    except OSError as error:
        if error.errno in NO_ROOM:
            raise full_disk(folder) from error
        raise NoHome(f"{folder} cannot be locked: {error.strerror or error}.") from error
    try:
        with contextlib.suppress(OSError):  # the lock holds without it; only the message is poorer
            holder.write_text(json.dumps({"pid": os.getpid(), "doing": doing, "since": time.time()}), encoding="utf-8")
        yield
    finally:
        holder.unlink(missing_ok=True)
        lock.release()


def pending(folder: Path) -> bool:
    """Whether a restore was cut off just before its end, or is there now. Here, as every command asks it."""
    return (folder / RESTORED).exists()


def _describe(holder: Path) -> str:
    try:
        who = json.loads(holder.read_text(encoding="utf-8"))
        since = time.strftime("%H:%M:%S", time.localtime(float(who["since"])))
        return f"`{who['doing']}` (process {who['pid']}, since {since})"
    except (OSError, ValueError, KeyError, TypeError):
        return "another process"


def no_room(path: Path) -> bool:
    """Whether the disk that `path` is on, or would be on, is full: a library may fail in any words then."""
    import shutil

    with contextlib.suppress(OSError):
        place = next(place for place in (path, *path.parents) if place.exists())
        return shutil.disk_usage(place).free < LITTLE
    return False


def full_disk(path: Path) -> DiskFull:
    """The one wording for a disk without room."""
    return DiskFull(f"The disk is full: {path} cannot be written.")
