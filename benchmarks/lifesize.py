"""How does a whole life go in? 1 GB of mail, two chats of 500,000 messages, 100,000 notes, and a look for what is new.

    python -m benchmarks.lifesize                         all of it with the fake embedder, a fiftieth with the real one
    python -m benchmarks.lifesize telegram notes --scale 0.1    some of it, smaller
    python -m benchmarks.lifesize --embedder minilm-l6 --scale 0.02

The sources are made up (benchmarks/making.py) and each goes into a fresh home in a process of its own. The fake
embedder costs nearly nothing, so that its rows show everything but the model; its vectors are as long as the real ones.
Seconds are those of the whole process; `peak MB` is its VmHWM, read inside it at its end. `rescan` is the second
`secondme ingest` of the notes, as a whole process, by turns with `find FOLDER -type f | xargs stat`: the median of
five rounds each, and of the rounds' ratios. Nothing has changed, so it hashes nothing.

The whole takes hours and 6 GB below --scratch (default: the system's folder for temporary files).
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks import making

SOURCES: dict[str, dict[str, Callable[[Path, float], Path]]] = {
    "mbox": {"mailbox": lambda folder, scale: making.mailbox(folder, round(1e9 * scale))},
    "telegram": {"telegram": lambda folder, scale: making.telegram(folder, round(500_000 * scale))},
    "whatsapp": {"whatsapp": lambda folder, scale: making.whatsapp(folder, round(500_000 * scale))},
    "notes": {"notes": lambda folder, scale: making.notes(folder, round(100_000 * scale))},
}
RESCAN = "rescan"
FAKE, REAL = "fake", "minilm-l6"
SHARE = 0.02  # of everything, with the real embedder: it takes a hundred times as long
DIMENSION = 384
ROUNDS = 5
HEAD = f"{'':<10}{'embedder':<11}{'scale':>6}{'seconds':>9}{'MB/s':>7}{'files/s':>9}{'items/s':>9}{'passages/s':>12}"


def main() -> None:
    options = _options()
    runs = [(options.embedder or FAKE, options.scale or 1.0)]
    if not options.embedder and not options.scale:
        runs.append((REAL, SHARE))
    rows = []
    print(f"{os.cpu_count()} CPUs, load {os.getloadavg()[0]:.1f}")
    print(f"{HEAD}{'peak MB':>9}{'home MB':>9}")
    for embedder, scale in runs:
        for row in measured(options.what or [*SOURCES, RESCAN], embedder, scale, options.scratch):
            rows.append(row)
            print(_line(row), flush=True)
    if options.json:
        options.json.write_text(json.dumps({"cpus": os.cpu_count(), "load": os.getloadavg(), "rows": rows}, indent=2))


def measured(what: Sequence[str], embedder: str, scale: float, scratch: Path | None) -> Iterator[dict[str, Any]]:
    """A row for each source of that kind, and one for looking at the notes again, which embeds nothing."""
    again = RESCAN in what and embedder == FAKE
    for kind, sources in SOURCES.items():
        rescan = again and kind == "notes"
        if kind not in what and not rescan:
            continue
        for name, make in sources.items():
            with tempfile.TemporaryDirectory(prefix="secondme-bench-", dir=scratch) as folder:
                source, home = Path(folder, "source"), _home(Path(folder, "home"), embedder)
                source.mkdir()
                path = make(source, scale)
                row = {"what": name, "embedder": embedder, "scale": scale, **ingested(home, path, embedder)}
                if kind in what:
                    yield row
                if rescan:
                    yield {"what": RESCAN, "scale": scale, **rescanned(home, path)}


def _home(folder: Path, embedder: str) -> Path:
    from secondme.config import locate

    folder.mkdir()
    (folder / "models").symlink_to(locate().models)
    (folder / "config.toml").write_text(f'embedder = "{embedder}"\nmodel = "fake"\n')
    return folder


def ingested(home: Path, path: Path, embedder: str) -> dict[str, Any]:
    """What it took to read `path` into `home`."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    size = sum(file.stat().st_size for file in files) / 1e6
    command = [sys.executable, "-c", "from benchmarks.lifesize import inside; inside()", str(path), embedder]
    began = time.perf_counter()
    done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment(home))
    seconds = time.perf_counter() - began
    report: dict[str, Any] = json.loads(done.stdout)
    return {
        **report,
        "files": len(files),
        "mb": round(size, 1),
        "seconds": round(seconds, 2),
        "files_per_s": round(len(files) / seconds, 1),
        "items_per_s": round(report["items"] / seconds, 1),
        "passages_per_s": round(report["passages"] / seconds, 1),
        "mb_per_s": round(size / seconds, 2),
        "home_mb": round(sum(file.stat().st_size for file in _profiles(home)) / 1e6, 1),
    }


