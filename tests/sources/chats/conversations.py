"""Reading conversations in tests: the messages of a file, and real exports beside what they should give."""

from __future__ import annotations

import json
import os
from dataclasses import replace
from datetime import UTC
from pathlib import Path

import pytest

from secondme import sources
from secondme.records import Item
from tests.sources import making

DATA = os.environ.get("SECONDME_TEST_DATA", "")
real = pytest.mark.skipif(not DATA, reason="SECONDME_TEST_DATA names no folder of test data")

Said = list[tuple[str, str, str]]


def messages(path: Path) -> list[Item]:
    return [record for record in making.read(path) if isinstance(record, Item)]


def expected(export: str, target: str) -> tuple[Said, Said]:
    """Time, sender and words of a real export, and those that it should give; white space may differ."""
    folder = Path(DATA) / "exports" / "chat-miner"
    file = replace(sources.open_file(folder / export), zone=UTC)
    choice = sources.reader_for(file)
    assert isinstance(choice, tuple)
    found = [record for record in choice[0].read(file) if isinstance(record, Item)]
    said = [(f"{item.time:%Y-%m-%dT%H:%M:%S}", item.speaker, " ".join(item.text.split())) for item in found]
    wanted = json.loads((folder / target).read_text(encoding="utf-8"))
    return sorted(said), sorted((one["timestamp"], one["author"], " ".join(one["message"].split())) for one in wanted)
