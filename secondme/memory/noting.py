"""What of a turn in a chat is worth keeping when the turn itself goes: promises, decisions, wishes, names, numbers.

By rules over single sentences, in the words in which they were said: nothing is rephrased, so nothing can be made up.
The owner's words and the assistant's are told apart, and the assistant's weigh less: what it said it would do counts as
a promise, what it claimed does not become knowledge.
"""

from __future__ import annotations

import functools
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Literal

from secondme import instructions
from secondme.memory.episodes.telling import root, tokens
from secondme.sentences import sentences

Role = Literal["owner", "assistant"]
Kind = Literal["rule", "promise", "decision", "wish", "told", "said"]
LONGEST = 240  # characters of a note
_WEIGHT: dict[Kind, float] = {"rule": 1.0, "promise": 0.9, "decision": 0.7, "wish": 0.6, "told": 0.5, "said": 0.1}
_SOLEMN = 0.1  # more for "promise", "remind me", "whatever happens"
_DETAIL = 0.04  # more for each name and number, up to five
_ASSISTANT = 0.6  # what is left of the weight of what the assistant said, promises apart

_PROMISE = re.compile(
    r"\b(?:i(?:['’]ll| will| shall| promise\w*| must not forget|['’]m going to| am going to)|promised?|remind me|"
    r"don['’]t (?:let me )?forget|make sure (?:i|you|we)|you(?:['’]ll| will) (?:remind|let me know)|"
    r"by (?:tomorrow|monday|tuesday|wednesday|thursday|friday|saturday|sunday)\b.*\bi\b)",
    re.IGNORECASE,
)
_SOLEMNLY = re.compile(
    r"\b(?:promis\w+|remind|swear|whatever happens|never forget|don['’]t forget|under no)\b", re.IGNORECASE
)
_DECISION = re.compile(
    r"\b(?:let['’]s|we(?:['’]ll| will| agreed| decided)|decided|agreed|settled|go(?:ing)? with|instead of|the plan is|"
    r"final(?:ly)? (?:answer|choice)|i(?:['’]ve| have) chosen|i choose|deal)\b",
    re.IGNORECASE,
)
_WISH = re.compile(
    r"^(?:please|can you|could you|would you|will you|help me|i (?:want|need|would like)|i['’]d like|"
    r"tell me|show me|find|write|make|draft|plan|book|compare|list|explain|summari[sz]e|we (?:need|have) to|next,?)\b",
    re.IGNORECASE,
)
_TOLD = re.compile(
    r"\b(?:i(?:['’]m| am| have|['’]ve| live| work| hate| love| like| prefer| was)|my \w+(?: \w+)? (?:is|are|was))\b",
    re.I,
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")


@dataclass(frozen=True, slots=True)
class Turn:
    """Something said in a chat. `n` counts from 1."""

    n: int
    role: Role
    text: str
    at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """A sentence of a turn as it was said, and how much it matters (0 to 1.3). `done`: the turn that settled it, 0 if
    it is open."""

    text: str
    turn: int
    role: Role
    kind: Kind
    weight: float
    done: int = 0


def notes(turn: Turn) -> list[Note]:
    """The sentences of a turn, each with its kind and weight, in order."""
    return list(_notes(turn))


def _notes(turn: Turn) -> Iterator[Note]:
    for start, end in sentences(turn.text):
        said = " ".join(turn.text[start:end].split())
        if not any(c.isalnum() for c in said):
            continue
        kind = _kind(said, turn.role)
        details = min(5, len(_NUMBER.findall(said)) + sum(token.name for token in tokens(said)))
        weight = _WEIGHT[kind] + _DETAIL * details + (_SOLEMN if kind == "promise" and _SOLEMNLY.search(said) else 0.0)
        weight *= _ASSISTANT if turn.role == "assistant" and kind != "promise" else 1.0
        yield Note(_shortened(said), turn.n, turn.role, kind, round(weight, 3))


def _kind(said: str, role: Role) -> Kind:
    if role == "owner" and instructions.kind_of(said) == "instruction":
        return "rule"
    if _PROMISE.search(said) and not said.endswith("?"):
        return "promise"
    if _DECISION.search(said) and not said.endswith("?"):
        return "decision"
    if role == "owner" and (said.endswith("?") or _WISH.match(said)):
        return "wish"
    return "told" if role == "owner" and _TOLD.search(said) else "said"


@functools.lru_cache(maxsize=8_192)
def about(text: str) -> frozenset[str]:
    """Stems of the words that tell what a sentence is about."""
    return frozenset(root(token.plain) for token in tokens(text) if not token.silent) | frozenset(_NUMBER.findall(text))


def _shortened(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    return f"{text[: LONGEST - 2].rsplit(' ', 1)[0]} …"
