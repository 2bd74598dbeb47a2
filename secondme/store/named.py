"""Who is in the ledger under which names, and what contacts and people's own words say of them.

Reads only. Counting anybody's items is not done here: that takes seconds where there are a million.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from secondme.store.identity import Handled
from secondme.store.reading import LedgerReader
from secondme.store.rows import LIVE, PRESENT, quoted

LATEST = 40  # texts of one phrase
LOOKED_AT = 1_000  # of somebody's parts in items, to see whether they say anything
_NICKNAME = "Nickname: "


class Contact(NamedTuple):
    """An entry of an address book: its text, the handles that it lists, and where it is kept."""

    text: str
    handles: tuple[int, ...]
    source: str


class Listed(NamedTuple):
    """A handle on a contact (its item's number), with the nicknames that the contact gives."""

    contact: int
    handle: int
    nicknames: tuple[str, ...]


def handled(reader: LedgerReader) -> list[Handled]:
    """Every handle: its number, name and address. Those of staged items, too: they are names all the same."""
    return [(n, name, address) for n, name, address in reader.rows("SELECT n, name, address FROM handles")]


def listed(reader: LedgerReader) -> list[Listed]:
    """Who is on which contact."""
    rows = reader.rows(
        "SELECT t.item, t.handle, CASE WHEN t.rank = 0 AND i.text LIKE ? THEN i.text ELSE '' END"
        f" FROM takes_part t JOIN items i ON i.n = t.item WHERE t.role = 'about' AND {LIVE}",
        (f"%{_NICKNAME}%",),
    )
    return [Listed(item, handle, tuple(_nicknames(text))) for item, handle, text in rows]


def _nicknames(text: str) -> Iterator[str]:
    lines = (line for line in text.splitlines() if line.startswith(_NICKNAME))
    return (name.strip() for line in lines for name in line.removeprefix(_NICKNAME).split(","))


def contacts(reader: LedgerReader) -> list[Contact]:
    """Every contact that says more than a name, in the order in which they came."""
    rows = reader.rows(
        "SELECT i.text, group_concat(t.handle), (SELECT s.uri FROM contents c JOIN sources s ON s.n = c.source"
        " AND s.revision = c.revision WHERE c.item = i.n) FROM takes_part t JOIN items i ON i.n = t.item"
        f" WHERE t.role = 'about' AND {LIVE} GROUP BY i.n ORDER BY i.n"
    )
    return [Contact(text, tuple(map(int, numbers.split(","))), source) for text, numbers, source in rows]


def ever_said(reader: LedgerReader, handles: Iterable[int]) -> bool:
    """Whether any of them is the sender of anything, as far as a look at some of their items tells."""
    sql = f"SELECT max(role = 'from') FROM (SELECT role FROM takes_part WHERE handle = ? LIMIT {LOOKED_AT})"
    return any(bool(said) for n in handles for (said,) in reader.rows(sql, (n,)))


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
