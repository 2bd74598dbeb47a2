"""The deterministic half of extraction: every rule on one passage, without doubles, through the guard.

Costs no model and gives the same claims for the same words, always. When rules change what they find, RULES goes up, and
every passage is read once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import chain
from types import MappingProxyType

from secondme.knowledge import Claim, Told
from secondme.memory.facts import cards, dated, fields, sentences, shaped, tasks
from secondme.memory.facts.guard import refused

RULES = 1
EXTRACTORS = (tasks.claims, cards.claims, fields.claims, dated.claims, shaped.claims, sentences.claims)
FORMS = ("contact", "event", "task")  # kinds of items that are forms all through


@dataclass(frozen=True, slots=True)
class Read:
    """What a passage says: the claims that passed the guard, and how many did not, by the reason."""

    claims: tuple[Claim, ...] = ()
    refused: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def claims(told: Told) -> Read:
    """Everything that the rules read in a passage, in the order in which it is said."""
    kept: dict[tuple[object, ...], Claim] = {}
    reasons = Counter[str]()
    for claim in _proposed(told):
        if (reason := refused(claim, told)) is not None:
            reasons[_kind(reason)] += 1
            continue
        kept.setdefault(_identity(claim), claim)
    found = sorted(_without_weaker(list(kept.values())), key=lambda claim: (claim.quote.start, claim.quote.end))
    return Read(tuple(found), MappingProxyType(dict(reasons)))


def _proposed(told: Told) -> Iterator[Claim]:
    if told.kind in FORMS:
        return cards.claims(told)
    return chain.from_iterable(extract(told) for extract in EXTRACTORS)


def _identity(claim: Claim) -> tuple[object, ...]:
    said = claim.value or claim.statement
    return claim.subject.casefold(), claim.slot, " ".join(said.casefold().split()), claim.event, claim.ended


def _without_weaker(found: list[Claim]) -> list[Claim]:
    """Without statements that have no slot and say what a claim with one says of the same words."""
    tasks_said = [(claim.quote.start, claim.quote.end) for claim in found if claim.kind == "task"]
    slotted = {(claim.quote.start, claim.quote.end) for claim in found if claim.slot}

    def weaker(claim: Claim) -> bool:
        span = (claim.quote.start, claim.quote.end)
        within = any(start <= span[0] and span[1] <= end for start, end in tasks_said)
        return (within and claim.kind != "task") or (not claim.slot and claim.kind == "event" and span in slotted)

    return [claim for claim in found if not weaker(claim)]


def _kind(reason: str) -> str:
    """The reason without the words that it is about, so that it can be counted."""
    return reason.partition("“")[0].rstrip() + " …" if "“" in reason else reason
