"""A backup back into a home: checked as a whole, made ready beside what is there, then exchanged.

What was forgotten since the backup was made stays forgotten: the digests in the home's ledger are applied to the
restored one, and go on with it. Vectors come from the backup where they fit the settings, else they are made anew.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from secondme.errors import BackupDamaged, BadSetting, EngineError, LedgerDamaged, UsageError
from secondme.memory.rebuild import rebuild
from secondme.store import backup, bundle, exchange
from secondme.store.bundle import LEDGER, VECTORS, Manifest, Progress, silent
from secondme.store.current import EMBEDDER
from secondme.store.index import Index
from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import Counts
from secondme.store.striking import Lists, Struck, in_step, lists, strike

if TYPE_CHECKING:
    from secondme.engine import Embedder

Vectors = Literal["kept", "rebuilt", "missing"]


@dataclass(frozen=True, slots=True)
class Restored:
    """What a restore did, or with `dry_run` would do. `left_out` had been forgotten since. `vectors`: taken from the
    backup, made anew, or missing, as the embedder is not on this machine. `unsure`: the ledger that was there cannot be
    read, so nobody knows what had been forgotten in it."""

    manifest: Manifest
    counts: Counts
    left_out: Struck
    vectors: Vectors
    replaced: bool
    unsure: bool


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which backup, and whether it may take the place of memories that are there."""

    path: Path
    replace: bool = False
    dry_run: bool = False


def restore(folder: Path, wanted: Wanted, embedder: Callable[[str], Embedder], progress: Progress = silent) -> Restored:
    """Put a backup into the profile's `folder`. The caller holds its write lock and has nothing open.

    `embedder` gets the backup's settings (a config.toml) and gives what makes vectors.
    Raises BackupDamaged, LedgerTooNew, NoSuchPath, UsageError, DiskFull; then the home is as it was.
    """
    path, replace = wanted.path, wanted.replace
    manifest = bundle.check(path, progress)
    backup.room(folder, manifest.size + manifest.members[LEDGER].size, "Restoring")
    with exchange.made_ready(folder) as place:
        with _readable(folder / LEDGER) as current:
            occupied = current is None or bool(current.counts().sources or current.counts().items)
            if occupied and not replace:
                raise _occupied(current)
            names = [name for name in manifest.members if name != bundle.SETTINGS]
            bundle.extract(path, manifest, names, place, progress)
            # who says to replace an empty home wants the backup as it is
            applied = lists(current) if current and (occupied or not replace) else Lists()
            with _opened(path, manifest, place) as ledger:
                left_out = strike(ledger, applied, current)
                vectors = _vectors(ledger, Index(place / VECTORS), manifest, wanted, embedder, progress)
                _carry_over(ledger, current, backup.Known(path, manifest.ledger, left_out.any))
                outcome = Restored(manifest, ledger.counts(), left_out, vectors, occupied, current is None)
                ledger.empty_trash()
                ledger.scrub()
        if not wanted.dry_run:
            exchange.put_in(folder)
    return outcome


@contextlib.contextmanager
def _readable(path: Path) -> Iterator[LedgerReader | None]:
    """The ledger that is there; None if it is damaged."""
    try:
        reader = LedgerReader(path)
    except LedgerDamaged:
        yield None
        return
    with contextlib.closing(reader):
        yield None if reader.problems() else reader


def _occupied(current: LedgerReader | None) -> UsageError:
    if current is None:
        return UsageError("The ledger in this home is damaged.", "Say --replace to put the backup in its place.")
    counts = current.counts()
    return UsageError(
        f"This home holds memories already: {counts.sources} sources, {counts.items} items.",
        "Say --replace to put the backup in their place, or `secondme --profile NAME restore` to keep both.",
    )


@contextlib.contextmanager
def _opened(path: Path, manifest: Manifest, place: Path) -> Iterator[Ledger]:
    """The unpacked ledger, sound and complete."""
    try:
        ledger = Ledger(place / LEDGER)
    except LedgerDamaged as error:
        raise BackupDamaged(f"{path} holds a damaged ledger.") from error
    with contextlib.closing(ledger):
        if ledger.problems() or asdict(ledger.counts()) != manifest.counts:
            raise BackupDamaged(f"{path} holds a damaged ledger, or another one than its manifest says.")
        ledger.recover(everything=True)
        yield ledger


def _vectors(
    ledger: Ledger,
    index: Index,
    manifest: Manifest,
    wanted: Wanted,
    embedder: Callable[[str], Embedder],
    progress: Progress,
) -> Vectors:
    """See to it that the index fits the ledger and the settings."""
    fits = manifest.vectors and in_step(index, ledger)
    if not ledger.passage_ids():
        return "kept"
    try:
        engine = embedder(bundle.text_of(wanted.path, bundle.SETTINGS))
    except (EngineError, BadSetting):
        engine = None
    if fits and (engine is None or engine.name == ledger.meta(EMBEDDER)):
        return "kept"
    if engine is None:
        shutil.rmtree(index.path, ignore_errors=True)
        return "missing"
    if not wanted.dry_run:
        rebuild(ledger, index, engine, lambda done, total: progress("embedding", done, total))
    return "rebuilt"


def _carry_over(ledger: Ledger, current: LedgerReader | None, restored: backup.Known) -> None:
    """What the restored ledger must know of the time since: where backups are, and that everything has changed."""
    for known in (*(backup.known(current) if current else ()), restored):
        backup.note(ledger, known)
    if restored.due:
        backup.due(ledger)
    generation = max(ledger.generation, current.generation if current else 0)
    ledger.set_meta("generation", str(generation + 1))
