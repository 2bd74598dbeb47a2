"""profile, people show and fade as a person types them."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest

from secondme.memory.profile.card import Card, Line
from secondme.surfaces.cli.profiling import edited_lines
from tests.cli.conftest import Life, calm, make_home, shown

CARD = "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:Anna Berg\r\nTEL:+3212345678\r\nEND:VCARD\r\n"


def grown(life: Life) -> Life:
    (life.notes / "me.md").write_text("I am allergic to penicillin.\n")
    (life.notes / "teeth.md").write_text("My dentist is Anna Berg.\n")
    (life.notes / "all.vcf").write_text(CARD, newline="")
    assert life.quick("ingest", life.notes).exit_code == 0
    assert life.quick("reflect").exit_code == 0
    return life


@pytest.fixture(scope="session")
def known(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Two notes and a contact, read for facts. Only to be read."""
    folder = tmp_path_factory.mktemp("profile")
    life = Life(make_home(folder / "home"), folder / "notes")
    life.notes.mkdir()
    return grown(life)


def lines(life: Life) -> list[dict[str, object]]:
    return list(json.loads(life.quick("profile", "--json").stdout)["lines"])


def test_the_card_names_the_facts_of_each_line(known: Life) -> None:
    done = known.quick("profile")
    assert done.exit_code == 0
    numbers = {line["text"]: line["facts"][0] for line in lines(known)}  # type: ignore[index]
    assert done.stdout.splitlines() == [
        "People",
        f"  1. Your dentist is Anna Berg  ({numbers['Your dentist is Anna Berg']})",
        "Health",
        f"  2. You are allergic to penicillin  ({numbers['You are allergic to penicillin']})",
    ]


def test_a_person_is_shown(known: Life) -> None:
    done = known.quick("people", "show", "anna")
    assert done.stdout.splitlines()[0].endswith("Anna Berg · +3212345678 · 1 item · your dentist")
    told = json.loads(known.quick("people", "show", "anna", "--json").stdout)
    assert (told["relation"], told["last"]) == ("dentist", None)
    nobody = known.quick("people", "show", "Zoë")
    assert nobody.exit_code == 2
    calm(nobody.stderr)


def test_fading_is_shown_with_reasons(known: Life) -> None:
    done = known.quick("fade", "--show")
    assert [row.split(":")[0] for row in done.stdout.splitlines() if not row.startswith(" ")] == [
        "kept",
        "clear",
        "fading",
        "faint",
    ]
    told = json.loads(known.quick("fade", "--json").stdout)
    assert sum(told["counts"].values()) == 3
    assert all(one["reasons"] and 0 <= one["strength"] <= 1 for one in told["passages"])


def test_lines_are_edited_added_left_out_and_brought_back(own: Life) -> None:
    grown(own)
    assert own.quick("profile", "edit", "2", "Penicillin makes you ill").exit_code == 0
    assert own.quick("profile", "edit", "--add", "You are left-handed").exit_code == 0
    assert [line["text"] for line in lines(own)] == [
        "You are left-handed",
        "Your dentist is Anna Berg",
        "Penicillin makes you ill",
    ]
    assert "yours" in own.quick("profile").stdout
    own.quick("profile", "edit", "3", "--undo")
    own.quick("profile", "edit", "2", "--out")
    done = own.quick("profile")
    assert "dentist" not in done.stdout
    assert "1 line is left out by you" in done.stderr
    own.quick("profile", "edit", "--restore")
    assert [line["text"] for line in lines(own)][1:] == ["Your dentist is Anna Berg", "You are allergic to penicillin"]


@pytest.mark.parametrize("args", [("99", "x"), ("1",), (), ("1", "x", "--out"), ("--out",), ("--add", " ")])
def test_an_edit_that_means_nothing_is_refused(known: Life, args: tuple[str, ...]) -> None:
    done = known.quick("profile", "edit", *args)
    assert done.exit_code == 2
    calm(done.stderr)


def test_the_card_comes_back_from_an_editor(own: Life, tmp_path: Path) -> None:
    grown(own)
    editor = tmp_path / "editor.py"
    editor.write_text(
        "import sys\nrows = open(sys.argv[1], encoding='utf-8').read()\n"
        "open(sys.argv[1], 'w', encoding='utf-8').write(rows.replace('penicillin', 'latex'))\n"
    )
    assert "You are allergic to latex" in shown(own.on_terminal("profile", "edit", EDITOR=f"{sys.executable} {editor}"))
    assert "Nothing is changed." in shown(own.on_terminal("profile", "edit", EDITOR="true"))
    assert "does not start" in shown(own.on_terminal("profile", "edit", EDITOR="/no/such/editor"))


def test_what_an_editor_gives_back_is_read_line_by_line() -> None:
    card = Card((Line("a", "Self", "One"), Line("b", "Self", "Two"), Line("c", "Self", "Three")))
    changed = edited_lines(card, "# a hint\n1. One\n3. Three, and more\nFour\n")
    assert changed[:2] == [("b", ""), ("c", "Three, and more")]
    assert changed[2][1] == "Four"


def test_an_empty_memory_says_how_to_begin(own: Life) -> None:
    for args in (("profile",), ("profile", "themes"), ("fade",)):
        done = own.quick(*args)
        assert (done.exit_code, done.stdout) == (0, "")
        assert done.stderr


def test_what_is_marked_does_not_fade(own: Life) -> None:
    grown(own)
    hit = json.loads(own.quick("recall", "penicillin", "-k", "1", "--json").stdout)["hits"][0]
    assert own.quick("fade", "--keep", hit["id"][:12]).stdout == "Does not fade: “I am allergic to penicillin.”\n"
    assert json.loads(own.quick("fade", "--json").stdout)["counts"]["kept"] == 1
    assert own.quick("fade", "--let-go", hit["id"]).stdout.startswith("May fade: ")
    wrong = own.quick("fade", "--keep", "ffffffffffff")
    assert wrong.exit_code == 2
    calm(wrong.stderr)
