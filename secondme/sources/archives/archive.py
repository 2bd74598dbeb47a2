"""Archives: ZIP, tape archives and packed files. What is in them is read as if the folder had been named.

Each member is unpacked to a private temporary folder, one at a time, and read by the reader of its own format; what no
reader takes is not unpacked. Nothing is ever written under a name that an archive gives. Other formats that happen to
be ZIP files (books, spreadsheets, programs) are not archives here.
"""

from __future__ import annotations

import errno
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path, PurePosixPath
from typing import BinaryIO

from secondme.errors import DiskFull, Unreadable
from secondme.records import Item, Skipped
from secondme.sources import later
from secondme.sources.archives import members, tars, zips
from secondme.sources.archives.members import Budget, Contents, Member
from secondme.sources.base import HEAD_BYTES, File
from secondme.sources.choice import reader_for
from secondme.sources.files import opened, why
from secondme.sources.nested import DEPTH, inner, read_inner

NAME = "archive"

_OURS = ".zip .textpack .bearnote .tar .tgz .tbz .tbz2 .txz .gz .bz2 .xz"
_SUFFIXES = frozenset(_OURS.split())
# Formats of their own that are packed by one of ours.
_OTHERS = (
    ".docx .docm .dotx .dotm .xlsx .xlsm .xltx .xlsb .pptx .pptm .potx .ppsx .vsdx .odt .ods .odp .odg .ott .epub"
    " .pages .numbers .key .jar .war .aar .apk .ipa .xpi .crx .whl .egg .nupkg .vsix .kmz .cbz .xps .oxps .sketch .fig"
    " .xd .idml .3mf .usdz .procreate .mmap .xmind .svgz .gnucash .dia .blend .als .prproj .emz .wmz .pkpass"
)
_NOT_OURS = frozenset(_OTHERS.split())
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_PLAIN_SUFFIX = re.compile(r"\.\w{1,12}")
_PREFIX = "secondme-archive-"
_REASONS = 1000  # different ones, of what was skipped in one archive
_FULL = (errno.ENOSPC, errno.EDQUOT)


def claims(file: File) -> str | None:
    head = file.head
    if file.suffix in _NOT_OURS:
        return None
    if head.startswith(_ZIP):
        return None if _document(head) else "begins like a ZIP archive"
    if (how := tars.packing(head)) is not None:
        return f"is packed by {how}"
    if head[257:262] == b"ustar" and tars.is_tar(head):
        return "begins like a tape archive"
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES else None


def read(file: File) -> Iterator[Item | Skipped]:
    if file.depth >= DEPTH:
        raise Unreadable(f"is an archive {file.depth} files deep in other files; {DEPTH} is the limit")
    with opened(file.path) as stream, _room(file) as folder, ExitStack() as held:
        yield from _Reading(file, folder, _budget(file), held).records(stream)


def _document(head: bytes) -> bool:
    """Whether a ZIP file is a document of its own: its first member says so (OPC, ODF and EPUB ask for that)."""
    first = head[30 : 30 + int.from_bytes(head[26:28], "little")]
    return first == b"[Content_Types].xml" or (first == b"mimetype" and b"application/" in head[30:200])


def _budget(file: File) -> Budget:
    """That of the outermost archive, which all archives in it share."""
    around = file
    while around.outer is not None:
        if (owner := getattr(around.extract, "__self__", None)) is not None and isinstance(owner, _Reading):
            return owner.budget
        around = around.outer
    return Budget(file.size)


