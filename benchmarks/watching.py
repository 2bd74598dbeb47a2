"""How soon is a saved note found? `secondme watch` in the background, 200 saves, and a search for each.

    python -m benchmarks.watching [--saves 200] [--notes 1000] [--burst 10000] [--fake] [--json FILE]

A memory of 1,000 notes is watched by a process of its own with the models of this installation. Notes are written,
overwritten and saved by rename in turn, each with a word of its own; the time runs from the end of the save until
`recall` in another process has returned a passage with that word. Then many files appear at once: the time until the
first and until the last of them is found, and the largest memory of the process that watches. `--fake` takes the fake
engine, which shows what is not due to the models.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil

from benchmarks.ingest import note
from secondme.config import Home, locate
from secondme.me import Me

PATIENCE = 1_800.0
LOOK = 0.02


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--saves", type=int, default=200)
    arguments.add_argument("--notes", type=int, default=1_000)
    arguments.add_argument("--burst", type=int, default=10_000)
    arguments.add_argument("--fake", action="store_true")
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
        folder, notes = Path(scratch) / "home", Path(scratch) / "notes"
        _prepare(folder, notes, options.notes, options.fake)
        with _watching(folder, notes) as process, Me(Home(folder, folder)) as me:
            latencies = [_save(me, notes, number) for number in range(options.saves)]
            burst = _burst(me, notes / "burst", options.burst, process) if options.burst else {}
    row: dict[str, Any] = {
        "saves": options.saves,
        "notes": options.notes,
        "engine": "fake" if options.fake else "real",
        "median_s": round(statistics.median(latencies), 3),
        "p95_s": round(statistics.quantiles(latencies, n=20)[-1], 3),
        "worst_s": round(max(latencies), 3),
        **burst,
    }
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    for name, value in row.items():
        print(f"{name:<16} {value}")
    if options.json:
        options.json.write_text(json.dumps(row, indent=2))


def _prepare(folder: Path, notes: Path, count: int, fake: bool) -> None:
    folder.mkdir()
    notes.mkdir()
    if fake:
        (folder / "config.toml").write_text('model = "fake"\nembedder = "fake"\n')
    else:
        (folder / "models").symlink_to(locate().models)
    random_ = random.Random(1)
    for number in range(count):
        (notes / f"note-{number:05}.md").write_text(note(random_, number, 60))


@contextmanager
def _watching(folder: Path, notes: Path) -> Iterator[psutil.Process]:
    """`secondme watch` in the background, with everything that is there taken in."""
    environment = {**os.environ, "SECONDME_HOME": str(folder)}
    command = [sys.executable, "-m", "secondme", "watch"]
    subprocess.run([*command, str(notes), "--daemon", "--eager"], check=True, env=environment, stdout=sys.stderr)
    try:
        while True:
            asked = subprocess.run([*command, "status", "--json"], env=environment, stdout=subprocess.PIPE, check=True)
            state = json.loads(asked.stdout)
            if state["last"] and not state["working"] and not state["waiting"]:
                break
            time.sleep(0.5)
        yield psutil.Process(state["pid"])
    finally:
        subprocess.run([*command, "stop"], check=False, env=environment)


def _save(me: Me, notes: Path, number: int) -> float:
    """Seconds from the end of a save until a search returns it."""
    time.sleep(0.2 + random.Random(number).random() / 2)
    word = f"heron{number:05}"
    text = f"# Note {number}\n\nOn that day the {word} stood in the pond.\n"
    if number % 3 == 0:  # a new one
        (notes / f"new-{number:05}.md").write_text(text)
    elif number % 3 == 1:  # in place
        (notes / f"note-{number:05}.md").write_text(text)
    else:  # as most editors do
        (notes / f"note-{number:05}.md.new").write_text(text)
        os.replace(notes / f"note-{number:05}.md.new", notes / f"note-{number:05}.md")
    return _found_after(me, word)


def _found_after(me: Me, word: str) -> float:
    began = time.perf_counter()
    while not any(word in hit.passage.text for hit in me.recall(word, 1).hits):
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit(f"{word} is not found")
        time.sleep(LOOK)
    return time.perf_counter() - began


def _burst(me: Me, folder: Path, count: int, process: psutil.Process) -> dict[str, Any]:
    known = me.reader.counts().sources
    folder.mkdir()

    def write() -> None:
        for number in range(count):
            (folder / f"{number:05}.md").write_text(f"Of that swarm this is the wren{number:05}.\n")

    began, first, peak = time.perf_counter(), 0.0, 0
    writer = threading.Thread(target=write)
    writer.start()
    while (found := me.reader.counts().sources - known) < count:
        first = first or (found and time.perf_counter() - began)
        peak = max(peak, process.memory_info().rss)
        if time.perf_counter() - began > PATIENCE:
            raise SystemExit(f"{found} of {count} files are found")
        time.sleep(0.02)
    seconds = time.perf_counter() - began
    writer.join()
    return {
        "burst": count,
        "burst_first_s": round(first, 2),
        "burst_last_s": round(seconds, 1),
        "peak_mb": round(peak / 1e6),
    }


if __name__ == "__main__":
    main()
