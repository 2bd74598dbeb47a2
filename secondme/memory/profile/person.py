"""Who somebody is: what is known of them, what they are to the owner, how they are reached, and when they were met.

Relations are taken from facts about the owner that name them ("Your dentist is Ifeoma Okafor") and from what is said of
them ("Ruth: your boss"). A first name speaks for somebody if nobody else has it.
"""

from __future__ import annotations

import re
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
    those of most weight first. `perhaps` are others who may be the same person."""

    person: Person
    relation: str
    lines: tuple[Line, ...]
    facts: tuple[Fact, ...]
    last: Touch | None
    coming: Touch | None
    episodes: int
    perhaps: tuple[Person, ...] = ()


def person_card(reader: LedgerReader, everybody: Sequence[Person], person: Person, today: int, now: int) -> PersonCard:
    """The card of one of `everybody`. `today` is an ordinal, `now` in seconds since 1970."""
    names = own_names(everybody, person)
    facts = current_facts(reader, names, day=today) if names else []
    handles = [handle.n for handle in person.handles]
    told = sorted(lines(facts, today, {}), key=lambda line: -line.weight)
    known = {number for line in told for number in line.facts}
    rest = [_plain_line(fact) for fact in facts if fact.number not in known and fact.kind != "credential"]
    return PersonCard(
        person,
        _relation(current_facts(reader, [OWNER], day=today), facts, names),
        (*told, *rest),
        tuple(facts),
        last_touch(reader, handles, now),
        next_touch(reader, handles, now),
        episodes_with(reader, handles),
        tuple(perhaps(everybody, person)),
    )


def own_names(everybody: Sequence[Person], person: Person) -> list[str]:
    """What only this person is called: their names, and the first of them if nobody else has it."""
    named = [name for other in everybody if other != person for name in other.names]
    taken = {word for name in named for word in (plain(name), *plain(name).split())}
    firsts = [name.split()[0] for name in person.names if name.split()]
    wanted = {plain(name): name for name in (*firsts, *person.names)}
    whole = {plain(name) for name in person.names} - {plain(name) for name in named}
    return [name for key, name in wanted.items() if key and (key in whole or key not in taken)]


def perhaps(everybody: Sequence[Person], person: Person) -> list[Person]:
    """Others who may be the same: all words of the one's name are in the other's."""
    mine = [words for name in person.names if (words := set(plain(name).split()))]

    def alike(other: Person) -> bool:
        theirs = [words for name in other.names if (words := set(plain(name).split()))]
        return any(one <= two or two <= one for one in mine for two in theirs)

    return [other for other in everybody if other != person and alike(other)]


def _relation(of_owner: Sequence[Fact], about: Sequence[Fact], names: Sequence[str]) -> str:
    called = [set(plain(name).split()) for name in names]
    for fact in of_owner:
        words = set(plain(fact.value).split())
        if (
            fact.kind == "relation"
            and fact.slot
            and any(words == one or (len(words) > 1 and words <= one) for one in called)
        ):
            return fact.slot
    for fact in about:
        if found := _YOURS.search(fact.statement):
            return found["what"]
    return ""


def _plain_line(fact: Fact) -> Line:
    return Line(fact.id, "Things", fact.statement, (fact.number,), 0.0)
