"""One clause of English: its subject, helpers, verb and tail, shallow and by rules.

    Also, | I      | 'm      | moving | to San Francisco next month
    lead  | subject| helpers | verb   | tail

The subject is "I" or "we", a pronoun, a thing or a person that is named, or is left out, as in notes and chats
("Working on my thesis"): it is the speaker then. Where no subject and verb can be made out there is no clause.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import Literal

from secondme.memory.facts.prose import verbs
from secondme.memory.facts.prose.words import (
    ADVERBS,
    CLOSED,
    CLOSING,
    CONTRACTED,
    DETERMINERS,
    HELPERS,
    NO_SUBJECT,
    NOT,
    PRONOUNS,
    Span,
    Word,
    adverb,
    words,
)

Person = Literal["i", "we", "none", "thing", "she", "he", "they", "it"]
SUBJECT_WORDS = 9
_NEAR = 60  # characters in which a verb that hangs on another begins
_BROKEN = re.compile(r"(?<!\bDr)(?<!\bProf)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)[,.:;!?]\s")  # no subject goes over it
_THAT = re.compile(r"\s*(?:that\s)?[\s,:“\"]*")
_PREFIX = re.compile(r"(?:At|In|On|By|For|With|After|Before|During|Since|From|Under|Over|Within)\s[^,;]{1,60},\s+")
_FIRST = re.compile(r"(?<![\w’'])(?:I|[Ww]e)(?=['’](?:m|re|ve|ll|d)\b|(?![\w’']))")
_AND_DID = re.compile(
    r",?\s(?:and|then|but)\s(?:(?:then|also|now|recently|currently|just|finally)\s)*(?P<verb>[a-z]{2,})"
    r"(?P<object>\s(?:an?|the|my|our|some|on|at|in|to|for|with|as|[A-Z]\w*)\b)?"
)
_BEING = ("am", "is", "are", "was", "were", "be", "been", "being")
_BEHIND_IS = ("not", "a", "an", "the", "now")  # in "my dog's a terrier": else it is whose it is
_LEFT_OUT = frozenset(
    ("might", "will", "gonna", "need", "want", "hope", "cannot", "can't", "couldn't", "didn't", "don't")
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause. `start` begins at the subject or what comes before it in the clause (a time), behind interjections.

    `helpers` are the auxiliaries in lower case, written out ("am" for "'m"); `verb` is the base of the main verb, "be"
    for a plain "is"; `form` how it stands. `at` is where the main verb begins and `tail` what follows it. `link` is the
    word that ties the clause to the one before it.
    """

    text: str
    start: int
    end: int
    subject: Span
    person: Person
    helpers: tuple[str, ...]
    negated: bool
    verb: str
    form: verbs.Form
    at: int
    tail: Span
    link: str = ""

    @property
    def said(self) -> str:
        return self.text[self.start : self.end]

    @property
    def rest(self) -> str:
        return self.text[slice(*self.tail)]

    @property
    def who(self) -> str:
        return self.text[slice(*self.subject)]

    @property
    def first(self) -> bool:
        """Whether the speaker says it of themselves, or of a group that they are in."""
        return self.person in ("i", "we", "none")

    @property
    def happened(self) -> bool:
        """Whether it is told as something that is past, or done by now: "went", "have gone"; not "am excited"."""
        return self.past or (self.form == "done" and bool({"have", "has"} & set(self.helpers)))

    @property
    def past(self) -> bool:
        """Whether it is told in the past tense; the perfect is not."""
        return self.form == "past" or bool({"was", "were", "did", "had"} & set(self.helpers))


def read(text: str, start: int, end: int, link: str) -> Clause | None:
    """The clause that stands between two places; None where no subject and verb can be made out."""
    while end > start and text[end - 1] in CLOSING:
        end -= 1
    told = words(text, start, end)
    if not told:
        return None
    first = _FIRST.search(text, start, end)
    if first and _own(told, first.start()):
        person: Person = "i" if first[0] == "I" else "we"
        return _with_verb(text, (start, end), first.span(), person, told, link)
    low = told[0].low.partition("'")[0]
    if low in ("she", "he", "they", "it"):
        subject = told[0].start, told[0].start + len(low)
        return _with_verb(text, (start, end), subject, low, told, link)  # type: ignore[arg-type]
    if low in NO_SUBJECT:
        return None
    if _elided(told, text[max(0, start - 2) : start] == ", "):
        return _with_verb(text, (start, end), (start, start), "none", told, link)
    lead = _PREFIX.match(text, start, end)
    told = [word for word in told if word.start >= lead.end()] if lead else told
    return _of_thing(text, start, end, told, link) if told else None


