"""Facts in the ledger: written with their quotes and their history, read back with the words that they quote.

What a fact is worth and which fact ends which is decided elsewhere (memory/facts/); here it is kept. A quote's words
are cut out of its passage each time, so that no copy of them outlives it; a quote whose passage does not show is left
out, and so is a fact without any quote that shows.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

from secondme.knowledge import Change, Claim, Dispute, Fact, Operation, Quote
from secondme.store.identity import plain
from secondme.store.ledger import Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, TEXT

_COLUMNS = (
    "n, id, subject, kind, statement, slot, value, single, stance, said_by, trust, confidence, made_by, first, last,"
    " valid_from, valid_to, learned_at, retired_at"
)
CURRENT = "valid_to IS NULL AND retired_at IS NULL"


def fact_id(claim: Claim) -> str:
    """Equal for claims that say the same thing: of one subject, in one slot, one value; else in the same words."""
    said = claim.value.casefold() if claim.slot and claim.value else " ".join(claim.statement.casefold().split())
    parts = (plain(claim.subject), claim.slot if claim.slot and claim.value else "", said, _happens(claim))
    return hashlib.blake2b("\0".join(parts).encode("utf-8", "surrogatepass"), digest_size=12).hexdigest()


def _happens(claim: Claim) -> str:
    """Two visits to one place are two events; a name is one, whenever it was said."""
    return str(claim.event) if claim.kind in ("event", "plan", "task") and not claim.single else ""


# -- writing ----------------------------------------------------------------------------------------------------------


def add(ledger: Ledger, claim: Claim, now: int, valid: tuple[int | None, int | None]) -> int:
    """Write a new fact; returns its number. It must not be there yet (`known`)."""
    first, last = claim.event or (None, None)
    row = (
        fact_id(claim), claim.subject, plain(claim.subject), claim.kind, claim.statement, claim.slot, claim.value,
        claim.single, claim.stance, claim.said_by, claim.trust, claim.confidence, claim.by, first, last, *valid, now,
    )  # fmt: skip
    columns = _COLUMNS.replace("n, id, subject,", "id, subject, who,").removesuffix(", retired_at")
    with ledger.transaction():
        ledger.change(f"INSERT INTO facts ({columns}) VALUES ({', '.join('?' * len(row))})", [row])
        number = known(ledger, claim) or 0
        words = (number, claim.statement, claim.value, claim.subject)
        ledger.change("INSERT INTO fact_words (rowid, statement, value, subject) VALUES (?, ?, ?, ?)", [words])
        quote(ledger, number, claim)
    return number


def quote(ledger: Ledger, number: int, claim: Claim) -> bool:
    """Let `claim`'s span speak for the fact, too. False if it did already."""
    one = claim.quote
    there = "SELECT 1 FROM quotes WHERE fact = ? AND passage = ? AND start = ?"
    if any(ledger.rows(there, (number, one.passage, one.start))):
        return False
    row = (number, one.passage, one.start, one.end, claim.day, claim.statement, claim.value)
    ledger.change(f"INSERT INTO quotes VALUES ({', '.join('?' * len(row))})", [row])
    return True


def read_anew(ledger: Ledger, passages: Sequence[str], said: Iterable[tuple[int, str, int]]) -> int:
    """Take back what rules once read in these passages and do not read there now: `said` are the (fact, passage, start)
    that they do. What the owner took back stays known as such. Returns how many quotes went."""
    sql = (
        "SELECT q.fact, q.passage, q.start FROM quotes q JOIN facts f ON f.n = q.fact WHERE f.retired_at IS NULL"
        " AND f.made_by NOT LIKE 'model%' AND q.passage IN (SELECT value FROM json_each(?))"
    )
    gone = set(ledger.rows(sql, (json.dumps(list(passages)),))) - set(said)
    with ledger.transaction():
        for fact, passage, start in sorted(gone):
            ledger.unquote(fact, passage, start)
    return len(gone)


def note(ledger: Ledger, number: int, operation: Operation, now: int, other: int = 0, why: str = "") -> None:
    """A line of the fact's history."""
    row = (number, now, operation, other, why)
    ledger.change("INSERT INTO changes (fact, at, operation, other, note) VALUES (?, ?, ?, ?, ?)", [row])


def set_valid(ledger: Ledger, number: int, valid_from: int | None, valid_to: int | None) -> None:
    ledger.change("UPDATE facts SET valid_from = ?, valid_to = ? WHERE n = ?", [(valid_from, valid_to, number)])


