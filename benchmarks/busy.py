"""How fast does the model write while others work? Each way to wait and number of threads, and what secondme does.

    python -m benchmarks.busy [--models FOLDER] [--rounds 2] [--seconds 2.5] [--apart] [--json FILE]

The starter model reads a prompt and writes for so many seconds, in a new process each time; tokens/s of what it wrote
in the last four fifths of them. Beside it, no process, one or as many as there are processors spin, each in a session
of its own as a program of the desktop is. In turn, and medians over the rounds:

    default         as OpenMP waits and llama.cpp is used if nobody chooses: a thread a core
    N active        N threads that spin while they wait
    N passive       N threads that sleep
    ours            secondme/engine/threads.py

`--apart` puts its processes ahead of whatever else runs (root, Linux), all alike. Without it other programs count, too.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.machine import go_ahead, load
from secondme.config import locate
from secondme.engine import threads

SPIN = "import os; ours = os.getppid()\nwhile os.getppid() == ours: pass"  # it ends with us, however we do
PATIENCE = 6  # times the seconds, for loading and reading
SKIPPED = 0.2  # of the time, in which the number of threads may still be found


@dataclass(frozen=True, slots=True)
class Choice:
    """`threads` 0: what fits. `waiting` is the environment that says how threads wait."""

    name: str
    threads: int
    waiting: dict[str, str]


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--models", type=Path, default=locate().models)
    arguments.add_argument("--rounds", type=int, default=2)
    arguments.add_argument("--seconds", type=float, default=2.5)
    arguments.add_argument("--apart", action="store_true")
    arguments.add_argument("--json", type=Path)
    arguments.add_argument("--one", type=int, help=argparse.SUPPRESS)
    options = arguments.parse_args()
    model = next(iter(sorted(options.models.rglob("SmolLM2-135M-Instruct*.gguf"))))
    if options.one is not None:
        print(_write(model, options.one, options.seconds), flush=True)
        os._exit(0)
    most = threads.cores()
    print(f"{load()}, {options.rounds} rounds in turn; tokens/s", flush=True)
    rows = {}
    for beside in sorted({0, 1, most}):
        rows[beside] = _table(beside, _choices(most), options)
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2))


def _choices(most: int) -> list[Choice]:
    fixed = [
        Choice(f"{n} {policy}", n, {"OMP_WAIT_POLICY": policy})
        for n in sorted({1, most})
        for policy in ("active", "passive")
    ]
    return [Choice("default", most, {}), *fixed, Choice("ours", 0, threads.environment({}))]


def _table(beside: int, choices: Sequence[Choice], options: argparse.Namespace) -> dict[str, float]:
    speeds: dict[str, list[float]] = {choice.name: [] for choice in choices}
    with _others(beside, options.apart):
        for _ in range(options.rounds):
            for choice in choices:
                speeds[choice.name].append(_measured(choice, options))
    row = {name: round(statistics.median(found), 1) for name, found in speeds.items()}
    best = max((name for name in row if name not in ("ours", "default")), key=lambda name: row[name])
    row["of the best"] = round(row["ours"] / row[best], 2)
    cells = "  ".join(f"{name} {speed:5.1f}" for name, speed in row.items() if name != "of the best")
    print(f"{beside} busy: {cells}  ours is {row['of the best']:.2f} of {best}", flush=True)
    return row


@contextmanager
def _others(count: int, apart: bool) -> Iterator[None]:
    spinning = [subprocess.Popen([sys.executable, "-c", SPIN], start_new_session=True) for _ in range(count)]
    try:
        for one in spinning:
            if apart:
                go_ahead(one.pid)
        time.sleep(0.5)
        yield
    finally:
        for one in spinning:
            one.kill()
            one.wait()


def _measured(choice: Choice, options: argparse.Namespace) -> float:
    """Tokens a second of a process of its own, 0.0 if it did not begin to write."""
    command = [sys.executable, "-m", "benchmarks.busy", "--models", str(options.models)]
    command += ["--one", str(choice.threads), "--seconds", str(options.seconds)]
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("OMP_", "GOMP_"))}
    with subprocess.Popen(
        command, env={**kept, **choice.waiting}, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as process:
        if options.apart:
            go_ahead(process.pid)
        try:
            said, _ = process.communicate(timeout=PATIENCE * options.seconds)
        except subprocess.TimeoutExpired:  # it is still reading
            process.kill()
            return 0.0
    return float(said)


def _write(model: Path, count: int, seconds: float) -> float:
    from secondme.engine import Sampling
    from secondme.engine.llama import Writer

    number = count or threads.Share(threads.cores())
    writer = Writer(model, context=2048, threads=number, gpu_layers=0, cancelled=lambda: False)
    story = "Tell a very long story about a river, a boat and the people on it, in many chapters. " * 2
    begun = since = now = 0.0
    written = 0
    for _ in writer.write([{"role": "user", "content": story}], Sampling(max_tokens=1500)):
        now = time.perf_counter()
        begun = begun or now
        if now - begun >= seconds:
            break
        if not since and now - begun >= SKIPPED * seconds:
            written, since = writer.new_tokens, now
    return (writer.new_tokens - written) / (now - since) if since else 0.0


if __name__ == "__main__":
    main()
