"""The one file that a backup is: a zip (PKWARE's APPNOTE) with a manifest of what must be in it.

    manifest.json   format, version, time, embedder, counts; size and SHA-256 of every other member
    ledger.db       the copied ledger, deflated
    config.toml     the settings, without secrets
    chroma/...      the index's files, stored: vectors hardly shrink, and searches wait while they are copied

Knows the container and trusts nothing in it: names, sizes and hashes are checked before a byte is unpacked. Does not
know what a ledger is, nor where backups lie.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import zipfile
import zlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import IO, Any

from secondme.errors import BackupDamaged, DiskFull, LedgerTooNew, NoSuchPath, SecondMeError, UsageError
from secondme.store.flat import FLAT
from secondme.store.lock import NO_ROOM, full_disk

FORMAT = 1
MANIFEST, LEDGER, SETTINGS, VECTORS = "manifest.json", "ledger.db", "config.toml", "chroma"
PRIVATE = 0o600
PIECE = 1 << 20
# A ledger shrinks to a third or so. Past this, it is a file that was made to fill a disk.
MOST_EXPANSION, HARMLESS = 200, 64 << 20
LARGEST_MANIFEST = 16 << 20
_NAME = re.compile(rf"{LEDGER}|{re.escape(SETTINGS)}|{VECTORS}(/[A-Za-z0-9_-][A-Za-z0-9._-]{{0,199}}){{1,4}}")

Progress = Callable[[str, int, int], None]  # what is being done, bytes done, bytes in all


def silent(doing: str, done: int, total: int) -> None:
    """The progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Member:
    size: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a backup says of itself. `ledger` is the id of the ledger that it is a copy of, `made_at` ISO 8601 with
    offset, `embedder` what made the vectors ("" if they were left out)."""

    secondme: str
    made_at: str
    profile: str
    ledger: str
    embedder: str
    counts: dict[str, int]
    members: dict[str, Member] = field(default_factory=dict)
    format: int = FORMAT

    @property
    def vectors(self) -> bool:
        return any(name.startswith(f"{VECTORS}/") for name in self.members)

    @property
    def size(self) -> int:
        return sum(member.size for member in self.members.values())


def files_below(folder: Path) -> Iterator[tuple[str, Path]]:
    """The index's files under their names in a backup: without the flat rows, which are made of them."""
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        name = f"{VECTORS}/{inside.as_posix()}"
        if path.is_file() and inside.parts[0] != FLAT and _NAME.fullmatch(name):
            yield name, path


def write(
    path: Path, manifest: Manifest, members: Sequence[tuple[str, Path | bytes]], progress: Progress = silent
) -> Manifest:
    """Make the file, readable by its owner alone, and bring it to the disk. Returns the manifest with its members.

    Raises UsageError if `path` is there, or where it cannot be; DiskFull. What is left of it then is the caller's.
    """
    total = sum(_size(content) for _, content in members)
    written: dict[str, Member] = {}
    with _writing(path):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, PRIVATE)
        with os.fdopen(descriptor, "w+b") as file:
            with zipfile.ZipFile(file, "w") as archive:
                done = 0
                for name, content in members:
                    with _entry(archive, name, _size(content)) as out, _opened(content) as stream:
                        written[name] = _copy(stream, out, _further(progress, "copying", done, total))
                    done += written[name].size
                whole = replace(manifest, members=written)
                text = json.dumps(asdict(whole), indent=1).encode()
                with _entry(archive, MANIFEST, len(text)) as out:
                    out.write(text)
            file.flush()
            os.fsync(file.fileno())
    return whole


def check(path: Path, progress: Progress = silent) -> Manifest:
    """Read everything back against the manifest. Raises BackupDamaged, LedgerTooNew or NoSuchPath."""
    with _reading(path) as archive:
        manifest = _manifest(path, archive)
        _plausible(path, archive, manifest)
        done = 0
        for name, member in manifest.members.items():
            with archive.open(name) as stream:
                found = _copy(stream, None, _further(progress, "verifying", done, manifest.size), member.size)
            if found != member:
                raise BackupDamaged(f"{path} is damaged: {name} is not what was written.")
            done += member.size
    return manifest


def extract(path: Path, manifest: Manifest, names: Iterable[str], folder: Path, progress: Progress = silent) -> None:
    """Unpack members of a checked backup below `folder`, and bring them to the disk."""
    wanted = list(names)
    total = sum(manifest.members[name].size for name in wanted)
    done = 0
    with _reading(path) as archive:
        for name in wanted:
            member, target = manifest.members[name], folder / name
            with _writing(target):
                target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
                descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, PRIVATE)
                with os.fdopen(descriptor, "wb") as out, archive.open(name) as stream:
                    found = _copy(stream, out, _further(progress, "unpacking", done, total), member.size)
                    out.flush()
                    os.fsync(out.fileno())
            if found != member:
                raise BackupDamaged(f"{path} changed while it was read: {name} is not what it was.")
            done += member.size


def text_of(path: Path, name: str) -> str:
    """A small member of a checked backup, as text; empty if it is not there."""
    with _reading(path) as archive:
        if name not in archive.namelist():
            return ""
        with archive.open(name) as stream:
            return stream.read(PIECE).decode("utf-8", "replace")


def _size(content: Path | bytes) -> int:
    return len(content) if isinstance(content, bytes) else content.stat().st_size


