"""What somebody says that he is: name, age, trade, where he is from and lives, what he eats, whom he is married to.

Reads the predicate of "I'm …" and "my name is …" from left to right; a predicate may tell several things ("Maria, a UI
designer at a design agency in Austin").
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from secondme.knowledge import Kind
from secondme.memory.facts.prose import nouns
from secondme.memory.facts.prose.moods import Said
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.slots import Found, taken
from secondme.memory.facts.prose.words import Span

_NAME = r"[A-ZÀ-Þ][a-zà-þ'’-]+(?:\s[A-ZÀ-Þ][\w.'’-]*){0,2}"
_MY_NAME = re.compile(rf"\s+(?:just\s|also\s)?(?P<name>{_NAME})(?=\s*(?:$|,|and\b|from\b|but\b|\())")
_DEMONYM = re.compile(
    r"(?:\w+(?:ish|ese|ian|ean|can|sh|ch|dutch|german|greek|thai|czech|swiss|muslim|jewish|catholic)|ok)$", re.I
)
_LIVES = re.compile(r"\b(?:based|living|located|residing)\s+(?:here\s|out\s|right\snow\s)*(?:in|near|out of|at)\s+")
_FROM = re.compile(r"(?:^|^[\w\s]{1,30}\s)\s*(?:originally\s|also\s|actually\s)?from\s+(?=[A-Z])")
_AGE = re.compile(
    r"^\s*(?:almost\s|already\s|now\s|only\s|turning\s|about\sto\sturn\s)?(?P<age>\d{1,3})"
    r"(?=\s?(?:years?\sold|yo|y/o)\b|\s*$|\s*[,.!]|\s(?:and|now|but)\b)"
)
_DIET = re.compile(
    r"\b(?P<diet>vegetarian|vegan|pescatarian|gluten[- ]free|lactose[- ]intolerant|celiac|coeliac|diabetic|teetotal|"
    r"kosher|halal)\b",
    re.IGNORECASE,
)
_ALLERGIC = re.compile(r"\ballergic\s+to\s+")
_INTO = re.compile(
    r"^\s*(?:really\s|very\s|super\s|quite\s|big\s|also\s|so\s)*"
    r"(?:into|keen on|fond of|crazy about|a (?:big |huge )?fan of|obsessed with)\s+"
)
_INTERESTED = re.compile(r"^\s*(?:\w+\s){0,2}interested\s+in\s+")
_FLUENT = re.compile(r"\bfluent\s+in\s+|\bnative\s+speaker\s+of\s+")
_WORKING = re.compile(
    r"(?<!or )(?<!of )(?<!about )(?<!on )(?<!by )(?<!in )\b(?:working|focus(?:ed|ing)|speciali[sz]ing|doing research)"
    r"\s+(?:primarily\s|mainly\s)?(?:on|in)\s+"
)
_STUDYING = re.compile(r"\b(?:studying|majoring\s+in)\s+")
_ROLE = re.compile(
    r"(?:^|,)\s*(?:also\s|currently\s|now\s|just\s|actually\s|only\s|still\s)*(?:an?|the)\s+(?=\S)|(?:^|,)\s+(?=CEO|CTO|CFO|COO)"
)
_AT = re.compile(r"\s+(?:in\s+[A-Z][\w&-]*\s+)?(?:at|for|with)\s+")
_OF = re.compile(r"\s+of\s+(?=[A-ZÀ-Þ])")
_TRADES = re.compile(r"\w{3,}(?:er|or|ist|ian|eer|ant|man|woman)$")
_OTHER_TRADES_WORDS = """
nurse chef cook pilot student undergrad undergraduate intern ceo cto cfo coo pm phd postdoc freelancer lead head vp
president dentist vet barista model apprentice associate fellow sophomore freshman resident paramedic principal
attorney clerk mechanic dev sre priest coach architect nanny analyst ta mp economist secretary police judge trainee
hr host hostess waitress actress sergeant recruit scientist
"""
_OTHER_TRADES = frozenset(_OTHER_TRADES_WORDS.split())
_NO_TRADE_WORDS = """
vegetarian pescatarian learner lover believer member owner beginner mother father brother sister daughter number
user reader fighter dreamer winner loser matter letter order computer sinner runner cyclist swimmer winter other
another partner leader fan idealist monster disaster center centre newcomer starter listener hoarder gamer character
follower supporter disorder power paper summer dinner holder offer player hiker climber eater drinker thinker
planner sleeper person procrastinator realist optimist pessimist perfectionist minimalist specialist extrovert
introvert human monitor doctor's tester speaker finisher reminder manor
"""
_NO_TRADE = frozenset(_NO_TRADE_WORDS.split())
_POSITION = re.compile(r"\s(?:position|role|job)$", re.IGNORECASE)


def being(said: Said) -> Iterator[Found]:
    """What "I'm …" tells."""
    clause = said.clause
    if clause.verb != "be" or said.denied or said.over:
        return
    text, (at, end) = clause.text, clause.tail
    name = _MY_NAME.match(text, at, end) if clause.person != "she" and clause.person != "he" else None
    if name and not _DEMONYM.match(name["name"]) and not clause.past:
        yield Found("name", "identity", name.span("name"), True, f"I am {name['name']}", 0.85)
        at = name.end()
    yield from _simple(clause, at, end)
    yield from trade(clause, at, end)


def _simple(clause: Clause, at: int, end: int) -> Iterator[Found]:
    """What one pattern finds in the predicate."""
    text, rest = clause.text, clause.text[at:end]
    is_ = "was" if clause.past else "am"
    for pattern, how, slot, kind, single, verb in _PATTERNS:
        if clause.past and single:
            continue
        found = pattern.search(rest)
        if found is None:
            continue
        for span in taken(how, clause, at + found.end()):
            if nouns.vague(text[slice(*span)]):
                continue
            yield Found(
                slot, kind, span, single, f"I {verb or is_ + ' ' + found[0].strip()} {text[slice(*span)]}", 0.85
            )
    if clause.past:
        return
    for pattern, group, slot, kind in _WORDS:
        found = pattern.search(rest)
        if found:
            span = at + found.start(group), at + found.end(group)
            yield Found(slot, kind, span, True, f"I am {rest[found.start(group) : found.end()].strip()}", 0.85)


_PATTERNS: tuple[tuple[re.Pattern[str], str, str, Kind, bool, str], ...] = (
    (_LIVES, "place", "lives in", "place", True, ""),
    (_FROM, "place", "is from", "identity", True, ""),
    (_ALLERGIC, "list", "allergies", "health", False, ""),
    (_INTO, "list", "likes", "preference", False, ""),
    (_INTERESTED, "long", "is interested in", "preference", False, ""),
    (_FLUENT, "list", "speaks", "identity", False, ""),
    (_WORKING, "long", "works on", "work", False, "work on"),
    (_STUDYING, "list", "studies", "work", False, "study"),
)
_WORDS: tuple[tuple[re.Pattern[str], str, str, Kind], ...] = (
    (_AGE, "age", "age", "identity"),
    (_DIET, "diet", "diet", "health"),
)


def trade(clause: Clause, at: int, end: int) -> Iterator[Found]:
    """What somebody is by trade, and where: "a data scientist at a biotech company"."""
    text = clause.text
    article = _ROLE.search(text[at:end])
    if article is None:
        return
    begin = at + article.end()
    span = nouns.phrase(text, begin, end)
    if span is None:
        return
    where: Span | None = None
    if of := _OF.search(text, *span):
        where, span = (of.end(), span[1]), (span[0], of.start())
    if position := _POSITION.search(text, *span):
        span = span[0], position.start()
    if not is_trade(text[slice(*span)]):
        return
    verb = "was" if clause.past else "am"
    if where is None and (after := _AT.match(text, span[1], end)):
        where = nouns.phrase(text, after.end(), end)
    until = where[1] if where else span[1]
    single = not clause.past
    words = f"I {verb} {_article(text, begin)}{text[span[0] : until]}"
    yield Found("works as" if single else "worked as", "work", span, single, words)
    if where and single:
        does = "study" if nouns.head(text[slice(*span)]) in _STUDENTS else "work"
        slot = "studies at" if does == "study" else "works at"
        yield Found(slot, "work", where, True, f"I {does} at {_article(text, where[0])}{text[slice(*where)]}")


_STUDENTS = ("student", "phd", "undergrad", "undergraduate", "sophomore", "freshman", "junior", "senior")


def _article(text: str, at: int) -> str:
    found = re.search(r"(?:an?|the)\s+$", text[max(0, at - 5) : at])
    return found[0] if found else ""


def is_trade(said: str) -> bool:
    """Whether a phrase names what people do for a living or study as."""
    last = said.split()[-1].lower() if said.split() else ""
    first = said.split(" in ")[0].split()[-1].lower() if said else ""
    return any((_TRADES.match(word) or word in _OTHER_TRADES) and word not in _NO_TRADE for word in (last, first))
