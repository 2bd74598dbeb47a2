"""What a watched folder tells, from real files through watchdog and through polling."""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from secondme.sources.ignoring import IGNORE_FILE, Sieve
from secondme.sources.watching import hearing, mounts, polling, watch
from secondme.sources.watching.settling import Settling
from secondme.sources.watching.watch import Batch, Root, Watch

PATIENCE = 10.0
QUIET = 0.4  # longer than a change takes to come
REST = 0.1


@dataclass
class Heard:
    """What came of a watch so far. Times are seconds since it was asked for."""

    watch: Watch
    changed: list[Path] = field(default_factory=list)
    gone: list[Path] = field(default_factory=list)
    rescan: list[Path] = field(default_factory=list)
    batches: list[Batch] = field(default_factory=list)

    def until(self, enough: Callable[[Heard], bool]) -> Heard:
        """Listen until that is so."""
        end = time.monotonic() + PATIENCE
        while not enough(self):
            assert time.monotonic() < end, f"{self.changed[:9]} {self.gone[:9]} {self.rescan[:9]}"
            if batch := self.watch.batch(0.05):
                self.batches.append(batch)
                self.changed += batch.changed
                self.gone += batch.gone
                self.rescan += batch.rescan
        return self

    def quiet(self, seconds: float = QUIET) -> Heard:
        """Listen until nothing has come for a while."""
        last, count = time.monotonic(), 0

        def enough(heard: Heard) -> bool:
            nonlocal last, count
            if len(heard.batches) != count:
                last, count = time.monotonic(), len(heard.batches)
            return time.monotonic() - last > seconds

        return self.until(enough)


Listen = Callable[..., Heard]


@pytest.fixture
def listen() -> Iterator[Listen]:
    """Watch some roots; the look through each of them at the start is taken off."""
    opened: list[Watch] = []

    def begin(*roots: Path | Root, **more: Any) -> Heard:
        watched = Watch(roots, rest=REST, **more)
        opened.append(watched.__enter__())
        heard = Heard(watched).until(lambda heard: len(heard.rescan) + len(heard.changed) >= len(watched.watched()))
        heard.rescan.clear()
        heard.changed.clear()
        heard.batches.clear()
        return heard

    yield begin
    for watched in opened:
        watched.__exit__()


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "notes"
    folder.mkdir()
    (folder / "a.md").write_text("a")
    return folder


def test_the_start_is_a_look_through_every_root(tmp_path: Path, root: Path) -> None:
    with Watch([root, tmp_path / "notes" / "a.md"]) as one, Watch([tmp_path]) as other:
        assert one.batch(PATIENCE) == Batch(rescan=(root,)), "a file in a watched folder needs no watch of its own"
        assert other.batch(PATIENCE) == Batch(rescan=(tmp_path,))


def test_a_save_is_one_change(root: Path, listen: Listen) -> None:
    heard = listen(root)
    with (root / "a.md").open("w") as note:
        for number in range(5):
            note.write(f"{number} of several writes for one save\n")
            note.flush()
    heard.until(lambda heard: heard.changed).quiet()
    assert heard.batches == [Batch((root / "a.md",))]


@pytest.mark.parametrize("editor", ["temporary and rename", "vim", "gedit", "delete and write"])
def test_every_way_to_save_is_one_change(root: Path, listen: Listen, editor: str) -> None:
    heard, note = listen(root), root / "a.md"
    if editor == "temporary and rename":
        (root / "a.md.sb-1f2e").write_text("b")
        os.replace(root / "a.md.sb-1f2e", note)
    elif editor == "vim":
        (root / "4913").touch()
        (root / "4913").unlink()
        (root / ".a.md.swp").write_text("x")
        note.rename(root / "a.md~")
        note.write_text("b")
        (root / "a.md~").unlink()
    elif editor == "gedit":
        (root / ".goutputstream-X1Y2Z3").write_text("b")
        (root / ".goutputstream-X1Y2Z3").rename(note)
    else:
        note.unlink()
        note.write_text("b")
    heard.until(lambda heard: heard.changed).quiet()
    assert (heard.changed, heard.gone, heard.rescan) == ([note], [], [])


