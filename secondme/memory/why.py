"""Why: from an answer, a fact or a passage down to the file, the line and the words that it rests on.

Follows what is written down and decides nothing: an answer's sentences to their citations, these to passages, a fact to
its quotes and to what was done to it, a passage to its source. Whether the file still says so is looked up
(memory/standing.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from secondme.errors import UsageError
from secondme.knowledge import Change, Fact
from secondme.memory.linked import beginning
from secondme.memory.standing import State, state
from secondme.records import Citation, Hit
from secondme.store import answers, facts
from secondme.store.answers import Given
from secondme.store.reading import LedgerReader
from secondme.store.rows import Found

LAST = "last"
ANSWERS = 10  # that a passage took part in


@dataclass(frozen=True, slots=True)
class Spot:
    """Words where they stand: `start` and `end` are characters of the source's text."""

    passage: str
    quote: str
    source: str
    place: str
    start: int
    end: int
    state: State
    time: datetime | None = None
    speaker: str = ""


@dataclass(frozen=True, slots=True)
class OfAnswer:
    """`spots` are its citations' by their numbers, or, if it refused, those of what came nearest. `facts` are those
    that the cited words also speak for, by the same numbers."""

    given: Given
    spots: Mapping[int, Spot]
    facts: Mapping[int, Sequence[Fact]]


@dataclass(frozen=True, slots=True)
class OfFact:
    """`spots` are its quotes', in their order. `changes` is its history, and `did` what became of other facts because
    of it; `others` are the facts that these two name, by number, each with the spot of its first quote."""

    fact: Fact
    spots: tuple[Spot, ...]
    changes: tuple[Change, ...]
    did: tuple[Change, ...]
    others: Mapping[int, tuple[Fact, Spot | None]]


@dataclass(frozen=True, slots=True)
class OfPassage:
    """`taken_in` is when its source was last read (seconds since 1970); `answers` are the latest that considered it."""

    found: Found
    spot: Spot
    reader: str
    taken_in: int
    facts: tuple[Fact, ...]
    answers: tuple[Given, ...]


Why = OfAnswer | OfFact | OfPassage


def why(reader: LedgerReader, name: str) -> Why:
    """The chain below an answer ("a1b2c3d4", or "last"), a fact ("f12") or a passage (its id or the beginning of it).

    Raises UsageError for what is none of them.
    """
    with reader.snapshot():
        if name.lower() == LAST or answers.read(reader, name):
            return _of_answer(reader, answer(reader, name))
        if name[:1] == "f" and name[1:].isdecimal() and (fact := _fact(reader, int(name[1:]))):
            return _of_fact(reader, fact)
        return _of_passage(reader, _passage(reader, name))


def answer(reader: LedgerReader, name: str) -> Given:
    """The answer of that id, or the last one. Raises UsageError."""
    last = name.lower() == LAST
    found = answers.latest(reader) if last else answers.read(reader, name)
    if found is None:
        said = "No answer is in the log." if last else f"There is no answer {name!r} in the log."
        raise UsageError(
            said, "`secondme ask --verbose` shows an answer's id; an answer goes when what it was made from does."
        )
    return found


# -- answers ----------------------------------------------------------------------------------------------------------


def _of_answer(reader: LedgerReader, one: Given) -> OfAnswer:
    cited = one.answer.citations or one.answer.nearest
    passages = reader.passages([citation.passage for citation in cited])
    resting = facts.resting_on(reader, passages)
    known = facts.facts(reader, {number for numbers in resting.values() for number in numbers})
    held = {
        c.n: [known[n] for n in resting[c.passage] if n in known and _overlap(c, known[n], passages[c.passage])]
        for c in cited
        if c.passage in resting
    }
    return OfAnswer(one, {c.n: _cited(reader, c, passages.get(c.passage)) for c in cited}, held)


def _overlap(cited: Citation, fact: Fact, found: Found) -> bool:
    """Whether the fact quotes some of what is cited."""
    start, end = cited.start - found.passage.start, cited.end - found.passage.start
    return any(quote.passage == cited.passage and quote.start < end and start < quote.end for quote in fact.quotes)


def _cited(reader: LedgerReader, cited: Citation, found: Found | None) -> Spot:
    """Where it stood then; of a file that has another name by now, where it stands."""
    row = reader.source(cited.source)
    if row is None and found and (at := found.passage.text.find(cited.quote)) >= 0:
        return _spot(reader, found, at, at + len(cited.quote))
    known: State = state(row, cited.start, cited.end, cited.quote) if row else "unknown"
    there = (cited.source, cited.place, cited.start, cited.end)
    return Spot(cited.passage, cited.quote, *there, known, cited.time, found.passage.speaker if found else "")


# -- facts ------------------------------------------------------------------------------------------------------------


def _fact(reader: LedgerReader, number: int) -> Fact | None:
    return facts.facts(reader, (number,)).get(number) if number < 1 << 62 else None


def _of_fact(reader: LedgerReader, fact: Fact) -> OfFact:
    changes = tuple(facts.history(reader, fact.number))
    sql = "SELECT fact, at, operation, other, note FROM changes WHERE other = ? ORDER BY n"
    did = tuple(Change(*row) for row in reader.rows(sql, (fact.number,)))
    named = facts.facts(reader, {*(one.other for one in changes), *(one.fact for one in did)} - {0, fact.number})
    others = {n: (other, next(iter(_quoted(reader, other)), None)) for n, other in named.items()}
    return OfFact(fact, _quoted(reader, fact), changes, did, others)


def _quoted(reader: LedgerReader, fact: Fact) -> tuple[Spot, ...]:
    found = reader.passages([quote.passage for quote in fact.quotes])
    return tuple(_spot(reader, found[quote.passage], quote.start, quote.end) for quote in fact.quotes)


# -- passages ---------------------------------------------------------------------------------------------------------


def _passage(reader: LedgerReader, name: str) -> Found:
    if (found := beginning(reader, name)) is not None:
        return found
    raise UsageError(
        f"Nothing in memory is called {name!r}.",
        "Take an answer's id from `secondme ask --verbose`, a fact's from `secondme facts`, a passage's from"
        " `secondme recall --json`, or LAST.",
    )


def _of_passage(reader: LedgerReader, found: Found) -> OfPassage:
    id_, row = found.passage.id, reader.source(found.source)
    known = facts.facts(reader, facts.resting_on(reader, [id_]).get(id_, ()))
    made = tuple(answers.made_from(reader, id_, ANSWERS))
    spot = _spot(reader, found, 0, len(found.passage.text))
    return OfPassage(found, spot, row.reader if row else "", row.ingested_at if row else 0, tuple(known.values()), made)


def _spot(reader: LedgerReader, found: Found, start: int, end: int) -> Spot:
    """Characters `start` to `end` of a passage's text, where they stand in its source."""
    passage, quote, row = found.passage, found.passage.text[start:end], reader.source(found.source)
    literal = 0 < passage.line <= passage.start + 1  # else its lines are not the file's (a mailbox, JSON lines)
    further = passage.text.count("\n", 0, start) if literal else 0
    hit = Hit(replace(passage, line=passage.line + further), found.source, found.title, 0.0, part=found.part)
    begin, stop = passage.start + start, passage.start + end
    known: State = state(row, begin, stop, quote) if row else "unknown"
    return Spot(passage.id, quote, found.source, hit.place, begin, stop, known, passage.time, passage.speaker)
