"""Another index beside the one in use, with the same embedder or another one, and then in its place.

    begin     note in the ledger that it is being made
    make      embed what it lacks, in batches; whoever asks or ingests meanwhile has the old one
    finish    with the write lock: catch up, check it, switch in one transaction, delete the old one

Killed anywhere, the old one is in use and the next run goes on, or the new one is in use and whole. An embedder that
made the old one's vectors is not asked again: they are taken over.
"""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import Busy, IndexDamaged, LedgerDamaged, NoHome
from secondme.memory.batch import BATCH_PASSAGES, EMBED_AT_ONCE, LARGEST_BATCH
from secondme.memory.passages import embedding_text
from secondme.store import current, fill
from secondme.store.backup import room
from secondme.store.flat import FLAT, Flat
from secondme.store.index import LAYER, Index
from secondme.store.reading import LedgerReader
from secondme.store.rows import FOUND, IDS_AT_ONCE, PRESENT, found_row

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.engine import Embedder
    from secondme.records import Passage
    from secondme.store.current import Next
    from secondme.store.ledger import Ledger

    Stored = dict[str, NDArray[np.float32]]

FEW = 256  # passages that are embedded while others wait for the write lock
ROUNDS = 5  # of catching up with others, before they must wait
FOREVER = 7 * 86_400.0  # seconds to wait for an ingest to end: what has been made is kept meanwhile
SELF_QUERIES = 50
ALIKE = 0.9999  # cosine of two vectors that stand for the same words
ROUNDED = 0.01  # how far from 1 a stored vector's length may be
HINT = "Run `secondme reindex` again; if it repeats, please report it."


@dataclass(frozen=True, slots=True)
class Order:
    """What to make. `settings` are what the owner's settings must say when it is in use, and `follow` makes them say
    it. `writing` opens the ledger with the write lock held; its argument is how long to wait, in seconds."""

    ledger: Path
    embedder: Embedder
    writing: Callable[[float], AbstractContextManager[Ledger]]
    settings: Mapping[str, str] = field(default_factory=dict)
    follow: Callable[[], None] = lambda: None
    progress: Callable[[int, int], None] = lambda done, total: None
    wait: float = 60.0


@dataclass(frozen=True, slots=True)
class Reindexed:
    """What was made, in passages: how many there are, and how many of them were `embedded` in this run; with which
    embedder now and before (names), and how large the index is and was, in bytes."""

    passages: int
    embedded: int
    embedder: str
    before: str
    bytes: int
    bytes_before: int
    seconds: float


def reindex(order: Order) -> Reindexed:
    """Raises Busy, DiskFull, EngineError, and IndexDamaged if the new one is not sound; then the old one stays."""
    with _alone(order.ledger.parent), contextlib.closing(LedgerReader(order.ledger)) as reader:
        making = _Making(order, reader)
        try:
            return making.run()
        except LedgerDamaged as error:  # so it looks, where it has been replaced under us
            with order.writing(order.wait) as ledger:
                if current.upcoming(ledger) != making.target:
                    raise _replaced() from error
            raise


