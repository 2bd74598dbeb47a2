"""Everybody's names, held so that a word of a question is looked up in microseconds.

Nothing is worked out for names that no question has: the names are one text, which is searched, and only those found are
taken apart and brought together into people. So ten thousand handles cost no more than reading them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate

from secondme.recall.names import SHORT_FOR, callings, folded, given_name, impersonal, of_address, spellings, words
from secondme.store.identity import Handled, groups, plain
from secondme.store.named import Listed
from secondme.store.rows import Verdict

OWNER = frozenset(("me", "you"))  # what readers call the owner, without an address
_MACHINES = frozenset(("assistant", "ai", "bot", "model", "agent", "chatbot", "gpt", "user", "human"))
MOST_LINES = 2_000  # names with one word that are looked at
LEAST_SHORT = 3  # letters of a shortening

Person = tuple[int, ...]  # the numbers of one person's handles


class Register:
    """Names in one ledger at one time, the owner's own and nameless machines' left out."""

    def __init__(
        self, handles: Sequence[Handled], listed: Sequence[Listed] = (), verdicts: Sequence[Verdict] = ()
    ) -> None:
        self._handles = {n: (name, address) for n, name, address in handles}
        self._cards = defaultdict[int, list[int]](list)
        self._on = defaultdict[int, list[int]](list)
        for card, n, _ in listed:
            self._cards[card].append(n)
            self._on[n].append(card)
        self._verdicts = verdicts
        self._people: dict[int, Person] = {}
        nicknames = [(n, name) for _, n, names in listed for name in names]
        self._nicknames = defaultdict[int, list[str]](list)
        for n, name in nicknames:
            self._nicknames[n].append(name)
        lines = [(n, name or address) for n, name, address in handles] + nicknames
        self._whose = [n for n, _ in lines]
        self._names = [name for _, name in lines]
        self._text = folded("\n".join(name.replace("\n", " ") for name in self._names))
        self._called: dict[int, set[tuple[str, ...]]] = {}

    # -- who is called so -------------------------------------------------------------------------------------------

    def called(self, sequence: Sequence[str]) -> list[int]:
        """The handles that these words (folded) call: a whole name, or a part that people are called by."""
        wanted = tuple(sequence)
        rarest = max(wanted, key=len)
        found = (line for line, whole in self._lines(rarest) if whole and wanted in self._callings(line))
        return self._known(found)

    def shortened(self, word: str) -> list[int]:
        """The handles of the one person whose first name begins so, or is commonly shortened so; none of several."""
        if len(word) < LEAST_SHORT:
            return []
        longer = (line for line, whole in self._lines(word) if not whole and self._given(line).startswith(word))
        common = (
            line
            for name in SHORT_FOR.get(word, ())
            for line, whole in self._lines(name)
            if whole and self._given(line) == name
        )
        found = self._known([*longer, *common])
        return found if len({self.person(n) for n in found}) == 1 else []

    def reached(self, address: str) -> list[int]:
        """The handles with that address (a URI)."""
        return [n for n in self._addresses.get(address, ()) if n not in self._nobody]

    def one_word(self, n: int) -> bool:
        """Whether all names of a handle's person are single words."""
        return not any(" " in plain(name) for other in self.person(n) for name in self.names(other))

    def names(self, n: int) -> list[str]:
        """A handle's display name and nicknames."""
        return [name for name in (self._handles[n][0], *self._nicknames[n]) if name]

    def speaks_as(self, n: int) -> list[str]:
        """How a passage's speaker is written whose sender is that handle."""
        name, address = self._handles[n]
        return [known for known in (name, address.removeprefix("mailto:")) if known]

    def _known(self, lines: Iterable[int]) -> list[int]:
        return [n for n in dict.fromkeys(self._whose[line] for line in lines) if n not in self._nobody]

    def _lines(self, word: str) -> Iterator[tuple[int, bool]]:
        """The lines that have a word which begins so, and whether it is the whole word."""
        at, seen = self._text.find(word), 0
        while at >= 0 and seen < MOST_LINES:
            end = at + len(word)
            if not (at and self._text[at - 1].isalnum()):
                seen += 1
                yield bisect_right(self._starts, at) - 1, not self._text[end : end + 1].isalnum()
            at = self._text.find(word, end)

    @cached_property
    def _starts(self) -> list[int]:
        """Where each line begins in the text."""
        return [0, *accumulate(len(line) + 1 for line in self._text.split("\n"))][:-1]

    def _callings(self, line: int) -> set[tuple[str, ...]]:
        if line not in self._called:
            name, (known, address) = self._names[line], self._handles[self._whose[line]]
            if known and impersonal(known, address):
                self._called[line] = {words(name)}
            else:
                bare = name if name != address else of_address(address)
                self._called[line] = {one for spelled in spellings(bare) for one in callings(spelled)}
        return self._called[line]

    def _given(self, line: int) -> str:
        known, address = self._handles[self._whose[line]]
        return "" if not known or impersonal(known, address) else given_name(self._names[line])

    # -- who is one person ------------------------------------------------------------------------------------------

    def person(self, n: int) -> Person:
        """The numbers of all handles of a handle's person, itself among them."""
        if n not in self._people:
            near = self._near(n)
            handles = [(m, *self._handles[m]) for m in sorted(near)]
            cards = [card for card in sorted({card for m in near for card in self._on[m]})]
            told = [verdict for verdict in self._verdicts if {verdict.one, verdict.other} <= near]
            for group in groups(handles, [self._cards[card] for card in cards], told):
                self._people.update(dict.fromkeys(group, tuple(group)))
        return self._people[n]

    def _near(self, n: int) -> set[int]:
        """All handles that some chain of agreements leads to: what is one person lies within."""
        found, left = {n}, [n]
        while left:
            for other in self._agreeing(left.pop()):
                if other not in found:
                    found.add(other)
                    left.append(other)
        return found

    def _agreeing(self, n: int) -> Iterator[int]:
        name, address = self._handles[n]
        if address:
            yield from self._addresses[address]
        for card in self._on[n]:
            yield from self._cards[card]
        for verdict in self._verdicts:
            if verdict.same and n in (verdict.one, verdict.other):
                yield from (verdict.one, verdict.other)
        if " " in (bare := plain(name)):
            longest = max(words(name), key=len)
            yield from (self._whose[line] for line, _ in self._lines(longest) if plain(self._named(line)) == bare)

    def _named(self, line: int) -> str:
        """The display name on a line; "" for a nickname, which brings nobody together."""
        return self._names[line] if line < len(self._handles) else ""

    @cached_property
    def _addresses(self) -> dict[str, list[int]]:
        found: dict[str, list[int]] = {}
        for n, (_, address) in self._handles.items():
            if address:
                found.setdefault(address, []).append(n)
        return found

    @cached_property
    def owner(self) -> frozenset[int]:
        """The owner's handles, as far as they are known: what readers call the owner, and what was merged with it."""
        mine = [n for n, (name, address) in self._handles.items() if not address and name.lower() in OWNER]
        return frozenset(n for one in mine for n in self.person(one))

    @cached_property
    def _nobody(self) -> frozenset[int]:
        machines = (n for n, (name, address) in self._handles.items() if not address and name.lower() in _MACHINES)
        return self.owner | frozenset(machines)
