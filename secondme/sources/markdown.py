"""Markdown notes: front matter, headings, lists, tables, code; wikilinks and links to other files.

An Item's text is the whole decoded file, so offsets are the file's own. Only the block structure is parsed: it gives
the line map that segments need, and its cost stays linear where inline markup (nested brackets, stars) makes it grow.
Markdown in the sense of CommonMark with tables; nothing is rendered, and `- [ ]` stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from secondme.records import Item, Skipped
from secondme.sources import dates, text
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.outline import Block, segments, trimmed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

NAME = "markdown"
WHOLE_CHARS = 256 * 1024

_SUFFIXES = frozenset((".md", ".markdown", ".mdown", ".mkd"))
# What markdown-it takes for the end of a line; str.splitlines knows more of them.
_NEWLINE = re.compile(r"\r\n?|\n")
_FRONT_CHARS = 16 * 1024  # PyYAML reads some 100 KB/s; a longer front matter is no front matter
_KEY = re.compile(r"[^\s#\-][^:]*:")
_DATES = ("date", "created", "created_at", "date created", "creation date")
_TAGS = ("tags", "tag")
_META = frozenset(("title", *_DATES, *_TAGS))
_CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
_WIKILINK = re.compile(r"\[\[([^\[\]|#\n]+)(?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_LINK = re.compile(r"\]\(\s*(?:<([^<>\n]+)>|([^\s()<>]+))")
_MARKUP = re.compile(r"(?<!\\)(?:\*\*|__|\*|~~|==|`)|\\(?=[!-/:-@\[-`{-~])|[ \t]+#+[ \t]*$")
_LABEL = re.compile(r"!?\[\[(?:[^\[\]|\n]*\|)?([^\[\]|\n]+)\]\]|!?\[([^\[\]\n]*)\]\([^()\n]*\)")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Front:
    """What the front matter says about the note."""

    title: str = ""
    time: datetime | None = None
    tags: tuple[str, ...] = ()


def claims(file: File) -> str | None:
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES and not looks_binary(file.head, 0.1) else None


def read(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    with opened(file.path) as stream:
        # four bytes are the most that a character takes
        data = stream.read(WHOLE_CHARS * 4 + 4)
        source = decoder.decode(data, final=True) if len(data) <= WHOLE_CHARS * 4 else None
    if source is None or len(source) > WHOLE_CHARS:
        yield from text.read(file)
    elif not source.strip():
        yield Skipped(file.name, "holds no text")
    else:
        yield _item(file, source)
        yield from loss(file, decoder)


def _item(file: File, source: str) -> Item:
    starts = [0, *(match.end() for match in _NEWLINE.finditer(source)), len(source)]
    tokens = _parser().parse(source)
    blocks = list(_blocks(source, starts, tokens))
    front = _front(tokens[0].content) if tokens and tokens[0].type == "front_matter" else _Front()
    title = front.title or next((b.title for b in blocks if b.level == 1 and b.title), "")
    return Item(
        kind="note",
        text=source,
        segments=segments(blocks),
        title=title or PurePath(file.name).stem,
        time=front.time or dates.from_name(file.name) or file.modified,
        tags=front.tags,
        links=tuple(dict.fromkeys(_links(tokens))),
    )


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 130 ms with the plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    # without "reference" a link definition stays a paragraph, and so stays in some segment
    return MarkdownIt("commonmark").enable("table").use(front_matter_plugin).disable(["inline", "reference"])


def _blocks(source: str, starts: list[int], tokens: list[Token]) -> Iterator[Block]:
    """The top-level blocks as spans of the source."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=True):
        if token.level or token.map is None:
            continue
        start, end = trimmed(source, starts[token.map[0]], starts[token.map[1]])
        match token.type:
            case "front_matter":
                yield from _fields(source, starts, token.map[1])
            case "heading_open":
                title = _plain(following.content) if following else ""
                yield Block(start, end, level=int(token.tag[1]), title=title)
            case "bullet_list_open" | "ordered_list_open":
                yield Block(start, end, "list")
            case "table_open":
                yield Block(start, end, "table")
            case "fence":
                first = token.map[0] + 1  # without the fence itself
                last = first + len(_NEWLINE.split(token.content.removesuffix("\n"))) if token.content else first
                yield Block(*trimmed(source, starts[first], starts[last]), "code")
            case "code_block":
                yield Block(start, end, "code")
            case "hr":
                yield Block(end, end)
            case _:
                yield Block(start, end)


def _fields(source: str, starts: list[int], end_line: int) -> Iterator[Block]:
    """The lines of the front matter that say something beyond title, date and tags, run by run."""
    known = True
    first: int | None = None
    for number in range(1, end_line - 1):
        line = source[starts[number] : starts[number + 1]]
        if key := _KEY.match(line):
            known = key[0][:-1].strip().lower() in _META
        elif number == 1:
            known = False
        if known and first is not None:
            yield Block(*trimmed(source, starts[first], starts[number]), "field")
            first = None
        elif not known and first is None:
            first = number
    if first is not None:
        yield Block(*trimmed(source, starts[first], starts[end_line - 1]), "field")


def _front(content: str) -> _Front:
    """Title, time and tags; nothing where the YAML is broken."""
    entries = _yaml(content)
    title = entries.get("title")
    written = (value for key in _DATES if isinstance(value := entries.get(key), str))
    tags = (tag for key in _TAGS for tag in _words(entries.get(key)))
    return _Front(
        title=" ".join(title.split()) if isinstance(title, str) else "",
        time=next((time for value in written if (time := dates.parse(value)) is not None), None),
        tags=tuple(dict.fromkeys(tags)),
    )


def _yaml(content: str) -> Mapping[str, Any]:
    import yaml  # 20 ms

    if len(content) > _FRONT_CHARS:
        return {}
    try:
        # BaseLoader leaves every scalar as it is written: a tag `no` is no boolean, and nothing can be constructed
        entries = yaml.load(content, yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}
    return {str(key).strip().lower(): value for key, value in entries.items()} if isinstance(entries, dict) else {}


def _words(value: object) -> Iterator[str]:
    """Tags as people write them: a YAML list, or one line with commas or spaces."""
    entries: Iterable[object] = value if isinstance(value, list) else re.split(r"[,\s]+", str(value or ""))
    for entry in entries:
        if isinstance(entry, str) and (tag := entry.strip().lstrip("#")):
            yield tag


def _plain(heading: str) -> str:
    """A heading's words without their markup."""
    return " ".join(_MARKUP.sub("", _LABEL.sub(lambda m: m[1] or m[2] or "", heading)).split())


def _links(tokens: list[Token]) -> Iterator[str]:
    """Wikilink targets, and link targets that lie beside this file."""
    for token in tokens:
        if token.type != "inline":
            continue
        content = _CODE_SPAN.sub("", token.content)
        for match in _WIKILINK.finditer(content):
            yield match[1].strip()
        for match in _LINK.finditer(content):
            target = match[1] or match[2]
            if not _ELSEWHERE.match(target):
                yield unquote(target)
