"""Bookmarks of every browser: what is kept, in which folder, from when, and what no file may do."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.web import bookmarks
from tests.sources import making
from tests.sources.fuzzing import broken, survives

ADDED = datetime(2026, 5, 4, 8, tzinfo=UTC)
SECONDS = int(ADDED.timestamp())

NETSCAPE = f"""<!DOCTYPE NETSCAPE-Bookmark-file-1>
<!-- This is an automatically generated file.
     It will be read and overwritten.
     DO NOT EDIT! -->
<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">
<TITLE>Bookmarks</TITLE>
<H1>Bookmarks Menu</H1>

<DL><p>
    <DT><H3 ADD_DATE="1700000000" PERSONAL_TOOLBAR_FOLDER="true">Bookmarks bar</H3>
    <DL><p>
        <DT><H3>Recipes &amp; co</H3>
        <DL><p>
            <DT><A HREF="https://example.org/soup?a=1&amp;b=2" ADD_DATE="{SECONDS}" \
ICON="data:image/png;base64,iVBOR>w0" TAGS="soup,winter">Leek &lt;soup&gt;</A>
            <DD>Needs an hour
        </DL><p>
        <DT><A HREF="https://example.org/news" ADD_DATE="{SECONDS}000000">News</A>
    </DL><p>
    <DT><A HREF="javascript:alert(1)">Bookmarklet</A>
    <DT><A HREF="place:sort=8&amp;maxResults=10">Most Visited</A>
    <DT><A HREF="https://example.org/bare"></A>
