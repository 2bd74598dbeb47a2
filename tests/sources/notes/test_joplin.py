"""Joplin's raw export."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

from hypothesis import HealthCheck, given, settings

from secondme.sources.documents import text
from secondme.sources.notes import joplin
from tests.sources import making
from tests.sources.fuzzing import broken, survives

ID, BOOK = "0123456789abcdef0123456789abcdef", "f" * 32
NOTE = f"""\
My note

Body with [a file](:/{"a" * 32}) here.

## Head
- a
Note: x

id: {ID}
parent_id: {BOOK}
created_time: 2023-01-15T10:15:00.000Z
updated_time: 2023-01-16T10:16:00.000Z
source_url: https://example.org/x
markup_language: 1
encryption_applied: 0
type_: 1"""


def write(folder: Path, content: str, name: str = ID) -> Path:
    path = folder / f"{name}.md"
    path.write_bytes(content.encode())
    return path


def test_a_note_is_its_body_under_its_title_in_its_notebook(tmp_path: Path) -> None:
    write(tmp_path, f"Home stuff\n\nid: {BOOK}\ntype_: 2", BOOK)
    found = making.item(write(tmp_path, NOTE))
    assert (found.title, found.thread, found.origin, found.local) == ("My note", "Home stuff", "joplin", ID)
    assert making.said(found) == [f"Body with [a file](:/{'a' * 32}) here.", "- a\nNote: x"]
    assert NOTE[found.base :].startswith(found.text)
    assert (found.line, found.time) == (3, datetime(2023, 1, 15, 10, 15, tzinfo=UTC))
    assert found.links == ("https://example.org/x", "a" * 32)


def test_what_is_no_note_is_left_out_without_a_word(tmp_path: Path) -> None:
    assert making.read(write(tmp_path, f"photo.jpg\n\nid: {ID}\nmime: image/jpeg\ntype_: 4")) == []


def test_a_note_that_is_only_its_title_is_kept_and_an_encrypted_one_is_named(tmp_path: Path) -> None:
    assert making.item(write(tmp_path, f"Buy glue\n\nid: {ID}\ntype_: 1")).text == "Buy glue"
    path = write(tmp_path, f"id: {ID}\nencryption_cipher_text: JED01\nencryption_applied: 1\ntype_: 1")
    assert making.reasons(path)[0].startswith("is encrypted")


def test_other_markdown_is_not_claimed(tmp_path: Path) -> None:
    for content, name in ((NOTE, "note"), ("# A\n\ntype_: none\n", ID)):
        assert joplin.claims(making.sources.open_file(write(tmp_path, content, name))) is None


def test_a_note_longer_than_its_head_is_claimed_by_its_end(tmp_path: Path) -> None:
    long = NOTE.replace("- a\n", "- a word\n" * 20_000)
    assert making.item(write(tmp_path, long)).title == "My note"


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=broken(NOTE.encode()))
def test_broken_notes_are_survived(tmp_path: Path, data: bytes) -> None:
    survives(tmp_path / f"{ID}.md", data, (joplin, text))
