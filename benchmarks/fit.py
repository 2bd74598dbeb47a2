"""Fits the few numbers of secondme.recall.evidence: a sentence's score, and the confidence that it answers.

    python -m benchmarks.fit

Works on three fictional lives with questions: assets/sample and benchmarks/lives/*. Each answerable question is also
asked with the files that answer it left out, which makes an unanswerable one. Prints the weights fitted on all lives
and, for each life, what weights fitted on the other two do there. Needs the starter embedder; takes some minutes.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from secondme.config import Home, load, locate
from secondme.me import CANDIDATES, Me
from secondme.recall.evidence import Evidence, Features, Question, evidence, promising, signals
from secondme.recall.search import Search

HERE = Path(__file__).resolve().parent
LIVES = {
    "sample": (HERE.parent / "assets" / "sample", HERE.parent / "assets" / "questions.toml"),
    **{q.stem: (q.with_suffix(""), q) for q in sorted((HERE / "lives").glob("*.toml"))},
}
K = 8
SCORED = [f.name for f in fields(Features) if f.name not in ("in_context", "subject", "kind_near")]


@dataclass
class Case:
    """A question as asked of one life: its sentences' features, which of them answer, and whether it is a real one."""

    life: str
    question: Question
    found: list[Evidence]
    right: np.ndarray  # (sentences,) bool: holds an expected answer, in an expected file
    right_passage: np.ndarray  # the same of the whole passage, in any file
    answerable: bool
    real: bool


def main() -> None:
    cases = [case for life in LIVES for case in collect(life)]
    for life in LIVES:
        weights = fit_score([c for c in cases if c.life != life])
        report(
            life,
            [c for c in cases if c.life == life and c.real],
            weights,
            fit_confidence([c for c in cases if c.life != life], weights),
        )
    weights = fit_score(cases)
    print("\nscore      ", {n: round(float(w), 2) for n, w in zip(SCORED, weights, strict=True)})
    bias, confidence = fit_confidence(cases, weights)
    print("confidence ", {"bias": round(bias, 2), **{n: round(float(w), 2) for n, w in confidence.items()}})


def collect(life: str) -> Iterator[Case]:
    folder, questions = LIVES[life]
    installed = locate()
    with tempfile.TemporaryDirectory(prefix="secondme-fit-") as scratch:
        (Path(scratch) / "models").symlink_to(installed.models)
        with Me(Home(Path(scratch), Path(scratch)), load(installed)) as me:
            me.ingest([folder])
            search = Search(me.reader, me.near, me.embedder)
            for q in tomllib.loads(questions.read_text())["question"]:
                if q.get("reader") in ("mail", "ics", "vcf"):
                    continue
                yield from _cases(life, q, me, search, folder)


def _cases(life: str, q: dict[str, Any], me: Me, search: Search, folder: Path) -> Iterator[Case]:
    answers = [_plain(a) for a in q.get("answers", [])]
    gold = {str(folder / s) for s in q.get("sources", [])}
    question = Question.of(q["text"], search.weights(q["text"]))
    hits = search.hits(q["text"], CANDIDATES)
    without = [h for h in hits if h.source not in gold and not any(a in _plain(h.passage.text) for a in answers)]
    for real, pool in ((True, hits), *([(False, without)] if answers and without else [])):
        found = evidence(question, promising(question, pool, K), me.embedder)
        right = [e.hit.source in gold and any(a in _plain(e.text) for a in answers) for e in found]
        passage = [any(a in _plain(e.hit.passage.text) for a in answers) for e in found]
        yield Case(life, question, found, np.array(right, bool), np.array(passage, bool), bool(answers) and real, real)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _matrix(case: Case) -> np.ndarray:
    names = [f.name for f in fields(Features)]
    columns = [names.index(n) for n in SCORED]
    return np.array([astuple(e.features) for e in case.found])[:, columns]


def fit_score(cases: Sequence[Case]) -> np.ndarray:
    real = [c for c in cases if c.real and c.found]
    weights, _ = logistic(
        np.vstack([_matrix(c) for c in real]),
        np.concatenate([c.right for c in real]),
        np.ones(sum(len(c.found) for c in real)),
    )
    return weights


def _ranked(case: Case, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    scores = _matrix(case) @ weights
    return scores, np.argsort(-scores, kind="stable")


def _signals(case: Case, weights: np.ndarray) -> dict[str, float]:
    import dataclasses

    scores, order = _ranked(case, weights)
    return signals(case.question, [dataclasses.replace(case.found[i], score=float(scores[i])) for i in order])


def fit_confidence(cases: Sequence[Case], weights: np.ndarray) -> tuple[float, dict[str, float]]:
    rows = [_signals(c, weights) for c in cases if c.found]
    names = list(rows[0])
    x = np.array([[row[n] for n in names] for row in rows])
    w, bias = logistic(
        x,
        np.array([c.answerable for c in cases if c.found]),
        np.array([1.0 if c.real else 0.5 for c in cases if c.found]),
    )
    return bias, dict(zip(names, w, strict=True))


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


def report(life: str, cases: Sequence[Case], weights: np.ndarray, confidence: tuple[float, dict[str, float]]) -> None:
    bias, w = confidence
    sure = np.array([bias + sum(w[n] * v for n, v in _signals(c, weights).items()) for c in cases])
    y = np.array([c.answerable for c in cases])
    auroc = float(np.mean(sure[y][:, None] > sure[~y][None, :]))
    first, three, best = [], [], []
    for c in cases:
        if c.answerable:
            _, order = _ranked(c, weights)
            passages = list(dict.fromkeys(c.found[i].hit.passage.id for i in order))[:3]
            first.append(c.right_passage[order[0]])
            three.append(any(c.right_passage[i] for i in order if c.found[i].hit.passage.id in passages))
            best.append(c.right[order[0]])
    at = {share: float((sure[~y] < np.quantile(sure[y], share)).mean()) for share in (0.02, 0.05, 0.1)}
    print(
        f"{life:<10} AUROC {auroc:.3f}; unanswerable refused at 2/5/10 % false refusals: "
        + " / ".join(f"{v:.0%}" for v in at.values())
        + f"; right sentence first {np.mean(best):.0%}, right passage first {np.mean(first):.0%}"
        + f", among three {np.mean(three):.0%}"
    )


if __name__ == "__main__":
    main()
