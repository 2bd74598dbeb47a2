"""What the operating system tells of changes, through watchdog: marks on paths. Knows no file's content or size.

watchdog hides three things that would lose changes, so they are looked for here: a folder that no inotify watch was
left for (7.x passes over it, 5.x raises at the start and passes over later ones), an overflow of the kernel's queue
(7.x logs it, 5.x says nothing), and a thread that died.
"""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterable, Iterator
from typing import TYPE_CHECKING, Any

from secondme.sources.ignoring import IGNORE_FILE, MARKERS, Sieve
from secondme.sources.watching.settling import Settling

if TYPE_CHECKING:
    from watchdog.events import FileSystemEvent
    from watchdog.observers.api import BaseObserver, ObservedWatch

BURST = 8_192  # events without a pause; the kernel's queue holds 16,384, and what it loses it does not always say
PAUSE = 1.0
LIMITS = (errno.ENOSPC, errno.EMFILE, errno.ENOMEM)


class Ear:
    """Turns events in `folder` into marks for `root`, which is that folder or a file in it.

    Events name real paths; marks carry the names that the owner uses.
    """

    def __init__(self, root: str, folder: str, settling: Settling, sieve: Sieve) -> None:
        self.real = os.path.realpath(folder)
        self.folders_came = False
        self._root = root
        self._file = root if root != folder else ""
        self._inside, self._really = os.path.join(folder, ""), os.path.join(self.real, "")
        self._settling = settling
        self._sieve = sieve
        self._heard, self._last = 0, 0.0

    def dispatch(self, event: FileSystemEvent) -> None:
        """Called by watchdog, in its thread."""
        if getattr(event, "is_synthetic", False):  # of files in a folder that was moved: the folder is told of, too
            return
        self._count()
        folder = event.is_directory
        old = self._named(event.src_path, folder)
        new = self._named(event.dest_path, folder) if event.event_type == "moved" else ""
        if folder and event.event_type not in ("created", "moved", "deleted"):
            return
        old, new = self._rules_or(old), self._rules_or(new)
        if folder or (event.event_type == "created" and old and os.path.islink(old)):
            self.folders_came = True
        if old and new:
            self._settling.mark_move(old, new, root=self._root, folder=folder)
        elif old or new:
            # FSEvents says "created" of what was created long ago, too
            born = event.event_type == "created" and sys.platform != "darwin"
            self._settling.mark(old or new, root=self._root, born=born, folder=folder)

    def _named(self, path: bytes | str, folder: bool) -> str:
        """The path below the root as the owner names it; "" for what is none of ours.

        Of the root itself nothing is told: whether that is there is looked after elsewhere.
        """
        heard = os.fsdecode(path)
        if not heard.startswith(self._really) or len(heard) == len(self._really):
            return ""
        named = self._inside + heard[len(self._really) :]
        if self._file:
            return named if named == self._file else ""
        return named if self._sieve.takes(named, folder) or self._decides(named) else ""

    @staticmethod
    def _decides(path: str) -> bool:
        return os.path.basename(path) in (IGNORE_FILE, *MARKERS)

    def _rules_or(self, path: str) -> str:
        """`path`; or "" and its folder marked, if what is in there is chosen anew because of it."""
        if not path or not self._decides(path):
            return path
        self._sieve.forget()
        self._settling.mark(os.path.dirname(path), root=self._root, folder=True)
        return ""

    def _count(self) -> None:
        now = time.monotonic()
        self._heard = self._heard + 1 if now - self._last < PAUSE else 1
        self._last = now
        if self._heard == BURST:
            self._settling.mark(self._root, root=self._root, folder=True)


