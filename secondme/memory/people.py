"""Who is who: the names and addresses that sources give, brought together into people.

Which handles are one person is decided in store/identity.py. A single first name in two apps is not enough: such pairs
are suggestions. Nothing is learnt and nothing is guessed from texts.
"""

from __future__ import annotations

import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from secondme.errors import UsageError
from secondme.store.identity import folded, groups, plain
from secondme.store.reading import LedgerReader
from secondme.store.rows import HandleRow, Verdict, parts

SIMILAR = 88.0  # of rapidfuzz's ratio of plain names, 0..100: "Jon Smith" and "John Smith" have 94.7
MISSPELT = 75.0  # of the same: enough to ask whether "Jonsa" was Jonas
MOST_COMPARED = 3_000  # people; pairs grow with the square
AT_ONCE = 500  # names against all others: some megabytes of scores
MOST_NAMED = 6
LEAST_PART = 3  # characters of a name that tell whose it may be
_WORD = re.compile(r"[^\W\d_]{2,}")


@dataclass(frozen=True, slots=True)
class Person:
    """`number` is the least of the handles' numbers; `name` the one on a contact card, else the most used."""

    number: int
    name: str
    handles: tuple[HandleRow, ...]
    items: int
    first: datetime | None
    last: datetime | None

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(handle.name for handle in self.handles if handle.name))

    @property
    def addresses(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(handle.address for handle in self.handles if handle.address))


@dataclass(frozen=True, slots=True)
class Called:
    """What somebody is called in one source, in so many items of a kind."""

    name: str
    addresses: tuple[str, ...]
    source: str
    kind: str
    items: int


@dataclass(frozen=True, slots=True)
class Suggestion:
    """Two people who may be one, and why."""

    one: Person
    other: Person
    why: str


def people(handles: Sequence[HandleRow], cards: Iterable[Sequence[int]], verdicts: Iterable[Verdict]) -> list[Person]:
    """Everybody, those with most items first. `cards` are the handles' numbers that one contact lists."""
    known = {handle.n: handle for handle in handles}
    handled = [(handle.n, handle.name, handle.address) for handle in handles]
    found = [_person([known[n] for n in group]) for group in groups(handled, cards, verdicts)]
    return sorted(found, key=lambda person: (-person.items, person.name.casefold(), person.number))


def alike(everybody: Sequence[Person], verdicts: Iterable[Verdict] = ()) -> list[Suggestion]:
    """Pairs that the owner may want to merge: one's first name is the other's only name, or nearly the same name.

    Not those whom the owner keeps apart.
    """
    people = everybody[:MOST_COMPARED]
    names = [(plain(name), name, at) for at, person in enumerate(people) for name in person.names if plain(name)]
    apart = {frozenset((verdict.one, verdict.other)) for verdict in verdicts if not verdict.same}
    found: dict[tuple[int, int], str] = {}
    for one, other, why in (*_nearly_alike(names), *_shortened(names, people)):
        if one != other:
            found.setdefault((min(one, other), max(one, other)), why)
    return [
        Suggestion(people[one], people[other], why)
        for (one, other), why in sorted(found.items())
        if not any({a.n, b.n} in apart for a in people[one].handles for b in people[other].handles)
    ]


_Name = tuple[str, str, int]  # plain, as written, whose (an index)


def _nearly_alike(names: Sequence[_Name]) -> Iterator[tuple[int, int, str]]:
    if not names:
        return
    import numpy as np  # 100 ms
    from rapidfuzz import fuzz, process  # 20 ms

    plains = [name for name, _, _ in names]
    for start in range(0, len(plains), AT_ONCE):
        part = plains[start : start + AT_ONCE]
        scores = process.cdist(part, plains, scorer=fuzz.ratio, score_cutoff=SIMILAR, dtype=np.uint8)
        for row, column in np.argwhere(scores).tolist():
            (first, written, one), (second, other_written, other) = names[start + row], names[column]
            if start + row >= column:
                continue
            if first == second:
                yield one, other, f"both are called “{written}”"
            else:
                yield one, other, f"“{written}” and “{other_written}” are nearly alike"


def _shortened(names: Sequence[_Name], people: Sequence[Person]) -> Iterator[tuple[int, int, str]]:
    longer = defaultdict[str, list[int]](list)
    for name, _, at in names:
        for word in name.split() if " " in name else ():
            longer[word].append(at)
    for name, written, at in names:
        for other in longer.get(name, ()):
            yield at, other, f"“{written}” may be short for “{people[other].name}”"


def like(everybody: Sequence[Person], who: str) -> list[Person]:
    """Those of whose names or addresses `who` is a part, whatever its case and accents; or who have that number."""
    part, address = folded(who), _address(who)
    return [
        person
        for person in everybody
        if who == f"#{person.number}"
        or any(part in folded(name) for name in person.names)
        or any(address in reached for reached in person.addresses)
    ]


def called(reader: LedgerReader, person: Person) -> list[Called]:
    """What a person is called where, the most used first."""
    found = []
    for numbers in parts([str(handle.n) for handle in person.handles]):
        rows = reader.rows(
            "SELECT h.name, json_group_array(DISTINCT h.address), s.uri, i.kind, count(DISTINCT i.n) FROM takes_part t"
            " JOIN handles h ON h.n = t.handle JOIN items i ON i.n = t.item JOIN contents c ON c.item = i.n"
            " JOIN sources s ON s.n = c.source AND s.revision = c.revision"
            f" WHERE t.handle IN ({','.join('?' * len(numbers))}) AND i.superseded = 0"
            " GROUP BY h.name, s.uri, i.kind",
            numbers,
        )
        for name, addresses, *where in rows:
            found.append(Called(name, tuple(filter(None, json.loads(addresses))), *where))
    return sorted(found, key=lambda one: (-one.items, one.name, one.source))


