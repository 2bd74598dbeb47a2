"""Drives that come and go: what lay on one is not gone with it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.me import Me

pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root on Linux")


@pytest.fixture
def drive(notes: Path) -> Iterator[Path]:
    """A drive that is mounted in the middle of the notes."""
    place = notes / "drive"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(place)]
    if subprocess.run(command, capture_output=True).returncode:
        pytest.skip("this system does not let root mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], capture_output=True)


def test_an_unmounted_drive_is_not_a_deletion(me: Me, notes: Path, drive: Path) -> None:
    (notes / "here.md").write_text("The boiler is here.\n")
    (drive / "there.md").write_text("The bicycle is there.\n")
    assert me.ingest([notes]).added == 2
    subprocess.run(["umount", str(drive)], check=True)
    report = me.ingest([notes])
    assert (report.unchanged, report.removed) == (1, 0)
    assert [skipped.source for skipped in report.skipped] == [str(drive)]
    assert "is not mounted" in report.skipped[0].reason
    assert me.recall("bicycle").hits
    (notes / "here.md").unlink()
    assert me.ingest([notes]).removed == 1, "what was not on the drive does go"


def test_a_file_deleted_from_a_mounted_drive_goes(me: Me, notes: Path, drive: Path) -> None:
    (drive / "there.md").write_text("The bicycle is there.\n")
    (drive / "other.md").write_text("The violin is there.\n")
    me.ingest([notes])
    (drive / "there.md").unlink()
    assert me.ingest([notes]).removed == 1
