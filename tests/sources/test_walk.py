"""Which files a folder stands for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from secondme.records import Skipped
from secondme.sources import Found, walk, walk_stat


def plant(root: Path, *names: str) -> None:
    for name in names:
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")


def found(*paths: Path) -> list[str]:
    """Relative to the first path; what is skipped is marked."""
    shown = []
    for entry in walk(paths):
        where = Path(entry.source) if isinstance(entry, Skipped) else entry
        shown.append(("! " if isinstance(entry, Skipped) else "") + os.path.relpath(where, paths[0]))
    return shown


def test_files_come_depth_first_and_sorted(tmp_path: Path) -> None:
    plant(tmp_path, "b.md", "a/z.md", "a/b/c.md", "c.md", "a.md")
    assert found(tmp_path) == ["a/b/c.md", "a/z.md", "a.md", "b.md", "c.md"]


def test_what_nobody_means_is_left_out(tmp_path: Path) -> None:
    plant(tmp_path, ".git/config", "node_modules/x/y.js", "__pycache__/a.pyc", ".obsidian/app.json", ".trash/old.md")
    plant(tmp_path, ".DS_Store", "Thumbs.db", "a.tmp", "a.md~", ".#a.md", "a.swp", "id_rsa", "server.PEM", "x.kdbx")
    plant(tmp_path, "env/pyvenv.cfg", "env/lib/a.py", "cache/CACHEDIR.TAG", "cache/a.txt", "id_rsa.pub", "a.md")
    assert found(tmp_path) == ["a.md", "id_rsa.pub"]


def test_a_path_that_is_named_is_always_taken(tmp_path: Path) -> None:
    plant(tmp_path, ".obsidian/app.json", "id_rsa", "env/pyvenv.cfg", "a.md")
    assert found(tmp_path / "id_rsa") == ["."]
    assert found(tmp_path / ".obsidian") == ["app.json"]
    assert found(tmp_path, tmp_path / "env") == ["a.md", "env/pyvenv.cfg"]


def test_a_folder_that_is_named_twice_is_read_once(tmp_path: Path) -> None:
    plant(tmp_path, "a/b.md", "c.md")
    assert found(tmp_path, tmp_path / "a", tmp_path) == ["a/b.md", "c.md"]


def test_a_loop_of_links_is_reported_and_ends(tmp_path: Path) -> None:
    plant(tmp_path, "a/b/note.md")
    (tmp_path / "a/b/up").symlink_to(tmp_path / "a")
    assert found(tmp_path) == ["a/b/note.md", "! a/b/up"]
    (skipped,) = [entry for entry in walk([tmp_path]) if isinstance(entry, Skipped)]
    assert skipped.reason == "is a link back to a folder above it"


def test_two_links_into_each_other_end(tmp_path: Path) -> None:
    plant(tmp_path, "one/1.md", "two/2.md")
    (tmp_path / "one/other").symlink_to(tmp_path / "two")
    (tmp_path / "two/other").symlink_to(tmp_path / "one")
    assert found(tmp_path) == ["one/1.md", "two/2.md"]


def test_a_linked_folder_is_followed_once_and_real_paths_come_first(tmp_path: Path) -> None:
    inside, outside = tmp_path / "inside", tmp_path / "outside"
    plant(inside, "z/note.md")
    plant(outside, "far.md")
    (inside / "a").symlink_to(inside / "z")
    (inside / "b").symlink_to(outside)
    (inside / "c").symlink_to(outside)
    assert found(inside) == ["z/note.md", "b/far.md"]


def test_a_link_to_nothing_is_reported(tmp_path: Path) -> None:
    (tmp_path / "gone.md").symlink_to(tmp_path / "nowhere")
    (tmp_path / "self.md").symlink_to(tmp_path / "self.md")
    assert found(tmp_path) == ["! gone.md", "! self.md"]


def test_a_folder_that_cannot_be_entered_is_reported_and_the_rest_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    plant(tmp_path, "closed/a.md", "open/b.md")
    scandir = os.scandir

    def refusing(path: str) -> object:
        if path.endswith("closed"):
            raise PermissionError(13, "Permission denied")
        return scandir(path)

    monkeypatch.setattr(os, "scandir", refusing)
    entries = list(walk([tmp_path]))
    assert entries == [Skipped(str(tmp_path / "closed"), "permission denied"), tmp_path / "open/b.md"]


def test_depth_is_no_limit(tmp_path: Path) -> None:
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        for _ in range(300):
            os.mkdir("d", dir_fd=here)
            below = os.open("d", os.O_RDONLY, dir_fd=here)
            os.close(here)
            here = below
        os.close(os.open("note.md", os.O_CREAT | os.O_WRONLY, dir_fd=here))
    finally:
        os.close(here)
    assert found(tmp_path) == ["d/" * 300 + "note.md"]


def test_ten_thousand_files_are_found(tmp_path: Path) -> None:
    for folder in range(100):
        (tmp_path / f"{folder:02}").mkdir()
        for note in range(100):
            (tmp_path / f"{folder:02}" / f"{note:02}.md").touch()
    assert len(list(walk([tmp_path]))) == 10_000


def test_a_walk_tells_size_time_and_identity_of_each_file(tmp_path: Path) -> None:
    plant(tmp_path, "a/b.md")
    (tmp_path / "z.md").symlink_to(tmp_path / "a/b.md")
    os.utime(tmp_path / "a/b.md", ns=(1, 1_767_000_000_123_456_789))
    status = (tmp_path / "a/b.md").stat()
    file, link = walk_stat([tmp_path])
    assert file == Found(str(tmp_path / "a/b.md"), 1, 1_767_000_000_123_456_789, status.st_dev, status.st_ino)
    assert link == (str(tmp_path / "z.md"), *file[1:]), "a link is what it leads to"


def test_a_named_file_that_is_not_there_is_reported(tmp_path: Path) -> None:
    assert list(walk_stat([tmp_path / "a.md"])) == [Skipped(str(tmp_path / "a.md"), "is not there")]


def test_each_file_is_looked_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plant(tmp_path, *(f"{folder}/{note}.md" for folder in "abc" for note in range(20)))
    looked: list[object] = []
    stat = os.stat
    monkeypatch.setattr(os, "stat", lambda path, **more: (looked.append(path), stat(path, **more))[1])
    assert len(list(walk_stat([tmp_path]))) == 60
    assert len(looked) <= 2 * 4, "folders only: a file's status comes with its folder's entries"
