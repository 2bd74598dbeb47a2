"""What a hit replies to, where it says little without it: "Tuesday, half past nine" needs its question.

Two rules for messages, by form alone: one that comes after a question by somebody else needs it, and one of a few words
needs whatever stands before it. Not further back than a conversation's last two messages. Reads no store: it is given
passages with their surroundings (store/around.py).
"""

from __future__ import annotations

from collections.abc import Mapping

from secondme.recall.lexical import words
from secondme.store.around import Standing

FEW = 8  # words; a message with fewer is short


def needed(n: int, around: Mapping[int, Standing]) -> tuple[int, ...]:
    """The numbers of the messages that passage `n` replies to, in the order in which they were said; mostly none."""
    one = around[n]
    earlier = [before for m in one.before if (before := around.get(m)) and before.item != one.item]
    if one.kind != "message" or len(earlier) < len(one.before):
        return ()  # within a longer message, what stands before it is its own
    asked = [at for at, before in enumerate(earlier, start=1) if "?" in before.text and _another(one, before)]
    reach = asked[0] if asked else int(len(words(one.text)) < FEW)
    return tuple(before.n for before in reversed(earlier[:reach]))


def _another(one: Standing, other: Standing) -> bool:
    """Whether somebody else says it: an assistant and its owner may be without names."""
    return (one.speaker, one.trust) != (other.speaker, other.trust)
