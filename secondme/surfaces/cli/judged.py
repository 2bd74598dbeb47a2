"""A run of the sealed questions as a person reads it: what it measures, and what has changed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING

from secondme.surfaces.cli.terminal import note, output, print_json

if TYPE_CHECKING:
    from secondme.trials.runs import Difference, Run

# what a run is measured by: its name in `measured`, and in words
SHOWN = (
    ("recall@1", "found first"),
    ("recall@5", "among five"),
    ("recall@10", "among ten"),
    ("mrr", "mean reciprocal rank"),
    ("auroc", "told apart (AUROC)"),
    ("caught", "refused rightly, at 5 % wrongly"),
    ("p50 ms", "half of them within, ms"),
    ("p95 ms", "95 of 100 within, ms"),
)
NAMES = {"recall@10": "among ten", "mrr": "reciprocal rank", "misjudged": "misjudged (Brier's score)"}


def show(run: Run, before: Run | None, differences: Mapping[str, Difference], as_json: bool) -> None:
    from secondme.trials.runs import measured

    gone = sum(one is None for one in run.outcomes)
    if as_json:
        print_json({
            "set": run.set, "questions": len(run.answered), "gone": gone, "passages": run.passages,
            "embedder": run.embedder, "measures": measured(run),
            "before": measured(before) if before else None,
            "differences": {name: asdict(one) for name, one in differences.items()},
            "worse": any(one.worse for one in differences.values()), "accepted": run.accepted,
        })  # fmt: skip
        return
    line(f"{len(run.answered)} questions, {run.passages:,} passages, {run.embedder}")
    if gone:
        note(f"The passages of {gone} more are not in memory any more.")
    now, then = measured(run), measured(before) if before else {}
    line(f"{'':34}{'now':>8}" + (f"{'before':>9}" if before else ""))
    for key, name in SHOWN:
        line(f"{name:34}{_value(key, now.get(key)):>8}" + (f"{_value(key, then.get(key)):>9}" if before else ""))


def _value(key: str, value: float | None) -> str:
    if value is None:
        return "-"
    if key.endswith("ms"):
        return f"{value:.0f}"
    return f"{value:.3f}" if key in ("mrr", "auroc") else f"{value:.1%}"


def line(text: str) -> None:
    output().print(text, highlight=False, markup=False, soft_wrap=True)


def _intervals(differences: Mapping[str, Difference]) -> None:
    for key, one in differences.items():
        worse = "  worse" if one.worse else ""
        line(f"{NAMES[key]:26} {one.mean:+.3f}  ({one.low:+.3f} to {one.high:+.3f}){worse}")


def say_what_it_means(run: Run, before: Run | None, differences: Mapping[str, Difference], accept: bool) -> None:
    if before is None:
        note("This is the first run of this set; later ones are compared with it.")
        return
    if before.passages != run.passages:
        note(f"Memory has changed since: {before.passages:,} passages then, {run.passages:,} now.")
    changed = [f"{a} → {b}" for a, b in ((before.embedder, run.embedder), (before.version, run.version)) if a != b]
    changed += ["tuned" if run.tuned else "no longer tuned"] * (run.tuned != before.tuned)
    line(f"\nQuestion by question since {before.at[:10]}" + (f" ({', '.join(changed)})" if changed else "") + ":")
    _intervals(differences)
    if accept:
        note("Accepted: from now on it is compared with this run.")
    elif any(one.worse for one in differences.values()):
        note("Worse beyond chance. `secondme eval --accept` takes it as it is.")
    else:
        note("Not worse beyond chance.")


def say_which(run: Run, before: Run, differences: Mapping[str, Difference]) -> None:
    line(f"\nQuestion by question, {run.embedder} against {before.embedder}:")
    _intervals(differences)
    name = run.embedder.partition("/")[0]
    worse = any(one.worse for one in differences.values())
    note("Worse beyond chance." if worse else f"`secondme reindex --embedder {name}` changes to it.")
