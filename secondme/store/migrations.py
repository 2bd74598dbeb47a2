"""The ledger's schema, as small steps: each runs once, in one transaction, in this order.

A step is never edited after a release; a change is a new step. `PRAGMA user_version` counts the steps applied.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable

from secondme.errors import LedgerTooNew


def m001_first_schema(db: sqlite3.Connection) -> None:
    """Sources, their items, the passages cut from them, and the words index over the passages.

    A source's content is visible when `contents.revision` equals `sources.revision`: a new revision is written beside
    the old one and becomes visible by changing one number. The words index has no copy of the text: it reads it
    through the view, as a span of the item.
    """
    for statement in (
        "CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID",
        """CREATE TABLE sources (
            n INTEGER PRIMARY KEY,
            key TEXT NOT NULL UNIQUE,             -- begins its items' ids; survives renaming
            uri TEXT NOT NULL UNIQUE,             -- what a person opens: a path, or a URI
            reader TEXT NOT NULL,
            size INTEGER NOT NULL,
            mtime_ns INTEGER NOT NULL,
            sha256 TEXT NOT NULL,
            revision INTEGER NOT NULL DEFAULT 0,  -- the visible one; 0: none yet
            ingested_at INTEGER NOT NULL,         -- seconds since 1970
            skipped TEXT NOT NULL DEFAULT '[]'    -- JSON: reasons of records left out
        )""",
        "CREATE INDEX sources_sha256 ON sources (sha256)",
        """CREATE TABLE items (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL,
            hash TEXT NOT NULL,                   -- of everything below
            kind TEXT NOT NULL,
            title TEXT NOT NULL,
            time TEXT,                            -- ISO 8601 with offset
            epoch INTEGER,                        -- the same in seconds since 1970
            speaker TEXT NOT NULL,
            tags TEXT NOT NULL,                   -- JSON
            links TEXT NOT NULL,                  -- JSON
            trust TEXT NOT NULL,
            base INTEGER NOT NULL,                -- characters of the source before this text
            line INTEGER NOT NULL,                -- number of this text's first line in the source
            text TEXT NOT NULL,
            learned_at INTEGER NOT NULL,
            UNIQUE (id, hash)
        )""",
        """CREATE TABLE contents (
            source INTEGER NOT NULL REFERENCES sources (n),
            revision INTEGER NOT NULL,
            item INTEGER NOT NULL REFERENCES items (n),
            PRIMARY KEY (source, revision, item)
        ) WITHOUT ROWID""",
        "CREATE INDEX contents_item ON contents (item)",
        """CREATE TABLE passages (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL,                     -- content hash + item; the vector's id in Chroma
            item INTEGER NOT NULL REFERENCES items (n),
            start INTEGER NOT NULL,               -- characters of the source's text
            "end" INTEGER NOT NULL,
            line INTEGER NOT NULL,
            page INTEGER,
            context TEXT NOT NULL
        )""",
        "CREATE INDEX passages_id ON passages (id)",
        "CREATE INDEX passages_item ON passages (item)",
        """CREATE VIEW passage_text AS
            SELECT p.n AS n, substr(i.text, p.start - i.base + 1, p."end" - p.start) AS text, p.context AS context
            FROM passages p JOIN items i ON i.n = p.item""",
        """CREATE VIRTUAL TABLE words USING fts5 (
            text, context, content = 'passage_text', content_rowid = 'n',
            tokenize = 'porter unicode61 remove_diacritics 2'
        )""",
        # vectors that no passage needs any more and that Chroma may still hold
        "CREATE TABLE trash (id TEXT PRIMARY KEY) WITHOUT ROWID",
    ):
        db.execute(statement)


def m002_items_beyond_their_file(db: sqlite3.Connection) -> None:
    """An item may stand in several sources: where it stands moves from the item to `contents`.

    Passages count from the beginning of their item. People, what was forgotten and the journal get tables.
    """
    for statement in (
        "DROP VIEW passage_text",
        "ALTER TABLE contents ADD COLUMN base INTEGER NOT NULL DEFAULT 0",  # characters of the source before the text
        "ALTER TABLE contents ADD COLUMN line INTEGER NOT NULL DEFAULT 1",  # of the text's first line; 0: no lines
        "ALTER TABLE contents ADD COLUMN part TEXT NOT NULL DEFAULT ''",  # where in the source: a member, a chat
        "ALTER TABLE contents ADD COLUMN time TEXT",  # of this occurrence, if it is not the item's
        "UPDATE contents SET base = i.base, line = i.line FROM items i WHERE i.n = item",
        'UPDATE passages SET start = start - i.base, "end" = "end" - i.base, line = passages.line - i.line'
        " FROM items i WHERE i.n = item",
        "ALTER TABLE items DROP COLUMN base",
        "ALTER TABLE items DROP COLUMN line",
        "ALTER TABLE items ADD COLUMN thread TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE items ADD COLUMN zoned INTEGER NOT NULL DEFAULT 1",
        "ALTER TABLE items ADD COLUMN likeness TEXT NOT NULL DEFAULT ''",  # dHash of a picture
        # 1: a later source holds this item with another content
        "ALTER TABLE items ADD COLUMN superseded INTEGER NOT NULL DEFAULT 0",
        "CREATE INDEX items_likeness ON items (likeness) WHERE likeness != ''",
        "CREATE INDEX items_epoch ON items (epoch)",
        """CREATE VIEW passage_text AS
            SELECT p.n AS n, substr(i.text, p.start + 1, p."end" - p.start) AS text, p.context AS context
            FROM passages p JOIN items i ON i.n = p.item""",
        """CREATE TABLE handles (
            n INTEGER PRIMARY KEY,
            name TEXT NOT NULL,
            address TEXT NOT NULL,                -- a URI, or ''
            scope TEXT NOT NULL,                  -- of a name without an address: the kind of source that it is from
            UNIQUE (name, address, scope)
        )""",
        """CREATE TABLE takes_part (
            item INTEGER NOT NULL REFERENCES items (n),
            handle INTEGER NOT NULL REFERENCES handles (n),
            role TEXT NOT NULL,                   -- from, to, with, about
            rank INTEGER NOT NULL,                -- the order in which the source names them
            PRIMARY KEY (item, handle, role)
        ) WITHOUT ROWID""",
        "CREATE INDEX takes_part_handle ON takes_part (handle)",
        # what the owner said about two handles: 1 the same person, 0 two people
        """CREATE TABLE verdicts (
            one INTEGER NOT NULL REFERENCES handles (n),
            other INTEGER NOT NULL REFERENCES handles (n),
            same INTEGER NOT NULL,
            PRIMARY KEY (one, other)
        ) WITHOUT ROWID""",
        # digests of what was forgotten and must not come back by itself
        "CREATE TABLE forgotten (digest TEXT PRIMARY KEY) WITHOUT ROWID",
        # sources being taken in: planned, read (staged as `token` says), indexed; acknowledged ones are gone from here
        """CREATE TABLE journal (
            uri TEXT PRIMARY KEY,
            state TEXT NOT NULL,
            token TEXT NOT NULL DEFAULT ''
        ) WITHOUT ROWID""",
    ):
        db.execute(statement)


def m003_backups(db: sqlite3.Connection) -> None:
    """Where backups were written, so that forgetting reaches them, and what went with forgotten sources."""
    for statement in (
        """CREATE TABLE backups (
            path BLOB PRIMARY KEY,                -- as the system spells it
            ledger TEXT NOT NULL,                 -- the `id` in the meta of the ledger that it is a copy of
            writing INTEGER NOT NULL DEFAULT 0,   -- 1: begun and not finished; a part of it may lie beside it
            due INTEGER NOT NULL DEFAULT 0        -- 1: may still hold what has been forgotten since
        ) WITHOUT ROWID""",
        # digests of the items and the sources' keys that went when sources were forgotten: under another file's name
        # a backup may hold them still
        "CREATE TABLE struck (digest TEXT PRIMARY KEY) WITHOUT ROWID",
    ):
        db.execute(statement)


def m004_dates_in_the_words(db: sqlite3.Connection) -> None:
    """The days that passages speak of, conversations in the order of time, and whom contacts are about."""
    for statement in (
        """CREATE TABLE dates (
            passage INTEGER NOT NULL REFERENCES passages (n),
            first INTEGER NOT NULL,               -- days counted from 1 January of the year 1, as Python's ordinals
            last INTEGER NOT NULL,                -- inclusive
            PRIMARY KEY (passage, first, last)
        ) WITHOUT ROWID""",
        "CREATE INDEX dates_first ON dates (first, last)",
        "CREATE INDEX items_thread ON items (thread, epoch, n) WHERE thread != ''",
        "CREATE INDEX takes_part_about ON takes_part (handle) WHERE role = 'about'",
    ):
        db.execute(statement)


def m005_what_is_learnt(db: sqlite3.Connection) -> None:
    """Facts, episodes, summaries, links, lessons, uses and given answers (L1).

    They name passages by their ids, which stay when an edited file is read again and the passage is still in it. What
    rests on passages that have gone goes with them (store/unlearning.py). Days are ordinals; moments are seconds since
    1970.
    """
    for statement in (
        """CREATE TABLE facts (
            n INTEGER PRIMARY KEY AUTOINCREMENT,  -- never given again: history names it
            id TEXT NOT NULL UNIQUE,              -- hash of subject, slot, value or statement, and event
            subject TEXT NOT NULL,                -- 'owner', or a name as it is written
            who TEXT NOT NULL,                    -- the subject's plain form, by which it is found
            kind TEXT NOT NULL,
            statement TEXT NOT NULL,
            slot TEXT NOT NULL,
            value TEXT NOT NULL,
            single INTEGER NOT NULL,              -- 1: the slot holds one value at a time
            stance TEXT NOT NULL,
            said_by TEXT NOT NULL,
            trust TEXT NOT NULL,
            confidence REAL NOT NULL,
            made_by TEXT NOT NULL,
            first INTEGER,                        -- when it happens: days, inclusive
            last INTEGER,
            valid_from INTEGER,
            valid_to INTEGER,                     -- the day on which it ended; NULL: not that we know
            learned_at INTEGER NOT NULL,
            retired_at INTEGER
        )""",
        "CREATE INDEX facts_slot ON facts (who, slot)",
        "CREATE INDEX facts_first ON facts (first) WHERE first IS NOT NULL",
        """CREATE TABLE quotes (
            fact INTEGER NOT NULL REFERENCES facts (n),
            passage TEXT NOT NULL,
            start INTEGER NOT NULL,               -- characters of the passage's text
            "end" INTEGER NOT NULL,
            day INTEGER,                          -- when it was said
            statement TEXT NOT NULL,              -- the fact in this quote's words
            value TEXT NOT NULL,
            PRIMARY KEY (fact, passage, start)
        ) WITHOUT ROWID""",
        "CREATE INDEX quotes_passage ON quotes (passage)",
        """CREATE TABLE changes (
            n INTEGER PRIMARY KEY,
            fact INTEGER NOT NULL,
            at INTEGER NOT NULL,
            operation TEXT NOT NULL,
            other INTEGER NOT NULL DEFAULT 0,
            note TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX changes_fact ON changes (fact)",
        "CREATE INDEX changes_other ON changes (other) WHERE other != 0",
        """CREATE TABLE disputes (
            one INTEGER NOT NULL REFERENCES facts (n),
            other INTEGER NOT NULL REFERENCES facts (n),
            since INTEGER NOT NULL,
            verdict TEXT NOT NULL DEFAULT '',     -- '': open
            PRIMARY KEY (one, other)
        ) WITHOUT ROWID""",
        "CREATE INDEX disputes_other ON disputes (other)",
        """CREATE VIRTUAL TABLE fact_words USING fts5 (
            statement, value, subject, content = 'facts', content_rowid = 'n',
            tokenize = 'porter unicode61 remove_diacritics 2'
        )""",
        # which passages were read for facts, and by which version of the rules and which model
        """CREATE TABLE reflected (
            passage INTEGER PRIMARY KEY REFERENCES passages (n),
            rules INTEGER NOT NULL DEFAULT 0,
            model TEXT NOT NULL DEFAULT ''
        )""",
        """CREATE TABLE episodes (
            n INTEGER PRIMARY KEY,
            id TEXT NOT NULL UNIQUE,              -- hash of its passages
            title TEXT NOT NULL,
            first INTEGER,                        -- moments
            last INTEGER,
            place TEXT NOT NULL DEFAULT '',
            thread TEXT NOT NULL DEFAULT ''
        )""",
        "CREATE INDEX episodes_first ON episodes (first)",
        """CREATE TABLE episode_passages (
            episode INTEGER NOT NULL REFERENCES episodes (n),
            rank INTEGER NOT NULL,
            passage TEXT NOT NULL,
            PRIMARY KEY (episode, rank)
        ) WITHOUT ROWID""",
        "CREATE INDEX episode_passages_passage ON episode_passages (passage)",
        """CREATE TABLE summaries (
            n INTEGER PRIMARY KEY,
            level TEXT NOT NULL,                  -- episode, day, week, month, topic
            key TEXT NOT NULL,                    -- the episode's id, a day, an ISO week, a month, a topic
            UNIQUE (level, key)
        )""",
        """CREATE TABLE summary_lines (
            summary INTEGER NOT NULL REFERENCES summaries (n),
            rank INTEGER NOT NULL,
            text TEXT NOT NULL,
            passage TEXT NOT NULL,                -- that it cites
            PRIMARY KEY (summary, rank)
        ) WITHOUT ROWID""",
        "CREATE INDEX summary_lines_passage ON summary_lines (passage)",
        """CREATE TABLE links (
            one TEXT NOT NULL,                    -- a passage
            other TEXT NOT NULL,
            reason TEXT NOT NULL,
            weight REAL NOT NULL,
            PRIMARY KEY (one, other, reason)
        ) WITHOUT ROWID""",
        "CREATE INDEX links_other ON links (other)",
        # keywords and context that a later passage adds to an earlier one, whose own words never change
        """CREATE TABLE annotations (
            passage TEXT NOT NULL,
            because TEXT NOT NULL,                -- the passage that adds it
            text TEXT NOT NULL,
            PRIMARY KEY (passage, because)
        ) WITHOUT ROWID""",
        "CREATE INDEX annotations_because ON annotations (because)",
        """CREATE TABLE lessons (
            n INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            kind TEXT NOT NULL,                   -- correction, instruction, howto
            text TEXT NOT NULL,                   -- the owner's words
            about TEXT NOT NULL DEFAULT '',       -- the question or the words that call it up; '': always
            answer TEXT NOT NULL DEFAULT '',      -- what the corrected answer quoted: "passage start end", a line each
            learned_at INTEGER NOT NULL,
            retired_at INTEGER
        )""",
        # a line of the profile as the owner wants it, in place of the one that `slot` of `who` would make
        """CREATE TABLE profile_lines (
            n INTEGER PRIMARY KEY AUTOINCREMENT,
            who TEXT NOT NULL,
            slot TEXT NOT NULL,
            text TEXT NOT NULL,                   -- '': leave the line out
            at INTEGER NOT NULL,
            UNIQUE (who, slot)
        )""",
        """CREATE TABLE uses (
            passage TEXT PRIMARY KEY,
            count INTEGER NOT NULL,
            last INTEGER NOT NULL,
            marked INTEGER NOT NULL DEFAULT 0     -- 1: the owner said that it matters
        ) WITHOUT ROWID""",
        """CREATE TABLE answers (
            n INTEGER PRIMARY KEY AUTOINCREMENT,
            id TEXT NOT NULL UNIQUE,
            at INTEGER NOT NULL,
            question TEXT NOT NULL,
            body TEXT NOT NULL                    -- JSON: how it was asked, what was said, cited, struck out
        )""",
        """CREATE TABLE answer_passages (
            answer INTEGER NOT NULL REFERENCES answers (n),
            passage TEXT NOT NULL,
            PRIMARY KEY (answer, passage)
        ) WITHOUT ROWID""",
        "CREATE INDEX answer_passages_passage ON answer_passages (passage)",
    ):
        db.execute(statement)


MIGRATIONS: tuple[Callable[[sqlite3.Connection], None], ...] = (
    m001_first_schema,
    m002_items_beyond_their_file,
    m003_backups,
    m004_dates_in_the_words,
    m005_what_is_learnt,
)


def version(db: sqlite3.Connection) -> int:
    return int(db.execute("PRAGMA user_version").fetchone()[0])


def migrate(db: sqlite3.Connection) -> None:
    """Bring `db` (in autocommit mode) up to date. Raises LedgerTooNew for a schema that this version does not know."""
    at = version(db)
    if at > len(MIGRATIONS):
        raise LedgerTooNew(f"The ledger has schema {at}, and this version of secondme knows {len(MIGRATIONS)}.")
    for number, step in enumerate(MIGRATIONS[at:], start=at + 1):
        db.execute("BEGIN IMMEDIATE")
        try:
            if version(db) < number:  # another process may have been here first
                step(db)
                db.execute(f"PRAGMA user_version = {number}")
            db.execute("COMMIT")
        except BaseException:
            db.execute("ROLLBACK")
            raise
