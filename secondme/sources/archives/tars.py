"""Tape archives (POSIX.1-1988 ustar, GNU and pax), plain or within gzip, bzip2 or xz; and single files packed so.

The standard library reads the headers, behind a stream that gives it no more than a header may have. A packed archive
is unpacked to disk once, so that any member can be reached; one that is very large is read through from its start.
"""

from __future__ import annotations

import bz2
import gzip
import lzma
import tarfile
import zlib
from collections.abc import Iterator
from datetime import tzinfo
from functools import partial
from pathlib import Path, PurePath
from typing import IO, BinaryIO, cast

from secondme.errors import Unreadable
from secondme.sources import dates
from secondme.sources.archives.members import BLOCK, MEMBERS, TOTAL_BYTES, Budget, Contents, Member, refusal

UNPACKED_BYTES = 4 << 30  # of a packed archive; in a larger one no companions of a member are looked for
_HEADER_BYTES = 1 << 20  # pax headers hold a name and a few times
_MAGIC = {b"\x1f\x8b": "gzip", b"BZh": "bzip2", b"\xfd7zXZ\x00": "xz"}
Stream = BinaryIO | gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
Packed = gzip.GzipFile | bz2.BZ2File | lzma.LZMAFile
_FAILURES = (OSError, EOFError, zlib.error, lzma.LZMAError, ValueError, MemoryError)


def packing(head: bytes) -> str | None:
    """What a file is packed by, going by its first bytes."""
    if head.startswith(b"BZh") and head[4:10] not in (b"1AY&SY", b"\x17rE8P\x90"):
        return None
    return next((name for magic, name in _MAGIC.items() if head.startswith(magic)), None)


def is_tar(head: bytes) -> bool:
    """Whether a file begins with a member's header, whose checksum fits (so old ones without "ustar" count too)."""
    block = head[:512]
    try:
        told = int(block[148:156].strip(b"\0 "), 8)
    except ValueError:
        return False
    return len(block) == 512 and told == sum(block) - sum(block[148:156]) + 8 * ord(" ")


def unpacked(stream: BinaryIO, how: str) -> Packed:
    """The bytes that `stream` packs, from its start."""
    stream.seek(0)
    if how == "gzip":
        return gzip.GzipFile(fileobj=stream)
    return bz2.BZ2File(stream) if how == "bzip2" else lzma.LZMAFile(stream)


def packs_tar(stream: BinaryIO, how: str) -> bool:
    """Whether what is packed begins like a tape archive."""
    head = b""
    with unpacked(stream, how) as plain:
        for block in _blocks_of(plain, []):
            head += block
            if len(head) >= 512:
                break
    return is_tar(head)


def to_disk(plain: Packed, path: Path, budget: Budget, notes: list[str]) -> bool:
    """Unpack the archive to `path`, as far as it goes; False if it is too large for that. Raises Unreadable."""
    size = 0
    with path.open("wb") as writing:
        for block in _blocks_of(plain, notes):
            size += len(block)
            if size > UNPACKED_BYTES:
                break
            budget.take(len(block))
            writing.write(block)
    if size > UNPACKED_BYTES:
        path.unlink()
        notes.clear()
    return size <= UNPACKED_BYTES


def single(plain: Packed, name: str, size: int) -> Contents:
    """The one file that is packed without an archive around it; what comes before a cut is kept."""
    notes: list[str] = []
    return Contents([Member(name, size, size, None, partial(_blocks_of, plain, notes))], notes, seekable=False)


def members(stream: Stream, zone: tzinfo | None, notes: list[str], seekable: bool = True) -> Contents:
    """The files in a tape archive, in its order. Raises Unreadable: no such archive."""
    found: list[Member] = []
    total = 0
    for info in _headers(stream, notes):
        if not info.isdir():
            found.append(_member(stream, info, zone))
            total += info.size
        if len(found) > MEMBERS or total > 50 * TOTAL_BYTES:
            break
    if not found and notes:
        raise Unreadable("is damaged or cut short, or is not an archive")
    return Contents(found, notes, seekable)


def _headers(stream: Stream, notes: list[str]) -> Iterator[tarfile.TarInfo]:
    """The members' headers; a note if they end before the archive does."""
    cut = "is cut short or damaged: only what came before was read"
    try:
        stream.seek(0)
        with tarfile.TarFile(
            fileobj=cast("IO[bytes]", _Headers(stream)), encoding="utf-8", errors="surrogateescape"
        ) as archive:
            at = -1
            while (info := archive.next()) is not None:
                archive.members = []  # type: ignore[attr-defined]  # it would keep them all
                if archive.offset <= at:
                    break
                at = archive.offset
                yield info
            stream.seek(archive.offset)
            if not notes and (info or stream.read(512) != bytes(512)):
                notes.append(cut)
    # RecursionError: a thousand long names, one before the other
    except (tarfile.TarError, RecursionError, *_FAILURES):
        if cut not in notes:
            notes.append(cut)


class _Headers:
    """A stream for tarfile, which would read a header of any size that the archive claims into memory."""

    def __init__(self, stream: Stream) -> None:
        self._stream = stream
        self.seek, self.tell = stream.seek, stream.tell

    def read(self, size: int = -1) -> bytes:
        if not 0 <= size <= _HEADER_BYTES:
            raise tarfile.ReadError("a header of impossible size")
        return self._stream.read(size)


def _member(stream: Stream, info: tarfile.TarInfo, zone: tzinfo | None) -> Member:
    name = info.name.removeprefix("./")
    refused = refusal(name)
    if info.issym() or info.islnk():
        refused = "is a link"
    elif not info.isreg():
        refused = "is not a regular file"
    elif info.issparse():
        refused = "is stored with holes in it, which is not read"
    readable = name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    blocks = partial(_stretch, stream, info.offset_data, info.size)
    return Member(readable, info.size, info.size, dates.at(info.mtime, zone), blocks, refused)


def _stretch(stream: Stream, start: int, size: int) -> Iterator[bytes]:
    try:
        stream.seek(start)
        while size > 0 and (block := stream.read(min(BLOCK, size))):
            size -= len(block)
            yield block
    except _FAILURES as error:
        raise Unreadable("is damaged or cut short") from error
    if size:
        raise Unreadable("is cut short")


def _blocks_of(plain: Packed, notes: list[str]) -> Iterator[bytes]:
    """What can be unpacked, from the start; a note where it breaks off."""
    plain.seek(0)
    while True:
        try:
            block = plain.read1(BLOCK)  # read() would drop what stands before a cut
        except _FAILURES:
            notes.append("is cut short or damaged: only what came before was read")
            return
        if not block:
            return
        yield block


def inside(name: str) -> str:
    """What a file that is packed on its own is called unpacked."""
    path = PurePath(name)
    return path.stem if path.suffix.lower() in (".gz", ".bz2", ".xz") else path.name
