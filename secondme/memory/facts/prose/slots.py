"""What a clause tells of somebody, in slots by which it can be compared with what was told before.

One table from verbs to slots ("live in" tells where somebody lives, "work as" what somebody is), and rules for what
somebody is said to be. The value is a phrase of the clause itself, never a word more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from secondme.knowledge import Days, Kind, Stance
from secondme.memory.facts.prose import nouns
from secondme.memory.facts.prose.moods import Said
from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.wording import in_first_person
from secondme.memory.facts.prose.words import Span

ONE = True  # the slot holds one value at a time


@dataclass(frozen=True, slots=True)
class Found:
    """What is told: `value` is a span of the text, (0, 0) for none. `words` say it in the first person; "" means: the
    clause up to the value's end. `ended` are spans of what is no longer so; `when` are the days of an event."""

    slot: str
    kind: Kind
    value: Span = (0, 0)
    single: bool = False
    words: str = ""
    confidence: float = 0.8
    stance: Stance | None = None
    ended: tuple[Span, ...] = ()
    when: Days | None = None


@dataclass(frozen=True, slots=True)
class _Rule:
    """`before` is what stands between the verb and the value; `take` how the value is read: the name of a place, one
    phrase, the phrases of a list, or all that the clause still says."""

    before: re.Pattern[str]
    take: str
    slot: str
    kind: Kind
    single: bool = False
    confidence: float = 0.85


def _rule(before: str, take: str, slot: str, kind: Kind, single: bool = False, confidence: float = 0.85) -> _Rule:
    return _Rule(re.compile(before), take, slot, kind, single, confidence)


