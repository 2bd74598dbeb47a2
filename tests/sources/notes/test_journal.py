"""Journals: Apple's and Day One's."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.records import Handle, Item, Skipped
from secondme.sources.documents import text
from secondme.sources.notes import dayone, journal
from tests.sources import making
from tests.sources.fuzzing import broken, survives


def apple(header: str, body: str = "One.|Two.", title: str = "At the lake") -> str:
    paragraphs = "".join(f'<p class="p2"><span class="s2">{line}</span></p>' for line in body.split("|"))
    return f"""<!DOCTYPE html>
<html dir="auto"><head><meta http-equiv="Content-Type" content="text/html; charset=UTF-8"><title></title></head>
<body>
<p class="p1"><span class="s1"><div class='pageContainer'>    <div class="pageHeader">{header}</div>\
<div class="assetGrid"><div id="A" class="gridItem assetType_stateOfMind"><div>Calm, Glad</div>\
<img src="../Resources/A.heic" class="asset_image"/></div><div class="gridItem assetType_multiPinMap">\
<div class="gridItemOverlayFooter">Wannsee</div></div><div class="gridItem assetType_contact"><div>Mom</div></div>\
<div class="gridItem assetType_photo"><img src="../Resources/B.heic"/></div></div>\
<div class='reflectionPrompt'>How was it?</div><div class='title'>{title}</div><div class='bodyText'></span></p>
{paragraphs}
<p class="p1"><span class="s1"></div></div></span></p></body></html>"""


def entry(text: str, uuid: str = "A1", **more: Any) -> dict[str, Any]:
    made = {
        "uuid": uuid,
        "creationDate": "2023-01-15T10:15:00Z",
        "timeZone": "Europe/Berlin",
        "text": text,
        "starred": False,
    }
    return made | more


def day_one(folder: Path, *entries: Any, name: str = "Diary.json") -> Path:
    path = folder / name
    path.write_text(json.dumps({"metadata": {"version": "1.0"}, "entries": list(entries)}))
    return path


def test_an_apple_entry_is_its_words_then_what_was_attached(tmp_path: Path) -> None:
    path = tmp_path / "entry.html"
    path.write_text(apple("Sunday, 17 December 2023"))
    found = making.item(path)
    assert (found.kind, found.title, found.trust) == ("note", "At the lake", "own")
    assert (found.time, found.zoned) == (datetime(2023, 12, 17).astimezone(), False)
    assert making.said(found) == [
        "How was it?\n\nOne.\n\nTwo.",
        "state of mind: Calm, Glad\nlocation: Wannsee\ncontact: Mom",
    ]
    assert found.people == (Handle("Mom", role="with"),)


@pytest.mark.parametrize(
    ("header", "name"),
    [
        ("Sunday, December 17, 2023", "a.html"),
        ("Sonntag, 17. Dezember 2023", "a.html"),
        ("dimanche 17 décembre 2023", "a.html"),
        ("domingo, 17 de diciembre de 2023", "a.html"),
        ("2023년 12월 17일 일요일", "2023-12-17_At_the_lake.html"),
    ],
)
def test_the_day_is_read_in_many_languages_and_from_the_name(tmp_path: Path, header: str, name: str) -> None:
    path = tmp_path / name
    path.write_text(apple(header))
    assert making.item(path).time == datetime(2023, 12, 17).astimezone()


def test_other_pages_are_not_claimed(tmp_path: Path) -> None:
    path = tmp_path / "a.html"
    path.write_text("<html><body><div class='title'>x</div><p>journal</p></body></html>")
    assert journal.claims(making.sources.open_file(path)) is None


def test_a_day_one_entry_is_unescaped_and_has_its_place(tmp_path: Path) -> None:
    place = {"placeName": "Wannsee", "localityName": "Berlin", "country": "Germany", "latitude": 52.4}
    written = "# Lake day\n\nWe swam\\. 3\\.5 km\\!\n\n![](dayone-moment://ABC)\n\n- one\n- two"
    found = making.item(day_one(tmp_path, entry(written, tags=["summer"], location=place)))
    assert making.said(found) == ["We swam. 3.5 km!", "- one\n- two", "place: Wannsee, Berlin, Germany"]
    assert (found.title, found.tags, found.thread) == ("Lake day", ("summer",), "Diary")
    assert (found.origin, found.local) == ("dayone", "A1")
    assert found.time == datetime(2023, 1, 15, 10, 15, tzinfo=UTC)
    assert found.time.strftime("%H:%M %Z") == "11:15 CET"


def test_entries_that_are_odd_cost_nothing_else(tmp_path: Path) -> None:
    entries = (entry("First line\nmore"), entry("", "B"), 3, entry("x", "C", timeZone="Mars/One", creationDate="soon"))
    records = making.read(day_one(tmp_path, *entries))
    items = [r for r in records if isinstance(r, Item)]
    assert [(i.title, i.local) for i in items] == [("First line", "A1"), ("x", "C")]
    assert items[1].time is None
    assert [r.reason for r in records if isinstance(r, Skipped)] == ["entry 3 was left out: it is damaged"]


def test_a_later_day_one_export_has_the_same_entries(tmp_path: Path) -> None:
    first = making.item(day_one(tmp_path, entry("x")))
    records = making.read(day_one(tmp_path, entry("new", "Z"), entry("x"), name="later.json"))
    assert [(r.origin, r.local) for r in records if isinstance(r, Item)][1] == (first.origin, first.local)


def test_a_cut_day_one_export_gives_what_comes_before_the_cut(tmp_path: Path) -> None:
    path = day_one(tmp_path, entry("one"), entry("two", "B"))
    path.write_bytes(path.read_bytes()[:-30])
    found, cut = making.read(path)
    assert isinstance(found, Item)
    assert cut == Skipped(str(path), "breaks off in the middle; what comes before that was read")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(apple("Sunday, 17 December 2023").encode()))
def test_broken_entries_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.html", data, (journal, text))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=broken(
        json.dumps({"metadata": {}, "entries": [entry("# a\n\nb"), entry("c", location={"country": "X"})]}).encode()
    )
)
def test_broken_day_one_exports_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.json", data, (dayone, text))
