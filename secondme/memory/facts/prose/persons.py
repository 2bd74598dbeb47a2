"""Who else a sentence is about: "my sister Ana", "my advisor is Prof. Zhang", "Dana says …", and whom "she" means.

A person is told by a word of kinship or office, by a title, by being among the people of the item, or by doing what
only people do. "She" and "he" are the last person named before in the same passage, where there is only one.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found
from secondme.memory.facts.prose.words import Span

_KIN = """
wife husband spouse partner fiancé fiancée fiance fiancee boyfriend girlfriend mother father mom mum dad mama papa
sister brother son daughter twin cousin aunt uncle niece nephew grandmother grandfather grandma grandpa stepmother
stepfather mother-in-law father-in-law sister-in-law brother-in-law friend roommate flatmate housemate neighbour
neighbor boss manager supervisor advisor adviser mentor teacher professor coach therapist doctor dentist colleague
coworker co-worker assistant lawyer landlord landlady dog cat puppy kitten horse rabbit parrot hamster kid baby ex
tutor trainer pi
"""
_SINGLE_WORDS = """
wife husband spouse partner boyfriend girlfriend boss manager advisor adviser supervisor landlord
"""
_SINGLE = frozenset(_SINGLE_WORDS.split())
_RELATIONS = frozenset(_KIN.split())
_RELATION = rf"(?:{'|'.join(sorted(_KIN.split(), key=len, reverse=True))})"
_TITLE = r"(?:(?:Dr|Prof|Mr|Mrs|Ms|Professor|Doctor)\.?\s)"
_NAME = rf"{_TITLE}?[A-ZÀ-Þ][a-zà-þ'’-]+(?:\s[A-ZÀ-Þ][\w’'-]+){{0,2}}"
_MY = re.compile(
    rf"\b(?:[Mm]y|[Oo]ur)\s(?:(?:older|younger|elder|little|big|best|new|old|oldest|twin|PhD|thesis|late|dear|good)\s)*"
    rf"(?P<relation>{_RELATION})(?:['’]s\sname\sis\s|,?\s(?:is\s|was\s)?(?:called\s|named\s)|\sis\s|,?\s)(?P<name>{_NAME})(?![\w’'-])",
)
_HAVE = re.compile(
    rf"\b(?:an?|two|three)\s(?:[\w-]+\s){{0,2}}?(?P<relation>{_RELATION}),?\s(?:called|named)\s(?P<name>{_NAME})(?![\w’'-])"
)
_TITLED = re.compile(rf"{_TITLE}[A-ZÀ-Þ][\w’'-]+(?:\s[A-ZÀ-Þ][\w’'-]+)?")
_PLAIN_NAME = re.compile(r"[A-ZÀ-Þ][a-zà-þ]+(?:['’-][A-ZÀ-Þ]?[a-zà-þ]+)?(?:\s[A-ZÀ-Þ][\w’'-]+){0,2}")
_HUMAN_WORDS = """
say tell think live want love hate like marry ask promise believe know decide teach drink eat speak dislike prefer
enjoy study hope call text
"""
_HUMAN = frozenset(_HUMAN_WORDS.split())
_NO_NAMES_WORDS = """
my our his her their the this that these those it there here what who when where why how every everyone everybody
somebody people someone nobody all some many most both each today tomorrow yesterday monday tuesday wednesday
thursday friday saturday sunday god one another such
"""
_NO_NAMES = frozenset(_NO_NAMES_WORDS.split())


@dataclass(frozen=True, slots=True)
class Known:
    """A person that a passage names, and where it last did."""

    name: str
    at: Span


def relations(clause: Clause) -> Iterator[Found]:
    """Who is what to the speaker, by name."""
    for pattern in (_MY, _HAVE):
        for found in pattern.finditer(clause.text, clause.start, clause.end):
            relation = found["relation"].lower()
            name = _bare(found["name"])
            at = found.start("name")
            yield Found(
                relation, "relation", (at, at + len(name)), relation in _SINGLE, f"My {relation} is {name}", 0.9
            )


def is_relation(said: str) -> bool:
    """Whether it is a word for somebody by kinship or office: "older sister", "boss"."""
    return bool(said.split()) and said.split()[-1].lower() in _RELATIONS


def _bare(name: str) -> str:
    return name.removesuffix("'s").removesuffix("’s")


def named(clause: Clause, people: Sequence[str]) -> str:
    """The person that is the clause's subject, as written there; "" where it is nobody who is named."""
    if clause.person != "thing":
        return ""
    who = clause.who.strip(" ,")
    if mine := _MY.fullmatch(who):
        return _bare(mine["name"])
    if _TITLED.fullmatch(who):
        return who
    if not _PLAIN_NAME.fullmatch(who) or who.split()[0].lower() in _NO_NAMES:
        return ""
    if len(who.split()) == 1 and clause.form not in ("third", "past") and clause.verb != "be":
        return ""  # "Reviewers want"
    known = {part for name in people for part in (name, *name.split()[:1])}
    return who if who in known or clause.verb in _HUMAN else ""


def mentioned(clause: Clause, people: Sequence[str]) -> Iterator[Known]:
    """The people named anywhere in a clause, for "she" and "he" after it."""
    for pattern, group in ((_MY, "name"), (_HAVE, "name"), (_TITLED, 0)):
        for found in pattern.finditer(clause.text, clause.start, clause.end):
            name = _bare(found[group])
            yield Known(name, (found.start(group), found.start(group) + len(name)))
    if who := named(clause, people):
        at = clause.text.find(who, clause.subject[0])
        yield Known(who, (at, at + len(who)))
