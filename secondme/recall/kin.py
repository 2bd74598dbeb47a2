"""Who "my sister", "our dentist" or "Ana's brother" is, as far as memory says.

Contacts tell by their fields ("Relation (sister): Ana", "Title: Dentist", "Note: Tom's wife"), display names by being
such a word ("Mum", "Geert (landlord)"), texts by patterns (sayings.py): the owner's own words of who is what to the
owner, and of anybody else both theirs and the owner's. Each is a vote, the most votes win, and what was found is
quoted. A name that nobody in memory bears needs more than one weak vote.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from secondme.recall.names import spellings, untitled, words
from secondme.recall.register import Person, Register
from secondme.recall.relations import ADJECTIVES, Asked, Relation, one_of
from secondme.recall.sayings import NAME, OURS, sayings
from secondme.store.named import Contact, contacts, wording
from secondme.store.reading import LedgerReader

Find = Callable[[str], Sequence[str]]

NAMED, CARD, RELATED, GUESSED = (
    4,
    4,
    5,
    3,
)  # votes: of a display name, of a contact, of its field, of the likely owner's
ENOUGH = 2  # votes for a name that nobody bears
MOST_PHRASES = 4  # that texts are searched for
MOST_PEOPLE = 4  # "my cousins"
MOST_NAMESAKES = 3  # whose brothers are looked for
_RELATION = re.compile(r"^Relation \((?P<kind>[^)\n]+)\): (?P<name>.+)$", re.MULTILINE)
_OFFICE = r"(?m)^(?:Title|Role): .*\b(?:%s)\b"
_NOTE = "\nNote: "
_NOTED = rf"(?im)^(?:my |our |the )?{ADJECTIVES}(?:%s)(?=[,.;:)!?(]|$| and | since | until | from )"
_NOTED_OF = rf"(?m)^(?:{NAME}['’]s (?i:{ADJECTIVES}(?:%s))\b|(?i:%s) of {NAME.replace('name', 'other')})"
_BEFORE_NAMES = frozenset(("aunt", "auntie", "aunty", "uncle", "grandma", "grandpa", "granny", "nana", "oma", "opa"))


@dataclass(frozen=True, slots=True)
class Vote:
    """`people` bear the name; where none do, it is only written about."""

    name: str
    people: tuple[Person, ...]
    votes: int
    why: str


class Kin:
    """Who is what to whom, in one ledger at one time."""

    def __init__(self, register: Register, reader: LedgerReader) -> None:
        self._register = register
        self._reader = reader

    def who(self, asked: Asked, find: Find | None = None) -> list[Vote]:
        """Whom a relation in a question means, one each with all votes; none if memory does not say."""
        if asked.of is None:
            return _elected(self._own(asked.relation, find), asked.relation)
        persons = dict.fromkeys(map(self._register.person, asked.of.handles))
        if len(persons) > MOST_NAMESAKES:
            return []
        votes = (vote for person in persons for vote in self._others(asked.relation, person))
        return _elected((vote for vote in votes if not persons.keys() & set(vote.people)), asked.relation)

    # -- what is the owner's ----------------------------------------------------------------------------------------

    def _own(self, relation: Relation, find: Find | None) -> Iterator[Vote]:
        yield from self._display_names(relation)
        yield from self._described(relation)
        for card, votes in self._owners_cards:
            yield from self._related(card, relation, votes)
        first = relation.words[0]
        phrases = [f"my {word}" for word in relation.words[:MOST_PHRASES]] + [f"our {first}"]
        phrases += [f"{first} dr"] if relation.calling else []
        if find is None:
            texts = wording(self._reader, phrases, self._names(self._register.owner), own=True)
        else:
            texts = [text for phrase in phrases for text in find(phrase)]
        yield from self._said(texts, relation)

    def _display_names(self, relation: Relation) -> Iterator[Vote]:
        for word in relation.words:
            for n, name in self._register.bearing(word):
                outer, *inner = [words(spelled) for spelled in re.split(r"[(\[]", name)] or [()]
                so_called = outer == (word,) or (word in _BEFORE_NAMES and outer[:1] == (word,))
                if so_called or {(word,), ("my", word)}.intersection(inner):
                    yield Vote(name, (self._register.person(n),), NAMED, f"called “{name}”")

    def _described(self, relation: Relation) -> Iterator[Vote]:
        """Contacts of which a title or a note says what they are."""
        kind = one_of(relation.words)
        office = re.compile(_OFFICE % kind, re.IGNORECASE) if relation.calling else None
        noted = re.compile(_NOTED % kind)
        for card in self._contacts:
            found = office.search(card.text) if office else None
            found = found or noted.search(card.text.partition(_NOTE)[2])
            if found and (person := self._of_card(card)):
                yield Vote(_title(card), (person,), CARD, f"from {_file(card)}: “{found[0].strip()}”")

    @cached_property
    def _owners_cards(self) -> list[tuple[Contact, int]]:
        """The owner's own contacts, which say who the owner's relations are; else the one that could be."""
        mine = [card for card in self._contacts if self._register.owner.intersection(card.handles)]
        if mine:
            return [(card, RELATED) for card in mine]
        telling = [card for card in self._contacts if _RELATION.search(card.text)]
        only = telling if len(telling) == 1 and len(_RELATION.findall(telling[0].text)) > 1 else []
        return [(card, GUESSED) for card in only]

    # -- what is somebody else's ------------------------------------------------------------------------------------

    def _others(self, relation: Relation, person: Person) -> Iterator[Vote]:
        yield from self._noted_of(relation, person)
        for card in self._contacts:
            if set(person).intersection(card.handles):
                yield from self._related(card, relation, RELATED)
        mine = [f"my {word}" for word in relation.words[:MOST_PHRASES]]
        yield from self._said(wording(self._reader, mine, self._names(person), own=False), relation)
        called = {spelled for n in person for name in self._register.names(n) for spelled in spellings(name)}
        called |= {name.split()[0] for name in called}
        theirs = [f"{name}'s {relation.words[0]}" for name in sorted(called)][:MOST_PHRASES]
        if theirs:
            texts = wording(self._reader, theirs, self._names(self._register.owner), own=True)
            yield from self._said(texts, relation, f"(?:{one_of(sorted(called))})['’]s")

    def _noted_of(self, relation: Relation, person: Person) -> Iterator[Vote]:
        kind = one_of(relation.words)
        noted = re.compile(_NOTED_OF % (kind, kind))
        for card in self._contacts:
            for found in noted.finditer(card.text.partition(_NOTE)[2]):
                if person in self._bearing(found["name"] or found["other"]) and (whose := self._of_card(card)):
                    yield Vote(_title(card), (whose,), CARD, f"from {_file(card)}: “{found[0].strip()}”")

    # -- from words to people ---------------------------------------------------------------------------------------

    def _related(self, card: Contact, relation: Relation, votes: int) -> Iterator[Vote]:
        for found in _RELATION.finditer(card.text):
            if found["kind"].lower().replace(" ", "-") in relation.words:
                why = f"from {_file(card)}: “{found[0]}”"
                yield Vote(found["name"], self._bearing(found["name"]), votes, why)

    def _said(self, texts: Iterable[str], relation: Relation, whose: str = OURS) -> Iterator[Vote]:
        for saying in sayings(texts, relation, whose):
            yield Vote(saying.name, self._bearing(saying.name), saying.votes, f"as in “{saying.quote}”")

    def _bearing(self, name: str) -> tuple[Person, ...]:
        handles = self._register.called(untitled(words(name)))
        return tuple(dict.fromkeys(map(self._register.person, handles)))

    def _names(self, handles: Iterable[int]) -> list[str]:
        return list(dict.fromkeys(name for n in handles for name in self._register.speaks_as(n)))

    def _of_card(self, card: Contact) -> Person | None:
        """Whom a contact is about; None if that is the owner."""
        return None if self._register.owner.intersection(card.handles) else self._register.person(card.handles[0])

    @cached_property
    def _contacts(self) -> list[Contact]:
        return contacts(self._reader)


def _elected(votes: Iterable[Vote], relation: Relation) -> list[Vote]:
    """The votes of each candidate put together, the most first: one winner, or as many as the relation may have."""
    tally: dict[object, Vote] = {}
    for vote in votes:
        key = frozenset(vote.people) or words(vote.name)[-1:]
        one = tally.get(key, Vote(vote.name, vote.people, 0, vote.why))
        tally[key] = Vote(one.name, one.people, one.votes + vote.votes, one.why)
    standing = sorted((one for one in tally.values() if one.people or one.votes >= ENOUGH), key=lambda one: -one.votes)
    least = (standing[0].votes / 2 if relation.several else standing[0].votes) if standing else 0
    return [one for one in standing if one.votes >= least][:MOST_PEOPLE]


def _title(card: Contact) -> str:
    return card.text.partition("\n")[0].removeprefix("Name: ")


def _file(card: Contact) -> str:
    return card.source.rstrip("/").rpartition("/")[2] or "a contact"
