"""What the owner has taught, looked up before an answer: corrections of this question, rules that hold, how-tos.

After MemPrompt (Madaan et al. 2022): what was said of an earlier answer is kept by its question, and a question that is
nearly the same finds it again. A correction is quoted first, unless the best that was found was said later still; what
the corrected answer had quoted is not quoted again. Rules go into the prompt of a model that may write; "never mention
X" also takes out what a program can take out: sentences with X in them. It binds him who answers, not the owner: who
asks for X by name hears of it, unless it is to be told to the one who must not know.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secondme.instructions import Unsaid, often_asked, told_to, unsaid
from secondme.recall.asked import kind_of
from secondme.recall.lexical import STOP_WORDS, content_words, stem, stems
from secondme.records import Hit
from secondme.store.lessons import Lesson, Span, lessons
from secondme.store.rows import EVERYTHING, Filters

if TYPE_CHECKING:
    from datetime import datetime

    from secondme.engine import Embedder
    from secondme.recall.evidence import Evidence
    from secondme.store.reading import LedgerReader

SHARED = 0.6  # of the words of two questions (Dice): they ask the same
ALIKE = 0.82  # cosine of two questions that ask the same in other words, MiniLM
CALLED_UP = 0.6  # share of a rule's own words in the question
MOST_RULES = 12
MOST_NEAR = 24  # questions to compare by meaning
MOST_QUOTED = 400  # characters of a correction that is quoted whole
SURE = 0.95  # that an answer which rests on a correction is there
_NAME = re.compile(r"(?<=\s)[A-Z]\w+|\d+")


@dataclass(frozen=True, slots=True)
class Taught:
    """What holds for one question. `rules` are sentences for the model, `ahead` passages to read first, of which those
    named in `corrections` (passage ids) are quoted first. `wrong` are the spans that corrected answers quoted, `topics`
    what no sentence may mention, as stems. `orders` are the passages that say how to answer, and answer nothing;
    `rules_in` those (ids) in which the rules were said."""

    rules: tuple[str, ...] = ()
    ahead: tuple[Hit, ...] = ()
    corrections: frozenset[str] = frozenset()
    wrong: tuple[Span, ...] = ()
    topics: tuple[frozenset[str], ...] = ()
    orders: frozenset[str] = frozenset()
    rules_in: tuple[str, ...] = ()

    def in_front(self, hits: Sequence[Hit]) -> tuple[Hit, ...]:
        """The hits, with those that were taught before all others."""
        best = max((hit.score for hit in hits), default=0.0)
        known = {hit.passage.id for hit in self.ahead}
        return (*(replace(hit, score=best) for hit in self.ahead), *(h for h in hits if h.passage.id not in known))

    def mentions(self, text: str) -> bool:
        """Whether a sentence mentions what must not be mentioned."""
        there = stems(text) if self.topics else frozenset()
        return any(topic <= there for topic in self.topics)

    def weighed(self, found: Sequence[Evidence]) -> list[Evidence]:
        """The evidence (best first) as it may be quoted: corrections first, without what they correct and what must not
        be mentioned."""
        allowed = [e for e in found if e.hit.passage.id not in self.orders and not self.mentions(e.text)]
        told = [_whole(e) for e in _first_of_each(e for e in allowed if e.hit.passage.id in self.corrections)]
        rest = [e for e in allowed if e.hit.passage.id not in self.corrections]
        if not told:
            return rest
        when = max(_time(e) for e in told)
        newest = rest[:1] if rest and _time(rest[0]) > when and rest[0].hit.passage.kind != "event" else []
        return [*newest, *told, *(e for e in rest[len(newest) :] if _time(e) > when or not self._was_wrong(e))]

    def _was_wrong(self, e: Evidence) -> bool:
        return any(
            e.hit.passage.id == passage and e.start < end and start < e.end for passage, start, end in self.wrong
        )


NOTHING = Taught()


def lessons_for(
    reader: LedgerReader,
    question: str,
    k: int = 8,
    embedder: Embedder | None = None,
    known_by: float = math.inf,
) -> list[Lesson]:
    """The lessons that bear on a question: those that always hold, then the `k` nearest of the others, corrections
    before rules and how-tos. With an `embedder` (vectors of length one) also questions in other words are near.
    `known_by` leaves out what was learnt later (seconds since 1970)."""
    every = [one for one in lessons(reader) if one.learned_at <= known_by]
    near = _near([one for one in every if one.about], question, embedder)
    always = sorted((one for one in every if not one.about), key=lambda one: one.kind == "howto")  # habits come last
    return always[:MOST_RULES] + near[:k]


def taught(
    reader: LedgerReader,
    question: str,
    embedder: Embedder | None = None,
    filters: Filters = EVERYTHING,
    known_by: float = math.inf,
) -> Taught:
    """What holds for a question; passages are read ahead only if they pass the `filters`."""
    found = lessons_for(reader, question, embedder=embedder, known_by=known_by)
    if not found:
        return NOTHING
    corrections = [one for one in found if one.kind == "correction"]
    there = reader.passages([one.id for one in found if one.about], filters)
    ahead = tuple(
        Hit(place.passage, place.source, place.title, 0.0, "lessons", {"taught": 1.0}, place.part)
        for one in found
        if one.about and (place := there.get(one.id))
    )
    ruling = [one for one in found if one.kind != "correction"]
    return Taught(
        tuple(_rule(one) for one in ruling),
        ahead,
        frozenset(one.id for one in corrections if one.id in there),
        tuple(span for one in corrections if _stems(one.about) == _stems(question) for span in one.wrong),
        topics=tuple(
            _topics(question, (wish for one in found if (wish := unsaid(one.text)) and one.kind == "instruction"))
        ),
        orders=frozenset(one.id for one in found if one.kind == "instruction"),
        rules_in=tuple(dict.fromkeys(id_ for one in ruling for id_ in (one.id, *(span[0] for span in one.wrong)))),
    )


def _rule(one: Lesson) -> str:
    """A lesson as the model is told it, who is not the one that "you" is in a habit."""
    text = " ".join(one.text.split())
    habit = often_asked(text) if one.kind == "howto" else ""
    return f"Where it fits, as often asked for before: {habit}" if habit else text


def _topics(question: str, wishes: Iterable[Unsaid]) -> Iterable[frozenset[str]]:
    asked = stems(question)
    for wish in wishes:
        for topic in map(_stems, wish.topics):
            if topic and (told_to(question, wish.to) if wish.to else not topic <= asked):
                yield topic


def _near(among: Sequence[Lesson], question: str, embedder: Embedder | None) -> list[Lesson]:
    asked = _stems(question)
    worth = {one.number: _worth(one, question, asked) for one in among}
    if embedder and (open_ := [one for one in among if one.kind == "correction" and _same_names(one.about, question)]):
        by_words = sorted(open_, key=lambda one: -len(asked & _stems(one.about)))[:MOST_NEAR]
        rows = embedder.embed([question, *(one.about for one in by_words)], asking=True)
        for one, cosine in zip(by_words, (rows[1:] @ rows[0]).tolist(), strict=True):
            if cosine >= ALIKE and _same_kind(one.about, question):
                worth[one.number] = max(worth[one.number], cosine)
    near = [one for one in among if worth[one.number] > 0]
    return sorted(near, key=lambda one: (one.kind != "correction", -worth[one.number], -one.learned_at))


def _worth(one: Lesson, question: str, asked: frozenset[str]) -> float:
    """How near a lesson is to the question by words, 0 if it does not bear on it."""
    about = _stems(one.about)
    shared = len(asked & about)
    if one.kind != "correction":
        share = shared / max(1, len(about))
        return share if share >= CALLED_UP else 0.0
    dice = 2 * shared / max(1, len(asked) + len(about))
    same = dice >= SHARED and _same_kind(one.about, question) and _same_names(one.about, question)
    return dice if same else 0.0


def _same_kind(one: str, other: str) -> bool:
    kinds = {kind_of(one), kind_of(other)} - {"other"}
    return len(kinds) <= 1


def _same_names(one: str, other: str) -> bool:
    """Whether the names and numbers of each are in the other, whatever their case: Dana is not Tom."""
    first, second = stems(one), stems(other)
    return all(stem(n.casefold()) in second for n in _NAME.findall(one)) and all(
        stem(n.casefold()) in first for n in _NAME.findall(other)
    )


def _stems(text: str) -> frozenset[str]:
    return frozenset(stem(word) for word in content_words(text) if word not in STOP_WORDS)


def _first_of_each(found: Iterable[Evidence]) -> list[Evidence]:
    """The best sentence of each passage."""
    return list({e.hit.passage.id: e for e in reversed(list(found))}.values())[::-1]


def _whole(e: Evidence) -> Evidence:
    """A correction that is no longer than a few sentences is quoted whole."""
    passage = e.hit.passage
    if len(passage.text) > MOST_QUOTED:
        return e
    return replace(e, start=passage.start, end=passage.end, text=passage.text)


def _time(e: Evidence) -> float:
    time: datetime | None = e.hit.passage.time
    return time.timestamp() if time else 0.0
