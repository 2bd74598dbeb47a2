"""The loop between the disk and memory: each batch that comes to rest is taken in, and nothing of it gets lost. In
between, facts are learnt from what was taken in.

Knows `Watch` and `Me`, and tells of each batch through callbacks: it does not print. A batch that fails is tried again
until it succeeds; what this process did not get to is found by the next one, which looks through everything first.
"""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from secondme.errors import Busy, SecondMeError
from secondme.me import Me
from secondme.records import Report, Skipped
from secondme.sources.watching.watch import Batch, Root, Watch, Watched
from secondme.surfaces import watched
from secondme.surfaces.pace import Held, Pace

TICK = 1.0
LOCK_WAIT = 2.0
FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
LEARNING = 3.0  # seconds at a time, when nothing else is to be done
PATIENCE = 2  # times that a batch may break something before its paths are tried alone


@dataclass(frozen=True, slots=True)
class Taken:
    """A batch that is in memory: when, of how many paths, and what came of it."""

    time: datetime
    paths: int
    report: Report


@dataclass(slots=True)
class Now:
    """How watching stands. `working` is the number of paths being taken in, `trouble` why that does not succeed."""

    roots: list[Watched] = field(default_factory=list)
    waiting: int = 0
    working: int = 0
    paused: str = ""
    trouble: str = ""
    last: Taken | None = None


class Watching:
    """Watches what `watched.json` names until it is interrupted.

    `tell` hears of each batch, `say` gets sentences for a person, `show` the state whenever that may have changed.
    """

    def __init__(
        self,
        me: Me,
        *,
        tell: Callable[[Taken], None],
        say: Callable[[str], None],
        show: Callable[[Now], None] = lambda now: None,
        pace: Pace | None = None,
        interval: float = 10.0,
    ) -> None:
        self._me, self._tell, self._say, self._show = me, tell, say, show
        self._pace = pace or Pace(say)
        self._interval = interval
        self._now = Now()
        self._learnt = -1  # the ledger's generation at which nothing was left to learn from

    def run(self) -> None:
        """Until interrupted. When the list of roots changes, it begins anew with the new one."""
        home = self._me.home
        while True:
            roots = watched.load(home)
            with Watch(roots, interval=self._interval, say=self._say) as watch:
                watched.remember_mounts(home, watch.watched())
                self._look_at(watch)
                stamp = watched.stamp(home)
                while stamp == watched.stamp(home) or _paths(roots) == _paths(watched.load(home)):
                    stamp = watched.stamp(home)
                    self._follow(watch)

    def _follow(self, watch: Watch) -> None:
        batch = watch.batch(TICK)
        self._pace.why_not()  # it smooths the load over time
        if batch:
            self._now.roots, self._now.working = watch.watched(), len(batch)
            self._take(batch)
            self._now.working = 0
        elif not watch.waiting and not self._pace.why_not():
            self._learn()
        self._look_at(watch)

    def _learn(self) -> None:
        """A little, of what was taken in; whoever writes goes first, and what goes wrong is tried again some day."""
        try:
            generation = self._me.reader.generation
            if generation == self._learnt or self._me.reflect(budget=LEARNING, wait=0.0).left:
                return
            if self._me.retell(budget=LEARNING, wait=0.0).finished:
                self._learnt = generation
        except SecondMeError:
            return

    def _look_at(self, watch: Watch) -> None:
        self._now.roots, self._now.waiting = watch.watched(), watch.waiting
        self._show(self._now)

    def _take(self, batch: Batch) -> None:
        """Until it is in memory, whatever it takes."""
        pause, broken = FIRST_PAUSE, 0
        while True:
            self._hold()
            self._show(self._now)
            try:
                report = self._ingest(batch) if broken < PATIENCE else self._one_by_one(batch)
                break
            except Held:
                continue
            except SecondMeError as error:
                self._troubled(error.message if isinstance(error, Busy) else f"{error.message} {error.hint}")
            except Exception as error:
                broken += 1
                self._troubled(f"Something is wrong inside secondme ({_place(error)}).")
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)
        if self._now.trouble:
            self._now.trouble = ""
            self._say("Working again.")
        self._now.last = Taken(datetime.now().astimezone(), len(batch), report)
        self._tell(self._now.last)

    def _hold(self) -> None:
        def wait(seconds: float) -> None:
            self._now.paused = self._pace.paused
            self._show(self._now)
            time.sleep(seconds)

        self._pace.hold(wait)
        self._now.paused = ""

    def _troubled(self, sentence: str) -> None:
        """Say it once, not at every attempt."""
        if self._now.trouble != sentence:
            self._say(f"{sentence} This is tried again until it succeeds.")
        self._now.trouble = sentence
        self._show(self._now)

    def _one_by_one(self, batch: Batch) -> Report:
        """A file that breaks a reader must not stop all others for good."""
        alone = [Batch((), (path,)) for path in batch.gone]
        alone += [Batch((path,)) for path in batch.changed]
        alone += [Batch((), (), (path,)) for path in batch.rescan]
        reports = []
        for one in alone:
            try:
                reports.append(self._ingest(one))
            except SecondMeError:
                raise
            except Exception as error:
                (path,) = (*one.changed, *one.gone, *one.rescan)
                self._say(f"{path} is left out: something is wrong inside secondme ({_place(error)}).")
                reports.append(Report(skipped=(Skipped(str(path), "something is wrong inside secondme"),)))
        return _sum(reports)

    def _ingest(self, batch: Batch) -> Report:
        """Bring memory up to date with a batch, as the disk is now: it may have waited."""
        there, lost = [], []
        for path in dict.fromkeys((*batch.rescan, *batch.changed, *batch.gone)):
            if os.path.lexists(path):
                there.append(path)
            elif _in_sight(path, [Path(root.path) for root in self._now.roots]):
                lost.append(path)
        if not there and not lost:
            return Report()
        in_between = self._pace.in_between
        return self._me.ingest(there, lost=lost, named=False, wait=LOCK_WAIT, progress=lambda progress: in_between())


def _in_sight(path: Path, roots: Sequence[Path]) -> bool:
    """Whether the root that `path` is below is there. If not, its files are out of sight and not gone."""
    above = [root for root in roots if path != root and path.is_relative_to(root)]
    return all(root.is_dir() for root in above) if above else path.parent.is_dir()


def _sum(reports: Sequence[Report]) -> Report:
    counts = ("added", "changed", "unchanged", "moved", "removed", "passages")
    sums = {name: sum(getattr(report, name) for report in reports) for name in counts}
    skipped = tuple(skipped for report in reports for skipped in report.skipped)
    return Report(**sums, skipped=skipped, seconds=sum(report.seconds for report in reports))


def _place(error: Exception) -> str:
    """What broke and where, without the error's own words: those may be words from memory."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} in {Path(last.filename).name}:{last.lineno}"


def _paths(roots: Sequence[Root]) -> list[Path]:
    return [root.path for root in roots]
