"""Notes that were exported as text or HTML with their dates at the top."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings

from secondme.sources.notes import exported
from secondme.sources.order import READERS
from tests.sources import fuzzing, making

MAY = datetime(2026, 5, 4, 10, 15)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("Trip.txt", "Trip\nCreated: 2026-05-04 10:15\nModified: 2026-06-01\n\nBook the tickets."),
        ("Trip.txt", "Creation Date: Monday, May 4, 2026 at 10:15:00\u202fAM\n\nBook the tickets."),
        ("Trip.txt", "Erstellt am: 4. Mai 2026 um 10:15\n\nBook the tickets."),
        ("Trip.md", "# Trip\n\n**Created:** 2026-05-04 10:15\n\nBook the tickets."),
        ("Trip.md", "*Created: May 4, 2026 at 10:15 AM*\n\nBook the tickets."),
        ("Trip.html", "<html><head><meta name='created' content='2026-05-04T10:15:00'></head><p>Book the tickets."),
        ("Trip.html", "<html><title>Trip</title><h1>Trip</h1><div>Created: 4 May 2026 10:15</div><p>Book the tickets."),
    ],
)
def test_a_note_has_the_date_at_its_top(tmp_path: Path, name: str, words: str) -> None:
    path = tmp_path / name
    path.write_text(words, encoding="utf-8")
    found = making.item(path)
    assert (found.kind, found.time, found.zoned, found.title) == ("note", MAY.astimezone(), False, "Trip")
    assert "Book the tickets." in found.text


def test_a_date_with_its_zone_keeps_it(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Created: 2026-05-04T10:15:00Z\n\nwords\n")
    assert (making.item(path).time, making.item(path).zoned) == (MAY.replace(tzinfo=UTC), True)


@pytest.mark.parametrize(
    "words",
    [
        *("Created: by Ana\n\nwords", "We created: 2026-05-04 nothing", "words\n" * 9 + "Created: 2026-05-04\n"),
        *("---\ncreated: 2026-05-04\n---\nwords", "Created: 05/04/2026\n", ""),
    ],
)
def test_other_files_are_left_to_others(tmp_path: Path, words: str) -> None:
    for name in ("a.txt", "a.md"):
        (tmp_path / name).write_text(words)
        assert exported.claims(making.sources.open_file(tmp_path / name)) is None


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=fuzzing.broken(b"<html><body><h1>Trip</h1><p>Created: 4 May 2026 10:15</p><p>Words.</p>"))
def test_broken_notes_are_survived(tmp_path: Path, data: bytes) -> None:
    fuzzing.survives(tmp_path / "a.html", data, READERS)
    fuzzing.survives(tmp_path / "a.txt", data, READERS)
