"""The command line: which benchmark, on which data, and what becomes of the result."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import Any

from benchmarks import memory
from benchmarks.memory import cost, helping, scale, truth, updates
from secondme.errors import SecondMeError
from secondme.trials import asking, report


def main(arguments: list[str] | None = None) -> None:
    options = _options().parse_args(arguments)
    try:
        result = options.run(options)
    except SecondMeError as error:
        raise SystemExit(f"{error.message}\n{error.hint}") from error
    result["machine"] = {"cpus": os.cpu_count(), "load": round(os.getloadavg()[0], 1)}
    print("{benchmark}; {machine[cpus]} CPUs, load {machine[load]}".format(**result))
    for table in result["tables"]:
        print(f"\n{table['title']}\n{report.table(table['rows'], table['columns'])}")
    print("\n".join(["", *result["notes"]]).rstrip())
    if options.json:
        report.keep(result, options.json)


def tell(sentence: str) -> None:
    print(sentence, file=sys.stderr, flush=True)


# -- the benchmarks ---------------------------------------------------------------------------------------------------


def _updates(options: argparse.Namespace) -> dict[str, Any]:
    way = updates.Way(updates.offered(), options.write, options.learn, options.embedder, options.limit, tell)
    with asking.homes(options.keep) as folder:
        return updates.measured(options.data, folder, way)


def _fabrication(options: argparse.Namespace) -> dict[str, Any]:
    with asking.homes(options.keep) as folder:
        return truth.measured(options.data, options.ledger, folder, options.embedder, tell, options.limit)


def _cost(options: argparse.Namespace) -> dict[str, Any]:
    with asking.homes(options.keep) as folder:
        return cost.measured(options.data, folder, cost.Way(options.budget, options.notes, options.embedder, tell))


def _scale(options: argparse.Namespace) -> dict[str, Any]:
    with asking.homes(options.keep) as folder:
        return scale.measured(options.facts, folder / f"{options.facts}-facts", options.limit or scale.CLAIMS)


def _recall(options: argparse.Namespace) -> dict[str, Any]:
    with asking.homes(options.keep) as folder:
        return helping.measured(options.locomo, options.longmemeval, folder, options.embedder, options.limit, tell)


# -- options ----------------------------------------------------------------------------------------------------------


def _options() -> argparse.ArgumentParser:
    arguments = argparse.ArgumentParser(
        prog="python -m benchmarks.memory",
        description=memory.__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    which = arguments.add_subparsers(required=True, metavar="BENCHMARK")

    def benchmark(name: str, run: Any, about: str | None) -> argparse.ArgumentParser:
        one = which.add_parser(
            name,
            description=about,
            help=(about or "").partition("\n")[0],
            formatter_class=argparse.RawDescriptionHelpFormatter,
        )
        one.set_defaults(run=run)
        one.add_argument("--json", type=Path, metavar="FILE", help="write the results here")
        one.add_argument("--keep", type=Path, metavar="DIR", help="make the homes here, and use them again")
        one.add_argument("--limit", type=int, metavar="N", help="the first N users, questions or passages")
        one.add_argument("--embedder", default="", metavar="ID", help="another one than the settings name")
        return one

    one = benchmark("updates", _updates, updates.__doc__)
    one.add_argument("--data", type=Path, required=True, metavar="FILE")
    one.add_argument("--write", action="store_true", help="let the model write answers (slow); else quotes answer")
    one.add_argument("--no-reflect", dest="learn", action="store_false", help="learn nothing before the tests")

    one = benchmark("fabrication", _fabrication, truth.__doc__)
    one.add_argument("--data", type=Path, metavar="FILE", help="LoCoMo's conversations, besides the sample life")
    one.add_argument("--ledger", type=Path, nargs="+", default=[], metavar="FILE", help="judge these ledgers instead")

    one = benchmark("cost", _cost, cost.__doc__)
    one.add_argument("--data", type=Path, metavar="FILE", help="LoCoMo's conversations, besides the sample life")
    one.add_argument("--budget", type=float, default=60.0, metavar="SECONDS", help="for the model; 0 leaves it out")
    one.add_argument("--notes", type=int, default=300, metavar="N")

    one = benchmark("scale", _scale, scale.__doc__)
    one.add_argument("--facts", type=int, default=100_000, metavar="N")

    one = benchmark("recall", _recall, helping.__doc__)
    one.add_argument("--locomo", type=Path, metavar="FILE")
    one.add_argument("--longmemeval", type=Path, metavar="DIR", help="evidence-*.json, distractors-*.jsonl")
    return arguments


if __name__ == "__main__":
    main()
