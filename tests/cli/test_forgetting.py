"""forget: what goes, what stays, and what is asked before."""

from __future__ import annotations

import json

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
    terminal.expect(r"\[y/N\]")
    terminal.sendintr()
    assert "Interrupted" in shown(terminal)
    assert terminal.exitstatus == 130
    assert sources(life) == 2
