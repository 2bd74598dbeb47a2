"""Files inside files: a member of an archive, an attachment of a mail, read by the reader of its own format.

Knows how an inner item is told from its neighbours (its ids begin with the member's name, its place ends with it) and
how deep files may lie in each other. Does not know who found the inner file or where its bytes were put.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.base import HEAD_BYTES, File
from secondme.sources.choice import reader_for
from secondme.sources.files import why

DEPTH = 4  # an archive in a mail in a mailbox in an archive


def inner(
    outer: File, path: Path, name: str, modified: datetime, extract: Callable[[str], Path | None] | None = None
) -> File:
    """The file `name` found in `outer`, whose bytes were put at `path`. Raises Unreadable."""
    try:
        with path.open("rb") as stream:
            head = stream.read(HEAD_BYTES)
        size = path.stat().st_size
    except OSError as error:
        raise Unreadable(why(error)) from error
    return File(path, name, size, modified, head, outer.zone, outer.readers, outer, extract)


def read_inner(file: File) -> Iterator[Item | Skipped]:
    """What is in an inner file, by its own reader; what cannot be read is one Skipped."""
    assert file.outer is not None
    place = f"{file.outer.name} › {file.name}"
    if file.depth > DEPTH:
        yield Skipped(place, f"lies {file.depth} files deep in other files; {DEPTH} is the limit")
        return
    choice = reader_for(file, file.readers)
    if isinstance(choice, Skipped):
        yield replace(choice, source=place)
        return
    try:
        for record in choice[0].read(file):
            yield _placed(record, file, place)
    except Unreadable as error:
        yield Skipped(place, error.phrase)


def _placed(record: Item | Skipped, file: File, place: str) -> Item | Skipped:
    if isinstance(record, Skipped):
        inside = record.source.removeprefix(file.name)
        return Skipped(place + inside if record.source != inside else f"{place} › {record.source}", record.reason)
    part = f"{file.name} › {record.part}" if record.part else file.name
    if record.origin:
        return replace(record, part=part)
    local = f"{file.name}/{record.local}" if record.local else file.name
    return replace(record, part=part, local=local)
