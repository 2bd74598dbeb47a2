"""Everything in memory as files that need no secondme: JSON lines for programs, markdown for people.

    export.json     {"format", "secondme", "made_at", "profile", "filtered", "counts": {"items", "sources", "people",
                    "files"}, "kinds": {kind: items}}
    items.jsonl     one object a line: id, kind, title, text, time, zoned, speaker, people [{name, address, role}], thread,
                    tags, links, trust, sources [{source, part, line, base, time}], learned_at
    sources.jsonl   source, reader, size, modified, sha256, ingested_at, items, skipped
    people.jsonl    number, name, names, addresses, items, first, last: merged and split as `secondme people` has it
    markdown/       messages/THREAD YEAR.md; mail/YEAR.md, events/YEAR.md, contacts/YEAR.md, tasks/YEAR.md; of all other
                    kinds KINDs/SOURCE.md. Each file begins with front matter (YAML, values as in JSON)

Times are ISO 8601 with offset, or null; `zoned` is false where the source named no zone. `line` and `base` are as in
records.Item. Items come in the order in which they were learnt; what a later source overtook is not among them.

The ledger is read at one moment, and item by item: half a million pass in bounded memory. Nothing is there under its
name before all of it is.
"""

from __future__ import annotations

import contextlib
import json
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any, Literal

from secondme import __version__
from secondme.errors import NoSuchPath, SecondMeError, UsageError
from secondme.memory import markdown
from secondme.memory.people import Person, people
from secondme.store.bundle import unwritable
from secondme.store.listing import SourceName, Whole, source_names, sources, wholes
from secondme.store.reading import LedgerReader
from secondme.store.rows import EVERYTHING, Filters

FORMAT = 1
ITEMS, SOURCES, PEOPLE, MARKDOWN, ABOUT = "items.jsonl", "sources.jsonl", "people.jsonl", "markdown", "export.json"
MEMBERS = {ITEMS, SOURCES, PEOPLE, MARKDOWN, ABOUT}
TELL_EVERY = 500  # items

Form = Literal["jsonl", "markdown", "both"]
Progress = Callable[[str, int, int], None]  # what is being written, items done, items in all


def silent(doing: str, done: int, total: int) -> None:
    """The progress that nobody looks at."""


@dataclass(frozen=True, slots=True)
class Order:
    """What to write, and where; `force` replaces an earlier export, and writes beside other things."""

    folder: Path
    form: Form = "both"
    filters: Filters = EVERYTHING
    profile: str = ""
    force: bool = False


@dataclass(slots=True)
class Exported:
    """How much was written. `files` are those in markdown."""

    items: int = 0
    sources: int = 0
    people: int = 0
    files: int = 0
    kinds: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class _Seen:
    """What the items that passed refer to: sources and handles, by number; `names` are all sources'."""

    names: dict[int, SourceName]
    used: set[int] = field(default_factory=set)
    handles: set[int] = field(default_factory=set)


