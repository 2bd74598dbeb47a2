"""Reflecting: passages that were not read for facts yet are read, newest and most recalled first.

Ingest stores passages and waits for nothing; this comes later, in slices. A slice is one transaction: killed at any
moment, it is done or it is not, and the next run goes on from there. Which passages were read, by which version of the
rules and by which model, is in the ledger, so that new rules read everything once more.
"""

from __future__ import annotations

import json
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from secondme.engine import Generator
from secondme.knowledge import OWNER, Claim, Told
from secondme.memory.dating import day_of
from secondme.memory.facts.reconcile import reconcile
from secondme.memory.facts.rules import RULES, claims
from secondme.store.around import Standing, standing
from secondme.store.facts import read_anew
from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE

AT_ONCE = 200  # passages in one transaction: a fraction of a second
ONE_BY_ONE = 4  # the same where a model reads them, for seconds each
People = dict[int, list[tuple[str, str, str]]]


@dataclass(slots=True)
class Learnt:
    """What reflecting came to. `refused` counts the claims that the guard turned down, by reason; `operations` what
    the others did."""

    passages: int = 0
    left: int = 0
    claims: int = 0
    disputes: int = 0
    seconds: float = 0.0
    tokens: int = 0
    refused: Counter[str] = field(default_factory=Counter)
    operations: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True, slots=True)
class Heard:
    """What extractors heard in passages (by number): the claims that passed the guard, the refusals, and the tokens
    that it took."""

    numbers: Sequence[int]
    claims: Sequence[Claim]
    refused: Counter[str]
    tokens: int = 0


def by_rules(reader: LedgerReader, numbers: Sequence[int]) -> Heard:
    """The deterministic extractors."""
    read = [claims(one) for one in tell(reader, numbers)]
    refused = sum((Counter(one.refused) for one in read), Counter[str]())
    return Heard(numbers, [claim for one in read for claim in one.claims], refused)


def by_model(reader: LedgerReader, numbers: Sequence[int], generator: Generator, stop: Callable[[], bool]) -> Heard:
    """The model at hand, which may take seconds for each. Those that `stop` kept it from are not among the numbers."""
    from secondme.memory.facts.model import modelled

    told = {one.passage: (n, one) for n, one in zip(numbers, tell(reader, numbers), strict=True)}
    found = modelled.claims([one for _, one in told.values()], generator, stop)
    return Heard([told[passage][0] for passage in found.read], found.claims, found.refused, found.tokens)


def pending(reader: LedgerReader, model: str = "") -> list[int]:
    """Numbers of the visible passages that the rules (or `model`) have not read, the most recalled and newest first."""
    unread = "coalesce(r.model, '') != ?" if model else "coalesce(r.rules, 0) < ?"
    sql = (
        "SELECT p.n FROM passages p JOIN items i ON i.n = p.item LEFT JOIN reflected r ON r.passage = p.n"
        f" LEFT JOIN uses u ON u.passage = p.id WHERE {unread} AND {LIVE}"
        " ORDER BY coalesce(u.count, 0) DESC, i.epoch DESC, p.n DESC"
    )
    return [n for (n,) in reader.rows(sql, (model or RULES,))]


def unread(reader: LedgerReader) -> int:
    """How many visible passages the rules have not read."""
    sql = (
        "SELECT count(*) FROM passages p LEFT JOIN reflected r ON r.passage = p.n JOIN items i ON i.n = p.item"
        f" WHERE coalesce(r.rules, 0) < ? AND {LIVE}"
    )
    return next(int(count) for (count,) in reader.rows(sql, (RULES,)))


