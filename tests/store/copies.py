"""What the tests of backups share: a memory to copy, and where to look for what was forgotten."""

from __future__ import annotations

import shutil
import zipfile
from pathlib import Path

from secondme.config import Home
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.me import Me
from secondme.memory.forgetting import Wish
from tests.memory.test_forget import OTHER, SECRET, traces

OWN = "I keep the spare key of the shed under the third flowerpot.\n"


def fill(me: Me, notes: Path) -> None:
    """Ten notes, of which secret.md is going to be forgotten."""
    (notes / "secret.md").write_text(SECRET)
    (notes / "shed.md").write_text(OWN)
    for n in range(8):
        (notes / f"other{n}.md").write_text(f"{OTHER}This is note {n} of the others.\n")
    me.ingest([notes])


def forget(me: Me, what: Path | str) -> list[str]:
    return me.forget(me.forgettable(Wish(str(what))))


def traces_in(file: Path, place: Path) -> list[str]:
    """Where one of the words is in a backup: in its own bytes, or in what is in it."""
    shutil.rmtree(place, ignore_errors=True)
    place.mkdir()
    shutil.copy(file, place)
    with zipfile.ZipFile(file) as archive:
        archive.extractall(place / "in it")
    return traces(Home(place, place))


def begun(home: Home) -> list[str]:
    """What an unfinished backup or restore leaves in a home."""
    names = ("backup.tmp", "restoring", "restored", "replaced")
    return [name for name in names if (home.memories / name).exists()]


def flip(path: Path, at: int) -> None:
    content = bytearray(path.read_bytes())
    content[at] ^= 0xFF
    path.write_bytes(content)


def restored(file: Path, folder: Path, **more: bool) -> Me:
    """A fresh home with what the backup holds."""
    folder.mkdir()
    (folder / "config.toml").write_text('model = "fake"\nembedder = "fake"\n')
    me = Me(Home(folder, folder), embedder=FakeEmbedder(), generator=FakeGenerator())
    me.restore(file, **more)
    return me


def sound(me: Me) -> bool:
    return [finding for finding in me.doctor() if not finding.ok and finding.name != "disk"] == []
