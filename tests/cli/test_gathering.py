"""ingest and forget: reports, exit codes, stdin, confirmation."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ESCAPE, Life, calm, shown

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
    (own.notes / "calendar.ics").write_text("BEGIN:VCALENDAR\nEND:VCALENDAR\n")
    (own.notes / "empty.md").touch()
    done = own.run("ingest", own.notes)
    assert (done.returncode, done.stdout.splitlines()[0][:7]) == (4, "1 added")
    assert "Left out (2):" in done.stderr
    assert "calendar.ics: calendar files (.ics) are not read yet" in done.stderr
    left_out = report(own, own.notes)["skipped"]
    assert isinstance(left_out, list)
    assert {Path(skipped["source"]).name: skipped["reason"] for skipped in left_out} == {
        "calendar.ics": "calendar files (.ics) are not read yet",
        "empty.md": "is empty",
    }


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


# ---- forget


def grown(life: Life) -> Life:
    (life.notes / "secret").mkdir()
    (life.notes / "heron.md").write_text("# Birds\n\nThe heron stood at the canal.\n")
    (life.notes / "secret" / "diary.md").write_text("# Diary\n\nThe zeppelin landed in my garden.\n")
    assert life.quick("ingest", life.notes).exit_code == 0
    return life


def test_forget_in_a_pipe_wants_yes(own: Life) -> None:
    life = grown(own)
    refused = life.run("forget", life.notes, input="y\n")
    calm(refused.stderr)
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "2 sources, 2 passages" in refused.stderr
    assert "--yes" in refused.stderr
    assert sources(life) == 2
    done = life.run("forget", "secret", "--yes", cwd=life.notes)
    assert (done.returncode, done.stdout, done.stderr) == (0, "Forgot 1 source, 1 passage.\n", "")
    assert "zeppelin" not in life.quick("recall", "zeppelin").stdout
    assert sources(life) == 1
    assert (life.notes / "secret" / "diary.md").exists()
    again = life.run("forget", life.notes / "secret", "--yes")
    calm(again.stderr)
    assert (again.returncode, again.stdout) == (2, "")


def test_an_id_from_recall_is_enough_to_forget(own: Life) -> None:
    life = grown(own)
    hit = json.loads(life.quick("recall", "zeppelin", "-k", "1", "--json").stdout)["hits"][0]
    done = life.quick("forget", hit["id"], "--yes", "--json")
    assert (done.exit_code, json.loads(done.stdout)) == (0, {"version": 1, "sources": [], "passages": 1})
    assert "zeppelin" not in life.quick("recall", "zeppelin").stdout


def test_forget_asks_on_a_terminal(own: Life) -> None:
    life = grown(own)
    terminal = life.on_terminal("forget", life.notes)
    terminal.expect(r"Forget 2 sources, 2 passages\? \[y/N\]")
    assert str(life.notes / "heron.md") in ESCAPE.sub("", terminal.before).replace("\r\n", "")
    terminal.sendline("n")
    assert "Nothing is forgotten." in shown(terminal)
    assert terminal.exitstatus == 1
    assert sources(life) == 2
    terminal = life.on_terminal("forget", life.notes)
    terminal.expect(r"\[y/N\]")
    terminal.sendline("y")
    assert "Forgot 2 sources, 2 passages." in shown(terminal)
    assert terminal.exitstatus == 0
    assert sources(life) == 0


def test_an_interrupted_question_forgets_nothing(own: Life) -> None:
    life = grown(own)
    terminal = life.on_terminal("forget", life.notes)
    terminal.expect(r"\[y/N\]")
    terminal.sendintr()
    assert "Interrupted" in shown(terminal)
    assert terminal.exitstatus == 130
    assert sources(life) == 2
