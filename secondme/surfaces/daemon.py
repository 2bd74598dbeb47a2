"""The one process that watches for a home: its claim, its state for others to read, its log, its beginning and its end.

    watch.lock   held as long as it lives; the system lets go of it even after kill -9
    watch.json   who holds it, since when, and how watching stands
    watch.log    what it said: paths and counts, never the text of memories (and watch.log.1, .2)

A process number alone proves nothing, since the system gives them again: a number counts only while the lock is held,
and with the time at which that process began.
"""

from __future__ import annotations

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.config import Home
from secondme.errors import Busy, NoHome, SecondMeError
from secondme.surfaces import watched

if TYPE_CHECKING:
    import psutil

LOG_BYTES, LOGS = 1_000_000, 2
START_SECONDS, STOP_SECONDS = 60.0, 30.0
SAME_TIME = 2.0  # seconds; the time at which a process began is computed from the clock, which may have been set
STATE_SECONDS = 1.0  # between two writings of the state

State = dict[str, Any]


def log_of(home: Home) -> Path:
    return home.memories / "watch.log"


def _lock_of(home: Home) -> Path:
    return home.memories / "watch.lock"


def _state_of(home: Home) -> Path:
    return home.memories / "watch.json"


class Claim:
    """This process's hold on watching, and what it lets others know. Made by `claim`."""

    def __init__(self, home: Home, logged: bool) -> None:
        import psutil

        self._path = _state_of(home)
        self._own: State = {
            "pid": os.getpid(),
            "began": psutil.Process().create_time(),
            "since": datetime.now().astimezone().isoformat(timespec="seconds"),
            "log": str(log_of(home)) if logged else "",
        }
        self._written: State = {}
        self._when = 0.0

    def show(self, state: State) -> None:
        """Let others know. A change is written at most once a second; a full disk is no reason to end."""
        now = time.monotonic()
        if state != self._written and now - self._when >= STATE_SECONDS:
            with contextlib.suppress(SecondMeError):
                watched.write(self._path, {**self._own, **state})
                self._written, self._when = dict(state), now


@contextlib.contextmanager
def claim(home: Home, logged: bool = False) -> Iterator[Claim]:
    """Be the one that watches for this home. Raises Busy, naming the one that does."""
    import filelock

    home.ensure()
    lock = filelock.FileLock(_lock_of(home))
    try:
        lock.acquire(timeout=1.0, poll_interval=0.05)  # somebody may just be asking whether it is held
    except filelock.Timeout:
        raise already(running(home)) from None
    except OSError as error:
        raise NoHome(f"{home.memories} cannot be locked: {error.strerror or error}.") from error
    try:
        yield Claim(home, logged)
    finally:
        _state_of(home).unlink(missing_ok=True)
        lock.release()


def already(state: State | None) -> Busy:
    who = f" by process {state['pid']}, since {state['since']}" if state else ""
    return Busy(f"This memory is being kept up to date already{who}.", "`secondme watch stop` ends that.")


def running(home: Home) -> State | None:
    """What the process that watches says of itself; None if there is none."""
    state = left_behind(home)
    return state if state is not None and _held(home) and _is(state) else None


def left_behind(home: Home) -> State | None:
    """What the last process to watch wrote, if it did not end in order."""
    try:
        state = json.loads(_state_of(home).read_text(encoding="utf-8"))
        return state if isinstance(state["pid"], int) and state["since"] else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _held(home: Home) -> bool:
    import filelock

    if not _lock_of(home).exists():
        return False
    lock = filelock.FileLock(_lock_of(home))
    try:
        lock.acquire(timeout=0)
    except (filelock.Timeout, OSError):
        return True
    lock.release()
    return False


def _is(state: State) -> bool:
    """Whether the process of that number is the one that wrote this."""
    import psutil

    try:
        process = psutil.Process(state["pid"])
        if abs(process.create_time() - float(state.get("began", 0))) < SAME_TIME:
            return True
        words = process.cmdline()  # the clock may have been set since
        return any("secondme" in word for word in words) and "watch" in words
    except (psutil.Error, OSError, TypeError, ValueError):
        return False


