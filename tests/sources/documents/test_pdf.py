"""PDF: pages with their numbers, pictures of text, and files that are broken or locked."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from pathlib import Path

import pytest

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.documents import pdf
from secondme.sources.pictures import image
from tests.sources import making


def write(folder: Path, data: bytes) -> Path:
    path = folder / "doc.pdf"
    path.write_bytes(data)
    return path


def test_every_page_is_a_segment_with_its_number(tmp_path: Path) -> None:
    data = making.pdf("First page\nsecond line", "", "Third", info="/Title (My Trip) /CreationDate (D:20260504100000Z)")
    found = making.item(write(tmp_path, data))
    assert found.text == "First page\nsecond line\n\nThird"
    assert [(s.page, text) for s, text in zip(found.segments, making.said(found), strict=True)] == [
        (1, "First page\nsecond line"),
        (3, "Third"),
    ]
    assert (found.kind, found.title, found.local) == ("document", "My Trip", "")
    assert found.time == datetime(2026, 5, 4, 10, tzinfo=UTC)


def test_a_word_that_is_broken_at_a_line_s_end_stays_as_printed(tmp_path: Path) -> None:
    assert (
        making.item(write(tmp_path, making.pdf("This is an exam-\nple of words"))).text
        == "This is an exam-\nple of words"
    )


def test_a_long_document_comes_in_parts_of_whole_pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "PART_CHARS", 40)
    entries = making.read(write(tmp_path, making.pdf(*(f"This is page {n}" for n in range(1, 8)))))
    found = [entry for entry in entries if isinstance(entry, Item)]
    assert [item.local for item in found] == ["part-0001", "part-0002", "part-0003", "part-0004"]
    whole = "".join(item.text for item in found)
    assert whole == "\n\n".join(f"This is page {n}" for n in range(1, 8))
    for item in found:
        assert whole.startswith(item.text, item.base)
        assert item.line == whole.count("\n", 0, item.base) + 1
    assert [s.page for item in found for s in item.segments] == [1, 2, 3, 4, 5, 6, 7]


def test_an_encrypted_document_is_unreadable_and_says_so(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="is encrypted") as caught:
        making.read(write(tmp_path, making.pdf("secret", encrypted=True)))
    assert "password" in caught.value.hint


@pytest.mark.parametrize("data", [b"%PDF-1.7\n", making.pdf("words")[:60], b"not a PDF at all"])
def test_what_is_no_document_any_more_is_unreadable(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(Unreadable, match="damaged or cut short"):
        making.read(write(tmp_path, data))


def test_what_is_left_of_a_truncated_document_is_read_and_the_loss_reported(tmp_path: Path) -> None:
    whole = making.pdf("First page", "Second page")
    entries = making.read(write(tmp_path, whole[: whole.index(b"startxref")]))
    assert isinstance(entries[0], Item)
    assert "First page" in entries[0].text
    assert isinstance(entries[-1], Skipped)
    assert "cut short" in entries[-1].reason


def test_a_document_without_words_is_skipped(tmp_path: Path) -> None:
    assert making.reasons(write(tmp_path, making.pdf("", ""))) == ["holds no text"]


def scanned(*texts: str) -> bytes:
    from PIL import Image

    pages = [Image.open(io.BytesIO(making.picture(text))) for text in texts]
    held = io.BytesIO()
    pages[0].save(held, "PDF", save_all=True, append_images=pages[1:])
    return held.getvalue()


def test_a_scanned_page_is_read_by_ocr(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, scanned("Dentist on Tuesday")))
    assert "dentist" in found.text.lower()
    assert found.segments[0].page == 1


def test_scanned_pages_beyond_the_limit_are_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pdf, "OCR_PAGES", 1)
    monkeypatch.setattr(image, "recognise", lambda picture: "some words")
    entries = making.read(write(tmp_path, scanned("a", "b", "c")))
    assert [type(entry) for entry in entries] == [Item, Skipped]
    assert isinstance(entries[1], Skipped)
    assert entries[1].reason.startswith("2 scanned pages from page 2 on were not read")
