"""Who is meant in a question: the people whom it names, by a name or by what they are to somebody ("my sister").

Knows names as sources give them (handles, contacts) and what the owner said about who is who (verdicts). What anybody
is to the owner is found in contacts and in the owner's own words (kin.py). No model.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secondme.recall.kin import Find, Kin
from secondme.recall.mentions import POSSESSIVE, Mention, mentions
from secondme.recall.register import Person, Register
from secondme.recall.relations import Asked, asked
from secondme.store.named import cards, handled, nicknames, senders

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

_SPACED = re.compile(r"\s+([?.!,;:])")


@dataclass(frozen=True, slots=True)
class Individual:
    """Somebody whom a question names. `name` is what it calls them, `names` all that they go by, `handles` their
    numbers in the ledger: none of somebody who is only written about. `speaks_as`: how `Passage.speaker` has them,
    empty if they never say anything.
    """

    name: str
    names: tuple[str, ...]
    handles: tuple[int, ...] = ()
    speaks_as: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Named:
    """The people whom a question names.

    `spans`: (start, end, index into `people`) of each mention, in the order of the text, with its title and its
    possessive 's; a mention that may be two people's is there once for each. `told` are those of whom memory has no
    more than a name ("my dog": Rex); no span is theirs. `reasons`: a sentence for each, for people.
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


@dataclass(frozen=True, slots=True)
class _Met:
    """Somebody at one place of the question."""

    start: int
    end: int
    name: str
    person: Person


class Directory:
    """Everybody's names in one ledger as it is now: make another one when its generation has moved."""

    def __init__(self, register: Register, reader: LedgerReader) -> None:
        self._register = register
        self._reader = reader
        self._kin = Kin(register, reader)

    @classmethod
    def of(cls, reader: LedgerReader) -> Directory:
        """Read the names. Ten thousand take some 20 ms. `reader` must stay open."""
        names = Register(handled(reader), nicknames(reader), lambda: cards(reader), reader.verdicts())
        return cls(names, reader)

    def named(self, question: str, find: Find | None = None) -> Named:
        """Whom `question` names. `find` gives texts of the owner's that hold a phrase ("my sister"); by default the
        ledger is asked for them."""
        names = mentions(question, self._register)
        met, told, reasons = list[_Met](), list[Individual](), list[str]()
        for one in asked(question, names):
            if any(name.start <= one.start and one.end <= name.end for name in names):
                continue  # "Mum" is a name
            if described := _described(question, one, names):
                end = described.end
                names[names.index(described)] = replace(described, start=one.start)
            else:
                end = one.end
                for vote in self._kin.who(one, find):
                    reasons.append(f"{one.text}: {vote.name}, {vote.why}")
                    met += [_Met(one.start, end, one.text, person) for person in vote.people]
                    told += [] if vote.people else [Individual(one.text, (vote.name,))]
            if one.of in names and (described or any(entry.start == one.start for entry in met)):
                names[names.index(one.of)] = replace(one.of, end=end)  # "Ana's brother" is one mention of both
        for name in names:
            for person in dict.fromkeys(map(self._register.person, name.handles)):
                met.append(_Met(name.start, name.end, name.name, person))
        return self._named(question, sorted(_apart(met), key=lambda entry: (entry.start, entry.end)), told, reasons)

    def _named(self, question: str, met: list[_Met], told: list[Individual], reasons: list[str]) -> Named:
        called: dict[Person, str] = {}
        for entry in met:
            called.setdefault(entry.person, entry.name)
        speaking = senders(self._reader, [n for person in called for n in person]) if called else set()
        people = tuple(self._individual(name, person, speaking) for person, name in called.items())
        order = list(called)
        spans = dict.fromkeys((entry.start, entry.end, order.index(entry.person)) for entry in met)
        by_name = [f"{one.name}: {', '.join(one.names)}" for one in people if one.name not in one.names]
        known = {reason.partition(":")[0] for reason in reasons}
        by_name = [reason for reason in by_name if reason.partition(":")[0] not in known]
        return Named(question, people, tuple(spans), (*reasons, *by_name), tuple(told))

    def _individual(self, name: str, person: Person, speaking: set[int]) -> Individual:
        names = dict.fromkeys(known for n in person for known in self._register.names(n))
        speaks_as = (known for n in person if n in speaking for known in self._register.speaks_as(n))
        return Individual(name, tuple(names), person, frozenset(speaks_as))


def _described(question: str, one: Asked, names: Sequence[Mention]) -> Mention | None:
    """The mention that a relation only describes: "my Mum", "my sister Ana", "Ana's brother, Tom,"."""
    for name in names:
        if name == one.of:
            continue
        between = question[one.end : name.start]
        closed = between == ", " and question[name.end : name.end + 1] in (",", "?", ".")
        if one.start <= name.start < one.end or between == " " or closed:
            return name
    return None


def _apart(met: Sequence[_Met]) -> Iterator[_Met]:
    """Without those that overlap with a longer mention: of "Mum Ana's brother" the brother is meant."""
    kept: list[tuple[int, int]] = []
    for place in sorted({(one.start, one.end) for one in met}, key=lambda place: (place[0] - place[1], place)):
        if all(place[1] <= start or end <= place[0] for start, end in kept):
            kept.append(place)
    yield from (one for one in met if (one.start, one.end) in kept)