_NOW = r"(?:\s+(?:currently|now|mostly|mainly|primarily|part-time|full-time|remotely|here|back|over|permanently))*"
_WORKS = (
    _rule(
        rf"{_NOW}\s+(?:for|at)\s+(?!\d|an?\shour|about|home|least|over\s|myself|almost|the\s(?:past|last))",
        "phrase",
        "works at",
        "work",
        ONE,
    ),
    _rule(rf"{_NOW}\s+with\s+", "phrase", "works with", "work"),
    _rule(rf"{_NOW}\s+on\s+(?=\S)", "long", "works on", "work"),
    _rule(rf"{_NOW}\s+in\s+(?=[a-z])", "phrase", "works in", "work"),
)
_LIVES_WITH = _rule(r"\s+(?:together\s)?with\s+", "long", "lives with", "relation", confidence=0.75)
_LIVES = (_rule(rf"{_NOW}\s+(?:in|at|near)\s+", "place", "lives in", "place", ONE),)
_MAKES = (_rule(r"\s+(?=(?:an?|my|our|the|some|new)\s|[A-Z])", "long", "works on", "work", confidence=0.75),)
_LIKES = (
    _rule(
        r"(?:\s+(?:to|really))?\s+(?!it\b|that\b|this\b|how\b|when\b|what\b|if\b|your)", "list", "likes", "preference"
    ),
)
_DISLIKES = (_rule(r"(?:\s+to)?\s+(?!it\b|that\b|this\b|how\b|if\b|your)", "list", "dislikes", "preference"),)
_LEARNS = (
    _rule(
        r"(?:\s+(?:about|how\sto|to))?\s+(?!that\b|how\b|what\b|from\b)", "list", "is learning", "work", confidence=0.8
    ),
)
_OWNS = (_rule(r"\s+(?=(?:an?|my|our|some|another)\s)", "phrase", "has", "possession", confidence=0.75),)
_AS = re.compile(r"\sas\s+(?:an?|the)\s+")
_SINCE = re.compile(
    r"\b(?:since|all my)\b|\bfor\s(?:about|over|almost|nearly|the\s(?:past|last)|\d|a\s(?:while|year|long|few)|"
    r"(?:two|three|four|five|six|seven|eight|nine|ten|many|several|some|years|ages)\b)"
)
_WORKS_AS = _rule("", "phrase", "works as", "work", ONE)
VERBS: dict[str, tuple[_Rule, ...]] = {
    "live": (*_LIVES, _LIVES_WITH),
    "reside": _LIVES,
    "stay": (),
    "move": (_rule(r"(?:\s+\w+){0,6}?\s+(?:to|into)\s+", "place", "lives in", "place", ONE),),
    "relocate": (_rule(r"(?:\s+\w+){0,6}?\s+to\s+", "place", "lives in", "place", ONE),),
    "settle": (_rule(r"(?:\s+(?:down|here))?\s+(?:in|into)\s+", "place", "lives in", "place", ONE),),
    "work": _WORKS,
    "join": (_rule(r"\s+(?=[A-Z])", "name", "works at", "work", ONE, 0.6),),
    "study": (
        _rule(r"\s+at\s+", "name", "studies at", "work", ONE),
        _rule(r"\s+(?:for\s)?", "list", "studies", "work"),
    ),
    "learn": _LEARNS,
    "practice": _LEARNS,
    "practise": _LEARNS,
    "pick": (_rule(r"\s+up\s+(?!an?\s|the\s|my\s|some\s)", "list", "is learning", "work", confidence=0.7),),
    "use": (_rule(r"\s+", "list", "uses", "possession"),),
    "have": _OWNS,
    "own": _OWNS,
    "like": _LIKES,
    "love": _LIKES,
    "enjoy": _LIKES,
    "adore": _LIKES,
    "prefer": (_rule(r"\s+(?!it\b|that\b|this\b)", "long", "prefers", "preference"),),
    "hate": _DISLIKES,
    "dislike": _DISLIKES,
    "eat": (_rule(r"\s+(?:any\s)?(?=[a-z])", "list", "eats", "health"),),
    "drink": (_rule(r"\s+(?:any\s)?(?=[a-z])", "list", "drinks", "preference"),),
    "turn": (_rule(r"\s+(?=\d{1,3}(?:$|[\s,.!]))", "number", "age", "identity", ONE),),
    "weigh": (_rule(r"\s+(?:about\s|around\s)?(?=\d)", "number", "weight", "health", ONE),),
    "speak": (_rule(r"\s+(?:(?:some|a\slittle|fluent|basic|good)\s)?(?=[A-Z])", "list", "speaks", "identity"),),
    "play": (
        _rule(r"\s+(?!with\b|in\b|a\b|along\b|around\b|for\b|at\b)", "list", "plays", "preference", confidence=0.75),
    ),
    "write": _MAKES,
    "build": _MAKES,
    "develop": _MAKES,
    "create": _MAKES,
    "design": _MAKES,
    "research": _MAKES,
    "explore": (_rule(r"\s+", "long", "works on", "work", confidence=0.7),),
    "lead": _MAKES,
    "train": (_rule(r"\s+for\s+", "phrase", "trains for", "plan"), *_MAKES),
    "drive": (_rule(r"\s+(?=an?\s)", "phrase", "drives", "possession", ONE, 0.75),),
    "collaborate": (_rule(r"\s+with\s+", "long", "works with", "work"),),
    "graduate": (_rule(r"\s+from\s+", "phrase", "graduated from", "work"),),
}
_ONGOING_WORDS = "write build develop create design research explore lead train"
_ONGOING = frozenset(_ONGOING_WORDS.split())
_FORMERLY = {"lives in": "lived in", "works at": "worked at", "works as": "worked as", "studies at": "studied at"}
_STATES_WORDS = """
live reside work like love enjoy adore prefer hate dislike speak own drive study learn practice practise use play
have weigh eat drink
"""
_STATES = frozenset(_STATES_WORDS.split())
_NUMBER = re.compile(r"\d+(?:[.,]\d+)?(?:\s?(?:kg|kilos?|lbs?|pounds|stone)\b)?")
_DOING = re.compile(r"\s*(?:(?:the|an?)\s(?:idea|thought|feeling|way)\b|[a-z]+ing\b(?!\s*(?:$|[,.!]|and\b|or\b)))")
_CARRIED = 12  # words of a value that runs on to the clause's end
_TO_END = re.compile(
    r"\s*(?:[;:—–(,]|\s-\s|\b(?:because|but|which|so that|since|while|until|after|before|and I|if|when)\b)"
)
_NO_THING_WORDS = """
question problem issue idea time fun look meeting appointment deadline plan feeling chance trouble lunch dinner
breakfast call talk doubt sense lot experience opportunity access interest day week month year hour minute while bit
way hard goal need thought conversation chat dream rest break cold headache impact effect role point reason fever
party exam interview test flight trip concert thing things stuff blast ball go try choice hope faith love passion
crush date visit session class weekend night evening morning afternoon argument moment
"""
_NO_THING = frozenset(_NO_THING_WORDS.split())


