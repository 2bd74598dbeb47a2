"""Google Keep: what a note says, what tells it from others, and what is left out."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources.notes import keep
from secondme.sources.order import READERS
from tests.sources import fuzzing, making

NOTE: dict[str, Any] = {
    "attachments": [{"filePath": "17a.png", "mimetype": "image/png"}],
    "color": "RED",
    "isTrashed": False,
    "isPinned": True,
    "isArchived": True,
    "annotations": [
        {"description": "", "source": "WEBLINK", "title": "How to bake bread", "url": "https://example.org/bread"}
    ],
    "textContent": "Flour, water, salt.\nhttps://example.org/bread\n",
    "title": "Bread ",
    "userEditedTimestampUsec": 1690866317287000,
    "createdTimestampUsec": 1690514858197000,
    "textContentHtml": '<p dir="ltr">Flour, water, salt.</p>',
    "labels": [{"name": "cooking"}, {"name": "several words"}],
    "sharees": [
        {"isOwner": True, "type": "WRITER", "email": "Owner@example.org"},
        {"isOwner": False, "type": "WRITER", "email": "anna@example.org"},
    ],
}
PAGE = """<?xml version="1.0" ?><!DOCTYPE html><html><head><title>Bread</title></head><body>
<div class="note RED"><div class="heading"><div class="meta-icons"></div>Jul 28, 2023</div>
<div class="title">Bread</div><div class="content">Flour, water, salt.</div></div></body></html>"""


def write(folder: Path, changes: dict[str, Any] | None = None, name: str = "Bread.json") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({**NOTE, **(changes or {})}))
    return path


def test_a_note_with_all_it_may_have(tmp_path: Path) -> None:
    found = making.item(write(tmp_path))
    assert making.said(found) == ["Flour, water, salt.\nhttps://example.org/bread", "How to bake bread"]
    assert (found.kind, found.title, found.trust, found.origin) == ("note", "Bread", "own", "keep")
    assert found.time == datetime(2023, 7, 28, 3, 27, 38, 197000, tzinfo=UTC)
    assert found.tags == ("cooking", "several words", "archived", "pinned", "red")
    assert found.links == ("17a.png",)
    assert found.people == (
        Handle("", "mailto:owner@example.org", "from"),
        Handle("", "mailto:anna@example.org", "with"),
    )


def test_a_list_keeps_its_ticks(tmp_path: Path) -> None:
    entries = [{"text": "milk", "isChecked": True}, {"text": "eggs", "isChecked": False}, {"text": " "}]
    found = making.item(write(tmp_path, {"textContent": "", "listContent": entries, "annotations": [], "title": ""}))
    assert (found.text, found.segments[0].kind, found.title) == ("- [x] milk\n- [ ] eggs", "list", "milk")


def test_the_same_note_next_month_is_the_same_item(tmp_path: Path) -> None:
    old = making.item(write(tmp_path / "one"))
    edited = {"textContent": "Flour, water, salt, yeast.", "userEditedTimestampUsec": 1790866317287000, "labels": []}
    new = making.item(write(tmp_path / "two", edited, "Bread(1).json"))
    assert (new.origin, new.local) == (old.origin, old.local)
    other = making.item(write(tmp_path / "two", {"createdTimestampUsec": 1690514858197001}, "Bread(2).json"))
    assert other.local != old.local


def test_notes_without_a_time_are_told_apart_by_their_words(tmp_path: Path) -> None:
    one = making.item(write(tmp_path, {"createdTimestampUsec": None}, "a.json"))
    two = making.item(write(tmp_path, {"createdTimestampUsec": None, "textContent": "Rye."}, "b.json"))
    assert one.local != two.local
    assert one.time == datetime(2023, 8, 1, 5, 5, 17, 287000, tzinfo=UTC)


def test_what_was_thrown_away_is_left_out(tmp_path: Path) -> None:
    assert making.read(write(tmp_path, {"isTrashed": True})) == []


def test_a_note_of_nothing_but_a_title_says_that(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, {"textContent": "", "annotations": []}))
    assert making.said(found) == ["Bread"]
    assert making.reasons(write(tmp_path, {"textContent": "", "annotations": [], "title": ""})) == ["holds no text"]


def test_the_page_and_the_labels_beside_the_notes_repeat_nothing(tmp_path: Path) -> None:
    folder = write(tmp_path / "Keep").parent
    (folder / "Bread.html").write_text(PAGE)
    (folder / "Alone.html").write_text(PAGE)
    (folder / "Labels.txt").write_text("cooking\nseveral words\n")
    assert making.read(folder / "Bread.html") == making.read(folder / "Labels.txt") == []
    alone = making.item(folder / "Alone.html")
    assert "Flour" in alone.text, "without its JSON the page is all there is"


def test_a_takeout_archive_gives_each_note_once(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "takeout.zip", "w") as writing:
        writing.writestr("Takeout/Keep/Bread.html", PAGE)
        writing.writestr("Takeout/Keep/Bread.json", json.dumps(NOTE))
        writing.writestr("Takeout/Keep/Labels.txt", "cooking\n")
    (found,) = making.read(tmp_path / "takeout.zip")
    assert isinstance(found, Item)
    assert (found.origin, found.local) == ("keep", making.item(write(tmp_path)).local)


def test_what_comes_before_damage_is_read(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(path.read_text().replace(', "userEdited', ' "userEdited'))
    found, skipped = making.read(path)
    assert isinstance(found, Item)
    assert found.text.startswith("Flour")
    assert isinstance(skipped, Skipped)
    assert "what comes before the damage was read" in skipped.reason
    path.write_bytes(
        json.dumps({key: NOTE[key] for key in NOTE if key.startswith("is")}).encode()[:-3] + b', "title": '
    )
    with pytest.raises(Unreadable, match="damaged"):
        list(keep.read(making.sources.open_file(path)))


@pytest.mark.parametrize("stamp", [-1, 0, 10**30, 1.5, "x", None, True, [], 253402300800000000])
def test_times_that_are_none(tmp_path: Path, stamp: object) -> None:
    found = making.item(write(tmp_path, {"createdTimestampUsec": stamp, "userEditedTimestampUsec": stamp}))
    assert found.time is not None


@pytest.mark.parametrize("value", [None, 5, "text", [], {}, [None, 5, "x", {}, {"text": None}]])
def test_values_of_other_types_are_no_values(tmp_path: Path, value: object) -> None:
    for key in NOTE:
        records = making.read(write(tmp_path, {key: value}))
        assert all(isinstance(record, Item | Skipped) for record in records)


def test_other_json_is_left_to_others(tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('{"title": "x", "textContent": "y"}')
    assert keep.claims(making.sources.open_file(path)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(json.dumps(NOTE).encode()))
def test_broken_notes_are_survived(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.json", data, READERS)
