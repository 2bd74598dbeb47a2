"""ZIP archives (PKWARE's APPNOTE.TXT 6.3): what is in them, also when the end is missing.

The standard library reads the directory at the end; where there is none, the headers before each member are followed.
Members are unpacked here, a block at a time: stored, deflated or by bzip2; what is encrypted is not. Names are UTF-8
where they can be (macOS and Windows write it without saying so), else code page 437, as the format has it.
"""

from __future__ import annotations

import bz2
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from contextlib import suppress
from datetime import datetime, tzinfo
from functools import partial
from typing import BinaryIO

from secondme.errors import Unreadable
from secondme.sources import dates
from secondme.sources.archives.members import (
    BLOCK,
    MEMBER_BYTES,
    MEMBERS,
    RATIO,
    RATIO_FLOOR,
    Contents,
    Member,
    refusal,
)

_LOCAL, _ENTRY, _END, _END64 = b"PK\x03\x04", b"PK\x01\x02", b"PK\x05\x06", b"PK\x06\x06"
_HEADER = struct.Struct("<4s5H3L2H")  # 4.3.7
_DIRECTORY_BYTES = 64 << 20  # 200,000 entries of 160 bytes take half of it
_ENCRYPTED, _SIZES_FOLLOW, _UTF8 = 0x1, 0x8, 0x800  # 4.4.4
_UNIX_TIME, _UNICODE_NAME, _ZIP64 = 0x5455, 0x7075, 0x0001  # ids of extra fields
_DAMAGE = "is damaged: its checksum does not fit"


def members(stream: BinaryIO, zone: tzinfo | None) -> Contents:
    """The files in a ZIP archive, in its order. Raises Unreadable: no such archive, or a hostile one."""
    length = stream.seek(0, 2)
    try:
        entries = _directory(stream, length)
        notes = []
    # what the standard library raises for a directory that is missing, cut or changed
    except (zipfile.BadZipFile, NotImplementedError, ValueError, struct.error, OSError, OverflowError):
        entries = list(_followed(stream, length))
        notes = ["is cut short or damaged: only what came before was read"]
        if not entries:
            raise Unreadable("is damaged or cut short, or is not an archive") from None
    _no_overlap(entries, length)
    found = (_member(stream, entry, zone) for entry in entries if not _name(entry).endswith("/"))
    return Contents(list(found), notes)


def _directory(stream: BinaryIO, length: int) -> list[zipfile.ZipInfo]:
    """The entries of the central directory, counted before they are held."""
    if _entries(stream, length) > MEMBERS:
        raise Unreadable(f"holds more than {MEMBERS:,} files", "Unpack it yourself, and name the folder.")
    stream.seek(0)
    with zipfile.ZipFile(stream) as archive:
        return archive.infolist()


def _entries(stream: BinaryIO, length: int) -> int:
    """At least as many as the directory has entries: the marks of one in the last stretch of the file."""
    stream.seek(max(0, length - _DIRECTORY_BYTES))
    tail = stream.read(_DIRECTORY_BYTES)
    end = tail.rfind(_END)
    if end < 0 or end + 22 > len(tail):
        raise zipfile.BadZipFile
    (size,) = struct.unpack_from("<L", tail, end + 12)
    if size == 0xFFFFFFFF and (large := tail.rfind(_END64, 0, end)) >= 0:
        (size,) = struct.unpack_from("<Q", tail, large + 40)
    if end < size < length:
        raise Unreadable(f"holds more than {MEMBERS:,} files", "Unpack it yourself, and name the folder.")
    return tail.count(_ENTRY, max(0, end - size - 200), end)  # the records of ZIP64 lie in between


def _followed(stream: BinaryIO, length: int) -> Iterator[zipfile.ZipInfo]:
    """The entries that the headers before each whole member give, from the start of the file to where they end."""
    at = 0
    for _ in range(MEMBERS):
        stream.seek(at)
        header = stream.read(_HEADER.size)
        if len(header) < _HEADER.size or not header.startswith(_LOCAL):
            return
        _, version, flags, method, clock, day, crc, packed, size, named, extra = _HEADER.unpack(header)
        name, more = stream.read(named), stream.read(extra)
        info = zipfile.ZipInfo(name.decode("utf-8" if flags & _UTF8 else "cp437", "replace"), _date(day, clock))
        info.flag_bits, info.compress_type, info.extract_version = flags, method, version
        info.header_offset, info.extra = at, more
        info.CRC, info.compress_size, info.file_size = crc, packed, size
        begin = at + _HEADER.size + named + extra
        if flags & _SIZES_FOLLOW and not packed:
            if flags & _ENCRYPTED or method != zipfile.ZIP_DEFLATED or not _measure(stream, begin, info):
                return
        elif packed == 0xFFFFFFFF and (large := _extra(more, _ZIP64)):
            info.file_size, info.compress_size = struct.unpack_from("<QQ", large.ljust(16, b"\0"))
        at = begin + info.compress_size
        if at > length:
            return
        yield info
        if flags & _SIZES_FOLLOW:
            stream.seek(at)
            mark = stream.read(26)
            at += next((size for size in (16, 12, 24, 20) if mark[size : size + 2] == b"PK"), 16)


