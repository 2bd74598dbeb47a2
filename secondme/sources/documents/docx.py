"""Word documents (.docx): paragraphs, lists and tables in the order of the document, under their headings.

Knows how much a package may hold before anything opens it. Text in boxes and content controls is read; headers,
footers, comments, footnotes and deleted text are not. An Item's offsets are offsets into the text put together here.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import PurePath
from typing import Any, BinaryIO

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.files import opened
from secondme.sources.outline import Piece, compose

NAME = "Word document"
TOTAL_BYTES = 200 * 1024 * 1024
XML_BYTES = 32 * 1024 * 1024  # of one part: its tree takes some ten times that; a thick novel is 10 MB
RATIO = 200  # of a member larger than 1 MB; text in XML packs to 1/10, rarely 1/50
MEMBERS = 10_000

_BLOCK = 64 * 1024

_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_FALLBACK = "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_HEADING = re.compile(r"heading (\d)", re.IGNORECASE)
_BOMB = "would unpack to far more than a document holds"


def claims(file: File) -> str | None:
    if file.suffix == ".docx":
        return "ends in .docx"
    # other Office packages have no such part; a suffix that is known stays with its reader
    return "holds a Word document" if file.suffix == "" and b"word/document.xml" in file.head else None


def read(file: File) -> Iterator[Item | Skipped]:
    from docx import Document  # 150 ms, lxml included

    if file.head.startswith(_OLE):
        raise Unreadable("is encrypted, or an old Word file by another name", "Save it again as .docx, no password.")
    with opened(file.path) as stream:
        try:
            check(stream)
            document = Document(stream)
            levels = _levels(document)
            body, segments = compose(_pieces(document.element.body, levels))
            about = document.core_properties
            title, time = " ".join((about.title or "").split()), _time(about)
        except Unreadable:
            raise
        # per record: zipfile, zlib, lxml and python-docx raise some dozen unrelated types for a damaged package
        except Exception as error:
            raise Unreadable("is damaged or cut short, or is not a Word document") from error
    if not body:
        yield Skipped(file.name, "holds no text")
        return
    named = dates.in_name(file.name, file.zone)
    yield Item(
        kind="document",
        text=body,
        segments=segments,
        title=title or PurePath(file.name).stem,
        time=named[0] if named else time or file.modified,
        zoned=named is None or named[1],
    )


def check(stream: BinaryIO) -> None:
    """Refuse a package that would unpack to too much, before anything unpacks it. Raises Unreadable.

    Sizes in a zip directory are claims, and zipfile checks them only after unpacking; so every member is unpacked
    here once, 64 KiB at a time, into nothing.
    """
    with zipfile.ZipFile(stream) as package:
        members = package.infolist()
        if len(members) > MEMBERS or sum(member.file_size for member in members) > TOTAL_BYTES:
            raise Unreadable(_BOMB)
        for member in members:
            claimed = member.file_size
            large = claimed > 1024 * 1024 and claimed > RATIO * max(1, member.compress_size)
            if large:
                raise Unreadable(_BOMB)
            _unpack(package, member)
    stream.seek(0)


def _unpack(package: zipfile.ZipFile, member: zipfile.ZipInfo) -> None:
    claimed = member.file_size
    # without this, reading stops where the directory says, not where the data ends
    member.file_size = TOTAL_BYTES + 1
    with package.open(member) as data:
        block = data.read(_BLOCK)
        # by content: any name can be declared to be XML
        xml = block.replace(b"\0", b"").lstrip(b"\xef\xbb\xbf\xff\xfe \t\r\n").startswith(b"<")
        # Word writes no DTD; one is there to define entities
        if xml and b"<!DOCTYPE" in block.replace(b"\0", b"").upper():
            raise Unreadable("defines entities, which a Word document never does")
        limit = min(claimed, XML_BYTES) if xml else claimed
        real = 0
        while block:
            real += len(block)
            if real > limit:
                raise Unreadable(_BOMB)
            block = data.read(_BLOCK)


def _levels(document: Any) -> dict[str, tuple[int, bool]]:
    """Style id -> (heading level or 0, whether it is a list style). The title ranks with the first headings."""
    found = {}
    for style in document.styles:
        name = style.name or ""
        match = _HEADING.match(name)
        level = int(match[1]) if match else 1 if name == "Title" else 0
        found[style.style_id] = (level, name.startswith("List"))
    return found


def _pieces(body: Any, styles: dict[str, tuple[int, bool]]) -> Iterator[Piece]:
    items: list[str] = []
    for element in _blocks(body):
        level, listed = _style(element, styles)
        text = _table(element) if element.tag == f"{_W}tbl" else _words(element)
        if listed and text:
            items.append(f"- {text}")
            continue
        if items:
            yield Piece("\n".join(items), "list")
            items = []
        if text:
            yield Piece(text, "table" if element.tag == f"{_W}tbl" else "prose", level)
    if items:
        yield Piece("\n".join(items), "list")


def _blocks(body: Any) -> Iterator[Any]:
    """Paragraphs and tables of a body or a cell, those in content controls and tracked moves included."""
    stack = list(reversed(body))
    while stack:
        element = stack.pop()
        if element.tag in (f"{_W}p", f"{_W}tbl"):
            yield element
        elif element.tag in (
            f"{_W}sdt",
            f"{_W}sdtContent",
            f"{_W}ins",
            f"{_W}moveTo",
            f"{_W}customXml",
            f"{_W}smartTag",
        ):
            stack.extend(reversed(element))


def _style(element: Any, styles: dict[str, tuple[int, bool]]) -> tuple[int, bool]:
    about = element.find(f"{_W}pPr")
    if about is None:
        return 0, False
    named = about.find(f"{_W}pStyle")
    level, listed = styles.get(named.get(f"{_W}val", ""), (0, False)) if named is not None else (0, False)
    return level, not level and (listed or about.find(f"{_W}numPr") is not None)


def _words(paragraph: Any) -> str:
    """A paragraph's text with inserted and without deleted runs; a text box's once, not again for its fallback."""
    said = []
    for mark in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}cr", f"{_W}noBreakHyphen"):
        if next(mark.iterancestors(_FALLBACK), None) is not None:
            continue
        match mark.tag.removeprefix(_W):
            case "t":
                said.append(mark.text or "")
            case "tab":
                # a tab stop's definition has the same name as a tab
                said.append("\t" if mark.getparent().tag == f"{_W}r" else "")
            case "noBreakHyphen":
                said.append("-")
            case _:
                said.append("\n")
    return "".join(said).strip()


def _table(table: Any) -> str:
    """One line per row, cells between bars; a table within a cell is read as the cell's text."""
    rows = []
    for row in table.iterchildren(f"{_W}tr"):
        cells = [" ".join(" ".join(_words(p) for p in cell.iter(f"{_W}p")).split()) for cell in row.iter(f"{_W}tc")]
        if any(cells):
            rows.append(" | ".join(cells))
    return "\n".join(rows)


def _time(about: Any) -> datetime | None:
    """When it was last saved, by its own word; a file made by python-docx has only its template's date."""
    if about.author == "python-docx":
        return None
    saved = about.modified or about.created
    return saved.replace(tzinfo=saved.tzinfo or UTC) if saved else None
