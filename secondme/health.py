"""What `secondme doctor` and `secondme status` look at. Each check gives one Finding; none changes a memory."""

from __future__ import annotations

import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import Busy, SecondMeError
from secondme.store.index import LAYER

if TYPE_CHECKING:
    from secondme.config import Config, Home
    from secondme.store.index import Index
    from secondme.store.reading import LedgerReader
    from secondme.store.rows import Counts

SELF_QUERIES = 50
LEAST_FREE = 1 << 30


@dataclass(frozen=True, slots=True)
class Finding:
    """One check's outcome. `repairable`: `secondme doctor --repair` mends it."""

    name: str
    ok: bool
    detail: str
    hint: str = ""
    repairable: bool = False


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


def status(home: Home, config: Config, reader: LedgerReader, fake: str) -> Status:
    """`missing` are the models that the settings name and that are not on this machine."""
    from secondme.engine import fetch

    local = [id_ for id_, url in ((config.model, config.engine_url), (config.embedder, config.embed_url)) if not url]
    missing = [id_ for id_ in local if id_ != fake and not fetch.installed(home.models, fetch.find(home.models, id_))]
    size = sum(file.stat().st_size for file in home.memories.rglob("*") if file.is_file())
    answers, vectors = config.engine_url or config.model, config.embed_url or config.embedder
    return Status(home.memories, home.profile, reader.counts(), size, answers, vectors, tuple(missing))


def python() -> Finding:
    version = ".".join(map(str, sys.version_info[:3]))
    good = sys.version_info >= (3, 11)
    return Finding(
        "Python", good, version, "" if good else "Install Python 3.11 or newer, then run ./install.sh again."
    )


def sqlite() -> Finding:
    try:
        with sqlite3.connect(":memory:") as db:
            db.execute("CREATE VIRTUAL TABLE t USING fts5 (x)")
        db.close()
    except sqlite3.Error:
        return Finding(
            "SQLite", False, f"{sqlite3.sqlite_version} without FTS5", "Use a Python whose sqlite3 module has FTS5."
        )
    return Finding("SQLite", True, f"{sqlite3.sqlite_version} with FTS5")


def disk(folder: Path) -> Finding:
    # os.path.exists, for Path.exists raises below a folder that may not be entered
    existing = next(p for p in (folder, *folder.parents) if os.path.exists(p))
    free = shutil.disk_usage(existing).free
    good = free >= LEAST_FREE
    hint = "" if good else "Free some space, or move everything with SECONDME_HOME."
    return Finding("disk", good, f"{free / 1e9:.1f} GB free in {existing}", hint)


def models(folder: Path, config: Config, fake: str) -> Iterator[Finding]:
    """Each model that the settings name: there, unharmed by its sha256, and llama.cpp able to run it."""
    for id_, url, what in (
        (config.embedder, config.embed_url, "vectors"),
        (config.model, config.engine_url, "answers"),
    ):
        if url:
            yield Finding(what, True, f"from {url}: memory text is sent there")
        elif id_ == fake:
            yield Finding(what, True, "from the fake engine, for tests")
        else:
            yield _model(folder, id_, what)
    if not config.engine_url and config.model != fake:
        yield _llama(folder, config)


def _model(folder: Path, id_: str, what: str) -> Finding:
    from secondme.engine import fetch

    pull = f"`secondme models pull {id_}` fetches it."
    try:
        model = fetch.find(folder, id_)
        problems = fetch.verify(folder, model)
    except SecondMeError as error:
        return Finding(what, False, error.message, error.hint)
    if problems:
        return Finding(what, False, f"{id_}: {' '.join(problems)}", pull)
    return Finding(what, True, f"{id_}, verified by sha256")


def _llama(folder: Path, config: Config) -> Finding:
    from secondme.engine import fetch
    from secondme.engine.probe import probe

    try:
        model = fetch.find(folder, config.model)
        place = fetch.installed(folder, model)
    except SecondMeError as error:
        return Finding("llama.cpp", False, error.message, error.hint)
    outcome = probe(place / model.weights if place else None, gpu_layers=config.gpu_layers)
    return Finding("llama.cpp", outcome.ok, outcome.message, outcome.hint)


def stores(read: Callable[[], LedgerReader], index: Index) -> Iterator[Finding]:
    """The ledger, then the index against it. `read` opens the ledger, and may fail."""
    try:
        reader = read()
        yield ledger(reader)
    except SecondMeError as error:
        yield Finding("ledger", False, error.message, error.hint)
        return
    yield from index_against(reader, index)


def backups(read: Callable[[], LedgerReader], purge: Callable[[], list[str]]) -> Iterator[Finding]:
    """Whether what was forgotten is gone from the backups, too: those that could not be reached are tried again."""
    from secondme.store import backup

    try:
        known = backup.known(read())
        sentences = purge() if any(one.due for one in known) else []
    except Busy as error:
        yield Finding("backups", False, "what was forgotten is still to go from backups", error.message)
        return
    except SecondMeError:  # the ledger's own finding has said it
        return
    for sentence in sentences:
        yield Finding("backups", False, sentence, "If it was deleted: `secondme backup --gone FILE`.")
    if known and not sentences:
        yield Finding("backups", True, f"{len(known)} known, none of which holds what was forgotten")


def ledger(reader: LedgerReader) -> Finding:
    counts = reader.counts()
    if problems := reader.problems():
        only_words = all("words index" in problem for problem in problems)
        return Finding("ledger", False, "; ".join(problems), "`secondme doctor --repair`", only_words)
    return Finding("ledger", True, f"{counts.sources} sources, {counts.items} items, {counts.passages} passages, sound")


def index_against(reader: LedgerReader, index: Index) -> Iterator[Finding]:
    """The index against the ledger: the same ids, and passages that find themselves by their own vectors."""
    wanted = {found.passage.id for found in reader.all_passages()}
    repair = "`secondme doctor --repair` rebuilds the index from the ledger; nothing is lost."
    if not wanted and not index.path.exists():
        yield Finding("index", True, "empty, as is the ledger")
        return
    try:
        with index.open() as vectors:
            there = vectors.ids(LAYER)
            # what is staged may be there already; what is in the trash still, until the next ingest
            extra, missing = there - wanted - reader.passage_ids() - set(reader.trash()), wanted - there
            same = not extra and not missing
            detail = f"{len(there)} vectors" if same else f"{len(missing)} missing, {len(extra)} left over"
            yield Finding("index", same, detail, "" if same else repair, not same)
            sample = random.sample(sorted(wanted & there), min(SELF_QUERIES, len(wanted & there)))
            lost = 0
            for id_, vector in vectors.vectors(LAYER, sample).items():
                near = vectors.nearest(LAYER, vector, 10)
                # a passage whose words are another's finds that one: just as near, and as good
                lost += not any(other == id_ or nearness > 0.9999 for other, nearness in near)
            detail = f"{len(sample) - lost} of {len(sample)} passages find themselves"
            yield Finding("self-queries", not lost, detail, repair if lost else "", bool(lost))
    except SecondMeError as error:
        yield Finding("index", False, error.message, repair, True)
