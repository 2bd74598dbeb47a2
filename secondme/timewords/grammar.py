"""Rules over kinds of words: how they are written, and how they take the tokens of a text together.

A rule's pattern is a regular expression whose letters are kinds of tokens ("the? (last|next) unit"); it runs over the
text's kinds, one character each, so that a passage is gone through in microseconds. What a rule makes of its tokens
stands for them in the next pass, of the kind `x`: "the Sunday before 25 May" is an offset from an x.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from secondme.timewords.days import Days
from secondme.timewords.words import Token

Grain = Literal["day", "week", "month", "season", "year", "decade"]
Relation = Literal["in", "since", "until", "before", "after"]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a rule made of some tokens. `days`: one stretch, or each of an ambiguous one's.

    `floating` gives the stretch in a year of the calendar where the words name none. `loose` is a weekday's number or
    "weekend": such a word may also be the measure of an offset ("the Sunday before").
    """

    days: tuple[Days, ...]
    grain: Grain = "day"
    relative: bool = False
    relation: Relation = "in"
    floating: Callable[[int], Days | None] | None = None
    loose: int | str | None = None


@dataclass(frozen=True, slots=True)
class Scene:
    """What words are read against: the day on which they were written (None: not known), and the text, whose tenses
    tell past from future. `past`: what no tense decides lies behind rather than as near as can be."""

    text: str
    today: int | None
    past: bool = False

    def direction(self, token: Token) -> int:
        """-1 behind, 1 ahead, 0 not said: by the tense that stands nearest in the same sentence."""
        start, end = _sentence(self.text, token.start, token.end)
        best, side = 10**9, 0
        for cue in _CUE.finditer(self.text, start, end):
            apart = max(token.start - cue.end(), cue.start() - token.end)
            if apart >= 0 and apart < best:
                best, side = apart, 1 if cue.lastgroup == "ahead" else -1
        return side or (-1 if self.past else 0)


_PAST = """was were did didn't had went got made took came saw said told met bought ate left felt found gave ran began
thought brought became spent lost won sent kept drove flew wrote spoke fell broke built caught chose drew drank forgot
grew heard held knew led paid rode sang slept sold stood swam taught threw understood woke wore been passed died"""
_CUE = re.compile(
    r"(?P<ahead>\b(?:will|won['’]t|shall|gonna|going to|want(?:s|ed)? to|need(?:s|ed)? to|ha(?:ve|s) to"
    r"|plan(?:s|ned|ning)?|upcoming|looking forward|can['’]t wait|due|deadline|expect|hop(?:e|ing) to|must|should"
    r"|let['’]s|let me|see you|until then|appointment|reminder|remind|don['’]t forget|scheduled|booked)\b|['’]ll\b"
    r"|(?:['’](?:m|re|s)|\b(?:am|is|are)(?: i| we| you)?) (?!been)\w+ing\b)"
    rf"|(?P<behind>\b(?:{'|'.join(_PAST.split())}|(?!need|indeed|speed|hundred|embed|exceed|proceed|succeed)"
    r"\w{2,}ed)\b)",
    re.IGNORECASE,
)
_END_OF_SENTENCE = re.compile(r"[.!?\n]")


def _sentence(text: str, start: int, end: int) -> tuple[int, int]:
    """Where the sentence around [start, end) begins and ends; a look at its surroundings, not a parse."""
    begin = max(text.rfind(mark, max(0, start - 200), start) for mark in ".!?\n")
    stop = _END_OF_SENTENCE.search(text, end, end + 200)
    return max(begin + 1, start - 200, 0), stop.start() if stop else min(len(text), end + 200)


class Taken(tuple[Token, ...]):
    """The tokens that a rule's pattern took."""

    __slots__ = ()

    def all(self, *kinds: str) -> list[Any]:
        """The values of those of these kinds, in order."""
        return [token.value for token in self if token.kind in kinds]

    def one(self, *kinds: str) -> Any:
        """The first such value, or None."""
        return next((token.value for token in self if token.kind in kinds), None)

    def has(self, *kinds: str) -> bool:
        return any(token.kind in kinds for token in self)


Action = Callable[[Taken, Scene], Reading | None]


class _Letters(dict[str, str]):
    """The character that stands for each kind; far from those that mean something in a pattern."""

    def __missing__(self, kind: str) -> str:
        letter = self[kind] = chr(0x4E00 + len(self))
        return letter


_LETTERS = _Letters()


def pattern(written: str) -> str:
    """A rule's pattern as a regular expression over letters."""
    plain = re.sub(r"[a-z]+", lambda kind: _LETTERS[kind.group()], written)
    return re.sub(r"\((?!\?)", "(?:", plain.replace(" ", ""))


def letters_of(tokens: Sequence[Token]) -> str:
    return "".join([_LETTERS[token[2]] for token in tokens])


class Rules:
    """Rules in order of preference: where several fit at one place, the first that makes something of it."""

    def __init__(self, *rules: tuple[str, Action]) -> None:
        self._actions = [action for _, action in rules]
        self._single = [re.compile(pattern(written)) for written, _ in rules]
        self._any = re.compile("|".join(f"(?P<r{n}>{pattern(written)})" for n, (written, _) in enumerate(rules)))

    def apply(self, tokens: Sequence[Token], scene: Scene) -> list[Token]:
        """The tokens, with what a rule took together as one token of the kind `x` (`xw`, `xe`: a loose one)."""
        letters = letters_of(tokens)
        made: list[Token] = []
        done = at = 0
        while match := self._any.search(letters, at):
            start = match.start()
            for end, reading in self._readings(letters, start, int((match.lastgroup or "r0")[1:]), tokens, scene):
                made += tokens[done:start]
                made.append(Token(tokens[start].start, tokens[end - 1].end, _kind(reading), reading))
                done = at = end
                break
            else:
                at = start + 1
        return [*made, *tokens[done:]] if done else list(tokens)

    def _readings(
        self, letters: str, start: int, rule: int, tokens: Sequence[Token], scene: Scene
    ) -> Iterator[tuple[int, Reading]]:
        for n in range(rule, len(self._single)):
            if (match := self._single[n].match(letters, start)) and match.end() > start:
                reading = self._actions[n](Taken(tokens[start : match.end()]), scene)
                if reading is not None:
                    yield match.end(), reading


def _kind(reading: Reading) -> str:
    return "x" if reading.loose is None else "xe" if reading.loose == "weekend" else "xw"


def nearest(make: Callable[[int], Days | None], scene: Scene, token: Token, year: int) -> Days | None:
    """Which year's is meant where none is named: the last one, the next one, or the nearest, as the tense has it."""
    today = scene.today
    if today is None:
        return None
    found = sorted(one for n in range(year - 1, year + 2) if (one := make(n)))
    if not found:  # 29 February
        found = sorted(one for n in range(year - 8, year + 9) if (one := make(n)))
    direction = scene.direction(token)
    behind = [one for one in found if one[0] <= today]
    ahead = [one for one in found if one[1] >= today]
    if direction < 0 and behind:
        return behind[-1]
    if direction > 0 and ahead:
        return ahead[0]
    return min(found, key=lambda one: max(one[0] - today, today - one[1], 0), default=None)


def floating(make: Callable[[int], Days | None], grain: Grain, taken: Taken, scene: Scene, year: int) -> Reading:
    """A stretch whose year is not named; without a day to read it against, it waits for a neighbour with a year."""
    found = nearest(make, scene, taken[0], year)
    return Reading((found,) if found else (), grain, True, floating=make)
