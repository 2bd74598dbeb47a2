"""The log of answers: what was asked and how, what it was answered from, what was said, cited and struck out.

Knows rows and JSON; who asks, and when the log may be written, is `Me`'s. Every passage that was considered is listed
beside the answer, cited or not, so that forgetting a passage takes the answer along (store/unlearning.py); an answer
one of whose passages has gone by the time it would be written is not kept at all.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from secondme.records import Answer, Citation, Cited, Done, Event, Recalled, Struck
from secondme.store.ledger import SCRUB, Ledger
from secondme.store.reading import LedgerReader
from secondme.store.rows import EVERYTHING, Filters

MOST_KEPT = 1_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A question as it was put, `at` seconds since 1970. `now` is what "yesterday" is counted from, and `as_of` up to
    when memory was to remember. `model` is what wrote, "" if nothing was to be written but quotes."""

    question: str
    now: datetime
    at: float
    k: int = 8
    filters: Filters = EVERYTHING
    as_of: datetime | None = None
    model: str = ""

    @property
    def id(self) -> str:
        """The answer's: "a" and seven hexadecimal digits."""
        said = f"{self.question}\0{self.at!r}"
        return "a" + hashlib.blake2b(said.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()[:7]


@dataclass(frozen=True, slots=True)
class Considered:
    """A passage that the answer might have rested on, with its score then and where it stood."""

    passage: str
    place: str
    score: float


@dataclass(frozen=True, slots=True)
class Sentence:
    """A line of the answer and the numbers of its citations; of what was struck out, why."""

    text: str
    citations: tuple[int, ...] = ()
    struck: str = ""


@dataclass(frozen=True, slots=True)
class Given:
    """An answer as it was given. `hits` are in recall's order; `sentences` in the order in which they came, those that
    were struck out too. `beside` are passages that were read along with the hits: what a reply replies to."""

    id: str
    asked: Asked
    answer: Answer
    sentences: tuple[Sentence, ...]
    hits: tuple[Considered, ...]
    beside: tuple[str, ...] = ()

    @property
    def passages(self) -> frozenset[str]:
        cited = (citation.passage for citation in (*self.answer.citations, *self.answer.nearest))
        return frozenset((*(hit.passage for hit in self.hits), *self.beside, *cited))


def given(asked: Asked, events: Iterable[Event]) -> Given | None:
    """The events of an answer as one record; None if it did not come to its end."""
    sentences, hits, beside, answer = list[Sentence](), tuple[Considered, ...](), tuple[str, ...](), None
    for event in events:
        match event:
            case Recalled():
                hits = tuple(Considered(h.passage.id, h.place, round(h.score, 4)) for h in event.hits)
                beside = tuple(dict.fromkeys(one.id for h in event.hits for one in h.before))
            case Cited():
                sentences.append(Sentence(event.text, tuple(citation.n for citation in event.citations)))
            case Struck():
                sentences.append(Sentence(event.text, struck=event.reason))
            case Done():
                answer = event.answer
    return Given(asked.id, asked, answer, tuple(sentences), hits, beside) if answer else None


# -- writing ----------------------------------------------------------------------------------------------------------


def keep(ledger: Ledger, one: Given, most: int = MOST_KEPT) -> bool:
    """Write it, and drop the oldest beyond `most`. False if a passage that it was made from has gone meanwhile."""
    passages = sorted(one.passages)
    with ledger.transaction():
        if ledger.visible(passages) != set(passages):
            return False
        question = one.asked.question.encode("utf-8", "replace").decode()  # a terminal may have sent anything
        row = (one.id, int(one.asked.at), question, json.dumps(_body(one)))
        ledger.change("INSERT OR IGNORE INTO answers (id, at, question, body) VALUES (?, ?, ?, ?)", [row])
        listed = "INSERT OR IGNORE INTO answer_passages SELECT n, ? FROM answers WHERE id = ?"
        ledger.change(listed, [(passage, one.id) for passage in passages])
        _drop(ledger, "n NOT IN (SELECT n FROM answers ORDER BY n DESC LIMIT ?)", (most,))
    return True


def clear(ledger: Ledger) -> None:
    """Drop all of them; the next writer overwrites the bytes that they leave in the file's log."""
    with ledger.transaction():
        _drop(ledger, "1", ())
        ledger.set_meta(SCRUB, "due")


def _drop(ledger: Ledger, which: str, values: tuple[object, ...]) -> None:
    ledger.change(f"DELETE FROM answer_passages WHERE answer IN (SELECT n FROM answers WHERE {which})", [values])
    ledger.change(f"DELETE FROM answers WHERE {which}", [values])


# -- reading ----------------------------------------------------------------------------------------------------------


def any_kept(reader: LedgerReader) -> bool:
    return bool(next(reader.rows("SELECT EXISTS (SELECT 1 FROM answers)"))[0])


def read(reader: LedgerReader, id_: str) -> Given | None:
    """The answer with this id, if it was kept and nothing that it was made from has gone."""
    rows = reader.rows("SELECT id, question, body FROM answers WHERE id = ?", (id_,))
    return next((_given(*row) for row in rows), None)


def latest(reader: LedgerReader) -> Given | None:
    rows = reader.rows("SELECT id, question, body FROM answers ORDER BY n DESC LIMIT 1")
    return next((_given(*row) for row in rows), None)


def made_from(reader: LedgerReader, passage: str, limit: int = 20) -> list[Given]:
    """The answers that considered a passage (its id), the latest first."""
    sql = (
        "SELECT a.id, a.question, a.body FROM answer_passages p JOIN answers a ON a.n = p.answer WHERE p.passage = ?"
        " ORDER BY a.n DESC LIMIT ?"
    )
    return [_given(*row) for row in reader.rows(sql, (passage, limit))]


# -- as JSON ----------------------------------------------------------------------------------------------------------


def _body(one: Given) -> dict[str, Any]:
    asked, answer = one.asked, one.answer
    chosen = dataclasses.asdict(asked.filters)
    return {
        "at": asked.at,
        "now": asked.now.isoformat(),
        "as_of": asked.as_of.isoformat() if asked.as_of else None,
        "k": asked.k,
        "filters": {name: value for name, value in chosen.items() if value != getattr(EVERYTHING, name)},
        "model": asked.model,
        "text": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "citations": [_cited(citation) for citation in answer.citations],
        "nearest": [_cited(citation) for citation in answer.nearest],
        "sentences": [dataclasses.astuple(sentence) for sentence in one.sentences],
        "hits": [dataclasses.astuple(hit) for hit in one.hits],
        "beside": one.beside,
    }


def _cited(citation: Citation) -> dict[str, Any]:
    return {**dataclasses.asdict(citation), "time": citation.time.isoformat() if citation.time else None}


def _given(id_: str, question: str, body: str) -> Given:
    found: Mapping[str, Any] = json.loads(body)
    as_of = datetime.fromisoformat(found["as_of"]) if found["as_of"] else None
    chosen: dict[str, Any] = {key: _tuple(value) for key, value in found["filters"].items()}
    now, at, k, model = datetime.fromisoformat(found["now"]), found["at"], found["k"], found["model"]
    cited, nearest = (tuple(map(_citation, found[key])) for key in ("citations", "nearest"))
    return Given(
        id_,
        Asked(question, now, at, k, Filters(**chosen), as_of, model),
        Answer(question, found["text"], found["abstained"], found["confidence"], cited, nearest),
        tuple(Sentence(text, tuple(citations), struck) for text, citations, struck in found["sentences"]),
        tuple(Considered(*hit) for hit in found["hits"]),
        tuple(found["beside"]),
    )


def _tuple(value: object) -> object:
    return tuple(value) if isinstance(value, list) else value


def _citation(found: Mapping[str, Any]) -> Citation:
    time = datetime.fromisoformat(found["time"]) if found["time"] else None
    return Citation(**{**found, "time": time})
