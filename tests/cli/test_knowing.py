"""reflect, facts, history, review: what is known, in pipes and on a terminal."""

from __future__ import annotations

import json
import signal
import subprocess
from pathlib import Path
from typing import Any

import pexpect
import pytest

from tests.cli.conftest import Life, shown


@pytest.fixture
def moved(own: Life) -> Life:
    """Somebody who moved, and whose undated notes disagree on the birthday."""
    (own.notes / "old.md").write_text("---\ndate: 2023-02-01\n---\nI live in Ghent.\n")
    (own.notes / "new.md").write_text("---\ndate: 2025-06-01\n---\nI live in Lisbon now.\n")
    (own.notes / "one.md").write_text("My birthday is 3 May.\n")
    (own.notes / "two.md").write_text("My birthday is 9 June.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    assert own.quick("reflect").exit_code == 0
    return own


def printed(life: Life, *args: str) -> dict[str, Any]:
    done = life.quick(*args, "--json")
    assert done.exit_code in (0, 3), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def values(found: dict[str, Any], slot: str) -> list[str]:
    return [fact["value"] for fact in found["facts"] if fact["slot"] == slot]


def slot_of(life: Life, word: str) -> str:
    return next(fact["slot"] for fact in printed(life, "facts", "--all")["facts"] if word in fact["statement"])


# ---- reflect


def test_reflect_says_what_it_read_and_what_came_of_it_and_then_has_nothing_to_do(own: Life) -> None:
    (own.notes / "home.md").write_text("---\ndate: 2023-02-01\n---\nI live in Ghent.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    done = own.run("reflect")
    assert done.stdout.startswith("Read 1 passages in ")
    assert "facts are new" in done.stdout
    again = own.run("reflect")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "Nothing new to learn from.\n")


def test_reflect_stops_at_its_budget_and_goes_on(own: Life) -> None:
    for n in range(450):
        (own.notes / f"{n}.md").write_text(f"I bought boat number {n} in Ghent.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    first = printed(own, "reflect", "--budget", "0")
    assert (first["passages"], first["left"]) == (0, 450)
    assert "are left" in own.quick("reflect", "--budget", "0").stderr
    rest = printed(own, "reflect")
    assert (rest["passages"], rest["left"]) == (450, 0)
    assert rest["operations"]["ADD"] >= 1


def test_an_interrupted_reflect_keeps_what_it_learnt_and_leaves_nothing_broken(own: Life) -> None:
    for n in range(1_500):
        (own.notes / f"{n}.md").write_text(f"I bought boat number {n} in Ghent. My sister is called Ana{n}.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    running = own.start("reflect")
    try:
        running.communicate(timeout=1.2)
    except subprocess.TimeoutExpired:
        running.send_signal(signal.SIGINT)
        _, said = running.communicate(timeout=30)
        assert running.returncode == 130
        assert "Traceback" not in said
    assert own.quick("doctor").exit_code == 0
    printed(own, "reflect")
    ids = [fact["id"] for fact in printed(own, "facts", "--all")["facts"]]
    assert len(ids) == len(set(ids)) >= 1_500


# ---- facts


def test_facts_show_the_statement_its_days_and_its_source(moved: Life) -> None:
    done = moved.quick("facts", "me")
    assert (done.exit_code, done.stdout.splitlines()[0]) == (0, "You")
    assert "Lisbon" in done.stdout
    assert "since 2025-06-01" in done.stdout
    assert "Ghent" not in done.stdout
    assert f"{moved.notes / 'new.md'}:4" in done.stdout


def test_all_shows_what_was_and_as_of_what_was_then(moved: Life) -> None:
    home = slot_of(moved, "Ghent")
    assert values(printed(moved, "facts", "me"), home) == ["Lisbon"]
    assert sorted(values(printed(moved, "facts", "me", "--all"), home)) == ["Ghent", "Lisbon"]
    ghent = next(fact for fact in printed(moved, "facts", "me", "--all")["facts"] if fact["value"] == "Ghent")
    assert (ghent["valid_from"], ghent["valid_to"]) == ("2023-02-01", "2025-06-01")
    assert ghent["quotes"][0]["place"] == f"{moved.notes / 'old.md'}:4"
    assert "Ghent" in ghent["quotes"][0]["text"]
    assert printed(moved, "facts", "me", "--as-of", "2024")["facts"] == [], "nothing was known in 2024"


def test_of_whom_nothing_is_known_nothing_is_said(moved: Life) -> None:
    done = moved.quick("facts", "Zenobia")
    assert (done.exit_code, done.stdout, done.stderr) == (3, "", "Nothing is known of that.\n")


def test_before_reflecting_facts_say_what_to_do(own: Life) -> None:
    (own.notes / "home.md").write_text("I live in Ghent.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    done = own.quick("facts")
    assert (done.exit_code, done.stderr) == (3, "Nothing was read for facts yet: `secondme reflect` does it.\n")


# ---- history


def test_history_shows_every_value_its_words_and_what_ended_what(moved: Life) -> None:
    lisbon = next(fact for fact in printed(moved, "facts", "me")["facts"] if fact["value"] == "Lisbon")
    done = moved.quick("history", lisbon["id"])
    lines = done.stdout.splitlines()
    assert done.exit_code == 0
    assert sum("2023-02-01 to 2025-06-01" in line for line in lines) == 1
    assert any(line.strip().startswith("“") and "Ghent" in line for line in lines)
    assert any(line.endswith(f"ended by {lisbon['id']}") for line in lines)
    changes = printed(moved, "history", lisbon["id"].removeprefix("f"))["changes"]
    assert {change["operation"] for change in changes} >= {"ADD", "UPDATE"}


@pytest.mark.parametrize("name", ["f999999", "x", "", "9" * 30, "-"])
def test_a_fact_that_is_not_there_is_one_sentence(moved: Life, name: str) -> None:
    done = moved.quick("history", name)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "There is no fact" in done.stderr
    assert "secondme facts" in done.stderr


# ---- review


def test_review_lists_both_quotes_and_asks_nothing_with_list(moved: Life) -> None:
    done = moved.quick("review", "--list")
    assert done.exit_code == 0
    assert "1 of 1" in done.stdout
    assert "3 May" in done.stdout
    assert "9 June" in done.stdout
    assert len(printed(moved, "review")["disputes"]) == 1


@pytest.mark.parametrize(("key", "left"), [("1", 1), ("2", 1), ("b", 2), ("w", 0), ("c", 1)])
def test_one_key_settles_it(moved: Life, key: str, left: int) -> None:
    done = moved.run("review", input=f"?\n{key}\n")
    assert done.returncode == 0, done.stderr
    assert printed(moved, "review")["disputes"] == []
    assert len(values(printed(moved, "facts", "me"), "birthday")) == left
    assert moved.quick("review").stderr == "Nothing to settle.\n"


def test_skipping_quitting_and_the_end_of_input_settle_nothing(moved: Life) -> None:
    for keys in ("s\n", "q\n", ""):
        assert moved.run("review", input=keys).returncode == 0
    assert len(printed(moved, "review")["disputes"]) == 1


def test_on_a_terminal_one_key_is_enough(moved: Life) -> None:
    terminal = moved.on_terminal("review")
    terminal.expect("both .w.rong")
    terminal.send("b")
    terminal.expect(pexpect.EOF)
    assert printed(moved, "review")["disputes"] == []


# ---- what goes


def test_forgetting_the_source_takes_the_facts_and_no_byte_is_left(moved: Life) -> None:
    assert moved.quick("forget", moved.notes / "new.md", "--yes").exit_code == 0
    assert values(printed(moved, "facts", "me"), slot_of(moved, "Ghent")) == ["Ghent"]
    stored = b"".join(path.read_bytes() for path in Path(moved.home).rglob("*") if path.is_file())
    assert b"lisbon" not in stored.lower()


def test_an_edited_note_changes_its_facts(moved: Life) -> None:
    (moved.notes / "new.md").write_text("---\ndate: 2025-06-01\n---\nI live in Porto now.\n")
    assert moved.quick("ingest", moved.notes).exit_code == 0
    assert moved.quick("reflect").exit_code == 0
    assert values(printed(moved, "facts", "me"), slot_of(moved, "Ghent")) == ["Porto"]


def test_as_of_and_colour_keep_to_the_rules_of_other_commands(moved: Life) -> None:
    assert moved.quick("facts", "--as-of", "some day").exit_code == 2
    assert "\x1b[3" in shown(moved.on_terminal("facts", "me"))
    assert "\x1b[3" not in shown(moved.on_terminal("facts", "me", NO_COLOR="1"))
