"""Plain text, and anything that reads as such: notes, logs, CSV, source code, a chat export.

Streams: a file of any size is read in bounded memory and handed out in parts of at most 64 Ki characters, cut between
paragraphs where it can be. The parts' texts, one after the other, are the decoded file exactly.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import PurePath

from secondme.records import Item, Segment, SegmentKind, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.outline import Above, Block, segments, trimmed

NAME = "plain text"
PART_CHARS = 64 * 1024

_PROSE = ".txt .text .log .rst .org .adoc .tex .srt .vtt"
_TABLES = ".csv .tsv"
_CODE = (
    ".json .jsonl .toml .yaml .yml .ini .cfg .conf .xml .sql .sh .bash .zsh .fish .bat .ps1 .py .js .ts .jsx .tsx .css"
    " .c .h .cc .cpp .hpp .cs .java .kt .go .rs .rb .php .pl .lua .r .jl .swift .scala .hs .ex .clj .el .diff .patch"
)
_KINDS: dict[str, SegmentKind] = {
    **dict.fromkeys(_PROSE.split(), "prose"),
    **dict.fromkeys(_TABLES.split(), "table"),
    **dict.fromkeys(_CODE.split(), "code"),
}
# A log that survived a crash may hold a run of NULs; a file that calls itself text may have that much, others nothing.
_TOLERANCE = 0.1
_RULE = re.compile(r"^(?:={3,}|-{3,})(?=[ \t\r]*$)", re.MULTILINE)


def claims(file: File) -> str | None:
    known = file.suffix in _KINDS
    if looks_binary(file.head, _TOLERANCE if known else 0.0):
        return None
    return f"ends in {file.suffix}" if known else "holds text"


def read(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    written = False
    with opened(file.path) as stream:
        for item in _items(file, parts(decoder.stream(stream))):
            written = written or bool(item.segments)
            yield item
    if not written:
        yield Skipped(file.name, "holds no text")
    yield from loss(file, decoder)


def parts(pieces: Iterable[str]) -> Iterator[str]:
    """The same text in parts of at most PART_CHARS characters."""
    rest = ""
    for piece in pieces:
        rest += piece
        while len(rest) > PART_CHARS:
            cut = _border(rest)
            yield rest[:cut]
            rest = rest[cut:]
    if rest:
        yield rest


def _border(text: str) -> int:
    """Where to cut a text that is longer than a part: after a paragraph, a line, a word, or just anywhere."""
    for border in ("\n\n", "\n\r\n", "\n", " "):
        if (at := text.rfind(border, PART_CHARS // 2, PART_CHARS)) >= 0:
            return at + len(border)
    return PART_CHARS - 1 if text[PART_CHARS - 1] == "\r" else PART_CHARS


def _items(file: File, texts: Iterator[str]) -> Iterator[Item]:
    title = PurePath(file.name).stem
    time, zoned = dates.in_name(file.name, file.zone) or (file.modified, True)
    kind = _KINDS.get(file.suffix, "prose")
    above: Above = []
    number, base, line = 1, 0, 1
    text, following = next(texts, None), next(texts, None)
    while text is not None:
        alone = number == 1 and following is None
        yield Item(
            kind="text",
            text=text,
            segments=_segments(text, kind, above),
            local="" if alone else f"part-{number:04}",
            title=title,
            time=time,
            base=base,
            line=line,
            zoned=zoned,
        )
        number, base, line = number + 1, base + len(text), line + text.count("\n")
        text, following = following, next(texts, None)


def _segments(text: str, kind: SegmentKind, above: Above) -> tuple[Segment, ...]:
    headings = _underlined(text) if kind == "prose" else []
    blocks: list[Block] = []
    at = 0
    for heading in [*headings, Block(len(text), len(text))]:
        blocks.append(Block(*trimmed(text, at, heading.start), kind))
        blocks.append(heading)
        at = heading.end
    return segments(blocks, above)


def _underlined(text: str) -> list[Block]:
    """Headings in the reStructuredText manner: a line, and under it `=` or `-` for at least its length."""
    found = []
    for rule in _RULE.finditer(text):
        before = text[max(0, rule.start() - 120) : rule.start()]
        line = before.removesuffix("\n").removesuffix("\r").rpartition("\n")[2]
        start = rule.start() - len(before) + before.rfind(line)
        title = line.strip()
        fits = len(title) <= rule.end() - rule.start() <= len(title) + 3
        if fits and 0 < len(title) <= 100 and line[0] not in " \t=-|":
            found.append(Block(start, rule.end(), level=1 if rule[0][0] == "=" else 2, title=title))
    return found
