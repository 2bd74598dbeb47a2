"""What a model may choose from in a passage: the clauses it may quote, and whom each of them may be about.

Questions, headings, commands and what is said about nobody are no choices, nor is anything where it is not known whom
"I" means, or that a machine wrote. Nor is any part of a passage that speaks to a machine of what it should do or
remember: what a passage says is data, and cannot give orders. Knows spans and names; nothing of models and grammars.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from secondme.knowledge import Told
from secondme.memory.facts.guard import around
from secondme.memory.facts.prose.clauses import clauses
from secondme.memory.facts.prose.parsing import Clause
from secondme.sentences import sentences

MOST_CLAUSES = 16  # a passage has 3 to 8
SPEAKER = "I"  # as a subject: whom "I" means in the passage

_FIRST = re.compile(
    r"(?<![\w’'])(?:I|[Ww]e|[Mm]e|[Uu]s|[Mm]y|[Oo]ur|[Mm]ine|[Oo]urs|[Mm]yself)(?![\w’']*\w)|(?<!\w)I['’]"
)
_CAPITALS = r"[A-ZÀ-Þ][a-zà-ÿ’'-]+"
_NAMED = re.compile(rf"(?:(?:[Mm]y|[Oo]ur) (?:[a-z-]+ ){{1,2}})?({_CAPITALS}(?: {_CAPITALS}){{0,2}})")
_TO_MACHINE = re.compile(
    r"\b(?:ignore|disregard|forget|override|bypass)\b.{0,40}\b(?:instruction|rule|prompt|above|previous|earlier|everything)"
    r"|\b(?:system|developer) (?:prompt|message)|\byou are (?:now )?(?:an? )?(?:AI|assistant|language model|chatbot)\b"
    r"|\b(?:the |this |an? )(?:AI|assistant|language model|chatbot)\b.{0,40}\b(?:must|should|shall|will|has to)\b"
    r"|\b(?:remember|note|record|store|save|add|write|output|print|reply|respond|answer)\b.{0,30}"
    r"\b(?:that the (?:owner|user)|the (?:owner|user)['’]s|as (?:a )?fact|in(?:to)? (?:your )?memory|json)\b",
    re.IGNORECASE | re.DOTALL,
)
_SPOKEN = re.compile(r"^(?!\W*[Pp]lease\b).*?(?<![\w’'])(?:I|[Ww]e|[Mm]y|[Oo]ur)(?![\w-])", re.DOTALL)
_ALONE = re.compile(r"[#>|`]|~~~")


@dataclass(frozen=True, slots=True)
class Choice:
    """A clause that may be quoted: `start` and `end` in the passage, and the names it may be about.

    `doers` are those of them who are the clause's own subject. `at` is where its main verb begins in `text`, and None
    where the clause only says what somebody is, or none was made out.
    """

    start: int
    end: int
    text: str
    subjects: tuple[str, ...]
    doers: tuple[str, ...] = ()
    at: int | None = None


def choices(told: Told) -> list[Choice]:
    """What of a passage may be quoted, in order, at most MOST_CLAUSES; none where nobody is known to say "I"."""
    if not told.subject or told.trust == "machine" or _TO_MACHINE.search(told.text):
        return []
    found = (_choice(told, start, end, clause) for start, end, clause in _clauses(told.text))
    return [choice for choice in found if choice is not None][:MOST_CLAUSES]


def _clauses(text: str) -> Iterator[tuple[int, int, Clause | None]]:
    """The clauses, and the sentences in which none was made out."""
    read = [clause for group in clauses(text) for clause in group]
    for start, end in sentences(text):
        inside = [clause for clause in read if start <= clause.start < end]
        for clause in inside:
            yield clause.start, clause.end, clause
        if not inside:
            yield start, end, None


def _choice(told: Told, start: int, end: int, clause: Clause | None) -> Choice | None:
    text = told.text[start:end]
    if text.rstrip("\"'”’)* ").endswith("?") or _ALONE.match(text):
        return None
    subjects = tuple(_subjects(told, text, clause))
    if not subjects or len(re.findall(r"\w+", text)) < 2:
        return None
    if clause is None:
        return Choice(start, end, text, subjects)
    doers = tuple(name for name in subjects if (clause.first if name == SPEAKER else name in clause.who))
    return Choice(start, end, text, subjects, doers, None if clause.verb == "be" else clause.at - start)


def _subjects(told: Told, text: str, clause: Clause | None) -> Iterator[str]:
    if (_FIRST.search(clause.who) or clause.first) if clause else _SPOKEN.search(text):
        yield SPEAKER
    named = [name for name, _, _ in told.people if name and name != told.speaker]
    if clause and clause.person == "thing" and (found := _NAMED.fullmatch(clause.who)):
        named += [found[1]] if found.start(1) or _is_name(told, found[1]) else []
    for name in dict.fromkeys(named):
        if re.search(rf"(?<!\w){re.escape(name)}(?!\w)", text):
            yield name


def _is_name(told: Told, word: str) -> bool:
    """Whether a word that begins a clause has its capital elsewhere, too: within a sentence, or around the passage."""
    inside = re.search(rf"[\w,;] {re.escape(word)}(?!\w)", told.text)
    return inside is not None or re.search(rf"(?<!\w){re.escape(word)}(?!\w)", around(told)) is not None
