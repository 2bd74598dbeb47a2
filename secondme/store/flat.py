"""Vectors as flat files, one row a passage: what an exact search reads without opening Chroma. Derived, disposable.

    flat.json   what the rows are (`Header`); without it, or where it does not fit, there are none
    values      dimension x int8: the vector's direction, rounded
    signs       dimension x 1 bit, filled up to whole 64-bit words: which components are above zero
    scales      float32: makes a row of `values` a unit vector again; 0 where a row holds no vector

A row's number is the passage's in the ledger. Knows files and nothing of ledgers, Chroma or searching (sweep.py).

One process writes at a time, any number read meanwhile. Of a new row the values and signs reach the disk before its
scale does, so that neither a reader nor a process that comes after a kill takes half a row for a whole one. Files only
grow: one that somebody has mapped never loses its end.
"""

from __future__ import annotations

import contextlib
import json
import mmap
import os
import shutil
from collections.abc import Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.errors import IndexDamaged, NoHome
from secondme.store.lock import NO_ROOM, full_disk

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Numbers = NDArray[np.int64]
    Vectors = NDArray[np.float32]

FLAT = "flat"  # the folder's name, within the directory of the index whose vectors these are
FORMAT = 1
HEADER, VALUES, SIGNS, SCALES = "flat.json", "values", "signs", "scales"
LEVELS = 127  # of int8, either side of zero
PRIVATE = 0o600


