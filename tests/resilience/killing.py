"""Kill an ingest at random instants, start it again, and compare with a run that nobody disturbed.

    python -m tests.resilience.killing --kills 200

Each run is a forked process that ingests a tree of some 520 mixed files with the fake embedder, in small batches so
that an instant falls into reading, staging, embedding, indexing and publishing alike. SIGKILL comes after a random part
of an undisturbed run's time. When a run gets through, everything that ledger and index hold is compared with the
undisturbed run's, and a fresh home is begun.
"""

from __future__ import annotations

import argparse
import contextlib
import hashlib
import json
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from secondme.config import Config, Home
from secondme.engine.fake import FakeEmbedder
from secondme.me import Me
from secondme.memory import batch
from secondme.store.flat import FLAT
from secondme.store.index import LAYER
from secondme.store.sweep import Sweep
from tests.resilience.tree import grow

SMALL_BATCH = 48
STATES = ("none", "planned", "read", "indexed")


@dataclass(slots=True)
class Outcome:
    """How often it was killed, how often it came through, and the journal's furthest state at each kill."""

    kills: int = 0
    finished: int = 0
    states: Counter[str] = field(default_factory=Counter)
    differences: list[str] = field(default_factory=list)


def ingest(home: Home, tree: Path) -> None:
    batch.BATCH_PASSAGES = batch.LARGEST_BATCH = SMALL_BATCH
    with Me(home, Config(model="fake", embedder="fake", timezone="Europe/Brussels"), embedder=FakeEmbedder()) as me:
        me.ingest([tree])


def holdings(home: Home) -> dict[str, Any]:
    """Everything that ledger and index hold, without row numbers and the time of writing."""
    with Me(home, Config(model="fake", embedder="fake")) as me:
        db = me.reader._db
        problems = me.reader.problems()
        held: dict[str, Any] = {
            "problems": problems,
            "journal": db.execute("SELECT * FROM journal").fetchall(),
            "trash": db.execute("SELECT * FROM trash").fetchall(),
            "sources": sorted(
                db.execute("SELECT uri, key, reader, size, mtime_ns, sha256, skipped FROM sources WHERE revision > 0")
            ),
            "unfinished sources": db.execute("SELECT uri FROM sources WHERE revision = 0").fetchall(),
            "items": sorted(db.execute("SELECT id, hash, kind, title, text, superseded FROM items")),
            "contents": sorted(
                db.execute(
                    "SELECT s.uri, i.id, i.hash, c.base, c.line, c.part, coalesce(c.time, ''),"
                    " c.revision = s.revision FROM contents c"
                    " JOIN sources s ON s.n = c.source JOIN items i ON i.n = c.item"
                )
            ),
            "passages": sorted(
                db.execute('SELECT p.id, i.hash, p.start, p."end", p.line FROM passages p JOIN items i ON i.n = p.item')
            ),
            "people": sorted(
                db.execute(
                    "SELECT i.id, h.name, h.address, h.scope, t.role, t.rank FROM takes_part t"
                    " JOIN handles h ON h.n = t.handle JOIN items i ON i.n = t.item"
                )
            ),
            "loose handles": db.execute(
                "SELECT name FROM handles h WHERE NOT EXISTS (SELECT 1 FROM takes_part WHERE handle = h.n)"
            ).fetchall(),
            "words": sorted(
                db.execute("SELECT p.id FROM words JOIN passages p ON p.n = words.rowid WHERE words MATCH 'the'")
            ),
        }
        with me.index.open() as index:
            ids = sorted(index.ids(LAYER))
            held["vectors"] = [
                (id_, hashlib.sha256(vector.round(4).tobytes()).hexdigest())
                for at in range(0, len(ids), 1000)
                for id_, vector in sorted(index.vectors(LAYER, ids[at : at + 1000]).items())
            ]
        numbers = dict(db.execute("SELECT n, id FROM passages"))
        with contextlib.closing(Sweep(me.index.path / FLAT)) as sweep:
            rows = sweep.vectors(np.array(list(numbers), np.int64)).round(4)
            held["rows"] = sorted(
                [id_, hashlib.sha256(row.tobytes()).hexdigest()]
                for id_, row in zip(numbers.values(), rows, strict=True)
            )
            others = np.array(sorted(set(range(sweep.rows)) - set(numbers)), np.int64)
            held["rows of nothing"] = others[sweep.vectors(others).any(axis=1)].tolist()
        held["rows are whole"] = [me.near.whole]
    return held


