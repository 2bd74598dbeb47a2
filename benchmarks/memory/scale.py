"""How long one new fact takes to find its place among 100,000.

The ledger is made up: 320 people, the owner with four facts in ten, a third of the facts statements by themselves, the
rest in slots, of which few hold many values and many hold a few (Zipf's law). Each rests on a quote in a passage of its
own item, so that what is read is what a real ledger holds. Claims are of four kinds, by turns, each in a transaction of
its own, with the commit: something new; another value for a slot that holds one at a time; the same thing said again;
something new that says what it has ended.
"""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import accumulate
from pathlib import Path
from typing import Any

from benchmarks import making
from benchmarks.recall import lifetime
from secondme import measures
from secondme.knowledge import OWNER, Claim, Quote
from secondme.store.facts import fact_id
from secondme.store.identity import plain
from secondme.store.ledger import Ledger

KINDS = ("new", "another value", "said again", "ends another")
CLAIMS = 400
SLOTS, SINGLE = 3_000, 0.7  # different slots, and the share of those that hold one value at a time
FIRST_DAY, DAYS = 735_000, 5_000
NOW = 2_000_000_000  # seconds since 1970
COLUMNS = ("claims", "p50 ms", "p95 ms", "most ms")


def measured(facts: int, folder: Path, claims: int = CLAIMS) -> dict[str, Any]:
    from secondme.memory.facts.reconcile import reconcile

    folder.mkdir(parents=True, exist_ok=True)
    spent, done = {kind: list[float]() for kind in KINDS}, Counter[str]()
    with contextlib.closing(Ledger(folder / "ledger.db", create=True)) as ledger:
        draw = random.Random(7)
        made = list(_claims(facts, draw))
        if not next(ledger.rows("SELECT count(*) FROM facts"))[0]:
            fill(ledger, made)
        for number in range(claims):
            kind = KINDS[number % len(KINDS)]
            claim = _new(kind, made, facts + number, draw)
            _passages(ledger, [claim], facts + 1 + number)
            began = time.perf_counter()
            outcome = reconcile(ledger, claim, NOW)
            spent[kind].append(time.perf_counter() - began)
            done[f"{kind}: {outcome.operation}"] += 1
    rows = [_row(kind, seconds) for kind, seconds in spent.items() if seconds]
    rows.append(_row("all", [second for seconds in spent.values() for second in seconds]))
    notes = [", ".join(f"{what} {number}" for what, number in sorted(done.items()))]
    title = f"reconciling one new fact among {facts:,}"
    return {"benchmark": "scale", "tables": [{"title": title, "columns": COLUMNS, "rows": rows}], "notes": notes}


def _row(name: str, seconds: Sequence[float]) -> dict[str, Any]:
    spent = [1000 * one for one in seconds]
    return {
        "name": name,
        "claims": len(spent),
        "p50 ms": round(statistics.median(spent), 2),
        "p95 ms": round(measures.percentile(spent, 0.95), 2),
        "most ms": round(max(spent), 2),
    }


# -- what is claimed --------------------------------------------------------------------------------------------------


def _claims(count: int, draw: random.Random) -> Iterator[Claim]:
    """Claims of a life, no two of them the same."""
    vocabulary = making.Prose(7, 20_000).vocabulary
    slots = [f"{vocabulary[200 + n % 3_000]} of {vocabulary[4_000 + n]}" for n in range(SLOTS)]
    rank, weights = dict(zip(slots, range(SLOTS), strict=True)), list(accumulate(1 / (n + 10) for n in range(SLOTS)))
    for n in range(count):
        subject = OWNER if draw.random() < 0.4 else draw.choice(lifetime.PEOPLE)
        slot = "" if draw.random() < 0.33 else draw.choices(slots, cum_weights=weights)[0]
        # what many values are told of holds many at a time, as "likes" does
        single = bool(slot) and rank[slot] > (1 - SINGLE) * SLOTS
        yield _claim(n, subject, slot, single, [draw.choice(vocabulary[100:]) for _ in range(5)], FIRST_DAY + n % DAYS)


