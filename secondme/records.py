"""What flows between the parts: frozen records, standard library only.

Knows shapes, not behaviour. Offsets are always in characters (Unicode code points) of a source's decoded text,
`start` inclusive, `end` exclusive; times are aware datetimes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal

SegmentKind = Literal["prose", "list", "table", "code", "field", "quoted", "signature"]
Trust = Literal["own", "other", "machine"]
Role = Literal["from", "to", "with", "about"]


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of an Item's text that hangs together: the text under one heading, a list, a table, a page.

    `start` and `end` are offsets into `Item.text`.
    """

    start: int
    end: int
    kind: SegmentKind = "prose"
    heading: tuple[str, ...] = ()
    page: int | None = None


@dataclass(frozen=True, slots=True)
class Handle:
    """A name that somebody goes by in one place, and what they are reached at there.

    `address` is a URI in one normal form, so that equal addresses are one person: `mailto:anna@example.org` (lower
    case), `tel:+3212345678` (digits and a leading plus), `slack:T012/U345`, `telegram:user42`; "" where the source
    gives a name alone. `role` is the part taken in the item: from (sender), to (recipient), with (present), about (the
    person whom a contact describes; all of one item's are the same person).
    """

    name: str
    address: str = ""
    role: Role = "from"


@dataclass(frozen=True, slots=True)
class Item:
    """One note, page, message, mail, event, contact or screenshot, as a reader yields it.

    Identity. `local` identifies it within `origin`, and `origin` says within what: "" is the source itself, so that
    reading the same file again gives the same ids ("" as `local`: the file is one item). A format whose records have
    an identity of their own names it (`whatsapp:Anna Berg`, `mail`, `notion`), and then the same message in next
    month's export is the same item. Where one item comes with two contents, the later source's is the one that counts.

    Place. `base` and `line` say where `text` begins in the source's decoded text (characters before it; number of its
    first line, 0 for a source that has no lines a person could go to), which lets a reader hand out a huge file in
    parts. `part` is what to look for inside the source: a member of an archive, an attachment, a conversation.

    `thread` is the conversation, channel or notebook that it belongs to. `zoned` is False if `time` was written without
    a zone and taken to be the owner's. `likeness` is the picture's dHash in hexadecimal.
    """

    kind: str
    text: str
    segments: tuple[Segment, ...]
    local: str = ""
    title: str = ""
    time: datetime | None = None
    speaker: str = ""
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()
    base: int = 0
    line: int = 1
    trust: Trust = "own"
    origin: str = ""
    part: str = ""
    thread: str = ""
    people: tuple[Handle, ...] = ()
    zoned: bool = True
    likeness: str = ""


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that was not read, and why, in words for the person who asked."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A span of an Item: the unit that is embedded, indexed and cited (L0).

    `text` is exactly the source's text between `start` and `end`; `context` (title, headings, date, speaker) is
    indexed with it and never quoted; its headings are embedded, too. `id` is a content hash, stable over re-reading and
    renaming.
    `dates` are the days that the words speak of, as ranges of ordinals (`date.toordinal`), both ends inclusive; words
    such as "yesterday" are resolved against the item's own date. Filled while an item is cut, and kept in the ledger.
    """

    id: str
    text: str
    context: str
    start: int
    end: int
    line: int
    page: int | None = None
    time: datetime | None = None
    speaker: str = ""
    trust: Trust = "own"
    dates: tuple[tuple[int, int], ...] = ()
    kind: str = ""  # its item's

    @property
    def said(self) -> str:
        """Its words on one line, after the name of whom they are from."""
        words = " ".join(self.text.split())
        return f"{self.speaker}: {words}" if self.speaker else words


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage that recall found. `score` is comparable within one query only.

    `why` is what each aspect gives to the score (`words`, `meaning`, `around`, `person`, `time`, `form`), and besides
    the passage's own `bm25` and `cosine`. `ranks` is where it would stand among the candidates by `words` or by
    `meaning` alone, from 1. `before` is what it replies to, and without which it says little, in the order in which it
    was said. `times` is when a picture was seen that was taken more than once and kept once (ISO 8601). `over` are the
    spans of the source that say what is not so any more, by the facts that memory has learnt, each with that fact's
    number; `instead` those that say what took the place of such a fact.
    """

    passage: Passage
    source: str
    title: str
    score: float
    layer: str = "passages"
    why: Mapping[str, float] = field(default_factory=dict)
    part: str = ""
    times: tuple[str, ...] = ()
    ranks: Mapping[str, int] = field(default_factory=dict)
    before: tuple[Passage, ...] = ()
    over: tuple[tuple[int, int, int], ...] = ()
    instead: tuple[tuple[int, int, int], ...] = ()

    @property
    def place(self) -> str:
        """The source as a person opens it: `path:line`, `path, page N`, `archive.zip › member:line`."""
        inside = f"{self.source} › {self.part}" if self.part else self.source
        if self.passage.page is not None:
            return f"{inside}, page {self.passage.page}"
        return f"{inside}:{self.passage.line}" if self.passage.line else inside


@dataclass(frozen=True, slots=True)
class Recollection:
    """What recall found for a question. `answerable` is the estimated probability (0..1) that the answer is there.

    `notes` say what was made of the question: whom and which days it means, and on what that rests. `candidates` is how
    many passages were weighed; `whole`: memory is so small that these were all that there are.
    """

    hits: tuple[Hit, ...]
    answerable: float
    notes: tuple[str, ...] = ()
    candidates: int = 0
    whole: bool = False


@dataclass(frozen=True, slots=True)
class Citation:
    """Number `n` in an answer: `quote` is the source's text between `start` and `end`, word for word."""

    n: int
    quote: str
    source: str
    place: str
    start: int
    end: int
    time: datetime | None = None
    passage: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What `ask` ends with. `confidence` is the estimated probability that the memory holds the answer (0..1)."""

    question: str
    text: str
    abstained: bool
    confidence: float
    citations: tuple[Citation, ...] = ()
    nearest: tuple[Citation, ...] = ()  # of a refusal: what came nearest, and was not near enough


# The events of an answer, the same for every surface, in this order: Recalled, (Token* (Cited | Struck))*, Done.


@dataclass(frozen=True, slots=True)
class Recalled:
    """Search is over: these passages are what the answer may rest on."""

    hits: tuple[Hit, ...]
    seconds: float


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of a sentence that is not checked yet. Show it as a draft or not at all."""

    text: str


@dataclass(frozen=True, slots=True)
class Cited:
    """A finished sentence that its citations support. What came as Token since the last one is replaced by it."""

    text: str
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Struck:
    """A finished sentence that nothing cited supports: not part of the answer."""

    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer, and what it cost: seconds since the question, tokens read and written by the model. `id` is
    what the log of answers calls it."""

    answer: Answer
    seconds: float
    first_token: float | None = None
    prompt_tokens: int = 0
    new_tokens: int = 0
    id: str = ""


Event = Recalled | Token | Cited | Struck | Done


@dataclass(frozen=True, slots=True)
class Report:
    """What an ingest did, counted in sources, and what it read: `items` (`kinds`: how many of each; `zoneless`: with
    a time that was written without a zone), new `passages`, and how much was left out as it had been `forgotten`."""

    added: int = 0
    changed: int = 0
    unchanged: int = 0
    moved: int = 0
    removed: int = 0
    passages: int = 0
    items: int = 0
    zoneless: int = 0
    forgotten: int = 0
    skipped: tuple[Skipped, ...] = ()
    seconds: float = 0.0
    kinds: Mapping[str, int] = field(default_factory=dict)
