"""In which mood a clause is said: as it is, as a plan, as a guess, by hearsay; as over, or as what once was.

"I think we might move", "Dana says that the flat is sold", "I'm going to switch", "I stopped smoking", "I used to live
in Ghent": the verb that matters stands behind another one. Each step peels one verb off and keeps what it says of the
rest.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from secondme.knowledge import Stance
from secondme.memory.facts.prose.parsing import Clause, deeper, inner

_DEEPEST = 4  # "I think I'm going to stop trying to learn"
_OPINION = frozenset(
    ("think", "guess", "believe", "suppose", "reckon", "assume", "suspect", "figure", "expect", "doubt")
)
_TELLING = frozenset(("say", "tell", "mention", "claim", "report", "announce", "write", "text", "hear", "admit", "add"))
_KNOWING = frozenset(("know", "mention", "realize", "realise", "say", "tell", "notice", "remember", "find", "discover"))
_SAYING = _OPINION | _TELLING | _KNOWING
_PLANNING_WORDS = "want plan hope intend aim decide wish promise agree prepare look need"
_PLANNING = frozenset(_PLANNING_WORDS.split())
_NEUTRAL_WORDS = "start begin keep continue try manage get tend love like enjoy prefer hate learn use have"
_NEUTRAL = frozenset(_NEUTRAL_WORDS.split())
_STOPPING = frozenset(("stop", "quit", "finish", "cease", "give", "drop"))
_TO = re.compile(
    r"\s+(?:(?:forward|on|about)\s)?to\s+(?=[a-z])(?!(?:the|an?|my|our|his|her|their|this|that|some|you|it)\b)"
)
_ING = re.compile(r"\s+(?:(?:of|about|on|up|with)\s)?(?:(?:just|actually|already|maybe)\s)?(?=[a-z]{2,}ing\b)")
_WHOM = re.compile(r"\s+(?:me|us|him|her|them|[A-Z]\w+)\b(?=\s)")
_CLAUSE = re.compile(r"\s+(?:that\s|,?\s*[\"“])?(?=(?:I|we|my|our|he|she|they|it|the|a|an|this|[A-Z][\w-]*)\b)")
_MAYBE = re.compile(r"\b(?:maybe|perhaps|probably|possibly|might|may be|not sure|hopefully)\b", re.IGNORECASE)
_NOT_NOW = re.compile(r"\b(?:any ?more|any longer)\b", re.IGNORECASE)
_NEWS = re.compile(
    r"(?:^|[.!?\n]\s*)(?:\w+\s)?(?:change of plans?|update|(?:big |good |bad )?news|scratch that)\s*[:,—–-]+\s*$", re.I
)
_AHEAD = frozenset(("will", "shall", "gonna", "wanna", "gotta"))
_UNSURE = frozenset(("might", "may", "could", "would", "should"))


@dataclass(frozen=True, slots=True)
class Said:
    """A clause without what it hangs on. `over`: it says that this is no longer so; `former`: that it once was."""

    clause: Clause
    stance: Stance = "claim"
    said_by: str = ""
    over: bool = False
    former: bool = False

    @property
    def denied(self) -> bool:
        return self.clause.negated and not self.over


def mood(clause: Clause) -> Said:
    """The clause that matters in `clause`, and in which mood it stands there."""
    said = _peeled(clause)
    return replace(said, stance="claim") if said.stance in ("guess", "hearsay") and _announced(clause) else said


def _announced(clause: Clause) -> bool:
    """Whether it is told as news: what somebody "thinks we should" is decided then."""
    before = clause.text[max(0, clause.start - 40) : clause.start]
    return bool(_NEWS.search(before))


def _peeled(clause: Clause) -> Said:
    said = _own_mood(Said(clause))
    for _ in range(_DEEPEST):
        further = _step(said)
        if further is None:
            break
        said = _own_mood(further)
    return said


def _own_mood(said: Said) -> Said:
    """What the clause's own helpers and adverbs say."""
    clause, helpers = said.clause, set(said.clause.helpers)
    ended = said.over or bool(_NOT_NOW.search(clause.rest)) or _no_longer(clause)
    stance = said.stance
    if stance == "claim":
        wish = clause.verb in ("like", "love", "prefer") and "would" in helpers
        if (_UNSURE & helpers and not wish) or _MAYBE.search(clause.said):
            stance = "guess"
        elif _AHEAD & helpers or wish:
            stance = "plan"
    return said if (stance, ended) == (said.stance, said.over) else replace(said, stance=stance, over=ended)


def _no_longer(clause: Clause) -> bool:
    return "no longer" in clause.text[clause.subject[1] : clause.at].lower() or clause.rest.startswith(" no longer")


def _step(said: Said) -> Said | None:
    """One verb further in, if another verb or clause hangs on this one."""
    clause = said.clause
    text, (at, end) = clause.text, clause.tail
    verb = clause.verb
    if verb in _SAYING and (found := _said_within(said)) is not None:
        return found
    if to := _TO.match(text, at, end):
        return _before_to(said, to.end())
    ing = _ING.match(text, at, end)
    if ing and verb in _STOPPING:
        return _onto(said, ing.end(), over=True)
    if ing and verb in ("think", "consider"):
        return _onto(said, ing.end(), "guess")
    if ing and verb in ("start", "begin", "keep", "continue", "try", "plan"):
        return _onto(said, ing.end(), "plan" if verb == "plan" else said.stance)
    return None


def _before_to(said: Said, at: int) -> Said | None:
    """The verb behind "to", by what stands before it: "used to", "going to", "want to", "started to"."""
    clause, verb = said.clause, said.clause.verb
    if (verb == "use" and clause.form in ("past", "done")) or (verb == "be" and "used" in clause.rest[:8]):
        return _onto(said, at, former=True)
    wish = verb in ("love", "like") and "would" in clause.helpers
    if wish or verb in _PLANNING or (verb == "go" and clause.form == "ing"):
        return _onto(said, at, "plan")
    if verb not in _NEUTRAL:
        return None
    return _onto(said, at, "plan" if verb in ("have", "get") and not clause.past else said.stance)


def _onto(
    said: Said, at: int, stance: Stance | None = None, *, over: bool = False, former: bool = False
) -> Said | None:
    further = deeper(said.clause, at)
    if further is None:
        return None
    kept = stance if stance and said.stance == "claim" else said.stance
    return replace(said, clause=further, stance=kept, over=said.over or over, former=said.former or former)


def _said_within(said: Said) -> Said | None:
    """The clause that somebody thinks or says."""
    clause = said.clause
    text, (at, end) = clause.text, clause.tail
    whom = _WHOM.match(text, at, end) if clause.verb in ("tell", "text", "write") else None
    begin = _CLAUSE.match(text, whom.end() if whom else at, end)
    within = inner(text, begin.end(), end) if begin else None
    if within is None or within.person == "none":
        return None
    if clause.first:
        guess = clause.verb in _OPINION
        return replace(
            said, clause=within, stance="guess" if guess else "claim" if said.stance == "guess" else said.stance
        )
    return replace(said, clause=within, stance="hearsay", said_by=clause.who)
