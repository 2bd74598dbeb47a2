"""secondme watch: memory keeps up by itself, in the foreground and as a process of its own."""

from __future__ import annotations

import json
import os
import plistlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import filelock
import psutil
import pytest

from secondme.config import Home
from secondme.errors import BadSetting, Busy, DiskFull, NoSuchPath, UsageError
from secondme.me import Me
from secondme.records import Report
from secondme.sources import walk
from secondme.sources.watching import mounts
from secondme.sources.watching import watch as sources_watch
from secondme.sources.watching.watch import Root
from secondme.surfaces import daemon, pace, units, watched, watching
from secondme.surfaces.pace import ON_BATTERY, UNDER_LOAD, Held, Pace
from secondme.surfaces.watching import Now, Taken, Watching
from tests.cli.conftest import Life, calm

PATIENCE = 20.0


def until(enough: Callable[[], Any]) -> Any:
    """What that gives, once it is something."""
    end = time.monotonic() + PATIENCE
    while not (found := enough()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return found


def status(life: Life) -> dict[str, Any]:
    shown = life.quick("watch", "status", "--json")
    found: dict[str, Any] = json.loads(shown.stdout)
    assert shown.exit_code == (0 if found["running"] else 1)
    return found


def found(life: Life, words: str) -> list[str]:
    """The names of the files that a search finds these words in, word for word."""
    hits = json.loads(life.quick("recall", words, "--json").stdout)["hits"]
    return sorted(Path(hit["source"]).name for hit in hits if words in hit["text"])


@pytest.fixture
def daemons(own: Life) -> Iterator[Life]:
    """A home whose process that watches, if any, is ended after the test."""
    yield own
    if (state := status(own))["running"]:
        psutil.Process(state["pid"]).kill()


def home_of(life: Life) -> Home:
    return Home(life.home, life.home)


def log(life: Life) -> str:
    return (life.home / "profiles" / "default" / "watch.log").read_text()


# ---- the command


def test_in_the_foreground_each_batch_is_a_line_and_an_interrupt_ends_it(own: Life) -> None:
    (own.notes / "a.md").write_text("The heron stood in the pond.")
    process = own.start("watch", own.notes, "--json", "--eager")
    assert process.stdout is not None
    try:
        first = json.loads(process.stdout.readline())
        assert (first["version"], first["added"], first["passages"], first["skipped"]) == (1, 1, 1, [])
        (own.notes / "a.md").rename(own.notes / "b.md")
        moved = json.loads(process.stdout.readline())
        assert (moved["moved"], moved["added"], moved["removed"], moved["passages"]) == (1, 0, 0, 0)
        (own.notes / "b.md").write_text("The heron flew away.")
        assert json.loads(process.stdout.readline())["changed"] == 1
        (own.notes / "b.md").unlink()
        assert json.loads(process.stdout.readline())["removed"] == 1
        process.send_signal(signal.SIGINT)
        rest, told = process.communicate(timeout=PATIENCE)
    finally:
        process.kill()
    assert (process.returncode, rest) == (130, "")
    calm(told, sentences=len(told.strip().splitlines()))
    assert [line.split("  ")[1].split(" (")[0] for line in told.splitlines()[1:-2]] == [
        *("1 added", "1 moved", "1 changed", "1 removed")
    ]
    assert not status(own)["running"]


def test_a_process_of_its_own_starts_tells_how_it_stands_and_stops(daemons: Life) -> None:
    (daemons.notes / "a.md").write_text("The heron stood in the pond.")
    begun = daemons.run("watch", daemons.notes, "--daemon", "--eager")
    assert begun.returncode == 0, begun.stderr
    state = until(lambda: (state := status(daemons)) and state["last"] and state)
    assert f"process {state['pid']}" in begun.stdout
    assert state["roots"] == [{"path": str(daemons.notes), "how": "events", "polled": []}]
    assert state["last"]["added"] == 1
    again = daemons.quick("watch", daemons.notes, "--daemon")
    assert (again.exit_code, again.stdout) == (1, "")
    calm(again.stderr)
    assert str(state["pid"]) in again.stderr
    shown = daemons.quick("watch", "status").stdout
    assert f"process  {state['pid']}, since" in shown
    assert f"events   {daemons.notes}" in shown

    (daemons.notes / "b.md").write_text("A kingfisher by the weir.")
    until(lambda: found(daemons, "kingfisher"))
    (daemons.notes / "sub").mkdir()
    (daemons.notes / "a.md").rename(daemons.notes / "sub" / "c.md")
    (daemons.notes / "b.md").unlink()
    until(lambda: not found(daemons, "kingfisher"))
    until(lambda: found(daemons, "heron") == ["c.md"])

    for words in (f"Process {state['pid']} has ended.\n", "Nothing is watching.\n"):
        stopped = daemons.quick("watch", "stop")
        assert (stopped.exit_code, stopped.stderr) == (0, words)
        assert not status(daemons)["running"]
    assert "Ended." in log(daemons)
    assert not {"heron", "kingfisher"} & set(log(daemons).replace(".", " ").split()), "the log holds no memories"


def test_killed_it_is_not_taken_for_alive_and_the_next_one_makes_up_for_what_happened_meanwhile(daemons: Life) -> None:
    (daemons.notes / "old").mkdir()
    (daemons.notes / "old" / "a.md").write_text("The heron stood in the pond.")
    (daemons.notes / "b.md").write_text("A kingfisher by the weir.")
    daemons.run("watch", daemons.notes, "--daemon", "--eager")
    until(lambda: status(daemons)["last"])
    first = status(daemons)["pid"]
    psutil.Process(first).kill()
    until(lambda: not status(daemons)["running"])
    assert f"Process {first} ended without a word" in daemons.quick("watch", "status").stdout
    (daemons.notes / "old").rename(daemons.notes / "new")
    (daemons.notes / "b.md").unlink()
    (daemons.notes / "c.md").write_text("Three swans.")
    begun = daemons.run("watch", "--daemon", "--eager")
    assert begun.returncode == 0, begun.stderr
    last = until(lambda: status(daemons)["last"])
    assert [last[name] for name in ("added", "changed", "moved", "removed")] == [1, 0, 1, 1]
    assert status(daemons)["pid"] != first


def test_a_list_that_changes_is_followed_while_it_runs(daemons: Life) -> None:
    other = daemons.notes.parent / "other"
    other.mkdir()
    daemons.run("watch", daemons.notes, other, "--daemon", "--eager")
    removed = daemons.quick("watch", "--remove", other)
    assert removed.exit_code == 0
    assert str(daemons.notes) in removed.stderr
    until(lambda: [root["path"] for root in status(daemons)["roots"]] == [str(daemons.notes)])
    (other / "a.md").write_text("The heron stood in the pond.")
    (daemons.notes / "b.md").write_text("A kingfisher by the weir.")
    until(lambda: found(daemons, "kingfisher"))
    assert not found(daemons, "heron")


def test_its_own_files_are_not_read_into_memory(home: Home, notes: Path) -> None:
    home.ensure()
    home.models.mkdir()
    home.ensure()
    with sources_watch.Watch([home.data_dir.parent], rest=0.05) as watch:
        assert watch.batch(PATIENCE)
        for folder in (home.memories, home.models):
            (folder / "a.md").write_text("ours")
        (notes / "b.md").write_text("theirs")
        assert watch.batch(PATIENCE) == sources_watch.Batch((notes / "b.md",))
    assert list(walk([home.data_dir.parent])) == [home.config_file, notes / "b.md"]


def test_what_cannot_be_meant_is_said_in_words(own: Life) -> None:
    for arguments, words in (
        (["watch"], "Nothing is watched yet."),
        (["watch", own.notes / "nowhere"], "There is no"),
        (["watch", "--remove", own.notes], "is not watched."),
    ):
        done = own.quick(*arguments)
        assert done.exit_code == 2, done.stderr
        calm(done.stderr)
        assert words in done.stderr
    shown = own.quick("watch", "status")
    assert (shown.exit_code, shown.stdout) == (1, "Nothing is watching.\n")


def test_a_daemon_that_cannot_begin_says_why(own: Life) -> None:
    watched.add(home_of(own), [str(own.notes)])
    (own.home / "config.toml").write_text("model = [\n")
    done = own.run("watch", "--daemon")
    assert done.returncode == 1
    calm(done.stderr)
    assert "config.toml cannot be read" in done.stderr


# ---- as a service


def test_a_systemd_unit_is_one_that_systemd_takes(own: Life, tmp_path: Path) -> None:
    program = ['/odd "folder"/100% $HOME\\py', "-m", "x y", "100%", "$HOME"]
    unit = units.systemd(program, {"SECONDME_HOME": "/a b/%h\\"}, "work")
    assert unit.startswith("# To install: ")
    assert unit.count("#") == 1
    assert '"-m"' not in unit
    assert '"x y" 100%% "$$HOME"\n' in unit
    assert 'ExecStart=/bin/sh -c "exec \\"$$0\\" \\"$$@\\"" "/odd \\"folder\\"/100%% $$HOME\\\\py" -m' in unit
    assert 'Environment="SECONDME_HOME=/a b/%%h\\\\"\n' in unit
    if not shutil.which("systemd-analyze"):
        pytest.skip("there is no systemd to ask")
    for number, text in enumerate((unit, units.systemd([sys.executable, "-m", "secondme"], {}, "default"))):
        path = tmp_path / f"secondme-{number}.service"
        path.write_text(text)
        asked = subprocess.run(
            ["systemd-analyze", "verify", "--user", path],
            capture_output=True,
            text=True,
            env={**os.environ, "XDG_RUNTIME_DIR": str(tmp_path)},
        )
        complaints = [line for line in asked.stderr.splitlines() if path.name in line or "secondme" in line]
        assert not complaints, asked.stderr


def test_a_launchd_job_is_a_plist_with_the_way_to_install_it() -> None:
    text = units.launchd(["/usr/bin/py & co", "-m", "secondme"], {"SECONDME_HOME": "/Users/<nora>"}, "work")
    job = plistlib.loads(text.encode())
    assert job["Label"] == "org.secondme.watch.work"
    assert job["ProgramArguments"] == ["/usr/bin/py & co", "-m", "secondme"]
    assert job["EnvironmentVariables"] == {"SECONDME_HOME": "/Users/<nora>"}
    (comment,) = [line for line in text.splitlines() if line.startswith("<!--")]
    assert "launchctl load -w" in comment
    assert "--" not in comment[4:-3]


def test_the_service_runs_this_secondme_on_this_home(own: Life) -> None:
    done = own.run("--profile", "work", "watch", own.notes, "--service")
    assert done.returncode == 0
    assert str(own.home) in done.stdout
    for word in (sys.executable, "work", "--log", str(own.notes)):
        assert word in done.stdout
    assert not watched.file_of(Home(own.home, own.home, "work")).exists(), "printing changes nothing"


# ---- the loop


class Memory:
    """In the place of Me: notes what it is asked, and fails as told."""

    def __init__(self, home: Home, *failures: BaseException) -> None:
        self.home = home
        self.failures = list(failures)
        self.broken: Path | None = None
        self.asked: list[tuple[list[Path], list[Path]]] = []

    def ingest(self, paths: Sequence[Path], *, lost: Sequence[Path], named: bool, progress: Any, wait: float) -> Report:
        assert not named, "a watch sees, and its owner names"
        progress(None)
        if self.failures:
            raise self.failures.pop(0)
        if self.broken in paths:
            raise ValueError("words from a memory")
        self.asked.append((list(paths), list(lost)))
        return Report(added=len(paths), removed=len(lost))


class Enough(BaseException):
    pass


@pytest.fixture
def run(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[list[Taken], list[str], list[Now]]]:
    """Watch with such a memory until so many batches are taken in; what was told, said, and shown."""
    monkeypatch.setattr(watching, "FIRST_PAUSE", 0.01)

    def begin(me: Memory | Me, batches: int = 1, **more: Any) -> tuple[list[Taken], list[str], list[Now]]:
        told: list[Taken] = []
        said: list[str] = []

        def tell(taken: Taken) -> None:
            told.append(taken)
            if len(told) >= batches:
                raise Enough

        shown: list[Now] = []
        told_of = {"say": said.append, "pace": Pace(said.append, eager=True), **more}
        loop = Watching(me, tell=tell, show=shown.append, **told_of)  # type: ignore[arg-type]
        with pytest.raises(Enough):
            loop.run()
        return told, said, shown

    return begin


def test_what_fails_is_said_once_and_tried_until_it_succeeds(
    home: Home, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]]
) -> None:
    watched.add(home, [str(notes)])
    full = DiskFull("The disk is full: ledger.db cannot be written.")
    me = Memory(home, full, full, full, Busy("Somebody writes."))
    _, said, _ = run(me)
    assert me.asked == [([notes], [])]
    assert [sentence.split(".")[0] for sentence in said] == [
        "The disk is full: ledger",
        "Somebody writes",
        "Working again",
    ]


