"""How long a query takes, how fast a store is built, and what it costs in bytes.

The stores are a lifetime's (benchmarks/recall/lifetime.py). Warm is `Me.recall` in one process that has the models and
has asked a few questions, end to end with embedding the question; cold is `secondme recall QUESTION` as a process.
Questions are of six kinds, as many of each: words that few passages hold; words that many hold; somebody and a topic;
somebody and a month; a month and a weekday alone; and long ones that have something of all. None is asked twice.
"""

from __future__ import annotations

import argparse
import calendar
import os
import random
import re
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import psutil

from benchmarks import making
from benchmarks.recall import lifetime
from secondme import measures
from secondme.config import Home
from secondme.me import Me
from secondme.recall.lexical import STOP_WORDS
from secondme.store.flat import FLAT
from secondme.surfaces.cli.asking import NO_ANSWER
from secondme.trials import asking

QUESTIONS = 300
PASSAGES = 10  # asked for
WARMING = 12  # questions
COLUMNS = ("questions", "p50 ms", "p95 ms", "most ms")
MONTHS = tuple(calendar.month_name)[1:]
DAYS = tuple(calendar.day_name)
FORMS = {
    "rare words": "{rare} {rare} {rare}",
    "common words": "the {common} {common} {common}",
    "person and topic": "What did {name} say about the {middling} {rare}?",
    "person and month": "What did {name} do about the {middling} in {month} {year}?",
    "month and day": "What happened on the first {day} of {month} {year}?",
    "long": "Which {common} did {person} {middling} when we {middling} the {common} {rare} last {day} with {name} and"
    " {middling}?",
}
_GAP = re.compile(r"\{(\w+)\}")


def measured(home: Path, passages: int, options: argparse.Namespace) -> dict[str, Any]:
    """The rows of one size, and what its store is."""
    store = lifetime.made(home, passages, chroma=options.chroma, embedder=options.embedder)
    asked = list(questions(passages, options.limit + WARMING))
    spent, resident = warm(home, asked, options.k, options.embedder)
    rows = [
        _row(f"{passages:,} {kind}", [s for k, s in spent if k == kind]) for kind in dict.fromkeys(k for k, _ in spent)
    ]
    rows.append(_row(f"{passages:,} all", [s for _, s in spent]))
    if options.cold:
        rows.append(
            _row(f"{passages:,} cold", cold(home, [text for _, text in asked[: options.cold]], options.embedder))
        )
    return {"rows": rows, **store, "bytes": sizes(home), "resident MB": resident}


def told(found: dict[str, Any]) -> list[str]:
    """What is to be said about a store."""
    count, seconds, each = found["passages"], found["seconds"], found["seconds a vector"]
    bytes_each = ", ".join(f"{name} {size / count:,.0f}" for name, size in found["bytes"].items())
    whole, resident = sum(found["bytes"].values()) / count, found["resident MB"]
    return [
        f"{count:,} passages: {count / seconds:,.0f}/s without the embedder; with it ({1000 * each:.1f} ms a passage)"
        f" {count / (seconds + count * each):,.0f}/s",
        f"    {whole:,.0f} bytes a passage ({bytes_each}); resident {resident['before']:,} MB with the models,"
        f" {resident['after']:,} MB after the questions",
    ]


def _row(name: str, seconds: Sequence[float]) -> dict[str, Any]:
    spent = [1000 * one for one in seconds]
    return {
        "name": name,
        "questions": len(spent),
        "p50 ms": round(statistics.median(spent), 2),
        "p95 ms": round(measures.percentile(spent, 0.95), 2),
        "most ms": round(max(spent), 2),
    }


# -- questions ------------------------------------------------------------------------------------------------------


def questions(passages: int, count: int, seed: int = 7) -> Iterator[tuple[str, str]]:
    """(kind, question), by turns. The same arguments give the same ones."""
    vocabulary, draw = making.Prose(seed, lifetime.vocabulary(passages)).vocabulary, random.Random(seed)
    words = {
        "common": [word for word in vocabulary[:150] if word not in STOP_WORDS],
        "middling": vocabulary[300:3_000],
        "rare": vocabulary[5_000:20_000],
        "person": lifetime.PEOPLE,
        "name": [name.partition(" ")[0] for name in lifetime.PEOPLE],
        "day": DAYS,
        "month": MONTHS,
        "year": [str(lifetime.BEGIN.year + n) for n in range(lifetime.YEARS)],
    }
    for number in range(count):
        kind, form = list(FORMS.items())[number % len(FORMS)]
        yield kind, _GAP.sub(lambda gap: draw.choice(words[gap[1]]), form)


# -- measuring ------------------------------------------------------------------------------------------------------


def warm(
    home: Path, asked: Sequence[tuple[str, str]], k: int, embedder: str
) -> tuple[list[tuple[str, float]], dict[str, int]]:
    """Seconds of each question after the first few, and the process's resident megabytes before and after."""
    with asking.opened(home, embedder) as me:
        me.embedder.embed(["ready"], asking=True)
        before = _resident()
        for _, text in asked[:WARMING]:
            me.recall(text, k)
        spent = [(kind, _seconds(me, text, k)) for kind, text in asked[WARMING:]]
        return spent, {"before": before, "after": _resident()}


def _seconds(me: Me, text: str, k: int) -> float:
    began = time.perf_counter()
    me.recall(text, k)
    return time.perf_counter() - began


def _resident() -> int:
    return round(psutil.Process().memory_info().rss / 1e6)


def cold(home: Path, asked: Sequence[str], embedder: str) -> list[float]:
    """Seconds of whole processes, with the files in the page cache."""
    environment = {**os.environ, "SECONDME_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    if embedder:
        (home / "config.toml").write_text(f'embedder = "{embedder}"\n', encoding="utf-8")
    spent = []
    for text in asked:
        command = [sys.executable, "-m", "secondme", "recall", text, "--json"]
        began = time.perf_counter()
        done = subprocess.run(command, stdout=subprocess.DEVNULL, env=environment)
        spent.append(time.perf_counter() - began)
        if done.returncode not in (0, NO_ANSWER):
            raise SystemExit(f"`secondme recall` failed with {done.returncode}, so its time says nothing.")
    return spent


def sizes(home: Path) -> dict[str, int]:
    """Bytes of the ledger (and what little lies beside it), of Chroma and of the flat rows."""
    memories = Home(home, home).memories
    found = dict.fromkeys(("ledger", "chroma", "flat"), 0)
    for path in memories.rglob("*"):
        if path.is_file():
            part = "flat" if path.parent.name == FLAT else "ledger" if path.parent == memories else "chroma"
            found[part] += path.stat().st_size
    return found
