"""DOCX: paragraphs in order, and packages that would unpack to too much."""

from __future__ import annotations

import io
import struct
import time
import tracemalloc
import zipfile
from pathlib import Path

import pytest
from docx import Document
from docx.oxml import parse_xml

from secondme.errors import Unreadable
from secondme.sources.documents import docx
from tests.sources import making

W = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'


def letter() -> bytes:
    document = Document()
    document.core_properties.title = "Lease"
    document.add_heading("The flat", level=1)
    document.add_paragraph("Rent is 900 euros.")
    document.add_paragraph("Paid monthly.")
    document.add_heading("Keys", level=2)
    for word in ("door", "cellar"):
        document.add_paragraph(word, style="List Bullet")
    table = document.add_table(2, 2)
    for number, cell in enumerate(table._cells):
        cell.text = f"cell {number}"
    document.add_paragraph("Signed.")
    held = io.BytesIO()
    document.save(held)
    return held.getvalue()


def write(folder: Path, data: bytes) -> Path:
    path = folder / "lease.docx"
    path.write_bytes(data)
    return path


def test_paragraphs_lists_and_tables_come_in_order(tmp_path: Path) -> None:
    found = making.item(write(tmp_path, letter()))
    assert [(s.kind, s.heading, text) for s, text in zip(found.segments, making.said(found), strict=True)] == [
        ("prose", ("The flat",), "Rent is 900 euros.\n\nPaid monthly."),
        ("list", ("The flat", "Keys"), "- door\n- cellar"),
        ("table", ("The flat", "Keys"), "cell 0 | cell 1\ncell 2 | cell 3"),
        ("prose", ("The flat", "Keys"), "Signed."),
    ]
    assert (found.kind, found.title) == ("document", "Lease")


def test_inserted_text_and_controls_are_read_and_deleted_text_is_not(tmp_path: Path) -> None:
    document = Document()
    runs = "<w:ins><w:r><w:t>new </w:t></w:r></w:ins><w:del><w:r><w:delText>old</w:delText></w:r></w:del>"
    for xml in (
        f"<w:sdt {W}><w:sdtContent><w:p><w:r><w:t>in a control</w:t></w:r></w:p></w:sdtContent></w:sdt>",
        f"<w:p {W}>{runs}<w:r><w:t>words</w:t><w:tab/><w:t>here</w:t></w:r></w:p>",
    ):
        document.element.body.insert(len(document.element.body) - 1, parse_xml(xml))
    held = io.BytesIO()
    document.save(held)
    assert making.item(write(tmp_path, held.getvalue())).text == "in a control\n\nnew words\there"


def refused(folder: Path, data: bytes, match: str) -> None:
    """Refused quickly, and without unpacking it into memory."""
    path = write(folder, data)
    tracemalloc.start()
    began = time.monotonic()
    try:
        with pytest.raises(Unreadable, match=match):
            making.read(path)
        assert tracemalloc.get_traced_memory()[1] < 20_000_000
        assert time.monotonic() - began < 10
    finally:
        tracemalloc.stop()


def test_a_zip_bomb_is_refused_by_its_directory(tmp_path: Path) -> None:
    refused(tmp_path, making.package(word__document=b"\0" * 250_000_000), "unpack to far more")


def test_a_member_that_packs_too_well_is_refused(tmp_path: Path) -> None:
    refused(tmp_path, making.package(word__document=b"<w:p/>" * 500_000), "unpack to far more")


def test_a_bomb_that_lies_about_its_size_is_refused(tmp_path: Path) -> None:
    data = bytearray(making.package(word__document=b"\0" * 50_000_000))
    for signature, offset in ((b"PK\x03\x04", 22), (b"PK\x01\x02", 24)):
        at = data.index(signature) + offset
        data[at : at + 4] = struct.pack("<I", 1000)
    refused(tmp_path, bytes(data), "unpack to far more")


def test_a_part_that_is_xml_is_bounded_whatever_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(docx, "XML_BYTES", 100_000)
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_STORED) as package:
        package.writestr("word/media/picture.png", b"<w:document>" * 10_000)
    refused(tmp_path, held.getvalue(), "unpack to far more")


def test_entities_are_refused(tmp_path: Path) -> None:
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document>&a;</w:document>'
    refused(tmp_path, making.package(word__document=entity), "defines entities")


@pytest.mark.parametrize("cut", [10, 500, 5000])
def test_a_truncated_package_is_unreadable(tmp_path: Path, cut: int) -> None:
    with pytest.raises(Unreadable, match="damaged or cut short"):
        making.read(write(tmp_path, letter()[:-cut]))


def test_an_encrypted_or_old_file_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(Unreadable, match="encrypted, or an old Word file"):
        making.read(write(tmp_path, b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)))
