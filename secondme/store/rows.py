"""What the ledger's queries give back, and the pieces of SQL that make it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from secondme.records import Handle, Item, Passage, Trust

# In a source's visible revision, and not overtaken by a later source's content of the same item.
PRESENT = """EXISTS (SELECT 1 FROM contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision
                     WHERE c.item = i.n)"""
LIVE = f"i.superseded = 0 AND {PRESENT}"
_SHOWN = "SELECT c.item FROM contents c JOIN sources s ON s.n = c.source AND s.revision = c.revision"
ITEMS_IN_ALL = f"""SELECT count(*), coalesce(sum(length(text)), 0) FROM items
                   WHERE superseded = 0 AND n IN ({_SHOWN})"""
# Each id once. Telling a million of them apart takes four seconds: all are counted, less those that are there again.
PASSAGES_IN_ALL = f"""SELECT
    (SELECT count(*) FROM passages p JOIN items i ON i.n = p.item WHERE {LIVE})
    - (SELECT coalesce(sum(copies - 1), 0) FROM
       (SELECT count(*) AS copies FROM passages p JOIN items i ON i.n = p.item
        WHERE p.id IN (SELECT id FROM passages GROUP BY id HAVING count(*) > 1) AND {LIVE} GROUP BY p.id))"""
ANY_PASSAGE = f"SELECT EXISTS (SELECT 1 FROM passages p JOIN items i ON i.n = p.item WHERE {LIVE})"
CLOSE = "(t.role IN ('from', 'about') OR (SELECT count(*) FROM takes_part x WHERE x.item = i.n) <= 2)"
IDS_AT_ONCE = 500  # well below SQLite's limit on bound values
LONG = 1_000  # passages; the text of an item with more is gone through in parts (store/pieces.py)
TEXT = 'substr(i.text, p.start + 1, p."end" - p.start)'


def unless_long(sql: str) -> str:
    """What it reads of an item's text, and NULL of a long one, which SQLite would read from its beginning each time."""
    return (
        f"CASE WHEN EXISTS (SELECT 1 FROM passages x WHERE x.item = i.n LIMIT 1 OFFSET {LONG}) THEN NULL ELSE {sql} END"
    )


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


class Known(NamedTuple):
    """As much of a source as tells whether its file has changed.

    A named tuple, since a frozen dataclass takes three times as long to make, and 100,000 are made at a time.
    """

    n: int
    key: str
    size: int
    mtime_ns: int
    ingested_at: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What to search: `source` is a GLOB on URIs; times in seconds since 1970, both inclusive; `people` are numbers of
    handles, one of which must take part in the item, or be named in the passage as the words query `names` says; with
    `close` only what one of them wrote, what is about them, and what went between them and one other; with `known_by`
    only what was known at that time: what is of no later time, and what was taken in by then; with `taken_by` only what
    was in memory at that time.
    `among` are the numbers of passages to search, `without` of such as are left out."""

    source: str | None = None
    since: int | None = None
    until: int | None = None
    people: tuple[int, ...] | None = None
    names: str = ""
    close: bool = False
    known_by: int | None = None
    taken_by: int | None = None
    among: tuple[int, ...] | None = None
    without: tuple[int, ...] = ()

    @property
    def any(self) -> bool:
        return self != Filters()


EVERYTHING = Filters()


@dataclass(frozen=True, slots=True)
class HandleRow:
    """A name at an address, with how many visible items it takes part in, and when (seconds since 1970).

    `on_card`: a contact is about it.
    """

    n: int
    name: str
    address: str
    scope: str
    items: int
    first: int | None
    last: int | None
    on_card: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the owner said of two handles: the same person, or two."""

    one: int
    other: int
    same: bool


@dataclass(frozen=True, slots=True)
class Found:
    """A passage with where it is from. `item` is the item's id; `thread` its conversation."""

    passage: Passage
    source: str
    title: str
    kind: str
    part: str = ""
    item: str = ""
    thread: str = ""


@dataclass(frozen=True, slots=True)
class Counts:
    sources: int
    items: int
    passages: int
    characters: int


# Once per place where the item stands.
FOUND = f"""SELECT p.id, c.base + p.start, c.base + p."end", CASE c.line WHEN 0 THEN 0 ELSE c.line + p.line END, p.page,
    p.context, i.time, i.speaker, i.trust, i.title, i.kind, s.uri, c.part, i.id, i.thread, {TEXT}
    FROM passages p JOIN items i ON i.n = p.item JOIN contents c ON c.item = i.n
    JOIN sources s ON s.n = c.source AND s.revision = c.revision"""


