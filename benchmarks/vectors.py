"""Exact search over flat rows: how long, how much memory, and what rounding and searching by signs lose.

    python -m benchmarks.vectors [--rows 100000 1000000] [--near FILE.npy] [--queries 100] [--json FILE]

Rows are made up, with a spectrum that falls as that of sentences does, so that some are much nearer than others. With
`--near` they are made of real vectors (an array of float32, rows of length 1): each one, and then sums of one with the
difference of two others, which keeps their shape. Recall is of the 100 nearest by float32. What else ran is told by
the load; anonymous memory is what the search needs, the mapped files are the page cache's.
"""

from __future__ import annotations

import argparse
import json
import os
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from secondme.store.flat import Flat, Header
from secondme.store.sweep import Sweep

Vectors = NDArray[np.float32]
DIMENSION, PIECE, WANTED = 384, 20_000, 100


def unit(rows: Any) -> Vectors:
    rows = np.asarray(rows, np.float32)
    return np.asarray(rows / np.linalg.norm(rows, axis=1, keepdims=True), np.float32)


def made(count: int, base: Vectors, dice: np.random.Generator) -> Vectors:
    """`count` vectors of the kind of `base`."""
    one, two, three = (base[dice.integers(0, len(base), count)] for _ in range(3))
    return unit(one + 0.4 * (two - three))


def spectrum(count: int, dice: np.random.Generator) -> Vectors:
    """Directions of which the n-th principal component has a variance as 1 / (n + 10)."""
    turned, _ = np.linalg.qr(dice.normal(size=(DIMENSION, DIMENSION)))
    return unit(dice.normal(size=(count, DIMENSION)) / np.sqrt(np.arange(DIMENSION) + 10) @ turned)


def anonymous() -> float:
    """Megabytes of this process that are not files; 0 where the system does not tell."""
    status = Path("/proc/self/status")
    lines = status.read_text().splitlines() if status.exists() else []
    return next((int(line.split()[1]) / 1e3 for line in lines if line.startswith("RssAnon")), 0.0)


def measure(rows: int, base: Vectors, queries: Vectors) -> dict[str, float]:
    dice = np.random.default_rng(rows)
    exact: list[tuple[NDArray[np.float32], NDArray[np.int64]]] = [
        (np.zeros(0, np.float32), np.zeros(0, np.int64))
    ] * len(queries)
    with tempfile.TemporaryDirectory() as scratch:
        flat = Flat(Path(scratch) / "flat")
        flat.begin(Header(base.shape[1], "made up", ""))
        begun = time.perf_counter()
        for at in range(0, rows, PIECE):
            count = min(PIECE, rows - at)
            piece = base[at : at + count] if at + count <= len(base) else made(count, base, dice)
            flat.write(np.arange(at, at + count), piece)
            exact = [_merged(best, piece @ query, at) for best, query in zip(exact, queries, strict=True)]
        flat.finish()
        written = time.perf_counter() - begun
        sweep, before, spent, found = Sweep(flat.folder), anonymous(), [], []
        for query in queries:
            begun = time.perf_counter()
            ((numbers, _),) = sweep.nearest(query[None], WANTED)
            spent.append((time.perf_counter() - begun) * 1e3)
            found.append(numbers)
        recall = np.mean([len(np.intersect1d(a, b)) / WANTED for a, (_, b) in zip(found, exact, strict=True)])
        bytes_ = sum(path.stat().st_size for path in flat.folder.iterdir())
        told = {
            "rows": rows,
            "p50_ms": float(np.median(spent)),
            "p95_ms": float(np.quantile(spent, 0.95)),
            "recall_at_100": float(recall),
            "anonymous_mb": max(0.0, anonymous() - before),
            "bytes_per_row": bytes_ / rows,
            "rows_per_s": rows / written,
        }
        sweep.close()
    return told


def _merged(
    best: tuple[NDArray[np.float32], NDArray[np.int64]], cosines: NDArray[np.float32], at: int
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    every = np.concatenate([best[0], cosines])
    numbers = np.concatenate([best[1], np.arange(at, at + len(cosines))])
    order = np.argsort(-every)[:WANTED]
    return every[order], numbers[order]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rows", type=int, nargs="+", default=[10_000, 100_000, 1_000_000])
    arguments.add_argument("--near", type=Path)
    arguments.add_argument("--queries", type=int, default=100)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    dice = np.random.default_rng(1)
    base = unit(np.load(options.near)) if options.near else spectrum(PIECE, dice)
    queries = made(options.queries, base, dice)
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}; {options.queries} queries, the 100 nearest")
    outcome = []
    for rows in options.rows:
        told = measure(rows, base, queries)
        outcome.append(told)
        print(
            f"{rows:>9,} rows  p50 {told['p50_ms']:6.1f}  p95 {told['p95_ms']:6.1f} ms   recall@100"
            f" {told['recall_at_100']:.4f}   {told['anonymous_mb']:4.0f} MB   {told['bytes_per_row']:.0f} bytes a row"
        )
    if options.json:
        options.json.write_text(json.dumps(outcome, indent=2))


if __name__ == "__main__":
    main()
