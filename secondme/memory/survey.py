"""Before an ingest: which reader would take each file and why, and how much there is. Writes nothing."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from secondme.errors import NoSuchPath, Unreadable
from secondme.memory.ingest import Reading
from secondme.memory.scan import scan
from secondme.records import Skipped
from secondme.sources import later, open_file, reader_for
from secondme.store.reading import LedgerReader


@dataclass(frozen=True, slots=True)
class Explained:
    """`reader` would take `path` because of `reason`; "" if none would."""

    path: str
    reader: str
    reason: str


@dataclass(slots=True)
class Survey:
    """Counts of what an ingest would find: items and characters by kind, files by reader."""

    files: int = 0
    unchanged: int = 0
    readers: Counter[str] = field(default_factory=Counter)
    kinds: Counter[str] = field(default_factory=Counter)
    characters: int = 0
    zoneless: int = 0
    skipped: list[Skipped] = field(default_factory=list)


def explain(paths: Sequence[Path], reading: Reading) -> Iterator[Explained]:
    """One line for each file that `paths` mean. Raises NoSuchPath."""
    found = scan(_there(paths), {})
    for candidate in found.candidates:
        try:
            file = open_file(Path(candidate.path), None, reading.zone)
        except Unreadable as error:
            yield Explained(candidate.path, "", error.message.rstrip("."))
            continue
        choice = reader_for(file)
        if reading.reader is not None:
            yield Explained(candidate.path, reading.reader.NAME, "as you said")
        elif not isinstance(choice, Skipped) and choice[0] is later:
            yield Explained(candidate.path, "", f"{choice[1]}, which are not read yet")
        elif isinstance(choice, Skipped):
            yield Explained(candidate.path, "", choice.reason)
        else:
            yield Explained(candidate.path, choice[0].NAME, choice[1])
    for skipped in found.skipped:
        yield Explained(skipped.source, "", skipped.reason)


def survey(paths: Sequence[Path], reading: Reading, ledger: LedgerReader) -> Survey:
    """Read everything and count it. Raises NoSuchPath."""
    found = scan(_there(paths), ledger.known(), again=reading.reader is not None)
    result = Survey(len(found.candidates), len(found.unchanged), skipped=found.skipped)
    for candidate in found.candidates:
        try:
            file = open_file(Path(candidate.path), None, reading.zone)
            choice = (reading.reader, "") if reading.reader else reader_for(file)
            if isinstance(choice, Skipped):
                result.skipped.append(choice)
                continue
            result.readers[choice[0].NAME] += 1
            for record in choice[0].read(file):
                if isinstance(record, Skipped):
                    result.skipped.append(record)
                else:
                    result.kinds[record.kind] += 1
                    result.characters += len(record.text)
                    result.zoneless += not record.zoned
        except Unreadable as error:
            result.skipped.append(Skipped(candidate.path, error.message.rstrip(".")))
    return result


def _there(paths: Sequence[Path]) -> list[Path]:
    roots = [Path(os.path.abspath(path)) for path in paths]
    for path in roots:
        if not os.path.lexists(path):
            raise NoSuchPath(f"There is no {path}.")
    return roots
