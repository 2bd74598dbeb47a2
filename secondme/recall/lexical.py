"""Words of a question: which of them carry it, and how they match.

Stop words are removed here and not in the index, because a question's function words ("when", "does", "my") match
everything: measured on LoCoMo, BM25 with them removed finds clearly more than without.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Mapping

_FUNCTION_WORDS = """
a about after again all also am an and any anyone anything are as at be because been before being but by can
could did do does doing done during each either else ever every few for from get gets getting give given go
going gone got had has have having he her here hers him his how i if in into is it its itself just kind last let
like lot made make many may me might mine more most much must my myself need next no nor not now of off on one
ones only or other our ours out over own per please put said same say she should so some someone something soon
still such take tell than that the their theirs them then there these they thing things this those through till
to too under until up upon us use used using very via want wanted was we well went were what what's when where
whether which while who who's whom whose why will with within without would yet you your yours
"""
STOP_WORDS = frozenset(_FUNCTION_WORDS.split())
_WORD = re.compile(r"\w+(?:[-'’.]\w+)*")


def words(text: str) -> list[str]:
    """Every word, lower case, in order."""
    return [word.casefold() for word in _WORD.findall(text)]


def words_at(text: str) -> list[tuple[str, int, int]]:
    """Every word, lower case, in order, with the characters from and to which it stands in the text."""
    return [(found.group().casefold(), *found.span()) for found in _WORD.finditer(text)]


def content_words(text: str) -> list[str]:
    """The words that carry a text's meaning, lower case, each once, in order; all words if none would be left."""
    found = list(dict.fromkeys(words(text)))
    return [word for word in found if word.removesuffix("'s").removesuffix("’s") not in STOP_WORDS] or found


def fts_query(text: str) -> str:
    """An FTS5 query for passages with any of the text's content words; "" if it has no word at all."""
    parts = [part for word in content_words(text) for part in re.split(r"[-'’.]", word) if part]
    kept = dict.fromkeys(part for part in parts if part not in STOP_WORDS and part != "s")
    return " OR ".join(f'"{part}"' for part in kept or dict.fromkeys(parts))


@functools.lru_cache(maxsize=1)
def _stemmer() -> object:
    import snowballstemmer  # 5 ms

    return snowballstemmer.stemmer("english")


@functools.lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """The word's stem (Porter2, English)."""
    bare = word.removesuffix("'s").removesuffix("’s")
    return str(_stemmer().stemWord(bare))  # type: ignore[attr-defined]


def stems(text: str) -> frozenset[str]:
    """Stems of a text's words; of a compound ("check-in") also its parts'."""
    found = set()
    for word in words(text):
        found.add(stem(word))
        found.update(stem(part) for part in re.split(r"[-'’.]", word) if part)
    return frozenset(found)


def coverage(asked: Iterable[str], text: str, weight: Mapping[str, float]) -> float:
    """Share of the weight of the stems `asked` that occurs in `text` (0..1)."""
    wanted = list(asked)
    total = sum(weight.get(word, 1.0) for word in wanted)
    if not total:
        return 0.0
    there = stems(text)
    return sum(weight.get(word, 1.0) for word in wanted if word in there) / total
