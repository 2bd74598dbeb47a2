"""Reading the ledger: sources, passages and the words index. Never creates a file.

Every sqlite3 error leaves this module as one of ours.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from secondme.errors import Busy, LedgerDamaged, SecondMeError
from secondme.records import Handle, Item
from secondme.store import migrations
from secondme.store.lock import full_disk, no_room
from secondme.store.pieces import of_long_items, pieces
from secondme.store.rows import (
    ANY_PASSAGE,
    EVERYTHING,
    FOUND,
    ITEM,
    ITEMS_IN_ALL,
    LIVE,
    PASSAGES_IN_ALL,
    PRESENT,
    TEXT,
    Counts,
    Filters,
    Found,
    HandleRow,
    Known,
    SourceRow,
    Verdict,
    found_row,
    item_row,
    parts,
    quoted,
    source_row,
    unless_long,
    where,
)
from secondme.store.words import Words


class LedgerReader:
    """An open ledger. Use one object per thread; `close` may be repeated."""

    def __init__(self, path: Path, *, create: bool = False) -> None:
        """Raises LedgerDamaged, LedgerTooNew or DiskFull. Without `create` a missing file reads as an empty ledger."""
        self.path = path
        self.words = Words(self.rows, lambda: self.generation)
        self._counted: tuple[int, Counts] | None = None
        with self._guard():
            if create or path.exists():
                self._db = sqlite3.connect(path, isolation_level=None, timeout=30.0, check_same_thread=False)
            else:
                self._db = sqlite3.connect(":memory:", isolation_level=None, check_same_thread=False)
            try:
                _write_ahead(self._db)
                self._db.execute("PRAGMA synchronous = FULL")
                self._db.execute("PRAGMA foreign_keys = ON")
                self._db.execute("PRAGMA secure_delete = ON")  # freed pages are overwritten: forgotten means gone
                migrations.migrate(self._db)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        with contextlib.suppress(sqlite3.Error):
            self._db.close()

    def rows(self, sql: str, values: Sequence[object] = ()) -> Iterator[tuple[Any, ...]]:
        """A query's rows as they come: for the neighbours of this module."""
        with self._guard():
            yield from self._db.execute(sql, values)

    @contextlib.contextmanager
    def snapshot(self) -> Iterator[None]:
        """All that is read inside the block is of one moment. Blocks may be nested."""
        if self._db.in_transaction:
            yield
            return
        with self._guard():
            self._db.execute("BEGIN")
        try:
            yield
        finally:
            with contextlib.suppress(sqlite3.Error):
                self._db.execute("ROLLBACK")

    def copy_to(self, path: Path, progress: Callable[[int, int], None] = lambda done, total: None) -> None:
        """A consistent copy, by SQLite's backup API. `progress` gets pages done and in all."""
        with self._guard(), contextlib.closing(sqlite3.connect(path)) as copy:
            self._db.backup(copy, pages=4_096, progress=lambda _, left, total: progress(total - left, total), sleep=0)

    def source(self, uri: str) -> SourceRow | None:
        with self._guard():
            row = self._db.execute("SELECT * FROM sources WHERE uri = ?", (uri,)).fetchone()
        return source_row(row) if row else None

    def sources(self) -> list[SourceRow]:
        with self._guard():
            return [source_row(row) for row in self._db.execute("SELECT * FROM sources ORDER BY uri")]

    def sources_with(self, sha256: str) -> list[SourceRow]:
        with self._guard():
            return [source_row(row) for row in self._db.execute("SELECT * FROM sources WHERE sha256 = ?", (sha256,))]

    def known(self) -> dict[str, Known]:
        """Every source by its URI, briefly: 100,000 of them take 0.2 s."""
        with self._guard():
            rows = self._db.execute("SELECT uri, n, key, size, mtime_ns, ingested_at FROM sources")
            return {uri: Known(*row) for uri, *row in rows}

    def skipped(self) -> dict[str, tuple[str, ...]]:
        """What was left out of each source of which something was."""
        with self._guard():
            rows = self._db.execute("SELECT uri, skipped FROM sources WHERE skipped != '[]'")
            return {uri: tuple(json.loads(reasons)) for uri, reasons in rows}

    def stored(self, ids: Iterable[str]) -> set[str]:
        """Those of the passage ids that the ledger holds, visible or only staged."""
        with self._guard():
            found: set[str] = set()
            for part in parts(list(ids)):
                marks = ",".join("?" * len(part))
                found.update(i for (i,) in self._db.execute(f"SELECT id FROM passages WHERE id IN ({marks})", part))
        return found

    def visible(self, ids: Iterable[str]) -> set[str]:
        """Those of the passage ids that are in a visible revision: their vectors are in the index."""
        with self._guard():
            found: set[str] = set()
            for part in parts(list(ids)):
                marks = ",".join("?" * len(part))
                found.update(
                    id_
                    for (id_,) in self._db.execute(
                        "SELECT p.id FROM passages p JOIN items i ON i.n = p.item"
                        f" WHERE p.id IN ({marks}) AND {PRESENT}",
                        part,
                    )
                )
        return found

    def matching(self, query: str, k: int, filters: Filters = EVERYTHING) -> list[tuple[str, float]]:
        """The `k` best visible passages for an FTS5 query, as (id, BM25 score). See store/words.py."""
        return [(id_, score) for _, id_, score in self.words.best(query, k, filters)]

    def passages(self, ids: Sequence[str], filters: Filters = EVERYTHING) -> dict[str, Found]:
        """Visible passages by id, those that pass the filters; of several places, one that passes them, too."""
        clause, values = where(filters)
        if filters.source is not None:
            clause, values = f"{clause} AND s.uri GLOB ?", [*values, filters.source]
        sql, found, long = FOUND.replace(TEXT, unless_long(TEXT)), dict[str, Found](), list[str]()
        with self.snapshot(), self._guard():
            for part in parts(list(ids)):
                marks = ",".join("?" * len(part))
                for row in self._db.execute(f"{sql} WHERE p.id IN ({marks}) AND {clause}", (*part, *values)):
                    found.setdefault(row[0], found_row(row))
                    if row[-1] is None:
                        long.append(row[0])
            for id_, text in of_long_items(self, long):
                found[id_] = replace(found[id_], passage=replace(found[id_].passage, text=text))
        return found

    def all_passages(self) -> Iterator[Found]:
        """Every passage that the index has a vector of, in the order of writing; reads as it goes.

        With those of items that a later source overtook: they count again when that source goes.
        """
        with self._guard():
            for row in self._db.execute(f"{FOUND} GROUP BY p.n ORDER BY p.n"):
                yield found_row(row)

    def passage_ids(self) -> set[str]:
        """All of them, staged ones too."""
        with self._guard():
            return {id_ for (id_,) in self._db.execute("SELECT id FROM passages")}

    def passages_of(self, source: SourceRow) -> list[Found]:
        """A source's visible passages in the order of its text."""
        with self._guard():
            rows = self._db.execute(
                f"{FOUND} WHERE c.source = ? AND c.revision = ? ORDER BY c.line, c.base + p.start",
                (source.n, source.revision),
            ).fetchall()
        return [found_row(row) for row in rows]

    def document_frequency(self, terms: Iterable[str]) -> dict[str, int]:
        """In how many passages each word's stem occurs, in text or context."""
        return {term: self.words.frequency(quoted(term)) for term in set(terms)}

    def trash(self) -> list[str]:
        """Ids of vectors to delete: those that no passage uses."""
        with self._guard():
            rows = self._db.execute(
                "SELECT id FROM trash WHERE NOT EXISTS (SELECT 1 FROM passages p WHERE p.id = trash.id)"
            )
            return [id_ for (id_,) in rows]

    def item_of(self, id_: str) -> str | None:
        """The item's id for a passage's or item's id, or for an unambiguous beginning of it (8 characters or more)."""
        if len(id_) < 8:
            return None
        like = id_.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_") + "%"
        with self._guard():
            rows = self._db.execute(
                "SELECT DISTINCT i.id FROM items i LEFT JOIN passages p ON p.item = i.n"
                " WHERE p.id LIKE ?1 ESCAPE '\\' OR i.id LIKE ?1 ESCAPE '\\' LIMIT 2",
                (like,),
            ).fetchall()
        return rows[0][0] if len(rows) == 1 else None

    def item_passages(self, id_: str) -> list[Found]:
        with self._guard():
            rows = self._db.execute(f"{FOUND} WHERE i.id = ? GROUP BY p.n ORDER BY p.start", (id_,)).fetchall()
        return [found_row(row) for row in rows]

    def items_where(self, filters: Filters) -> list[str]:
        """Ids of the visible items that pass the filters; `names` does not count, as it is about passages."""
        clause, values = where(replace(filters, names=""))
        with self._guard():
            return [id_ for (id_,) in self._db.execute(f"SELECT i.id FROM items i WHERE {clause} ORDER BY i.n", values)]

    def shared(self, sources: Sequence[SourceRow]) -> int:
        """How many items of these sources are in other sources as well."""
        mine = {row.n for row in sources}
        with self._guard():
            rows = self._db.execute(
                "SELECT c.item, group_concat(DISTINCT c.source) FROM contents c JOIN sources s ON s.n = c.source"
                " AND s.revision = c.revision GROUP BY c.item HAVING count(DISTINCT c.source) > 1"
            )
            held = [{int(n) for n in holders.split(",")} for _, holders in rows]
        return sum(bool(holders & mine) and not holders <= mine for holders in held)

    def item(self, n: int) -> tuple[str, Item]:
        """An item's id and what it is, without its segments and its place."""
        with self._guard():
            id_, *row = self._db.execute(f"SELECT i.id, {ITEM} FROM items i WHERE i.n = ?", (n,)).fetchone()
            people = self._db.execute(
                "SELECT h.name, h.address, t.role FROM takes_part t JOIN handles h ON h.n = t.handle WHERE t.item = ?"
                " ORDER BY t.rank",
                (n,),
            )
            return id_, item_row(tuple(row), tuple(Handle(*person) for person in people))

    def pieces(self, item: int, spans: Sequence[tuple[int, int]]) -> list[str]:
        """Spans (characters, from and up to) of an item's text, which is gone through and never held: for long ones."""
        with self._guard(), self._db.blobopen("items", "text", item, readonly=True) as text:
            return pieces(text, spans)

    def handles(self) -> list[HandleRow]:
        """Everybody's handles that visible items have."""
        with self._guard():
            rows = self._db.execute(
                # a card counts for the first of its handles, as all of them are one person's
                "SELECT h.n, h.name, h.address, h.scope,"
                " count(DISTINCT CASE WHEN t.role != 'about' OR t.rank = 0 THEN i.n END), min(i.epoch), max(i.epoch),"
                " max(t.role = 'about')"
                " FROM handles h JOIN takes_part t ON t.handle = h.n JOIN items i ON i.n = t.item"
                f" WHERE {LIVE} GROUP BY h.n ORDER BY h.n"
            )
            return [
                HandleRow(n, name, address, scope, items, first, last, bool(card))
                for n, name, address, scope, items, first, last, card in rows
            ]

    def cards(self) -> list[list[int]]:
        """The handles that each contact lists."""
        with self._guard():
            rows = self._db.execute(
                "SELECT group_concat(t.handle) FROM takes_part t JOIN items i ON i.n = t.item"
                f" WHERE t.role = 'about' AND {LIVE} GROUP BY t.item HAVING count(*) > 1"
            )
            return [[int(n) for n in handles.split(",")] for (handles,) in rows]

    def verdicts(self) -> list[Verdict]:
        with self._guard():
            rows = self._db.execute("SELECT one, other, same FROM verdicts")
            return [Verdict(one, other, bool(same)) for one, other, same in rows]

    def likenesses(self) -> list[tuple[int, str]]:
        """The pictures in memory: an item's number and its dHash."""
        with self._guard():
            rows = self._db.execute(f"SELECT i.n, i.likeness FROM items i WHERE i.likeness != '' AND {PRESENT}")
            return rows.fetchall()

    def times_of(self, id_: str) -> list[str]:
        """When an item was seen, in each source that holds it: ISO 8601, sorted."""
        with self._guard():
            rows = self._db.execute(
                "SELECT DISTINCT coalesce(c.time, i.time) AS seen FROM items i JOIN contents c ON c.item = i.n"
                " JOIN sources s ON s.n = c.source AND s.revision = c.revision WHERE i.id = ? AND seen IS NOT NULL"
                " ORDER BY seen",
                (id_,),
            )
            return [seen for (seen,) in rows]

    def journal(self) -> dict[str, tuple[str, str]]:
        """The sources that an ingest has planned and not finished: URI -> (state, token)."""
        with self._guard():
            return {uri: (state, token) for uri, state, token in self._db.execute("SELECT * FROM journal")}

    def forgotten(self) -> set[str]:
        """Digests (`digest` in store/ledger.py) of what must not come back by itself."""
        with self._guard():
            return {digest for (digest,) in self._db.execute("SELECT digest FROM forgotten")}

    def counts(self) -> Counts:
        """How much is visible. It takes 1.5 s for a million passages, once for each generation."""
        now = self.generation
        if self._counted and self._counted[0] == now and not self._db.in_transaction:
            return self._counted[1]
        with self._guard():
            sources = self._db.execute("SELECT count(*) FROM sources WHERE revision > 0").fetchone()[0]
            items, characters = self._db.execute(ITEMS_IN_ALL).fetchone()
            passages = self._db.execute(PASSAGES_IN_ALL).fetchone()[0]
        counts = Counts(int(sources), int(items), int(passages), int(characters))
        if not self._db.in_transaction:  # which may come to nothing, and then its generation comes again
            self._counted = now, counts
        return counts

    def holds_passages(self) -> bool:
        """Whether any passage is visible: for those who need no number."""
        with self._guard():
            return bool(self._db.execute(ANY_PASSAGE).fetchone()[0])

    def meta(self, key: str) -> str | None:
        with self._guard():
            row = self._db.execute("SELECT value FROM meta WHERE key = ?", (key,)).fetchone()
        return row[0] if row else None

    @property
    def generation(self) -> int:
        """Moves with every visible change: a reader that keeps anything derived compares it."""
        return int(self.meta("generation") or 0)

    def problems(self) -> list[str]:
        """What SQLite's own checks and the words index's find wrong, one sentence each; empty is good."""
        found = []
        with self._guard():
            found += [
                f"ledger.db: {row[0]}" for row in self._db.execute("PRAGMA integrity_check(10)") if row[0] != "ok"
            ]
            if self._db.execute("PRAGMA foreign_key_check").fetchone():
                found.append("ledger.db: rows refer to rows that are not there")
            for index, text in (("words", "passages"), ("fact_words", "facts")):
                try:
                    self._db.execute(f"INSERT INTO {index} ({index}, rank) VALUES ('integrity-check', 1)")
                except sqlite3.DatabaseError:
                    found.append(f"ledger.db: the words index disagrees with the {text}")
        return found

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._mapped(error) from error

    def _mapped(self, error: sqlite3.Error) -> SecondMeError:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code == sqlite3.SQLITE_FULL or ("disk I/O error" in str(error) and no_room(self.path)):
            return full_disk(self.path)
        if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
            return Busy(f"{self.path} is in use by another process.")
        if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB):
            return LedgerDamaged(f"{self.path} is damaged: {error}.")
        if code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM):
            return LedgerDamaged(
                f"{self.path} cannot be opened: {error}.", "Check its permissions and those of its folder."
            )
        return LedgerDamaged(f"{self.path} failed: {error}.", "Run `secondme doctor`; if it repeats, please report it.")


def _write_ahead(db: sqlite3.Connection) -> None:
    """Switch to a write-ahead log. SQLite does not queue for this one, so two that open a new file at once collide."""
    for _ in range(200):
        with contextlib.suppress(sqlite3.OperationalError):
            db.execute("PRAGMA journal_mode = WAL")
            return
        time.sleep(0.01)
    db.execute("PRAGMA journal_mode = WAL")
