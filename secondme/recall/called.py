"""What people are called who say something, in a question about them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from secondme.recall.names import TITLES, impersonal, spellings
from secondme.store.named import handled

if TYPE_CHECKING:
    from secondme.records import Passage
    from secondme.store.reading import LedgerReader

LONGEST = 3  # words of a name that is used
SHORTEST = 3  # letters of a first name that stands alone


class Called:
    """Everybody in one ledger, as it is now: by the first name where nobody else bears it, else by all of it."""

    def __init__(self, reader: LedgerReader) -> None:
        names = {one for _, name, _ in handled(reader) for one in spellings(name)[:1]}
        self._bearers = Counter(name.split()[0] for name in names if name)

    def who_says(self, passage: Passage) -> str | None:
        """The speaker's name; "" for the owner, None for whom nobody would ask about by name: a machine, a firm."""
        if passage.trust == "own":
            return ""
        return (self.name(passage.speaker) or None) if passage.trust == "other" else None

    def name(self, speaker: str) -> str:
        """What a speaker is called; "" for what is no person's name."""
        name = next(iter(spellings(speaker)), "")
        parts = name.split()
        if not 0 < len(parts) <= LONGEST or "," in speaker or impersonal(name, ""):
            return ""
        if not all(part[0].isupper() and part.replace("-", "").isalpha() for part in parts):
            return ""
        first = parts[0]
        alone = len(first) >= SHORTEST and first.casefold() not in TITLES and self._bearers[first] <= 1
        return first if alone else name
