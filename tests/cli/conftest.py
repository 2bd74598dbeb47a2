"""The command line as a person meets it: a process of its own, a pipe or a terminal around it.

`life` is a small memory that is made once and only read from; `secondme` (see the tests' own conftest) runs on a fresh
home. `real_life` is the sample life in the real starter models' memory, also made once.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pexpect
import pytest
from typer.testing import CliRunner, Result

from secondme.surfaces.cli import app

PROJECT = Path(__file__).resolve().parents[2]
Ended = subprocess.CompletedProcess[str]
SECONDME = [sys.executable, "-m", "secondme"]
TERMINAL = {"LC_ALL": "C.UTF-8", "TERM": "xterm-256color"}
ESCAPE = re.compile(r"\x1b[\[\]()#;?]*[0-9;?]*[A-Za-z]?")
STARTERS = ("minilm-l6", "smollm2-135m")

DENTIST = """---
title: Dentist
date: 2026-05-04
---

# Dentist

The dentist appointment is on 12 May at 09:30 with Dr. Vos in Ghent — bring the insurance card.

Ask whether the crown can wait until autumn 🦷.
"""
BIKE = "# Bike\n\nJonas mended the bike for 45 euro in his garage, and the brake still squeals.\n"
STRANGE = "Strange\n\nThe [bold]parcel[/bold] code is :lock: \x1b[31m4711\x1b[0m \x1b]0;owned\x07 in the shed.\n"


def clean_environment(home: Path, **more: str) -> dict[str, str]:
    """The environment of a process that finds `home` and nothing of the person who runs the tests."""
    personal = ("SECONDME_", "XDG_", "NO_COLOR", "FORCE_COLOR", "TTY_", "COLUMNS", "LINES", "LC_", "LANG", "PYTHONUTF8")
    kept = {key: value for key, value in os.environ.items() if not key.startswith(personal)}
    path = os.pathsep.join(filter(None, [str(PROJECT), kept.get("PYTHONPATH")]))
    return {
        **kept,
        "SECONDME_HOME": str(home),
        "PYTHONPATH": path,
        "LC_ALL": "C.UTF-8",
        "TERM": "xterm-256color",
        **more,
    }


@dataclass(frozen=True)
class Life:
    """A home with memories, and the notes they are from."""

    home: Path
    notes: Path

    def run(
        self, *args: str | Path, env: dict[str, str] | None = None, **more: object
    ) -> subprocess.CompletedProcess[str]:
        """Run `secondme ARGS` in pipes."""
        environment = clean_environment(self.home, **(env or {}))
        settings = {"capture_output": True, "text": True, "timeout": 240, **more}
        return subprocess.run([*SECONDME, *map(str, args)], env=environment, **settings)  # type: ignore[call-overload,no-any-return]

    def quick(self, *args: str | Path) -> Result:
        """`secondme ARGS` within this process, ten times as fast: for what needs no pipe and no process."""
        return CliRunner().invoke(app, [str(arg) for arg in args], env={"SECONDME_HOME": str(self.home)})

    def start(self, *args: str | Path, **more: object) -> subprocess.Popen[str]:
        """Start `secondme ARGS` in pipes and do not wait."""
        environment = clean_environment(self.home)
        pipe = subprocess.PIPE
        settings = {"stdout": pipe, "stderr": pipe, "text": True, **more}
        return subprocess.Popen([*SECONDME, *map(str, args)], env=environment, **settings)  # type: ignore[call-overload,no-any-return]

    def on_terminal(self, *args: str | Path, **env: str) -> pexpect.spawn:
        """Start `secondme ARGS` on a terminal of 100 columns."""
        command = [*SECONDME[1:], *map(str, args)]
        environment = clean_environment(self.home, **env)
        return pexpect.spawn(
            SECONDME[0], command, env=environment, encoding="utf-8", timeout=60, dimensions=(40, 100), echo=False
        )


def shown(terminal: pexpect.spawn) -> str:
    """All that a terminal got, to the end of the command."""
    terminal.expect(pexpect.EOF)
    terminal.close()
    return str(terminal.before)


def calm(stderr: str, sentences: int = 2) -> None:
    """What a person is told when something ends: a sentence, and what to do; never a traceback."""
    lines = stderr.strip().splitlines()
    assert "Traceback" not in stderr
    assert len(lines) == sentences, stderr
    assert lines[-2].startswith("secondme: ")
    assert "wrong inside" not in stderr


def make_home(folder: Path, settings: str = 'model = "fake"\nembedder = "fake"\n') -> Path:
    folder.mkdir(parents=True)
    (folder / "config.toml").write_text(settings)
    return folder


@pytest.fixture(scope="session")
def life(tmp_path_factory: pytest.TempPathFactory) -> Life:
    """Three notes and the fake engine. Only to be read."""
    folder = tmp_path_factory.mktemp("life")
    notes = folder / "notes"
    (notes / "home").mkdir(parents=True)
    (notes / "dentist.md").write_text(DENTIST)
    (notes / "home" / "bike [1].md").write_text(BIKE)
    (notes / "strange.txt").write_text(STRANGE)
    os.utime(notes / "home" / "bike [1].md", (1_767_000_000, 1_767_000_000))  # 29 December 2025
    made = Life(make_home(folder / "home"), notes)
    done = made.run("ingest", notes)
    assert (done.returncode, done.stdout[:7], "Left out" in done.stderr) == (0, "3 added", False)
    return made


@pytest.fixture
def own(tmp_path: Path) -> Life:
    """An empty home with the fake engine, and an empty folder of notes, for one test."""
    (tmp_path / "notes").mkdir()
    return Life(make_home(tmp_path / "home"), tmp_path / "notes")


@pytest.fixture(scope="session")
def starter_models() -> Path:
    """SECONDME_TEST_MODELS names the folder with the starter models. CI must have it; elsewhere tests are skipped."""
    folder = os.environ.get("SECONDME_TEST_MODELS")
    if not folder or not all((Path(folder) / name / "manifest.json").is_file() for name in STARTERS):
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"SECONDME_TEST_MODELS names no folder that holds {' and '.join(STARTERS)}")
    return Path(folder or "").absolute()


@pytest.fixture(scope="session")
def real_life(tmp_path_factory: pytest.TempPathFactory, starter_models: Path) -> Life:
    """The sample life, read with the real starter models. Only to be read."""
    home = make_home(tmp_path_factory.mktemp("real") / "home", "")
    (home / "models").symlink_to(starter_models)
    made = Life(home, PROJECT / "assets" / "sample")
    done = made.run("ingest", made.notes)
    assert done.returncode == 0, done.stderr
    return made
