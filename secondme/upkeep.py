"""Me's upkeep: doctor, repair, reindex, tune. What keeps the stores whole, and changes what they are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from secondme import engines
from secondme.errors import UsageError
from secondme.parts import WAIT_SECONDS, Parts

if TYPE_CHECKING:
    from secondme.health import Finding
    from secondme.memory.reindex import Reindexed
    from secondme.recall.tuning import Order, Tuned


class Upkeep(Parts):
    """The part of Me that looks after its own stores."""

    def doctor(self) -> Iterator[Finding]:
        """Check everything, cheapest first. Changes nothing but backups that what was forgotten is still to go from."""
        from secondme import health

        yield health.python()
        yield health.sqlite()
        yield health.disk(self.home.memories)
        yield from health.models(self.home.models, self.config, engines.FAKE)
        yield from health.stores(lambda: self.reader)
        yield from health.backups(lambda: self.reader, self.purge)

    def purge(self) -> list[str]:
        """Try the backups that could not be reached again. Returns a sentence for each that still cannot."""
        from secondme.store import backup

        with self._writing(WAIT_SECONDS, lambda holder: None) as ledger:
            return backup.purge(ledger)

    def repair(
        self,
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> int:
        """Rebuild the index, its flat rows, and the words index, from the ledger. Returns the number of passages."""
        from secondme.memory.rebuild import rebuild

        embedder = self.embedder
        with self._writing(wait, on_wait) as ledger:
            return rebuild(ledger, self._index_of(ledger), embedder, progress)

    def mend_rows(self, *, wait: float = WAIT_SECONDS, on_wait: Callable[[str], None] = lambda holder: None) -> bool:
        """Copy the flat rows out of the index anew if they are all that is wrong. Nothing is embedded for that."""
        from secondme import health
        from secondme.store import fill

        if not health.only_rows(health.stores(lambda: self.reader)):
            return False
        with self._writing(wait, on_wait) as ledger:
            fill.drop(self._index_of(ledger))
            self._make_rows(ledger)
        return True

    def reindex(
        self,
        embedder: str = "",
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Reindexed:
        """Make another index beside the one in use, with the model `embedder` (default: the settings'), and then switch
        to it and to that setting. What an earlier run began is gone on with. `progress` gets passages done and in all.

        Raises UsageError where a change to yet another model is unfinished, BadSetting, ModelMissing, Busy, DiskFull,
        IndexDamaged; then the old index stays in use.
        """
        from secondme.memory.reindex import Order, reindex
        from secondme.store import current

        settings = self._differing(embedder)
        wanted = replace(self.config, **settings)  # type: ignore[arg-type]
        engine = engines.embedder(wanted, self.home.models) if settings else self.embedder
        try:
            begun = current.upcoming(self.reader)
            if begun and begun.embedder != engine.name and not embedder:
                raise _unfinished(begun.embedder, engine.name)
            order = Order(
                ledger=self.home.ledger,
                embedder=engine,
                writing=lambda seconds: self._writing(seconds, on_wait),
                settings=settings,
                follow=lambda: self._follow(settings),
                progress=progress,
                wait=wait,
            )
            return reindex(order)
        finally:
            self._release_reader()  # it may have been opened before there was a ledger
            if settings:
                engine.close()

    def tune(
        self,
        order: Order,
        progress: Callable[[int, int], None] = lambda done, total: None,
        *,
        dry_run: bool = False,
        wait: float = WAIT_SECONDS,
        on_wait: Callable[[str], None] = lambda holder: None,
    ) -> Tuned:
        """Ask questions made of this memory, and put the probability `answerable` right by what comes of them; where
        the default is as good, it counts again. `dry_run`: only measure. `progress` gets questions done and in all.

        Raises TooLittle, Busy; then what was tuned before still counts.
        """
        from secondme.recall.tuning import keep, tune

        done = tune(self.reader, self.search, order, progress)
        if not dry_run:
            with self._writing(wait, on_wait) as ledger:
                keep(ledger, done.calibration)
        return done

    def _differing(self, embedder: str) -> dict[str, str]:
        """The settings that must change for the model of that name to make the vectors."""
        if not embedder:
            return {}
        wanted = {"embedder": embedder, "embed_url": ""}
        return {key: value for key, value in wanted.items() if getattr(self.config, key) != value}


def _unfinished(begun: str, now: str) -> UsageError:
    begun, now = begun.partition("/")[0], now.partition("/")[0]
    return UsageError(
        f"A change of the index to {begun} is unfinished, and the settings name {now}.",
        f"`secondme reindex --embedder {begun}` goes on with it; `secondme reindex --embedder {now}` drops it.",
    )