def test_a_copy_in_progress_is_waited_for(root: Path, listen: Listen) -> None:
    heard, copy = listen(root), root / "long.txt"

    def slowly() -> None:
        with copy.open("wb") as out:
            for _ in range(12):
                out.write(b"x" * 1_000)
                out.flush()
                time.sleep(REST / 2)

    writer = threading.Thread(target=slowly)
    writer.start()
    heard.until(lambda heard: heard.changed)
    assert copy.stat().st_size == 12_000, "nothing before the whole of it"
    writer.join()
    heard.quiet()
    assert heard.changed == [copy]


def test_a_move_is_one_batch_and_so_is_that_of_a_folder(root: Path, listen: Listen) -> None:
    heard = listen(root)
    (root / "a.md").rename(root / "b.md")
    heard.until(lambda heard: heard.changed)
    assert heard.batches == [Batch((root / "b.md",), (root / "a.md",))]
    (root / "sub").mkdir()
    (root / "sub" / "c.md").write_text("c")
    heard.until(lambda heard: heard.rescan).quiet()
    heard.batches.clear()
    (root / "sub").rename(root / "moved")
    heard.until(lambda heard: heard.gone[1:]).quiet()
    assert heard.batches == [Batch((), (root / "sub",), (root / "moved",))]
    (root / "moved" / "c.md").write_text("cc")
    heard.until(lambda heard: root / "moved" / "c.md" in heard.changed)


def test_deletions_are_told(root: Path, listen: Listen) -> None:
    (root / "sub").mkdir()
    (root / "sub" / "b.md").write_text("b")
    heard = listen(root)
    (root / "a.md").unlink()
    shutil.rmtree(root / "sub")
    heard.until(lambda heard: {root / "a.md", root / "sub"} <= set(heard.gone))
    assert not heard.changed


def test_a_folder_that_is_moved_out_is_gone_and_one_that_is_moved_in_is_looked_through_and_watched(
    tmp_path: Path, root: Path, listen: Listen
) -> None:
    (root / "sub" / "deep").mkdir(parents=True)
    (root / "sub" / "deep" / "b.md").write_text("b")
    heard = listen(root)
    (root / "sub").rename(tmp_path / "elsewhere")
    heard.until(lambda heard: heard.gone == [root / "sub"])
    (tmp_path / "elsewhere").rename(root / "back")
    heard.until(lambda heard: heard.rescan == [root / "back"]).quiet()
    (root / "back" / "deep" / "b.md").write_text("bb")
    # watchdog before 7 tells of it under the folder's old name, and then all is looked through
    heard.until(lambda heard: heard.changed == [root / "back" / "deep" / "b.md"] or root in heard.rescan)


def test_a_tree_that_appears_is_complete(root: Path, listen: Listen) -> None:
    heard = listen(root)
    for n in range(20):
        (root / f"{n}" / "deep" / "er").mkdir(parents=True)
        (root / f"{n}" / "deep" / "er" / "note.md").write_text(str(n))
    heard.quiet()
    found = {*heard.changed, *(note for folder in heard.rescan for note in folder.rglob("*.md"))}
    assert len(found) == 20
    for n in range(20):
        (root / f"{n}" / "deep" / "er" / "note.md").write_text("again")
    heard.changed.clear()
    heard.until(lambda heard: len(set(heard.changed)) == 20)


def test_a_burst_comes_in_batches_and_the_first_one_soon(root: Path, listen: Listen) -> None:
    heard, count = listen(root), 2_000
    began = time.monotonic()

    def burst() -> None:
        for n in range(count):
            (root / f"{n:04}.txt").write_text(str(n))

    writer = threading.Thread(target=burst)
    writer.start()
    heard.until(lambda heard: heard.batches)
    assert time.monotonic() - began < 5 * REST + 1
    heard.until(lambda heard: len(set(heard.changed)) >= count)
    writer.join()
    assert max(len(batch) for batch in heard.batches) <= watch.AT_ONCE
    assert set(heard.changed) == set(root.glob("*.txt"))


def test_what_the_kernel_lost_is_looked_for(root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hearing, "BURST", 200)
    heard = listen(root)
    for n in range(200):
        (root / f"{n:04}.txt").write_text(str(n))
    heard.until(lambda heard: heard.rescan == [root])
    heard.rescan.clear()
    hearing.logging.getLogger("watchdog.observers.inotify_c").warning("Inotify queue overflowed; events were lost")
    heard.until(lambda heard: heard.rescan == [root])


