"""Tables as text: CSV, TSV and their kin, in any delimiter and encoding.

A table is one Item, or parts of bounded size, and each row is a segment in which every value stands behind its column's
name ("Title: Dune; Year: 1965"): a row alone must be found by what its columns are about, and be understood when it is
quoted. So the text is put together here; it keeps the file's lines, and a row is found at its line in the file.
A table of notes, with a column for titles and one for what is written under them, gives a note for each row.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import PurePath

from secondme.records import Item, Segment, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes import daily, delimited, frontmatter
from secondme.sources.notes.delimited import Row
from secondme.sources.outline import Piece, compose

NAME = "table"
PART_CHARS = 64 * 1024

_SUFFIXES = {".csv": "", ".tsv": "\t", ".tab": "\t"}
_TITLES = ("title", "notetitle", "pagetitle", "subject", "headline", "heading", "titel", "titre", "titulo", "título")
_BODIES = (
    "content", "contents", "body", "text", "notetext", "textcontent", "markdown", "entry", "note", "notes",
    "description", "inhalt", "contenu", "contenido", "conteúdo", "contenuto", "notiz",
)  # fmt: skip
_IDS = ("id", "uuid", "guid", "noteid", "identifier")


@dataclass(frozen=True, slots=True)
class _Columns:
    """Which columns of a table of notes hold what."""

    names: tuple[str, ...]
    title: int
    body: int


def claims(file: File) -> str | None:
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES and not looks_binary(file.head, 0.1) else None


def read(file: File) -> Iterator[Item | Skipped]:
    encoding = sniff(file.head, len(file.head) >= file.size)
    form = delimited.form(_sample(file, encoding), _SUFFIXES.get(file.suffix, ""))
    decoder = Decoder(encoding)
    found = False
    with opened(file.path) as stream:
        source = delimited.lines(decoder.stream(stream))
        if form.told:
            next(source, None)
        rows = delimited.rows(source, form.delimiter, 1 + form.told)
        names = _names(rows) if form.header else ()
        columns = _of_notes(names)
        for item in _notes(file, rows, columns) if columns else _parts(file, rows, names):
            found = True
            yield item
    if not found:
        yield Skipped(file.name, "holds no rows")
    yield from loss(file, decoder)


def _sample(file: File, encoding: str) -> str:
    """The whole lines among the first of the file."""
    whole = len(file.head) >= file.size
    sample = Decoder(encoding).decode(file.head, whole)
    return sample if whole else sample.rpartition("\n")[0] or sample


def _names(rows: Iterator[Row]) -> tuple[str, ...]:
    first = next((row for row in rows if any(cell.strip() for cell in row.cells)), None)
    return tuple(" ".join(cell.split()) for cell in first.cells) if first else ()


def _parts(file: File, rows: Iterable[Row], names: tuple[str, ...]) -> Iterator[Item]:
    """The table in Items of about PART_CHARS characters."""
    when = daily.from_name(file.name, file.zone) or daily.When(file.modified, True)
    whole = Item("text", "", (), title=PurePath(file.name).stem, time=when.time, zoned=when.zoned)
    texts: list[str] = []
    segments: list[Segment] = []
    at, number, line = 0, 1, 0
    for row in chain(rows, (None,)):
        if segments and (row is None or at > PART_CHARS):
            alone = row is None and number == 1
            local = "" if alone else f"part-{number:04}"
            yield replace(whole, text="".join(texts).rstrip("\n"), segments=tuple(segments), local=local, line=line)
            texts, segments, at, number = [], [], 0, number + 1
        if row is None or (not (said := _said(row, names)) and not segments):
            continue
        if said:
            segments.append(Segment(at, at + len(said), "table"))
        line = row.line if len(texts) == 0 else line
        # as many lines as the row has in the file
        texts.append(said + "\n" * (row.height - said.count("\n")))
        at += len(texts[-1])


def _said(row: Row, names: tuple[str, ...]) -> str:
    """A row in words: each value that there is behind the name of its column."""
    named = chain(names, ("",) * len(row.cells))
    cells = ((name, cell.strip()) for name, cell in zip(named, row.cells, strict=False))
    return "; ".join(f"{name}: {cell}" if name else cell for name, cell in cells if cell)


def _of_notes(names: tuple[str, ...]) -> _Columns | None:
    keys = [_key(name) for name in names]
    title = next((keys.index(key) for key in _TITLES if key in keys), None)
    body = next((keys.index(key) for key in _BODIES if key in keys), None)
    if title is None and body is not None and "name" in keys and keys[body] in _BODIES[:7]:
        title = keys.index("name")
    return None if title is None or body is None else _Columns(names, title, body)


def _notes(file: File, rows: Iterable[Row], columns: _Columns) -> Iterator[Item]:
    seen: dict[str, int] = {}
    for row in rows:
        item = _note(file, row, columns)
        if item is None:
            continue
        number = seen[item.local] = seen.get(item.local, 0) + 1
        yield item if number == 1 else replace(item, local=f"{item.local}-{number}")


def _note(file: File, row: Row, columns: _Columns) -> Item | None:
    named = chain(columns.names, ("",) * len(row.cells))
    cells = [(name, cell.strip()) for name, cell in zip(named, row.cells, strict=False)]
    title, body = (cells[column][1] if column < len(cells) else "" for column in (columns.title, columns.body))
    others = [cell for number, cell in enumerate(cells) if number not in (columns.title, columns.body) and cell[1]]
    pieces = [Piece(body)] if body else []
    if others:
        pieces.append(Piece("\n".join(f"{name}: {cell}" if name else cell for name, cell in others), "field"))
    text, segments = compose(pieces or ([Piece(title)] if title else []))
    if not text:
        return None
    entries = dict(reversed([(name, cell) for name, cell in others]))
    when = frontmatter.made(entries, file.zone) or frontmatter.edited(entries, file.zone)
    title = " ".join(title.split()) or text.partition("\n")[0][:80]
    return Item(
        kind="note",
        text=text,
        segments=segments,
        local=_identity(entries, title),
        title=title,
        time=when.time if when else file.modified,
        tags=tuple(dict.fromkeys(tag for name, cell in others if frontmatter.is_tags(name) for tag in _tags(cell))),
        line=0,  # a cell's line is not the text's: a row has all its cells on one
        part=title,
        zoned=when.zoned if when else True,
    )


def _identity(entries: Mapping[str, str], title: str) -> str:
    """The row's own id, or else what its title and date make: not its place among the others, nor its words."""
    keyed = {_key(name): cell for name, cell in entries.items()}
    if own := next((keyed[key] for key in _IDS if keyed.get(key)), ""):
        return own[:200]
    dated = "\0".join(cell for key, cell in sorted(keyed.items()) if key in ("date", "created", "createdat"))
    return hashlib.blake2b(f"{title}\0{dated}".encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()


def _tags(cell: str) -> list[str]:
    """With commas or the like between them tags may be of several words."""
    parts = re.split(r"[,;|\n]", cell) if re.search(r"[,;|\n]", cell) else cell.split()
    return [tag for part in parts if (tag := part.strip().lstrip("#"))]


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", "", name).lower()
