"""Values by their shape, anywhere in prose, where the words around them say what they are and whose.

Birthdays, telephone numbers, e-mail and postal addresses, account numbers, sizes, licence plates; codes and prices are
in things.py. A shape without such words is left alone: a number is not somebody's number because it is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import OWNER, Claim, Told
from secondme.memory.facts.structured import shapes, things
from secondme.memory.facts.structured.fields import dated
from secondme.memory.facts.structured.spoken import IS, WHO, WHOSE, Said, said

_NEW = r"(?:(?P<new>new|current)\s+|private\s+|own\s+)?"


def claims(told: Told) -> Iterator[Claim]:
    """What the sentences of a passage say in values of such shapes."""
    for one in said(told):
        for extract in (
            _birthdays,
            _phones,
            _mails,
            _addresses,
            _accounts,
            _sizes,
            _plates,
            things.codes,
            things.prices,
            things.versions,
        ):
            yield from extract(one)


_DAY = r"(?P<day>[^.;!?\n(]{3,40})"
_BIRTHDAY = re.compile(rf"{WHOSE}(?:birthday|date\s+of\s+birth){IS}{_DAY}")
_BORN = re.compile(rf"{WHO}\s+(?:was|were|is)\s+born\s+(?:on\s+|in\s+)?(?:the\s+)?{_DAY}")
_AFTER_DAY = re.compile(r",\s(?!\d)|\s(?:and|but|so|at|in [A-Z])\b")


def _birthdays(one: Said) -> Iterator[Claim]:
    for pattern in (_BIRTHDAY, _BORN):
        for match in pattern.finditer(one.text):
            if day := dated(match["day"], one.told.day):
                shown = _AFTER_DAY.split(match["day"])[0].strip(" ,")
                yield from one.claim(one.whose(match), ("birthday", "identity", True), day, shown)


_KINDS = {"mobile": "mobile phone", "cell": "mobile phone", "work": "work phone", "office": "work phone",
          "home": "home phone", "": "phone"}  # fmt: skip
_PHONE = re.compile(
    rf"{WHOSE}{_NEW}(?:(?P<kind>mobile|cell|work|home|office)\s+)?(?:(?:tele)?phone(?:\s+number)?|mobile|cell|number){IS}"
    r"(?=[+(\d])"
)
_CALL = re.compile(r"\b(?:call|reach|text|phone|ring)\s+me\s+(?:at|on)\s+(?=[+(\d])", re.IGNORECASE)


def _phones(one: Said) -> Iterator[Claim]:
    numbers = {number.start(): number.group() for number in shapes.phones(one.text)}
    for match in _PHONE.finditer(one.text):
        if number := numbers.get(match.end()):
            slot = _KINDS[match["kind"] or ""]
            single = match["new"] is not None
            yield from one.claim(one.whose(match), (slot, "identity", single), shapes.compact(number), number)
    for match in _CALL.finditer(one.text):
        if number := numbers.get(match.end()):
            yield from one.claim(one.told.subject, ("phone", "identity", False), shapes.compact(number), number)


_MAIL = re.compile(rf"{WHOSE}{_NEW}[Ee]?-?[Mm]ail(?:\s+address)?{IS}(?=\S{{1,64}}@)")


def _mails(one: Said) -> Iterator[Claim]:
    for match in _MAIL.finditer(one.text):
        if mail := shapes.MAIL.match(one.text, match.end()):
            slot = ("email", "identity", match["new"] is not None)
            yield from one.claim(one.whose(match), slot, mail.group().lower(), mail.group())  # type: ignore[arg-type]


_ADDRESS = re.compile(rf"{WHOSE}{_NEW}(?:home\s+|postal\s+)?address{IS}")
_LIVES = re.compile(
    rf"{WHO}(?:['’](?:ve|m|re))?\s+(?:(?:now|just|still|have|has|am|are|is)\s+)?(?:lives?|living|moved|moves?|staying)\s+"
    r"(?:at|to|in)\s+"
)


def _addresses(one: Said) -> Iterator[Claim]:
    for pattern in (_ADDRESS, _LIVES):
        for match in pattern.finditer(one.text):
            if address := shapes.ADDRESS.match(one.text, match.end()):
                yield from one.claim(one.whose(match), ("address", "place", True), address.group())


_ACCOUNT = re.compile(rf"{WHOSE}(?:\w+\s+){{0,3}}?(?i:iban|account|konto)\b")


def _accounts(one: Said) -> Iterator[Claim]:
    for match in shapes.IBAN.finditer(one.text):
        if number := shapes.iban(match.group()):
            account = _ACCOUNT.search(one.text, 0, match.start())
            # "please pay to …" in a mail is the sender's; in the owner's own note it may be anybody's
            who = one.whose(account) if account else one.told.subject if one.told.subject != OWNER else ""
            yield from one.claim(who, ("iban", "credential", False), number, match.group())


_SIZE = re.compile(
    rf"{WHOSE}(?P<what>(?:shoe|dress|ring|shirt|trouser|jacket|hat|glove|bra|clothing)\s+size){IS}(?:an?\s+)?"
    r"(?P<size>(?:EU\s|UK\s|US\s)?(?:\d{1,3}(?:[.,]5|½)?|X{0,3}[SML])(?:\s?(?:EU|UK|US))?)(?!\w)"
)
_WEARS = re.compile(
    rf"{WHO}\s+(?:wears?|takes?|needs?)\s+(?:an?\s+)?(?:shoe\s+size\s+(?P<size>\d{{2}}(?:[.,]5)?)|"
    r"(?:shoes\s+(?:in\s+)?)size\s+(?P<after>\d{2}(?:[.,]5)?)|size\s+(?P<before>\d{2}(?:[.,]5)?)\s+shoes)(?!\w)"
)


def _sizes(one: Said) -> Iterator[Claim]:
    for match in _SIZE.finditer(one.text):
        slot = " ".join(match["what"].split())
        yield from one.claim(one.whose(match), (slot, "possession", True), match["size"])
    for match in _WEARS.finditer(one.text):
        size = match["size"] or match["after"] or match["before"]
        yield from one.claim(one.whose(match), ("shoe size", "possession", True), size)


_PLATE = re.compile(
    rf"{WHOSE}(?:\w+\s+)?(?:licen[cs]e|number)\s+plate(?:\s+(?:of|on|for)\s+(?:the|my|our)\s+\w+(?:\s+\w+){{0,2}}?)?\s*"
    r"(?:is|was|:)\s*(?P<plate>(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,4}){0,3})(?!\w)"
)


def _plates(one: Said) -> Iterator[Claim]:
    for match in _PLATE.finditer(one.text):
        yield from one.claim(one.whose(match), ("licence plate", "credential", False), match["plate"])
