"""Address books: vCard 2.1, 3.0 (RFC 2426) and 4.0 (RFC 6350), as phones, Apple, Google and Outlook export them.

Reads one card at a time. Knows the labels that Apple keeps in a group of properties (`item1.TEL`, `item1.X-ABLabel`),
and the properties that others invented. Pictures and keys are left out, and groups of contacts.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.errors import Unreadable
from secondme.records import Item, Skipped
from secondme.sources.agenda.addressbook import Card, Cards, date_in_words
from secondme.sources.agenda.calendars import opening
from secondme.sources.agenda.contentlines import COMPONENT_BYTES, Component, Content, Line, split
from secondme.sources.agenda.zones import Zones
from secondme.sources.base import File
from secondme.sources.decoding import looks_binary, loss

NAME = "contacts"

_OPENING = re.compile(r"\s*BEGIN\s*:\s*VCARD\b", re.IGNORECASE)
_SUFFIXES = frozenset((".vcf", ".vcard"))
_APPLE = re.compile(r"_\$!<(.*)>!\$_")
# Types that say how an address is written, not what it is for.
_TECHNICAL = frozenset(("pref", "internet", "voice", "uri", "text", "x400", "msg", "other", "dom", "intl", "postal"))
_SPOKEN = {"cell": "mobile", "homepage": "home page", "iphone": "iPhone"}
_LABELS = {
    "NICKNAME": "Nickname",
    "TITLE": "Title",
    "ROLE": "Role",
    "EMAIL": "Email",
    "TEL": "Phone",
    "ADR": "Address",
    "BDAY": "Birthday",
    "ANNIVERSARY": "Anniversary",
    "X-ANNIVERSARY": "Anniversary",
    "X-EVOLUTION-ANNIVERSARY": "Anniversary",
    "X-KADDRESSBOOK-X-ANNIVERSARY": "Anniversary",
    "DEATHDATE": "Died",
    "X-ABDATE": "Date",
    "RELATED": "Relation",
    "X-ABRELATEDNAMES": "Relation",
    "URL": "Website",
    "IMPP": "Messages",
    "X-SOCIALPROFILE": "Profile",
    "LANG": "Language",
    "GEO": "Location",
    "BIRTHPLACE": "Born in",
    "EXPERTISE": "Expertise",
    "HOBBY": "Hobby",
    "INTEREST": "Interest",
    "X-MAIDENNAME": "Maiden name",
}
# Relations and messengers that have a property of their own.
_RELATIONS = {"SPOUSE": "spouse", "MANAGER": "manager", "ASSISTANT": "assistant", "CHILD": "child"}
_MESSENGERS = (
    *("SKYPE", "JABBER", "ICQ", "AIM", "MSN", "YAHOO", "QQ"),
    *("GTALK", "GOOGLE-TALK", "TELEGRAM", "SIGNAL", "TWITTER"),
)
_DATES = frozenset(("BDAY", "ANNIVERSARY", "DEATHDATE", "X-ABDATE")) | {
    name for name in _LABELS if "ANNIVERSARY" in name
}


def claims(file: File) -> str | None:
    if looks_binary(file.head, 0.1):
        return None
    if _OPENING.match(opening(file)):
        return "begins like a contact"
    return f"ends in {file.suffix}" if file.suffix in _SUFFIXES else None


def read(file: File) -> Iterator[Item | Skipped]:
    content, cards, zones = Content(file), Cards(), Zones()
    found, broken, first = 0, 0, 0
    for component in content.components(within=""):
        if component.name != "VCARD":
            continue
        found += 1
        whole = component.whole and component.bytes <= COMPONENT_BYTES
        if whole and (card := _card(component)) is not None:
            moment = zones.moment(component.first("REV"))
            card.time = None if moment is None else moment.aware(file.zone)
            if (item := cards.item(card)) is not None:
                yield item
        elif not whole:
            broken += 1
            first = first or component.line
    if not found:
        raise Unreadable("holds no contact", "Export the contacts again, as a .vcf file.")
    if broken:
        more = f"; so it is with {broken - 1} more" if broken > 1 else ""
        yield Skipped(file.name, f"the contact at line {first} has no end, or is too large{more}")
    yield from loss(file, content.decoder)


def _card(component: Component) -> Card | None:
    """None for a group, which describes nobody."""
    if component.text("KIND", "X-ADDRESSBOOKSERVER-KIND").lower() == "group":
        return None
    card = Card(uid=component.text("UID"), name=_name(component), line=component.line)
    labels = {line.group: line.text for line in component.lines if line.name == "X-ABLABEL" and line.group}
    for line in component.lines:
        if line.value.strip(" ;"):
            _tell(card, line, labels.get(line.group, ""))
    return card


def _name(component: Component) -> str:
    """The name as it is written in full, else put together, else what the card is known by."""
    if full := component.text("FN"):
        return full
    line = component.first("N")
    parts = [*split(line.value, ";"), *[""] * 5] if line is not None else [""] * 5
    family, given, middle, before, after = parts[:5]
    name = " ".join(part for part in (before, given, middle, family, after) if part)
    if name:
        return name
    organization = component.first("ORG")
    if organization is not None:
        return ", ".join(part for part in split(organization.value, ";") if part)
    return component.text("NICKNAME", "EMAIL", "TEL")


def _tell(card: Card, line: Line, label: str) -> None:
    """One property, as a field of the card."""
    name, text = line.name, line.text.strip()
    kind = _kind(line, label)
    if name == "NOTE":
        card.note = f"{card.note}\n{text}".strip()
    elif name == "CATEGORIES":
        card.tags += [tag for tag in split(line.value, ",") if tag and tag != "myContacts"]  # Google's, of all
    elif name == "ORG":
        card.say("Organization", ", ".join(part for part in split(line.value, ";") if part))
    elif name == "FN":
        card.say("Also", "" if text == card.name else text)  # in another script
    elif name == "N":
        return
    elif name == "ADR":
        card.say("Address", _address(line.value), kind)
    elif name in _DATES:
        card.say(_spoken(label).capitalize() if name == "X-ABDATE" and label else _LABELS[name], date_in_words(text))
    elif name == "X-ANDROID-CUSTOM":
        _android(card, line.value)
    elif name in _LABELS:
        _reach(card, line, text)
        card.say(_LABELS[name], _bare(name, text), kind)
    else:
        _invented(card, name, text)


def _reach(card: Card, line: Line, text: str) -> None:
    """Keep what the person is reached at."""
    if line.name == "EMAIL":
        card.mails.append(text)
    elif line.name == "TEL":
        number = line.parameter("WAID")  # WhatsApp's: always international
        card.phones.append(f"+{number}" if number.isdigit() and not text.startswith(("+", "00")) else text)
    elif line.name == "IMPP" and ":" in text:
        scheme, _, rest = text.partition(":")
        if rest and scheme.isalnum():
            card.others.append(f"{scheme.lower()}:{rest}")


def _bare(name: str, text: str) -> str:
    """A value without its scheme, where that says nothing."""
    schemes = {
        "TEL": ("tel:",),
        "EMAIL": ("mailto:",),
        "GEO": ("geo:",),
        "IMPP": ("x-apple:",),
        "RELATED": ("urn:uuid:",),
    }
    bare = text
    for scheme in schemes.get(name, ()):
        bare = bare.removeprefix(scheme)
    if name == "RELATED" and bare != text:
        return ""  # another card's number
    return bare.replace(";", ", ") if name == "GEO" else bare


def _kind(line: Line, label: str) -> str:
    """ "work, fax", by the types or the label that the owner gave."""
    if label:
        return _spoken(label)
    types = [kind.lower() for value in line.parameters.get("TYPE", []) for kind in value.split(",")]
    types += [value.lower() for value in line.parameters.get("X-SERVICE-TYPE", [])]
    return ", ".join(dict.fromkeys(_spoken(kind) for kind in types if kind not in _TECHNICAL))


def _spoken(label: str) -> str:
    found = _APPLE.fullmatch(label)
    bare = (found[1] if found else label).removeprefix("X-").removeprefix("x-").strip()
    return _SPOKEN.get(bare.lower(), bare.lower() if found else bare)


def _address(value: str) -> str:
    """ "Meidoornstraat 8, 9050 Gentbrugge, Belgium"."""
    parts = [
        ", ".join(" ".join(line.split()) for line in part.splitlines()) for part in [*split(value, ";"), *[""] * 7]
    ]
    box, extended, street, town, region, code, country = parts[:7]
    place = " ".join(part for part in (code, town) if part)
    return ", ".join(part for part in (box, extended, street, place, region, country) if part)


def _android(card: Card, value: str) -> None:
    """`vnd.android.cursor.item/relation;Lena;14;;;` and its like."""
    parts = [*split(value, ";"), "", "", "", ""]
    kind, text, rest = parts[0].rpartition("/")[2], parts[1], parts[2:]
    if kind == "nickname":
        card.say("Nickname", text)
    elif kind == "relation":
        card.say("Relation", text, rest[1])
    elif kind == "contact_event":
        card.say(
            "Birthday" if rest[0] == "3" else "Anniversary" if rest[0] == "1" else rest[1] or "Date",
            date_in_words(text),
        )


def _invented(card: Card, name: str, text: str) -> None:
    """Properties of single programs: `X-SPOUSE`, `X-EVOLUTION-MANAGER`, `X-SKYPE-USERNAME`."""
    if not name.startswith("X-"):
        return
    last = name.removesuffix("NAME").removesuffix("S").rpartition("-")[2]
    for ending, relation in _RELATIONS.items():
        if last.endswith(ending):
            card.say("Relation", text, relation)
            return
    bare = name.removeprefix("X-").removeprefix("KADDRESSBOOK-X-").removesuffix("-USERNAME").removesuffix("-ID")
    if bare in _MESSENGERS:
        card.say(bare.replace("-", " ").title() if len(bare) > 4 else bare, text)
