"""Results as rows: computed, printed as a table, written as JSON, compared with another run's."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from statistics import fmean, median
from typing import Any

from secondme import measures
from secondme.trials.questions import Asked

KS = (1, 3, 5, 10, 20)
SESSIONS = 5
Row = dict[str, Any]
KNOWING = ("auroc", "caught at 5 % refused", "ece")


def row(name: str, answers: Sequence[Asked]) -> Row:
    """The means over questions of each measure. Questions without evidence must have been left out."""

    def mean(measure: Callable[[Asked], float]) -> float | None:
        return round(fmean(map(measure, answers)), 4) if answers else None

    found: Row = {"name": name, "questions": len(answers)}
    for k in KS:
        found[f"recall@{k}"] = mean(lambda a, k=k: measures.recall_at(k, a.units, a.question.gold))  # type: ignore[misc]
    for k in KS:
        found[f"hit@{k}"] = mean(lambda a, k=k: measures.hit_at(k, a.units, a.question.gold))  # type: ignore[misc]
    found[f"session recall@{SESSIONS}"] = mean(lambda a: measures.recall_at(SESSIONS, a.sessions, a.question.sessions))
    return found


def rows(answers: Sequence[Asked], kinds: Sequence[str], everything: str) -> list[Row]:
    """A row for each kind that occurs, and one for all of them. Questions without evidence are left out."""
    known = [a for a in answers if a.question.gold and a.question.kind in kinds]
    found = [row(kind, those) for kind in kinds if (those := [a for a in known if a.question.kind == kind])]
    return [*found, row(everything, known)]


def result(name: str, found: Sequence[Row], answers: Sequence[Asked], known: Sequence[Asked]) -> Row:
    """All that is shown and kept of a run. `known`: the questions that `abstention` is about."""
    seconds, absent = times(answers), sum(a.question.answerable and not a.question.gold for a in answers)
    notes = [f"{absent} questions without evidence are left out"] if absent else []
    knowing = abstention(known)
    if knowing["unanswerable"]:
        notes.append(told(knowing))
    if seconds:
        notes.append(f"a question takes {seconds['p50']:.3f} s (median), {seconds['p95']:.3f} s (p95)")
    return {
        "benchmark": name,
        "columns": COLUMNS,
        "rows": found,
        "notes": notes,
        "abstention": knowing,
        "seconds": seconds,
        "questions": questions(answers),
    }


def abstention(answers: Sequence[Asked]) -> Row:
    """How well recall knows that the answer is there, over answerable and unanswerable questions together.

    By the probability that recall gives, or, as long as it gives none, by the best hit's score: an order only.
    """
    by = "answerable" if any(a.answerable is not None for a in answers) else "score"
    value = {id(a): (a.answerable or 0.0) if by == "answerable" else a.score for a in answers}
    there = [value[id(a)] for a in answers if a.question.answerable]
    absent = [value[id(a)] for a in answers if not a.question.answerable]
    error, bins = None, list[tuple[int, float, float]]()
    if by == "answerable":
        all_, outcomes = [*there, *absent], [True] * len(there) + [False] * len(absent)
        error, bins = measures.calibration_error(all_, outcomes), measures.reliability(all_, outcomes)
    return {
        "by": by,
        "answerable": len(there),
        "unanswerable": len(absent),
        "auroc": _rounded(measures.auroc(there, absent)),
        "caught at 5 % refused": _rounded(measures.caught(there, absent)),
        "ece": _rounded(error),
        "reliability": [(number, round(mean, 4), round(share, 4)) for number, mean, share in bins],
    }


def questions(answers: Sequence[Asked]) -> list[Row]:
    """What became of each question: at which rank each of its units was found (0: not at all)."""
    return [
        {
            "id": a.question.id,
            "kind": a.question.kind,
            "text": a.question.text,
            "ranks": {unit: a.units.index(unit) + 1 if unit in a.units else 0 for unit in sorted(a.question.gold)},
            "answerable": a.answerable,
            "score": a.score,
            "seconds": round(a.seconds, 4),
            "best": list(a.units[: KS[-1]]),
        }
        for a in answers
    ]


def times(answers: Sequence[Asked]) -> Row:
    """Seconds that a question took: median and 95th percentile."""
    spent = [a.seconds for a in answers]
    return {"p50": round(median(spent), 4), "p95": round(measures.percentile(spent, 0.95), 4)} if spent else {}


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)


# -- shown and kept -----------------------------------------------------------------------------------------------

COLUMNS = ("questions", *(f"recall@{k}" for k in KS), "hit@5", "hit@10", f"session recall@{SESSIONS}")
UNITS = ("ms", "s", "MB", "bytes", "/s")  # end the name of a column that holds no shares


def table(found: Sequence[Row], columns: Sequence[str], change: bool = False) -> str:
    """The rows as lines: the name first, then each column under its heading. Shares are shown in per cent."""
    lines = [["", *columns], *([str(r["name"]), *(_cell(c, r.get(c), change) for c in columns)] for r in found)]
    widths = [max(map(len, cells)) for cells in zip(*lines, strict=True)]
    return "\n".join(
        "  ".join([line[0].ljust(widths[0]), *(c.rjust(w) for c, w in zip(line[1:], widths[1:], strict=True))])
        for line in lines
    )


def _cell(column: str, value: Any, change: bool) -> str:
    if value is None:
        return "-"
    sign = "+" if change else ""
    if isinstance(value, float):
        return f"{value:{sign},.1f}" if column.endswith(UNITS) else f"{100 * value:{sign}.1f}"
    return f"{value:{sign},}" if isinstance(value, int) else str(value)


def compared(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The change of each row since another run, and how many questions got better or worse at recall@10."""
    then, columns = {r["name"]: r for r in before["rows"]}, now["columns"]
    changes = [
        {"name": r["name"], **{c: _difference(r.get(c), then[r["name"]].get(c)) for c in columns}}
        for r in now["rows"]
        if r["name"] in then
    ]
    return "\n".join(filter(None, [table(changes, columns, change=True), _known(now, before), _moved(now, before)]))