class Hearing:
    """The observer, and what it is to listen to."""

    def __init__(self, overflow: Callable[[], None]) -> None:
        self._observer: BaseObserver | None = None
        self._watches: dict[str, ObservedWatch] = {}
        self._threads: dict[str, set[threading.Thread]] = {}
        self._ears: dict[str, Ear] = {}
        self._words = _Words(overflow)
        logging.getLogger("watchdog").addHandler(self._words)
        # of a folder that was moved out and in again; it is harmless, and not for the terminal
        warnings.filterwarnings("ignore", category=RuntimeWarning, module=r"watchdog\.")

    def listen(self, key: str, ear: Ear, recursive: bool) -> None:
        """Let `ear` hear what happens. Raises OSError, with one of LIMITS if the system has no room for more."""
        from watchdog import events

        self.forget(key)
        wanted: list[Any] = [
            events.FileCreatedEvent, events.FileModifiedEvent, events.FileMovedEvent, events.FileDeletedEvent,
            events.FileClosedEvent, events.DirCreatedEvent, events.DirMovedEvent, events.DirDeletedEvent,
        ]  # fmt: skip
        observer = self._observing()
        before = _threads()
        self._ears[key] = ear
        handler: Any = ear  # anything with a `dispatch`
        self._watches[key] = observer.schedule(handler, ear.real, recursive=recursive, event_filter=wanted)
        self._threads[key] = _threads() - before

    def _observing(self) -> BaseObserver:
        """The observer; a new one if a thread that all roots need has died."""
        if self._observer is not None and all(thread.is_alive() for thread in self._threads[""]):
            return self._observer
        from watchdog.observers import Observer

        if self._observer is not None:
            self._observer.stop()
        before = _threads()
        observer = Observer()
        observer.start()
        self._threads[""] = _threads() - before
        self._observer = observer
        return observer

    def forget(self, key: str) -> None:
        watch, ear = self._watches.pop(key, None), self._ears.pop(key, None)
        self._threads.pop(key, None)
        if watch is None or self._observer is None:
            return
        handler: Any = ear
        with contextlib.suppress(KeyError):  # watchdog let go of it by itself
            if watch in self._watches.values():  # two files of one folder
                self._observer.remove_handler_for_watch(handler, watch)
            else:
                self._observer.unschedule(watch)

    def deaf(self, key: str) -> bool:
        """Whether a thread that is needed to hear of `key` has died."""
        threads = self._threads.get(key, set()) | self._threads.get("", set())
        return key in self._watches and not all(thread.is_alive() for thread in threads)

    def folders_came(self) -> list[str]:
        """The keys below which folders were made or moved since the last time this was asked."""
        came = [key for key, ear in self._ears.items() if ear.folders_came]
        for key in came:
            self._ears[key].folders_came = False
        return came

    def close(self) -> None:
        logging.getLogger("watchdog").removeHandler(self._words)
        if self._observer is not None:
            self._observer.stop()
            self._observer.join(timeout=5.0)
            self._observer = None


def _threads() -> set[threading.Thread]:
    """watchdog's threads that live: one or two for an observer, and some for each watch, depending on its version."""
    return {thread for thread in threading.enumerate() if type(thread).__module__.startswith("watchdog.")}


class _Words(logging.Handler):
    """Hears what watchdog logs, and keeps it from the terminal."""

    def __init__(self, overflow: Callable[[], None]) -> None:
        super().__init__(logging.WARNING)
        self._overflow = overflow

    def emit(self, record: logging.LogRecord) -> None:
        if "overflow" in record.getMessage().lower():
            self._overflow()


def unheard(root: str, folders: Iterable[tuple[str, int]]) -> Iterator[str]:
    """Those of some folders (path, inode number) that this process has no inotify watch on, as the kernel says.

    Nothing where the kernel does not say (not Linux), or numbers watched folders otherwise (some overlays).
    """
    watched = _watched()
    with contextlib.suppress(OSError):
        if os.stat(root).st_ino in watched:
            yield from (path for path, inode in folders if inode not in watched)


def _watched() -> set[int]:
    """The inode numbers that this process's inotify descriptors watch; see proc(5), /proc/pid/fdinfo."""
    inodes: set[int] = set()
    with contextlib.suppress(OSError):
        for number in os.listdir("/proc/self/fd"):
            with contextlib.suppress(OSError, ValueError):
                if "inotify" in os.readlink(f"/proc/self/fd/{number}"):
                    with open(f"/proc/self/fdinfo/{number}", encoding="ascii") as lines:
                        inodes.update(int(line.split()[2][4:], 16) for line in lines if line.startswith("inotify"))
    return inodes
