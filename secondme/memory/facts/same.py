"""Proof that two phrases say the same: the normal forms of words, numbers, dates and addresses, and nothing looser.

A number is proven by its value, however its thousands are grouped or in whatever words it is spelt ("1,349", "1349",
"ninety-four"); a date by the days that it names (timewords), read against the day on which it was said; a telephone or
account number by its characters without what stands between them; a word by itself, whatever its case.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from datetime import date
from functools import lru_cache

from secondme.memory.facts import verbs
from secondme.timewords import Mention, mentions

LONGEST_CODE = 64  # characters of a number or address without spaces
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FIGURES = re.compile(r"\d+(?:[.,'’\u00a0\u202f ]\d{3})*(?:[.,]\d+)?|\d+")
_GAP = r"[\s()./\-\u2010-\u2013·:]*"  # what stands between the parts of a telephone number or a code
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen"
    " eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_SPELT = {word: n for n, word in enumerate(_ONES)} | {word: 20 + 10 * n for n, word in enumerate(_TENS)}
_SCALES = {"hundred": 100, "thousand": 1_000, "million": 1_000_000, "dozen": 12}
UNITS = (
    {"€", "eur", "euro", "euros"},
    {"$", "usd", "dollar", "dollars", "bucks"},
    {"£", "gbp", "pound", "pounds", "quid"},
    {"km", "kilometre", "kilometres", "kilometer", "kilometers", "k"},
    {"m", "metre", "metres", "meter", "meters"},
    {"cm", "centimetre", "centimetres", "centimeter", "centimeters"},
    {"mi", "mile", "miles"},
    {"kg", "kilo", "kilos", "kilogram", "kilograms"},
    {"g", "gram", "grams"},
    {"lb", "lbs"},
    {"l", "litre", "litres", "liter", "liters"},
    {"h", "hr", "hrs", "hour", "hours"},
    {"min", "mins", "minute", "minutes"},
    {"%", "percent", "pct"},
)
_SIGN = re.compile(r"[€$£%]")


def normal(text: str) -> str:
    """The text in one Unicode form (NFKC), so that a ligature or a wide digit is what it shows. Offsets are lost."""
    return unicodedata.normalize("NFKC", text)


def words(text: str) -> list[str]:
    """The words and figures, in lower case, without possessive endings."""
    found = (match.group().casefold().replace("’", "'") for match in _TOKEN.finditer(normal(text)))
    return [word.removesuffix("'s").rstrip("'") for word in found]


def akin(word: str, others: frozenset[str] | set[str]) -> bool:
    """Whether one of `others` is a form of the same word: an inflection, or another form of the same verb."""
    if word in others:
        return True
    verb, stem = verbs.read(word), _stem(word)
    return any(
        (verb is not None and (other := verbs.read(one)) is not None and other.base == verb.base)
        or (len(stem) >= 4 and _stem(one) == stem)
        for one in others
    )


def _stem(word: str) -> str:
    for ending in ("ing", "ies", "ed", "es", "s", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            return word.removesuffix(ending)
    return word


# -- numbers ----------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def numbers(text: str) -> frozenset[str]:
    """Every value that a number in the text can have, as plain decimals: of "1,349" 1349 and 1.349."""
    found = {value for match in _FIGURES.finditer(normal(text)) for value in readings(match.group())}
    found |= {value for match in re.finditer(r"\d+", normal(text)) for value in readings(match.group())}
    return frozenset(found | {str(number) for number in _spelt(words(text.replace("-", " ")))})


def readings(figures: str) -> set[str]:
    """What a number in figures can be worth."""
    if figures.isdigit():
        return {_decimal(figures)}
    digits = re.sub(r"\D", "", figures)
    marks = [mark for mark in figures if not mark.isdigit()]
    whole, _, rest = figures.rpartition(marks[-1])
    found = {_decimal(re.sub(r"\D", "", whole) + "." + rest)} if marks[-1] in ".," else set[str]()
    if len(rest) == 3 and len(set(marks)) == 1:
        found.add(_decimal(digits))
    return found


def _decimal(text: str) -> str:
    whole, _, rest = "".join(str(unicodedata.decimal(one, one)) for one in text).partition(".")
    return f"{whole.lstrip('0') or '0'}.{rest.rstrip('0')}".rstrip(".")


def _spelt(found: list[str]) -> Iterator[int]:
    """Numbers in words: each word's own value, and that of the whole run ("two hundred and five")."""
    total = part = 0
    running = False
    for word in [*found, ""]:
        if word in _SPELT:
            part, running = part + _SPELT[word], True
            yield _SPELT[word]
        elif word in _SCALES and running:
            part = max(1, part) * _SCALES[word]
            if _SCALES[word] >= 1_000:
                total, part = total + part, 0
        elif not (word == "and" and running):
            if running:
                yield total + part
            total = part = 0
            running = False
            if word in _SCALES:
                yield _SCALES[word]


