"""Promise 1: kill it at any instant, and nothing acknowledged is lost, nothing half-visible; a re-run finishes."""

from __future__ import annotations

import json
import os
import subprocess
import sys

import pytest

from tests.conftest import PACKAGE_FOLDER

# 200 are killed by `python -m tests.resilience.killing`; this many keep the suite short
KILLS = int(os.environ.get("SECONDME_TEST_KILLS", "40"))


@pytest.mark.slow
@pytest.mark.timeout(1800)
@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
def test_killed_at_random_instants_an_ingest_ends_as_if_undisturbed(environment: dict[str, str]) -> None:
    command = [sys.executable, "-m", "tests.resilience.killing", "--kills", str(KILLS), "--json"]
    done = subprocess.run(command, cwd=PACKAGE_FOLDER, env=environment, capture_output=True, text=True, timeout=1700)
    assert done.stdout, done.stderr
    outcome = json.loads(done.stdout)
    assert outcome["differences"] == []
    assert outcome["kills"] == KILLS
    assert outcome["finished"] >= 1
    assert outcome["states"].get("read", 0) + outcome["states"].get("indexed", 0) >= KILLS / 5, "killed too early"
