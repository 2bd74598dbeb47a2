"""What a model made of the beginning of a prompt, kept on disk: loading takes milliseconds, reading it again seconds.

Knows files: their names, their order of use, what they may take together, and whose words they hold. Refuses to know
llama.cpp (what writes and reads a state is given to it) and which beginnings are worth keeping (cache.py does).
The idea is that of prompt caching (Gim et al. 2023, arXiv:2311.04934) and of MemOS's activation memory (Li et al. 2025,
arXiv:2507.03724). Whole beginnings only: what a model made of a text depends on all that stood before it.

    KEY-TOKENS-DIGEST.state     KEY: model and settings; TOKENS: how many; DIGEST: of their ids and cuts
        the state as llama.cpp writes it, a JSON object {"sha256", "passages", "talk"}, its length in 4 bytes, b"SMst"
    forgotten                   changes whenever something is forgotten

A state is derived and disposable, and as private as the words it was made of: it is its owner's alone (0600), names
the passages that its text quotes, and goes with the first of them that is forgotten. One that is damaged is deleted,
and the text is read instead.
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import shutil
import struct
from array import array
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from secondme.errors import EngineError

_END = struct.Struct("<I4s")
_MAGIC = b"SMst"
_STAMP = "forgotten"
_BLOCK = 1 << 20
_SAMPLES, _SAMPLE = 64, 4096


def fingerprint(model: Path, settings: Mapping[str, Any]) -> str:
    """Names what a state depends on besides its text: a model file, and the settings it is used with.

    Of the file that is its size, its time and 64 blocks spread over it: reading gigabytes to find out whether seconds
    can be saved would not save them. Raises OSError.
    """
    known = hashlib.sha256(json.dumps(dict(settings), sort_keys=True).encode())
    with model.open("rb", buffering=0) as file:
        facts = os.fstat(file.fileno())
        known.update(f"{facts.st_size} {facts.st_mtime_ns}".encode())
        for n in range(_SAMPLES):
            file.seek(n * max(0, facts.st_size - _SAMPLE) // (_SAMPLES - 1))
            known.update(file.read(_SAMPLE))
    return known.hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class State:
    """A state on disk, of the first `tokens` tokens of a prompt. Whether it is sound shows when it is opened."""

    path: Path
    tokens: int


class States:
    """The states of one model with its settings (`key`, see `fingerprint`) in `folder`, which those of others share.

    All of them take at most `limit` bytes; those used longest ago make way. Nothing here raises OSError: a disk that is
    full, slow to answer or not there costs time and no answer.
    """

    def __init__(self, folder: Path, key: str, limit: int) -> None:
        self._folder, self._key, self._limit = folder, key, limit

    def find(self, tokens: Sequence[int], cuts: Sequence[int], least: int = 0) -> State | None:
        """The longest state of more than `least` tokens that `tokens` begins with; some token of it is left to read.

        `cuts`, rising, is where the pieces end in which the tokens are read: it must have been read in the same ones.
        """
        best: State | None = None
        for state in _states(self._folder, self._key):
            if not (best.tokens if best else least) < state.tokens < len(tokens) or state.tokens not in cuts:
                continue
            if state.path.stem.endswith(_digest(tokens, cuts, state.tokens)):
                best = state
        return best

    def load(self, state: State, read: Callable[[Path], bool]) -> bool:
        """Lets `read` have the file if it is sound. What is not, or what `read` refuses, is deleted."""
        facts = _facts(state.path)
        with suppress(OSError):
            if facts and _checksum(state.path, facts.size) == facts.sha256 and read(state.path):
                os.utime(state.path)
                return True
            state.path.unlink()
        return False

    def stamp(self) -> str:
        """What to keep a state with. Taken before a text is read, it tells afterwards whether it may stay."""
        return _stamp(self._folder)

    def keep(
        self,
        tokens: Sequence[int],
        cuts: Sequence[int],
        passages: Collection[str],
        write: Callable[[Path], bool],
        *,
        size: int,
        stamp: str = "",
        talk: bool = False,
    ) -> bool:
        """Has `write` make a file of some `size` bytes, and puts it in its place in one step.

        `passages` are the ids of those whose words are in the text. A `talk` takes the place of what it goes on from,
        if that was one. False where there is no room, or where something was forgotten since `stamp` was taken.
        """
        before, whole = self.find([*tokens, -1], cuts), len(tokens)
        state = State(self._folder / f"{self._key}-{whole}-{_digest(tokens, cuts, whole)}.state", whole)
        fresh = state.path.with_suffix(f".{os.getpid()}.new")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            if size > self._limit or 2 * size > shutil.disk_usage(self._folder).free:
                return False
            os.close(os.open(fresh, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600))
            if not write(fresh):
                return False
            _seal(fresh, sorted(passages), talk)
            fresh.replace(state.path)
        except OSError:
            return False
        finally:
            _delete(fresh)
        if self.stamp() != stamp:  # whoever forgets stamps first and deletes then: one of us sees the other
            _delete(state.path)
            return False
        if before and before.tokens < state.tokens and (facts := _facts(before.path)) and facts.talk:
            _delete(before.path)
        self._make_room(state)
        return True

    def _make_room(self, newest: State) -> None:
        left = self._limit
        for path in sorted(self._folder.glob("*.state"), key=_used, reverse=True):
            with suppress(OSError):
                left -= path.stat().st_size
                if left < 0 and path != newest.path:
                    path.unlink()


def drop(folder: Path, passages: Collection[str]) -> int:
    """Delete the states whose text holds words of `passages` (ids). Returns how many. Raises EngineError."""
    gone = set(passages)
    return _forget(folder, lambda path: (facts := _facts(path)) is None or not gone.isdisjoint(facts.passages))


def clear(folder: Path) -> int:
    """Delete all states. Returns how many. Raises EngineError."""
    return _forget(folder, lambda path: True)


def _forget(folder: Path, meant: Callable[[Path], bool]) -> int:
    if not folder.is_dir():
        return 0
    with suppress(OSError):  # on a full disk, where nobody writes a state either
        (folder / _STAMP).write_text(secrets.token_hex(8))
    try:
        found = [path for path in folder.glob("*.state") if meant(path)]
        # whoever is writing a new one finds nothing to put in its place
        for path in (*found, *folder.glob("*.new")):
            path.unlink(missing_ok=True)
    except OSError as error:
        reason = f"{folder} cannot be cleared of what was forgotten: {error.strerror}."
        raise EngineError(reason, "Delete that folder: nothing in it is needed.") from error
    return len(found)


# -- one file ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Facts:
    """What the end of a file says: the bytes that llama.cpp wrote, their hash, and whose words they are."""

    size: int
    sha256: str
    passages: frozenset[str]
    talk: bool


def _facts(path: Path) -> _Facts | None:
    """None for a file that was cut short or is none of ours."""
    try:
        with path.open("rb") as file:
            end = file.seek(-_END.size, os.SEEK_END)
            length, magic = _END.unpack(file.read(_END.size))
            size = file.seek(end - length)
            said = json.loads(file.read(length))
            facts = _Facts(size, said["sha256"], frozenset(said["passages"]), said["talk"])
            return facts if magic == _MAGIC else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _seal(path: Path, passages: Sequence[str], talk: bool) -> None:
    known = _checksum(path, path.stat().st_size)
    said = json.dumps({"sha256": known, "passages": passages, "talk": talk}).encode()
    with path.open("ab") as file:
        file.write(said + _END.pack(len(said), _MAGIC))


def _checksum(path: Path, size: int) -> str:
    """Of the first `size` bytes: 40 MB take 25 ms."""
    known = hashlib.sha256()
    with path.open("rb", buffering=0) as file:
        while size > 0 and (block := file.read(min(size, _BLOCK))):
            known.update(block)
            size -= len(block)
    return known.hexdigest()


def _states(folder: Path, key: str) -> Iterator[State]:
    for path in folder.glob(f"{key}-*.state"):
        with suppress(ValueError, IndexError):
            yield State(path, int(path.stem.split("-")[1]))


def _digest(tokens: Sequence[int], cuts: Sequence[int], whole: int) -> str:
    """Of the first `whole` tokens and of how they are cut."""
    told = [*tokens[:whole], *(-at for at in cuts if at <= whole)]
    return hashlib.sha256(array("i", told).tobytes()).hexdigest()[:32]


def _stamp(folder: Path) -> str:
    try:
        return (folder / _STAMP).read_text()
    except (OSError, UnicodeDecodeError):
        return ""


def _used(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _delete(path: Path) -> None:
    with suppress(OSError):
        path.unlink()
