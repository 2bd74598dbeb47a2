"""Facts from sentences: what a speaker who is known says, by grammar and without a model.

Clause by clause: whom it is about, in which mood it is said (a plan, a guess, hearsay), what it tells in slots that others
can be compared with, and what it says is over. What fits no slot and yet has content is kept as a statement by itself,
together with the clauses that cannot stand alone ("I tried Cython but it was messy"). Questions, requests, greetings and
reactions are no facts; nor is what is about nobody in particular.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from secondme.knowledge import OWNER, Claim, Days, Kind, Quote, Told
from secondme.memory.facts import amounts, changing, content, persons
from secondme.memory.facts.being import being
from secondme.memory.facts.clauses import Clause, Span, clauses
from secondme.memory.facts.moods import Said, mood
from secondme.memory.facts.slots import Found, told_in
from secondme.memory.facts.wording import statement, told_of
from secondme.timewords import Mention, mentions

BY = "sentences"
LONGEST_STATEMENT = 280  # characters; a longer one is no short sentence any more
_HANGING = frozenset("because cause since although though while whereas as until so".split(" "))
_MINE = re.compile(r"(?<![\w’'])(?:I|[Ww]e|[Mm]y|[Oo]ur|[Mm]e|[Uu]s)(?![\w])")
_HERE = re.compile(r"\bhere in\s+(?=[A-ZÀ-Þ])")
_NEAR = 300  # characters back to whom "she" means


@dataclass(frozen=True, slots=True)
class _Scene:
    """A passage with what is worked out once for all of its clauses."""

    told: Told
    times: tuple[Mention, ...]
    people: tuple[str, ...]
    mine: bool  # somebody speaks in it of himself

    def within(self, start: int, end: int) -> list[Mention]:
        return [time for time in self.times if start <= time.start and time.end <= end]


def claims(told: Told) -> Iterator[Claim]:
    """What the sentences of a passage say, in their order."""
    found = [clause for sentence in clauses(told.text) for clause in sentence]
    if not found:
        return
    day = date.fromordinal(told.day) if told.day else None
    people = tuple(name for name, _, _ in told.people if name and name != told.subject)
    scene = _Scene(told, tuple(mentions(told.text, day)), people, bool(_MINE.search(told.text)))
    seen: set[tuple[str, str, str]] = set()
    for claim in _all(scene, found):
        key = claim.subject, claim.slot, (claim.value or claim.statement).casefold()
        if key not in seen:
            seen.add(key)
            yield claim


def _all(scene: _Scene, found: Sequence[Clause]) -> Iterator[Claim]:
    known: persons.Known | None = None
    at = 0
    while at < len(found):
        group = _group(found, at)
        told: list[Claim] = []
        for clause in group:
            told += _of_clause(scene, clause, known)
            known = next(iter(reversed(list(persons.mentioned(clause, scene.people)))), known)
        yield from told
        yield from _statement(scene, group, told)
        at += len(group)


def _group(found: Sequence[Clause], at: int) -> list[Clause]:
    """A clause with those behind it that cannot stand alone."""
    group = [found[at]]
    for clause in found[at + 1 :]:
        apart = clause.text[group[-1].end : clause.start]
        leans = _leans(clause, group) or clause.link in _HANGING
        if not leans or len(apart) > 30 or "\n" in apart or clause.end - group[0].start > LONGEST_STATEMENT:
            break
        group.append(clause)
    return group


def _leans(clause: Clause, group: Sequence[Clause]) -> bool:
    """Whether its subject is a word for something that the clauses before it name."""
    if clause.person in ("she", "he"):
        return any(clause.person == one.person or next(persons.somebody(one), None) for one in group)
    return clause.person in ("it", "they") and clause.tail[0] < clause.tail[1]


# -- one clause -------------------------------------------------------------------------------------------------------


def _of_clause(scene: _Scene, clause: Clause, known: persons.Known | None) -> list[Claim]:
    said = mood(clause)
    subject, start = _about(scene, said.clause, known)
    if not subject:
        return []
    found: list[Found] = []
    if said.clause.first or subject != scene.told.subject:
        found += [*being(said), *told_in(said)]
    times = scene.within(clause.start, clause.end)
    if subject == scene.told.subject:
        found += persons.relations(clause)
        found += amounts.amounts(said)
        found += amounts.dates(said.clause, times)
        found += _here(said.clause)
    found += changing.changes(said, times)
    return [_claim(scene, said, one, subject, start, times) for one in found]


def _about(scene: _Scene, clause: Clause, known: persons.Known | None) -> tuple[str, int]:
    """Whom a clause is about, and where the words that say so begin; "" for nobody who is known."""
    if clause.first:
        return scene.told.subject, clause.start
    if clause.person in ("she", "he"):
        near = known is not None and clause.start - known.at[0] < _NEAR
        return (known.name, known.at[0]) if known and near else ("", clause.start)
    if clause.person != "thing":
        return "", clause.start
    if who := persons.named(clause, scene.people):
        return who, clause.start
    return (scene.told.subject if scene.mine else ""), clause.start


def _here(clause: Clause) -> Iterator[Found]:
    """ "… raining all day here in Boston"."""
    from secondme.memory.facts import nouns

    here = _HERE.search(clause.text, clause.start, clause.end)
    span = nouns.place(clause.text, here.end(), clause.end) if here else None
    if span:
        yield Found("lives in", "place", span, True, f"I am here in {clause.text[slice(*span)]}", 0.6)


def _claim(
    scene: _Scene, said: Said, found: Found, subject: str, start: int, times: Sequence[Mention]
) -> Claim:
    told, clause = scene.told, said.clause
    start = min(start, clause.start)
    stance = found.stance or said.stance
    event = _event(times)
    if stance == "claim" and event and told.day and event[0] > told.day and not found.slot.startswith(("date", "number")):
        stance = "plan"
    elif stance == "claim" and (said.former or (clause.past and not found.slot)):
        stance = "done"
    return Claim(
        subject,
        found.kind,
        _worded(clause, found, subject),
        Quote(told.passage, start, clause.end, told.text[start : clause.end]),
        slot=found.slot,
        value=" ".join(told.text[slice(*found.value)].split()),
        single=found.single,
        stance=stance,
        said_by=said.said_by or told.speaker,
        trust=told.trust,
        event=event,
        day=told.day,
        ended=tuple(told.text[slice(*span)] for span in found.ended),
        confidence=found.confidence * (0.7 if stance in ("guess", "hearsay") else 1),
        by=BY,
    )


def _worded(clause: Clause, found: Found, subject: str) -> str:
    if found.words:
        return told_of(" ".join(found.words.split()), subject)
    end = found.value[1] if found.value[1] > clause.tail[0] and found.slot and not found.slot.startswith(("date", "number")) else None
    if clause.person in ("she", "he"):
        return told_of(f"{subject}{clause.text[clause.subject[1] : end or clause.end]}", subject)
    return statement(clause, subject, end=end)


def _event(times: Sequence[Mention]) -> Days | None:
    """The days of the first mention of time that says when something happens."""
    return next((time.days[0] for time in times if time.relation == "in" and len(time.days) == 1), None)


# -- a statement by itself --------------------------------------------------------------------------------------------


def _statement(scene: _Scene, group: Sequence[Clause], told: Sequence[Claim]) -> Iterator[Claim]:
    """The whole of what is said, where it tells more than the slots have taken up."""
    head = group[0]
    subject, start = _about(scene, head, None)
    if not subject or (head.person == "thing" and subject == scene.told.subject and not _anchored(scene, head)):
        return
    end = group[-1].end
    text = scene.told.text[head.start : end]
    if len(text) > LONGEST_STATEMENT:
        group, end = group[:1], head.end
        text = head.said
    if not content.tells(head, text) or not _left(text, told):
        return
    said = mood(head)
    found = Found("", _kind(said), confidence=0.6)
    whole = replace(said, clause=replace(head, end=end, tail=(head.tail[0], end)))
    yield _claim(scene, whole, found, subject, start, scene.within(head.start, end))


def _anchored(scene: _Scene, clause: Clause) -> bool:
    """Whether what a thing is or does has to do with the speaker: it is his, or has a name or a number beside his words."""
    return bool(_MINE.search(clause.said)) or (scene.mine and content.names(clause.said))


def _left(text: str, told: Sequence[Claim]) -> bool:
    """Whether enough is said that no slot has taken up."""
    if any(not claim.slot for claim in told):
        return False
    words = {content.stem(word) for word in content.content(text)}
    covered = {content.stem(word) for claim in told for word in content.content(claim.statement)}
    return len(words - covered) >= (2 if told else 1)


def _kind(said: Said) -> Kind:
    clause = said.clause
    if said.stance == "plan":
        return "plan"
    return "event" if clause.past else "other"
