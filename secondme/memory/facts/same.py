"""Proof that two phrases say the same: the normal forms of words, numbers, dates and addresses, and nothing looser.

A number is proven by its value, however its thousands are grouped or in whatever words it is spelt ("1,349", "1349",
"ninety-four"); a date by the days that it names (timewords), read against the day on which it was said; a telephone or
account number by its characters without what stands between them; a word by itself, whatever its case.
"""

from __future__ import annotations

import contextlib
import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from itertools import pairwise

from secondme.memory.facts.prose import verbs
from secondme.timewords import Mention, mentions
from secondme.timewords.words import MONTHS, WEEKDAYS

LEAST_CODE, LONGEST_CODE = 6, 64  # characters of a number or a code without what stands between its parts
SOME_DAY = 730_000  # to read "3 May" against, where it only matters that it is a day
BETWEEN = 3  # other words that may stand between those of a phrase
_TOKEN = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")
_FIGURES = re.compile(r"\d{1,3}(?:[.,'’\u00a0\u202f ]\d{3}(?!\d))+(?:[.,]\d+)?|\d+(?:[.,]\d+)?")
_GAP = r"[\s()./\u2010-\u2013·:-]*"  # what stands between the parts of a telephone number or a code
_ONES = """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen"""
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety"
_SPELT = {word: n for n, word in enumerate(_ONES.split())} | {word: 20 + 10 * n for n, word in enumerate(_TENS.split())}
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
_SIGNS = {"€": "eur", "$": "usd", "£": "gbp", "%": "percent"}
_SIGN = re.compile(r"[€$£%]")
_YEARLESS = re.compile(
    rf"\d.*\b(?:{'|'.join(name[:3] for name in MONTHS)})|\b(?:{'|'.join(name[:3] for name in MONTHS)}).*\d"
)
# a space may group thousands or part two numbers; here it parts them
_UNSPACED = _FIGURES.pattern.replace(r"\u00a0\u202f ", "")
_TOKENS = re.compile(rf"(?P<figures>(?<!\w)(?:{_UNSPACED})(?!\w))|{_TOKEN.pattern}")
_NUMERAL = "|".join(sorted((*_SPELT, *_SCALES), key=len, reverse=True))
_RUN = re.compile(rf"\b(?:{'|'.join(_SPELT)})(?:(?:[ -]+|\sand\s)(?:{_NUMERAL}))*\b", re.IGNORECASE)
_CODE = re.compile(r"\+?[A-Z0-9]*\d[A-Z0-9]*")


def listed(text: str) -> frozenset[str]:
    """The words of a list as it is written down."""
    return frozenset(text.split())


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
    written = [match.group() for match in _FIGURES.finditer(normal(text))]
    written += [part for one in written if " " in one for part in one.split()]  # "at table 7 120 guests"
    found = {value for one in written for value in readings(one)}
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
def dates(text: str, day: int | None) -> tuple[Mention, ...]:
    """The mentions of time in a text. A day without a year is in one in which it has the weekday that is named with it:
    "Saturday 6 June" is in no year in which that is a Friday, whatever the tense says."""
    found = mentions(text, None if day is None else date.fromordinal(day))
    return tuple(_on_its_weekday(one, text[one.start : one.end].casefold()) for one in found)


def _on_its_weekday(one: Mention, said: str) -> Mention:
    named = [at for at, name in enumerate(WEEKDAYS) if name in said]
    if not (
        one.relative and one.relation == "in" and one.grain == "day" and len(named) == 1 and _YEARLESS.search(said)
    ):
        return one
    days = tuple(_nearest_on(days, named[0]) if days[0] == days[1] else days for days in one.days)
    return one if days == one.days else replace(one, days=days, meant=days)


def _nearest_on(days: tuple[int, int], weekday: int) -> tuple[int, int]:
    """The same day of the nearest year in which it is that weekday."""
    here = date.fromordinal(days[0])
    for years in (0, 1, -1, 2, -2, 3, -3):
        with contextlib.suppress(ValueError):  # 29 February, or no such year
            if (there := here.replace(year=here.year + years)).weekday() == weekday:
                return there.toordinal(), there.toordinal()
    return days


# -- codes and whole phrases ------------------------------------------------------------------------------------------


def spelt_in(code: str, text: str) -> bool:
    """Whether a telephone number, account number or other code stands in the text, whatever stands between its parts:
    "+32 400 55.01.12". An e-mail address stands there as it is, in whatever case."""
    if "@" in code:
        return re.search(rf"(?<![\w.+-]){re.escape(code)}(?![\w-])", text, re.IGNORECASE) is not None
    bare = re.sub(_GAP, "", code)
    if not LEAST_CODE <= len(bare) <= LONGEST_CODE or not _CODE.fullmatch(bare):
        return False
    abroad = bare.startswith("+")
    gap = rf"{_GAP}(?:\(0\){_GAP})?" if abroad else _GAP
    body = gap.join(bare.lstrip("+"))
    start = r"(?:\+|00)[\s(]*" if abroad else ""
    return re.search(rf"(?<![\w+]){start}{body}(?!\w)", text) is not None


def phrase_in(value: str, text: str) -> bool:
    """Whether the words of `value` stand in the text in their order, with at most three others between them; of a few
    words also side by side in another order ("1349 EUR" of "€1,349")."""
    wanted, there = _tokens(value), _tokens(text)
    if not wanted or "@" in value:
        return False
    if any(_follows(wanted, there, at) for at in range(len(there)) if wanted[0] & there[at]):
        return True
    return len(wanted) == 2 and any(wanted[0] & two and wanted[1] & one for one, two in pairwise(there))


def _follows(wanted: Sequence[frozenset[str]], there: Sequence[frozenset[str]], at: int) -> bool:
    """Whether the other words follow the one at `at`, as near as they must."""
    left = BETWEEN
    for word in wanted[1:]:
        after = range(at + 1, min(at + left + 2, len(there)))
        found = next((place for place in after if word & there[place]), None)
        if found is None:
            return False
        left, at = left - (found - at - 1), found
    return True


@lru_cache(maxsize=512)
def _tokens(text: str) -> tuple[frozenset[str], ...]:
    """Each word as what it may be: itself, a unit under one name, a number by what it can be worth."""
    signs = _SIGN.sub(lambda match: f" {_SIGNS[match.group()]} ", normal(text))
    found: list[frozenset[str]] = []
    for match in _TOKENS.finditer(_RUN.sub(_in_figures, signs)):
        if match["figures"]:
            found.append(frozenset(readings(match.group())))
        else:
            word = (words(match.group()) or [""])[0]
            found.append(frozenset({next((min(unit) for unit in UNITS if word in unit), word)} - {""}))
    return tuple(token for token in found if token)


def _in_figures(match: re.Match[str]) -> str:
    """A number in words as figures."""
    return str(list(_spelt(words(match.group().replace("-", " "))))[-1])
