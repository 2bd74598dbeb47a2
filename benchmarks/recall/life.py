"""Fictional lives with questions: the sample life in assets/ and those in benchmarks/lives.

A questions file is TOML: [[question]] with `text`, and for those with an answer `answers` (one of them must occur) and
`sources` (paths relative to the life); `now` at its top is when they are asked. Counted are passages: `hit@k` says that
one of the first k is from one of the sources, `answer@k` that one of those has an expected answer in its words.
Questions whose sources no reader takes are left out and counted.
"""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from statistics import fmean
from typing import Any

from secondme.records import Hit
from secondme.trials import asking, report
from secondme.trials.questions import Asked, Question

HERE = Path(__file__).resolve().parents[1]
LIVES = {
    "sample": (HERE.parent / "assets" / "sample", HERE.parent / "assets" / "questions.toml"),
    "innsbruck": (HERE / "lives" / "innsbruck", HERE / "lives" / "innsbruck.toml"),
    "svendborg": (HERE / "lives" / "svendborg", HERE / "lives" / "svendborg.toml"),
}
KS = (1, 3, 5, 10)
COLUMNS = ("questions", *(f"hit@{k}" for k in KS), *(f"answer@{k}" for k in KS))


@dataclass(frozen=True, slots=True)
class Found:
    """An answered question: of each passage in order, whether it is from a source and whether it has the answer."""

    asked: Asked
    sourced: tuple[bool, ...]
    answering: tuple[bool, ...]


def ask(name: str, home: Path, k: int, limit: int | None, embedder: str = "") -> tuple[list[Found], int]:
    """The answers of one life, and how many of its questions were left out."""
    life, questions = LIVES[name]
    known = tomllib.loads(questions.read_text(encoding="utf-8"))
    now = known.get("now") if isinstance(known.get("now"), datetime) else None
    with asking.opened(home, embedder) as me:
        skipped = {Path(skip.source).name for skip in me.ingest([life]).skipped}
        entries = [entry for entry in known["question"] if not _unread(entry, skipped)]
        found = [_one(me, name, entry, life, now, k) for entry in entries[:limit]]
    return found, len(known["question"]) - len(entries)


def _unread(entry: dict[str, Any], skipped: set[str]) -> bool:
    sources = entry.get("sources", [])
    return bool(sources) and all(Path(source).name in skipped for source in sources)


def _one(me: Any, name: str, entry: dict[str, Any], life: Path, now: datetime | None, k: int) -> Found:
    sources = frozenset(str((life / source).absolute()) for source in entry.get("sources", ()))
    answers = [_plain(answer) for answer in entry.get("answers", ())]
    question = Question(f"{name}/{entry['id']}", entry["text"], name, sources, sources, bool(answers), now)
    hits, answered = asking.timed(me, question, k, lambda hit: (hit.source, hit.source))
    sourced = tuple(hit.source in sources for hit in hits)
    return Found(answered, sourced, tuple(hit.source in sources and _holds(hit, answers) for hit in hits))


def _holds(hit: Hit, answers: Sequence[str]) -> bool:
    text = _plain(hit.passage.text)
    return any(answer in text for answer in answers)


def row(name: str, found: Sequence[Found]) -> report.Row:
    there = [one for one in found if one.asked.question.answerable]
    shares = {f"hit@{k}": round(fmean(any(one.sourced[:k]) for one in there), 4) for k in KS} if there else {}
    right = {f"answer@{k}": round(fmean(any(one.answering[:k]) for one in there), 4) for k in KS} if there else {}
    return {"name": name, "questions": len(there), **shares, **right}


def _plain(text: str) -> str:
    return " ".join(text.casefold().split())
