"""Whether two pictures show the same thing: by how they look, and by what they say.

A difference hash (Kravetz, "Kind of like that", 2013): the picture in grey at 9 x 8 pixels, and for each pixel whether
the one to its right is brighter. All screens of one chat look alike, so the words decide: pictures are the same if they
look alike and no line is in one of them alone. Clocks and the battery's charge do not count, other numbers do.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PIL.Image import Image

# Of 64 bits. A screen saved again (JPEG, half the size, another clock) was 0-4 away, another app's 15 and more.
NEAR = 6
_LINE = 85  # of 100: the recogniser reads a line of the same words, drawn again, that much alike
_CLOCK = re.compile(
    r"(?<!\d)\d{1,2}[:.]\d\d(?:[:.]\d\d)?(?!\d)(?:\s*[ap]\.?\s?m\b\.?)?|(?<!\d)\d{1,3}\s?%", re.IGNORECASE
)
_NUMBERS = re.compile(r"\d+")


def dhash(picture: Image) -> str:
    """The picture's difference hash: 64 bits as 16 hexadecimal digits."""
    from PIL.Image import Resampling  # 60 ms with Pillow

    grey = picture.convert("L").resize((9, 8), Resampling.BOX).tobytes()
    bits = 0
    for row in range(8):
        for at in range(row * 9, row * 9 + 8):
            bits = bits << 1 | (grey[at] < grey[at + 1])
    return f"{bits:016x}"


def distance(one: str, other: str) -> int:
    """In how many of 64 bits two hashes differ."""
    return (int(one, 16) ^ int(other, 16)).bit_count()


def same(one_hash: str, other_hash: str, one_text: str, other_text: str) -> bool:
    """Whether one picture says nothing that the other does not say, and looks alike."""
    if distance(one_hash, other_hash) > NEAR:
        return False
    ones, others = Counter(_lines(one_text)), Counter(_lines(other_text))
    left, right = list((ones - others).elements()), list((others - ones).elements())
    return len(left) == len(right) and all(_take_alike(line, right) for line in left)


def _lines(text: str) -> list[str]:
    """What each line says without clocks; lines of one character are icons."""
    bare = (" ".join(_CLOCK.sub(" ", line).casefold().split()) for line in text.splitlines())
    return [line for line in bare if sum(map(str.isalnum, line)) > 1]


def _take_alike(line: str, among: list[str]) -> bool:
    """Remove the line that reads most like this one. Equal numbers, since "120.50" is not "130.50"."""
    from rapidfuzz import fuzz, process  # 20 ms

    numbers = _NUMBERS.findall(line)
    fitting: Sequence[str] = [other for other in among if _NUMBERS.findall(other) == numbers]
    found = process.extractOne(line, fitting, scorer=fuzz.ratio, score_cutoff=_LINE)
    if found is not None:
        among.remove(found[0])
    return found is not None
