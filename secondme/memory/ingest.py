"""Paths into memory: look, read, cut, and hand over in batches. Knows nothing of terminals; progress is a callback.

What is to be read is planned in the ledger's journal first, so that a run that was cut off can be taken up. A source
is recognised by size and time, else by its content's hash: reading it again changes nothing and embeds nothing, and a
renamed file keeps its memories.
"""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import tzinfo
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.config import STATES
from secondme.engine import states
from secondme.errors import NoSuchPath, SecondMeError, Unreadable
from secondme.memory.batch import FORMAT, Batch, Draft
from secondme.memory.passages import cut
from secondme.memory.scan import Candidate, gone, missing, mount_of, path_of, scan
from secondme.memory.storable import storable
from secondme.records import Item, Report, Skipped
from secondme.sources import Reader, open_file, reader_for, unchanged
from secondme.sources.pictures import likeness
from secondme.store import fill
from secondme.store.index import LAYER
from secondme.store.ledger import CLEAR, digest, item_id

if TYPE_CHECKING:
    from secondme.engine import Embedder
    from secondme.store.index import Index
    from secondme.store.ledger import Ledger

PLAN_AT_LEAST = 2  # one file alone needs no plan: it is read, or it is not
_READ_WITH = "readers"  # in the ledger's meta: FORMAT, and since when
_MOUNTS = "mounts"  # in the ledger's meta: drives that sources lay on, one path a line


@dataclass(frozen=True, slots=True)
class Progress:
    """How far an ingest has come. `total` is the number of files to read, `current` the one being read; `bytes` and
    `total_bytes` are their sizes."""

    files: int
    total: int
    passages: int
    current: str
    bytes: int = 0
    total_bytes: int = 0


@dataclass(frozen=True, slots=True)
class Reading:
    """How to read: naive times are in `zone` (None: the system's); `reader`, if given, takes every file."""

    zone: tzinfo | None = None
    reader: Reader | None = None


