"""A set of questions about one's own memory, made by rules, and kept without a word of it.

The idea is YourBench's (Shashidhar et al., 2025): a test that is made of one's own documents tells more about one's own
use than any published one. Kept are ids of passages and spans in them (`Sealed`); a question's words are put together
from the ledger when it is asked, so that what has been forgotten cannot be asked about any more.

Each question can be asked in two ways: as it is, where memory holds the answer; and as one that it does not hold, since
the passages that do are left out of the search (`left_out`), or since it is put about somebody else (`Put.swapped`).
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any

from secondme.recall.folding import folded
from secondme.recall.lexical import STOP_WORDS, content_words, coverage, fts_query, stem, words
from secondme.recall.names import impersonal, spellings
from secondme.recall.questioning import Frame, frames, put
from secondme.store.around import standing
from secondme.store.named import handled
from secondme.store.rows import EVERYTHING, IDS_AT_ONCE, LIVE, Found

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

FEWEST = 50  # passages; of fewer no set of questions says anything
LOOKED_AT = 60  # passages for each question wanted
OF_ONE = 3  # questions of one passage at most
WHO = 0.25  # share of the questions that ask who did it, as long as there are others
NEAR = 60  # passages with the question's words that are looked at
MOST_OUT = 40  # passages left out; where more may hold the answer, it is no secret
SAYS_SO = 0.6  # share of a question's words in a passage that is about the same


@dataclass(frozen=True, slots=True)
class Sealed:
    """A question as it is kept: a passage's id, what is asked of it, and the id of a passage of somebody else, about
    whom the same can be asked in vain ("" if there is nobody)."""

    passage: str
    frame: Frame
    other: str = ""

    def kept(self) -> list[Any]:
        return [self.passage, self.other, self.frame.kept()]

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Sealed:
        passage, other, frame = kept
        return cls(str(passage), Frame.of(frame), str(other))


@dataclass(frozen=True, slots=True)
class Put:
    """A sealed question in words. `answer` is what the passage says, and `swapped` the question about somebody else."""

    sealed: Sealed
    found: Found
    text: str
    answer: str
    swapped: str = ""


def sealed(reader: LedgerReader, count: int, seed: int = 1) -> list[Sealed]:
    """Up to `count` questions, the same ones for the same memory and seed; fewer where the passages do not give them."""
    draw, calling = random.Random(seed), _Calling(reader)
    plain, who, further = list[tuple[Found, Frame]](), list[tuple[Found, Frame]](), list[tuple[Found, Frame]]()
    seen = set[str]()
    for found in _drawn(reader, draw, count * LOOKED_AT):
        speaker = calling.of(found)
        if speaker is None:
            continue
        made = [
            one for one in frames(found.passage.text, _day(found), speaker) if not _asked(one, found, speaker, seen)
        ]
        draw.shuffle(made)
        made.sort(key=lambda one: one.wh == "Who")
        for frame in made[:1]:
            (who if frame.wh == "Who" else plain).append((found, frame))
        further += [(found, frame) for frame in made[1:OF_ONE]]
        if len(plain) >= count:
            break
    first = [*plain, *who[: max(int(WHO * count), count - len(plain) - len(further))]]
    chosen = [*first, *further][:count] if len(first) < count else draw.sample(first, count)
    return _with_others(reader, chosen, calling, draw)


def worded(reader: LedgerReader, questions: Sequence[Sealed]) -> list[Put | None]:
    """The questions in words, in their order; None for those whose passage has gone."""
    calling = _Calling(reader)
    there = _passages(reader, [id_ for one in questions for id_ in (one.passage, one.other) if id_])
    return [_put(one, there, calling) for one in questions]


def left_out(reader: LedgerReader, one: Put, weights: Mapping[str, float]) -> tuple[int, ...] | None:
    """Numbers of the passages to leave out so that memory does not hold the answer; None where too many may hold it.

    These are the passage itself, what says the same, and what holds the answer together with a word of the question.
    Of an answer that depends on the day it was given ("yesterday") also what was said about it beside. `weights`: of
    the stems of the question, by rarity.
    """
    own = [n for (n,) in reader.rows("SELECT n FROM passages WHERE id = ?", (one.sealed.passage,))]
    around = standing(reader, own)
    near = [match.n for match in reader.words.best(fts_query(one.text), NEAR, EVERYTHING)]
    holding = _holding_answer(reader, one)
    around |= standing(reader, [n for n in (*near, *holding) if n not in around])
    asked = _about(one)
    out = set(own)
    out |= {n for n in holding if coverage(asked, around[n].text, weights) > 0}
    out |= {n for n in near if _alike(around[n].text, one.found.passage.text)}
    if one.sealed.frame.wh in ("Who", "When"):
        beside = [n for n in around if coverage(asked, around[n].text, weights) >= SAYS_SO]
        day = one.found.passage.time
        out |= {n for n in beside if day is None or abs((around[n].epoch or 0) - day.timestamp()) < 7 * 86_400}
    return tuple(sorted(out)) if len(out) <= MOST_OUT else None


# -- choosing ---------------------------------------------------------------------------------------------------------


def _drawn(reader: LedgerReader, draw: random.Random, most: int) -> Iterator[Found]:
    """Passages at random, `most` of them."""
    rows = reader.rows(
        f"SELECT p.id FROM passages p JOIN items i ON i.n = p.item WHERE i.trust != 'machine' AND {LIVE} ORDER BY p.n"
    )
    ids = [id_ for (id_,) in rows]
    draw.shuffle(ids)
    for at in range(0, min(len(ids), most), IDS_AT_ONCE):
        part = ids[at : at + IDS_AT_ONCE]
        there = reader.passages(part)
        yield from (there[id_] for id_ in part if id_ in there)


def _asked(frame: Frame, found: Found, speaker: str, seen: set[str]) -> bool:
    """Whether these words have been asked before; they are from now on."""
    text = put(frame, found.passage.text, speaker).casefold()
    before = text in seen
    seen.add(text)
    return before


def _day(found: Found) -> date | None:
    return found.passage.time.date() if found.passage.time else None


def _passages(reader: LedgerReader, ids: Sequence[str]) -> dict[str, Found]:
    return reader.passages(list(dict.fromkeys(ids)))


# -- the same about somebody else --------------------------------------------------------------------------------------


def _with_others(
    reader: LedgerReader, chosen: Sequence[tuple[Found, Frame]], calling: _Calling, draw: random.Random
) -> list[Sealed]:
    speakers = {calling.of(found): found for found, _ in chosen if calling.of(found)}
    made = []
    for found, frame in chosen:
        others = [name for name in speakers if name and name != calling.of(found)]
        draw.shuffle(others)
        known = [name for name in others[:3] if _in_vain(reader, found, frame, name, calling)]
        other = speakers[known[0]].passage.id if known else ""
        made.append(Sealed(found.passage.id, frame, other))
    return made


def _in_vain(reader: LedgerReader, found: Found, frame: Frame, name: str, calling: _Calling) -> bool:
    """Whether the question can be asked about that person, and nothing in memory says it of them."""
    speaker = calling.of(found) or ""
    text = put(frame, found.passage.text, speaker)
    swapped = _swapped(text, frame, found, speaker, name)
    if not swapped or _mentions(name, found.passage.text):
        return False
    asked = [stem(word) for word in content_words(swapped) if word not in words(name)]
    near = [match.n for match in reader.words.best(fts_query(swapped), NEAR, EVERYTHING)]
    there = standing(reader, near)
    about = [there[n] for n in near if calling.named(there[n].speaker) == name or _mentions(name, there[n].text)]
    return all(coverage(asked, one.text, {}) < SAYS_SO for one in about)


def _mentions(name: str, text: str) -> bool:
    """Whether it speaks of that person, and not only to them ("Thanks, Ana!")."""
    bare = re.escape(name)
    spoken_to = rf"(?:^|[.!?,]\s*){bare}\s*(?=[,.!?])|^\w+ {bare}\s*[,.!?]|,\s*{bare}\b"
    return name in re.sub(spoken_to, "", text, flags=re.MULTILINE)


def _swapped(text: str, frame: Frame, found: Found, speaker: str, name: str) -> str:
    """The question about `name`; "" if it is not about its speaker."""
    if frame.asks_subject:
        return ""
    again = put(frame, found.passage.text, name)
    return again if again != text else ""


def _put(one: Sealed, there: Mapping[str, Found], calling: _Calling) -> Put | None:
    found = there.get(one.passage)
    speaker = calling.of(found) if found else None
    if found is None or speaker is None:
        return None
    text, other = found.passage.text, there.get(one.other)
    name = calling.of(other) if other else None
    swapped = put(one.frame, text, name) if name else ""
    answer = text[slice(*one.frame.answer)]
    if one.frame.asks_subject:
        answer = speaker
    return Put(one, found, put(one.frame, text, speaker), answer, swapped)


class _Calling:
    """What people are called who say something: by the first name where nobody else bears it."""

    def __init__(self, reader: LedgerReader) -> None:
        names = {one for _, name, _ in handled(reader) for one in spellings(name)[:1]}
        self._first = Counter(name.split()[0] for name in names if name)

    def of(self, found: Found) -> str | None:
        """The speaker's name; "" for the owner, None for whom nobody would ask about by name."""
        passage = found.passage
        if passage.trust == "own":
            return ""
        return (self.named(passage.speaker) or None) if passage.trust == "other" else None

    def named(self, speaker: str) -> str:
        name = next(iter(spellings(speaker)), "")
        if not name or impersonal(name, "") or not name.replace(" ", "").replace("-", "").isalpha():
            return ""
        first = name.split()[0]
        return first if len(first) > 2 and self._first[first] <= 1 else name


# -- what holds the answer ---------------------------------------------------------------------------------------------


def _about(one: Put) -> list[str]:
    """The stems of what the question is about, without whom it names."""
    speaker = set(words(one.found.passage.speaker))
    return [stem(word) for word in content_words(one.text) if word not in speaker]


def _holding_answer(reader: LedgerReader, one: Put) -> list[int]:
    """Passages with all words of the answer and one of the question's."""
    answer = [f'"{word}"' for word in words(one.answer) if word not in STOP_WORDS]
    asked = fts_query(" ".join(_about(one)))
    if not answer or not asked:
        return []
    query = f"text : ({' AND '.join(answer)}) AND ({asked})"
    return [n for (n,) in reader.rows("SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (query, MOST_OUT + 1))]


def _alike(one: str, other: str) -> bool:
    return [first for _, first in folded([one, other])] == [0, 0]
