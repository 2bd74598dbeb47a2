"""What a look at the disk says, against what the ledger knows: which files to read, and which are gone.

Opens no file: size and modification time tell. 100,000 unchanged files must pass in about the time of `find`, so paths
are plain strings here and each is looked at once. Knows drives that come and go: what lay on one is not gone with it.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import unquote_to_bytes, urlsplit

from secondme.records import Skipped
from secondme.sources import Found, walk_stat
from secondme.store.rows import Known

RACY_SECONDS = 2  # a file written just before it was read may have changed since without a new time


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file to read. `named`: by the owner, and not just found in a folder."""

    path: str
    uri: str
    size: int
    mtime_ns: int
    named: bool = False


@dataclass(slots=True)
class Scan:
    """The outcome. `seen` are the URIs of all files found; `unchanged` those of them that need no reading; `devices`
    has a folder on each device that files were found on."""

    candidates: list[Candidate] = field(default_factory=list)
    unchanged: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    skipped: list[Skipped] = field(default_factory=list)
    devices: dict[int, str] = field(default_factory=dict)


def scan(roots: Sequence[Path], known: dict[str, Known], since: float = 0, named: bool = True) -> Scan:
    """Look at every file that `roots` mean. What has not changed is read again if it was last taken in before `since`
    (seconds since 1970; infinity: all of it). `named`: by their owner."""
    result = Scan()
    by_name = {os.fspath(root) for root in roots if not root.is_dir()} if named else set()
    for entry in walk_stat(roots):
        if isinstance(entry, Skipped):
            result.skipped.append(entry)
            continue
        uri = entry.path if entry.path.isascii() else uri_of(entry.path)
        if uri in result.seen:  # a file can be named beside its folder
            continue
        result.seen.add(uri)
        if entry.dev not in result.devices:
            result.devices[entry.dev] = os.path.dirname(entry.path)
        if (row := known.get(uri)) is not None and row.ingested_at >= since and _same(row, entry):
            result.unchanged.append(uri)
        else:
            result.candidates.append(Candidate(entry.path, uri, entry.size, entry.mtime_ns, entry.path in by_name))
    return result


def _same(row: Known, entry: Found) -> bool:
    same = row.size == entry.size and row.mtime_ns == entry.mtime_ns
    return same and row.ingested_at - entry.mtime_ns // 1_000_000_000 >= RACY_SECONDS


def missing(known: Iterable[str], folders: Sequence[Path], seen: set[str]) -> list[str]:
    """The known URIs at or below `folders` whose file is certainly not there any more."""
    places = [str(folder) for folder in folders]
    below = tuple(place.rstrip(os.sep) + os.sep for place in places)
    found = []
    for uri in known:
        if uri in seen:
            continue
        path = uri if not uri.startswith("file://") else str(path_of(uri))
        if (path.startswith(below) or path in places) and gone(path):
            found.append(uri)
    return found


def mount_of(path: str | Path) -> str:
    """The mount point that a file lies under."""
    place = os.path.realpath(path)
    while not os.path.ismount(place):
        place = os.path.dirname(place)
    return place


def uri_of(path: str | Path) -> str:
    """What the ledger calls a file: its path, or a file: URI where the name is not valid Unicode."""
    try:
        str(path).encode()
        return str(path)
    except UnicodeEncodeError:
        return Path(path).as_uri()


def path_of(uri: str) -> Path | None:
    """The file behind a URI of `uri_of`; None for what is no file (a pipe)."""
    if uri.startswith("file://"):
        return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path)))
    path = Path(uri)
    return path if path.is_absolute() else None


def gone(path: str | Path) -> bool:
    """Whether there is certainly no such file. A folder that may not be entered just now hides its files: not gone."""
    try:
        os.lstat(path)
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False