def differences(one: dict[str, Any], other: dict[str, Any]) -> list[str]:
    found = []
    for name in one:
        if one[name] != other[name]:
            lacking = [row for row in one[name] if row not in other[name]][:2]
            extra = [row for row in other[name] if row not in one[name]][:2]
            found.append(f"{name}: {len(other[name])} instead of {len(one[name])}; lacks {lacking}; has {extra}")
    return found


def forked(work: Callable[[], None], seconds: float | None = None) -> bool:
    """Run `work` in a process of its own, killed after `seconds`. True if it came through."""
    child = os.fork()
    if child == 0:
        try:
            work()
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
    deadline = None if seconds is None else time.monotonic() + seconds
    while True:
        done, status = os.waitpid(child, os.WNOHANG)
        if done:
            if os.waitstatus_to_exitcode(status) != 0:
                raise RuntimeError("the ingest failed by itself")
            return True
        if deadline is not None and time.monotonic() >= deadline:
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            return False
        time.sleep(0.002)


def furthest(home: Home) -> str:
    """The journal's furthest state."""
    if not home.ledger.exists():
        return STATES[0]
    with Me(home, Config(model="fake", embedder="fake")) as me:
        states = {state for state, _ in me.reader.journal().values()}
    return max(states, key=STATES.index, default=STATES[0])


def torment(folder: Path, kills: int, seed: int, tell: Callable[[str], None] = lambda line: None) -> Outcome:
    """Kill `kills` times and compare; `folder` is for the tree and the homes."""
    import chromadb  # noqa: F401  - before the forks, so that each of them starts at once

    dice = random.Random(seed)
    tree = folder / "tree"
    grow(tree)
    undisturbed = Home(folder / "undisturbed", folder / "undisturbed")
    begun = time.monotonic()
    forked(lambda: ingest(undisturbed, tree))
    whole = time.monotonic() - begun
    wanted: dict[str, Any] = {}

    def compare(home: Home) -> list[str]:
        nonlocal wanted
        wanted = wanted or holdings(undisturbed)
        return differences(wanted, holdings(home))

    outcome = Outcome()
    home = Home(folder / "home", folder / "home")
    tell(f"undisturbed: {whole:.1f} s, {len(list(tree.rglob('*')))} files and folders")
    while outcome.kills < kills or outcome.finished == 0:
        limit = dice.uniform(0.02, 0.4) * whole if outcome.kills < kills else None
        if forked(lambda: ingest(home, tree), limit):
            outcome.finished += 1
            found = _in_child(compare, home)
            outcome.differences += found
            tell(f"{outcome.kills} kills, came through {outcome.finished} times, {len(found)} differences")
            shutil.rmtree(home.data_dir)
        else:
            outcome.kills += 1
            outcome.states[_in_child(furthest, home)] += 1
    return outcome


def _in_child(ask: Callable[[Home], Any], home: Home) -> Any:
    """What `ask` finds, asked in a fork: a parent that had opened the stores could not fork safely any more."""
    reading, writing = os.pipe()
    child = os.fork()
    if child == 0:
        os.close(reading)
        try:
            with os.fdopen(writing, "w") as out:
                json.dump(ask(home), out)
            os._exit(0)
        except BaseException as error:
            print(f"{type(error).__name__}: {error}", file=sys.stderr)
            os._exit(1)
    os.close(writing)
    with os.fdopen(reading) as answer:
        text = answer.read()
    os.waitpid(child, 0)
    return json.loads(text)


def main() -> int:
    parser = argparse.ArgumentParser(description="Kill an ingest at random instants and compare what it leaves.")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true", help="print the outcome as one JSON object")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="secondme-killing-") as folder:
        say = (lambda line: None) if arguments.json else (lambda line: print(line, flush=True))
        outcome = torment(Path(folder), arguments.kills, arguments.seed, say)
    if arguments.json:
        states = dict(outcome.states)
        print(json.dumps({"kills": outcome.kills, "finished": outcome.finished, "states": states,
                          "differences": outcome.differences}))  # fmt: skip
    else:
        print(f"{outcome.kills} kills, {outcome.finished} comparisons; the journal stood at {dict(outcome.states)}")
        print("\n".join(outcome.differences) or "No difference.")
    return 1 if outcome.differences else 0


if __name__ == "__main__":
    sys.exit(main())
