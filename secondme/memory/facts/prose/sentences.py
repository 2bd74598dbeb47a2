"""Facts from sentences: what a speaker who is known says, by grammar and without a model.

Clause by clause: whom it is about, in which mood it is said (a plan, a guess, hearsay), what it tells in slots that
others can be compared with, and what it says is over. What fits no slot and yet has content is kept as a statement by
itself (wholes). Questions, requests, greetings and reactions are no facts; nor is what is about nobody in particular.

The words of a claim are the clause's: its quote is the clause as it stands, and its statement that clause with "I" read
as whom it means.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from secondme.knowledge import Claim, Days, Quote, Stance, Told
from secondme.memory.facts.prose import amounts, changing, nouns, persons, wholes
from secondme.memory.facts.prose.attributes import attributes
from secondme.memory.facts.prose.being import being
from secondme.memory.facts.prose.clauses import clauses
from secondme.memory.facts.prose.events import dates
from secondme.memory.facts.prose.moods import Said, mood
from secondme.memory.facts.prose.parsing import Clause, conjuncts
from secondme.memory.facts.prose.slots import Found, told_in
from secondme.memory.facts.prose.wording import statement, told_of
from secondme.memory.facts.prose.words import Span
from secondme.memory.facts.same import dates as read_dates
from secondme.memory.facts.whose import place, somebody
from secondme.timewords import Mention

BY = "sentences"
_I = re.compile(r"(?<![\w’'])(?:I|[Mm]y|[Mm]e)(?!\w)")
_HERE = re.compile(r"\bhere in\s+(?=[A-ZÀ-Þ])")
_CHATS = frozenset(("chat", "message"))
# a message of so many characters at most is in the speaker's own words (_LONG: if it says "I"); others hold pasted text
_SHORT, _LONG = 300, 600
_NEAR = 300  # characters back to whom "she" means
_UNSURE = 0.7  # what is left of the confidence where the speaker is not sure, or has it from somebody else


@dataclass(frozen=True, slots=True)
class _Scene:
    """A passage with what is worked out once for all of its clauses. `own`: it is about the speaker's own affairs."""

    told: Told
    people: tuple[str, ...]
    own: bool

    def within(self, start: int, end: int) -> list[Mention]:
        """The mentions of time between two places, read by the words there alone, as whoever checks them does."""
        found = read_dates(self.told.text[start:end], self.told.day)
        return [replace(time, start=time.start + start, end=time.end + start) for time in found]


@dataclass(frozen=True, slots=True)
class _About:
    """Whom a clause is about, and where the words that say so begin."""

    subject: str
    start: int


def claims(told: Told) -> Iterator[Claim]:
    """What the sentences of a passage say, in their order."""
    found = [clause for sentence in clauses(told.text) for clause in sentence]
    if not found:
        return
    people = tuple(name for name, _, _ in told.people if name and name != told.subject)
    own = told.kind not in _CHATS or len(told.text) <= (_LONG if _I.search(told.text) else _SHORT)
    scene = _Scene(told, people, own)
    seen: set[tuple[str, str, str]] = set()
    for claim in _all(scene, found):
        key = claim.subject, claim.slot, (claim.value or claim.statement).casefold()
        if key not in seen:
            seen.add(key)
            yield claim


def _all(scene: _Scene, found: Sequence[Clause]) -> Iterator[Claim]:
    known: persons.Known | None = None
    pairs = zip([None, *found], found, strict=False)
    found = [clause for before, clause in pairs if not _unclear(scene, before, clause)]
    for group in wholes.groups(found, scene.people):
        told: list[Claim] = []
        for clause in group.clauses:
            told += _of_clause(scene, clause, known)
            known = next(persons.mentioned(clause, scene.people), known)
        yield from told
        yield from _by_itself(scene, group, told, known)


def _unclear(scene: _Scene, before: Clause | None, clause: Clause) -> bool:
    """Whether it leaves its subject out where that need not be the speaker: under somebody's name, or after a clause
    about somebody else."""
    if clause.person != "none":
        return False
    if before is not None and (before.person in ("she", "he") or persons.named(before, scene.people)):
        return True
    return place(scene.told).subject != scene.told.subject or bool(somebody(scene.told))


# -- one clause -------------------------------------------------------------------------------------------------------


def _of_clause(scene: _Scene, clause: Clause, known: persons.Known | None) -> list[Claim]:
    times = scene.within(clause.start, clause.end)
    told: list[Claim] = []
    parts = conjuncts(clause)
    for part in parts:
        told += _of_part(scene, part, known, times, alone=len(parts) == 1)
    if scene.told.subject:
        speaker = _About(scene.told.subject, clause.start)
        also = [*persons.relations(clause), *_here(clause)]
        told += [_claim(scene, Said(clause), one, speaker, ()) for one in also]
    return told


