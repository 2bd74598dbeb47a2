"""What is in memory as markdown that a person reads: conversations, mail by year, notes one by one.

Knows how an item looks and what a file may be called; texts stand as they were written. File names hold on every usual
file system: no separators, no control characters, no reserved names, at most 100 bytes; equal ones are numbered.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from pathlib import Path, PureWindowsPath
from typing import IO

from secondme.records import Item
from secondme.store.listing import SourceName, Whole, wholes
from secondme.store.reading import LedgerReader
from secondme.store.rows import Filters

FOLDERS = {"message": "messages", "mail": "mail"}  # others get an s
LONGEST = 100  # bytes of a file's name, without its number and ending
UNDATED, UNNAMED = "undated", "unnamed"
_BY_YEAR = "i.kind IN ('mail', 'event', 'contact', 'task')"
_BY_SOURCE = f"i.kind != 'message' AND NOT {_BY_YEAR}"
_NEVER = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|conin\$|conout\$|com\d|lpt\d)(\..*)?", re.IGNORECASE)

_FRONT_MATTER = re.compile(r"---[ \t]*\n(?P<lines>.*?\n)---[ \t]*\n\s*", re.DOTALL)
_KEY = re.compile(r"^([\w-]+)[ \t]*:", re.MULTILINE)

Names = Mapping[int, SourceName]


@dataclass(frozen=True, slots=True)
class Group:
    """What goes into one file: its folder, its name as it would be if anything went, and its front matter."""

    folder: str
    name: str
    about: tuple[tuple[str, str], ...]


def write(
    reader: LedgerReader, filters: Filters, folder: Path, names: Names, tell: Callable[[int], None]
) -> tuple[int, Counter[str]]:
    """Write everything below `folder`. `names` are the sources'. Returns the number of files, and of items by kind."""
    kinds, taken = Counter[str](), Taken()
    folder.mkdir()
    files = 0
    for order, which, group_of, show in (
        ("by thread", "i.kind = 'message'", _conversation, _messages),
        ("by year", _BY_YEAR, _year, _records),
        ("by source", _BY_SOURCE, _source, _notes),
    ):
        found = wholes(reader, filters, order, which)
        for group, members in groupby(found, key=lambda whole, of=group_of: of(whole, names)):  # type: ignore[misc]
            (folder / group.folder).mkdir(exist_ok=True)
            path = folder / group.folder / f"{taken.free(group.folder, safe(group.name))}.md"
            with path.open("w", encoding="utf-8", newline="\n") as out:
                show(out, group, _counted(members, kinds, tell))
            files += 1
    return files, kinds


def safe(name: str) -> str:
    """`name` as a file may be called anywhere."""
    plain = " ".join(_NEVER.sub(" ", unicodedata.normalize("NFC", name)).split()).lstrip(" .-")
    short = plain.encode()[:LONGEST].decode("utf-8", "ignore").rstrip(" .") or UNNAMED
    return f"{short}_" if _RESERVED.fullmatch(short) else short


class Taken:
    """The names given so far; alike is what some file system takes for alike."""

    def __init__(self) -> None:
        self._given: set[str] = set()
        self._last = Counter[str]()

    def free(self, folder: str, name: str) -> str:
        """The name, or the first of `name 2`, `name 3`, … that is free."""
        plain = f"{folder}/{unicodedata.normalize('NFKC', name).casefold()}"
        number = self._last[plain] + 1
        while (key := f"{plain} {number}" if number > 1 else plain) in self._given:
            number += 1
        self._last[plain] = number
        self._given.add(key)
        return f"{name} {number}" if number > 1 else name


# -- which file -----------------------------------------------------------------------------------------------------


def _conversation(whole: Whole, names: Names) -> Group:
    thread, year = whole.item.thread, _year_of(whole.item)
    source = names[whole.places[0].source]
    about = (("thread", thread), ("year", year), ("format", source.reader))
    return Group(FOLDERS["message"], f"{thread or UNNAMED} {year}", about)


def _year(whole: Whole, names: Names) -> Group:
    kind, year = whole.item.kind, _year_of(whole.item)
    return Group(safe(FOLDERS.get(kind, f"{kind}s")), year, (("kind", kind), ("year", year)))


def _source(whole: Whole, names: Names) -> Group:
    kind, source = whole.item.kind, names[whole.places[0].source]
    stem = PureWindowsPath(source.uri).stem  # takes both kinds of separators
    return Group(safe(FOLDERS.get(kind, f"{kind}s")), stem, (("source", source.uri), ("format", source.reader)))


def _year_of(item: Item) -> str:
    return item.time.isoformat()[:4] if item.time else UNDATED


# -- what is in it --------------------------------------------------------------------------------------------------


def _messages(out: IO[str], group: Group, items: Iterable[Item]) -> None:
    _front_matter(out, dict(group.about))
    day = ""
    for item in items:
        if (today := _day(item.time)) != day:
            day = today
            out.write(f"## {day}\n\n")
        clock = f"{item.time:%H:%M} " if item.time else ""
        out.write(f"**{clock}{_one_line(item.speaker) or '—'}**\n\n{item.text.rstrip()}\n\n")


def _records(out: IO[str], group: Group, items: Iterable[Item]) -> None:
    _front_matter(out, dict(group.about))
    for item in items:
        out.write(f"## {_one_line(item.title) or UNNAMED}\n\n")
        if item.time:
            out.write(f"- time: {item.time.isoformat()}\n")
        for handle in item.people:
            shown = " ".join(
                filter(None, (_one_line(handle.name), handle.address and f"<{_one_line(handle.address)}>"))
            )
            out.write(f"- {handle.role}: {shown}\n")
        if item.tags:
            out.write(f"- tags: {', '.join(map(_one_line, item.tags))}\n")
        out.write(f"\n{item.text.rstrip()}\n\n")


def _notes(out: IO[str], group: Group, items: Iterable[Item]) -> None:
    for at, item in enumerate(items):
        time = item.time.isoformat() if item.time else None
        about: dict[str, object] = {"title": item.title, "time": time, "tags": list(item.tags)}
        text = item.text
        if at:
            out.write("---\n\n")
            out.writelines(f"- {name}: {_value(value)}\n" for name, value in about.items() if value)
            out.write("\n")
        else:
            own = _FRONT_MATTER.match(text)
            _front_matter(out, {**dict(group.about), **about}, own["lines"] if own else "")
            text = text[own.end() :] if own else text
        if item.title and item.title not in text.lstrip()[: len(item.title) + 8]:
            out.write(f"# {_one_line(item.title)}\n\n")
        out.write(f"{text.rstrip()}\n\n")


def _front_matter(out: IO[str], about: Mapping[str, object], own: str = "") -> None:
    """`own` are the lines that the note had itself: they stand as they were, and count."""
    told = set(_KEY.findall(own))
    out.write("---\n")
    out.writelines(f"{name}: {_value(value)}\n" for name, value in about.items() if name not in told)
    out.write(f"{own}---\n\n")


def _value(value: object) -> str:
    """JSON, which is YAML as well."""
    return json.dumps(value, ensure_ascii=False)


def _counted(members: Iterator[Whole], kinds: Counter[str], tell: Callable[[int], None]) -> Iterator[Item]:
    for whole in members:
        kinds[whole.item.kind] += 1
        tell(kinds.total())
        yield whole.item


def _day(time: datetime | None) -> str:
    return time.date().isoformat() if time else UNDATED


def _one_line(text: str) -> str:
    return " ".join(text.split())
