"""A file that is still arriving: what there is of it, whether there is room for the rest, and how it gets its name.

Knows bytes on disk. Refuses to know where they come from. An incomplete file is called NAME.part and never NAME, with
the entity tag under which it was begun in NAME.part.etag; it gets its name by a rename, complete and flushed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import shutil
from collections.abc import Callable, Iterable
from pathlib import Path

from secondme.errors import DiskFull, FetchError, HashMismatch, SecondMeError

STRIDE = 1 << 20
RESERVE = 64 << 20  # a full disk must still take what the ledger has to write

Tell = Callable[[int, int | None], None]
"""Called with the bytes that are there and the bytes there will be (None: not known)."""


class Part:
    """The half-received file: its bytes, their running hash, and the entity tag it was begun under."""

    def __init__(self, target: Path) -> None:
        self.path = target.with_name(f"{target.name}.part")
        self._tag = target.with_name(f"{target.name}.part.etag")
        self._name = target.name
        self.length = 0
        self.sha256 = hashlib.sha256()
        self.resumed = False
        try:
            with self.path.open("rb") as kept:
                while block := kept.read(STRIDE):
                    self.length += len(block)
                    self.sha256.update(block)
        except FileNotFoundError:
            return
        except OSError as error:
            raise disk_error(self.path, error) from error
        self.resumed = self.length > 0

    @property
    def etag(self) -> str | None:
        try:
            return self._tag.read_text(encoding="ascii") or None
        except (OSError, UnicodeDecodeError):
            return None

    def restart(self, etag: str | None = None) -> None:
        """Empty it, and remember the tag of what will come. A weak tag promises no equal bytes: it is dropped."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_bytes(b"")
            self._tag.write_text(etag if etag and etag.isascii() and not etag.startswith("W/") else "", "ascii")
        except OSError as error:
            raise disk_error(self.path, error) from error
        self.length, self.sha256, self.resumed = 0, hashlib.sha256(), False

    def take(self, blocks: Iterable[bytes], total: int | None, tell: Tell) -> None:
        """Append `blocks`. One byte more than `total`, and all is deleted: HashMismatch. A full disk: DiskFull."""
        try:
            with self.path.open("ab") as stream:
                for block in blocks:
                    if total is not None and self.length + len(block) > total:
                        self.discard()
                        raise HashMismatch(f"{self._name} is longer than the {total:,} bytes it should have.")
                    stream.write(block)
                    self.length += len(block)
                    self.sha256.update(block)
                    tell(self.length, total)
        except OSError as error:
            raise disk_error(self.path, error) from error

    def discard(self) -> None:
        self.path.unlink(missing_ok=True)
        self._tag.unlink(missing_ok=True)
        self.length, self.sha256, self.resumed = 0, hashlib.sha256(), False

    def finish(self, target: Path) -> None:
        """Give it its name, its bytes safely on disk first."""
        try:
            with self.path.open("rb+") as stream:
                os.fsync(stream.fileno())
            os.replace(self.path, target)
            self._tag.unlink(missing_ok=True)
        except OSError as error:
            raise disk_error(target, error) from error


def mismatch(name: str, origin: str, got: str, expected: str) -> HashMismatch:
    """The one wording for a file that is not what was promised."""
    return HashMismatch(f"{name} from {origin} has the sha256 {got[:12]}… where {expected[:12]}… was promised.")


def require_space(folder: Path, need: int, name: str) -> None:
    """Raises DiskFull unless `folder`'s disk takes `need` more bytes and keeps some for the memories."""
    existing = next(p for p in (folder, *folder.parents) if p.exists())
    free = shutil.disk_usage(existing).free
    if need + RESERVE > free:
        import humanize

        short = humanize.naturalsize(need), humanize.naturalsize(free)
        raise DiskFull(f"{name} needs {short[0]}, and the disk of {folder} has {short[1]} free.")


def disk_error(path: Path, error: OSError) -> SecondMeError:
    """What a failure to read or write `path` is called."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return DiskFull(f"The disk is full: {path} cannot be written.")
    return FetchError(f"{path}: {error.strerror or error}.", "Check who may read and write there, then try again.")