def told_in(said: Said) -> Iterator[Found]:
    """What the clause tells in slots, by its verb."""
    clause = said.clause
    if clause.verb == "be" or not _current(said):
        return
    for rule in VERBS.get(clause.verb, ()):
        before = rule.before.match(clause.text, *clause.tail)
        if before:
            yield from _by(rule, said, before.end())
            break
    if clause.verb == "work" and (trade := _AS.search(clause.text, *clause.tail)):
        yield from _by(_WORKS_AS, said, trade.end())


def _current(said: Said) -> bool:
    """Whether a verb of a state says how things are, and not how they were or might be."""
    clause = said.clause
    if clause.verb in _ONGOING and (clause.form != "ing" or clause.past):
        return False
    if clause.verb in ("like", "love", "enjoy") and ("would" in clause.helpers or clause.person == "none"):
        return False
    lasting = clause.form == "done" and _SINCE.search(clause.rest) is not None
    over = (clause.past or clause.form == "done") and not lasting
    return said.former or not (over and clause.verb in _STATES)


def _by(rule: _Rule, said: Said, at: int) -> Iterator[Found]:
    clause = said.clause
    slot, single = _slot(rule, said)
    if not slot:
        return
    spans = [span for span in taken(rule.take, clause, at) if not nouns.vague(clause.text[slice(*span)])]
    head = in_first_person(clause, clause.text[clause.start : at].rstrip())
    for span in spans:
        if rule.slot == "has" and not _NO_THING.isdisjoint(clause.text[slice(*span)].lower().split()):
            return
        words = f"{head} {clause.text[slice(*span)]}" if len(spans) > 1 else ""
        yield Found(slot, rule.kind, span, single, words, rule.confidence)


def _slot(rule: _Rule, said: Said) -> tuple[str, bool]:
    """The slot, and whether it holds one value, as denial and past turn them."""
    if said.former:
        return _FORMERLY.get(rule.slot, ""), False
    if said.over and rule.slot not in ("eats", "drinks"):
        return "", False
    if rule.slot in ("eats", "drinks") and not said.clause.negated and (said.clause.form != "base" or said.over):
        return "", False
    if not said.clause.negated:
        return rule.slot, rule.single
    turned = {"likes": "dislikes", "dislikes": "likes", "eats": "does not eat", "drinks": "does not drink"}
    return turned.get(rule.slot, ""), False


def taken(how: str, clause: Clause, at: int) -> Iterator[Span]:
    """The values that begin at `at`, read in one of the ways of a rule."""
    text, end = clause.text, clause.tail[1]
    if how == "number":
        yield from (found.span() for found in (_NUMBER.match(text, at, end),) if found)
        return
    if how == "list" and not _DOING.match(text, at, end):
        yield from nouns.items(text, at, end)
        return
    found = nouns.place(text, at, end) if how in ("place", "name") else nouns.phrase(text, at, end)
    if found is None:
        return
    if how in ("long", "list") or text[found[1] - 3 : found[1]] == " of":
        stop = _TO_END.search(text, found[1], end)
        limit = stop.start() if stop else end
        words = text[found[0] : limit].split()
        if len(words) <= _CARRIED:
            found = nouns.trimmed(text, (found[0], found[0] + len(text[found[0] : limit].rstrip(" .,;:!"))))
    yield found
