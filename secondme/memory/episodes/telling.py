"""Which words of a few passages tell what they are about: rare in memory, repeated here, and things rather than doings.

A word weighs by its rarity among all passages and by the passages here that have it (class-based TF-IDF: Grootendorst
2022, BERTopic). Phrases are runs of such words between others (RAKE: Rose et al. 2010). Whether a run names a thing is
told by the word before it, for want of a grammar: after "the", "my", "of" comes a thing, after "to", "I", "will" a
doing.

Knows the words of ordinary.py, which are English. In another language words that are in many passages count as such.
"""

from __future__ import annotations

import math
import re
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

from secondme.memory.episodes.ordinary import (
    BEFORE_DOINGS,
    BEFORE_THINGS,
    BEGINS_NAMES,
    DULL,
    OBJECTS,
    RELATIONS,
    SILENT,
)
from secondme.store.reading import LedgerReader
from secondme.store.rows import quoted

COMMON = 0.08  # share of memory's passages; a word that is in more tells nothing
MANY = 200  # passages from which that share says something
LONGEST_RUN = 3  # words of a phrase
LENGTHS = (1.0, 1.4, 1.5)  # how much more two and three words tell than one
LONGEST_ACRONYM = 5  # letters; what is longer is shouted
NAME, THING, PLAIN, DOING = 1.5, 1.3, 0.7, 0.35  # how much an occurrence counts
SHARP = 1.3  # exponent of rarity
ONCE = 0.75  # what is left of the weight of a word that no other passage has: it may be a slip
ASIDE = 0.25  # of what an app adds to a message
DESCRIBING = 0.6  # what is left of one word that ends as a quality does
REPEATED = 0.8  # exponent of how often: the tenth passage with a word adds less than the second
ENDINGS = re.compile(r"(?:ly|ed|n't)$")
WORD = re.compile(r"[^\W_]+(?:[-'’.&][^\W_]+)*\+?")

_BEGINS = re.compile(r"[.!?…:\n\]\[\"“(]|- ")  # between two words: the second begins something
_OWNED = re.compile(r"['’]s?$")
_QUALITY = re.compile(r"\w{3}(?:ive|ful|ous|ible|less|ish|ism|ity)$|\w{4}able$|ical$|ional$|cial$")
_DOING_S, _DOING_ING = re.compile(r"[^s]s$"), re.compile(r"ing$")
_ASIDE = re.compile(r"\[[^\]\n]{12,}\]")  # what an app writes into a message: a picture's caption
_FIELD = re.compile(r"[\w-]{1,24}: ?\S.{0,60}")


@dataclass(frozen=True, slots=True)
class Token:
    """A word as it stands, from `start` to `end`; `plain` in lower case. `silent` words say nothing and part phrases;
    `dull` ones are silent but within a phrase ("support group"). `after` is the plain word that follows it, if nothing
    but a space stands between. `cue` is how much this occurrence counts."""

    start: int
    end: int
    plain: str
    silent: bool
    dull: bool
    name: bool
    cue: float
    after: str = ""


@dataclass(frozen=True, slots=True)
class Telling:
    """What tells in some passages: words by their stems with their weights, and phrases as they are written."""

    words: Mapping[str, float]
    phrases: Mapping[str, float] = field(default_factory=dict)


class Rarity:
    """How rare words are in one memory, looked up in its words index and kept for a run."""

    def __init__(self, reader: LedgerReader) -> None:
        self._words = reader.words
        self._size = max(reader.words.size, 1)
        self._known: dict[str, int] = {}

    def count(self, word: str) -> int:
        """How many passages have the word, or another form of it."""
        if word not in self._known:
            self._known[word] = self._words.frequency(quoted(word))
        return self._known[word]

    def weight(self, word: str) -> float:
        """0 for a word that is everywhere."""
        count = self.count(word)
        if self._size >= MANY and count > COMMON * self._size:
            return 0.0
        rare = math.log((self._size + 2) / (count + 1)) / math.log(self._size + 2)
        return math.pow(max(0.0, rare), SHARP) * (ONCE if count <= 1 else 1.0)


