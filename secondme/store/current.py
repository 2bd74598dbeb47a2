"""Which of the home's index directories counts, and whose its vectors are: notes in the ledger's meta.

A home begins with the directory `chroma`. Another one is made beside it as `chroma.1`, `chroma.2` …, noted as the next
one, and becomes the current one by a transaction (memory/reindex.py): a kill leaves that done or undone. A directory
that no note names is nobody's, and the next writer deletes it.
"""

from __future__ import annotations

import contextlib
import json
import re
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from secondme.errors import SecondMeError
from secondme.store.bundle import VECTORS
from secondme.store.flat import Header
from secondme.store.index import Index
from secondme.store.staging import GIVEN

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

EMBEDDER = "embedder"  # the name of what made the vectors
INDEX = "index"  # the directory's name
NEXT = "next index"  # the one that is being made: JSON of `Next`
SETTINGS = "settings"  # JSON: what the settings must say since the index was switched, until they do
ID = "id"  # which ledger it is, wherever it is restored
HERE = (INDEX, NEXT, SETTINGS)  # what holds in this home only
_NAME = re.compile(rf"{VECTORS}(\.[1-9][0-9]{{0,8}})?")
_OURS = re.compile(rf"({_NAME.pattern})(\.new|\.old)?")


@dataclass(frozen=True, slots=True)
class Next:
    """An index that is being made, by the name of its directory and of its embedder. `source` is a directory whose
    vectors are that embedder's, too: the one that this one is made of, as it was not sound."""

    name: str
    embedder: str
    source: str = ""


def index(reader: LedgerReader) -> Index:
    """The index in use. It need not be there yet."""
    return at(reader, reader.meta(INDEX) or VECTORS)


def upcoming(reader: LedgerReader) -> Next | None:
    """The index that somebody has begun to make, and not finished."""
    try:
        told = json.loads(reader.meta(NEXT) or "null")
        return Next(str(told["name"]), str(told["embedder"]), str(told["source"])) if told else None
    except (ValueError, KeyError, TypeError):
        return None


def at(reader: LedgerReader, name: str) -> Index:
    """The index in the directory of that name: within the home, whatever a ledger that came from elsewhere says."""
    return Index(reader.path.parent / (name if _NAME.fullmatch(name) else VECTORS))


def every(reader: LedgerReader) -> list[tuple[Index, str]]:
    """The index in use and the one that is being made, each with the name of its embedder."""
    found = [(index(reader), reader.meta(EMBEDDER) or "")]
    if following := upcoming(reader):
        found.append((at(reader, following.name), following.embedder))
    return found


def fits(reader: LedgerReader, embedder: str | None, header: Header | None, rows: int) -> bool:
    """Whether flat rows are of this ledger's passages, and of this embedder.

    An older copy of the ledger that was put back by hand gives numbers a second time that these rows know already.
    """
    if header is None or (header.ledger, header.embedder) != (reader.meta(ID), embedder):
        return False
    return rows <= int(reader.meta(GIVEN) or 0) + 1


def identity(ledger: Ledger) -> str:
    """The ledger's id, given to it now if it has none."""
    if not (known_as := ledger.meta(ID)):
        known_as = secrets.token_hex(8)
        ledger.set_meta(ID, known_as)
    return known_as


# -- for the holder of the write lock ---------------------------------------------------------------------------------


def begin(ledger: Ledger, embedder: str, source: str = "") -> Next:
    """Note that an index is being made, in a directory that is not there yet."""
    taken = [int(name.partition(".")[2] or 0) for name, _ in _directories(ledger.path.parent)]
    following = Next(f"{VECTORS}.{max(taken, default=0) + 1}", embedder, source)
    ledger.set_meta(NEXT, json.dumps(asdict(following)))
    return following


def drop(ledger: Ledger) -> None:
    """Note that it is not wanted any more."""
    ledger.drop_meta(NEXT)


def switch(ledger: Ledger, following: Next, settings: Mapping[str, str]) -> None:
    """Make it the current one, in one transaction. `settings` must then be brought to what they are here."""
    with ledger.transaction():
        ledger.set_meta(INDEX, following.name)
        ledger.set_meta(EMBEDDER, following.embedder)
        ledger.drop_meta(NEXT)
        if settings:
            ledger.set_meta(SETTINGS, json.dumps(dict(settings)))
        ledger.empty_trash()
        ledger.set_meta("generation", str(ledger.generation + 1))


def settings(reader: LedgerReader) -> dict[str, str]:
    """What the settings must say to fit the current index, if a kill came before they did."""
    with contextlib.suppress(ValueError, AttributeError):
        return {str(key): str(value) for key, value in json.loads(reader.meta(SETTINGS) or "{}").items()}
    return {}


def tidy(ledger: Ledger) -> None:
    """Delete the index directories that nobody needs; one that is in use just now waits for the next writer."""
    following = upcoming(ledger)
    wanted = {index(ledger).path.name, *((following.name, following.source) if following else ())}
    for name, path in _directories(ledger.path.parent):
        if name not in wanted:
            with contextlib.suppress(SecondMeError):
                Index(path.with_name(name)).remove()


def _directories(folder: Path) -> Iterator[tuple[str, Path]]:
    """What begins as an index directory's name does; that name, and where it is."""
    for path in sorted(folder.glob(f"{VECTORS}*")):
        if (found := _OURS.fullmatch(path.name)) is not None:
            yield found[1], path
