"""A memory of one's own for each test: real SQLite and real Chroma in a temporary home, and the fake engine.

`me` is that memory within the test's process; `secondme` runs the command line on the same home in its own process.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.me import Me

Run = Callable[..., subprocess.CompletedProcess[str]]
PACKAGE_FOLDER = Path(__file__).resolve().parents[1]
FAKE_ENGINE = 'model = "fake"\nembedder = "fake"\n'


@pytest.fixture
def home(tmp_path: Path) -> Home:
    """A home whose settings name the fake engine; no memories yet."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "config.toml").write_text(FAKE_ENGINE)
    return Home(folder, folder)


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """An empty folder to write notes into."""
    folder = tmp_path / "notes"
    folder.mkdir()
    return folder


@pytest.fixture
def embedder() -> FakeEmbedder:
    """What `me` embeds with: `embedder.embedded` lists every text it read."""
    return FakeEmbedder()


@pytest.fixture
def warnings_shown() -> list[str]:
    """The sentences that `me` warned with."""
    return []


@pytest.fixture
def me(home: Home, embedder: FakeEmbedder, warnings_shown: list[str]) -> Iterator[Me]:
    with Me(home, warn=warnings_shown.append, embedder=embedder, generator=FakeGenerator()) as opened:
        yield opened


@pytest.fixture
def environment(home: Home) -> dict[str, str]:
    """The environment in which a process finds `home` and this package, and no one else's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("SECONDME_", "XDG_"))}
    path = os.pathsep.join(filter(None, [str(PACKAGE_FOLDER), kept.get("PYTHONPATH")]))
    return {**kept, "SECONDME_HOME": str(home.data_dir), "PYTHONPATH": path, "NO_COLOR": "1"}


@pytest.fixture
def secondme(environment: dict[str, str]) -> Run:
    """Run `secondme ARGS` to its end. `env` adds to the environment; other keywords go to `subprocess.run`."""

    def run(*args: str | Path, env: dict[str, str] | None = None, **more: object) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-c", "from secondme.surfaces.cli import main; main()", *map(str, args)]
        settings = {"capture_output": True, "text": True, "timeout": 240, **more}
        return subprocess.run(command, env={**environment, **(env or {})}, **settings)  # type: ignore[call-overload,no-any-return]

    return run
