"""What a reader is given and what it promises. One module per format; the list is in `secondme.sources`.

A reader module has:

    NAME     the format, as people call it ("markdown")
    claims   File -> the reason why this reader takes it ("ends in .md"), or None
    read     File -> Iterator[Item | Skipped], raising Unreadable when nothing can be read at all

A reader yields what it can and turns one bad record into one Skipped. It never guesses content, never follows a
link out of the file, and never holds more than a bounded part of a text in memory.
"""

from __future__ import annotations

import posixpath
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import Path
from typing import Protocol

from secondme.records import Item, Skipped

HEAD_BYTES = 64 * 1024


class Reader(Protocol):
    NAME: str

    def claims(self, file: File) -> str | None: ...

    def read(self, file: File) -> Iterator[Item | Skipped]: ...


@dataclass(frozen=True, slots=True)
class File:
    """A file about to be read. `name` is what a person calls it; `head` its first 64 KiB, for detectors.

    `zone` is the owner's, for times that name none; None is the system's. A file found inside another one (a member of
    an archive, an attachment) has that one as `outer`, and in `name` its path within it. `readers` are those that may
    read what is found inside.
    """

    path: Path
    name: str
    size: int
    modified: datetime
    head: bytes
    zone: tzinfo | None = None
    readers: Sequence[Reader] = ()
    outer: File | None = None
    extract: Callable[[str], Path | None] | None = None

    @property
    def suffix(self) -> str:
        """The name's ending, lower case, with its dot."""
        return Path(self.name).suffix.lower()

    @property
    def depth(self) -> int:
        """How many files this one is inside of."""
        return 0 if self.outer is None else self.outer.depth + 1

    def beside(self, relative: str) -> Path | None:
        """A regular file by its path relative to this one's folder (`../users.json`), or None.

        On disk one folder up at most; in an archive anywhere within it, extracted for the purpose.
        """
        if self.extract is not None:
            return self.extract(posixpath.normpath(posixpath.join(posixpath.dirname(self.name), relative)))
        if self.outer is not None or relative.count("..") > 1 or relative.startswith("/"):
            return None
        found = self.path.parent / relative
        return found if found.is_file() else None
