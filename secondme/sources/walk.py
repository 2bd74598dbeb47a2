"""Folders to paths: which files a person means when naming a folder.

Knows what to leave out, and links between folders. Does not open files, and does not say what can be read.
"""

from __future__ import annotations

import fnmatch
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from secondme.records import Skipped
from secondme.sources.files import why

_NAMES = (
    # version control, dependencies, caches
    ".git .hg .svn .bzr node_modules __pycache__ .cache .mypy_cache .ruff_cache .pytest_cache .tox .nox"
    # what systems and editors leave behind
    " .DS_Store ._* Thumbs.db desktop.ini .obsidian .trash .Trash .Trash-* $RECYCLE.BIN *.tmp *~ .#* *.swp .~lock.*"
    # keys, which are not memories
    " id_rsa id_dsa id_ecdsa id_ed25519 *.pem *.key *.kdbx *.p12 *.pfx *.ppk .ssh .gnupg"
)
IGNORED = tuple(_NAMES.split())
# A folder that holds one of these is a virtual environment or a cache (bford.info/cachedir).
_MARKERS = ("pyvenv.cfg", "CACHEDIR.TAG")
_ignored = re.compile("|".join(fnmatch.translate(pattern.lower()) for pattern in IGNORED)).match

Key = tuple[int, int]  # device, inode


@dataclass(frozen=True, slots=True)
class _Folder:
    path: Path
    above: tuple[Key, ...]  # the folders that lead here, outermost first


@dataclass(slots=True)
class _Tour:
    """What a walk has seen, and the links it keeps for the end."""

    seen: set[Key] = field(default_factory=set)
    links: list[_Folder] = field(default_factory=list)


def walk(paths: Sequence[Path]) -> Iterator[Path | Skipped]:
    """The files under `paths`, depth first and sorted; what cannot be entered is a Skipped.

    A path that is named is always taken. Links to folders are followed after everything else, each folder once, so that
    a file is found under its real path if there is one; a link back to a folder above itself is a Skipped.
    """
    tour = _Tour()
    for path in paths:
        if os.path.isdir(path):  # Path.is_dir raises where a folder above may not be entered
            yield from _descend(_Folder(path, ()), tour, named=True)
        else:
            yield path
    while tour.links:
        yield from _descend(tour.links.pop(0), tour)


def _descend(top: _Folder, tour: _Tour, named: bool = False) -> Iterator[Path | Skipped]:
    stack: list[_Folder | Path | Skipped] = [top]
    while stack:
        entry = stack.pop()
        if not isinstance(entry, _Folder):
            yield entry
            continue
        try:
            status = entry.path.stat()
            key = (status.st_dev, status.st_ino)
            if key in entry.above:
                yield Skipped(os.fspath(entry.path), "is a link back to a folder above it")
            if key in tour.seen:
                continue
            with os.scandir(entry.path) as entries:
                inside = sorted(entries, key=lambda found: found.name)
        except OSError as error:
            yield Skipped(os.fspath(entry.path), why(error))
            continue
        if named or not any(found.name in _MARKERS for found in inside):
            tour.seen.add(key)
            stack.extend(reversed(list(_wanted(entry.path, inside, (*entry.above, key), tour))))
        named = False


def _wanted(
    folder: Path, entries: list[os.DirEntry[str]], above: tuple[Key, ...], tour: _Tour
) -> Iterator[_Folder | Path | Skipped]:
    for entry in entries:
        if _ignored(entry.name.lower()):
            continue
        path = folder / entry.name
        if not entry.is_symlink():
            yield _Folder(path, above) if os.path.isdir(path) else path
        elif os.path.isdir(path):
            tour.links.append(_Folder(path, above))
        else:
            yield path if os.path.exists(path) else Skipped(os.fspath(path), "is a link to something that is not there")
