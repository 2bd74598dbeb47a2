"""Everybody's names, held so that a word of a question is looked up in microseconds.

Nothing is worked out for names that no question has: the names are one text, which is searched, and only those found
are taken apart and brought together into people. So ten thousand handles cost little more than reading them.
"""

from __future__ import annotations

from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import cached_property
from itertools import accumulate, islice

from secondme.recall.names import (
    SHORT_FOR,
    callings,
    folded,
    given_name,
    impersonal,
    of_address,
    spellings,
    untitled,
    words,
)
from secondme.store.identity import Handled, groups, plain
from secondme.store.rows import Verdict

OWNER = frozenset(("me", "you"))  # what readers call the owner, without an address
_MACHINES = frozenset(("assistant", "ai", "bot", "model", "agent", "chatbot", "gpt", "user", "human"))
MOST_LINES = 2_000  # names with one word that are looked at
MOST_KEPT = 5_000  # words of questions with the names that have them
LEAST_SHORT = 3  # letters of a shortening

_TO_SPACES = {code: " " for code in range(128) if not chr(code).isalnum() and chr(code) != "\n"}
Person = tuple[int, ...]  # the numbers of one person's handles


class Register:
    """Names in one ledger at one time, the owner's own and nameless machines' left out.

    `nicknames` are further names of handles. `cards` gives (contact, handle) pairs; it is called when the first name
    has been found.
    """

    def __init__(
        self,
        handles: Sequence[Handled],
        nicknames: Sequence[tuple[int, str]] = (),
        cards: Callable[[], Iterable[tuple[int, int]]] = tuple,
        verdicts: Sequence[Verdict] = (),
    ) -> None:
        self._handles = {n: (name, address) for n, name, address in handles}
        self._nicknames = nicknames
        self._read_cards = cards
        self._verdicts = verdicts
        self._whose = [n for n, _, _ in handles] + [n for n, _ in nicknames]
        self._names = [name or address for _, name, address in handles] + [name for _, name in nicknames]
        # one line each, with a space before every word
        self._text = _spaced([name.partition("@")[0].partition("mailto:")[2] or name for name in self._names])
        self._found: dict[str, list[tuple[int, bool]]] = {}
        self._called: dict[int, set[tuple[str, ...]]] = {}
        self._people: dict[int, Person] = {}

    # -- who is called so -------------------------------------------------------------------------------------------

    def called(self, sequence: Sequence[str], *, leading: bool = False) -> list[int]:
        """The handles that these words (folded) call: a whole name, or a part that people are called by, and only one
        that a name begins with if it is to be `leading`."""
        wanted = tuple(sequence)
        if not all(map(self._lines, wanted)):
            return []
        lines = sorted(set.intersection(*({line for line, whole in self._lines(word) if whole} for word in wanted)))
        if leading:
            lines = [line for line in lines if untitled(words(self._names[line]))[: len(wanted)] == wanted]
        return self._known(line for line in lines if wanted in self._callings(line))

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

    def bearing(self, word: str) -> list[tuple[int, str]]:
        """The handles whose display name has that word (folded) in it, whatever it means there, with the name."""
        lines = (line for line, whole in self._lines(word) if whole and line < len(self._handles))
        return [(n, self._handles[n][0]) for n in self._known(lines)]

    def one_word(self, n: int) -> bool:
        """Whether all names of a handle's person are single words."""
        return not any(" " in plain(name) for other in self.person(n) for name in self.names(other))

    def names(self, n: int) -> list[str]:
        """A handle's display name and nicknames."""
        known = self._handles[n][0]
        return [*([known] if known else []), *(name for m, name in self._nicknames if m == n)]

    def speaks_as(self, n: int) -> list[str]:
        """How a passage's speaker is written whose sender is that handle."""
        name, address = self._handles[n]
        return [known for known in (name, address.removeprefix("mailto:")) if known]

    def _known(self, lines: Iterable[int]) -> list[int]:
        return [n for n in dict.fromkeys(self._whose[line] for line in lines) if n not in self._nobody]

    def _lines(self, word: str) -> list[tuple[int, bool]]:
        """The lines that have a word which begins so, MOST_LINES at most, and whether it is the whole word."""
        if word not in self._found:
            if len(self._found) >= MOST_KEPT:
                self._found.clear()
            self._found[word] = list(islice(self._search(word), MOST_LINES))
        return self._found[word]

    def _search(self, word: str) -> Iterator[tuple[int, bool]]:
        at = self._text.find(f" {word}")
        while at >= 0:
            end = at + 1 + len(word)
            yield bisect_right(self._starts, at) - 1, self._text[end : end + 1] in (" ", "\n", "")
            at = self._text.find(f" {word}", end)

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
            cards = sorted({card for m in near for card in self._on[m]})
            told = [verdict for verdict in self._verdicts if {verdict.one, verdict.other} <= near]
            for group in groups(handles, [self._listing[card] for card in cards], told):
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
            yield from self._listing[card]
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
    def _listing(self) -> dict[int, list[int]]:
        """The handles on each contact."""
        found = defaultdict[int, list[int]](list)
        for card, n in self._read_cards():
            found[card].append(n)
        return found

    @cached_property
    def _on(self) -> dict[int, list[int]]:
        """The contacts that list each handle."""
        found = defaultdict[int, list[int]](list)
        for card, numbers in self._listing.items():
            for n in numbers:
                found[n].append(card)
        return found

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


def _spaced(names: Iterable[str]) -> str:
    """Names as one text: folded, one line each, a space before every word and none but letters, digits and spaces."""
    lines = [name if name.isascii() else folded(name) for name in names]
    return " " + "\n ".join(line.replace("\n", " ") for line in lines).lower().translate(_TO_SPACES)
