"""TextBundle: the folder gives the name, `info.json` what else is known, and it is no note itself."""

from __future__ import annotations

import json
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.records import Item
from secondme.sources.notes import textbundle
from tests.sources import fuzzing, making

INFO: dict[str, Any] = {"version": 2, "type": "net.daringfireball.markdown", "creatorIdentifier": "com.example.editor"}
BEAR: dict[str, Any] = {
    **INFO,
    "creatorIdentifier": "net.shinyfrog.bear",
    "net.shinyfrog.bear": {
        "uniqueIdentifier": "7E4B1F0A-0001-4ED1-9F5B-AA11BB22CC33",
        "creationDate": "2024-05-04T10:15:00Z",
        "modificationDate": "2025-01-01T00:00:00Z",
        "trashed": 0,
        "archived": 1,
    },
}
TEXT = "# A heading\n\nBook the tickets. ![](assets/map.png)\n\n#travel/lisbon #two words#\n"


def bundle(folder: Path, info: dict[str, Any] | None = INFO, name: str = "text.md", text: str = TEXT) -> Path:
    folder.mkdir(parents=True)
    if info is not None:
        (folder / "info.json").write_text(json.dumps(info))
    (folder / name).write_text(text)
    return folder / name


@pytest.mark.parametrize("name", ["text.md", "text.markdown", "text.txt"])
def test_a_bundle_is_called_by_its_folder(tmp_path: Path, name: str) -> None:
    path = bundle(tmp_path / "Lisbon trip.textbundle", name=name)
    found = making.item(path)
    assert (found.kind, found.title, found.text) == ("note", "Lisbon trip", TEXT)
    assert (found.tags, found.links) == (("two words", "travel/lisbon"), ("assets/map.png",))
    assert (found.origin, found.local) == ("", "")
    assert making.read(path.parent / "info.json") == []


def test_a_bundle_of_html(tmp_path: Path) -> None:
    path = bundle(tmp_path / "Page.textbundle", name="text.html", text="<html><p>Book the <b>tickets</b>.</html>")
    found = making.item(path)
    assert (found.kind, found.title, found.text) == ("note", "Page", "Book the tickets.")


def test_bear_says_when_a_note_was_made_and_which_it_is(tmp_path: Path) -> None:
    found = making.item(bundle(tmp_path / "Lisbon.textbundle", BEAR))
    assert (found.time, found.zoned) == (datetime(2024, 5, 4, 10, 15, tzinfo=UTC), True)
    assert (found.origin, found.local) == ("bear", "7E4B1F0A-0001-4ED1-9F5B-AA11BB22CC33")
    assert found.tags[-1] == "archived"
    later = making.item(bundle(tmp_path / "next month" / "Renamed.textbundle", BEAR, text="other words"))
    assert (later.origin, later.local) == (found.origin, found.local)


def test_a_note_in_bear_s_bin_is_left_out(tmp_path: Path) -> None:
    info = {**BEAR, "net.shinyfrog.bear": {"trashed": 1}}
    assert making.read(bundle(tmp_path / "Old.textbundle", info)) == []


def test_the_day_in_a_bundle_s_name_is_its_time(tmp_path: Path) -> None:
    found = making.item(bundle(tmp_path / "2026-05-04 Standup.textbundle"))
    assert (found.time, found.zoned) == (datetime(2026, 5, 4).astimezone(), False)


def test_only_bundles_are_taken(tmp_path: Path) -> None:
    plain = bundle(tmp_path / "folder", None)
    assert textbundle.claims(making.sources.open_file(plain)) is None
    described = bundle(tmp_path / "Plain folder")
    assert making.item(described).title == "Plain folder", "info.json says what it is"
    other = tmp_path / "other" / "info.json"
    other.parent.mkdir()
    other.write_text('{"version": 3, "name": "a theme"}')
    assert textbundle.claims(making.sources.open_file(other)) is None


@pytest.mark.parametrize("info", ["", "[", "[]", '{"version": {}}', "null", "\0"])
def test_a_broken_description_costs_nothing(tmp_path: Path, info: str) -> None:
    path = bundle(tmp_path / "Trip.textbundle")
    (path.parent / "info.json").write_text(info)
    assert making.item(path).title == "Trip"


@pytest.mark.parametrize(
    ("pack", "folder", "title"),
    [
        ("Renamed.textpack", "Lisbon trip.textbundle/", "Lisbon trip"),
        ("Lisbon trip.textpack", "", "Lisbon trip"),
        ("Lisbon trip.bearnote", "", "Lisbon trip"),
        ("Export.zip", "Notes/Lisbon trip.textbundle/", "Lisbon trip"),
    ],
)
def test_zipped_bundles(tmp_path: Path, pack: str, folder: str, title: str) -> None:
    with zipfile.ZipFile(tmp_path / pack, "w") as writing:
        writing.writestr(f"{folder}text.markdown", TEXT)
        writing.writestr(f"{folder}info.json", json.dumps(INFO))
    (found,) = making.read(tmp_path / pack)
    assert isinstance(found, Item)
    assert (found.title, found.part) == (title, f"{folder}text.markdown")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(info=fuzzing.broken(json.dumps(BEAR).encode()), text=fuzzing.broken(TEXT.encode()))
def test_broken_bundles_are_survived(tmp_path: Path, info: bytes, text: bytes) -> None:
    folder = tmp_path / "a.textbundle"
    folder.mkdir(exist_ok=True)
    fuzzing.survives(folder / "info.json", info, (textbundle,))
    fuzzing.survives(folder / "text.md", text, (textbundle,))
