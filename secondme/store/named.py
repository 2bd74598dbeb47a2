"""Who is in the ledger under which names, and what contacts and people's own words say of them.

Reads only. Counting anybody's items is not done here: that takes seconds where there are a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

from secondme.store.identity import Handled
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, PRESENT, parts, quoted

LATEST = 100  # texts of one phrase
LOOKED_AT = 1_000  # of somebody's parts in items, to see whether they say anything
_NICKNAME = "Nickname: "


class Contact(NamedTuple):
    """An entry of an address book: its text, the handles that it lists, and where it is kept."""

    text: str
    handles: tuple[int, ...]
    source: str


def handled(reader: LedgerReader) -> list[Handled]:
    """Every handle: its number, name and address. Those of staged items, too: they are names all the same."""
    return [(n, name, address) for n, name, address in reader.rows("SELECT n, name, address FROM handles")]


def cards(reader: LedgerReader) -> list[tuple[int, int]]:
    """The handles on each contact: (the contact's number, a handle's)."""
    sql = f"SELECT t.item, t.handle FROM takes_part t JOIN items i ON i.n = t.item WHERE t.role = 'about' AND {LIVE}"
    return [(item, handle) for item, handle in reader.rows(sql)]


def nicknames(reader: LedgerReader) -> list[tuple[int, str]]:
    """The nicknames that contacts give, each with one of the contact's handles."""
    rows = reader.rows(
        "SELECT min(t.handle), i.text FROM takes_part t JOIN items i ON i.n = t.item"
        f" WHERE t.role = 'about' AND i.text LIKE ? AND {LIVE} GROUP BY i.n",
        (f"%{_NICKNAME}%",),
    )
    lines = ((n, line) for n, text in rows for line in text.splitlines() if line.startswith(_NICKNAME))
    return [(n, name.strip()) for n, line in lines for name in line.removeprefix(_NICKNAME).split(",")]


def contacts(reader: LedgerReader) -> list[Contact]:
    """Every contact that says more than a name, in the order in which they came."""
    rows = reader.rows(
        "SELECT i.text, group_concat(t.handle), (SELECT s.uri FROM contents c JOIN sources s ON s.n = c.source"
        " AND s.revision = c.revision WHERE c.item = i.n) FROM takes_part t JOIN items i ON i.n = t.item"
        f" WHERE t.role = 'about' AND {LIVE} GROUP BY i.n ORDER BY i.n"
    )
    return [Contact(text, tuple(map(int, numbers.split(","))), source) for text, numbers, source in rows]


def senders(reader: LedgerReader, handles: Iterable[int]) -> set[int]:
    """Those of the handles that have sent anything, as far as a look at some of their items tells."""
    found: set[int] = set()
    for part in parts([str(n) for n in handles]):
        rows = reader.rows(
            f"SELECT h.n FROM handles h WHERE h.n IN ({','.join('?' * len(part))}) AND EXISTS (SELECT 1 FROM"
            f" (SELECT role FROM takes_part WHERE handle = h.n LIMIT {LOOKED_AT}) WHERE role = 'from')",
            part,
        )
        found.update(n for (n,) in rows)
    return found


def wording(reader: LedgerReader, phrases: Sequence[str], speakers: Iterable[str], *, own: bool) -> list[str]:
    """The latest passages that hold one of the phrases in what those speakers say, or (`own`) the owner has written."""
    wanted = " OR ".join(f"text : {quoted(phrase)}" for phrase in phrases)
    names = list(speakers)
    whose = f"(i.speaker IN ({','.join('?' * len(names))}) OR i.trust = ?)"
    rows = reader.rows(
        "SELECT t.text FROM words JOIN passages p ON p.n = words.rowid JOIN items i ON i.n = p.item"
        f" JOIN passage_text t ON t.n = p.n WHERE words MATCH ? AND {whose} AND i.superseded = 0 AND {PRESENT}"
        " ORDER BY words.rowid DESC LIMIT ?",
        (wanted, *names, "own" if own else "", LATEST),
    )
    return [text for (text,) in rows]
