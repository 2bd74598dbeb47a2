"""Jupyter notebooks (.ipynb): a notebook as an Item, its cells and what they printed.

The format: nbformat 4 (nbformat.readthedocs.io), and 3 with its worksheets. Markdown cells give prose under headings,
code cells code, and the text that a cell printed stands after it; pictures and widgets are left out, and so is what
only names them ("<Figure size 640x480>"). Cells are read one by one, so that pictures never pile up in memory.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import PurePath
from typing import Any

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.chats.chat import Faults
from secondme.sources.jsonshape import shape
from secondme.sources.jsonvalues import Values
from secondme.sources.notes import markdown
from secondme.sources.outline import Block, segments, trimmed

NAME = "Jupyter"
LIMIT_CHARS = 32 * 1024 * 1024  # of words; pictures do not count
OUTPUT_CHARS = 10_000  # of what one cell printed: beyond, it is data

_ESCAPE = re.compile(r"\x1b\[[0-?]*[ -/]*[@-~]|\x1b\][^\x07\x1b]*(?:\x07|\x1b\\)|\x1b[@-_]")
_OVERWRITTEN = re.compile(r"^[^\n]*\r(?!\n|$)", re.MULTILINE)
_OBJECT = re.compile(r"<[\w.]++[^\n]*>|\w+\(children=.*", re.DOTALL)


def claims(file: File) -> str | None:
    places = shape(file)
    if {"cells.item.cell_type", "cells.item.source"} <= places or "worksheets.item.cells.item.cell_type" in places:
        return "has the cells of a Jupyter notebook"
    return "ends in .ipynb" if file.suffix == ".ipynb" else None


def read(file: File) -> Iterator[Item | Skipped]:
    values, faults = Values(file, "cells.item", "worksheets.item.cells.item", "metadata"), Faults(file, "cell")
    parts: list[tuple[str, list[Block]]] = []
    named, size = "", 0
    for number, (place, value) in enumerate(values, 1):
        if place == "metadata":
            named = _named(value)
            continue
        try:
            found = list(_cell(value))
        except Exception:  # a cell of any other shape than the format's must not cost the others
            faults.add("is damaged", f"cell {number}")
            continue
        size += sum(len(text) for text, _ in found)
        if size > LIMIT_CHARS:
            raise Unreadable("holds more than the 32 MB of text that a notebook may have", "Clear its outputs.")
        parts.extend(found)
    item = _item(file, parts, named)
    yield item if item.text else Skipped(file.name, "holds no text")
    yield from faults
    yield from values.faults


def _item(file: File, parts: list[tuple[str, list[Block]]], named: str) -> Item:
    blocks: list[Block] = []
    at = 0
    for text, inside in parts:
        blocks.extend(replace(block, start=at + block.start, end=at + block.end) for block in inside)
        at += len(text) + 2
    headings = (block.title for block in blocks if block.level and block.title)
    return Item(
        kind="note",
        text="\n\n".join(text for text, _ in parts),
        segments=segments(blocks),
        title=named or next(headings, "") or PurePath(file.name).stem,
        time=dates.from_name(file.name, file.zone) or file.modified,
        line=0,
    )


def _named(metadata: object) -> str:
    """The title that some notebooks carry; nbformat 3 has a name."""
    title = (metadata.get("title") or metadata.get("name")) if isinstance(metadata, dict) else None
    return " ".join(title.split()) if isinstance(title, str) else ""


def _cell(cell: dict[str, Any]) -> Iterator[tuple[str, list[Block]]]:
    """The texts of a cell, and their blocks."""
    kind = cell.get("cell_type")
    source = _joined(cell.get("source", cell.get("input"))).strip("\r\n")
    if source.strip() and kind == "heading":
        level = cell.get("level")
        level = level if isinstance(level, int) and 0 < level <= 6 else 1
        yield source, [Block(0, len(source), level=level, title=" ".join(source.split()))]
    elif source.strip():
        yield source, markdown.structure(source) if kind == "markdown" else [_whole(source, code=kind == "code")]
    outputs = cell.get("outputs")
    printed = "\n".join(filter(None, map(_output, outputs))) if isinstance(outputs, list) else ""
    if printed := _shortened(printed):
        yield printed, [_whole(printed, code=True)]


def _whole(text: str, code: bool) -> Block:
    return Block(*trimmed(text, 0, len(text)), "code" if code else "prose")


def _output(output: object) -> str:
    """What one output says in words: a stream, a plain value, an error with its traceback."""
    if not isinstance(output, dict):
        return ""
    data = output.get("data")
    if output.get("output_type") in ("error", "pyerr"):
        trace = output.get("traceback")
        text = "\n".join(map(str, trace)) if isinstance(trace, list) else ""
        text = text or f"{output.get('ename', '')}: {output.get('evalue', '')}"
    elif isinstance(data, dict):
        text = _value({str(kind): entry for kind, entry in data.items()})
    elif "png" in output or "jpeg" in output or "svg" in output:  # nbformat 3
        text = ""
    else:
        text = _joined(output.get("text"))
    return _OVERWRITTEN.sub("", _ESCAPE.sub("", text)).strip("\r\n").rstrip()


def _value(data: dict[str, Any]) -> str:
    if "text/markdown" in data:
        return _joined(data["text/markdown"])
    if any(kind.startswith(("image/", "video/", "application/vnd.")) for kind in data):
        return ""
    text = _joined(data.get("text/plain"))
    return "" if _OBJECT.fullmatch(text.strip()) else text


def _shortened(text: str) -> str:
    if len(text) <= OUTPUT_CHARS:
        return text
    end = text.rfind("\n", 0, OUTPUT_CHARS)
    return text[: end if end > 0 else OUTPUT_CHARS].rstrip()


def _joined(source: object) -> str:
    """A text as nbformat has it: a string, or a list of lines with their ends."""
    if isinstance(source, list):
        return "".join(line for line in source if isinstance(line, str))
    return source if isinstance(source, str) else ""
