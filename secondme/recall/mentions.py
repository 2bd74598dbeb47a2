"""Where a question names somebody: the words in it that are names, and written like names.

A capital within a sentence tells a name. Where a question has no such capital, or nothing but, a word counts unless it
is one of English as well ("will", "rose"). A longer name goes before a shorter one in it. "San" is no Sandra in "San
Diego", nor is "Kevin Berg" the Berg that is known. Knows words and how they are written; who is called so it asks.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Protocol

from secondme.recall.names import MONTHS, ORDINARY, TITLES, folded

MOST_WORDS = 6  # of a name in a question
MOST_TOKENS = 400  # of a question; a longer text is searched, not read for names
_TOKEN = re.compile(r"[^\W_]+")
_MAIL = re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
POSSESSIVE = re.compile(r"['’]s?(?![^\W_])", re.IGNORECASE)
_BETWEEN = re.compile(r"[ \t\n]{1,2}|[-'’_.]|\. ")
_BEGINS = re.compile(r"(?:^|[.?!:]\s|\n)[\s\"'“‘(¿¡-]*$")
_QUOTED = re.compile(r"\"[^\"]+\"|“[^”]+”|«[^»]+»|(?<!\w)['‘][^'’‘]{2,}['’](?!\w)")
_DATED = frozenset(
    ("in", "since", "until", "till", "of", "by", "during", "last", "next", "this", "early", "late", "mid")
)
_PLACES = re.compile(
    r"(?:lake|mount|mt|saint|st|fort|port|new|san|los|las|el|street|road|avenue|square|university|college|hospital|school|"
    r"airport|station|park|island|islands|river|cathedral|church|museum|bridge|tech|state|city|county|beach|prize|award|"
    r"museum|theatre|theater|hotel|stadium)"
)
_ARTICLES = frozenset(("the", "a", "an", "every"))
_NO_NAME = frozenset(("what", "who", "it", "let", "that", "there", "here", "how", "where", "when"))  # before 's


class Everybody(Protocol):
    """Who is called what. Words are folded; people are numbers of handles."""

    def called(self, sequence: Sequence[str], *, leading: bool = False) -> list[int]: ...
    def shortened(self, word: str) -> list[int]: ...
    def reached(self, address: str) -> list[int]: ...
    def one_word(self, n: int) -> bool: ...


@dataclass(frozen=True, slots=True)
class Mention:
    """Somebody in a question. `name` stands at the end of [`start`, `end`) but for a possessive 's."""

    start: int
    end: int
    name: str
    handles: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Token:
    """A word of a question. `begins`: a sentence. `owned`: where its possessive 's ends, 0 if it has none."""

    start: int
    end: int
    word: str
    capital: bool
    begins: bool
    owned: int


def mentions(question: str, everybody: Everybody) -> list[Mention]:
    """In the order of the text. None overlaps another."""
    found = [*_addresses(question, everybody), *_Reading(question, everybody).names()]
    return sorted(found, key=lambda mention: mention.start)


def _addresses(question: str, everybody: Everybody) -> Iterator[Mention]:
    for match in _MAIL.finditer(question):
        if handles := everybody.reached(f"mailto:{match[0].lower()}"):
            owned = POSSESSIVE.match(question, match.end())
            yield Mention(match.start(), owned.end() if owned else match.end(), match[0], tuple(handles))


