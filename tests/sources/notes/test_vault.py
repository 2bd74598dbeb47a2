"""Obsidian vaults: links, tags, comments, daily notes, drawings."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import Unreadable
from secondme.records import Item
from secondme.sources.notes import canvas, daily, markdown
from secondme.sources.order import READERS
from tests.sources import fuzzing, making

BRUSSELS = ZoneInfo("Europe/Brussels")
NOTE = """---
title: Lisbon
tags: [travel, trips/europe]
related: "[[People/Maria|Maria]]"
aliases: [Lisboa]
---
# Lisbon

Booked #flights with [[TAP|the airline]] for #2026 at 9. %%ask Rui first%% See ![[ticket.pdf]]. ^abc123

%%
a draft that nobody is meant to see

```js
let x = 1
```
%%

> [!tip] Pack light
> [[Packing#Shoes]] and [[Packing^b1]] ![map](maps/day%20one.md#old-town "Old town")

status:: booked
**price**:: 240 EUR

| who | where |
|---|---|
| [[Ana\\|A.]] | #hotel |

Hash in code `#no`, in a link [x](https://example.org/#neither), in a [[#Heading]] (#nor-this).[^1]

[^1]: 100%% sure, and 20%% more.

```
#not-a-tag [[not a link]] %%kept%%
```
"""


def write(folder: Path, words: str, name: str = "note.md") -> Path:
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(words, encoding="utf-8", newline="")
    return path


def zoned(path: Path, zone: ZoneInfo = BRUSSELS) -> Item:
    """The Item of a note whose owner lives in `zone`."""
    file = sources.open_file(path, zone=zone)
    (found,) = markdown.read(file)
    assert isinstance(found, Item)
    return found


def test_links_and_tags_of_front_matter_and_text(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, NOTE))
    assert found.tags == ("travel", "trips/europe", "flights", "hotel")
    assert found.links == ("People/Maria", "TAP", "ticket.pdf", "Packing", "maps/day one.md", "Ana")


def test_comments_and_block_ids_are_in_no_segment_and_fields_are_fields(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, NOTE))
    said = making.said(found)
    assert not any(hidden in "\n".join(said) for hidden in ("Rui", "nobody", "let x", "^abc123"))
    assert said[:4] == [
        'related: "[[People/Maria|Maria]]"\naliases: [Lisboa]',
        "Booked #flights with [[TAP|the airline]] for #2026 at 9.",
        "See ![[ticket.pdf]].",
        NOTE[NOTE.index("> [!tip]") : NOTE.index("\n\nstatus")],
    ]
    assert ("field", "status:: booked\n**price**:: 240 EUR") in [
        (s.kind, t) for s, t in zip(found.segments, said, strict=True)
    ]
    assert "100%% sure, and 20%% more." in "\n".join(said), "percentages are no comment"
    assert said[-1] == "#not-a-tag [[not a link]] %%kept%%"


def test_a_note_of_nothing_but_a_comment_says_nothing(tmp_path: Path) -> None:
    assert making.said(making.item(write(tmp_path, "%%later%%"))) == []


def test_what_is_never_closed_hides_nothing(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, "before\n\n%% open\n\nafter\n"))
    assert making.said(found) == ["before\n\n%% open\n\nafter"]


@pytest.mark.parametrize(
    ("words", "tags"),
    [
        ("#a/b #c-d #e_f #1a #日記 #été", ("a/b", "c-d", "e_f", "1a", "日記", "été")),
        ("#12 #1-2 # no a#b (#c) \\#d &#39; ##e", ()),
        ("end. #one, #two. #three!", ("one", "two", "three")),
        ("#several words here# and #one", ("several words here", "one")),
        ("- [ ] call #todo\n> #quote\n\n## Head #head", ("todo", "quote", "head")),
    ],
)
def test_what_is_a_tag(tmp_path: Path, words: str, tags: tuple[str, ...]) -> None:
    assert making.item(write(tmp_path, f"{words}\n")).tags == tags


@pytest.mark.parametrize(
    "name",
    [
        *(
            "2026-05-04.md",
            "2026-05-04 Monday.md",
            "20260504.md",
            "May 4th, 2026.md",
            "4. Mai 2026.md",
            "2026_05_04.md",
        ),
        *("journal/2026/05/04.md", "2026/05-May/04-Monday.md", "journals/2026_05_04.md", "2026.05.04.md"),
    ],
)
def test_a_daily_note_has_the_day_of_its_name_in_the_owner_s_zone(tmp_path: Path, name: str) -> None:
    found = zoned(write(tmp_path, "# Tasks\n\nWater the plants.\n", name))
    assert (found.time, found.zoned) == (datetime(2026, 5, 4, tzinfo=BRUSSELS), False)


def test_a_daily_note_is_called_by_its_day(tmp_path: Path) -> None:
    assert making.item(write(tmp_path, "# Tasks\n\nWater.\n", "2026-05-04 Monday.md")).title == "2026-05-04 Monday"
    assert making.item(write(tmp_path, "# Tasks\n\nWater.\n", "2026/05/04.md")).title == "2026-05-04"
    assert making.item(write(tmp_path, "# Tasks\n\nWater.\n", "2026-05-04 plan.md")).title == "Tasks"
    assert making.item(write(tmp_path, "# Tasks\n\nWater.\n", "2026/05/plan.md")).title == "Tasks"


@pytest.mark.parametrize("name", ["04-05-2026.md", "v1.2.2024.md", "chapter 12.md", "2026.md", "1234-56-78.md"])
def test_a_name_that_is_no_day_leaves_the_file_s_time(tmp_path: Path, name: str) -> None:
    path = write(tmp_path, "words\n", name)
    found = zoned(path)
    assert (found.time, found.zoned) == (sources.open_file(path).modified, True)


def test_the_front_matter_wins_over_the_name_and_that_over_when_it_was_edited(tmp_path: Path) -> None:
    name = "2026-05-04.md"
    made = zoned(write(tmp_path, "---\ncreated: 2020-01-02T03:04:05Z\nupdated: 2021-01-01\n---\nx", name))
    assert (made.time, made.zoned) == (datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC), True)
    naive = zoned(write(tmp_path, "---\ndate: 2020-01-02 03:04\n---\nx", name))
    assert (naive.time, naive.zoned) == (datetime(2020, 1, 2, 3, 4, tzinfo=BRUSSELS), False)
    edited = "---\nupdated: 2021-01-01\n---\nx"
    assert zoned(write(tmp_path, edited, name)).time == datetime(2026, 5, 4, tzinfo=BRUSSELS)
    assert zoned(write(tmp_path, edited, "a.md")).time == datetime(2021, 1, 1, tzinfo=BRUSSELS)
    assert zoned(write(tmp_path, "x\n\ndate:: [[2019-07-01]]\n", "a.md")).time == datetime(2019, 7, 1, tzinfo=BRUSSELS)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("May 4, 2026 10:15 AM", datetime(2026, 5, 4, 10, 15, tzinfo=BRUSSELS)),
        ("May 4, 2026 → May 6, 2026", datetime(2026, 5, 4, tzinfo=BRUSSELS)),
        ("Monday, 4 May 2026 at 10:15:30\u202fPM", datetime(2026, 5, 4, 22, 15, 30, tzinfo=BRUSSELS)),
        ("@May 4, 2026 10:15 (GMT-3)", datetime(2026, 5, 4, 13, 15, tzinfo=UTC)),
        ("4 de mayo de 2026", datetime(2026, 5, 4, tzinfo=BRUSSELS)),
        ("04.05.2026 08:00", datetime(2026, 5, 4, 8, tzinfo=BRUSSELS)),
        ("1714800000000", datetime(2024, 5, 4, 5, 20, tzinfo=UTC)),
        *((nothing, None) for nothing in ("05/04/2026", "May", "2026-02-30", "Mai 45, 2026", "99:99", "", "9" * 400)),
    ],
)
def test_dates_as_apps_write_them(written: str, expected: datetime | None) -> None:
    found = daily.written(written, BRUSSELS)
    assert (found.time if found else None) == expected


CANVAS = {
    "nodes": [
        {"id": "b", "type": "text", "text": "Second card #plan [[Budget]]", "x": 0, "y": 200, "width": 9, "height": 9},
        {"id": "a", "type": "text", "text": "# First card\nwords", "x": 0, "y": 0, "width": 9, "height": 9},
        {"id": "c", "type": "file", "file": "maps/lisbon.md", "x": 0, "y": 400},
        {"id": "d", "type": "group", "label": "Ideas", "x": -9, "y": -9},
        {"id": "e", "type": "link", "url": "https://example.org/a", "x": 0, "y": 500},
    ],
    "edges": [{"id": "f", "fromNode": "a", "toNode": "b", "label": "leads to"}],
}
EXCALIDRAW = """---
excalidraw-plugin: parsed
tags: [excalidraw, sketch]
---
==⚠  Switch to EXCALIDRAW VIEW in the MORE OPTIONS menu of this document. ⚠==

# Excalidraw Data

## Text Elements
Ship it on Friday ^Hn2bA3cd

Ask
Maria ^x-Y_1234

%%
## Drawing
```compressed-json
N4KAkARALgngDgUwgLgAQQQDwMYEMA2AlgCYBOuA7hADTgQBuCpAzoQPYB2KqATLZMzYBXUtiRoIACyhQ4zZAHoFAc0JRJQgEYA6bGwC2CgF7N6hbEcK4OCtptbErHALRY8RMpWdx8Q1TdIEfARcZgRmBShcZQUebQBGAFZtGjoghH0EDihmbgBtcDBQMBKIEm4IADkAdlyAFgBlAGZ
```
%%
"""


def test_the_cards_of_a_canvas_are_read_from_top_to_bottom(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, json.dumps(CANVAS), "Trip.canvas"))
    assert making.said(found) == [found.text]
    assert found.text.split("\n\n") == [
        *("Ideas", "# First card\nwords", "Second card #plan [[Budget]]", "leads to", "https://example.org/a"),
    ]
    assert (found.title, found.tags, found.links) == ("Trip", ("plan",), ("maps/lisbon.md", "Budget"))


@pytest.mark.parametrize("name", ["Plan.excalidraw.md", "Plan.md"])
def test_of_a_drawing_only_the_words_are_read(tmp_path: Path, name: str) -> None:
    found = making.item(write(tmp_path, EXCALIDRAW, name))
    assert found.text == "Ship it on Friday\n\nAsk\nMaria"
    assert (found.title, found.tags) == ("Plan", ("excalidraw", "sketch"))


def test_a_drawing_of_excalidraw_itself(tmp_path: Path) -> None:
    drawing = {"type": "excalidraw", "elements": [{"type": "text", "text": "Hello"}, {"type": "rectangle"}]}
    found = making.item(write(tmp_path, json.dumps(drawing), "a.excalidraw"))
    assert (found.text, found.title) == ("Hello", "a")


def test_drawings_that_are_empty_or_broken(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, "{}", "a.canvas")) == ["holds no text"]
    assert making.reasons(write(tmp_path, '{"nodes": [1, {"text": 5}]}', "b.canvas")) == ["holds no text"]
    with pytest.raises(Unreadable, match="not valid JSON"):
        making.read(write(tmp_path, json.dumps(CANVAS)[:-40], "c.canvas"))


@pytest.mark.parametrize(
    "words", ["%%" * 60_000, "a %%b%% c\n\n" * 8_000, "[[" * 100_000, "#a" * 90_000, "x:: y\n" * 10_000]
)
@pytest.mark.timeout(20)
def test_hostile_marks_are_read_in_time(tmp_path: Path, words: str) -> None:
    assert making.item(write(tmp_path, words)).text == words


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(NOTE.encode()))
def test_broken_notes_are_survived(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "note.md", data, READERS)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(json.dumps(CANVAS).encode()) | fuzzing.broken(EXCALIDRAW.encode()), note=st.booleans())
def test_broken_drawings_are_survived(tmp_path: Path, data: bytes, note: bool) -> None:
    fuzzing.survives(tmp_path / ("a.excalidraw.md" if note else "a.canvas"), data, (canvas,))
