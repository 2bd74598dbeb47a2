"""Paths into memory: read, cut, embed, index, publish. Knows nothing of terminals; progress is a callback.

Sources go through in batches of some hundred passages. For each batch the ledger stages the text, the vectors go to
the index, then the ledger makes it visible. Killed anywhere, the next run drops what was staged and reads those
sources again; what was published stays. A source is recognised by size and time, else by its content's hash, so that
reading it again changes nothing and embeds nothing, and a renamed file keeps its memories.
"""

from __future__ import annotations

import hashlib
import os
import re
import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import unquote_to_bytes, urlsplit

from secondme.errors import NoSuchPath, SecondMeError, Unreadable
from secondme.memory.passages import cut, embedding_text
from secondme.records import Item, Passage, Report, Skipped
from secondme.sources import File, open_file, reader_for, unchanged, walk
from secondme.store.index import LAYER
from secondme.store.ledger import item_id
from secondme.store.rows import SourceRow

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger

BATCH_PASSAGES = 1_024  # half of it costs a fifth more time in opening the index, twice of it a longer repeat
LARGEST_BATCH = 4_096  # opening a large index takes longer, so a long run opens it less often
BATCH_SOURCES = 1_000
EMBED_AT_ONCE = 64  # between two of these, progress is told and an interrupt is heard
RACY_SECONDS = 2  # a file written just before it was read may have changed since without a new time
_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come. `total` is the number of files found, `current` the one being read."""

    files: int
    total: int
    passages: int
    current: str


@dataclass(slots=True)
class _Draft:
    """A source being read: not in the ledger before its batch is staged."""

    uri: str
    key: str
    reader: str
    file: File
    mtime_ns: int
    sha256: str
    known: SourceRow | None
    row: SourceRow | None = None
    pending: list[tuple[Item, list[Passage]]] = field(default_factory=list)
    skipped: list[Skipped] = field(default_factory=list)
    items: int = 0
    complete: bool = False


class Ingest:
    """One run over some paths. The caller holds the home's write lock."""

    def __init__(
        self,
        ledger: Ledger,
        index: Index,
        embedder: Embedder,
        progress: Callable[[Progress], None] = lambda progress: None,
    ) -> None:
        self._ledger = ledger
        self._index = index
        self._embedder = embedder
        self._progress = progress
        self._drafts: list[_Draft] = []
        self._touched: list[tuple[SourceRow, str, int, int]] = []
        self._waiting = 0
        self._known: dict[str, SourceRow] = {}
        self._keys: set[str] = set()
        self._files = self._total = 0
        self._tally = {"added": 0, "changed": 0, "unchanged": 0, "moved": 0, "removed": 0, "passages": 0}
        self._skipped: list[Skipped] = []

    def paths(self, paths: Sequence[Path]) -> Report:
        """Bring memory up to date with files and folders. Raises NoSuchPath before anything is read."""
        begun = time.monotonic()
        roots = [Path(os.path.abspath(path)) for path in paths]
        for path in roots:
            if not os.path.lexists(path):
                raise NoSuchPath(f"There is no {path}.")
        self._begin()
        found = list(dict.fromkeys(walk(roots)))  # a file can be named beside its folder
        self._total = len(found)
        for entry in found:
            if isinstance(entry, Skipped):
                self._skipped.append(entry)
            else:
                self._path(entry)
            self._files += 1
        self._flush()
        self._remove_gone([root for root in roots if root.is_dir()])
        self.clear_trash()
        return self._report(begun)

    def piped(self, path: Path, name: str) -> Report:
        """Take text that came through a pipe and was put into the file `path`; it is called `stdin:name`."""
        begun = time.monotonic()
        self._begin()
        self._total = 1
        self._one(path, f"stdin:{name}", name)
        self._files = 1
        self._flush()
        self.clear_trash()
        return self._report(begun)

    def clear_trash(self) -> None:
        """Delete from the index the vectors that no passage needs any more."""
        if ids := self._ledger.trash():
            with self._index.open() as vectors:
                vectors.delete(LAYER, ids)
        self._ledger.empty_trash()

    def _begin(self) -> None:
        self._ledger.recover()
        self._known = {row.uri: row for row in self._ledger.sources()}
        self._keys = {row.key for row in self._known.values()}

    # -- one source ---------------------------------------------------------------------------------------------

    def _path(self, path: Path) -> None:
        self._tell(str(path))
        self._one(path, uri_of(path), None)
        if self._waiting >= self._batch or len(self._drafts) >= BATCH_SOURCES:
            self._flush()

    def _one(self, path: Path, uri: str, name: str | None) -> None:
        try:
            for attempt in range(2):
                if self._read_whole(path, uri, name):
                    return
                if attempt:
                    self._skip(uri, "kept changing while it was read; run again when it is at rest")
        except SecondMeError as error:
            if not isinstance(error, Unreadable):
                raise
            kept = " (what was read from it before is kept)" if uri in self._known else ""
            self._skip(uri, error.message.rstrip(".") + kept)

    def _read_whole(self, path: Path, uri: str, name: str | None) -> bool:
        """Read one source into a draft. False if it changed meanwhile, and then nothing of it is kept."""
        known = self._known.get(uri)
        size, mtime_ns = _size_and_time(path)
        if known and _same_times(known, size, mtime_ns):
            self._unchanged(known)
            return True
        file = open_file(path, name)
        choice = reader_for(file)
        if isinstance(choice, Skipped):
            self._not_read(uri, choice.reason, known, empty=file.size == 0)
            return True
        sha256 = _sha256(path)
        if known and known.sha256 == sha256:
            self._touched.append((known, uri, size, mtime_ns))
            self._unchanged(known)
            return True
        if not known and (moved := self._moved_from(sha256)):
            self._known[uri] = moved
            self._touched.append((moved, uri, size, mtime_ns))
            self._tally["moved"] += 1
            return True
        reader, _ = choice
        key = known.key if known else self._new_key(uri)
        draft = _Draft(uri, key, reader.NAME, file, mtime_ns, sha256, known)
        self._drafts.append(draft)
        try:
            for record in reader.read(file):
                self._take(draft, record)
        except BaseException:
            self._abandon(draft)
            raise
        if not unchanged(file):
            self._abandon(draft)
            return False
        draft.complete = True
        return True

    def _take(self, draft: _Draft, record: Item | Skipped) -> None:
        if isinstance(record, Skipped):
            draft.skipped.append(record)
            return
        record = _storable(record)
        source = draft.row.key if draft.row else draft.key
        dated = record.time is not None and record.time != draft.file.modified
        passages = cut(record, item_id(source, record), self._embedder.counts, dated=dated)
        draft.pending.append((record, passages))
        draft.items += 1
        self._waiting += len(passages)
        if self._waiting >= self._batch:
            self._flush()

    def _abandon(self, draft: _Draft) -> None:
        self._waiting -= sum(len(passages) for _, passages in draft.pending)
        if not draft.known:
            self._keys.discard(draft.key)  # so that reading it again gives the same ids
        if draft in self._drafts:
            self._drafts.remove(draft)
        if draft.row:
            self._ledger.discard(draft.row)

    def _moved_from(self, sha256: str) -> SourceRow | None:
        """A known source with these bytes whose file is gone: the same file under its old name."""
        moved = {row.n for row, *_ in self._touched}
        for row in self._ledger.sources_with(sha256):
            path = path_of(row.uri)
            if row.n not in moved and path and _gone(path):
                return row
        return None

    def _new_key(self, uri: str) -> str:
        """A key from the first name a source had; another one if a renamed source still uses that."""
        n = 0
        while (key := hashlib.blake2b(f"{uri}\0{n}".encode(), digest_size=8).hexdigest()) in self._keys:
            n += 1
        self._keys.add(key)
        return key

    @property
    def _batch(self) -> int:
        """Passages to take together: more of them the further a run has come."""
        return min(LARGEST_BATCH, max(BATCH_PASSAGES, self._tally["passages"] // 4))

    # -- a batch ------------------------------------------------------------------------------------------------

    def _flush(self) -> None:
        """Stage, embed, index and publish what has been read so far."""
        if not self._drafts and not self._touched:
            return
        ledger = self._ledger
        fresh = self._unembedded(draft.pending for draft in self._drafts)
        with ledger.transaction():
            for draft in self._drafts:
                draft.row = draft.row or ledger.source_for(draft.uri, draft.reader, draft.key)
                ledger.stage(draft.row, draft.pending)
        self._embed(fresh)
        done = [draft for draft in self._drafts if draft.complete]
        with ledger.transaction():
            ledger.publish((d.row, d.file.size, d.mtime_ns, d.sha256, d.skipped) for d in done if d.row is not None)
            for row, uri, size, mtime_ns in self._touched:
                ledger.touch(row, uri, size, mtime_ns)
        for draft in done:
            self._skipped.extend(draft.skipped)
            if draft.items:
                self._tally["changed" if draft.known else "added"] += 1
        for draft in self._drafts:
            draft.pending.clear()
        self._touched.clear()
        self._drafts = [draft for draft in self._drafts if not draft.complete]
        self._waiting = 0

    def _unembedded(self, batches: Iterable[Sequence[tuple[Item, list[Passage]]]]) -> list[Passage]:
        """Those passages whose vectors are not in the index yet."""
        passages = {p.id: p for pending in batches for _, found in pending for p in found}
        for id_ in self._ledger.visible(passages):
            del passages[id_]
        return list(passages.values())

    def _embed(self, passages: list[Passage]) -> None:
        if not passages:
            return
        import numpy as np

        # by length across the whole batch, so that each call's texts need little padding
        passages.sort(key=lambda p: len(p.text) + len(p.context))
        vectors = []
        for at in range(0, len(passages), EMBED_AT_ONCE):
            part = passages[at : at + EMBED_AT_ONCE]
            vectors.append(self._embedder.embed([embedding_text(p) for p in part]))
            self._tally["passages"] += len(part)
            self._tell("")
        epochs = [int(p.time.timestamp()) if p.time else None for p in passages]
        with self._index.open() as index:
            index.upsert(LAYER, [p.id for p in passages], np.concatenate(vectors), epochs)

    # -- what is no longer there --------------------------------------------------------------------------------

    def _remove_gone(self, folders: Sequence[Path]) -> None:
        """Sources below `folders` whose file does not exist any more go, with their memories."""
        gone = []
        for row in self._ledger.sources():
            path = path_of(row.uri)
            if path and any(path.is_relative_to(folder) for folder in folders) and _gone(path):
                gone.append(row)
        if gone:
            self._ledger.remove(gone, forgotten=False)
            self._tally["removed"] += len(gone)

    def _not_read(self, uri: str, reason: str, known: SourceRow | None, *, empty: bool) -> None:
        if known and empty:
            self._ledger.remove([known], forgotten=False)
            self._tally["removed"] += 1
        elif known:
            reason += " (what was read from it before is kept)"
        self._skip(uri, reason)

    # -- reporting ----------------------------------------------------------------------------------------------

    def _unchanged(self, row: SourceRow) -> None:
        self._tally["unchanged"] += 1
        self._skipped.extend(Skipped(row.uri, reason) for reason in row.skipped)

    def _skip(self, uri: str, reason: str) -> None:
        self._skipped.append(Skipped(uri, reason))

    def _tell(self, current: str) -> None:
        self._progress(Progress(self._files, self._total, self._tally["passages"], current))

    def _report(self, begun: float) -> Report:
        return Report(**self._tally, skipped=tuple(self._skipped), seconds=time.monotonic() - begun)


def uri_of(path: Path) -> str:
    """What the ledger calls a file: its path, or a file: URI where the name is not valid Unicode."""
    try:
        str(path).encode()
        return str(path)
    except UnicodeEncodeError:
        return path.as_uri()


def path_of(uri: str) -> Path | None:
    """The file behind a URI of `uri_of`; None for what is no file (a pipe)."""
    if uri.startswith("file://"):
        return Path(os.fsdecode(unquote_to_bytes(urlsplit(uri).path)))
    path = Path(uri)
    return path if path.is_absolute() else None


def _gone(path: Path) -> bool:
    """Whether there is certainly no such file. A folder that may not be entered just now hides its files: not gone."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return True
    except OSError:
        pass
    return False


def _same_times(row: SourceRow, size: int, mtime_ns: int) -> bool:
    same = row.size == size and row.mtime_ns == mtime_ns
    return same and row.ingested_at - mtime_ns // 1_000_000_000 >= RACY_SECONDS


def _size_and_time(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}.") from error
    return found.st_size, found.st_mtime_ns


def _sha256(path: Path) -> str:
    try:
        with path.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise Unreadable(f"cannot be read: {error.strerror or error}.") from error


def _storable(item: Item) -> Item:
    """SQLite ends a text at a NUL and stores no lone surrogates: put the replacement character there, offsets stay.

    Surrogates come with names of files that are not valid Unicode, so they are in titles and headings as well.
    """
    if not _UNSTORABLE.search("".join((item.text, item.title, item.speaker, *item.tags, *item.links))) and not any(
        _UNSTORABLE.search(heading) for segment in item.segments for heading in segment.heading
    ):
        return item
    return replace(
        item,
        text=_mended(item.text),
        title=_mended(item.title),
        speaker=_mended(item.speaker),
        tags=tuple(map(_mended, item.tags)),
        links=tuple(map(_mended, item.links)),
        segments=tuple(replace(s, heading=tuple(map(_mended, s.heading))) for s in item.segments),
    )


def _mended(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)