class _Reading:
    """One question being read for names, from left to right."""

    def __init__(self, question: str, everybody: Everybody) -> None:
        self.question = question
        self.everybody = everybody
        addresses = [match.span() for match in _MAIL.finditer(question)]
        self.tokens = [t for t in tokens(question) if not any(a <= t.start < b for a, b in addresses)]
        within = [t for t in self.tokens if not t.begins and t.word != "i"]
        # whether capitals tell nothing: there are none, or nothing else
        self.plain = not any(t.capital for t in within) or (len(within) > 3 and all(t.capital for t in within))
        self.titles = [match.span() for match in _QUOTED.finditer(question)]

    def names(self) -> Iterator[Mention]:
        at = 0
        while at < len(self.tokens):
            longest = min(MOST_WORDS, len(self.tokens) - at)
            for length in range(longest, 0, -1):
                if handles := self._named(at, length):
                    yield self._mention(at, length, handles)
                    at += length - 1
                    break
            at += 1

    def _mention(self, at: int, length: int, handles: Sequence[int]) -> Mention:
        first, last = self.tokens[at], self.tokens[at + length - 1]
        start = self.tokens[at - 1].start if self._titled(at) else first.start
        return Mention(start, last.owned or last.end, self.question[first.start : last.end], tuple(handles))

    def _named(self, at: int, length: int) -> list[int]:
        part = self.tokens[at : at + length]
        if not self._together(part) or not self._written_so(at, length) or self._quoted(part):
            return []
        # in plain writing "calendar" is no mention of "Google Calendar"
        leading = self.plain and length == 1 and not part[0].owned and not self._titled(at)
        handles = self.everybody.called([token.word for token in part], leading=leading)
        if not handles and length == 1 and self._may_be_short(part[0]):
            handles = self.everybody.shortened(part[0].word)
        return [] if length == 1 and handles and self._of_a_longer_name(at, handles) else handles

    def _together(self, part: Sequence[Token]) -> bool:
        return all(not a.owned and _BETWEEN.fullmatch(self.question, a.end, b.start) for a, b in pairwise(part))

    def _titled(self, at: int) -> bool:
        """Whether "Dr" or "Aunt" stands before it."""
        if not at or (title := self.tokens[at - 1]).word not in TITLES or title.owned:
            return False
        return bool(re.fullmatch(r"\.? ", self.question[title.end : self.tokens[at].start]))

    def _quoted(self, part: Sequence[Token]) -> bool:
        """Whether it is a word in a title, and not the whole of it."""
        begin, end = part[0].start, part[-1].end
        return any(a < begin and end < b and b - a > end - begin + 2 for a, b in self.titles)

    def _written_so(self, at: int, length: int) -> bool:
        part = self.tokens[at : at + length]
        if length > 1:
            return all(token.capital for token in part) or not all(token.word in ORDINARY for token in part)
        token, before = part[0], self.tokens[at - 1] if at else None
        if before and (before.word in _ARTICLES or (before.owned and token.word in ORDINARY)):
            return False
        if token.word in MONTHS and not token.owned and self._dated(at):
            return False
        if self._titled(at):
            return token.capital or token.word not in ORDINARY
        if self.plain or token.begins:
            owned = token.owned and token.word not in _NO_NAME
            return (token.capital or self.plain) and (token.word not in ORDINARY or bool(owned))
        return token.capital

    def _dated(self, at: int) -> bool:
        after = self.question[self.tokens[at].end :].lstrip()
        return bool(at and self.tokens[at - 1].word in _DATED) or after[:1].isdigit()

    def _may_be_short(self, token: Token) -> bool:
        """Whether it is written so that it can only be a name: no "CAR", no "Car_id", no sentence's begin."""
        around = self.question[token.start - 1 : token.start] + self.question[token.end : token.end + 1]
        sure = token.capital and not self.plain and (not token.begins or bool(token.owned))
        return sure and "_" not in around and not self.question[token.start : token.end].isupper()

    def _of_a_longer_name(self, at: int, handles: Sequence[int]) -> bool:
        """Whether the next or the last word makes it somebody's or something's else: "Kevin Berg", "Lake Victoria"."""
        near = [one for one in (self._beside(at, -1), self._beside(at, 1)) if one]
        if any(_PLACES.fullmatch(one.word) for one in near):
            return True
        others = [one for one in near if one.word not in ORDINARY | TITLES or self.everybody.called([one.word])]
        return bool(others) and not all(map(self.everybody.one_word, handles))

    def _beside(self, at: int, step: int) -> Token | None:
        """The word before or after, if it is written as a part of the same name."""
        if self.plain or not 0 <= at + step < len(self.tokens):
            return None
        left, right = sorted((self.tokens[at], self.tokens[at + step]), key=lambda token: token.start)
        other = self.tokens[at + step]
        between = self.question[left.end : right.start]
        if between == ". " and left.word in ("st", "mt", "ft"):
            return left if other is left else None
        return other if other.capital and not other.begins and not left.owned and between in (" ", "-") else None


def tokens(question: str) -> list[Token]:
    """The words of a question, MOST_TOKENS at most."""
    found: list[Token] = []
    for match in _TOKEN.finditer(question):
        before = question[match.start() - 1 : match.start()]
        if before in ("'", "’") and found and found[-1].owned == match.end():
            continue  # the s of a possessive
        if len(found) == MOST_TOKENS:
            break
        owned = POSSESSIVE.match(question, match.end())
        if owned and len(owned[0]) == 1 and (match[0][-1] not in "sSxXzZ" or before in ("'", "‘", "’")):
            owned = None  # a quotation's end
        capital = match[0][0].isupper() or before == "@"
        begins = bool(_BEGINS.search(question, max(0, match.start() - 8), match.start()))
        found.append(Token(match.start(), match.end(), folded(match[0]), capital, begins, owned.end() if owned else 0))
    return found
