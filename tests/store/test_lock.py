from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from secondme.errors import Busy, DiskFull, NoHome
from secondme.store.lock import writing

HOLDER = """
import sys, time
from pathlib import Path
from secondme.store.lock import writing
with writing(Path(sys.argv[1]), "secondme ingest notes", 0):
    print("held", flush=True)
    time.sleep(float(sys.argv[2]))
"""


@contextmanager
def held(folder: Path, environment: dict[str, str], seconds: float) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock of `folder`."""
    command = [sys.executable, "-c", HOLDER, str(folder), str(seconds)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        try:
            yield process
        finally:
            process.kill()


def test_the_second_waits_is_told_for_whom_and_then_goes_on(tmp_path: Path, environment: dict[str, str]) -> None:
    waited_for: list[str] = []
    with held(tmp_path, environment, 0.8) as holder, writing(tmp_path, "me", 20, waited_for.append):
        assert holder.wait(5) == 0
    (said,) = waited_for
    assert "secondme ingest notes" in said
    assert f"process {holder.pid}" in said


def test_it_gives_up_after_the_time_it_was_given(tmp_path: Path, environment: dict[str, str]) -> None:
    with held(tmp_path, environment, 30):
        begun = time.monotonic()
        with pytest.raises(Busy, match="secondme ingest notes"), writing(tmp_path, "me", 0.5):
            pytest.fail("two hold the lock")
        assert 0.4 < time.monotonic() - begun < 5


def test_a_killed_holder_s_lock_is_free(tmp_path: Path, environment: dict[str, str]) -> None:
    with held(tmp_path, environment, 30) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        holder.wait(5)
        with writing(tmp_path, "me", 0):
            pass


def test_an_unreadable_note_about_the_holder_costs_its_name_only(tmp_path: Path, environment: dict[str, str]) -> None:
    with held(tmp_path, environment, 30):
        (tmp_path / "home.holder").write_text("{")
        with pytest.raises(Busy, match="another process"), writing(tmp_path, "me", 0.1):
            pytest.fail("two hold the lock")


def test_no_holder_is_named_once_the_lock_is_free(tmp_path: Path) -> None:
    with writing(tmp_path, "me", 0):
        assert (tmp_path / "home.holder").exists()
    assert not (tmp_path / "home.holder").exists()


def test_a_folder_that_is_not_there_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(NoHome, match="file"), writing(tmp_path / "file", "me", 0):
        pytest.fail("no lock can be there")


def test_a_disk_without_room_is_called_that(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import filelock

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(filelock.FileLock, "acquire", full)
    with pytest.raises(DiskFull), writing(tmp_path, "me", 0):
        pytest.fail("no lock can be there")
