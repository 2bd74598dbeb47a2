"""Joplin's raw export (a folder, or the .jex that tar makes of it): a note as an Item.

Each object is a file, `<32 hexadecimal digits>.md`: title, body, and after the last empty line its properties, one
`key: value` each, with `type_` (1 note, 2 notebook, 4 attachment, 5 tag, 6 which note has which tag). Only notes are
read; the rest is known and left out. A note's notebook is looked up beside it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePath

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes import markdown
from secondme.sources.outline import Block, segments

NAME = "Joplin"
LIMIT_BYTES = 16 * 1024 * 1024

_NAME = re.compile(r"[0-9a-f]{32}")
_TAIL_BYTES = 8 * 1024
_TYPE = re.compile(rb"(?:^|\n)type_: \d+\s*\Z")
_PROPERTY = re.compile(r"([a-z_]+):(?: (.*))?")
_LINK = re.compile(r"\]\(:/([0-9a-f]{32})")


def claims(file: File) -> str | None:
    if file.suffix != ".md" or not _NAME.fullmatch(PurePath(file.name).stem):
        return None
    return "ends with the properties that Joplin writes" if _TYPE.search(_tail(file)) else None


def read(file: File) -> Iterator[Item | Skipped]:
    with opened(file.path) as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than the 16 MB that a note may have")
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    source = decoder.decode(data, final=True)
    end, properties = _properties(source)
    kind = properties.get("type_")
    if kind and kind != "1":
        return
    if not kind:
        yield Skipped(file.name, "does not end with the properties that Joplin writes")
    elif properties.get("encryption_applied") == "1":
        yield Skipped(file.name, "is encrypted; export it from Joplin once it is decrypted there")
    elif (item := _item(file, source, end, properties)) is None:
        yield Skipped(file.name, "holds no text")
    else:
        yield item
        yield from loss(file, decoder)


def _item(file: File, source: str, end: int, properties: Mapping[str, str]) -> Item | None:
    first = source[:end].partition("\n")[0]
    title = first.strip()
    start = min(end, len(first) + 1)
    while start < end and source[start] in "\r\n":
        start += 1
    if not source[start:end].strip():
        start = 0  # a note that is only its title
    text = source[start:end].rstrip()
    if not text.strip():
        return None
    html = properties.get("markup_language") == "2"
    created = properties.get("user_created_time") or properties.get("created_time", "")
    origin = properties.get("id", "")
    web = properties.get("source_url", "")
    return Item(
        kind="note",
        text=text,
        segments=segments([Block(0, len(text))] if html else markdown.structure(text)),
        local=origin,
        title=title or PurePath(file.name).stem,
        time=dates.parse(created, file.zone) or file.modified,
        links=tuple(dict.fromkeys(filter(None, (web, *(link[1] for link in _LINK.finditer(text)))))),
        base=start,
        line=source.count("\n", 0, start) + 1,
        origin="joplin" if origin else "",
        thread=_notebook(file, properties.get("parent_id", "")),
    )


def _properties(source: str) -> tuple[int, dict[str, str]]:
    """Where the properties begin, and what they say: the lines `key: value` that the file ends with."""
    end = len(source.rstrip())
    found: dict[str, str] = {}
    while end > 0:
        start = source.rfind("\n", 0, end) + 1
        entry = _PROPERTY.fullmatch(source[start:end].rstrip("\r"))
        if entry is None:
            break
        found[entry[1]] = (entry[2] or "").strip()
        end = max(0, start - 1)
        if start == 0:
            break
    return end, found


def _notebook(file: File, parent: str) -> str:
    """The title of the notebook, whose own file lies beside the note's."""
    path = file.beside(f"{parent}.md") if _NAME.fullmatch(parent) else None
    if path is None:
        return ""
    try:
        with path.open("rb") as stream:
            return stream.readline(1000).decode("utf-8", "replace").strip()
    except OSError:
        return ""


def _tail(file: File) -> bytes:
    if len(file.head) >= file.size:
        return file.head
    try:
        with Path(file.path).open("rb") as stream:
            stream.seek(max(0, file.size - _TAIL_BYTES))
            return stream.read(_TAIL_BYTES)
    except OSError:
        return b""
