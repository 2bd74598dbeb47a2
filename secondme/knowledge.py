"""What is learnt from passages (L1): frozen records, standard library only.

A claim is what an extractor reads from one passage; a fact is what memory makes of claims, with its history. Both rest
on quotes: spans of passages, word for word. Days are ordinals (`date.toordinal`), moments seconds since 1970, spans
characters of the passage's own text, `start` inclusive and `end` exclusive.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from secondme.records import Trust

OWNER = "owner"  # as a subject: the one whose memory this is

Kind = Literal[
    "identity", "preference", "relation", "possession", "place", "health", "work", "plan", "event", "task",
    "credential", "other",
]  # fmt: skip
KINDS: tuple[Kind, ...] = (
    "identity", "preference", "relation", "possession", "place", "health", "work", "plan", "event", "task",
    "credential", "other",
)  # fmt: skip
Stance = Literal["claim", "plan", "guess", "done", "hearsay"]
Operation = Literal["ADD", "UPDATE", "MERGE", "RETRACT", "NOOP", "END", "RESTORE"]
Days = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Told:
    """A passage as an extractor gets it.

    `subject` is whom "I" means in it: OWNER, somebody's name, or "" where that is not known. `day` is the passage's own
    day, None if it has none of its own. `before` is what was said just before it in the same conversation, "Ana: …".
    `people` are the item's, as (name, address, role).
    """

    passage: str
    text: str
    subject: str
    context: str = ""
    speaker: str = ""
    trust: Trust = "own"
    kind: str = "note"
    day: int | None = None
    title: str = ""
    before: str = ""
    people: tuple[tuple[str, str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quote:
    """The span of a passage that says it. `text` is what stands there."""

    passage: str
    start: int
    end: int
    text: str


@dataclass(frozen=True, slots=True)
class Claim:
    """What one span says.

    `subject` is whom it is about: OWNER or a name as it is written. `slot` names what is told of them, in a few lower
    case words ("lives in", "birthday", "phone", "date of board meeting", "number of beta users"), and two claims of one
    subject and one slot are about the same thing; "" where it is a statement by itself. `single`: the slot holds one
    value at a time, so that a new value ends the old one. `value` is in the quote's own words, or a form of it that
    `guard` can prove equal (a date in ISO form, a number, an address without its spaces). `statement` says it in a
    short sentence for the reader, in words of the quote.

    `event` are the days when it happens or happened, resolved against the passage's own day. `ended` are phrases of the
    quote that name what is no longer so ("VS Code" in "switched from VS Code to Neovim"); with `value` "" the claim
    says only that. `by` is the extractor.
    """

    subject: str
    kind: Kind
    statement: str
    quote: Quote
    slot: str = ""
    value: str = ""
    single: bool = False
    stance: Stance = "claim"
    said_by: str = ""
    trust: Trust = "own"
    event: Days | None = None
    day: int | None = None  # when it was said
    ended: tuple[str, ...] = ()
    confidence: float = 0.8
    by: str = "rules"


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known, or was. `valid_from` and `valid_to` are days in the world, `learned_at` and `retired_at` moments
    in memory; None where that is open. `number` is the ledger's. `quotes` are all that say it, the earliest first."""

    number: int
    id: str
    subject: str
    kind: Kind
    statement: str
    slot: str
    value: str
    single: bool
    stance: Stance
    said_by: str
    trust: Trust
    confidence: float
    by: str
    event: Days | None
    valid_from: int | None
    valid_to: int | None
    learned_at: int
    retired_at: int | None
    quotes: tuple[Quote, ...] = field(default=())

    @property
    def current(self) -> bool:
        """Neither ended in the world nor taken back in memory, nor known to end."""
        return self.valid_to is None and self.retired_at is None

    def holds_on(self, day: int) -> bool:
        """Whether it is so on `day`, or is planned from then on, by what is known now."""
        return self.retired_at is None and (self.valid_to is None or self.valid_to > day)

    @property
    def name(self) -> str:
        """What it is called where people name it."""
        return f"f{self.number}"


@dataclass(frozen=True, slots=True)
class Change:
    """One line of a fact's history: what was done to it, when, and because of which other fact (0: none)."""

    fact: int
    at: int
    operation: Operation
    other: int = 0
    note: str = ""


@dataclass(frozen=True, slots=True)
class Dispute:
    """Two facts that cannot both be so as they stand, and that no rule settles."""

    one: Fact
    other: Fact
    since: int