</DL><p>
"""


def chrome() -> dict[str, Any]:
    webkit = str((SECONDS + 11_644_473_600) * 1_000_000)
    soup = {
        "date_added": webkit,
        "guid": "1",
        "id": "5",
        "name": "Soup",
        "type": "url",
        "url": "https://example.org/soup",
    }
    recipes = {"children": [soup], "date_added": webkit, "id": "4", "name": "Recipes", "type": "folder"}
    bar = {"children": [recipes], "id": "1", "name": "Bookmarks bar", "type": "folder"}
    other = {"children": [], "id": "2", "name": "Other bookmarks", "type": "folder"}
    return {"checksum": "0", "roots": {"bookmark_bar": bar, "other": other, "synced": other}, "version": 1}


def firefox() -> dict[str, Any]:
    def place(title: str, root: str, *children: dict[str, Any]) -> dict[str, Any]:
        kind = "text/x-moz-place-container"
        return {"guid": "g", "title": title, "typeCode": 2, "type": kind, "root": root, "children": list(children)}

    soup = {
        "guid": "s",
        "title": "Soup",
        "dateAdded": SECONDS * 1_000_000,
        "typeCode": 1,
        "tags": "winter,leek",
        "type": "text/x-moz-place",
        "uri": "https://example.org/soup",
        "annos": [{"name": "bookmarkProperties/description", "value": "Needs an hour"}],
    }
    tagged = place("winter", "", soup)
    return place("", "placesRoot", place("menu", "bookmarksMenuFolder", soup), place("tags", "tagsFolder", tagged))


def records(folder: Path, data: str | bytes, name: str = "bookmarks.html") -> list[Item | Skipped]:
    path = folder / name
    path.write_bytes(data if isinstance(data, bytes) else data.encode())
    return making.read(path)


def items(folder: Path, data: str | bytes, name: str = "bookmarks.html") -> list[Item]:
    found = records(folder, data, name)
    assert all(isinstance(record, Item) for record in found), found
    return [record for record in found if isinstance(record, Item)]


def test_the_html_that_browsers_export(tmp_path: Path) -> None:
    soup, news, bare = items(tmp_path, NETSCAPE)
    assert soup.text == "Leek <soup>\nhttps://example.org/soup?a=1&b=2\nTags: soup, winter\n\nNeeds an hour"
    assert (soup.kind, soup.origin, soup.trust, soup.title) == ("bookmark", "bookmark", "other", "Leek <soup>")
    assert (soup.thread, soup.tags, soup.time) == ("Bookmarks bar / Recipes & co", ("soup", "winter"), ADDED)
    assert (news.thread, news.time) == ("Bookmarks bar", ADDED)
    assert (bare.thread, bare.text, bare.time) == ("", "https://example.org/bare", None)


def test_chrome_s_own_file(tmp_path: Path) -> None:
    (soup,) = items(tmp_path, json.dumps(chrome(), indent=3), "Bookmarks")
    assert (soup.text, soup.thread, soup.time) == ("Soup\nhttps://example.org/soup", "Bookmarks bar / Recipes", ADDED)


def test_a_firefox_backup(tmp_path: Path) -> None:
    (soup,) = items(tmp_path, json.dumps(firefox()), "bookmarks-2026-05-31.json")
    assert soup.text == "Soup\nhttps://example.org/soup\nTags: winter, leek\n\nNeeds an hour"
    assert (soup.thread, soup.time) == ("Bookmarks Menu", ADDED)


def test_exported_again_the_bookmarks_have_the_same_ids(tmp_path: Path) -> None:
    more = NETSCAPE.replace("<DT><H3>Recipes", '<DT><A HREF="https://example.org/new">New</A>\n<DT><H3>Recipes')
    first = {item.local for item in items(tmp_path, NETSCAPE)}
    again = {item.local for item in items(tmp_path, more)}
    assert first < again
    assert len(again) == 4


def test_the_same_bookmark_twice_in_a_folder_is_one(tmp_path: Path) -> None:
    again = NETSCAPE.replace('<DT><A HREF="javascript:alert(1)">Bookmarklet', '<DT><A HREF="https://example.org/bare">')
    assert len(items(tmp_path, again)) == 3


def test_what_is_cut_short_gives_what_came_before(tmp_path: Path) -> None:
    *found, note = records(tmp_path, NETSCAPE[: NETSCAPE.index("News") + 4])
    assert len(found) == 2
    assert note == Skipped(
        str(tmp_path / "bookmarks.html"), "has no end and may be cut short; the 2 bookmarks that come before were read"
    )
    *found, note = records(tmp_path, json.dumps(chrome())[:-60], "Bookmarks")
    assert len(found) == 1
    assert isinstance(note, Skipped)
    assert "is damaged or cut short" in note.reason


def test_no_bookmarks(tmp_path: Path) -> None:
    assert making.reasons(_written(tmp_path, "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n<DL><p></DL>")) == [
        "holds no bookmarks"
    ]


def test_a_tree_that_is_too_large_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bookmarks, "LIMIT_BYTES", 100)
    with pytest.raises(Unreadable, match="larger than"):
        records(tmp_path, json.dumps(chrome()), "Bookmarks")


def test_deep_folders_and_endless_tags_end(tmp_path: Path) -> None:
    deep = "<DL><p><DT><H3>f</H3>" * 20_000 + '<DT><A HREF="https://example.org/x">X</A>'
    (found, _) = records(tmp_path, f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n{deep}")
    assert isinstance(found, Item)
    hostile = '<a "' * 100_000
    assert making.reasons(_written(tmp_path, f"<!DOCTYPE NETSCAPE-Bookmark-file-1>\n{hostile}")) == [
        "holds no bookmarks"
    ]


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("a.html", "<!DOCTYPE html><a href='https://x.example'>x</a>"),
        ("a.json", '{"roots": []}'),
        ("b.json", '{"children": []}'),
    ],
)
def test_other_files_are_left_alone(tmp_path: Path, name: str, data: str) -> None:
    (tmp_path / name).write_text(data)
    assert bookmarks.claims(sources.open_file(tmp_path / name)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.one_of(*(broken(text.encode()) for text in (NETSCAPE, json.dumps(chrome()), json.dumps(firefox())))))
def test_whatever_the_file_reading_ends_well(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "fuzz", data, (bookmarks,))


def _written(folder: Path, text: str) -> Path:
    path = folder / "bookmarks.html"
    path.write_text(text)
    return path
