"""Themes: what somebody's days are about, as words that come up together, with how much of memory they are and whether
that grows.

The "shades" of Second Me (Wei et al. 2024), by counting: the word that most notes share and that is not in all of them
begins a theme, words that keep it company join it, what it covers is set aside, and so on (a greedy cover). No model,
no vectors; a theme can be taken apart into the facts and episodes that it is made of.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Literal

from secondme.knowledge import OWNER, Fact
from secondme.memory.episodes.telling import root, tokens

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

RECENT = 90  # days
LEAST = 3  # notes of a theme
MOST = 8  # themes
WIDEST = 0.25  # share of all notes: a word in more is what everything is about
COMPANY = 0.3  # share of a theme's notes that a further word is in
LIFT = 3.0  # times as frequent there as elsewhere
WORDS = 3  # of a theme, besides the first

NAMED = 0.6  # what is left of the worth of a word that is somebody's name: people have cards of their own
# how facts are put, and not what they are about
_FORM = frozenset(
    ("price", "cost", "number", "date", "status", "role", "type", "goal", "name", "note", "phone", "email", "address",
     "total", "amount")
)  # fmt: skip

Trend = Literal["new", "rising", "steady", "falling", "quiet"]


@dataclass(frozen=True, slots=True)
class Noted:
    """Something that was noted: a fact ("f12") or an episode's id, in words, with its day (an ordinal), if it has one.
    `share` is how much it counts."""

    name: str
    text: str
    day: int | None = None
    share: float = 1.0


@dataclass(frozen=True, slots=True)
class Theme:
    """`words` as they are written most, the first one leading. `weight` is its share of all notes (0..1); `recent` and
    `before` count its notes within RECENT days and earlier; `notes` are their names."""

    words: tuple[str, ...]
    weight: float
    trend: Trend
    recent: int
    before: int
    notes: tuple[str, ...]


def noted(reader: LedgerReader, facts: Sequence[Fact]) -> list[Noted]:
    """Facts about anybody, those about others counting half, and the episodes by their titles."""
    found = [
        Noted(fact.name, fact.statement, (fact.event or (fact.valid_from,))[0], 1.0 if fact.subject == OWNER else 0.5)
        for fact in facts
        if fact.kind != "credential" and fact.trust != "machine"
    ]
    rows = reader.rows("SELECT id, title, first FROM episodes WHERE title != '' ORDER BY n")
    return found + [Noted(id_, title, _day(first)) for id_, title, first in rows]


def _day(moment: int | None) -> int | None:
    return None if moment is None else date.fromtimestamp(moment).toordinal()


def themes(notes: Sequence[Noted], today: int, most: int = MOST) -> list[Theme]:
    """The themes of what was noted, the weightiest first. `today` is an ordinal."""
    said = [_words(note.text) for note in notes]
    spelt = defaultdict[str, Counter[str]](Counter)
    having = defaultdict[str, set[int]](set)
    for at, words in enumerate(said):
        for stem, word in words.items():
            spelt[stem][word] += 1
            having[stem].add(at)
    total = sum(note.share for note in notes) or 1.0
    found, left = list[Theme](), set(range(len(notes)))
    names = {stem for stem, forms in spelt.items() if forms.most_common(1)[0][0][:1].isupper()}
    while len(found) < most and (lead := _leading(having, left, notes, names)):
        company = _company(lead, having, len(notes))
        covered = sorted(having[lead] | _with_two(company, having))
        mine = [notes[at] for at in covered if at in left]
        left -= set(covered)
        written = tuple(spelt[stem].most_common(1)[0][0] for stem in (lead, *company))
        found.append(_theme(written, mine, total, _apart(notes, today), today))
    return sorted(found, key=lambda theme: -theme.weight)


def _words(text: str) -> dict[str, str]:
    """What a text is about: stems of its telling words, as they are written."""
    kept = (token for token in tokens(text) if not token.silent and token.cue >= 0.7 and len(token.plain) > 2)
    kept = (token for token in kept if token.plain not in _FORM)
    return {root(token.plain): text[token.start : token.end].removesuffix("'s").removesuffix("’s") for token in kept}


def _leading(having: Mapping[str, set[int]], left: set[int], notes: Sequence[Noted], names: Collection[str]) -> str:
    """The word that covers most of what is left, rarer words before frequent ones; "" if none covers enough."""
    widest = max(LEAST, WIDEST * len(notes))

    def worth(stem: str) -> float:
        rare = math.log((len(notes) + 1) / len(having[stem])) * (NAMED if stem in names else 1.0)
        return sum(notes[at].share for at in having[stem] & left) * rare

    able = [stem for stem, mine in having.items() if len(mine & left) >= LEAST and len(mine) <= widest]
    return max(able, key=lambda stem: (worth(stem), stem), default="")


def _company(lead: str, having: Mapping[str, set[int]], total: int) -> list[str]:
    """The words that keep the leading one company, the closest first."""
    mine, close = having[lead], list[tuple[float, str]]()
    for stem, others in having.items():
        both = len(mine & others)
        if stem != lead and both >= max(2, COMPANY * len(mine)) and both * total >= LIFT * len(mine) * len(others):
            close.append((-both / len(others), stem))
    return [stem for _, stem in sorted(close)[:WORDS]]


def _with_two(words: Sequence[str], having: Mapping[str, set[int]]) -> set[int]:
    counted = Counter(at for word in words for at in having[word])
    return {at for at, number in counted.items() if number >= 2}


def _theme(
    words: tuple[str, ...], notes: Sequence[Noted], total: float, everything: tuple[int, int], today: int
) -> Theme:
    recent, before = _apart(notes, today)
    weight = sum(note.share for note in notes) / total
    trend = _trend(recent, before, *everything)
    return Theme(words, weight, trend, recent, before, tuple(note.name for note in notes))


def _apart(notes: Sequence[Noted], today: int) -> tuple[int, int]:
    """How many are of the last RECENT days, and how many are older."""
    days = [note.day for note in notes if note.day is not None and note.day <= today]
    recent = sum(day > today - RECENT for day in days)
    return recent, len(days) - recent


def _trend(recent: int, before: int, all_recent: int, all_before: int) -> Trend:
    """By its share of what was noted of late and of what was noted before: that somebody writes less is no trend."""
    if not recent:
        return "quiet"
    if not before and recent >= LEAST and all_before >= all_recent:
        return "new"
    if recent + before < LEAST or not all_before:
        return "steady"
    now, then = recent / all_recent, before / all_before
    if now > 1.5 * then and recent >= LEAST:
        return "rising"
    return "falling" if now < 0.67 * then else "steady"
