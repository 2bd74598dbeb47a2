"""Me: the one object that every surface holds. Turns Config into stores and engines, each on first use.

Its verbs are the user's: ingest, recall, ask, forget, status, doctor. Nothing here prints.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from secondme import engines
from secondme.config import Config, Home, load
from secondme.errors import IndexDamaged, NoSuchPath, UsageError
from secondme.records import Event, Hit, Report

if TYPE_CHECKING:
    from secondme.engine import Embedder, Generator
    from secondme.health import Finding
    from secondme.memory.forgetting import Forgotten, Wish
    from secondme.memory.ingest import Progress, Reading
    from secondme.memory.people import Person
    from secondme.memory.survey import Explained, Survey
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader
    from secondme.store.rows import Counts, Filters

WAIT_SECONDS = 60.0
HITS = 8
CANDIDATES = 30  # passages that an answer's are chosen from


@dataclass(frozen=True, slots=True)
class Status:
    """What `secondme status` shows."""

    home: Path
    profile: str
    counts: Counts
    bytes: int
    model: str
    embedder: str
    missing: tuple[str, ...]


class Me:
    """One person's memory in one profile. Close it, or use it in a `with` block.

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

    def __enter__(self) -> Me:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        for part in (self._reader, self._generator, self._embedder):
            if part is not None:
                part.close()
        self._reader = self._generator = self._embedder = None

    # -- the parts, on first use --------------------------------------------------------------------------------

    @property
    def reader(self) -> LedgerReader:
        if self._reader is None:
            from secondme.store.reading import LedgerReader

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

    # -- writing ------------------------------------------------------------------------------------------------

    @contextlib.contextmanager
    def _writing(self, wait: float, on_wait: Callable[[str], None]) -> Iterator[Ledger]:
        from secondme.store.ledger import Ledger
        from secondme.store.lock import writing

        self.home.ensure()
        with writing(self.home.memories, self._doing, wait, on_wait):
            ledger = Ledger(self.home.ledger, create=True)
            try:
                yield ledger
            finally:
                ledger.close()

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        lost: Sequence[Path] = (),
        reader: str | None = None,
        progress: Callable[[Progress], None] = lambda progress: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Report:
        """Bring memory up to date with files and folders; `lost` are paths that were seen to disappear.

        `reader` names the format to read every file as. Raises NoSuchPath, Busy, DiskFull, ModelMissing, UsageError.
        """
        from secondme.memory.ingest import Ingest

        for path in paths:
            if not os.path.lexists(path):
                raise NoSuchPath(f"There is no {path}.")
        reading = self._reading(reader)
        embedder = self.embedder
        with self._writing(wait, on_wait) as ledger:
            self._same_embedder(ledger, embedder)
            return Ingest(ledger, self.index, embedder, progress, reading).paths(paths, lost)

    def ingest_stream(
        self,
        stream: IO[bytes],
        name: str,
        *,
        reader: str | None = None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Report:
        """Take what comes through a pipe as the source `stdin:name`; the name's ending says what it is."""
        from secondme.memory.ingest import Ingest

        reading = self._reading(reader)
        embedder = self.embedder
        with _spooled(stream, name) as path, self._writing(wait, on_wait) as ledger:
            self._same_embedder(ledger, embedder)
            return Ingest(ledger, self.index, embedder, reading=reading).piped(path, name)

    @property
    def zone(self) -> str:
        """What the zone of times that name none is called."""
        if self.config.timezone:
            return self.config.timezone
        return datetime.now().astimezone().tzname() or "this machine's zone"

    def unfinished(self) -> list[Path]:
        """The files that an interrupted ingest had planned and not taken in."""
        from secondme.memory.scan import path_of

        return [path for uri in self.reader.journal() if (path := path_of(uri)) is not None]

    def explain(self, paths: Sequence[Path], reader: str | None = None) -> Iterator[Explained]:
        """Which reader would take each file, and why. Nothing is read into memory."""
        from secondme.memory.survey import explain

        return explain(paths, self._reading(reader))

    def survey(self, paths: Sequence[Path], reader: str | None = None) -> Survey:
        """What an ingest would find, counted. Everything is read, nothing is kept."""
        from secondme.memory.survey import survey

        return survey(paths, self._reading(reader), self.reader)

    def _reading(self, reader: str | None) -> Reading:
        from secondme import sources
        from secondme.config import zone
        from secondme.memory.ingest import Reading

        chosen = sources.named(reader) if reader else None
        if reader and chosen is None:
            raise UsageError(f"There is no format {reader!r}.", f"There are: {', '.join(sources.names())}.")
        return Reading(zone(self.config.timezone) if self.config.timezone else None, chosen)

    def forgettable(self, wish: Wish) -> Forgotten:
        """What would be forgotten. Raises UsageError if nothing in memory is meant."""
        from secondme.memory.forgetting import covered

        return covered(self.reader, wish)

    def forget(
        self,
        what: Forgotten,
        *,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> list[str]:
        """Delete it for good: rows, words, vectors, and the bytes they left in the files, our backups' too.

        Returns a sentence for each backup that could not be reached.
        """
        from secondme.memory.forgetting import forget

        with self._writing(wait, on_wait) as ledger:
            self._release_reader()
            return forget(ledger, self.index, self.home.memories, what)

    def _release_reader(self) -> None:
        """An open reader would keep the write-ahead log from being cut."""
        if self._reader is not None:
            self._reader.close()
            self._reader = None

    def _same_embedder(self, ledger: Ledger, embedder: Embedder) -> None:
        from secondme.memory.rebuild import EMBEDDER

        known = ledger.meta(EMBEDDER)
        if known is None or not ledger.counts().passages:
            ledger.set_meta(EMBEDDER, embedder.name)
        elif known != embedder.name:
            raise _other_embedder(known, embedder.name)

    # -- people -------------------------------------------------------------------------------------------------

    def people(self) -> list[Person]:
        """Everybody who takes part in something, those who do most first."""
        from secondme.memory.people import people

        reader = self.reader
        return people(reader.handles(), reader.cards(), reader.verdicts())

    def filter_by(self, person: str) -> tuple[tuple[int, ...], str]:
        """What `Filters` needs for a person: numbers of handles, and a words query. Raises UsageError."""
        from secondme.memory.people import matching, words_query

        found = matching(self.people(), person)
        return tuple(handle.n for handle in found.handles), words_query(found)

    def merge_people(self, one: str, other: str, *, wait: float = WAIT_SECONDS) -> Person:
        """Two people are one. Raises UsageError."""
        from secondme.memory.people import matching, merged

        verdicts, number = merged(self.people(), one, other)
        with self._writing(wait, lambda holder: None) as ledger:
            ledger.judge(verdicts)
        return matching(self.people(), f"#{number}")

    def split_person(self, who: str, off: str, *, wait: float = WAIT_SECONDS) -> tuple[Person, Person]:
        """Take the names or addresses that `off` means out of a person: who stays, who goes. Raises UsageError."""
        from secondme.memory.people import split, with_handle

        verdicts = split(self.people(), who, off)
        with self._writing(wait, lambda holder: None) as ledger:
            ledger.judge(verdicts)
        everybody = self.people()
        return with_handle(everybody, verdicts[0].other), with_handle(everybody, verdicts[0].one)

    # -- reading ------------------------------------------------------------------------------------------------

    def recall(self, query: str, k: int = HITS, filters: Filters | None = None) -> list[Hit]:
        """The `k` best passages for `query`. Raises UsageError for an empty query."""
        from secondme.recall.search import Search
        from secondme.store.rows import EVERYTHING

        if not query.strip():
            raise UsageError("The question is empty.", 'For example: secondme ask "when is the dentist?"')
        self._check_vectors()
        return Search(self.reader, self.index, self.embedder, self._warn).hits(query, k, filters or EVERYTHING)

    def ask(
        self,
        question: str,
        k: int = HITS,
        filters: Filters | None = None,
        *,
        write: bool = True,
        piped: IO[bytes] | None = None,
    ) -> Iterator[Event]:
        """The events of an answer (secondme.records). `write` off: quotes only, no language model.

        `piped` is text to answer from: it is read for this one question and not kept. Memory is asked as well only
        if the answer is not in there.
        """
        from secondme.piped import piped_hits
        from secondme.recall.answer import Grounds, answer, likely
        from secondme.recall.search import Search

        begun = time.monotonic()
        if write and question.strip():
            self.generator.start()  # it loads while we search
        hits = self.recall(question, max(k, CANDIDATES), filters)
        weights = Search(self.reader, self.index, self.embedder).weights(question)
        generator = self.generator if write else None
        trusted = write and engines.trusted(self.config, self.home.models)
        thinks = write and engines.thinks(self.config, self.home.models)
        grounds = Grounds(hits, weights, self.embedder, generator, trusted, thinks, k, begun)
        if piped is not None:
            with _spooled(piped, "stdin.txt") as path:
                alone = replace(grounds, hits=piped_hits(path, question, self.embedder, CANDIDATES))
            grounds = alone if likely(question, alone) else replace(alone, hits=[*alone.hits, *hits])
        yield from answer(question, grounds)

    def _check_vectors(self) -> None:
        from secondme.memory.rebuild import EMBEDDER

        known = self.reader.meta(EMBEDDER)
        if known and known != self.embedder.name and self.reader.counts().passages:
            raise _other_embedder(known, self.embedder.name)

    def status(self) -> Status:
        from secondme.engine import fetch

        config, models = self.config, self.home.models
        local = [
            id_ for id_, url in ((config.model, config.engine_url), (config.embedder, config.embed_url)) if not url
        ]
        missing = [id_ for id_ in local if id_ != engines.FAKE and not fetch.installed(models, fetch.find(models, id_))]
        size = sum(file.stat().st_size for file in self.home.memories.rglob("*") if file.is_file())
        return Status(
            self.home.memories,
            self.home.profile,
            self.reader.counts(),
            size,
            config.engine_url or config.model,
            config.embed_url or config.embedder,
            tuple(missing),
        )

    # -- upkeep -------------------------------------------------------------------------------------------------

    def doctor(self) -> Iterator[Finding]:
        """Check everything, cheapest first. Changes nothing."""
        from secondme import health

        yield health.python()
        yield health.sqlite()
        yield health.disk(self.home.memories)
        yield from health.models(self.home.models, self.config, engines.FAKE)
        yield from health.stores(lambda: self.reader, self.index)

    def repair(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> int:
        """Rebuild the index, and the words index, from the ledger. Returns the number of passages."""
        from secondme.memory.rebuild import rebuild

        embedder = self.embedder
        with self._writing(wait, on_wait) as ledger:
            return rebuild(ledger, self.index, embedder, progress)


@contextlib.contextmanager
def _spooled(stream: IO[bytes], name: str) -> Iterator[Path]:
    """The stream's bytes in a file of its own, for readers that need to seek; gone afterwards."""
    import shutil

    with tempfile.TemporaryDirectory(prefix="secondme-") as folder:
        path = Path(folder) / ("stdin" + Path(name).suffix)
        with path.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        yield path


def _other_embedder(known: str, now: str) -> IndexDamaged:
    return IndexDamaged(
        f"The index was made with the vectors of {known}, and the settings name {now}.",
        f"`secondme doctor --repair` makes it anew with {now}; setting the old one back works, too.",
    )
