"""Contacts, calendar entries and the end of a mail: what other programs keep in a form of its own.

A contact is read as the address book readers tell it ("Phone (mobile): …"), an entry of a calendar with its days, place
and people as one event. Who wrote to whom and when is no fact worth keeping; what somebody signs with is: role, company
and numbers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date

from secondme.knowledge import OWNER, Claim, Kind, Told
from secondme.memory.facts.same import SOME_DAY, dates
from secondme.memory.facts.saying import claim, is_said
from secondme.memory.facts.structured import keys, shapes
from secondme.memory.facts.structured.fields import shaped
from secondme.memory.facts.structured.lines import lines
from secondme.sentences import sentences

_LABEL = re.compile(r"(?P<label>[^\W\d_][^:\n]{0,60}?): (?P<value>\S.*)$")
_OWN: dict[str, tuple[str, Kind, bool]] = {
    "title": ("works as", "work", True),
    "role": ("role", "work", False),
    "organization": ("works at", "work", True),
    "department": ("department", "work", True),
    "language": ("language", "identity", False),
    "expertise": ("expertise", "work", False),
    "messages": ("messenger", "identity", False),
    "profile": ("profile", "identity", False),
}
_SKIPPED = frozenset(("name", "also", "date"))
LONGEST_NOTE, LONGEST_ENTRY = 200, 600  # characters
_ABOUT_ENTRY = ("When: ", "Where: ", "With: ", "Organizer: ", "Status: ", "Due: ", "Done: ", "Repeats: ", "Not on: ")
_ZONE = re.compile(r"\s\([A-Z][\w+-]*(?:/[\w+/-]+)?\)|\s\(\d+ days\)")  # (Europe/Brussels), (UTC), (6 days)
_GREETING = re.compile(
    r"(?:(?:kind|best|warm|sunny|many)\s+)?(?:regards|wishes|greetings)|(?:yours\s+)?(?:sincerely|faithfully|truly)|"
    r"cheers|thanks(?: and regards)?|best|mit freundlichen grüßen|met vriendelijke groet(?:en)?|cordialement",
    re.IGNORECASE,
)
_ROLE = re.compile(
    r"\b(?:manager|director|handler|engineer|officer|assistant|consultant|head of|lead|founder|partner|advisor|adviser"
    r"|agent|developer|designer|architect|professor|dr|teacher|secretary|coordinator|analyst|editor|president|ceo|cto|cfo|sales"
    r"|support|specialist|representative|administrator|nurse|lawyer|accountant|curator|librarian|chair|treasurer)\b",
    re.IGNORECASE,
)


def claims(told: Told) -> Iterator[Claim]:
    """What a contact, an entry of a calendar or the end of a mail says."""
    if told.kind == "contact":
        yield from _contact(told)
    elif told.kind in ("event", "task") and told.title:
        yield from _entry(told)
    elif told.kind == "mail":
        yield from _signature(told)


# -- contacts ---------------------------------------------------------------------------------------------------------


def _contact(told: Told) -> Iterator[Claim]:
    who = told.title or next((name for name, _, role in told.people if role == "about"), "")
    for line in lines(told.text):
        match = _LABEL.match(line.text)
        if match is None or not who:
            continue
        label, of = re.fullmatch(r"(.*?)(?: \(([^()]*)\))?", match["label"]).groups()  # type: ignore[union-attr]
        span, value = (line.start, line.end), match["value"]
        if label == "Note":
            if len(value) <= LONGEST_NOTE:
                yield claim(told, span, who, "other", f"{who}: {value}", slot="note", value=value, confidence=0.85)
        elif label == "Relation":
            yield _said(told, span, who, (of or "relation", "relation", False), value, value)
        elif label.casefold() not in _SKIPPED:
            yield from _labelled(told, span, who, (label, match["label"]), value)


def _labelled(told: Told, span: tuple[int, int], who: str, labels: tuple[str, str], said: str) -> Iterator[Claim]:
    label, whole = labels
    if own := _OWN.get(label.casefold()):
        yield _said(told, span, who, own, said, said)
    elif slot := keys.known(whole):
        single = slot.single and slot.name != "address"
        if value := shaped(slot, said, told.day):
            yield _said(told, span, who, (slot.name, slot.kind, single), value, said)
    elif len(dates(said, SOME_DAY)) == 1:  # "Anniversary", or a label of the owner's with a day
        yield _said(told, span, who, (label.casefold(), "event", True), said, said)


def _said(told: Told, span: tuple[int, int], who: str, slot: tuple[str, Kind, bool], value: str, said: str) -> Claim:
    name, kind, single = slot
    return claim(
        told, span, who, kind, is_said(who, name, said), slot=name, value=value, single=single, confidence=0.95
    )


# -- calendars --------------------------------------------------------------------------------------------------------


def _entry(told: Told) -> Iterator[Claim]:
    """The entry as one event: its title and what follows it line by line, when and where and with whom."""
    found = list(lines(told.text))
    if not found or " ".join(found[0].text.split()) != " ".join(told.title.split())[: len(found[0].text)]:
        return
    head = [found[0]]
    for line in found[1:]:
        if not line.text.startswith(_ABOUT_ENTRY):
            break
        head.append(line)
    said = {line.text.partition(": ")[0]: line.text.partition(": ")[2] for line in head[1:]}
    status, when = said.get("Status", ""), said.get("When") or said.get("Due") or said.get("Done") or ""
    span = (head[0].start, head[-1].end)
    if status == "cancelled" or not when or span[1] - span[0] > LONGEST_ENTRY:
        return
    days = dates(when, told.day)
    event = (days[0].days[0][0], days[-1].days[0][1]) if days else None
    task = told.kind == "task"
    stance = "done" if "Done" in said or status == "done" else "guess" if status == "tentative" else "plan"
    undated = task or event is None or "Repeats" in said
    title, when = " ".join(told.title.split()), _ZONE.sub("", when)
    yield claim(
        told, span, told.subject or OWNER, "task" if task else "event", _told(title, said, when), stance=stance,
        event=None if "Repeats" in said else event, slot="" if undated else f"date of {_slot(title)}",
        value="" if undated or event is None else _day(when, event), confidence=0.95,
    )  # fmt: skip


def _told(title: str, said: dict[str, str], when: str) -> str:
    parts = [title, when, said.get("Repeats", "")]
    if said.get("Not on"):
        parts.append(f"not on {said['Not on']}")
    parts.append(said.get("Where", ""))
    if said.get("With"):
        parts.append(f"with {said['With']}")
    return ", ".join(part for part in parts if part)


def _day(when: str, event: tuple[int, int]) -> str:
    return date.fromordinal(event[0]).isoformat() if event[0] == event[1] else when


def _slot(title: str) -> str:
    return " ".join(re.sub(r"[^\w\s'’&+./-]", " ", title.casefold()).split())


# -- mail -------------------------------------------------------------------------------------------------------------


def _signature(told: Told) -> Iterator[Claim]:
    """What stands below the greeting at the end: role, company, telephone and address of who signs."""
    found = list(lines(told.text))
    at = next((at for at, line in enumerate(found) if _GREETING.fullmatch(line.text.strip(" ,.!"))), None)
    if at is None or at + 1 >= len(found):
        return
    name = found[at + 1]
    words = name.text.split()
    if not (2 <= len(words) <= 4 and all(word[0].isupper() for word in words)):
        return
    for number, line in enumerate(found[at + 2 : at + 8]):
        span = (name.start, line.end)
        if len(list(sentences(line.text))) > 1 or len(line.text) > 90 or line.text.endswith("."):
            return
        for phone in shapes.phones(line.text):
            yield _said(
                told, span, name.text, ("phone", "identity", False), shapes.compact(phone.group()), phone.group()
            )
        for mail in shapes.MAIL.finditer(line.text):
            yield _said(told, span, name.text, ("email", "identity", False), mail.group().lower(), mail.group())
        if number == 0 and _ROLE.search(line.text):
            yield _said(told, span, name.text, ("works as", "work", True), line.text, line.text)
