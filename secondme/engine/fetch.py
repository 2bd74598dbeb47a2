"""Getting a model onto this machine: from a wheel, from a hub or from a file at hand, checked before it counts.

Knows in which order to ask and what to accept. What lies where afterwards is `shelf`; how bytes come over HTTP is
`download`; how pip is asked is `wheel`. Nothing here runs unless its owner asked for a model by name.

A file is accepted only with the sha256 that the catalogue pins ("pinned"), or, where it pins none, with the one that
the hub states over TLS ("as the hub states"). There is no third way.
"""

from __future__ import annotations

import contextlib
import functools
import shutil
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal

from secondme.engine import wheel
from secondme.engine.catalog import Hub, Model, ModelFile, Place, Wheel
from secondme.engine.download import Patience, Wanted, download
from secondme.engine.partial import STRIDE, Part, Tell, disk_error, mismatch, require_space
from secondme.engine.shelf import (
    INCOMING,
    Kept,
    custom,
    find,
    installed,
    publish,
    register,
    registered,
    remove,
    sha256_of,
    turn,
    verify,
    weights,
)
from secondme.errors import FetchError, HashMismatch, NoSuchPath

__all__ = [
    "HUB",
    "Progress",
    "custom",
    "find",
    "install",
    "installed",
    "register",
    "registered",
    "remove",
    "verify",
    "weights",
]

HUB = "https://huggingface.co"
REPORT_EVERY = 0.1  # seconds

