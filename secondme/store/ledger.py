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
from datetime import datetime
from pathlib import Path

from secondme.errors import Busy
from secondme.records import Item, Passage, Skipped
from secondme.store.reading import LedgerReader
from secondme.store.rows import SourceRow, Verdict, parts
from secondme.store.staging import GIVEN, INSERT_ITEM, INSERT_PASSAGE, LAST, Rows, Who, item_hash
from secondme.store.unlearning import unlearn, unquote

SCRUB = "scrub"  # in meta: forgotten bytes may still be in the file
CLEAR = "clear"  # in meta: passages have gone whose flat rows may still hold their vectors
Entry = tuple[Item, Sequence[Passage], datetime | None]  # an item, its passages, and when it was seen in this source
# the items of a source's revision that have another content besides
_SHARED = """SELECT DISTINCT i.id FROM contents c JOIN items i ON i.n = c.item WHERE c.source = ? AND c.revision = ?
             AND EXISTS (SELECT 1 FROM items j WHERE j.id = i.id AND j.n != i.n)"""


class Ledger(LedgerReader):
    """A ledger open for writing too. The writer holds the home's lock (store/lock.py).

    `dropped` are the numbers of the passages that went since it was opened, until somebody has cleared their vectors.
    """

    def __init__(self, path: Path, *, create: bool = False) -> None:
        super().__init__(path, create=create)
        self.dropped: list[int] = []
        self._gone: list[str] = []  # passages whose facts go at the end of the transaction

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

    def stage(self, source: SourceRow, entries: Iterable[Entry]) -> None:
        """Write items and their passages as part of `source`'s next revision. Not visible until `publish`.

        Row by row in Python and all at once in SQLite: a statement for each row takes twice as long.
        """
        now = int(time.time())
        named = [(item_id(source.key, entry[0]), item_hash(entry[0]), *entry) for entry in entries]
        with self.transaction():
            held = self._held([id_ for id_, *_ in named])
            new = Rows(*self._db.execute(LAST).fetchone())
            for id_, hash_, item, passages, seen in named:
                if (n := held.get((id_, hash_))) is None:
                    n = held[id_, hash_] = new.add_item(id_, hash_, item, passages, now)
                when = seen.isoformat() if seen and seen != item.time else None
                new.contents.append((source.n, source.revision + 1, n, item.base, item.line, item.part, when))
            self._write(new)

    def _held(self, ids: list[str]) -> dict[tuple[str, str], int]:
        """The numbers of the items with these ids, by id and hash."""
        return {
            (id_, hash_): n
            for part in parts(ids)
            for n, id_, hash_ in self._db.execute(
                f"SELECT n, id, hash FROM items WHERE id IN ({','.join('?' * len(part))})", part
            )
        }

    def _write(self, new: Rows) -> None:
        write = self._db.executemany
        if new.items:
            write(INSERT_ITEM, new.items)
            handles = {who: self._handle(who) for who in dict.fromkeys(who for _, who, *_ in new.taking_part)}
            taking_part = ((n, handles[who], role, rank) for n, who, role, rank in new.taking_part)
            write("INSERT OR IGNORE INTO takes_part VALUES (?, ?, ?, ?)", taking_part)
            write(INSERT_PASSAGE, new.passages)
            self.set_meta(GIVEN, str(new.last_passage))
            write("INSERT INTO words (rowid, text, context) VALUES (?, ?, ?)", new.words)
            write("INSERT OR IGNORE INTO dates VALUES (?, ?, ?)", new.dates)
        write("INSERT OR IGNORE INTO contents VALUES (?, ?, ?, ?, ?, ?, ?)", new.contents)

    def _handle(self, who: Who) -> int:
        known = "SELECT n FROM handles WHERE name = ? AND address = ? AND scope = ?"
        if row := self._db.execute(known, who).fetchone():
            return int(row[0])
        cursor = self._db.execute("INSERT INTO handles (name, address, scope) VALUES (?, ?, ?)", who)
        return int(cursor.lastrowid or 0)

    def publish(self, sources: Iterable[tuple[SourceRow, int, int, str, Sequence[Skipped]]]) -> None:
        """Make staged revisions visible: (source, size, mtime_ns, sha256, what was skipped within it) each.

        This acknowledges them: they leave the journal in the same transaction.
        """
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
                self._settle(_SHARED, (source.n, source.revision + 1))
                self._db.execute("DELETE FROM journal WHERE uri = ?", (source.uri,))
            self._next_generation()

    def _settle(self, ids: str, values: tuple[object, ...]) -> None:
        """Where one item has several contents, let that of the latest source count.

        `ids` selects items' ids. A message in two threads is two: the same greeting sent to two chats in a minute. A
        note in two is one that was moved to another notebook, or whose notebook was exported to a file of another name.
        """
        for (id_,) in self._db.execute(ids, values).fetchall():
            held = self._db.execute(
                "SELECT CASE i.kind WHEN 'message' THEN i.thread ELSE '' END, s.n, i.n"
                " FROM items i JOIN contents c ON c.item = i.n"
                " JOIN sources s ON s.n = c.source AND s.revision = c.revision"
                " WHERE i.id = ? ORDER BY s.mtime_ns DESC, s.n DESC",
                (id_,),
            ).fetchall()
            latest: dict[str, int] = {}
            for thread, source, _ in held:
                latest.setdefault(thread, source)
            counts = {item for thread, source, item in held if source == latest[thread]}
            self._db.executemany(
                "UPDATE items SET superseded = ? WHERE n = ?", [(item not in counts, item) for _, _, item in held]
            )

    def discard(self, source: SourceRow) -> None:
        """Drop what is staged for `source`; what is visible stays."""
        with self.transaction():
            self._release("source = ? AND revision > ?", (source.n, source.revision))

    def touch(self, n: int, uri: str, size: int, mtime_ns: int) -> None:
        """Same bytes, other name or time: the memories of source `n` stay as they are."""
        with self.transaction():
            moved = self._db.execute("SELECT uri != ? FROM sources WHERE n = ?", (uri, n)).fetchone()[0]
            self._db.execute(
                "UPDATE sources SET uri = ?, size = ?, mtime_ns = ?, ingested_at = ? WHERE n = ?",
                (uri, size, mtime_ns, int(time.time()), n),
            )
            self._db.execute("DELETE FROM journal WHERE uri = ?", (uri,))
            if moved:
                self._next_generation()

    def remove(self, sources: Iterable[int], *, forgotten: bool = True) -> None:
        """Drop sources with everything that only they held. `forgotten`: its bytes must go, too (see `scrub`), and
        its digests are noted for backups."""
        with self.transaction():
            if forgotten:
                self.set_meta(SCRUB, "due")
            for n in sources:
                gone = self._release("source = ?", (n,))
                keys = self._db.execute("DELETE FROM sources WHERE n = ? RETURNING key", (n,)).fetchall()
                if forgotten:
                    digests = [*(digest("key", key) for (key,) in keys), *(digest("item", id_) for id_ in gone)]
                    self.change("INSERT OR IGNORE INTO struck VALUES (?)", [(one,) for one in digests])
            self._next_generation()

    def remove_items(self, ids: Iterable[str]) -> None:
        """Drop items from every source that holds them; their bytes must go, too (see `scrub`)."""
        with self.transaction():
            self.set_meta(SCRUB, "due")
            for id_ in ids:
                self._release("item IN (SELECT n FROM items WHERE id = ?)", (id_,))
            self._next_generation()

    def forget(self, digests: Iterable[str]) -> None:
        """Remember by digest what must not come back by itself."""
        with self.transaction():
            self._db.executemany("INSERT OR IGNORE INTO forgotten VALUES (?)", [(digest,) for digest in digests])

    def readmit(self, digests: Iterable[str]) -> None:
        with self.transaction():
            self._db.executemany("DELETE FROM forgotten WHERE digest = ?", [(digest,) for digest in digests])

    def judge(self, verdicts: Iterable[Verdict]) -> None:
        """Keep the owner's word on pairs of handles; a later word on the same pair replaces the earlier."""
        with self.transaction():
            for v in verdicts:
                one, other = sorted((v.one, v.other))
                self._db.execute("INSERT OR REPLACE INTO verdicts VALUES (?, ?, ?)", (one, other, v.same))
            self._next_generation()

    # -- the journal --------------------------------------------------------------------------------------------

    def plan(self, uris: Iterable[str]) -> None:
        """Note what is going to be read, so that an interrupted run can be taken up."""
        with self.transaction():
            self._db.executemany(
                "INSERT OR IGNORE INTO journal (uri, state) VALUES (?, 'planned')", [(u,) for u in uris]
            )

    def note(self, state: str, sources: Iterable[tuple[str, str]]) -> None:
        """Put (uri, token) into `state`: "read" (some of it is staged) or "indexed"."""
        with self.transaction():
            self._db.executemany(
                "INSERT INTO journal VALUES (?1, ?2, ?3)"
                " ON CONFLICT (uri) DO UPDATE SET state = excluded.state, token = excluded.token",
                [(uri, state, token) for uri, token in sources],
            )

    def unplan(self, uris: Iterable[str]) -> None:
        """Strike from the journal what turned out to be nothing to read."""
        with self.transaction():
            self._db.executemany("DELETE FROM journal WHERE uri = ?", [(u,) for u in uris])

    def recover(self, *, everything: bool = False) -> int:
        """Drop what an interrupted writer staged and the journal knows nothing of, and scrub if it could not.

        For the lock's holder only. What the journal knows of stays staged, as reading that source again goes on from
        there; with `everything` it goes, too. Returns the number of items dropped.
        """
        with self.transaction():
            if everything:
                self._db.execute("UPDATE journal SET state = 'planned', token = ''")
            resumable = "SELECT uri FROM journal WHERE state != 'planned'"
            dropped = self._release(
                f"source IN (SELECT n FROM sources WHERE uri NOT IN ({resumable}))"
                " AND revision != (SELECT revision FROM sources s WHERE s.n = contents.source)",
                (),
            )
            self._db.execute(f"DELETE FROM sources WHERE revision = 0 AND uri NOT IN ({resumable})")
        if self.meta(SCRUB):
            with contextlib.suppress(Busy):  # it stays due
                self.scrub()
        return len(dropped)

    def _release(self, which: str, values: tuple[object, ...]) -> list[str]:
        """Drop those contents, and the items that no source holds any more. Returns the ids of the items that went."""
        held = self._db.execute(
            f"SELECT DISTINCT i.n, i.id FROM contents JOIN items i ON i.n = contents.item WHERE {which}", values
        ).fetchall()
        self._db.execute(f"DELETE FROM contents WHERE {which}", values)
        loose = [
            (n, id_)
            for n, id_ in held
            if not self._db.execute("SELECT 1 FROM contents WHERE item = ? LIMIT 1", (n,)).fetchone()
        ]
        for n, _ in loose:
            self._drop_item(n)
        for _, id_ in held:
            self._settle("SELECT id FROM items WHERE id = ? AND superseded", (id_,))
        return [id_ for _, id_ in loose]

    def _drop_item(self, n: int) -> None:
        """Delete an item with its passages and words; the ids of vectors that nothing else uses go to the trash. What
        was learnt from them goes at the end of the transaction, all at once."""
        self._db.execute(
            "INSERT INTO words (words, rowid, text, context) SELECT 'delete', t.n, t.text, t.context"
            " FROM passages p JOIN passage_text t ON t.n = p.n WHERE p.item = ?",
            (n,),
        )
        going = self._db.execute("SELECT n, id FROM passages WHERE item = ?", (n,)).fetchall()
        for table in ("dates", "reflected"):
            self._db.execute(f"DELETE FROM {table} WHERE passage IN (SELECT n FROM passages WHERE item = ?)", (n,))
        self._db.execute("DELETE FROM passages WHERE item = ?", (n,))
        gone = [id_ for _, id_ in going if not self._holds(id_)]
        self._db.executemany("INSERT OR IGNORE INTO trash VALUES (?)", [(id_,) for id_ in gone])
        self.dropped.extend(passage for passage, _ in going)
        self._db.execute("INSERT OR IGNORE INTO meta VALUES (?, 'due')", (CLEAR,))
        handles = self._db.execute("DELETE FROM takes_part WHERE item = ? RETURNING handle", (n,)).fetchall()
        for (handle,) in dict.fromkeys(handles):
            if not self._db.execute("SELECT 1 FROM takes_part WHERE handle = ? LIMIT 1", (handle,)).fetchone():
                self._db.execute("DELETE FROM verdicts WHERE ? IN (one, other)", (handle,))
                self._db.execute("DELETE FROM handles WHERE n = ?", (handle,))
        self._db.execute("DELETE FROM items WHERE n = ?", (n,))
        self._gone.extend(gone)

    def unquote(self, fact: int, passage: str, start: int) -> None:
        """Take a quote from a fact, which goes with its last one."""
        with self.transaction():
            unquote(self._db, fact, passage, start)

    def empty_trash(self) -> None:
        """Call this when the index has deleted them."""
        with self.transaction():
            self._db.execute("DELETE FROM trash")

    def scrub(self) -> None:
        """Leave no byte of deleted text: merge the words index, rewrite the file, cut the write-ahead log.

        Raises Busy if another process reads for so long that the log cannot be cut; the next writer then does it.
        """
        with self._guard():
            for index in ("words", "fact_words"):
                self._db.execute(f"INSERT INTO {index} ({index}) VALUES ('optimize')")
            self._db.execute("VACUUM")
            (uncut, *_) = self._db.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        if uncut:
            raise Busy(
                f"Another process is reading {self.path}: what was forgotten can't be found any more, but its bytes"
                " are still in the file's log.",
                "The next `secondme ingest` or `secondme forget` overwrites them.",
            )
        self.drop_meta(SCRUB)

    def cleared(self) -> None:
        """Call this when the rows of what has gone are overwritten."""
        self.dropped.clear()
        if self.meta(CLEAR):
            self.drop_meta(CLEAR)

    def drop_meta(self, key: str) -> None:
        with self.transaction():
            self._db.execute("DELETE FROM meta WHERE key = ?", (key,))

    def set_meta(self, key: str, value: str) -> None:
        with self.transaction():
            self._db.execute(
                "INSERT INTO meta VALUES (?, ?) ON CONFLICT (key) DO UPDATE SET value = excluded.value", (key, value)
            )

    def rebuild_words(self) -> None:
        """Make the words indexes anew from the passages and the facts."""
        with self.transaction():
            for index in ("words", "fact_words"):
                self._db.execute(f"INSERT INTO {index} ({index}) VALUES ('rebuild')")

    def change(self, sql: str, rows: Iterable[Sequence[object]] = ((),)) -> None:
        """Run a statement with each row of values: for the neighbours of this module."""
        with self.transaction():
            self._db.executemany(sql, rows)

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
                self.unlearn()
                self._db.execute("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):  # a full disk may have rolled it back already
                    self._db.execute("ROLLBACK")
                raise
            finally:
                self._gone.clear()

    def unlearn(self) -> None:
        """Drop what was learnt from the passages that have gone in this transaction; its end does so anyway."""
        unlearn(self._db, [id_ for id_ in self._gone if not self._holds(id_)])
        self._gone.clear()

    def _holds(self, passage: str) -> bool:
        return self._db.execute("SELECT 1 FROM passages WHERE id = ?", (passage,)).fetchone() is not None


def item_id(source_key: str, item: Item) -> str:
    """An item's id: what its own id is relative to (its origin, or its source's key, which survives renaming)."""
    prefix = item.origin or source_key
    return f"{prefix}/{item.local}" if item.local else prefix


def digest(kind: str, name: str) -> str:
    """What `forgotten` holds of a forgotten source (`uri`, or `sha256` of its bytes) or `item` (its id)."""
    return hashlib.blake2b(f"{kind}\0{name}".encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()