class _Making:
    """One run: `target` is what is being made, `_index` and `_flat` are where."""

    def __init__(self, order: Order, reader: LedgerReader) -> None:
        self._order = order
        self._reader = reader
        self._embedder = order.embedder
        self._embedded = self._done = self._total = 0
        self.target = current.Next("", order.embedder.name)

    def run(self) -> Reindexed:
        begun, rounds = time.monotonic(), ROUNDS
        with self._order.writing(self._order.wait) as ledger:
            self._take_up(ledger)
        while True:
            self._make(self._reader, self._lacking(self._reader))
            with self._order.writing(FOREVER) as ledger:
                if current.upcoming(ledger) != self.target:
                    raise _replaced()
                lacking, rounds = self._lacking(ledger), rounds - 1
                if len(lacking) > FEW and rounds > 0:
                    continue
                self._make(ledger, lacking)
                self._strip(ledger)
                if self._sound(ledger):
                    return self._switch(ledger, begun)
                self._make_another(ledger)

    # -- begin ----------------------------------------------------------------------------------------------------

    def _take_up(self, ledger: Ledger) -> None:
        """Go on with the index that an earlier run began, if it is this embedder's and can be read."""
        following = current.upcoming(ledger)
        if following and following.embedder == self._embedder.name:
            with contextlib.suppress(IndexDamaged):
                self._aim(ledger, following)
                return
        current.drop(ledger)
        current.tidy(ledger)
        room(ledger.path.parent, _size(current.index(ledger)), "A second index beside the first")
        self._aim(ledger, current.begin(ledger, self._embedder.name))

    def _aim(self, ledger: Ledger, target: Next) -> None:
        self.target, self._index = target, current.at(ledger, target.name)
        self._flat = Flat(self._index.path / FLAT)
        with self._index.open() as vectors:
            vectors.present(LAYER, [])  # makes what is not there yet
        if not current.fits(ledger, target.embedder, self._flat.header, self._flat.rows):
            fill.begin(ledger, self._flat, target.embedder, self._embedder.dimension)

    # -- make -----------------------------------------------------------------------------------------------------

    def _lacking(self, reader: LedgerReader) -> list[int]:
        """Numbers of the passages whose vectors are not in the new index, each id once."""
        import numpy as np

        wanted, there = _visible(reader), self._ids()
        rowless = ~self._flat.there(np.array(list(wanted), np.int64))
        ids = [id_ for id_, lacks in zip(wanted.values(), rowless.tolist(), strict=True) if lacks]
        fill.cover(reader, self._flat, self._index, there.intersection(ids))
        once = {id_: n for n, id_ in wanted.items() if id_ not in there}
        self._total = len(set(wanted.values()))
        self._done = self._total - len(once)
        return sorted(once.values())

    def _ids(self) -> set[str]:
        with self._index.open() as vectors:
            return vectors.ids(LAYER)

    def _make(self, reader: LedgerReader, numbers: Sequence[int]) -> None:
        """Fewer openings of the index the further it has come: they take longer then."""
        self._order.progress(self._done, self._total)
        at = 0
        while at < len(numbers):
            part = numbers[at : at + min(LARGEST_BATCH, max(BATCH_PASSAGES, self._done // 4))]
            self._batch(reader, part)
            at += len(part)

    def _batch(self, reader: LedgerReader, numbers: Sequence[int]) -> None:
        import numpy as np

        # by length, so that what is embedded together needs little padding
        passages = sorted(_passages(reader, numbers), key=lambda p: len(p.text) + len(p.context))
        if not passages:
            return  # all of it has gone since
        known = self._known([p.id for p in passages])
        self._tell(len(known))
        missing = [p for p in passages if p.id not in known]
        for at in range(0, len(missing), EMBED_AT_ONCE):
            part = missing[at : at + EMBED_AT_ONCE]
            made = self._embedder.embed([embedding_text(p) for p in part])
            known.update(zip((p.id for p in part), made, strict=True))
            self._embedded += len(part)
            self._tell(len(part))
        epochs = [int(p.time.timestamp()) if p.time else None for p in passages]
        self._put(reader, [p.id for p in passages], np.stack([known[p.id] for p in passages]), epochs)

    def _put(
        self, reader: LedgerReader, ids: list[str], vectors: NDArray[np.float32], epochs: list[int | None]
    ) -> None:
        fill.write(reader, self._flat, ids, vectors)
        with self._index.open() as opened:
            opened.upsert(LAYER, ids, vectors, epochs)
            if gone := set(ids) - reader.stored(ids):  # forgotten while they were embedded
                opened.delete(LAYER, sorted(gone))

    def _known(self, ids: list[str]) -> Stored:
        """What the same embedder has made before, for an index that is there."""
        import numpy as np

        same = self._reader.meta(current.EMBEDDER) == self.target.embedder
        found: Stored = {}
        for name in filter(None, (self.target.source, current.index(self._reader).path.name if same else "")):
            index = current.at(self._reader, name)
            if index.made and (rest := [id_ for id_ in ids if id_ not in found]):
                with contextlib.suppress(IndexDamaged), index.open() as vectors:
                    found.update(vectors.vectors(LAYER, rest))
        return {id_: vector for id_, vector in found.items() if abs(float(np.linalg.norm(vector)) - 1) < ROUNDED}

    def _tell(self, number: int) -> None:
        self._done += number
        self._order.progress(self._done, self._total)

    # -- finish ---------------------------------------------------------------------------------------------------

    def _strip(self, ledger: Ledger) -> None:
        """Take out what has gone from the ledger since it was put in."""
        extra = self._ids() - ledger.passage_ids()
        with self._index.open() as vectors:
            vectors.delete(LAYER, sorted(extra))
        fill.prune(ledger, self._index, self.target.embedder)

    def _sound(self, ledger: Ledger) -> bool:
        """Whether every passage is there, and some find themselves by their own vectors."""
        import numpy as np

        wanted = _visible(ledger)
        if not self._flat.there(np.array(list(wanted), np.int64)).all():
            return False
        with self._index.open() as vectors:
            if not set(wanted.values()) <= vectors.ids(LAYER):
                return False
            sample = random.sample(sorted(wanted.values()), min(SELF_QUERIES, len(wanted)))
            for id_, vector in vectors.vectors(LAYER, sample).items():
                near = vectors.nearest(LAYER, vector, 10)
                if not any(other == id_ or cosine > ALIKE for other, cosine in near):
                    return False
        return True

    def _make_another(self, ledger: Ledger) -> None:
        """A kill can leave Chroma's graph with holes, and its vectors unharmed: another one is made of those."""
        if self.target.source:
            current.drop(ledger)
            raise IndexDamaged("The new index does not find its own vectors; the old one stays in use.", HINT)
        self._aim(ledger, current.begin(ledger, self.target.embedder, self.target.name))

    def _switch(self, ledger: Ledger, begun: float) -> Reindexed:
        old, before = current.index(ledger), ledger.meta(current.EMBEDDER) or ""
        sizes = _size(self._index), _size(old)
        self._flat.finish()
        current.switch(ledger, self.target, self._order.settings)
        self._order.follow()
        ledger.drop_meta(current.SETTINGS)
        current.tidy(ledger)
        seconds = time.monotonic() - begun
        return Reindexed(self._total, self._embedded, self.target.embedder, before, *sizes, seconds)


def _visible(reader: LedgerReader) -> dict[int, str]:
    """Every passage that needs a vector, by number, with its id."""
    return dict(reader.rows(f"SELECT p.n, p.id FROM passages p JOIN items i ON i.n = p.item WHERE {PRESENT}"))


def _passages(reader: LedgerReader, numbers: Sequence[int]) -> Iterator[Passage]:
    """Those that are still there."""
    for at in range(0, len(numbers), IDS_AT_ONCE):
        part = numbers[at : at + IDS_AT_ONCE]
        marks = ",".join("?" * len(part))
        for row in list(reader.rows(f"{FOUND} WHERE p.n IN ({marks}) GROUP BY p.n", part)):
            yield found_row(row).passage


def _size(index: Index) -> int:
    return sum(path.stat().st_size for path in index.path.rglob("*") if path.is_file())


def _replaced() -> IndexDamaged:
    return IndexDamaged("The memory was replaced while its index was being made.", HINT)


@contextlib.contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """One of these at a time: it holds the write lock at its beginning and its end only."""
    import filelock

    lock = filelock.FileLock(folder / "reindex.lock")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock.acquire(timeout=0)
    except filelock.Timeout:
        raise Busy("Another `secondme reindex` is at work in this memory.") from None
    except OSError as error:
        raise NoHome(f"{folder} cannot be locked: {error.strerror or error}.") from error
    try:
        yield
    finally:
        lock.release()
