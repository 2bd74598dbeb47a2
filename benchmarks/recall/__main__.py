"""The command line: which benchmark, on which data, and what becomes of the result."""

from __future__ import annotations

import argparse
import json
import os
from pathlib import Path
from typing import Any

from benchmarks import recall
from benchmarks.recall import asking, life, locomo, longmemeval, report, speed


def main(arguments: list[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    result = options.run(options)
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
    found = []
    with asking.homes(options.keep) as folder:
        for store in locomo.stores(options.data, together=options.together):
            store.questions[:] = store.questions[: options.limit]
            found += asking.asked(store, folder / store.name, options.k, options.embedder)
    kinds = [kind for category, kind in locomo.KINDS.items() if category != locomo.UNANSWERABLE]
    rows = report.rows(found, kinds, "all (1-4)")
    name = f"locomo, {options.data.name}" + (", all conversations in one store" if options.together else "")
    return report.result(name, rows, found, [a for a in found if a.question.gold or not a.question.answerable])


def _longmemeval(options: argparse.Namespace) -> dict[str, Any]:
    evidence = options.evidence or sorted(options.data.glob("evidence-*.json"))
    distractors = options.distractors or sorted(options.data.glob("distractors-*.jsonl"))
    if not evidence:
        raise SystemExit(f"There is no evidence-*.json in {options.data.absolute()}; name one with --evidence.")
    noise = [store for path in options.noise for store in locomo.stores(path)]
    store = longmemeval.store(evidence, distractors, noise)
    store.questions[:] = store.questions[: options.limit]
    with asking.homes(options.keep) as folder:
        found = asking.asked(store, folder / store.name, options.k, options.embedder)
    there = [a for a in found if a.question.answerable]
    absent = [a for a in found if not a.question.answerable and a.question.gold]
    rows = report.rows(there, sorted({a.question.kind for a in there}), "all")
    name = f"longmemeval, {', '.join(path.name for path in [*evidence, *distractors, *options.noise])}"
    return report.result(name, [*rows, *([report.row("unanswerable", absent)] if absent else [])], found, found)


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
