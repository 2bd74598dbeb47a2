"""A question, taken apart for searching: its words and their weight, who and when it is about, and how it is embedded.

A question and the passage that answers it say the same thing in different ways: "When did Ana join the choir?" and "I
joined the choir last week". So the question is embedded four ways: as it stands, with the people named put as "I", as
the statement that it asks about, and as its bare content words. One question costs one batch of four short texts.

Knows no stores. English rules; a question in another language is embedded as it stands and searched by its words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from secondme.recall.asked import Kind, kind_of
from secondme.recall.lexical import content_words, stem, stems
from secondme.recall.naming import Named
from secondme.recall.parts import parts
from secondme.recall.when import When

Speaker = Literal["", "owner", "assistant"]

_QUESTION = re.compile(
    r"^(?:(?:so|and|but|ok|hey|please)[ ,]+)*(?:when|where|what|who|whom|whose|which|how|why|do|does|did|is|are|was|"
    r"were|has|have|had|can|could|will|would)\b(?: (?:kind|type|sort)s? of\b)?",
    re.IGNORECASE,
)
_AUXILIARY = re.compile(r"\b(?:did|does|do|is|are|was|were|has|have|had|will|would)\b", re.IGNORECASE)
_SPACE = re.compile(r"\s+")
_OWNER = re.compile(r"\b(?:i|my|me|mine|i['’](?:m|ve|d|ll))\b", re.IGNORECASE)
_ASSISTANT = re.compile(
    r"\b(?:you|your)\b|\bremind me\b|\b(?:our|the) (?:previous|last|earlier) (?:chat|conversation|discussion)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """A question as search reads it.

    `stems` are of its content words without the people named (`all_stems` with them) and `weights` their inverse
    document frequency. `spoken`: whether the owner's own words are asked for, or an assistant's. `variants`: the texts
    to embed, of which the first is the question itself; so are its `parts`, if it sets things side by side.
    """

    text: str
    kind: Kind
    named: Named
    when: When
    words: tuple[str, ...]
    stems: tuple[str, ...]
    all_stems: tuple[str, ...]
    stands: frozenset[str]
    weights: Mapping[str, float]
    spoken: Speaker
    variants: tuple[str, str, str, str]
    parts: tuple[str, ...] = ()

    def weight(self, stem_: str) -> float:
        return self.weights.get(stem_, 1.0)


def query(text: str, named: Named, when: When, weights: Mapping[str, float]) -> Query:
    """Take `text` apart. `weights` may lack stems, which then count 1."""
    bare = named.masked("", "")
    words = tuple(content_words(bare))
    as_i = named.masked("I", "my")
    return Query(
        text=text,
        kind=kind_of(text),
        named=named,
        when=when,
        words=words,
        stems=tuple(dict.fromkeys(stem(word) for word in words)),
        all_stems=tuple(dict.fromkeys(stem(word) for word in content_words(text))),
        stands=stems(text),
        weights=weights,
        spoken="assistant" if _ASSISTANT.search(text) else "owner" if _OWNER.search(text) else "",
        variants=(text, as_i, statement(as_i), " ".join(words) or text),
        parts=parts(text, [name for person in named.people for name in (person.name, *person.names)]),
    )


def statement(question: str) -> str:
    """What the question asks about, put as a statement: "When did I join the choir?" -> "I join the choir"."""
    bare = _QUESTION.sub("", question).strip(" ?")
    bare = _SPACE.sub(" ", _AUXILIARY.sub("", bare, count=1)).strip()
    return bare or question
