"""Slots that a model may fill, and the words that prove each: "lives in" only where somebody lives, moves or is based.

A model that picks a slot from a list says something of its own ("lives in: Sarah" of "I'm Sarah"), though every word it
quotes is there. So a slot is allowed where one of its cues stands in the clause, close to the value and unhindered: no
"not", "used to" or "if" in it. What a slot is called, and how many values it holds, is as the rules have it (keys.py,
slots.py).

Knows English words; nothing of models.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

from secondme.knowledge import Kind, Stance
from secondme.memory.facts.model.choices import SPEAKER, Choice

Form = Literal["text", "name", "number", "date", "diet"]


@dataclass(frozen=True, slots=True)
class Cued:
    """`cues` is a regular expression for words that prove it; `form` is what the value looks like; `near` is how many
    words may stand between the two. `behind`: the value follows the cue."""

    name: str
    kind: Kind
    cues: str
    form: Form = "text"
    single: bool = False
    behind: bool = True
    near: int = 2


_ALL = (
    Cued("name", "identity", r"name(?:['’]s| is)|I['’ ]a?m called", "name", single=True, near=0),
    Cued("age", "identity", r"turn(?:ed|ing)|aged?(?: is)?|years old", "number", single=True, behind=False, near=0),
    Cued("birthday", "identity", r"birthday(?: is| falls)?(?: on)?|born(?: on)?", "date", single=True),
    Cued("born in", "identity", r"born in|grew up in|raised in|native of|originally from", "name", single=True),
    Cued("is from", "identity", r"citizen(?: of)?|nationality|passport", "name"),
    Cued("lives in", "place", r"(?:lives?|living|based|settled)(?: [a-z]+){0,2}? in|home is in|"
         r"(?:move|moved|moving|relocat(?:ed|ing))(?: [a-z]+){0,3}? to", "name", single=True, near=0),
    Cued("address", "place", r"address|live at|living at|moved (?:in)?to", "date", single=True),
    Cued("works at", "work", r"work(?:s|ing)? (?:at|for)|employed (?:at|by)|job at|joined|joining|started at", "name",
         single=True),
    Cued("works as", "work", r"work(?:s|ing)? as|job is|promoted to|became|hired as", single=True),
    Cued("works on", "work", r"work(?:s|ing)? on|building|developing|writing"),
    Cued("studies", "work", r"stud(?:y|ies|ying)|degree in|major(?:ing)? in|PhD in|thesis on"),
    Cued("is learning", "work", r"learn(?:s|ing)?|teaching myself|picking up|practi[cs]ing"),
    Cued("spouse", "relation", r"wife|husband|spouse|married(?: to)?|partner|fianc[ée]e?", "name", single=True),
    Cued("child", "relation", r"sons?|daughters?|kids?|child(?:ren)?|baby", "name"),
    Cued("parent", "relation", r"mother|father|mum|mom|dad|parents?", "name"),
    Cued("sibling", "relation", r"sisters?|brothers?|siblings?", "name"),
    Cued("friend", "relation", r"friends?|buddy|pal", "name"),
    Cued("colleague", "relation", r"colleagues?|boss|manager|co-?workers?|team ?mate", "name"),
    Cued("pet", "relation", r"dogs?|cats?|pets?|puppy|kitten|rabbit|parrot|horse", "name"),
    Cued("likes", "preference", r"likes?|loves?|enjoys?|I['’ ]a?m into|fond of|fan of|adores?|obsessed with"),
    Cued("dislikes", "preference", r"hates?|dislikes?|avoids?"),
    Cued("prefers", "preference", r"prefer(?:s|red)?"),
    Cued("has", "possession", r"(?:owns?|bought|purchased) (?:an?|my|our|some|two|three|another)"),
    Cued("uses", "possession", r"us(?:e|es|ing)|switched to|set up|installed|running on|drives?|driving|rides?"),
    Cued("speaks", "identity", r"speaks?|fluent in", "name"),
    Cued("plays", "preference", r"play(?:s|ing)?"),
    Cued("allergies", "health", r"allerg(?:ic to|y to|ies)|intolerant|intolerance"),
    Cued("diet", "health", r"I['’ ]a?m|went|eat(?:s|ing)?|diet", "diet", single=True),
    Cued("condition", "health", r"diagnosed with|suffer(?:ing)? from|diagnosis|symptoms?"),
    Cued("medication", "health", r"taking|takes?|prescribed|medication"),
    Cued("goal", "plan", r"goal|want to|aim(?:ing)? (?:to|for)|hope to|hoping to", near=0),
    Cued("plans", "plan", r"plan(?:ning)?(?: to| on)?|going to|will|['’]ll|about to|thinking (?:of|about)", near=0),
)  # fmt: skip
SLOTS = {one.name: one for one in _ALL}
_FORMS: dict[Form, str] = {
    "text": r".+",
    "name": r"[A-ZÀ-Þ][\w.'’&-]*(?:\s+(?:(?:of|de|la|the|and|upon|van|von|der|del|&)\s+)*[A-ZÀ-Þ0-9][\w.'’&-]*)*",
    "number": r"\d{1,3}",
    "date": r".*\d.*",
    "diet": r".*(?i:vegan|vegetarian|pescatarian|keto|paleo|halal|kosher|gluten|dairy|lactose|sugar|carb).*",
}
_MOODS: tuple[tuple[Stance, str], ...] = (
    ("hearsay", r"apparently|supposedly|allegedly|i hear|heard that|they say|rumou?r"),
    ("guess", r"maybe|perhaps|probably|possibly|might|i think|i guess|i suppose|i assume|not sure|seems?"),
    ("plan", r"will|going to|gonna|plan(?:ning)? (?:to|on)|want to|hop(?:e|ing) to|thinking (?:of|about)|about to|"
             r"i['’]?ll|we['’]?ll|intend to|next (?:week|month|year|summer|spring|autumn|fall|winter)|tomorrow"),
)  # fmt: skip
_HINDERED = re.compile(
    r"\b(?:not|never|no longer|nor|hardly|without|used to|formerly|previously|if|unless|would|could|should|stopped|"
    r"quit|\w+n['’]t|(?:was|were|had been) (?:\w+ing|based))\b",
    re.IGNORECASE,
)
_OWN = r"(?:my|our)\s+{slot}\s+(?:is|are|was|will be|has been)"
_LED = re.compile(r"\b(?:my|our)\s+\w", re.IGNORECASE)
_BEING = r"(?:\s+(?:is|are|was|called|named|is called|is named))?\s+"  # between "my sister" and "Lena"
_MINE = r"(?:\s+(?:is|are|was)|,)?\s+(?:my|our)\s+(?:\w+\s+)?"  # between "Lena" and "sister"
_TURNS = (  # a word behind which something else is told: "writing Python for 6 years"
    r"(?:for|in|from|at|on|with|by|since|because|that|which|who|when|where|if|about|as|but|and|or|to|than|through|over|"
    r"into|what|how|not|is|are|was|were)\b"
)
_UNFINISHED = re.compile(rf"(?:(?!to\b){_TURNS}.*|.*\b(?:{_TURNS}|an?|the|my|our|of))", re.IGNORECASE | re.DOTALL)
_EMPTY = re.compile(
    r"\W*(?:(?:i|me|my|we|us|our|you|your|he|him|his|she|her|they|them|their|its?|this|that|these|those|the|an?|and|or|to|"
    r"of|in|on|at|for|with|is|are|was|were|be|am|so|very|really|some|one)\b\W*)*",
    re.IGNORECASE,
)


def cued(line: Choice) -> list[str]:
    """The slots whose words stand in a clause, as far as nothing hinders them."""
    return [] if _HINDERED.search(line.text) else [one.name for one in _ALL if _cue(one).search(line.text)]


def names_own(line: Choice) -> bool:
    """Whether the clause may name a slot in its own words: "my favourite tea is assam"."""
    return not _HINDERED.search(line.text) and _LED.search(line.text) is not None


def proven(slot: str, value: str, line: Choice, subject: str) -> bool:
    """Whether the clause gives `value` for that slot of `subject`: by a cue of a known slot, or by "my SLOT is …"."""
    if _EMPTY.fullmatch(value) or _UNFINISHED.fullmatch(value) or _HINDERED.search(line.text):
        return False
    one = SLOTS.get(slot)
    own = Cued(slot, "other", _OWN.format(slot=re.escape(slot)))
    if subject == SPEAKER and slot not in value.lower() and list(_near(own, value, line.text)):
        return one is None or _fits(one, value)
    if one is None or not _fits(one, value):
        return False
    found = list(_near(one, value, line.text))
    if one.kind == "relation":
        return subject == SPEAKER and bool(found)
    # it must be what the subject does or is: "I have a sister living in Ghent" says nothing of where I live
    return subject in line.doers and any(line.at is None or cue <= line.at for cue in found)


def mood(text: str) -> Stance | None:
    """The stance that a clause shows by its words, the weakest first; None where it shows none."""
    return next((name for name, said in _MOODS if re.search(rf"\b(?:{said})\b", text, re.IGNORECASE)), None)


def _cue(one: Cued) -> re.Pattern[str]:
    return re.compile(rf"(?i:(?<!\w)(?:{one.cues})(?!\w))")


def _fits(one: Cued, value: str) -> bool:
    return re.fullmatch(_FORMS[one.form], value, re.DOTALL) is not None


def _near(one: Cued, value: str, text: str) -> Iterator[int]:
    """Where cues begin that stand close to the value, with no mark in between; it may come first unless `behind`."""
    words = r"\s+".join(re.escape(word) for word in value.split())
    further = r"(?!\s+[A-ZÀ-Þ])" if one.form == "name" else ""  # "New York" of "New York City" is another place
    cue, what = f"(?P<cue>{_cue(one).pattern})", rf"(?<!\w){words}(?!\w){further}"
    if one.kind == "relation":
        orders = [cue + _BEING + what, what + _MINE + cue]
    else:
        between = rf"(?:[^\w,;.:!?]+(?!{_TURNS})\w[\w’'-]*){{0,{one.near}}}?[^\w,;.:!?]+"
        orders = [cue + between + what] + ([] if one.behind else [what + between + cue])
    for order in orders:
        for found in re.finditer(order, text):
            yield found.start("cue")
