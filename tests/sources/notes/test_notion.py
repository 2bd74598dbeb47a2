"""Notion: the page's own id, its properties, and each table once."""

from __future__ import annotations

import io
import zipfile
from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.records import Item
from secondme.sources.notes import notion
from secondme.sources.order import READERS
from tests.sources import fuzzing, making

PAGE_ID = "0f1e2d3c4b5a69788796a5b4c3d2e1f0"
TABLE_ID = "aaaabbbbccccddddeeeeffff00001111"
PAGE = f"""# Lisbon trip

Status: In progress
Tags: travel, two words
Created: May 4, 2026 10:15 AM
Empty:

Book the tickets: today.

See [Packing](Lisbon%20trip/Packing%20{TABLE_ID}.md) and [the web](https://example.org).

- [ ] passport
"""
HTML = f"""<html><head><meta http-equiv="Content-Type" content="text/html; charset=utf-8"/><title>Lisbon trip</title>
<style>body {{ color: red }}</style></head><body><article id="0f1e2d3c-4b5a-6978-8796-a5b4c3d2e1f0" class="page sans">
<header><h1 class="page-title">Lisbon trip</h1><table class="properties"><tbody>
<tr class="property-row property-row-created_time"><th><span></span>Created</th><td><time>@May 4, 2026 10:15 AM
</time></td></tr><tr class="property-row property-row-status"><th>Status</th><td>Done</td></tr></tbody></table></header>
<div class="page-body"><p>Book the tickets.</p><p><a href="Lisbon%20trip/Packing%20{TABLE_ID}.html">Packing</a></p>
</div></article></body></html>"""
ROWS = '\ufeffName,Status,Due\nPassport,Done,"May 4, 2026"\nTickets,Open,\n'


def write(folder: Path, words: str, name: str = f"Lisbon trip {PAGE_ID}.md") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / name
    path.write_text(words, encoding="utf-8")
    return path


def test_a_page_with_its_properties(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PAGE))
    assert (found.kind, found.title, found.origin, found.local) == ("note", "Lisbon trip", "notion", PAGE_ID)
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, 10, 15).astimezone(), False)
    assert (found.tags, found.links) == (("travel", "two words"), ("Lisbon trip/Packing",))
    kinds = [(s.kind, text) for s, text in zip(found.segments, making.said(found), strict=True)]
    assert kinds == [
        ("field", PAGE[PAGE.index("Status") : PAGE.index("\n\nBook")]),
        ("prose", PAGE[PAGE.index("Book") : PAGE.index("\n\n- [ ]")]),
        ("list", "- [ ] passport"),
    ]


def test_prose_under_the_heading_is_no_property(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "# Plan\n\nNote: call Ana.\nThen leave.\n\nMore.\n"))
    assert [s.kind for s in found.segments] == ["prose"]


def test_the_same_page_in_html_and_next_month(tmp_path: Path) -> None:
    html = making.item(write(tmp_path, HTML, f"Lisbon trip {PAGE_ID}.html"))
    assert (html.kind, html.title, html.origin, html.local) == ("note", "Lisbon trip", "notion", PAGE_ID)
    assert html.time == datetime(2026, 5, 4, 10, 15).astimezone()
    assert html.links == ("Lisbon trip/Packing",)
    moved = making.item(write(tmp_path / "Archive", PAGE.replace("Lisbon", "Porto"), f"Porto trip {PAGE_ID}.md"))
    assert (moved.origin, moved.local, moved.title) == ("notion", PAGE_ID, "Porto trip")


def test_boxes_and_values_that_html_only_shows_are_spelled_out(tmp_path: Path) -> None:
    tags = '<span class="selected-value x">home office</span><span class="selected-value y">coffee &amp; tea</span>'
    boxes = "".join(
        f'<ul class="to-do-list"><li><div class="checkbox checkbox-{state}"></div> <span>{text}</span></li></ul>'
        for state, text in (("on", "passport"), ("off", "tickets"))
    )
    kind = "property-row property-row-multi_select"
    row = f'<tr class="{kind}"><th><span class="icon"></span>Tags</th><td>{tags}</td></tr>'
    page = HTML.replace("<p>Book the tickets.</p>", boxes).replace("</tbody>", f"{row}</tbody>")
    found = making.item(write(tmp_path, page, f"Lisbon trip {PAGE_ID}.html"))
    assert found.tags == ("home office", "coffee & tea")
    assert "Tags | home office, coffee & tea" in found.text
    assert "- [x] passport\n\n- [ ] tickets" in found.text


def test_a_page_without_a_name_or_a_heading(tmp_path: Path) -> None:
    assert making.item(write(tmp_path, "words\n", f"Untitled {PAGE_ID}.md")).title == "Untitled"
    assert making.item(write(tmp_path, "words\n", f"My trip {TABLE_ID}.md")).title == "My trip"
    bare = write(tmp_path, "words\n", f"{PAGE_ID}.md")
    assert notion.claims(making.sources.open_file(bare)) is None, "a digest is anybody's name"


def test_of_a_database_s_two_tables_one_is_read(tmp_path: Path) -> None:
    every = write(tmp_path, ROWS, f"Packing {TABLE_ID}_all.csv")
    part = write(tmp_path, ROWS, f"Packing {TABLE_ID}.csv")
    assert making.read(part) == []
    found = making.item(every)
    assert (found.title, found.origin, found.local) == ("Packing", "notion", TABLE_ID)
    assert making.said(found) == ["Name: Passport; Status: Done; Due: May 4, 2026", "Name: Tickets; Status: Open"]
    every.unlink()
    assert making.item(part).local == TABLE_ID


def test_an_export_as_it_is_downloaded(tmp_path: Path) -> None:
    inner = io.BytesIO()
    with zipfile.ZipFile(inner, "w") as writing:
        writing.writestr(f"Lisbon trip {PAGE_ID}.md", PAGE)
        writing.writestr(f"Lisbon trip/Packing {TABLE_ID}.csv", ROWS)
        writing.writestr(f"Lisbon trip/Packing {TABLE_ID}_all.csv", ROWS)
    with zipfile.ZipFile(tmp_path / "export.zip", "w") as writing:
        writing.writestr("Export-1234-Part-1.zip", inner.getvalue())
    found = making.read(tmp_path / "export.zip")
    assert all(isinstance(record, Item) for record in found)
    assert [(r.origin, r.local) for r in found if isinstance(r, Item)] == [("notion", PAGE_ID), ("notion", TABLE_ID)]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    made=st.one_of(
        *(st.tuples(st.just(suffix), fuzzing.broken(words.encode())) for suffix, words in
          ((".md", PAGE), (".html", HTML), (".csv", ROWS)))
    )
)  # fmt: skip
def test_broken_pages_are_survived(tmp_path: Path, made: tuple[str, bytes]) -> None:
    suffix, data = made
    fuzzing.survives(tmp_path / f"Trip {PAGE_ID}{suffix}", data, READERS)