def test_while_another_process_writes_it_waits_and_loses_nothing(
    me: Me, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watching, "LOCK_WAIT", 0.05)
    watched.add(me.home, [str(notes)])
    (notes / "a.md").write_text("The heron stood in the pond.")
    other = filelock.FileLock(me.home.memories / "home.lock")
    other.acquire()

    class Watcher(list[str]):
        def append(self, sentence: str) -> None:
            super().append(sentence)
            other.release()

    said = Watcher()
    told, more, _ = run(me, pace=Pace(said.append, eager=True), say=said.append)
    assert (told[0].report.added, more) == (1, [])
    assert "is being written by" in said[0]
    assert said[1:] == ["Working again."]
    assert [hit.passage.text for hit in me.recall("heron").hits] == ["The heron stood in the pond."]


def test_a_file_that_breaks_the_program_is_left_out_and_its_words_are_not_repeated(
    home: Home, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]]
) -> None:
    names = [notes / f"{n}.md" for n in range(4)]
    for name in names:
        name.write_text("x")
    watched.add(home, [str(name) for name in names])
    me = Memory(home)
    me.broken = names[2]
    told, said, _ = run(me)
    assert [paths for paths, _ in me.asked] == [[names[0]], [names[1]], [names[3]]]
    assert [skipped.source for skipped in told[0].report.skipped] == [str(names[2])]
    assert told[0].report.added == 3
    assert "words from a memory" not in " ".join(said)
    assert any(str(names[2]) in sentence for sentence in said)


