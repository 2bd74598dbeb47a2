"""ingest: reports, exit codes, stdin, formats, interruption."""

from __future__ import annotations

import json
import signal
import sqlite3
import time
import zipfile
from contextlib import closing
from pathlib import Path

import pytest

from secondme import sources as formats
from secondme.records import Skipped
from secondme.surfaces.cli import gathering, reporting
from tests.cli.conftest import Life, calm, shown

COUNTS = ("added", "changed", "unchanged", "moved", "removed")


def report(life: Life, *args: str | Path) -> dict[str, object]:
    done = life.quick("ingest", *args, "--report", "json")
    assert done.exit_code in (0, 4), done.stderr
    assert done.stderr == ""
    result: dict[str, object] = json.loads(done.stdout)
    assert result["version"] == 1
    return result


def counts(result: dict[str, object]) -> dict[str, object]:
    return {name: result[name] for name in COUNTS if result[name]}


def sources(life: Life) -> int:
    return int(json.loads(life.quick("status", "--json").stdout)["sources"])


# ---- ingest


def test_the_report_counts_what_happened_to_each_source(own: Life) -> None:
    for name in ("one", "two", "three"):
        (own.notes / f"{name}.md").write_text(f"# {name}\n\nThe heron number {name} stood at the canal.\n")
    assert counts(report(own, own.notes)) == {"added": 3}
    assert counts(report(own, own.notes)) == {"unchanged": 3}
    (own.notes / "one.md").write_text("# one\n\nThe heron flew away before breakfast.\n")
    (own.notes / "two.md").rename(own.notes / "zwei.md")
    (own.notes / "three.md").unlink()
    result = report(own, own.notes)
    assert counts(result) == {"changed": 1, "moved": 1, "removed": 1}
    assert result["skipped"] == []


def test_what_cannot_be_read_is_reported_by_name_and_the_rest_goes_on(own: Life) -> None:
    (own.notes / "good.md").write_text("The heron stood at the canal.\n")
    (own.notes / "letter.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")
    (own.notes / "empty.md").touch()
    (own.notes / "scan.pdf").write_text("%PDF-1.4\nand no more")
    done = own.run("ingest", own.notes)
    assert (done.returncode, done.stdout.splitlines()[0][:7]) == (4, "1 added")
    assert [line.split(str(own.notes))[-1] for line in done.stderr.splitlines()] == [
        "Left out, as they hold no text or have no reader (2):",
        "/empty.md: is empty",
        "/letter.doc: old Word documents (.doc) are not read yet",
        "Not read, or only in part (1):",
        "/scan.pdf: is damaged or cut short, or is not a PDF",
    ]
    left_out = report(own, own.notes)["skipped"]
    assert isinstance(left_out, list)
    assert {Path(s["source"]).name: (s["reason"], s["failed"]) for s in left_out} == {
        "letter.doc": ("old Word documents (.doc) are not read yet", False),
        "empty.md": ("is empty", False),
        "scan.pdf": ("is damaged or cut short, or is not a PDF", True),
    }


def test_what_went_wrong_is_not_buried_under_songs(capsys: pytest.CaptureFixture[str]) -> None:
    songs = [Skipped(f"/music/{n}.mp3", "sound files (.mp3) are not read yet") for n in range(400)]
    more = [Skipped("/phone.zip", "1,200 files in it, the first of them Media/1.opus: sound files are not read yet")]
    kinds = [Skipped(f"/x/{word}", f"has the trouble of the {word}") for word in "abcdefghijklmnopqrst"]
    lines = [Skipped("/chat.json", f"message {n} has no end") for n in (17, 4_211)]
    reporting.show_left_out([*songs, *kinds, *more, *lines])
    told = capsys.readouterr().err.splitlines()
    assert told[:2] == [
        "Left out, as they hold no text or have no reader (1,600):",
        "  /music/0.mp3 and 1,599 more: sound files (.mp3) are not read yet",
    ]
    assert told[2:4] == [
        "Not read, or only in part (22):",
        "  /chat.json and 1 more: message 17 has no end",
    ]
    assert told[-2:] == ["  and 9 more for 9 other reasons", "The same command with --report json lists all."]
    assert len(told) == 17


