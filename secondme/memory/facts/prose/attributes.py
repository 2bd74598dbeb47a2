"""What is told of somebody in the form "my … is …": a favourite, a car, a name, an illness, a husband.

The slot is what stands behind "my", in lower case: "favourite colour", "car", "address".
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.memory.facts.prose import nouns
from secondme.memory.facts.prose.moods import Said
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.persons import is_relation
from secondme.memory.facts.prose.slots import Found, taken

_MY = re.compile(r"(?:my|our)\s+(?P<what>[a-z][\w’'&/-]*(?:\s[\w’'&/-]+){0,3})$", re.IGNORECASE)
_VALUE = re.compile(r"\s+(?:(?:now|currently|still|actually|always|probably)\s)?(?=(?:an?|the)\s|[A-ZÀ-Þ]|[\w.]+@|\d)")
_ANY_VALUE = re.compile(r"\s+(?:(?:now|currently|still|actually|always|probably)\s)?(?!that\b|to\b|when\b|how\b|if\b)")
_NAME = re.compile(r"\s+(?:just\s)?(?P<name>[A-ZÀ-Þ][\w’'-]+(?:\s[A-ZÀ-Þ][\w.’'-]+){0,3})")
_VAGUE = re.compile(
    r"(?:thing|question|problem|issue|point|idea|goal|plan|hope|concern|understanding|guess|thought|opinion|view|fear|"
    r"hypothesis|mistake|bad|fault|first|next|last|way|pleasure|turn|only|biggest|main|favou?rite$)\b"
)
_STATUS = re.compile(
    r"\b(?:am|['’]m|are|['’]re|got|get|getting|been|is|gets)\s(?:now\s|happily\s|recently\s|finally\s|just\s|still\s)?"
    r"(?P<status>married|divorced|engaged|widowed|separated|pregnant|retired)\b(?!\s(?:in|with|by)\b)"
)
_ILLNESS = re.compile(
    r"(?:(?:\btype [12]\s)?\b(?:diabetes|asthma|migraines?|epilepsy|adhd|autism|arthritis|eczema|psoriasis|depression|"
    r"anxiety|hypertension|insomnia|tinnitus|scoliosis|endometriosis|fibromyalgia|celiac disease|coeliac disease|"
    r"crohn['’]s|lupus|hay fever|sleep apnea|sleep apnoea|high blood pressure|\w{3,}itis|"
    r"\w{3,}(?:aemia|emia|algia|phobia)))\b",
    re.IGNORECASE,
)


def attributes(said: Said) -> Iterator[Found]:
    """What "my … is …" tells, and what somebody is by law or by a doctor's word."""
    clause = said.clause
    if said.denied or said.over or said.former or (clause.past and clause.verb not in ("get", "diagnose")):
        return
    if clause.person == "thing" and clause.verb == "be":
        yield from _mine(clause)
    elif clause.first or clause.person in ("she", "he"):
        status = _STATUS.search(clause.text, clause.subject[1], clause.end) if clause.verb in _STATED else None
        if status and said.stance == "claim":
            yield Found("marital status", "relation", status.span("status"), True)
    if clause.first and clause.verb in ("have", "diagnose", "suffer", "be"):
        for found in _ILLNESS.finditer(clause.text, *clause.tail):
            yield Found("health condition", "health", found.span(), confidence=0.8)


def _mine(clause: Clause) -> Iterator[Found]:
    mine = _MY.match(clause.who)
    if (
        mine is None
        or is_relation(mine["what"])
        or mine["what"].lower().endswith(("’s name", "'s name"))
        or _VAGUE.search(mine["what"])
    ):
        return
    slot = re.sub(r"^favorite", "favourite", nouns.plain(mine["what"]))
    if slot in ("name", "full name"):
        name = _NAME.match(clause.text, *clause.tail)
        if name:
            yield Found("name", "identity", name.span("name"), True, f"My name is {name['name']}")
        return
    liked = slot.startswith("favourite ")
    begin = (_ANY_VALUE if liked else _VALUE).match(clause.text, *clause.tail)
    if begin is None or (slot.split()[-1] in _POSITIONS):
        return
    for span in taken("phrase", clause, begin.end()):
        if nouns.vague(clause.text[slice(*span)]):
            continue
        yield Found(slot, "preference" if liked else "other", span, True, confidence=0.75)


_STATED = ("be", "get", "marry", "divorce", "separate", "retire", "engage")
_POSITIONS = ("role", "job", "position", "title")  # changing.py reads these
