"""How long does an answer take? On the sample life, from a new process and inside a warm one.

    python -m benchmarks.asking [--rounds 5] [--json FILE]

Cold: `secondme ask --json` as a whole process. Warm: the same questions again in one process that holds the models. For
both: seconds until the first text and until the end, medians over the rounds and five questions; and the largest
resident memory of the process and the model's process together.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

import psutil

from secondme.config import Home, load, locate
from secondme.me import Me
from secondme.records import Cited, Done

HERE = Path(__file__).resolve().parent.parent
QUESTIONS = (
    "when does my flight to Lisbon leave?",
    "how much did the new bike cost?",
    "which tooth did the dentist fill?",
    "what will the hallway shelf cost me?",
    "where does the choir rehearse now?",
)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=5)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
        home = Path(scratch)
        (home / "models").symlink_to(locate().models)
        ingest = [sys.executable, "-m", "secondme", "ingest", str(HERE / "assets" / "sample"), "--report", "json"]
        subprocess.run(ingest, stdout=subprocess.DEVNULL, env={**os.environ, "SECONDME_HOME": str(home)})
        cold = [_cold(home, q) for _ in range(options.rounds) for q in QUESTIONS]
        with Me(Home(home, home), load(locate())) as me:
            for q in QUESTIONS:
                list(me.ask(q))
            warm = [_warm(me, q) for _ in range(options.rounds) for q in QUESTIONS]
            own = psutil.Process()
            peak = sum(p.memory_info().rss for p in (own, *own.children(recursive=True))) / 1e6
    rows = {
        "cold": {
            "total_s": _median(cold, "total"),
            "first_text_s": _median(cold, "first"),
            "peak_mb": round(max(c["peak"] for c in cold)),
        },
        "warm": {"total_s": _median(warm, "total"), "first_text_s": _median(warm, "first"), "peak_mb": round(peak)},
    }
    print(
        f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {options.rounds} rounds of {len(QUESTIONS)} questions"
    )
    for name, row in rows.items():
        print(
            f"{name:<5} first text {row['first_text_s']:.2f} s, total {row['total_s']:.2f} s, peak {row['peak_mb']} MB"
        )
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


def _median(rows: list[dict[str, Any]], key: str) -> float:
    return round(statistics.median(row[key] for row in rows), 3)


def _cold(home: Path, question: str) -> dict[str, float]:
    """A new process; its first text is when the first line comes through the pipe."""
    began = time.perf_counter()
    with subprocess.Popen(
        [sys.executable, "-m", "secondme", "ask", question],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={**os.environ, "SECONDME_HOME": str(home)},
    ) as process:
        assert process.stdout is not None
        watched = psutil.Process(process.pid)
        watcher = threading.Thread(target=_watch, args=(watched, peaks := [0]))
        watcher.start()
        process.stdout.readline()
        first = time.perf_counter() - began
        process.stdout.read()
    total = time.perf_counter() - began
    watcher.join()
    return {"first": first, "total": total, "peak": max(peaks) / 1e6}


def _watch(process: psutil.Process, peaks: list[int]) -> None:
    """Resident bytes of the process and its children, the model's among them, twenty times a second until it ends."""
    while True:
        try:
            peaks.append(sum(p.memory_info().rss for p in (process, *process.children(recursive=True))))
        except psutil.Error:
            return
        time.sleep(0.05)


def _warm(me: Me, question: str) -> dict[str, float]:
    began = time.perf_counter()
    first = 0.0
    for event in me.ask(question):
        if isinstance(event, Cited) and not first:
            first = time.perf_counter() - began
        if isinstance(event, Done):
            return {"first": first or time.perf_counter() - began, "total": time.perf_counter() - began}
    raise AssertionError("an answer ends with Done")


if __name__ == "__main__":
    main()
