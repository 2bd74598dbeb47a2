"""Every stored fact against the files that it quotes, by a checker of its own: is any of it made up?

Knows the ledger's tables and nothing of what wrote them: it imports no part of `secondme.memory`, reads the ledger with
sqlite3, and the sources' text again from their files (as plain text at the cited characters, else through the reader
of that format). For each quote of each fact:

    gone        its source cannot be read any more
    not there   the file does not have those words at the cited span
    value       a number, a name or a date of the value (or of the statement, where there is no value) is not in them
    words       the statement has a word of weight that neither they have nor the heading that they stand below
    machine     a fact about the owner rests on what a machine wrote

A number may be a word in the quote ("two"), an address or a code may lose its spaces, and a date in ISO form must have
its day and month there, or the quote must name a day relative to its own ("yesterday", "next Friday"): those are
counted apart, as only their bounds are checked (within three years of the day on which it was said).
"""

from __future__ import annotations

import re
import sqlite3
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from pathlib import Path
from urllib.parse import unquote, urlsplit

from secondme import sources
from secondme.recall.lexical import stem
from secondme.records import Item

_ROWS = """
SELECT f.n, f.who, f.subject, q.statement, q.value, q.day, i.trust, i.text, p.start + q.start, p.start + q."end",
    c.base, c.line, c.part, s.uri, i.speaker, p.context, f.slot
FROM quotes q JOIN facts f ON f.n = q.fact JOIN passages p ON p.id = q.passage JOIN items i ON i.n = p.item
JOIN contents c ON c.item = i.n JOIN sources s ON s.n = c.source AND s.revision = c.revision
WHERE i.superseded = 0 ORDER BY s.uri, f.n
"""
_NAMED = re.compile(r"[^\W\d_][\w'’-]*")
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_THOUSANDS = re.compile(r"\d{1,3}(?:[,.]\d{3})+")
_ISO = re.compile(r"\b(\d{4})-(\d\d)-(\d\d)\b")
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_COUNTED = """
zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen eighteen
nineteen twenty
"""
_NUMBER_WORDS = {word: n for n, word in enumerate(_COUNTED.split())} | {
    **{"a": 1, "an": 1, "first": 1, "second": 2, "third": 3, "once": 1, "twice": 2},
    **{"thirty": 30, "forty": 40, "fifty": 50},
}
_RELATIVE = re.compile(
    r"\b(?:today|tonight|yesterday|tomorrow|last|next|this|ago|coming|recent(?:ly)?|past|earlier|later|in an?|in \w+"
    r" (?:day|week|month|year)s?|(?:mon|tues|wednes|thurs|fri|satur|sun)day|morning|evening|weekend|now|just)\b",
    re.I,
)
_TURNED_WORDS = """
you your yours yourself themselves himself herself themself are were was has have had does doesn don did didn not will
would they them their theirs mine the and owner goes hasn haven isn aren wasn weren wouldn couldn shouldn
"""
_TURNED = frozenset(_TURNED_WORDS.split())
YEARS = 3 * 366  # days that a relative day may lie from the day on which it was said


@dataclass(frozen=True, slots=True)
class Violation:
    fact: int
    kind: str
    statement: str
    quote: str
    place: str
    missing: str = ""


@dataclass(slots=True)
class Checked:
    """What was looked at, how it was verified, and what does not hold."""

    facts: set[int] = field(default_factory=set)
    quotes: int = 0
    how: Counter[str] = field(default_factory=Counter)
    violations: list[Violation] = field(default_factory=list)

    @property
    def verified(self) -> float:
        """The share of the facts without any violation."""
        wrong = {one.fact for one in self.violations}
        return 1 - len(wrong) / len(self.facts) if self.facts else 1.0


def check(ledger: Path) -> Checked:
    """Check every visible quote of every fact in a ledger, which is only read."""
    found = Checked()
    with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as db:
        stored = {n for (n,) in db.execute("SELECT n FROM facts")}
        for row in db.execute(_ROWS):
            _quote(found, *row)
        for n, statement in db.execute("SELECT n, statement FROM facts ORDER BY n"):
            if n not in found.facts:
                found.violations.append(Violation(n, "gone", statement, "", ""))
    found.facts |= stored
    return found


