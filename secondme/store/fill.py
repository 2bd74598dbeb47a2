"""Flat rows and the ledger kept together: each passage that the index has a vector of has its row.

A row is written before the index gets the vector, so that what is in the index has one. A passage that is new under a
known id takes the row of another one of that id, or the index's own vector. Nothing is embedded here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from secondme.errors import IndexDamaged
from secondme.store import current
from secondme.store.flat import FLAT, Flat, Header
from secondme.store.index import LAYER
from secondme.store.rows import parts
from secondme.store.staging import GIVEN

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.store.index import Index
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

AT_ONCE = 10_000  # passages whose vectors are taken out of the index in one opening

Pairs = list[tuple[int, str]]  # passages' numbers and ids


def ready(
    ledger: Ledger,
    index: Index,
    embedder: str,
    dimension: int,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Flat:
    """The index's rows, whole, to be written on. What they lack is taken out of the index: 10,000 vectors a second.

    `progress` gets passages looked at and in all. Raises IndexDamaged if the index cannot be read.
    """
    flat = Flat(index.path / FLAT)
    header = flat.header
    if header is None or not current.fits(ledger, embedder, header, flat.rows) or header.dimension != dimension:
        header = begin(ledger, flat, embedder, dimension)
    if not header.whole:
        refill(ledger, flat, index, progress)
    return flat


def begin(ledger: Ledger, flat: Flat, embedder: str, dimension: int) -> Header:
    """No rows, of this kind, for this ledger."""
    with ledger.transaction():
        header = Header(dimension, embedder, current.identity(ledger))
        given = max(int(ledger.meta(GIVEN) or 0), *(n or 0 for (n,) in ledger.rows("SELECT max(n) FROM passages")))
        ledger.set_meta(GIVEN, str(given))
    flat.begin(header)
    return header


def refill(
    ledger: LedgerReader,
    flat: Flat,
    index: Index,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Give every passage that lacks one its row, from the index. Killed in between, the next one goes on."""
    if not index.made and ledger.counts().passages:
        raise missing()
    done, last = 0, -1
    ((total,),) = ledger.rows("SELECT count(*) FROM passages")
    progress(0, total)
    while pairs := list(ledger.rows("SELECT n, id FROM passages WHERE n > ? ORDER BY n LIMIT ?", (last, AT_ONCE))):
        _from_index(flat, index, _lacking(flat, pairs))
        done, last = done + len(pairs), pairs[-1][0]
        progress(done, total)
    flat.finish()


def write(ledger: LedgerReader, flat: Flat, ids: Sequence[str], vectors: NDArray[np.float32]) -> None:
    """Put the vectors of the passages `ids` (len(ids) x dimension) into the rows of all that have these ids."""
    import numpy as np

    place = {id_: at for at, id_ in enumerate(ids)}
    pairs = list(numbers(ledger, ids))
    flat.write(np.array([n for n, _ in pairs], np.int64), vectors[[place[id_] for _, id_ in pairs]])


def cover(ledger: LedgerReader, flat: Flat, index: Index, ids: Iterable[str]) -> None:
    """Give those passages of `ids` a row that have none: whoever had that id before has one, or else the index has."""
    import numpy as np

    pairs = list(numbers(ledger, ids))
    if not (lacking := _lacking(flat, pairs)):
        return
    having = np.array([n for n, _ in pairs], np.int64)
    having = having[flat.there(having)]
    ids_of = dict(pairs)
    sibling = {ids_of[n]: n for n in having.tolist()}
    if known := [(sibling[id_], n) for n, id_ in lacking if id_ in sibling]:
        flat.copy(*np.array(known, np.int64).T)
    _from_index(flat, index, [(n, id_) for n, id_ in lacking if id_ not in sibling])


def clear(ledger: Ledger, index: Index) -> None:
    """Overwrite the rows of the passages that this ledger has dropped since it was opened."""
    import numpy as np

    gone = set(ledger.dropped) - {
        n for n, _ in held(ledger, ledger.dropped)
    }  # what a failed transaction dropped is there
    Flat(index.path / FLAT).clear(np.array(sorted(gone), np.int64))


def missing() -> IndexDamaged:
    return IndexDamaged("The index is not there.", "`secondme doctor --repair` remakes it.")


def drop(index: Index) -> None:
    """No rows; they are made again when they are needed."""
    Flat(index.path / FLAT).drop()


def prune(ledger: Ledger, index: Index, embedder: str | None) -> None:
    """Overwrite every row of a passage that the ledger does not hold; all rows go that are not this ledger's, or not
    this embedder's."""
    import numpy as np

    flat = Flat(index.path / FLAT)
    if current.fits(ledger, embedder, flat.header, flat.rows):
        flat.keep_only(np.fromiter((n for (n,) in ledger.rows("SELECT n FROM passages")), np.int64))
    else:
        flat.drop()


def numbers(reader: LedgerReader, ids: Iterable[str]) -> Iterator[tuple[int, str]]:
    """The numbers of the passages with these ids, visible or staged, each with its id."""
    for part in parts(list(ids)):
        yield from reader.rows(f"SELECT n, id FROM passages WHERE id IN ({','.join('?' * len(part))})", part)


def held(reader: LedgerReader, wanted: Sequence[int]) -> Iterator[tuple[int, str]]:
    """Those of the numbers that there are passages of, each with its id."""
    for at in range(0, len(wanted), 500):
        part = [int(n) for n in wanted[at : at + 500]]
        yield from reader.rows(f"SELECT n, id FROM passages WHERE n IN ({','.join('?' * len(part))})", part)


def _lacking(flat: Flat, pairs: Pairs) -> Pairs:
    import numpy as np

    there = flat.there(np.array([n for n, _ in pairs], np.int64))
    return [pair for pair, has in zip(pairs, there.tolist(), strict=True) if not has]


def _from_index(flat: Flat, index: Index, pairs: Pairs) -> None:
    """Rows from the index's own vectors, for those that it has one of."""
    import numpy as np

    if not pairs or not index.made:
        return
    with index.open() as opened:
        found = opened.vectors(LAYER, list(dict.fromkeys(id_ for _, id_ in pairs)))
    known = [(n, id_) for n, id_ in pairs if id_ in found]
    if known:
        flat.write(np.array([n for n, _ in known], np.int64), np.stack([found[id_] for _, id_ in known]))
