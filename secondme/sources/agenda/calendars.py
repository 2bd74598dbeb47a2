"""Calendars: iCalendar (RFC 5545) and vCalendar 1.0, as Google, Apple, Outlook, Thunderbird and phones export them.

Reads a file twice. The first pass learns what may stand after its use: the time zones, which of two versions of an
entry is the newer (SEQUENCE), and which occurrences of a repeating one have been changed. The second yields the Items.
One component is held at a time, and a number for each UID. events.py says what a component means.

A repeating entry is unrolled from two years before to two years after the file's modification date. A calendar is asked
about the years around it, the rule itself is kept in words for the rest, and the next export moves the window on; with
an occurrence's id made of its time, the two agree on what they share.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import timedelta
from hashlib import blake2b
from itertools import islice
from zlib import crc32

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.agenda import events
from secondme.sources.agenda.contentlines import COMPONENT_BYTES, Component, Content, Line
from secondme.sources.agenda.zones import Zones
from secondme.sources.base import File
from secondme.sources.decoding import bom, looks_binary, loss

NAME = "calendar"
WINDOW = timedelta(days=2 * 366)  # before and after the file's date
MOST = 20_000  # occurrences in one file
_BARREN = 100  # rules that name no time at all, each of which takes a while to find out

_SUFFIXES = frozenset((".ics", ".ical", ".icalendar", ".vcs", ".ifb"))
_OPENING = re.compile(r"\s*BEGIN\s*:\s*(?:VCALENDAR|VEVENT|VTODO|VJOURNAL)\b", re.IGNORECASE)
# What the first pass reads of a file.
_SURVEYED = re.compile(
    rb"(?:BEGIN|END|UID|SEQUENCE|RECURRENCE-ID|DTSTART|RRULE|RDATE|TZ[\w-]*|X-LIC-LOCATION)[;:]", re.IGNORECASE
)


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    if _OPENING.match(opening(file)):
        return "begins like a calendar"
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES else None


def opening(file: File) -> str:
    """The file's first characters, as far as they are ASCII, in whatever encoding."""
    head = file.head[:1024]
    mark = {"utf-8-sig": 3, "utf-16": 2, "utf-32": 4}.get(bom(head) or "", 0)
    return head[mark:].replace(b"\0", b"").decode("latin-1")


def read(file: File) -> Iterator[Item | Skipped]:
    known = _Survey(Content(file))
    content = Content(file)
    run = _Run(file, known, MOST)
    yield from run.items(content)
    if not (run.found or run.calendars or known.zones):
        raise Unreadable("holds no calendar", "Export the calendar again, as an .ics file.")
    yield from run.skipped()
    yield from loss(file, content.decoder)


class _Survey:
    """What the first pass learns. Entries are known by their number in the file."""

    def __init__(self, content: Content) -> None:
        self.zones = Zones()
        self.stale: set[int] = set()  # of which the file has a newer version
        self.apart: set[int] = set()  # that share a UID with another one and are none of its versions
        changed: dict[int, list[Line]] = {}
        seen: dict[int, int] = {}
        number = 0
        for component in content.components(wanted=_SURVEYED):
            if component.name == "VTIMEZONE":
                self.zones.define(component)
            elif component.name in events.KINDS:
                number += 1
                if component.whole and component.first("UID"):
                    self._weigh(component, number, seen)
                    if (line := component.first("RECURRENCE-ID")) is not None:
                        changed.setdefault(_digest(component.text("UID")), []).append(line)
        self.changed = {uid: frozenset(self._keys(lines)) for uid, lines in changed.items()}

    def _weigh(self, component: Component, number: int, seen: dict[int, int]) -> None:
        occurrence = component.first("RECURRENCE-ID")
        key = _digest(f"{component.name} {component.text('UID')} {occurrence.value if occurrence else ''}")
        start = crc32(component.text("DTSTART").encode("utf-8", "replace"))
        rank = component.text("SEQUENCE")[:9]
        sequence = int(rank) if rank.isascii() and rank.isdigit() else 0
        # one number for the three, since a calendar may hold a million
        mine = sequence << 72 | start << 40 | number
        other = seen.setdefault(key, mine)
        if other == mine:
            return
        if other >> 72 == sequence and (other >> 40) & 0xFFFFFFFF != start:
            self.apart.add(number)
        elif other >> 72 > sequence:
            self.stale.add(number)
        else:
            self.stale.add(other & 0xFFFFFFFFFF)
            seen[key] = mine

    def _keys(self, lines: list[Line]) -> Iterator[str]:
        for line in lines:
            if (moment := self.zones.moment(line)) is not None:
                yield moment.key