def test_what_nobody_means_is_not_told(root: Path, listen: Listen) -> None:
    (root / IGNORE_FILE).write_text("*.log\n/drafts/\n")
    heard = listen(root)
    for name in (".git/HEAD", "node_modules/x/y.md", "a.tmp", "a.md.part", "id_rsa", ".env", "x.log", "drafts/a.md"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text("x")
    (root / "last.md").write_text("x")
    heard.until(lambda heard: heard.changed).quiet()
    assert (heard.changed, heard.gone, heard.rescan) == ([root / "last.md"], [], [])


def test_new_rules_hold_at_once_and_their_folder_is_looked_through(root: Path, listen: Listen) -> None:
    heard = listen(root)
    (root / IGNORE_FILE).write_text("*.log\n")
    heard.until(lambda heard: heard.rescan == [root])
    (root / "a.log").write_text("x")
    (root / "b.md").write_text("x")
    heard.until(lambda heard: heard.changed).quiet()
    assert heard.changed == [root / "b.md"]
    assert IGNORE_FILE not in [path.name for path in (*heard.changed, *heard.gone)]


def test_a_file_that_is_named_is_watched_alone_and_however_it_is_saved(root: Path, listen: Listen) -> None:
    named, other = root / "server.key", root / "b.md"
    named.write_text("1")
    other.write_text("1")
    heard = listen(named, other)
    (root / "c.md").write_text("not named")
    (root / "server.key.tmp").write_text("22")
    os.replace(root / "server.key.tmp", named)
    other.write_text("22")
    heard.until(lambda heard: len(heard.changed) >= 2).quiet()
    assert sorted(heard.changed) == [other, named]
    named.unlink()
    heard.until(lambda heard: heard.gone == [named])


def test_a_root_that_is_a_link_keeps_its_name(tmp_path: Path, root: Path, listen: Listen) -> None:
    (tmp_path / "link").symlink_to(root)
    heard = listen(tmp_path / "link")
    (root / "a.md").write_text("aa")
    heard.until(lambda heard: heard.changed == [tmp_path / "link" / "a.md"])


def test_a_root_that_goes_says_nothing_and_is_looked_through_when_it_is_back(
    tmp_path: Path, root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.1)
    said: list[str] = []
    heard = listen(root, say=said.append)
    root.rename(tmp_path / "unplugged")
    heard.until(lambda heard: said)
    assert said == [f"{root} is not there just now: nothing of it is forgotten, and it is read when it is back."]
    assert heard.watch.watched()[0].how == "away"
    root.mkdir()
    heard.quiet()
    assert not heard.batches, "an empty folder is where a drive was, not the drive"
    root.rmdir()
    (tmp_path / "unplugged").rename(root)
    heard.until(lambda heard: heard.rescan == [root])
    (root / "a.md").write_text("again")
    heard.until(lambda heard: heard.changed == [root / "a.md"])
    assert not heard.gone


def test_a_root_that_is_not_there_at_the_start_is_read_when_it_comes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.1)
    with Watch([tmp_path / "later"]) as watched:
        assert watched.batch(0.3) is None
        (tmp_path / "later").mkdir()
        assert watched.batch(PATIENCE) == Batch(rescan=(tmp_path / "later",))


def test_a_mount_point_without_its_drive_is_not_taken_for_the_drive(
    tmp_path: Path, root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.1)
    mounted = [False]
    monkeypatch.setattr(os.path, "ismount", lambda path: mounted[0] or str(path) == "/")
    with Watch([Root(root, mount=str(root))]) as watched:
        assert watched.batch(0.3) is None
        mounted[0] = True
        assert watched.batch(PATIENCE) == Batch(rescan=(root,))


