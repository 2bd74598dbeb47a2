"""What was made of a question, in sentences for the one who asked it: `secondme recall --explain`.

Whom it means and by what, which days and what that rests on, the order that it wants, the kind of thing that would
answer it; and of a question as of an earlier day, what cannot be known. Decides nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from secondme.recall.asked import Kind
from secondme.recall.query import Query
from secondme.recall.when import When
from secondme.records import Hit
from secondme.store.learned import learned_after, undated_after
from secondme.store.rows import Filters
from secondme.timewords import spelt

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

_KINDS: dict[Kind, str] = {
    "money": "an amount of money",
    "count": "a number",
    "date": "a date",
    "clock": "a time of day",
    "person": "a name",
    "place": "a place",
    "phone": "a phone number",
    "email": "an e-mail address",
    "code": "a number or a code",
}
_ORDERS = {"latest": "The latest is wanted.", "earliest": "The earliest is wanted."}
_SPOKEN = {"owner": "Your own words count more.", "assistant": "An assistant's words count more."}


def understood(query: Query, reader: LedgerReader) -> list[str]:
    """One sentence for each thing that was read from the question."""
    notes = [f"{reason}." for reason in query.named.reasons]
    notes += _days(query.when, reader)
    notes.append(_ORDERS.get(query.when.order, ""))
    notes.append(f"Asked for: {_KINDS[query.kind]}." if query.kind in _KINDS else "")
    notes.append(_SPOKEN.get(query.spoken, ""))
    return [note for note in notes if note]


def known_then(asked: datetime, filters: Filters, hits: Sequence[Hit], reader: LedgerReader) -> Iterator[str]:
    """Of a question asked as of an earlier day: what counts as known then, and what is in doubt."""
    if filters.known_by is None:
        return
    today = asked.toordinal()
    yield f"As of {spelt((today, today))}: what is of no later day, and what was in memory by then."
    if undated := undated_after(reader, filters.known_by):
        yield f"Left out: what names no day and was taken in later ({undated}); nothing says that it was known then."
    if later := learned_after(reader, [hit.passage.id for hit in hits], filters.known_by):
        yield f"Taken in later: {later} of these; what has been edited since shows its later words."


def looked_at(candidates: int, whole: bool) -> str:
    """How many passages were weighed, and why no more."""
    count = f"{candidates} passage{'' if candidates == 1 else 's'}"
    if whole:
        return f"All of memory was read, as it is small: {count}."
    return f"Weighed: {count}, the nearest by words, by meaning and by time." if candidates else ""


def _days(when: When, reader: LedgerReader) -> list[str]:
    if when.basis:
        known = reader.passages([basis.passage for basis in when.basis])
        places = {id_: Hit(f.passage, f.source, f.title, 0.0, part=f.part).place for id_, f in known.items()}
        return [
            f"“{basis.event.words}”: {spelt(basis.range)}, by {places.get(basis.passage, 'a passage that has gone')}."
            for basis in dict.fromkeys(when.basis)
        ]
    said = ", ".join(f"“{words}”" for words in when.words)
    if when.ranges:
        return [f"{said}: {' or '.join(spelt(days) for days in when.ranges)}."]
    return [f"{said}: no day for it was found in memory, and it counts for nothing."] if said else []
