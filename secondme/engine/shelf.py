"""The models on this machine: FOLDER/<id>/ with the files as the catalogue names them, and a manifest.json.

    smollm2-135m/     SmolLM2-135M-Instruct.Q4_1.gguf, manifest.json
    my-own-model/     my-own-model.gguf -> where its owner keeps it, manifest.json
    .incoming/<id>/   what is still arriving; never read by anyone else

The manifest says what was put there: names, lengths, hashes, from where, when. Knows disks, not networks. A folder
with a manifest is whole: it got there by one rename.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import re
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, cast

from secondme.engine import catalog
from secondme.engine.catalog import Model, ModelFile, Role
from secondme.engine.partial import STRIDE, Tell, disk_error
from secondme.errors import ModelDamaged, ModelMissing, NoSuchPath

MANIFEST = "manifest.json"
INCOMING = ".incoming"
# Weights of 3 billion parameters at 4 bits. Below, a model of unknown make is treated like the starter.
TRUSTED_FROM = 1_900_000_000


@dataclass(frozen=True, slots=True)
class Kept:
    """One file in a manifest. `origin`: where it came from. `pinned`: its hash was in the catalogue beforehand."""

    name: str
    bytes: int
    sha256: str
    origin: str
    pinned: bool


def installed(folder: Path, model: Model) -> Path | None:
    """The folder of `model`, if its manifest agrees with the catalogue and each file has its length. Hashes nothing."""
    place = folder / model.id
    kept = {file.name: file for file in _read_manifest(place)}
    for file in model.files:
        known = kept.get(file.name)
        if known is None or (file.sha256 and file.sha256 != known.sha256):
            return None
        try:
            if (place / file.name).stat().st_size != known.bytes:
                return None
        except OSError:
            return None
    return place


def verify(folder: Path, model: Model, tell: Tell = lambda done, total: None) -> list[str]:
    """Hash every file of `model`. Returns what is wrong, one sentence each; empty when all is well."""
    place = folder / model.id
    kept = {file.name: file for file in _read_manifest(place)}
    if not kept:
        return [f"{model.id} is not installed."]
    total, before, wrong = sum(file.bytes for file in kept.values()), 0, []
    for file in model.files:
        known = kept.get(file.name)
        expected = file.sha256 or (known.sha256 if known else None)
        try:
            got = sha256_of(place / file.name, _shifted(tell, before, total))
        except FileNotFoundError:
            wrong.append(f"{model.id}: {file.name} is missing.")
        except OSError as error:
            wrong.append(f"{model.id}: {file.name} cannot be read: {error.strerror or error}.")
        else:
            if got != expected:
                promised = (expected or "?")[:12]
                wrong.append(f"{model.id}: {file.name} has the sha256 {got[:12]}… where {promised}… was promised.")
        before += known.bytes if known else 0
    return wrong


def remove(folder: Path, model: Model) -> bool:
    """Delete `model` and what was still arriving of it. A file registered from elsewhere stays where it is."""
    place, arriving = folder / model.id, folder / INCOMING / model.id
    there = place.exists() or arriving.exists()
    with turn(folder, model.id):
        try:
            # by one rename out of sight first, so that nobody sees half a model
            if place.exists():
                arriving.parent.mkdir(parents=True, exist_ok=True)
                _clear(arriving)
                os.replace(place, arriving)
            _clear(arriving)
        except OSError as error:
            raise disk_error(place, error) from error
    return there


def custom(path: Path, role: Role = "generator") -> Model:
    """A model made of any GGUF file, named after it. Raises NoSuchPath, or ModelDamaged when it is no GGUF file."""
    path = path.expanduser().absolute()
    try:
        length = path.stat().st_size
        with path.open("rb") as stream:
            magic = stream.read(4)
    except OSError as error:
        raise NoSuchPath(f"{path} cannot be read: {error.strerror or error}.") from error
    if magic != b"GGUF":
        raise ModelDamaged(f"{path} is not a GGUF file.", "Models for llama.cpp end in .gguf; look for one of those.")
    name = re.sub(r"[^a-z0-9._-]+", "-", path.stem.lower()).strip("-.") or "model"
    if any(model.id == name for model in catalog.MODELS):
        name += "-local"
    return _custom(name, role, ModelFile(path.name, length, None))


def register(folder: Path, path: Path, role: Role = "generator", tell: Tell = lambda done, total: None) -> Model:
    """Put a GGUF file that lies elsewhere on the shelf, by a link: nothing is copied. Hashes it once.

    Registering it again after it changed takes note of the change. Raises NoSuchPath, ModelDamaged, DiskFull.
    """
    path = path.expanduser().absolute()
    model = custom(path, role)
    (file,) = model.files
    try:
        sha256 = sha256_of(path, lambda done: tell(done, file.bytes))
        with turn(folder, model.id):
            arriving = folder / INCOMING / model.id
            _clear(arriving)
            arriving.mkdir(parents=True)
            (arriving / file.name).symlink_to(path)
            kept = Kept(file.name, path.stat().st_size, sha256, str(path), pinned=False)
            publish(folder, model, [kept])
    except OSError as error:
        raise disk_error(folder / model.id, error) from error
    return _custom(model.id, role, ModelFile(file.name, kept.bytes, sha256))


def registered(folder: Path) -> tuple[Model, ...]:
    """The models that their owner put there, in the order of their names."""
    known = {model.id for model in catalog.MODELS}
    found = []
    for manifest in sorted(folder.glob(f"*/{MANIFEST}")):
        kept = _read_manifest(manifest.parent)
        if manifest.parent.name not in known and len(kept) == 1:
            file = ModelFile(kept[0].name, kept[0].bytes, kept[0].sha256)
            found.append(_custom(manifest.parent.name, _role(manifest.parent), file))
    return tuple(found)


def find(folder: Path, id: str) -> Model:
    """The model called `id`, from the catalogue or registered. Raises ModelMissing."""
    for model in registered(folder):
        if model.id == id:
            return model
    return catalog.find(id)


def weights(folder: Path, model: Model) -> Path:
    """The file to load. Raises ModelMissing when `model` is not installed."""
    place = installed(folder, model)
    if place is None:
        raise ModelMissing(
            f"The model {model.id} is not on this machine, or not whole.",
            f"`secondme models pull {model.id}` fetches it.",
        )
    return place / model.weights


def publish(folder: Path, model: Model, kept: list[Kept]) -> Path:
    """Move what has arrived of `model` to its place, as it now is: all of it, or nothing. The caller holds `turn`."""
    place, arriving = folder / model.id, folder / INCOMING / model.id
    names = {file.name for file in kept}
    for path in [p for p in arriving.rglob("*") if not p.is_dir()]:
        if path.relative_to(arriving).as_posix() not in names:
            path.unlink()
    manifest = {
        "version": 1,
        "id": model.id,
        "role": model.role,
        "installed": datetime.now(UTC).isoformat(timespec="seconds"),
        "files": [asdict(file) for file in kept],
    }
    (arriving / MANIFEST).write_text(json.dumps(manifest, indent=2) + "\n", encoding="utf-8")
    old = folder / INCOMING / f"{model.id}.old"
    _clear(old)
    if (
        place.exists()
    ):  # a folder cannot be renamed onto a full one; a crash between the two leaves the new in .incoming
        os.replace(place, old)
    os.replace(arriving, place)
    _clear(old)
    return place


@contextlib.contextmanager
def turn(folder: Path, id: str, waiting: Callable[[], None] = lambda: None) -> Iterator[None]:
    """Hold the one right to change `id`'s files. `waiting` is called about once a second until it is free."""
    import filelock  # 60 ms

    try:
        (folder / INCOMING).mkdir(parents=True, exist_ok=True)
        lock = filelock.FileLock(folder / INCOMING / f"{id}.lock")
        with contextlib.suppress(filelock.Timeout):
            lock.acquire(timeout=0)
        while not lock.is_locked:
            waiting()
            with contextlib.suppress(filelock.Timeout):
                lock.acquire(timeout=1, poll_interval=0.1)
    except OSError as error:
        raise disk_error(folder, error) from error
    try:
        yield
    finally:
        lock.release()


