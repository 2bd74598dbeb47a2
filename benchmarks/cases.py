"""Questions as the answer stage sees them: sentences of what recall finds, which of them answer, and whether any can.

From the three fictional lives, where an expected answer stands in an expected file word for word, and from LoCoMo,
where evidence turns are named. Each answerable question is also asked with what answers it left out of the search,
which makes an unanswerable one. Fits nothing.
"""

from __future__ import annotations

import contextlib
import tempfile
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np

from secondme.config import Home, load, locate
from secondme.engine import Embedder
from secondme.me import HITS, Me
from secondme.recall.evidence import Evidence, Question, evidence, in_context
from secondme.records import Hit
from secondme.store.rows import Filters
from secondme.trials import asking, locomo
from secondme.trials.questions import Store

HERE = Path(__file__).resolve().parent
LIVES = {
    "sample": (HERE.parent / "assets" / "sample", HERE.parent / "assets" / "questions.toml"),
    **{q.stem: (q.with_suffix(""), q) for q in sorted((HERE / "lives").glob("*.toml"))},
}
Is = Callable[[Evidence], bool]


@dataclass
class Case:
    """A question as asked of one life or conversation (`group`). `real`: not made by leaving something out."""

    group: str
    question: Question
    found: list[Evidence]
    near: np.ndarray  # (sentences,) cosine of question and sentence in its place
    right: np.ndarray  # (sentences,) bool: it answers
    right_passage: np.ndarray  # (sentences,) bool: its passage does
    recalled: float  # what recall says of its being answerable
    answerable: bool
    real: bool
    embedder: Embedder


def of_life(life: str, opened: contextlib.ExitStack) -> Iterator[Case]:
    folder, questions = LIVES[life]
    asked = tomllib.loads(questions.read_text())
    me = _opened(opened)
    me.ingest([folder])
    for q in asked["question"]:
        answers = [_plain(a) for a in q.get("answers", [])]
        gold = {str(folder / s) for s in q.get("sources", [])}

        def right(e: Evidence, gold: set[str] = gold, answers: list[str] = answers) -> bool:
            return e.hit.source in gold and any(a in _plain(e.text) for a in answers)

        def passage(e: Evidence, answers: list[str] = answers) -> bool:
            return any(a in _plain(e.hit.passage.text) for a in answers)

        out = {
            found.passage.id
            for found in me.reader.all_passages()
            if found.source in gold or any(a in _plain(found.passage.text) for a in answers)
        }
        for without in ((), _numbers(me, out)) if answers else ((),):
            yield _case(life, me, q["text"], asked["now"], without, (right, passage), bool(answers))


def of_conversations(path: Path, opened: contextlib.ExitStack) -> Iterator[Case]:
    for store in locomo.stores(path):
        me = _opened(opened)
        chats = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="secondme-fit-")))
        me.ingest(asking.write_chats(store, chats))
        unit = _units(me, store)
        for q in store.questions:
            if q.answerable and not q.gold:
                continue

            def right(e: Evidence, gold: frozenset[str] = q.gold if q.answerable else frozenset()) -> bool:
                return unit.get(e.hit.passage.id) in gold  # noqa: B023 - used up before the next store

            out = {id_ for id_, name in unit.items() if name in q.gold}
            for without in ((), _numbers(me, out)) if q.answerable else ((),):
                yield _case(store.name, me, q.text, q.now, without, (right, right), q.answerable)


def _opened(opened: contextlib.ExitStack) -> Me:
    scratch = Path(opened.enter_context(tempfile.TemporaryDirectory(prefix="secondme-fit-")))
    (scratch / "models").symlink_to(locate().models)
    return opened.enter_context(Me(Home(scratch, scratch), load(locate())))


def _units(me: Me, store: Store) -> Mapping[str, str]:
    """Each passage's unit, by its id."""
    place = asking.line_of(store.chats)
    hits = (Hit(found.passage, found.source, found.title, 0.0) for found in me.reader.all_passages())
    return {hit.passage.id: found[0] for hit in hits if (found := place(hit))}


def _numbers(me: Me, ids: set[str]) -> tuple[int, ...]:
    return tuple(n for n, id_ in me.reader.rows("SELECT n, id FROM passages") if id_ in ids)


def _case(
    group: str,
    me: Me,
    text: str,
    now: datetime | None,
    without: tuple[int, ...],
    right: tuple[Is, Is],
    answerable: bool,
) -> Case:
    recalled = me.recall(text, HITS, Filters(without=without), now=now)
    question = Question.of(text, me.search.weights(text))
    found = evidence(question, recalled.hits, me.embedder)
    asked = me.embedder.embed([text], asking=True)[0]
    near = me.embedder.embed([in_context(e) for e in found]) @ asked if found else np.zeros(0)
    return Case(
        group,
        question,
        found,
        np.asarray(near),
        np.array([right[0](e) for e in found], bool),
        np.array([right[1](e) for e in found], bool),
        recalled.answerable,
        answerable and not without,
        not without,
        me.embedder,
    )


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
