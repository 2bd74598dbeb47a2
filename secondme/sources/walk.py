"""Folders to paths: which files a person means when naming a folder.

Knows what to leave out (see `ignoring`), and links between folders. Does not open files, and does not say what can be
read. 100,000 files must pass in about the time of `find`, so it works on plain strings and asks for each file's status
once.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import NamedTuple

from secondme.records import Skipped
from secondme.sources.files import why
from secondme.sources.ignoring import IGNORE_FILE, IGNORED, MARKERS, Rules, rules_above, rules_in, unwanted

__all__ = ["IGNORED", "Found", "walk", "walk_stat"]

Key = tuple[int, int]  # device, inode
_name = attrgetter("name")


class Found(NamedTuple):
    """A file, as it was when the walk came by; for a link, the file that it leads to.

    A named tuple, since a frozen dataclass takes three times as long to make, and 100,000 are made at a time.
    """

    path: str
    size: int
    mtime_ns: int
    dev: int
    ino: int


@dataclass(frozen=True, slots=True)
class _Folder:
    path: str
    above: tuple[Key, ...]  # the folders that lead here, outermost first
    rules: Rules | None


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
    for found in walk_stat(paths):
        yield Path(found.path) if isinstance(found, Found) else found


def walk_stat(paths: Sequence[Path]) -> Iterator[Found | Skipped]:
    """As `walk`, with each file's size, time and identity. A named path that is not there is a Skipped."""
    tour = _Tour()
    for path in map(os.fspath, paths):
        if os.path.isdir(path):
            yield from _descend(_Folder(path, (), rules_above(path)), tour, named=True)
        else:
            yield _looked_at(path)
    while tour.links:
        yield from _descend(tour.links.pop(0), tour)


def _looked_at(path: str) -> Found | Skipped:
    try:
        status = os.stat(path)
    except OSError as error:
        return Skipped(path, why(error))
    return Found(path, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)


def _descend(top: _Folder, tour: _Tour, named: bool = False) -> Iterator[Found | Skipped]:
    stack: list[_Folder | Found | Skipped] = [top]
    while stack:
        entry = stack.pop()
        if not isinstance(entry, _Folder):
            yield entry
            continue
        try:
            status = os.stat(entry.path)
            key = (status.st_dev, status.st_ino)
            if key in entry.above:
                yield Skipped(entry.path, "is a link back to a folder above it")
            if key in tour.seen:
                continue
            with os.scandir(entry.path) as entries:
                inside = sorted(entries, key=_name)
        except OSError as error:
            yield Skipped(entry.path, why(error))
            continue
        names = {found.name for found in inside}
        if named or names.isdisjoint(MARKERS):
            tour.seen.add(key)
            try:
                rules = rules_in(entry.path, entry.rules, names)
            except OSError as error:
                yield Skipped(entry.path, f"is left out, since its {IGNORE_FILE} cannot be read: {why(error)}")
                continue
            stack.extend(reversed(list(_wanted(entry.path, inside, (*entry.above, key), rules, tour))))
        named = False


def _wanted(
    folder: str, entries: list[os.DirEntry[str]], above: tuple[Key, ...], rules: Rules | None, tour: _Tour
) -> Iterator[_Folder | Found | Skipped]:
    inside = os.path.join(folder, "")
    for entry in entries:
        name = entry.name
        if unwanted(name) if rules is None else rules.leave_out(inside, name, entry.is_dir()):
            continue
        path = inside + name
        try:
            status = entry.stat()
        except FileNotFoundError:
            if entry.is_symlink():
                yield Skipped(path, "is a link to something that is not there")
            continue  # it went while we looked
        except OSError as error:
            yield Skipped(path, "is a link to something that is not there" if entry.is_symlink() else why(error))
            continue
        if not stat.S_ISDIR(status.st_mode):
            yield Found(path, status.st_size, status.st_mtime_ns, status.st_dev, status.st_ino)
        elif entry.is_symlink():
            tour.links.append(_Folder(path, above, rules))
        else:
            yield _Folder(path, above, rules)
