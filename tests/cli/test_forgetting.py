"""forget: what goes, what stays, and what is asked before."""

from __future__ import annotations

import json
import time

from tests.cli.conftest import ESCAPE, Life, calm, shown


def sources(life: Life) -> int:
    return int(json.loads(life.quick("status", "--json").stdout)["sources"])


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
    told = json.loads(done.stdout)
    assert (done.exit_code, told["version"], told["sources"], told["passages"]) == (0, 1, [], 1)
    assert len(told["items"]) == 1
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
    terminal.expect(r"\[y/N\]: ")
    time.sleep(0.3)  # readline misses a signal that comes while it gets ready to wait
    terminal.sendintr()
    assert "Interrupted" in shown(terminal)
    assert terminal.exitstatus == 130
    assert sources(life) == 2


# ---- a person, a time, a source

CHAT = """03/05/2025, 10:00 - Anna Berg: The boiler hums again.
03/05/2025, 10:01 - Jan Peeters: Ask Anna Berg about the boiler.
03/05/2025, 10:02 - Anna Berg: The plumber comes on Monday.
03/05/2025, 10:03 - Zoë Maes: Good.
"""


def talked(life: Life) -> Life:
    (life.notes / "WhatsApp Chat with House.txt").write_text(CHAT)
    (life.notes / "diary.md").write_text("Anna Berg says that the boiler will last another year.\n")
    assert life.quick("ingest", life.notes).exit_code == 0
    return life


def test_a_dry_run_says_what_would_go_and_what_would_stay(own: Life) -> None:
    life = talked(own)
    done = life.quick("forget", "--person", "anna", "--dry-run")
    assert (done.exit_code, done.stdout) == (
        0, "Would forget 2 items, 2 passages that Anna Berg (#1) takes part in.\n",
    )  # fmt: skip
    assert f"  2 messages in {life.notes / 'WhatsApp Chat with House.txt'}\n" in done.stderr
    assert '2 other passages name them and stay; to see: secondme recall "Anna Berg"' in done.stderr
    told = json.loads(life.quick("forget", "--person", "anna", "--dry-run", "--json").stdout)
    assert (told["passages"], told["named"], len(told["items"])) == (2, 2, 2)
    assert [(place["kind"], place["items"]) for place in told["places"]] == [("message", 2)]
    assert "plumber" in life.quick("recall", "plumber").stdout


def test_a_forgotten_person_is_gone_and_the_others_words_stay(own: Life) -> None:
    life = talked(own)
    done = life.quick("forget", "--person", "anna", "--yes")
    assert (done.exit_code, done.stdout) == (0, "Forgot 2 items, 2 passages that Anna Berg (#1) takes part in.\n")
    found = life.quick("recall", "Anna Berg boiler").stdout
    assert "hums again" not in found
    assert "another year" in found
    nobody = life.quick("forget", "--person", "anna", "--yes")
    calm(nobody.stderr)
    assert (nobody.exit_code, "Nobody in memory is called 'anna'" in nobody.stderr) == (2, True)


def test_what_was_said_to_a_person_goes_too_and_is_counted_apart(own: Life) -> None:
    (own.notes / "WhatsApp Chat with Anna.txt").write_text(
        "03/05/2025, 10:00 - Anna: The boiler hums.\n03/05/2025, 10:01 - Jan: Again?\n03/05/2025, 10:02 - Jan: Hm.\n"
    )
    own.quick("ingest", own.notes)
    done = own.quick("forget", "--person", "Anna", "--dry-run")
    assert "Would forget 3 items" in done.stdout
    assert "They wrote 1 of these; the others are to them, with them or about them." in done.stderr


def test_a_folder_as_source_is_not_its_namesakes(own: Life) -> None:
    for folder in ("home", "homework"):
        (own.notes / folder).mkdir()
        (own.notes / folder / "a.md").write_text(f"The {folder} of the heron.\n")
    assert own.quick("ingest", own.notes).exit_code == 0
    assert own.quick("recall", "heron", "--source", own.notes / "home").stdout.count(" of the heron") == 1
    done = own.quick("forget", "--source", own.notes / "home", "--yes")
    assert (done.exit_code, done.stdout) == (0, "Forgot 1 source, 1 passage.\n")
    assert sources(own) == 1
    (own.notes / "home" / "a.md").write_text("The home of the heron is at the canal.\n")
    own.quick("ingest", own.notes)
    assert "canal" not in own.quick("recall", "heron").stdout, "a source that was forgotten does not come back changed"


def test_a_range_of_time_is_the_owners(own: Life) -> None:
    assert own.quick("config", "timezone", "Asia/Tokyo").exit_code == 0
    (own.notes / "WhatsApp Chat with House.txt").write_text(
        "03/05/2025, 00:30 - Anna Berg: Early.\n02/05/2025, 23:30 - Anna Berg: Late.\n"
    )
    assert "taken as Asia/Tokyo" in own.quick("ingest", own.notes).stderr
    done = own.quick("forget", "--since", "2025-05-03", "--until", "2025-05-03", "--dry-run")
    assert done.stdout == "Would forget 1 item, 1 passage.\n"
    assert "“Early.”" in done.stderr
    assert "  2025-05-02\n" in own.quick("recall", "Late").stdout


def test_nothing_to_forget_is_wrong_usage(own: Life) -> None:
    life = grown(own)
    for args in ((), ("--since", "2031"), ("--source", "nowhere"), ("nowhere",), ("--person", "nobody")):
        done = life.quick("forget", *args, "--yes")
        calm(done.stderr)
        assert (done.exit_code, done.stdout) == (2, "")
