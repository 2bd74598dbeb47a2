"""Changes at rest: marks on paths in, batches out. Knows the disk by `stat` alone, and nothing of who marks.

A mark says that something happened at a path; what it was is seen on disk when the path has come to rest, so that a
save by rename, a deletion with a new file in its place, or ten events for one save are all one change. A file is at
rest when nothing was heard of it for a while and its size and time are what they were before that while.
"""

from __future__ import annotations

import errno
import heapq
import os
import stat
import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

REST = 0.3  # seconds
STEADY = 30.0  # what never rests is handed out as it is, this often
FREQUENT, LARGE = 3, 1_000_000  # a larger file that was handed out this often lately is held back to that pace, too
AT_ONCE = 500  # files in a batch
MARKS = 20_000  # more than these below one root, and the root is looked through instead
_UNSURE = (errno.EIO, errno.ESTALE, errno.ENOTCONN, errno.EHOSTDOWN, errno.ETIMEDOUT, errno.EAGAIN, errno.EBUSY)


@dataclass(frozen=True, slots=True)
class Batch:
    """What changed on disk: files to read, paths (files or folders) that are gone, folders to look through."""

    changed: tuple[Path, ...] = ()
    gone: tuple[Path, ...] = ()
    rescan: tuple[Path, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.changed or self.gone or self.rescan)

    def __len__(self) -> int:
        return len(self.changed) + len(self.gone) + len(self.rescan)


@dataclass(slots=True)
class _Mark:
    """Something happened at `path`. `born`: the path was not there before; `towards`: where it was moved to."""

    path: str
    root: str
    due: float
    first: float
    rest: float
    born: bool
    folder: bool
    flooded: bool = False
    towards: str = ""
    seen: tuple[int, int, int] | None = None


@dataclass(slots=True)
class _Taken:
    changed: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    rescan: list[str] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.changed) + len(self.gone) + len(self.rescan)


