"""Drawings of note apps, for the words in them: Obsidian's `.canvas` (jsoncanvas.org 1.0), Excalidraw's `.excalidraw`
and `.excalidraw.md` (the Obsidian plug-in's note: its drawing is packed, its words stand in a list of their own).

A card is a segment, from top to bottom as they lie; cards that are files or pages are links. What is drawn without
words is not read.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes import daily, frontmatter, inline
from secondme.sources.outline import Piece, compose

NAME = "canvas"
LIMIT_BYTES = 32 * 1024 * 1024

_NOTE = ".excalidraw.md"
_FRONT = re.compile(r"\s*---[ \t]*\r?\n(.*?)\r?\n---[ \t]*(?:\r?\n|$)", re.DOTALL)
_PLUGIN = re.compile(rb"\s*---[ \t]*\r?\n(?:[^\n]*\n){0,40}?excalidraw-plugin:")
_WORDS = re.compile(
    r"^#+ Text Elements[ \t]*\r?\n(.*?)(?=^%%|^#+ (?:Drawing|Element Links|Embedded [Ff]iles)\b|\Z)", re.M | re.S
)
_ID = re.compile(r"[ \t]\^[\w-]{4,20}[ \t]*\r?$", re.MULTILINE)


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    name = file.name.lower()
    if name.endswith(_NOTE) or (file.suffix == ".md" and _PLUGIN.match(file.head[:4096])):
        return "is an Excalidraw drawing in a note"
    if file.suffix == ".canvas":
        return "ends in .canvas"
    return "ends in .excalidraw" if file.suffix == ".excalidraw" else None


def read(file: File) -> Iterator[Item | Skipped]:
    if file.size > LIMIT_BYTES:
        raise Unreadable("is larger than the 32 MB that a drawing may have")
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    with opened(file.path) as stream:
        source = decoder.decode(stream.read(LIMIT_BYTES), final=True)
    front, cards, links = _note(file, source) if file.suffix == ".md" else _drawing(file, source)
    text, segments = compose(Piece(card) for card in cards)
    if text:
        when = front.made or daily.from_name(file.name, file.zone) or daily.When(file.modified, True)
        yield Item(
            kind="note",
            text=text,
            segments=segments,
            title=front.title or _title(file),
            time=when.time,
            tags=tuple(dict.fromkeys((*front.tags, *(tag for card in cards for tag in inline.tags(card))))),
            links=tuple(dict.fromkeys((*links, *(link for card in cards for link in inline.links(card))))),
            line=0,
            zoned=when.zoned,
        )
    else:
        yield Skipped(file.name, "holds no text")
    yield from loss(file, decoder)


_Words = tuple[frontmatter.Front, list[str], list[str]]


def _title(file: File) -> str:
    return PurePath(file.name).name.removesuffix(".md").removesuffix(".canvas").removesuffix(".excalidraw")


def _note(file: File, source: str) -> _Words:
    head = _FRONT.match(source)
    words = _WORDS.search(source)
    elements = _ID.split(words[1]) if words else []
    front = frontmatter.front(head[1], file.zone) if head else frontmatter.Front()
    return front, [card for element in elements if (card := element.strip())], []


def _drawing(file: File, source: str) -> _Words:
    try:
        drawing = json.loads(source)
    except (ValueError, RecursionError) as error:
        raise Unreadable("is not valid JSON", "Open it in its own program and save it again.") from error
    drawing = drawing if isinstance(drawing, dict) else {}
    nodes = sorted((*_dicts(drawing, "nodes"), *_dicts(drawing, "elements")), key=_place)
    cards = [card for node in nodes for key in ("text", "label") if (card := _string(node.get(key)).strip())]
    cards += [card for edge in _dicts(drawing, "edges") if (card := _string(edge.get("label")).strip())]
    cards += [url for node in nodes if node.get("type") == "link" and (url := _string(node.get("url")))]
    links = [link for node in nodes if node.get("type") == "file" and (link := _string(node.get("file")))]
    return frontmatter.Front(), cards, links


def _place(node: Mapping[str, Any]) -> tuple[float, float]:
    """From top to bottom, from left to right; what has no place comes first."""
    y, x = (value if isinstance(value := node.get(key), int | float) and value == value else 0.0 for key in "yx")
    return y, x


def _dicts(drawing: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    entries = drawing.get(key)
    return (entry for entry in (entries if isinstance(entries, list) else ()) if isinstance(entry, dict))


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""