def _claim(n: int, subject: str, slot: str, single: bool, words: Sequence[str], day: int) -> Claim:
    value = " ".join([*words[:2], str(n)]) if slot else ""
    said = f"{slot}: {value}" if slot else " ".join([*words, str(n)])
    quote = Quote(f"p{n:031x}", 0, len(said), said)
    return Claim(subject, "other", said, quote, slot, value, single, day=day)


def _new(kind: str, made: Sequence[Claim], n: int, draw: random.Random) -> Claim:
    """A claim of that kind, as of the last day."""
    day = FIRST_DAY + DAYS + 1
    single = kind in ("another value", "ends another")
    old = draw.choice([one for one in draw.sample(made, 200) if not single or one.single])
    if kind == "said again":
        return replace(old, quote=replace(old.quote, passage=f"p{n:031x}"), day=day)
    words = [*old.statement.split()[:2], draw.choice(made).statement.split()[0], "next", "then"]
    fresh = _claim(n, old.subject, old.slot if kind == "another value" else "", kind == "another value", words, day)
    return replace(fresh, ended=(old.value,)) if kind == "ends another" else fresh


# -- the ledger -------------------------------------------------------------------------------------------------------


def fill(ledger: Ledger, made: Sequence[Claim]) -> None:
    """Write the facts as reconciling would have, without reconciling: that would take an hour."""
    with ledger.transaction():
        ledger.change(
            "INSERT INTO sources (n, key, uri, reader, size, mtime_ns, sha256, revision, ingested_at, skipped)"
            " VALUES (1, 'made', '/made', 'made', 0, 0, '', 1, 0, '[]')"
        )
        _passages(ledger, made, 1)
        columns = (
            "id, subject, who, kind, statement, slot, value, single, stance, said_by, trust, confidence, made_by,"
            " valid_from, learned_at"
        )
        marks = ", ".join("?" * len(columns.split(",")))
        ledger.change(f"INSERT OR IGNORE INTO facts ({columns}) VALUES ({marks})", map(_fact, made))
        ledger.change(
            "INSERT INTO fact_words (rowid, statement, value, subject) SELECT n, statement, value, subject FROM facts"
        )
        ledger.change(
            'INSERT INTO quotes (fact, passage, start, "end", day, statement, value)'
            " SELECT n, ?, 0, length(statement), valid_from, statement, value FROM facts WHERE id = ?",
            [(claim.quote.passage, fact_id(claim)) for claim in made],
        )


def _fact(claim: Claim) -> tuple[object, ...]:
    told = (claim.kind, claim.statement, claim.slot, claim.value, claim.single, claim.stance, "", "own", 0.8, "made")
    return (fact_id(claim), claim.subject, plain(claim.subject), *told, claim.day, 0)


def _passages(ledger: Ledger, claims: Sequence[Claim], first: int) -> None:
    """An item with one passage for each claim, numbered from `first`."""
    numbered = list(enumerate(claims, start=first))
    ledger.change(
        "INSERT INTO items (n, id, hash, kind, title, speaker, tags, links, trust, text, learned_at)"
        " VALUES (?, ?, ?, 'note', '', '', '[]', '[]', 'own', ?, 0)",
        [(n, f"made/{n}", str(n), claim.quote.text) for n, claim in numbered],
    )
    ledger.change("INSERT INTO contents (item, source, revision, part, base, line) VALUES (?, 1, 1, '', 0, 1)",
                  [(n,) for n, _ in numbered])  # fmt: skip
    ledger.change(
        "INSERT INTO passages (n, id, item, start, \"end\", line, context) VALUES (?, ?, ?, 0, ?, 0, '')",
        [(n, claim.quote.passage, n, len(claim.quote.text)) for n, claim in numbered],
    )
