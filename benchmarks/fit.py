"""Fits the few numbers of secondme.recall.evidence: a sentence's score, and the confidence that it answers.

    python -m benchmarks.fit

Works on three fictional lives with questions: assets/sample and benchmarks/lives/*. Each answerable question is also
asked with what answers it left out of the search, which makes an unanswerable one. Prints, for each life, what weights
fitted on the other two do there, with what the thresholds would come to, and the weights fitted on all. Needs the
starter embedder; takes some minutes.
"""

from __future__ import annotations

import contextlib
import dataclasses
import math
import tempfile
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass, fields
from datetime import datetime
from pathlib import Path
from typing import Any

import numpy as np

from secondme.config import Home, load, locate
from secondme.engine import Embedder
from secondme.me import HITS, Me
from secondme.recall.answer import best_quotes
from secondme.recall.evidence import READ, Evidence, Features, Question, evidence, in_context, signals
from secondme.store.rows import EVERYTHING

HERE = Path(__file__).resolve().parent
LIVES = {
    "sample": (HERE.parent / "assets" / "sample", HERE.parent / "assets" / "questions.toml"),
    **{q.stem: (q.with_suffix(""), q) for q in sorted((HERE / "lives").glob("*.toml"))},
}
SCORED = ("behind", "sentence", "coverage", "kind", "question", "length")
THRESHOLDS = (0.25, 0.3, 0.35, 0.4, 0.45, 0.5)


@dataclass
class Case:
    """A question as asked of one life: its sentences' features, which of them answer, and whether it is a real one."""

    life: str
    question: Question
    found: list[Evidence]
    near: np.ndarray  # (sentences,) cosine of question and sentence in its place
    right: np.ndarray  # (sentences,) bool: holds an expected answer, in an expected file
    right_passage: np.ndarray  # the same of the whole passage, in any file
    answerable: bool
    real: bool
    embedder: Embedder


def main() -> None:
    with contextlib.ExitStack() as opened:
        cases = [case for life in LIVES for case in collect(life, opened)]
        for life in LIVES:
            weights = fit_score([c for c in cases if c.life != life])
            confidence = fit_confidence([c for c in cases if c.life != life], weights)
            report(life, [c for c in cases if c.life == life and c.real], weights, confidence)
        weights = fit_score(cases)
        bias, others = fit_confidence(cases, weights)
    print("\nscore      ", {n: round(float(w), 2) for n, w in zip(SCORED, weights, strict=True)})
    print("confidence ", {"bias": round(bias, 2), **{n: round(float(w), 2) for n, w in others.items()}})


def collect(life: str, opened: contextlib.ExitStack) -> Iterator[Case]:
    folder, questions = LIVES[life]
    installed = locate()
    asked = tomllib.loads(questions.read_text())
    scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="secondme-fit-")))
    (scratch / "models").symlink_to(installed.models)
    me = opened.enter_context(Me(Home(scratch, scratch), load(installed)))
    me.ingest([folder])
    for q in asked["question"]:
        yield from _cases(life, q, me, folder, asked["now"])


def _cases(life: str, q: dict[str, Any], me: Me, folder: Path, now: datetime) -> Iterator[Case]:
    answers = [_plain(a) for a in q.get("answers", [])]
    gold = {str(folder / s) for s in q.get("sources", [])}
    question = Question.of(q["text"], me.search.weights(q["text"]))
    for real in (True, False) if answers else (True,):
        filters = EVERYTHING if real else dataclasses.replace(EVERYTHING, without=_holding(me, gold, answers))
        recalled = me.recall(q["text"], HITS, filters, now=now)
        found = evidence(question, recalled.hits, me.embedder)
        near = [0.0]
        if found:
            near = me.embedder.embed([in_context(e) for e in found]) @ me.embedder.embed([q["text"]], asking=True)[0]
        yield Case(
            life,
            question,
            found,
            np.array(near),
            np.array([e.hit.source in gold and any(a in _plain(e.text) for a in answers) for e in found], bool),
            np.array([any(a in _plain(e.hit.passage.text) for a in answers) for e in found], bool),
            bool(answers) and real,
            real,
            me.embedder,
        )


def _holding(me: Me, gold: set[str], answers: Sequence[str]) -> tuple[int, ...]:
    """The numbers of the passages that answer, or may."""
    ids = {
        found.passage.id
        for found in me.reader.all_passages()
        if found.source in gold or any(a in _plain(found.passage.text) for a in answers)
    }
    return tuple(n for n, id_ in me.reader.rows("SELECT n, id FROM passages") if id_ in ids)


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())


def _matrix(case: Case) -> np.ndarray:
    names = [f.name for f in fields(Features)]
    return np.array([astuple(e.features) for e in case.found])[:, [names.index(n) for n in SCORED]]


def fit_score(cases: Sequence[Case]) -> np.ndarray:
    real = [c for c in cases if c.real and c.found]
    weights, _ = logistic(
        np.vstack([_matrix(c) for c in real]),
        np.concatenate([c.right for c in real]),
        np.ones(sum(len(c.found) for c in real)),
    )
    return weights


def _ranked(case: Case, weights: np.ndarray) -> list[int]:
    """The places of the sentences, best first."""
    return np.argsort(-_matrix(case) @ weights, kind="stable").tolist()  # type: ignore[no-any-return]


def _scored(case: Case, weights: np.ndarray) -> list[Evidence]:
    scores = _matrix(case) @ weights
    return [dataclasses.replace(case.found[i], score=float(scores[i])) for i in _ranked(case, weights)]


def _signals(case: Case, weights: np.ndarray) -> dict[str, float]:
    near = case.near[_ranked(case, weights)[:READ]].tolist()
    return signals(case.question, _scored(case, weights), near, case.embedder)


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
    cases = [c for c in cases if c.found]
    logits = [bias + sum(w[n] * v for n, v in _signals(c, weights).items()) for c in cases]
    sure = np.array([1 / (1 + math.exp(-logit)) for logit in logits])
    y = np.array([c.answerable for c in cases])
    auroc = float(np.mean(sure[y][:, None] > sure[~y][None, :]))
    cited = np.array([_cited(c, weights) for c in cases])
    first = [c.right_passage[_ranked(c, weights)[0]] for c in cases if c.answerable]
    best = [c.right[_ranked(c, weights)[0]] for c in cases if c.answerable]
    print(
        f"{life:<10} {y.sum()} + {(~y).sum()} questions; AUROC {auroc:.3f}; right sentence first {np.mean(best):.0%}, "
        f"right passage first {np.mean(first):.0%}, among the quoted {cited[y].mean():.0%}"
    )
    for least in THRESHOLDS:
        told = sure >= least
        print(
            f"   from {least:.2f}: answered and right {(cited & told)[y].mean():.0%}, refused {(~told)[y].mean():.0%}; "
            f"unanswerable refused {(~told)[~y].mean():.0%}"
        )


def _cited(case: Case, weights: np.ndarray) -> bool:
    """Whether a passage that is quoted holds the answer."""
    quoted = {e.hit.passage.id for e in best_quotes(_scored(case, weights))}
    return any(holds and e.hit.passage.id in quoted for e, holds in zip(case.found, case.right_passage, strict=True))


if __name__ == "__main__":
    main()
