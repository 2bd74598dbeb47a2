"""Tomboy and Gnote notes."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.errors import Unreadable
from secondme.records import Item
from secondme.sources.documents import text
from secondme.sources.notes import tomboy
from tests.sources import making
from tests.sources.fuzzing import broken, survives

SPACES = (
    'xmlns:link="http://beatniksoftware.com/tomboy/link" xmlns:size="http://beatniksoftware.com/tomboy/size"'
    ' xmlns="http://beatniksoftware.com/tomboy"'
)


def note(title: str, content: str, *tags: str) -> str:
    tagged = "".join(f"<tag>{tag}</tag>" for tag in tags)
    return (
        f'\ufeff<?xml version="1.0" encoding="utf-8"?>\n<note version="0.3" {SPACES}>\n  <title>{title}</title>\n'
        f'  <text xml:space="preserve"><note-content version="0.1">{title}\n\n{content}</note-content></text>\n'
        f"  <last-change-date>2025-09-05T10:00:00.0000000+02:00</last-change-date>\n"
        f"  <create-date>2025-09-04T22:54:02.5630180+02:00</create-date>\n  <tags>{tagged}</tags>\n</note>\n"
    )


PLAN = note(
    "Garden &amp; house",
    "Start <bold>soon</bold>.\n<size:huge>Spring</size:huge>\n\n"
    '<list><list-item dir="ltr"><strikethrough>dig</strikethrough>\n</list-item><list-item dir="ltr">sow\n'
    '<list><list-item dir="ltr">peas</list-item></list></list-item></list>\n<bold>Notes</bold>\n'
    "See <link:internal>Tools</link:internal>.",
    "system:notebook:Home",
    "green",
)
ID = "2769c249-6cbb-4263-ae03-7c0a5be89ac1"


def write(folder: Path, content: str, name: str = f"{ID}.note") -> Path:
    path = folder / name
    path.write_text(content, encoding="utf-8")
    return path


def test_a_note_is_read_with_its_headings_lists_and_notebook(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PLAN))
    assert (found.title, found.thread, found.tags, found.links) == (
        "Garden & house",
        "Home",
        ("Home", "green"),
        ("Tools",),
    )
    assert found.time == datetime(2025, 9, 4, 20, 54, 2, 563018, UTC)
    assert (found.origin, found.local) == ("tomboy", ID)
    assert [(making.said(found)[n], s.heading) for n, s in enumerate(found.segments)] == [
        ("Start soon.", ()),
        ("- [x] dig\n- sow\n  - peas", ("Spring",)),
        ("See Tools.", ("Spring", "Notes")),
    ]


def test_a_note_by_another_name_has_its_path_as_identity(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, PLAN, "copy.note"))
    assert (found.origin, found.local) == ("", "")


def test_gnote_writes_its_fractions_with_a_comma(tmp_path: Path) -> None:
    gnote = PLAN.replace("2025-09-04T22:54:02.5630180+02:00", "2025-09-10T21:13:14,934020Z")
    assert making.item(write(tmp_path, gnote)).time == datetime(2025, 9, 10, 21, 13, 14, 934020, UTC)


def test_a_note_that_declares_entities_is_refused(tmp_path: Path) -> None:
    evil = PLAN.replace("<note version", '<!DOCTYPE note [<!ENTITY a "ha">]><note version', 1)
    with pytest.raises(Unreadable, match="declares entities"):
        making.read(write(tmp_path, evil))


def test_a_cut_note_gives_what_comes_before_the_cut(tmp_path: Path) -> None:
    found, cut = making.read(write(tmp_path, PLAN[: PLAN.index("peas")]))
    assert isinstance(found, Item)
    assert found.text.startswith("Start soon.")
    assert cut.reason == "breaks off in the middle; what comes before that was read"  # type: ignore[union-attr]


def test_a_note_without_words_says_so(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, note("", ""))) == ["holds no text"]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(PLAN.encode()))
def test_broken_notes_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / "a.note", data, (tomboy, text))
