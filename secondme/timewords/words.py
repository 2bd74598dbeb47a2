"""Words of time, each with its kind: what the rules of the grammar are written in.

A text becomes a list of tokens. A token's kind says what it may do in a mention of time ("month", "unit", "ago"), its
value which one it is; all other words are of the kind "word". Words that have other meanings get kinds that need
company: "May" and "April" are `name` (a person, too), "may" and "march" are `verb`, "fall" is `fall`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, NamedTuple

from secondme.timewords.days import HOLIDAYS, SEASONS, Days, day, iso_week

MONTHS = ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
          "december")  # fmt: skip
WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
FIRST_YEAR, LAST_YEAR = 1900, 2099  # a number outside of these is no year


class Token(NamedTuple):
    """A word, number or mark; `value` as its kind has it: a number, a name, readings of a date, (least, most)."""

    start: int
    end: int
    kind: str
    value: Any = None


def _table() -> dict[str, tuple[str, object]]:
    """Every known word, lower case, with its kind and value."""
    table: dict[str, tuple[str, object]] = {}

    def add(kind: str, words: str, *values: object) -> None:
        names = words.split()
        for word, value in zip(names, values * len(names) if len(values) == 1 else values or names, strict=True):
            table[word] = (kind, value)

    for n, name in enumerate(MONTHS, start=1):
        table[name] = table[name[:3]] = ("month", n)
    add("month", "sept", 9)
    for n, name in enumerate(WEEKDAYS):
        table[name] = ("weekday", n)
        table[f"{name}s"] = ("weekdays", n)
    add("wday", "mon tue tues wed weds thu thur thurs fri sat sun", 0, 1, 1, 2, 2, 3, 3, 3, 4, 5, 6)
    add("season", "summer winter autumn", "summer", "winter", "autumn")
    add("fall", "fall spring", "autumn", "spring")
    for name in (*SEASONS, "fall"):
        table.setdefault(f"{name}s", ("seasons", "autumn" if name == "fall" else name))
    for unit in ("day", "week", "weekend", "fortnight", "month", "quarter", "year", "decade"):
        add("unit", f"{unit} {unit}s", unit)
    add("unit", "wk wks", "week")
    add("unit", "yr yrs", "year")
    add("unit", "hour hours hr hrs minute minutes min mins", "hour")
    add("part", "morning afternoon evening night noon midday mornings afternoons evenings nights", "day")
    add("today", "today tonight yesterday tomorrow tmrw yday", 0, 0, -1, 1, 1, -1)
    add("last", "last previous past", "last", "last", "past")
    add("next", "next coming upcoming following", "next", "next", "next", "following")
    add("this", "this current")
    add("until", "until till til")
    add("to", "to through thru")
    add("during", "during throughout")
    add("at", "at for over around")
    add("every", "every each")
    add("about", "about approximately roughly nearly almost circa exactly")
    add("early", "early", 0)
    add("start", "start beginning middle end", 0, 0, 1, 2)
    add("mid", "mid", 1)
    add("late", "late", 2)
    add("earlier", "earlier later")
    add("nth", "first second third fourth fifth", 1, 2, 3, 4, 5)
    add("a", "a an", 1)
    add("number", "one two three four five six seven eight nine ten eleven twelve", *range(1, 13))
    add("number", "fifteen twenty thirty forty fifty", 15, 20, 30, 40, 50)
    add("vague", "couple few several", (2, 2), (2, 5), (3, 7))
    add("decade", "fifties sixties seventies eighties nineties", 1950, 1960, 1970, 1980, 1990)
    add("own", "my your his her our their its")
    for word in _BY_THEMSELVES.split():
        table[word] = (word, word)
    return table


_BY_THEMSELVES = "the ago back before after since by between and from in on of half now other or so dozen"  # kinds
KINDS = _table()
_AMBIGUOUS = {"march", "april", "may", "june", "august", "jan", "mar"}
_NO_NAMES = {"may", "march", "mar", "august"}  # which, in lower case, are other words
_ABBREVIATED = {"month", "name", "verb", "wday"}


def _spelt(name: str) -> str:
    return re.escape(name).replace(r"\ ", r"\s+").replace("'", "['’]?").replace("st\\s", "(?:st\\.?|saint)\\s")


_FEASTS = "|".join(_spelt(name) for name in sorted(HOLIDAYS, key=len, reverse=True))
_NAMED = {re.sub(r"\W", "", name): name for name in HOLIDAYS}
_TOKEN = re.compile(
    rf"""(?P<holiday>\b(?i:{_FEASTS})\b)
    |(?P<quarter>\b[Qq][1-4]\b)
    |(?P<word>[^\W\d_]+(?:['’][^\W\d_]+)?)
    |(?<![\w./-])(?:
        (?P<week>\d{{4}}-?W\d\d)(?:-[1-7])?(?!\w)
        |(?P<ymd>\d{{4}}([-/.])\d\d?\6\d\d?)(?:T[\d:.]+(?:Z|[+-][\d:]+)?)?(?![\d/-]|\.\d)
        |(?P<dmy>\d\d?([./-])\d\d?\8\d{{4}}|\d\d?/\d\d?/\d\d)(?![\w/-]|\.\d)
        |(?P<ym>\d{{4}}-(?:0[1-9]|1[0-2]))(?![\w/-]|\.\d)
        |(?P<pair>\d\d?/\d\d?)(?![\w/-]|\.\d)
    )
    |(?P<decade>['’]?\b(?:1[89]|20)?\d0['’]?s\b)
    |(?P<ordinal>\b\d\d?(?:st|nd|rd|th)\b)
    |(?P<number>\d+(?:[.,:]\d+)*)(?P<glued>[^\W\d]\w*)?
    |(?P<stop>\n\s*(?:\n\s*|[-*•>|\#]\s?)|[.!?;:…])
    |(?P<comma>,)|(?P<dash>[–—-])|(?P<mark>[^\s])""",
    re.VERBOSE,
)
_HEARTS = frozenset(
    word for word, (kind, _) in KINDS.items()
    if kind in ("month", "weekday", "weekdays", "wday", "season", "seasons", "fall", "unit", "part", "today", "ago",
                "decade")
)  # fmt: skip
# a feast's name has such a word in it ("Good Friday", "All Saints' Day"), or begins with one of its own
_HEADS = _HEARTS | {split[0] for name in HOLIDAYS if _HEARTS.isdisjoint(split := re.findall("[a-z]+", name))}
REACH = 40  # characters on both sides: no part of a mention is farther from the next such word
_WORD = re.compile(r"[a-z]+")
_FIGURES = re.compile(r"\d{4}|\d[./-]\d|\d0['’]?s|\d(?:st|nd|rd|th)\b|Q[1-4]\b")


def windows(text: str) -> list[tuple[int, int]]:
    """Where a mention of time may be: around each word or figure that can be the heart of one. Mostly nowhere."""
    lowered = text.lower()
    hearts = []
    if len(lowered) == len(text) and not _HEADS.isdisjoint(_WORD.findall(lowered)):
        hearts = [match.span() for match in _WORD.finditer(lowered) if match.group() in _HEADS]
    hearts += [match.span() for match in _FIGURES.finditer(text)]
    found: list[tuple[int, int]] = []
    for start, end in sorted(hearts):
        start, end = _to_space(text, start, -1), _to_space(text, end, 1)
        if found and start <= found[-1][1]:
            found[-1] = found[-1][0], max(end, found[-1][1])
        else:
            found.append((start, end))
    return found


def _to_space(text: str, at: int, step: int) -> int:
    """The white space some way off, or where the text begins or ends."""
    far = at + step * REACH
    if step < 0:
        return text.rfind(" ", 0, far) + 1 if far > 0 else 0
    space = text.find(" ", far)
    return len(text) if space < 0 else space


def tokens(text: str, parts: Iterable[tuple[int, int]]) -> list[Token]:
    """The words, numbers and marks in those parts of `text`, in order; of several other words in a row the last."""
    found: list[Token] = []
    for begin, stop in parts:
        found.append(Token(begin, begin, "word"))
        for match in _TOKEN.finditer(text, begin, stop):
            token = _token(match, text)
            if token.kind == "stop" and text[token.start] == "." and _shortened(found[-1], token.start):
                continue
            if token.kind == "word" == found[-1].kind:
                found.pop()
            found.append(token)
    return found


def _token(match: re.Match[str], text: str) -> Token:
    shape = match.lastgroup or "mark"
    start, end = match.span()
    if shape == "word":
        return _word(start, end, match.group())
    if shape in ("stop", "comma", "dash", "mark"):
        return Token(start, end, shape)
    return _figure(start, end, shape, match.group(), text)


def _shortened(token: Token, at: int) -> bool:
    """Whether the full stop at `at` belongs to the token before it: "Sept."."""
    return token.kind in _ABBREVIATED and token.end == at and token.end - token.start <= 5


def _word(start: int, end: int, text: str) -> Token:
    lowered = text.lower()
    if (known := KINDS.get(lowered)) is None and "'" not in text and "’" not in text:
        return Token(start, end, "word")
    bare = lowered.removesuffix("'s").removesuffix("’s")
    kind, value = known or KINDS.get(bare, ("word", None))
    if kind == "month" and bare in _AMBIGUOUS:
        kind = "verb" if text[0].islower() and bare in _NO_NAMES else "name"
    if bare != lowered and kind not in ("today", "unit", "weekday", "month", "season"):
        return Token(start, end, "word")
    return Token(start, end, kind, value)


def _figure(start: int, end: int, shape: str, text: str, whole: str) -> Token:
    if shape == "holiday":
        return Token(start, end, "holiday", _NAMED[re.sub(r"\W|(?<=^s)ain(?=t\b)", "", text.lower())])
    if shape in ("ymd", "dmy", "pair"):
        return _written(start, end, shape, text.partition("T")[0])
    if shape == "week":
        found = iso_week(int(text[:4]), int(text[text.index("W") + 1 :][:2]))
        return Token(start, end, "isoweek", found) if found else Token(start, end, "word")
    if shape == "ym":
        return Token(start, end, "yearmonth", (int(text[:4]), int(text[5:])))
    if shape == "decade":
        number = int(re.sub(r"\D", "", text))
        return Token(start, end, "decade" if number >= 50 else "word", number if number > 99 else 1900 + number)
    if shape == "quarter":
        return Token(start, end, "quarter", int(text[1]))
    if shape == "ordinal":
        return Token(start, end, "ordinal", int(text[:-2]))
    return _number(start, end, text, whole) if shape == "number" else Token(start, end, "word")


def _number(start: int, end: int, text: str, whole: str) -> Token:
    priced = whole[start - 1 : start] in tuple("$€£¥#@/") or whole[end : end + 1] in tuple("%€£$°/")
    if not text.isascii() or not text.isdigit() or priced:
        return Token(start, end, "word")
    if len(text) == 4:
        return Token(start, end, "year" if FIRST_YEAR <= int(text) <= LAST_YEAR else "word", int(text))
    return Token(start, end, "digits", int(text)) if len(text) <= 3 else Token(start, end, "word")


def _written(start: int, end: int, shape: str, text: str) -> Token:
    """A date in figures. Of 07/05/2023 nobody can tell which is the month: both readings. 7.5.2023 is in May."""
    parts = [int(part) for part in re.split(r"\D", text)]
    if shape == "pair":
        one, other = parts
        plain = min(one, other) <= 12 < max(one, other) <= 31 and (one, other) != (24, 7)
        return Token(start, end, "pair", tuple(sorted(parts))) if plain else Token(start, end, "word")
    if shape == "ymd":
        found = [day(parts[0], parts[1], parts[2])]
    else:
        year = parts[2] + (2000 if parts[2] < 70 else 1900 if parts[2] < 100 else 0)
        found = [day(year, parts[1], parts[0]), None if "." in text else day(year, parts[0], parts[1])]
    readings: tuple[Days, ...] = tuple(sorted({one for one in found if one}))
    return Token(start, end, "date", readings) if readings else Token(start, end, "word")
