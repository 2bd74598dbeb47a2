"""Which stored facts say nothing: a judge by rules, on the ledger's rows alone.

empty       no word of weight besides the subject's own
duplicate   the same thing about the same one is there before, and both hold
nobody      about no one: no subject, or a pronoun or an article in its place
question    the words that it quotes ask
stop words  its value is made of words that carry nothing
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

_FUNCTION_WORDS = """
a an and are at be been being but by did do does for from had has have he her here hers him his how i in is it its just
like me mine my no not of off ok okay on one or our ours out she so some something that the theirs them then there these
they thing things this those to too up us very was way we well were what when where which who why with yeah yes you your
yours lot much many more now all really same
"""
_CARRYING_NOTHING = frozenset(_FUNCTION_WORDS.split())
_NO_ONE = "he she it they we you this that these those there someone somebody everyone the a an"
_NOBODY = frozenset(_NO_ONE.split())
_WORD = re.compile(r"\w+")
_ROWS = """
SELECT f.n, f.who, f.subject, f.statement, f.slot, f.value, f.first, f.last,
    f.valid_to IS NULL AND f.retired_at IS NULL,
    (SELECT substr(i.text, p.start + q.start + 1, q."end" - q.start + 1) FROM quotes q
     JOIN passages p ON p.id = q.passage JOIN items i ON i.n = p.item WHERE q.fact = f.n LIMIT 1)
FROM facts f ORDER BY f.n
"""


def junk(ledger: Path) -> dict[int, tuple[str, str]]:
    """The facts that are junk: number -> (why, statement)."""
    found, seen = dict[int, tuple[str, str]](), set[tuple[object, ...]]()
    with closing(sqlite3.connect(f"{ledger.absolute().as_uri()}?mode=ro", uri=True)) as db:
        for n, who, subject, statement, slot, value, first, last, holds, quote in db.execute(_ROWS):
            same = {(who, slot, _plain(value), first, last)} if slot and value else set()
            same.add((who, _plain(statement), first, last))
            reasons = list(faults(subject, statement, value, quote or ""))
            if holds and same & seen:
                reasons.append("duplicate")
            if holds:
                seen |= same
            if reasons:
                found[n] = (reasons[0], statement)
    return found


def faults(subject: str, statement: str, value: str, quote: str) -> Iterator[str]:
    """Why a fact by itself is junk. `quote` may be one character longer, for the mark that ends it."""
    about = set(_words(subject))
    if not subject.strip() or about <= _NOBODY:
        yield "nobody"
    if not set(_words(statement)) - about - _CARRYING_NOTHING:
        yield "empty"
    if quote.rstrip().endswith("?") or statement.rstrip().endswith("?"):
        yield "question"
    if value and not set(_words(value)) - _CARRYING_NOTHING:
        yield "stop words"


def _words(text: str) -> list[str]:
    return [word.casefold() for word in _WORD.findall(text)]


def _plain(text: str) -> str:
    return " ".join(_words(text))
