"""What changed on disk, as batches of paths at rest. Knows nothing of memory.

    Ear, Hearing   what the system tells (watchdog: inotify, FSEvents) -> marks
    Poller         what it does not tell of: network drives, folders behind links, folders beyond inotify's limits
    Settling       marks -> Batch, once the disk is at rest there
    Watch          the roots: whether they are there, who looks after them

When a root comes (at the start, or a drive that is back) it is listened to first and then handed out to be looked
through, so that nothing falls in between. A root that goes says nothing: its files are not gone, they are out of sight.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from secondme.sources.ignoring import Sieve
from secondme.sources.watching import mounts
from secondme.sources.watching.hearing import LIMITS, Ear, Hearing, unheard
from secondme.sources.watching.polling import INTERVAL, Poller
from secondme.sources.watching.settling import AT_ONCE, REST, Batch, Settling

__all__ = ["Batch", "Root", "Watch", "Watched"]

GLANCE = 1.0  # seconds between two looks at whether the roots are there
COVER = 30.0  # seconds between two looks for folders that nothing is heard of
DEAFENED = 3  # times that listening is begun anew
RAISE = "sudo sysctl fs.inotify.max_user_watches=1048576 fs.inotify.max_user_instances=1024"


@dataclass(frozen=True, slots=True)
class Root:
    """A file or folder to watch. `mount` is the mount point that it lay under when it was watched before, if it was.

    If nothing is mounted there now, the root is out of sight, and what is found in its place is not it.
    """

    path: Path
    mount: str = ""


@dataclass(frozen=True, slots=True)
class Watched:
    """How a root is looked after. `polled` are the places in it, each with the reason, that are looked at in turn."""

    path: str
    how: Literal["events", "polled", "away"]
    mount: str
    polled: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class _Kept:
    """A root, and what it was when it was last there. For a file it is the folder that counts."""

    path: str
    mount: str
    mounted: bool
    sieve: Sieve = field(repr=False)
    file: bool = False
    silent: str = ""
    below: dict[str, str] = field(default_factory=dict)  # mount points, with their types
    deafened: int = 0
    key: tuple[int, int] | None = None  # None: away
    seen: bool = False  # it was there before

    @property
    def folder(self) -> str:
        return os.path.dirname(self.path) if self.file else self.path

    def now(self) -> tuple[int, int] | None:
        """Device and inode, or None if it is away: not there, not mounted, or emptied as by an unmount."""
        try:
            status = os.stat(self.folder)
            key = (status.st_dev, status.st_ino)
            if key == self.key:
                return key
            if self.mounted and not os.path.ismount(self.mount):
                return None
            emptied = self.seen and not self.file and not os.listdir(self.folder)
            if emptied and not os.path.ismount(self.folder):
                return None
        except OSError:
            return None
        return key


class Watch:
    """Watches roots from `with` on. `say` gets a sentence when a person should know how something is looked after."""

    def __init__(
        self,
        roots: Sequence[Root | Path],
        *,
        interval: float = INTERVAL,
        rest: float = REST,
        say: Callable[[str], None] = lambda sentence: None,
    ) -> None:
        self._settling = Settling(rest)
        self._poller = Poller(self._settling, interval, self._here)
        self._interval = interval
        self._say = say
        self._hearing: Hearing | None = None
        self._roots = {kept.path: kept for kept in map(_kept, roots)}
        self._glanced = self._covered = 0.0

    def __enter__(self) -> Watch:
        self._hearing = Hearing(self._overflowed)
        for root in self._outermost():
            self._attend(root)
        self._glanced = self._covered = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._poller.close()
        if self._hearing is not None:
            self._hearing.close()

    def batch(self, wait: float, most: int = AT_ONCE) -> Batch | None:
        """The next batch, or None if there is none for `wait` seconds."""
        until = time.monotonic() + wait
        while True:
            self._glance()
            if batch := self._settling.take(most):
                return batch
            left = until - time.monotonic()
            if left <= 0:
                return None
            self._settling.wait(min(left, GLANCE))

    @property
    def waiting(self) -> int:
        """How many paths something happened at that were not handed out yet."""
        return len(self._settling)

    def watched(self) -> list[Watched]:
        found = []
        for root in self._roots.values():
            polled = tuple((place.path, place.why) for place in self._poller.places() if place.root == root.path)
            how: Literal["events", "polled"] = "polled" if any(path == root.path for path, _ in polled) else "events"
            found.append(Watched(root.path, how if root.key else "away", root.mount, polled))
        return found

    # -- the roots ----------------------------------------------------------------------------------------------

    def _outermost(self) -> list[_Kept]:
        """The roots without those that another one covers."""
        for root in list(self._roots.values()):
            for other in self._roots.values():
                inside = root is not other and root.path.startswith(os.path.join(other.path, ""))
                if inside and not other.file and other.sieve.takes(root.path, is_folder=not root.file):
                    del self._roots[root.path]
                    break
        return list(self._roots.values())

    def _here(self, path: str) -> bool:
        """Whether a root is there. Asked by the poller, in its thread: a drive that hangs holds up nobody else."""
        root = self._roots[path]
        key = root.now()
        if root.silent:
            self._came_or_went(root, key)
        return key is not None

    def _glance(self) -> None:
        now = time.monotonic()
        if now - self._glanced < GLANCE or self._hearing is None:
            return
        self._glanced = now
        for root in self._roots.values():
            if root.silent:
                continue
            key, before = root.now(), root.key
            if key != before:
                self._came_or_went(root, key)
            elif key is not None and self._hearing.deaf(root.path):
                self._deafened(root)
        if now - self._covered > COVER:
            self._covered = now
            self._look_for_new(self._hearing.folders_came())

    def _look_for_new(self, grown: list[str]) -> None:
        """Folders that came below roots, and drives: a mount is no event, and hides what was listened to there."""
        for root in self._roots.values():
            if root.silent or root.key is None:
                continue
            if not root.file and mounts.below(root.folder) != root.below:
                self._attend(root)
            elif root.path in grown:
                self._cover(root)

    def _deafened(self, root: _Kept) -> None:
        root.deafened += 1
        if root.deafened <= DEAFENED:
            self._attend(root)
        elif self._hearing is not None:
            self._hearing.forget(root.path)
            self._poll(root.path, root, "the system does not keep telling of changes")

    def _came_or_went(self, root: _Kept, key: tuple[int, int] | None) -> None:
        before = root.key
        if key is None and before is not None:
            root.key = None
            self._settling.drop(root.path)
            if self._hearing is not None:
                self._hearing.forget(root.path)
            self._say(f"{root.path} is not there just now: nothing of it is forgotten, and it is read when it is back.")
        elif key is not None and before is None:
            self._say(f"{root.path} is there again.")
            self._attend(root)
        elif key != before:
            self._attend(root)

    def _attend(self, root: _Kept) -> None:
        """Look after a root that is there, and hand all of it out."""
        root.sieve.forget()
        root.file = os.path.isfile(root.path)
        root.key = root.now()
        if root.key is None:
            self._say(f"{root.path} is not there: it is read when it comes.")
            return
        root.mount, root.mounted, root.seen = mounts.mount_of(root.folder), True, True
        root.silent = mounts.silent(root.folder)
        if root.silent:
            self._poll(root.path, root, f"nothing tells of changes on {root.silent}")
            return
        if self._listen(root):
            self._cover(root)
            self._settling.mark(root.path, root=root.path, folder=not root.file, rest=0.0)

    def _listen(self, root: _Kept) -> bool:
        assert self._hearing is not None
        ear = Ear(root.path, root.folder, self._settling, root.sieve)
        try:
            self._hearing.listen(root.path, ear, recursive=not root.file)
        except OSError as error:
            if error.errno in LIMITS:
                self._limited(root.path, root)
            else:
                self._poll(root.path, root, f"the system refuses to watch it ({error.strerror or error})")
            return False
        return True

    def _cover(self, root: _Kept) -> None:
        """Poll what nothing is heard of: network drives and links below a root, folders beyond the limits."""
        root.below = {} if root.file else mounts.below(root.folder)
        for path, kind in root.below.items():
            if mounts.tells_nothing(kind) and root.sieve.takes(path, is_folder=True):
                self._poll(path, root, f"nothing tells of changes on {kind}")
        if root.file:
            return
        real, folders = os.path.realpath(root.path), []
        for path, inode, link in _folders(root.path, root.sieve):
            if not link:
                folders.append((path, inode))
            elif not _overlap(os.path.realpath(path), real):
                self._poll(path, root, "it lies behind a link")
        if missed := list(unheard(real, folders)):
            self._limited(os.path.commonpath(missed), root)

    def _limited(self, path: str, root: _Kept) -> None:
        if self._poll(path, root, "the system's limit of watches is reached"):
            self._say(
                f"The system has no watches left for {path}, so it is looked through every {self._interval:g} s "
                f"instead; to raise the limit: {RAISE}"
            )

    def _poll(self, path: str, root: _Kept, why: str) -> bool:
        return self._poller.add(path, root.path, why)

    def _overflowed(self) -> None:
        for path in list(self._roots):
            self._settling.flood(path)


def _kept(root: Root | Path) -> _Kept:
    root = root if isinstance(root, Root) else Root(root)
    path = os.path.abspath(root.path)
    return _Kept(path, root.mount, bool(root.mount), Sieve(path), os.path.isfile(path))


def _folders(root: str, sieve: Sieve) -> Iterator[tuple[str, int, bool]]:
    """Every folder below `root` that counts: path, inode number, and whether it is a link (which is not entered)."""
    stack = [root]
    while stack:
        try:
            with os.scandir(stack.pop()) as entries:
                for entry in entries:
                    if not entry.is_dir() or not sieve.takes(entry.path, is_folder=True):
                        continue
                    link = entry.is_symlink()
                    yield entry.path, entry.inode(), link
                    if not link:
                        stack.append(entry.path)
        except OSError:
            continue


def _overlap(one: str, other: str) -> bool:
    return one == other or one.startswith(os.path.join(other, "")) or other.startswith(os.path.join(one, ""))