def _known(now: Mapping[str, Any], before: Mapping[str, Any]) -> str:
    """The change of what recall knows about its answers."""
    one, other = now.get("abstention", {}), before.get("abstention", {})
    changes = {key: _difference(one.get(key), other.get(key)) for key in KNOWING}
    return ", ".join(f"{key} {change:+.3f}" for key, change in changes.items() if change is not None)


def _difference(one: Any, other: Any) -> Any:
    return one - other if isinstance(one, int | float) and isinstance(other, int | float) else None


def _moved(now: Mapping[str, Any], before: Mapping[str, Any], k: int = 10) -> str:
    then = {q["id"]: _found(q, k) for q in before.get("questions", ())}
    pairs = [(_found(q, k), then[q["id"]]) for q in now.get("questions", ()) if q["id"] in then and q["ranks"]]
    if not pairs:
        return ""
    better, worse = sum(one > other for one, other in pairs), sum(one < other for one, other in pairs)
    return f"recall@{k} of {len(pairs)} questions: {better} better, {worse} worse"


def _found(question: Mapping[str, Any], k: int) -> int:
    return sum(0 < rank <= k for rank in question["ranks"].values())


def told(known: Row) -> str:
    """A line about `abstention`'s result."""
    by = "the probability `answerable`" if known["by"] == "answerable" else "the best hit's score (an order only)"
    values = ", ".join(f"{key} {known[key] if known[key] is not None else '-'}" for key in KNOWING)
    return f"{known['answerable']} answerable against {known['unanswerable']} not, by {by}: {values}"


def keep(result: Mapping[str, Any], path: Path) -> None:
    path.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