@dataclass(slots=True)
class _Run:
    """The second pass: what is left of the limits, and what was not read."""

    file: File
    known: _Survey
    left: int
    barren: int = 0
    found: int = 0
    calendars: int = 0
    trouble: Counter[str] = field(default_factory=Counter)
    lines: dict[str, int] = field(default_factory=dict)

    def items(self, content: Content) -> Iterator[Item]:
        middle = self.file.modified.replace(tzinfo=None)
        window = (middle - WINDOW, middle + WINDOW)
        around = events.Around(self.known.zones, self.file.zone, window)
        number = 0
        for component in content.components():
            if component.name == "VCALENDAR":
                self.calendars += 1
                if not component.whole and "has no end" not in self.trouble:
                    self.note("has no end: the file may be cut short", component)
            elif component.name in events.KINDS:
                number += 1
                yield from self.entry(component, number, around)

    def entry(self, component: Component, number: int, around: events.Around) -> Iterator[Item]:
        if number in self.known.stale:
            return
        self.found += 1
        if not component.whole or component.bytes > COMPONENT_BYTES:
            words = "is larger than the 4 MB that one may have" if component.whole else "has no end"
            self.note(words, component)
            return
        try:
            entry = events.read(component, around)
        except (ValueError, OverflowError):  # a date at the end of the calendar, whichever way it is counted
            self.note("has a date that no calendar has", component)
            return
        if entry is None:
            self.note("says nothing", component)
            return
        if number in self.known.apart and entry.start is not None:
            entry = replace(entry, item=replace(entry.item, local=f"{entry.item.local}/{entry.start.key}"))
        yield entry.item
        if entry.unruly:
            self.note("repeats by a rule that cannot be followed, and is kept once", component)
        elif entry.repeats:
            yield from self.unrolled(entry, component, around)

    def unrolled(self, entry: events.Entry, component: Component, around: events.Around) -> Iterator[Item]:
        changed = self.known.changed.get(_digest(component.text("UID")), frozenset())
        found: list[Item] = []
        try:
            if self.barren < _BARREN:
                found = list(islice(events.occurrences(entry, around, changed), self.left + 1))
        except (ValueError, OverflowError):
            self.note("repeats by a rule that cannot be followed, and is kept once", component)
        if len(found) > self.left or self.barren >= _BARREN:
            self.note(f"repeats beyond the {MOST:,} occurrences that are read of one file", component)
        self.barren += not found
        yield from found[: self.left]
        self.left -= min(self.left, len(found))

    def note(self, words: str, component: Component) -> None:
        self.trouble[words] += 1
        self.lines.setdefault(words, component.line)

    def skipped(self) -> Iterator[Skipped]:
        """One for each kind of trouble."""
        for words, count in self.trouble.items():
            what = "calendar" if "file may be" in words else "entry"
            more = f"; so it is with {count - 1} more" if count > 1 else ""
            yield Skipped(self.file.name, f"the {what} at line {self.lines[words]} {words}{more}")
        if not self.found:
            yield Skipped(self.file.name, "holds no events")


def _digest(text: str) -> int:
    return int.from_bytes(blake2b(text.encode("utf-8", "replace"), digest_size=8).digest(), "big")