def _profiles(home: Path) -> list[Path]:
    return [file for file in (home / "profiles").rglob("*") if file.is_file()]


def _environment(home: Path) -> dict[str, str]:
    return {**os.environ, "SECONDME_HOME": str(home), "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}


def inside() -> None:
    """Run in a process of its own: ingest the path that the first argument names, and print what there is to say."""
    from secondme.config import locate
    from secondme.engine.fake import FakeEmbedder
    from secondme.me import Me

    class Forgetful(FakeEmbedder):
        """Does not keep the texts for a test to look at. Its name is that of the shorter vectors of the settings'."""

        def embed(self, texts: Sequence[str], *, asking: bool = False) -> Any:
            self.embedded.clear()
            return super().embed(texts, asking=asking)

    path, embedder = sys.argv[1:]
    with Me(locate(), embedder=Forgetful(DIMENSION, name="fake-64") if embedder == FAKE else None) as me:
        report = me.ingest([Path(path)])
        counts = me.reader.counts()
    answer = {
        "items": counts.items,
        "passages": counts.passages,
        "skipped": len(report.skipped),
        "ingest_seconds": round(report.seconds, 2),
        "peak_mb": round(_peak()),
    }
    print(json.dumps(answer))


def _peak() -> float:
    """Megabytes. Where there is no /proc, the least that the system tells of: a parent's memory may count then."""
    try:
        status = Path("/proc/self/status").read_text()
    except OSError:
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        return peak / 1e6 if sys.platform == "darwin" else peak / 1e3
    return int(status.partition("VmHWM:")[2].split()[0]) / 1e3


def rescanned(home: Path, folder: Path) -> dict[str, Any]:
    """Whole processes by turns, with what they read in the page cache."""
    place = shlex.quote(str(folder))
    listing = ["sh", "-c", f"find {place} -type f -print0 | xargs -0 stat"]
    ours = [sys.executable, "-m", "secondme", "ingest", str(folder), "--report", "json"]
    spent: dict[str, list[float]] = {"ours": [], "find": []}
    for n in range(ROUNDS + 1):
        for name, command in (("find", listing), ("ours", ours)):
            began = time.perf_counter()
            done = subprocess.run(command, check=True, stdout=subprocess.PIPE, env=_environment(home))
            spent[name].append(time.perf_counter() - began)
        if n == 0:  # fills the page cache
            spent = {name: [] for name in spent}
            report = json.loads(done.stdout)
    return {
        "unchanged": report["unchanged"],
        "seconds": round(statistics.median(spent["ours"]), 3),
        "find_seconds": round(statistics.median(spent["find"]), 3),
        "ratio": round(statistics.median(a / b for a, b in zip(spent["ours"], spent["find"], strict=True)), 2),
    }


def _line(row: dict[str, Any]) -> str:
    if "ratio" in row:
        found = f"{row['unchanged']:,} files in {row['seconds']:.2f} s, find | xargs stat {row['find_seconds']:.2f} s"
        return f"{row['what']:<21}{row['scale']:>6g}  {found}: {row['ratio']:.2f}x"
    return (
        f"{row['what']:<10}{row['embedder']:<11}{row['scale']:>6g}{row['seconds']:>9.1f}{row['mb_per_s']:>7.2f}"
        f"{row['files_per_s']:>9.1f}{row['items_per_s']:>9.1f}{row['passages_per_s']:>12.1f}{row['peak_mb']:>9}"
        f"{row['home_mb']:>9.0f}"
    )


def _options() -> argparse.Namespace:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("what", nargs="*", choices=[[], *SOURCES, RESCAN], help="default: all of it")
    arguments.add_argument("--scale", type=float, help="1 is what the first line says")
    arguments.add_argument("--embedder", choices=(FAKE, REAL))
    arguments.add_argument("--scratch", type=Path)
    arguments.add_argument("--json", type=Path)
    return arguments.parse_args()


if __name__ == "__main__":
    main()
