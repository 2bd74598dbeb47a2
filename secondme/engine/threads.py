"""How many threads a model gets, how they wait for each other, and who goes first, on a machine that is never idle.

Knows what the processors did in the last second: what this program took of them, and what everybody else did. Refuses
to know models. Standard library until something is measured.

llama.cpp's OpenMP threads meet at a barrier after each of some 500 nodes a token. Who waits there can spin, which is
quickest as long as every thread has a core to itself: where one shares its core, the other spins through its turn
(0 to 10 tokens a second of 100, two threads beside one or two busy processes on two cores). Or it can sleep, which
costs a wake-up at each barrier (50 of 100 when idle). libgomp can do first the one and then the other: three hundred
rounds, less than a microsecond or two, and then sleep. That is within a tenth of pure spinning on an idle machine, and
40 of 100 beside a busy process, for the half second until that is noticed. So the choice, which is made before the
library is loaded, does not hang on knowing that nobody else will want to work.

The number of threads follows from what others want, and that is not what they get: our own threads take from it. When
everything is taken, each of our threads gets u/n of a core and others get o, so there are o/(u/n) of them. What is left
beside them is what we use: one thread alone was faster (75) than two of which one shared its core (21 to 57).
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

SPINS = 300  # rounds at a barrier before sleeping
WINDOW, FIRST = 0.5, 0.1  # seconds that are looked at, and those until the first look; the system counts in hundredths
SLACK = 0.1  # share of the processors that must have been idle for nobody to have waited for one
ROUNDED = 0.6  # a thread that has a core for so much of the time is worth it
BACKGROUND = 10  # added to the nice value: a tenth of the share of an ordinary process


def environment(given: Mapping[str, str]) -> dict[str, str]:
    """What must be set before llama.cpp is loaded, for threads to wait as described above; `given` comes first.

    GOMP_SPINCOUNT is libgomp's; LLVM's runtime sleeps at once when told to be passive. An owner who sets either of them
    decides alone.
    """
    if "OMP_WAIT_POLICY" in given or "GOMP_SPINCOUNT" in given:
        return {}
    return {"OMP_WAIT_POLICY": "passive", "GOMP_SPINCOUNT": str(SPINS)}


def allowed() -> list[int]:
    """The processors that this process may use, by number."""
    if hasattr(os, "sched_getaffinity"):
        return sorted(os.sched_getaffinity(0))
    return list(range(os.cpu_count() or 1))


def cores() -> int:
    """Physical cores that this process may use: two threads on one core share its arithmetic. A quota counts, too."""
    import psutil

    most = len(allowed())
    most = min(most, psutil.cpu_count(logical=False) or most)
    quota = _quota()
    return max(1, min(most, round(quota)) if quota else most)


def _quota(root: Path = Path("/sys/fs/cgroup")) -> float:
    """Processors' worth of time that a container may take, 0.0 where there is no such limit."""
    for name in ("cpu.max", "cpu/cpu.cfs_quota_us"):
        with suppress(OSError, ValueError):
            words = (root / name).read_text().split()
            period = words[1] if len(words) > 1 else (root / "cpu/cpu.cfs_period_us").read_text()
            return max(0.0, int(words[0]) / int(period))  # "max" is no number, -1 no limit
    return 0.0


@dataclass(frozen=True, slots=True)
class Taken:
    """Seconds of processor time since the start: all that was taken of the processors we may use, and our own share."""

    at: float
    everybody: float
    ours: float


def taken() -> Taken:
    """By now. Ours is this process and its parent, which waits while we compute."""
    import psutil

    each = psutil.cpu_times(percpu=True)
    everybody = 0.0
    for times in (each[n] for n in allowed() if n < len(each)):
        everybody += sum(times) - times.idle - getattr(times, "iowait", 0.0)
        everybody -= getattr(times, "guest", 0.0) + getattr(times, "guest_nice", 0.0)  # counted in user time already
    ours = 0.0
    for pid in (os.getpid(), os.getppid()):
        with suppress(psutil.Error):
            spent = psutil.Process(pid).cpu_times()
            ours += spent.user + spent.system
    return Taken(time.monotonic(), everybody, ours)


def wanted_by_others(before: Taken, after: Taken, running: int, processors: int) -> float:
    """Threads' worth of work that others had in between, while `running` threads of ours did theirs."""
    seconds = max(after.at - before.at, 1e-3)
    ours = max(0.0, (after.ours - before.ours) / seconds)
    others = max(0.0, (after.everybody - before.everybody) / seconds - ours)
    idle = processors - ours - others
    if idle > SLACK * processors or ours < SLACK:
        return others
    return others / min(1.0, ours / running)


def fitting(others: float, most: int) -> int:
    """Threads of ours beside `others`: those that get a core to themselves, of at most `most`."""
    return max(1, min(most, int(most - others + ROUNDED)))


class Share:
    """The number of threads that fits now, looked at anew every half second while something is computed."""

    def __init__(self, most: int, look: Callable[[], Taken] = taken) -> None:
        self._most, self._look = most, look
        self._processors = max(len(allowed()), most)
        self._before = look()
        self._others: float | None = None
        self.threads = most

    def choose(self) -> int:
        """Call it as often as you like."""
        if time.monotonic() - self._before.at >= (FIRST if self._others is None else WINDOW):
            now = self._look()
            others = wanted_by_others(self._before, now, self.threads, self._processors)
            # half of what was known before: one spike does not make a busy machine
            self._others = others if self._others is None else (self._others + others) / 2
            self._before, self.threads = now, fitting(self._others, self._most)
        return self.threads


def step_back(more: bool, group: Path = Path("/proc/self/autogroup")) -> None:
    """Lets others go first: `more` than before, for work that nobody waits for, or as much as the parent does.

    It cannot be undone without privileges. On Linux desktops each session is scheduled as a group, and within a session
    of its own, as the model's process has, `nice` alone changes nothing.
    """
    with suppress(OSError, AttributeError):
        if behind := os.nice(BACKGROUND if more else 0):
            group.write_text(str(max(0, behind)))
