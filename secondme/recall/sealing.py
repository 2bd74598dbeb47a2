"""A set of questions about one's own memory, made by rules, and kept without a word of it.

The idea is YourBench's (Shashidhar et al., 2025): a test that is made of one's own documents tells more about one's own
use than any published one. Kept are ids of passages and spans in them (`Sealed`); a question's words are put together
from the ledger when it is asked, so that what has been forgotten cannot be asked about any more.

Each question can be asked in two ways: as it is, where memory holds the answer; and as one that it does not hold, since
what holds it is left out of the search, or since it is put about somebody else (unanswerable.py).
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from secondme.recall.askable import frames
from secondme.recall.called import Called
from secondme.recall.questioning import Frame, own_words, put, telling
from secondme.recall.unanswerable import about_another, in_vain
from secondme.store.rows import IDS_AT_ONCE, LIVE, quoted

if TYPE_CHECKING:
    from secondme.records import Passage
    from secondme.store.reading import LedgerReader

LOOKED_AT = 60  # passages for each question wanted
OF_ONE = 3  # questions of one passage at most
OTHERS = 3  # people about whom the same is tried
RARE = 5  # passages with a word that tells enough by itself


@dataclass(frozen=True, slots=True)
class Sealed:
    """A question as it is kept: a passage's id, what is asked of it, and the id of a passage of somebody else, about
    whom the same can be asked in vain ("" if there is nobody)."""

    passage: str
    frame: Frame
    other: str = ""

    def kept(self) -> list[Any]:
        """As JSON has it, without a word of the passage."""
        return [self.passage, self.other, self.frame.kept()]

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Sealed:
        """What `kept` gave. Raises ValueError or TypeError for anything else."""
        passage, other, frame = kept
        return cls(str(passage), Frame.of(frame), str(other))


@dataclass(frozen=True, slots=True)
class Put:
    """A sealed question in words. `answer` is what the passage says, and `swapped` the question about somebody else."""

    sealed: Sealed
    passage: Passage
    text: str
    answer: str
    swapped: str = ""


def sealed(reader: LedgerReader, count: int, seed: int = 1) -> list[Sealed]:
    """Up to `count` questions, the same for the same memory and seed; fewer where the passages do not give them."""
    draw, called, seen = random.Random(seed), Called(reader), set[str]()
    first: list[tuple[Passage, Frame]] = []
    further: list[tuple[Passage, Frame]] = []
    for passage in _drawn(reader, draw, count * LOOKED_AT):
        speaker = called.who_says(passage)
        if speaker is None:
            continue
        made = frames(passage.text, _day(passage), speaker)
        made = [one for one in made if _tells(reader, one, passage) and not _asked(one, passage, speaker, seen)]
        draw.shuffle(made)
        first += [(passage, one) for one in made[:1]]
        further += [(passage, one) for one in made[1:OF_ONE]]
        if len(first) >= count:
            break
    return _with_others(reader, [*first, *further][:count], called, draw)


def worded(reader: LedgerReader, questions: Sequence[Sealed]) -> list[Put | None]:
    """The questions in words, in their order; None for those whose passage has gone."""
    called = Called(reader)
    ids = dict.fromkeys(id_ for one in questions for id_ in (one.passage, one.other) if id_)
    there = {id_: found.passage for id_, found in reader.passages(list(ids)).items()}
    return [_put(one, there, called) for one in questions]


def _put(one: Sealed, there: Mapping[str, Passage], called: Called) -> Put | None:
    passage, other = there.get(one.passage), there.get(one.other)
    speaker = called.who_says(passage) if passage else None
    if passage is None or speaker is None:
        return None
    name = called.who_says(other) if other else None
    swapped = about_another(one.frame, passage, speaker, name) if name else ""
    return Put(one, passage, put(one.frame, passage.text, speaker), passage.text[slice(*one.frame.answer)], swapped)


# -- choosing ---------------------------------------------------------------------------------------------------------


def _drawn(reader: LedgerReader, draw: random.Random, most: int) -> Iterator[Passage]:
    """Passages at random, `most` of them."""
    showing = f"SELECT p.id FROM passages p JOIN items i ON i.n = p.item WHERE i.trust != 'machine' AND {LIVE}"
    ids = [id_ for (id_,) in reader.rows(f"{showing} ORDER BY p.n")]
    draw.shuffle(ids)
    for at in range(0, min(len(ids), most), IDS_AT_ONCE):
        part = ids[at : at + IDS_AT_ONCE]
        there = reader.passages(part)
        yield from (there[id_].passage for id_ in part if id_ in there)


def _day(passage: Passage) -> date | None:
    return passage.time.date() if passage.time else None


def _tells(reader: LedgerReader, frame: Frame, passage: Passage) -> bool:
    """Whether it can be told from others: by two words, or by one that is rare here."""
    wanted = telling(own_words(frame, passage.text))
    return len(wanted) > 1 or any(reader.words.frequency(quoted(one)) <= RARE for one in wanted)


def _asked(frame: Frame, passage: Passage, speaker: str, seen: set[str]) -> bool:
    """Whether these words have been asked before; they are from now on."""
    text = put(frame, passage.text, speaker).casefold()
    before = text in seen
    seen.add(text)
    return before


def _with_others(
    reader: LedgerReader, chosen: Sequence[tuple[Passage, Frame]], called: Called, draw: random.Random
) -> list[Sealed]:
    """The questions, each with somebody about whom it can be asked in vain, where there is somebody."""
    people = {name: passage.id for passage, _ in chosen if (name := called.who_says(passage))}
    made = []
    for passage, frame in chosen:
        speaker = called.who_says(passage) or ""
        others = [name for name in people if name != speaker and about_another(frame, passage, speaker, name)]
        draw.shuffle(others)
        found = (name for name in others[:OTHERS] if in_vain(reader, frame, passage, name, called))
        made.append(Sealed(passage.id, frame, people.get(next(found, ""), "")))
    return made