def test_work_that_was_held_in_the_middle_is_done_afterwards(
    home: Home, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]]
) -> None:
    watched.add(home, [str(notes)])
    me = Memory(home, Held())
    run(me)
    assert me.asked == [([notes], [])]


def test_a_batch_that_waited_is_taken_as_the_disk_is_then(
    home: Home, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]]
) -> None:
    (notes / "a.md").write_text("x")
    watched.add(home, [str(notes / "a.md")])
    me = Memory(home)
    me.failures.append(DiskFull("The disk is full."))
    ingest = me.ingest

    def then_gone(paths: Sequence[Path], **more: Any) -> Report:
        (notes / "a.md").unlink(missing_ok=True)
        return ingest(paths, **more)

    me.ingest = then_gone  # type: ignore[method-assign]
    run(me)
    assert me.asked == [([], [notes / "a.md"])]


def test_mounts_are_remembered_for_the_next_time(
    home: Home, notes: Path, run: Callable[..., tuple[list[Taken], list[str], list[Now]]]
) -> None:
    watched.add(home, [str(notes)])
    assert watched.load(home) == [Root(notes)]
    run(Memory(home))
    assert watched.load(home) == [Root(notes, mounts.mount_of(str(notes)))]
    watched.add(home, [str(notes)])
    assert watched.load(home) == [Root(notes)], "what is named anew is taken as it is now"


