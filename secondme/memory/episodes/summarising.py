"""The lines that stand for an episode: its own sentences, word for word, each from one passage.

A sentence counts by the words that tell in the episode (telling.py), as a share of what it says; questions, greetings
and table rows count less, a passage in the middle of what the episode is about counts more. The best are taken one
after the other, each by what it says that the ones before do not (maximal marginal relevance: Carbonell and Goldstein
1998). Nothing is written that a passage does not say.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from secondme.memory.episodes.telling import Telling, asides, of_fields, root, tokens
from secondme.sentences import sentences
from secondme.store.episodes import Line

PASSAGES_A_LINE, CHARACTERS_A_LINE = 4, 500
MOST_LINES = 5
LONGEST = 220  # characters of a line
SHORT = 4  # words; a shorter sentence says little
FULL = 12  # words of a sentence that is as long as a line should be
QUESTION, DRY = 0.35, 0.1  # what is left of the worth of such a sentence
_MARKS = re.compile(r"^(?:[-*+•>#|]+[ \t]+|\[[ xX]\][ \t]+|\d{1,3}[.)][ \t]+)+")
_DRY = re.compile(r"https?://\S+$|[\w /-]{1,24}: ?\S.{0,40}$|```|.* [|·=<>{}]{1,2} ")
_FIELD = re.compile(r"[A-Z]\w{1,20}: ")
_OWNER = re.compile(r"\b(?:I|I'm|I've|I'll|I'd|my|we|our|we're)\b")


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that may become a line. `order` is its place in the episode."""

    line: Line
    words: frozenset[str]
    worth: float
    order: int


def lines(
    passages: Sequence[tuple[str, str, str]], weights: Sequence[float], found: Telling, kind: str = "note"
) -> tuple[Line, ...]:
    """The lines of an episode, the most telling first. `passages` are (id, text, trust); `weights` how central each
    is, 0..1; `kind` is their items'. What an assistant wrote counts only where nobody else says
    anything. An event's fields are not told again: its title, time and place are."""
    own = [trust != "machine" for _, _, trust in passages]
    some = [
        sentence
        for at, ((id_, text, _), weight) in enumerate(zip(passages, weights, strict=True))
        if own[at] or not any(own)
        for sentence in _sentences(id_, text, weight, found, at)
    ]
    characters = sum(len(text) for _, text, _ in passages)
    wanted = min(MOST_LINES, 1 + max(len(passages) // PASSAGES_A_LINE, characters // CHARACTERS_A_LINE))
    if kind == "event":
        some = [one for one in some if len(one.line.text.split()) >= SHORT and not _FIELD.match(one.line.text)]
    return tuple(one.line for one in chosen(some, wanted, found.words))


def chosen(some: Sequence[Sentence], wanted: int, weight: Mapping[str, float]) -> list[Sentence]:
    """The best `wanted`, each counted by what the ones before it do not say."""
    rest, taken, told = list(some), list[Sentence](), set[str]()
    while rest and len(taken) < wanted:
        best = max(rest, key=lambda one: (one.worth * _new(one, told, weight), -one.order))
        if best.worth * _new(best, told, weight) <= 0:
            break
        rest.remove(best)
        taken.append(best)
        told |= best.words
    return taken


def _new(one: Sentence, told: set[str], weight: Mapping[str, float]) -> float:
    """Which share of what a sentence tells has not been told yet."""
    total = sum(weight.get(word, 0.1) for word in one.words)
    return sum(weight.get(word, 0.1) for word in one.words - told) / total if total else 0.0


def _sentences(id_: str, text: str, weight: float, found: Telling, order: int) -> list[Sentence]:
    some, apart = [], asides(text)
    for begin, end in sentences(text):
        told = clean(text[begin:end])
        words = tokens(told)
        telling = frozenset(root(token.plain) for token in words if not token.silent)
        worth = sum(found.words.get(word, 0.0) for word in telling) / max(len(words), FULL) ** 0.5
        if telling and worth > 0 and not (of_fields(text) or any(a <= begin < b for a, b in apart)):
            line = Line(told, id_)
            some.append(Sentence(line, telling, worth * (0.5 + weight) * form(told, len(words)), order))
    return some


def form(sentence: str, words: int) -> float:
    """What its form leaves of a sentence's worth."""
    worth = 1.0
    if sentence.rstrip("\"'”’) ").endswith("?"):
        worth *= QUESTION
    if _DRY.match(sentence):
        worth *= DRY
    if words < SHORT:
        worth *= 0.5
    if _OWNER.search(sentence):
        worth *= 1.2
    if any(letter.isdigit() for letter in sentence):
        worth *= 1.1
    return worth


def clean(sentence: str) -> str:
    """A sentence as a line: on one line, without list marks, cut between words if it is long."""
    text = " ".join(_MARKS.sub("", sentence).split())
    return text if len(text) <= LONGEST else text[:LONGEST].rsplit(" ", 1)[0]
