"""What has been forgotten, found again in another copy of the ledger: a backup, or one that is being restored.

By digests alone: of sources (their URI, their bytes, their key, which survives renaming) and of items, whichever file
holds them there. What its owner has taken in again since is left where it is.
"""

from __future__ import annotations

from dataclasses import dataclass

from secondme.errors import IndexDamaged
from secondme.store import profile
from secondme.store.index import LAYER, Index
from secondme.store.ledger import Ledger, digest
from secondme.store.reading import LedgerReader


@dataclass(frozen=True, slots=True)
class Lists:
    """Digests: `forgotten` must not come back by itself; `struck` went with forgotten sources."""

    forgotten: frozenset[str] = frozenset()
    struck: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Struck:
    """How much was taken out."""

    sources: int = 0
    items: int = 0

    @property
    def any(self) -> bool:
        return bool(self.sources or self.items)


def lists(reader: LedgerReader) -> Lists:
    struck = frozenset(digest for (digest,) in reader.rows("SELECT digest FROM struck"))
    return Lists(frozenset(reader.forgotten()), struck)


def strike(ledger: Ledger, lists: Lists, live: LedgerReader | None) -> Struck:
    """Take it out of `ledger`, which remembers the digests from now on; vectors' ids go to its trash.

    `live` is the ledger that is in use, None if that cannot be read. Bytes stay until `scrub`.
    """
    sources = [n for n, uri, key, sha256 in _sources(ledger) if _source_goes(uri, key, sha256, lists, live)]
    with ledger.transaction():
        before = ledger.counts().items
        ledger.forget(lists.forgotten)
        ledger.change("INSERT OR IGNORE INTO struck VALUES (?)", [(digest,) for digest in lists.struck])
        ledger.remove(sources)
        ledger.remove_items(items := [id_ for id_ in _items(ledger) if _item_goes(id_, lists, live)])
        profile.tidy(ledger)
        ledger.unplan([uri for uri in ledger.journal() if digest("uri", uri) in lists.forgotten])
        gone = before - ledger.counts().items
    return Struck(len(sources), max(gone, len(items)))


def in_step(index: Index, ledger: Ledger) -> bool:
    """Delete the vectors that no passage of `ledger` needs. False if the index lacks some, or cannot be used at all."""
    passages = ledger.passage_ids()
    if not passages and not index.path.exists():
        return True
    try:
        with index.open() as vectors:
            there = vectors.ids(LAYER)
            vectors.delete(LAYER, sorted(there - passages))
            return passages <= there
    except IndexDamaged:
        return False


def _sources(ledger: Ledger) -> list[tuple[int, str, str, str]]:
    return [(row.n, row.uri, row.key, row.sha256) for row in ledger.sources()]


def _items(ledger: Ledger) -> list[str]:
    return [id_ for (id_,) in ledger.rows("SELECT DISTINCT id FROM items")]


def _source_goes(uri: str, key: str, sha256: str, lists: Lists, live: LedgerReader | None) -> bool:
    if digest("uri", uri) in lists.forgotten or (sha256 and digest("sha256", sha256) in lists.forgotten):
        return True
    return digest("key", key) in lists.struck and not _there(live, "SELECT 1 FROM sources WHERE key = ?", key)


def _item_goes(id_: str, lists: Lists, live: LedgerReader | None) -> bool:
    name = digest("item", id_)
    if name in lists.forgotten:
        return True
    return name in lists.struck and not _there(live, "SELECT 1 FROM items WHERE id = ?", id_)


def _there(live: LedgerReader | None, sql: str, value: str) -> bool:
    return live is not None and any(live.rows(sql, (value,)))
