"""Web pages and exported HTML notes: the words that a reader sees, block by block.

Knows how a page says its encoding, title, date and links; dom.py turns its tree into blocks. Nothing is fetched. An
Item's offsets are offsets into the text put together here, with a blank line between blocks.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Callable, Iterator
from datetime import datetime, tzinfo
from pathlib import PurePath
from typing import TYPE_CHECKING
from urllib.parse import unquote

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources import dates
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, bom, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.outline import compose
from secondme.sources.web.dom import AROUND, pieces
from secondme.sources.web.shallow import shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

NAME = "HTML"
LIMIT_BYTES = 32 * 1024 * 1024  # the tree takes about ten times the file

_SUFFIXES = frozenset((".html", ".htm", ".xhtml", ".shtml"))
_OPENING = re.compile(
    rb"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html)[\s>]", re.IGNORECASE | re.DOTALL
)
_CHARSET = re.compile(rb"""<(?:meta|\?xml)\b[^>]*?(?:charset|encoding)\s*=\s*["']?\s*([\w.:-]+)""", re.IGNORECASE)
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    if file.suffix in _SUFFIXES:
        return f"ends in {file.suffix}"
    return "begins like a web page" if _OPENING.match(file.head.removeprefix(codecs.BOM_UTF8)[:2048]) else None


def read(file: File, prepare: Callable[[str], str] = str) -> Iterator[Item | Skipped]:
    """`prepare` may spell out what a program's pages say by their looks alone."""
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 30 ms

    decoder = Decoder(_encoding(file))
    with opened(file.path) as stream:
        data = stream.read(LIMIT_BYTES + 1)
    if len(data) > LIMIT_BYTES:
        raise Unreadable("is larger than the 32 MB that a web page may have", "Split the export, or save it as text.")
    try:
        tree = LexborHTMLParser(shallow(prepare(decoder.decode(data, final=True).replace("\0", "\ufffd"))))
    except SelectolaxError as error:
        raise Unreadable("is not HTML that can be read") from error
    root = tree.body or tree.root
    body, segments = compose(pieces(root, AROUND)) if root else ("", ())
    if root and not body:
        # some pages sit in one big form
        body, segments = compose(pieces(root))
    if not body:
        yield Skipped(file.name, "holds no text")
        return
    time, zoned = _time(tree, file.zone) or dates.in_name(file.name, file.zone) or (file.modified, True)
    yield Item(
        kind="page",
        text=body,
        segments=segments,
        title=_title(tree) or PurePath(file.name).stem,
        time=time,
        links=tuple(dict.fromkeys(_links(tree))),
        zoned=zoned,
    )
    yield from loss(file, decoder)


def _encoding(file: File) -> str:
    """BOM, then what the page declares, then by its bytes (HTML standard, 13.2.3.2)."""
    if marked := bom(file.head):
        return marked
    if declared := _CHARSET.search(file.head[:4096]):
        try:
            name = codecs.lookup(declared[1].decode("ascii")).name
        except (LookupError, UnicodeError):
            name = ""
        # by the standard: who says Latin-1 means cp1252, and no page whose <meta> can be read is UTF-16
        name = {"iso8859-1": "cp1252", "ascii": "cp1252", "gb2312": "gb18030", "gbk": "gb18030"}.get(name, name)
        if name and name != "utf-8" and not name.startswith("utf-16") and _is_text_codec(name):
            return name
    return sniff(file.head, len(file.head) >= file.size)


def _is_text_codec(name: str) -> bool:
    """Whether it is one of the single- or multi-byte character sets (and not `rot13`, `base64` or `utf-7`)."""
    return bool(
        re.fullmatch(r"cp\d+|iso8859-\d+|koi8[-_]\w+|mac-\w+|gb18030|big5\w*|euc_\w+|shift_jis\w*|iso2022_jp\w*", name)
    )


def _title(tree: LexborHTMLParser) -> str:
    for selector in ("head > title", "h1"):
        node = tree.css_first(selector, default=None)
        if node is not None and (title := " ".join(node.text().split())):
            return title
    return ""


def _time(tree: LexborHTMLParser, zone: tzinfo | None) -> tuple[datetime, bool] | None:
    """When it was published, and whether it says so with a zone."""
    for selector, attribute in (
        ('meta[property="article:published_time"]', "content"),
        ('meta[name="date"]', "content"),
        ("time[datetime]", "datetime"),
    ):
        node = tree.css_first(selector, default=None)
        written = (node.attributes.get(attribute) or "").strip() if node is not None else ""
        if (found := dates.parse(written, zone)) is not None:
            return found, datetime.fromisoformat(written).tzinfo is not None
    return None


def _links(tree: LexborHTMLParser) -> Iterator[str]:
    for node in tree.css("a[href]"):
        target = (node.attributes.get("href") or "").strip()
        if target and not _ELSEWHERE.match(target):
            yield unquote(target)
