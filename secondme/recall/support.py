"""Does a sentence say no more than what it cites? Rules that any model's text must pass.

Every number, date and time of the sentence must stand in the cited text; so must every name; most of its content
words must be there or in the question; and one of the two must not deny what the other says. The rules are strict on
purpose: a true sentence that is struck costs less than a false one that is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from secondme.recall.lexical import STOP_WORDS, content_words, stem, stems, words
from secondme.sentences import sentences

ENOUGH = 0.6  # share of the content words that must be supported
_NUMBER = re.compile(r"\d+(?:[.,:/-]\d+)*")
_NAME = re.compile(r"\b[A-ZÀ-Þ][\w’'-]*")
_NEGATION = frozenset(["not", "no", "never", "none", "nobody", "nothing", "neither", "nor", "without", "cannot"])
_MARK = re.compile(r"\s*\[(\d{1,3})\]")


def citation_marks(sentence: str) -> tuple[str, list[int]]:
    """The sentence without its `[n]` marks, and the numbers, in order."""
    numbers = [int(n) for n in _MARK.findall(sentence)]
    return _MARK.sub("", sentence).strip(), list(dict.fromkeys(numbers))


def objection(sentence: str, cited: Sequence[str], question: str = "", replied: Sequence[str] = ()) -> str | None:
    """Why `sentence` is not supported by the texts `cited`, or None if it is.

    `question` may lend its words, but no number and no name: repeating the question is not yet an answer. What the
    cited ones reply to (`replied`) may lend all three, as long as some of what is said is the reply's.
    """
    if not cited:
        return "it cites nothing"
    text = " ".join([*cited, *replied])
    numbers = set(_NUMBER.findall(text))
    if missing := [n for n in _NUMBER.findall(sentence) if n not in numbers]:
        return f"{missing[0]} is not in what it cites"
    there = stems(text)
    if missing := [name for name in _names(sentence) if not stems(name) <= there]:
        return f"{missing[0]} is not in what it cites"
    said = {stem(word) for word in content_words(sentence)}
    known = there | stems(question)
    if said and len(said & known) / len(said) < ENOUGH:
        return "most of its words are not in what it cites"
    if not said & stems(" ".join(cited)):
        return "it says nothing of what it cites"
    if _denies(sentence) != _denies(_nearest(said, cited)) and not _denies(question):
        return "it denies what it cites, or the other way round"
    return None


def _nearest(said: set[str], cited: Sequence[str]) -> str:
    """The sentence of the cited texts that shares most with what is said: another one's "not" is no denial of it."""
    parts = [text[a:b] for text in cited for a, b in sentences(text)]
    return max(parts, key=lambda part: len(said & stems(part)), default="")


def is_drawn_from(short: str, text: str) -> bool:
    """Whether every number and every word of weight in `short` stands in `text`, which it does not contradict."""
    wanted = {stem(word) for word in content_words(short)}
    numbers = set(_NUMBER.findall(short))
    there = bool(wanted) and wanted <= stems(text) and numbers <= set(_NUMBER.findall(text))
    return there and _denies(short) == _denies(text)


def _names(sentence: str) -> list[str]:
    """Capitalised words, but for the first one if it is an ordinary word, and for function words."""
    found = []
    for match in _NAME.finditer(sentence):
        first = not sentence[: match.start()].strip(" \"'“‘*")
        if match.group().casefold() not in STOP_WORDS and not first:
            found.append(match.group())
    return found


def _denies(text: str) -> bool:
    return any(word in _NEGATION or word.endswith(("n't", "n’t")) for word in words(text))