class Settling:
    """The paths that something happened at, until they are at rest. Safe to use from several threads."""

    def __init__(self, rest: float = REST, clock: Callable[[], float] = time.monotonic) -> None:
        self._rest = rest
        self._clock = clock
        self._ready = threading.Condition()
        self._marks: dict[str, _Mark] = {}
        self._heap: list[tuple[float, str]] = []  # one entry for each mark; its time may be older than the mark's
        self._folders = 0
        self._lately: dict[str, list[float]] = {}

    def __len__(self) -> int:
        return len(self._marks)

    def mark(
        self, path: str, *, root: str, born: bool = False, folder: bool = False, rest: float | None = None
    ) -> None:
        """Something happened at `path`, which is at or below `root`."""
        with self._ready:
            self._mark(path, root, born, folder, self._rest if rest is None else rest)

    def mark_move(self, old: str, new: str, *, root: str, folder: bool = False) -> None:
        """`old` is now `new`: they come out together."""
        with self._ready:
            self._mark(old, root, False, folder, self._rest)
            self._mark(new, root, False, folder, self._rest)
            if old in self._marks and new in self._marks:
                self._marks[old].towards = new

    def flood(self, root: str) -> None:
        """Too much happened below `root` to tell: all of it is to be looked through, once it is quiet."""
        with self._ready:
            self._flood(root)

    def drop(self, root: str) -> None:
        """Forget what was heard of `root` and below."""
        with self._ready:
            self._drop(root)

    def wait(self, seconds: float) -> None:
        """Until a mark may be at rest, or that long."""
        with self._ready:
            if self._heap:
                seconds = min(seconds, self._heap[0][0] - self._clock())
            if seconds > 0:
                self._ready.wait(seconds)

    def take(self, most: int = AT_ONCE) -> Batch:
        """What is at rest by now, at most so many files; the oldest first."""
        taken, asked = _Taken(), 0
        now = self._clock()
        with self._ready:
            while self._heap and self._heap[0][0] <= now and len(taken) < most and asked < 10 * most:
                asked += 1
                _, path = heapq.heappop(self._heap)
                mark = self._marks.get(path)
                if mark is None:
                    continue
                if mark.due <= now:
                    self._judge(mark, now, taken)
                if path in self._marks:
                    heapq.heappush(self._heap, (max(mark.due, now), path))
        return Batch(
            tuple(map(Path, taken.changed)),
            tuple(map(Path, _topmost(taken.gone))),
            tuple(map(Path, _topmost(taken.rescan))),
        )

    # -- marks --------------------------------------------------------------------------------------------------

    def _mark(self, path: str, root: str, born: bool, folder: bool, rest: float) -> None:
        now = self._clock()
        if self._folders and self._hold_back(path, now):
            return
        mark = self._marks.get(path)
        if mark is None:
            if len(self._marks) >= MARKS:
                return self._flood(root)
            mark = self._marks[path] = _Mark(path, root, now + rest, now, rest, born, False)
            heapq.heappush(self._heap, (mark.due, path))
            if self._heap[0][1] == path:
                self._ready.notify()
        mark.due, mark.rest = min(now + rest, mark.first + STEADY), rest
        if folder and not mark.folder:
            mark.folder = True
            self._folders += 1
        if not mark.folder:
            mark.seen = _look(path)
        return None

    def _hold_back(self, path: str, now: float) -> bool:
        """A folder is not at rest while something happens below it. True if that folder is looked through anyway."""
        above = os.path.dirname(path)
        while True:
            mark = self._marks.get(above)
            if mark is not None and mark.folder:
                mark.due = min(now + mark.rest, mark.first + STEADY)
                if mark.flooded:
                    return True
            outer = os.path.dirname(above)
            if outer == above:
                return False
            above = outer

    def _flood(self, root: str) -> None:
        now = self._clock()
        known = self._marks.get(root)
        self._drop(root)
        first = known.first if known else now
        self._marks[root] = _Mark(root, root, now + self._rest, first, self._rest, False, True, flooded=True)
        self._folders += 1
        heapq.heappush(self._heap, (now + self._rest, root))
        self._ready.notify()

    def _drop(self, root: str) -> None:
        below = os.path.join(root, "")
        for path in [path for path in self._marks if path == root or path.startswith(below)]:
            self._forget(path)
        self._heap = [(due, path) for due, path in self._heap if path in self._marks]
        heapq.heapify(self._heap)

    def _forget(self, path: str) -> None:
        mark = self._marks.pop(path, None)
        if mark is not None and mark.folder:
            self._folders -= 1

    # -- what is at rest ----------------------------------------------------------------------------------------

    def _judge(self, mark: _Mark, now: float, taken: _Taken) -> None:
        """Take a mark that is due, or give it a later time."""
        try:
            status = os.stat(mark.path)
        except (FileNotFoundError, NotADirectoryError):
            self._absent(mark, now, taken)
        except OSError as error:
            if error.errno in _UNSURE and now - mark.first < STEADY:
                mark.due = now + 1.0
            elif error.errno in _UNSURE:  # a drive that is going: nothing is known, so nothing is said
                self._forget(mark.path)
            else:  # whoever reads it will say why it cannot be read
                self._hand_out(mark.path, taken.changed)
        else:
            if stat.S_ISDIR(status.st_mode):
                self._hand_out(mark.path, taken.rescan)
            else:
                self._present(mark, status, now, taken)

    def _present(self, mark: _Mark, status: os.stat_result, now: float, taken: _Taken) -> None:
        seen = (status.st_size, status.st_mtime_ns, status.st_ino)
        if seen != mark.seen and now - mark.first < STEADY:
            mark.seen, mark.due = seen, now + mark.rest
        elif (again := self._not_before(mark.path, status.st_size, now)) > now:
            mark.due = again
        else:
            self._lately.setdefault(mark.path, []).append(now)
            self._hand_out(mark.path, taken.changed)

    def _not_before(self, path: str, size: int, now: float) -> float:
        """When a large file that changes all the time may be handed out again."""
        if len(self._lately) > MARKS:
            self._lately.clear()
        times = self._lately[path] = [then for then in self._lately.get(path, ()) if now - then < STEADY]
        held_back = size > LARGE and len(times) >= FREQUENT
        return times[-1] + STEADY if held_back else now

    def _absent(self, mark: _Mark, now: float, taken: _Taken) -> None:
        self._forget(mark.path)
        if mark.born:  # nobody has heard of it
            return
        target = self._arrival(mark)
        if target is not None and now - mark.first < STEADY:
            if target.due <= now:
                self._judge(target, now, taken)
            if target.path in self._marks:  # not at rest yet: the old name waits for the new one
                self._marks[mark.path] = mark
                self._folders += mark.folder
                mark.due = target.due
                return
        taken.gone.append(mark.path)
        above = os.path.dirname(mark.path)
        if above != mark.root and above not in self._marks and above not in taken.gone and not os.path.lexists(above):
            # told of in a folder that is long gone: after a folder came back, watchdog before 7 uses its old name
            self._mark(mark.root, mark.root, False, True, self._rest)

    def _arrival(self, mark: _Mark) -> _Mark | None:
        """Where a file that was moved, and perhaps moved on, is now; None if that is not waited for."""
        passed = {mark.path: mark}
        target = self._marks.get(mark.towards)
        while target is not None and target.path not in passed and not os.path.lexists(target.path):
            passed[target.path] = target
            target = self._marks.get(target.towards)
        if target is None or target.path in passed:
            return None
        for between in passed.values():  # so that a long chain is followed once
            between.towards = target.path
        return target

    def _hand_out(self, path: str, out: list[str]) -> None:
        self._forget(path)
        out.append(path)


def _look(path: str) -> tuple[int, int, int] | None:
    try:
        status = os.stat(path)
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns, status.st_ino


def _topmost(paths: Iterable[str]) -> list[str]:
    """Without those that lie below another one of them."""
    found = list(dict.fromkeys(paths))
    places = set(found)
    return [path for path in found if not any(above in places for above in _above(path))]


def _above(path: str) -> Iterable[str]:
    while (outer := os.path.dirname(path)) != path:
        yield outer
        path = outer
