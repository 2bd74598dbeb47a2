"""The HTML of a mail as blocks of text, each with how deep it is quoted and whether it is a signature.

Knows how mail programs mark both (`<blockquote type="cite">`, `gmail_signature`, ...); dom.py makes the blocks. The
marks are carried through it as characters of the private use area, which are no part of anybody's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.sources.outline import Piece
from secondme.sources.web.dom import pieces
from secondme.sources.web.shallow import shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

LIMIT_CHARS = 8 * 1024 * 1024  # the tree takes about ten times that

_QUOTE, _UNQUOTE, _SIGN, _UNSIGN = "\ue0f0", "\ue0f1", "\ue0f2", "\ue0f3"
_MARK = re.compile(f"([{_QUOTE}-{_UNSIGN}])")
_MARKS = 2000
_QUOTES = "blockquote, .yahoo_quoted, .protonmail_quote, .zmail_extra, .tutanota_quote, #OLK_SRC_BODY_SECTION"
_SIGNATURES = (
    ".gmail_signature, .gmail_signature_prefix, [data-smartmail=gmail_signature], .moz-signature, #Signature,"
    " #ms-outlook-mobile-signature, #AppleMailSignature, #AppleMailSignatureContent, .protonmail_signature_block,"
    " .ox-signature, .zmail_signature_below, .signature-container"
)
_INDENT = re.compile(r"border(?:-left)?(?:-width)?\s*:\s*(?:medium\s+)?(?:none|0)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Block:
    """A block of the mail's text. `depth` is how many quotes it stands in."""

    piece: Piece
    depth: int = 0
    signature: bool = False


def blocks(html: str) -> list[Block]:
    from selectolax.lexbor import LexborHTMLParser, SelectolaxError  # 30 ms

    try:
        tree = LexborHTMLParser(shallow(_MARK.sub("", html[:LIMIT_CHARS]).replace("\0", "")))
    except SelectolaxError:
        return []
    root = tree.body or tree.root
    if root is None:
        return []
    for node in root.css(_QUOTES)[:_MARKS]:
        if _is_quote(node):
            _between(node, _QUOTE, _UNQUOTE)
    for node in root.css(_SIGNATURES)[:_MARKS]:
        _between(node, _SIGN, _UNSIGN)
    return list(_divided(pieces(root)))


def _is_quote(node: LexborNode) -> bool:
    if node.tag != "blockquote":
        # what holds a <blockquote> is the announcement and the quote
        return node.css_first("blockquote", default=None) is None
    # how Gmail and Outlook indent
    return "type" in node.attributes or not _INDENT.search(node.attributes.get("style") or "")


def _between(node: LexborNode, before: str, after: str) -> None:
    node.insert_before(before)
    node.insert_after(after)


def _divided(found: Iterator[Piece]) -> Iterator[Block]:
    depth, signature = 0, False
    for piece in found:
        for text in _MARK.split(piece.text):
            if text in (_QUOTE, _UNQUOTE):
                depth = max(0, depth + (1 if text == _QUOTE else -1))
            elif text in (_SIGN, _UNSIGN):
                signature = text == _SIGN
            elif kept := text.strip("\n").rstrip():
                yield Block(Piece(kept, piece.kind, piece.level), depth, signature)