def test_an_unmounted_drive_is_not_gone(root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.1)
    mounting = ["mount", "-t", "tmpfs", "none", str(root)]
    if sys.platform != "linux" or subprocess.run(mounting, capture_output=True).returncode:
        pytest.skip("this machine does not let tests mount anything")
    try:
        (root / "b.md").write_text("b")
        heard = listen(root)
        assert heard.watch.watched()[0].mount == str(root)
        subprocess.run(["umount", "-l", root], check=True)
        heard.quiet(0.3)
        assert not heard.batches
        assert heard.watch.watched()[0].how == "away"
        subprocess.run(mounting, check=True)
        heard.until(lambda heard: heard.rescan == [root])
    finally:
        subprocess.run(["umount", "-l", root], check=False, capture_output=True)


# ---- where nothing tells


def test_a_network_drive_is_polled(root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mounts, "silent", lambda path: "nfs")
    heard = listen(root, interval=0.1)
    (watched,) = heard.watch.watched()
    assert (watched.how, watched.polled) == ("polled", ((str(root), "nothing tells of changes on nfs"),))
    (root / "a.md").write_text("aa")
    (root / "x.tmp").write_text("x")
    heard.until(lambda heard: heard.changed == [root / "a.md"])
    (root / "a.md").rename(root / "b.md")
    heard.until(lambda heard: heard.gone == [root / "a.md"] and heard.changed[1:] == [root / "b.md"])
    (root / IGNORE_FILE).write_text("b.md\n")
    heard.quiet()
    assert len(heard.batches) <= 3, "a file that is ignored from now on is neither gone nor changed"


def test_a_polled_drive_that_goes_says_nothing(
    tmp_path: Path, root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mounts, "silent", lambda path: "cifs")
    said: list[str] = []
    heard = listen(root, interval=0.1, say=said.append)
    root.rename(tmp_path / "unplugged")
    heard.until(lambda heard: said)
    (tmp_path / "unplugged" / "a.md").write_text("while it was away")
    (tmp_path / "unplugged").rename(root)
    heard.until(lambda heard: root / "a.md" in heard.changed or root in heard.rescan)
    assert not heard.gone


def test_beyond_the_systems_limits_a_root_is_polled_and_the_way_out_is_named(
    root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **more: object) -> None:
        raise OSError(errno.ENOSPC, "inotify watch limit reached")

    monkeypatch.setattr(hearing.Hearing, "listen", full)
    said: list[str] = []
    heard = listen(root, interval=0.1, say=said.append)
    (sentence,) = said
    assert str(root) in sentence
    assert "fs.inotify.max_user_watches" in sentence
    (root / "a.md").write_text("aa")
    heard.until(lambda heard: heard.changed == [root / "a.md"])


SHOW_WATCHED = """
import sys
from pathlib import Path
from secondme.sources.watching.watch import Watch
with Watch([Path(sys.argv[1])], say=lambda sentence: None) as watch:
    assert watch.batch(5.0).rescan
    print([why for _, why in watch.watched()[0].polled])
"""


@pytest.mark.parametrize("limit", ["watches=0", "watches=3", "instances=0"])
def test_the_systems_real_limits_are_noticed(root: Path, limit: str) -> None:
    for number in range(6):
        (root / f"{number}").mkdir()
    name, number = limit.split("=")
    script = f'echo {number} > /proc/sys/user/max_inotify_{name} && exec "$0" "$@"'
    command = ["unshare", "-U", "-r", "sh", "-c", script, sys.executable, "-c", SHOW_WATCHED, str(root)]
    if not shutil.which("unshare") or subprocess.run([*command[:3], "true"], capture_output=True).returncode:
        pytest.skip("this machine does not let tests lower a limit")
    project = str(Path(__file__).resolve().parents[2])
    done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, "PYTHONPATH": project})
    assert done.stdout == '["the system\'s limit of watches is reached"]\n', done.stderr


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says which folders are watched")
def test_a_folder_that_no_watch_was_left_for_is_found_and_polled(
    tmp_path: Path, root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "sub").mkdir()
    (tmp_path / "other").mkdir()
    heard = listen(root)
    folders = [(str(path), path.stat().st_ino) for path in (root, root / "sub", tmp_path / "other")]
    assert list(hearing.unheard(str(root), folders)) == [str(tmp_path / "other")]
    monkeypatch.setattr(watch, "unheard", lambda real, folders: [str(root / "sub")])
    said: list[str] = []
    heard = listen(root, interval=0.1, say=said.append)
    assert len(said) == 1
    assert heard.watch.watched()[0].polled == ((str(root / "sub"), "the system's limit of watches is reached"),)


