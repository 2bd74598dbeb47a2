"""JSON of any size, one element at a time, and its values by the type that a format says they have.

Knows encodings (through `decoding`) and where JSON breaks off; knows nothing of formats. A value of another type than
the format's is empty, never an error: exports are full of `null`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from datetime import datetime, tzinfo
from decimal import Decimal
from typing import Any, BinaryIO

from secondme.errors import Unreadable
from secondme.records import Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import BLOCK_BYTES, Decoder, loss, sniff
from secondme.sources.files import opened

_MILLISECONDS, _MICROSECONDS = 1e11, 1e14  # from here on a number of seconds would be a year after 5000


def elements(file: File, place: str) -> Iterator[Any]:
    """The values at `place`, as ijson names places ("item", "messages.item"; "" is the whole file), and in the end a
    Skipped for each thing that was wrong with the JSON: where it breaks off, characters that it cannot have.

    Raises Unreadable if there is no value before the first fault.
    """
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    with opened(file.path) as stream:
        yield from values(file, Utf8(stream, decoder), place)
    yield from loss(file, decoder)


def values(file: File, stream: Utf8, place: str, *, followed: bool = False) -> Iterator[Any]:
    """The values at `place` in what is left of a stream, as `elements` gives them. `followed`: something else than
    JSON comes after it."""
    import ijson  # 15 ms

    found = 0
    parsing = ijson.items(stream, place)
    while True:
        try:
            value = next(parsing)
        except StopIteration:
            return
        except (ijson.JSONError, UnicodeError, ValueError, ArithmeticError) as error:
            if followed and (
                "garbage" in str(error) or "dditional" in str(error)
            ):  # as the C and the Python parser say it
                return
            if not found:
                raise Unreadable("is not valid JSON", "It may be cut short: export or unpack it again.") from error
            cut = "cut short" if "premature" in str(error).lower() else "damaged"
            yield Skipped(file.name, f"is {cut} after {found} records, which were read")
            return
        found += 1
        yield value


class Utf8:
    """A binary stream of text in any encoding, as the UTF-8 that JSON parsers want."""

    def __init__(self, stream: BinaryIO, decoder: Decoder) -> None:
        self._stream, self._decoder = stream, decoder

    def read(self, size: int = -1) -> bytes:
        if size == 0:
            return b""
        while data := self._stream.read(BLOCK_BYTES):
            if text := self._decoder.decode(data):
                return text.encode()
        return self._decoder.decode(b"", final=True).encode()


def lines(pieces: Iterable[str], longest: int) -> Iterator[str]:
    """The lines of a text without their ends. What is longer than `longest` characters is cut off there."""
    rest, full = "", False
    for piece in pieces:
        first, *others = piece.split("\n")
        rest = rest if full else rest + first
        for other in others:
            yield rest.removesuffix("\r")[:longest]
            rest, full = other, False
        if full := full or len(rest) > longest:
            rest = rest[: longest + 1]
    if rest:
        yield rest[:longest]


def parsed(line: str) -> Any:
    """The value of one line of JSON, or None if it is none."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return None


def string(value: object) -> str:
    """The value if it is a string, a whole number as digits, else ""."""
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def table(value: object) -> dict[str, Any]:
    """The value if it is a JSON object, else an empty one."""
    return value if isinstance(value, dict) else {}


def array(value: object) -> list[Any]:
    """The value if it is a JSON array, else an empty one."""
    return value if isinstance(value, list) else []


def tables(value: object) -> list[dict[str, Any]]:
    """The objects of a JSON array."""
    return [entry for entry in array(value) if isinstance(entry, dict)]


def moment(value: object, zone: tzinfo | None) -> datetime | None:
    """A time as JSON has it, in the owner's zone: seconds, milliseconds or microseconds since 1970 as a number or in
    digits, or ISO 8601. None if it is nothing of the kind or out of range."""
    if isinstance(value, str):
        number = _number(value.strip())
        if number is None:
            return _there(dates.parse(value, zone), zone)
        value = number
    if not isinstance(value, int | float | Decimal) or isinstance(value, bool):
        return None
    try:
        seconds = float(value)
    except (OverflowError, ValueError):
        return None
    if abs(seconds) >= _MICROSECONDS:
        seconds /= 1e6
    elif abs(seconds) >= _MILLISECONDS:
        seconds /= 1e3
    return dates.at(seconds, zone)


def zoned(value: object) -> bool:
    """Whether a time that `moment` understands names its zone itself."""
    if not isinstance(value, str) or _number(value.strip()) is not None:
        return True
    try:
        return datetime.fromisoformat(value.strip()).tzinfo is not None
    except ValueError:
        return True


def _number(text: str) -> float | None:
    """Digits, nine of them before the point at least: "2024" and "20240131" are dates."""
    whole, _, fraction = text.partition(".")
    digits = len(whole) >= 9 and (whole + fraction).isdigit() and text.isascii()
    return float(text) if digits else None


def _there(time: datetime | None, zone: tzinfo | None) -> datetime | None:
    try:
        return time.astimezone(zone) if time is not None else None
    except (OverflowError, OSError, ValueError):
        return None