def test_the_list_of_roots(home: Home, notes: Path) -> None:
    odd = notes / os.fsdecode(b"caf\xe9")
    odd.mkdir()
    watched.add(home, [str(notes), str(odd)])
    watched.add(home, [str(notes)])
    assert [root.path for root in watched.load(home)] == [odd, notes]
    with pytest.raises(NoSuchPath):
        watched.add(home, [str(notes / "nowhere")])
    with pytest.raises(UsageError):
        watched.remove(home, [str(notes / "nowhere")])
    assert [root.path for root in watched.remove(home, [str(odd)])] == [notes]
    watched.file_of(home).write_text('{"roots": 7}')
    with pytest.raises(BadSetting):
        watched.load(home)


# ---- who is running


def test_a_number_that_was_given_again_is_not_taken_for_ours(home: Home) -> None:
    with daemon.claim(home) as claim:
        claim.show({"waiting": 0})
        state = daemon.running(home)
        assert state is not None
        assert state["pid"] == os.getpid()
        with pytest.raises(Busy), daemon.claim(home):
            pass
        path = home.memories / "watch.json"
        path.write_text(json.dumps({**state, "began": state["began"] - 100}))
        assert daemon.running(home) is None
        path.write_text(json.dumps({**state, "pid": 2**22 + 1}))
        assert daemon.running(home) is None
    assert daemon.left_behind(home) is None
    path.write_text(json.dumps(state))
    assert daemon.running(home) is None, "whoever wrote it does not hold the lock"
    assert daemon.left_behind(home) == state


