"""What is said apart from any slot: clauses that belong together, and whether they tell something worth keeping.

"I tried Cython but it was messy" is one thing told in two clauses: a clause whose subject is a word for what came
before leans on it, as do reasons. A sentence without a verb that follows ("0.87 F1 vs 0.79 for FinBERT.") belongs to it
as well.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from secondme.knowledge import Claim
from secondme.memory.facts.prose import content, persons, verbs
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.words import WORD

LONGEST = 280  # characters; a longer one is no short statement any more
_HANGING_WORDS = "because cause since although though while whereas as until so when where before after"
_HANGING = frozenset(_HANGING_WORDS.split())
_TIMED = ("when", "where", "until", "before", "after", "as")  # what begins so does not stand alone
_APART = 30  # characters between clauses that belong together
_FRAGMENT = 140
_WITH_BUT = 200
_MINE = re.compile(r"(?<![\w’'])(?:I|[Ww]e|[Mm]y|[Oo]ur|[Mm]e|[Uu]s)(?!\w)")


_TURN_WORDS = """
change switch quit retire graduate marry divorce adopt hire leave join start stop finish win lose break buy sell
move own promote publish launch
"""
_TURNS = frozenset(_TURN_WORDS.split())  # in few words these say much


@dataclass(frozen=True, slots=True)
class Group:
    """Clauses that belong together, and where the last of what they say ends."""

    clauses: tuple[Clause, ...]
    end: int

    @property
    def whole(self) -> Clause:
        """The first clause, with all the rest in its tail."""
        head = self.clauses[0]
        return replace(head, end=self.end, tail=(head.tail[0], self.end))


def groups(found: Sequence[Clause], people: Sequence[str]) -> Iterator[Group]:
    """Clauses in order, those together that cannot stand alone."""
    at = 0
    while at < len(found):
        group = [found[at]]
        for clause in found[at + 1 :]:
            if not _belongs(clause, group, people):
                break
            group.append(clause)
        at += len(group)
        following = found[at].start if at < len(found) else len(group[0].text)
        yield Group(tuple(group), _with_fragment(group, following))


def _belongs(clause: Clause, group: Sequence[Clause], people: Sequence[str]) -> bool:
    apart = clause.text[group[-1].end : clause.start]
    if len(apart) > _APART or re.search(r"[\n?()]", apart) or clause.end - group[0].start > LONGEST:
        return False
    if clause.link in _HANGING or (clause.link == "but" and clause.end - group[0].start < _WITH_BUT):
        return True
    if clause.person in ("it", "they"):
        return clause.tail[0] < clause.tail[1]
    if clause.person in ("she", "he"):
        same = not re.search(r"[.!?]", apart)
        return (same or any(next(persons.mentioned(one, people), None) for one in group)) and clause.tail[
            0
        ] < clause.tail[1]
    return False


def _with_fragment(group: Sequence[Clause], following: int) -> int:
    """The end of the group, with a verbless sentence behind it that has names or numbers in it."""
    end = group[-1].end
    gap = group[0].text[end:following]
    said = re.match(r"[.!]\s+(?![-*•])(?P<said>[^\n?!]{6,}?)(?:[.!](?=\s|$)|$)", gap) if len(gap) < _FRAGMENT else None
    if said is None or end + len(gap) - group[0].start > LONGEST:
        return end
    first = WORD.search(said["said"])
    verb = verbs.read(first[0]) if first else None
    if (verb and verb.form == "base") or not content.names(said["said"]) or len(content.content(said["said"])) < 3:
        return end
    return end + said.end("said")


def tells(clause: Clause, said: str, dated: bool) -> bool:
    """Whether a clause tells something by itself. `said`: its words, with what belongs to it."""
    if len(said) > LONGEST or clause.link in _TIMED or content.chatter(clause, said):
        return False
    few = dated or content.names(said) or (clause.first and clause.verb in _TURNS)
    return len(content.content(said)) >= (2 if few else 3)


def anchored(said: str) -> bool:
    """Whether what a thing is or does has to do with the speaker: it is his, or it has a name or a number."""
    return bool(_MINE.search(said)) or content.names(said)


def left(said: str, told: Sequence[Claim]) -> bool:
    """Whether enough is said that the claims made from it have not taken up."""
    words = {content.stem(word) for word in content.content(said)}
    taken = {content.stem(word) for claim in told for word in content.content(claim.statement)}
    return len(words - taken) >= (2 if told else 1)
