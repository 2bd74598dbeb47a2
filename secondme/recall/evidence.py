"""Which sentences of the found passages bear on the question, and how likely it is that one of them answers it.

No language model. A sentence is scored by a linear model of a few features (`Features`); the answer's confidence is a
logistic model of the best sentence's. The weights of both were fitted on three fictional lives with questions
(benchmarks/fit.py: the sample and two others, 169 answerable questions and 96 not).
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from secondme.recall.asked import Kind, holds, kind_of, subject
from secondme.recall.closely import closely
from secondme.recall.lexical import content_words, coverage, stem, stems
from secondme.records import Hit
from secondme.sentences import sentences

if TYPE_CHECKING:
    from secondme.engine import Embedder

MOST_SENTENCES = 64  # embedded for one question: a third of a second on two cores
READ = 3  # sentences that are read in their place, too
_NUMBER = re.compile(r"\d{2,}")
OVER = 2.5  # taken off a sentence's score, in logits, that says what is not so any more
ABOVE = 0.05  # of the same: by how much what took its place stands before it
ABSENT = 0.1  # a text that holds what is asked for no better than this does not hold it


@dataclass(frozen=True, slots=True)
class Features:
    """What is known of a sentence with regard to a question; each from 0 to 1, but cosines from -1."""

    behind: float  # how far its passage's score lies below the best hit's (0 or less)
    passage: float  # cosine of question and passage
    sentence: float  # cosine of question and sentence
    coverage: float  # share of the question's weighted words in the passage or what it is read with
    subject: float  # the same for the question's subject, in the sentence, its neighbours and what they are read with
    kind: float  # how well the sentence holds the kind of thing that is asked for
    kind_near: float  # the same for the sentence and its neighbours
    question: float  # 1 for a sentence that asks itself
    length: float  # 1 from 60 characters on


@dataclass(frozen=True, slots=True)
class Evidence:
    """A sentence of a hit: offsets are the source's. `score` is comparable within one question."""

    hit: Hit
    start: int
    end: int
    text: str
    score: float
    features: Features


@dataclass(frozen=True, slots=True)
class Question:
    """A question as evidence is measured against it. `weights`: of its stems, by rarity (see Search.weights)."""

    text: str
    kind: Kind
    asked: tuple[str, ...]
    subject: tuple[str, ...]
    stems: frozenset[str]
    numbers: tuple[str, ...]
    weights: Mapping[str, float]

    @classmethod
    def of(cls, text: str, weights: Mapping[str, float]) -> Question:
        kind = kind_of(text)
        asked = [stem(word) for word in content_words(text)]
        return cls(
            text, kind, tuple(asked), tuple(subject(asked, kind)), stems(text), tuple(_NUMBER.findall(text)), weights
        )


def promising(question: Question, hits: Sequence[Hit], k: int) -> list[Hit]:
    """The `k` hits whose passage is nearest to the question and covers most of it: for hits of several searches, whose
    scores cannot be compared."""

    def worth(hit: Hit) -> float:
        text = f"{read_with(hit)} {hit.passage.text}"
        return hit.why.get("cosine", 0.0) + 0.3 * coverage(question.asked, text, question.weights)

    return sorted(hits, key=lambda hit: -worth(hit))[:k]


def evidence(question: Question, hits: Sequence[Hit], embedder: Embedder) -> list[Evidence]:
    """The sentences of `hits`, best first. Of very many, those of the first hits."""
    places = [
        (hit, spans, n) for hit in hits for spans in [list(sentences(hit.passage.text))] for n in range(len(spans))
    ]
    places = places[:MOST_SENTENCES]
    if not places:
        return []
    texts = [hit.passage.text[slice(*spans[n])] for hit, spans, n in places]
    near = embedder.embed(texts) @ embedder.embed([question.text], asking=True)[0]
    best = max(hit.score for hit in hits)
    found = []
    for (hit, spans, n), text, cosine in zip(places, texts, near.tolist(), strict=True):
        features = _features(question, hit, spans, n, cosine, best)
        start, end = (hit.passage.start + at for at in spans[n])
        found.append(Evidence(hit, start, end, text, _score(features), features))
    return sorted(found, key=lambda e: -e.score)


