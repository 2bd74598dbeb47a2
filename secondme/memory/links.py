"""Links between memories, each with its reason, and what a later memory adds to an earlier one.

After A-MEM (Xu et al. 2025, Agentic Memory for LLM Agents): a new memory is linked to those near it, and lets old ones
evolve. Here near is measured and not judged by a model: two passages are linked because their vectors are alike, more
than passages of this memory are by chance, or because both have words that hardly any other has. Where both
hold, the earlier passage gets the later one's telling words as an annotation; its own words never change.

What stands in the same episode is not linked: that they belong together is known. A run goes on where the last one
ended, in the order of the passages' numbers, and each pair is written once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from secondme.memory.episodes.naming import named
from secondme.memory.episodes.telling import DOING, Rarity, Telling, asides, of_fields, root, roots, tell, tokens
from secondme.store import links as store
from secondme.store.links import Annotation, Link, Linkable
from secondme.store.rows import quoted

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from secondme.store.ledger import Ledger
    from secondme.store.near import Near

RULES = "1"  # raise it when the same passages would be linked otherwise
DONE = "links"  # in the ledger's meta: the RULES, and the last passage done
AT_ONCE = 500  # passages in one transaction
ALIKE = "alike"
LOOKED, KEPT = 24, 4  # of the nearest: how many are looked at, and how many are linked
SAMPLE = 400  # passages by which chance is measured
BEYOND_CHANCE = (
    1.5,
    3.5,
)  # standard deviations above the mean cosine of two passages of this memory: seldom, hardly ever
LEAST, ENOUGH = 0.3, 0.8  # cosines of what is not alike and of what is, whatever chance says
NEARLY_THE_SAME = 0.2  # cosine above that, from which the later passage adds to the earlier without a common word
SHARED = 8  # passages; a word that more have is no reason
RARE_WORDS = 4  # of a passage that are looked for elsewhere
MOST_SHARED = 3  # words of a reason
SUBSTANCE = 3  # words that say something; a passage with fewer is not linked
MOST_ADDED = 5  # annotations of one passage
MOST_READ = 20_000  # passages whose words are kept

Tell = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Linked:
    """What a run did: how many passages it went through, and whether those were all."""

    passages: int = 0
    links: int = 0
    annotations: int = 0
    finished: bool = True
    seconds: float = 0.0


def link(
    ledger: Ledger,
    near: Near,
    *,
    stop: Callable[[], bool] = lambda: False,
    progress: Tell = lambda doing, done, total: None,
) -> Linked:
    """Link the passages that are new since the last run. The caller holds the write lock. Raises IndexDamaged."""
    begun = time.monotonic()
    rules, _, at = (ledger.meta(DONE) or "").partition(" ")
    if rules != RULES:
        store.clear(ledger)
        at = "0"
    last, passages, links, annotations = int(at or 0), 0, 0, 0
    if not (total := store.left(ledger, last)):
        return Linked(seconds=time.monotonic() - begun)
    store.prune(ledger)
    linking = _Linking(ledger, near)
    while batch := store.after(ledger, last, AT_ONCE):
        progress("links", passages, total)
        if stop():
            return Linked(passages, links, annotations, False, time.monotonic() - begun)
        found, added = linking.batch(batch)
        last = batch[-1].n
        with ledger.transaction():
            store.put(ledger, found, added, MOST_ADDED)
            ledger.set_meta(DONE, f"{RULES} {last}")
        passages, links, annotations = passages + len(batch), links + len(found), annotations + len(added)
    progress("links", total, total)
    return Linked(passages, links, annotations, True, time.monotonic() - begun)


@dataclass(frozen=True, slots=True)
class _Word:
    """A word of a passage that says something, in lower case: how rare it is, and whether it is written as a name."""

    plain: str
    weight: float
    name: bool


class _Linking:
    """One run, with what it has looked up."""

    def __init__(self, ledger: Ledger, near: Near) -> None:
        self._ledger, self._near, self._rarity = ledger, near, Rarity(ledger)
        self._having: dict[str, list[int]] = {}
        self._read: dict[int, dict[str, _Word]] = {}
        self._related, self._alike = _by_chance(ledger, near)

    def batch(self, some: Sequence[Linkable]) -> tuple[list[Link], list[Annotation]]:
        words = {one.n: self._words(one.n, one.text) for one in some}
        some = [one for one in some if len(words[one.n]) >= SUBSTANCE and not of_fields(one.text)]
        near = self._nearest(some)
        sharing = {one.n: self._sharing(one, words[one.n]) for one in some}
        wanted = {m for found in near.values() for m in found} | {m for found in sharing.values() for m in found}
        known = store.linkable(self._ledger, wanted)
        links, added = list[Link](), list[Annotation]()
        for one in some:
            alike = {m: cosine for m, cosine in near[one.n].items() if m in known and _apart(one, known[m])}
            candidates = {*list(alike)[:KEPT], *(m for m in sharing[one.n] if m in known and _apart(one, known[m]))}
            cosines = self._cosines(one.n, sorted(candidates))
            shared = {m: self._shared(words[one.n], known[m], cosines[m]) for m in sorted(candidates)}
            for m in list(alike)[:KEPT]:
                links.append(_link(one, known[m], ALIKE, alike[m]))
            for m in sorted(shared, key=lambda m: (-len(shared[m]), -cosines[m], m))[:KEPT]:
                if shared[m]:
                    weight = sum(word.weight for word in shared[m]) / len(shared[m])
                    links.append(_link(one, known[m], _said(shared[m]), weight))
            for m in list(alike)[:KEPT]:
                if shared.get(m) or alike[m] >= self._alike + NEARLY_THE_SAME:
                    added += self._added(one, known[m])
        return links, added

    def _nearest(self, some: Sequence[Linkable]) -> dict[int, dict[int, float]]:
        """The passages that are nearer to each than chance would have it, the nearest first, with their cosines."""
        import numpy as np

        vectors = self._near.vectors(np.array([one.n for one in some], np.int64))
        if not len(some) or not vectors.any():
            return {one.n: {} for one in some}
        found: dict[int, dict[int, float]] = {}
        for one, (numbers, cosines) in zip(some, self._near.nearest(vectors, LOOKED), strict=True):
            pairs = zip(numbers.tolist(), cosines.tolist(), strict=True)
            found[one.n] = {m: cosine for m, cosine in pairs if cosine >= self._alike and m != one.n}
        return found

    def _cosines(self, n: int, others: Sequence[int]) -> dict[int, float]:
        import numpy as np

        vectors = self._near.vectors(np.array([n, *others], np.int64))
        return dict(zip(others, (vectors[1:] @ vectors[0]).tolist(), strict=True))

    def _sharing(self, one: Linkable, words: Mapping[str, _Word]) -> list[int]:
        """The passages that have one of its rare words."""
        rare = [word for word in words.values() if 2 <= self._rarity.count(word.plain) <= SHARED]
        return sorted({m for word in rare[:RARE_WORDS] for m in self._numbers(word.plain) if m != one.n})

    def _shared(self, words: Mapping[str, _Word], other: Linkable, cosine: float) -> list[_Word]:
        """The rare words of both, if they are reason enough: a name, two words, or one where the rest is not far. The
        same from whichever side it is asked."""
        theirs = self._words(other.n, other.text)
        both = [_either(word, theirs[stem]) for stem, word in words.items() if stem in theirs]
        both = [word for word in both if 2 <= self._rarity.count(word.plain) <= SHARED]
        enough = any(word.name for word in both) or len(both) > 1 or (both and cosine >= self._related)
        return sorted(both, key=lambda word: (-word.weight, word.plain))[:MOST_SHARED] if enough else []

    def _numbers(self, word: str) -> list[int]:
        if word not in self._having:
            sql = "SELECT rowid FROM words WHERE words MATCH ? LIMIT ?"
            self._having[word] = [n for (n,) in self._ledger.rows(sql, (f"text : {quoted(word)}", SHARED))]
        return self._having[word]

    def _words(self, n: int, text: str) -> dict[str, _Word]:
        """The things and names in passage `n` by their stems, the most telling first, without those of captions."""
        if n not in self._read:
            if len(self._read) > MOST_READ:
                self._read.clear()
            self._read[n] = self._things(text)
        return self._read[n]

    def _things(self, text: str) -> dict[str, _Word]:
        apart, best = asides(text), dict[str, tuple[float, _Word]]()
        for token in tokens(text):
            if (
                token.silent
                or token.cue <= DOING
                or len(token.plain) < 3
                or any(a <= token.start < b for a, b in apart)
            ):
                continue
            weight, stem = self._rarity.weight(token.plain), root(token.plain)
            if weight * token.cue > best.get(stem, (0.0,))[0]:
                best[stem] = weight * token.cue, _Word(_bare(token.plain), weight, token.name)
        return {stem: word for stem, (_, word) in sorted(best.items(), key=lambda pair: (-pair[1][0], pair[0]))}

    def _added(self, one: Linkable, other: Linkable) -> Iterator[Annotation]:
        """What the later of two passages adds to the earlier: phrases of which it has no word."""
        earlier, later = sorted((one, other), key=_when)
        there = roots(earlier.text)
        phrases = tell([later.text], [1.0], self._rarity, frozenset()).phrases
        new = {phrase: worth for phrase, worth in phrases.items() if not there & roots(phrase)}
        if text := named(Telling({}, new)):
            yield Annotation(earlier.id, later.id, text)


def _said(words: Sequence[_Word]) -> str:
    return f"both say {', '.join(f'“{plain}”' for plain in sorted(word.plain for word in words))}"


def _bare(word: str) -> str:
    return word.removesuffix("'s").removesuffix("'")


def _either(one: _Word, other: _Word) -> _Word:
    """One word as it is in two passages."""
    shorter = min((word.plain for word in (one, other)), key=lambda plain: (len(plain), plain))
    return _Word(shorter, max(one.weight, other.weight), one.name or other.name)


def _link(one: Linkable, other: Linkable, reason: str, weight: float) -> Link:
    earlier, later = sorted((one, other), key=_when)
    return Link(later.id, earlier.id, reason, round(weight, 4))


def _when(one: Linkable) -> tuple[int, int]:
    return one.epoch or 0, one.n


def _apart(one: Linkable, other: Linkable) -> bool:
    """Whether it is news that two passages belong together."""
    same = one.item == other.item or (one.episode == other.episode and one.episode != 0)
    return one.id != other.id and not same


def _by_chance(ledger: Ledger, near: Near) -> tuple[float, float]:
    """The cosines that two passages of this memory seldom have by chance, and hardly ever: they depend on the model."""
    import numpy as np

    ((last,),) = ledger.rows("SELECT coalesce(max(n), 0) FROM passages")
    numbers = np.unique(np.linspace(1, max(last, 1), SAMPLE).astype(np.int64))
    vectors = near.vectors(numbers)
    vectors = vectors[vectors.any(axis=1)]
    if len(vectors) < 2:
        return ENOUGH, ENOUGH
    cosines = _pairs(vectors)
    seldom, hardly = (float(cosines.mean() + beyond * cosines.std()) for beyond in BEYOND_CHANCE)
    return seldom, min(max(LEAST, hardly), ENOUGH)


def _pairs(vectors: NDArray[np.float32]) -> NDArray[np.float32]:
    """The cosines of all pairs."""
    import numpy as np

    above = np.triu_indices(len(vectors), 1)
    found: NDArray[np.float32] = (vectors @ vectors.T)[above]
    return found
