"""What has been overtaken stands below what took its place.

Where a candidate says what is not so any more, by the facts that memory has learnt, the passage that says what came
instead is a candidate as well, and is never weighed less. A question about what used to be is left alone.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from secondme.records import Hit
from secondme.store.overtaken import Span

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

ABOVE = 0.05  # of a score; enough to stand before it
_PAST = re.compile(
    r"\b(?:used to|previous(?:ly)?|former(?:ly)?|original(?:ly)?|initial(?:ly)?|(?:at|the) first|back then|in the past"
    r"|(?:my|our|his|her|their|the) old|before (?:i|we|he|she|they|that|the)|earlier|once|start(?:ed)? (?:out|with)"
    r"|evolved?|changed?|history|so far|over (?:time|the years))\b",
    re.IGNORECASE,
)


def asks_of_the_past(question: str) -> bool:
    """Whether it is about how things were, or how they came to be, and so wants what is over as well."""
    return bool(_PAST.search(question))


def marked(hits: Sequence[Hit], spans: Iterable[Span]) -> tuple[Hit, ...]:
    """The hits, each with the spans of its source that say what has ended, and what took the place of such."""
    found = defaultdict[tuple[str, bool], list[Span]](list)
    for span in spans:
        found[span.passage, span.instead].append(span)
    return tuple(
        replace(hit, over=_of(hit, found[hit.passage.id, False]), instead=_of(hit, found[hit.passage.id, True]))
        for hit in hits
    )


def _of(hit: Hit, spans: Iterable[Span]) -> tuple[tuple[int, int, int], ...]:
    begins = hit.passage.start
    return tuple((begins + span.start, begins + span.end, span.fact) for span in spans)


def lifted(numbers: Sequence[int], scores: NDArray[np.float32], later: Mapping[int, Sequence[int]]) -> dict[int, float]:
    """What to add to the scores of candidates, by their positions in `numbers`, so that each that took another's place
    stands just above it."""
    at = {n: row for row, n in enumerate(numbers)}
    raised = dict[int, float]()
    for n in sorted(later, key=lambda n: -scores[at[n]] if n in at else 0.0):
        _raise(n, at, scores, later, raised, set())
    return raised


def _raise(
    n: int,
    at: Mapping[int, int],
    scores: NDArray[np.float32],
    later: Mapping[int, Sequence[int]],
    raised: dict[int, float],
    seen: set[int],
) -> None:
    if n not in at or n in seen:
        return
    seen.add(n)
    least = float(scores[at[n]]) + raised.get(at[n], 0.0) + ABOVE
    for follower in later.get(n, ()):
        if (row := at.get(follower)) is None or follower in seen:
            continue
        if (short := least - float(scores[row]) - raised.get(row, 0.0)) > 0:
            raised[row] = raised.get(row, 0.0) + short
        _raise(follower, at, scores, later, raised, seen)
