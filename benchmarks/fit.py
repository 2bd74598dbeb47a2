"""Fits the few numbers of secondme.recall.evidence: a sentence's score, and the confidence that it answers.

    python -m benchmarks.fit [--locomo FILE]

Works on three fictional lives with questions (assets/sample and benchmarks/lives/*) and, if they are given, on LoCoMo's
conversations: the sentence's score is fitted on the lives alone, the confidence on both, of which the lives weigh twice
as much. Prints, for each life and conversation, what numbers fitted on all others do there, with what thresholds would
come to, and the numbers fitted on everything. Needs the starter embedder; takes some minutes.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import astuple, fields
from pathlib import Path

import numpy as np

from benchmarks.cases import LIVES, Case, of_conversations, of_life
from secondme.recall.answer import best_quotes
from secondme.recall.evidence import READ, Evidence, Features, signals

SCORED = ("behind", "sentence", "coverage", "kind", "question", "length")
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45)
LIFE, CONVERSATION, LEFT_OUT = 2.0, 1.0, 0.5  # what a group weighs, and a question with its answer left out


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--locomo", type=Path, metavar="FILE")
    options = arguments.parse_args()
    with contextlib.ExitStack() as opened:
        cases = [case for life in LIVES for case in of_life(life, opened)]
        if options.locomo:
            cases += of_conversations(options.locomo, opened)
        cases = [case for case in cases if case.found]
        for group in dict.fromkeys(case.group for case in cases):
            others = [c for c in cases if c.group != group]
            weights = fit_score(others)
            report(group, [c for c in cases if c.group == group and c.real], weights, fit_confidence(others, weights))
        weights = fit_score(cases)
        bias, confidence = fit_confidence(cases, weights)
    print("\nscore      ", {n: round(float(w), 2) for n, w in zip(SCORED, weights, strict=True)})
    print("confidence ", {"bias": round(bias, 2), **{n: round(float(w), 2) for n, w in confidence.items()}})


def fit_score(cases: Sequence[Case]) -> np.ndarray:
    real = [c for c in cases if c.real and c.group in LIVES]
    right = np.concatenate([c.right for c in real])
    return logistic(np.vstack([_matrix(c) for c in real]), right, np.ones(len(right)))[0]


def fit_confidence(cases: Sequence[Case], weights: np.ndarray) -> tuple[float, dict[str, float]]:
    told = [_signals(c, weights) for c in cases]
    names = list(told[0])
    x = np.array([[row[n] for n in names] for row in told])
    w, bias = logistic(x, np.array([c.answerable for c in cases]), _weights(cases))
    return bias, dict(zip(names, w, strict=True))


def _weights(cases: Sequence[Case]) -> np.ndarray:
    """Of each case, so that a group weighs as much however many questions it has."""
    each = np.array([1.0 if c.real else LEFT_OUT for c in cases])
    groups = np.array([c.group for c in cases])
    total = {group: each[groups == group].sum() for group in set(groups)}
    share = [(LIFE if group in LIVES else CONVERSATION) / total[group] for group in groups]
    return each * np.array(share) * 100


def logistic(x: np.ndarray, y: np.ndarray, weight: np.ndarray, ridge: float = 3.0) -> tuple[np.ndarray, float]:
    """Ridge logistic regression by Newton's method, both classes given the same total weight. (coefficients, bias)."""
    mean, scale = x.mean(0), x.std(0) + 1e-9
    z = np.hstack([(x - mean) / scale, np.ones((len(x), 1))])
    weight = weight * np.where(y, 0.5 / weight[y].sum(), 0.5 / weight[~y].sum()) * weight.sum()
    penalty = np.diag([ridge] * x.shape[1] + [0.0])
    w = np.zeros(z.shape[1])
    for _ in range(50):
        p = 1 / (1 + np.exp(-z @ w))
        gradient = z.T @ (weight * (p - y)) + penalty @ w
        w -= np.linalg.solve((z * (weight * p * (1 - p))[:, None]).T @ z + penalty, gradient)
    coefficients = w[:-1] / scale
    return coefficients, float(w[-1] - coefficients @ mean)


def report(group: str, cases: Sequence[Case], weights: np.ndarray, confidence: tuple[float, dict[str, float]]) -> None:
    bias, w = confidence
    logits = np.array([bias + sum(w[n] * v for n, v in _signals(c, weights).items()) for c in cases])
    sure, y = 1 / (1 + np.exp(-logits)), np.array([c.answerable for c in cases])
    auroc = float(np.mean(sure[y][:, None] > sure[~y][None, :]))
    cited = np.array([_cited(c, weights) for c in cases])
    first = np.mean([c.right_passage[_ranked(c, weights)[0]] for c in cases if c.answerable])
    print(
        f"{group:<10} {y.sum()} + {(~y).sum()} questions; AUROC {auroc:.3f}; right passage first {first:.0%}, "
        f"among the quoted {cited[y].mean():.0%}"
    )
    for least in THRESHOLDS:
        told = sure >= least
        print(
            f"   from {least:.2f}: answered and right {(cited & told)[y].mean():.0%}, refused {(~told)[y].mean():.0%}; "
            f"unanswerable refused {(~told)[~y].mean():.0%}"
        )


def _matrix(case: Case) -> np.ndarray:
    names = [f.name for f in fields(Features)]
    return np.array([astuple(e.features) for e in case.found])[:, [names.index(n) for n in SCORED]]


def _ranked(case: Case, weights: np.ndarray) -> list[int]:
    """The places of the sentences, best first."""
    return np.argsort(-_matrix(case) @ weights, kind="stable").tolist()  # type: ignore[no-any-return]


def _scored(case: Case, weights: np.ndarray) -> list[Evidence]:
    scores = _matrix(case) @ weights
    return [dataclasses.replace(case.found[i], score=float(scores[i])) for i in _ranked(case, weights)]


def _signals(case: Case, weights: np.ndarray) -> dict[str, float]:
    near = case.near[_ranked(case, weights)[:READ]].tolist()
    return signals(case.question, _scored(case, weights), near, case.embedder, case.recalled)


def _cited(case: Case, weights: np.ndarray) -> bool:
    """Whether a passage that is quoted holds the answer."""
    quoted = {e.hit.passage.id for e in best_quotes(_scored(case, weights))}
    return any(holds and e.hit.passage.id in quoted for e, holds in zip(case.found, case.right_passage, strict=True))


if __name__ == "__main__":
    main()