@pytest.mark.parametrize(
    ("reason", "failed"),
    [
        ("is empty", False),
        ("holds no text", False),
        ("no text found in the picture", False),
        ("no reader for .xyz files (binary data)", False),
        ("is a link to something that is not there", False),
        ("permission denied", True),
        ("holds no calendar", True),
        ("is encrypted and needs a password", True),
        ("no reader for .xyz files (data) (what was read from it before is kept)", True),
        ("is not mounted; what was read from it is kept (3 sources)", True),
    ],
)
def test_only_a_loss_is_a_failure(reason: str, failed: bool) -> None:
    assert reporting.failed(reason) is failed


def test_an_empty_folder_is_said_to_be_empty(own: Life) -> None:
    done = own.quick("ingest", own.notes)
    assert (done.exit_code, done.stdout, done.stderr) == (
        0,
        "0 added.\n",
        f"There is nothing to read in {own.notes}.\n",
    )


def test_a_path_that_is_not_there_is_wrong_usage_and_nothing_is_read(own: Life) -> None:
    (own.notes / "good.md").write_text("The heron stood at the canal.\n")
    done = own.run("ingest", own.notes, own.notes / "nowhere")
    calm(done.stderr)
    assert (done.returncode, done.stdout) == (2, "")
    assert f"There is no {own.notes / 'nowhere'}." in done.stderr
    assert sources(own) == 0


def test_stdin_is_a_source_with_a_name(own: Life) -> None:
    first = own.run(
        "ingest", "-", "--name", "minutes.md", input="# Minutes\n\nThe plumber promised to come on 3 June.\n"
    )
    assert (first.returncode, first.stdout[:7], first.stderr) == (0, "1 added", "")
    hit = json.loads(own.quick("recall", "plumber", "--json").stdout)["hits"][0]
    assert hit["source"] == "stdin:minutes.md"
    again = own.run("ingest", "-", "--name", "minutes.md", "--report", "json", input="# Minutes\n\nNobody came.\n")
    assert counts(json.loads(again.stdout)) == {"changed": 1}
    assert own.quick("recall", "plumber", "--source", "stdin:minutes.md").stdout.count("plumber") == 0
    empty = own.run("ingest", "-", input="")
    assert (empty.returncode, "is empty" in empty.stderr) == (4, True)
    mixed = own.quick("ingest", "-", own.notes)
    assert (mixed.exit_code, mixed.stdout) == (2, "")


@pytest.mark.parametrize("args", [[], ["--report", "xml", "."], ["--nope"]])
def test_ingest_of_nothing_sensible_is_wrong_usage(own: Life, args: list[str]) -> None:
    done = own.quick("ingest", *args)
    assert (done.exit_code, done.stdout) == (2, "")


def test_names_with_spaces_newlines_and_emoji_are_shown_on_one_line(own: Life) -> None:
    (own.notes / "a day\nout 🚲.md").touch()
    done = own.run("ingest", own.notes)
    assert done.returncode == 4
    assert "a day\\x0aout 🚲.md: is empty" in done.stderr


def test_a_name_of_4_000_characters_and_its_escapes_stay_on_one_line(own: Life) -> None:
    with zipfile.ZipFile(own.notes / "export.zip", "w") as archive:
        archive.writestr("y" * 4_000 + ".md", "a note")
        archive.writestr("red\x1b[31m.md", "a note")
        archive.writestr("good.md", "The heron stood at the canal.\n")
    done = own.run("ingest", own.notes)
    assert done.returncode == 4
    assert "\x1b" not in done.stderr
    assert "red\\x1b[31m.md" in done.stderr
    assert max(map(len, done.stderr.splitlines())) < 500


# ---- formats


def test_the_help_lists_every_format_that_can_be_asked_for(own: Life) -> None:
    known = [name for names in gathering.FORMATS.values() for name in names.split(", ")]
    assert sorted(known) == sorted(formats.names()), "a new format is to be named in gathering.FORMATS"
    told = own.run("ingest", "--help").stdout.replace(",", " ").split()
    assert set(known) <= set(told)


