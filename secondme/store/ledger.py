"""The ledger: sources, items, passages and the words index in one SQLite file, which is the truth.

A source is replaced in two steps. `stage` writes its new revision beside the visible one, in as many transactions as
memory asks for; `publish` makes new revisions visible and drops what only the old ones held, in one transaction. A
process killed in between leaves staged rows that no reader sees and that the next writer's `recover` drops.
What leaves the ledger leaves its vectors' ids in `trash` until the index has deleted them, too.

Every sqlite3 error leaves this module as one of ours.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence

from secondme.errors import Busy
from secondme.records import Item, Passage, Skipped
from secondme.store.reading import LedgerReader
from secondme.store.rows import SourceRow

SCRUB = "scrub"  # in meta: forgotten bytes may still be in the file


class Ledger(LedgerReader):
    """A ledger open for writing too. The writer holds the home's lock (store/lock.py)."""

    def source_for(self, uri: str, reader: str, key: str) -> SourceRow:
        """The row of `uri`, made with `key` and nothing visible if it is new."""
        with self.transaction():
            self._db.execute(
                "INSERT INTO sources (key, uri, reader, size, mtime_ns, sha256, ingested_at)"
                " VALUES (?, ?, ?, -1, 0, '', 0)"
                " ON CONFLICT (uri) DO UPDATE SET reader = excluded.reader",
                (key, uri, reader),
            )
            row = self.source(uri)
        assert row is not None
        return row

    def stage(self, source: SourceRow, pairs: Iterable[tuple[Item, Sequence[Passage]]]) -> None:
        """Write items and their passages as part of `source`'s next revision. Not visible until `publish`."""
        now = int(time.time())
        with self.transaction():
            for item, passages in pairs:
                n, fresh = self._item(source, item, now)
                self._db.execute("INSERT OR IGNORE INTO contents VALUES (?, ?, ?)", (source.n, source.revision + 1, n))
                if fresh:
                    self._insert_passages(n, item, passages)

    def _item(self, source: SourceRow, item: Item, now: int) -> tuple[int, bool]:
        id_, digest = item_id(source.key, item), _item_hash(item)
        row = self._db.execute("SELECT n FROM items WHERE id = ? AND hash = ?", (id_, digest)).fetchone()
        if row:
            return int(row[0]), False
        cursor = self._db.execute(
            "INSERT INTO items (id, hash, kind, title, time, epoch, speaker, tags, links, trust, base, line, text,"
            " learned_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (
                id_,
                digest,
                item.kind,
                item.title,
                item.time.isoformat() if item.time else None,
                int(item.time.timestamp()) if item.time else None,
                item.speaker,
                json.dumps(item.tags),
                json.dumps(item.links),
                item.trust,
                item.base,
                item.line,
                item.text,
                now,
            ),
        )
        return int(cursor.lastrowid or 0), True

    def _insert_passages(self, item_n: int, item: Item, passages: Sequence[Passage]) -> None:
        for p in passages:
            cursor = self._db.execute(
                'INSERT INTO passages (id, item, start, "end", line, page, context) VALUES (?, ?, ?, ?, ?, ?, ?)',
                (p.id, item_n, p.start, p.end, p.line, p.page, p.context),
            )
            self._db.execute(
                "INSERT INTO words (rowid, text, context) VALUES (?, ?, ?)", (cursor.lastrowid, p.text, p.context)
            )

    def publish(self, sources: Iterable[tuple[SourceRow, int, int, str, Sequence[Skipped]]]) -> None:
        """Make staged revisions visible: (source, size, mtime_ns, sha256, what was skipped within it) each."""
        now = int(time.time())
        with self.transaction():
            for source, size, mtime_ns, sha256, skipped in sources:
                reasons = json.dumps([s.reason for s in skipped])
                self._db.execute(
                    "UPDATE sources SET revision = ?, size = ?, mtime_ns = ?, sha256 = ?, ingested_at = ?, skipped = ?"
                    " WHERE n = ?",
                    (source.revision + 1, size, mtime_ns, sha256, now, reasons, source.n),
                )
                self._release("source = ? AND revision != ?", (source.n, source.revision + 1))
            self._next_generation()

    def discard(self, source: SourceRow) -> None:
        """Drop what is staged for `source`; what is visible stays."""
        with self.transaction():
            self._release("source = ? AND revision > ?", (source.n, source.revision))

    def touch(self, source: SourceRow, uri: str, size: int, mtime_ns: int) -> None:
        """Same bytes, other name or time: its memories stay as they are."""
        with self.transaction():
            self._db.execute(
                "UPDATE sources SET uri = ?, size = ?, mtime_ns = ?, ingested_at = ? WHERE n = ?",
                (uri, size, mtime_ns, int(time.time()), source.n),
            )
            if uri != source.uri:
                self._next_generation()

    def remove(self, sources: Iterable[SourceRow], *, forgotten: bool = True) -> None:
        """Drop sources with everything that only they held. `forgotten`: its bytes must go, too (see `scrub`)."""
        with self.transaction():
            if forgotten:
                self.set_meta(SCRUB, "due")
            for source in sources:
                self._release("source = ?", (source.n,))
                self._db.execute("DELETE FROM sources WHERE n = ?", (source.n,))
            self._next_generation()

    def remove_item(self, id_: str) -> None:
        """Drop one item from every source that holds it; its bytes must go, too (see `scrub`)."""
        with self.transaction():
            self.set_meta(SCRUB, "due")
            self._release("item IN (SELECT n FROM items WHERE id = ?)", (id_,))
            self._next_generation()

    def recover(self) -> int:
        """Drop what an interrupted writer staged, and scrub if it could not. For the lock's holder only.

        Returns the number of items dropped.
        """
        with self.transaction():
            dropped = self._release("revision != (SELECT revision FROM sources s WHERE s.n = contents.source)", ())
            self._db.execute("DELETE FROM sources WHERE revision = 0")
        if self.meta(SCRUB):
            with contextlib.suppress(Busy):  # it stays due
                self.scrub()
        return dropped

    def _release(self, where: str, values: tuple[object, ...]) -> int:
        """Drop those contents, and the items that no source holds any more. Returns how many items went."""
        held = [n for (n,) in self._db.execute(f"SELECT DISTINCT item FROM contents WHERE {where}", values)]
        self._db.execute(f"DELETE FROM contents WHERE {where}", values)
        loose = [n for n in held if not self._db.execute("SELECT 1 FROM contents WHERE item = ?", (n,)).fetchone()]
        for n in loose:
            self._drop_item(n)
        return len(loose)

    def _drop_item(self, n: int) -> None:
        """Delete an item with its passages and words; the ids of vectors that nothing else uses go to the trash."""
        self._db.execute(
            "INSERT INTO words (words, rowid, text, context) SELECT 'delete', t.n, t.text, t.context"
            " FROM passages p JOIN passage_text t ON t.n = p.n WHERE p.item = ?",
            (n,),
        )
        ids = self._db.execute("SELECT id FROM passages WHERE item = ?", (n,)).fetchall()
        self._db.execute("DELETE FROM passages WHERE item = ?", (n,))
        self._db.executemany(
            "INSERT OR IGNORE INTO trash SELECT ?1 WHERE NOT EXISTS (SELECT 1 FROM passages WHERE id = ?1)", ids
        )
        self._db.execute("DELETE FROM items WHERE n = ?", (n,))

    def empty_trash(self) -> None:
        """Call this when the index has deleted them."""
        with self.transaction():
            self._db.execute("DELETE FROM trash")

    def scrub(self) -> None:
        """Leave no byte of deleted text: merge the words index, rewrite the file, cut the write-ahead log.

        Raises Busy if another process reads for so long that the log cannot be cut; the next writer then does it.
        """
        with self._guard():
            self._db.execute("INSERT INTO words (words) VALUES ('optimize')")
            self._db.execute("VACUUM")
            (uncut, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if uncut:
            raise Busy(
                f"Another process is reading {self.path}: what was forgotten can't be found any more, but its bytes"
                " are still in the file's log.",
                "The next `secondme ingest` or `secondme forget` overwrites them.",
            )
        with self.transaction():
            self._db.execute("DELETE FROM meta WHERE key = ?", (SCRUB,))

    def set_meta(self, key: str, value: str) -> None:
        with self.transaction():
            self._db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def rebuild_words(self) -> None:
        """Make the words index anew from the passages."""
        with self.transaction():
            self._db.execute("INSERT INTO words (words) VALUES ('rebuild')")

    def _next_generation(self) -> None:
        self._db.execute(
            "INSERT INTO meta VALUES ('generation', '1')"
            " ON CONFLICT (key) DO UPDATE SET value = CAST(value AS INTEGER) + 1"
        )

    @contextlib.contextmanager
    def transaction(self) -> Iterator[None]:
        """All that is written inside the block, or nothing of it. Blocks may be nested."""
        if self._db.in_transaction:
            yield
            return
        with self._guard():
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self._db.execute("ROLLBACK")
                raise


def item_id(source_key: str, item: Item) -> str:
    """An item's id: its source's key, which survives renaming, and its own id within the source."""
    return f"{source_key}/{item.local}" if item.local else source_key


def _item_hash(item: Item) -> str:
    described = (
        item.kind,
        item.title,
        item.time.isoformat() if item.time else "",
        item.speaker,
        item.tags,
        item.links,
        item.trust,
        item.base,
        item.line,
    )
    digest = hashlib.blake2b(json.dumps(described).encode(), digest_size=16)
    digest.update(item.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
