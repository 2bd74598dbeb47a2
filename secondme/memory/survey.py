"""Before an ingest: which reader would take each file and why, and how much there is. Writes nothing."""

from __future__ import annotations

import math
import os
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from secondme.errors import NoSuchPath, Unreadable
from secondme.memory.ingest import Reading
from secondme.memory.scan import Candidate, missing, scan
from secondme.records import Item, Skipped
from secondme.sources import File, Reader, later, named, open_file, reader_for, walk_stat
from secondme.store.ledger import digest
from secondme.store.reading import LedgerReader

_SUMMED_UP = re.compile(r"([\d,]+) files in it, the first of them (.+?): (.+)", re.S)  # as archives do


@dataclass(frozen=True, slots=True)
class Explained:
    """`reader` would take `path` because of `reason`; "" if none would. `inside` an archive, one for each reader and
    reason: `path` is the first of `number` members."""

    path: str
    reader: str
    reason: str
    number: int = 1
    inside: tuple[Explained, ...] = ()


@dataclass(slots=True)
class Survey:
    """Counts of what an ingest would find: items and characters by kind, files by reader.

    Of the `files` to read, `rewritten` are known and have another size or time; `gone` are known and not there any
    more; `forgotten` would be left out.
    """

    files: int = 0
    rewritten: int = 0
    unchanged: int = 0
    gone: int = 0
    forgotten: int = 0
    readers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    zoneless: int = 0
    skipped: list[Skipped] = field(default_factory=list)


# -- which reader, and why ---------------------------------------------------------------------------------------------


def explain(paths: Sequence[Path], reading: Reading) -> Iterator[Explained]:
    """One for each file that `paths` mean, as they are found. Raises NoSuchPath."""
    seen = set()
    for found in walk_stat(_there(paths)):
        if isinstance(found, Skipped):
            yield Explained(found.source, "", found.reason)
        elif found.path not in seen:  # a file can be named beside its folder
            seen.add(found.path)
            yield _explained(found.path, reading)


def _explained(path: str, reading: Reading) -> Explained:
    try:
        file = open_file(Path(path), None, reading.zone)
        if reading.reader is not None:
            return Explained(path, reading.reader.NAME, "as you said")
        choice = reader_for(file)
        if isinstance(choice, Skipped):
            return Explained(path, "", choice.reason)
        reader, reason = choice
        if reader is later:
            return Explained(path, "", f"{reason}, which are not read yet")
        inside = tuple(_inside(file, reader)) if reader is named("archive") else ()
        return Explained(path, reader.NAME, reason, inside=inside)
    except Unreadable as error:
        return Explained(path, "", error.phrase)


def _inside(file: File, archive: Reader) -> Iterator[Explained]:
    """What would be read from an archive. Unpacks it, to look at each member, and reads none of them."""
    readers = tuple(r if r is archive or r is later else _Claim(r) for r in file.readers)
    members: dict[tuple[str, str], tuple[str, set[str]]] = {}
    left_out = []
    try:
        for record in archive.read(replace(file, readers=readers)):
            if isinstance(record, Skipped):
                skipped, number = first_of(record)
                place = skipped.source.removeprefix(f"{file.name} › ")
                left_out.append(Explained(place, "", skipped.reason, number))
            else:
                members.setdefault((record.kind, record.text), (record.part, set()))[1].add(record.part)
    except Unreadable as error:
        left_out.append(Explained("the rest", "", error.phrase))
    for (name, reason), (first, parts) in members.items():
        yield Explained(first, name, reason, len(parts))
    yield from left_out


def first_of(skipped: Skipped) -> tuple[Skipped, int]:
    """What an archive sums up of its members: the first of them, and how many there are."""
    if (many := _SUMMED_UP.fullmatch(skipped.reason)) is None:
        return skipped, 1
    return Skipped(f"{skipped.source} › {many[2]}", many[3]), int(many[1].replace(",", ""))


class _Claim:
    """Stands for a reader within an archive: claims what that one claims, and reads only why."""

    def __init__(self, reader: Reader) -> None:
        self.NAME = reader.NAME
        self._reader = reader

    def claims(self, file: File) -> str | None:
        return self._reader.claims(file)

    def read(self, file: File) -> Iterator[Item | Skipped]:
        yield Item(self.NAME, self.claims(file) or "", ())


# -- how much ----------------------------------------------------------------------------------------------------------


def survey(paths: Sequence[Path], reading: Reading, ledger: LedgerReader) -> Survey:
    """Read everything and count it. Raises NoSuchPath."""
    roots, known, forgotten = _there(paths), ledger.known(), ledger.forgotten()
    found = scan(roots, known, math.inf if reading.reader else 0)
    gone = missing(known, [root for root in roots if root.is_dir()], found.seen)
    result = Survey(unchanged=len(found.unchanged), gone=len(gone), skipped=found.skipped)
    for candidate in found.candidates:
        if not candidate.named and digest("uri", candidate.uri) in forgotten:
            result.forgotten += 1
            continue
        result.files += 1
        result.rewritten += candidate.uri in known
        try:
            _count(candidate, reading, result)
        except Unreadable as error:
            result.skipped.append(Skipped(candidate.path, error.phrase))
    return result


def _count(candidate: Candidate, reading: Reading, result: Survey) -> None:
    file = open_file(Path(candidate.path), None, reading.zone)
    choice = (reading.reader, "") if reading.reader else reader_for(file)
    if isinstance(choice, Skipped):
        result.skipped.append(choice)
        return
    if choice[0] is not later:
        result.readers[choice[0].NAME] += 1
    for record in choice[0].read(file):
        if isinstance(record, Skipped):
            result.skipped.append(record)
        else:
            result.kinds[record.kind] += 1
            result.characters += len(record.text)
            result.zoneless += not record.zoned


def _there(paths: Sequence[Path]) -> list[Path]:
    roots = [Path(os.path.abspath(path)) for path in paths]
    for path in roots:
        if not os.path.lexists(path):
            raise NoSuchPath(f"There is no {path}.")
    return roots
