"""How fast do notes go in? 2,000 generated markdown notes of 300 words, once new and once again.

    python -m benchmarks.ingest [--notes 2000] [--json FILE]

Runs `secondme ingest` as whole processes in a fresh home with the models of this installation. Reported: notes and
passages per second, the peak resident memory of the process, megabytes on disk, and the second run, which finds nothing
to do. `python -m benchmarks.embedding` compares the embedding alone with sentence-transformers.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from secondme.config import locate

_NOUNS = """
harbour ladder meeting tomato invoice garden violin train ticket window rope kettle doctor brother engine report
bridge winter letter market paint river lesson boiler summer folder museum saddle recipe battery concert lamp
"""
_VERBS = "moved paid found wrote called fixed lost bought sold planned measured carried promised visited"
WORDS, VERBS = _NOUNS.split(), _VERBS.split()


def note(random_: random.Random, number: int, words: int = 300) -> str:
    """A markdown note with front matter, headings, a list and sentences, `words` words of text."""
    lines = [
        f"---\ntitle: Note {number}\ndate: 2025-{number % 12 + 1:02}-{number % 28 + 1:02}\ntags: [a, b]\n---",
        f"# Note {number}",
    ]
    written = 0
    while written < words:
        if written and random_.random() < 0.15:
            lines.append(f"\n## {random_.choice(WORDS).title()} {random_.randrange(100)}\n")
        sentence = [random_.choice(WORDS) if i % 3 else random_.choice(VERBS) for i in range(random_.randrange(6, 18))]
        sentence.insert(2, str(random_.randrange(10_000)))
        lines.append(("- " if random_.random() < 0.1 else "") + " ".join(sentence).capitalize() + ".")
        written += len(sentence)
    return "\n".join(lines) + "\n"


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--notes", type=int, default=2_000)
    arguments.add_argument("--json", type=Path)
    options = arguments.parse_args()
    with tempfile.TemporaryDirectory(prefix="secondme-bench-") as scratch:
        home, notes = Path(scratch) / "home", Path(scratch) / "notes"
        home.mkdir()
        notes.mkdir()
        (home / "models").symlink_to(locate().models)
        random_ = random.Random(1)
        for n in range(options.notes):
            (notes / f"note-{n:05}.md").write_text(note(random_, n))
        first, second = _ingest(home, notes), _ingest(home, notes)
        size = sum(f.stat().st_size for f in (home / "profiles").rglob("*") if f.is_file())
    row: dict[str, Any] = {
        "notes": options.notes,
        "passages": first["passages"],
        "seconds": round(first["wall"], 1),
        "notes_per_s": round(options.notes / first["wall"], 1),
        "passages_per_s": round(first["passages"] / first["wall"], 1),
        "peak_mb": round(first["peak_mb"]),
        "disk_mb": round(size / 1e6, 1),
        "again_seconds": round(second["wall"], 2),
        "again_unchanged": second["unchanged"],
    }
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    for name, value in row.items():
        print(f"{name:<16} {value}")
    if options.json:
        options.json.write_text(json.dumps(row, indent=2))


def _ingest(home: Path, notes: Path) -> dict[str, Any]:
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "secondme", "ingest", str(notes), "--report", "json"],
        check=True,
        stdout=subprocess.PIPE,
        env={**os.environ, "SECONDME_HOME": str(home)},
    )
    report: dict[str, Any] = json.loads(done.stdout)
    # the largest of the children so far, so the first run's figure is its own
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return {
        **report,
        "wall": time.perf_counter() - began,
        "peak_mb": peak / 1024 if sys.platform != "darwin" else peak / 1e6,
    }


if __name__ == "__main__":
    main()
