"""Which files and folders are watched, from one `secondme watch` to the next: `watched.json` in the profile's folder.

Beside each path stands the mount point that it lay under, so that an unplugged drive is not taken for an emptied one.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

from secondme.config import Home
from secondme.errors import BadSetting, DiskFull, NoHome, NoSuchPath, UsageError
from secondme.sources.watching.watch import Root, Watched

VERSION = 1


def file_of(home: Home) -> Path:
    return home.memories / "watched.json"


def load(home: Home) -> list[Root]:
    """What is watched, in the order in which it was added. Raises BadSetting for a file that someone has broken."""
    path = file_of(home)
    try:
        roots = json.loads(path.read_text(encoding="utf-8"))["roots"]
        return [Root(Path(root["path"]), str(root.get("mount", ""))) for root in roots]
    except (FileNotFoundError, NotADirectoryError):
        return []
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BadSetting(f"{path} cannot be read: {error}.", "Delete it, and name the folders again.") from error


def stamp(home: Home) -> tuple[int, int] | None:
    """Something that changes whenever the list is written."""
    try:
        status = file_of(home).stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_ino


def add(home: Home, paths: Sequence[str]) -> list[Root]:
    """Watch these, too. What is named anew is taken as it is now. Raises NoSuchPath."""
    named = [absolute(path) for path in paths]
    for path in named:
        if not os.path.lexists(path):
            raise NoSuchPath(f"There is no {path}.")
    known = [root for root in load(home) if root.path not in named]
    roots = [*known, *(Root(path) for path in dict.fromkeys(named))]
    if named:
        _save(home, roots)
    return roots


def remove(home: Home, paths: Sequence[str]) -> list[Root]:
    """Watch these no longer. Raises UsageError for one that is not watched."""
    roots = load(home)
    for path in map(absolute, paths):
        if path not in [root.path for root in roots]:
            watched = ", ".join(str(root.path) for root in roots) or "nothing"
            raise UsageError(f"{path} is not watched.", f"Watched: {watched}.")
        roots = [root for root in roots if root.path != path]
    _save(home, roots)
    return roots


def remember_mounts(home: Home, watched: Iterable[Watched]) -> None:
    """Note where the roots that are there lie."""
    places = {root.path: root.mount for root in watched if root.how != "away"}
    roots = load(home)
    known = [Root(root.path, places.get(str(root.path), root.mount)) for root in roots]
    if known != roots:
        _save(home, known)


def absolute(path: str) -> Path:
    return Path(os.path.abspath(Path(path).expanduser()))


def _save(home: Home, roots: Sequence[Root]) -> None:
    home.ensure()
    entries = [{"path": str(root.path), "mount": root.mount} for root in roots]
    write(file_of(home), {"version": VERSION, "roots": entries})


def write(path: Path, record: dict[str, Any]) -> None:
    """One JSON object into a file, all or nothing. Raises DiskFull or NoHome."""
    fresh = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        fresh.write_text(json.dumps(record, indent=1), encoding="utf-8")
        fresh.replace(path)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink(missing_ok=True)
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            raise DiskFull(f"The disk is full: {path} cannot be written.") from error
        raise NoHome(f"{path} cannot be written: {error.strerror or error}.") from error