def test_the_log_is_bounded(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(daemon, "LOG_BYTES", 2_000)
    say = daemon.logger(home)
    for n in range(1_000):
        say(f"line {n} \udcff")
    assert sum(path.stat().st_size for path in home.memories.glob("watch.log*")) <= 3 * 2_000
    assert "line 999" in daemon.log_of(home).read_text()


# ---- when to work


class Machine:
    """A machine whose load, power and time the test sets."""

    def __init__(self) -> None:
        self.now = self.load = self.own = 0.0
        self.battery = False
        self.said: list[str] = []
        self.cores = os.cpu_count() or 1

    def pace(self, **more: bool) -> Pace:
        return Pace(
            self.said.append,
            clock=lambda: self.now,
            load=lambda: self.load,
            own=lambda: self.own,
            on_battery=lambda: self.battery,
            **more,
        )

    def on(self, seconds: int, pace_: Pace, own: float = 0.0) -> str:
        for _ in range(seconds):
            self.now += 1
            self.own += own
            reason = pace_.why_not()
        return reason


def test_others_who_need_the_machine_go_first_and_what_we_do_ourselves_is_not_counted() -> None:
    machine = Machine()
    pace_ = machine.pace()
    machine.load = 2.0 * machine.cores
    assert machine.on(14, pace_) == ""
    assert machine.on(6, pace_) == UNDER_LOAD
    machine.load = 1.3 * machine.cores
    assert machine.on(10, pace_) == UNDER_LOAD, "it does not waver"
    machine.load = 1.0 * machine.cores
    assert machine.on(5, pace_) == ""

    machine = Machine()
    pace_ = machine.pace()
    for minute in range(1, 5):
        machine.load = machine.cores * min(1.9, minute)
        assert machine.on(60, pace_, own=machine.cores * 1.0) == ""


def test_on_battery_it_waits_says_so_once_and_goes_on() -> None:
    machine = Machine()
    machine.battery = True
    pace_ = machine.pace()
    waits: list[float] = []

    def wait(seconds: float) -> None:
        waits.append(seconds)
        machine.now += 10
        machine.battery = len(waits) < 5

    pace_.hold(wait)
    assert len(waits) == 5
    assert [sentence.split(":")[0] for sentence in machine.said] == ["Paused", "Going on."]
    machine.battery, machine.now = True, machine.now + 10
    with pytest.raises(Held):
        pace_.in_between()
    assert pace_.why_not() == ON_BATTERY
    eager = machine.pace(eager=True)
    assert machine.on(30, eager) == ""


def test_the_priority_is_low() -> None:
    if not hasattr(os, "nice"):
        pytest.skip("no such thing on this system")
    show = "from secondme.surfaces import pace; import os, psutil; pace.low_priority(); print(os.nice(0))"
    done = subprocess.run([sys.executable, "-c", show], capture_output=True, text=True, check=True)
    assert int(done.stdout) >= 10
    assert pace._own_seconds() > 0
