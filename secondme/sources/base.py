"""What a reader is given and what it promises. One module per format; the list is in `secondme.sources`.

A reader module has:

    NAME     the format, as people call it ("markdown")
    claims   File -> the reason why this reader takes it ("ends in .md"), or None
    read     File -> Iterator[Item | Skipped], raising Unreadable when nothing can be read at all

A reader yields what it can and turns one bad record into one Skipped. It never guesses content, never follows a
link out of the file, and never holds more than a bounded part of a text in memory.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol

from secondme.records import Item, Skipped

HEAD_BYTES = 64 * 1024


@dataclass(frozen=True, slots=True)
class File:
    """A file about to be read. `name` is what a person calls it; `head` its first 64 KiB, for detectors."""

    path: Path
    name: str
    size: int
    modified: datetime
    head: bytes

    @property
    def suffix(self) -> str:
        """The name's ending, lower case, with its dot."""
        return Path(self.name).suffix.lower()


class Reader(Protocol):
    NAME: str

    def claims(self, file: File) -> str | None: ...

    def read(self, file: File) -> Iterator[Item | Skipped]: ...