@contextlib.contextmanager
def _opened(content: Path | bytes) -> Iterator[IO[bytes]]:
    import io

    with io.BytesIO(content) if isinstance(content, bytes) else content.open("rb") as stream:
        yield stream


@contextlib.contextmanager
def _entry(archive: zipfile.ZipFile, name: str, size: int) -> Iterator[IO[bytes]]:
    entry = zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0))
    entry.compress_type = zipfile.ZIP_STORED if name.startswith(f"{VECTORS}/") else zipfile.ZIP_DEFLATED
    entry.external_attr = PRIVATE << 16
    entry.file_size = size
    with archive.open(entry, "w", force_zip64=size > 1 << 30) as out:
        yield out


def _further(progress: Progress, doing: str, done: int, total: int) -> Callable[[int], None]:
    return lambda more: progress(doing, done + more, total)


def _copy(stream: IO[bytes], out: IO[bytes] | None, tell: Callable[[int], None], limit: int | None = None) -> Member:
    """Read to the end, or to one piece past `limit`, into `out`; what was read."""
    digest, size = hashlib.sha256(), 0
    while piece := stream.read(PIECE):
        digest.update(piece)
        size += len(piece)
        if limit is not None and size > limit:
            break
        if out is not None:
            out.write(piece)
        tell(size)
    return Member(size, digest.hexdigest())


def _manifest(path: Path, archive: zipfile.ZipFile) -> Manifest:
    if MANIFEST not in archive.namelist():
        raise BackupDamaged(f"{path} is not a backup that secondme made.", "Name a file from `secondme backup`.")
    if archive.getinfo(MANIFEST).file_size > LARGEST_MANIFEST:
        raise BackupDamaged(f"{path} is damaged: its manifest is larger than any can be.")
    try:
        told: dict[str, Any] = json.loads(archive.read(MANIFEST))
        if int(told["format"]) > FORMAT:
            raise LedgerTooNew(f"{path} has format {told['format']}, and this version of secondme knows {FORMAT}.")
        members = {str(name): Member(int(m["size"]), str(m["sha256"])) for name, m in told["members"].items()}
        counts = {str(name): int(number) for name, number in told["counts"].items()}
        texts = {name: str(told[name]) for name in ("secondme", "made_at", "profile", "ledger", "embedder")}
        return Manifest(**texts, counts=counts, members=members, format=int(told["format"]))
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise BackupDamaged(f"{path} is not a backup that secondme made: its manifest cannot be read.") from error


def _plausible(path: Path, archive: zipfile.ZipFile, manifest: Manifest) -> None:
    """That the zip holds what the manifest lists, under harmless names and in harmless sizes."""
    entries = archive.infolist()
    for entry in entries:
        if entry.filename != MANIFEST and not _NAME.fullmatch(entry.filename):
            shown = entry.filename[:80]
            raise BackupDamaged(f"{path} holds a member called {shown!r}, which no backup has; it is not used.")
        if entry.flag_bits & 1:
            raise BackupDamaged(f"{path} is encrypted; a backup is not.")
    names = [entry.filename for entry in entries]
    if sorted(names) != sorted([*manifest.members, MANIFEST]) or LEDGER not in names:
        raise BackupDamaged(f"{path} is damaged: it does not hold what its manifest lists.")
    if any(manifest.members[e.filename].size != e.file_size for e in entries if e.filename != MANIFEST):
        raise BackupDamaged(f"{path} is damaged: its members do not have the sizes that its manifest lists.")
    expansion = manifest.size / max(1, path.stat().st_size)
    if manifest.size > HARMLESS and expansion > MOST_EXPANSION:
        raise BackupDamaged(f"{path} would unpack to {expansion:,.0f} times its size; it is not used.")


@contextlib.contextmanager
def _reading(path: Path) -> Iterator[zipfile.ZipFile]:
    """Names whatever goes wrong in a zip."""
    try:
        if not path.is_file():
            missing = f"{path} is a folder." if path.is_dir() else f"There is no {path}."
            raise NoSuchPath(missing, "Name a file from `secondme backup`.")
        with zipfile.ZipFile(path) as archive:
            yield archive
    except SecondMeError:
        raise
    except (zipfile.BadZipFile, EOFError) as error:
        raise BackupDamaged(_what_is_wrong(path, error)) from error
    except OSError as error:
        if error.errno in NO_ROOM:
            raise full_disk(path) from error
        raise BackupDamaged(f"{path} cannot be read: {error.strerror or error}.", "Check its permissions.") from error
    # what zipfile lets through of a file that was tampered with
    except (zlib.error, NotImplementedError, RuntimeError, ValueError, OverflowError, LookupError) as error:
        raise BackupDamaged(f"{path} is damaged: {error}.") from error


def _what_is_wrong(path: Path, error: Exception) -> str:
    with contextlib.suppress(OSError), path.open("rb") as stream:
        beginning = stream.read(4)
        if beginning == b"PK\x03\x04" and not zipfile.is_zipfile(path):
            return f"{path} is cut short: its end is missing."
        if beginning != b"PK\x03\x04":
            return f"{path} is not a backup that secondme made."
    return f"{path} is damaged: {error}."


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except FileExistsError as error:
        raise UsageError(f"{path} is there already.", "Delete it, or name another file.") from error
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> SecondMeError:
    if error.errno in NO_ROOM:
        return DiskFull(f"The disk is full: {path} cannot be written.", "Free some space, or name another disk.")
    return UsageError(f"{path} cannot be written: {error.strerror or error}.", "Name a place that you can write to.")
