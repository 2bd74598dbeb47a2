"""Whether what was quoted still stands in the file that it was read from.

A file of plain text has the quote at its characters, and that is looked up. Of any other (a mailbox, an archive, a PDF,
JSON) the words are not the file's characters: there it is enough that the file is, byte for byte, the one that was
read. Knows nothing of what is hidden in a file; opens one, and changes none.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Literal

from secondme.errors import Unreadable
from secondme.memory.scan import gone, path_of
from secondme.sources.decoding import Decoder, sniff
from secondme.sources.files import opened

if TYPE_CHECKING:
    from pathlib import Path

    from secondme.store.rows import SourceRow

State = Literal["word for word", "as read", "changed", "gone", "unknown"]
LARGE = 64 * 1024 * 1024  # bytes; of a larger file the time and the size must do


def state(source: SourceRow, start: int, end: int, quote: str) -> State:
    """How the file stands to a quote, which is `start` to `end` of its decoded text. `unknown`: there is no file, or it
    may not be read just now."""
    path = path_of(source.uri)
    if path is None:
        return "unknown"
    if gone(path):
        return "gone"
    try:
        status = path.stat()
        if status.st_size > LARGE:
            same = (status.st_size, status.st_mtime_ns) == (source.size, source.mtime_ns)
            return "as read" if same else "changed"
        data = _bytes(path)
    except (OSError, Unreadable):
        return "unknown"
    if _text(data)[start:end] == quote:
        return "word for word"
    return "as read" if hashlib.sha256(data).hexdigest() == source.sha256 else "changed"


def _bytes(path: Path) -> bytes:
    with opened(path) as stream:
        return stream.read()


def _text(data: bytes) -> str:
    """The file's characters as a reader of plain text counts them: without a byte order mark."""
    return Decoder(sniff(data[: 64 * 1024], len(data) <= 64 * 1024)).decode(data, final=True).removeprefix("\ufeff")
