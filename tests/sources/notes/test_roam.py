"""Roam's JSON export: outlines, references, tables, daily pages."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import jsonvalues
from secondme.sources.documents import text
from secondme.sources.notes import roam
from secondme.sources.notes.roammarks import Marks
from tests.sources import making
from tests.sources.fuzzing import broken, survives


def block(string: str, *children: Any, uid: str = "", **more: Any) -> dict[str, Any]:
    made: dict[str, Any] = {"string": string, "uid": uid or f"u{abs(hash(string)) % 10**8:08}", **more}
    return {**made, "children": list(children)} if children else made


def page(title: str, *children: Any, uid: str = "pagepage1") -> dict[str, Any]:
    return {"create-time": 1614356902401, "title": title, "children": list(children), "uid": uid, "edit-time": 1}


def write(folder: Path, *pages: Any, name: str = "graph.json") -> Path:
    path = folder / name
    path.write_text(json.dumps(list(pages)))
    return path


GARDEN = page(
    "Garden",
    block("Author:: [[Anna Berg]]"),
    block("Beds", block("__north__ of the ^^house^^", block("deeper #soil #[[raised bed]]")), block("south")),
    block("Later", block("{{[[TODO]]}} Buy seeds"), block("{{[[DONE]]}} Dig"), heading=2),
    block("{{[[query]]: {and: [[TODO]] {not: [[x]]}}}}"),
    block("```python\nx = 1```"),
)


def test_a_page_is_an_outline_with_its_headings_fields_and_code(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, GARDEN))
    assert (found.title, found.local, found.origin, found.part) == ("Garden", "pagepage1", "roam", "Garden")
    assert found.time == datetime(2021, 2, 26, 16, 28, 22, 401000, UTC)
    assert (found.tags, found.links) == (("soil", "raised bed"), ("Anna Berg", "raised bed"))
    assert [(s.kind, s.heading) for s in found.segments] == [
        ("field", ()),
        ("list", ()),
        ("prose", ("Later",)),
        ("code", ("Later",)),
    ]
    assert making.said(found) == [
        "Author:: [[Anna Berg]]",
        "- Beds\n  - *north* of the ==house==\n    - deeper #soil #[[raised bed]]\n  - south",
        "[ ] Buy seeds\n\n[x] Dig",
        "x = 1",
    ]


def test_references_become_the_words_they_refer_to(tmp_path: Path) -> None:
    source = page("Source", block("The turning point", uid="blk-turn"), block("sees ((blk-turn))", uid="blk-sees"))
    quoting = page(
        "Quoting",
        block("so: ((blk-sees)). [alias](((blk-turn))) ((an aside)) ((nosuchblk))"),
        block("{{[[embed]]: ((blk-turn))}} {{embed: [[Source]]}}"),
        block("`((blk-turn))`"),
        uid="pagepage2",
    )
    _, found = making.read(write(tmp_path, source, quoting))
    assert isinstance(found, Item)
    assert found.text.split("\n\n") == [
        "so: sees The turning point. alias ((an aside))",
        "The turning point [[Source]]",
        "`((blk-turn))`",
    ]


def test_references_in_a_circle_and_references_that_multiply_end() -> None:
    circle = Marks({"a": "one ((b))", "b": "two ((a))"})
    assert circle.plain("see ((a))") == "see one two"
    growing = Marks(
        {name: f"(({following}))" * 300 for name, following in zip("abcd", "bcde", strict=True)} | {"e": "x" * 4000}
    )
    assert len(growing.plain("((a))" * 300)) < 200_000


def test_a_table_is_a_table(tmp_path: Path) -> None:
    rows = block("Kind", block("Name")), block("Fruit", block("Apple"), block("Pear")), block("Root")
    found = making.item(write(tmp_path, page("T", block("Prices", block("{{[[table]]}}", *rows)))))
    assert making.said(found) == ["- Prices", "Kind | Name\nFruit | Apple\n | Pear\nRoot"]
    assert found.segments[1].kind == "table"


def test_a_daily_page_has_its_day_and_an_empty_page_is_nothing(tmp_path: Path) -> None:
    records = making.read(
        write(tmp_path, page("February 1st, 2021", block("x")), page("Empty"), page("Only", block(" ")))
    )
    (found,) = records
    assert isinstance(found, Item)
    assert (found.time, found.zoned) == (datetime(2021, 2, 1).astimezone(), False)


def test_the_same_page_in_a_later_export_has_the_same_identity(tmp_path: Path) -> None:
    first = making.item(write(tmp_path, GARDEN))
    _, again = making.read(write(tmp_path, page("New", block("x"), uid="newnewnew"), GARDEN, name="later.json"))
    assert isinstance(again, Item)
    assert (again.origin, again.local) == (first.origin, first.local)


def test_a_damaged_page_costs_only_itself(tmp_path: Path) -> None:
    records = making.read(write(tmp_path, GARDEN, 7, None, page("B", block("x"), "no block", {"string": 3})))
    assert [r.title for r in records if isinstance(r, Item)] == ["Garden", "B"]
    assert [r.reason for r in records if isinstance(r, Skipped)] == [
        "2 pages were left out, the first of them page 2: each is damaged"
    ]


def test_a_cut_export_gives_what_comes_before_the_cut(tmp_path: Path) -> None:
    path = write(tmp_path, GARDEN, page("B", block("x")))
    path.write_bytes(path.read_bytes()[:-30])
    first, cut = making.read(path)
    assert isinstance(first, Item)
    assert cut == Skipped(str(path), "breaks off in the middle; what comes before that was read")
    path.write_bytes(path.read_bytes()[:200])
    with pytest.raises(Unreadable, match="breaks off"):
        making.read(path)


def test_outlines_as_deep_as_a_file_can_write_them_are_left_out(tmp_path: Path) -> None:
    path = tmp_path / "deep.json"
    bomb = '{"string":"x","uid":"y","children":[' * 20_000 + "]}" * 20_000
    path.write_text(f'[{json.dumps(GARDEN)},{{"title":"Deep","uid":"d","children":[{bomb}]}}]')
    first, left = making.read(path)
    assert isinstance(first, Item)
    assert isinstance(left, Skipped)
    assert "nested more than" in left.reason


def test_a_page_of_any_size_does_not_fill_the_memory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jsonvalues, "LIMIT_CHARS", 500)
    records = making.read(write(tmp_path, page("Small", block("x")), page("Large", *[block("y" * 50)] * 20)))
    assert getattr(records[0], "title", "") == "Small"
    assert "larger than 64 MB" in records[1].reason  # type: ignore[union-attr]


@pytest.mark.parametrize(
    "data", ['[{"title":"A","text":"b"}]', '{"pages":[]}', '[{"role":"user","content":"x"}]', "[" * 9]
)
def test_other_json_is_not_claimed(tmp_path: Path, data: str) -> None:
    path = tmp_path / "a.json"
    path.write_text(data)
    assert roam.claims(making.sources.open_file(path)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(json.dumps([GARDEN, GARDEN, page("Q", block("((u00000001)) {{query: {"))]).encode()))
def test_broken_exports_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.json", data, (roam, text))
