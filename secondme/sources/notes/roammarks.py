"""Roam's markup within a block, as words: references, embeds, boxes, components in double braces.

Code (between backticks) stays as it is. What is not known (a component of somebody's own) stays as it was written.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

LINES = 64 * 1024  # characters that references may add to one block
_DEEP = 4  # a reference in a block that is referred to in a block that is referred to

_CODE = re.compile(r"(```.*?```|`[^`\n]+`|`[^`]{1,2000}`)", re.DOTALL)
_BOX = re.compile(r"\{\{(?:\[\[)?(TODO|DONE|ARCHIVED)(?:\]\])?\}\}[ \t]*")
_ALIAS = re.compile(r"\[([^\[\]\n]*)\]\((?:\(\([\w-]+\)\)|\[\[[^\[\]\n]*\]\])\)")
_STYLE = re.compile(r"(?<!\S)#\.[\w-]+")
_EMBED = re.compile(r"\{\{(?:\[\[)?embed(?:-path|-children)?(?:\]\])?:\s*(\(\([\w-]+\)\)|\[\[[^{}\n]*\]\])[^{}\n]*\}\}")
_REFERENCE = re.compile(r"\(\(([\w-]{1,64})\)\)")
_UID = re.compile(r"[\w-]{9}|\d\d-\d\d-\d{4}")
_MEDIA = re.compile(
    r"\{\{(?:\[\[)?(?:video|youtube|pdf|audio|iframe|tweet|twitter|vimeo|loom|figma)(?:\]\])?:?\s*+([^\s{}]++)[^{}\n]*\}\}"
)
_IDLE = re.compile(
    r"\{\{(?:\[\[)?(?:calc|slider|encrypt|POMO|streak|word-count|character-count|count|comment-button|table-of-contents"
    r"|attr-table|roam/render|roam/js|delta|chart|date|date-picker|mentions|search|orphans)(?:\]\])?(?::[^{}]*)?\}\}"
)
_QUERY = re.compile(r"\{\{(?:\[\[)?(?:query|g-search)(?:\]\])?:")
_TABLE = re.compile(r"\s*\{\{(?:table|\[\[table\]\])\}\}\s*")
_QUOTE = re.compile(r"^\[\[>\]\]", re.MULTILINE)
_MARKED = re.compile(r"\^\^(?=\S)(.{1,500}?)(?<=\S)\^\^", re.DOTALL)
_ITALIC = re.compile(r"(?<![\w_/])__(?=[^\s_])(.{1,500}?)(?<=[^\s_])__(?![\w_/])", re.DOTALL)
_EMPTY = re.compile(r"[\s\[\].,*_^~:;|\\<>=+#-]*")
_LINK = re.compile(r"(?<!\{\{)\[\[([^\[\]\n]+)\]\]")
_TAG = re.compile(r"(?<![\w/#&])#(?:\[\[([^\[\]\n]+)\]\]|([\w/-]*[^\W\d_][\w/-]*))")


class Marks:
    """Turns a block's string into words. `quoted` has the strings of the blocks that others refer to."""

    def __init__(self, quoted: Mapping[str, str]) -> None:
        self._quoted = quoted
        self._left = LINES

    def begins_table(self, string: str) -> bool:
        return _TABLE.fullmatch(string) is not None

    def plain(self, string: str) -> str:
        self._left = LINES
        text = self._text(string, frozenset())
        return "" if _EMPTY.fullmatch(text) or _TABLE.fullmatch(text) else text

    def _text(self, string: str, within: frozenset[str]) -> str:
        parts = _CODE.split(_without_queries(string))
        # every other part is code
        return "".join(part if n % 2 else self._prose(part, within) for n, part in enumerate(parts)).strip()

    def _prose(self, text: str, within: frozenset[str]) -> str:
        text = _BOX.sub(lambda m: "[ ] " if m[1] == "TODO" else "[x] ", text)
        text = _ALIAS.sub(r"\1", _STYLE.sub("", text))
        text = _EMBED.sub(lambda m: m[1], text)
        text = _MEDIA.sub(lambda m: m[1], text)
        text = _IDLE.sub("", text)
        text = _QUOTE.sub(">", text)
        text = _ITALIC.sub(r"*\1*", _MARKED.sub(r"==\1==", text))
        return _REFERENCE.sub(lambda m: self._words(m, within), text)

    def _words(self, reference: re.Match[str], within: frozenset[str]) -> str:
        uid = reference[1]
        string = self._quoted.get(uid)
        if string is None:
            # a block that was deleted; else ((an aside)), which Roam folds
            return "" if _UID.fullmatch(uid) else reference[0]
        if uid in within or len(within) >= _DEEP or self._left < len(string):
            return ""
        self._left -= len(string)
        return self._text(string, within | {uid})


def _without_queries(string: str) -> str:
    """Queries nest braces; one within backticks is an example."""
    kept: list[str] = []
    at = 0
    code = False
    while match := _QUERY.search(string, at):
        code ^= string.count("`", at, match.start()) % 2 == 1
        end = match.end() if code else _closing(string, match.start())
        if end == 0:
            break
        kept.append(string[at : end if code else match.start()])
        at = end
    return "".join(kept) + string[at:]


def _closing(string: str, start: int) -> int:
    """The end of what the brace at `start` opens; 0 if it stays open."""
    depth = 0
    for at in range(start, min(len(string), start + 4000)):
        depth += (string[at] == "{") - (string[at] == "}")
        if depth == 0:
            return at + 1
    return 0


def links_in(string: str) -> tuple[str, ...]:
    """The pages that a block names in double brackets."""
    prose = _without_queries(_CODE.sub("", string))
    return tuple(dict.fromkeys(match[1].strip() for match in _LINK.finditer(prose)))


def tags_in(string: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(match[1] or match[2] for match in _TAG.finditer(_CODE.sub("", string))))
