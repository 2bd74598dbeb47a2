"""Spans of texts that are too long to hold: their bytes are read in turn, a part at a time."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

PART = 1 << 20  # bytes that are held at a time


class Bytes(Protocol):
    """What is read in turn, from its beginning: `sqlite3.Blob`, or a file."""

    def read(self, length: int, /) -> bytes: ...


def pieces(encoded: Bytes, spans: Sequence[tuple[int, int]]) -> list[str]:
    """The text of each span (characters, from and up to), of a text in UTF-8. 200 MB take 0.2 s and hold 2 MB."""
    decode = codecs.getincrementaldecoder("utf-8")(errors="replace").decode
    found, at, last = [""] * len(spans), 0, max((end for _, end in spans), default=0)
    while at < last and (part := encoded.read(PART)):
        text = decode(part)
        for n, (start, end) in enumerate(spans):
            if start < at + len(text) and end > at:
                found[n] += text[max(0, start - at) : end - at]
        at += len(text)
    return found


def of_long_items(reader: LedgerReader, ids: Sequence[str]) -> Iterator[tuple[str, str]]:
    """The ids of passages with their words. Each item's text is gone through once."""
    sql = 'SELECT item, id, start, "end" FROM passages WHERE id IN (SELECT value FROM json_each(?)) ORDER BY item'
    rows = list(reader.rows(sql, (json.dumps(ids),))) if ids else []
    for item, within in groupby(rows, key=lambda row: int(row[0])):
        spans = {id_: (start, end) for _, id_, start, end in within}
        yield from zip(spans, reader.pieces(item, list(spans.values())), strict=True)
