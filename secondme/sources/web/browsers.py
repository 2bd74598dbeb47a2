"""The databases in which browsers keep what was visited: Firefox' places.sqlite, Chrome's History (and Edge's, Brave's,
Opera's, Vivaldi's), Safari's History.db. Which it is, a copy that no browser writes to, and its rows.

A database is somebody else's file: only tables are asked, never views; none of its code runs; and a question that takes
too many steps is given up. What the rows mean to a memory is history.py's to say.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from secondme.errors import Unreadable
from secondme.sources.base import File
from secondme.sources.files import opened, why

if TYPE_CHECKING:
    from sqlite3 import Connection

MAGIC = b"SQLite format 3\0"
LIMIT_BYTES = 2 * 1024**3

_STEPS = 20_000_000_000  # of SQLite's machine: minutes, some hundred times what a large history takes
_CHECK = 1_000_000
_WEBKIT = 11_644_473_600  # seconds from 1601 to 1970
_COCOA = 978_307_200  # seconds from 1970 to 2001


@dataclass(frozen=True, slots=True)
class Browser:
    """`needs` are the tables that give it away; `visits` asks for (address, title, seconds since 1970) by time."""

    name: str
    needs: tuple[str, str]
    visits: str


_FIREFOX = Browser(
    "Firefox",
    ("moz_places", "moz_historyvisits"),
    # 4 and 8 are pictures and frames within a page
    "SELECT p.url, p.title, v.visit_date / 1e6 FROM moz_historyvisits v JOIN moz_places p ON p.id = v.place_id"
    " WHERE v.visit_type NOT IN (4, 8) AND p.hidden = 0 ORDER BY v.visit_date",
)
_CHROME = Browser(
    "Chrome",
    ("urls", "visits"),
    # the low byte says how the visit came about; 3 is a frame that loaded by itself
    f"SELECT u.url, u.title, v.visit_time / 1e6 - {_WEBKIT} FROM visits v JOIN urls u ON u.id = v.url"
    " WHERE (v.transition & 255) <> 3 AND u.hidden = 0 ORDER BY v.visit_time",
)
_SAFARI = Browser(
    "Safari",
    ("history_items", "history_visits"),
    f"SELECT i.url, v.title, v.visit_time + {_COCOA} FROM history_visits v JOIN history_items i"
    " ON i.id = v.history_item ORDER BY v.visit_time",
)
BROWSERS = (_FIREFOX, _CHROME, _SAFARI)
BOOKMARKS = (
    "SELECT p.url, b.title, b.parent, b.dateAdded, b.fk FROM moz_bookmarks b JOIN moz_places p ON p.id = b.fk"
    " WHERE b.type = 1 ORDER BY b.id"
)
FOLDERS = "SELECT id, parent, title, guid FROM moz_bookmarks WHERE type = 2"


def browser_of(file: File) -> Browser | None:
    """Whose history a database is, by the names of its tables; None if nobody's, or if it cannot be said."""
    if not file.head.startswith(MAGIC):
        return None
    import sqlite3  # 8 ms

    try:
        # as it lies there: a look at the names of the tables takes no lock and leaves no trace
        connection = sqlite3.connect(f"file:{quote(str(file.path.absolute()))}?mode=ro&immutable=1", uri=True)
        try:
            tables = _tables(connection)
        finally:
            connection.close()
    except (sqlite3.Error, UnicodeError, ValueError, OSError):
        # damaged further on: its first pages may still tell
        head = file.head
        tables = frozenset(name for one in BROWSERS for name in one.needs if f"CREATE TABLE {name}".encode() in head)
    return next((one for one in BROWSERS if tables.issuperset(one.needs)), None)


@contextmanager
def copied(file: File) -> Iterator[Connection]:
    """An open copy of the database and of what its browser has not written into it yet. Raises Unreadable."""
    import sqlite3

    if file.size > LIMIT_BYTES:
        raise Unreadable("is larger than the 2 GB that a history may have", "Clear a part of it in the browser.")
    with tempfile.TemporaryDirectory(prefix="secondme-", ignore_cleanup_errors=True) as folder:
        path = Path(folder) / "history.db"
        name = Path(file.name).name
        try:
            _copy(file.path, path)
            for ending in ("-wal", "-journal"):
                beside = file.beside(name + ending)
                if beside is not None and beside.stat().st_size <= LIMIT_BYTES:
                    _copy(beside, Path(f"{path}{ending}"))
        except OSError as error:
            raise Unreadable(f"could not be copied to be read: {why(error)}") from error
        connection = sqlite3.connect(path)
        try:
            try:
                _guard(connection)
            except sqlite3.Error as error:
                raise Unreadable("is a damaged database", "Close the browser, and copy the file again.") from error
            yield connection
        finally:
            connection.close()


def _copy(source: Path, target: Path) -> None:
    with opened(source) as reading, target.open("wb") as writing:
        shutil.copyfileobj(reading, writing, 1024 * 1024)


def _guard(connection: Connection) -> None:
    left = _STEPS // _CHECK

    def stop() -> int:
        nonlocal left
        left -= 1
        return int(left < 0)

    connection.text_factory = lambda data: data.decode("utf-8", "replace")
    connection.set_progress_handler(stop, _CHECK)
    for setting in ("trusted_schema = off", "cell_size_check = on", "mmap_size = 0"):
        connection.execute(f"PRAGMA {setting}")


def _tables(connection: Connection) -> frozenset[str]:
    """The names of the real tables: a view or a virtual table runs what its author wrote."""
    made = connection.execute("SELECT name, sql FROM sqlite_master WHERE type = 'table' LIMIT 1000")
    return frozenset(str(name) for name, sql in made if str(sql).upper().startswith("CREATE TABLE"))
