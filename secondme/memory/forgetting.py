"""Forgetting for good: what a wish covers, and taking it out of everything that this program has written.

Physical means: no row, no word, no vector, no log line, no freed page and no backup of ours holds it afterwards. What
was forgotten is remembered by digest alone, so that a watched folder or the next export does not bring it back.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.config import STATES
from secondme.engine import states
from secondme.errors import UsageError
from secondme.memory.scan import path_of, uri_of
from secondme.store import backup, current, fill, profile
from secondme.store.index import LAYER
from secondme.store.ledger import digest
from secondme.store.rows import EVERYTHING, LIVE, Filters, Found, SourceRow, where

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader


@dataclass(frozen=True, slots=True)
class Wish:
    """What to forget: a path, a folder, a piped source or an id (`target`), and of that, or of everything, only what
    passes the `filters` (source, time range, person)."""

    target: str = ""
    filters: Filters = EVERYTHING


@dataclass(frozen=True, slots=True)
class Place:
    """So many items of a kind in one source."""

    source: str
    kind: str
    items: int


@dataclass(frozen=True, slots=True)
class Forgotten:
    """What a wish covers: whole sources, single items by id and where those are, and how many passages they hold.

    Of a person's items they wrote `theirs` themselves. What stays: `elsewhere` counts the items of those sources that
    other sources hold as well, `named` the passages in which others name the person who is to be forgotten.
    """

    sources: tuple[SourceRow, ...]
    items: tuple[str, ...]
    passages: int
    example: str
    elsewhere: int = 0
    places: tuple[Place, ...] = ()
    named: int = 0
    theirs: int = 0


def covered(reader: LedgerReader, wish: Wish) -> Forgotten:
    """Raises UsageError if nothing in memory is meant."""
    if wish.filters == Filters(wish.filters.source) != EVERYTHING and not wish.target:
        return _whole_sources(reader, wish.filters.source or "")
    if wish.filters.any:
        return _filtered(reader, wish)
    path = Path(os.path.abspath(Path(wish.target).expanduser()))
    exact = {wish.target, uri_of(path)}
    below = [
        row
        for row in reader.sources()
        if row.uri in exact or ((known := path_of(row.uri)) and known.is_relative_to(path))
    ]
    if below:
        return _outcome(below, (), [found for row in below for found in reader.passages_of(row)], reader.shared(below))
    if item := reader.item_of(wish.target):
        return _outcome((), (item,), reader.item_passages(item))
    raise UsageError(
        f"Nothing in memory is called {wish.target}.", "`secondme recall WORDS --json` shows sources and ids."
    )


def _filtered(reader: LedgerReader, wish: Wish) -> Forgotten:
    # a talk of many is not forgotten with one of those who were in it
    filters = replace(wish.filters, close=wish.filters.people is not None)
    if wish.target:
        path = str(Path(os.path.abspath(Path(wish.target).expanduser())))
        exact = [row.uri for row in reader.sources() if row.uri in (wish.target, path)]
        place = exact[0] if exact else f"{path.rstrip(os.sep)}{os.sep}*"
        filters = replace(filters, source=place)
    items = reader.items_where(filters)
    if not items:
        raise _nothing()
    clause, values = where(replace(filters, names=""))
    count = "SELECT count(*) FROM passages p JOIN items i ON i.n = p.item WHERE"
    (passages,) = next(reader.rows(f"{count} {clause}", values))
    places = reader.rows(
        "SELECT held.uri, i.kind, count(DISTINCT i.n) FROM items i JOIN contents c ON c.item = i.n"
        " JOIN sources held ON held.n = c.source AND held.revision = c.revision"
        f" WHERE {clause} GROUP BY held.uri, i.kind ORDER BY 3 DESC, 1",
        values,
    )
    first = reader.item_passages(items[0])
    return Forgotten(
        (),
        tuple(items),
        int(passages),
        first[0].passage.text if first else "",
        places=tuple(Place(*place) for place in places),
        named=_named(reader, filters.names, set(items)) if filters.names else 0,
        theirs=_theirs(reader, filters) if filters.people else 0,
    )


def _theirs(reader: LedgerReader, filters: Filters) -> int:
    clause, values = where(replace(filters, names=""))
    wrote = "SELECT 1 FROM takes_part w WHERE w.item = i.n AND w.role = 'from' AND w.handle IN"
    people = filters.people or ()
    marks = ",".join("?" * len(people))
    count = f"SELECT count(*) FROM items i WHERE {clause} AND EXISTS ({wrote} ({marks}))"
    return int(next(reader.rows(count, (*values, *people)))[0])


def _whole_sources(reader: LedgerReader, glob: str) -> Forgotten:
    """A source that goes as such does not come back when its file changes; its items alone might."""
    uris = {uri for (uri,) in reader.rows("SELECT uri FROM sources WHERE uri GLOB ?", (glob,))}
    rows = [row for row in reader.sources() if row.uri in uris]
    if not rows:
        raise _nothing()
    return _outcome(rows, (), [found for row in rows for found in reader.passages_of(row)], reader.shared(rows))


def _named(reader: LedgerReader, names: str, going: set[str]) -> int:
    """How many passages bear one of the names, in their text or above it, and stay."""
    anywhere = names.replace("text : ", "")  # in titles, too
    rows = reader.rows(
        "SELECT i.id FROM words JOIN passages p ON p.n = words.rowid JOIN items i ON i.n = p.item"
        f" WHERE words MATCH ? AND {LIVE}",
        (anywhere,),
    )
    return sum(item not in going for (item,) in rows)


def _nothing() -> UsageError:
    return UsageError("Nothing in memory is meant by that.", "`secondme recall WORDS` with the same options shows.")


def _outcome(
    sources: Sequence[SourceRow], items: tuple[str, ...], found: Sequence[Found], elsewhere: int = 0
) -> Forgotten:
    return Forgotten(tuple(sources), items, len(found), found[0].passage.text if found else "", elsewhere)


def forget(ledger: Ledger, folder: Path, what: Forgotten) -> list[str]:
    """Take it out of the ledger, the index, the states and logs in `folder` and the backups. The caller holds the write
    lock. Returns a sentence for each backup that could not be reached.

    Killed in between, the next writer goes on: the digests are written with the deletion, and say what must go.
    """
    ledger.recover(everything=True)
    with ledger.transaction():
        ledger.forget(
            [
                *(digest("uri", row.uri) for row in what.sources),
                *(digest("sha256", row.sha256) for row in what.sources),
                *(digest("item", item) for item in what.items),
            ]
        )
        ledger.remove_items(what.items)
        ledger.remove([row.n for row in what.sources])
        ledger.unplan(row.uri for row in what.sources)
        profile.tidy(ledger)
        backup.due(ledger)
    ids = ledger.trash()
    if ids:
        states.drop(folder / STATES, ids)
    for index, embedder in current.every(ledger):
        if index.made and ids:
            with index.open() as vectors:
                vectors.delete(LAYER, ids)
        fill.prune(ledger, index, embedder)
    ledger.cleared()
    ledger.empty_trash()
    ledger.scrub()
    _strike_from_logs(folder, [row.uri for row in what.sources])
    return backup.purge(ledger)


def _strike_from_logs(folder: Path, uris: Sequence[str]) -> None:
    """Rewrite the logs without the lines that name a forgotten source."""
    for log in folder.glob("*.log*"):
        with contextlib.suppress(OSError):
            lines = log.read_text(encoding="utf-8", errors="surrogateescape").splitlines(keepends=True)
            kept = [line for line in lines if not any(uri in line for uri in uris)]
            if len(kept) < len(lines):
                log.write_text("".join(kept), encoding="utf-8", errors="surrogateescape")