@pytest.mark.parametrize(
    ("named", "guess"),
    [("whatsap", " Did you mean whatsapp?"), ("telgram", " Did you mean telegram?"), ("qqq", "")],
)
def test_an_unknown_format_is_answered_with_all_of_them(own: Life, named: str, guess: str) -> None:
    done = own.quick("ingest", own.notes, "--as", named)
    assert (done.exit_code, done.stdout) == (2, "")
    first, *rest = done.stderr.splitlines()
    assert first == f"secondme: There is no format {named!r}.{guess}"
    assert [line.split()[0] for line in rest[1:] if line[2:3].strip()] == list(gathering.FORMATS)


def test_a_format_is_named_in_any_case_and_with_spaces(own: Life) -> None:
    (own.notes / "chat.txt").write_text('{"role": "user", "content": "The heron stood at the canal."}\n')
    assert counts(report(own, own.notes, "--as", "JSON Chat")) == {"added": 1}


@pytest.mark.parametrize("args", [["--name", "x", "."], ["--explain", "--dry-run", "."], ["-", "--explain"]])
def test_options_that_cannot_go_together_are_wrong_usage(own: Life, args: list[str]) -> None:
    done = own.quick("ingest", *args)
    calm(done.stderr)
    assert (done.exit_code, done.stdout) == (2, "")


# ---- interrupted


def many(life: Life, number: int) -> None:
    for n in range(number):
        (life.notes / f"{n}.md").write_text(f"# Note {n}\n\nThe heron number {n} stood at the canal.\n")


def planned(life: Life) -> int:
    ledger = life.home / "profiles" / "default" / "ledger.db"
    if not ledger.exists():
        return 0
    with closing(sqlite3.connect(ledger)) as db:
        try:
            return int(db.execute("SELECT count(*) FROM journal").fetchone()[0])
        except sqlite3.OperationalError:  # not made yet, or being written
            return 0


def test_an_interrupted_ingest_says_how_to_go_on_and_goes_on(own: Life) -> None:
    many(own, 400)
    process = own.start("ingest", own.notes, "--report", "json")
    while not planned(own) and process.poll() is None:
        time.sleep(0.005)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    calm(err)
    assert (process.returncode, out) == (130, "")
    assert "Interrupted with 400 files to go" in err
    assert "secondme ingest --resume" in err
    status = own.quick("status")
    assert "to read  400 files that an ingest has planned and not finished" in status.stdout
    assert "secondme ingest --resume" in status.stderr
    assert counts(report(own, "--resume")) == {"added": 400}
    assert json.loads(own.quick("status", "--json").stdout)["unfinished"] == 0
    again = own.quick("ingest", "--resume")
    assert (again.exit_code, again.stdout, again.stderr) == (0, "", "Nothing was left unfinished.\n")
    assert counts(report(own, "--resume")) == {}


def test_what_was_left_and_is_gone_is_not_left_any_more(own: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    many(own, 3)

    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("secondme.memory.batch.Batch._embed", interrupted)
        assert own.quick("ingest", own.notes).exit_code == 130
    assert planned(own) == 3
    for note in own.notes.iterdir():
        note.unlink()
    done = own.quick("ingest", "--resume")
    assert (done.exit_code, done.stderr) == (0, "What was left is not there any more.\n")
    assert planned(own) == 0


def test_an_interrupted_ingest_as_a_format_is_to_be_repeated(own: Life, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(*args: object) -> None:
        raise KeyboardInterrupt

    many(own, 3)
    monkeypatch.setattr("secondme.memory.batch.Batch._embed", interrupted)
    done = own.quick("ingest", own.notes, "--as", "plain-text")
    assert done.exit_code == 130
    assert "--resume" not in done.stderr  # it would read them as what they are


# ---- on a terminal


def test_a_terminal_shows_how_far_it_is_and_then_only_the_report(own: Life) -> None:
    many(own, 60)
    terminal = own.on_terminal("ingest", own.notes)
    text = shown(terminal)
    assert terminal.exitstatus == 0
    assert "/60 files" in text
    assert text.split("\x1b[2K")[-1].startswith("60 added, 60 new passages in ")
