"""Bytes to characters: which encoding, and an incremental decoder that counts what it could not decode.

The order is BOM, UTF-8, UTF-16 without a BOM, a guess among the old code pages. Newlines stay as they are; a BOM is
no part of the text. What cannot be decoded becomes U+FFFD and is counted, never dropped.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from functools import lru_cache
from typing import BinaryIO

from secondme.records import Skipped
from secondme.sources.base import File

BLOCK_BYTES = 64 * 1024

# UTF-32 before UTF-16: the one's BOM begins with the other's.
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# The code pages that people's old files are in; more candidates make the guess worse, not better.
_CODE_PAGES = [
    "cp1252",
    "cp1250",
    "cp1251",
    "cp1253",
    "cp1254",
    "cp1255",
    "cp1256",
    "koi8_r",
    "cp932",
    "euc_jp",
    "gb18030",
    "big5",
    "euc_kr",
]
_CONTROLS = re.compile(rb"[\x00-\x07\x0e-\x1a\x1c-\x1f]")
_MULTIBYTE = re.compile(rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}")
_NAMES = {"utf-8-sig": "UTF-8", "utf-8": "UTF-8"}


@lru_cache(maxsize=16)  # every reader asks about the same file
def looks_binary(head: bytes, tolerance: float = 0.0) -> bool:
    """Whether the share of control characters passes `tolerance`. UTF-16 and UTF-32 are text, NULs and all."""
    if bom(head) or _utf16(head):
        return False
    return len(_CONTROLS.findall(head)) > tolerance * len(head)


def bom(head: bytes) -> str | None:
    """The encoding that a byte order mark names."""
    return next((encoding for mark, encoding in _BOMS if head.startswith(mark)), None)


def sniff(head: bytes, whole: bool) -> str:
    """The encoding of a text by its first bytes; `whole` says that there are no others.

    UTF-8 with some damage stays UTF-8 if enough multi-byte sequences are right: one for four wrong bytes in a text that
    is mostly ASCII, else as many as wrong bytes. By chance there are 0.1 for one in Latin code pages (measured on a few
    sentences each), none in Cyrillic, Greek or Hebrew ones, 0.2-0.4 in Chinese, Japanese and Korean ones.
    """
    if (marked := bom(head) or _utf16(head)) is not None:
        return marked
    try:
        codecs.getincrementaldecoder("utf-8")().decode(head, whole)
        return "utf-8"
    except UnicodeDecodeError:
        right = _MULTIBYTE.findall(head)
        high = sum(byte > 0x7F for byte in head)
        wrong = high - sum(map(len, right))
        weight = 4 if high < len(head) / 5 else 1
        return "utf-8" if len(right) * weight >= wrong else _code_page(head)


def loss(file: File, decoder: Decoder) -> Iterator[Skipped]:
    """A note on what could not be decoded, if anything."""
    if decoder.lost:
        what = "1 character was" if decoder.lost == 1 else f"{decoder.lost} characters were"
        yield Skipped(file.name, f"{what} not valid {decoder.label} and read as \ufffd; the rest is kept")


class Decoder:
    """One pass over the bytes of one text. `lost` counts the replacement characters it had to write."""

    def __init__(self, encoding: str) -> None:
        self._decoder = codecs.getincrementaldecoder(encoding)("strict")
        self.label = _NAMES.get(encoding, encoding)
        self.lost = 0

    def decode(self, data: bytes, final: bool = False) -> str:
        before = self._decoder.getstate()
        self._decoder.errors = "strict"
        try:
            return self._decoder.decode(data, final)
        except UnicodeError:
            # again, leniently: so that a U+FFFD that stands in a sound text is not counted
            self._decoder.setstate(before)
            self._decoder.errors = "replace"
            text = self._decoder.decode(data, final)
            self.lost += text.count("\ufffd")
            return text

    def stream(self, source: BinaryIO) -> Iterator[str]:
        """The text in pieces, holding one block of bytes at a time."""
        while data := source.read(BLOCK_BYTES):
            yield self.decode(data)
        yield self.decode(b"", final=True)


def _utf16(head: bytes) -> str | None:
    """UTF-16 without a BOM: mostly Latin text, so that every other byte is NUL and its neighbour never is."""
    sample = head[: min(len(head), 4096) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    if len(sample) < 4 or min(even, odd) > 0 or max(even, odd) < len(sample) / 4:
        return None
    encoding = "utf-16-le" if odd else "utf-16-be"
    text = sample.decode(encoding, "replace")
    return None if _CONTROLS.search(text.encode()) or "\ufffd" in text[:-1] else encoding


def _code_page(head: bytes) -> str:
    from charset_normalizer import from_bytes  # 60 ms

    matches = from_bytes(head, cp_isolation=_CODE_PAGES)
    best = matches.best()
    if best is None:
        return "cp1252"
    # Among readings that it finds equally good it lists cp1250 first; by far the most files are cp1252.
    ties = (m for m in matches if (m.chaos, m.coherence) == (best.chaos, best.coherence))
    return "cp1252" if any("cp1252" in m.could_be_from_charset for m in ties) else best.encoding
