"""Everything in memory as files that need no secondme: JSON lines for programs, markdown for people.

    export.json     {"format", "secondme", "made_at", "profile", "filtered", "counts": {"items", "sources", "people",
                    "files"}, "kinds": {kind: items}}
    items.jsonl     one object a line: id, kind, title, text, time, zoned, speaker, people [{name, address, role}],
                    thread, tags, links, trust, sources [{source, part, line, base, time}], learned_at
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
from collections.abc import Callable, Iterable, Iterator
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
from secondme.store.rows import EVERYTHING, Filters, SourceRow

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
    kinds: dict[str, int] = field(default_factory=dict)


def export(reader: LedgerReader, order: Order, progress: Progress = silent) -> Exported:
    """Write it all into `order.folder`. Raises UsageError, NoSuchPath, DiskFull; then there is nothing of it."""
    folder = order.folder
    _refuse(order)
    part = folder.with_name(folder.name + ".part")
    with _writing(folder), reader.snapshot():
        _clear(part)
        part.mkdir(mode=0o700)
        try:
            run = _Run(reader, order, part, progress)
            if order.form != "markdown":
                run.lines()
            if order.form != "jsonl":
                run.markdown()
            run.about()
            _put_in(part, folder)
        except BaseException:
            shutil.rmtree(part, ignore_errors=True)
            raise
    return run.exported


def stream(reader: LedgerReader, out: IO[bytes], filters: Filters = EVERYTHING) -> int:
    """Write items.jsonl to `out`. Returns the number of items."""
    number = 0
    with reader.snapshot():
        names = source_names(reader)
        for whole in wholes(reader, filters):
            out.write(_line(_item(whole, names)))
            number += 1
    return number


class _Run:
    """One export on its way into the folder `part`."""

    def __init__(self, reader: LedgerReader, order: Order, part: Path, progress: Progress) -> None:
        self._reader, self._order, self._part, self._progress = reader, order, part, progress
        self._names = source_names(reader)
        self._total = reader.counts().items
        self._used: set[int] = set()  # numbers of sources and of handles that the exported items have
        self._handles: set[int] = set()
        self.exported = Exported()

    def lines(self) -> None:
        self._write(ITEMS, self._items())
        self._write(SOURCES, self._sources())
        self._write(PEOPLE, self._people())

    def markdown(self) -> None:
        tell = self._every("writing markdown")
        done = markdown.write(self._reader, self._order.filters, self._part / MARKDOWN, self._names, tell)
        self.exported.files, self.exported.kinds = done[0], dict(done[1])
        self.exported.items = done[1].total()

    def about(self) -> None:
        """Last: where this is, everything is."""
        exported = self.exported
        about = {
            "format": FORMAT,
            "secondme": __version__,
            "made_at": datetime.now().astimezone().isoformat(timespec="seconds"),
            "profile": self._order.profile,
            "filtered": self._order.filters.any,
            "counts": {name: getattr(exported, name) for name in ("items", "sources", "people", "files")},
            "kinds": exported.kinds,
        }
        text = json.dumps(about, ensure_ascii=False, indent=1) + "\n"
        (self._part / ABOUT).write_text(text, encoding="utf-8")

    def _write(self, name: str, records: Iterable[dict[str, Any]]) -> None:
        with (self._part / name).open("wb") as out:
            out.writelines(map(_line, records))

    def _items(self) -> Iterator[dict[str, Any]]:
        tell = self._every("writing items")
        for whole in wholes(self._reader, self._order.filters):
            yield _item(whole, self._names)
            self._used.update(place.source for place in whole.places)
            self._handles.update(whole.handles)
            self.exported.kinds[whole.item.kind] = self.exported.kinds.get(whole.item.kind, 0) + 1
            self.exported.items += 1
            tell(self.exported.items)

    def _sources(self) -> Iterator[dict[str, Any]]:
        for row, items in sources(self._reader):
            if row.n in self._used or not self._order.filters.any:
                yield _source(row, items)
                self.exported.sources += 1

    def _people(self) -> Iterator[dict[str, Any]]:
        reader = self._reader
        for person in people(reader.handles(), reader.cards(), reader.verdicts()):
            if not self._order.filters.any or self._handles & {handle.n for handle in person.handles}:
                yield _person(person)
                self.exported.people += 1

    def _every(self, doing: str) -> Callable[[int], None]:
        def tell(done: int) -> None:
            if done % TELL_EVERY == 0:
                self._progress(doing, done, self._total)

        return tell


# -- the records ----------------------------------------------------------------------------------------------------


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


def _source(row: SourceRow, items: int) -> dict[str, Any]:
    return {
        "source": row.uri,
        "reader": row.reader,
        "size": row.size,
        "modified": _moment(row.mtime_ns // 1_000_000_000),
        "sha256": row.sha256,
        "ingested_at": _moment(row.ingested_at),
        "items": items,
        "skipped": list(row.skipped),
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
