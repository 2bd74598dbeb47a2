"""Notes that an exporter wrote as plain text or HTML with their dates at the top, as Apple Notes' exporters do.

Apple Notes has no format of its own: scripts and apps write `.txt`, `.html` or `.md`, with a line such as "Created:
Monday, 4 May 2026 at 10:15" among the first, or a `<meta>` that says so. Only a date that can be read makes a file one
of these; Markdown with front matter is markdown's. The line stays in the text, as the note has it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import tzinfo

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, sniff
from secondme.sources.documents import text
from secondme.sources.notes import daily, markdown
from secondme.sources.web import html

NAME = "exported note"

_READERS = {".txt": text, ".html": html, ".htm": html, ".md": markdown, ".markdown": markdown}
_WORD = (
    r"(?:date[ _-]?created|creat(?:ed|ion)(?:[ _-]?(?:date|at|on|time))?|erstellt(?:[ _-]am)?|créée? le|creado|creato)"
)
_LINE = re.compile(rf"^\W{{0,6}}{_WORD}\W{{0,6}}[:：]\W{{0,6}}(?P<when>[^\n<]{{6,60}}?)[\s*_)>]*$", re.IGNORECASE)
_META = re.compile(
    r"<meta\s[^>]*?(?:name|property|itemprop)=[\"'][a-z.:]{0,20}creat(?:ed|ion)(?:[ _-]?(?:date|at|on|time))?[\"']"
    r"\s+content=[\"'](?P<when>[^\"']{6,60})[\"']",
    re.IGNORECASE,
)
_TAG = re.compile(r"<(?:style|script|title)\b.*?</(?:style|script|title)>|<[^>]*>", re.DOTALL | re.IGNORECASE)
_BREAK = re.compile(r"</?(?:p|div|br|h[1-6]|li|tr|td|body)\b[^>]*>", re.IGNORECASE)


def claims(file: File) -> str | None:
    if file.suffix not in _READERS or looks_binary(file.head, 0.1):
        return None
    return "says at its top when the note was made" if _made(file) is not None else None


def read(file: File) -> Iterator[Item | Skipped]:
    when = _made(file)
    for record in _READERS.get(file.suffix, text).read(file):
        if isinstance(record, Item):
            record = replace(record, kind="note")
            record = record if when is None else replace(record, time=when.time, zoned=when.zoned)
        yield record


def _made(file: File) -> daily.When | None:
    """The date that the first lines say the note was made at."""
    head = file.head[:16384]
    start = Decoder(sniff(head, len(head) >= file.size)).decode(head)
    if file.suffix in (".html", ".htm"):
        if meta := _META.search(start):
            return _date(meta["when"], file.zone)
        start = _TAG.sub("", _BREAK.sub("\n", start[:8192]))
    elif start.startswith("---"):
        return None
    lines = [line.strip() for line in start.splitlines() if line.strip()][:6]
    found = (_LINE.match(line[:160]) for line in lines)
    return next((when for match in found if match and (when := _date(match["when"], file.zone)) is not None), None)


def _date(words: str, zone: tzinfo | None) -> daily.When | None:
    return daily.written(words.replace("&nbsp;", " ").replace("\u202f", " "), zone)
