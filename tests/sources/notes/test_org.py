"""Org files: the text stays what it is, and segments say what belongs together."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from secondme.records import Item
from secondme.sources.documents import text
from secondme.sources.notes import org
from tests.sources import making
from tests.sources.fuzzing import broken, survives

PLAN = """\
:PROPERTIES:
:ID:       20230115T101500.123
:END:
#+title: Garden plan
#+date: [2023-01-15 Sun 10:15]
#+filetags: :home:garden:
# a comment
Intro with [[id:abc-def][Tomatoes]] and [[file:notes/x.org::*Head][x]], see [[https://example.org][web]].

* TODO [#A] Buy *seeds*                                     :shop:urgent:
SCHEDULED: <2023-01-20 Fri> DEADLINE: <2023-01-22 Sun>
:PROPERTIES:
:CREATED: [2023-01-01]
:END:
:LOGBOOK:
- State "TODO" from [2023-01-01]
:END:
- tomato
  - cherry
- bean

  with a second paragraph
** Prices [[file:p.org][list]]
| what | cost |
|------+------|
| seed | 3    |
#+TBLFM: $2=1
#+BEGIN_SRC python :results output
x = 1

* no heading
#+END_SRC
#+RESULTS:
: 42
#+begin_quote
Plant early.
#+end_quote
#+begin_comment
Nobody reads this.
#+end_comment
-----
After the rule.

*Bold* is no heading.
* Empty heading
"""


def write(folder: Path, content: str, name: str = "plan.org") -> Path:
    path = folder / name
    path.write_bytes(content.encode())
    return path


def test_an_org_file_is_read_by_its_lines(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PLAN))
    todo, prices = ("TODO Buy *seeds*",), ("TODO Buy *seeds*", "Prices list")
    assert found.text == PLAN
    assert [(s.kind, s.heading, said) for s, said in zip(found.segments, making.said(found), strict=True)] == [
        ("prose", (), PLAN.split("\n")[7]),
        ("field", todo, "SCHEDULED: <2023-01-20 Fri> DEADLINE: <2023-01-22 Sun>"),
        ("list", todo, "- tomato\n  - cherry\n- bean\n\n  with a second paragraph"),
        ("table", prices, "| what | cost |\n|------+------|\n| seed | 3    |"),
        ("code", prices, "x = 1\n\n* no heading"),
        ("code", prices, ": 42"),
        ("quoted", prices, "Plant early."),
        ("prose", prices, "After the rule.\n\n*Bold* is no heading."),
        ("prose", (), "* Empty heading"),
    ]


def test_title_time_tags_links_and_id_are_the_file_s_own(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PLAN))
    assert (found.title, found.origin, found.local) == ("Garden plan", "org", "20230115T101500.123")
    assert (found.time, found.zoned) == (datetime(2023, 1, 15, 10, 15).astimezone(), False)
    assert found.tags == ("home", "garden", "shop", "urgent")
    assert found.links == ("id:abc-def", "notes/x.org", "p.org")


def test_a_file_without_any_of_that_is_its_name_and_path(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "Some words\r\n* Head\r\nmore\r\n", "2024-03-01 walk.org"))
    assert (found.title, found.origin, found.local) == ("2024-03-01 walk", "", "")
    assert found.time == datetime(2024, 3, 1).astimezone()
    assert [s.heading for s in found.segments] == [(), ("Head",)]


def test_a_large_file_comes_in_parts_under_its_headings(tmp_path: Path) -> None:
    content = PLAN + "** Deep\n" + "word and word\n\n" * 10_000
    parts = [r for r in making.read(write(tmp_path, content)) if isinstance(r, Item)]
    assert "".join(part.text for part in parts) == content
    assert [p.local for p in parts[:2]] == ["20230115T101500.123/part-0001", "20230115T101500.123/part-0002"]
    assert {s.heading for s in parts[-1].segments} == {("Empty heading", "Deep")}
    assert [p.line for p in parts] == [1 + content.count("\n", 0, p.base) for p in parts]
    assert {p.title for p in parts} == {"Garden plan"}


def test_an_impossible_date_is_no_date(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "#+date: [2023-02-31]\nx\n"))
    assert found.time is not None
    assert found.time.year >= 2024  # the file's own


def test_a_file_of_nothing_but_drawers_holds_no_text(tmp_path: Path) -> None:
    records = making.read(write(tmp_path, ":PROPERTIES:\n:ID: x\n:END:\n# comment\n"))
    assert records[-1].reason == "holds no text"  # type: ignore[union-attr]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(PLAN.encode()))
def test_broken_files_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.org", data, (org, text))
