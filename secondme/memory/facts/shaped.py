"""Values by their shape, anywhere in prose, where the words around them say what they are and whose.

Birthdays, postal addresses, telephone numbers, e-mail addresses, account numbers, booking codes, prices, sizes, licence
plates. A shape without such words is left alone: a number is not somebody's number because it is long.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import OWNER, Claim, Kind, Told
from secondme.memory.facts import shapes
from secondme.memory.facts.fields import dated
from secondme.memory.facts.lines import lines
from secondme.memory.facts.saying import claim, days_of, is_said
from secondme.memory.facts.wording import told_of
from secondme.sentences import sentences

LONGEST = 500  # characters of a sentence
Span = tuple[int, int]
_NAME = r"[A-ZÀ-Þ][\w’'-]*[^\W\d_](?:\s+[A-ZÀ-Þ][\w’'-]*[^\W\d_]){0,2}"
# whose it is: "my", "our", or a name with its ending
_WHOSE = rf"(?:(?P<own>\b(?:[Mm]y|[Oo]ur))|(?P<name>\b{_NAME})['’]s?)\s+"
_NEW = r"(?:new\s+|current\s+|private\s+|own\s+)?"
_IS = r"\s*(?:is(?:\s+now)?|are|was|=|:|will\s+be)\s+(?:on\s+|now\s+|at\s+)?"
_SAID = frozenset("i he she it we they the a an this that his her my our your who and but so as if when what mr mrs ms dr"
                  " today yesterday tomorrow monday tuesday wednesday thursday friday saturday sunday".split())  # fmt: skip


def claims(told: Told) -> Iterator[Claim]:
    """What the sentences of a passage say in values of such shapes."""
    quoted = _quoted(told.text)
    for span in sentences(told.text):
        if span[1] - span[0] <= LONGEST and not any(start <= span[0] < end for start, end in quoted):
            said = told.text[span[0] : span[1]]
            if any(character.isdigit() for character in said) or "@" in said:
                for extractor in (_birthdays, _reached, _addresses, _ibans, _codes, _prices, _sizes, _plates):
                    yield from extractor(told, span, said)


def _quoted(text: str) -> list[Span]:
    """The spans that no line of the writer's own covers: code and quotes."""
    own = [(line.start, line.end) for line in lines(text)]
    gaps, at = [], 0
    for start, end in [*own, (len(text), len(text))]:
        if text[at:start].strip(" \t\n-*+•–#[]xX✓0123456789.)"):
            gaps.append((at, start))
        at = end
    return gaps


def _subject(told: Told, match: re.Match[str]) -> str:
    """Whose it is by the words of the match; "" if that is nobody in particular."""
    if match["own"]:
        return told.subject
    name = match["name"] or ""
    return "" if not name or name.split()[0].casefold() in _SAID else name


def _value(
    told: Told, span: Span, who: str, slot: tuple[str, Kind, bool], value: str, said: str, statement: str = ""
) -> Iterator[Claim]:
    if who:
        name, kind, single = slot
        yield claim(
            told, span, who, kind, statement or is_said(who, name, said), slot=name, value=value, single=single,
            confidence=0.85,
        )  # fmt: skip


# -- people -----------------------------------------------------------------------------------------------------------

_DAY = r"(?P<day>[^.;!?\n(]{3,40})"
_BIRTHDAY = re.compile(rf"{_WHOSE}(?:birthday|date\s+of\s+birth){_IS}{_DAY}")
_BORN = re.compile(
    rf"(?:(?P<own>\bI)|(?P<name>\b{_NAME}))\s+(?:was|were|is)\s+born\s+(?:on\s+|in\s+)?(?:the\s+)?{_DAY}"
)


