"""Backups: made, verified, remembered, and reached by forgetting.

The ledger remembers where its backups were written. When something is forgotten, each of them is `due` in the same
transaction, and `purge` rewrites those that it can reach; the others stay due and are tried again. Killed anywhere, a
backup is the old one or the new one, and what was begun is wiped by the next writer (`tidy`).
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from pathlib import Path

from secondme import __version__
from secondme.errors import BackupDamaged, DiskFull, NoSuchPath, SecondMeError, UsageError
from secondme.store import bundle, current
from secondme.store.bundle import LEDGER, SETTINGS, VECTORS, Manifest, Progress, silent, unwritable
from secondme.store.index import Index
from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.striking import in_step, lists, strike
from secondme.store.wiping import keep_name, replace_over, scratch, wipe

SCRATCH = "backup.tmp"  # in the profile's folder
_LOOSE = 0.25  # of a ledger's pages free: then the copy is packed, for free pages are no content


@dataclass(frozen=True, slots=True)
class Order:
    """What to write: `settings` is the text of a config.toml, `embedder` the name of what made the vectors."""

    path: Path
    profile: str
    settings: str
    embedder: str
    vectors: bool = True
    force: bool = False


@dataclass(frozen=True, slots=True)
class Known:
    """A backup that a ledger remembers: of which ledger it is a copy, by its id; `due`: it may still hold what has been
    forgotten since."""

    path: Path
    ledger: str
    due: bool


def make(ledger: Ledger, index: Index, order: Order, progress: Progress = silent) -> Manifest:
    """Write a backup, read it back, and only then give it its name. The caller holds the home's write lock.

    Raises UsageError, NoSuchPath, DiskFull, BackupDamaged; then there is no trace of it.
    """
    path, folder = order.path, ledger.path.parent
    if not (ledger.counts().sources or ledger.counts().items):
        raise UsageError("There is nothing in memory to back up.", "`secondme ingest ~/notes` takes something in.")
    _refuse(order, folder)
    part = part_of(path)
    _enough_room(ledger, index if order.vectors else None, path)
    try:
        with _noted(ledger, path), scratch(folder / SCRATCH) as place:
            manifest = _copied(ledger, place, order, progress)
            with contextlib.ExitStack() as stack:
                members: list[tuple[str, Path | bytes]] = [(LEDGER, place / LEDGER)]
                members.append((SETTINGS, order.settings.encode()))
                if order.vectors and index.path.is_dir():
                    members += bundle.files_below(stack.enter_context(index.at_rest()))
                if len(members) == 2:
                    manifest = replace(manifest, embedder="")
                wipe(part)
                bundle.write(part, manifest, members, progress)
            wipe(place / LEDGER)
            manifest = _verified(part, place, progress)
            _refuse(order, folder)
            _rename(part, path)
    except BaseException:
        wipe(part)
        raise
    return manifest


def _verified(part: Path, place: Path, progress: Progress) -> Manifest:
    try:
        return verify(part, place, progress)
    except BackupDamaged as error:
        hint = "No backup was made. `secondme doctor` checks the ledger; if that is sound, take another disk."
        raise BackupDamaged(error.message, hint) from error


def verify(path: Path, place: Path, progress: Progress = silent) -> Manifest:
    """Read a backup back: every member's hash, and its ledger's soundness and counts, in the folder `place`."""
    manifest = bundle.check(path, progress)
    bundle.extract(path, manifest, [LEDGER], place, progress)
    reader = LedgerReader(place / LEDGER)
    try:
        if problems := reader.problems():
            raise BackupDamaged(f"{path} holds a damaged ledger: {problems[0]}.")
        if asdict(reader.counts()) != manifest.counts:
            raise BackupDamaged(f"{path} does not hold as much as its manifest says.")
    finally:
        reader.close()
    return manifest


def part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


def _refuse(order: Order, folder: Path) -> None:
    path = order.path
    if path.is_dir():
        raise UsageError(f"{path} is a folder.", f"Name a file: secondme backup {path / 'secondme.zip'}")
    if not path.parent.is_dir():
        raise NoSuchPath(f"There is no folder {path.parent}.")
    if path.is_relative_to(folder.resolve()):
        raise UsageError(f"{path} is within the memory itself.", "Name a place outside, best on another disk.")
    if path.exists() and not (order.force and path.is_file()):
        raise UsageError(f"{path} is there already.", "Name another file, or say --force to replace it.")


def _enough_room(ledger: Ledger, index: Index | None, path: Path) -> None:
    """For the copy in the home, and for the backup itself, of which the ledger shrinks to half or less."""
    size = ledger.path.stat().st_size
    vectors = sum(file.stat().st_size for file in index.path.rglob("*") if file.is_file()) if index else 0
    needed = {ledger.path.parent: size, path.parent: size // 2 + vectors}
    if ledger.path.parent.stat().st_dev == path.parent.stat().st_dev:
        needed = {path.parent: size + size // 2 + vectors}
    for place, number in needed.items():
        room(place, number, "The backup")


def room(place: Path, needed: int, what: str) -> None:
    free = shutil.disk_usage(place).free
    if free < needed:
        sizes = f"{needed / 1e6:,.1f} MB, and {free / 1e6:,.1f} MB are free"
        raise DiskFull(f"{what} needs {sizes} in {place}.", "Free some space, or name another disk.")


def _copied(ledger: Ledger, place: Path, order: Order, progress: Progress) -> Manifest:
    """The ledger in `place`, without what an ingest has staged; and what to say of it."""
    ledger.copy_to(place / LEDGER, lambda done, total: progress("copying the ledger", done, total))
    copy = Ledger(place / LEDGER)
    try:
        copy.recover(everything=True)
        copy.change("UPDATE backups SET writing = 0")
        copy.change("DELETE FROM meta WHERE key = ?", [(key,) for key in current.HERE])
        ((pages, loose),) = copy.rows("SELECT * FROM pragma_page_count, pragma_freelist_count")
        if loose > pages * _LOOSE:
            copy.scrub()
        return _described(copy, order.profile, order.embedder)
    finally:
        copy.close()


def _described(copy: Ledger, profile: str, embedder: str) -> Manifest:
    now = datetime.now().astimezone().isoformat(timespec="seconds")
    return Manifest(__version__, now, profile, copy.meta(current.ID) or "", embedder, asdict(copy.counts()))


def _rename(part: Path, path: Path) -> None:
    try:
        part.replace(path)
    except OSError as error:
        raise unwritable(path, error) from error
    keep_name(path)


# -- where backups are ----------------------------------------------------------------------------------------------


def known(reader: LedgerReader) -> list[Known]:
    rows = reader.rows("SELECT path, ledger, due FROM backups ORDER BY path")
    return [Known(Path(os.fsdecode(path)), id_, bool(due)) for path, id_, due in rows]


def note(ledger: Ledger, one: Known) -> None:
    """Remember a backup."""
    ledger.change(
        "INSERT INTO backups VALUES (?, ?, 0, ?) ON CONFLICT (path) DO UPDATE"
        " SET ledger = excluded.ledger, writing = 0, due = excluded.due",
        [(os.fsencode(one.path), one.ledger, one.due)],
    )


def dismiss(ledger: Ledger, path: Path) -> bool:
    """Do not look for this backup any more. False if it was not known."""
    there = any(one.path == path for one in known(ledger))
    ledger.change("DELETE FROM backups WHERE path = ?", [(os.fsencode(path),)])
    return there


@contextlib.contextmanager
def _noted(ledger: Ledger, path: Path) -> Iterator[None]:
    """Note beforehand where text is about to be written, so that forgetting finds it whatever happens."""
    before = [one for one in known(ledger) if one.path == path]
    ledger.change(
        "INSERT INTO backups VALUES (?, ?, 1, 0) ON CONFLICT (path) DO UPDATE SET writing = 1",
        [(os.fsencode(path), current.identity(ledger))],
    )
    try:
        yield
    except BaseException:
        dismiss(ledger, path)
        for one in before:
            note(ledger, one)
        raise
    note(ledger, Known(path, current.identity(ledger), due=False))


def tidy(ledger: Ledger) -> None:
    """Wipe what a killed backup left. For the holder of the write lock."""
    folder = ledger.path.parent
    if (folder / SCRATCH).exists():
        wipe(folder / SCRATCH)
    for (name,) in list(ledger.rows("SELECT path FROM backups WHERE writing = 1")):
        path = Path(os.fsdecode(name))
        if path.parent.is_dir():  # a drive that is away keeps it for later
            wipe(part_of(path))
            kept = "UPDATE backups SET writing = 0" if path.exists() else "DELETE FROM backups"
            ledger.change(f"{kept} WHERE path = ?", [(name,)])


# -- forgetting in backups ------------------------------------------------------------------------------------------


def due(ledger: Ledger) -> None:
    """Something is being forgotten: every backup may hold it."""
    ledger.change("UPDATE backups SET due = 1")


def purge(ledger: Ledger) -> list[str]:
    """Take what was forgotten out of every backup that is due and can be reached. The caller holds the write lock.

    Returns a sentence for each of the others.
    """
    sentences = []
    for one in known(ledger):
        if not one.due:
            continue
        try:
            _strike_from(one, ledger)
        except SecondMeError as error:
            sentences.append(_still_there(one.path, error))
        else:
            ledger.change("UPDATE backups SET due = 0 WHERE path = ?", [(os.fsencode(one.path),)])
    return sentences


def _still_there(path: Path, error: SecondMeError) -> str:
    if isinstance(error, NoSuchPath):
        return unreached(path)
    why = error.message.rstrip(".")
    return f"The backup {path} could not be rewritten: {why}. It still holds what was forgotten; delete it."


def unreached(path: Path) -> str:
    return (
        f"The backup {path} could not be reached; it still holds what was forgotten."
        " Run `secondme forget` again when it is there, or delete it."
    )


def _strike_from(one: Known, ledger: Ledger) -> None:
    """Rewrite one backup without what has been forgotten. Nothing is written if it does not hold any of it."""
    path = Path(os.path.realpath(one.path))  # a link to it stays one
    manifest = bundle.check(path)
    if manifest.ledger != one.ledger:
        return  # another memory's backup lies there now
    with scratch(ledger.path.parent / SCRATCH) as place:
        room(place, manifest.size, "Rewriting a backup")
        bundle.extract(path, manifest, [LEDGER], place)
        copy = Ledger(place / LEDGER)
        try:
            copy.recover(everything=True)
            if not strike(copy, lists(ledger), ledger).any:
                return
            vectors = manifest.vectors and _struck_vectors(path, manifest, copy, place)
            copy.empty_trash()
            copy.scrub()
            changed = replace(manifest, counts=asdict(copy.counts()), members={})
        finally:
            copy.close()
        members: list[tuple[str, Path | bytes]] = [(LEDGER, place / LEDGER)]
        members.append((SETTINGS, bundle.text_of(path, SETTINGS).encode()))
        members += bundle.files_below(place / VECTORS) if vectors else []
        _rewrite(path, changed if vectors else replace(changed, embedder=""), members, place)


def _struck_vectors(path: Path, manifest: Manifest, copy: Ledger, place: Path) -> bool:
    """Unpack the index without the vectors in the ledger's trash. False if it is no index any more: left out then."""
    names = [name for name in manifest.members if name.startswith(f"{VECTORS}/")]
    bundle.extract(path, manifest, names, place)
    return in_step(Index(place / VECTORS), copy)


def _rewrite(path: Path, manifest: Manifest, members: list[tuple[str, Path | bytes]], place: Path) -> None:
    part = part_of(path)
    wipe(part)
    try:
        bundle.write(part, manifest, members)
        with scratch(place / "check") as check:
            verify(part, check)
        replace_over(part, path)
    except BaseException:
        wipe(part)
        raise