@dataclass(frozen=True, slots=True)
class Header:
    """What the rows are. `embedder` made the vectors, `ledger` is the id of the ledger whose numbers these are.

    `whole`: every visible passage that the index has a vector of has its row, and whoever adds to one adds to both.
    """

    dimension: int
    embedder: str
    ledger: str
    whole: bool = False
    format: int = FORMAT

    @property
    def widths(self) -> dict[str, int]:
        """Bytes of a row in each file."""
        return {VALUES: self.dimension, SIGNS: -(-self.dimension // 64) * 8, SCALES: 4}


def header_of(folder: Path) -> Header | None:
    """None where there is none, where it cannot be read, or where a later version wrote it."""
    try:
        told = json.loads((folder / HEADER).read_text(encoding="utf-8"))
        found = Header(int(told["dimension"]), str(told["embedder"]), str(told["ledger"]), bool(told["whole"]))
        return found if told["format"] == FORMAT and found.dimension > 0 else None
    except (OSError, ValueError, KeyError, TypeError):
        return None


def rows_of(folder: Path, header: Header) -> int:
    """How many rows the files hold; those that lack an end are not counted."""
    return min((_size(folder / name) // width for name, width in header.widths.items()), default=0)


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class Flat:
    """The rows in `folder`, for the one who may write them. Raises DiskFull, or NoHome where nothing can be written."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @property
    def header(self) -> Header | None:
        return header_of(self.folder)

    @property
    def rows(self) -> int:
        header = self.header
        return rows_of(self.folder, header) if header else 0

    def begin(self, header: Header) -> None:
        """Rows of this kind, none so far: what was there goes."""
        self.drop()
        with self._guard():
            self.folder.mkdir(parents=True, mode=0o700)
            for name in header.widths:
                os.close(os.open(self.folder / name, os.O_WRONLY | os.O_CREAT, PRIVATE))
        self._put(header)

    def finish(self) -> None:
        """Every passage has its row now."""
        self._put(replace(self._header(), whole=True))

    def drop(self) -> None:
        """No rows any more. The header goes first: what is left by a kill is no vector of anything."""
        with self._guard():
            (self.folder / HEADER).unlink(missing_ok=True)
        shutil.rmtree(self.folder, ignore_errors=True)

    def there(self, numbers: Numbers) -> NDArray[np.bool_]:
        """Which of these rows hold a vector."""
        import numpy as np

        scales = self._scales()
        known = (numbers >= 0) & (numbers < len(scales))
        found = np.zeros(len(numbers), dtype=bool)
        found[known] = scales[numbers[known]] != 0
        return found

    def write(self, numbers: Numbers, vectors: Vectors) -> None:
        """Put vectors (len(numbers) x dimension, unit length) into these rows, on the disk when this returns."""
        import numpy as np

        header = self._header()
        if vectors.ndim != 2 or vectors.shape != (len(numbers), header.dimension):
            raise IndexDamaged(f"The vectors in {self.folder} have {header.dimension} components, and others came.")
        order = np.argsort(numbers, kind="stable")
        numbers, vectors = numbers[order], vectors[order]
        values, scales = _rounded(vectors)
        if (taken := self.there(numbers)).any():  # nobody may see half of another vector
            self._fill({SCALES: np.zeros((int(taken.sum()), 1), np.float32)}, numbers[taken])
        self._fill({VALUES: values, SIGNS: signs_of(vectors)}, numbers)
        self._fill({SCALES: scales[:, None]}, numbers)

    def copy(self, sources: Numbers, numbers: Numbers) -> None:
        """Put the vector of each row of `sources` into the row of `numbers` in the same place, which has none yet."""
        import numpy as np

        header = self._header()
        order = np.argsort(numbers, kind="stable")
        columns = {name: self._column(name)[sources[order]] for name in header.widths}
        scales = columns.pop(SCALES)
        self._fill(columns, numbers[order])
        self._fill({SCALES: scales}, numbers[order])

    def clear(self, numbers: Numbers) -> None:
        """Overwrite these rows with zeros; killed in between, they count as there and can be cleared again."""
        import numpy as np

        header = self.header
        if header is None:
            return
        numbers = np.unique(numbers[(numbers >= 0) & (numbers < rows_of(self.folder, header))])
        zeros = {name: np.zeros((len(numbers), width), np.uint8) for name, width in header.widths.items()}
        scales = zeros.pop(SCALES)
        self._fill(zeros, numbers)
        self._fill({SCALES: scales}, numbers)

    def keep_only(self, numbers: Numbers) -> None:
        """Overwrite every other row that holds a vector."""
        import numpy as np

        held = np.flatnonzero(self._scales())
        self.clear(np.setdiff1d(held, numbers))

    def _header(self) -> Header:
        if (header := self.header) is None:
            raise IndexDamaged(f"The vectors in {self.folder} are gone.")
        return header

    def _scales(self) -> NDArray[np.float32]:
        import numpy as np

        column: NDArray[np.float32] = self._column(SCALES).view(np.float32).reshape(-1)
        return column

    def _column(self, name: str) -> NDArray[np.uint8]:
        """A file's rows as bytes, rows x width."""
        import numpy as np

        header = self.header
        rows = rows_of(self.folder, header) if header else 0
        if not header or not rows:
            return np.zeros((0, 4), np.uint8)
        width = header.widths[name]
        with self._guard(), (self.folder / name).open("rb") as file:
            mapped = mmap.mmap(file.fileno(), rows * width, access=mmap.ACCESS_READ)
        return np.frombuffer(mapped, np.uint8).reshape(rows, width)

    def _fill(self, columns: dict[str, NDArray[Any]], numbers: Numbers) -> None:
        """Write each file's part of the rows `numbers` (sorted), in runs of neighbours, and bring it to the disk."""
        import numpy as np

        if not len(numbers):
            return
        runs = np.split(np.arange(len(numbers)), np.flatnonzero(np.diff(numbers) != 1) + 1)
        with self._guard(), contextlib.ExitStack() as stack:
            for name, column in columns.items():
                file = stack.enter_context((self.folder / name).open("r+b", buffering=0))
                for run in runs:
                    part = np.ascontiguousarray(column[run[0] : run[-1] + 1])
                    file.seek(int(numbers[run[0]]) * part[0].nbytes)
                    _write(file, part.tobytes())
                os.fsync(file.fileno())

    def _put(self, header: Header) -> None:
        fresh = self.folder / f"{HEADER}.new"
        with self._guard():
            with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, PRIVATE), "w") as file:
                file.write(json.dumps(asdict(header)))
                file.flush()
                os.fsync(file.fileno())
            fresh.replace(self.folder / HEADER)

    @contextlib.contextmanager
    def _guard(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            if error.errno in NO_ROOM:
                raise full_disk(self.folder) from error
            raise NoHome(f"{self.folder} cannot be written: {error.strerror or error}.") from error


def signs_of(vectors: NDArray[Any]) -> NDArray[np.uint64]:
    """Which components are above zero, as 64-bit words: len(vectors) x words."""
    import numpy as np

    bits = np.packbits(vectors > 0, axis=1, bitorder="little")
    filled = np.zeros((len(vectors), -(-bits.shape[1] // 8) * 8), np.uint8)
    filled[:, : bits.shape[1]] = bits
    return filled.view(np.uint64)


def _rounded(vectors: Vectors) -> tuple[NDArray[np.int8], NDArray[np.float32]]:
    """Each vector's direction in `LEVELS` steps, and what brings that back to length 1. Nothing but zeros, which an
    embedder should not give, is kept as that."""
    import numpy as np

    sound = np.nan_to_num(vectors.astype(np.float32), nan=0.0, posinf=0.0, neginf=0.0)
    most = np.abs(sound).max(axis=1, keepdims=True, initial=0.0)
    values = np.rint(sound * (LEVELS / np.where(most > 0, most, 1))).astype(np.int8)
    lengths = np.sqrt(np.square(values.astype(np.float32)).sum(axis=1))
    return values, (1 / np.where(lengths > 0, lengths, 1)).astype(np.float32)


def _write(file: Any, data: bytes) -> None:
    """All of it: an unbuffered file may take less at a time."""
    rest = memoryview(data)
    while rest:
        rest = rest[file.write(rest) :]