def export(reader: LedgerReader, order: Order, progress: Progress = silent) -> Exported:
    """Write it all into `order.folder`. Raises UsageError, NoSuchPath, DiskFull; then there is nothing of it."""
    folder = order.folder
    _refuse(order)
    part = folder.with_name(folder.name + ".part")
    with _writing(folder), reader.snapshot():
        _clear(part)
        part.mkdir(mode=0o700)
        try:
            exported = _written(reader, order, part, progress)
            _put_in(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return exported


def stream(reader: LedgerReader, out: IO[bytes], filters: Filters = EVERYTHING) -> int:
    """Write items.jsonl to `out`. Returns the number of items."""
    number = 0
    with reader.snapshot():
        names = source_names(reader)
        for whole in wholes(reader, filters):
            out.write(_line(_item(whole, names)))
            number += 1
    return number


def _written(reader: LedgerReader, order: Order, part: Path, progress: Progress) -> Exported:
    seen = _Seen(source_names(reader))
    total = reader.counts().items
    exported = Exported()
    if order.form != "markdown":
        _write_items(reader, order, part, seen, exported, progress, total)
        _write_sources(reader, order, part, seen, exported)
        _write_people(reader, order, part, seen, exported)
    if order.form != "jsonl":
        tell = _every(progress, "writing markdown", total)
        exported.files, exported.kinds = markdown.write(reader, order.filters, part / MARKDOWN, seen.names, tell)
        exported.items = exported.kinds.total()
    about = {
        "format": FORMAT,
        "secondme": __version__,
        "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
        "profile": order.profile,
        "filtered": order.filters.any,
        "counts": {name: getattr(exported, name) for name in ("items", "sources", "people", "files")},
        "kinds": dict(exported.kinds),
    }
    (part / ABOUT).write_text(json.dumps(about, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return exported


def _write_items(
    reader: LedgerReader,
    order: Order,
    part: Path,
    seen: _Seen,
    exported: Exported,
    progress: Progress,
    total: int,
) -> None:
    tell = _every(progress, "writing items", total)
    with (part / ITEMS).open("wb") as out:
        for whole in wholes(reader, order.filters):
            out.write(_line(_item(whole, seen.names)))
            seen.used.update(place.source for place in whole.places)
            seen.handles.update(whole.handles)
            exported.kinds[whole.item.kind] += 1
            exported.items += 1
            tell(exported.items)


def _write_sources(reader: LedgerReader, order: Order, part: Path, seen: _Seen, exported: Exported) -> None:
    with (part / SOURCES).open("wb") as out:
        for row, items in sources(reader):
            if order.filters.any and row.n not in seen.used:
                continue
            record = {
                "source": row.uri,
                "reader": row.reader,
                "size": row.size,
                "modified": _moment(row.mtime_ns // 1_000_000_000),
                "sha256": row.sha256,
                "ingested_at": _moment(row.ingested_at),
                "items": items,
                "skipped": list(row.skipped),
            }
            out.write(_line(record))
            exported.sources += 1


def _write_people(reader: LedgerReader, order: Order, part: Path, seen: _Seen, exported: Exported) -> None:
    with (part / PEOPLE).open("wb") as out:
        for person in people(reader.handles(), reader.cards(), reader.verdicts()):
            if order.filters.any and not seen.handles & {handle.n for handle in person.handles}:
                continue
            out.write(_line(_person(person)))
            exported.people += 1


def _item(whole: Whole, names: dict[int, SourceName]) -> dict[str, Any]:
    item = whole.item
    return {
        "id": whole.id,
        "kind": item.kind,
        "title": item.title,
        "text": item.text,
        "time": item.time.isoformat() if item.time else None,
        "zoned": item.zoned,
        "speaker": item.speaker,
        "people": [{"name": h.name, "address": h.address, "role": h.role} for h in item.people],
        "thread": item.thread,
        "tags": list(item.tags),
        "links": list(item.links),
        "trust": item.trust,
        "sources": [
            {"source": names[p.source].uri, "part": p.part, "line": p.line, "base": p.base, "time": p.time}
            for p in whole.places
        ],
        "learned_at": _moment(whole.learned_at),
    }


def _person(person: Person) -> dict[str, Any]:
    return {
        "number": person.number,
        "name": person.name,
        "names": list(person.names),
        "addresses": list(person.addresses),
        "items": person.items,
        "first": person.first.isoformat() if person.first else None,
        "last": person.last.isoformat() if person.last else None,
    }


def _line(record: dict[str, Any]) -> bytes:
    return json.dumps(record, ensure_ascii=False).encode() + b"\n"


def _moment(epoch: int) -> str | None:
    try:
        return datetime.fromtimestamp(epoch, UTC).isoformat()
    except (OverflowError, OSError, ValueError):
        return None


def _every(progress: Progress, doing: str, total: int) -> Callable[[int], None]:
    def tell(done: int) -> None:
        if done % TELL_EVERY == 0:
            progress(doing, done, total)

    return tell


# -- the folder -----------------------------------------------------------------------------------------------------


def _refuse(order: Order) -> None:
    folder = order.folder
    if not folder.parent.is_dir():
        raise NoSuchPath(f"There is no folder {folder.parent}.")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"{folder} is a file.", "Name a new or an empty folder.")
    there = {path.name for path in folder.iterdir()} if folder.is_dir() else set()
    if there and not order.force:
        raise UsageError(f"{folder} is not empty.", "Name a new or an empty folder, or say --force to write into it.")
    if there & MEMBERS and ABOUT not in there:
        raise UsageError(f"{folder} has {min(there & MEMBERS)} that is not from an export.", "Name another folder.")


def _clear(part: Path) -> None:
    """What a killed export left, and nothing else."""
    if part.exists():
        if not part.is_dir() or {path.name for path in part.iterdir()} - MEMBERS:
            raise UsageError(f"{part} is in the way.", "Move it, or name another folder.")
        shutil.rmtree(part)


def _put_in(part: Path, folder: Path) -> None:
    if not folder.exists() or not any(folder.iterdir()):
        part.replace(folder)
        return
    for name in MEMBERS:  # of an earlier export
        if (folder / name).is_dir():
            shutil.rmtree(folder / name)
        (folder / name).unlink(missing_ok=True)
    for path in part.iterdir():
        path.rename(folder / path.name)
    part.rmdir()


@contextlib.contextmanager
def _writing(folder: Path) -> Iterator[None]:
    try:
        yield
    except SecondMeError:
        raise
    except OSError as error:
        raise unwritable(folder, error) from error
