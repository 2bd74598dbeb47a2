"""Questions that ask about two things or more ("Which did I do first, the hike or the concert?"), taken apart by rules.

One passage seldom tells both, and what tells more of the question's words crowds out the other: each part is searched
for itself as well, and `reached` says how near a passage comes to the best that there is for any of them. Only forms
that set things side by side are taken apart: alternatives after a comparison, "between X and Y", "how long before X did
Y", titles in quotation marks. An "and" alone is not one ("Ana and her children" are together), nor are dates ("between
May and July"). Splitting a question so that each leg has its evidence is Min et al. (2019, DecompRC), without a model.

Knows the words of a question, English rules; no stores.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from secondme.recall.lexical import content_words
from secondme.recall.names import MONTHS

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Column = NDArray[np.float32]

MOST = 4  # parts of a question: each is embedded, which takes a millisecond or two
WORDS, BEARING = 1.5, 1.5  # what they weigh beside meaning
WITHIN = 3.0  # deviations below a part's best at which a passage has nothing of it

_COMPARES = re.compile(
    r"\b(?:which|first|last|earlier|earliest|later|latest|sooner|more|less|most|least|better|best|older|oldest|younger|"
    r"youngest|longer|longest|bigger|biggest|cheaper|cheapest|closer|closest|rather|prefer)\b",
    re.IGNORECASE,
)
_ALTERNATIVES = re.compile(
    r"^(?P<head>(?:which|what|who|when|where|did|do|does|have|has|is|was|are|were)\b[^,:?]*)[,:]\s*"
    r"(?P<list>[^?]*?),? or (?P<last>[^,?]+)\?*$",
    re.IGNORECASE,
)
_SIDE_BY_SIDE = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\bbetween (?P<a>[^,?]{3,}?) and (?P<b>[^,?]{3,}?)\s*(?:\?|$)",
        r"^how (?:many|long|much)\b.*?\b(?:before|after) (?P<a>.{6,}?) did (?P<b>.{6,}?)\?*$",
        r"^(?:did|do|does|was|were|had|have|has) (?P<a>.{6,}?),? before or after (?P<b>.{6,}?)\?*$",
    )
)
_TITLE = re.compile(r"""(?:(?<=\s)|^)["“‘'](?=\w)(.{3,60}?)(?<=\w)["”’'](?=[\s,.?!;:)]|$)""")
_THE_DAY = re.compile(r"^the (?:day|time|date|moment) (?:when |that )?", re.IGNORECASE)
_NO_THING = """
yes no not else other both neither monday tuesday wednesday thursday friday saturday sunday today tomorrow yesterday day
days week weeks month months year years am pm noon midnight spring summer autumn fall winter
"""
_SAYS_NOTHING = MONTHS | frozenset(_NO_THING.split())


def parts(question: str, names: Sequence[str] = ()) -> tuple[str, ...]:
    """The two or more things that a question sets side by side, in its own words; () if it does not.

    Parts that are no more than a date or one of `names` are none.

    >>> parts("Which did I do first, the hike or the concert?")
    ('the hike', 'the concert')
    """
    known = _SAYS_NOTHING | {word for name in names for word in content_words(name)}
    found = [_THE_DAY.sub("", one.strip()) for one in _taken_apart(question.strip())]
    tell = [any(word not in known and not word[0].isdigit() for word in content_words(one)) for one in found]
    return tuple(found) if 1 < len(found) <= MOST and all(tell) else ()


def _taken_apart(question: str) -> list[str]:
    if (found := _ALTERNATIVES.match(question)) and _COMPARES.search(found["head"]):
        return [*(one for one in re.split(r",\s+", found["list"]) if one.strip()), found["last"]]
    for pattern in _SIDE_BY_SIDE:
        if found := pattern.search(question):
            return [found["a"], found["b"]]
    return _TITLE.findall(question)


def reached(cosines: Sequence[Column], words: Sequence[Column], bearing: Column) -> Column:
    """How near each candidate comes to the best for one of the parts: 1 is the best, 0 nothing of it.

    `cosines` and `words` (how much of the part's words it has, by their weight) have a column for each part; `bearing`
    is whether whoever says it is asked about.
    """
    import numpy as np

    found = np.zeros(len(bearing), np.float32)
    for meaning, wording in zip(cosines, words, strict=True):
        likeness = _standard(meaning) + WORDS * _standard(wording) + BEARING * bearing
        found = np.maximum(found, 1 - (likeness.max() - likeness) / WITHIN)
    return found


def _standard(column: Column) -> Column:
    return (column - column.mean()) / (column.std() + 1e-6)  # type: ignore[no-any-return]
