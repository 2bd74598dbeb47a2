"""people: listing, merging and splitting as a person types it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.cli.conftest import ESCAPE, Life, calm, shown

CARDS = [
    ("Anna Berg", "anna@example.org", "+3212345678"),
    ("Jan Peeters", "jan@one.example", ""),
    ("Jan Peeters", "jan@two.example", ""),
    ("Zoë Maes", "zoe@example.org", ""),
]
CHAT = """03/05/2025, 23:50 - Anna: The boiler hums again.
03/05/2025, 23:55 - Anna: It stopped.
"""


def card(name: str, mail: str, number: str) -> str:
    phone = f"TEL:{number}\r\n" if number else ""
    return f"BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\nEMAIL:{mail}\r\n{phone}END:VCARD\r\n"


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Four cards and a chat. Only to be read."""
    from tests.cli.conftest import make_home

    folder = tmp_path_factory.mktemp("people")
    life = Life(make_home(folder / "home"), folder / "notes")
    life.notes.mkdir()
    return grown(life)


def grown(life: Life) -> Life:
    (life.notes / "all.vcf").write_text("".join(card(*one) for one in CARDS), newline="")
    (life.notes / "WhatsApp Chat with Anna.txt").write_text(CHAT)
    assert life.quick("ingest", life.notes).exit_code == 0
    return life


def names(life: Life, *args: str | Path) -> list[str]:
    done = life.quick("people", "list", *args, "--json")
    assert done.stderr == ""
    return [person["name"] for person in json.loads(done.stdout)["people"]]


def test_everybody_is_listed_those_with_most_first(known: Life) -> None:
    done = known.run("people")
    assert (done.returncode, done.stderr) == (0, "")
    first, *rest = done.stdout.splitlines()
    assert first.split(" ", 1)[1] == "Anna · 2 items, last 2025-05-03"
    assert [line.split(" ", 1)[1] for line in rest] == [
        "Jan Peeters · jan@one.example, jan@two.example · 2 items",
        "Anna Berg · anna@example.org, +3212345678 · 1 item",
        "Zoë Maes · zoe@example.org · 1 item",
    ]
    assert known.quick("people", "list").stdout == done.stdout


def test_a_name_alone_shows_what_that_person_is_called_where(known: Life) -> None:
    done = known.quick("people", "zoe")
    assert done.exit_code == 0
    assert done.stdout.splitlines()[1] == f"    Zoë Maes, zoe@example.org: 1 contact in {known.notes / 'all.vcf'}"
    assert names(known, "BERG") == names(known, "+3212345678") == ["Anna Berg"]
    called = json.loads(known.quick("people", "anna", "--json").stdout)["people"][0]["called"]
    assert called == [
        {"name": "Anna", "addresses": [], "source": str(known.notes / "WhatsApp Chat with Anna.txt"), "kind": "message",
         "items": 2},
    ]  # fmt: skip


def test_whoever_is_not_there_is_said_so(known: Life) -> None:
    done = known.quick("people", "xaver")
    assert (done.exit_code, done.stdout) == (3, "")
    assert "Nobody in memory has 'xaver'" in done.stderr
    misspelt = known.quick("recall", "boiler", "--person", "Ana Berk")
    calm(misspelt.stderr)
    assert (misspelt.exit_code, "Did you mean Anna Berg (#" in misspelt.stderr) == (2, True)


def test_an_empty_memory_says_what_brings_people(own: Life) -> None:
    done = own.quick("people")
    assert (done.exit_code, done.stdout) == (0, "")
    assert "mail, chats, calendars and contacts" in done.stderr


def test_a_terminal_shows_as_many_as_fit_and_a_pipe_all(own: Life) -> None:
    cards = (card(f"Person{chr(97 + n // 26)}{chr(97 + n % 26)} Surname", f"p{n}@example.org", "") for n in range(120))
    (own.notes / "all.vcf").write_text("".join(cards), newline="")
    assert own.quick("ingest", own.notes).exit_code == 0
    assert len(own.quick("people").stdout.splitlines()) == 120
    terminal = own.on_terminal("people")
    lines = ESCAPE.sub("", shown(terminal)).strip().splitlines()
    assert len(lines) == 41
    assert lines[-1].strip() == "and 80 more; --all lists them, `secondme people NAME` finds one."
    assert len(shown(own.on_terminal("people", "--all")).strip().splitlines()) == 120


def test_names_with_line_feeds_and_escapes_stay_on_one_line(own: Life) -> None:
    # a line feed in a vCard is written as a backslash and an n
    (own.notes / "all.vcf").write_text(
        card("Eve\\nil \x1b[31mRed", "e@example.org", "") + card("x" * 4000, "x@y.z", "")
    )
    own.quick("ingest", own.notes)
    lines = own.run("people").stdout.splitlines()
    assert len(lines) == 2
    assert "\x1b" not in "".join(lines)
    assert max(map(len, lines)) < 300


def test_merged_and_split_as_the_owner_says(own: Life) -> None:
    life = grown(own)
    merged = life.quick("people", "merge", "Anna Berg", "anna@example.org")
    calm(merged.stderr)
    assert (merged.exit_code, merged.stdout) == (2, "")
    merged = life.quick("people", "merge", "Anna", "anna@example.org")
    assert (merged.exit_code, merged.stderr) == (0, "")
    assert merged.stdout.split(" ", 1)[1] == (
        "Anna Berg (also Anna) · anna@example.org, +3212345678 · 3 items, last 2025-05-03\n"
    )
    assert "hums again" in life.quick("recall", "boiler", "--person", "Anna Berg").stdout
    halves = json.loads(life.quick("people", "split", "Jan Peeters", "jan@two.example", "--json").stdout)["people"]
    assert [half["addresses"] for half in halves] == [["mailto:jan@one.example"], ["mailto:jan@two.example"]]
    unclear = life.quick("recall", "boiler", "--person", "Jan Peeters")
    calm(unclear.stderr)
    assert (unclear.exit_code, "may be Jan Peeters (#" in unclear.stderr) == (2, True)
    assert life.quick("people", "--alike").stderr == "Nobody looks like somebody else.\n", (
        "those apart are not asked about"
    )


def test_pairs_that_may_be_one_are_shown_with_what_to_do(known: Life) -> None:
    done = known.quick("people", "--alike")
    assert done.stdout.endswith("“Anna” may be short for “Anna Berg”\n")
    one, other = (word for word in done.stdout.split() if word.startswith("#"))
    assert done.stderr == f"`secondme people merge '{one}' '{other}'` makes them one.\n"
