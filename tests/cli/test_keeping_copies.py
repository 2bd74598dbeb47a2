"""export, backup and restore as a person meets them."""

from __future__ import annotations

import json
import signal
import stat
import zipfile
from pathlib import Path

import pexpect
import pytest

from tests.cli.conftest import Life, calm, make_home, shown


@pytest.fixture
def kept(own: Life) -> Life:
    """Three notes of one's own, for tests that write."""
    for n, word in enumerate(("heron", "dentist", "bicycle")):
        (own.notes / f"{word}.md").write_text(f"# {word.title()}\n\nThe {word} is number {n}.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    return own


def test_backup_and_restore_into_a_new_home(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "my memory.zip"
    done = kept.run("backup", file)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith(f"{file} holds 3 sources, 3 items (")
    assert done.stdout.endswith(", verified.\n")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    fresh = Life(tmp_path / "fresh", tmp_path / "notes")
    done = fresh.run("restore", file)
    assert (done.returncode, done.stdout[:29]) == (0, "Restored 3 sources, 3 items o")
    assert done.stderr == "The backup's settings were taken over, as there were none.\n"
    assert "heron.md" in fresh.run("recall", "the heron").stdout
    assert fresh.quick("doctor").exit_code == 0


def test_restore_asks_before_it_takes_the_place_of_memories(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    assert kept.quick("backup", file).exit_code == 0
    (kept.notes / "new.md").write_text("The kingfisher came by.\n")
    kept.quick("ingest", kept.notes)
    done = kept.run("restore", file)
    calm(done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    assert "4 sources, 4 items" in done.stderr
    would = kept.quick("restore", file, "--replace", "--dry-run")
    assert would.stdout.startswith("Would restore 3 sources, 3 items of ")
    assert json.loads(kept.quick("status", "--json").stdout)["sources"] == 4
    said = json.loads(kept.quick("restore", file, "--replace", "--json").stdout)
    assert said.pop("made_at")
    assert said == {
        "version": 1, "file": str(file), "sources": 3, "items": 3, "passages": 3, "characters": said["characters"],
        "vectors": "kept", "left_out": {"sources": 0, "items": 0}, "replaced": True, "settings": False,
        "dry_run": False,
    }  # fmt: skip
    assert json.loads(kept.quick("status", "--json").stdout)["sources"] == 3


def test_what_was_forgotten_since_is_left_out_and_said(kept: Life, tmp_path: Path) -> None:
    file, copy = tmp_path / "b.zip", tmp_path / "copy.zip"
    kept.quick("backup", file)
    copy.write_bytes(file.read_bytes())
    assert kept.quick("forget", kept.notes / "heron.md", "--yes").exit_code == 0
    done = kept.quick("restore", copy, "--replace")
    assert done.stdout.startswith("Restored 2 sources, 2 items")
    assert "Left out, as they were forgotten since: 1 source, 1 item." in done.stderr
    done = kept.quick("forget")
    assert (done.exit_code, done.stderr) == (0, "What was forgotten is gone from the backups, too.\n")
    for one in (file, copy):
        with zipfile.ZipFile(one) as archive:
            assert not [name for name in archive.namelist() if b"eron" in archive.read(name)]


def test_a_backup_out_of_reach_is_named_until_it_is_back(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    kept.quick("backup", file)
    file.rename(tmp_path / "away.zip")
    done = kept.quick("forget", kept.notes / "heron.md", "--yes")
    sentence = (
        f"The backup {file} could not be reached; it still holds what was forgotten."
        " Run `secondme forget` again when it is there, or delete it.\n"
    )
    assert (done.exit_code, done.stderr) == (0, sentence)
    assert (kept.quick("forget").exit_code, kept.quick("forget").stderr) == (1, sentence)
    doctor = kept.quick("doctor")
    assert doctor.exit_code == 1
    assert str(file) in doctor.stdout
    assert "secondme backup --gone FILE" in doctor.stdout
    assert kept.quick("backup", "--gone", file).exit_code == 0
    assert kept.quick("doctor").exit_code == 0
    assert kept.quick("backup", "--gone", file).exit_code == 2
    assert "Nothing to forget is named" in kept.quick("forget").stderr


def test_what_backup_prints_as_json(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    said = json.loads(kept.quick("backup", file, "--no-vectors", "--json").stdout)
    assert said.pop("made_at")
    assert said == {
        "version": 1, "file": str(file), "bytes": file.stat().st_size, "vectors": False, "embedder": "", "sources": 3,
        "items": 3, "passages": 3, "characters": said["characters"],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (("backup",), 2, "Name the file"),
        (("backup", "-"), 2, "cannot go to stdout"),
        (("backup", "."), 2, "is a folder"),
        (("backup", "/no/such/folder/b.zip"), 2, "There is no folder"),
        (("restore", "-"), 2, "cannot come from stdin"),
        (("restore", "/no/such/b.zip"), 2, "There is no"),
        (("restore", "/etc/hostname", "--replace"), 1, "is not a backup"),
        (("export", "-", "--format", "markdown"), 2, "JSON lines only"),
        (("export", "."), 2, "not empty"),
        (("export", "x", "--since", "soon"), 2, "is no date"),
    ],
)
def test_what_cannot_be_meant_is_said_in_a_sentence(
    kept: Life, args: tuple[str, ...], code: int, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(kept.notes)
    done = kept.quick(*args)
    calm(done.stderr)
    assert (done.exit_code, done.stdout) == (code, "")
    assert words in done.stderr


def test_export_to_a_folder_and_to_a_pipe(kept: Life, tmp_path: Path) -> None:
    done = kept.run("export", tmp_path / "out")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout == f"Exported 3 items, 3 sources, 0 people, 3 markdown files to {tmp_path / 'out'}.\n"
    piped = kept.run("export", "-")
    assert (piped.returncode, piped.stderr) == (0, "3 items.\n")
    assert piped.stdout == (tmp_path / "out" / "items.jsonl").read_text()
    one = kept.run("export", "-", "--source", kept.notes / "heron.md")
    assert [json.loads(line)["title"] for line in one.stdout.splitlines()] == ["Heron"]
    said = json.loads(kept.quick("export", tmp_path / "again", "--format", "jsonl", "--json").stdout)
    assert (said["items"], said["files"], said["kinds"]) == (3, 0, {"note": 3})


def test_ctrl_c_leaves_no_backup(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    with (kept.home / "profiles" / "default" / "chroma" / "padding.bin").open("wb") as padding:
        padding.truncate(400 << 20)  # so that it takes a while
    terminal: pexpect.spawn = kept.on_terminal("backup", file)
    terminal.expect("copying|verifying|unpacking")
    terminal.kill(signal.SIGINT)
    text = shown(terminal)
    assert terminal.exitstatus == 130, text
    assert "Traceback" not in text
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith("b.zip")] == []
    assert json.loads(kept.run("doctor", "--json").stdout)["findings"]


def test_a_reader_of_the_export_that_stops_early_is_no_error(kept: Life) -> None:
    started = kept.start("export", "-")
    assert started.stdout
    assert started.stderr
    started.stdout.close()
    assert "Traceback" not in started.stderr.read()
    started.stderr.close()
    started.wait(30)


def test_profiles_keep_apart(kept: Life, tmp_path: Path) -> None:
    file = tmp_path / "b.zip"
    kept.quick("backup", file)
    assert kept.quick("--profile", "old", "restore", file).exit_code == 0
    assert json.loads(kept.quick("--profile", "old", "status", "--json").stdout)["sources"] == 3
    empty = Life(make_home(tmp_path / "empty"), tmp_path)
    done = empty.quick("backup", tmp_path / "none.zip")
    assert done.exit_code == 2
    assert "nothing in memory" in done.stderr
