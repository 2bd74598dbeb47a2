"""The command line: which benchmark, on which data, and what becomes of the result."""

from __future__ import annotations

import argparse
import json
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import recall
from benchmarks.recall import fit, life, speed
from secondme.errors import SecondMeError
from secondme.trials import asking, locomo, longmemeval, published, report


def main(arguments: list[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    if options.run is fit.main:
        return fit.main(options)
    try:
        result = options.run(options)
    except SecondMeError as error:
        raise SystemExit(f"{error.message}\n{error.hint}") from error
    result["machine"] = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    machine = "{benchmark}; {machine[cpus]} CPUs, load {machine[load]}".format(**result)
    print("\n".join([machine, report.table(result["rows"], result["columns"]), *result["notes"]]))
    if options.compare:
        print(f"\nchange since {options.compare}")
        print(report.compared(result, json.loads(options.compare.read_text(encoding="utf-8"))))
    if options.json:
        report.keep(result, options.json)


# -- the benchmarks -------------------------------------------------------------------------------------------------


def _locomo(options: argparse.Namespace) -> dict[str, Any]:
    return published.on_locomo(options.data, _way(options), together=options.together)


def _longmemeval(options: argparse.Namespace) -> dict[str, Any]:
    files = published.Files.of(options.data, options.evidence, options.distractors, options.noise)
    return published.on_longmemeval(files, _way(options))


def _way(options: argparse.Namespace) -> published.Way:
    def tell(sentence: str) -> None:
        print(sentence, file=sys.stderr, flush=True)

    return published.Way(options.limit, options.k, options.keep, options.embedder, tell)


def _life(options: argparse.Namespace) -> dict[str, Any]:
    everything, rows, left_out = list[life.Found](), list[report.Row](), 0
    with asking.homes(options.keep) as folder:
        for name in options.lives:
            found, unread = life.ask(name, folder / name, options.k, options.limit, options.embedder)
            rows.append(life.row(name, found))
            everything, left_out = [*everything, *found], left_out + unread
    asked = [one.asked for one in everything]
    result = report.result("life", [*rows, life.row("all", everything)], asked, asked)
    result["columns"] = life.COLUMNS
    result["notes"].append(f"{left_out} questions about files that no reader takes are left out")
    return result


def _speed(options: argparse.Namespace) -> dict[str, Any]:
    rows, kept = list[report.Row](), dict[str, Any]()
    with asking.homes(options.keep) as folder:
        for passages in options.passages:
            home = folder / f"{passages}{'' if options.chroma else '-without-chroma'}"
            found = speed.measured(home, passages, options)
            rows, kept[str(passages)] = [*rows, *found["rows"]], found
    return {
        "benchmark": "speed",
        "columns": speed.COLUMNS,
        "rows": rows,
        "notes": [line for found in kept.values() for line in speed.told(found)],
        "stores": kept,
    }


# -- options --------------------------------------------------------------------------------------------------------


def _options() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.recall",
        description=recall.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = arguments.add_subparsers(required=True, metavar="BENCHMARK")

    def benchmark(name: str, run: Any, about: str | None) -> argparse.ArgumentParser:
        one = which.add_parser(
            name,
            description=about,
            help=(about or "").partition(".")[0],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(run=run)
        one.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
        one.add_argument("--compare", type=Path, metavar="FILE", help="print what changed since the run in this file")
        one.add_argument("--limit", type=int, metavar="N", help="ask N questions of each store")
        one.add_argument("--k", type=int, default=asking.PASSAGES, help="passages asked for (default: %(default)s)")
        one.add_argument("--keep", type=Path, metavar="DIR", help="make the homes here, and use them again")
        one.add_argument("--embedder", default="", metavar="ID", help="another one than the settings name")
        return one

    fitting = which.add_parser(
        "fit",
        description=fit.__doc__,
        help="Fits the few numbers that ranking rests on",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    fitting.set_defaults(run=fit.main)
    fitting.add_argument("--locomo", type=Path, required=True, metavar="FILE")
    fitting.add_argument("--longmemeval", type=Path, required=True, metavar="DIR")
    fitting.add_argument("--keep", type=Path, metavar="DIR", help="make the homes here, and use them again")

    one = benchmark("locomo", _locomo, locomo.__doc__)
    one.add_argument("--data", type=Path, required=True, metavar="FILE")
    one.add_argument("--together", action="store_true", help="all conversations in one store")

    one = benchmark("longmemeval", _longmemeval, longmemeval.__doc__)
    one.add_argument("--data", type=Path, default=Path(), metavar="DIR", help="evidence-*.json, distractors-*.jsonl")
    one.add_argument("--evidence", type=Path, nargs="+", default=[], metavar="FILE")
    one.add_argument("--distractors", type=Path, nargs="+", default=[], metavar="FILE")
    one.add_argument("--noise", type=Path, nargs="+", default=[], metavar="FILE", help="LoCoMo files")

    one = benchmark("life", _life, life.__doc__)
    one.add_argument("lives", nargs="*", default=list(life.LIVES), metavar="LIFE", help=", ".join(life.LIVES))

    one = benchmark("speed", _speed, speed.__doc__)
    one.add_argument("--passages", type=int, nargs="+", default=[10_000], metavar="N")
    one.add_argument("--no-chroma", dest="chroma", action="store_false", help="vectors in the flat files alone")
    one.add_argument("--cold", type=int, default=10, metavar="N", help="questions from a new process each")
    one.set_defaults(limit=speed.QUESTIONS, k=speed.PASSAGES)
    return arguments


if __name__ == "__main__":
    main()
