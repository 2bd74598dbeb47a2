"""Small archives of every kind, and a temporary folder that has to be empty after each test."""

from __future__ import annotations

import io
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.records import Item, Segment, Skipped
from secondme.sources import File
from secondme.sources.archives import archive
from tests.sources import making

Entries = dict[str, bytes]
FILES = {"notes/a.md": b"# Garden\n\nThe roses need water.", "b.txt": "Grüße aus Wien".encode()}


@pytest.fixture(autouse=True, name="room")
def own_room(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A temporary folder of our own, which has to be empty again after each test."""
    folder = tmp_path_factory.mktemp("room")
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    archive._sweep.cache_clear()
    yield folder
    assert not list(folder.iterdir()), "something was left in the temporary folder"


def zipped(entries: Entries, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", method) as writing:
        for name, data in entries.items():
            writing.writestr(zipfile.ZipInfo(name, (2026, 5, 4, 10, 20, 30)), data, method)
    return held.getvalue()


def taped(entries: Entries, form: int = tarfile.PAX_FORMAT) -> bytes:
    held = io.BytesIO()
    with tarfile.open(fileobj=held, mode="w", format=form) as writing:
        for name, data in entries.items():
            info = tarfile.TarInfo(name)
            info.size, info.mtime = len(data), 1_777_890_030
            writing.addfile(info, io.BytesIO(data))
    return held.getvalue()


def put(folder: Path, data: bytes, name: str = "export.zip") -> Path:
    path = folder / name
    path.write_bytes(data)
    return path


def texts(path: Path) -> dict[str, str]:
    return {found.part: found.text for found in making.read(path) if isinstance(found, Item)}


class Asking:
    """A reader whose format has its names in another file."""

    NAME = "asking"

    def __init__(self, companion: str) -> None:
        self.companion = companion
        self.given: list[Path | None] = []

    def claims(self, file: File) -> str | None:
        return "asks" if file.suffix == ".ask" else None

    def read(self, file: File) -> Iterator[Item | Skipped]:
        found = file.beside(self.companion)
        self.given.append(found)
        text = found.read_text() if found else "nobody"
        yield Item("note", text, (Segment(0, len(text)),))
