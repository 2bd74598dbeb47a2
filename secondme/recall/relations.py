"""What people are to each other, in English: "mum", "my older sister", "our landlord", "Ana's brother", "the vet".

Knows the words, which of them mean the same, and how a question says them. Who it is, kin.py finds out.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from secondme.recall.mentions import POSSESSIVE, Mention

# Each entry: the relation, then what else it is called. A star: one may have several.
_FAMILY = """
mother mum mom mummy mommy mama mamma mam; father dad daddy papa; sister* sis; brother* bro; wife; husband hubby
partner spouse girlfriend boyfriend fiance fiancee; son*; daughter*; child* kid; cousin*; niece*; nephew*
grandmother* grandma granny gran nana nan oma; grandfather* grandpa granddad grandad opa; grandson*; granddaughter*
grandchild* grandkid; aunt* auntie aunty; uncle*; mother-in-law; father-in-law; sister-in-law*; brother-in-law*
son-in-law*; daughter-in-law*; stepmother stepmum stepmom; stepfather stepdad; stepsister*; stepbrother*; stepson*
stepdaughter*; half-sister*; half-brother*; godmother; godfather; godson*; goddaughter*
ex ex-wife ex-husband ex-girlfriend ex-boyfriend; best-friend* bestie; neighbour* neighbor
roommate* flatmate housemate; colleague* coworker co-worker; boss manager supervisor; assistant; tenant*; mentor
dog puppy; cat kitten; horse; rabbit; parrot; hamster
"""
_CALLINGS = """
landlord landlady; dentist; orthodontist; doctor gp physician; therapist psychologist psychiatrist counsellor counselor
physiotherapist physio; lawyer solicitor attorney; notary; accountant bookkeeper; vet veterinarian; teacher*; tutor
coach; trainer; hairdresser barber hairstylist; plumber; electrician; mechanic; cleaner; gardener
nanny babysitter childminder; optician optometrist; pharmacist; midwife; gynaecologist gynecologist; dermatologist
cardiologist; surgeon; pediatrician paediatrician; osteopath; chiropractor; priest; pastor; rabbi; imam; realtor
architect; builder contractor; carpenter cabinetmaker; tailor; broker; professor; caretaker janitor
"""
_SEVERAL = {  # said of all of these
    "parents": ("mother", "father"),
    "grandparents": ("grandmother", "grandfather"),
    "siblings": ("sister", "brother"),
    "child": ("child", "son", "daughter"),
    "grandchild": ("grandchild", "grandson", "granddaughter"),
    "wife": ("wife", "partner"),
    "husband": ("husband", "partner"),
    "partner": ("partner", "wife", "husband"),
}
_PLURALS = {"wives": "wife", "children": "child", "grandchildren": "grandchild", "puppies": "puppy"}
# what stands for the owner's own without a "my"
_ALONE = frozenset(("mum", "mom", "mummy", "mommy", "mama", "mamma", "dad", "daddy", "papa", "grandma", "granny"))
_ALONE |= frozenset(("grandpa", "granddad", "grandad", "oma", "opa", "nana"))
_NOT_OWN = re.compile(r"(?:\b(?:a|an|the|his|her|their|your|its|this|that|every|each|any|no|some)|['’]s?|-)\s*$", re.I)
ADJECTIVES = (
    "(?:(?:older|elder|eldest|oldest|younger|youngest|little|big|small|baby|twin|late|dear|old|new|former|previous|"
    "current|family) ){0,2}"
)


@dataclass(frozen=True, slots=True)
class Relation:
    """`words` are all that it may be called, singular; `several`: one may have more than one, or more are asked for;
    `calling`: somebody whom one goes to for what they do."""

    words: tuple[str, ...]
    several: bool = False
    calling: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """A relation in a question, at [`start`, `end`) with its possessive 's. `of`: whose, None for the owner's."""

    start: int
    end: int
    text: str
    relation: Relation
    of: Mention | None = None


def _entries() -> Iterator[tuple[str, tuple[str, ...], bool, bool]]:
    for table, calling in ((_FAMILY, False), (_CALLINGS, True)):
        for entry in re.split(r";|\n", table.strip()):
            first, *others = entry.split()
            yield first.rstrip("*"), (first.rstrip("*"), *others), first.endswith("*"), calling


_KNOWN = {name: Relation(words, several, calling) for name, words, several, calling in _entries()}
_NAME_OF = {word: name for name, relation in _KNOWN.items() for word in relation.words}


@cache
def relation(said: str) -> Relation | None:
    """What "Mum", "sisters", "sister in law", "parents" say, whatever the case; None if it is no such word."""
    word = re.sub(r"\s+", "-", said.lower().replace("é", "e"))
    plural = word not in _NAME_OF
    for one in (word, _PLURALS.get(word, ""), word.removesuffix("s"), word.replace("s-in-law", "-in-law")):
        if name := _NAME_OF.get(one) or (one if one in _SEVERAL else ""):
            every = [_KNOWN[part] for part in _SEVERAL.get(name, (name,))]
            words = dict.fromkeys([one if one in _NAME_OF else one.removesuffix("s")])
            words |= dict.fromkeys(word for part in every for word in part.words)
            return Relation(tuple(words), plural or every[0].several, every[0].calling)
    return None


def one_of(words: Sequence[str]) -> str:
    """A pattern for any of the words, a hyphen being a space as well."""
    return "|".join(re.escape(word).replace("\\-", "[- ]") for word in sorted(words, key=len, reverse=True))


_SAID = frozenset((*_NAME_OF, *(f"{word}s" for word in _NAME_OF), *_PLURALS, *_SEVERAL, "fiancé", "fiancée"))
_LAST = frozenset(word.rpartition("-")[2] for word in _SAID)  # one of these is in whatever says a relation


@cache
def _patterns() -> tuple[re.Pattern[str], re.Pattern[str]]:
    """The owner's, and anybody else's. 10 ms."""
    phrase = rf"{ADJECTIVES}(?P<said>{one_of(tuple(_SAID))})(?![\w-])"
    ours = re.compile(rf"\b(?P<whose>my|our|the|) ?\b{phrase}", re.IGNORECASE)
    return ours, re.compile(rf" {phrase}", re.IGNORECASE)


def asked(question: str, names: Sequence[Mention]) -> list[Asked]:
    """The relations that a question speaks of, in its order, the owner's and those of the people whom it names."""
    if _LAST.isdisjoint(re.findall(r"\w+", question.lower())):
        return []
    ours, theirs = _patterns()
    found = []
    for name in names:
        owned = POSSESSIVE.search(question, max(name.start, name.end - 2), name.end)
        if owned and (match := theirs.match(question, name.end)):
            found.append(_asked(question, match, name.start, name))
    for match in ours.finditer(question):
        inside = any(one.start < match.end() and match.start() < one.end for one in found)
        if not inside and (start := _begins(question, match)) is not None:
            found.append(_asked(question, match, start, None))
    return sorted(found, key=lambda one: one.start)


def _begins(question: str, match: re.Match[str]) -> int | None:
    """Where the words for somebody of the owner's begin: "my sister", "the vet", "mum"; None if it is nobody's."""
    whose, said = match["whose"].lower(), match["said"].lower()
    if whose in ("my", "our"):
        return match.start()
    if whose == "the":
        found = relation(said)
        return match.start() if found and found.calling else None
    own = said in _ALONE and not _NOT_OWN.search(question, 0, match.start("said"))
    return match.start("said") if own else None


def _asked(question: str, match: re.Match[str], start: int, of: Mention | None) -> Asked:
    owned = POSSESSIVE.match(question, match.end())
    found = relation(match["said"])
    assert found is not None  # the pattern is made of the words that are relations
    return Asked(start, owned.end() if owned else match.end(), question[start : match.end()], found, of)
