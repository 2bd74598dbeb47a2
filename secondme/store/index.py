"""Vectors in Chroma: ids, vectors and a time, never text. One collection per layer.

Chroma's embedded client is not safe beside another opener, not even one that only reads: a reader compacts the log
on its own, and measured here, two readers beside one writer ended in "Error finding id", a broken index and a link
file of 79 GB. So every opening, reading or writing, holds this module's lock from open to close. An opening costs
8 ms once chromadb is imported, and a query on 20,000 vectors then 50 ms, most of it reading the graph.

Never passes an embedding function (Chroma's default downloads a model) and turns its telemetry off.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.errors import Busy, IndexDamaged, NoHome
from secondme.store.lock import NO_ROOM, full_disk, no_room

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

LAYER = "passages"  # the collection of L0; further layers have their own
LARGEST_BATCH = 5_000  # Chroma refuses more than 5,461
LOCK_SECONDS = 60.0
NEW, OLD = ".new", ".old"  # what a directory is called that will be, or was, in the place of another
ROOM = 16 << 20  # bytes that must be free before vectors are written
# Chroma's 16 leave notes that are nearly alike unreachable: of 600 made from one template 9 to 37 did not find
# themselves by their own vector; with 32 all did. They cost 128 bytes a vector.
NEIGHBOURS = 32


@contextlib.contextmanager
def _guard(path: Path) -> Iterator[None]:
    """Turns what Chroma raises into one of ours. Around calls to Chroma only, so that no fault of ours hides in it."""
    try:
        yield
    except BaseException as error:
        # Chroma's native part also raises a panic that is no Exception
        if isinstance(error, (KeyboardInterrupt, SystemExit, GeneratorExit)):
            raise
        text = str(error)
        if "disk is full" in text or "No space left" in text or "code: 13" in text or no_room(path):
            raise full_disk(path) from error
        first = text.strip().splitlines()[0][:200] if text.strip() else type(error).__name__
        raise IndexDamaged(f"Chroma cannot use {path}: {first}.") from error


class Vectors:
    """An open Chroma directory. Made by `Index.open`, valid inside its `with` block only."""

    def __init__(self, client: Any, path: Path) -> None:
        self._client = client
        self._path = path

    def _made(self, layer: str) -> Any:
        return self._client.get_or_create_collection(
            layer, embedding_function=None, configuration={"hnsw": {"space": "cosine", "max_neighbors": NEIGHBOURS}}
        )

    def _collection(self, layer: str) -> Any:
        """For reading: what was never written is damage, and not an empty layer."""
        return self._client.get_collection(layer, embedding_function=None)

    def upsert(
        self, layer: str, ids: Sequence[str], vectors: NDArray[np.float32], epochs: Sequence[int | None]
    ) -> None:
        """Write `vectors` (len(ids) x dimension, unit length). `epochs` are seconds since 1970, if known.

        Raises DiskFull before anything is written where room may run out: Chroma leaves a broken index then.
        """
        _make_sure_of_room(self._path, vectors.nbytes)
        with _guard(self._path):
            collection = self._made(layer)
            for at in range(0, len(ids), LARGEST_BATCH):
                part = slice(at, at + LARGEST_BATCH)
                collection.upsert(
                    ids=list(ids[part]),
                    embeddings=vectors[part],
                    metadatas=[{"epoch": -1 if epoch is None else epoch} for epoch in epochs[part]],
                )

    def delete(self, layer: str, ids: Sequence[str]) -> None:
        with _guard(self._path):
            collection = self._made(layer)
            for at in range(0, len(ids), LARGEST_BATCH):
                collection.delete(ids=list(ids[at : at + LARGEST_BATCH]))

    def nearest(self, layer: str, vector: NDArray[np.float32], k: int) -> list[tuple[str, float]]:
        """The `k` nearest ids with their cosine similarity, best first."""
        with _guard(self._path):
            collection = self._collection(layer)
            k = min(k, collection.count())
            if k == 0:
                return []
            found = collection.query(query_embeddings=vector.reshape(1, -1), n_results=k, include=["distances"])
            return [(id_, 1.0 - float(far)) for id_, far in zip(found["ids"][0], found["distances"][0], strict=True)]

    def count(self, layer: str) -> int:
        with _guard(self._path):
            return int(self._collection(layer).count())

    def ids(self, layer: str) -> set[str]:
        with _guard(self._path):
            return set(self._collection(layer).get(include=[])["ids"])

    def present(self, layer: str, ids: Sequence[str]) -> set[str]:
        """Those of `ids` that are there. The layer is made if it is not."""
        found: set[str] = set()
        with _guard(self._path):
            collection = self._made(layer)
            for at in range(0, len(ids), LARGEST_BATCH):
                found.update(collection.get(ids=list(ids[at : at + LARGEST_BATCH]), include=[])["ids"])
        return found

    def vectors(self, layer: str, ids: Sequence[str]) -> dict[str, NDArray[np.float32]]:
        """The stored vectors of those `ids` that are there."""
        import numpy as np

        if not ids:
            return {}
        with _guard(self._path):
            found = self._collection(layer).get(ids=list(ids), include=["embeddings"])
            return {
                id_: np.asarray(vector, dtype=np.float32)
                for id_, vector in zip(found["ids"], found["embeddings"], strict=True)
            }


class Index:
    """A Chroma directory at `path`, closed. It is created by the first opening."""

    def __init__(self, path: Path) -> None:
        self.path = path

    @property
    def made(self) -> bool:
        """Whether Chroma's database is there, sound or not."""
        return (self.path / "chroma.sqlite3").exists()

    @contextlib.contextmanager
    def open(self) -> Iterator[Vectors]:
        """Open for exclusive use, reading or writing. Raises IndexDamaged, DiskFull, or Busy after a minute."""
        with self._locked():
            client = None
            try:
                with _guard(self.path):
                    self._settle()
                    client = self._client()
                yield Vectors(client, self.path)
            finally:
                self._release(client)

    @contextlib.contextmanager
    def replace(self) -> Iterator[Index]:
        """Fill a fresh directory inside the block; it takes this one's place at the end, or leaves no trace."""
        fresh = Index(self.path.with_name(self.path.name + NEW))
        _clear(fresh.path)
        try:
            yield fresh
            with self._locked():
                old = self.path.with_name(self.path.name + OLD)
                _clear(old)
                with _guard(self.path):
                    if self.path.exists():
                        self.path.rename(old)
                    if fresh.path.exists():  # nothing was written into an empty one
                        fresh.path.rename(self.path)
                _clear(old)
        finally:
            _clear(fresh.path)

    def remove(self) -> None:
        """Delete the directory, and whatever a replacement that was killed left beside it."""
        with self._locked(0):
            for name in (self.path.name, f"{self.path.name}{NEW}", f"{self.path.name}{OLD}"):
                _clear(self.path.with_name(name))
        self._lock.unlink(missing_ok=True)

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[Path]:
        """The directory while nobody has it open: to copy it, or to put another one in its place."""
        with self._locked():
            with _guard(self.path):
                self._settle()
            yield self.path

    @property
    def _lock(self) -> Path:
        """One for a directory and what takes its place."""
        return self.path.with_name(self.path.name.removesuffix(NEW) + ".lock")

    @contextlib.contextmanager
    def _locked(self, seconds: float = LOCK_SECONDS) -> Iterator[None]:
        import filelock

        lock = filelock.FileLock(self._lock)
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock.acquire(timeout=seconds, poll_interval=0.02)
        except filelock.Timeout:
            raise Busy(f"The index in {self.path} has been in use for {seconds:.0f} s.") from None
        except OSError as error:
            if error.errno in NO_ROOM:
                raise full_disk(self.path) from error
            raise NoHome(f"{self.path.parent} cannot be locked: {error.strerror or error}.") from error
        try:
            yield
        finally:
            lock.release()

    def _settle(self) -> None:
        """Take the old directory back if `replace` was killed between its two renamings."""
        old = self.path.with_name(self.path.name + OLD)
        if old.exists() and not self.path.exists():
            old.rename(self.path)

    def _client(self) -> Any:
        os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
        import chromadb  # 0.5-1.0 s
        from chromadb.config import Settings

        return chromadb.PersistentClient(str(self.path), settings=Settings(anonymized_telemetry=False))

    @staticmethod
    def _release(client: Any) -> None:
        if "chromadb" not in sys.modules:
            return
        from chromadb.api.shared_system_client import SharedSystemClient

        with contextlib.suppress(Exception):  # a damaged index may not close; there is nothing left to do with it
            if client is not None:  # else it did not even open, and what is left of that is remembered by its path
                client.close()
        SharedSystemClient.clear_system_cache()
        _return_memory()


def _make_sure_of_room(path: Path, new: int) -> None:
    """Chroma keeps new vectors in its log and in the graph, and writes the graph's list of ids anew."""
    size = sum(entry.stat().st_size for entry in path.rglob("*") if entry.is_file())
    if shutil.disk_usage(path.parent).free < ROOM + 4 * new + size // 4:
        raise full_disk(path)


def _clear(path: Path) -> None:
    """Delete what is there, which need not be a folder."""
    shutil.rmtree(path, ignore_errors=True)
    with contextlib.suppress(OSError):
        path.unlink(missing_ok=True)


def _return_memory() -> None:
    """Give freed memory back to the system. Each client's threads leave glibc arenas half empty: 25,000 passages in
    50 openings grew the process by 170 MB without this, and by 60 MB with it (5 ms)."""
    import ctypes

    with contextlib.suppress(OSError, AttributeError, TypeError):  # glibc only
        ctypes.CDLL(None).malloc_trim(0)
