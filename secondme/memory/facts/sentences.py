"""Facts from sentences: what a speaker who is known says of himself, by grammar and without a model.

Clause by clause: who is meant, in which mood it is said (a plan, a guess, hearsay), what it tells in slots that others
can be compared with, and what it says is over. What fits no slot and yet has content is kept as a statement by itself.
Questions, requests, greetings and reactions are no facts.
"""

from __future__ import annotations

from collections.abc import Iterator

from secondme.knowledge import Claim, Quote, Told
from secondme.memory.facts.clauses import Clause, clauses
from secondme.memory.facts.wording import statement


def claims(told: Told) -> Iterator[Claim]:
    """What the sentences of a passage say, in their order."""
    for sentence in clauses(told.text):
        for clause in sentence:
            if clause.first and told.subject:
                yield _general(told, clause)


def _general(told: Told, clause: Clause) -> Claim:
    quote = Quote(told.passage, clause.start, clause.end, told.text[clause.start : clause.end])
    return Claim(
        told.subject, "other", statement(clause, told.subject), quote, said_by=told.speaker, trust=told.trust, day=told.day,
        confidence=0.6, by="sentences",
    )  # fmt: skip