def _birthdays(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for pattern in (_BIRTHDAY, _BORN):
        for match in pattern.finditer(said):
            if value := dated(match["day"], told.day):
                shown = re.split(r",\s(?!\d)|\s(?:and|but|so|at|in [A-Z])\b", match["day"])[0].strip(" ,")
                yield from _value(told, span, _subject(told, match), ("birthday", "identity", True), value, shown)


_PHONE = re.compile(
    rf"{_WHOSE}{_NEW}(?P<kind>(?:mobile|cell|work|home|office)\s+)?(?:(?:tele)?phone(?:\s+number)?|mobile|cell|number){_IS}"
    rf"(?=[+(\d])"
)
_MAIL = re.compile(rf"{_WHOSE}{_NEW}(?:e-?mail|mail)(?:\s+address)?{_IS}(?=\S{{1,64}}@)", re.IGNORECASE)
_CALL = re.compile(
    rf"(?:\b(?P<own>(?:call|reach|text|phone|ring)\s+me)|(?P<name>(?!))x)\s+(?:at|on)\s+(?=[+(\d])", re.I
)


def _reached(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for pattern in (_PHONE, _CALL):
        for match in pattern.finditer(said):
            number = next((one for one in shapes.phones(said) if one.start() == match.end()), None)
            if number:
                kind = (
                    (match.groupdict().get("kind") or "")
                    .strip()
                    .lower()
                    .replace("cell", "mobile")
                    .replace("office", "work")
                )
                slot = f"{kind} phone".strip()
                new = " new " in match.group()
                yield from _value(
                    told,
                    span,
                    _subject(told, match),
                    (slot, "identity", new),
                    shapes.compact(number.group()),
                    number.group(),
                )
    for match in _MAIL.finditer(said):
        if mail := shapes.MAIL.match(said, match.end()):
            new = " new " in match.group()
            yield from _value(
                told, span, _subject(told, match), ("email", "identity", new), mail.group().lower(), mail.group()
            )


_LIVES = re.compile(
    rf"(?:{_WHOSE}{_NEW}(?:home\s+|postal\s+)?address{_IS}|"
    rf"(?:(?P<i>\b(?:I|[Ww]e))|(?P<who>\b{_NAME}))(?:['’](?:ve|m|re))?\s+(?:(?:now|just|still|have|has|am|are|is)\s+)?"
    r"(?:lives?|living|moved|moves?|staying)\s+(?:at|to|in)\s+)"
)


def _addresses(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for match in _LIVES.finditer(said):
        address = shapes.ADDRESS.match(said, match.end())
        if address:
            who = told.subject if match["i"] else match["who"] or _subject(told, match)
            if who.split(" ")[0].casefold() not in _SAID:
                yield from _value(told, span, who, ("address", "place", True), address.group(), address.group())


_OF_ACCOUNT = re.compile(rf"{_WHOSE}(?:\w+\s+){{0,3}}?(?:iban|account|konto)\b", re.IGNORECASE)


def _ibans(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for match in shapes.IBAN.finditer(said):
        number = shapes.iban(match.group())
        owner = _OF_ACCOUNT.search(said, 0, match.start())
        if number:
            who = _subject(told, owner) if owner else "" if told.subject == OWNER else told.subject
            yield from _value(told, span, who, ("iban", "credential", False), number, match.group())


_CODE = re.compile(
    rf"\b(?P<what>(?i:(?:(?:the|my|our|your|a|of|for)\s+)?(?:[\w’'-]+\s+){{0,3}}?(?:booking|confirmation|reservation|reference|"
    rf"order|tracking|ticket|case|claim|file|customer|policy|member|membership|invoice|report|job|race|frame|serial|chip|"
    rf"contract|dossier|insurance|library|loyalty|flight|parcel|shipment|registration|meter)\s+(?:code|number|no\.?|nr\.?|"
    rf"reference|ref\.?|id)))(?:\s+(?:for|of)\s+(?P<for>(?:[\w’'-]+\s+){{1,5}}?))?\s*(?:is|was|:|=|#|-|has)?\s*[\"“'#]?"
    rf"(?P<code>{shapes.CODE})(?![\w/])"
)
_HAS_NUMBER = re.compile(
    rf"\b[Tt]he\s+(?P<what>(?:[\w’'-]+\s+){{1,8}}?)has\s+(?:the\s+)?(?:number|code|reference)\s+"
    rf"(?P<code>{shapes.CODE})(?![\w/])"
)


def _codes(told: Told, span: Span, said: str) -> Iterator[Claim]:
    who = OWNER if told.kind == "mail" else told.subject
    for match in _CODE.finditer(said):
        if sum(one.isdigit() for one in match["code"]) >= 2 or not match["code"].isdigit():
            slot = _bare(match["what"]) + (f" of {_bare(match['for'])}" if match["for"] else "")
            yield from _coded(told, span, who, slot, match["code"])
    for match in _HAS_NUMBER.finditer(said):
        yield from _coded(told, span, who, f"number of {_bare(match['what'])}", match["code"])


def _coded(told: Told, span: Span, who: str, slot: str, code: str) -> Iterator[Claim]:
    code = code.rstrip(".-/")
    yield from _value(told, span, who, (slot.casefold(), "credential", False), code, code, f"{slot}: {code}")


# -- things -----------------------------------------------------------------------------------------------------------

_THING = r"(?P<thing>(?:(?:the|my|our|his|her|a|an|this|that|new|one)\s+)*[^\W\d_][\w’'&-]*(?:\s+(?!{stop})[\w’'&-]+){{0,5}}?)"
_STOP = (
    r"(?:is|was|are|were|costs?|for|at|to|and|but|which|that|i|we|he|she|it|with|from|on|in|so|by|because|when|if)\b"
)
_AN_OBJECT = _THING.format(stop=_STOP)
_MONEY = rf"(?P<money>{shapes.MONEY.pattern})"
_EACH = r"(?P<each>\s+(?:a|per|each|every)\s+(?:month|year|week|day|night|hour|person|piece|kilo|lesson|ticket))?"
_PRICES = (
    re.compile(rf"\b{_THING.format(stop=_STOP.replace('|with', ''))}\s+costs?\s+(?:me\s+|us\s+)?(?:only\s+|about\s+)?{_MONEY}{_EACH}"),
    re.compile(rf"\b(?:paid|spent|pay|paying)\s+(?:only\s+|about\s+)?{_MONEY}{_EACH}\s+(?:for|on)\s+{_AN_OBJECT}(?=[,.;:!)]|\s+(?:{_STOP})|$)", re.I),
    re.compile(rf"\b(?:price|cost|rent|fee|quote|deposit|fare)\s+(?:of|for)\s+{_AN_OBJECT}\s+(?:is|was|comes to|:)\s+(?:now\s+)?{_MONEY}{_EACH}", re.I),
    re.compile(rf"\b(?:bought|got|sold|makes?|ordered|booked)\s+{_AN_OBJECT}\s+for\s+(?:only\s+)?{_MONEY}{_EACH}", re.I),
)  # fmt: skip


def _prices(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for pattern in _PRICES:
        for match in pattern.finditer(said):
            thing, value = _bare(match["thing"]), match["money"].strip(" ,.")
            if not thing or thing.split()[0] in _SAID or not told.subject:
                continue
            price = f"{value}{match['each'] or ''}"
            yield claim(
                told, span, told.subject, "possession" if re.match(r"(?i)paid|bought|got", match.group()) else "other",
                f"price of {thing}: {price}", slot=f"price of {thing.casefold()}", value=price, single=True,
                event=days_of(said, told.day), confidence=0.8,
            )  # fmt: skip


_SIZE = re.compile(
    rf"{_WHOSE}(?P<what>(?:shoe|dress|ring|shirt|trouser|jacket|hat|glove|bra|clothing)\s+size){_IS}(?:an?\s+)?"
    r"(?P<size>(?:EU\s|UK\s|US\s)?(?:\d{1,3}(?:[.,]5|½)?|X{0,3}[SML])(?:\s?(?:EU|UK|US))?)(?!\w)"
)
_WEARS = re.compile(
    rf"(?:(?P<own>\bI|\b[Ww]e)|(?P<name>\b{_NAME}))\s+(?:wears?|takes?|needs?)\s+(?:(?:an?\s+)?(?:shoe\s+)?size\s+(?P<size>\d{{2}}"
    r"(?:[.,]5)?)(?=\s+shoes|\s*[,.;!]|$)|shoes?\s+(?:in\s+)?size\s+(?P<other>\d{2}(?:[.,]5)?))"
)


def _sizes(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for match in _SIZE.finditer(said):
        slot = " ".join(match["what"].lower().split())
        yield from _value(told, span, _subject(told, match), (slot, "possession", True), match["size"], match["size"])
    for match in _WEARS.finditer(said):
        size = match["size"] or match["other"]
        if "shoe" in match.group() + said[match.end() : match.end() + 7]:
            who = _subject(told, match)
            yield from _value(
                told, span, who, ("shoe size", "possession", True), size, size, told_of(match.group(), who)
            )


_PLATE = re.compile(
    rf"(?:(?P<own>\b[Mm]y|\b[Oo]ur)|(?P<name>\b{_NAME})['’]s?)?\s*(?:\w+\s+)?\b(?:licen[cs]e|number)\s+plate"
    r"(?:\s+(?:of|on|for)\s+(?:the|my|our)\s+(?:\w+\s*){1,3}?)?\s*(?:is|was|:)\s*"
    r"(?P<plate>(?=[A-Z0-9 -]*\d)(?=[A-Z0-9 -]*[A-Z])[A-Z0-9]{1,4}(?:[ -][A-Z0-9]{1,4}){0,3})(?!\w)"
)


def _plates(told: Told, span: Span, said: str) -> Iterator[Claim]:
    for match in _PLATE.finditer(said):
        who = _subject(told, match) or told.subject
        yield from _value(told, span, who, ("licence plate", "credential", False), match["plate"], match["plate"])


def _bare(phrase: str) -> str:
    """A noun phrase without its articles, in lower case at its beginning."""
    words = phrase.replace("’s", "'s").split()
    while words and words[0].casefold() in ("the", "my", "our", "your", "his", "her", "a", "an", "this", "that", "another",
                                            "of", "for", "one", "and", "s"):  # fmt: skip
        words.pop(0)
    found = " ".join(words)
    return found[:1].lower() + found[1:] if found[1:2].islower() else found
