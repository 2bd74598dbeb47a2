"""An array of notes in a JSON export: an Item for each element, and one that is damaged costs none of the others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from secondme.records import Item, Skipped
from secondme.sources.base import File
from secondme.sources.chats.chat import Faults
from secondme.sources.jsonvalues import Values


def entries(
    file: File, place: str, made: Callable[[dict[str, Any]], Item | None], noun: str, nouns: str
) -> Iterator[Item | Skipped]:
    """What `made` makes of each element at `place` ("entries.item"); None is an element without words.

    `noun` and `nouns` are what an element is called where something is to be said of it.
    """
    values, faults, found = Values(file, place), Faults(file, noun), False
    for number, (_, entry) in enumerate(values, 1):
        try:
            item = made(entry)
        except Exception:  # an element of any other shape than the format's must not cost the others
            faults.add("is damaged", f"{noun} {number}")
            continue
        found = found or item is not None
        if item is not None:
            yield item
    yield from faults
    if not found:
        yield Skipped(file.name, f"holds no {nouns} with text")
    yield from values.faults
