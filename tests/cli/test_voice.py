"""Pipes, terminals, interrupts: how the command line speaks and ends, whatever the command."""

from __future__ import annotations

import http.server
import json
import signal
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.conftest import ESCAPE, SECONDME, Life, calm, clean_environment, shown

DENTIST = "when is the dentist appointment?"
COLOUR = "\x1b[36m"  # cyan, as citations are


# ---- usage


def test_the_bare_command_and_help(own: Life) -> None:
    bare = own.run()
    assert bare.returncode == 2
    assert "Usage: secondme [OPTIONS] COMMAND" in bare.stdout + bare.stderr
    helped = own.run("--help")
    assert (helped.returncode, helped.stderr) == (0, "")
    assert "130 interrupted" in helped.stdout
    version = own.run("--version")
    assert (version.returncode, version.stdout.split()[0], version.stderr) == (0, "secondme", "")


@pytest.mark.parametrize(
    "args", [["remember"], ["--nope"], ["status", "--nope"], ["status", "extra"], ["models", "eat"]]
)
def test_what_is_not_understood_is_wrong_usage(own: Life, args: list[str]) -> None:
    done = own.quick(*args)
    assert (done.exit_code, done.stdout) == (2, "")
    assert "Usage: " in done.stderr


# ---- pipes and terminals


def test_a_pipe_gets_no_colour_and_no_movement(life: Life, own: Life) -> None:
    for args in (
        ["ask", DENTIST],
        ["recall", "dentist"],
        ["status"],
        ["models", "list"],
        ["ask", DENTIST, "--since", "2126"],
    ):
        done = life.run(*args)
        assert "\x1b" not in done.stdout + done.stderr, args
    (own.notes / "heron.md").write_text("The heron stood at the canal.\n")
    assert own.run("ingest", own.notes).stderr == ""


def test_a_terminal_gets_colour_unless_told_otherwise(life: Life) -> None:
    text = life.run("ask", DENTIST).stdout
    coloured = life.on_terminal("ask", DENTIST)
    seen = shown(coloured)
    assert coloured.exitstatus == 0
    assert COLOUR in seen
    assert "".join(text.split()) in "".join(ESCAPE.sub("", seen).split())
    plain = life.on_terminal("ask", DENTIST, NO_COLOR="1")
    assert "\x1b[3" not in shown(plain)
    dumb = life.on_terminal("recall", "dentist", TERM="dumb")
    assert COLOUR not in shown(dumb)


def test_progress_is_shown_on_a_terminal_and_leaves_nothing_behind(own: Life) -> None:
    for n in range(300):
        (own.notes / f"{n}.md").write_text(f"The heron number {n} stood at the canal.\n")
    terminal = own.on_terminal("ingest", own.notes)
    seen = shown(terminal)
    assert terminal.exitstatus == 0
    assert "/300" in seen
    assert "300 added, 300 new passages" in seen
    assert seen.rindex("\x1b[?25h") > seen.rindex("\x1b[?25l")  # the cursor is back


def test_json_on_a_terminal_is_for_reading(life: Life) -> None:
    seen = shown(life.on_terminal("status", "--json"))
    assert json.loads(seen)["sources"] == 3
    assert '\n  "sources": 3' in seen.replace("\r", "")
    assert "\x1b" not in seen


def test_a_reader_that_goes_away_is_no_error(life: Life) -> None:
    for command in ("recall 'dentist bike parcel'", "recall dentist --json", "models list --json", "ask --help"):
        line = f"{' '.join(SECONDME)} {command} | head -c 1; echo ${{PIPESTATUS[0]}}"
        done = subprocess.run(
            ["bash", "-c", line], env=clean_environment(life.home), capture_output=True, text=True, timeout=60
        )
        assert done.stderr == "", command
        assert done.stdout[1:].strip() in ("0", "141"), command  # 0 if all was written before the reader went


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_an_output_that_is_full_is_said_in_one_sentence(life: Life) -> None:
    with open("/dev/full", "w") as full:
        done = life.run("recall", "dentist", stdout=full, stderr=subprocess.PIPE, capture_output=False)
    calm(done.stderr)
    assert done.returncode == 1