def set_confidence(ledger: Ledger, number: int, confidence: float) -> None:
    ledger.change("UPDATE facts SET confidence = ? WHERE n = ?", [(confidence, number)])


def set_retired(ledger: Ledger, number: int, at: int | None) -> None:
    ledger.change("UPDATE facts SET retired_at = ? WHERE n = ?", [(at, number)])


def dispute(ledger: Ledger, one: int, other: int, now: int) -> None:
    """Put two facts before the owner, once."""
    pair = (min(one, other), max(one, other), now)
    ledger.change("INSERT OR IGNORE INTO disputes (one, other, since) VALUES (?, ?, ?)", [pair])


def settle(ledger: Ledger, one: int, other: int, verdict: str) -> None:
    pair = (verdict, min(one, other), max(one, other))
    ledger.change("UPDATE disputes SET verdict = ? WHERE one = ? AND other = ?", [pair])


# -- reading ----------------------------------------------------------------------------------------------------------


def known(reader: LedgerReader, claim: Claim) -> int | None:
    """The number of the fact that says what `claim` says."""
    return next((int(n) for (n,) in reader.rows("SELECT n FROM facts WHERE id = ?", (fact_id(claim),))), None)


def facts(reader: LedgerReader, numbers: Iterable[int]) -> dict[int, Fact]:
    """Facts by number, each with the quotes that show; one that has none is not there."""
    wanted = json.dumps(list(numbers))
    sql = f"SELECT {_COLUMNS} FROM facts WHERE n IN (SELECT value FROM json_each(?)) ORDER BY n"
    rows, spans = list(reader.rows(sql, (wanted,))), _quotes(reader, wanted)
    return {row[0]: _fact(row, spans[row[0]]) for row in rows if row[0] in spans}


def in_slot(reader: LedgerReader, subject: str, slot: str, *, current: bool = False) -> list[Fact]:
    """What has been said of one thing about somebody, the earliest first."""
    sql = f"SELECT n FROM facts WHERE who = ? AND slot = ?{f' AND {CURRENT}' if current else ''} ORDER BY valid_from, n"
    found = facts(reader, [n for (n,) in reader.rows(sql, (plain(subject), slot))])
    return sorted(found.values(), key=lambda fact: (fact.valid_from or 0, fact.number))


def naming(reader: LedgerReader, subject: str, words: Sequence[str], limit: int = 20) -> list[Fact]:
    """Current facts about `subject` that have all of the words, the latest first."""
    wanted = " ".join(f'"{word}"' for word in words if word.isalnum())
    if not wanted:
        return []
    sql = (
        "SELECT f.n FROM fact_words w JOIN facts f ON f.n = w.rowid WHERE fact_words MATCH ? AND f.who = ?"
        f" AND f.{CURRENT.replace(' AND ', ' AND f.')} ORDER BY f.n DESC LIMIT ?"
    )
    found = facts(reader, [n for (n,) in reader.rows(sql, (wanted, plain(subject), limit))])
    return sorted(found.values(), key=lambda fact: -fact.number)


def current_facts(
    reader: LedgerReader, subjects: Sequence[str] = (), limit: int = -1, *, day: int | None = None
) -> list[Fact]:
    """What is known now, about everybody or about `subjects` (OWNER, names), the latest learnt first. With `day`, the
    day that it is, also what is known to end later."""
    if day is None:
        return list(_selected(reader, CURRENT, (), subjects, limit))
    clause = "retired_at IS NULL AND (valid_to IS NULL OR valid_to > ?)"
    return list(_selected(reader, clause, (day,), subjects, limit))


def all_facts(reader: LedgerReader, subjects: Sequence[str] = (), limit: int = -1) -> list[Fact]:
    """What is known or ever was, the latest learnt first."""
    return list(_selected(reader, "1", (), subjects, limit))


def facts_as_of(
    reader: LedgerReader, day: int, moment: int, subjects: Sequence[str] = (), limit: int = -1
) -> list[Fact]:
    """What was so on `day`, by what was known at `moment`: both times at once."""
    clause = (
        "(valid_from IS NULL OR valid_from <= ?) AND (valid_to IS NULL OR valid_to > ?)"
        " AND learned_at <= ? AND (retired_at IS NULL OR retired_at > ?)"
    )
    return list(_selected(reader, clause, (day, day, moment, moment), subjects, limit))


