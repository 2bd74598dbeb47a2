"""Which reader takes a file: the first of an ordered list that claims it."""

from __future__ import annotations

from collections.abc import Sequence

from secondme.records import Skipped
from secondme.sources.base import File, Reader
from secondme.sources.decoding import looks_binary


def reader_for(file: File, readers: Sequence[Reader]) -> tuple[Reader, str] | Skipped:
    """The reader that takes this file, and why; or why none does."""
    if file.size == 0 and not file.head:
        return Skipped(file.name, "is empty")
    for reader in readers:
        if (reason := reader.claims(file)) is not None:
            return reader, reason
    return Skipped(file.name, _unknown(file))


def _unknown(file: File) -> str:
    data = "binary data" if looks_binary(file.head) else "data"
    return f"no reader for {file.suffix} files ({data})" if file.suffix else f"no reader for this kind of {data}"
