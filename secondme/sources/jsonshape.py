"""What kind of JSON a file holds, by its first bytes: which keys it has, and where.

Knows nothing of formats: a reader asks for the keys that its format cannot be without.
"""

from __future__ import annotations

from functools import lru_cache

from secondme.sources.base import File
from secondme.sources.decoding import looks_binary

_DEEP = 32


def shape(file: File) -> frozenset[str]:
    """The places of the keys and array elements in the file's head, as ijson names them; empty if it is not JSON.

    `{"chats": [{"id": 1}]}` has "chats", "chats.item" and "chats.item.id"; an array has "item". A file of JSON lines
    has the places of its first line, each with "line." before it.
    """
    head = file.head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not head.startswith((b"{", b"[")) or looks_binary(head):
        return frozenset()
    return _places(head)


@lru_cache(maxsize=8)  # every JSON reader asks about the same file
def _places(head: bytes) -> frozenset[str]:
    import ijson  # 15 ms

    found: set[str] = set()
    try:
        # a place is as long as it is deep, and ijson makes those of a whole buffer at once: 65,536 brackets were 3 GB
        for place, event, _ in ijson.parse(head, buf_size=1024):
            if place.count(".") > _DEEP:
                break
            if event in ("start_map", "start_array", "string", "number", "boolean", "null") and place:
                found.add(place)
    except (ijson.JSONError, UnicodeError, ValueError) as error:
        # what came before the cut, or before the second line, is what we asked for
        lines = "trailing garbage" in str(error) or "dditional" in str(error)  # as the C and the Python parser say it
        return frozenset(f"line.{place}" for place in found) if lines else frozenset(found)
    return frozenset(found)
