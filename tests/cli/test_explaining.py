"""recall --explain and --as-of in pipes: why each passage is there, and what was known when."""

from __future__ import annotations

import json
import os
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from secondme.surfaces.cli.recalled import likelihood
from tests.cli.conftest import Life, shown

QUESTION = "when is the dentist appointment?"
CHAT = """{"speaker": "Ana", "ts": "2026-05-04T12:00:00Z", "text": "When do you see the dentist about the crown?"}
{"speaker": "Ben", "ts": "2026-05-04T12:01:00Z", "text": "Tuesday at nine."}
"""


def recalled(life: Life, *args: str) -> dict[str, Any]:
    done = life.quick("recall", *args, "--json")
    assert done.exit_code in (0, 3), done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def names(found: dict[str, Any]) -> list[str]:
    return [Path(hit["source"]).name for hit in found["hits"]]


# ---- why


def test_explain_says_what_was_made_of_it_why_each_is_there_and_how_likely_the_answer(life: Life) -> None:
    done = life.run("recall", QUESTION, "--explain")
    assert (done.returncode, done.stderr) == (0, "")
    told, _, rest = done.stdout.partition("\n\n")
    assert "Asked for: a date." in told.splitlines()
    assert "All of memory was read, as it is small: 3 passages." in told.splitlines()
    first = rest.splitlines()
    assert first[0] == f"1. {life.notes / 'dentist.md'}:8  2026-05-04"
    assert first[1].strip()[0].isdigit()
    assert " = words +" in first[1]
    assert first[2].startswith("   by words alone 1; by meaning alone 1; BM25 ")
    assert done.stdout.splitlines()[-1].startswith("The answer ")
    assert done.stdout.rstrip().endswith(").")
    assert "\x1b" not in done.stdout


def test_without_explain_it_is_short(life: Life) -> None:
    done = life.quick("recall", QUESTION)
    assert "alone" not in done.stdout
    assert "Asked for" not in done.stdout
    assert "The answer" not in done.stdout


def test_a_terminal_gets_colour_and_no_color_takes_it_away(life: Life) -> None:
    assert "\x1b[3" in shown(life.on_terminal("recall", QUESTION, "--explain"))
    assert "\x1b[3" not in shown(life.on_terminal("recall", QUESTION, "--explain", NO_COLOR="1"))


def test_json_has_it_all_and_the_shares_are_the_score(life: Life) -> None:
    found = recalled(life, QUESTION)
    assert (found["candidates"], found["whole"]) == (3, True)
    assert 0 <= found["answerable"] <= 1
    assert any(note.startswith("Asked for") for note in found["notes"])
    for hit in found["hits"]:
        shares = {name: share for name, share in hit["why"].items() if name not in ("bm25", "cosine")}
        assert set(shares) >= {"words", "meaning", "around", "person", "time", "form"}
        assert sum(shares.values()) == pytest.approx(hit["score"], abs=1e-3)
        assert set(hit["ranks"]) == {"words", "meaning"}
    assert {hit["ranks"]["words"] for hit in found["hits"]} <= {1, 2, 3}