class _Reading:
    """One pass over an archive: what was unpacked so far, what may be yet, and what was left out."""

    def __init__(self, file: File, folder: Path, budget: Budget, held: ExitStack) -> None:
        self.file, self.budget = file, budget
        self._folder, self._held = folder, held
        self._kept: dict[str, Path | None] = {}  # companions that a member's reader asked for
        self._named: dict[str, Member] = {}
        self._left_out = _LeftOut(file.name)
        self._number = 0

    def records(self, stream: BinaryIO) -> Iterator[Item | Skipped]:
        contents = self._contents(stream)
        found = [member for member in contents.members if members.wanted(member.name)]
        if contents.seekable:
            self._named = {member.name: member for member in found if not member.refused}
        seen: dict[str, int] = {}
        for member in found:
            if not self.budget.count():
                break
            again = seen[member.name] = seen.get(member.name, 0) + 1
            for record in self._member(member):
                if isinstance(record, Skipped):
                    self._left_out.add(record)
                else:
                    yield replace(record, local=f"{record.local} ({again})") if again > 1 else record
        for note in contents.notes:
            yield Skipped(self.file.name, note)
        if self.budget.spent:
            yield Skipped(self.file.name, f"{self.budget.spent}; the rest was left out")
        yield from self._left_out.summed_up()
        if not found and not contents.notes:
            yield Skipped(self.file.name, "holds no files to read")

    def companion(self, name: str) -> Path | None:
        """Another member, unpacked; None if there is none, or it cannot be."""
        if name not in self._kept:
            member = self._named.get(name)
            try:
                self._kept[name] = path = self._path(name) if member else None
                if member and path:
                    self._unpack(member, path)
            except Unreadable:
                self._kept[name] = None
        return self._kept[name]

    def _contents(self, stream: BinaryIO) -> Contents:
        file = self.file
        if (how := tars.packing(file.head)) is None:
            if file.head.startswith(_ZIP) or not (file.suffix == ".tar" or tars.is_tar(file.head)):
                return zips.members(stream, file.zone)
            return tars.members(stream, file.zone, [])
        is_tar = tars.packs_tar(stream, how)
        plain = tars.unpacked(stream, how)
        self._held.callback(plain.close)
        if not is_tar:
            return tars.single(plain, tars.inside(file.name), file.size)
        notes: list[str] = []
        path = self._path("")
        with _writing(self._folder, file):
            whole = tars.to_disk(plain, path, self.budget, notes)
        if not whole:
            return tars.members(plain, file.zone, notes, seekable=False)
        return tars.members(self._held.enter_context(path.open("rb")), file.zone, notes)

    def _member(self, member: Member) -> Iterator[Item | Skipped]:
        """What is in one member. One that no reader takes is never unpacked."""
        place = f"{self.file.name} › {member.name}"
        if reason := member.refused or members.oversized(member):
            yield Skipped(place, reason)
            return
        kept = self._kept.get(member.name) if self._named.get(member.name) is member else None
        path = kept or self._path(member.name)
        try:
            if kept is None and (unread := self._unpack(member, path, ask=True)) is not None:
                yield replace(unread, source=place)
            else:
                yield from read_inner(self._inner(member, path))
        except Unreadable as error:
            yield Skipped(place, error.phrase)
        finally:
            if kept is None:
                path.unlink(missing_ok=True)

    def _inner(self, member: Member, path: Path) -> File:
        return inner(self.file, path, member.name, member.modified or self.file.modified, self.companion)

    def _unpack(self, member: Member, path: Path, ask: bool = False) -> Skipped | None:
        """Write a member's bytes to `path`; if `ask`, only the first of them where no reader takes it, and say so.

        Raises Unreadable, and DiskFull.
        """
        size = 0
        with _writing(self._folder, self.file), path.open("wb") as writing:
            for block in member.blocks():
                size += len(block)
                if size > members.MEMBER_BYTES:
                    raise Unreadable(f"is larger than {members.MEMBER_BYTES >> 30} GB")
                self.budget.take(len(block))
                writing.write(block)
                if ask and size >= HEAD_BYTES:
                    ask = False
                    writing.flush()
                    if (unread := _unread(replace(self._inner(member, path), size=max(member.size, size)))) is not None:
                        return unread
        return None

    def _path(self, name: str) -> Path:
        """A new path of our own; only a plain suffix is taken over, for readers that go by it."""
        self._number += 1
        suffix = PurePosixPath(name).suffix
        return self._folder / f"{self._number}{suffix if _PLAIN_SUFFIX.fullmatch(suffix) else ''}"


def _unread(file: File) -> Skipped | None:
    """Why no reader takes the file; None if one does."""
    choice = reader_for(file, file.readers)
    if isinstance(choice, Skipped):
        return choice
    return (
        next((record for record in later.read(file) if isinstance(record, Skipped)), None)
        if choice[0] is later
        else None
    )


@dataclass(slots=True)
class _Alike:
    first: Skipped
    count: int = 1


class _LeftOut:
    """What was skipped, by reason: twenty thousand members of one kind are one line."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._reasons: dict[str, _Alike] = {}
        self._others = 0

    def add(self, skipped: Skipped) -> None:
        if (alike := self._reasons.get(skipped.reason)) is not None:
            alike.count += 1
        elif len(self._reasons) < _REASONS:
            self._reasons[skipped.reason] = _Alike(skipped)
        else:
            self._others += 1

    def summed_up(self) -> Iterator[Skipped]:
        for reason, alike in self._reasons.items():
            if alike.count == 1:
                yield alike.first
            else:
                first = alike.first.source.removeprefix(f"{self._name} › ")
                yield Skipped(self._name, f"{alike.count:,} files in it, the first of them {first}: {reason}")
        if self._others:
            yield Skipped(self._name, f"{self._others:,} more files in it were not read, each for another reason")


@contextmanager
def _room(file: File) -> Iterator[Path]:
    """A private temporary folder, gone afterwards. What a killed process left behind goes at the next one's start."""
    from filelock import FileLock  # 50 ms

    _sweep()
    try:
        folder = tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-")
        lock = FileLock(os.path.join(folder, "lock"))
        lock.acquire()
    except OSError as error:
        raise _as_ours(error, tempfile.gettempdir(), file) from error
    try:
        yield Path(folder)
    finally:
        lock.release()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _writing(folder: Path, file: File) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _as_ours(error, str(folder.parent), file) from error


def _as_ours(error: OSError, place: str, file: File) -> DiskFull | Unreadable:
    if error.errno in _FULL:
        return DiskFull(f"There is no room left in {place} to unpack {file.name}.", "Free some space, or set TMPDIR.")
    return Unreadable(why(error))


@cache
def _sweep() -> None:
    """Remove what processes that are gone have left in the temporary folder.

    By the lock as well as by the process's number: a container sees the folder, and not the process.
    """
    import psutil  # 30 ms
    from filelock import FileLock, Timeout

    for left in Path(tempfile.gettempdir()).glob(f"{_PREFIX}*"):
        number = left.name.removeprefix(_PREFIX).partition("-")[0]
        if not number.isdigit() or psutil.pid_exists(int(number)) or left.is_symlink():
            continue
        try:
            with FileLock(left / "lock", timeout=0):
                pass
        except (OSError, Timeout):
            continue
        shutil.rmtree(left, ignore_errors=True)
