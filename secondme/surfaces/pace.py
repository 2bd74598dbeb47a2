"""When watching may work: at low priority, not on battery, not while others need the machine.

Knows the machine's load and power. What this process and its children cause is not counted as load.
"""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Callable

BUSY, CALM = 1.5, 1.2  # load of others per core: from where it waits, and from where it goes on
LONG = 10.0  # seconds that the machine must have been busy
LOOK = 5.0  # seconds between two looks at the load; one takes 10 ms where many processes run
POWER_LOOK = 10.0
MINUTE = 60.0  # what the first load average is smoothed over, and so our own share of it

ON_BATTERY = "the machine runs on battery"
UNDER_LOAD = "the machine is busy with other things"


class Held(BaseException):
    """Raised in the middle of work that had better wait. What was finished is kept; the rest is done again."""


class Pace:
    """Ask `why_not` before each piece of work. `eager` never waits. `say` hears of each pause, and of its end."""

    def __init__(
        self,
        say: Callable[[str], None],
        *,
        eager: bool = False,
        clock: Callable[[], float] = time.monotonic,
        load: Callable[[], float] | None = None,
        own: Callable[[], float] | None = None,
        on_battery: Callable[[], bool] | None = None,
    ) -> None:
        self._say, self._eager, self._clock = say, eager, clock
        self._load, self._own, self._on_battery = load or _load, own or _own_seconds, on_battery or _on_battery
        self._cores = os.cpu_count() or 1
        self._share = 0.0  # cores that we kept busy, smoothed as the load average is
        self._looked, self._spent = clock(), self._own()
        self._busy_since: float | None = None
        self._power_looked, self._unplugged = -POWER_LOOK, False
        self.paused = ""

    def why_not(self) -> str:
        """Why not to work just now; "" to go on."""
        if self._eager:
            return ""
        now = self._clock()
        if now - self._power_looked >= POWER_LOOK:
            self._power_looked, self._unplugged = now, self._on_battery()
        if now - self._looked >= LOOK:
            self._look(now)
        if self._unplugged:
            return ON_BATTERY
        busy = self._busy_since is not None and now - self._busy_since >= LONG
        return UNDER_LOAD if busy else ""

    def hold(self, wait: Callable[[float], object] = time.sleep) -> None:
        """Return when work may be done."""
        while reason := self.why_not():
            if not self.paused:
                self._say(f"Paused: {reason}. Nothing is missed; --eager works on.")
            self.paused = reason
            wait(LOOK)
        if self.paused:
            self._say("Going on.")
        self.paused = ""

    def in_between(self) -> None:
        """Called now and then during work. Raises Held when the machine was unplugged."""
        if self.why_not() == ON_BATTERY:
            raise Held

    def _look(self, now: float) -> None:
        spent, past = self._own(), now - self._looked
        share = max(0.0, spent - self._spent) / past
        self._share += (share - self._share) * min(1.0, past / MINUTE)
        self._looked, self._spent = now, spent
        others = (self._load() - self._share) / self._cores
        if others > (BUSY if self._busy_since is None else CALM):
            self._busy_since = now if self._busy_since is None else self._busy_since
        else:
            self._busy_since = None


def low_priority() -> None:
    """Let everything else go first: processor time as well as the disk. For the rest of this process's life."""
    import psutil

    with contextlib.suppress(OSError, AttributeError):  # not on Windows
        os.nice(10)
    with contextlib.suppress(OSError, AttributeError, psutil.Error):  # not on macOS
        psutil.Process().ionice(psutil.IOPRIO_CLASS_IDLE)


def _load() -> float:
    try:
        return os.getloadavg()[0]
    except (OSError, AttributeError):
        return 0.0


def _own_seconds() -> float:
    """Processor seconds of this process and of the model's, which is a child."""
    import psutil

    seconds = 0.0
    with contextlib.suppress(psutil.Error, OSError):
        me = psutil.Process()
        for process in (me, *me.children(recursive=True)):
            with contextlib.suppress(psutil.Error):
                times = process.cpu_times()
                seconds += times.user + times.system
    return seconds


def _on_battery() -> bool:
    import psutil

    with contextlib.suppress(OSError, AttributeError, NotImplementedError, psutil.Error):
        battery = psutil.sensors_battery()
        return battery is not None and battery.power_plugged is False
    return False
