"""Evernote's markup (ENML 2: XHTML with <en-todo>, <en-media>, <en-crypt>) as the blocks of a text.

Made into HTML that dom.py reads: check boxes of both kinds (<en-todo>, and list items styled `--en-checked` as newer
versions write them) become inputs; attachments stand elsewhere; what is encrypted stays so, and is left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from secondme.sources.outline import Piece
from secondme.sources.web.dom import pieces
from secondme.sources.web.shallow import shallow

if TYPE_CHECKING:
    from selectolax.lexbor import LexborHTMLParser

# well-formed XML has no "<" in an attribute: so no scan for a tag's end goes beyond the next tag
_ATTRIBUTES = r"""(?:[^<>"'/]|/(?!>)|"[^"<]*"|'[^'<]*')*"""
_TODO = re.compile(rf"<en-todo\b({_ATTRIBUTES})(?:/>|>(?:\s*</en-todo>)?)")
_ITEM = re.compile(r"(<li\b[^<>]*?--en-checked:\s*)(true|false)([^<>]*>(?:\s*<div\b[^<>]*>)?)")
_CRYPT = re.compile(rf"<en-crypt\b{_ATTRIBUTES}>[^<]*</en-crypt>")
_MEDIA = re.compile(rf"</?en-media\b{_ATTRIBUTES}/?>")
_CODE = re.compile(rf"<div\b(?=[^<>]*-en-codeblock:\s*true){_ATTRIBUTES}>")
_DIV = re.compile(r"<(/?)div\b[^<>]*>")
_CLOSED = re.compile(rf"<(?!(?:br|hr|img|input|col|wbr|area|meta|link)\b)([a-zA-Z][\w-]*)({_ATTRIBUTES})/>")


def parsed(content: str) -> LexborHTMLParser:
    """The tree of a note's content."""
    from selectolax.lexbor import LexborHTMLParser  # 30 ms

    start = content.find("<en-note")
    markup = content[max(start, 0) :].replace("<![CDATA[", "").replace("]]>", "")
    markup = _MEDIA.sub("", _CRYPT.sub("", markup))
    markup = _preformatted(markup)
    markup = _TODO.sub(lambda m: f"<input type=checkbox{_checked('true' in m[1].lower())}>", markup)
    markup = _ITEM.sub(lambda m: f"{m[1]}{m[2]}{m[3]}<input type=checkbox{_checked(m[2] == 'true')}>", markup)
    return LexborHTMLParser(shallow(_CLOSED.sub(r"<\1\2></\1>", markup)))


def _preformatted(markup: str) -> str:
    """Code blocks, which are a <div> with one in it for each line, as <pre>."""
    kept, at = [], 0
    while (opened := _CODE.search(markup, at)) is not None:
        depth, end, after = 1, len(markup), len(markup)
        for tag in _DIV.finditer(markup, opened.end()):
            depth += -1 if tag[1] else 0 if tag[0].endswith("/>") else 1
            if not depth:
                end, after = tag.span()
                break
        inner = re.sub(r"<br\b[^<>]*>(?=</div>)", "", markup[opened.end() : end]).replace("\n", "")
        inner = _DIV.sub(lambda tag: "\n" if tag[1] else "", inner).replace("&nbsp;", " ").replace("\xa0", " ")
        kept += [markup[at : opened.start()], "<pre>\n", re.sub(r"<br\b[^<>]*>", "\n", inner), "</pre>"]
        at = after
    return "".join((*kept, markup[at:]))


def blocks(tree: LexborHTMLParser) -> Iterator[Piece]:
    root = tree.body or tree.root
    if root is not None:
        yield from pieces(root)


def titles(tree: LexborHTMLParser) -> tuple[str, ...]:
    """The notes that a note links to, by the words of the link: Evernote makes them the title."""
    found = (" ".join(node.text().split()) for node in tree.css("a[href^='evernote:'], a[href*='/shard/']"))
    return tuple(dict.fromkeys(title for title in found if title))


def _checked(done: bool) -> str:
    return " checked" if done else ""