def _measure(stream: BinaryIO, begin: int, info: zipfile.ZipInfo) -> bool:
    """Unpack a member whose sizes come after it, to know them. False if it is cut, or a bomb."""
    stream.seek(begin)
    machine = zlib.decompressobj(-15)
    read = size = crc = 0
    while not machine.eof:
        data = machine.unconsumed_tail or stream.read(BLOCK)
        read += 0 if machine.unconsumed_tail else len(data)
        try:
            made = machine.decompress(data, BLOCK)
        except zlib.error:
            return False
        size, crc = size + len(made), zlib.crc32(made, crc)
        if not data or size > MEMBER_BYTES or size > max(RATIO_FLOOR, RATIO * read):
            return False
    info.file_size, info.compress_size, info.CRC = size, read - len(machine.unused_data), crc
    return True


def _no_overlap(entries: Iterable[zipfile.ZipInfo], length: int) -> None:
    """Refuse a bomb whose members share their bytes (Fifield, "A better zip bomb", 2019)."""
    reach = 0
    for entry in sorted(entries, key=lambda entry: entry.header_offset):
        if entry.header_offset < reach:
            raise Unreadable("has files in it that overlap, as only a zip bomb has")
        reach = entry.header_offset + _HEADER.size + entry.compress_size
    if reach > length:
        raise Unreadable("is damaged: it should be longer than it is")


def _member(stream: BinaryIO, info: zipfile.ZipInfo, zone: tzinfo | None) -> Member:
    name = _name(info)
    kind = stat.S_IFMT(info.external_attr >> 16) if info.create_system == 3 else 0
    refused = refusal(name)
    if kind not in (0, stat.S_IFREG):
        refused = "is a link" if kind == stat.S_IFLNK else "is not a regular file"
    elif info.flag_bits & _ENCRYPTED:
        refused = "is encrypted"
    elif info.compress_type not in _METHODS:
        refused = f"is packed by a method that is not known here (number {info.compress_type})"
    return Member(
        name, info.file_size, info.compress_size, _modified(info, zone), partial(_blocks, stream, info), refused
    )


def _name(info: zipfile.ZipInfo) -> str:
    """The path within the archive, with forward slashes. NULs and what follows them are kept, to be refused."""
    name = info.orig_filename
    if not info.flag_bits & _UTF8:
        raw = name.encode("cp437", "replace")
        told = _extra(info.extra, _UNICODE_NAME)
        if len(told) > 5 and int.from_bytes(told[1:5], "little") == zlib.crc32(raw):
            raw = told[5:]
        with suppress(UnicodeDecodeError):
            name = raw.decode("utf-8")
    return name.replace("\\", "/")


def _modified(info: zipfile.ZipInfo, zone: tzinfo | None) -> datetime | None:
    """When the file was last written: in UTC where the packer wrote it so, else by the owner's clock."""
    exact = _extra(info.extra, _UNIX_TIME)
    if len(exact) >= 5 and exact[0] & 1:
        return dates.at(int.from_bytes(exact[1:5], "little", signed=True), zone)
    try:
        moment = datetime(*info.date_time)
    except ValueError:
        return None
    return None if moment == datetime(1980, 1, 1) else dates.local(moment, zone)  # what is written for "unknown"


def _date(day: int, clock: int) -> tuple[int, int, int, int, int, int]:
    """MS-DOS's date and time, to two seconds."""
    return (day >> 9) + 1980, day >> 5 & 15, day & 31, clock >> 11, clock >> 5 & 63, (clock & 31) * 2


def _extra(fields: bytes, wanted: int) -> bytes:
    """The content of one extra field (4.5), b"" if there is none."""
    at = 0
    while at + 4 <= len(fields):
        number, size = struct.unpack_from("<HH", fields, at)
        if number == wanted:
            return fields[at + 4 : at + 4 + size]
        at += 4 + size
    return b""


# -- unpacking ----------------------------------------------------------------------------------------------------


def _blocks(stream: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    size = crc = 0
    try:
        for block in _METHODS[info.compress_type](_packed(stream, info)):
            size, crc = size + len(block), zlib.crc32(block, crc)
            if size > info.file_size:
                break
            yield block
    except (zlib.error, OSError, EOFError, ValueError) as error:
        raise Unreadable("is damaged or cut short") from error
    if (size, crc) != (info.file_size, info.CRC):
        raise Unreadable(_DAMAGE)


def _packed(stream: BinaryIO, info: zipfile.ZipInfo) -> Iterator[bytes]:
    stream.seek(info.header_offset)
    header = stream.read(_HEADER.size)
    if len(header) < _HEADER.size or not header.startswith(_LOCAL):
        raise EOFError
    stream.seek(sum(_HEADER.unpack(header)[-2:]), 1)
    left = info.compress_size
    while left > 0 and (data := stream.read(min(BLOCK, left))):
        left -= len(data)
        yield data


def _stored(packed: Iterator[bytes]) -> Iterator[bytes]:
    return packed


def _inflated(packed: Iterator[bytes]) -> Iterator[bytes]:
    machine = zlib.decompressobj(-15)
    for data in packed:
        while data and not machine.eof:
            yield machine.decompress(data, BLOCK)
            data = machine.unconsumed_tail
    yield machine.flush()


def _unbzipped(packed: Iterator[bytes]) -> Iterator[bytes]:
    machine = bz2.BZ2Decompressor()
    for data in packed:
        while not machine.eof:
            yield machine.decompress(data, BLOCK)
            data = b""
            if machine.needs_input:
                break


_METHODS = {zipfile.ZIP_STORED: _stored, zipfile.ZIP_DEFLATED: _inflated, zipfile.ZIP_BZIP2: _unbzipped}
