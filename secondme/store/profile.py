"""The owner's own lines of the profile, in the ledger: what stands in place of a line that facts would make.

`slot` is the line's key (memory/profile/card.py): a kind and a slot of facts ("place:lives in"), or a fact's id. A line
goes when the facts that it stood for are forgotten (`tidy`), and not when a file that says them is read anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

ADDED = "added"  # the kind of a line that stands for no fact


@dataclass(frozen=True, slots=True)
class Edit:
    """What the owner wants in that line: "" leaves it out. `at` is in seconds since 1970."""

    key: str
    text: str
    at: int


def edits(reader: LedgerReader, who: str) -> dict[str, Edit]:
    """Somebody's lines as the owner wants them, by key, in the order in which they were written."""
    rows = reader.rows("SELECT slot, text, at FROM profile_lines WHERE who = ? ORDER BY n", (who,))
    return {key: Edit(key, text, at) for key, text, at in rows}


def edit(ledger: Ledger, who: str, one: Edit) -> None:
    ledger.change(
        "INSERT INTO profile_lines (who, slot, text, at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (who, slot) DO UPDATE SET text = excluded.text, at = excluded.at",
        [(who, one.key, one.text, one.at)],
    )


def undo(ledger: Ledger, who: str, key: str) -> None:
    """Let facts make this line again."""
    ledger.change("DELETE FROM profile_lines WHERE who = ? AND slot = ?", [(who, key)])


def tidy(ledger: Ledger) -> None:
    """Drop the lines whose facts are all gone: for when passages were forgotten."""
    ledger.unlearn()
    ledger.change(
        f"DELETE FROM profile_lines WHERE slot NOT LIKE '{ADDED}:%' AND NOT EXISTS (SELECT 1 FROM facts f"
        " WHERE f.who = profile_lines.who AND profile_lines.slot IN (f.id, f.kind || ':' || f.slot))"
    )
