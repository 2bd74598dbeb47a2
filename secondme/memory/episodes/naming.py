"""What an episode is called: as its owner called it, else by the words that tell most.

A note has its title and a mail its subject, unless that is no more than a date or a file's name; then, and in a
conversation, the title is made of the phrases that tell most (telling.py), the best first, each in the text's own
spelling. No sentence is made up. A title from elsewhere, as of a language model, is taken only if `verified`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from secondme.memory.episodes.ordinary import SILENT
from secondme.memory.episodes.telling import Telling, root, roots, tokens
from secondme.timewords import mentions
from secondme.timewords.words import MONTHS, WEEKDAYS

MOST_PHRASES = 3
ENOUGH = 0.55  # of the best phrase's worth
LONGEST = 70  # characters
_BETWEEN, _HEADINGS = " — ", " › "
_NO_TITLE = re.compile(
    r"(?:untitled|new note|note|img|image|scan|screenshot|document|doc|untitled document)[\W\d_]*", re.I
)
_CALENDAR = frozenset(word for words in (MONTHS, WEEKDAYS) for word in words) | {"week", "day", "of", "the"}
_PLACE = re.compile(r"^(?:Where|Location|Place|Ort|Lieu|Lugar):[ \t]*(\S[^\n]{0,60})", re.M)


def title(context: str, kind: str, found: Telling) -> str:
    """`context` is what the passages have in common of their contexts, without speaker and date."""
    given = given_title(context) if kind != "message" else ""
    return given or named(found)


def given_title(context: str) -> str:
    """The title that its owner gave, with the nearest heading that says something else; "" if it is just a date."""
    headings = [part.strip() for part in context.split(_HEADINGS) if part.strip()]
    telling = [part for part in headings if not _is_date(part) and not _NO_TITLE.fullmatch(part)]
    if not telling:
        return ""
    first, last = telling[0], telling[-1]
    new = _said(last) - _said(first)
    return shortened(f"{first}: {last}" if new and last != first else first)


def _said(text: str) -> set[str]:
    return {root(token.plain) for token in tokens(text) if token.plain not in SILENT and not token.plain[0].isdigit()}


def _is_date(heading: str) -> bool:
    """Whether a heading is little else than a day, with or without its year."""
    found = mentions(heading)
    most = 2 * sum(one.end - one.start for one in found) > len(heading)
    return most or all(word in _CALENDAR or word[0].isdigit() for word in re.findall(r"\w+", heading.casefold()))


def named(found: Telling) -> str:
    """The phrases that tell most, none with a word of another."""
    chosen: list[str] = []
    taken = set[str]()
    best = max(found.phrases.values(), default=0.0)
    for phrase, worth in _ordered(found.phrases):
        words = roots(phrase)
        if len(chosen) == MOST_PHRASES or worth < ENOUGH * best:
            break
        if not words & taken and len(", ".join([*chosen, phrase])) <= LONGEST:
            chosen.append(phrase)
            taken |= words
    text = ", ".join(chosen)
    return text[:1].upper() + text[1:]


def _ordered(phrases: Mapping[str, float]) -> Sequence[tuple[str, float]]:
    return sorted(phrases.items(), key=lambda pair: (-pair[1], pair[0]))


def shortened(text: str, limit: int = LONGEST) -> str:
    """On one line, cut between words."""
    text = " ".join(text.split())
    return text if len(text) <= limit else f"{text[: limit - 1].rsplit(' ', 1)[0].rstrip(',;:-– ')}…"


def place(texts: Sequence[str]) -> str:
    """Where it was, if a line says so ("Where: City office")."""
    for text in texts:
        if line := _PLACE.search(text):
            return line[1].strip()
    return ""


def verified(proposed: str, texts: Sequence[str]) -> bool:
    """Whether every word of a title or a line that says something, and every number, stands in the passages."""
    there = {stem for text in texts for stem in roots(text)}
    said = [token for token in tokens(proposed) if token.plain not in SILENT]
    return bool(said) and all(root(token.plain) in there for token in said)
