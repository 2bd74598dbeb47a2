"""What a memory is made of: Config turned into stores and engines, each on first use, and the lock before writing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from secondme import engines
from secondme.config import Config, Home, load, save
from secondme.errors import Busy, IndexDamaged

if TYPE_CHECKING:
    from secondme.engine import Embedder, Generator
    from secondme.recall.search import Search
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger
    from secondme.store.near import Near
    from secondme.store.reading import LedgerReader

WAIT_SECONDS = 60.0
MANY_ROWS = 20_000  # whose making takes so long that somebody wants to know: 2 s


class Parts:
    """One profile's stores and engines. Close it, or use it in a `with` block.

    `warn` gets sentences that a person should see although the work goes on. `doing` is what others are told while
    this one writes. `embedder` and `generator` may be given, mostly by tests.
    """

    def __init__(
        self,
        home: Home,
        config: Config | None = None,
        *,
        warn: Callable[[str], None] = lambda sentence: None,
        doing: str = "secondme",
        embedder: Embedder | None = None,
        generator: Generator | None = None,
    ) -> None:
        self.home = home
        self._own = config is None
        self.config = config or load(home)
        self._warn = warn
        self._doing = doing
        self._embedder = embedder
        self._given = embedder is not None
        self._generator = generator
        self._reader: LedgerReader | None = None
        self._near: Near | None = None
        self._search: Search | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        self._release_reader()
        for part in (self._generator, self._embedder):
            if part is not None:
                part.close()
        self._generator = self._embedder = None

    @property
    def reader(self) -> LedgerReader:
        if self._reader is None:
            from secondme.store.lock import pending
            from secondme.store.reading import LedgerReader

            if pending(self.home.memories):  # a restore was cut off just before its end
                with self._locked(WAIT_SECONDS, lambda holder: None):
                    pass
            self._reader = LedgerReader(self.home.ledger)
        return self._reader

    @property
    def index(self) -> Index:
        """The one in use."""
        return self._index_of(self.reader)

    def _index_of(self, reader: LedgerReader) -> Index:
        from secondme.store import current

        return current.index(reader)

    @property
    def near(self) -> Near:
        """The nearest passages to a vector. The rows that this reads are made now, once, if an older version wrote the
        memory or a backup was put in; while another process writes, it does without."""
        if self._near is None:
            from secondme.store.near import Near

            self._near = Near(self.reader)
        if not self._near.whole and self.reader.counts().passages:
            with contextlib.suppress(Busy, IndexDamaged), self._writing(0, lambda holder: None) as ledger:
                self._make_rows(ledger)
        return self._near

    def _fitting(self, reader: LedgerReader) -> Embedder:
        """What made the index's vectors. Raises IndexDamaged if the settings name another one."""
        from secondme.store import current

        known = reader.meta(current.EMBEDDER)
        if known and known != self.embedder.name and reader.holds_passages():
            self._follow(current.settings(reader))
            if known != self.embedder.name:
                from secondme.memory.rebuild import other_embedder  # 30 ms

                raise other_embedder(known, self.embedder.name)
        return self.embedder

    def _embedder_for(self, ledger: Ledger) -> Embedder:
        """The same for one who writes: an empty memory takes any."""
        from secondme.store import current

        known = ledger.meta(current.EMBEDDER)
        if known is None or not ledger.holds_passages():
            if known not in (None, self.embedder.name):
                self._index_of(ledger).remove()  # it may hold vectors yet, of what a later source overtook
            ledger.set_meta(current.EMBEDDER, self.embedder.name)
        embedder = self._fitting(ledger)
        ledger.drop_meta(current.SETTINGS)
        return embedder

    def _follow(self, settings: Mapping[str, str]) -> None:
        """Take over these settings, and what another process has changed of them, for the vectors made from now on."""
        for key, value in settings.items():
            save(self.home, key, value)
        self.config = load(self.home) if self._own else replace(self.config, **settings)  # type: ignore[arg-type]
        if self._embedder is not None and not self._given:
            self._embedder.close()
            self._embedder = self._search = None

    @property
    def search(self) -> Search:
        """Raises IndexDamaged if another model made the vectors than the one in the settings."""
        embedder, near = self._fitting(self.reader), self.near  # another process may have changed what they are
        if self._search is None:
            from secondme.recall.search import Search

            self._search = Search(self.reader, near, embedder, self._warn)
        return self._search

    def _make_rows(self, ledger: Ledger) -> None:
        """See to it that the index's vectors have their rows. Raises IndexDamaged."""
        from secondme.store import fill

        def tell(done: int, total: int) -> None:
            if not done and total > MANY_ROWS:
                self._warn(f"Copying {total:,} vectors out of the index, once, to search faster from now on …")

        fill.ready(ledger, self._index_of(ledger), self.embedder.name, self.embedder.dimension, tell)

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            self._embedder = engines.embedder(self.config, self.home.models)
        return self._embedder

    @property
    def generator(self) -> Generator:
        if self._generator is None:
            self._generator = engines.generator(self.config, self.home.models, self.home.states)
        return self._generator

    @contextlib.contextmanager
    def _writing(self, wait: float, on_wait: Callable[[str], None]) -> Iterator[Ledger]:
        from secondme.store import backup, current
        from secondme.store.ledger import Ledger

        with self._locked(wait, on_wait), contextlib.closing(Ledger(self.home.ledger, create=True)) as ledger:
            backup.tidy(ledger)
            current.tidy(ledger)
            self._date_the_rest(ledger)
            yield ledger

    def _date_the_rest(self, ledger: Ledger) -> None:
        """What an older version stored gets the days that it speaks of."""
        from secondme.memory.dating import date_the_rest

        told = False

        def tell(rest: int) -> None:
            nonlocal told
            if not told and rest > MANY_ROWS:
                self._warn(f"Reading the dates in {rest:,} passages, once …")
            told = True

        date_the_rest(ledger, tell)

    @contextlib.contextmanager
    def _locked(self, wait: float, on_wait: Callable[[str], None]) -> Iterator[None]:
        """The home's write lock, and the home as it must be before anything is opened."""
        from secondme.store import exchange
        from secondme.store.lock import writing

        self.home.ensure()
        with writing(self.home.memories, self._doing, wait, on_wait):
            exchange.settle(self.home.memories)
            yield

    def _release_reader(self) -> None:
        """An open reader would keep the write-ahead log from being cut."""
        for part in (self._near, self._reader):
            if part is not None:
                part.close()
        self._near = self._reader = self._search = None
