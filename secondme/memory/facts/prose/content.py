"""Whether words say something that is worth keeping by itself: names, numbers, dates, things; not talk about the talk.

Lists of English words that tell one memory from another no more than function words do, and of what people say to whom
they are talking with: requests, thanks, reactions.
"""

from __future__ import annotations

import re
from functools import lru_cache

from secondme.memory.facts.prose.parsing import Clause
from secondme.memory.facts.prose.words import WORD

_LIGHT = """
a about above actually after again all almost already also although always am an and another any anything anyone are
aren't around as at away back be because been before being both but by came can can't could did didn't do does
doesn't doing done don't down each either else even ever every everyone everything few for from get gets getting
give go goes going gonna good got great had has have haven't having he her here hers him his how i i'm i've i'll i'd
if in into is isn't it it's its just keep kind know last let like little lot lots made make makes making many maybe
me mean might more most much must my myself need never new next nice no not nothing now of off oh ok okay on once
one only or other our ours out over own people pretty put quite really right said same say see she should since so
some someone something sort still stuff such sure take taking than that that's the their them then there there's
these they they're thing things think this those though through time to today together too took tried try trying two
under until up us use used very want wanted was way we we're we've well went were what what's when where which while
who whole why will wish with won't work working would yeah yes yet you you're your yours able actually amazing
awesome bit best better big cool day days definitely different easy excited exciting fun glad happy hard help
helpful helps hope idea interesting long look looking lately love nice part perfect point probably question recently
right sorry start super thanks thank totally wonderful wow
"""
LIGHT = frozenset(_LIGHT.split())
_FIGURE = re.compile(r"\d")
_TALK_WORDS = """
hope guess agree appreciate wonder bet suppose thank wish mean imagine apologize apologise swear assume admit see
understand doubt ask welcome let figure
"""
_TALK = frozenset(_TALK_WORDS.split())
_FEELING = re.compile(
    r"^\s*(?:\w+\s){0,2}?(?:glad|sorry|sure|curious|ready|happy|wondering|afraid|thankful|grateful|proud|open|all ears|"
    r"(?:here|back|off|in|game)$|good|fine|okay|ok|with you|keen to hear|excited to (?:hear|see|learn))\b"
)
_REQUEST = re.compile(
    r"\b(?:help me|help with|(?:some|your|any|need) help|help \w+ing|make sure|tell me|show me|give me|let me|explain|"
    r"advice|suggestions?|recommendations?|recommend|tips|pointers|thoughts|your|you|any ideas|insights|wondering|"
    r"(?:some|any|more|additional) (?:information|info|ideas|options|ways|inspiration|examples|guidance|details)|"
    r"more about|know more|appreciate|clarif\w+)\b",
    re.IGNORECASE,
)
_MEANT = re.compile(r"\b(?:you|your|yours|yourself)\b", re.IGNORECASE)


@lru_cache(maxsize=256)
def content(text: str) -> tuple[str, ...]:
    """The words with content, in lower case."""
    found = (word.removesuffix("'s") for word in WORD.findall(text.lower().replace("’", "'")))
    return tuple(word for word in found if word not in LIGHT and (len(word) > 2 or _FIGURE.search(word)))


@lru_cache(maxsize=4096)
def stem(word: str) -> str:
    """A word without its commonest endings, so that "diagrams" meets "diagram" and "running" "runs"."""
    for ending in ("ations", "ation", "ings", "ing", "ies", "ied", "ers", "er", "es", "ed", "s", "ly", "e", "y"):
        if word.endswith(ending) and len(word) - len(ending) >= 3:
            word = word[: -len(ending)]
            break
    return word[:-1] if len(word) > 3 and word[-1] == word[-2] else word


def names(text: str) -> bool:
    """Whether a name or a number stands in it, its first word left aside."""
    found = list(WORD.finditer(text))
    return any(_FIGURE.search(word[0]) for word in found) or any(
        word[0][0].isupper() and word[0] not in ("I", "We", "My") and not word[0].startswith(("I'", "I’"))
        for word in found[1:]
    )


def chatter(clause: Clause, said: str) -> bool:
    """Whether it is a part of the talk rather than of what is talked about."""
    if _MEANT.search(said):
        return True
    if not clause.first:
        return False
    if clause.verb in _TALK:
        return True
    if clause.verb == "be" and _FEELING.match(clause.rest):
        return True
    asks = clause.verb in (
        "need",
        "want",
        "like",
        "love",
        "look",
        "seek",
        "wonder",
        "try",
        "get",
        "hear",
        "feel",
        "think",
        "use",
    )
    return asks and bool(_REQUEST.search(clause.rest))
