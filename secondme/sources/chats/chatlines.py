"""Conversations that are exported as text: a line that begins with when and who, and the lines that go on from there.

Knows where each message lies in the decoded file. Which lines begin a message is the format's own business.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from secondme.sources.base import File
from secondme.sources.decoding import Decoder, sniff
from secondme.sources.files import opened

LINE_CHARS = 64 * 1024
ENTRY_CHARS = 1024 * 1024  # no app sends that much in one message; a longer one is handed out in parts

Head = TypeVar("Head")


@dataclass(frozen=True, slots=True)
class Entry(Generic[Head]):
    """What stands between one head and the next. `base` is where `text` begins, `line` where the head stands; `head` is
    None for what comes before the first one."""

    head: Head | None
    text: str
    base: int
    line: int


def decoder_of(file: File) -> Decoder:
    return Decoder(sniff(file.head, len(file.head) >= file.size))


def lines(file: File, decoder: Decoder) -> Iterator[str]:
    """The file's lines with their newlines; one that is longer than LINE_CHARS comes in pieces."""
    rest = ""
    with opened(file.path) as stream:
        for piece in decoder.stream(stream):
            found = (rest + piece).split("\n")
            rest = found.pop()
            for line in found:
                yield line + "\n"
            while len(rest) > LINE_CHARS:
                yield rest[:LINE_CHARS]
                rest = rest[LINE_CHARS:]
    if rest:
        yield rest


def first_lines(file: File) -> list[str]:
    """The whole lines of the file's head, for detectors."""
    text = decoder_of(file).decode(file.head, len(file.head) >= file.size)
    found = text.split("\n")
    return found if len(file.head) >= file.size else found[:-1]


def entries(texts: Iterator[str], begins: Callable[[str], tuple[Head, int] | None]) -> Iterator[Entry[Head]]:
    """The file's entries. `begins` gives the head of a line that begins one, and where in it the text begins."""
    head: Head | None = None
    held: list[str] = []
    at, number, base, line, size = 0, 1, 0, 1, 0
    fresh = True  # whether this is the beginning of a line, not a later piece of it
    for text in texts:
        begun = begins(text) if fresh else None
        if begun is not None or size > ENTRY_CHARS:
            if held:
                yield Entry(head, "".join(held), base, line)
            start = 0
            if begun is not None:
                head, start = begun
            held, base, line, size = [text[start:]], at + start, number, len(text) - start
        else:
            held.append(text)
            size += len(text)
        at += len(text)
        fresh = text.endswith("\n")
        number += fresh
    if held:
        yield Entry(head, "".join(held), base, line)