def test_the_days_that_a_question_means_are_named_with_what_they_rest_on(own: Life) -> None:
    (own.notes / "move.md").write_text("---\ndate: 2021-03-03\n---\nMoved into the flat on 3 March 2021.\n")
    (own.notes / "cat.md").write_text("---\ndate: 2022-01-02\n---\nThe cat came home.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    notes = recalled(own, "what came since I moved into the flat?")["notes"]
    assert any(one.startswith("“since I moved into the flat”: ") and one.endswith("move.md:4.") for one in notes), notes
    assert "“March 2021”: March 2021." in recalled(own, "what happened in March 2021?")["notes"]
    lost = recalled(own, "what came since the eclipse of the moon?")["notes"]
    assert any("no day for it was found" in one for one in lost), lost
    assert "The latest is wanted." in recalled(own, "what is the latest news of the cat?")["notes"]


def test_a_reply_is_shown_below_its_question(own: Life) -> None:
    (own.notes / "teeth.jsonl").write_text(CHAT)
    assert own.quick("ingest", own.notes).exit_code == 0
    shown = own.quick("recall", "when does Ben see the dentist?").stdout
    assert "   … Ana: When do you see the dentist about the crown?\n   Tuesday at nine.\n" in shown
    reply = next(hit for hit in recalled(own, "when does Ben see the dentist?")["hits"] if hit["speaker"] == "Ben")
    (question,) = reply["before"]
    assert (question["speaker"], question["line"], question["text"][:7]) == ("Ana", 1, "When do")


@pytest.mark.parametrize(
    ("probability", "words"), [(1.0, "almost certainly there"), (0.7, "probably there"), (0.5, "may be"), (0, "not")]
)
def test_a_probability_is_said_in_words(probability: float, words: str) -> None:
    assert words in likelihood(probability)


# ---- as of


@pytest.fixture
def changing(own: Life) -> Life:
    """An appointment that moved, an undated contact, and an event to come."""
    (own.notes / "may.md").write_text("---\ndate: 2026-05-04\n---\nThe dentist appointment is on 12 May.\n")
    (own.notes / "june.md").write_text("---\ndate: 2026-06-20\n---\nThe dentist appointment moved to 9 July.\n")
    (own.notes / "vos.vcf").write_text("BEGIN:VCARD\nVERSION:3.0\nFN:Dentist Vos\nTEL:+3291112233\nEND:VCARD\n")
    (own.notes / "later.ics").write_text(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nUID:1\nDTSTART:21260704T090000Z\nSUMMARY:Dentist jubilee\nEND:VEVENT\n"
        "END:VCALENDAR\n"
    )
    assert own.quick("ingest", own.notes).exit_code == 0
    return own


def test_as_of_finds_what_was_known_then(changing: Life) -> None:
    assert set(names(recalled(changing, QUESTION))) == {"may.md", "june.md", "vos.vcf", "later.ics"}
    assert names(recalled(changing, QUESTION, "--as-of", "2026-05")) == ["may.md"]
    assert names(recalled(changing, QUESTION, "--as-of", "May 2026")) == ["may.md"]
    assert set(names(recalled(changing, QUESTION, "--as-of", "2026-06-20"))) == {"may.md", "june.md"}
    assert names(recalled(changing, QUESTION, "--as-of", "2025")) == []


def test_what_is_in_memory_by_then_was_known_whatever_day_it_is_of(changing: Life) -> None:
    assert set(names(recalled(changing, QUESTION, "--as-of", "0d"))) == {"may.md", "june.md", "vos.vcf", "later.ics"}


def test_what_cannot_be_known_of_that_day_is_said(changing: Life) -> None:
    notes = recalled(changing, QUESTION, "--as-of", "2026-05-10")["notes"]
    assert "As of 10 May 2026: what is of no later day, and what was in memory by then." in notes
    assert "Left out: what names no day and was taken in later (1); nothing says that it was known then." in notes
    assert "Taken in later: 1 of these; what has been edited since shows its later words." in notes
    assert not any("later" in note for note in recalled(changing, QUESTION)["notes"])


def test_a_note_without_a_date_of_its_own_is_as_old_as_its_file(own: Life) -> None:
    note = own.notes / "bike.md"
    note.write_text("The bike cost 900 euro.\n")
    os.utime(note, (datetime(2024, 3, 1).timestamp(),) * 2)
    assert own.quick("ingest", own.notes).exit_code == 0
    assert names(recalled(own, "bike", "--as-of", "2024")) == ["bike.md"]
    assert names(recalled(own, "bike", "--as-of", "2024-02")) == []


def test_ask_answers_as_of_a_day(changing: Life) -> None:
    then = changing.quick("ask", QUESTION, "--no-llm", "--as-of", "2026-05-31")
    assert (then.exit_code, "12 May" in then.stdout, "9 July" in then.stdout) == (0, True, False)
    before = changing.quick("ask", QUESTION, "--no-llm", "--as-of", "2020")
    assert (before.exit_code, before.stdout) == (3, "I don't know.\n")


def test_days_of_the_question_are_counted_from_then(changing: Life) -> None:
    notes = recalled(changing, "what did I write last week?", "--as-of", "2026-05-20")["notes"]
    assert "“last week”: 11 May 2026 to 17 May 2026." in notes


@pytest.mark.parametrize("text", ["some day", "03/04/2026", "soon", ""])
def test_what_is_no_date_is_wrong_usage(life: Life, text: str) -> None:
    for command in ("recall", "ask"):
        done = life.quick(command, QUESTION, "--as-of", text)
        assert (done.exit_code, done.stdout) == (2, ""), text
        assert "2023-05" in done.stderr