def inner(text: str, start: int, end: int) -> Clause | None:
    """The clause within another: "I moved to Ghent" in "Dana says that I moved to Ghent", from behind "says"."""
    found = _THAT.match(text, start, end)
    return read(text, found.end() if found else start, end, "")


def deeper(clause: Clause, at: int) -> Clause | None:
    """What a verb is said of that itself hangs on a verb: "switch" in "I'm going to switch to Neovim", from "to" on."""
    near = words(clause.text, at, min(clause.end, at + _NEAR))
    told = [word for word in near if word.low not in ADVERBS and word.low != "to"]
    if not told:
        return None
    known = verbs.guessed(told[0].low)
    return replace(clause, verb=known.base, form=known.form, at=told[0].start, tail=(told[0].end, clause.end))


def conjuncts(clause: Clause) -> list[Clause]:
    """A clause as one for each of its verbs: "I sold the car | and bought a bicycle". The first ends where the second
    begins."""
    parts, at = [clause], clause.tail[0]
    for found in _AND_DID.finditer(clause.text, at, clause.end):
        known = verbs.read(found["verb"])
        if known is None or not _same_form(known.form, clause) or (known.form == "base" and not found["object"]):
            continue
        begin, end = found.start("verb"), found.end("verb")
        parts[-1] = replace(parts[-1], tail=(parts[-1].tail[0], found.start()))
        parts.append(replace(clause, verb=known.base, at=begin, tail=(end, clause.end)))
    return parts


def _same_form(form: verbs.Form, clause: Clause) -> bool:
    past = clause.form in ("past", "done")
    return form == clause.form or (past and form in ("past", "done"))


def _own(told: Sequence[Word], at: int) -> bool:
    """Whether the pronoun at that place is the clause's subject: nothing before it that needs one of its own."""
    before = [word for word in told if word.start < at]
    if len(before) > 8:
        return False
    for word in before:
        if word.low in CLOSED or word.low in HELPERS or (verbs.read(word.low) or (0, "base"))[1] in ("third", "past"):
            return False
    return True


def _elided(told: Sequence[Word], follows: bool) -> bool:
    """Whether the clause begins with its verb, the subject being understood: "Got a …", "Working on …". `follows`: an
    interjection stands before it, so that it begins in lower case."""
    known = verbs.read(told[0].low)
    if len(told) < 2 or (known is None and told[0].low not in _LEFT_OUT):
        return False
    second = verbs.read(told[1].low)
    if known is None or told[0].low in _LEFT_OUT:
        return (second is not None and second.form == "base") or told[1].low == "to"
    if known.form == "ing":
        return told[1].low not in ("of", "from", "forward") and not _gerund(told)
    begins = (told[0].text[0].isupper() or follows) and not _title(told)
    return known.form == "past" and begins and told[1].low not in HELPERS and told[1].start - told[0].end == 1


def _title(told: Sequence[Word]) -> bool:
    """Whether all words of weight are written with a capital, as in a heading."""
    great = [word for word in told if len(word.text) > 3]
    return len(great) > 3 and all(word.text[0].isupper() for word in great)


def _gerund(told: Sequence[Word]) -> bool:
    """Whether what begins with "-ing" is the subject of a verb: "Running in the rain | is | fun"."""
    for before, word in pairwise(told[:12]):
        if word.low in CLOSED or word.low in ("but", "so", "since") or word.start - before.end > 2:
            return False
        known = verbs.read(word.low)
        if (
            word.low in HELPERS
            or word.low.endswith("n't")
            or (known and known.form == "third" and known.base not in ("work", "use", "plan", "state"))
        ):
            return True
        if known and known.form == "past" and not word.low.endswith("ed") and before.low not in HELPERS:
            return True  # "Losing my job gave me the push"
    return False


def _begins_verb(word: Word) -> bool:
    known = verbs.read(word.low)
    return word.low in HELPERS or word.low.endswith("n't") or (known is not None and known.form in ("third", "past"))


def _of_thing(text: str, start: int, end: int, told: Sequence[Word], link: str) -> Clause | None:
    """A clause about a thing or a person that is named: "latency is 150ms", "my sister Ana lives in Ghent"."""
    known = verbs.read(told[0].low)
    if not told[0].text[0].isalnum() or (
        known and known.form == "third" and len(told) > 1 and told[1].low not in HELPERS
    ):
        return None  # "Sounds like a plan"
    if known and known.form == "base" and len(told) > 1 and not _begins_verb(told[1]):
        return None  # "Keep going"
    for number, word in enumerate(told[1 : SUBJECT_WORDS + 1], start=1):
        head, _, contraction = word.low.partition("'")
        if word.low in CLOSED or head in NO_SUBJECT or head in PRONOUNS:
            return None
        if (word.low in HELPERS and word.text != "May") or contraction == "t" or _finite(word, told[number - 1]):
            following = told[number + 1] if number + 1 < len(told) else None
            if following and (
                following.low == "by" or (word.low in ("called", "named") and following.text[0].isupper())
            ):
                return None  # "songs arranged by …", "a woman called Griet"
            subject = (told[0].start, told[number - 1].end)
            if _BROKEN.search(text, *subject):
                return None
            return _with_verb(text, (start, end), subject, "thing", told, link)
        if contraction == "s" and number < len(told) - 1 and told[number + 1].low in _BEHIND_IS:
            return _with_verb(text, (start, end), (told[0].start, word.start + len(head)), "thing", told, link)
    return None


