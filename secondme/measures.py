"""Measures of rankings and of probabilities. Plain functions over plain values; all of them are shares, 0..1."""

from __future__ import annotations

from collections.abc import Collection, Sequence

BINS = 10


def recall_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """Share of `gold` among the first `k`. `gold` must not be empty."""
    return len(set(ranked[:k]) & set(gold)) / len(set(gold))


def hit_at(k: int, ranked: Sequence[str], gold: Collection[str]) -> float:
    """1.0 if any of `gold` is among the first `k`."""
    return float(not set(gold).isdisjoint(ranked[:k]))


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """The chance that a positive scores above a negative; equal scores count half. None without both."""
    if not positives or not negatives:
        return None
    ranks = _mean_ranks([*positives, *negatives])
    above = sum(ranks[: len(positives)]) - len(positives) * (len(positives) + 1) / 2
    return above / (len(positives) * len(negatives))


def _mean_ranks(values: Sequence[float]) -> list[float]:
    """Each value's rank from 1, lowest first; equal values share the mean of theirs."""
    order = sorted(range(len(values)), key=lambda at: values[at])
    ranks = [0.0] * len(values)
    start = 0
    while start < len(order):
        stop = start
        while stop < len(order) and values[order[stop]] == values[order[start]]:
            stop += 1
        for at in order[start:stop]:
            ranks[at] = (start + 1 + stop) / 2
        start = stop
    return ranks


def caught(positives: Sequence[float], negatives: Sequence[float], refused: float = 0.05) -> float | None:
    """Share of `negatives` below the highest threshold that refuses at most that share of `positives`.

    What is below the threshold is refused; what is at it is not.
    """
    if not positives or not negatives:
        return None
    threshold = sorted(positives)[int(refused * len(positives))]
    return sum(score < threshold for score in negatives) / len(negatives)


def reliability(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS, weights: Sequence[float] = ()
) -> list[tuple[int, float, float]]:
    """For each bin of equal width that is not empty: how many, the mean probability, the share that came true.

    With `weights`, one for each, means and shares are of these; numbers stay what they are.
    """
    return [(len(bin_), said, came) for bin_, said, came, _ in _bins(probabilities, outcomes, bins, weights)]


def calibration_error(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS, weights: Sequence[float] = ()
) -> float | None:
    """Expected calibration error (Naeini, Cooper, Hauskrecht, AAAI 2015): mean gap of the bins, weighted by size."""
    if not probabilities:
        return None
    rows = _bins(probabilities, outcomes, bins, weights)
    return sum(size * abs(said - came) for _, said, came, size in rows) / sum(size for *_, size in rows)


def _bins(
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int, weights: Sequence[float]
) -> list[tuple[list[int], float, float, float]]:
    """The bins' members, what they say on average, the share that came true, and their weight."""
    held: dict[int, list[int]] = {}
    for at, probability in enumerate(probabilities):
        held.setdefault(min(bins - 1, int(probability * bins)), []).append(at)
    found = []
    for _, members in sorted(held.items()):
        size = sum(weights[at] if weights else 1.0 for at in members)
        said = sum((weights[at] if weights else 1.0) * probabilities[at] for at in members) / size
        came = sum((weights[at] if weights else 1.0) * outcomes[at] for at in members) / size
        found.append((members, said, came, size))
    return found


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies (nearest rank). `values` must not be empty."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