def test_closed_streams_do_no_harm(life: Life, own: Life) -> None:
    """The first file to be opened would get a closed stream's number, and could be written into by mistake."""
    (own.notes / "heron.md").write_text("The heron stood at the canal.\n")
    command = f"{' '.join(SECONDME)} ingest '{own.notes}' <&- >&- 2>&-"
    subprocess.run(["bash", "-c", command], env=clean_environment(own.home), check=True, timeout=60)
    assert json.loads(own.quick("status", "--json").stdout)["sources"] == 1
    assert own.quick("doctor").exit_code == 0
    nothing = subprocess.run(
        ["bash", "-c", f"{' '.join(SECONDME)} ingest - <&-"],
        env=clean_environment(own.home), capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert (nothing.returncode, "is empty" in nothing.stderr) == (4, True)


def test_a_terminal_without_unicode_gets_what_it_can_show(life: Life) -> None:
    ascii_only = {"PYTHONIOENCODING": "ascii"}
    done = life.run("ask", DENTIST, env=ascii_only)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("?The dentist appointment is on 12 May at 09:30")
    answer = json.loads(life.run("ask", DENTIST, "--json", env=ascii_only).stdout)
    assert "Ghent — bring" in answer["citations"][0]["quote"]  # JSON has a way to write it


def test_arguments_that_are_no_text_are_taken_calmly(life: Life) -> None:
    for args in (
        ["recall", b"caf\xe9", "--json"],
        ["ask", b"caf\xe9?"],
        ["ingest", b"caf\xe9"],
        ["forget", b"caf\xe9", "--yes"],
    ):
        done = subprocess.run(
            [*SECONDME, *args], env=clean_environment(life.home), capture_output=True, text=True, timeout=60
        )
        assert done.returncode in (0, 2, 3), args
        assert "wrong inside" not in done.stderr
        assert "Traceback" not in done.stderr


def test_what_nobody_foresaw_is_one_sentence_unless_debugging(life: Life, tmp_path: Path) -> None:
    broken = "import secondme.me, secondme.surfaces.cli as cli; secondme.me.Me.status = lambda me: 1 / 0; cli.main()"
    command = [SECONDME[0], "-c", broken, "status"]
    env = clean_environment(life.home)
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 2
    assert "ZeroDivisionError" in done.stderr
    assert "SECONDME_DEBUG=1" in done.stderr
    debugging = subprocess.run(command, env={**env, "SECONDME_DEBUG": "1"}, capture_output=True, text=True, timeout=60)
    assert (debugging.returncode, "Traceback" in debugging.stderr) == (1, True)


# ---- interrupts


def test_an_interrupted_ingest_ends_calmly_and_is_finished_by_the_next(own: Life) -> None:
    for n in range(2000):
        (own.notes / f"{n}.md").write_text(f"# Note {n}\n\nThe heron number {n} stood at the canal.\n")
    running = own.start("ingest", own.notes)
    until_published(own)
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=30)
    calm(stderr)
    assert (running.returncode, stdout) == (130, "")
    done = own.run("ingest", own.notes, "--report", "json")
    result = json.loads(done.stdout)
    assert (done.returncode, result["added"] + result["unchanged"]) == (0, 2000)
    assert result["unchanged"] > 0  # what was finished is kept
    assert own.quick("doctor").exit_code == 0


def until_published(life: Life) -> None:
    """Wait until another process has made its first batch visible."""
    import sqlite3

    ledger = life.home / "profiles" / "default" / "ledger.db"
    for _ in range(2000):
        time.sleep(0.01)
        if ledger.exists():
            try:
                with sqlite3.connect(f"file:{ledger}?mode=ro", uri=True) as db:
                    if db.execute("SELECT count(*) FROM sources WHERE sha256 != ''").fetchone()[0]:
                        return
            except sqlite3.Error:
                continue
    raise AssertionError("nothing was published")


class SlowModel(http.server.BaseHTTPRequestHandler):
    """An OpenAI-compatible endpoint that writes a word every tenth of a second, for half a minute."""

    protocol_version = "HTTP/1.1"

    def do_POST(self) -> None:
        self.server.asked.set()  # type: ignore[attr-defined]
        self.rfile.read(int(self.headers["Content-Length"]))
        self.send_response(200)
        self.send_header("Content-Type", "text/event-stream")
        self.send_header("Connection", "close")
        self.end_headers()
        try:
            for n in range(300):
                piece = {"choices": [{"delta": {"content": f"word{n} "}}]}
                self.wfile.write(f"data: {json.dumps(piece)}\n\n".encode())
                self.wfile.flush()
                time.sleep(0.1)
        except OSError:
            self.server.gone.set()  # type: ignore[attr-defined]

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def slow_model() -> Iterator[http.server.ThreadingHTTPServer]:
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), SlowModel)
    server.asked = threading.Event()  # type: ignore[attr-defined]
    server.gone = threading.Event()  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    yield server
    server.shutdown()
    server.server_close()
    thread.join()


def test_an_interrupted_answer_ends_calmly_and_stops_the_model(
    own: Life, slow_model: http.server.ThreadingHTTPServer
) -> None:
    (own.notes / "dentist.md").write_text("# Dentist\n\nThe dentist appointment is on 12 May at 09:30 in Ghent.\n")
    (own.home / "config.toml").write_text(
        f'embedder = "fake"\nengine_url = "http://127.0.0.1:{slow_model.server_port}/v1"\nengine_model = "slow"\n'
    )
    assert own.quick("ingest", own.notes).exit_code == 0
    terminal = own.on_terminal("ask", DENTIST)
    terminal.expect("word3")  # shown while it is being written
    begun = time.monotonic()
    terminal.sendintr()
    rest = shown(terminal)
    assert time.monotonic() - begun < 3
    assert terminal.exitstatus == 130
    assert "Interrupted" in rest
    assert "Traceback" not in rest
    assert rest.rindex("\x1b[?25h") >= 0  # the cursor is back
    assert slow_model.gone.wait(5)  # type: ignore[attr-defined]
    # in a pipe, what is not checked is not shown
    slow_model.asked.clear()  # type: ignore[attr-defined]
    running = own.start("ask", DENTIST)
    assert slow_model.asked.wait(30)  # type: ignore[attr-defined]
    running.send_signal(signal.SIGINT)
    stdout, stderr = running.communicate(timeout=10)
    calm(stderr)
    assert (running.returncode, stdout) == (130, "")
