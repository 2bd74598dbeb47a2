"""Items on their way into the ledger, as the rows that it holds of them.

Knows what tells one content of an item from another, and one name of somebody from another. Writes nothing itself.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field

from secondme.records import Handle, Item, Passage

Who = tuple[str, str, str]  # name, address, scope: what tells a handle from others

GIVEN = "passages given"  # in the ledger's meta: the highest number that a passage ever had; none has it again
LAST = f"""SELECT (SELECT coalesce(max(n), 0) FROM items), (SELECT max(coalesce(max(n), 0),
           coalesce((SELECT CAST(value AS INTEGER) FROM meta WHERE key = '{GIVEN}'), 0)) FROM passages)"""
INSERT_ITEM = (
    "INSERT INTO items (n, id, hash, kind, title, time, epoch, speaker, tags, links, trust, text, learned_at, thread,"
    " zoned, likeness) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
INSERT_PASSAGE = 'INSERT INTO passages (n, id, item, start, "end", line, page, context) VALUES (?, ?, ?, ?, ?, ?, ?, ?)'


@dataclass(slots=True)
class Rows:
    """Rows to be written. `last_item` and `last_passage` are the highest numbers that have been given away."""

    last_item: int
    last_passage: int
    items: list[tuple[object, ...]] = field(default_factory=list)
    taking_part: list[tuple[int, Who, str, int]] = field(default_factory=list)
    passages: list[tuple[object, ...]] = field(default_factory=list)
    words: list[tuple[int, str, str]] = field(default_factory=list)
    dates: list[tuple[int, int, int]] = field(default_factory=list)
    contents: list[tuple[object, ...]] = field(default_factory=list)

    def add_item(self, id_: str, hash_: str, item: Item, passages: Sequence[Passage], now: int) -> int:
        """The number that the item gets."""
        n = self.last_item = self.last_item + 1
        time = item.time
        when = (time.isoformat(), int(time.timestamp())) if time else (None, None)
        marks = (_json(item.tags), _json(item.links), item.trust)
        row = (n, id_, hash_, item.kind, item.title, *when, item.speaker, *marks, item.text, now)
        self.items.append((*row, item.thread, item.zoned, item.likeness))
        for rank, handle in enumerate(item.people):
            self.taking_part.append((n, _who(handle, item), handle.role, rank))
        for p in passages:
            self._add_passage(n, item, p)
        return n

    def _add_passage(self, item_n: int, item: Item, p: Passage) -> None:
        """A passage comes placed in its source, and is kept by its place in the item."""
        n = self.last_passage = self.last_passage + 1
        line = max(0, p.line - item.line)
        self.passages.append((n, p.id, item_n, p.start - item.base, p.end - item.base, line, p.page, p.context))
        self.words.append((n, p.text, p.context))
        self.dates.extend((n, first, last) for first, last in p.dates)


def _who(handle: Handle, item: Item) -> Who:
    """A name alone is told apart by the kind of source that it is from."""
    return handle.name, handle.address, "" if handle.address else (item.origin.partition(":")[0] or item.kind)


def _json(texts: tuple[str, ...]) -> str:
    return json.dumps(texts) if texts else "[]"


def item_hash(item: Item) -> str:
    """Of what an item is, and not of where it stands."""
    described = (
        item.kind,
        item.title,
        item.time.isoformat() if item.time else "",
        item.speaker,
        item.tags,
        item.links,
        item.trust,
        item.thread,
        [(handle.name, handle.address, handle.role) for handle in item.people],
        item.zoned,
        item.likeness,
    )
    digest = hashlib.blake2b(json.dumps(described).encode(), digest_size=16)
    digest.update(item.text.encode("utf-8", "surrogatepass"))
    return digest.hexdigest()