@lru_cache(maxsize=1)
def _stemmer() -> Any:
    import snowballstemmer  # 5 ms

    return snowballstemmer.stemmer("english")


@lru_cache(maxsize=100_000)
def root(word: str) -> str:
    """A word's stem (Porter2, English), without what makes it a possessive."""
    return str(_stemmer().stemWord(bare(word.casefold())))


def tokens(text: str) -> list[Token]:
    """The words of a text with what the words beside each tell of it."""
    matches = list(WORD.finditer(text))
    words = [match.group() for match in matches]
    plains = [word.casefold().replace("’", "'") for word in words]
    gaps = [".", *(text[one.end() : other.start()] for one, other in pairwise(matches)), "."]
    found: list[Token] = []
    for at, (match, word, plain) in enumerate(zip(matches, words, plains, strict=True)):
        gap, joined = gaps[at], gaps[at + 1] == " "
        begins = gap != " " and bool(_BEGINS.search(gap))
        before = plains[at - 1] if gap == " " or not (begins or gap.strip(" -/&")) else ""
        named, dull = False, plain in DULL or plain.removesuffix("'s") in DULL
        if word[0].isupper():
            on = joined and _is_name(words[at + 1], begins=False)  # goes on as a name
            named = _is_name(word, begins and not on)
            dull = dull and not (named and on and plain in BEGINS_NAMES)
        silent = dull or plain in SILENT or plain.removesuffix("'s") in SILENT or plain[0].isdigit()
        name = named and not silent
        after = plains[at + 1] if joined else ""
        found.append(Token(*match.span(), plain, silent, dull, name, _cue(plain, before, name), after))
    return found


def roots(text: str) -> frozenset[str]:
    """The stems of a text's words, all of them."""
    return frozenset(root(word.replace("’", "'")) for word in WORD.findall(text))


def _is_name(word: str, begins: bool) -> bool:
    """Whether a word is written as a name; where everything begins with a capital, only "McEwan" and "LGBTQ" are."""
    if not word or not word[0].isupper() or (word.isupper() and len(word) > LONGEST_ACRONYM):
        return False
    return not begins or (word.isupper() and len(word) > 2) or (word[1:] != word[1:].lower() and not word.isupper())


def _cue(word: str, before: str, name: bool) -> float:
    if name:
        return NAME
    if ENDINGS.search(word) or before in BEFORE_DOINGS:
        return DOING
    return THING if before in BEFORE_THINGS else PLAIN


def asides(text: str) -> list[tuple[int, int]]:
    """Where a text is not its writer's: captions in brackets."""
    return [match.span() for match in _ASIDE.finditer(text)]


def of_fields(text: str) -> bool:
    """Whether a text is nothing but keys and values, as at the head of a note."""
    return all(_FIELD.fullmatch(line.strip()) for line in text.splitlines() if line.strip())


def tell(texts: Sequence[str], weights: Sequence[float], rarity: Rarity, known: frozenset[str]) -> Telling:
    """What tells in these passages, each of which counts by its weight. `known`: words that tell nothing here, as the
    names of those who talk."""
    counted, rare = defaultdict[str, float](float), dict[str, float]()
    phrases = defaultdict[str, list[tuple[float, str]]](list)
    for text, weight in zip(texts, weights, strict=True):
        apart = asides(text)
        here = dict[str, float]()
        for run in _runs(text, tokens(text), known):
            share = weight * (ASIDE if any(a <= run[0].start < b for a, b in apart) else 1.0)
            for token in run:
                if not token.dull:
                    stem = root(token.plain)
                    rare[stem] = rarity.weight(token.plain)
                    here[stem] = max(here.get(stem, 0.0), share * token.cue)
            for phrase in _phrases(run):
                phrases[" ".join(root(token.plain) for token in phrase)].append(
                    (share * _form(phrase), _spelt(text, phrase))
                )
        for stem, share in here.items():
            counted[stem] += share
    words = {stem: rare[stem] * share**REPEATED for stem, share in counted.items()}
    return Telling(words, dict(_worth(words, phrases)))


