"""Facts learnt from conversations and from the sample life, and what the two independent judges find in them.

    fabrication.py   every quote stands in its file at the cited span, and its value in the quote
    junk.py          facts that are empty, said twice, about nobody, questions, or stop words

With --ledger FILE a ledger that is there already is judged: your own, say.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from benchmarks.memory import fabrication, junk
from benchmarks.recall import life
from secondme.trials import asking, locomo

COLUMNS = ("facts", "quotes", "verified", "not there", "value", "words", "machine", "gone", "junk")
SHOWN = 30  # violations
Tell = Callable[[str], None]


def measured(
    data: Path | None, ledgers: Sequence[Path], folder: Path, embedder: str, tell: Tell, limit: int | None = None
) -> dict[str, Any]:
    """The result over LoCoMo's conversations (`data`), the sample life, and `ledgers`; with these alone, of them."""
    there = [(f"{path.parents[2].name}, {path.parent.name}", path) for path in ledgers]
    made = there or _made(data, folder, embedder, tell, limit)
    rows, wrong, useless = list[dict[str, Any]](), list[dict[str, Any]](), list[dict[str, Any]]()
    for name, ledger in made:
        checked, nothing = fabrication.check(ledger), junk.junk(ledger)
        rows.append(_row(name, checked, nothing))
        wrong += [{"of": name, **_violation(one)} for one in checked.violations]
        useless += [{"of": name, "fact": n, "why": why, "statement": said} for n, (why, said) in nothing.items()]
        tell(f"{name}: {len(checked.facts)} facts")
    return {
        "benchmark": "fabrication",
        "tables": [{"title": "stored facts", "columns": COLUMNS, "rows": [*rows, _all(rows)]}],
        "notes": list(_notes(wrong, useless)),
        "violations": wrong,
        "junk": useless,
    }


def _made(data: Path | None, folder: Path, embedder: str, tell: Tell, limit: int | None) -> Iterator[tuple[str, Path]]:
    for store in locomo.stores(data)[:limit] if data else []:
        home = folder / store.name
        yield store.name, learnt(home, asking.write_chats(store, home / "sources"), embedder)
    yield "sample life", learnt(folder / "sample", [life.LIVES["sample"][0]], embedder)


def learnt(home: Path, paths: Sequence[Path], embedder: str) -> Path:
    """The ledger of a home into which the paths went, and whose passages were read for facts."""
    with asking.opened(home, embedder) as me:
        me.ingest(paths)
        me.reflect()
        return me.home.ledger


def _row(name: str, checked: fabrication.Checked, nothing: dict[int, tuple[str, str]]) -> dict[str, Any]:
    kinds = Counter(one.kind for one in checked.violations)
    number = len(checked.facts)
    return {
        "name": name,
        "facts": number,
        "quotes": checked.quotes,
        "verified": round(checked.verified, 4),
        **{kind: kinds[kind] for kind in ("not there", "value", "words", "machine", "gone")},
        "junk": round(len(nothing) / number, 4) if number else 0.0,
        "how": dict(checked.how),
    }


def _all(rows: Sequence[dict[str, Any]]) -> dict[str, Any]:
    facts = sum(row["facts"] for row in rows)
    sums = {column: sum(row[column] for row in rows) for column in COLUMNS if column not in ("verified", "junk")}
    shares = {
        column: round(sum(row[column] * row["facts"] for row in rows) / facts, 4) if facts else 0.0
        for column in ("verified", "junk")
    }
    return {"name": "all", **sums, **shares}


def _violation(one: fabrication.Violation) -> dict[str, Any]:
    return {
        "fact": one.fact,
        "kind": one.kind,
        "statement": one.statement,
        "quote": one.quote,
        "missing": one.missing,
        "place": one.place,
    }


def _notes(wrong: Sequence[dict[str, Any]], useless: Sequence[dict[str, Any]]) -> Iterator[str]:
    for one in wrong[:SHOWN]:
        lacks = f", without {one['missing']!r}" if one["missing"] else ""
        yield f"{one['kind']}: {one['of']} f{one['fact']} {one['statement']!r}{lacks}: {one['quote'][:120]!r}"
    if len(wrong) > SHOWN:
        yield f"and {len(wrong) - SHOWN} more violations, in the JSON file"
    kinds = Counter(one["why"] for one in useless)
    if kinds:
        yield "junk: " + ", ".join(f"{number} {why}" for why, number in kinds.most_common())
