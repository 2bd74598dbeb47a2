"""Content lines, which calendars and address books are made of: `NAME;PARAMETER=value:value`, folded, in components.

Knows iCalendar (RFC 5545, section 3.1), vCard 3.0 and 4.0 (RFC 2426, RFC 6350) and the older vCalendar 1.0 and vCard
2.1 with their quoted-printable text and character sets. Knows no property. Libraries for these formats give up on a
whole file for one wrong line; here a wrong line costs itself. A component is held one at a time, so that a file of any
size passes in bounded memory. Lines are unfolded as bytes: programs fold in the middle of a UTF-8 character.
"""

from __future__ import annotations

import quopri
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from secondme.sources.base import File
from secondme.sources.decoding import BLOCK_BYTES, Decoder, sniff
from secondme.sources.files import opened

LINE_BYTES = 256 * 1024  # of one line, unfolded; the rest of it is cut off
COMPONENT_BYTES = 4 * 1024 * 1024
DEEPEST = 8  # components in each other; real ones have four

_BREAK = re.compile(rb"\r*\n|\r(?=[^\r\n])")
_LINE = re.compile(
    r"(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<parameters>(?:;(?:[^\":;]|\"[^\"]*\")*)*):(?P<value>.*)", re.DOTALL
)
_LOOSE = re.compile(r"(?:(?P<group>[\w-]+)\.)?(?P<name>[\w-]+)(?P<parameters>(?:;[^:]*)?):(?P<value>.*)", re.DOTALL)
_PARAMETER = re.compile(r";((?:[^\";]|\"[^\"]*\")*)")
_PIECE = re.compile(r"((?:[^\",]|\"[^\"]*\")*)(?:,|$)")
_QUOTED_PRINTABLE = re.compile(rb"[^:]*;(?:ENCODING=)?\"?QUOTED-PRINTABLE\b", re.IGNORECASE)
_CHARSET = re.compile(rb"[^:]*;CHARSET=\"?([\w.:-]+)", re.IGNORECASE)
# Pictures and keys, megabytes of base64 that nobody reads.
_BULK = re.compile(rb"(?:[\w-]+\.)?(?:PHOTO|LOGO|SOUND|KEY|ATTACH|IMAGE|X-ABCROP[\w-]*)[;:]", re.IGNORECASE)
_ENCODINGS = frozenset(("QUOTED-PRINTABLE", "BASE64", "8BIT", "7BIT", "B", "Q"))
_ESCAPE = re.compile(r"\\([nN,;:\"\\])")
_CARET = re.compile(r"\^([n'^])")
# What stands by itself: where one begins inside another, the other was never closed.
_RECORDS = frozenset(("VEVENT", "VTODO", "VJOURNAL", "VTIMEZONE", "VFREEBUSY", "VCARD"))


@dataclass(frozen=True, slots=True)
class Line:
    """One property. Parameter names are upper case, and a value's escapes are still in it."""

    name: str
    value: str
    parameters: dict[str, list[str]] = field(default_factory=dict)
    group: str = ""

    def parameter(self, name: str) -> str:
        return self.parameters.get(name, [""])[0]

    @property
    def text(self) -> str:
        return plain(self.value)


@dataclass(slots=True)
class Component:
    """What stands between BEGIN and END. `line` is the number of its BEGIN; `whole` is False where no END came.

    `outer` is the calendar around it, as far as it has been read.
    """

    name: str
    line: int = 0
    outer: Component | None = None
    lines: list[Line] = field(default_factory=list)
    inner: list[Component] = field(default_factory=list)
    whole: bool = True
    bytes: int = 0

    def all(self, name: str) -> list[Line]:
        return [line for line in self.lines if line.name == name]

    def first(self, *names: str) -> Line | None:
        """The first property of the first of these names that has a value."""
        return next((line for name in names for line in self.lines if line.name == name and line.value.strip()), None)

    def text(self, *names: str) -> str:
        found = self.first(*names)
        return "" if found is None else found.text.strip()


