"""ingest --explain and --dry-run: what would happen, without its happening."""

from __future__ import annotations

import json
import os
import zipfile
from pathlib import Path

import pytest

from tests.cli.conftest import Life, calm

CHAT = "03/05/2025, 23:50 - Anna: The boiler hums again.\n03/05/2025, 23:55 - Anna: It stopped.\n"
CALENDAR = (
    "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:20260512T083000Z\r\n"
    "SUMMARY:Dentist\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
)


@pytest.fixture
def mixed(own: Life) -> Life:
    (own.notes / "diary.md").write_text("The heron stood at the canal.\n")
    (own.notes / "calendar.ics").write_text(CALENDAR, newline="")
    (own.notes / "song.mp3").write_bytes(b"ID3\0\0")
    with zipfile.ZipFile(own.notes / "phone.zip", "w") as archive:
        archive.writestr("WhatsApp Chat with Anna/_chat.txt", CHAT)
        for n in range(5):
            archive.writestr(f"WhatsApp Chat with Anna/{n}.opus", b"OggS\0\0\0")
    return own


def untouched(life: Life) -> bool:
    return not (life.home / "profiles" / "default" / "ledger.db").exists()


def test_each_file_is_explained_and_an_archive_by_what_is_in_it(mixed: Life) -> None:
    done = mixed.run("ingest", ".", "--explain", cwd=mixed.notes)
    assert (done.returncode, done.stderr) == (4, "")
    assert done.stdout.splitlines() == [
        "calendar.ics: calendar (begins like a calendar)",
        "diary.md: markdown (ends in .md)",
        "phone.zip: archive (begins like a ZIP archive)",
        "  › WhatsApp Chat with Anna/_chat.txt: WhatsApp (is named and written as WhatsApp exports a chat)",
        "  › WhatsApp Chat with Anna/0.opus and 4 more: left out (sound files (.opus) are not read yet)",
        "song.mp3: left out (is one of the sound files, which are not read yet)",
    ]
    assert untouched(mixed)


def test_explained_as_json(mixed: Life) -> None:
    done = mixed.quick("ingest", mixed.notes, "--explain", "--report", "json")
    files = json.loads(done.stdout)["files"]
    assert {Path(file["path"]).name: file["reader"] for file in files} == {
        "calendar.ics": "calendar", "diary.md": "markdown", "phone.zip": "archive", "song.mp3": None,
    }  # fmt: skip
    (archive,) = (file for file in files if "inside" in file)
    assert [(part["reader"], part["number"]) for part in archive["inside"]] == [("WhatsApp", 1), (None, 5)]


def test_what_the_owner_says_is_the_reason(mixed: Life) -> None:
    done = mixed.quick("ingest", mixed.notes / "diary.md", "--explain", "--as", "WhatsApp")
    assert (done.exit_code, done.stdout) == (0, f"{mixed.notes / 'diary.md'}: WhatsApp (as you said)\n")


def test_explanations_come_one_by_one(own: Life) -> None:
    for n in range(2_000):
        (own.notes / f"{n:04}.md").write_text("The heron.\n")
    with own.start("ingest", own.notes, "--explain") as process:
        assert process.stdout
        assert process.stderr
        assert process.stdout.readline().endswith("0000.md: markdown (ends in .md)\n")
        assert process.poll() is None, "2,000 lines are more than a pipe holds: it is still at work"
        process.stdout.close()  # as `| head -1` does
        assert (process.wait(60), process.stderr.read()) == (141, "")


def test_a_dry_run_counts_and_keeps_nothing(mixed: Life) -> None:
    done = mixed.run("ingest", mixed.notes, "--dry-run")
    assert done.returncode == 4
    assert done.stdout.splitlines()[0] == "4 files to read."
    assert set(done.stdout.splitlines()[1:4]) == {"  1 × calendar", "  1 × archive", "  1 × markdown"}
    assert "In them: 2 messages, " in done.stdout
    assert "1 event" in done.stdout
    assert "song.mp3" not in done.stdout
    assert "5 more: sound files" in done.stderr
    assert done.stderr.splitlines()[-1] == "Nothing was kept."
    assert untouched(mixed)


def test_a_dry_run_knows_what_is_in_memory(mixed: Life) -> None:
    assert mixed.quick("ingest", mixed.notes).exit_code == 4
    for path in mixed.notes.iterdir():  # an old time, so that it is not read again to be sure
        os.utime(path, (1_767_000_000, 1_767_000_000))
    assert mixed.quick("ingest", mixed.notes).exit_code == 4
    (mixed.notes / "diary.md").write_text("The heron flew away.\n")
    (mixed.notes / "calendar.ics").unlink()
    (mixed.notes / "new.md").write_text("A second heron.\n")
    told = json.loads(mixed.quick("ingest", mixed.notes, "--dry-run", "--report", "json").stdout)
    expected = {"files": 2, "written_since": 1, "unchanged": 2, "gone": 1, "forgotten": 0}
    assert {key: told[key] for key in expected} == expected
    assert mixed.quick("forget", mixed.notes / "diary.md", "--yes").exit_code == 0
    told = json.loads(mixed.quick("ingest", mixed.notes, "--dry-run", "--report", "json").stdout)
    assert (told["files"], told["forgotten"]) == (1, 1)


@pytest.mark.parametrize("what", ["--explain", "--dry-run"])
def test_what_is_not_there_cannot_be_explained(own: Life, what: str) -> None:
    done = own.quick("ingest", own.notes / "nowhere", what)
    calm(done.stderr)
    assert (done.exit_code, done.stdout) == (2, "")


def test_an_interrupted_count_kept_nothing(mixed: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("secondme.memory.survey._count", interrupted)
    done = mixed.quick("ingest", mixed.notes, "--dry-run")
    calm(done.stderr)
    assert (done.exit_code, "nothing was to be kept" in done.stderr) == (130, True)