def _of_part(
    scene: _Scene, part: Clause, known: persons.Known | None, times: Sequence[Mention], *, alone: bool
) -> list[Claim]:
    """What one verb of a clause tells."""
    said = mood(part)
    about = _about(scene, said.clause, known)
    if about is None:
        return []
    found: dict[tuple[str, Span], Found] = {}
    for one in _found(scene, said, about, times):
        key = one.slot, one.value
        if key not in found or one.ended:
            found[key] = one
    whole = alone and len(found) == 1 and not next(iter(found.values())).words
    return [_claim(scene, said, one, about, times, whole=whole) for one in found.values()]


def _found(scene: _Scene, said: Said, about: _About, times: Sequence[Mention]) -> Iterator[Found]:
    clause, speaker = said.clause, about.subject == scene.told.subject
    if clause.first or not speaker:
        yield from being(said)
        yield from told_in(said)
    if speaker:
        yield from attributes(said)
        yield from amounts.amounts(said)
        yield from dates(clause, times)
    yield from changing.changes(said, times)


def _about(scene: _Scene, clause: Clause, known: persons.Known | None) -> _About | None:
    """Whom a clause is about; None for nobody who is known."""
    subject = scene.told.subject
    if clause.first:
        return _About(subject, clause.start) if subject else None
    if clause.person in ("she", "he"):
        near = known is not None and clause.start - known.at[0] < _NEAR
        return _About(known.name, known.at[0]) if known and near else None
    if clause.person != "thing":
        return None
    if who := persons.named(clause, scene.people):
        return _About(who, clause.start)
    return _About(subject, clause.start) if subject and scene.own else None


def _here(clause: Clause) -> Iterator[Found]:
    """ "… raining all day here in Boston"."""
    own = clause.first or clause.person == "it"
    here = _HERE.search(clause.text, clause.start, clause.end) if own else None
    span = nouns.place(clause.text, here.end(), clause.end) if here else None
    if span:
        yield Found("lives in", "place", span, True, f"I am here in {clause.text[slice(*span)]}", 0.6)


# -- claims -----------------------------------------------------------------------------------------------------------


def _claim(
    scene: _Scene, said: Said, found: Found, about: _About, times: Sequence[Mention], *, whole: bool = False
) -> Claim:
    told, clause = scene.told, said.clause
    start, event = min(about.start, clause.start), found.when or _event(times)
    if event and told.day and event[1] < told.day and found.slot.startswith("date of"):
        event = None  # an appointment is made for a day to come: the year was guessed wrong
    stance = _stance(said, found, event, told.day)
    return Claim(
        about.subject,
        found.kind,
        _worded(clause, found, about.subject, told.subject, whole),
        Quote(told.passage, start, clause.end, told.text[start : clause.end]),
        slot=found.slot,
        value=" ".join(told.text[slice(*found.value)].split()),
        single=found.single,
        stance=stance,
        said_by=said.said_by or told.subject or told.speaker,
        trust=told.trust,
        event=event,
        day=told.day,
        ended=tuple(told.text[slice(*span)] for span in found.ended),
        confidence=round(found.confidence * (_UNSURE if stance in ("guess", "hearsay") else 1), 2),
        by=BY,
    )


def _stance(said: Said, found: Found, event: Days | None, day: int | None) -> Stance:
    if said.stance != "claim":
        return said.stance
    if said.former or (not found.slot and said.clause.happened):
        return "done"
    ahead = event is not None and day is not None and event[0] > day
    return "plan" if ahead and not found.slot.startswith("date of") else "claim"


def _worded(clause: Clause, found: Found, subject: str, speaker: str, whole: bool) -> str:
    if found.words:
        return told_of(" ".join(found.words.split()), subject)
    end = clause.end if whole or found.value[1] <= clause.tail[0] else found.value[1]
    if clause.person in ("she", "he") and subject != speaker:
        return told_of(f"{subject}{clause.text[clause.subject[1] : end]}", speaker)
    return statement(clause, speaker, end=end)


def _event(times: Sequence[Mention]) -> Days | None:
    """The days of the first mention of time that says when something happens."""
    return next((time.days[0] for time in times if time.relation == "in" and len(time.days) == 1), None)


def _by_itself(
    scene: _Scene, group: wholes.Group, told: Sequence[Claim], known: persons.Known | None
) -> Iterator[Claim]:
    """The whole of what a group of clauses says, where it tells more than the slots have taken up."""
    head = group.clauses[0]
    about = _about(scene, head, known)
    if about is None:
        return
    text = scene.told.text[head.start : group.end]
    times = scene.within(head.start, group.end)
    if head.person == "thing" and about.subject == scene.told.subject and not wholes.anchored(text):
        return
    if wholes.tells(head, text, bool(times)) and wholes.left(text, [one for one in told if one.statement]):
        said = mood(head)
        if said.said_by and told:
            return
        outer = Said(group.whole, said.stance, said.said_by, said.over, said.former)
        kind = "plan" if said.stance == "plan" else "event" if head.happened else "other"
        yield _claim(scene, outer, Found("", kind, confidence=0.6), about, times)  # type: ignore[arg-type]
