"""One contact as an Item, whichever format it came in: its fields in words, and its addresses as handles.

Knows how a person is told by a contact (name, numbers, dates), and nothing of vCard or CSV.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from secondme.records import Handle, Item, Segment
from secondme.sources.agenda.zones import MONTHS
from secondme.sources.distinct import Distinct, digest

ORIGIN = "contact"

_DATE = re.compile(
    r"(?P<y>\d{4}|--)-?(?P<m>\d\d)-?(?P<d>\d\d)(?:[T ].*)?|(?P<only>\d{4})(?:-(?P<month>\d\d))?|---(?P<day>\d\d)"
)
_MAIL = re.compile(r"[^\s<>:;,\"()]+@[^\s<>:;,\"()?]+")
_NO_YEAR = 1604  # what Apple writes for a birthday without a year


@dataclass(slots=True)
class Card:
    """What one contact says. `fields` are (label, value) in the order in which they are told."""

    uid: str = ""
    name: str = ""
    fields: list[tuple[str, str]] = field(default_factory=list)
    mails: list[str] = field(default_factory=list)
    phones: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)  # addresses that are URIs
    note: str = ""
    tags: list[str] = field(default_factory=list)
    time: datetime | None = None
    line: int = 0

    def say(self, label: str, value: str, of: str = "") -> None:
        """Add a field; `of` is what kind of one it is ("work")."""
        value = ", ".join(part.strip(" ,") for part in value.splitlines() if part.strip(" ,"))
        entry = (f"{label} ({of})" if of else label, value)
        if value and entry not in self.fields:
            self.fields.append(entry)


class Cards:
    """Makes Items of the cards of one source."""

    def __init__(self) -> None:
        self._distinct = Distinct()

    def item(self, card: Card) -> Item | None:
        """None if it says nothing, or what another one has said word for word."""
        addresses = list(dict.fromkeys(_addresses(card)))
        name = " ".join(card.name.split()) or (card.fields[0][1] if card.fields else "")
        if not name:
            return None
        told = [f"{label}: {value}" for label, value in card.fields if value != name]
        head = "\n".join([f"Name: {name}", *told])
        note = card.note.strip()
        text = f"{head}\nNote: {note}" if note else head
        known = card.uid or digest(name, addresses[0] if addresses else "")
        local = self._distinct.local(known, text)
        if not local:
            return None
        segments = [Segment(0, len(head), "field")]
        if note:
            segments.append(Segment(len(head) + 1, len(text)))
        return Item(
            kind="contact",
            text=text,
            segments=tuple(segments),
            local=local,
            title=name,
            time=card.time,
            tags=tuple(dict.fromkeys(card.tags)),
            line=card.line,
            origin=ORIGIN,
            people=tuple(Handle(name, address, "about") for address in addresses or [""]),
        )


def date_in_words(text: str) -> str:
    """A day with or without a year: "12 April 1956", "12 April". What is no date stays as it is."""
    found = _DATE.fullmatch(text.strip())
    if found is None:
        return text.strip()
    month = int(found["m"] or found["month"] or 0)
    if not (found["m"] or found["month"]):
        return found["only"] or f"day {int(found['day'])}"
    if not 0 < month <= 12:
        return text.strip()
    year = found["y"] or found["only"]
    known = year != "--" and int(year) != _NO_YEAR
    day = f"{int(found['d'])} " if found["d"] else ""
    return f"{day}{MONTHS[month - 1]}{f' {year}' if known else ''}"


def phone(text: str) -> str:
    """`tel:+3212345678` of a number as people write it; digits alone where no country is named; "" if it is none."""
    number = re.split(r"[;,a-wyz]", text.lower().removeprefix("tel:").strip().replace("(0)", ""), maxsplit=1)[0]
    number = re.split(r"(?<=\d)\s*x", number, maxsplit=1)[0]
    digits = "".join(character for character in number if character in "0123456789")
    if len(digits) < 3:
        return ""
    if number.strip().lstrip("(").startswith("+"):
        return f"tel:+{digits}"
    return f"tel:+{digits[2:]}" if digits.startswith("00") and len(digits) > 6 else f"tel:{digits}"


def mail(text: str) -> str:
    """`mailto:anna@example.org`, or "" if there is none in the text."""
    found = _MAIL.search(text.removeprefix("mailto:"))
    return f"mailto:{found[0].lower()}" if found else ""


def _addresses(card: Card) -> Iterator[str]:
    yield from (address for text in card.mails if (address := mail(text)))
    yield from (address for text in card.phones if (address := phone(text)))
    yield from card.others
