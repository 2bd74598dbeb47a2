"""Text that came through a pipe: put into a file for a moment, and searched for one question without being kept."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import IO, TYPE_CHECKING

from secondme.errors import Unreadable
from secondme.memory.passages import cut
from secondme.recall.loose import among
from secondme.records import Hit, Passage, Skipped
from secondme.sources import open_file, reader_for

if TYPE_CHECKING:
    from secondme.engine import Embedder

NAME = "stdin.txt"


@contextlib.contextmanager
def spooled(stream: IO[bytes], name: str) -> Iterator[Path]:
    """The stream's bytes in a file of its own, for readers that need to seek; gone afterwards."""
    import shutil

    with tempfile.TemporaryDirectory(prefix="secondme-") as folder:
        path = Path(folder) / ("stdin" + Path(name).suffix)
        with path.open("wb") as out:
            shutil.copyfileobj(stream, out, 1 << 20)
        yield path


def piped_hits(path: Path, question: str, embedder: Embedder, k: int) -> list[Hit]:
    """The `k` passages of the file `path` that are nearest to the question. Raises Unreadable."""
    passages: list[Passage] = []
    file = open_file(path, NAME)
    choice = reader_for(file)
    if isinstance(choice, Skipped):
        raise Unreadable(f"What came through the pipe is of no use: it {choice.reason}.")
    for record in choice[0].read(file):
        if not isinstance(record, Skipped):
            passages += cut(record, "stdin", embedder.counts, dated=False)
    return among(passages, "stdin", question, embedder, k)
