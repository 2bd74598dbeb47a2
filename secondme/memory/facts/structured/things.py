"""What things cost, and the codes that name an order, a booking, a case: of things that the sentence itself names.

A booking code or a file number is kept as a reference (kind "credential"); what opens a door or an account is none, and
the guard stops it. A price is a thing's that stands beside it in one of a few plain constructions.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import OWNER, Claim
from secondme.memory.facts.saying import claim, days_of
from secondme.memory.facts.structured import shapes
from secondme.memory.facts.structured.lines import plain
from secondme.memory.facts.structured.spoken import Said, named

_CODE = re.compile(
    r"\b(?P<what>(?i:(?:(?:the|my|our|your|a|of|for)\s+)?(?:[\w’'-]+\s+){0,3}?(?:booking|confirmation|reservation|order|"
    r"reference|tracking|ticket|case|claim|file|customer|policy|member|membership|invoice|report|job|race|frame|serial|"
    r"chip|contract|dossier|insurance|library|loyalty|flight|parcel|shipment|registration|meter)\s+(?:code|number|no\.?|"
    r"nr\.?|reference|ref\.?|id)))(?:\s+(?:for|of)\s+(?P<for>[\w’'-]+(?:\s+[\w’'-]+){0,4}?))?\s*(?:is|was|:|=|#|-|has)?"
    rf"\s*[\"“'#]?(?P<code>{shapes.CODE})(?![\w/])"
)
_HAS_NUMBER = re.compile(
    r"\b[Tt]he\s+(?P<what>(?:[\w’'-]+\s+){1,8}?)has\s+(?:the\s+)?(?:number|code|reference)\s+"
    rf"(?P<code>{shapes.CODE})(?![\w/])"
)
WHOLE = 160  # characters of a sentence that is its own statement
LEAST_FIGURES = 2  # a code of figures alone has at least so many


def codes(one: Said) -> Iterator[Claim]:
    """Codes behind what they are the code of. In a mail or on a screenshot they are the owner's, who has it."""
    who = OWNER if one.told.kind in ("mail", "screenshot") else one.told.subject
    for match in _CODE.finditer(one.text):
        if sum(character.isdigit() for character in match["code"]) >= LEAST_FIGURES or not match["code"].isdigit():
            slot = bare(match["what"]) + (f" of {bare(match['for'])}" if match["for"] else "")
            yield from _code(one, who, slot, match["code"])
    for match in _HAS_NUMBER.finditer(one.text):
        yield from _code(one, who, f"number of {bare(match['what'])}", match["code"])


def _code(one: Said, who: str, slot: str, code: str) -> Iterator[Claim]:
    code = code.rstrip(".-/")
    return one.claim(who, (slot, "credential", False), code, statement=f"{slot}: {code}")


# -- prices -----------------------------------------------------------------------------------------------------------

_ENDS = (
    r"is|was|are|were|be|been|costs?|for|at|to|and|or|but|which|that|i|we|he|she|it|they|you|from|on|in|so|by|because|when"
    r"|if|would|will|could|might|may|should|can|did|does|do|not|has|have|had|also|only|about|than"
)
_ARTICLE = r"(?:the|my|our|his|her|a|an|this|that|one|two|three|some|new)"


def _thing(ends: str, article: str) -> str:
    """A noun phrase of up to six words, none of which is one of `ends`."""
    word = rf"(?!(?:{ends})\b)[^\W\d_][\w’'&-]*"
    return rf"(?P<thing>(?:{_ARTICLE}\s+){article}{word}(?:\s+{word}){{0,5}}?)"


