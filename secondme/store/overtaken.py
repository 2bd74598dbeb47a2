"""Which passages say what is not so any more, and which say what came in its place.

Read off the facts: a fact that ended, because of another, on or before a day. Passages are named by number here, as
searching does.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from secondme.store.reading import LedgerReader

FOLLOWED = 3  # times that what took a place may have been overtaken itself


class Span(NamedTuple):
    """Words of a passage, by its id, that say a fact which has ended; or, with `instead`, what took its place."""

    passage: str
    start: int
    end: int
    fact: int
    instead: bool


def any_facts(reader: LedgerReader) -> bool:
    return next(bool(found) for (found,) in reader.rows("SELECT EXISTS (SELECT 1 FROM facts)"))


def successors(reader: LedgerReader, numbers: Iterable[int], day: int) -> dict[int, list[int]]:
    """For each of the passages that says what was not so any more on `day`: the passages that say what was instead."""
    found: dict[int, list[int]] = {}
    asked = set(numbers)
    for _ in range(FOLLOWED):
        new = _next(reader, asked - found.keys(), day)
        found |= new
        asked = {n for later in new.values() for n in later}
        if not asked:
            break
    return found


def _next(reader: LedgerReader, numbers: Iterable[int], day: int) -> dict[int, list[int]]:
    sql = (
        "SELECT DISTINCT p.n, later.n FROM passages p JOIN quotes q ON q.passage = p.id"
        " JOIN facts f ON f.n = q.fact AND f.retired_at IS NULL AND f.valid_to <= ?"
        " JOIN changes c ON c.fact = f.n AND c.operation = 'UPDATE'"
        " JOIN facts g ON g.n = c.other AND g.retired_at IS NULL"
        " JOIN quotes r ON r.fact = g.n JOIN passages later ON later.id = r.passage"
        " WHERE p.n IN (SELECT value FROM json_each(?)) AND later.id != p.id ORDER BY p.n, later.n"
    )
    found = defaultdict[int, list[int]](list)
    for n, later in reader.rows(sql, (day, json.dumps(list(numbers)))):
        found[n].append(later)
    return dict(found)


def spans(reader: LedgerReader, passages: Sequence[str], day: int) -> list[Span]:
    """The words of these passages that were not so any more on `day`, or that the owner took back, and the words of
    these passages that took their place, directly or in the end."""
    there = json.dumps(list(passages))
    over = (
        'SELECT q.passage, q.start, q."end", f.n FROM quotes q JOIN facts f ON f.n = q.fact'
        " WHERE q.passage IN (SELECT value FROM json_each(?)) AND (f.valid_to <= ? OR f.retired_at IS NOT NULL)"
    )
    ended = [Span(one, start, end, fact, False) for one, start, end, fact in reader.rows(over, (there, day))]
    by = _ended_by(reader, {span.fact for span in ended})
    new = 'SELECT fact, passage, start, "end" FROM quotes WHERE fact IN (SELECT value FROM json_each(?))'
    new += " AND passage IN (SELECT value FROM json_each(?))"
    quotes = list(reader.rows(new, (json.dumps(sorted({one for more in by.values() for one in more})), there)))
    said = [
        Span(passage, start, end, fact, True)
        for fact, later in by.items()
        for number, passage, start, end in quotes
        if number in later
    ]
    return ended + said


def _ended_by(reader: LedgerReader, facts: Iterable[int]) -> dict[int, set[int]]:
    """For each fact those that ended it, and those that ended them."""
    found = {fact: {fact} for fact in facts}
    sql = (
        "SELECT c.fact, c.other FROM changes c JOIN facts g ON g.n = c.other AND g.retired_at IS NULL"
        " WHERE c.operation = 'UPDATE' AND c.fact IN (SELECT value FROM json_each(?))"
    )
    for _ in range(FOLLOWED):
        last = json.dumps(sorted({one for line in found.values() for one in line}))
        steps = list(reader.rows(sql, (last,)))
        for line in found.values():
            line.update(other for fact, other in steps if fact in line)
    return {fact: line - {fact} for fact, line in found.items()}
