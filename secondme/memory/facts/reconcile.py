"""Reconciling: what a new claim does to what is known. ADD, MERGE, UPDATE, END, RETRACT, or nothing.

The operations are Mem0's (Chhikara et al., 2025), and both times are kept as in Zep (Rasmussen et al., 2025): when
something was so in the world, and when memory learnt it. Unlike there no model decides, and nothing is deleted: a fact
that is overtaken gets the day on which it ended. Claims may come in any order; it is the day on which a thing was said
that counts, so that an old note read late becomes history at once.

What rules cannot settle is put before the owner (`dispute`): two values of the same day, of unknown days, or somebody
else's word against the owner's own.
"""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

from secondme.knowledge import OWNER, Claim, Fact, Operation
from secondme.store import facts as kept
from secondme.store.identity import plain
from secondme.store.ledger import Ledger

WEAK = ("guess", "hearsay")  # such a claim is kept and ends nothing
SURE = 0.99  # more evidence never makes it more
_SMALL = {"a", "an", "the", "my", "our", "your", "his", "her", "their", "its", "this", "that"}
_SMALL |= {"at", "in", "on", "of", "for", "to", "with", "and", "or", "from"}
_WORD = re.compile(r"\w+")


class Outcome(NamedTuple):
    """What was done, and the number of the fact that the claim is in now (0: in none)."""

    operation: Operation
    fact: int
    disputes: int = 0


def reconcile(ledger: Ledger, claim: Claim, now: int) -> Outcome:
    """Bring `claim`, which the guard has passed, into what is known. `now` is the moment, seconds since 1970."""
    with ledger.transaction():
        if (number := kept.known(ledger, claim)) is not None:
            return _again(ledger, claim, number, now)
        ended = _named(ledger, claim) if claim.stance not in WEAK else []
        if not claim.value and not claim.statement:
            return _end(ledger, claim, ended, now)
        return _new(ledger, claim, ended, now)


def retract(ledger: Ledger, number: int, now: int, why: str = "") -> None:
    """The owner says that it is wrong: it counts for nothing from now on, and does not come back by itself."""
    with ledger.transaction():
        kept.set_retired(ledger, number, now)
        kept.note(ledger, number, "RETRACT", now, why=why)
        for change in _ended_by(ledger, number):
            kept.set_valid(ledger, change.number, change.valid_from, None)
            kept.note(ledger, change.number, "RESTORE", now, number)


def holds(ledger: Ledger, number: int, other: int, now: int) -> None:
    """The owner says that the first fact is so, and the other never was."""
    with ledger.transaction():
        retract(ledger, other, now)
        kept.settle(ledger, number, other, "holds")


def changed(ledger: Ledger, number: int, other: int, day: int, now: int) -> None:
    """The owner says that the first fact took the other's place on `day`."""
    with ledger.transaction():
        found = kept.facts(ledger, (number, other))
        kept.set_valid(ledger, other, found[other].valid_from, day)
        kept.set_valid(ledger, number, day, None)
        kept.note(ledger, other, "UPDATE", now, number)
        kept.settle(ledger, number, other, "changed")


def both(ledger: Ledger, number: int, other: int) -> None:
    """The owner says that both are so."""
    kept.settle(ledger, number, other, "both")


def neither(ledger: Ledger, number: int, other: int, now: int) -> None:
    """The owner says that both are wrong."""
    with ledger.transaction():
        retract(ledger, number, now)
        retract(ledger, other, now)
        kept.settle(ledger, number, other, "neither")


# -- said before ------------------------------------------------------------------------------------------------------


def _again(ledger: Ledger, claim: Claim, number: int, now: int) -> Outcome:
    """The same thing said again is more evidence, and may say that it is so once more."""
    fact = kept.facts(ledger, (number,)).get(number)
    if not kept.quote(ledger, number, claim) or fact is None:
        return Outcome("NOOP", number)
    kept.set_confidence(ledger, number, min(SURE, 1 - (1 - fact.confidence) * (1 - claim.confidence / 2)))
    kept.note(ledger, number, "MERGE", now)
    if fact.retired_at is not None:
        return Outcome("NOOP", number)
    begun, said = fact.valid_from, _begins(claim)
    if fact.valid_to is not None and said is not None and said > fact.valid_to and claim.stance not in WEAK:
        kept.set_valid(ledger, number, begun, None)
        kept.note(ledger, number, "RESTORE", now)
        _overtake(ledger, number, replace(claim, day=said), now)
    elif said is not None and (begun is None or said < begun):
        kept.set_valid(ledger, number, said, fact.valid_to)
    return Outcome("MERGE", number)


# -- new --------------------------------------------------------------------------------------------------------------


