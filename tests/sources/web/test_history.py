"""What was visited: the databases of the three browsers, Takeout, which addresses are kept, and what no file may do."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.web import browsers, history
from secondme.sources.web.weburls import clean
from tests.sources import making
from tests.sources.fuzzing import broken, survives

MORNING = datetime(2026, 5, 4, 8, tzinfo=UTC).timestamp()
HOUR, DAY = 3600, 86400
# page, seconds since 1970
VISITS = ((1, MORNING), (2, MORNING + HOUR), (1, MORNING + 2 * HOUR), (1, MORNING + DAY), (3, MORNING), (4, MORNING))
PAGES = (
    (1, "https://example.org/soup?utm_source=mail&id=7", "Leek soup"),
    (2, "https://example.org/news", None),
    (3, "chrome://settings/", "Settings"),
    (4, "file:///home/anna/secret.pdf", "secret.pdf"),
)


def firefox(path: Path) -> Path:
    """places.sqlite, as Firefox 115 makes it, without the columns that nobody asks for."""
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE moz_places (id INTEGER PRIMARY KEY, url LONGVARCHAR, title LONGVARCHAR,"
            " hidden INTEGER DEFAULT 0);"
            "CREATE TABLE moz_historyvisits (id INTEGER PRIMARY KEY, from_visit INTEGER, place_id INTEGER,"
            " visit_date INTEGER, visit_type INTEGER);"
            "CREATE TABLE moz_bookmarks (id INTEGER PRIMARY KEY, type INTEGER, fk INTEGER, parent INTEGER,"
            " position INTEGER, title LONGVARCHAR, dateAdded INTEGER, guid TEXT);"
        )
        database.executemany("INSERT INTO moz_places (id, url, title) VALUES (?, ?, ?)", PAGES)
        rows = [(page, int(seconds * 1e6), 1) for page, seconds in VISITS]
        rows.append((2, int((MORNING + HOUR) * 1e6), 8))  # a frame
        database.executemany("INSERT INTO moz_historyvisits (place_id, visit_date, visit_type) VALUES (?, ?, ?)", rows)
        database.executemany(
            "INSERT INTO moz_bookmarks (id, type, fk, parent, title, dateAdded, guid) VALUES (?, ?, ?, ?, ?, ?, ?)",
            [
                (1, 2, None, 0, "", 0, "root________"),
                (2, 2, None, 1, "menu", 0, "menu________"),
                (4, 2, None, 1, "tags", 0, "tags________"),
                (5, 2, None, 2, "Recipes", 0, "abcdefghijkl"),
                (6, 1, 1, 5, "Soup!", int(MORNING * 1e6), "mnopqrstuvwx"),
                (7, 2, None, 4, "winter", 0, "abcdefghijk2"),
                (8, 1, 1, 7, None, int(MORNING * 1e6), "mnopqrstuvw2"),
            ],
        )
    database.close()
    return path


def chrome(path: Path) -> Path:
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE urls(id INTEGER PRIMARY KEY AUTOINCREMENT,url LONGVARCHAR,title LONGVARCHAR,"
            " visit_count INTEGER DEFAULT 0 NOT NULL,hidden INTEGER DEFAULT 0 NOT NULL);"
            "CREATE TABLE visits(id INTEGER PRIMARY KEY AUTOINCREMENT,url INTEGER NOT NULL,visit_time INTEGER NOT NULL,"
            " transition INTEGER DEFAULT 0 NOT NULL);"
        )
        database.executemany("INSERT INTO urls (id, url, title) VALUES (?, ?, ?)", PAGES)
        rows = [(page, int((seconds + 11_644_473_600) * 1e6), 805306368) for page, seconds in VISITS]
        rows.append((2, int((MORNING + 11_644_473_600) * 1e6), 3))  # a frame
        database.executemany("INSERT INTO visits (url, visit_time, transition) VALUES (?, ?, ?)", rows)
    database.close()
    return path


def safari(path: Path) -> Path:
    with sqlite3.connect(path) as database:
        database.executescript(
            "CREATE TABLE history_items (id INTEGER PRIMARY KEY AUTOINCREMENT,url TEXT NOT NULL UNIQUE);"
            "CREATE TABLE history_visits (id INTEGER PRIMARY KEY AUTOINCREMENT,history_item INTEGER NOT NULL,"
            " visit_time REAL NOT NULL,title TEXT NULL);"
        )
        database.executemany("INSERT INTO history_items (id, url) VALUES (?, ?)", [page[:2] for page in PAGES])
        titles = {page: title for page, _, title in PAGES}
        rows = [(page, seconds - 978_307_200, titles[page]) for page, seconds in VISITS]
        database.executemany("INSERT INTO history_visits (history_item, visit_time, title) VALUES (?, ?, ?)", rows)
    database.close()
    return path


def takeout(path: Path) -> Path:
    pages = {page: (url, title) for page, url, title in PAGES}
    entries = [
        {"page_transition": "LINK", "title": pages[page][1], "url": pages[page][0], "time_usec": int(seconds * 1e6)}
        for page, seconds in sorted(VISITS, key=lambda visit: -visit[1])
    ]
    path.write_text(json.dumps({"Browser History": entries}))
    return path


MADE = {"places.sqlite": firefox, "History": chrome, "History.db": safari, "BrowserHistory.json": takeout}


def visits(records: Iterable[Item | Skipped]) -> list[Item]:
    return [record for record in records if isinstance(record, Item) and record.kind == "visit"]


def read(path: Path) -> list[Item | Skipped]:
    return list(history.read(replace(sources.open_file(path), zone=UTC)))


@pytest.mark.parametrize("name", MADE)
def test_each_page_once_a_day(tmp_path: Path, name: str) -> None:
    found = sorted(visits(read(MADE[name](tmp_path / name))), key=lambda item: item.time or datetime.min)
    assert [(item.text, item.time, item.tags) for item in found] == [
        ("https://example.org/news", datetime(2026, 5, 4, 9, tzinfo=UTC), ("1 visit",)),
        ("Leek soup\nhttps://example.org/soup?id=7", datetime(2026, 5, 4, 10, tzinfo=UTC), ("2 visits",)),
        ("Leek soup\nhttps://example.org/soup?id=7", datetime(2026, 5, 5, 8, tzinfo=UTC), ("1 visit",)),
    ]
    assert len({item.local for item in found}) == 3
    assert {(item.origin, item.trust, item.zoned) for item in found} == {("visit", "other", True)}


def test_every_browser_gives_the_same_page_the_same_id(tmp_path: Path) -> None:
    ids = [sorted(item.local for item in visits(read(make(tmp_path / name)))) for name, make in MADE.items()]
    assert all(found == ids[0] for found in ids)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("places.sqlite", "has the tables of Firefox's history"),
        ("History", "has the tables of Chrome's history"),
        ("History.db", "has the tables of Safari's history"),
        ("BrowserHistory.json", "has the keys of Google's browser history"),
    ],
)
def test_a_history_is_known_by_what_is_in_it(tmp_path: Path, name: str, reason: str) -> None:
    path = MADE[name](tmp_path / "copy.bin")
    assert sources.reader_for(sources.open_file(path)) == (history, reason)


def test_other_databases_are_left_alone(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.sqlite") as database:
        database.execute("CREATE TABLE urls (id INTEGER)")
        database.execute("CREATE VIEW visits AS SELECT 1 AS url")
    database.close()
    assert history.claims(sources.open_file(tmp_path / "a.sqlite")) is None


def test_firefox_s_bookmarks_come_with_their_folders_and_tags(tmp_path: Path) -> None:
    (found,) = (r for r in read(firefox(tmp_path / "p.sqlite")) if isinstance(r, Item) and r.kind == "bookmark")
    assert found.text == "Soup!\nhttps://example.org/soup?utm_source=mail&id=7\nTags: winter"
    assert (found.thread, found.time) == ("Bookmarks Menu / Recipes", datetime(2026, 5, 4, 8, tzinfo=UTC))


def test_what_a_running_browser_has_not_written_back_is_read(tmp_path: Path) -> None:
    path = chrome(tmp_path / "History")
    running = sqlite3.connect(path)
    running.execute("PRAGMA journal_mode = wal")
    running.execute("INSERT INTO urls (id, url, title) VALUES (9, 'https://example.org/now', 'Now')")
    moment = int((MORNING + 2 * DAY + 11_644_473_600) * 1e6)
    running.execute("INSERT INTO visits (url, visit_time) VALUES (9, ?)", (moment,))
    running.commit()
    running.execute("BEGIN EXCLUSIVE")
    before = path.read_bytes()
    try:
        assert "Now" in [item.title for item in visits(read(path))]
        assert path.read_bytes() == before
    finally:
        running.close()


def test_a_damaged_database_gives_what_can_be_read(tmp_path: Path) -> None:
    data = bytearray(chrome(tmp_path / "History").read_bytes())
    (tmp_path / "cut").write_bytes(data[:5000])
    with pytest.raises(Unreadable, match="damaged database"):
        read(tmp_path / "cut")
    (tmp_path / "magic").write_bytes(browsers.MAGIC + b"CREATE TABLE urls CREATE TABLE visits " * 30)
    with pytest.raises(Unreadable, match=r"damaged database|not as this browser"):
        read(tmp_path / "magic")


def test_a_database_of_another_version_says_so(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "History") as database:
        database.executescript("CREATE TABLE urls (id INTEGER); CREATE TABLE visits (id INTEGER);")
    database.close()
    with pytest.raises(Unreadable, match="not as this browser's history is known to be"):
        read(tmp_path / "History")


def test_an_empty_history_and_one_that_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = chrome(tmp_path / "History")
    database = sqlite3.connect(path)
    database.execute("DELETE FROM visits")
    database.commit()
    database.close()
    assert making.reasons(path) == ["holds no visits to web pages"]
    monkeypatch.setattr(browsers, "LIMIT_BYTES", 100)
    with pytest.raises(Unreadable, match="larger than the 2 GB"):
        read(path)


def test_impossible_times_cost_the_time_alone(tmp_path: Path) -> None:
    path = firefox(tmp_path / "p.sqlite")
    database = sqlite3.connect(path)
    database.execute("UPDATE moz_historyvisits SET visit_date = CASE id % 3 WHEN 0 THEN 9e18 WHEN 1 THEN 'x' END")
    database.commit()
    database.close()
    found = visits(read(path))
    assert found
    assert all(item.time is None for item in found)


def test_a_takeout_that_is_cut_short(tmp_path: Path) -> None:
    path = takeout(tmp_path / "a.json")
    path.write_text(path.read_text()[:-30])
    found = read(path)
    assert visits(found)
    assert isinstance(found[-1], Skipped)


@pytest.mark.parametrize(
    ("url", "kept"),
    [
        ("https://Example.org/a?utm_source=x&q=leek+soup&fbclid=1#part", "https://example.org/a?q=leek+soup#part"),
        ("https://anna:pw@example.org/", "https://example.org/"),
        ("https://example.org/r?access_token=abc&page=2&code=99", "https://example.org/r?page=2"),
        ("https://example.org/cb#access_token=abc&state=1", "https://example.org/cb"),
        ("https://example.org/?a=1&b=" + "x" * 300, "https://example.org/?a=1"),
        ("https://[broken/path?token=1", "https://[broken/path"),
    ],
)
def test_addresses_lose_what_tracks_and_what_lets_in(url: str, kept: str) -> None:
    assert clean(url) == kept


@pytest.fixture(scope="module")
def database_bytes(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return firefox(tmp_path_factory.mktemp("history") / "places.sqlite").read_bytes()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_whatever_the_file_reading_ends_well(tmp_path: Path, database_bytes: bytes, data: st.DataObject) -> None:
    survives(tmp_path / "fuzz", data.draw(broken(database_bytes)), (history,))
