"""Files that are made of a checkpoint and lie beside it: each made once, whole, and again when it has become stale.

Knows writing and taking turns, not what is in such a file: whoever makes it also says whether the one there will do.
"""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from secondme.errors import Busy, DiskFull, EngineError, ModelDamaged

TURN_WAIT = 120.0
"""Seconds to wait for another process that is making the same file."""

T = TypeVar("T")


def current(path: Path, load: Callable[[], T | None], make: Callable[[], None]) -> T:
    """What `load` reads from `path`; where it gives None (missing, damaged, stale), `make` writes the file first.

    Of several processes one makes it and the others wait. Raises Busy, EngineError, ModelDamaged, and what `make` does.
    """
    found = load()
    if found is not None:
        return found
    from filelock import FileLock, Timeout  # 36 ms, and only at the first use of a model

    try:
        with FileLock(f"{path}.lock", timeout=TURN_WAIT):
            found = load()
            if found is None:
                make()
                found = load()
    except Timeout:
        raise Busy(f"Another process has been converting {path.parent.name} for {TURN_WAIT:.0f} s.") from None
    except OSError as error:
        raise EngineError(f"Cannot write to {path.parent}: {error.strerror}.", "Make the folder writable.") from error
    if found is None:
        raise ModelDamaged(f"{path} cannot be loaded although it was just written.")
    return found


def write_whole(out: Path, content: bytes) -> None:
    """Put `content` at `out`, or leave what was there. Raises DiskFull, EngineError."""
    part = out.with_name(f"{out.name}.{os.getpid()}.part")
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(out)
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"No room for {out} ({len(content) / 1e6:.0f} MB).") from error
        raise EngineError(f"Cannot write {out}: {error.strerror}.", "Make the models folder writable.") from error
    finally:
        part.unlink(missing_ok=True)