class Content:
    """One pass over a file. `decoder.lost` counts what it could not decode."""

    def __init__(self, file: File) -> None:
        self._file = file
        self._encoding = sniff(file.head, len(file.head) >= file.size)
        self.decoder = Decoder("cp1252" if self._encoding.startswith("utf-8") else self._encoding)

    def components(self, within: str = "VCALENDAR", wanted: re.Pattern[bytes] | None = None) -> Iterator[Component]:
        """Every component whose parent is `within` or nothing, as it ends, and `within` itself.

        Only lines that `wanted` matches are read, where it is given. Raises Unreadable.
        """
        stack: list[Component] = []
        for number, data in self.unfolded():
            if wanted is not None and not wanted.match(data):
                continue
            line = self.parse(data)
            if line is None:
                if stack and stack[-1].lines:
                    _go_on(stack[-1], self._words(data))
            elif line.name == "BEGIN":
                name = line.value.strip().upper()
                yield from _unclosed(stack, name)
                stack.append(Component(name, number, stack[0] if stack else None))
            elif line.name == "END":
                yield from _closed(stack, line.value.strip().upper(), within)
            elif stack:
                _add(stack[-1], line, len(data))
        for component in reversed(stack):
            component.whole = False
            if component.name in _RECORDS or component.name == within:
                yield component

    def unfolded(self) -> Iterator[tuple[int, bytes]]:
        """The lines with their continuations, and the number each begins at; blank ones are none."""
        number, held = 0, bytearray()
        soft = bulk = False
        for at, data in enumerate(self._physical(), 1):
            if held and (soft or data[:1] in (b" ", b"\t")):
                if not bulk and len(held) < LINE_BYTES:
                    held += data if soft else data[1:]
            elif not data.strip():
                continue
            else:
                if held:
                    yield number, bytes(held)
                number, held = at, bytearray(data.lstrip())
                bulk = _BULK.match(data) is not None
            soft = held.endswith(b"=") and _QUOTED_PRINTABLE.match(held) is not None
            if soft:
                del held[-1:]
        if held:
            yield number, bytes(held)

    def parse(self, data: bytes) -> Line | None:
        """None if this is no property."""
        printable = _QUOTED_PRINTABLE.match(data)
        charset = _CHARSET.match(data)
        words = self._words(data, charset[1].decode("ascii", "replace") if charset and not printable else "")
        found = _LINE.match(words) or _LOOSE.match(words)
        if found is None:
            return None
        value = found["value"]
        if printable:
            named = charset[1].decode("ascii", "replace") if charset else ""
            value = self._words(quopri.decodestring(value.encode("utf-8", "replace")), named)
        name, group = found["name"].upper(), (found["group"] or "").upper()
        return Line(name, value, _parameters(found["parameters"]), group)

    def _physical(self) -> Iterator[bytes]:
        """The lines as they stand; a BOM is no part of the first. UTF-16 and UTF-32 come as UTF-8."""
        with opened(self._file.path) as stream:
            if self._encoding.startswith(("utf-16", "utf-32")):
                wide = Decoder(self._encoding)
                yield from _split(text.encode("utf-8", "replace") for text in wide.stream(stream))
                self.decoder.lost += wide.lost
            else:
                blocks = iter(lambda: stream.read(BLOCK_BYTES), b"")
                yield from _split(blocks)

    def _words(self, data: bytes, charset: str = "") -> str:
        """In the encoding that is named, else in UTF-8, else in what the file looks like."""
        for encoding in (charset, "utf-8"):
            try:
                if encoding:
                    return data.decode(encoding).replace("\0", "\ufffd")
            except (UnicodeError, LookupError, ValueError):
                continue
        if self.decoder.label.startswith("utf"):
            return data.decode("utf-8", "replace")
        return self.decoder.decode(data, final=True).replace("\0", "\ufffd")


def plain(value: str) -> str:
    """A text value without its escapes (RFC 5545, 3.3.11)."""
    value = _ESCAPE.sub(lambda found: "\n" if found[1] in "nN" else found[1], value)
    return value.replace("\r\n", "\n").replace("\r", "\n")


def split(value: str, border: str) -> list[str]:
    """The parts of a structured or listed value, each without its escapes."""
    parts, last = [], 0
    for found in re.finditer(r"\\.|" + re.escape(border), value, re.DOTALL):
        if found[0] == border:
            parts.append(value[last : found.start()])
            last = found.end()
    return [plain(part).strip() for part in [*parts, value[last:]]]


def _split(blocks: Iterable[bytes]) -> Iterator[bytes]:
    rest, first = b"", True
    for block in blocks:
        *lines, rest = _BREAK.split(rest + block)
        for line in lines:
            yield line.removeprefix(b"\xef\xbb\xbf") if first else line
            first = False
        rest = rest[:LINE_BYTES]
    if rest:
        yield rest.removeprefix(b"\xef\xbb\xbf") if first else rest


def _parameters(text: str) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for part in _PARAMETER.findall(text) if text else ():
        name, equals, value = part.partition("=")
        name = name.strip().upper()
        if not equals:  # vCard 2.1 writes TEL;HOME;VOICE
            name, value = ("ENCODING" if name in _ENCODINGS else "TYPE"), name
        values = [_unquoted(piece) for piece in _PIECE.findall(value)]
        found.setdefault(name, []).extend(piece for piece in values if piece)
    return {name: values for name, values in found.items() if values}


def _unquoted(value: str) -> str:
    """Without quotation marks and the escapes of RFC 6868."""
    bare = value.strip().replace('"', "")
    return _CARET.sub(lambda found: {"n": "\n", "'": '"', "^": "^"}[found[1]], bare)


def _add(component: Component, line: Line, size: int) -> None:
    component.bytes += size + 100  # what a line takes by itself: a component of a million empty ones is refused as well
    if component.bytes <= COMPONENT_BYTES:
        component.lines.append(line)


def _go_on(component: Component, words: str) -> None:
    """A line that is no property: programs that do not escape line breaks write text so."""
    last = component.lines[-1]
    if len(last.value) < LINE_BYTES // 8 and last.parameter("ENCODING").upper() not in ("B", "BASE64"):
        component.lines[-1] = replace(last, value=f"{last.value}\n{words}")


def _unclosed(stack: list[Component], name: str) -> Iterator[Component]:
    """Take away what should have ended before this one begins."""
    if stack and name == "VCARD" and stack[-1].lines and stack[-1].lines[-1].name == "AGENT":
        return  # vCard 2.1: a card as the value of a property
    if name in _RECORDS:
        while any(component.name in _RECORDS for component in stack):
            component = stack.pop()
            component.whole = False
            if component.name in _RECORDS:
                yield component
    elif name == "VCALENDAR" or len(stack) >= DEEPEST:
        for component in stack:
            if component.name in _RECORDS:
                component.whole = False
                yield component
        stack.clear()


def _closed(stack: list[Component], name: str, within: str) -> Iterator[Component]:
    if all(component.name != name for component in stack):
        return
    while stack:
        component = stack.pop()
        component.whole = component.whole and component.name == name
        if component.name == within or not stack or stack[-1].name == within:
            yield component
        elif len(stack[-1].inner) < 1000:
            stack[-1].inner.append(component)
        if component.name == name:
            return
