"""What a memory is made of: Config turned into stores and engines, each on first use, and the lock before writing."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING, Self

from secondme import engines
from secondme.config import Config, Home, load

if TYPE_CHECKING:
    from secondme.engine import Embedder, Generator
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

WAIT_SECONDS = 60.0


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
        self.config = config or load(home)
        self._warn = warn
        self._doing = doing
        self._embedder = embedder
        self._generator = generator
        self._reader: LedgerReader | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for part in (self._reader, self._generator, self._embedder):
            if part is not None:
                part.close()
        self._reader = self._generator = self._embedder = None

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
        from secondme.store.index import Index

        return Index(self.home.chroma)

    @property
    def embedder(self) -> Embedder:
        if self._embedder is None:
            self._embedder = engines.embedder(self.config, self.home.models)
        return self._embedder

    @property
    def generator(self) -> Generator:
        if self._generator is None:
            self._generator = engines.generator(self.config, self.home.models)
        return self._generator

    @contextlib.contextmanager
    def _writing(self, wait: float, on_wait: Callable[[str], None]) -> Iterator[Ledger]:
        from secondme.store import backup
        from secondme.store.ledger import Ledger

        with self._locked(wait, on_wait), contextlib.closing(Ledger(self.home.ledger, create=True)) as ledger:
            backup.tidy(ledger)
            yield ledger

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
        if self._reader is not None:
            self._reader.close()
            self._reader = None
