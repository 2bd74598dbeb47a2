"""HTML whose elements lie within each other only so deep that a parser is done with it in bounded time.

The parser takes time by the square of the depth: 0.5 s for 20,000, a quarter of a minute for 100,000. No page that
somebody wrote comes near; one that a broken program wrote, or an attacker, does.
"""

from __future__ import annotations

import re
from collections import Counter

DEPTH = 20_000

_TAG = re.compile(r"<(/?)([a-z][a-z0-9]*)", re.IGNORECASE)
_ANY_TAG = re.compile(r"<[^<>]*>")
# what never holds anything, or is closed by the next of its kind
_FLATS = "br img hr input meta link col wbr area base p li td th tr dt dd option source embed param rp rt"
_FLAT = frozenset(_FLATS.split())


def shallow(html: str) -> str:
    """The page as it is; from where its elements lie too deep on, its text without tags."""
    if html.count("<") <= DEPTH:
        return html
    opened: Counter[str] = Counter()
    depth = 0
    for tag in _TAG.finditer(html):
        name = tag[2].lower()
        if name in _FLAT:
            continue
        if not tag[1]:
            opened[name] += 1
            depth += 1
            if depth > DEPTH:
                return html[: tag.start()] + _ANY_TAG.sub(" ", html[tag.start() :])
        elif opened[name]:
            opened[name] -= 1
            depth -= 1
    return html