# -- dates ------------------------------------------------------------------------------------------------------------


@lru_cache(maxsize=512)
def stretches(text: str, day: int | None) -> frozenset[tuple[int, int]]:
    """The stretches of days that the text names, read against `day`."""
    return frozenset(days for one in dates(text, day) for days in (*one.days, *one.meant))


@lru_cache(maxsize=512)
def dates(text: str, day: int | None) -> tuple[Mention, ...]:
    """The mentions of time in a text."""
    return tuple(mentions(text, None if day is None else date.fromordinal(day)))


def within(days: tuple[int, int], text: str, day: int | None) -> bool:
    """Whether the text names these days: as one of its stretches, within one, or from one to another."""
    named = stretches(text, day)
    spanned = days[0] in {first for first, _ in named} and days[1] in {last for _, last in named}
    return spanned or any(first <= days[0] and days[1] <= last for first, last in named)


# -- codes and whole phrases ------------------------------------------------------------------------------------------


def spelt_in(code: str, text: str) -> bool:
    """Whether a number, code or address stands in the text, whatever stands between its parts: "+32 400 55 01 12"."""
    bare = re.sub(r"[^\w@+.]|_", "", code) if "@" in code else re.sub(r"[\W_]", "", code)
    if not 4 <= len(bare) <= LONGEST_CODE:
        return False
    if "@" in code:
        return re.search(rf"(?<![\w.+-]){re.escape(code)}(?![\w-])", text, re.IGNORECASE) is not None
    if not any(character.isdigit() for character in bare):
        return False
    gap = _GAP + r"(?:\(0\))?" + _GAP if code.startswith("+") else _GAP
    body = gap.join(map(re.escape, bare))
    plus = r"(?:\+|00)[\s(]*" if code.startswith("+") else ""
    return re.search(rf"(?<![\w+]){plus}{body}(?!\w)", text, re.IGNORECASE) is not None


def phrase_in(value: str, text: str) -> bool:
    """Whether the words of `value` stand in the text in their order, with at most three others between them."""
    wanted, there = _units(words(_SIGN.sub(_worded, value))), _units(words(_SIGN.sub(_worded, text)))
    if not wanted:
        return False
    starts = [at for at, word in enumerate(there) if word == wanted[0]][:50]
    return any(_follows(wanted, there, at) for at in starts) or sorted(wanted) in _windows(there, len(wanted))


def _follows(wanted: list[str], there: list[str], at: int) -> bool:
    gap = 0
    for word in wanted[1:]:
        try:
            found = there.index(word, at + 1, at + 5)
        except ValueError:
            return False
        gap, at = gap + found - at - 1, found
    return gap <= 3


def _windows(there: list[str], length: int) -> list[list[str]]:
    """The same words in another order side by side: "1349 EUR" for "€1349"."""
    return [sorted(there[at : at + length]) for at in range(len(there) - length + 1)] if length <= 4 else []


def _worded(match: re.Match[str]) -> str:
    return {"€": " eur ", "$": " usd ", "£": " gbp ", "%": " percent "}[match.group()]


def _units(found: list[str]) -> list[str]:
    return [next((min(unit) for unit in UNITS if word in unit), word) for word in found]
