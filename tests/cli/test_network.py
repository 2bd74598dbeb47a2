"""Nothing leaves the machine: the main job runs with every way to the network watched and refused."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

# Python reads a sitecustomize at start, also in the model's process. Every attempt is written down, for one that is
# refused may be swallowed by whoever made it.
WATCH = """
import os, socket, sys

def _tell(line):
    with open(os.environ["NETWORK_LOG"], "a") as log:
        log.write(f"{os.getpid()} {line}\\n")

def _watch(event, arguments):
    if event in ("socket.getaddrinfo", "socket.gethostbyname", "socket.gethostbyaddr"):
        _tell(f"asked for {arguments[0]}")
        raise OSError("no network in this test")
    if event in ("socket.connect", "socket.sendto", "socket.sendmsg") and arguments[0].family != socket.AF_UNIX:
        _tell(f"{event} {arguments[1]}")
        raise OSError("no network in this test")

sys.addaudithook(_watch)
_tell("watched")
"""


class Offline:
    """A folder that makes every Python process refuse, and write down, what would use the network."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        folder.mkdir()
        (folder / "sitecustomize.py").write_text(WATCH)
        self.log = folder / "log"
        path = f"{folder}{os.pathsep}{environment['PYTHONPATH']}"
        self.environment = {**environment, "PYTHONPATH": path, "NETWORK_LOG": str(self.log)}

    def run(self, *args: str | Path) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "secondme", *map(str, args)]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, timeout=240)

    def lines(self) -> tuple[set[str], list[str]]:
        """The processes that were watched, and the attempts."""
        lines = self.log.read_text().splitlines()
        watched = {line.split()[0] for line in lines if line.endswith(" watched")}
        return watched, [line for line in lines if not line.endswith(" watched")]


@pytest.fixture
def offline(tmp_path: Path, environment: dict[str, str]) -> Offline:
    return Offline(tmp_path / "offline", environment)


def test_the_watch_sees_a_connection(offline: Offline) -> None:
    """So that the tests below can fail."""
    tries = "import socket\ntry: socket.create_connection(('127.0.0.1', 9))\nexcept OSError as e: print(e)"
    done = subprocess.run([sys.executable, "-c", tries], env=offline.environment, capture_output=True, text=True)
    assert done.stdout == "no network in this test\n"
    assert len(offline.lines()[1]) == 1


def test_no_local_command_uses_the_network(offline: Offline, notes: Path) -> None:
    (notes / "dentist.md").write_text("# Dentist\n\nThe dentist appointment is on 12 May at 09:30 in Ghent.\n")
    assert offline.run("ingest", notes).returncode == 0
    asked = offline.run("ask", "when is the dentist appointment?")
    assert (asked.returncode, "09:30" in asked.stdout) == (0, True)
    assert json.loads(offline.run("recall", "dentist", "--json").stdout)["hits"]
    assert offline.run("status").returncode == 0
    assert offline.run("doctor", "--repair").returncode == 0
    assert offline.run("forget", notes, "--yes").returncode == 0
    watched, attempts = offline.lines()
    assert len(watched) == 6
    assert not attempts


@pytest.mark.models
def test_the_real_models_use_no_network_either(
    offline: Offline, notes: Path, environment: dict[str, str], starter_models: Path
) -> None:
    home = Path(environment["SECONDME_HOME"])
    (home / "config.toml").unlink()
    (home / "models").symlink_to(starter_models)
    (notes / "dentist.md").write_text("# Dentist\n\nThe dentist appointment is on 12 May at 09:30 in Ghent.\n")
    assert offline.run("ingest", notes).returncode == 0
    asked = offline.run("ask", "when is the dentist appointment?", "--json")
    answer = json.loads(asked.stdout)
    assert "09:30" in answer["citations"][0]["quote"]
    assert answer["first_token_seconds"] is not None
    watched, attempts = offline.lines()
    assert len(watched) >= 3  # the model's process was watched, too
    assert not attempts