def stop(home: Home) -> State | None:
    """End the process that watches: politely, then not. What it was, or None if there was none."""
    import psutil

    state = running(home)
    if state is None:
        return None
    try:
        process = psutil.Process(state["pid"])
        process.terminate()
        if not _ended(process, STOP_SECONDS):
            process.kill()  # nothing is lost by that: what it was reading is read again
            _ended(process, STOP_SECONDS)
    except psutil.NoSuchProcess:
        pass
    except (psutil.Error, OSError) as error:
        raise SecondMeError(f"Process {state['pid']} cannot be stopped: {error}.", "Stop it as its owner.") from error
    return state


def _ended(process: psutil.Process, seconds: float) -> bool:
    import psutil

    until = time.monotonic() + seconds
    while time.monotonic() < until:
        if not process.is_running() or process.status() == psutil.STATUS_ZOMBIE:
            return True
        time.sleep(0.05)
    return False


def launch(home: Home, arguments: Sequence[str]) -> State:
    """Start `secondme watch` as a process of its own that outlives this one; return when it watches.

    Raises Busy if one does, and what the new process complained of if it ended at once.
    """
    if state := running(home):
        raise already(state)
    home.ensure()
    log = log_of(home)
    with log.open("ab") as output:
        said_before = output.tell()
        process = subprocess.Popen(
            [*program(), "--profile", home.profile, "watch", "--log", *arguments],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=output,
            cwd=os.sep,
            start_new_session=True,
            env=_environment(home),
        )
    until = time.monotonic() + START_SECONDS
    while time.monotonic() < until:
        if (state := running(home)) and state["pid"] == process.pid:
            return state
        if process.poll() is not None:
            raise _complaint(log, said_before)
        time.sleep(0.05)
    process.terminate()
    raise SecondMeError(f"Watching did not begin within {START_SECONDS:.0f} s.", f"See {log}.")


def program() -> list[str]:
    """How this secondme is started, wherever that is done; -P keeps the current folder out of its imports."""
    return [sys.executable, "-P", "-m", "secondme"]


def needed(home: Home) -> dict[str, str]:
    """What must be in the environment for `program` to be this secondme with this home, in any folder."""
    package = Path(__file__).resolve().parents[2]
    installed = package.name in ("site-packages", "dist-packages")
    return {
        **({"SECONDME_HOME": str(home.data_dir)} if os.environ.get("SECONDME_HOME") else {}),
        **({} if installed else {"PYTHONPATH": str(package)}),
    }


def _environment(home: Home) -> dict[str, str]:
    places = [
        *needed(home).get("PYTHONPATH", "").split(os.pathsep),
        *os.environ.get("PYTHONPATH", "").split(os.pathsep),
    ]
    paths = {"PYTHONPATH": os.pathsep.join(os.path.abspath(place) for place in places if place)}
    return {**os.environ, **needed(home), **paths}


def _complaint(log: Path, since: int) -> SecondMeError:
    with log.open("rb") as stream:
        stream.seek(since)
        lines = stream.read(100_000).decode("utf-8", "replace").splitlines()
    for at, line in enumerate(lines):
        if line.startswith("secondme: "):
            return SecondMeError(line.removeprefix("secondme: "), lines[at + 1] if at + 1 < len(lines) else None)
    return SecondMeError("Watching ended as soon as it had begun.", f"See {log}.")


def logger(home: Home) -> Callable[[str], None]:
    """Writes sentences into the log, which never grows beyond three megabytes."""
    import logging
    import logging.handlers

    home.ensure()
    handler = logging.handlers.RotatingFileHandler(
        log_of(home), maxBytes=LOG_BYTES, backupCount=LOGS, encoding="utf-8", errors="backslashreplace"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s  %(message)s", "%Y-%m-%d %H:%M:%S"))
    log = logging.getLogger("secondme.watch")
    log.handlers, log.propagate = [handler], False
    log.setLevel(logging.INFO)
    return log.info


class Ended(KeyboardInterrupt):
    """The system, or `secondme watch stop`, asked this process to end."""


def end_when_asked() -> None:
    """Let SIGTERM and SIGHUP end the work in hand as an interrupt does; what was finished is kept."""

    def end(number: int, frame: object) -> None:
        signal.signal(number, signal.SIG_IGN)
        raise Ended

    for name in ("SIGTERM", "SIGHUP"):
        number = getattr(signal, name, None)
        if number is not None and signal.getsignal(number) is not signal.SIG_IGN:  # as under nohup
            signal.signal(number, end)