def _finite(word: Word, before: Word) -> bool:
    known = verbs.read(word.low)
    if known is None or word.text[0].isupper() or before.low in DETERMINERS:
        return False
    if known.form == "third":
        return before.low not in ("and", "or", "to")
    if known.form == "base":
        return before.low.endswith("s") and known.base in (
            "want",
            "think",
            "need",
            "say",
            "live",
            "use",
            "love",
            "like",
        )
    return known.form == "past"


def _with_verb(text: str, span: Span, subject: Span, person: Person, told: Sequence[Word], link: str) -> Clause | None:
    """Reads on behind the subject: helpers, "not", adverbs, and the verb."""
    helpers: list[str] = []
    negated = False
    rest = [word for word in told if word.end > subject[1]]
    at = 0
    if rest and rest[0].start < subject[1]:  # "I'm": the helper is in the same word
        tail = rest[0].low[subject[1] - rest[0].start :].lstrip("'")
        helpers.append(CONTRACTED.get(tail, tail))
        at = 1
    while at < len(rest):
        low = rest[at].low
        if low in NOT:
            negated = True
        elif low.endswith("n't"):
            negated = True
            helpers.append({"won't": "will", "can't": "can", "ain't": "is"}.get(low, low[:-3]))
        elif low == "cannot":
            negated = True
            helpers.append("can")
        elif low in HELPERS and rest[at].text != "May" and not _main(low, rest[at + 1 :]):
            helpers.append(low)
        elif not (adverb(low)):
            break
        at += 1
    if helpers and (at >= len(rest) or not _verbal(helpers, rest[at])):
        return _plain_be(text, span, subject, person, helpers, negated, rest, at, link)
    if at >= len(rest):
        return None
    word = rest[at]
    known = verbs.guessed(word.low)
    if known.form == "past" and helpers and (helpers[-1] in _BEING or {"have", "has", "had"} & set(helpers)):
        known = known._replace(form="done")
    return Clause(text, *span, subject, person, tuple(helpers), negated, *known, word.start, (word.end, span[1]), link)


def _main(low: str, after: Sequence[Word]) -> bool:
    """Whether "have" or "do" is the verb itself: "I have a dog", not "I have moved"."""
    if low not in ("have", "has", "had", "do", "does", "did"):
        return False
    for word in after:
        if word.low in ADVERBS or word.low in NOT or word.low.endswith("ly"):
            continue
        if low in ("have", "has", "had"):
            known = verbs.read(word.low)
            perfect = known.form in ("past", "done") if known else word.low.endswith("ed")
            return not (perfect or word.low in ("been", "had", "to"))
        return not (verbs.read(word.low) and verbs.read(word.low).form == "base")  # type: ignore[union-attr]
    return True


def _verbal(helpers: Sequence[str], word: Word) -> bool:
    """Whether the word behind the helpers is the verb: "am going", "was invited", "will bring"; not "is ready"."""
    last = helpers[-1]
    known = verbs.read(word.low)
    if last in _BEING:
        if known is None:
            return (
                word.text.islower()
                and re.fullmatch(r"(?!during|something|nothing|anything)\w{3,}ing", word.low) is not None
            )
        return known.form in ("ing", "done", "past")
    return word.low not in DETERMINERS and word.text[:1].isalpha()


def _plain_be(
    text: str, span: Span, subject: Span, person: Person, helpers: Sequence[str], negated: bool,
    rest: Sequence[Word], at: int, link: str,
) -> Clause | None:  # fmt: skip
    """A clause whose verb is "be", or that stops behind its helper."""
    if not {"am", "is", "are", "was", "were", "be", "been"} & set(helpers):
        return None
    index = max((n for n, word in enumerate(rest[:at]) if _be(word.low)), default=0)
    end = rest[index].end if rest else span[1]
    form: verbs.Form = "past" if {"was", "were", "had"} & set(helpers) else "done" if "been" in helpers else "base"
    return Clause(text, *span, subject, person, tuple(helpers), negated, "be", form, end, (end, span[1]), link)


def _be(low: str) -> bool:
    return low.partition("n't")[0] in ("am", "is", "are", "was", "were", "be", "been") or "'" in low
