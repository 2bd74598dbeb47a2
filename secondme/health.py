"""What `secondme doctor` and `secondme status` look at. Each check gives one Finding; none changes a memory."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import sqlite3
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import Busy, SecondMeError
from secondme.store.index import LAYER
from secondme.store.rows import PRESENT

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.config import Config, Home
    from secondme.store.index import Index, Vectors
    from secondme.store.reading import LedgerReader
    from secondme.store.rows import Counts

SELF_QUERIES = 50
ALIKE = 0.9999  # cosine of two vectors that stand for the same words
LIKE_ITSELF = 0.99  # cosine of a vector and its own flat row, at least: rounding costs 0.0005
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
    facts: int = 0


def status(home: Home, config: Config, reader: LedgerReader, fake: str) -> Status:
    """`missing` are the models that the settings name and that are not on this machine."""
    from secondme.engine import fetch
    from secondme.store import facts

    local = [id_ for id_, url in ((config.model, config.engine_url), (config.embedder, config.embed_url)) if not url]
    missing = [id_ for id_ in local if id_ != fake and not fetch.installed(home.models, fetch.find(home.models, id_))]
    size = sum(file.stat().st_size for file in home.memories.rglob("*") if file.is_file())
    answers, vectors = config.engine_url or config.model, config.embed_url or config.embedder
    known = facts.count(reader)[1]
    return Status(home.memories, home.profile, reader.counts(), size, answers, vectors, tuple(missing), known)


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


def stores(read: Callable[[], LedgerReader]) -> Iterator[Finding]:
    """The ledger, then the index and its flat rows against it. `read` opens the ledger, and may fail."""
    try:
        reader = read()
        yield ledger(reader)
    except SecondMeError as error:
        yield Finding("ledger", False, error.message, error.hint)
        return
    yield from vectors(reader)
    yield from unfinished(reader)


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


def vectors(reader: LedgerReader) -> Iterator[Finding]:
    """The index against the ledger, then the flat rows against the index."""
    from secondme.store import current

    index = current.index(reader)
    wanted = dict(reader.rows(f"SELECT p.n, p.id FROM passages p JOIN items i ON i.n = p.item WHERE {PRESENT}"))
    repair = "`secondme doctor --repair` rebuilds the index from the ledger; nothing is lost."
    if not wanted and not index.made:
        yield Finding("index", True, "empty, as is the ledger")
        return
    try:
        with index.open() as opened:
            there = opened.ids(LAYER)
            yield _same_ids(reader, set(wanted.values()), there, repair)
            sample = {n: wanted[n] for n in random.sample(sorted(wanted), min(SELF_QUERIES, len(wanted)))}
            stored = opened.vectors(LAYER, [id_ for id_ in sample.values() if id_ in there])
            yield _self_queries(opened, stored, repair)
    except SecondMeError as error:
        yield Finding("index", False, error.message, repair, True)
        return
    yield rows(reader, index, [n for n, id_ in wanted.items() if id_ in there], sample, stored)


def unfinished(reader: LedgerReader) -> Iterator[Finding]:
    """An index that is being made, or whose making was interrupted."""
    from secondme.store import current

    if following := current.upcoming(reader):
        model = following.embedder.partition("/")[0]
        detail = f"to {following.embedder} is unfinished; the index in use is the old one"
        yield Finding("reindex", True, detail, f"`secondme reindex --embedder {model}` goes on, unless it is at work.")


def _same_ids(reader: LedgerReader, wanted: set[str], there: set[str], repair: str) -> Finding:
    # what is staged may be there already; what is in the trash still, until the next ingest
    extra, missing = there - wanted - reader.passage_ids() - set(reader.trash()), wanted - there
    same = not extra and not missing
    detail = f"{len(there)} vectors" if same else f"{len(missing)} missing, {len(extra)} left over"
    return Finding("index", same, detail, "" if same else repair, not same)


def _self_queries(opened: Vectors, stored: Mapping[str, NDArray[np.float32]], repair: str) -> Finding:
    """Passages find themselves by their own vectors."""
    lost = 0
    for id_, vector in stored.items():
        near = opened.nearest(LAYER, vector, 10)
        # a passage whose words are another's finds that one: just as near, and as good
        lost += not any(other == id_ or nearness > ALIKE for other, nearness in near)
    detail = f"{len(stored) - lost} of {len(stored)} passages find themselves"
    return Finding("self-queries", not lost, detail, repair if lost else "", bool(lost))


def rows(
    reader: LedgerReader,
    index: Index,
    wanted: list[int],
    sample: Mapping[int, str],
    stored: Mapping[str, NDArray[np.float32]],
) -> Finding:
    """The flat rows: one for each of the passages `wanted`, and of the `sample` (number and id) with the index's own
    vector."""
    import numpy as np

    from secondme.store import current
    from secondme.store.flat import FLAT, Flat
    from secondme.store.sweep import Sweep

    flat = Flat(index.path / FLAT)
    header = flat.header
    if header is None or not header.whole or not current.fits(reader, reader.meta(current.EMBEDDER), header, flat.rows):
        return Finding("rows", True, "not made yet; the next question or ingest copies them out of the index")
    lacking = len(wanted) - int(flat.there(np.array(wanted, np.int64)).sum())
    known = {n: stored[id_] for n, id_ in sample.items() if id_ in stored}
    with contextlib.closing(Sweep(flat.folder)) as sweep:
        found = sweep.vectors(np.array(list(known), np.int64))
    wrong = sum(float(row @ vector) < LIKE_ITSELF for row, vector in zip(found, known.values(), strict=True))
    if not lacking and not wrong:
        return Finding("rows", True, f"{len(wanted)} rows for exact search")
    detail = f"{lacking} missing, {wrong} of {len(known)} with another vector than the index has"
    return Finding("rows", False, detail, "`secondme doctor --repair` copies them out of the index anew.", True)


def only_rows(findings: Iterable[Finding]) -> bool:
    """Whether the flat rows are all that is wrong with the stores."""
    return [finding.name for finding in findings if not finding.ok] == ["rows"]
