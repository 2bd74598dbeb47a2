"""Places that are looked at again and again, since nothing tells when something changes there.

Knows what the last look saw and marks what differs. A place that is not there just now, or is another one than before,
says nothing about its files.
"""

from __future__ import annotations

import contextlib
import os
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from secondme.sources.ignoring import Sieve
from secondme.sources.walk import Found, walk_stat
from secondme.sources.watching.settling import Settling

INTERVAL = 10.0  # seconds
REST = 3.0  # network drives tell a size late (NFS keeps attributes for three seconds)
SHARE = 20  # a look that took a second is followed by so many seconds without
MOST = 200_000  # files that are remembered, 60 MB; of more, all is looked through each time
COARSE = 600.0

Seen = dict[str, tuple[int, int, int]]


@dataclass(slots=True)
class Polled:
    """A place, and what the last look saw there; None before the first one. `why` is a phrase for people."""

    path: str
    root: str
    why: str
    due: float = 0.0
    device: int = 0
    mounted: bool = False
    coarse: bool = False
    seen: Seen | None = field(default=None, repr=False)


class Poller:
    """Looks at places in a thread of its own. `here` says whether a root is there."""

    def __init__(
        self,
        settling: Settling,
        interval: float = INTERVAL,
        here: Callable[[str], bool] = os.path.exists,
    ) -> None:
        self._settling = settling
        self._interval = interval
        self._here = here
        self._places: dict[str, Polled] = {}
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def places(self) -> list[Polled]:
        return list(self._places.values())

    def add(self, path: str, root: str, why: str) -> bool:
        """Look at `path`, which is at or below `root`, from now on; False if that is being done."""
        if any(path == known or path.startswith(os.path.join(known, "")) for known in self._places):
            return False
        self._places[path] = Polled(path, root, why)
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="polling", daemon=True)
            self._thread.start()
        return True

    def close(self) -> None:
        self._stop.set()
        if self._thread is not None:
            self._thread.join(timeout=2.0)  # a look at a drive that hangs is not waited for

    def _run(self) -> None:
        while not self._stop.is_set():
            for place in self.places():
                if place.due <= time.monotonic() and not self._stop.is_set():
                    begun = time.monotonic()
                    with contextlib.suppress(OSError):  # a drive that fails in the middle; the next look will tell
                        self.look(place)
                    took = time.monotonic() - begun
                    wait = max(self._interval, SHARE * took, COARSE if place.coarse else 0.0)
                    place.due = time.monotonic() + wait
            self._stop.wait(min(0.5, self._interval / 2))

    def look(self, place: Polled) -> None:
        """Compare with what was seen before. The first look asks for all of it to be looked through."""
        device, mounted = _device(place.path), os.path.ismount(place.path)
        if not self._here(place.root) or device is None or (place.mounted and not mounted):
            return
        now = self._seen(place.path)
        if now is None or not self._here(place.root):  # it went meanwhile
            return
        before, place.seen = place.seen, now
        place.coarse = len(now) > MOST
        if place.coarse:
            place.seen = {}
        if before is None or device != place.device or place.coarse:
            self._settling.mark(place.path, root=place.root, folder=True)
        else:
            self._mark(place, before, now)
        place.device, place.mounted = device, mounted

    def _mark(self, place: Polled, before: Seen, now: Seen) -> None:
        sieve = Sieve(place.root)  # a new one, since ignore files may have changed
        changed = [path for path, stamp in now.items() if before.get(path) != stamp]
        for path in [*changed, *(before.keys() - now.keys())]:
            if sieve.takes(path):
                self._settling.mark(path, root=place.root, rest=min(REST, self._interval))

    def _seen(self, path: str) -> Seen | None:
        """What is there now; None if it cannot be entered, or this is the end."""
        seen: Seen = {}
        for found in walk_stat([Path(path)]):
            if self._stop.is_set():
                return None
            if isinstance(found, Found):
                seen[found.path] = (found.size, found.mtime_ns, found.ino)
                if len(seen) > MOST:
                    break
            elif found.source == path:
                return None
        return seen


def _device(path: str) -> int | None:
    try:
        return os.stat(path).st_dev
    except OSError:
        return None
