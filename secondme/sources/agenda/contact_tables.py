"""Address books as tables: the CSV of Google Contacts (both its forms) and of Outlook.

Knows their columns by name, in English as both write them unless told otherwise; a table that has other columns is
none of ours. A row becomes a contact like a card of a .vcf file (addressbook.py).
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from secondme.records import Item, Skipped
from secondme.sources.agenda.addressbook import Card, Cards, date_in_words
from secondme.sources.base import File
from secondme.sources.decoding import Decoder, looks_binary, loss, sniff
from secondme.sources.files import opened
from secondme.sources.notes import delimited

NAME = "contacts table"

_NUMBERED = re.compile(r"(E-mail|Phone|Address|Relation|Website|Event|Organization|IM|Custom Field) (\d+) - (.+)")
_GIVEN = ("Given Name", "First Name")
_FAMILY = ("Family Name", "Last Name")
_PLAIN = {
    "Nickname": ("Nickname",),
    "Organization": ("Organization Name", "Company"),
    "Department": ("Organization Department", "Department"),
    "Title": ("Organization Title", "Job Title"),
    "Profession": ("Occupation", "Profession"),
    "Location": ("Location",),
    "Relation (spouse)": ("Spouse",),
    "Relation (children)": ("Children",),
    "Relation (manager)": ("Manager's Name",),
    "Relation (assistant)": ("Assistant's Name",),
    "Website": ("Web Page", "Personal Web Page"),
    "Hobby": ("Hobby",),
    "Language": ("Language",),
}
_MAILS = ("E-mail Address", "E-mail 2 Address", "E-mail 3 Address")
_PHONES = {
    "Mobile Phone": "mobile",
    "Home Phone": "home",
    "Home Phone 2": "home",
    "Business Phone": "work",
    "Business Phone 2": "work",
    "Primary Phone": "main",
    "Other Phone": "",
    "Company Main Phone": "company",
    "Car Phone": "car",
}
_PLACES = {"Home": "home", "Business": "work", "Other": ""}
_LABELS = {"Relation": "Relation", "Website": "Website", "IM": "Messages"}


def claims(file: File) -> str | None:
    if b"E-mail" not in file.head.replace(b"\0", b"") or looks_binary(file.head, 0.1):
        return None
    encoding = sniff(file.head, len(file.head) >= file.size)
    first = file.head[:8192].decode(encoding, "replace").removeprefix("\ufeff").partition("\n")[0]
    names = {name.strip().strip('"') for name in first.split(_delimiter(first))}
    if any(name.startswith("E-mail 1 - ") for name in names) and names & {*_GIVEN, "Name"}:
        return "has the columns of Google Contacts"
    if {"First Name", "Last Name", "E-mail Address"} <= names and names & {
        "Mobile Phone",
        "Business Phone",
        "Job Title",
    }:
        return "has the columns of Outlook's contacts"
    return None


def read(file: File) -> Iterator[Item | Skipped]:
    decoder = Decoder(sniff(file.head, len(file.head) >= file.size))
    cards, found, broken = Cards(), 0, 0
    with opened(file.path) as stream:
        lines = delimited.lines(decoder.stream(stream))
        first = next(lines, "")
        delimiter = _delimiter(first)
        names = [name.strip().strip('"\ufeff') for name in first.strip().split(delimiter)]
        for row in delimited.rows(lines, delimiter, 2):
            if len(row.cells) > len(names):
                broken += 1
            elif any(row.cells):
                said = {name: cell.strip() for name, cell in zip(names, row.cells, strict=False) if cell.strip()}
                if (item := cards.item(_card(said, row.line))) is not None:
                    found += 1
                    yield item
    if broken:
        yield Skipped(file.name, f"{broken} rows have more columns than the first line names")
    if not found:
        yield Skipped(file.name, "holds no contacts")
    yield from loss(file, decoder)


def _delimiter(first: str) -> str:
    return max(",;\t", key=first.count)


def _card(said: Mapping[str, str], line: int) -> Card:
    card = Card(name=_name(said), line=line)
    for label, columns in _PLAIN.items():
        card.say(label, _first(said, columns))
    _google(card, said)
    _outlook(card, said)
    for label in ("Birthday", "Anniversary"):
        card.say(label, date_in_words(_day(said.get(label, ""))))
    card.note = said.get("Notes", "")
    tags = said.get("Labels", said.get("Group Membership", said.get("Categories", "")))
    card.tags = [tag for part in re.split(r" ::: |;", tags) if (tag := part.strip("* ")) and tag != "myContacts"]
    return card


def _name(said: Mapping[str, str]) -> str:
    if full := said.get("Name"):
        return full
    before = said.get("Name Prefix", said.get("Title", ""))
    middle = _first(said, ("Additional Name", "Middle Name"))
    parts = (before, _first(said, _GIVEN), middle, _first(said, _FAMILY), _first(said, ("Name Suffix", "Suffix")))
    name = " ".join(part for part in parts if part)
    return name or _first(said, ("File As", "Nickname", "Organization Name", "Company", "E-mail 1 - Value", *_MAILS))


def _google(card: Card, said: Mapping[str, str]) -> None:
    """The numbered columns. A cell may hold several values, with ` ::: ` between them."""
    for name, cell in said.items():
        found = _NUMBERED.fullmatch(name)
        if found is None:
            continue
        what, number, part = found.groups()
        kind = said.get(f"{what} {number} - Type", said.get(f"{what} {number} - Label", "")).strip("* ").lower()
        if what == "Organization" and part in ("Name", "Title", "Department"):
            card.say("Organization" if part == "Name" else part, cell)
        elif what == "Address" and part == "Formatted":
            card.say("Address", cell, kind)
        elif part == "Value":
            for value in cell.split(" ::: "):
                _value(card, what, value, kind)


def _value(card: Card, what: str, value: str, kind: str) -> None:
    if what == "E-mail":
        card.mails.append(value)
        card.say("Email", value, kind)
    elif what == "Phone":
        card.phones.append(value)
        card.say("Phone", value, kind)
    elif what == "Event":
        card.say(kind.capitalize() or "Date", date_in_words(_day(value)))
    elif what == "Custom Field":
        card.say(kind.capitalize() or "Other", value)
    else:
        card.say(_LABELS[what], value, kind)


def _outlook(card: Card, said: Mapping[str, str]) -> None:
    for column in _MAILS:
        if value := said.get(column):
            card.mails.append(value)
            card.say("Email", value)
    for column, kind in _PHONES.items():
        if value := said.get(column):
            card.phones.append(value)
            card.say("Phone", value, kind)
    for place, kind in _PLACES.items():
        street, town, state, code, country = (
            said.get(f"{place} {part}", "") for part in ("Street", "City", "State", "Postal Code", "Country/Region")
        )
        line = ", ".join(part for part in (street, f"{code} {town}".strip(), state, country) if part)
        card.say("Address", line, kind)


def _day(text: str) -> str:
    """Google writes ` --04-12` without a year; Outlook 0/0/00 for no day at all."""
    return "" if text.startswith("0/0/") else text.strip()


def _first(said: Mapping[str, str], columns: tuple[str, ...]) -> str:
    return next((said[column] for column in columns if column in said), "")
