"""Words of English text with their places, and the closed classes of words by which a clause is read."""

from __future__ import annotations

import re
from typing import NamedTuple

Span = tuple[int, int]
WORD = re.compile(r"[$€£#@]?[^\W_](?:\w|['’./@&+#-](?=\w)|,(?=\d{3}\b))*(?:[+#%]+)?")
CLOSING = " .,!;:—–…\"”')*"  # what may stand behind a clause and is no part of it
CONTRACTED = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would", "s": "is"}
NOT = frozenset(("not", "never", "no", "hardly", "barely", "cannot", "neither"))
PRONOUNS = frozenset(("i", "we", "he", "she", "it", "they"))
_HELPERS = """
am is are was were be been being have has had do does did will would can could shall should may might must gonna wanna
gotta ain't
"""
_ADVERBS = """
just also even still always already ever now then soon once often too finally both all recently really currently so very
actually only usually last mostly mainly probably maybe perhaps kind sort of kinda sorta pretty totally long almost
sometimes again first super quite rather well together
"""
_NO_ADVERBS = "reply rely apply supply multiply fly family july italy early daily weekly monthly lily"
_DETERMINERS = "my our the a an this these those his her their its your some both all each one two"
_CLOSED = "that which who whom than as if what where how why whether unless when because you your please let's"
_NO_SUBJECT = """
you your there this that these those what who please let if would could should can do maybe like let's how considering
including regarding following assuming given according depending speaking
"""
HELPERS, ADVERBS = frozenset(_HELPERS.split()), frozenset(_ADVERBS.split())
DETERMINERS, NO_SUBJECT = frozenset(_DETERMINERS.split()), frozenset(_NO_SUBJECT.split())
CLOSED = frozenset(_CLOSED.split())  # a subject behind one of these is not the clause's own
_NOT_ADVERBS = frozenset(_NO_ADVERBS.split())


class Word(NamedTuple):
    """A word and where it stands; `low` is its lower case with plain apostrophes."""

    start: int
    end: int
    text: str
    low: str


def words(text: str, start: int, end: int) -> list[Word]:
    return [
        Word(found.start(), found.end(), found[0], found[0].lower().replace("’", "'"))
        for found in WORD.finditer(text, start, end)
    ]


def adverb(low: str) -> bool:
    """Whether it may stand between a subject and its verb and say nothing of who does what."""
    return low in ADVERBS or (low.endswith("ly") and low not in _NOT_ADVERBS)
