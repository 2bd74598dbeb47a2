"""Passages for the tests of extractors, and their claims in one line each."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date
from typing import Any

from secondme.knowledge import OWNER, Claim, Told

WRITTEN = date(2026, 5, 20)  # a Wednesday


def told(text: str, under: str = "", **more: Any) -> Told:
    """A note of the owner's, written on WRITTEN, below the headings `under` ("Dana › Contact")."""
    fields: dict[str, Any] = {
        "passage": "p1",
        "text": text,
        "subject": OWNER,
        "context": under,
        "title": under.split(" › ")[0],
        "day": WRITTEN.toordinal(),
    }
    return Told(**(fields | more))


def brief(claims: Iterable[Claim]) -> list[str]:
    """ "Dana | birthday | 3 May" for each claim with a slot, "Dana | statement" for the others."""
    return [
        " | ".join((one.subject, one.slot, one.value) if one.slot else (one.subject, one.statement)) for one in claims
    ]


def days(claim: Claim) -> str:
    """The days of an event, as "2026-05-16" or "2026-06-11..2026-06-16"."""
    if claim.event is None:
        return ""
    first, last = (date.fromordinal(day).isoformat() for day in claim.event)
    return first if first == last else f"{first}..{last}"


Extract = Callable[[Told], Iterable[Claim]]


def passed(extract: Extract, passage: Told) -> list[Claim]:
    """The claims of one extractor that the guard lets pass."""
    from secondme.memory.facts.guard import refused

    return [claim for claim in extract(passage) if refused(claim, passage) is None]
