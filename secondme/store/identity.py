"""Which handles are one person: numbers, names and addresses in, groups of numbers out.

Two handles are one person if they have the same address, if one contact card lists both, or if they bear the same full
name (two words or more); the owner's word comes before all of these, and what the owner keeps apart stays apart. These
are deterministic rules of record linkage (Fellegi and Sunter's exact agreements, without their weights).
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence

from secondme.store.rows import Verdict

Handled = tuple[int, str, str]  # a handle's number, name and address
_WORD = re.compile(r"[^\W\d_]{2,}")


def groups(handles: Sequence[Handled], cards: Iterable[Sequence[int]], verdicts: Iterable[Verdict]) -> list[list[int]]:
    """The handles' numbers, those of one person together, sorted. `cards` are the numbers that one contact lists."""
    found = _Groups((n for n, _, _ in handles), verdicts)
    for one, other in _agreements(handles, cards):
        found.join(one, other)
    return list(found)


def plain(name: str) -> str:
    """A name without case, accents, punctuation and order of its parts."""
    return " ".join(sorted(_WORD.findall(folded(name))))


def folded(name: str) -> str:
    """A name without case and accents."""
    if name.isascii():
        return name.lower()
    return "".join(c for c in unicodedata.normalize("NFKD", name) if not unicodedata.combining(c)).casefold()


class _Groups:
    """Handles joined into groups, never against the owner's word. Small: a list per group, the smaller one moves."""

    def __init__(self, numbers: Iterable[int], verdicts: Iterable[Verdict]) -> None:
        self._group = {n: [n] for n in numbers}
        self._apart: dict[int, set[int]] = defaultdict(set)
        told = sorted(verdicts, key=lambda verdict: verdict.same)  # those apart first
        for verdict in told:
            if verdict.same:
                self.join(verdict.one, verdict.other)
            else:
                self._apart[verdict.one].add(verdict.other)
                self._apart[verdict.other].add(verdict.one)

    def join(self, one: int, other: int) -> None:
        mine, theirs = self._group[one], self._group[other]
        if mine is theirs or any(self._apart[n] & set(theirs) for n in mine if n in self._apart):
            return
        if len(mine) < len(theirs):
            mine, theirs = theirs, mine
        mine.extend(theirs)
        for n in theirs:
            self._group[n] = mine

    def __iter__(self) -> Iterator[list[int]]:
        return iter({id(group): sorted(group) for group in self._group.values()}.values())


def _agreements(handles: Sequence[Handled], cards: Iterable[Sequence[int]]) -> Iterator[tuple[int, int]]:
    """Pairs of handles that are one person by rule, the surest rule first."""
    by_address, by_name = defaultdict[str, list[int]](list), defaultdict[str, list[int]](list)
    for n, name, address in handles:
        if address:
            by_address[address].append(n)
        if " " in (bare := plain(name)):
            by_name[bare].append(n)
    for group in (*by_address.values(), *cards, *by_name.values()):
        for other in group[1:]:
            yield group[0], other