def _quote(
    found: Checked, n: int, who: str, subject: str, statement: str, value: str, day: int | None, trust: str,
    text: str, start: int, end: int, base: int, line: int, part: str, uri: str, speaker: str, context: str, slot: str,
) -> None:  # fmt: skip
    quote = text[start:end]
    found.facts.add(n)
    found.quotes += 1

    def wrong(kind: str, missing: str = "") -> None:
        found.violations.append(Violation(n, kind, statement, quote, f"{uri}:{line}", missing))

    if (how := stands(uri, part, line, base, start, end, quote)) is None:
        wrong("not there")
    found.how[how or "not there"] += 1
    if who == "owner" and trust == "machine":
        wrong("machine")
    # whose it is, and what it is about, may stand above the quote: a statement may name that, a value may not
    around = f"{quote} {subject} {speaker} {context} {slot}"
    for missing in lacking(value, quote, day) if value else lacking(statement, around, day):
        wrong("value", missing)
    if missing := ", ".join(sorted(added(statement, around))):
        wrong("words", missing)


# -- where it stands --------------------------------------------------------------------------------------------------


def stands(uri: str, part: str, line: int, base: int, start: int, end: int, quote: str) -> str | None:
    """How the words were found in the file: "text" at the cited characters, or "reader"; None if they are not there."""
    path = Path(unquote(urlsplit(uri).path)) if uri.startswith("file://") else Path(uri)
    if not quote.strip() or not path.is_file():
        return None
    if _text(path)[base + start : base + end] == quote:
        return "text"
    at = [item for item in _items(path) if (item.part, item.line, item.base) == (part, line, base)]
    return "reader" if any(item.text[start:end] == quote for item in at) else None


@lru_cache(maxsize=4)
def _text(path: Path) -> str:
    try:
        return path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError:
        return ""


@lru_cache(maxsize=4)
def _items(path: Path) -> list[Item]:
    file = sources.open_file(path)
    choice = sources.reader_for(file)
    return [one for one in choice[0].read(file) if isinstance(one, Item)] if isinstance(choice, tuple) else []


# -- what it says -----------------------------------------------------------------------------------------------------


def lacking(told: str, quote: str, day: int | None = None) -> Iterator[str]:
    """The numbers, names and dates of `told` that the quote does not have. `day` is when it was said (an ordinal)."""
    if squeezed(told) in squeezed(quote):
        return
    for found in _ISO.finditer(told):
        if not _dated(found, quote, day):
            yield found.group()
    rest, numbers = _ISO.sub(" ", told), set(_numbers(quote))
    yield from (number for number in _numbers(rest) if number not in numbers and number not in squeezed(quote))
    words = {word.casefold() for word in _NAMED.findall(quote)} | {squeezed(word) for word in _NAMED.findall(quote)}
    for n, word in enumerate(_NAMED.findall(rest)):
        bare = re.sub(r"['’]s?$", "", word)
        if (
            n
            and len(bare) > 1
            and bare[:1].isupper()
            and bare.casefold() not in words
            and squeezed(bare) not in squeezed(quote)
        ):
            yield bare


def added(statement: str, around: str) -> set[str]:
    """Words of weight in the statement that are not around it, in whatever ending. Turning "I'll" into "you will" and
    "myself" into "yourself" adds none."""
    there = {stem(word) for word in _words(around)}
    said = {word for word in _words(statement) if len(word) > 2 and word not in _TURNED}
    return {word for word in said if stem(word) not in there and not word.isdigit()}


def _words(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.casefold())


def squeezed(text: str) -> str:
    """Letters and digits alone, in lower case."""
    return "".join(c for c in text.casefold() if c.isalnum())


def _numbers(text: str) -> Iterator[str]:
    """Each number as digits, of words too ("two", "twenty"); 1,349 is 1349, 9.50 is 9.5."""
    for word in re.findall(r"[a-z]+", text.casefold()):
        if word in _NUMBER_WORDS:
            yield str(_NUMBER_WORDS[word])
    for number in _NUMBER.findall(text):
        plain = re.sub(r"[,.]", "", number) if _THOUSANDS.fullmatch(number) else number.replace(",", ".")
        yield (plain.rstrip("0").rstrip(".") if "." in plain else plain.lstrip("0")) or "0"


def _dated(found: re.Match[str], quote: str, day: int | None) -> bool:
    """Whether the quote has that day: its number and its month, or words that mean a day near to its own."""
    year, month, number = map(int, found.groups())
    said = quote.casefold()
    numbers = {int(n) for n in re.findall(r"\d+", said)}
    named = re.search(rf"\b{_MONTHS[month - 1]}", said) or month in numbers
    if named and (number in numbers or number == 1):  # a month alone begins on its first
        return True
    try:
        near = day is None or abs(date(year, month, number).toordinal() - day) <= YEARS
    except ValueError:
        return False
    return near and bool(_RELATIVE.search(said) or (year in numbers and number == 1))
