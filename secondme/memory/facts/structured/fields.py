"""What is noted as a form: "Key: value" lines, front matter, lists of them.

Keys that people commonly use go to stable slots (keys.py) wherever they stand. Other keys keep their words, and count
only among their like: two such lines side by side, or nothing else in the passage. A single "Work: quiet today" in a
diary is prose. Headings say whose a line is (whose.py). Headers of quoted mail, times, links and code are no fields.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise, zip_longest

from secondme.knowledge import OWNER, Claim, Told
from secondme.memory.facts.same import SOME_DAY, dates, words
from secondme.memory.facts.saying import claim, is_said
from secondme.memory.facts.structured import keys, shapes
from secondme.memory.facts.structured.labels import labelled
from secondme.memory.facts.structured.lines import Line, lines, plain
from secondme.memory.facts.whose import Place, place

OWN_WORDS, KNOWN_WORDS, KEY_WORDS = 9, 16, 5  # words at most: of a value under an own key, under a known one, of a key
OWNERS = ("note", "text", "document")  # kinds of items in which the owner writes of themselves
_FIELD = re.compile(
    r"(?:\*\*|__)?(?P<key>[^\W\d_][^:=|\n\t;]{0,48}?)(?:\*\*|__)?\s*:{1,2}(?:\*\*|__)?\s+(?P<value>\S.*?)\s*$"
)
_CODE = re.compile(r"[{}<>\\=$^]|\(\)|=>|::|;\s*$|^\s*(?:def|class|import|return|const|let|var|public|function)\b")
_SAYS = re.compile(
    r"\b(?:I|I['’]m|you|we|he|she|they|it|is|are|was|were|will|would|can|could|should|has|have|had|don['’]t|didn['’]t|"
    r"isn['’]t|please|thanks|let['’]?s)\b"
)
NOTHING = re.compile(r"(?:n/?a|tbd|tba|none|null|nil|unknown|yes|no|true|false|ok|y|n|[-–—?!.x✓✔✗]+|\W+|see .*)", re.I)


@dataclass(frozen=True, slots=True)
class Field:
    """A key with its value, both without marks. `span` is the whole line, `key` may be a known one's or the owner's."""

    span: tuple[int, int]
    key: str
    value: str
    known: keys.Slot | None
    labels: tuple[str, ...] = ()  # what stands above it within the passage, the nearest last


def claims(told: Told) -> Iterator[Claim]:
    """What the lines of a passage say as a form does."""
    found = list(lines(told.text))
    fields = _fields(found)
    counted = Counter((field.labels, field.key) for field in fields)
    worded = [line for line in found if not line.heading and not line.row]
    alone = bool(fields) and len(fields) == len(worded)
    personal = any(field.known and field.known.personal for field in fields)
    beside = _side_by_side(fields, found)
    for field in fields:
        among = alone or field.span[0] in beside
        if counted[field.labels, field.key] == 1 and (field.known or (among and told.kind not in ("message", "mail"))):
            yield from field_claims(told, field, place(told, personal or _reaches(field.known), field.labels))


def _reaches(slot: keys.Slot | None) -> bool:
    """Whether it is how somebody is reached, which below one word with a capital makes that a name."""
    return slot is not None and (slot.form in ("phone", "mail") or slot.name == "address")


def _fields(found: Sequence[Line]) -> list[Field]:
    last = {line.start for line, after in zip_longest(found, found[1:]) if not _goes_on(after)}
    read_of = {line.start: read(line) for line in found if line.start in last and not (line.row or line.box)}
    return [
        replace(field, labels=labels)
        for line, labels in labelled(found, lambda line: read_of.get(line.start) is not None)
        if (field := read_of[line.start]) is not None and labels is not None
    ]


def _goes_on(after: Line | None) -> bool:
    """Whether a line goes on in the one after it, so that its value is not all of it."""
    plain_text = after is not None and not (after.listed or after.row or _FIELD.match(after.text))
    return plain_text and after is not None and after.text[0].islower()


def read(line: Line) -> Field | None:
    """The field that a line is; None if it is none, or one that says nothing."""
    text = line.text
    match = _FIELD.match(text)
    if match is None or text.startswith(("http", "|", "#")):
        return None
    key, value = plain(match["key"]).strip(), match["value"]
    slot = keys.known(key)
    said = plain(value).strip(" \"'“”").removesuffix(".")
    if not key or keys.noise(key) or len(key.split()) > KEY_WORDS or NOTHING.fullmatch(said) or value.startswith("//"):
        return None
    if slot is None and (re.search(r"\d", key) or _CODE.search(text) or _SAYS.search(key) or not short(said)):
        return None
    return Field((line.start, line.end), keys.tidy(key), said, slot) if len(said.split()) <= KNOWN_WORDS else None


def short(value: str) -> bool:
    """A value and no sentence."""
    return len(value.split()) <= OWN_WORDS and not _SAYS.search(value) and not re.search(r"[.!?…]\s|[!?:]$", value)


def _side_by_side(fields: Sequence[Field], found: Sequence[Line]) -> set[int]:
    """Where the fields begin that have another one on the line before or after them."""
    begin = {field.span[0] for field in fields}
    pairs = [(one.start, other.start) for one, other in pairwise(found) if {one.start, other.start} <= begin]
    return {start for pair in pairs for start in pair}


# -- one field --------------------------------------------------------------------------------------------------------


def field_claims(told: Told, field: Field, where: Place) -> Iterator[Claim]:
    """The claims that a field makes at its place."""
    if not where.subject or (told.kind == "mail" and field.known is None):
        return
    for said in _listed(field.value):
        if field.known is None:
            where = where if where.sure else replace(where, subject=told.subject)
            if (where.topic or where.subject != OWNER) and len(said) > 1 and told.kind in OWNERS:
                yield _own(told, field, said, where)
        elif (value := shaped(field.known, said, told.day)) is not None:
            yield from _known(told, field, value, said, where)


def _known(told: Told, field: Field, value: str, said: str, where: Place) -> Iterator[Claim]:
    slot = field.known
    assert slot is not None
    # a topic's own telephone number is not the owner's: "phone of the plumber"
    name = slot.name if slot.personal or slot.form == "name" else where.slot(slot.name)
    if slot.personal and where.subject == OWNER and told.kind not in OWNERS:
        return
    if not (slot.name == "nickname" and set(words(value)) <= set(words(where.subject))):
        shown = said if slot.form in ("phone", "iban", "date") else value
        yield claim(
            told, field.span, where.subject, slot.kind, is_said(where.subject, name, shown), slot=name, value=value,
            single=slot.single, confidence=0.9,
        )  # fmt: skip


def _own(told: Told, field: Field, said: str, where: Place) -> Claim:
    named = where.subject != OWNER
    slot = field.key if named else where.slot(field.key)
    topic = f"{where.topic}, " if where.topic else ""
    statement = is_said(where.subject, field.key, said) if named else f"{topic}{field.key}: {said}"
    return claim(
        told, field.span, where.subject, "other", statement, slot=slot, value=said, single=True, confidence=0.8
    )


def shaped(slot: keys.Slot, said: str, day: int | None) -> str | None:
    """The value in the form that the slot has; None if it does not look like one."""
    if slot.form == "phone":
        found = shapes.phones(said)
        return shapes.compact(found[0].group()) if found else None
    if slot.form == "mail":
        mail = shapes.MAIL.search(said)
        return mail.group().lower() if mail else None
    if slot.form == "iban":
        return shapes.iban(said) or None
    if slot.form == "date":
        return dated(said, day)
    if slot.form == "size":
        return said if len(said.split()) <= 5 and any(one.isdigit() or one.isupper() for one in said) else None
    if slot.form == "name":
        return _name(said)
    return said if slot.name != "address" or any(one.isdigit() for one in said) else None


def dated(said: str, day: int | None) -> str | None:
    """A date that names its year in ISO form, another one as it is said; None if it is no date."""
    found = dates(said, day) or dates(said, SOME_DAY)
    if len(found) != 1 or found[0].grain != "day" or not any(one.isdigit() for one in said):
        return None
    days = found[0].days
    if re.search(r"\d{4}", said) and len(days) == 1:
        return date.fromordinal(days[0][0]).isoformat()
    return said[found[0].start : found[0].end]


def _name(said: str) -> str | None:
    name = re.split(r"\s*[,;(–—]\s*|\s+-\s+", said)[0].strip()
    return name if name[:1].isupper() and len(name.split()) <= 5 and not shapes.MONEY.search(name) else None


def _listed(value: str) -> list[str]:
    """The values of a list in brackets; else the one that it is."""
    if value.startswith("[") and value.endswith("]") and not value.startswith("[["):
        return [part for one in value[1:-1].split(",") if (part := one.strip(" '\"“”"))]
    return [value]
