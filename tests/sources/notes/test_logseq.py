"""Logseq: a graph's Markdown, and its JSON export."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.documents import text
from secondme.sources.notes import logseq
from tests.sources import making
from tests.sources.fuzzing import broken, survives

DAY = """\
- Met [[Anna Berg]] about the #garden
  id:: 63c3e0f2-1111-4222-8333-123456789abc
\t- TODO Buy seeds
\t  :LOGBOOK:
\t  CLOCK: [2023-01-15 Sun 10:15:00]--[2023-01-15 Sun 10:20:00] =>  00:05:00
\t  :END:
\t- DONE Call her back
\t  collapsed:: true
\t- see ((63c3e0f2-1111-4222-8333-123456789abd))
- {{query (todo todo)}}
- #+BEGIN_QUERY
  {:title "x"}
  #+END_QUERY
- Slept well
"""


def graph(folder: Path, name: str, content: str) -> Path:
    for inside in ("logseq", "pages", "journals"):
        (folder / inside).mkdir(exist_ok=True)
    (folder / "logseq" / "config.edn").write_text("{:meta/version 1}")
    path = folder / name
    path.write_text(content)
    return path


def export(*pages: Any) -> str:
    return json.dumps({"version": 1, "blocks": list(pages)})


def page(name: str, *children: Any, **properties: Any) -> dict[str, Any]:
    return {"id": "63c3e0f2", "page-name": name, "properties": properties or None, "children": list(children)}


def block(content: str, *children: Any) -> dict[str, Any]:
    return {"id": "63c3e0f3", "format": "markdown", "content": content, "children": list(children)}


def test_what_logseq_writes_for_itself_is_in_no_segment(tmp_path: Path) -> None:
    found = making.item(graph(tmp_path, "journals/2023_01_15.md", DAY))
    assert found.text == DAY
    assert making.said(found) == [
        "- Met [[Anna Berg]] about the #garden",
        "- TODO Buy seeds",
        "- DONE Call her back",
        "- see ((63c3e0f2-1111-4222-8333-123456789abd))",
        "- Slept well",
    ]
    assert (found.title, found.time, found.zoned) == ("2023-01-15", datetime(2023, 1, 15).astimezone(), False)
    assert (found.tags, found.links) == (("garden",), ("Anna Berg",))


def test_a_page_has_its_properties(tmp_path: Path) -> None:
    content = "title:: Tomatoes\ntags:: garden, [[food]]\n\n- ## Sowing\n\t- In March\n"
    path = graph(tmp_path, "pages/plants___Tomato.md", content)
    found = making.item(path)
    assert (found.title, found.tags) == ("Tomatoes", ("garden", "food"))
    path.write_text("- In March\n")
    assert making.item(path).title == "plants/Tomato"


def test_markdown_is_claimed_only_with_a_reason(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    for content, claimed in (
        (DAY, "has the properties that Logseq gives blocks"),
        ("# Title\n\n- a list\n- id: 3\n", None),
    ):
        path.write_text(content)
        assert logseq.claims(making.sources.open_file(path)) == claimed
    plain = graph(tmp_path, "pages/a.md", "- x\n")
    assert logseq.claims(making.sources.open_file(plain)) == "lies in a Logseq graph"


def test_a_page_of_the_export_is_an_outline(tmp_path: Path) -> None:
    path = tmp_path / "graph.json"
    met = block("Met [[Anna]]\nid:: 63c3e0f2-1111-4222-8333-123456789abc", block("TODO Buy seeds #green"))
    path.write_text(export(page("Jan 15th, 2023", met, block("## Later"), tags=["diary"]), page("Empty")))
    found = making.item(path)
    assert making.said(found) == ["- Met [[Anna]]\n  - TODO Buy seeds #green", "Later"]
    assert (found.time, found.zoned) == (datetime(2023, 1, 15).astimezone(), False)
    assert (found.origin, found.local, found.tags) == ("logseq", "jan 15th, 2023", ("diary", "green"))


def test_the_same_page_in_a_later_export_has_the_same_identity(tmp_path: Path) -> None:
    first, later = tmp_path / "a.json", tmp_path / "b.json"
    first.write_text(export(page("Garden", block("x"))))
    later.write_text(export(page("New", block("y")), page("Garden", block("x"))))
    _, again = making.read(later)
    assert isinstance(again, Item)
    assert again.local == making.item(first).local


def test_a_damaged_page_costs_only_itself_and_a_cut_export_what_is_after_the_cut(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text(export(page("A", block("x")), 3, page("B", block("y"))))
    records = making.read(path)
    assert [r.title for r in records if isinstance(r, Item)] == ["A", "B"]
    assert [r.reason for r in records if isinstance(r, Skipped)] == ["page 2 was left out: it is damaged"]
    path.write_text(export(page("A", block("x")), page("B", block("y")))[:-20])
    assert making.reasons(path) == ["breaks off in the middle; what comes before that was read"]
    path.write_text(export(page("A", block("x")))[:-30])
    with pytest.raises(Unreadable):
        making.read(path)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(DAY.encode()))
def test_broken_pages_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.md", data, (logseq, text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(export(page("A", block("x #t", block("## y"))), page("B", block("z"))).encode()))
def test_broken_exports_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.json", data, (logseq, text))