Phase = Literal["waiting", "checking", "pip", "downloading", "copying", "done"]


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file of a model is. `total` is None while nobody knows: then show that it lives, not how far it is.

    waiting: another process fetches the same model. checking: what is installed is hashed. pip: pip fetches a wheel
    and tells nothing. downloading: from a hub. copying: out of a wheel or a file at hand. done: it is installed.
    """

    model: str
    file: str
    phase: Phase
    done: int = 0
    total: int | None = None
    place: str = ""


@dataclass(frozen=True, slots=True)
class _Errand:
    """One model being fetched. `refused`: what a place said, so that it is not asked again for the next file."""

    model: Model
    arriving: Path
    endpoint: str
    progress: Callable[[Progress], None]
    patience: Patience
    refused: dict[str, FetchError] = field(default_factory=dict)

    @property
    def wheels(self) -> Path:
        return self.arriving.with_name(f"{self.model.id}.wheels")

    def tell(self, name: str, phase: Phase, place: str) -> Tell:
        """A `Tell` that passes on at most ten reports a second, and always the last."""
        last = -1.0

        def tell(done: int, total: int | None) -> None:
            nonlocal last
            now = time.monotonic()
            if now - last >= REPORT_EVERY or done == total:
                last = now
                self.progress(Progress(self.model.id, name, phase, done, total, place))

        return tell


def install(
    model: Model,
    folder: Path,
    *,
    source: Path | str | None = None,
    progress: Callable[[Progress], None] = lambda report: None,
    endpoint: str = HUB,
    patience: Patience | None = None,
    thorough: bool = False,
) -> Path:
    """Put the verified files of `model` into `folder`/<id>/ and return that folder. Does nothing if they are there.

    `source` is a GGUF file, a wheel, or a folder that holds the files or the wheel; without it the catalogue's places
    are asked in their order. `endpoint` is the hub or a mirror of it. `thorough` hashes what is installed and fetches
    it anew if it is damaged. Ctrl-C leaves what has come for the next call to resume, and nothing half-installed.

    Raises FetchError (HashMismatch: what came was deleted), DiskFull, NoSuchPath for a `source` that is not there.
    """
    errand = _Errand(model, folder / INCOMING / model.id, endpoint, progress, patience or Patience())
    if (place := _sound(errand, folder, thorough)) is not None:
        return place
    with turn(folder, model.id, lambda: progress(Progress(model.id, "", "waiting"))):
        if (place := _sound(errand, folder, thorough)) is None:  # another process may have brought it meanwhile
            origin = _at_hand(source) if source is not None else None
            _require_room(errand, folder, origin)
            kept = [_bring(errand, file, origin) for file in model.files]
            try:
                place = publish(folder, model, kept)
            except OSError as error:
                raise disk_error(folder / model.id, error) from error
            shutil.rmtree(errand.wheels, ignore_errors=True)
    progress(Progress(model.id, "", "done", model.bytes or 0, model.bytes))
    return place


def _sound(errand: _Errand, folder: Path, thorough: bool) -> Path | None:
    place = installed(folder, errand.model)
    damaged = place and thorough and verify(folder, errand.model, errand.tell("", "checking", ""))
    return None if damaged else place


def _at_hand(source: Path | str) -> Path:
    path = Path(source).expanduser().absolute()
    if not path.exists():
        raise NoSuchPath(f"{path} is not there.")
    return path


def _require_room(errand: _Errand, folder: Path, origin: Path | None) -> None:
    """Raises DiskFull before a byte is fetched. A wheel lies beside what is taken out of it for a while."""
    need = 0
    for file in errand.model.files:
        wheels_too = origin is None and file.places and isinstance(file.places[0], Wheel)
        need += (file.bytes or 0) * (2 if wheels_too else 1) - _size(errand.arriving / f"{file.name}.part")
        need -= _size(errand.arriving / file.name)
    require_space(folder, max(need, 0), errand.model.id)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _bring(errand: _Errand, file: ModelFile, origin: Path | None) -> Kept:
    """Get `file` into the arriving folder, from `origin` or else from the first place that gives it."""
    target = errand.arriving / file.name
    if file.sha256 and _size(target) == file.bytes and sha256_of(target) == file.sha256:
        return Kept(file.name, _size(target), file.sha256, "an earlier try", pinned=True)
    if origin is not None:
        return _copy(errand, file, target, origin)
    said = []
    for place in file.places:
        where = place.requirement if isinstance(place, Wheel) else f"{errand.endpoint}/{place.repo}"
        try:
            if where in errand.refused:
                raise errand.refused[where]
            return _from(errand, file, target, place)
        except HashMismatch:
            raise
        except FetchError as error:
            errand.refused[where] = error
            said.append(error.message.rstrip("."))
    raise FetchError(
        f"{errand.model.id} could not be fetched: {'; '.join(said) or 'the catalogue names no place for it'}.",
        "Check the network and run the same command again: it goes on where it stopped. Or fetch "
        f"{file.name} by hand ({errand.model.page}) and run `secondme models pull {errand.model.id} --from FILE`.",
    )


def _from(errand: _Errand, file: ModelFile, target: Path, place: Place) -> Kept:
    if isinstance(place, Hub):
        wanted = Wanted(place.url(errand.endpoint), file.name, file.bytes, file.sha256)
        tell = errand.tell(file.name, "downloading", str(place))
        length, sha256 = download(wanted, target, tell=tell, patience=errand.patience)
        return Kept(file.name, length, sha256, wanted.url, pinned=file.sha256 is not None)
    found = wheel.find(place, errand.wheels) if errand.wheels.is_dir() else None
    if found is None:
        try:
            errand.wheels.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise disk_error(errand.wheels, error) from error
        ask = errand.tell(file.name, "pip", str(place))
        found = wheel.fetch(place, errand.wheels, lambda: ask(0, None))
    try:
        with wheel.member(place, found) as stream:
            return _pour(errand, file, target, stream, str(place))
    except FetchError:
        found.unlink(missing_ok=True)  # whatever is wrong with it, the next call shall not find it again
        raise


def _copy(errand: _Errand, file: ModelFile, target: Path, origin: Path) -> Kept:
    with _opened(errand.model, file, origin) as stream:
        return _pour(errand, file, target, stream, str(origin))


@contextlib.contextmanager
def _opened(model: Model, file: ModelFile, origin: Path) -> Iterator[IO[bytes]]:
    """`file` as a stream, out of the file, folder or wheel at `origin`."""
    if plain := _plain(model, file, origin):
        try:
            stream: IO[bytes] = plain.open("rb")
        except OSError as error:
            raise disk_error(plain, error) from error
        with stream:
            yield stream
        return
    for place in (place for place in file.places if isinstance(place, Wheel)):
        found = wheel.find(place, origin) if origin.is_dir() else origin
        if found and found.suffix == ".whl":
            with wheel.member(place, found) as stream:
                yield stream
            return
    names = ", ".join(f.name for f in model.files)
    raise FetchError(f"{origin} holds no {file.name}.", f"Name a file, a folder or a wheel that holds {names}.")


def _plain(model: Model, file: ModelFile, origin: Path) -> Path | None:
    """`file` lying in the folder `origin`, or `origin` itself; a model of one file may be called anything there."""
    if origin.is_dir():
        return origin / file.name if (origin / file.name).is_file() else None
    only = len(model.files) == 1 and origin.suffix != ".whl"
    return origin if only or origin.name == file.name else None


def _pour(errand: _Errand, file: ModelFile, target: Path, stream: IO[bytes], origin: str) -> Kept:
    """Write `stream` to `target` and accept it only with the catalogue's hash."""
    if file.sha256 is None:
        raise FetchError(
            f"The catalogue does not know the sha256 of {file.name}, so that {origin} cannot be checked.",
            "`secondme models use FILE` takes a GGUF file of your own, on your own word.",
        )
    part = Part(target)
    part.restart()
    try:
        blocks = iter(functools.partial(stream.read, STRIDE), b"")
        part.take(blocks, file.bytes, errand.tell(file.name, "copying", origin))
        if (got := part.sha256.hexdigest()) != file.sha256:
            raise mismatch(file.name, origin, got, file.sha256)
        part.finish(target)
    except BaseException:
        part.discard()  # it is as quickly copied again
        raise
    return Kept(file.name, part.length, got, origin, pinned=True)
