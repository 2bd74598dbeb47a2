"""The main job with the real starter models, as a person does it."""

from __future__ import annotations

import contextlib
import json
import re
import signal
import subprocess
import time
from pathlib import Path

import psutil
import pytest

from tests.cli.conftest import SECONDME, Life, calm, clean_environment, make_home, shown

pytestmark = pytest.mark.models

FLIGHT = "when does my flight to Lisbon leave?"


def models_of(process: int) -> list[psutil.Process]:
    """The child processes that own a language model."""
    try:
        children = psutil.Process(process).children(recursive=True)
        return [child for child in children if "secondme.engine.serving" in " ".join(child.cmdline())]
    except psutil.Error:  # one ended meanwhile
        return []


def model_of(process: int) -> psutil.Process:
    """The child process that owns the language model, as soon as there is one."""
    until = time.monotonic() + 60
    while time.monotonic() < until:
        if found := models_of(process):
            return found[0]
        time.sleep(0.005)
    raise AssertionError("no model was started")


def test_the_flight_to_lisbon(real_life: Life) -> None:
    done = real_life.run("ask", FLIGHT)
    assert (done.returncode, done.stderr) == (0, "")
    assert "07:25" in done.stdout
    assert re.search(r"^\[1\] .*/travel/booking-lisbon\.pdf, page 1$", done.stdout, re.M)
    answer = json.loads(real_life.run("ask", FLIGHT, "--json").stdout)
    (first, *_) = answer["citations"]
    assert first["source"].endswith("booking-lisbon.pdf")
    assert "07:25" in first["quote"]
    assert answer["first_token_seconds"] > 0


def test_what_is_not_in_memory_is_not_answered(real_life: Life) -> None:
    done = real_life.run("ask", "what is the boiling point of tungsten?")
    assert (done.returncode, done.stdout) == (3, "I don't know.\n")
    assert str(real_life.notes) in done.stderr  # what was looked at


def test_an_answer_from_markdown_resolves_to_its_span(real_life: Life) -> None:
    done = real_life.run("ask", "which train do we take to get to the airport?", "--no-llm", "--json")
    first = json.loads(done.stdout)["citations"][0]
    source = Path(first["source"])
    assert source.name == "lisbon-plan.md"
    assert source.read_text(encoding="utf-8")[first["start"] : first["end"]] == first["quote"]
    assert "04:39" in first["quote"]


def test_a_model_that_is_killed_once_is_started_again(real_life: Life) -> None:
    asking = real_life.start("ask", FLIGHT)
    model_of(asking.pid).kill()
    stdout, stderr = asking.communicate(timeout=120)
    assert asking.returncode == 0, stderr
    assert "07:25" in stdout
    assert "Traceback" not in stderr


def test_a_model_that_is_killed_while_it_writes_does_not_spoil_the_answer(real_life: Life) -> None:
    terminal = real_life.on_terminal("ask", FLIGHT)
    model = model_of(terminal.pid)
    terminal.expect_exact("\x1b[2m")  # a draft is shown dim
    with contextlib.suppress(psutil.Error):
        model.kill()
    seen = shown(terminal)
    assert terminal.exitstatus == 0, seen
    assert "07:25" in seen
    assert "page 1" in seen
    assert seen.rindex("\x1b[?25h") >= 0  # the cursor is back


def test_a_model_that_keeps_dying_is_said_in_one_sentence(real_life: Life) -> None:
    asking = real_life.start("ask", FLIGHT)
    until = time.monotonic() + 60
    while asking.poll() is None and time.monotonic() < until:
        for model in models_of(asking.pid):
            with contextlib.suppress(psutil.Error):
                model.kill()
        time.sleep(0.005)
    stdout, stderr = asking.communicate(timeout=120)
    calm(stderr)
    assert (asking.returncode, stdout) == (1, "")
    assert "was killed (SIGKILL)" in stderr


def test_ctrl_c_while_the_model_loads_or_writes_leaves_no_process(real_life: Life) -> None:
    terminal = real_life.on_terminal("ask", FLIGHT)
    model = model_of(terminal.pid)
    terminal.sendintr()
    assert "Interrupted" in shown(terminal)
    assert terminal.exitstatus == 130
    psutil.wait_procs([model], timeout=5)
    assert not model.is_running() or model.status() == psutil.STATUS_ZOMBIE


def test_profiles_share_the_models(tmp_path: Path, starter_models: Path) -> None:
    life = Life(make_home(tmp_path / "home", ""), tmp_path)
    (life.home / "models").symlink_to(starter_models)
    listed = json.loads(life.quick("--profile", "work", "models", "list", "--json").stdout)["models"]
    assert {model["id"] for model in listed if model["installed"]} >= {"smollm2-135m", "minilm-l6"}
    assert "(not on this machine)" not in life.quick("--profile", "work", "status").stdout
    assert life.run("doctor").returncode == 0


def test_the_demo_answers_from_the_sample_life(tmp_path: Path, starter_models: Path, real_life: Life) -> None:
    """In a profile of its own, so that what a person has in memory stays apart."""
    home = make_home(tmp_path / "home", "")
    (home / "models").symlink_to(starter_models)
    # what `real_life` has read already need not be read again
    (home / "profiles").mkdir()
    copied = ["cp", "-R", real_life.home / "profiles" / "default", home / "profiles" / "sample-life"]
    subprocess.run(copied, check=True)
    done = Life(home, tmp_path).run("demo")
    assert done.returncode == 0, done.stderr
    assert f'$ secondme ask "{FLIGHT}"' in done.stdout
    assert "07:25" in done.stdout
    assert "booking-lisbon.pdf, page 1" in done.stdout
    assert "The sample life: " in done.stderr
    assert "left out: " not in done.stderr
    assert json.loads(Life(home, tmp_path).quick("status", "--json").stdout)["sources"] == 0


def test_a_reader_that_goes_away_while_the_model_works(real_life: Life) -> None:
    line = f"{' '.join(SECONDME)} ask '{FLIGHT}' | true; echo ${{PIPESTATUS[0]}}"
    done = subprocess.run(
        ["bash", "-c", line], env=clean_environment(real_life.home), capture_output=True, text=True, timeout=60
    )
    assert (done.stdout.strip(), done.stderr) == ("141", "")
    assert signal.SIGPIPE + 128 == 141