def found_row(row: tuple[Any, ...]) -> Found:
    id_, start, end, line, page, context, when, speaker, trust, title, kind, uri, part, item, thread, text = row
    passage = Passage(
        id=id_,
        text=text or "",
        context=context,
        start=start,
        end=end,
        line=line,
        page=page,
        time=datetime.fromisoformat(when) if when else None,
        speaker=speaker,
        trust=_trust(trust),
        kind=kind,
    )
    return Found(passage, uri, title, kind, part, item, thread)


def item_row(row: tuple[Any, ...], people: tuple[Handle, ...]) -> Item:
    """The columns of ITEM; its segments are not kept, and where it stands is not the item's."""
    kind, text, title, when, speaker, tags, links, trust, thread, zoned, likeness = row
    return Item(
        kind=kind,
        text=text,
        segments=(),
        title=title,
        time=datetime.fromisoformat(when) if when else None,
        speaker=speaker,
        tags=tuple(json.loads(tags)),
        links=tuple(json.loads(links)),
        trust=_trust(trust),
        thread=thread,
        people=people,
        zoned=bool(zoned),
        likeness=likeness,
    )


ITEM = "i.kind, i.text, i.title, i.time, i.speaker, i.tags, i.links, i.trust, i.thread, i.zoned, i.likeness"


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


def where(filters: Filters) -> tuple[str, list[object]]:
    """A WHERE clause over i (items) and p (passages), and its values."""
    clauses, values = [LIVE], list[object]()
    if filters.source is not None:
        clauses = ["i.superseded = 0", PRESENT.replace("WHERE", "WHERE s.uri GLOB ? AND")]
        values.append(filters.source)
    if filters.since is not None:
        clauses.append("i.epoch >= ?")
        values.append(filters.since)
    if filters.until is not None:
        clauses.append("i.epoch <= ?")
        values.append(filters.until)
    if filters.known_by is not None:
        clauses.append("(i.epoch <= ? OR i.learned_at <= ?)")  # next week's appointment was in memory already
        values.extend((filters.known_by, filters.known_by))
    if filters.taken_by is not None:
        clauses.append("i.learned_at <= ?")
        values.append(filters.taken_by)
    if filters.among is not None:
        clauses.append("p.n IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.among))
    if filters.without:
        clauses.append("p.n NOT IN (SELECT value FROM json_each(?))")
        values.append(json.dumps(filters.without))
    if filters.people is not None:
        marks = ",".join("?" * len(filters.people))
        closely = f" AND {CLOSE}" if filters.close else ""
        taking_part = f"EXISTS (SELECT 1 FROM takes_part t WHERE t.item = i.n AND t.handle IN ({marks}){closely})"
        values.extend(filters.people)
        if filters.names:
            clauses.append(f"({taking_part} OR p.n IN (SELECT rowid FROM words WHERE words MATCH ?))")
            values.append(filters.names)
        else:
            clauses.append(taking_part)
    return " AND ".join(clauses), values


def selective(filters: Filters) -> tuple[str, list[object]]:
    """The same for listing all that passes: SQLite begins with a source's or a person's items, which have an index."""
    clause, values = where(filters)
    if filters.source is not None:
        clause += " AND i.n IN (SELECT c.item FROM sources s JOIN contents c ON c.source = s.n WHERE s.uri GLOB ?)"
        values.append(filters.source)
    if filters.people is not None:
        marks = ",".join("?" * len(filters.people))
        named = " UNION SELECT rowid FROM words WHERE words MATCH ?" if filters.names else ""
        clause += (
            " AND p.n IN (SELECT o.n FROM takes_part t JOIN passages o ON o.item = t.item"
            f" WHERE t.handle IN ({marks}){named})"
        )
        values.extend((*filters.people, *([filters.names] if filters.names else ())))
    return clause, values


def quoted(term: str) -> str:
    return '"' + term.replace('"', '""') + '"'


def parts(ids: list[str]) -> Iterator[list[str]]:
    for at in range(0, len(ids), IDS_AT_ONCE):
        yield ids[at : at + IDS_AT_ONCE]
