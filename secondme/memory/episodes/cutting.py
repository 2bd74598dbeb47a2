"""Where a stream of passages is cut into episodes: at a silence, at another day of a note, and where the talk turns.

The turn is found as EM-LLM does it (Fountas et al. 2024, Human-inspired Episodic Memory for Infinite Context LLMs): a
boundary stands where what comes is more surprising than the mean of its surroundings by GAMMA standard deviations.
Surprise is not a language model's here but that of the passages' own vectors: how far what follows is from what went
before, each side a few passages, the nearest counting most (the gap scores of TextTiling: Hearst 1997). A pause, a
heading and a change of those who speak add to it. All is decided within one stretch between two silences, so that
what is said later moves no cut that was made before.

Knows vectors, times and speakers, no words.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime, time
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING

from secondme.memory.dating import day_of
from secondme.store.episodes import Placed

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]

SILENCE = {"message": 6 * 3600, "mail": 10 * 86_400}  # seconds after which a conversation is another one
CRUMB = 2  # messages, and
CRUMB_CHARACTERS = 160  # that make no episode by themselves, if there is one within
NEAR_SECONDS = 86_400
SIDE = 4  # passages on each side of a gap
FADING = 0.8  # of a passage's weight, one further from the gap
FULL = 120  # characters; a shorter passage says less
GAMMA, SHARP = 0.9, 1.5  # standard deviations of a turn, and of one that leaves little
FLOOR = 0.4  # of surprise, below which nothing turns
LEAST, LEAST_CHARACTERS = 3, 200  # of an episode that a turn leaves
MOST = 24  # passages of an episode; a longer stretch is cut where it turns most
PAUSE, PEOPLE, HEADING = 0.3, 0.2, 0.15  # what each adds to surprise at most


def cut(stream: Sequence[Placed], vectors: Callable[[Sequence[Placed]], Vectors]) -> list[list[Placed]]:
    """The episodes of one stream, in order. `vectors` gives those of some of its passages (passages x dimension, unit
    length or 0)."""
    found: list[list[Placed]] = []
    for begin, end in _mended(stream, list(_stretches(stream))):
        stretch = stream[begin:end]
        edges = [0, *(_turns(stretch, vectors(stretch)) if len(stretch) >= 2 * LEAST else ()), len(stretch)]
        found += [list(stretch[a:b]) for a, b in pairwise(edges)]
    return found


def moment(one: Placed) -> int | None:
    """When a passage is of, in seconds since 1970: None unless it is dated by itself. A day that a heading names is
    taken at noon UTC, which is that day nearly everywhere."""
    when = datetime.fromisoformat(one.time) if one.time else None
    day = _day(one.context, when, one.speaker)
    if day is None:
        return None
    if when is not None and when.toordinal() == day:
        return one.epoch
    noon = datetime.combine(datetime.fromordinal(day), time(12), UTC)
    return int(noon.timestamp())


@lru_cache(maxsize=1_024)
def _day(context: str, when: datetime | None, speaker: str) -> int | None:
    day = day_of(context, when, speaker)
    return day.toordinal() if day else None


# -- silences ---------------------------------------------------------------------------------------------------------


def _stretches(stream: Sequence[Placed]) -> Iterator[tuple[int, int]]:
    begin = 0
    for at in range(1, len(stream) + 1):
        if at == len(stream) or _parted(stream[at - 1], stream[at]):
            yield begin, at
            begin = at


def _parted(one: Placed, other: Placed) -> bool:
    """Whether nothing that these two are in can be one episode."""
    if (silence := SILENCE.get(one.kind)) is None:
        return one.item != other.item or moment(one) != moment(other)
    return one.kind != other.kind or _gap(one, other) > silence


def _gap(one: Placed, other: Placed) -> float:
    if one.epoch is None or other.epoch is None:
        return 0.0 if one.item == other.item else float("inf")
    return other.epoch - one.epoch


def _mended(stream: Sequence[Placed], stretches: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """A word or two between two silences joins what is nearest to it in time."""
    found: list[tuple[int, int]] = []
    joins = False  # whether what was found last goes on in the next
    for at, (begin, end) in enumerate(stretches):
        before = _gap(stream[begin - 1], stream[begin]) if found else float("inf")
        after = _gap(stream[end - 1], stream[end]) if at + 1 < len(stretches) else float("inf")
        crumb = _crumb(stream[begin:end])
        if found and (joins or (crumb and before <= min(after, NEAR_SECONDS))):
            found[-1] = (found[-1][0], end)
        else:
            found.append((begin, end))
        joins = crumb and after < before and after <= NEAR_SECONDS
    return found


def _crumb(some: Sequence[Placed]) -> bool:
    return some[0].kind == "message" and len(some) <= CRUMB and sum(one.length for one in some) < CRUMB_CHARACTERS


# -- turns ------------------------------------------------------------------------------------------------------------


def _turns(stretch: Sequence[Placed], vectors: Vectors) -> list[int]:
    """Where a stretch turns, as places in it."""
    surprise = surprises(stretch, vectors)
    gaps = surprise[1:]
    beyond = (surprise - gaps.mean()) / (gaps.std() or 1.0)
    edges = [0, len(stretch)]
    for at in sorted(range(1, len(stretch)), key=lambda at: -surprise[at]):
        if surprise[at] < FLOOR or beyond[at] < GAMMA:
            break
        if _may_part(stretch, edges, at, sharp=bool(beyond[at] >= SHARP)):
            edges.append(at)
    while (longest := _within_the_longest(stretch, sorted(edges), surprise)) is not None:
        edges.append(longest)
    return sorted(edges)[1:-1]


def _may_part(stretch: Sequence[Placed], edges: Sequence[int], at: int, *, sharp: bool) -> bool:
    """Whether both sides of a cut there are long enough; a `sharp` turn may leave less."""
    before, after = max(edge for edge in edges if edge <= at), min(edge for edge in edges if edge > at)
    least = LEAST if sharp else 2 * LEAST - 1
    return all(
        b - a >= least and sum(one.length for one in stretch[a:b]) >= LEAST_CHARACTERS
        for a, b in ((before, at), (at, after))
    )


def _within_the_longest(stretch: Sequence[Placed], edges: Sequence[int], surprise: Vectors) -> int | None:
    begin, end = max(pairwise(edges), key=lambda span: span[1] - span[0])
    if end - begin <= MOST or len(stretch) <= MOST:
        return None
    return max(range(begin + LEAST, end - LEAST + 1), key=lambda at: float(surprise[at]))


def surprises(stretch: Sequence[Placed], vectors: Vectors) -> Vectors:
    """How much each passage of a stretch comes as a surprise after those before it: len(stretch); 0 for the first."""
    import numpy as np

    weighed = vectors * np.array([min(1.0, one.length / FULL) for one in stretch], np.float32)[:, None]
    before, after = _sums(weighed), _sums(weighed[::-1])[::-1]
    found = np.zeros(len(stretch), np.float32)
    lengths = np.linalg.norm(before[:-1], axis=1) * np.linalg.norm(after[1:], axis=1)
    cosines = (before[:-1] * after[1:]).sum(axis=1) / np.where(lengths > 0, lengths, 1)
    found[1:] = np.where(lengths > 0, 1 - cosines, 0)
    found[1:] += [_besides(stretch, at) for at in range(1, len(stretch))]
    return found


def _sums(rows: Vectors) -> Vectors:
    """Each row with the SIDE - 1 before it, fading."""
    import numpy as np

    found = np.array(rows)
    for step in range(1, min(SIDE, len(rows))):
        found[step:] += FADING**step * rows[:-step]
    return found


def _besides(stretch: Sequence[Placed], at: int) -> float:
    """What a pause, a heading and other people add to the surprise of passage `at`."""
    one, other = stretch[at - 1], stretch[at]
    silence = SILENCE.get(one.kind)
    if silence is None:
        return HEADING if one.context != other.context else 0.0
    pause = PAUSE * (max(0.0, _gap(one, other)) / silence) ** 0.5
    before = {passage.speaker for passage in stretch[max(0, at - SIDE) : at]}
    after = {passage.speaker for passage in stretch[at : at + SIDE]}
    several = len(before | after) > 2
    return float(pause + (PEOPLE * (1 - len(before & after) / len(before | after)) if several else 0.0))
