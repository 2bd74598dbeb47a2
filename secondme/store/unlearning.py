"""What was learnt from passages goes with them: the last quote of a fact, an episode, a summary's line, an answer.

Called inside the ledger's own transaction, so that no moment shows a fact whose words are gone. A fact that another
passage says as well stays; one that had ended another because of what has gone gives that one back.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Sequence

# tables whose rows rest on one passage and go with it, with the column that names it
_RESTING = (
    ("links", "one"),
    ("links", "other"),
    ("annotations", "passage"),
    ("annotations", "because"),
    ("uses", "passage"),
    ("lessons", "id"),  # a lesson is called by the passage in which it was said
)
# a how-to that was distilled from several requests goes with any of them; one that the owner removed stays removed
_HABITS = (
    "DELETE FROM lessons WHERE kind = 'howto' AND answer != '' AND retired_at IS NULL AND EXISTS"
    " (SELECT 1 FROM json_each(?) gone WHERE instr(char(10) || lessons.answer, char(10) || gone.value || ' '))"
)
# what is made of several passages, and made anew from those that are left
_MADE = (("episodes", "episode_passages", "episode"), ("answers", "answer_passages", "answer"))
_UNINDEX = (
    "INSERT INTO fact_words (fact_words, rowid, statement, value, subject)"
    " SELECT 'delete', n, statement, value, subject FROM facts WHERE n = ?"
)


def unlearn(db: sqlite3.Connection, passages: Sequence[str]) -> None:
    """Drop what rests on passages (ids) that are not there any more, in the transaction that is open."""
    if not passages:
        return
    gone = json.dumps(list(passages))
    listed = "IN (SELECT value FROM json_each(?))"
    shaken = db.execute(f"DELETE FROM quotes WHERE passage {listed} RETURNING fact", (gone,)).fetchall()
    for (fact,) in dict.fromkeys(shaken):
        _settle(db, fact)
    for table, column in _RESTING:
        db.execute(f"DELETE FROM {table} WHERE {column} {listed}", (gone,))
    db.execute(_HABITS, (gone,))
    for table, parts, column in _MADE:
        for (n,) in db.execute(f"SELECT DISTINCT {column} FROM {parts} WHERE passage {listed}", (gone,)).fetchall():
            db.execute(f"DELETE FROM {parts} WHERE {column} = ?", (n,))
            if table == "episodes":
                _drop_summary(db, n)
            db.execute(f"DELETE FROM {table} WHERE n = ?", (n,))
    lines = db.execute(f"DELETE FROM summary_lines WHERE passage {listed} RETURNING summary", (gone,)).fetchall()
    empty = "DELETE FROM summaries WHERE n = ?1 AND NOT EXISTS (SELECT 1 FROM summary_lines WHERE summary = ?1)"
    db.executemany(empty, dict.fromkeys(lines))


def unquote(db: sqlite3.Connection, fact: int, passage: str, start: int) -> None:
    """That span does not say the fact, as it turned out."""
    db.execute("DELETE FROM quotes WHERE fact = ? AND passage = ? AND start = ?", (fact, passage, start))
    _settle(db, fact)


def _settle(db: sqlite3.Connection, fact: int) -> None:
    """After a quote of it has gone: say the fact in the words of one that is left, or drop it."""
    left = "SELECT statement, value FROM quotes WHERE fact = ? ORDER BY day, passage, start LIMIT 1"
    if words := db.execute(left, (fact,)).fetchone():
        _reword(db, fact, *words)
    else:
        drop_fact(db, fact)


def drop_fact(db: sqlite3.Connection, n: int) -> None:
    """Delete a fact with its history and its words; what it had ended holds again."""
    ended = "SELECT fact FROM changes WHERE other = ? AND operation IN ('UPDATE', 'END')"
    for (older,) in db.execute(ended, (n,)).fetchall():
        db.execute("UPDATE facts SET valid_to = NULL WHERE n = ?", (older,))
    db.execute("DELETE FROM changes WHERE fact = ?1 OR other = ?1", (n,))
    db.execute("DELETE FROM disputes WHERE one = ?1 OR other = ?1", (n,))
    db.execute("DELETE FROM quotes WHERE fact = ?", (n,))
    db.execute(_UNINDEX, (n,))
    db.execute("DELETE FROM facts WHERE n = ?", (n,))


def _reword(db: sqlite3.Connection, n: int, statement: str, value: str) -> None:
    """Say a fact in the words of a quote that is left."""
    db.execute(_UNINDEX, (n,))
    db.execute("UPDATE facts SET statement = ?, value = ? WHERE n = ?", (statement, value, n))
    db.execute(
        "INSERT INTO fact_words (rowid, statement, value, subject)"
        " SELECT n, statement, value, subject FROM facts WHERE n = ?",
        (n,),
    )


def _drop_summary(db: sqlite3.Connection, episode: int) -> None:
    """The episode's own summary; those above it lose the lines that cite what has gone."""
    found = "SELECT n FROM summaries WHERE level = 'episode' AND key = (SELECT id FROM episodes WHERE n = ?)"
    for (n,) in db.execute(found, (episode,)).fetchall():
        db.execute("DELETE FROM summary_lines WHERE summary = ?", (n,))
        db.execute("DELETE FROM summaries WHERE n = ?", (n,))
