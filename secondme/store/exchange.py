"""One memory put in the place of another: made ready beside it, then exchanged by renaming whole things.

    restoring/   being made ready; killed here, the next writer wipes it, and the old memory was never touched
    restored/    ready: renaming `restoring` to this is the one moment in which the old memory becomes the new one
    replaced/    the old one on its way out; it comes back if a renaming fails, and is wiped in the end

Killed while `restored` is there, whoever comes next finishes the exchange (`settle`) before reading or writing.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

from secondme.errors import SecondMeError
from secondme.store.bundle import LEDGER, VECTORS, unwritable
from secondme.store.index import Index
from secondme.store.lock import RESTORED, pending
from secondme.store.reading import LedgerReader
from secondme.store.wiping import keep_name, scratch, wipe

RESTORING, REPLACED = "restoring", "replaced"
_LOGS = (f"{LEDGER}-wal", f"{LEDGER}-shm")  # they belong to the old ledger, and would be read into the new one


@contextlib.contextmanager
def made_ready(folder: Path) -> Iterator[Path]:
    """The folder to make a new memory ready in: `ledger.db` and `chroma`. It goes at the end unless it was put in."""
    with scratch(folder / RESTORING) as place:
        yield place


def put_in(folder: Path) -> None:
    """Exchange. The caller holds the write lock and has no connection open. Raises before or after, never between."""
    (folder / RESTORING / VECTORS).mkdir(exist_ok=True, mode=0o700)
    with contextlib.suppress(SecondMeError):  # a damaged one is replaced as it is
        LedgerReader(folder / LEDGER).close()  # takes what is in its log into the file
    with Index(folder / VECTORS).at_rest():
        try:
            keep_name(folder / RESTORING / LEDGER)
            os.rename(folder / RESTORING, folder / RESTORED)
            keep_name(folder / RESTORED)
        except OSError as error:
            raise unwritable(folder / RESTORED, error) from error
        _finish(folder)


def settle(folder: Path) -> None:
    """Finish, or wipe, what a killed process left. For the holder of the write lock, before anything is opened."""
    if pending(folder):
        with Index(folder / VECTORS).at_rest():
            _finish(folder)
    for name in (RESTORING, REPLACED):
        if (folder / name).exists():
            wipe(folder / name)


def _finish(folder: Path) -> None:
    """Move what is in `restored` in, and what was there out. A move that was made before a kill is not made again."""
    ready, replaced = folder / RESTORED, folder / REPLACED
    try:
        replaced.mkdir(exist_ok=True, mode=0o700)
        for name in (VECTORS, LEDGER):
            if (ready / name).exists():
                for old in (name, *_LOGS) if name == LEDGER else (name,):
                    _aside(folder / old, replaced / old)
                os.rename(ready / name, folder / name)
        keep_name(folder / LEDGER)
    except OSError as error:
        with contextlib.suppress(OSError):  # if even that fails, the next one to come goes forward
            _bring_back(folder)
        raise unwritable(folder, error) from error
    wipe(ready)
    wipe(replaced)


def _aside(path: Path, target: Path) -> None:
    if target.exists():  # it was moved before a kill: what is here now is nobody's
        wipe(path)
    elif path.exists():
        os.rename(path, target)


def _bring_back(folder: Path) -> None:
    ready, replaced = folder / RESTORED, folder / REPLACED
    for name in (VECTORS, LEDGER):
        if not (ready / name).exists():
            os.rename(folder / name, ready / name)
    for name in (VECTORS, LEDGER, *_LOGS):
        if (replaced / name).exists():
            os.rename(replaced / name, folder / name)
    os.rename(ready, folder / RESTORING)