def _worth(words: Mapping[str, float], phrases: Mapping[str, list[tuple[float, str]]]) -> Iterator[tuple[str, float]]:
    """Each phrase in its best spelling: as much as its words are worth and as it is a thing."""
    for name, found in phrases.items():
        last = name.rpartition(" ")[2]
        stems = [stem for stem in name.split(" ") if words.get(stem)]  # "New" of "New York" may be everywhere
        if last in stems:
            form, spelling = max(found)
            seen = min(1.0, sum(share for share, _ in found))
            value = sum(words[stem] for stem in stems) / len(stems)
            yield spelling, value * form**0.5 * (0.5 + 0.5 * seen) * LENGTHS[len(stems) - 1]


def _form(phrase: Sequence[Token]) -> float:
    """How much a phrase is a thing: by what stands before it and how it ends."""
    last = phrase[-1]
    cue = phrase[0].cue if len(phrase) == 1 else max(phrase[0].cue, last.cue)
    if last.cue == DOING and not last.name:
        cue = min(cue, PLAIN)
    vague = len(phrase) == 1 and not last.name and (describing(last) or last.plain.endswith("ing"))
    return cue * (DESCRIBING if vague else 1.0)


def describing(token: Token) -> bool:
    """Whether a word ends as those do that tell how something is ("local", "kindness") rather than what."""
    return not token.name and bool(_QUALITY.search(token.plain))


def bare(text: str) -> str:
    """Without what makes its last word a possessive."""
    return _OWNED.sub("", text)


def _spelt(text: str, phrase: Sequence[Token]) -> str:
    """As it stands there, without what makes its last word a possessive."""
    return bare(text[phrase[0].start : phrase[-1].end])


def _runs(text: str, words: Sequence[Token], known: frozenset[str]) -> list[list[Token]]:
    """Neighbouring words that tell, with nothing but a space between them; a dull one only within."""
    found: list[list[Token]] = [[]]
    for before, token in pairwise([None, *words]):
        assert token is not None
        if before is not None and text[before.end : token.start] != " ":
            found.append([])
        run = found[-1]
        within = token.dull and run and run[-1].after == token.plain and not token.plain.endswith(("ing", "ed", "'s"))
        if within or _tells(token, run, known):
            run.append(token)
        else:
            found.append([])
    return [run for run in map(_trimmed, found) if run]


def _trimmed(run: list[Token]) -> list[Token]:
    while run and run[-1].dull:
        run = run[:-1]
    return run


def _tells(token: Token, run: Sequence[Token], known: frozenset[str]) -> bool:
    if token.silent or len(token.plain) < 3 or token.plain.removesuffix("'s") in known:
        return False
    if not run or token.name:
        return True
    # what a thing does: "band lends us", "woman holding a", "cat named Bailey"
    doing_ing = bool(_DOING_ING.search(token.plain)) and (token.after in RELATIONS or len(run) > 1)
    doing_s = bool(_DOING_S.search(token.plain)) and (token.after in OBJECTS or run[-1].name)
    return not (doing_ing or doing_s or token.plain.endswith("ed"))


def _phrases(run: Sequence[Token]) -> list[list[Token]]:
    """What a run may be called: all of it, or its end, which in English is what it is about; and each name in it."""
    longest = run[-LONGEST_RUN:]
    found = [list(longest[at:]) for at in range(len(longest)) if not longest[at].dull]
    names = [[one] for one in run[:-1] if one.name]
    pairs = [[one, other] for one, other in pairwise(run[:-1]) if one.name and other.name]
    return found + names + pairs
