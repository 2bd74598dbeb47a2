"""Rows out of delimited text (RFC 4180 and what is written in its name): which delimiter, a header or none, the rows.

csv.Sniffer guesses from letter frequencies and fails on text with quotes and newlines in it; here the delimiter is the
one that gives most rows the same number of cells, and a first row is a header only if something speaks for it. A quote
that is never closed costs its row, not those after it. Knows nothing of what columns mean.
"""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice

DELIMITERS = ",;\t|"
ROW_CHARS = 1024 * 1024  # also of one cell; what is longer is no row
_SAMPLE_ROWS = 200
_SEPARATOR = re.compile(r"sep=([,;:|^~ \t])", re.IGNORECASE)  # Excel's own first line
_VALUE = re.compile(
    r"[-+(]?[$€£]?\d[\d\s.,:/%eE+()TZ-]*[$€£%]?|true|false|yes|no|https?://\S+|\S+@\S+\.\w+", re.IGNORECASE
)
# what columns are often called
_USUAL = (
    "id uuid guid name title subject date time datetime timestamp created modified updated author category tags"
    " tag type kind status priority notes note description content body text comment comments summary url link"
    " email mail phone telephone mobile address street city country zip postcode amount price total quantity"
    " currency balance start end due first last firstname lastname fullname company organization role label folder"
    " key value count number language titel datum betreff inhalt betrag preis ort straße strasse vorname nachname"
    " notiz beschreibung nom prénom prenom titre contenu montant ville adresse fecha nombre título titulo"
    " contenido importe ciudad data nome importo question answer frage antwort front back"
)
_NAMES = frozenset(_USUAL.split())


@dataclass(frozen=True, slots=True)
class Form:
    """How a table is written. `told` says that its first line names the delimiter (`sep=;`) and is no row."""

    delimiter: str
    header: bool
    told: bool = False


@dataclass(frozen=True, slots=True)
class Row:
    """The cells of a row; the number of its first line, and how many lines it takes."""

    cells: list[str]
    line: int
    height: int = 1


@dataclass(slots=True)
class _Feed:
    """Lines for csv.reader, which says nothing of what it took: those of the row in hand, up to a bound."""

    lines: Iterator[str]
    held: list[str] = field(default_factory=list)
    chars: int = 0
    ended: bool = False

    def __iter__(self) -> _Feed:
        return self

    def __next__(self) -> str:
        if self.chars > ROW_CHARS:
            raise csv.Error("a row without end")
        line = next(self.lines, None)
        if line is None:
            self.ended = True
            raise StopIteration
        self.held.append(line)
        self.chars += len(line)
        return line

    def clear(self) -> None:
        self.held, self.chars = [], 0


def form(sample: str, preferred: str = "") -> Form:
    """How a table is written, by its beginning. `preferred` is the delimiter that the file's name stands for."""
    first, _, rest = sample.partition("\n")
    if told := _SEPARATOR.fullmatch(first.rstrip("\r")):
        return Form(told[1], _has_header(_sampled(rest, told[1])), True)
    read = {delimiter: _sampled(sample, delimiter) for delimiter in DELIMITERS}
    best = max(DELIMITERS, key=lambda delimiter: _fit(read[delimiter], delimiter == preferred))
    return Form(best, _has_header(read[best]))


def lines(pieces: Iterable[str]) -> Iterator[str]:
    """The lines of a text that comes in pieces, each ended by one `\\n`; NULs are left out."""
    rest = ""
    for piece in pieces:
        rest += piece.replace("\0", "")
        whole, rest = (rest[:-1], "\r") if rest.endswith("\r") else (rest, "")
        *done, last = whole.replace("\r\n", "\n").replace("\r", "\n").split("\n")
        yield from (f"{line}\n" for line in done)
        rest = last + rest
        if len(rest) > ROW_CHARS:
            yield f"{rest}\n"
            rest = ""
    if rest:
        yield rest.removesuffix("\r") + "\n"


def rows(source: Iterator[str], delimiter: str, line: int = 1) -> Iterator[Row]:
    """The rows of the lines, the first of which has the number `line`; an empty line is a row without cells."""
    csv.field_size_limit(max(csv.field_size_limit(), 2 * ROW_CHARS))
    feed = _Feed(source)
    reading = csv.reader(feed, delimiter=delimiter)
    while not feed.ended:
        feed.clear()
        cells: list[str] | None = None
        broken = True
        try:
            cells = next(reading, None)
            broken = feed.ended and len(feed.held) > 1 and _is_open(feed.held, delimiter)
        except csv.Error:
            pass
        if broken:
            for one in feed.held:
                yield Row(_plain(one, delimiter), line)
                line += 1
        elif cells is not None:
            yield Row(cells, line, len(feed.held))
            line += len(feed.held)


def _sampled(sample: str, delimiter: str) -> list[list[str]]:
    found = rows(lines([sample]), delimiter)
    return list(islice((row.cells for row in found if any(cell.strip() for cell in row.cells)), _SAMPLE_ROWS))


def _fit(sampled: Sequence[Sequence[str]], preferred: bool) -> tuple[float, int]:
    """How well the rows fit one width: the share that has it, less if the first has not; then the width itself."""
    widths = Counter(len(cells) for cells in sampled)
    width, count = widths.most_common(1)[0] if widths else (1, 0)
    if width < 2:
        return (0.0, int(preferred))
    share = count / len(sampled)
    return (share * (1 if len(sampled[0]) == width else 0.5) + preferred, width)


def _has_header(sampled: Sequence[Sequence[str]]) -> bool:
    """Whether the first row names the columns: words, each once, and a usual name among them or values under them."""
    if len(sampled) < 2:
        return bool(sampled) and len(sampled[0]) > 1 and len(_usual(sampled[0])) == len(sampled[0])
    first = [cell.strip() for cell in sampled[0]]
    named = [cell for cell in first if cell]
    if len(named) < len(first) / 2 or len(set(named)) < len(named):
        return False
    if any(len(cell) > 60 or "\n" in cell or _VALUE.fullmatch(cell) for cell in named):
        return False
    if _usual(named):
        return True
    return any(_holds_values(sampled[1:], column) for column, cell in enumerate(first) if cell)


def _usual(cells: Sequence[str]) -> list[str]:
    return [cell for cell in cells if any(word in _NAMES for word in re.split(r"[\W_]+", cell.lower()))]


def _holds_values(sampled: Sequence[Sequence[str]], column: int) -> bool:
    """Whether nearly all that stands in a column are numbers, dates, addresses or the like."""
    cells = [cells[column].strip() for cells in sampled if column < len(cells) and cells[column].strip()]
    return len(cells) > 0 and sum(_VALUE.fullmatch(cell[:200]) is not None for cell in cells) > 0.9 * len(cells)


def _is_open(held: Sequence[str], delimiter: str) -> bool:
    """Whether the lines end within quotes."""
    try:
        for _ in csv.reader(held, delimiter=delimiter, strict=True):
            pass
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


def _plain(line: str, delimiter: str) -> list[str]:
    """The cells of a line whose quotes mean nothing."""
    return [cell.strip().strip('"') for cell in line.rstrip("\n").split(delimiter)]
