"""What running a model larger than memory costs, and what streaming it makes of that.

    python -m benchmarks.flash [--model dense|mixed] [--cap 0.5] [--rounds 1] [--tokens 6] [--readahead stock|own|both]
                               [--ways memory,mmap,read,flash] [--folder DIR] [--json FILE]

Models are made on the spot (making.py). Each run is a process of its own in a memory cgroup of `--cap` times the size
of the model, which counts the page cache as well; the page cache is empty when it begins. Ways, in turn:

    memory  llama.cpp's mmap without a cap            what the machine can do
    mmap    llama.cpp's default, under the cap        what happens today
    read    no mmap, under the cap                    does it load at all?
    flash   ours, under the same cap

Reported: seconds a token (median, without the first two), tokens a second, times as fast as `mmap`, and the bound
`max(compute, streamed bytes / disk)`, with the disk as machine.py measures it just before. Needs root.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.flash.capped import cap, drop_caches, peak, readahead
from benchmarks.flash.making import DENSE, MIXED, make
from secondme.engine import machine
from secondme.engine.child import environment

WAYS = ("memory", "mmap", "read", "flash")
STOCK = 128  # KiB
WARM = 2  # tokens that do not count: what loading has left in memory serves them
PATIENCE = 100


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory() as scratch:
        folder = Path(options.folder or scratch)
        path = make(folder / f"{options.model}.gguf", DENSE if options.model == "dense" else MIXED)
        limit = int(options.cap * path.stat().st_size)
        disk = machine.disk(path, folder)
        print(f"{path.stat().st_size / 1e6:.0f} MB under {limit / 1e6:.0f} MB, disk {disk.sequential / 1e9:.2f} GB/s, "
              f"{disk.random / 1e9:.2f} in 128 KiB; {os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")  # fmt: skip
        rows = []
        for ahead in {"stock": (STOCK,), "own": (None,), "both": (STOCK, None)}[options.readahead]:
            runs: dict[str, list[dict[str, Any]]] = {way: [] for way in options.ways.split(",")}
            for _ in range(options.rounds):
                for way, found in runs.items():
                    found.append(run(path, way, options.tokens, None if way == "memory" else limit, ahead))
            rows += _table(runs, disk.sequential, ahead)
    if options.json:
        options.json.write_text(json.dumps({"cap": options.cap, "model": options.model, "rows": rows}, indent=2))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", choices=("dense", "mixed"), default="dense")
    parser.add_argument("--cap", type=float, default=0.5)
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--tokens", type=int, default=6)
    parser.add_argument("--readahead", choices=("stock", "own", "both"), default="stock")
    parser.add_argument("--ways", default=",".join(WAYS))
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--json", type=Path)
    return parser.parse_args()


def run(path: Path, way: str, tokens: int, limit: int | None, ahead: int | None) -> dict[str, Any]:
    """What run.py says of it, with the group's peak; {"failed": why} where it did not get through."""
    drop_caches()
    with cap(limit, f"flash-{way}") as group:
        enter = f'echo $$ > "{group}/cgroup.procs" && ' if group else ""
        kind = "mmap" if way == "memory" else way
        threads = max(1, os.cpu_count() or 1)
        own = f'exec "{sys.executable}" -m benchmarks.flash.run "{path}" {kind} {tokens} {threads} {limit or 0}'
        env = environment()
        with readahead(path, ahead):
            child = subprocess.Popen(
                ["/bin/sh", "-c", enter + own], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=env
            )
            assert child.stdout is not None
            child.stdout.readline()
        try:
            out, said = child.communicate(timeout=PATIENCE)
        except subprocess.TimeoutExpired:
            child.kill()
            out, said = child.communicate()
            said = b"took too long"
        result: dict[str, Any] = {"failed": _why(child.returncode, said)}
        if not child.returncode:
            result = json.loads(out.splitlines()[-1])
        return {**result, "peak": peak(group)}


def _why(code: int, said: bytes) -> str:
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return "killed: out of memory" if code in (-9, 137) and not lines else (lines or [f"code {code}"])[-1]


def _table(runs: dict[str, list[dict[str, Any]]], disk: float, ahead: int | None) -> list[dict[str, Any]]:
    print(f"\nreadahead {f'{ahead} KiB' if ahead else 'as the machine has it'}")
    rows: list[dict[str, Any]] = []
    seconds = {
        way: [statistics.median(r["times"][WARM:]) for r in found if "times" in r] for way, found in runs.items()
    }
    for way, found in runs.items():
        if not seconds[way]:
            print(f"  {way:<7} {found[0]['failed']}")
            rows.append({"way": way, "readahead": ahead, "failed": found[0]["failed"]})
            continue
        median, first = statistics.median(seconds[way]), found[0]
        row = {
            "way": way,
            "readahead": ahead,
            "seconds": median,
            "tokens_per_second": 1 / median,
            "load": first["load"],
        }
        row |= {"peak": first["peak"], "logits": first["logits"], "runs": seconds[way]}
        line = f"  {way:<7} {median:7.3f} s/token {1 / median:7.2f} tok/s   load {first['load']:.1f} s"
        if way != "mmap" and seconds.get("mmap"):
            row["faster"] = statistics.median(seconds["mmap"]) / median
            line += f"   {row['faster']:.1f}x mmap"
        if way == "flash" and seconds.get("memory"):
            row["bound"] = max(statistics.median(seconds["memory"]), _read(first) / disk)
            line += f"   {median / row['bound']:.2f}x the bound ({_read(first) / 1e6:.0f} MB a token)"
        print(line)
        rows.append(row)
    return rows


def _read(run_: dict[str, Any]) -> float:
    """Bytes from disk for a token."""
    return float(run_["read"] / len(run_["times"]))


if __name__ == "__main__":
    main()
