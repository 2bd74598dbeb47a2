"""Opening files, choosing readers, and what no input may do."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme import sources
from secondme.errors import SecondMeError, Unreadable
from secondme.records import Item, Skipped
from secondme.sources import later
from secondme.sources.agenda import calendars, contacts
from secondme.sources.archives import archive
from secondme.sources.documents import docx, pdf, text
from secondme.sources.mails import mail
from secondme.sources.notes import markdown
from secondme.sources.pictures import image
from secondme.sources.web import html
from tests.sources import making

HEAVY = "pypdfium2 docx lxml selectolax markdown_it yaml rapidocr cv2 numpy PIL charset_normalizer onnxruntime"


def test_importing_the_sources_imports_no_format_library() -> None:
    probe = f"import sys, secondme.sources; print([m for m in {HEAVY.split()!r} if m in sys.modules])"
    out = subprocess.run([sys.executable, "-c", probe], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "[]"


def test_opening_stats_the_file_and_reads_its_head(tmp_path: Path) -> None:
    path = tmp_path / "note.TXT"
    path.write_bytes(b"x" * 100_000)
    file = sources.open_file(path, "my note.TXT")
    assert (file.name, file.size, len(file.head), file.suffix) == ("my note.TXT", 100_000, 65_536, ".txt")
    assert file.modified.tzinfo is not None
    assert abs(file.modified.timestamp() - path.stat().st_mtime) < 1e-3


def test_a_missing_file_and_a_folder_are_unreadable_in_plain_words(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is not there"):
        sources.open_file(tmp_path / "none.md")
    with pytest.raises(Unreadable, match="is a folder"):
        sources.open_file(tmp_path)


def test_a_file_without_permission_is_unreadable_in_plain_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "diary.md"
    path.write_text("secret")

    def refuse(*args: object) -> int:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(Unreadable, match=r"^permission denied$") as caught:
        sources.open_file(path)
    assert caught.value.hint


@pytest.mark.skipif(os.geteuid() == 0, reason="permission bits do not bind root")
def test_permission_bits_make_a_file_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "diary.md"
    path.write_text("secret")
    path.chmod(0)
    with pytest.raises(Unreadable, match="permission denied"):
        sources.open_file(path)


def test_a_file_that_vanishes_before_it_is_read_is_unreadable(tmp_path: Path) -> None:
    path = tmp_path / "note.txt"
    path.write_text("hello")
    file = sources.open_file(path)
    path.unlink()
    with pytest.raises(Unreadable, match="is not there"):
        list(text.read(file))


def test_pipes_sockets_and_devices_are_refused_without_waiting(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    listener = socket.socket(socket.AF_UNIX)
    here = os.open(tmp_path, os.O_RDONLY)
    try:
        listener.bind(f"/proc/self/fd/{here}/socket.md" if sys.platform == "linux" else str(tmp_path / "socket.md"))
        began = time.monotonic()
        for path in (pipe, tmp_path / "socket.md", Path("/dev/zero")):
            with pytest.raises(Unreadable, match="not a regular file"):
                sources.open_file(path)
        assert time.monotonic() - began < 1
    finally:
        listener.close()
        os.close(here)


def test_a_change_of_size_or_time_is_noticed(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("one")
    file = sources.open_file(path)
    assert sources.unchanged(file)
    path.write_text("two!")
    assert not sources.unchanged(file)
    file = sources.open_file(path)
    os.utime(path, ns=(0, file.path.stat().st_mtime_ns + 1_000_000))
    assert not sources.unchanged(file)
    path.unlink()
    assert not sources.unchanged(file)


def test_a_time_that_no_calendar_has_does_not_stop_reading(tmp_path: Path) -> None:
    path = tmp_path / "note.md"
    path.write_text("one")
    os.utime(path, (-1e10, -1e10))
    assert sources.open_file(path).modified.year < 1970


@pytest.mark.parametrize(
    ("name", "data", "reader"),
    [
        ("a.md", b"# hi", markdown),
        ("A.MARKDOWN", b"# hi", markdown),
        ("a.txt", b"hi", text),
        ("README", b"hi", text),
        ("a.py", b"print()", text),
        ("a.unheard-of", "grüße".encode(), text),
        ("a.txt", "hi".encode("utf-16"), text),
        ("a.html", b"<p>hi", html),
        ("saved page", b"<!DOCTYPE html><p>hi", html),
        ("a.pdf", b"broken", pdf),
        ("no suffix", b"%PDF-1.7 ...", pdf),
        ("about.md", b"# How a file with %PDF-1.7 begins", markdown),
        ("a.png", b"broken", image),
        ("photo", b"\xff\xd8\xff\xe0\x00", image),
        ("a.docx", b"broken", docx),
        ("cal.ics", b"BEGIN:VCALENDAR", calendars),
        ("contacts", b"BEGIN:VCARD", contacts),
        ("all.zip", b"PK\x03\x04\x00", archive),
        ("old.doc", b"\xd0\xcf\x11\xe0", later),
        ("mail.eml", b"Subject: hi", mail),
        ("ID3.md", b"ID3 tags are a mess", markdown),
    ],
)
def test_the_first_reader_that_claims_a_file_takes_it(tmp_path: Path, name: str, data: bytes, reader: object) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    found = sources.reader_for(sources.open_file(path))
    assert isinstance(found, tuple)
    assert found[0] is reader
    assert found[1]


@pytest.mark.parametrize(
    ("name", "data", "reason"),
    [
        ("empty.md", b"", "is empty"),
        ("program.xyz", b"\x7fELF\x00\x01", "no reader for .xyz files (binary data)"),
        ("program", b"\x7fELF\x00\x01", "no reader for this kind of binary data"),
        ("liar.txt", bytes(range(32)) * 8, "no reader for .txt files (binary data)"),
    ],
)
def test_what_no_reader_takes_is_skipped_with_a_reason(tmp_path: Path, name: str, data: bytes, reason: str) -> None:
    path = tmp_path / name
    path.write_bytes(data)
    assert sources.reader_for(sources.open_file(path)) == Skipped(str(path), reason)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a.pst", "Outlook mailboxes (.pst) are not read yet"),
        ("a.doc", "old Word documents (.doc) are not read yet"),
        ("a.7z", "archives (.7z) are not read yet"),
    ],
)
def test_known_formats_without_a_reader_are_named(tmp_path: Path, name: str, reason: str) -> None:
    (tmp_path / name).write_bytes(b"whatever")
    assert making.reasons(tmp_path / name) == [reason]


@pytest.mark.parametrize("name", ["two\nlines.md", "🗓️ plans.md", b"caf\xe9.md"])
def test_any_name_that_a_disk_can_hold_works(tmp_path: Path, name: str | bytes) -> None:
    path = tmp_path / (name if isinstance(name, str) else os.fsdecode(name))
    path.write_text("# Hello\n\nthere")
    assert making.item(path).text.endswith("there")
    assert list(sources.walk([tmp_path])) == [path]


SUFFIXES = ["", ".md", ".txt", ".csv", ".html", ".pdf", ".docx", ".png", ".jpg", ".webp", ".ics", ".unheard-of"]
BEGINNINGS = [
    b"",
    b"%PDF-1.7\n",
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"RIFF\x00\x00\x00\x00WEBPVP8 ",
    b"PK\x03\x04",
    b"---\ntitle: [",
    b"<!doctype html><table><tr><td>",
    b"\xff\xfe",
    b"\xfe\xff\xd8",
    b"\xef\xbb\xbf# ",
    making.pdf("some words", "and more")[:-200],
    making.package(word__document=b"<w:document/>")[:90],
]


# the others know files that are nothing to remember: lists beside an export, what was thrown away, messages of no words
NEVER_SILENT = ("plain text", "markdown", "HTML", "PDF", "Word document", "picture")


@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(beginning=st.sampled_from(BEGINNINGS), data=st.binary(max_size=2000), suffix=st.sampled_from(SUFFIXES))
def test_no_bytes_raise_anything_but_our_own_errors(
    tmp_path: Path, beginning: bytes, data: bytes, suffix: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / f"any{suffix}"
    path.write_bytes(beginning + data)
    file = sources.open_file(path)
    for reader in sources.readers():
        reader.claims(file)
        try:
            entries = list(reader.read(file))
        except SecondMeError:
            continue
        assert entries or reader.NAME not in NEVER_SILENT
        for entry in entries:
            if isinstance(entry, Item):
                assert all(0 <= s.start < s.end <= len(entry.text) for s in entry.segments)
                assert entry.time is None or entry.time.tzinfo is not None


def test_every_format_can_be_asked_for_by_name_and_by_what_people_call_it() -> None:
    for name in sources.names():
        found = sources.named(name.upper())
        assert found is not None
        assert sources.slug(found) == name
    for name in ("eml", "maildir", "mbox", "ics", "vcf", "messenger", "obsidian", "csv", "txt", "zip", "enex", "keep"):
        assert sources.named(name) is not None, name
    assert sources.named("not-read-yet") is None
    assert sources.named("") is None
