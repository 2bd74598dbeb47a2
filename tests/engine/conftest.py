"""The starter model, where this machine has it. CI must have it; elsewhere the tests that need it are skipped."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

STARTER = "SmolLM2-135M-Instruct.Q4_1.gguf"


@pytest.fixture(scope="session")
def starter_gguf() -> Path:
    """SECONDME_TEST_MODELS names a folder that holds the starter model at any depth."""
    folder = os.environ.get("SECONDME_TEST_MODELS")
    found = next(iter(sorted(Path(folder).rglob(STARTER))), None) if folder else None
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say(f"SECONDME_TEST_MODELS names no folder that holds {STARTER}")
    return found
