"""Who somebody is: what is known of them, what they are to the owner, how they are reached, and when they were in touch.

Relations are taken from facts about the owner that name them ("Your dentist is Ifeoma Okafor") and from what is said of
them ("Ruth: your boss"). A first name alone is nobody in particular: where two people share it, it speaks for none.
"""

from __future__ import annotations

import re
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.knowledge import OWNER, Fact
from secondme.memory.people import Person
from secondme.memory.profile.card import Line, lines
from secondme.store.facts import current_facts
from secondme.store.identity import plain
from secondme.store.touch import Touch, episodes_with, last_touch, next_touch

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

_YOURS = re.compile(r"\byour (?P<what>[a-z][\w-]*(?: [a-z][\w-]*)?)(?=$|[,.;]| and\b)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class PersonCard:
    """`relation` is what they are to the owner ("dentist"), "" where nothing says it. `lines` are the facts about them,
    those of most weight first."""

    person: Person
    relation: str
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    last: Touch | None
    coming: Touch | None
    episodes: int


def person_card(reader: LedgerReader, everybody: Sequence[Person], person: Person, today: int) -> PersonCard:
    """The card of one of `everybody`. `today` is an ordinal."""
    names = own_names(everybody, person)
    facts = current_facts(reader, names) if names else []
    handles = [handle.n for handle in person.handles]
    now = int(time.time())
    told = sorted(lines(facts, today, {}), key=lambda line: -line.weight)
    known = {number for line in told for number in line.facts}
    rest = [_plain_line(fact) for fact in facts if fact.number not in known and fact.kind != "credential"]
    return PersonCard(
        person,
        _relation(current_facts(reader, [OWNER]), facts, names),
        (*told, *rest),
        tuple(facts),
        last_touch(reader, handles, now),
        next_touch(reader, handles, now),
        episodes_with(reader, handles),
    )


def own_names(everybody: Sequence[Person], person: Person) -> list[str]:
    """What only this person is called: their names, and the first of them if nobody else has it."""
    full = {plain(name): name for name in person.names}
    first = {plain(name).split()[0]: name.split()[0] for name in person.names if plain(name) and len(name.split()) > 1}
    others = {word for p in everybody if p != person for name in p.names for word in (plain(name), *plain(name).split())}
    return [name for key, name in {**first, **full}.items() if key and (key not in others or key in full and " " in key)]


def _relation(of_owner: Sequence[Fact], about: Sequence[Fact], names: Sequence[str]) -> str:
    called = {plain(name) for name in names}
    for fact in of_owner:
        if fact.kind == "relation" and fact.slot and plain(fact.value) in called:
            return fact.slot
    for fact in about:
        if found := _YOURS.search(fact.statement):
            return found["what"]
    return ""


def _plain_line(fact: Fact) -> Line:
    return Line(fact.id, "Things", fact.statement, (fact.number,), 0.0)
