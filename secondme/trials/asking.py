"""Stores into homes of their own, and questions to them: files, ingest, `Me.recall`, and back to units by place.

Knows the product's surface only: what a passage is, which source and line it stands at. A passage is never told by
its text. Times without a zone are UTC, so that a run is the same everywhere.
"""

from __future__ import annotations

import contextlib
import json
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from secondme.config import Config, Home, load, locate
from secondme.errors import UsageError
from secondme.me import Me
from secondme.records import Hit
from secondme.trials.questions import Asked, Question, Store, Turn

Place = Callable[[Hit], tuple[str, str] | None]
PASSAGES = 60  # asked for, so that 20 units are among them where long ones are several passages


def asked(
    store: Store,
    home: Path,
    k: int = PASSAGES,
    embedder: str = "",
    tell: Callable[[str], None] = lambda sentence: None,
) -> list[Asked]:
    """Ingest the store into `home` (what is there already is not read again) and ask its questions."""
    with opened(home, embedder) as me:
        paths = write_chats(store, home / "sources")
        report = me.ingest(paths)
        if report.skipped:
            raise UsageError(f"{store.name}: {report.skipped[0].source} {report.skipped[0].reason}.")
        tell(f"{store.name}: {sum(map(len, store.chats.values()))} messages in {report.seconds:.1f} s")
        place = line_of(store.chats)
        return [timed(me, question, k, place)[1] for question in store.questions]


@contextlib.contextmanager
def homes(keep: Path | None) -> Iterator[Path]:
    """The folder that homes are made in: one that is kept, or one that goes."""
    if keep:
        keep.mkdir(parents=True, exist_ok=True)
        yield keep
    else:
        with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
            yield Path(scratch)


def opened(home: Path, embedder: str = "") -> Me:
    """A memory at `home` with the installed models and the settings' own defaults."""
    home.mkdir(parents=True, exist_ok=True)
    models = home / "models"
    if not models.exists() and not models.is_symlink():
        models.symlink_to(locate().models)
    config: Config = replace(load(locate()), timezone="UTC")
    return Me(Home(home, home), replace(config, embedder=embedder) if embedder else config)


def write_chats(store: Store, folder: Path) -> list[Path]:
    """Each chat as JSON lines, one message a line. A file that is there with the same text is left as it is."""
    folder.mkdir(parents=True, exist_ok=True)
    paths = []
    for name, turns in store.chats.items():
        path = folder / name
        text = "".join(json.dumps(turn.record, ensure_ascii=False) + "\n" for turn in turns)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
        paths.append(path)
    return paths


def timed(me: Me, question: Question, k: int, place: Place) -> tuple[Sequence[Hit], Asked]:
    """The hits, and what they come to. `place` gives the unit and the session of a hit, or None."""
    began = time.perf_counter()
    recollection = me.recall(question.text, k, now=question.now)
    seconds = time.perf_counter() - began
    hits = recollection.hits
    places = [found for hit in hits if (found := place(hit)) is not None]
    units, sessions = distinct(unit for unit, _ in places), distinct(session for _, session in places)
    return hits, Asked(question, units, sessions, recollection.answerable, hits[0].score if hits else 0.0, seconds)


def line_of(chats: Mapping[str, list[Turn]]) -> Place:
    """Places of hits in chats as `write_chats` writes them: line `n` of a file is its message `n`."""

    def place(hit: Hit) -> tuple[str, str] | None:
        turns = chats.get(Path(hit.source).name, [])
        if not 0 < hit.passage.line <= len(turns):
            return None
        turn = turns[hit.passage.line - 1]
        return turn.unit, turn.session

    return place


def distinct(names: Iterable[str]) -> tuple[str, ...]:
    """Each once, in the order of its first."""
    return tuple(dict.fromkeys(names))
