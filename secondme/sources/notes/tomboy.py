"""Tomboy and Gnote: a note in its own XML file (.note), as both keep it in their folder.

The format: <title>, <text> with <note-content> whose first line is the title again, create-date, tags; a notebook is
the tag `system:notebook:NAME`. Sizes and a bold line alone are headings, as Tomboy has no others; an item of a list
that is struck through is one that is done. The note's id is the file's name.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import PurePath

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes.elements import Elements, Unsafe
from secondme.sources.outline import Piece, compose

NAME = "Tomboy"
LIMIT_BYTES = 16 * 1024 * 1024

_OPENING = re.compile(rb"<note\b[^>]*\bxmlns\s*=\s*[\"']http://beatniksoftware\.com/tomboy[\"']")
_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_DEEP = 20  # beyond, white space would outgrow the words
_LEVELS = {"size:huge": 1, "size:large": 2, "bold": 3}
_FIELDS = frozenset(("title", "create-date", "last-change-date", "tag"))


def claims(file: File) -> str | None:
    return "begins like a Tomboy note" if _OPENING.search(file.head[:4096]) else None


def read(file: File) -> Iterator[Item | Skipped]:
    with opened(file.path) as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than the 16 MB that a note may have")
    decoder, note = Decoder(sniff(file.head, len(file.head) >= file.size)), _Note()
    elements = Elements(note)
    cut = ""
    try:
        elements.feed(decoder.decode(data, final=True).lstrip("\ufeff \t\r\n"), final=True)
    except Unreadable as error:
        if not note.lines or isinstance(error, Unsafe):
            raise
        cut = error.message
    item = _item(file, note)
    if item is not None:
        yield item
    else:
        yield Skipped(file.name, "holds no text")
    if cut:
        yield Skipped(file.name, f"{cut}; what comes before that was read")
    yield from loss(file, decoder)


@dataclass(slots=True)
class _Run:
    """A stretch of a line in one style."""

    text: str
    styles: frozenset[str]


@dataclass(slots=True)
class _Line:
    depth: int  # of lists; 0 outside of them
    first: bool = False  # of its item
    runs: list[_Run] = field(default_factory=list)

    @property
    def text(self) -> str:
        return "".join(run.text for run in self.runs).strip()

    def wholly(self, style: str) -> bool:
        return all(style in run.styles for run in self.runs if run.text.strip())


class _Note:
    """What the elements of a note say: its fields, and its content line by line."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = {}
        self.lines: list[_Line] = []
        self.links: list[str] = []
        self._open: list[str] = []
        self._content = False
        self._item = False

    def start(self, name: str, attributes: Mapping[str, str]) -> None:
        self._open.append(name)
        if name == "note-content":
            self._content = True
            self.lines.append(_Line(0))
        elif self._content and name in ("list", "list-item"):
            self.lines.append(_Line(self._open.count("list"), first=name == "list-item"))
        elif name in _FIELDS and not self._content:
            self.fields.setdefault(name, []).append("")
        elif name in ("link:internal", "link:broken"):
            self.links.append("")

    def end(self, name: str) -> None:
        self._open.pop()
        if name == "note-content":
            self._content = False
        elif self._content and name in ("list", "list-item"):
            self.lines.append(_Line(self._open.count("list")))

    def data(self, text: str) -> None:
        if not self._open:
            return
        if self._content:
            self._say(text)
        elif (name := self._open[-1]) in _FIELDS:
            self.fields[name][-1] += text

    def _say(self, text: str) -> None:
        styles = frozenset(self._open)
        if self._open[-1] in ("link:internal", "link:broken"):
            self.links[-1] += text
        for number, part in enumerate(text.split("\n")):
            if number:
                self.lines.append(_Line(self.lines[-1].depth))
            self.lines[-1].runs.append(_Run(part, styles))


def _item(file: File, note: _Note) -> Item | None:
    lines = [line for line in note.lines if line.text]
    first = lines[0].text if lines else ""
    title = " ".join("".join(note.fields.get("title", [])).split()) or first
    if lines and " ".join(first.split()) == title:
        lines = lines[1:]
    text, segments = compose(_pieces(lines))
    if not text:
        # a note that is nothing but its title
        text, segments = compose([Piece(title)] if title else [])
    if not text:
        return None
    stem = PurePath(file.name).stem
    named = _ID.fullmatch(stem)
    tags = [tag.strip() for tag in note.fields.get("tag", [])]
    notebook = next((tag.removeprefix("system:notebook:") for tag in tags if tag.startswith("system:notebook:")), "")
    written = note.fields.get("create-date") or note.fields.get("last-change-date") or [""]
    return Item(
        kind="note",
        text=text,
        segments=segments,
        local=stem.lower() if named else "",
        title=title or stem,
        time=dates.parse(written[0], file.zone) or file.modified,
        tags=tuple(dict.fromkeys(tag.rpartition(":")[2] for tag in tags if tag)),
        links=tuple(dict.fromkeys(" ".join(link.split()) for link in note.links if link.strip())),
        line=0,
        origin="tomboy" if named else "",
        thread=notebook,
    )


def _pieces(lines: list[_Line]) -> Iterator[Piece]:
    rows: list[str] = []
    for line in lines:
        if line.depth == 0 and rows:
            yield Piece("\n".join(rows), "list")
            rows = []
        if line.depth:
            done = "[x] " if line.first and line.wholly("strikethrough") else ""
            rows.append("  " * min(line.depth - 1, _DEEP) + ("- " if line.first else "  ") + done + line.text)
        elif level := next((level for style, level in _LEVELS.items() if line.wholly(style)), 0):
            yield Piece(line.text, level=level)
        else:
            yield Piece(line.text, "code" if line.wholly("monospace") else "prose")
    if rows:
        yield Piece("\n".join(rows), "list")