def test_a_folder_behind_a_link_is_polled(tmp_path: Path, root: Path, listen: Listen) -> None:
    (tmp_path / "outside").mkdir()
    (root / "link").symlink_to(tmp_path / "outside")
    (root / "sub").mkdir()
    (root / "loop").symlink_to(root / "sub")
    heard = listen(root, interval=0.1)
    assert heard.watch.watched()[0].polled == ((str(root / "link"), "it lies behind a link"),)
    heard.until(lambda heard: heard.rescan == [root / "link"])
    (tmp_path / "outside" / "b.md").write_text("b")
    heard.until(lambda heard: heard.changed == [root / "link" / "b.md"])


def test_a_thread_of_watchdog_that_dies_is_noticed(root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.1)
    heard = listen(root)
    for thread in hearing._threads():
        thread.stop()  # type: ignore[attr-defined]
    heard.until(lambda heard: heard.rescan == [root])
    (root / "a.md").write_text("aa")
    heard.until(lambda heard: heard.changed == [root / "a.md"])


def test_a_place_with_very_many_files_is_looked_through_instead_of_remembered(
    root: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(polling, "MOST", 3)
    for n in range(5):
        (root / f"{n}.md").write_text("x")
    marks = Settling(rest=0.0)
    poller, place = polling.Poller(marks), polling.Polled(str(root), str(root), "")
    for _ in range(2):
        poller.look(place)
        assert marks.take() == Batch(rescan=(root,))
        assert place.seen == {}


def test_file_systems_are_told_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    table = [("/", "ext4"), ("/mnt/nas", "nfs4"), ("/mnt/nas/local", "ext4"), ("/mnt/nas 2", "cifs"), ("/win", "9p")]
    monkeypatch.setattr(mounts, "_mounts", lambda: iter(table))
    monkeypatch.setattr(os.path, "realpath", lambda path: str(path))
    kinds = {path: mounts.silent(path) for path in ("/home", "/mnt/nas/x", "/mnt/nas/local/x", "/mnt/nas 2", "/window")}
    assert kinds == {"/home": "", "/mnt/nas/x": "nfs4", "/mnt/nas/local/x": "", "/mnt/nas 2": "cifs", "/window": ""}
    assert mounts.below("/mnt") == {"/mnt/nas": "nfs4", "/mnt/nas/local": "ext4", "/mnt/nas 2": "cifs"}


def test_a_drive_that_is_mounted_below_a_root_is_noticed(
    root: Path, listen: Listen, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(watch, "GLANCE", 0.05)
    monkeypatch.setattr(watch, "COVER", 0.1)
    heard = listen(root, interval=0.1)
    (root / "nas").mkdir()
    (root / "usb").mkdir()
    heard.until(lambda heard: heard.rescan).quiet()
    monkeypatch.setattr(mounts, "below", lambda path: {str(root / "usb"): "ext4", str(root / "nas"): "nfs"})
    heard.rescan.clear()
    heard.until(lambda heard: root in heard.rescan)
    assert heard.watch.watched()[0].polled == ((str(root / "nas"), "nothing tells of changes on nfs"),)
    (root / "nas" / "a.md").write_text("a")
    heard.until(lambda heard: root / "nas" / "a.md" in heard.changed)


def test_an_ear_hears_only_its_own(root: Path) -> None:
    from watchdog.events import FileCreatedEvent, FileModifiedEvent, FileMovedEvent

    marks = Settling(rest=0.0)
    ear = hearing.Ear(str(root), str(root), marks, Sieve(str(root)))
    for event in (
        FileModifiedEvent(str(root)),
        FileModifiedEvent(f"{root}2/a.md"),
        FileModifiedEvent(""),
        FileCreatedEvent(str(root / "x.tmp")),
        FileMovedEvent(str(root / "a.tmp"), str(root / "b.tmp")),
    ):
        ear.dispatch(event)
    assert len(marks) == 0
    ear.dispatch(FileMovedEvent(str(root / "x.tmp"), os.fsencode(root / "a.md")))
    assert marks.take() == Batch((root / "a.md",))
