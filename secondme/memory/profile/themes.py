"""Themes: what somebody's days are about, as words that come up together, with how much of memory they are and whether
that grows.

The "shades" of Second Me (Wei et al. 2024), by counting: the word that most notes share and that is not in all of them
begins a theme, words that keep it company join it, what it covers is set aside, and so on (a greedy cover). No model,
no vectors; a theme can be taken apart into the facts and episodes that it is made of.
"""

from __future__ import annotations

import math
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from secondme.memory.episodes.telling import root, tokens

RECENT = 90  # days
LEAST = 3  # notes of a theme
MOST = 8  # themes
WIDEST = 0.25  # share of all notes: a word in more is what everything is about
COMPANY = 0.3  # share of a theme's notes that a further word is in
LIFT = 3.0  # times as frequent there as elsewhere
WORDS = 3  # of a theme, besides the first

Trend = Literal["new", "rising", "steady", "falling"]


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
    while len(found) < most and (lead := _leading(having, left, notes)):
        company = _company(lead, having, len(notes))
        covered = sorted(having[lead] | _with_two(company, having))
        mine = [notes[at] for at in covered if at in left]
        left -= set(covered)
        words = tuple(spelt[stem].most_common(1)[0][0] for stem in (lead, *company))
        found.append(_theme(words, mine, total, today, [note.day for note in notes]))
    return sorted(found, key=lambda theme: -theme.weight)


def _words(text: str) -> dict[str, str]:
    """What a text is about: stems of its telling words, as they are written."""
    kept = (token for token in tokens(text) if not token.silent and token.cue >= 0.7 and len(token.plain) > 2)
    return {root(token.plain): text[token.start : token.end].removesuffix("'s").removesuffix("’s") for token in kept}


def _leading(having: Mapping[str, set[int]], left: set[int], notes: Sequence[Noted]) -> str:
    """The word that covers most of what is left, rarer words before frequent ones; "" if none covers enough."""
    widest = max(LEAST, WIDEST * len(notes))

    def worth(stem: str) -> float:
        rare = math.log((len(notes) + 1) / len(having[stem]))
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
    words: tuple[str, ...], notes: Sequence[Noted], total: float, today: int, days: Iterable[int | None]
) -> Theme:
    mine = [note.day for note in notes if note.day is not None and note.day <= today]
    recent = sum(day > today - RECENT for day in mine)
    first = min((day for day in days if day is not None), default=today)
    span = max(0, today - RECENT - first)  # days before the recent ones of which anything is known
    trend = _trend(recent, len(mine) - recent, span)
    weight = sum(note.share for note in notes) / total
    return Theme(words, weight, trend, recent, len(mine) - recent, tuple(note.name for note in notes))


def _trend(recent: int, before: int, span: int) -> Trend:
    """By how often it is noted now and was noted in the `span` of days before."""
    if not before and recent >= LEAST and span >= RECENT:
        return "new"
    if not span or recent + before < LEAST:
        return "steady"
    now, then = recent / RECENT, before / span
    return "rising" if now > 1.5 * then else "falling" if now < 0.67 * then else "steady"
