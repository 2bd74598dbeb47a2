"""What learning costs: reading passages by rules and by the model, and whether ingest gets slower for it.

Rules read everything that the three conversations or the sample life hold; the model reads for a while (--budget), and
its time and tokens are put per 1,000 passages, too. Ingest waits for neither, but an edited file takes what was learnt
from it along: notes are written, taken in, edited and taken in again, in a home that has learnt from them and in one
that has not, by turns.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.ingest import VERBS, WORDS
from benchmarks.recall import life
from secondme.me import Me
from secondme.trials import asking, locomo

READING = ("passages", "facts", "refused", "s", "s/1,000", "tokens/1,000")
TAKING_IN = ("notes", "new, s", "edited, s", "edited, learnt, s", "slower")
NAMES = ("Anna", "Jonas", "Mira", "Tom", "Wout", "Lena", "Pieter", "Zoe")
TURNS = 3


@dataclass(frozen=True, slots=True)
class Way:
    """`budget` seconds for the model, 0: it is not asked; `notes` to take in."""

    budget: float = 60.0
    notes: int = 300
    embedder: str = ""
    tell: Callable[[str], None] = lambda sentence: None


def measured(data: Path | None, folder: Path, way: Way) -> dict[str, Any]:
    read = list(_reading(data, folder, way))
    tables = [
        {"title": "reading for facts", "columns": READING, "rows": read},
        {"title": "taking in notes, seconds of the processor", "columns": TAKING_IN, "rows": [_taking_in(folder, way)]},
    ]
    return {"benchmark": "cost", "tables": tables, "notes": []}


# -- reading ----------------------------------------------------------------------------------------------------------


def _reading(data: Path | None, folder: Path, way: Way) -> Iterator[dict[str, Any]]:
    for store in locomo.stores(data) if data else []:
        home = folder / store.name
        yield _read(store.name, home, asking.write_chats(store, home / "sources"), way)
    sample = [life.LIVES["sample"][0]]
    yield _read("sample life", folder / "sample", sample, way)
    if way.budget:
        yield _read("sample life, by the model", folder / "sample", sample, way, model=True)


def _read(name: str, home: Path, paths: Sequence[Path], way: Way, *, model: bool = False) -> dict[str, Any]:
    with asking.opened(home, way.embedder) as me:
        me.ingest(paths)
        if model:
            me.generator.start()
        before, began = len(me.facts(everything=True)), time.perf_counter()
        learnt = me.reflect(model=True, budget=way.budget) if model else me.reflect()
        seconds = time.perf_counter() - began
        way.tell(f"{name}: {learnt.passages} passages")
        each = 1_000 / learnt.passages if learnt.passages else 0.0
        return {
            "name": name,
            "passages": learnt.passages,
            "facts": len(me.facts(everything=True)) - before,
            "refused": sum(learnt.refused.values()),
            "s": round(seconds, 2),
            "s/1,000": f"{seconds * each:.1f}",
            "tokens/1,000": round(learnt.tokens * each),
        }


# -- taking in --------------------------------------------------------------------------------------------------------


def _taking_in(folder: Path, way: Way) -> dict[str, Any]:
    """Medians of a few turns; which home comes first changes from turn to turn."""
    new, edited = list[float](), {False: list[float](), True: list[float]()}
    for turn in range(TURNS):
        for learns in (False, True) if turn % 2 else (True, False):
            first, second = _twice(folder / f"notes-{turn}-{learns}", way, turn, learns)
            new.append(first)
            edited[learns].append(second)
        way.tell(f"notes: turn {turn + 1} of {TURNS}")
    plain, learnt = median(edited[False]), median(edited[True])
    return {
        "name": "notes",
        "notes": way.notes,
        "new, s": round(median(new), 2),
        "edited, s": round(plain, 2),
        "edited, learnt, s": round(learnt, 2),
        "slower": round(learnt / plain - 1, 4),
    }


def _twice(home: Path, way: Way, seed: int, learns: bool) -> tuple[float, float]:
    """Seconds of taking in notes, and of taking them in again when each has another line."""
    notes = home / "sources"
    _write(notes, way.notes, random.Random(seed), "")
    with asking.opened(home, way.embedder) as me:
        first = _seconds(me, notes)
        if learns:
            me.reflect()
        _write(notes, way.notes, random.Random(seed), "I bought a red kettle for Anna.\n")
        return first, _seconds(me, notes)


def _seconds(me: Me, notes: Path) -> float:
    """Of the processor, so that what else runs does not count."""
    began = time.process_time()
    me.ingest([notes])
    return time.process_time() - began


def _write(folder: Path, count: int, draw: random.Random, last: str) -> None:
    """Notes of some hundred words, every third sentence of which tells something of somebody."""
    folder.mkdir(parents=True, exist_ok=True)
    for n in range(count):
        lines = [f"# Note {n}\n"]
        for m in range(15):
            name, thing = draw.choice(NAMES), draw.choice(WORDS)
            told = (f"{name} has a {thing}.", f"I live in {thing.title()}{n}.", f"My {thing} is {draw.randrange(999)}.")
            lines.append(
                told[m % 9 // 3] if m % 3 == 0 else f"The {thing} {draw.choice(VERBS)} the {draw.choice(WORDS)}."
            )
        (folder / f"note-{n:04}.md").write_text("\n".join(lines) + f"\n{last}", encoding="utf-8")
