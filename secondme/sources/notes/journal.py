"""Apple's Journal, an entry of its HTML export as an Item.

A page per entry: `.pageHeader` with the day in the owner's language, `.assetGrid` with what was attached (places,
music, moods, people), `.reflectionPrompt`, `.title`, `.bodyText`. What was attached becomes a field under the words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import TYPE_CHECKING

from secondme.errors import Unreadable
from secondme.records import Handle, Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes import daily
from secondme.sources.outline import Piece, compose
from secondme.sources.web.dom import pieces
from secondme.sources.web.shallow import shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser, LexborNode

NAME = "Apple Journal"
LIMIT_BYTES = 32 * 1024 * 1024  # the tree takes about ten times the file

_ENTRY = re.compile(rb"""class=['"]pageContainer['"].{0,200}?class=['"]pageHeader['"]""", re.DOTALL)
_ASSET = re.compile(r"assetType_(\w+)")
_HUMP = re.compile(r"(?<=[a-z])(?=[A-Z])")


def claims(file: File) -> str | None:
    return "has the parts of an Apple Journal entry" if _ENTRY.search(file.head) else None


def read(file: File) -> Iterator[Item | Skipped]:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 30 ms

    with opened(file.path) as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than the 32 MB that a journal's entry may have")
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    try:
        tree = LexborHTMLParser(shallow(decoder.decode(data, final=True).replace("\0", "\ufffd")))
    except SelectolaxError as error:
        raise Unreadable("is not HTML that can be read") from error
    item = _item(file, tree)
    yield item if item.text else Skipped(file.name, "holds no text")
    yield from loss(file, decoder)


def _item(file: File, tree: LexborHTMLParser) -> Item:
    title = _said(tree, ".title")
    assets = [(kind, words) for node in tree.css(".gridItem") if (kind := _kind(node)) and (words := _shown(node))]
    body = [piece for name in (".reflectionPrompt", ".bodyText") for node in tree.css(name) for piece in pieces(node)]
    fields = "\n".join(f"{kind}: {'; '.join(words)}" for kind, words in assets)
    # an entry may be no more than its title
    said = body or ([Piece(title)] if title else [])
    text, segments = compose([*said, *([Piece(fields, "field")] if fields else [])])
    # the name has the day in digits, where the header has it in the owner's language
    day = dates.from_name(file.name, file.zone) or _day(_said(tree, ".pageHeader"), file.zone)
    return Item(
        kind="note",
        text=text,
        segments=segments,
        title=title or PurePath(file.name).stem,
        time=day or file.modified,
        line=0,
        people=tuple(Handle(words[0], role="with") for kind, words in assets if kind == "contact"),
        zoned=False,
    )


def _said(tree: LexborHTMLParser, selector: str) -> str:
    node = tree.css_first(selector, default=None)
    return " ".join(node.text().split()) if node is not None else ""


def _kind(asset: LexborNode) -> str:
    """`assetType_stateOfMind` as "state of mind"."""
    found = _ASSET.search(asset.attributes.get("class") or "")
    name = _HUMP.sub(" ", found[1]).lower() if found else "attached"
    return "location" if name.endswith("map") else name


def _shown(asset: LexborNode) -> list[str]:
    words = (" ".join(piece.text.split()) for piece in pieces(asset))
    return list(dict.fromkeys(word for word in words if word))


def _day(header: str, zone: tzinfo | None) -> datetime | None:
    when = daily.written(header, zone)
    return when.time if when else None
