"""A card of at most 400 tokens: the lines that say most about somebody, each with the facts that it rests on.

A view over current facts: one line for each slot ("lives in"), and for each fact that has none. A line's weight is its
kind's, by how sure it is, how often it was said, and how clear its words still are, for what does not last. What was
planned stands until its day is over. Codes and numbers are left out, as is what others only heard. The owner's own
lines come first and stay until the owner takes them back.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from secondme.knowledge import Fact, Kind
from secondme.store.profile import ADDED, Edit

BUDGET = 400  # tokens
AHEAD = 60  # days: what is planned for later is no news yet
MOST_VALUES = 6  # of one slot
LEAST = 0.12  # weight of a line
Count = Callable[[str], int]

# headings in the order of the card, with the kinds below each and what a line of the kind weighs
HEADINGS: tuple[tuple[str, tuple[tuple[str, float], ...]], ...] = (
    ("Self", ((ADDED, 1.0), ("identity", 1.0))),
    ("People", (("relation", 0.95),)),
    ("Places", (("place", 0.9),)),
    ("Work", (("work", 0.9),)),
    ("Health", (("health", 0.9),)),
    ("Likes", (("preference", 0.75),)),
    ("Things", (("possession", 0.5), ("other", 0.3))),
    ("Coming", (("plan", 0.6), ("event", 0.5), ("task", 0.4))),
)
_HEADING = {kind: heading for heading, kinds in HEADINGS for kind, _ in kinds}
_WEIGHT = {kind: weight for _, kinds in HEADINGS for kind, weight in kinds}
_ORDER = {heading: at for at, (heading, _) in enumerate(HEADINGS)}
_STANCE = {"claim": 1.0, "done": 1.0, "plan": 0.9, "guess": 0.4, "hearsay": 0.0}
_LASTS: frozenset[Kind] = frozenset(("identity", "relation", "health", "place"))
_COMING: frozenset[Kind] = frozenset(("plan", "event", "task"))
_OF_A_THING = re.compile(r"\b(?:of|for)\b")  # "price of shelf" is about the shelf
_TOKEN = re.compile(r"\w{1,6}|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Line:
    """`facts` are their numbers. `edited` is when the owner wrote it (seconds since 1970), None if facts made it;
    `newer` is what facts that were learnt after that would say."""

    key: str
    heading: str
    text: str
    facts: tuple[int, ...] = ()
    weight: float = 1.0
    edited: int | None = None
    newer: str = ""


@dataclass(frozen=True, slots=True)
class Card:
    """The lines in order; `left_out` are how many found no room."""

    lines: tuple[Line, ...]
    tokens: int = 0
    left_out: int = 0


def tokens_of(text: str) -> int:
    """About as many tokens as a model's vocabulary makes of it; rather more."""
    return len(_TOKEN.findall(text))


def card(
    facts: Sequence[Fact],
    edits: Mapping[str, Edit],
    today: int,
    clear: Mapping[str, float] | None = None,
    budget: int = BUDGET,
    count: Count = tokens_of,
) -> Card:
    """The card of whom `facts` are about. `today` is an ordinal; `clear` the strength (0..1) of passages by id."""
    made = lines(facts, today, clear or {})
    told = [_edited(line, edits.get(line.key), facts) for line in made]
    told += [_own(one) for key, one in edits.items() if key not in {line.key for line in made}]
    wanted = sorted((line for line in told if line.text), key=lambda line: (line.edited is None, -line.weight))
    kept, used = list[Line](), 0
    for line in wanted:
        if used + (size := count(line.text) + 1) <= budget:
            kept.append(line)
            used += size
    kept.sort(key=lambda line: (_ORDER[line.heading], -line.weight, line.key))
    return Card(tuple(kept), used, len(wanted) - len(kept))


def lines(facts: Sequence[Fact], today: int, clear: Mapping[str, float]) -> list[Line]:
    """A line for each slot and for each fact without one, those that weigh enough."""
    groups = defaultdict[str, list[tuple[float, Fact]]](list)
    for fact in facts:
        if (weight := _weight(fact, today, clear)) >= LEAST:
            groups[key_of(fact)].append((weight, fact))
    found = []
    for key, group in groups.items():
        group.sort(key=lambda one: (-one[0], -one[1].number))
        group = group[:1] if group[0][1].single else group
        numbers = tuple(fact.number for _, fact in group)
        found.append(Line(key, _HEADING[group[0][1].kind], _said([fact for _, fact in group]), numbers, group[0][0]))
    return found


def key_of(fact: Fact) -> str:
    """What edits call the line that this fact is in."""
    return f"{fact.kind}:{fact.slot}" if fact.slot else fact.id


def _said(facts: Sequence[Fact]) -> str:
    if len(facts) == 1:
        return facts[0].statement
    values = list(dict.fromkeys(fact.value or fact.statement for fact in facts))
    more = f" and {len(values) - MOST_VALUES} more" if len(values) > MOST_VALUES else ""
    return f"{facts[0].slot[:1].upper()}{facts[0].slot[1:]}: {', '.join(values[:MOST_VALUES])}{more}"


def _weight(fact: Fact, today: int, clear: Mapping[str, float]) -> float:
    """0 for what has no place on a card."""
    if fact.trust == "machine" or fact.kind not in _WEIGHT or not fact.holds_on(today):
        return 0.0
    if fact.kind in _COMING:
        if fact.event is None or fact.event[1] < today or fact.event[0] > today + AHEAD:
            return 0.0
    elif not _describes(fact):
        return 0.0
    said_again = 1.0 + 0.3 * math.log(max(1, len(fact.quotes)))
    weight = _WEIGHT[fact.kind] * _STANCE[fact.stance] * fact.confidence * said_again * (1.0 if fact.slot else 0.6)
    if fact.kind in _LASTS or fact.kind in _COMING:
        return weight
    return weight * (0.4 + 0.6 * max((clear.get(quote.passage, 1.0) for quote in fact.quotes), default=1.0))


def _describes(fact: Fact) -> bool:
    """Whether it says something of the person, and not of one of their things."""
    if fact.kind == "other" and (not fact.slot or len(fact.quotes) < 2):
        return False
    return fact.kind in _LASTS or not _OF_A_THING.search(fact.slot)


def _edited(line: Line, edit: Edit | None, facts: Sequence[Fact]) -> Line:
    if edit is None:
        return line
    later = any(fact.number in line.facts and fact.learned_at > edit.at for fact in facts)
    newer = line.text if later and line.text != edit.text else ""
    return replace(line, text=edit.text, edited=edit.at, newer=newer)


def _own(edit: Edit) -> Line:
    """A line of the owner's that no fact would make."""
    heading = _HEADING.get(edit.key.partition(":")[0], "Self")
    return Line(edit.key, heading, edit.text, edited=edit.at)
