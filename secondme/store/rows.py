"""What the ledger's queries give back, and the pieces of SQL that make it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from secondme.records import Passage, Trust

LIVE = """EXISTS (SELECT 1 FROM contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision
                  WHERE c.item = {item})"""
IDS_AT_ONCE = 500  # well below SQLite's limit on bound values


@dataclass(frozen=True, slots=True)
class SourceRow:
    """A source as the ledger knows it."""

    n: int
    key: str
    uri: str
    reader: str
    size: int
    mtime_ns: int
    sha256: str
    revision: int
    ingested_at: int
    skipped: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with where it is from."""

    passage: Passage
    source: str
    title: str
    kind: str


@dataclass(frozen=True, slots=True)
class Counts:
    sources: int
    items: int
    passages: int
    characters: int


FOUND = """SELECT p.id, p.start, p."end", p.line, p.page, p.context, i.time, i.speaker, i.trust, i.title, i.kind,
    substr(i.text, p.start - i.base + 1, p."end" - p.start),
    (SELECT s.uri FROM contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision
        WHERE c.item = i.n LIMIT 1)
    FROM passages p JOIN items i ON i.n = p.item"""


def found_row(row: tuple[object, ...]) -> Found:
    id_, start, end, line, page, context, when, speaker, trust, title, kind, text, uri = row
    passage = Passage(
        id=str(id_),
        text=str(text),
        context=str(context),
        start=int(start),  # type: ignore[call-overload]
        end=int(end),  # type: ignore[call-overload]
        line=int(line),  # type: ignore[call-overload]
        page=None if page is None else int(page),  # type: ignore[call-overload]
        time=datetime.fromisoformat(str(when)) if when else None,
        speaker=str(speaker),
        trust=_trust(str(trust)),
    )
    return Found(passage, str(uri), str(title), str(kind))


def _trust(text: str) -> Trust:
    return "own" if text == "own" else "other" if text == "other" else "machine"


def source_row(row: tuple[object, ...]) -> SourceRow:
    n, key, uri, reader, size, mtime_ns, sha256, revision, ingested_at, skipped = row
    numbers = [int(str(x)) for x in (n, size, mtime_ns, revision, ingested_at)]
    return SourceRow(
        n=numbers[0],
        key=str(key),
        uri=str(uri),
        reader=str(reader),
        size=numbers[1],
        mtime_ns=numbers[2],
        sha256=str(sha256),
        revision=numbers[3],
        ingested_at=numbers[4],
        skipped=tuple(json.loads(str(skipped))),
    )


def filters(sources: str | None, since: int | None, until: int | None) -> tuple[str, list[object]]:
    """A WHERE clause over i (items) and p (passages), and its values."""
    clauses, values = [LIVE.format(item="i.n")], list[object]()
    if sources is not None:
        clauses[0] = LIVE.format(item="i.n").replace("WHERE", "WHERE s.uri GLOB ? AND")
        values.append(sources)
    if since is not None:
        clauses.append("i.epoch >= ?")
        values.append(since)
    if until is not None:
        clauses.append("i.epoch <= ?")
        values.append(until)
    return " AND ".join(clauses), values


def quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def parts(ids: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), IDS_AT_ONCE):
        yield ids[at : at + IDS_AT_ONCE]
