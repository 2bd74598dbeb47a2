"""How a question about a memory becomes one that it does not answer: without what holds the answer, or about another.

Found by words alone: a passage that gives the answer in words of its own stays, and then the question can be answered
after all. Of a hundred such questions a few are.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from secondme.recall.folding import folded
from secondme.recall.lexical import STOP_WORDS, content_words, coverage, fts_query, stem, words
from secondme.recall.questioning import own_words, put
from secondme.store.around import standing
from secondme.store.rows import EVERYTHING, quoted

if TYPE_CHECKING:
    from secondme.recall.called import Called
    from secondme.recall.questioning import Frame
    from secondme.records import Passage
    from secondme.store.reading import LedgerReader

NEAR = 60  # passages with the question's words that are looked at
MOST_OUT = 40  # passages left out; where more may hold the answer, it is no secret
SAYS_SO = 0.6  # share of a question's words in a passage that is about the same
_REPEATED = ("When", "Why")  # are asked of what may have happened more than once


def left_out(
    reader: LedgerReader, passage: Passage, frame: Frame, rarity: Callable[[str], Mapping[str, float]]
) -> tuple[int, ...] | None:
    """Numbers of the passages to leave out so that memory does not hold the answer; None where too many may hold it.

    These are the passage itself, what says the same, and what holds the answer together with a word of the question; of
    what may have happened more than once ("when did I go swimming?") all that speaks of it. `rarity` gives the weights
    of a text's stems.
    """
    asked = _about(frame, passage)
    stems, weights = [stem(word) for word in asked], rarity(" ".join(asked))
    near = _near(reader, asked)
    holding = _holding(reader, passage.text[slice(*frame.answer)], asked)
    own = [n for (n,) in reader.rows("SELECT n FROM passages WHERE id = ?", (passage.id,))]
    around = standing(reader, list(dict.fromkeys([*own, *near, *holding])))
    out = {*own, *(n for n in holding if coverage(stems, around[n].text, weights) > 0)}
    out |= {n for n in near if alike(around[n].text, passage.text)}
    if frame.wh in _REPEATED:
        out |= {n for n in near if coverage(stems, around[n].text, weights) >= SAYS_SO}
    return tuple(sorted(out)) if len(out) <= MOST_OUT else None


def about_another(frame: Frame, passage: Passage, speaker: str, name: str) -> str:
    """The question about `name` in place of its speaker; "" if it is not about its speaker."""
    again = put(frame, passage.text, name)
    return again if again != put(frame, passage.text, speaker) else ""


def in_vain(reader: LedgerReader, frame: Frame, passage: Passage, name: str, called: Called) -> bool:
    """Whether nothing in memory says of `name` what the passage says of its speaker."""
    if mentions(name, passage.text):
        return False
    asked = _about(frame, passage)
    near = _near(reader, [*asked, name])
    there = standing(reader, near)
    theirs = [there[n] for n in near if called.name(there[n].speaker) == name or mentions(name, there[n].text)]
    return all(coverage(map(stem, asked), one.text, {}) < SAYS_SO for one in theirs)


def mentions(name: str, text: str) -> bool:
    """Whether a text speaks of somebody, and not only to them ("Thanks, Ana!")."""
    bare = re.escape(name)
    spoken_to = rf"(?:^|[.!?,]\s*){bare}\s*(?=[,.!?])|^\w+ {bare}\s*[,.!?]|,\s*{bare}\b"
    return name in re.sub(spoken_to, "", text, flags=re.MULTILINE)


def alike(one: str, other: str) -> bool:
    """Whether two texts say the same in nearly the same words."""
    return [first for _, first in folded([one, other])] == [0, 0]


def _about(frame: Frame, passage: Passage) -> list[str]:
    """The words of what is asked about, as the passage has them and without whom they name."""
    speaker = set(words(passage.speaker))
    return [word for word in content_words(own_words(frame, passage.text)) if word not in speaker]


def _near(reader: LedgerReader, asked: Sequence[str]) -> list[int]:
    wanted = fts_query(" ".join(asked))
    return [match.n for match in reader.words.best(wanted, NEAR, EVERYTHING)] if wanted else []


def _holding(reader: LedgerReader, answer: str, asked: Sequence[str]) -> list[int]:
    """Passages with all words of the answer and one of those that are asked about."""
    held, wanted = [quoted(word) for word in words(answer) if word not in STOP_WORDS], fts_query(" ".join(asked))
    if not held or not wanted:
        return []
    query = f"text : ({' AND '.join(held)}) AND ({wanted})"
    return [n for (n,) in reader.rows("SELECT rowid FROM words WHERE words MATCH ? LIMIT ?", (query, MOST_OUT + 1))]