def current(found: Sequence[Evidence]) -> list[Evidence]:
    """The sentences with what took something's place before it, and what is over with nothing in its place further
    down. For after `confidence`, which asks whether the answer is there at all."""
    later = {fact: e for e in reversed(found) for fact in _facts(e, e.hit.instead)}
    scores = {id(e): e.score for e in found}
    for e in sorted(found, key=lambda e: -e.score):
        over = _facts(e, e.hit.over)
        new = [later[fact] for fact in over if fact in later and later[fact] is not e]
        for one in new:
            scores[id(one)] = max(scores[id(one)], scores[id(e)] + ABOVE)
        if over and not new and not _facts(e, e.hit.instead):
            scores[id(e)] -= OVER
    return sorted((replace(e, score=scores[id(e)]) for e in found), key=lambda e: -e.score)


def _facts(e: Evidence, spans: Sequence[tuple[int, int, int]]) -> list[int]:
    """The numbers of the facts whose spans the sentence shares words with."""
    return [fact for start, end, fact in spans if start < e.end and e.start < end]


def confidence(question: Question, found: Sequence[Evidence], embedder: Embedder, answerable: float) -> float:
    """Estimated probability (0..1) that the evidence (best first) holds the answer; `answerable` is recall's own."""
    if not found:
        return 0.0
    near = embedder.embed([in_context(e) for e in found[:READ]]) @ embedder.embed([question.text], asking=True)[0]
    told = signals(question, found, near.tolist(), embedder, answerable)
    logit = BIAS + sum(CONFIDENCE[name] * value for name, value in told.items())
    return 1.0 / (1.0 + math.exp(-logit))


def signals(
    question: Question, found: Sequence[Evidence], near: Sequence[float], embedder: Embedder, answerable: float
) -> dict[str, float]:
    """What the confidence is made from, by name. `near` are the cosines of the first sentences as they are read in
    their places.

    How near they are, how the best sentence meets the question word by word (closely.py), what recall makes of it
    (which knows whose words are asked for), and two reasons for doubt: nothing of the kind that is asked for, and a
    number in the question that the passage lacks.
    """
    best, hit = found[0].features, found[0].hit
    about = read_with(hit)
    lacking = [n for n in question.numbers if n not in hit.passage.text and n not in about]
    kind = max(best.kind, best.kind_near, holds("date", about, question.stems) if question.kind == "date" else 0.0)
    read = closely(question.text, about, found[0].text, question.weights, embedder, near[0])
    return {
        "in_context": max(near),
        "met": read.met,
        "alike": read.alike,
        "recalled": _logit(answerable),
        "absent": float(question.kind != "other" and kind <= ABSENT),
        "number": float(bool(lacking)),
    }


def _logit(probability: float) -> float:
    sure = min(max(probability, 0.001), 0.999)
    return math.log(sure / (1.0 - sure))


def in_context(e: Evidence) -> str:
    """A sentence as it is read in its place."""
    return f"{read_with(e.hit)}\n{e.text}"


def read_with(hit: Hit) -> str:
    """What the sentences of a hit are read with, and what is never quoted as their words: title, headings, speaker and
    date, and what it replies to."""
    return "\n".join([hit.passage.context, *(one.said for one in hit.before)])


# both printed by `python -m benchmarks.fit`
BIAS = -2.89
CONFIDENCE = {"in_context": 5.07, "met": 3.7, "alike": -6.45, "recalled": 0.45, "absent": -3.14, "number": -3.2}


def _score(f: Features) -> float:
    return 0.68 * f.behind + 7.89 * f.sentence + 1.83 * f.coverage + 2.75 * f.kind - 2.30 * f.question + 1.07 * f.length


def _features(
    question: Question, hit: Hit, spans: Sequence[tuple[int, int]], n: int, cosine: float, best: float
) -> Features:
    passage, about = hit.passage, read_with(hit)
    sentence = passage.text[slice(*spans[n])]
    around = passage.text[spans[max(0, n - 1)][0] : spans[min(len(spans) - 1, n + 1)][1]]
    return Features(
        behind=hit.score - best,
        passage=hit.why.get("cosine", 0.0),
        sentence=cosine,
        coverage=coverage(question.asked, f"{about} {passage.text}", question.weights),
        subject=coverage(question.subject, f"{about} {around}", question.weights),
        kind=holds(question.kind, sentence, question.stems),
        kind_near=holds(question.kind, around, question.stems),
        question=float(sentence.rstrip().endswith("?")),
        length=min(1.0, len(sentence) / 60),
    )
