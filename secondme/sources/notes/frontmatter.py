"""The front matter of a note: YAML between two lines of `---`, as Obsidian, Hugo and most exporters write it.

Knows the names under which they keep title, dates, tags and links; everything else in it is the note's own business.
Where the YAML is broken it knows what single lines say, and the note is read all the same.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import tzinfo
from typing import Any

from secondme.sources.notes.daily import When, written
from secondme.sources.notes.inline import WIKILINK, page

_CHARS = 16 * 1024  # PyYAML reads some 100 KB/s; a longer front matter is no front matter
_MADE = "date created createdat datecreated creationdate createddate createdtime creationtime createdon"
_EDITED = (
    "updated updatedat modified modifiedat datemodified modifieddate dateupdated lastmodified lastmod lastupdated"
    " lastedited lasteditedtime modificationdate modificationtime"
)
_TAGS = ("tags", "tag")
_PAIR = re.compile(r"([^\s#:-][^:]*):(?:[ \t]+(.*)|)")
_ENTRY = re.compile(r"\s*-\s+(.*)")
_KNOWN = frozenset(("title", *_MADE.split(), *_TAGS))


@dataclass(frozen=True, slots=True)
class Front:
    """What the front matter says about the note. `edited` is when it was last changed."""

    title: str = ""
    made: When | None = None
    edited: When | None = None
    tags: tuple[str, ...] = ()
    links: tuple[str, ...] = ()


def known(key: str) -> bool:
    """Whether a key is one of those that an Item has a place for."""
    return _key(key) in _KNOWN


def is_tags(key: str) -> bool:
    return _key(key) in _TAGS


def made(entries: Mapping[str, str], zone: tzinfo | None) -> When | None:
    """When the note was made, by the first of `entries` that is called so and holds a date."""
    return _first(entries, _MADE.split(), zone)


def edited(entries: Mapping[str, str], zone: tzinfo | None) -> When | None:
    return _first(entries, _EDITED.split(), zone)


def front(content: str, zone: tzinfo | None = None) -> Front:
    """Title, times, tags and links; where the YAML is broken, as far as lines tell."""
    entries = _yaml(content)
    title = entries.get("title")
    plain = {key: value for key, value in entries.items() if isinstance(value, str)}
    listed = (tag for key in _TAGS for tag in words(entries.get(key)))
    named = (
        page(match[1]) for value in entries.values() for text in _strings(value) for match in WIKILINK.finditer(text)
    )
    return Front(
        title=" ".join(title.split()) if isinstance(title, str) else "",
        made=made(plain, zone),
        edited=edited(plain, zone),
        tags=tuple(dict.fromkeys(listed)),
        links=tuple(dict.fromkeys(link for link in named if link)),
    )


def words(value: object) -> Iterator[str]:
    """Tags as people write them: a list, or one line with commas, semicolons or spaces."""
    entries: Iterable[object] = value if isinstance(value, list) else re.split(r"[,;\s]+", str(value or ""))
    for entry in entries:
        if isinstance(entry, str) and (tag := entry.strip().lstrip("#")):
            yield tag


def _key(key: str) -> str:
    return re.sub(r"[\s_-]+", "", key).lower()


def _first(entries: Mapping[str, str], names: Iterable[str], zone: tzinfo | None) -> When | None:
    held = {_key(key): value for key, value in entries.items()}
    return next((when for name in names if name in held and (when := written(held[name], zone)) is not None), None)


def _strings(value: object) -> Iterator[str]:
    for entry in value if isinstance(value, list) else [value]:
        if isinstance(entry, str):
            yield entry


def _by_line(content: str) -> Mapping[str, Any]:
    """What can be told of YAML that is broken, mostly by a colon in a title: `key: value` and lists, line by line."""
    entries: dict[str, Any] = {}
    key = ""
    for line in content.splitlines():
        if found := _PAIR.fullmatch(line):
            key, value = found[1].strip().lower(), (found[2] or "").strip()
            quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
            listed = value[1:].rstrip("]").split(",") if value.startswith("[") and not value.startswith("[[") else None
            entries[key] = [part.strip(" '\"") for part in listed] if listed else value[1:-1] if quoted else value
        elif key and (found := _ENTRY.fullmatch(line)):
            before = entries[key]
            entries[key] = [*(before if isinstance(before, list) else []), found[1].strip(" '\"")]
    return entries


def _yaml(content: str) -> Mapping[str, Any]:
    import yaml  # 20 ms

    if len(content) > _CHARS:
        return {}
    try:
        # BaseLoader leaves every scalar as it is written: a tag `no` is no boolean, and nothing can be constructed
        entries = yaml.load(content, yaml.BaseLoader)
    except (yaml.YAMLError, ValueError, RecursionError):
        return _by_line(content)
    return {str(key).strip().lower(): value for key, value in entries.items()} if isinstance(entries, dict) else {}
