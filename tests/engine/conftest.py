"""The starter models, where this machine has it. CI must have them; elsewhere the tests that need them are skipped."""

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


@pytest.fixture(scope="session")
def minilm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The starter model, linked into a folder of this session's own, so that conversion starts from nothing."""
    models = os.environ.get("SECONDME_TEST_MODELS")
    found = next((path for path in sorted(Path(models).rglob("model.safetensors"))), None) if models else None
    if found is None:
        say = pytest.fail if os.environ.get("CI") == "true" else pytest.skip
        say("SECONDME_TEST_MODELS names no folder that holds all-MiniLM-L6-v2")
    folder = tmp_path_factory.mktemp("minilm")
    for name in ("model.safetensors", "config.json", "tokenizer.json", "sentence_bert_config.json"):
        (folder / name).symlink_to(found.parent / name)
    return folder
