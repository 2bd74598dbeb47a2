"""What is in memory as markdown that a person reads: conversations, mail by year, notes one by one.

Knows how an item looks and what a file may be called; texts stand as they were written. File names hold on every usual
file system: no separators, no control characters, no reserved names, at most 100 bytes; equal ones are numbered.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Iterator
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import IO

from secondme.records import Handle, Item
from secondme.store.listing import Whole, wholes
from secondme.store.reading import LedgerReader
from secondme.store.rows import Filters

FOLDERS = {"message": "messages", "mail": "mail", "event": "events", "contact": "contacts", "task": "tasks"}
LONGEST = 100  # bytes of a file's name, without its number and ending
UNDATED, UNNAMED = "undated", "unnamed"
_BY_YEAR = "i.kind IN ('mail', 'event', 'contact', 'task')"
_BY_SOURCE = f"i.kind != 'message' AND NOT {_BY_YEAR}"
_NEVER = re.compile(r'[\x00-\x1f\x7f-\x9f/\\:*?"<>|\u200e\u200f\u202a-\u202e\u2066-\u2069]+')
_RESERVED = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)

Group = tuple[str, str, dict[str, object]]  # folder, name, front matter


def write(
    reader: LedgerReader, filters: Filters, folder: Path, names: dict[int, str], tell: Callable[[int], None]
) -> tuple[int, Counter[str]]:
    """Write everything below `folder`. `names` are the sources' by number. Returns files, and items by kind."""
    files, kinds, taken = 0, Counter[str](), Counter[str]()
    folder.mkdir()
    for order, which, group, show in (
        ("by thread", "i.kind = 'message'", lambda whole: _conversation(whole, names), _messages),
        ("by year", _BY_YEAR, _year_of_kind, _records),
        ("by source", _BY_SOURCE, lambda whole: _source(whole, names), _notes),
    ):
        found = wholes(reader, filters, order, which)
        for key, group_items in groupby(found, key=lambda whole: _key(group(whole))):
            with _created(folder, key, taken) as out:
                files += 1
                for whole in show(out, group_items, json.loads(key[2])):
                    kinds[whole.item.kind] += 1
                    tell(kinds.total())
    return files, kinds