def _selected(
    reader: LedgerReader, clause: str, values: Sequence[object], subjects: Sequence[str], limit: int
) -> Iterator[Fact]:
    who = " AND who IN (SELECT value FROM json_each(?))" if subjects else ""
    more = (json.dumps([plain(one) for one in subjects]),) if subjects else ()
    sql = f"SELECT n FROM facts WHERE {clause}{who} ORDER BY n DESC LIMIT ?"
    numbers = [n for (n,) in reader.rows(sql, (*values, *more, limit))]
    for at in range(0, len(numbers), 1_000):
        found = facts(reader, numbers[at : at + 1_000])
        yield from (found[n] for n in numbers[at : at + 1_000] if n in found)


def resting_on(reader: LedgerReader, passages: Iterable[str]) -> dict[str, list[int]]:
    """The numbers of the facts that each passage speaks for, by passage id."""
    found = defaultdict[str, list[int]](list)
    sql = "SELECT passage, fact FROM quotes WHERE passage IN (SELECT value FROM json_each(?)) ORDER BY fact"
    for passage, fact in reader.rows(sql, (json.dumps(list(passages)),)):
        found[passage].append(fact)
    return found


def of_one_item(reader: LedgerReader, some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether one of the passages (ids) stands in the same item as one of the others."""
    sql = (
        "SELECT EXISTS (SELECT 1 FROM passages p JOIN passages q ON q.item = p.item"
        " WHERE p.id IN (SELECT value FROM json_each(?)) AND q.id IN (SELECT value FROM json_each(?)))"
    )
    return next(bool(there) for (there,) in reader.rows(sql, (json.dumps(list(some)), json.dumps(list(others)))))


def history(reader: LedgerReader, number: int) -> list[Change]:
    """What was done to a fact, the earliest first."""
    sql = "SELECT fact, at, operation, other, note FROM changes WHERE fact = ? ORDER BY n"
    return [Change(*row) for row in reader.rows(sql, (number,))]


def disputes(reader: LedgerReader) -> list[Dispute]:
    """What is open, the oldest first."""
    rows = list(reader.rows("SELECT one, other, since FROM disputes WHERE verdict = '' ORDER BY since, one, other"))
    found = facts(reader, [n for one, other, _ in rows for n in (one, other)])
    return [Dispute(found[one], found[other], since) for one, other, since in rows if one in found and other in found]


def count(reader: LedgerReader) -> tuple[int, int]:
    """How many facts there are, and how many of them hold now."""
    sql = f"SELECT count(*), coalesce(sum({CURRENT}), 0) FROM facts"
    return next((int(every), int(now)) for every, now in reader.rows(sql))


def subjects(reader: LedgerReader) -> list[str]:
    """Whom facts are about, as they are written; those with most facts first."""
    sql = "SELECT min(subject) FROM facts GROUP BY who ORDER BY count(*) DESC, who"
    return [name for (name,) in reader.rows(sql)]


def _quotes(reader: LedgerReader, numbers: str) -> dict[int, list[Quote]]:
    """The quotes of those facts (a JSON array), once each, in the order in which they were said."""
    sql = (
        f'SELECT q.fact, q.passage, q.start, q."end", min(substr({TEXT}, q.start + 1, q."end" - q.start))'
        " FROM quotes q JOIN passages p ON p.id = q.passage JOIN items i ON i.n = p.item"
        f" WHERE q.fact IN (SELECT value FROM json_each(?)) AND {LIVE}"
        " GROUP BY q.fact, q.passage, q.start ORDER BY q.fact, q.day, q.passage, q.start"
    )
    found = defaultdict[int, list[Quote]](list)
    for fact, passage, start, end, text in reader.rows(sql, (numbers,)):
        found[fact].append(Quote(passage, start, end, text))
    return found


def _fact(row: Sequence[Any], quotes: Sequence[Quote]) -> Fact:
    number, id_, subject, kind, statement, slot, value, single, stance, said_by, trust, confidence, by = row[:13]
    first, last, valid_from, valid_to, learned_at, retired_at = row[13:]
    event = None if first is None else (first, last)
    said = (number, id_, subject, kind, statement, slot, value, bool(single), stance, said_by, trust, confidence, by)
    return Fact(*said, event, valid_from, valid_to, learned_at, retired_at, tuple(quotes))
