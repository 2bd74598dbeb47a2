"""HTML: the words of a page, block by block."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path
from time import perf_counter

import pytest

from secondme import sources
from secondme.records import Item
from secondme.sources.web import html
from tests.sources import making

PAGE = """<!doctype html><html><head><meta charset="utf-8"><title> Booking &amp; more </title>
<meta property="article:published_time" content="2026-05-04T10:00:00Z"><style>p{}</style></head>
<body><nav><a href="/home">Home</a></nav><header>Site</header>
<article><header><h1>Your <em>booking</em></h1></header>
<p>Flight  TP 571<br>leaves
 at 9:40.</p><div>Seat <b>12</b>A<script>x()</script><span hidden>no</span><i style="display: none">no</i></div>
<h2>Luggage</h2>
<ul><li>one <b>bag</b><ul><li><p>small</p><p>soft</p></li></ul></li><li><input type=checkbox checked>checked</li></ul>
<table><caption>Prices</caption><tr><th>What</th><th>€</th></tr><tr><td>bag</td><td>30<br>net</td></tr></table>
<pre>
  a
   b</pre>
<h2>Empty</h2></article>
<a href="terms%20of%20use.html">t</a><footer>Imprint</footer><form><input value=x>Search</form></body></html>"""


def write(folder: Path, words: str | bytes, name: str = "page.html") -> Path:
    path = folder / name
    path.write_bytes(words.encode() if isinstance(words, str) else words)
    return path


def test_a_page_is_read_as_blocks(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PAGE))
    assert [(s.kind, s.heading, text) for s, text in zip(found.segments, making.said(found), strict=True)] == [
        ("prose", ("Your booking",), "Flight TP 571\nleaves at 9:40.\n\nSeat 12A"),
        ("list", ("Your booking", "Luggage"), "- one bag\n  - small\n    soft\n- [x] checked"),
        ("table", ("Your booking", "Luggage"), "Prices\nWhat | €\nbag | 30 net"),
        ("code", ("Your booking", "Luggage"), "  a\n   b"),
        ("prose", ("Your booking", "Empty"), "t"),
    ]
    assert (found.kind, found.title, found.links) == ("page", "Booking & more", ("/home", "terms of use.html"))
    assert found.time == datetime(2026, 5, 4, 10, tzinfo=UTC)


@pytest.mark.parametrize(
    ("head", "encoding"),
    [
        ("<meta charset=iso-8859-1>", "cp1252"),
        ('<?xml version="1.0" encoding="Shift_JIS"?>', "shift_jis"),
        ("<meta charset=base64>", "utf-8"),
        ("<meta charset=nonsense>", "utf-8"),
        ("", "utf-16"),
    ],
)
def test_the_charset_is_the_declared_one_if_it_is_one(tmp_path: Path, head: str, encoding: str) -> None:
    words = "明日 9:40" if encoding == "shift_jis" else "Café 9:40"
    assert making.item(write(tmp_path, f"{head}<p>{words}</p>".encode(encoding))).text == words


def test_tables_that_arrange_a_page_are_not_tables(tmp_path: Path) -> None:
    page = "<table><tr><td><h2>Hello</h2><p>words</p></td><td><ul><li>x</ul></td></table>"
    found = making.item(write(tmp_path, page))
    assert [(s.kind, s.heading) for s in found.segments] == [("prose", ("Hello",)), ("list", ("Hello",))]


def test_a_page_in_one_big_form_is_read(tmp_path: Path) -> None:
    assert making.item(write(tmp_path, "<form><p>All of it</p><script>x</script></form>")).text == "All of it"


def test_a_page_without_words_is_skipped(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, "<html><script>x</script></html>")) == ["holds no text"]


@pytest.mark.parametrize("tag", ["<b>", "<p><b>", "<svg>", "<ul><li>", "<table><td>"])
def test_deep_nesting_is_no_limit(tmp_path: Path, tag: str) -> None:
    entries = making.read(write(tmp_path, tag * 8_000 + "deep"))
    assert len(entries) == 1


def test_elements_beyond_all_depth_cost_their_tags_and_no_words(tmp_path: Path) -> None:
    begun = perf_counter()
    found = making.item(write(tmp_path, "<div>" * 100_000 + "deep<p>words</p>"))
    assert found.text.split() == ["deep", "words"]
    assert perf_counter() - begun < 8  # without the limit 14 s


def test_the_items_of_a_numbered_list_have_their_numbers(tmp_path: Path) -> None:
    page = (
        "<ol start=3><li>boil<ul><li>salt</li></ul></li><li>pour<ol><li>slowly</li></ol></li></ol><ul><li>eat</li></ul>"
    )
    found = making.item(write(tmp_path, f"<html><body>{page}</body></html>"))
    assert making.said(found) == ["3. boil\n  - salt\n4. pour\n  1. slowly", "- eat"]


def test_a_day_without_a_zone_is_the_owner_s(tmp_path: Path) -> None:
    far = timezone(timedelta(hours=9))
    named = write(tmp_path, "<html><body>words</body></html>", "2026-05-04 10.15.00 page.html")
    dated = write(tmp_path, '<html><head><meta name="date" content="2026-05-04T10:15"></head><body>words</body></html>')
    for path in (named, dated):
        (found,) = html.read(sources.open_file(path, zone=far))
        assert isinstance(found, Item)
        assert (found.time, found.zoned) == (datetime(2026, 5, 4, 10, 15, tzinfo=far), False)
    (zoned,) = html.read(sources.open_file(write(tmp_path, PAGE), zone=far))
    assert isinstance(zoned, Item)
    assert zoned.zoned
