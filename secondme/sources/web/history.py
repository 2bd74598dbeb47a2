"""What was visited on the web, one Item for each page and day: from a browser's database or Google's Takeout.

The database may be in use: it is copied with its log and the copy is read. Addresses lose what tracks and what lets
somebody in (weburls.py); pages of the browser itself, files and frames are left out. One day is held at a time. The
bookmarks that Firefox keeps in the same database are read as well (bookmarks.py).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import TYPE_CHECKING

from secondme.errors import Unreadable
from secondme.records import Item, Segment, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.distinct import digest
from secondme.sources.jsonshape import shape
from secondme.sources.jsonvalues import Values
from secondme.sources.web import browsers
from secondme.sources.web.bookmarks import FIREFOX_FOLDERS, Bookmark, Bookmarks
from secondme.sources.web.weburls import clean, on_the_web

if TYPE_CHECKING:
    from sqlite3 import Connection

NAME = "browser history"
ORIGIN = "visit"

_TAKEOUT = "Browser History.item"
_MOST_PAGES = 100_000  # of one day; beyond it they are handed out early
_TITLE_CHARS = 1000

Visit = tuple[str, str, float]  # address, title, seconds since 1970


def claims(file: File) -> str | None:
    if file.head.startswith(browsers.MAGIC):
        found = browsers.browser_of(file)
        return None if found is None else f"has the tables of {found.name}'s history"
    if {f"{_TAKEOUT}.url", f"{_TAKEOUT}.time_usec"} & shape(file):
        return "has the keys of Google's browser history"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    if not file.head.startswith(browsers.MAGIC):
        values = Values(file, _TAKEOUT)
        yield from _noted(file, _pages(file, _takeout(values)))
        yield from values.faults
        return
    found = browsers.browser_of(file)
    if found is None:
        raise Unreadable(
            "is a database, and no browser's history", "Name the file places.sqlite, History or History.db."
        )
    with browsers.copied(file) as database:
        yield from _noted(file, _database(file, database, found))


def _noted(file: File, items: Iterable[Item | Skipped]) -> Iterator[Item | Skipped]:
    nothing = True
    for item in items:
        nothing = False
        yield item
    if nothing:
        yield Skipped(file.name, "holds no visits to web pages")


# ---- databases


def _database(file: File, database: Connection, browser: browsers.Browser) -> Iterator[Item | Skipped]:
    import sqlite3  # 8 ms

    found = 0
    try:
        for item in _pages(file, database.execute(browser.visits)):
            found += 1
            yield item
        if browser.name == "Firefox":
            yield from _bookmarks(file, database)
    except sqlite3.Error as error:
        if not found:
            raise Unreadable(_why(error), "Close the browser, copy the file again, and read the copy.") from error
        yield Skipped(file.name, f"{_why(error)}; the {found} pages before that were read")


def _why(error: Exception) -> str:
    text = str(error)
    if "no such" in text:
        return f"is not as this browser's history is known to be ({text})"
    if "interrupted" in text:
        return "takes too long to be asked"
    if "locked" in text:
        return "is locked by another program"
    return "is a damaged database"


def _bookmarks(file: File, database: Connection) -> Iterator[Item]:
    """Firefox' bookmarks. A tag is a folder there, with the page in it once more."""
    folders = {
        number: (parent, FIREFOX_FOLDERS.get(guid) or str(title or ""), guid)
        for number, parent, title, guid in database.execute(browsers.FOLDERS)
    }
    tags: dict[int, list[str]] = {}
    kept = []
    for url, title, parent, added, page in database.execute(browsers.BOOKMARKS):
        above, name, _ = folders.get(parent, (0, "", ""))
        if folders.get(above, (0, "", ""))[2] == "tags________":
            tags.setdefault(page, []).append(name)
        else:
            kept.append((str(url), str(title or ""), parent, str(added), page))
    bookmarks = Bookmarks(file)
    for url, title, parent, added, page in kept:
        path = tuple(_path(folders, parent))
        yield from bookmarks.items(Bookmark(url, title, path, added, "", tuple(tags.get(page, ()))))


def _path(folders: dict[int, tuple[int, str, str]], number: int) -> list[str]:
    """The names of a folder and those around it, outermost first; a damaged tree may go in circles."""
    path: list[str] = []
    while number in folders and folders[number][2] != "root________" and len(path) < 50:
        number, name, _ = folders[number]
        path.insert(0, name)
    return path


# ---- Takeout


def _takeout(values: Values) -> Iterator[Visit]:
    for _, value in values:
        if isinstance(value, dict) and isinstance(value.get("url"), str):
            try:
                seconds = float(value.get("time_usec") or 0) / 1e6
            except (TypeError, ValueError, OverflowError):
                seconds = 0.0
            yield value["url"], str(value.get("title") or ""), seconds


# ---- pages by day


@dataclass(slots=True)
class _Page:
    title: str
    last: datetime | None
    visits: int = 0


@dataclass(slots=True)
class _Day:
    day: date | None = None
    pages: dict[str, _Page] = field(default_factory=dict)


def _pages(file: File, visits: Iterable[Visit]) -> Iterator[Item]:
    """One Item for each page and day. The visits come in the order of time, forwards or backwards."""
    held = _Day()
    for url, title, seconds in visits:
        if not isinstance(url, str) or not on_the_web(url):
            continue
        moment = dates.at(seconds, file.zone) if isinstance(seconds, int | float) and seconds > 0 else None
        day = None if moment is None else moment.date()
        if day != held.day or len(held.pages) >= _MOST_PAGES:
            yield from _items(held)
            held = _Day(day)
        page = held.pages.setdefault(clean(url), _Page("", moment))
        page.visits += 1
        page.title = " ".join(str(title or "").split())[:_TITLE_CHARS] or page.title
        if moment is not None and (page.last is None or moment > page.last):
            page.last = moment
    yield from _items(held)


def _items(held: _Day) -> Iterator[Item]:
    for url, page in held.pages.items():
        text = f"{page.title}\n{url}" if page.title else url
        yield Item(
            kind="visit",
            text=text,
            segments=(Segment(0, len(text)),),
            local=f"{digest(url)}/{held.day or ''}",
            title=page.title or url,
            time=page.last,
            tags=("1 visit" if page.visits == 1 else f"{page.visits} visits",),
            line=0,
            trust="other",
            origin=ORIGIN,
        )
