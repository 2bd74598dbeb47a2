"""The deterministic half of extraction: every rule on one passage, without doubles, through the guard.

Costs no model and gives the same claims for the same words, always. When rules change what they find, RULES goes up,
and every passage is read once more.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import NamedTuple

from secondme.knowledge import Claim, Told
from secondme.memory.facts.guard import OTHER_DAYS, refused
from secondme.memory.facts.proof import EMPTY
from secondme.memory.facts.prose import sentences
from secondme.memory.facts.same import words
from secondme.memory.facts.structured import cards, dated, fields, shaped, tables, tasks

RULES = 1
EXTRACTORS = (tasks.claims, cards.claims, fields.claims, tables.claims, dated.claims, shaped.claims, sentences.claims)
SAID_ALREADY = 0.7  # of its words: a statement by itself is no news then
FORMS = ("contact", "event", "task")  # kinds of items that are forms all through
OTHERS = ("page", "document", "bookmark", "visit", "screenshot")  # in which "I" is not the owner


@dataclass(frozen=True, slots=True)
class Read:
    """What a passage says: the claims that passed the guard, and how many did not, by the reason."""

    claims: tuple[Claim, ...] = ()
    refused: Mapping[str, int] = field(default_factory=lambda: MappingProxyType({}))


def claims(told: Told) -> Read:
    """Everything that the rules read in a passage, in the order in which it is said."""
    told = replace(told, subject="") if told.kind in OTHERS else told
    kept: dict[tuple[object, ...], _Ranked] = {}
    reasons = Counter[str]()
    for ranked in _proposed(told):
        reason = refused(ranked.claim, told)
        if reason == OTHER_DAYS:  # what was said may still be so
            reasons[reason] += 1
            ranked = ranked._replace(claim=replace(ranked.claim, event=None))
            reason = refused(ranked.claim, told)
        if reason is not None:
            reasons[_kind(reason)] += 1
        elif not any(_said_by(other, ranked) for other in kept.values()):
            kept.setdefault(_identity(ranked.claim), ranked)
    found = sorted((ranked.claim for ranked in kept.values()), key=lambda claim: (claim.quote.start, claim.quote.end))
    return Read(tuple(found), MappingProxyType(dict(reasons)))


class _Ranked(NamedTuple):
    """A claim, and by which of the extractors: an earlier one knows better what the words are."""

    claim: Claim
    rank: int


def _proposed(told: Told) -> Iterator[_Ranked]:
    extractors = (cards.claims,) if told.kind in FORMS else EXTRACTORS
    return (_Ranked(claim, rank) for rank, extract in enumerate(extractors) for claim in extract(told))


def _identity(claim: Claim) -> tuple[object, ...]:
    said = claim.value or claim.statement
    return claim.subject.casefold(), claim.slot, " ".join(said.casefold().split()), claim.event, claim.ended


def _said_by(other: _Ranked, ranked: _Ranked) -> bool:
    """Whether an earlier extractor's claim from the same words says it already."""
    before, claim = other.claim, ranked.claim
    apart = claim.quote.end <= before.quote.start or before.quote.end <= claim.quote.start
    if other.rank >= ranked.rank or apart or claim.ended:
        return False
    if before.kind == "task" or (claim.value and words(claim.value) == words(before.value)):
        return True
    content = set(words(claim.statement)) - EMPTY
    there = {*words(before.statement), *words(before.slot), *words(before.value)}
    return not claim.slot and SAID_ALREADY * len(content) <= len(content & there)


def _kind(reason: str) -> str:
    """The reason without the words that it is about, so that it can be counted."""
    return reason.partition("“")[0].rstrip() + " …" if "“" in reason else reason