_ANY = _thing(f"{_ENDS}|with", "*")
_MONEY = rf"(?P<money>{shapes.MONEY.pattern})"
_EACH = r"(?P<each>\s+(?:a|per|each|every)\s+(?:month|year|week|day|night|hour|person|piece|kilo|lesson|ticket))?"
_PAID = r"paid|spent|pay|paying"
_PRICES = tuple(
    re.compile(rf"\b{pattern}", re.IGNORECASE)
    for pattern in (
        rf"{_thing(_ENDS, '*')}\s+costs?\s+(?:me\s+|us\s+)?(?:only\s+|about\s+)?{_MONEY}{_EACH}",
        rf"(?:{_PAID})\s+(?:only\s+|about\s+)?{_MONEY}{_EACH}\s+(?:for|on)\s+{_ANY}(?=[,.;:!)]|\s+(?:{_ENDS}|with)\b|$)",
        rf"(?:price|cost|rent|fee|quote|deposit|fare)\s+(?:of|for)\s+{_ANY}\s+(?:is|was|comes to)\s+{_MONEY}{_EACH}",
        rf"(?:bought|ordered|booked|sold)\s+{_ANY}\s+for\s+(?:only\s+)?{_MONEY}{_EACH}",
        rf"(?:got|makes?|made)\s+{_thing(f'{_ENDS}|with', '+')}\s+for\s+(?:only\s+)?{_MONEY}{_EACH}",
    )
)


def prices(one: Said) -> Iterator[Claim]:
    """What a thing costs or cost: "price of new bike" is "€1,349"."""
    for pattern in _PRICES:
        for match in pattern.finditer(one.text):
            thing, price = bare(match["thing"]), match["money"].strip(" ,.") + (match["each"] or "")
            if thing and named(thing.split()[0]) and one.told.subject:
                bought = re.match(rf"(?:{_PAID}|bought|got)\b", match.group(), re.IGNORECASE) is not None
                statement = plain(one.text) if len(one.text) <= WHOLE else f"price of {thing}: {price}"
                yield claim(
                    one.told, (one.start, one.end), one.told.subject, "possession" if bought else "other", statement,
                    slot=f"price of {thing.casefold()}", value=price, single=True,
                    event=days_of(one.text, one.told.day), confidence=0.8,
                )  # fmt: skip


# -- versions ---------------------------------------------------------------------------------------------------------

_VERSION = re.compile(
    r"\b(?P<name>[A-Z][\w+#]*[A-Za-z+#][\w+#]*|[A-Z]\d?)\s+(?:version\s+|v\.?\s?)?(?P<version>\d+(?:\.\d+)+)"
    r"(?=\s*(?:[,;:)!?.]|$)|\s+(?:on|in|at|for|with|and|but|from|to|now|already|since|last|this|because|so)\b)"
)
_HAVING = re.compile(
    r"\b(?:run|us|upgrad|updat|bump|migrat|switch|mov|install|deploy|stay|ship|target)\w*\b", re.IGNORECASE
)
_OURS = re.compile(
    r"\b(?:I|[Ww]e|[Mm]y|[Oo]ur)\b|^\W*(?:\w+ly\s|Now\s)?(?:Run|Us|Upgrad|Updat|Bump)(?:ning|ing|ed|ping|ped)\b"
)
_NO_THING = frozenset(
    ("usd", "eur", "gbp", "chf", "chapter", "section", "table", "figure", "page", "gate", "room", "at")
)


def versions(one: Said) -> Iterator[Claim]:
    """Which version of something the speaker has: "K8s 1.24". One at a time, so that a later one ends it."""
    if not (one.told.subject and _OURS.search(one.text) and _HAVING.search(one.text)):
        return
    for match in _VERSION.finditer(one.text):
        if match["name"].casefold() not in _NO_THING:
            yield claim(
                one.told, (one.start, one.end), one.told.subject, "possession", plain(one.text)[:WHOLE],
                slot=f"version of {match['name'].casefold()}", value=match["version"], single=True, confidence=0.8,
            )  # fmt: skip


def bare(phrase: str) -> str:
    """A noun phrase without its articles, in lower case at its beginning."""
    words = phrase.replace("’s", "'s").split()
    while (
        words and re.fullmatch(rf"{_ARTICLE}|your|another|of|for|and|s", words[0], re.IGNORECASE) and words[0] != "new"
    ):
        words.pop(0)
    found = " ".join(words)
    return found[:1].lower() + found[1:] if found[1:2].islower() else found
