"""Markdown notes: front matter, headings, lists, tables, code, and Obsidian's marks: links, tags, comments, fields.

An Item's text is the whole decoded file, so offsets are the file's own. Only the block structure is parsed: it gives
the line map that segments need, and its cost stays linear where inline markup (nested brackets, stars) makes it grow.
Markdown in the sense of CommonMark with tables; nothing is rendered, and `- [ ]` stays as it was written. A note's time
is its front matter's, else that of its name (a daily note), else the file's. An alias (`aliases:`) is found as words
under the note's title, like every other field of the front matter that an Item has no place for.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import PurePath
from typing import TYPE_CHECKING

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.documents import text
from secondme.sources.files import opened
from secondme.sources.notes import daily, frontmatter, inline
from secondme.sources.outline import Block, segments, trimmed

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

NAME = "markdown"
WHOLE_CHARS = 256 * 1024

_SUFFIXES = frozenset((".md", ".markdown", ".mdown", ".mkd"))
# What markdown-it takes for the end of a line; str.splitlines knows more of them.
_NEWLINE = re.compile(r"\r\n?|\n")
_KEY = re.compile(r"[^\s#\-][^:]*:")
_MARKUP = re.compile(r"(?<!\\)(?:\*\*|__|\*|~~|==|`)|\\(?=[!-/:-@\[-`{-~])|[ \t]+#+[ \t]*$|%%[^%]*%%")
_LABEL = re.compile(r"!?\[\[(?:[^\[\]|\n]*\|)?([^\[\]|\n]+)\]\]|!?\[([^\[\]\n]*)\]\([^()\n]*\)")


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
    hidden = inline.comments(source)
    tokens = _parser().parse(_blanked(source, hidden))
    contents = [token.content for token in tokens if token.type == "inline"]
    blocks = list(_without(source, hidden, _blocks(source, starts, tokens)))
    head = tokens[0].content if tokens and tokens[0].type == "front_matter" else ""
    front = frontmatter.front(head, file.zone) if head else frontmatter.Front()
    time, zoned = _time(file, front, contents)
    return Item(
        kind="note",
        text=source,
        segments=segments(blocks),
        title=front.title or _title(file, blocks),
        time=time,
        tags=tuple(dict.fromkeys((*front.tags, *(tag for content in contents for tag in inline.tags(content))))),
        links=tuple(dict.fromkeys((*front.links, *(link for content in contents for link in inline.links(content))))),
        zoned=zoned,
    )


def _title(file: File, blocks: Iterable[Block]) -> str:
    """The first heading of the first level, else the name; a daily note is called by its day, whatever is in it."""
    heading = next((b.title for b in blocks if b.level == 1 and b.title), "")
    return daily.title(file.name) or heading or PurePath(file.name).stem


def _time(file: File, front: frontmatter.Front, contents: Iterable[str]) -> daily.When:
    fields = {key: value for content in contents if "::" in content for key, value in inline.fields(content).items()}
    found = front.made or frontmatter.made(fields, file.zone) or daily.from_name(file.name, file.zone) or front.edited
    return found or daily.When(file.modified, True)


def _blanked(source: str, hidden: list[tuple[int, int]]) -> str:
    """The source without the comments that have their lines for themselves; offsets and lines stay what they are."""
    kept, at = [], 0
    for start, end in hidden:
        before = source[source.rfind("\n", 0, start) + 1 : start]
        after = source[end : end + 1 if (stop := source.find("\n", end)) < 0 else stop]
        if not before.strip() and not after.strip():
            kept += [source[at:start], re.sub(r"[^\r\n]", " ", source[start:end])]
            at = end
    return "".join((*kept, source[at:]))


def _without(source: str, hidden: list[tuple[int, int]], blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks with what is hidden cut out of them. Both come in order."""
    first = 0
    for block in blocks:
        while first < len(hidden) and hidden[first][1] <= block.start:
            yield Block(hidden[first][0], hidden[first][0])
            first += 1
        number, at = first, block.start
        while not block.level and number < len(hidden) and hidden[number][0] < block.end:
            start, end = hidden[number]
            yield Block(*trimmed(source, at, max(at, start)), block.kind)
            yield Block(start, start)
            number, at = number + 1, end
        if number == first:
            yield block
        elif at < block.end:
            yield Block(*trimmed(source, at, block.end), block.kind)


def structure(source: str) -> list[Block]:
    """The blocks of markdown that a record of another format holds: a notebook's cell, a journal's entry."""
    if len(source) > WHOLE_CHARS:
        return [Block(*trimmed(source, 0, len(source)))]
    starts = [0, *(match.end() for match in _NEWLINE.finditer(source)), len(source)]
    return list(_blocks(source, starts, _parser().parse(source)))


@cache
def _parser() -> MarkdownIt:
    from markdown_it import MarkdownIt  # 130 ms with the plugin
    from mdit_py_plugins.front_matter import front_matter_plugin

    # without "reference" a link definition stays a paragraph, and so stays in some segment
    return MarkdownIt("commonmark").enable("table").use(front_matter_plugin).disable(["inline", "reference"])


def _blocks(source: str, starts: list[int], tokens: list[Token]) -> Iterator[Block]:
    """The top-level blocks as spans of the source."""
    for token, following in zip(tokens, [*tokens[1:], None], strict=False):
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
                yield Block(start, inline.without_id(source, start, end), "list")
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
            case "paragraph_open" if following and "::" in following.content and inline.fields(following.content):
                yield Block(start, end, "field")
            case _:
                yield Block(start, inline.without_id(source, start, end))


def _fields(source: str, starts: list[int], end_line: int) -> Iterator[Block]:
    """The lines of the front matter that say something beyond title, date and tags, run by run."""
    known = True
    first: int | None = None
    for number in range(1, end_line - 1):
        line = source[starts[number] : starts[number + 1]]
        if key := _KEY.match(line):
            known = frontmatter.known(key[0][:-1])
        elif number == 1:
            known = False
        if known and first is not None:
            yield Block(*trimmed(source, starts[first], starts[number]), "field")
            first = None
        elif not known and first is None:
            first = number
    if first is not None:
        yield Block(*trimmed(source, starts[first], starts[end_line - 1]), "field")


def _plain(heading: str) -> str:
    """A heading's words without their markup."""
    return " ".join(_MARKUP.sub("", _LABEL.sub(lambda m: m[1] or m[2] or "", heading)).split())
