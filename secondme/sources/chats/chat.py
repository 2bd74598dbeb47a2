"""What readers of conversations have in common: which message is which, and what was wrong with those left out.

Knows nothing of any format. A message that its format gives no id is told by when it was written (to the minute, as
some exports have no seconds), by whom, and by its words; equal ones within a minute are numbered. White space does not
count. So a message keeps its identity in any later export, whatever the file is called, wherever the export begins.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import datetime
from functools import lru_cache
from hashlib import blake2b

from secondme.records import Handle, Item, Role, Segment, Skipped, Trust
from secondme.sources.base import File

_REMEMBERED = 4096  # messages; equal ones within a minute lie closer together
_NUMBER = re.compile(r"(?:\+|00)?[\d\s()./\u2010\u2011-]{5,}")
_INVISIBLE = dict.fromkeys([0xAD, 0xFEFF, *range(0x200E, 0x2010), *range(0x202A, 0x202F), *range(0x2066, 0x206A)])


def visible(text: str) -> str:
    """The text without the marks of direction that apps put around names and numbers."""
    return text if text.isascii() else text.translate(_INVISIBLE)


def digest(*parts: str) -> str:
    """64 bits of these strings, in hexadecimal; where one ends and the next begins counts."""
    return blake2b("\x1f".join(parts).encode(errors="surrogatepass"), digest_size=8).hexdigest()


class Identity:
    """Names the messages of one source, read from its beginning to its end."""

    def __init__(self) -> None:
        self._seen: dict[str, int] = {}

    def __call__(self, written: str, sender: str, text: str) -> str:
        """`Item.local` of a message. `written` is its time as the source has it, a naive one not yet moved to a zone,
        so that the same message is the same wherever its owner has moved to."""
        name = digest(written, " ".join(sender.split()), " ".join(text.split()))
        number = self._seen.pop(name, 0) + 1
        self._seen[name] = number
        if len(self._seen) > _REMEMBERED:
            del self._seen[next(iter(self._seen))]
        return name if number == 1 else f"{name}-{number}"


def minute(moment: datetime) -> str:
    """A moment as `Identity` takes it: its own clock, to the minute."""
    return moment.isoformat()[:16]


def message(
    text: str,
    *,
    origin: str,
    local: str,
    time: datetime | None,
    sender: Handle | None = None,
    thread: str = "",
    zoned: bool = True,
    trust: Trust = "other",
    base: int = 0,
    line: int = 0,
    part: str = "",
    links: tuple[str, ...] = (),
    tags: tuple[str, ...] = (),
    people: tuple[Handle, ...] = (),
) -> Item:
    """One message as an Item: all of its text is to be found, and its conversation is its title.

    `people` are those besides the sender. `part` is the conversation where a source holds several.
    """
    return Item(
        kind="message",
        text=text,
        segments=(Segment(0, len(text)),),
        local=local,
        title=thread,
        time=time,
        speaker=sender.name if sender else "",
        tags=tags,
        links=links,
        base=base,
        line=line,
        trust=trust,
        origin=origin,
        part=part,
        thread=thread,
        people=(*([sender] if sender else ()), *people),
        zoned=zoned,
    )


@lru_cache(maxsize=4096)  # the same few people all over
def person(name: str, address: str = "", role: Role = "from") -> Handle | None:
    """Somebody by the name that a chat shows; a phone number in its place is an address. None if there is neither."""
    name = " ".join(visible(name).split())
    address = address or telephone(name)
    return Handle(name, address, role) if name or address else None


def telephone(name: str) -> str:
    """`tel:+49301234567` for a number with its country, as chats show who is no contact; else "": such a number means
    somebody else in another country."""
    name = visible(name).strip().removeprefix("~").strip()  # "~" stands before what people call themselves
    digits = "".join(str(int(c)) for c in name if c.isdecimal())
    if not _NUMBER.fullmatch(name) or not name.startswith(("+", "00")):
        return ""
    digits = digits.removeprefix("00")
    return f"tel:+{digits}" if 6 <= len(digits) <= 15 else ""


class Faults:
    """What was wrong with records, summed up: one sentence for each kind of fault, however often it occurred."""

    def __init__(self, file: File, noun: str = "message") -> None:
        self._file, self._noun = file, noun
        self._found: dict[str, tuple[int, str]] = {}

    def add(self, reason: str, where: str) -> None:
        """`reason`: one of a few fixed phrases ("has no time"). `where`: which record it is ("message 12")."""
        count, first = self._found.get(reason, (0, where))
        self._found[reason] = (count + 1, first)

    def __iter__(self) -> Iterator[Skipped]:
        for reason, (count, first) in self._found.items():
            many = f"{count} {self._noun}s were left out, the first of them {first}: each {reason}"
            yield Skipped(self._file.name, f"{first} was left out: it {reason}" if count == 1 else many)