def _new(ledger: Ledger, claim: Claim, ended: list[Fact], now: int) -> Outcome:
    number = kept.add(ledger, claim, now, (_begins(claim), None))
    kept.note(ledger, number, "ADD", now)
    if claim.stance in WEAK:
        return Outcome("ADD", number)
    disputes = _overtake(ledger, number, claim, now)
    for fact in ended:
        if fact.number != number and _may_end(claim, fact):
            _close(ledger, fact, _begins(claim), number, now)
    return Outcome("UPDATE" if ended else "ADD", number, disputes)


def _overtake(ledger: Ledger, number: int, claim: Claim, now: int) -> int:
    """Let a value of a slot that holds one at a time find its place among the others; how many disputes that made."""
    if not (claim.single and claim.slot and claim.value):
        return 0
    disputes, until = 0, None
    for rival in kept.in_slot(ledger, claim.subject, claim.slot):
        if rival.number == number or rival.retired_at is not None or rival.stance in WEAK:
            continue
        if _together(ledger, rival, claim):
            continue
        begins, other = _begins(claim), rival.valid_from
        if not _may_end(claim, rival) or begins is None or other is None or begins == other:
            if rival.valid_to is None:
                kept.dispute(ledger, number, rival.number, now)
                disputes += 1
        elif other < begins:
            if rival.valid_to is None or rival.valid_to > begins:
                _close(ledger, rival, begins, number, now)
        elif until is None or other < until[0]:
            until = (other, rival.number)
    if until is not None:  # later words are known already
        kept.set_valid(ledger, number, _begins(claim), until[0])
        kept.note(ledger, number, "UPDATE", now, until[1])
    return disputes


def _end(ledger: Ledger, claim: Claim, ended: list[Fact], now: int) -> Outcome:
    """A claim that says only that something is over."""
    for fact in ended:
        _close(ledger, fact, claim.day, 0, now)
    return Outcome("END" if ended else "NOOP", 0)


def _close(ledger: Ledger, fact: Fact, day: int | None, by: int, now: int) -> None:
    kept.set_valid(ledger, fact.number, fact.valid_from, day if day is not None else fact.valid_from)
    kept.note(ledger, fact.number, "UPDATE" if by else "END", now, by)


def _named(ledger: Ledger, claim: Claim) -> list[Fact]:
    """The current facts about the same subject that the claim says have ended, said before it. A single word that many
    facts have in them does not say which."""
    found: dict[int, Fact] = {}
    for phrase in claim.ended:
        words = [word for word in _WORD.findall(phrase) if word.casefold() not in _SMALL]
        meant = [fact for fact in kept.naming(ledger, claim.subject, words) if _before(ledger, fact, claim)]
        if len(words) == 1 and words[0][0].isupper():
            meant = [fact for fact in meant if words[0] in _WORD.findall(fact.statement)]  # a name, and no verb like it
        if len(words) == 1 and len(meant) > 1:
            meant = [fact for fact in meant if fact.value.casefold() == words[0].casefold()]
        found |= {fact.number: fact for fact in meant}
    return list(found.values())


def _before(ledger: Ledger, fact: Fact, claim: Claim) -> bool:
    """Whether the claim may speak of the fact as of something that was so."""
    return not _together(ledger, fact, claim) and _earlier(fact, claim) and fact.stance not in WEAK


def _ended_by(ledger: Ledger, number: int) -> list[Fact]:
    """The facts that this one ended."""
    sql = "SELECT DISTINCT fact FROM changes WHERE other = ? AND operation IN ('UPDATE', 'END')"
    return list(kept.facts(ledger, [n for (n,) in ledger.rows(sql, (number,))]).values())


def _begins(claim: Claim) -> int | None:
    """Since when it is so: a plan from the day that it is for, if it names one, else since it was said."""
    planned = claim.stance == "plan" and claim.single and claim.event is not None
    return claim.event[0] if planned and claim.event else claim.day


def _earlier(fact: Fact, claim: Claim) -> bool:
    """Whether the fact was said before what the claim tells of; what has no day is older than what has one."""
    if fact.valid_from is None or claim.day is None:
        return fact.valid_from is None
    happened = claim.event[1] if claim.event is not None else claim.day
    return fact.valid_from <= min(happened, claim.day)


def _together(ledger: Ledger, fact: Fact, claim: Claim) -> bool:
    """One note that gives two values means both."""
    return kept.of_one_item(ledger, [claim.quote.passage], [quote.passage for quote in fact.quotes])


def _may_end(claim: Claim, fact: Fact) -> bool:
    """Nobody else's word ends what the owner said of themselves, and a model's reading only what a model read."""
    about_owner = plain(fact.subject) == plain(OWNER)
    if by_model(claim.by) and not by_model(fact.by):
        return False
    return not about_owner or claim.trust == "own" or fact.trust != "own"


def by_model(extractor: str) -> bool:
    return extractor.startswith("model")
