"""Where memories come from: a path in, Items and Skipped out. One bad record never stops the rest.

    walk      folders -> paths, without what nobody means (.git, caches, private keys)
    files     path -> File, or Unreadable in plain words
    READERS   one module per format, asked in order; the first that claims a file reads it (see base.py)

The order matters where claims overlap: formats that their first bytes give away come first, plain text comes last.
What a reader says about a file (`Skipped.reason`, `Unreadable.message`) is a phrase that follows the file's name.
Importing this is light: each reader imports its library when it first reads.
"""

from __future__ import annotations

from secondme.records import Skipped
from secondme.sources import docx, html, image, later, markdown, pdf, text
from secondme.sources.base import File, Reader
from secondme.sources.decoding import looks_binary
from secondme.sources.files import open_file, unchanged
from secondme.sources.walk import walk

__all__ = ["READERS", "File", "Reader", "open_file", "reader_for", "unchanged", "walk"]

READERS: tuple[Reader, ...] = (image, pdf, docx, later, html, markdown, text)


def reader_for(file: File) -> tuple[Reader, str] | Skipped:
    """The reader that takes this file, and why; or why none does."""
    if file.size == 0 and not file.head:
        return Skipped(file.name, "is empty")
    for reader in READERS:
        if (reason := reader.claims(file)) is not None:
            return reader, reason
    return Skipped(file.name, _unknown(file))


def _unknown(file: File) -> str:
    data = "binary data" if looks_binary(file.head) else "data"
    return f"no reader for {file.suffix} files ({data})" if file.suffix else f"no reader for this kind of {data}"