def matching(everybody: Sequence[Person], who: str) -> Person:
    """The person whom `who` means: `#12`, an address, a number, a whole name, or an unambiguous part of one.

    Raises UsageError if that is nobody, or several.
    """
    if not who.strip(" #@"):
        raise UsageError("The name is empty.", "`secondme people` lists everybody.")
    words = set(plain(who).split())
    for found in (
        [p for p in everybody if who == f"#{p.number}"],
        [p for p in everybody if _address(who) in {_bare(address) for address in p.addresses}],
        [p for p in everybody if who in p.names],
        [p for p in everybody if words and plain(who) in {plain(name) for name in p.names}],
        [p for p in everybody if words and any(words <= set(plain(name).split()) for name in p.names)],
    ):
        if len(found) == 1:
            return found[0]
        if found:
            more = f" and {len(found) - MOST_NAMED} more" if len(found) > MOST_NAMED else ""
            raise UsageError(f"{who!r} may be {_named(found)}{more}.", "Use the number, as in '#12', or an address.")
    near = (like(everybody, who) if len(who) >= LEAST_PART else []) or _misspelt(everybody, who)
    guess = f" Did you mean {_named(near)}?" if near else ""
    raise UsageError(f"Nobody in memory is called {who!r}.{guess}", "`secondme people` lists everybody.")


def _named(found: Sequence[Person]) -> str:
    return ", ".join(f"{person.name} (#{person.number})" for person in found[:MOST_NAMED])


def _misspelt(everybody: Sequence[Person], who: str) -> list[Person]:
    from rapidfuzz import fuzz  # 20 ms

    words = plain(who).split()

    def near(name: str) -> bool:
        """Whether each word is nearly one of the name's."""
        known = plain(name).split()
        return bool(words) and all(any(fuzz.ratio(word, other) >= MISSPELT for other in known) for word in words)

    return [person for person in everybody[:MOST_COMPARED] if any(map(near, person.names))]


def merged(everybody: Sequence[Person], one: str, other: str) -> tuple[list[Verdict], int]:
    """What to write down so that two people are one, and that one's number. Raises UsageError."""
    first, second = matching(everybody, one), matching(everybody, other)
    if first == second:
        raise UsageError(f"{one!r} and {other!r} are one person already: {first.name} (#{first.number}).")
    verdicts = [Verdict(a.n, b.n, True) for a in first.handles for b in second.handles]
    return verdicts, min(first.number, second.number)


def split(everybody: Sequence[Person], who: str, off: str) -> list[Verdict]:
    """What to write down so that the handles that `off` means (`one`) are not the rest's (`other`) any more."""
    person = matching(everybody, who)
    apart = meant(person, off)
    return [Verdict(a.n, b.n, False) for a in apart for b in person.handles if b not in apart]


def with_handle(everybody: Sequence[Person], number: int) -> Person:
    return next(person for person in everybody if number in {handle.n for handle in person.handles})


def meant(person: Person, off: str) -> list[HandleRow]:
    """Those of a person's handles that are called or reached by `off`, but not all. Raises UsageError."""
    found = [h for h in person.handles if plain(off) == plain(h.name) != "" or _address(off) == _bare(h.address)]
    if not found or len(found) == len(person.handles):
        known = ", ".join(dict.fromkeys(h.address or h.name for h in person.handles))
        raise UsageError(
            f"{off!r} cannot be told apart from the rest of {person.name}.", f"{person.name} goes by: {known}."
        )
    return found


def words_query(person: Person) -> str:
    """An FTS5 query for passages that name the person: any of the names, each as a phrase."""
    phrases = {" ".join(_WORD.findall(name)) for name in person.names} - {""}
    return " OR ".join(f'text : "{phrase}"' for phrase in sorted(phrases))


def _person(handles: list[HandleRow]) -> Person:
    names = Counter[str]()
    for handle in handles:
        if handle.name:
            # a card's name counts most; "mum" or a number is what only we call somebody
            names[handle.name] += handle.items + 1_000_000 * handle.on_card
    name = names.most_common(1)[0][0] if names else handles[0].address.partition(":")[2]
    epochs = [handle.first for handle in handles if handle.first is not None]
    lasts = [handle.last for handle in handles if handle.last is not None]
    return Person(
        number=min(handle.n for handle in handles),
        name=name,
        handles=tuple(sorted(handles, key=lambda handle: (-handle.items, handle.n))),
        items=sum(handle.items for handle in handles),
        first=_moment(min(epochs)) if epochs else None,
        last=_moment(max(lasts)) if lasts else None,
    )


def _moment(epoch: int) -> datetime | None:
    try:
        return datetime.fromtimestamp(epoch).astimezone()
    except (OverflowError, OSError, ValueError):
        return None


def _bare(address: str) -> str:
    return address.partition(":")[2]


def _address(who: str) -> str:
    """An address or a telephone number as handles have it, without its scheme."""
    who = who.strip()
    digits = re.sub(r"[\s()./-]", "", who)
    if re.fullmatch(r"(\+|00)?\d{5,15}", digits):
        return "+" + digits[2:] if digits.startswith("00") else digits
    return who.partition(":")[2] if re.match(r"[a-z]+:", who) else who.lower()
