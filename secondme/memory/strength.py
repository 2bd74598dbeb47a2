"""How clearly a memory stands out: recency, use, importance and the owner's marks, as one number from 0 to 1.

Ebbinghaus's forgetting curve as in MemoryBank (Zhong et al. 2023): after t days without use there is exp(-t / S) left
of it, and S grows with every use. Here S also grows with what rests on a passage (facts), with words that say that it
matters, and with being the owner's own. What the owner marked, and what speaks of days to come, does not fade.

Fading takes a little rank and room in summaries. Nothing is deleted here, and nothing is hidden.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Literal

from secondme.records import Hit
from secondme.store.uses import Trace, every_trace, traces, with_words

if TYPE_CHECKING:
    from secondme.store.reading import LedgerReader

DAY = 86_400
STEADY = 180.0  # days after which a third is left of what was never used and has nothing to hold it
PER_USE = 1.0  # each use adds as much again, as in MemoryBank
HELD = 2.0  # times as long: facts rest on it
WEIGHTY = 2.0  # times as long: its words say that it matters
OWN = 1.5  # times as long: the owner's own words
CLEAR, FAINT = 0.5, 0.1  # from here on it is clear; below it is faint
MOST_TAKEN = 0.15  # of a score, in recall's units (a good hit is one or two above the next): for what is all faded

Level = Literal["kept", "clear", "fading", "faint"]
LEVELS: tuple[Level, ...] = ("kept", "clear", "fading", "faint")
_WEIGHTY = re.compile(
    r"\b(?:important|urgent|never forget|don['’]t forget|crucial|essential|remember this|love[ds]?|died|death|born|"
    r"married|wedding|divorce\w*|cancer|funeral|engaged|pregnan\w+|accident|allerg\w+|diagnos\w+|heartbroken|proud|"
    r"grateful|terrified|best day|worst day)\b",
    re.IGNORECASE,
)
# finds what _WEIGHTY may find, and more
_MAY_WEIGH = """
important urgent forget crucial essential love died death born married wedding divorce divorced cancer funeral engaged
pregnant pregnancy accident allergy allergic diagnosed diagnosis heartbroken proud grateful terrified best worst
remember
"""
_WEIGHTY_QUERY = f"text : ({' OR '.join(_MAY_WEIGH.split())})"


@dataclass(frozen=True, slots=True)
class Strength:
    """From 0 to 1, and why, each a few words."""

    value: float
    reasons: tuple[str, ...] = ()
    kept: bool = False

    @property
    def level(self) -> Level:
        if self.kept:
            return "kept"
        return "clear" if self.value >= CLEAR else "fading" if self.value >= FAINT else "faint"


def strength(trace: Trace, now: int) -> Strength:
    """How clear a passage is at `now` (seconds since 1970)."""
    reasons = tuple(_reasons(trace, now))
    if trace.marked or _ahead(trace, now):
        return Strength(1.0, reasons, kept=True)
    return Strength(math.exp(-_idle(trace, now) / _stability(trace)), reasons)


def strengths(reader: LedgerReader, passages: Sequence[str], now: int) -> dict[str, float]:
    """How clear each of the passages (ids) is, without a look at its words."""
    return {id_: strength(trace, now).value for id_, trace in traces(reader, list(dict.fromkeys(passages))).items()}


def weighty(text: str) -> bool:
    """Whether the words themselves say that it matters."""
    return bool(_WEIGHTY.search(text))


def _ahead(trace: Trace, now: int) -> bool:
    return trace.said > now or (trace.ahead is not None and trace.ahead >= date.fromtimestamp(now).toordinal())


def _idle(trace: Trace, now: int) -> float:
    """Days since it was said or used."""
    return max(0.0, (now - max(trace.said, trace.last)) / DAY)


def _stability(trace: Trace) -> float:
    """S of the curve, in days."""
    times = 1.0 + PER_USE * trace.uses
    for holds, factor in ((trace.facts > 0, HELD), (trace.weighty, WEIGHTY), (trace.own, OWN)):
        times *= factor if holds else 1.0
    return STEADY * times


def _reasons(trace: Trace, now: int) -> Iterator[str]:
    if trace.marked:
        yield "you marked it"
    if _ahead(trace, now):
        yield "speaks of days to come"
    if trace.uses:
        yield f"used {_times(trace.uses)}, last {_ago(now - trace.last)}"
    else:
        yield "never used"
    yield f"from {_ago(now - trace.said)}" if trace.said <= now else "of a day to come"
    if trace.facts:
        yield f"{trace.facts} fact{'s' * (trace.facts != 1)} rest{'s' * (trace.facts == 1)} on it"
    if trace.weighty:
        yield "says that it matters"
    if trace.own:
        yield "your own words"


def _times(number: int) -> str:
    return {1: "once", 2: "twice"}.get(number, f"{number:,} times")


def _ago(seconds: int) -> str:
    days = max(0, seconds) // DAY
    for size, word in ((365, "year"), (30, "month"), (1, "day")):
        if days >= size:
            number = days // size
            return f"{number} {word}{'s' * (number != 1)} ago"
    return "today"


def faded(hits: Sequence[Hit], traces: Mapping[str, Trace], now: int) -> tuple[Hit, ...]:
    """The hits with a little less score for what has faded (at most MOST_TAKEN), best first again; `why` says how much.
    What has no trace keeps its score."""

    def less(hit: Hit) -> Hit:
        trace = traces.get(hit.passage.id)
        taken = 0.0 if trace is None else -MOST_TAKEN * (1.0 - strength(trace, now).value)
        return replace(hit, score=hit.score + taken, why={**hit.why, "faded": taken}) if taken else hit

    return tuple(sorted(map(less, hits), key=lambda hit: -hit.score))


# -- all of memory ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Survey:
    """How clear memory is: how many passages are of each level, and the first of each, those first that most rests
    on."""

    counts: Mapping[Level, int]
    first: Mapping[Level, tuple[tuple[Trace, Strength], ...]]


def survey(reader: LedgerReader, now: int, shown: int) -> Survey:
    """Look at every visible passage. Some 4 s for a million."""
    heavy = {passage for passage, text in with_words(reader, _WEIGHTY_QUERY) if weighty(text)}
    counts, first = Counter[Level](), {level: list[tuple[Trace, Strength]]() for level in LEVELS}
    for trace in every_trace(reader):
        trace = replace(trace, weighty=True) if trace.passage in heavy else trace
        found = strength(trace, now)
        counts[found.level] += 1
        held = first[found.level]
        held.append((trace, found))
        if len(held) > 20 * (shown + 1):
            first[found.level] = sorted(held, key=_rank)[:shown]
    return Survey(counts, {level: tuple(sorted(held, key=_rank)[:shown]) for level, held in first.items()})


def _rank(one: tuple[Trace, Strength]) -> tuple[float, ...]:
    trace, found = one
    return -trace.marked, -trace.uses, -trace.facts, -trace.weighty, -found.value, -trace.said