def learn(ledger: Ledger, heard: Heard, learnt: Learnt, model: str = "", now: int = 0) -> None:
    """Bring what was heard into what is known: one transaction, which adds to `learnt`. Without what has gone."""
    moment = now or int(time.time())
    with ledger.transaction():
        there = ledger.stored({claim.quote.passage for claim in heard.claims})
        again = [] if model else _read_before(ledger, heard.numbers)
        said = list[tuple[int, str, int]]()
        for claim in sorted(heard.claims, key=lambda claim: (claim.day or 0, claim.quote.start)):
            if claim.quote.passage in there:
                outcome = reconcile(ledger, claim, moment)
                said.append((outcome.fact, claim.quote.passage, claim.quote.start))
                learnt.operations[outcome.operation] += 1
                learnt.disputes += outcome.disputes
        if again:
            read_anew(ledger, again, said)
        column, value = ("model", model) if model else ("rules", RULES)
        ledger.change(
            f"INSERT INTO reflected (passage, {column}) SELECT n, ?2 FROM passages WHERE n = ?1"
            f" ON CONFLICT (passage) DO UPDATE SET {column} = excluded.{column}",
            [(n, value) for n in heard.numbers],
        )
    learnt.passages += len(heard.numbers)
    learnt.claims += len(heard.claims)
    learnt.tokens += heard.tokens
    learnt.refused += heard.refused


def _read_before(ledger: Ledger, numbers: Sequence[int]) -> list[str]:
    """The ids of those of the passages that older rules have read."""
    sql = (
        "SELECT p.id FROM reflected r JOIN passages p ON p.n = r.passage WHERE r.rules > 0"
        " AND r.passage IN (SELECT value FROM json_each(?))"
    )
    return [id_ for (id_,) in ledger.rows(sql, (json.dumps(list(numbers)),))]


def slices(numbers: Sequence[int], size: int = AT_ONCE) -> Iterator[Sequence[int]]:
    """What is to be read, a transaction's worth at a time."""
    return (numbers[at : at + size] for at in range(0, len(numbers), size))


# -- passages as extractors get them ----------------------------------------------------------------------------------


def tell(reader: LedgerReader, numbers: Sequence[int]) -> Iterator[Told]:
    """The passages with all that decides whom "I" means and when "yesterday" is."""
    there, items, people = standing(reader, numbers), _items(reader, numbers), _people(reader, numbers)
    for n in numbers:
        if (one := there.get(n)) is not None:
            before = there.get(one.before[0]) if one.before and one.thread else None
            yield _told(one, *items[n], before, people.get(n, []))


def _told(
    one: Standing, title: str, time: str | None, before: Standing | None, people: Sequence[tuple[str, str, str]]
) -> Told:
    day = day_of(one.context, datetime.fromisoformat(time) if time else None, one.speaker)
    return Told(
        passage=one.id,
        text=one.text,
        subject=subject_of(one.trust, one.speaker),
        context=one.context,
        speaker=one.speaker,
        trust=one.trust,  # type: ignore[arg-type]
        kind=one.kind,
        day=day.toordinal() if day else None,
        title=title,
        before=f"{before.speaker}: {before.text}" if before is not None else "",
        people=tuple(people),
    )


def subject_of(trust: str, speaker: str) -> str:
    """Whom "I" means: the owner in what is their own, else the speaker; nobody in what a machine wrote."""
    if trust == "machine":
        return ""
    return OWNER if trust == "own" else speaker


def _items(reader: LedgerReader, numbers: Sequence[int]) -> dict[int, tuple[str, str | None]]:
    """The title and the time of each passage's item."""
    there = "p.n IN (SELECT value FROM json_each(?))"
    sql = f"SELECT p.n, i.title, i.time FROM passages p JOIN items i ON i.n = p.item WHERE {there}"
    return {n: (title, time) for n, title, time in reader.rows(sql, (json.dumps(list(numbers)),))}


def _people(reader: LedgerReader, numbers: Sequence[int]) -> People:
    """Those who take part in each passage's item, in the order of the source."""
    sql = (
        "SELECT p.n, h.name, h.address, t.role FROM passages p JOIN takes_part t ON t.item = p.item"
        " JOIN handles h ON h.n = t.handle WHERE p.n IN (SELECT value FROM json_each(?)) ORDER BY p.n, t.rank"
    )
    found: People = defaultdict(list)
    for n, name, address, role in reader.rows(sql, (json.dumps(list(numbers)),)):
        found[n].append((name, address, role))
    return found
