"""What kind of thing a question asks for, and whether a text holds one: answer types by shape (Li and Roth, 2002).

Rules on words and digits, English only; a question that no rule knows asks for "other", which any text may hold. What
stands in the question already (its own date, its own names) does not answer it.
"""

from __future__ import annotations

import re
from typing import Literal

from secondme.recall.lexical import STOP_WORDS, stem, stems

Kind = Literal["money", "count", "date", "clock", "person", "place", "phone", "email", "code", "other"]

_MONEY_WORDS = (
    r"cost|costs|price|pay|paid|pays|fee|bill|spend|spent|owe|owed|charge|charged|charges|expensive|rent|salary|budget|"
    r"deposit|worth|refund|earn|earns|valued|quote"
)
# the first pattern that is found decides
_ASKS: tuple[tuple[Kind, re.Pattern[str]], ...] = tuple(
    (kind, re.compile(pattern))  # type: ignore[misc]
    for kind, pattern in (
        ("phone", r"\b(phone|mobile|telephone)\b"),
        ("email", r"\be-?mail address\b"),
        ("person", r"\b(who|whose|whom)\b|\b(name|surname)\b"),
        ("place", r"\bwhere\b|\bwhich (city|town|street|village|hotel|restaurant)\b"),
        ("count", r"\bhow many\b|\bhow old\b"),
        ("clock", r"\bwhat time\b|\bat what hour\b"),
        (
            "date",
            r"\b(birthday|born)\b|\bwhen\b(?! (i|we)\b)|\b(which|what) (day|date|month|year)\b|\buntil when\b|"
            r"\bhow soon\b|\bdeadline\b|\bdate of\b",
        ),
        ("count", r"\bhow (long|often)\b"),
        ("money", rf"(?=.*\b(how much|price|cost|fee|bill|salary)\b|what\b).*\b({_MONEY_WORDS})\b"),
        (
            "count",
            r"\bhow (much|far|tall|heavy|big|high|hot|deep|wide|fast|large)\b|"
            r"\b(percentage|temperature|weigh|weight)\b",
        ),
        ("code", r"\b(code|password|pin|account number|number|iban|plate|reference)\b"),
    )
)
# the words of a question that its kind already stands for
_SPOKEN_FOR: dict[Kind, str] = {
    "money": "cost price pay paid fee bill spend spent owe charge charged expensive worth much money earn total",
    "count": "many old much far tall heavy big high hot long often number",
    "date": "date day month year born birthday",
    "clock": "time",
    "person": "name surname called",
    "place": "place",
    "phone": "phone number mobile telephone",
    "email": "email mail address",
    "code": "",
    "other": "",
}

_MONTH = (
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december|"
    r"jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec)"
)
_CLOCK = re.compile(r"\b\d{1,2}[:.h]\d{2}\b|\b\d{1,2}\s?(?:am|pm|o.clock|h)\b|\bnoon\b|\bmidnight\b|\bhalf past\b")
_DATE = re.compile(
    r"\b\d{4}-\d\d(?:-\d\d)?\b|\b\d{1,2}[./]\d{1,2}[./]\d{2,4}\b|\b\d{1,2}\s?[-–]\s?\d{1,2}\s+" + _MONTH + r"\b|"
    r"\b\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?" + _MONTH + r"\b|\b" + _MONTH + r"\b|"
    r"\b(?:mon|tues|wednes|thurs|fri|satur|sun)day\b|\b(?:19|20)\d\d\b|\b(?:today|tomorrow|yesterday|tonight|spring|"
    r"summer|autumn|winter|easter|christmas|weekend|week|month)\b"
)
_CURRENCY = re.compile(
    r"[€$£¥]|\b(?:eur|euros?|usd|dollars?|pounds?|gbp|kr|kroner|dkk|nok|sek|chf|czk|francs?|cents?)\b"
)
_NUMBER = re.compile(r"\d+(?:[.,:]\d+)*")
_NUMBER_WORD = re.compile(
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|twenty|thirty|forty|fifty|hundred|"
    r"thousand|half|twice|once)\b"
)
_PHONE = re.compile(r"(?:\+?\d[\s/.-]?){7,}")
_CODE = re.compile(r"\d|\b[A-Z]{2,}\d|\"\S+\"|“\S+”")
_CAPITAL = re.compile(r"\b[A-ZÀ-Þ][\w’'-]+")
_CAPITAL_WITHIN = re.compile(r"(?<![.!?:–-]\s)(?<!^)(?<!^- )\b[A-ZÀ-Þ][\w’'-]+")


def kind_of(question: str) -> Kind:
    """What kind of thing would answer it."""
    lowered = question.casefold()
    return next((kind for kind, pattern in _ASKS if pattern.search(lowered)), "other")


def subject(stems_asked: list[str], kind: Kind) -> list[str]:
    """The question's stems without those that its kind stands for ("how much did the rope cost": rope)."""
    spoken_for = {stem(word) for word in _SPOKEN_FOR[kind].split()}
    return [s for s in stems_asked if s not in spoken_for] or stems_asked


def holds(kind: Kind, text: str, question: frozenset[str]) -> float:
    """How well `text` holds a thing of that kind that is not in the question (its stems): 0 not at all .. 1 plainly."""
    lowered = text.casefold()
    match kind:
        case "other":
            return 0.5
        case "phone":
            return float(bool(_PHONE.search(lowered)))
        case "email":
            return float("@" in lowered)
        case "code":
            return float(bool(_CODE.search(text)))
        case "clock":
            return 1.0 if _CLOCK.search(lowered) else 0.2 if _NUMBER.search(lowered) else 0.0
        case "date":
            new = [
                m.group()
                for m in (*_DATE.finditer(lowered), *_CLOCK.finditer(lowered))
                if not stems(m.group()) <= question
            ]
            return 0.0 if not new else 1.0 if any(c.isdigit() for found in new for c in found) else 0.7
        case "money" | "count":
            return _amount(kind, lowered, question)
        case "person" | "place":
            within = _new_names(_CAPITAL_WITHIN, text, question)
            return 1.0 if within else 0.6 if _new_names(_CAPITAL, text, question) else 0.1


def _amount(kind: Kind, lowered: str, question: frozenset[str]) -> float:
    bare = _CLOCK.sub(" ", _DATE.sub(" ", lowered))
    numbers = [n for n in _NUMBER.findall(bare) if n not in question]
    if kind == "money":
        return 1.0 if _CURRENCY.search(lowered) and _NUMBER.search(lowered) else 0.7 if numbers else 0.0
    if numbers:
        return 1.0
    return 0.7 if _NUMBER_WORD.search(lowered) else 0.3 if _NUMBER.search(lowered) else 0.0


def _new_names(pattern: re.Pattern[str], text: str, question: frozenset[str]) -> list[str]:
    return [n for n in pattern.findall(text) if n.casefold() not in STOP_WORDS and not stems(n) <= question]
