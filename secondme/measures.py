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
    probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS
) -> list[tuple[int, float, float]]:
    """For each bin of equal width that is not empty: how many, the mean probability, the share that came true."""
    found: dict[int, list[tuple[float, bool]]] = {}
    for probability, outcome in zip(probabilities, outcomes, strict=True):
        found.setdefault(min(bins - 1, int(probability * bins)), []).append((probability, outcome))
    return [
        (len(members), sum(p for p, _ in members) / len(members), sum(o for _, o in members) / len(members))
        for _, members in sorted(found.items())
    ]


def calibration_error(probabilities: Sequence[float], outcomes: Sequence[bool], bins: int = BINS) -> float | None:
    """Expected calibration error (Naeini, Cooper, Hauskrecht, AAAI 2015): mean gap of the bins, weighted by size."""
    if not probabilities:
        return None
    rows = reliability(probabilities, outcomes, bins)
    return sum(number * abs(mean - share) for number, mean, share in rows) / len(probabilities)


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which that share lies (nearest rank). `values` must not be empty."""
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]
