"""A quieter machine for measurements, where that can be had, and what else it is doing where not."""

from __future__ import annotations

import os
from pathlib import Path

AHEAD = "-17"


def go_ahead(pid: int) -> bool:
    """Puts the session of that process ahead of all others. For root on Linux, where every session is a group of its
    own to the scheduler; False elsewhere."""
    try:
        Path(f"/proc/{pid}/autogroup").write_text(AHEAD)
    except OSError:
        return False
    return True


def load() -> str:
    """For the head of a table."""
    return f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}"
