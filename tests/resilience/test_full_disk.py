"""A home on a disk that fills up: the work stops with one sentence, and goes on when there is room."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.config import Home
from secondme.errors import DiskFull
from tests.resilience.killing import differences, holdings, ingest
from tests.resilience.tree import grow

pytestmark = pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting needs root on Linux")


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of 3 MB of its own."""
    place = tmp_path / "disk"
    place.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=3m", "tmpfs", str(place)], capture_output=True)
    if mounted.returncode:
        pytest.skip("this system does not let root mount")
    yield place
    subprocess.run(["umount", "-l", str(place)], check=True)


@pytest.mark.slow
def test_a_full_disk_stops_the_work_and_loses_nothing(tmp_path: Path, small_disk: Path) -> None:
    tree = tmp_path / "tree"
    grow(tree)
    home = Home(small_disk / "home", small_disk / "home")
    for megabytes in (5, 9, 18):
        with pytest.raises(DiskFull) as stopped:
            ingest(home, tree)
        assert "disk is full" in stopped.value.message
        subprocess.run(["mount", "-o", f"remount,size={megabytes}m", str(small_disk)], check=True)
    subprocess.run(["mount", "-o", "remount,size=300m", str(small_disk)], check=True)
    ingest(home, tree)
    undisturbed = Home(tmp_path / "undisturbed", tmp_path / "undisturbed")
    ingest(undisturbed, tree)
    assert differences(holdings(undisturbed), holdings(home)) == []
