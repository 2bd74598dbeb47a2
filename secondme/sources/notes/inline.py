"""What stands between the words of a Markdown note: links, tags, comments, block ids, fields.

Obsidian's rules (help.obsidian.md: Internal links, Tags, Comments), and Bear's for a tag of several words, `#like
this#`. Works on the text of blocks, line by line or paragraph by paragraph; knows nothing of files.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import unquote

CODE_SPAN = re.compile(r"(?<!`)(`+)(?!`).+?(?<!`)\1(?!`)", re.DOTALL)
WIKILINK = re.compile(r"\[\[([^\[\]|#\n]+)(?:#[^\[\]|\n]*)?(?:\|[^\[\]\n]*)?\]\]")
_LINK = re.compile(r"\]\(\s*(?:<([^<>\n]+)>|([^\s()<>]+))")
_ELSEWHERE = re.compile(r"[a-z][a-z0-9+.-]*:|//|#", re.IGNORECASE)
# anything but white space and punctuation; of that `-`, `_` and `/` belong to tags
_TAG = re.compile(r"(?<!\S)#([^\s!-,.:-@\[-^`{-~\u00a1-\u00bf\u2010-\u206f\u3000-\u303f\uff01-\uff0f]+)")
_BEAR_TAG = re.compile(r"(?<!\S)#(\w[\w/-]*(?: [\w/-]+){1,4})#(?!\S)")
_NO_NUMBER = re.compile(r"[^\d/_-]")
_BLOCK_ID = re.compile(r"(?:^|(?<=\s))\^[A-Za-z0-9-]+$")
# Of what begins first the whole: a fence, a code span, or a comment. A line may begin one that has paragraphs in it.
_COMMENT = re.compile(
    r"^[ \t>]*(?P<fence>`{3,}|~{3,})[^\n]*.*?(?:^[ \t>]*(?P=fence)|\Z)|(?<!`)(?P<tick>`+)(?!`)[^`\n]*(?P=tick)"
    r"|(?P<block>^[ \t]*%%.*?%%)|(?P<within>(?<![\w%])%%(?:(?!\n[ \t]*\n).)*?%%)",
    re.DOTALL | re.MULTILINE,
)
_FIELD = re.compile(r"[\s*_>-]*([^\s:*_\[\]()][^:\n*_]{0,60})[*_]*::[*_]*[ \t]+(\S.*)")


def links(content: str) -> Iterator[str]:
    """Wikilink targets (a page's name, without heading, block and alias), and link targets that lie beside the file."""
    content = CODE_SPAN.sub("", content)
    for match in WIKILINK.finditer(content):
        if name := page(match[1]):
            yield name
    for match in _LINK.finditer(content):
        target = match[1] or match[2]
        if not _ELSEWHERE.match(target) and (file := unquote(target.partition("#")[0])):
            yield file


def page(target: str) -> str:
    """The page that a wikilink leads to: `[[Page^block]]`, and in a table `[[Page\\|alias]]`."""
    return target.partition("^")[0].rstrip("\\").strip()


def tags(content: str) -> Iterator[str]:
    """`#tag`, `#tag/with/levels` and `#several words#`; a number alone (`#12`) is none."""
    content = CODE_SPAN.sub(" ", content)
    for match in _BEAR_TAG.finditer(content):
        yield match[1]
    for match in _TAG.finditer(_BEAR_TAG.sub(" ", content)):
        if (tag := match[1].rstrip("/")) and _NO_NUMBER.search(tag):
            yield tag


def without_id(text: str, start: int, end: int) -> int:
    """The end of a block before its id (`^abc`), which is there to be linked to."""
    found = _BLOCK_ID.search(text, max(start, end - 60), end)
    return end if found is None else start + len(text[start : found.start()].rstrip())


def comments(source: str) -> list[tuple[int, int]]:
    """The spans of `%%comments%%`, outside code. One that is never closed is none, so that nothing gets lost."""
    if "%%" not in source:
        return []
    return [match.span() for match in _COMMENT.finditer(source) if match["block"] or match["within"]]


def fields(content: str) -> dict[str, str]:
    """A paragraph of nothing but Dataview's fields, `key:: value` on each line; empty if it is not."""
    lines = [_FIELD.fullmatch(line) for line in content.splitlines() if line.strip()]
    return {match[1].strip(): match[2].strip() for match in lines if match} if all(lines) else {}
