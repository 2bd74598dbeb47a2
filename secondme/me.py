"""Me: the one object that every surface holds.

Its verbs are the user's: ingest, recall, ask, forget, backup, restore, export, status, doctor. Nothing here prints.
"""

from __future__ import annotations

import contextlib
import math
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING

from secondme import engines
from secondme.config import load
from secondme.errors import IndexDamaged, NoSuchPath, UsageError
from secondme.parts import WAIT_SECONDS
from secondme.records import Event, Recollection, Report
from secondme.telling import Telling

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.health import Status
    from secondme.memory.exporting import Exported, Order
    from secondme.memory.forgetting import Forgotten, Wish
    from secondme.memory.ingest import Progress, Reading
    from secondme.memory.people import Person
    from secondme.memory.restoring import Restored
    from secondme.memory.survey import Explained, Survey
    from secondme.store.answers import Given
    from secondme.store.bundle import Manifest
    from secondme.store.bundle import Progress as Told
    from secondme.store.rows import Filters

HITS = 8
CANDIDATES = 60  # passages that an answer's are chosen from: as many as a small memory has (recall/whole.py)


class Me(Telling):
    """One person's memory in one profile. Close it, or use it in a `with` block."""

    # -- writing ------------------------------------------------------------------------------------------------

    def ingest(
        self,
        paths: Sequence[Path],
        *,
        lost: Sequence[Path] = (),
        named: bool = True,
        reader: str | None = None,
        progress: Callable[[Progress], None] = lambda progress: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Report:
        """Bring memory up to date with files and folders; `lost` are paths that were seen to disappear.

        `named`: the owner names these paths, so that what was forgotten of them comes back.

        `reader` names the format to read every file as. Raises NoSuchPath, Busy, DiskFull, ModelMissing, UsageError.
        """
        from secondme.memory.ingest import Ingest

        for path in paths:
            if not os.path.lexists(path):
                raise NoSuchPath(f"There is no {path}.")
        reading = self._reading(reader)
        _ = self.embedder  # that there is none is said before anybody waits
        with self._writing(wait, on_wait) as ledger:
            embedder = self._embedder_for(ledger)
            with contextlib.suppress(IndexDamaged):  # which concerns only what is to be written to it
                self._make_rows(ledger)
            return Ingest(ledger, self._index_of(ledger), embedder, progress, reading).paths(paths, lost, named)

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
        from secondme.piped import spooled

        reading = self._reading(reader)
        _ = self.embedder  # that there is none is said before anybody waits
        with spooled(stream, name) as path, self._writing(wait, on_wait) as ledger:
            embedder = self._embedder_for(ledger)
            return Ingest(ledger, self._index_of(ledger), embedder, reading=reading).piped(path, name)

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
            return forget(ledger, self.home.memories, what)

    # -- people -------------------------------------------------------------------------------------------------

    def filter_by(self, person: str) -> tuple[tuple[int, ...], str]:
        """What `Filters` needs for a person: numbers of handles, and a words query. Raises UsageError."""
        from secondme.memory.people import matching, words_query

        found = matching(self.people(), person)
        return tuple(handle.n for handle in found.handles), words_query(found)

    def merge_people(self, one: str, other: str, *, on_wait: Callable[[str], None] = lambda holder: None) -> Person:
        """Two people are one. Raises UsageError."""
        from secondme.memory.people import matching, merged

        verdicts, number = merged(self.people(), one, other)
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            ledger.judge(verdicts)
        return matching(self.people(), f"#{number}")

    def split_person(
        self, who: str, off: str, *, on_wait: Callable[[str], None] = lambda holder: None
    ) -> tuple[Person, Person]:
        """Take the names or addresses that `off` means out of a person: who stays, who goes. Raises UsageError."""
        from secondme.memory.people import split, with_handle

        verdicts = split(self.people(), who, off)
        with self._writing(WAIT_SECONDS, on_wait) as ledger:
            ledger.judge(verdicts)
        everybody = self.people()
        return with_handle(everybody, verdicts[0].other), with_handle(everybody, verdicts[0].one)

    # -- reading ------------------------------------------------------------------------------------------------

    def recall(
        self,
        query: str,
        k: int = HITS,
        filters: Filters | None = None,
        *,
        now: datetime | None = None,
        as_of: datetime | None = None,
        facts: bool = True,
    ) -> Recollection:
        """The `k` best passages for `query`, and the probability that they hold the answer.

        `now` is when it is asked ("yesterday"), this moment by default; with `as_of` it is asked then, and only what
        was known then is searched. `facts` off: as if none had been learnt. Raises UsageError for an empty query.
        """
        from secondme.store.rows import EVERYTHING

        if not query.strip():
            raise UsageError("The question is empty.", 'For example: secondme ask "when is the dentist?"')
        filters = filters or EVERYTHING
        now = now or self.now
        if as_of is not None:
            now = min(now, as_of.astimezone(now.tzinfo))  # "this year", and what was known at its end
            filters = replace(filters, known_by=int(now.timestamp()))
        found = self.search.recollect(query, k, now, filters, facts=facts)
        return found if as_of is not None else self._less_faded(found, int(now.timestamp()))

    def ask(
        self,
        question: str,
        k: int = HITS,
        filters: Filters | None = None,
        *,
        write: bool = True,
        piped: IO[bytes] | None = None,
        now: datetime | None = None,
        as_of: datetime | None = None,
        log: bool = True,
        facts: bool = True,
    ) -> Iterator[Event]:
        """The events of an answer (secondme.records). `write` off: quotes only, no language model.

        `now`, `as_of` and `facts` are as `recall` has them. With `log` the answer can be looked at later (`why`).

        `piped` is text to answer from: it is read for this one question and not kept, nor is its answer. Memory is
        asked as well only if the answer is not in there.
        """
        from secondme.piped import piped_hits, spooled
        from secondme.recall.answer import Grounds, answer, both, likely
        from secondme.recall.prompt import always
        from secondme.recall.taught import taught
        from secondme.store.answers import Asked
        from secondme.store.rows import EVERYTHING

        begun = time.monotonic()
        trusted = write and engines.trusted(self.config, self.home.models)
        if write and question.strip():
            self.generator.start()  # it loads while we search, and reads what it is always told
            self.generator.read(always(trusted))
        found = self.recall(question, max(k, CANDIDATES), filters, now=now, as_of=as_of, facts=facts)
        weights = self.search.weights(question)
        generator = self.generator if write else None
        thinks = write and engines.thinks(self.config, self.home.models)
        known_by = as_of.timestamp() if as_of else math.inf
        lessons = taught(self.reader, question, self.embedder, filters or EVERYTHING, known_by)
        grounds = Grounds(
            found.hits, weights, self.embedder, generator, trusted, thinks, k, begun, found.answerable, found.whole
        )
        grounds = replace(grounds, taught=lessons)
        if piped is not None:
            with spooled(piped, "stdin.txt") as path:
                hits = piped_hits(path, question, self.embedder, CANDIDATES)
            own = replace(grounds.taught, ahead=(), corrections=frozenset())
            alone = replace(grounds, hits=hits, answerable=0.5, whole=len(hits) < CANDIDATES, taught=own)
            grounds = alone if likely(question, alone) else both(question, alone, grounds)
        events = answer(question, grounds)
        if log and piped is None:
            writer = generator.name if generator else ""
            asked = Asked(question, now or self.now, time.time(), k, filters or EVERYTHING, as_of, writer)
            events = self._logged(asked, events)
        yield from events

    def replay(self, name: str, *, then: bool = False) -> tuple[Given, Given]:
        """The answer of that id (or the "last" one), and what its question gets now; with `then`, what it gets of what
        was in memory when it was asked. Neither is a new answer in the log. Raises UsageError."""
        from secondme.memory.why import answer
        from secondme.recall.replaying import again
        from secondme.store.answers import given

        before = answer(self.reader, name)
        asked = again(before.asked, None if then else self.now)
        events = self.ask(
            asked.question, asked.k, asked.filters, write=bool(asked.model), now=asked.now, as_of=asked.as_of, log=False
        )
        after = given(asked, events)
        assert after is not None, "an answer ends with Done"
        return before, after

    def status(self) -> Status:
        from secondme import health

        return health.status(self.home, self.config, self.reader, engines.FAKE)

    # -- copies -------------------------------------------------------------------------------------------------

    def backup(
        self,
        path: Path,
        *,
        vectors: bool = True,
        force: bool = False,
        progress: Told = lambda doing, done, total: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Manifest:
        """Write everything into one file and read it back. Raises UsageError, DiskFull, BackupDamaged, Busy."""
        from secondme.config import shareable
        from secondme.store import backup
        from secondme.store.current import EMBEDDER

        path = Path(os.path.realpath(path))
        with self._writing(wait, on_wait) as ledger:
            made_with = ledger.meta(EMBEDDER) or ""
            order = backup.Order(path, self.home.profile, shareable(self.config), made_with, vectors, force)
            return backup.make(ledger, self._index_of(ledger), order, progress)

    def restore(
        self,
        path: Path,
        *,
        replace: bool = False,
        dry_run: bool = False,
        progress: Told = lambda doing, done, total: None,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Restored:
        """Put a backup in, with its settings where there are none.

        Raises UsageError where there are memories and not `replace`; BackupDamaged, LedgerTooNew, DiskFull, Busy.
        """
        from secondme.config import adopt
        from secondme.engine.states import clear
        from secondme.memory.restoring import Wanted, restore

        def embedder(settings: str) -> Embedder:
            if not dry_run and adopt(self.home, settings):
                self.config = load(self.home)
            return self.embedder

        with self._locked(wait, on_wait):
            self._release_reader()
            wanted = Wanted(Path(os.path.realpath(path)), replace, dry_run)
            done = restore(self.home.memories, wanted, embedder, progress)
            if not dry_run:
                clear(self.home.states)  # they hold what was here before
            return done

    def export(self, order: Order, progress: Told = lambda doing, done, total: None) -> Exported:
        """Write everything, or what passes its filters, as JSON lines and markdown. Raises UsageError, DiskFull."""
        from secondme.memory.exporting import export

        return export(self.reader, order, progress)

    def export_lines(self, out: IO[bytes], filters: Filters | None = None) -> int:
        """Write the items as JSON lines to `out`. Returns their number."""
        from secondme.memory.exporting import stream
        from secondme.store.rows import EVERYTHING

        return stream(self.reader, out, filters or EVERYTHING)

    def dismiss(self, path: Path) -> bool:
        """A backup has been deleted: forgetting need not look for it. False if it was not known."""
        from secondme.store import backup

        with self._writing(WAIT_SECONDS, lambda holder: None) as ledger:
            return backup.dismiss(ledger, Path(os.path.realpath(path)))

    def unreached(self) -> list[Path]:
        """Backups that still hold what was forgotten."""
        from secondme.store import backup

        return [known.path for known in backup.known(self.reader) if known.due]
