"""How fast does a light command start? Against the least that the same framework can do.

    python -m benchmarks.start [--rounds 15] [--json FILE]

Times whole processes in turn: a typer app with one command and `--help`, then `secondme --help`, `--version` and
`ask --help`. Reported: median, and the median of the ratios to the bare app, pair by pair. The bare app is a file
run by this Python, as the console script is.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BARE = """
import typer
app = typer.Typer()
@app.command()
def hello(name: str = "you"):
    "Say hello."
    print(name)
app()
"""


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--rounds", type=int, default=15)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory() as scratch:
        bare = Path(scratch) / "bare.py"
        bare.write_text(BARE)
        ours = [sys.executable, "-m", "secondme"]
        commands = {
            "bare typer --help": [sys.executable, str(bare), "--help"],
            "secondme --help": [*ours, "--help"],
            "secondme --version": [*ours, "--version"],
            "secondme ask --help": [*ours, "ask", "--help"],
        }
        times: dict[str, list[float]] = {name: [] for name in commands}
        for name in commands:
            _seconds(commands[name])  # fills the page cache
        for _ in range(options.rounds):
            for name, command in commands.items():
                times[name].append(_seconds(command))
    base = times["bare typer --help"]
    rows = {
        name: {
            "median_s": round(statistics.median(spent), 4),
            "ratio": round(statistics.median(a / b for a, b in zip(spent, base, strict=True)), 3),
        }
        for name, spent in times.items()
    }
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}, {options.rounds} rounds in turn")
    for name, row in rows.items():
        print(f"{name:<22} {row['median_s'] * 1000:7.0f} ms   {row['ratio']:.2f}x")
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


def _seconds(command: list[str]) -> float:
    began = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - began


if __name__ == "__main__":
    main()
