"""Who is meant in a question: the people whom it names, by a name or by what they are to somebody ("my sister").

Knows names as sources give them (handles, contacts) and what the owner said about who is who (verdicts). What anybody is
to the owner is found in contacts and in the owner's own words (kin.py). No model.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.recall.mentions import POSSESSIVE, Mention, mentions
from secondme.recall.register import Person, Register
from secondme.store.named import ever_said, handled, listed

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

Find = Callable[[str], Sequence[str]]
_SPACED = re.compile(r"\s+([?.!,;:])")


@dataclass(frozen=True, slots=True)
class Individual:
    """Somebody whom a question names. `name` is what it calls them, `names` all that they go by, `handles` their numbers
    in the ledger: none of somebody who is only written about. `speaks_as`: how `Passage.speaker` has them, empty if they
    never say anything.
    """

    name: str
    names: tuple[str, ...]
    handles: tuple[int, ...] = ()
    speaks_as: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """The people whom a question names.

    `spans`: (start, end, index into `people`) of each mention, in the order of the text, with its title and its
    possessive 's; a mention that may be two people's is there once for each. `told` are those of whom memory has no more
    than a name ("my dog": Rex); no span is theirs. `reasons`: a sentence for each, for people.
    """

    question: str = ""
    people: tuple[Individual, ...] = ()
    spans: tuple[tuple[int, int, int], ...] = ()
    reasons: tuple[str, ...] = ()
    told: tuple[Individual, ...] = ()

    @property
    def any(self) -> bool:
        """Whether somebody is named who speaks in memory, so that who says a passage tells something about it."""
        return any(person.speaks_as for person in self.people)

    def says(self, speaker: str) -> bool:
        """Whether a passage's speaker is one of them."""
        return any(speaker in person.speaks_as for person in self.people)

    def masked(self, first: str, possessive: str) -> str:
        """The question as those who are named would ask it of themselves: `first` ("I") in place of each mention, and
        `possessive` ("my") where it is one. Whoever never speaks in memory stays as written. Of an empty word its space
        goes, too.
        """
        spans = {(start, end) for start, end, who in self.spans if self.people[who].speaks_as}
        text, at = "", 0
        for start, end in sorted(spans):
            text += self.question[at:start]
            text += possessive if POSSESSIVE.search(self.question, max(start, end - 2), end) else first
            at = end
        text += self.question[at:]
        return text if not spans or (first and possessive) else _SPACED.sub(r"\1", " ".join(text.split()))


class Directory:
    """Everybody's names in one ledger as it is now: make another one when its generation has moved."""

    def __init__(self, register: Register, reader: LedgerReader) -> None:
        self._register = register
        self._reader = reader

    @classmethod
    def of(cls, reader: LedgerReader) -> Directory:
        """Read the names. Ten thousand take some 20 ms. `reader` must stay open."""
        return cls(Register(handled(reader), listed(reader), reader.verdicts()), reader)

    def named(self, question: str, find: Find | None = None) -> Named:
        """Whom `question` names. `find` gives texts that hold a phrase ("my sister") and are the owner's; by default the
        ledger is asked."""
        found = mentions(question, self._register)
        people: dict[Person, Individual] = {}
        spans = []
        for mention in found:
            for person in self._persons(mention):
                people.setdefault(person, self._individual(mention.name, person))
                spans.append((mention.start, mention.end, list(people).index(person)))
        reasons = tuple(f"{one.name}: {', '.join(one.names)}" for one in people.values() if one.names != (one.name,))
        return Named(question, tuple(people.values()), tuple(spans), reasons)

    def _persons(self, mention: Mention) -> Iterable[Person]:
        return dict.fromkeys(map(self._register.person, mention.handles))

    def _individual(self, name: str, person: Person) -> Individual:
        names = dict.fromkeys(known for n in person for known in self._register.names(n))
        speaks_as = frozenset(known for n in person for known in self._register.speaks_as(n))
        speaks = ever_said(self._reader, person)
        return Individual(name, tuple(names), person, speaks_as if speaks else frozenset())
