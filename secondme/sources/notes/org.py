"""Org mode (.org): headings, lists, tables, blocks; the text stays the file's own, drawers and comments get no segment.

By the Org Syntax document (orgmode.org/worg/org-syntax.html), as far as lines tell: nothing within a line is parsed but
links. A large file comes in parts, as plain text does. A file with an :ID: of its own (org-roam) keeps its identity
wherever it is moved.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from pathlib import PurePath

from secondme.records import Item, SegmentKind, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.documents import text
from secondme.sources.files import opened
from secondme.sources.outline import Above, Block, segments, trimmed

NAME = "Org"

_SUFFIXES = frozenset((".org", ".org_archive"))
_LINE = re.compile(r"[^\n]*\n|[^\n]+\Z")
_HEADING = re.compile(r"(\*+)[ \t]+(.*)")
_TAGS = re.compile(r"(?<=[ \t]):((?:[\w@#%]+:)+)$")
_PRIORITY = re.compile(r"(?:^|(?<=[ \t]))\[#[A-Z0-9]{1,2}\][ \t]*")
_KEYWORD = re.compile(r"#\+(\w+):(.*)")
_BEGIN = re.compile(r"[ \t]*#\+begin_(\w+)\b", re.IGNORECASE)
_END = re.compile(r"[ \t]*#\+end_(\w+)[ \t\r]*$", re.IGNORECASE)
_DRAWER = re.compile(r"[ \t]*:(?!end:)([\w-]+):[ \t\r]*$", re.IGNORECASE)
_DRAWER_END = re.compile(r"[ \t]*:end:[ \t\r]*$", re.IGNORECASE)
_PROPERTY = re.compile(r"[ \t]*:(ID|CREATED|DATE):[ \t](.*)", re.IGNORECASE)
_PLANNING = re.compile(r"[ \t]*(?:SCHEDULED|DEADLINE|CLOSED):[ \t]*[<\[]")
_ITEM = re.compile(r"[ \t]*(?:[-+]|\d+[.)]|[A-Za-z][.)])(?:[ \t]|\r?$)|[ \t]+\*[ \t]")
_COMMENT = re.compile(r"[ \t]*#(?:[ \t\r]|$)")
_RULE = re.compile(r"[ \t]*-{5,}[ \t\r]*$")
_STAMP = re.compile(r"[<\[]?(\d{4}-\d\d-\d\d)(?:[ \t]+[^\d\s>\]]+)?(?:[ \t]+(\d{1,2}:\d\d))?")
_LINK = re.compile(r"\[\[([^\[\]\n]+)\](?:\[([^\[\]\n]+)\])?\]")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:(?!$)", re.IGNORECASE)
_BLOCKS: dict[str, SegmentKind] = {"src": "code", "example": "code", "export": "code", "quote": "quoted"}


def claims(file: File) -> str | None:
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES and not looks_binary(file.head, 0.1) else None


def read(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    written = False
    with opened(file.path) as stream:
        for item in _items(file, text.parts(decoder.stream(stream))):
            written = written or bool(item.segments)
            yield item
    if not written:
        yield Skipped(file.name, "holds no text")
    yield from loss(file, decoder)


@dataclass(slots=True)
class _Front:
    """What a file says about itself before its first heading."""

    fields: dict[str, str] = field(default_factory=dict)
    tags: list[str] = field(default_factory=list)


@dataclass(slots=True)
class _State:
    """What is still open at the end of a line, and of a part."""

    above: Above = field(default_factory=list)
    block: str = ""  # the name of the block, "drawer", or ""
    headed: bool = False
    front: _Front = field(default_factory=_Front)


@dataclass(frozen=True, slots=True)
class _Row:
    """A line, as a span of its part, and what it belongs to: a kind of segment, "" for none, "gap" for a border."""

    start: int
    end: int
    kind: SegmentKind | str
    level: int = 0
    title: str = ""


def _items(file: File, parts: Iterator[str]) -> Iterator[Item]:
    state = _State()
    number, base, line = 1, 0, 1
    part, following = next(parts, None), next(parts, None)
    while part is not None:
        tags: list[str] = []
        rows = list(_rows(part, state, tags))
        front = state.front.fields
        name = f"part-{number:04}" if number > 1 or following is not None else ""
        identity = front.get("id", "")
        time = _stamp(front.get("date") or front.get("created", ""), file.zone)
        yield Item(
            kind="note",
            text=part,
            segments=segments(_blocks(part, rows), state.above),
            local="/".join(filter(None, (identity, name))),
            title=front.get("title") or PurePath(file.name).stem,
            time=time or dates.from_name(file.name, file.zone) or file.modified,
            tags=tuple(dict.fromkeys((*state.front.tags, *tags))),
            links=tuple(dict.fromkeys(_links(part))),
            base=base,
            line=line,
            origin="org" if identity else "",
            zoned=time is None,
        )
        number, base, line = number + 1, base + len(part), line + part.count("\n")
        part, following = following, next(parts, None)


def _rows(part: str, state: _State, tags: list[str]) -> Iterator[_Row]:
    listed = False
    for match in _LINE.finditer(part):
        line = match[0].removesuffix("\n")
        start, end = match.start(), match.start() + len(line)
        if not state.block and (heading := _HEADING.match(line)):
            state.headed = True
            title = heading[2].rstrip()
            if tagged := _TAGS.search(title):
                tags.extend(filter(None, tagged[1].split(":")))
                title = title[: tagged.start()]
            title = " ".join(_PRIORITY.sub("", _labelled(title)).split())
            yield _Row(start, end, "prose", len(heading[1]), title)
            listed = False
            continue
        kind = _kind(line, state)
        if kind == "prose" and listed and line[:1] in (" ", "\t"):
            kind = "list"  # the rest of an item is indented
        listed = kind == "list" or (listed and kind == "gap")
        yield _Row(start, end, kind)


def _kind(line: str, state: _State) -> str:
    """What a line belongs to; opens and closes blocks and drawers."""
    if state.block == "drawer":
        if _DRAWER_END.match(line):
            state.block = ""
        elif not state.headed and (found := _PROPERTY.match(line)):
            state.front.fields.setdefault(found[1].lower(), found[2].strip())
        return ""
    if state.block:
        if (closing := _END.match(line)) and closing[1].lower() == state.block:
            state.block = ""
            return ""
        return "" if state.block == "comment" else _BLOCKS.get(state.block, "prose")
    if opening := _BEGIN.match(line):
        state.block = opening[1].lower()
        return ""
    if _DRAWER.match(line):
        state.block = "drawer"
        return ""
    if keyword := _KEYWORD.match(line):
        _keyword(keyword[1].lower(), keyword[2].strip(), state)
        return ""
    return _plain_kind(line)


def _plain_kind(line: str) -> str:
    stripped = line.strip()
    if not stripped:
        return "gap"
    if _COMMENT.match(line) or _RULE.match(line) or stripped.startswith("#+"):
        return ""
    if _PLANNING.match(line):
        return "field"
    if stripped.startswith("|"):
        return "table"
    if stripped == ":" or stripped.startswith(": "):
        return "code"
    return "list" if _ITEM.match(line) else "prose"


def _keyword(name: str, value: str, state: _State) -> None:
    if name == "filetags":
        state.front.tags.extend(filter(None, re.split(r"[:\s]+", value)))
    elif name == "title" and value:
        # several lines of title are one
        before = state.front.fields.get("title", "")
        state.front.fields["title"] = f"{before} {value}".strip()[:1000]
    elif name == "date":
        state.front.fields.setdefault(name, value)


def _blocks(part: str, rows: list[_Row]) -> Iterator[Block]:
    """Runs of lines of one kind; an empty line goes on with a list and within code, and parts paragraphs no further."""
    run: tuple[int, int, str] | None = None
    for row in rows:
        if row.level or not row.kind or (run is not None and row.kind not in (run[2], "gap")):
            if run is not None:
                yield _block(part, *run)
            run = None
        if row.level:
            yield Block(row.start, row.end, level=row.level, title=row.title)
        elif not row.kind:
            yield Block(row.end, row.end)
        elif row.kind != "gap":
            run = (run[0] if run else row.start, row.end, row.kind)
        elif run is not None and run[2] == "table":
            yield _block(part, *run)
            run = None
    if run is not None:
        yield _block(part, *run)


def _block(part: str, start: int, end: int, kind: str) -> Block:
    known: dict[str, SegmentKind] = {"list": "list", "table": "table", "code": "code", "field": "field"}
    return Block(*trimmed(part, start, end), "quoted" if kind == "quoted" else known.get(kind, "prose"))


def _labelled(title: str) -> str:
    return _LINK.sub(lambda link: link[2] or link[1], title)


def _links(part: str) -> Iterator[str]:
    """Files beside this one by their path, notes by their id (`id:…`), and what stands in brackets alone."""
    for link in _LINK.finditer(part):
        target = link[1].strip()
        if target.startswith("file:"):
            yield target.removeprefix("file:").partition("::")[0]
        elif target.startswith("id:") or not _ELSEWHERE.match(target):
            yield target.lstrip("*#")


def _stamp(written: str, zone: tzinfo | None) -> datetime | None:
    """A timestamp, active or not: `<2023-01-15 Sun 10:15>`, also without its brackets."""
    found = _STAMP.search(written)
    if found is None:
        return None
    return dates.parse(f"{found[1]} {found[2].zfill(5)}" if found[2] else found[1], zone)
