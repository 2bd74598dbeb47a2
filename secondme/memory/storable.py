"""Text as the ledger can hold it: SQLite ends a text at a NUL and stores no lone surrogates."""

from __future__ import annotations

import re
from dataclasses import replace

from secondme.records import Handle, Item

_UNSTORABLE = re.compile("[\0\ud800-\udfff]")


def storable(item: Item) -> Item:
    """SQLite ends a text at a NUL and stores no lone surrogates: put the replacement character there, offsets stay.

    Surrogates come with names of files that are not valid Unicode, so they are in titles and headings as well.
    """
    names = (item.title, item.speaker, item.thread, item.part, item.origin, item.local, *item.tags, *item.links)
    people = [part for handle in item.people for part in (handle.name, handle.address)]
    headings = [heading for segment in item.segments for heading in segment.heading]
    if _UNSTORABLE.search("\n".join((item.text, *names, *people, *headings))) is None:
        return item
    return replace(
        item,
        text=_mended(item.text),
        title=_mended(item.title),
        speaker=_mended(item.speaker),
        thread=_mended(item.thread),
        part=_mended(item.part),
        origin=_mended(item.origin),
        local=_mended(item.local),
        tags=tuple(map(_mended, item.tags)),
        links=tuple(map(_mended, item.links)),
        people=tuple(Handle(_mended(h.name), _mended(h.address), h.role) for h in item.people),
        segments=tuple(replace(s, heading=tuple(map(_mended, s.heading))) for s in item.segments),
    )


def _mended(text: str) -> str:
    return _UNSTORABLE.sub("\ufffd", text)