class Ingest:
    """One run over some paths. The caller holds the home's write lock."""

    def __init__(
        self,
        ledger: Ledger,
        index: Index,
        embedder: Embedder,
        progress: Callable[[Progress], None] = lambda progress: None,
        reading: Reading = Reading(),
    ) -> None:
        self._ledger = ledger
        self._index = index
        self._embedder = embedder
        self._progress = progress
        self._reading = reading
        self._batch = Batch(ledger, index, embedder, self._embedded)
        self._tally = dict.fromkeys(
            ("added", "changed", "unchanged", "moved", "removed", "passages", "items", "zoneless", "forgotten"), 0
        )
        self._kinds = Counter[str]()
        self._skipped: list[Skipped] = []
        self._files = self._total = self._bytes = self._total_bytes = 0
        self._likenesses: list[tuple[int, str]] | None = None
        self._pictures: list[Item] = []
        self._left_over = ledger.meta(CLEAR) is not None
        ledger.recover()
        self._known = ledger.known()
        self._keys = {row.key for row in self._known.values()}
        self._journal = ledger.journal()
        self._forgotten = ledger.forgotten()

    def paths(self, paths: Sequence[Path], lost: Sequence[Path] = (), named: bool = True) -> Report:
        """Bring memory up to date with files and folders. Raises NoSuchPath before anything is read.

        `lost` are paths that something else saw disappear: their sources go unless the files are there after all.
        `named`: the owner says these paths; what was forgotten comes back only then.
        """
        begun = time.monotonic()
        roots = [Path(os.path.abspath(path)) for path in paths]
        for path in roots:
            if not os.path.lexists(path):
                raise NoSuchPath(f"There is no {path}.")
        found = scan(roots, self._known, math.inf if self._reading.reader else self._current(), named)
        self._skipped.extend(found.skipped)
        self._unchanged(found.unchanged)
        self._read_all(found.candidates)
        folders = [root for root in roots if root.is_dir()]
        lost_paths = [Path(os.path.abspath(path)) for path in lost]
        self._remove_gone(missing(self._known, [*folders, *lost_paths], found.seen), found.devices.values())
        self._unplan_below([*roots, *lost_paths], found.seen)
        self.clear_trash()
        return self._report(begun)

    def _current(self) -> int:
        """Since when sources have been taken in by readers of this FORMAT, in seconds since 1970: what is older is
        looked at once more, and then it is not older any more."""
        written, _, since = (self._ledger.meta(_READ_WITH) or "").partition(" ")
        if written != FORMAT:
            since = str(int(time.time()) if self._known else 0)
            self._ledger.set_meta(_READ_WITH, f"{FORMAT} {since}")
        return int(since or 0)

    def piped(self, path: Path, name: str, uri: str = "") -> Report:
        """Take text that came through a pipe and was put into the file `path`; it is called `uri`, or `stdin:name`."""
        begun = time.monotonic()
        self._total = 1
        size, mtime_ns = _size_and_time(path)
        self._one(Candidate(str(path), uri or f"stdin:{name}", size, mtime_ns, named=True), name)
        self._files = 1
        self._flush()
        self.clear_trash()
        return self._report(begun)

    def clear_trash(self) -> None:
        """Delete the states that hold words of passages that are gone, and from the index the vectors that no passage
        needs any more, with their rows."""
        if ids := self._ledger.trash():
            states.drop(self._ledger.path.parent / STATES, ids)
            with self._index.open() as vectors:
                vectors.delete(LAYER, ids)
        if self._left_over:  # by one that was killed: nobody knows which rows
            fill.prune(self._ledger, self._index, self._embedder.name)
        else:
            fill.clear(self._ledger, self._index)
        self._ledger.cleared()
        self._ledger.empty_trash()
        self._left_over = False

    def _read_all(self, candidates: Sequence[Candidate]) -> None:
        self._total = len(candidates)
        self._total_bytes = sum(candidate.size for candidate in candidates)
        if len(candidates) >= PLAN_AT_LEAST:
            self._ledger.plan(candidate.uri for candidate in candidates)
        for candidate in candidates:
            self._tell(candidate.path)
            self._one(candidate, None)
            self._files += 1
            self._bytes += candidate.size
            if self._batch.due:
                self._flush()
        self._flush()

    # -- one source ---------------------------------------------------------------------------------------------

    def _one(self, candidate: Candidate, name: str | None) -> None:
        uri = candidate.uri
        try:
            if self._forgets("uri", uri) and not self._readmit("uri", uri, candidate.named):
                return
            for attempt in range(2):
                if self._read_whole(candidate, name):
                    return
                if attempt:
                    self._leave_out(uri, "kept changing while it was read; run again when it is at rest")
        except SecondMeError as error:
            if not isinstance(error, Unreadable):
                raise
            kept = " (what was read from it before is kept)" if uri in self._known else ""
            self._leave_out(uri, error.phrase + kept)

    def _read_whole(self, candidate: Candidate, name: str | None) -> bool:
        """Read one source into a draft. False if it changed meanwhile, and then nothing of it is kept."""
        path, uri = Path(candidate.path), candidate.uri
        known = self._ledger.source(uri) if uri in self._known else None
        _, mtime_ns = _size_and_time(path)
        file = open_file(path, name, self._reading.zone)
        choice = (self._reading.reader, "") if self._reading.reader else reader_for(file)
        if isinstance(choice, Skipped):
            self._not_read(uri, choice.reason, empty=file.size == 0)
            return True
        reader, _ = choice
        sha256 = _sha256(path)
        if known and known.revision and (known.sha256, known.reader) == (sha256, reader.NAME):
            self._batch.touch(known.n, uri, file.size, mtime_ns)
            self._unchanged([uri])
            return True
        if self._forgets("sha256", sha256) and not self._readmit("sha256", sha256, candidate.named):
            self._batch.nothing(uri)
            return True
        if not known and (n := self._moved_from(sha256, reader.NAME)) is not None:
            self._batch.touch(n, uri, file.size, mtime_ns)
            self._tally["moved"] += 1
            return True
        draft = Draft(uri, known.key if known else self._new_key(uri), reader.NAME, file, mtime_ns, sha256, bool(known))
        draft.known = bool(known and known.revision)
        self._take_up(draft)
        self._batch.begin(draft)
        try:
            for record in reader.read(file):
                self._take(draft, record)
        except BaseException as error:
            if not isinstance(error, (KeyboardInterrupt, SystemExit)):  # what is staged then waits for the next run
                self._abandon(draft)
            raise
        if not unchanged(file):
            self._abandon(draft)
            return False
        draft.complete = True
        return True

    def _take_up(self, draft: Draft) -> None:
        """Go on where an interrupted run stopped, if that read these bytes; else drop what it staged."""
        state, token = self._journal.pop(draft.uri, ("", ""))
        if state in ("", "planned"):
            return
        if token == draft.token:
            draft.resumed = True
        elif row := self._ledger.source(draft.uri):
            self._ledger.discard(row)

    def _take(self, draft: Draft, record: Item | Skipped) -> None:
        if isinstance(record, Skipped):
            draft.skipped.append(record)
            return
        item = storable(record)
        if item.likeness:
            item = self._picture(replace(item, origin="picture", local=f"{item.likeness}-{_digest(item.text)}"))
        id_ = item_id(draft.row.key if draft.row else draft.key, item)
        if self._forgets("item", id_):
            self._tally["forgotten"] += 1
            return
        self._tally["items"] += 1
        self._kinds[item.kind] += 1
        self._tally["zoneless"] += not item.zoned
        dated = item.time is not None and item.time != draft.file.modified
        passages = cut(item, id_, self._embedder.counts, dated=dated)
        self._batch.add(draft, item, passages, record.time)
        if self._batch.due:
            self._flush()

    def _picture(self, item: Item) -> Item:
        """The picture that this one nearly is, if one is known: it is kept once, with the times of both."""
        for known in self._pictures:
            if likeness.same(item.likeness, known.likeness, item.text, known.text):
                return known
        if self._likenesses is None:
            self._likenesses = self._ledger.likenesses()
        for n, other in self._likenesses:
            if likeness.distance(item.likeness, other) <= likeness.NEAR:
                id_, known = self._ledger.item(n)
                if likeness.same(item.likeness, other, item.text, known.text):
                    return replace(known, origin="picture", local=id_.partition("/")[2])
        self._pictures.append(item)
        return item

    def _abandon(self, draft: Draft) -> None:
        self._batch.abandon(draft)
        if draft.uri not in self._known:
            self._keys.discard(draft.key)  # so that reading it again gives the same ids

    def _forgets(self, kind: str, name: str) -> bool:
        return bool(self._forgotten) and digest(kind, name) in self._forgotten

    def _readmit(self, kind: str, name: str, named: bool) -> bool:
        """Whether what was forgotten comes back: only if its owner names it."""
        if not named:
            self._tally["forgotten"] += 1
            return False
        self._ledger.readmit([digest(kind, name)])
        self._forgotten.discard(digest(kind, name))
        return True

    def _moved_from(self, sha256: str, reader: str) -> int | None:
        """A known source with these bytes whose file is gone: the same file under its old name."""
        for row in self._ledger.sources_with(sha256):
            path = path_of(row.uri)
            if row.revision and row.reader == reader and not self._batch.touched(row.n) and path and gone(path):
                self._known.pop(row.uri, None)
                return row.n
        return None

    def _new_key(self, uri: str) -> str:
        """A key from the first name a source had; another one if a renamed source still uses that."""
        n = 0
        while (key := hashlib.blake2b(f"{uri}\0{n}".encode(), digest_size=8).hexdigest()) in self._keys:
            n += 1
        self._keys.add(key)
        return key

    def _flush(self) -> None:
        published = self._batch.flush()
        for draft in published:
            self._skipped.extend(draft.skipped)
            if draft.items:
                self._tally["changed" if draft.known else "added"] += 1

    # -- what is no longer there --------------------------------------------------------------------------------

    def _remove_gone(self, uris: Sequence[str], folders: Iterable[str]) -> None:
        """Sources whose file is gone go, but not those on a drive that is away. `folders`: one on each drive here."""
        mounts = set((self._ledger.meta(_MOUNTS) or "").split("\n")) - {""}
        here = {mount for folder in folders if (mount := mount_of(folder)) != os.sep}
        if here - mounts:
            self._ledger.set_meta(_MOUNTS, "\n".join(sorted(mounts | here)))
        away = [mount for mount in mounts if not os.path.ismount(mount)]
        going: list[int] = []
        kept: dict[str, int] = {}
        for uri in uris:
            drive = next((mount for mount in away if str(path_of(uri)).startswith(mount + os.sep)), None)
            if drive:
                kept[drive] = kept.get(drive, 0) + 1
            elif uri in self._known:  # and has not moved
                going.append(self._known[uri].n)
        for mount, number in kept.items():
            self._skipped.append(Skipped(mount, f"is not mounted; what was read from it is kept ({number} sources)"))
        if going:
            self._ledger.remove(going, forgotten=False)
            self._tally["removed"] += len(going)

    def _unplan_below(self, roots: Sequence[Path], seen: set[str]) -> None:
        """What an interrupted run had planned below here and is not there any more."""
        if rest := missing(self._journal, roots, seen):
            self._ledger.unplan(rest)
            self._ledger.recover()  # drops what was staged of them

    def _not_read(self, uri: str, reason: str, *, empty: bool) -> None:
        if uri in self._known and empty:
            self._ledger.remove([self._known[uri].n], forgotten=False)
            self._tally["removed"] += 1
        elif uri in self._known:
            reason += " (what was read from it before is kept)"
        self._leave_out(uri, reason)

    # -- reporting ----------------------------------------------------------------------------------------------

    def _unchanged(self, uris: Sequence[str]) -> None:
        self._tally["unchanged"] += len(uris)
        if uris and (reasons := self._ledger.skipped()):
            self._skipped.extend(Skipped(uri, reason) for uri in uris for reason in reasons.get(uri, ()))

    def _leave_out(self, uri: str, reason: str) -> None:
        self._batch.nothing(uri)
        self._skipped.append(Skipped(uri, reason))

    def _embedded(self, number: int) -> None:
        self._tally["passages"] += number
        self._tell("")

    def _tell(self, current: str) -> None:
        done = (self._files, self._total, self._tally["passages"], current, self._bytes, self._total_bytes)
        self._progress(Progress(*done))

    def _report(self, begun: float) -> Report:
        seconds, kinds = time.monotonic() - begun, dict(self._kinds.most_common())
        return Report(**self._tally, skipped=tuple(self._skipped), seconds=seconds, kinds=kinds)


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


def _digest(text: str) -> str:
    return hashlib.blake2b(text.encode("utf-8", "surrogatepass"), digest_size=8).hexdigest()