def sha256_of(path: Path, tell: Callable[[int], None] = lambda done: None) -> str:
    """The sha256 of a file, in hex. Raises OSError."""
    digest, done = hashlib.sha256(), 0
    with path.open("rb") as stream:
        while block := stream.read(STRIDE):
            digest.update(block)
            done += len(block)
            tell(done)
    return digest.hexdigest()


def _shifted(tell: Tell, before: int, total: int) -> Callable[[int], None]:
    return lambda done: tell(before + done, total)


def _custom(id: str, role: Role, file: ModelFile) -> Model:
    return Model(
        id=id,
        role=role,
        title=file.name,
        licence="?",
        files=(file,),
        context=None,
        ram=None,
        trusted_text=role == "generator" and (file.bytes or 0) >= TRUSTED_FROM,
        parameters="?",
        good_for=None,
        page="",
    )


def _manifest(place: Path) -> dict[str, Any]:
    try:
        found = json.loads((place / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _read_manifest(place: Path) -> list[Kept]:
    """The files that the manifest names; an unreadable manifest names none, and pulling again writes a new one."""
    try:
        return [Kept(**file) for file in _manifest(place).get("files", [])]
    except TypeError:
        return []


def _role(place: Path) -> Role:
    role = _manifest(place).get("role")
    return cast(Role, role) if role in ("generator", "embedder") else "generator"


def _clear(path: Path) -> None:
    """Delete a folder and all in it, links but not what they point to. Raises OSError."""
    if path.exists():
        shutil.rmtree(path)
