"""PDF documents: the text of each page; pages that are only a picture are read by OCR.

An Item holds all pages, or as many as fit into 256 Ki characters; each page is a Segment with its number (from 1).
The text is PDFium's, in the order in which the page draws it. PDFium is not thread-safe: one document at a time.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Item, Segment, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.outline import trimmed
from secondme.sources.pictures import image

NAME = "PDF"
PART_CHARS = 256 * 1024
OCR_PAGES = 30  # some seconds each

_BETWEEN = "\n\n"
_OCR_DPI = 150
_OCR_PIXELS = 2000  # of the longer side: more is scaled down again by the detector
_ERROR_PASSWORD, _ERROR_SECURITY = 4, 5  # FPDF_ERR_PASSWORD, FPDF_ERR_SECURITY
# PDFium writes U+FFFE (formerly U+0002) for a hyphen at the end of a line, and leaves out the line's end
_HYPHEN = re.compile("[\x02\ufffe]\n?")
_DATE = re.compile(r"D:(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d)?)?(?:Z|([+-]\d\d)'?(\d\d)?)?")


@dataclass(frozen=True, slots=True)
class _Page:
    number: int
    text: str


def claims(file: File) -> str | None:
    if file.head.startswith(b"%PDF-"):
        return "begins like a PDF"
    return "ends in .pdf" if file.suffix == ".pdf" else None


def read(file: File) -> Iterator[Item | Skipped]:
    import pypdfium2  # 60 ms

    with opened(file.path) as stream:
        try:
            pdf = pypdfium2.PdfDocument(stream)
        except pypdfium2.PdfiumError as error:
            raise _unreadable(error) from error
        try:
            if len(pdf) == 0:
                raise Unreadable("is damaged or cut short: no page could be found")
            yield from _document(file, pdf)
            if file.size > len(file.head) or b"%%EOF" not in file.head:
                stream.seek(max(0, file.size - 4096))
                if b"%%EOF" not in stream.read():
                    yield Skipped(file.name, f"seems to be cut short; {len(pdf)} pages of it could be read")
        finally:
            pdf.close()


def _unreadable(error: Any) -> Unreadable:
    if error.err_code in (_ERROR_PASSWORD, _ERROR_SECURITY):
        return Unreadable("is encrypted and needs a password", "Save a copy without the password and ingest that.")
    return Unreadable("is damaged or cut short, or is not a PDF")


def _document(file: File, pdf: Any) -> Iterator[Item | Skipped]:
    about = pdf.get_metadata_dict()
    title = " ".join(about.get("Title", "").replace("\0", "").split()) or PurePath(file.name).stem
    when = dates.in_name(file.name, file.zone) or _date(about.get("CreationDate", ""), file.zone)
    time, zoned = when or (file.modified, True)
    notes: list[str] = []
    base, line, found = 0, 1, False
    for text, segments, local in _parts(_pages(pdf, notes)):
        found = True
        yield Item("document", text, segments, local, title, time, base=base, line=line, zoned=zoned)
        base, line = base + len(text), line + text.count("\n")
    if not found:
        notes.insert(0, "holds no text")
    yield from (Skipped(file.name, note) for note in notes)


def _parts(pages: Iterator[_Page]) -> Iterator[tuple[str, tuple[Segment, ...], str]]:
    """Texts of whole pages with their segments, and each one's local name; one text for all if they fit."""
    batch: list[_Page] = []
    size = number = 0
    for page in pages:
        if batch and size + len(page.text) > PART_CHARS:
            number += 1
            text, segments = _joined(batch)
            yield text + _BETWEEN, segments, f"part-{number:04}"
            batch, size = [], 0
        batch.append(page)
        size += len(page.text) + len(_BETWEEN)
    if batch:
        yield *_joined(batch), f"part-{number + 1:04}" if number else ""


def _joined(pages: list[_Page]) -> tuple[str, tuple[Segment, ...]]:
    text = _BETWEEN.join(page.text for page in pages)
    segments, at = [], 0
    for page in pages:
        start, end = trimmed(text, at, at + len(page.text))
        segments.append(Segment(start, end, page=page.number))
        at += len(page.text) + len(_BETWEEN)
    return text, tuple(segments)


def _pages(pdf: Any, notes: list[str]) -> Iterator[_Page]:
    """The pages that hold text, drawn or pictured; what had to be left out is noted."""
    import pypdfium2

    pictured: list[int] = []
    broken: list[int] = []
    for number in range(1, len(pdf) + 1):
        try:
            page = pdf[number - 1]
            try:
                text = _text(page)
                if not text and _draws(page):
                    pictured.append(number)
                    text = _ocr(page) if len(pictured) <= OCR_PAGES else ""
            finally:
                page.close()
        except (pypdfium2.PdfiumError, Unreadable):
            broken.append(number)
            continue
        if text:
            yield _Page(number, text)
    if broken:
        notes.append(f"{len(broken)} pages could not be read, the first is page {broken[0]}")
    if len(pictured) > OCR_PAGES:
        left = len(pictured) - OCR_PAGES
        notes.append(
            f"{left} scanned pages from page {pictured[OCR_PAGES]} on were not read ({OCR_PAGES} is the limit)"
        )


def _text(page: Any) -> str:
    layer = page.get_textpage()
    try:
        written: str = layer.get_text_range()
    finally:
        layer.close()
    return _HYPHEN.sub("-\n", written.replace("\r\n", "\n").replace("\0", "")).strip()


def _draws(page: Any) -> bool:
    """Whether there is anything on the page at all."""
    return next(iter(page.get_objects(max_depth=1)), None) is not None


def _ocr(page: Any) -> str:
    scale = min(_OCR_DPI / 72, _OCR_PIXELS / max(1.0, *page.get_size()))
    bitmap = page.render(scale=scale)
    try:
        return image.recognise(bitmap.to_pil())
    finally:
        bitmap.close()


def _date(written: str, owner: tzinfo | None) -> tuple[datetime, bool] | None:
    """A date as PDF writes it, D:YYYYMMDDHHmmSS+HH'mm (ISO 32000-1, 7.9.4), and whether it names its zone."""
    match = _DATE.match(written)
    if match is None:
        return None
    year, month, day, hour, minute, second, zone, zone_minute = match.groups(default="")
    offset = f"{zone}:{zone_minute or '00'}" if zone else "+00:00" if "Z" in written else ""
    found = dates.parse(f"{year}-{month}-{day}T{hour or '00'}:{minute or '00'}:{second or '00'}{offset}", owner)
    return (found, bool(offset)) if found else None
