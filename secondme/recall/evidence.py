"""Which sentences of the found passages bear on the question, and how likely it is that one of them answers it.

Works on any text, without a language model: a sentence is scored by its vector's nearness to the question (read with
its context), by how much of the question's weighted words it and its context hold, and by whether it has the shape of
what is asked for (a time, an amount, a name).
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.recall.lexical import asked_for, content_words, coverage, has_kind, stem
from secondme.records import Hit
from secondme.sentences import sentences

if TYPE_CHECKING:
    from secondme.engine import Embedder

MOST_SENTENCES = 64  # embedded per question; about a third of a second on two cores


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit: offsets are the source's. `score` is comparable within one question."""

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    features: Mapping[str, float]


def evidence(question: str, hits: Sequence[Hit], embedder: Embedder, weights: Mapping[str, float]) -> list[Evidence]:
    """The sentences of `hits`, best first. `weights` are the question's stems' (see Search.weights)."""
    spans = [(rank, hit, span) for rank, hit in enumerate(hits) for span in sentences(hit.passage.text)][
        :MOST_SENTENCES
    ]
    if not spans:
        return []
    texts = [f"{hit.passage.context}\n{hit.passage.text[a:b]}" for _, hit, (a, b) in spans]
    vectors = embedder.embed([question, *texts])
    similarity = vectors[1:] @ vectors[0]
    asked, kind = {stem(word) for word in content_words(question)}, asked_for(question)
    best_score = hits[0].score or 1.0
    found = []
    for (rank, hit, (a, b)), near in zip(spans, similarity, strict=True):
        text = hit.passage.text[a:b]
        features = {
            "near": float(near),
            "said": coverage(asked, text, dict(weights)),
            "about": coverage(asked, f"{hit.passage.context} {hit.passage.text}", dict(weights)),
            "shape": float(has_kind(kind, text)) if kind != "other" else 0.5,
            "passage": hit.score / best_score,
            "question": float(text.rstrip().endswith("?")),
            "length": min(1.0, len(text) / 60),
        }
        found.append(Evidence(hit, hit.passage.start + a, hit.passage.start + b, text, _score(features), features))
    return sorted(found, key=lambda e: -e.score)


SCORE = {"near": 1.0, "said": 0.5, "about": 0.5, "shape": 0.3, "passage": 0.2, "question": -0.2, "length": 0.2}


def _score(features: Mapping[str, float]) -> float:
    return sum(SCORE[name] * value for name, value in features.items())


CONFIDENCE = {"bias": -6.0, "near": 4.0, "about": 5.0, "said": 1.0, "known": 2.0}


def confidence(question: str, found: Sequence[Evidence], weights: Mapping[str, float]) -> float:
    """Estimated probability (0..1) that the evidence holds the answer: a logistic model of a few features."""
    return 1.0 / (1.0 + math.exp(-sum(CONFIDENCE[k] * v for k, v in signals(question, found, weights).items())))


def signals(question: str, found: Sequence[Evidence], weights: Mapping[str, float]) -> dict[str, float]:
    """What `confidence` looks at, by name."""
    if not found:
        return {"bias": 10.0}
    top = found[:5]
    return {
        "bias": 1.0,
        "near": max(e.features["near"] for e in top),
        "about": max(e.features["about"] for e in top),
        "said": max(e.features["said"] for e in top),
        "known": 1.0,
    }
