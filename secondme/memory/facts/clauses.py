"""Clauses of English sentences, whom they are about and what is done: shallow, by rules, and only where it is plain.

    Also, | I      | 'm      | moving | to San Francisco next month
    lead  | subject| helpers | verb   | tail

A sentence is cut where a new subject begins; what hangs on a clause ("because it was late") stays with it. Questions,
commands and what is spoken to somebody are no clauses here. All places are spans of the passage's text. The subject may
be left out, as in notes and chats ("Working on my thesis"): it is the speaker's then.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from secondme.memory.facts import verbs
from secondme.sentences import sentences

Span = tuple[int, int]
Person = Literal["i", "we", "none", "thing", "she", "he", "they", "it"]
LONGEST = 600  # characters of a sentence that is read; longer ones are lists and tables without full stops
SUBJECT_WORDS = 9

WORD = re.compile(r"[$€£#@]?[^\W_](?:\w|['’./@&+#-](?=\w)|,(?=\d{3}\b))*(?:[+#%]+)?")
_I = r"(?:I|[Ww]e|[Mm]y|[Oo]ur|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Tt]here|[Yy]ou|[Hh]is|[Hh]er|[Tt]heir|[Yy]our)"
_BE = r"(?:is|are|was|were|isn['’]t|aren['’]t|wasn['’]t|weren['’]t)"
_NAME_DOES = r"[A-ZÀ-Þ][\w-]+\s(?:is|was|has|had|says|said|thinks|wants|will|told|got|went|gets)"
_PLAIN_IS = rf"(?!(?:which|who|what|that|where|whose)\b)(?:[\w-]+\s){{1,3}}{_BE}\b"
_ONLY_SUBJECT = r"(?:I|[Ww]e|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Tt]here|[Yy]ou)"
_BREAK = re.compile(
    rf"(?P<strong>\s*[;:—–]\s+|\s+[-–—]+\s+|\s*—\s*|\s\(|\)\s*)"
    rf"|,?\s+(?P<link>and|but|so|cause|although|though|while|whereas|plus|then|or|if|when|unless|where|because)\s+"
    rf"(?=(?:{_I}(?:['’]\w+)?|{_NAME_DOES})(?![\w’'-]))"
    rf"|,?\s+(?P<also>since|until|before|after|as)\s+(?={_ONLY_SUBJECT}(?:['’]\w+)?(?![\w’'-]))"
    rf"|,\s+(?=(?:{_I}(?:['’]\w+)?)(?![\w’'-])|{_NAME_DOES}\b|(?:and\s|but\s|so\s)?{_PLAIN_IS})"
)
_HANGING = ("because", "cause", "since", "although", "though", "while", "whereas", "as", "until", "before", "after", "when")
_CONDITION = frozenset(("if", "unless"))
_INTERJECTIONS = (
    r"yes|yeah|yep|yup|no|nope|oh|wow|hey|hi|hello|ah|aw|so|well|also|and|but|thanks|thank you|ok|okay|actually|anyway|"
    r"btw|by the way|plus|then|haha|lol|cool|great|nice|sure|honestly|basically|luckily|finally|sadly|recently|perfect|"
    r"unfortunately|awesome|sorry|please|fyi|update|big news|great news|good news|bad news|quick update|ugh|hmm|again|"
    r"definitely|absolutely|exactly|yes please|of course|in fact|to be honest|oh no|because|cause|or|fortunately|"
    r"currently|now|right now|still|just|already|lately|obviously|apparently|interestingly|importantly|change of plans"
)
LEAD = re.compile(
    rf"(?:[-*+•>\s\"“”'‘(]|\[[ xX]\]|\d{{1,2}}[.)]\s|\*\*|(?:{_INTERJECTIONS})(?![\w’'-])[\s,.!:–—-]*)*", re.IGNORECASE
)
_ASKS = re.compile(
    r"(?:what|who|whom|whose|which|where|when|why|how|can|could|would|will|should|shall|may|might|do|does|did|is|are|was|"
    r"were|am|have|has|had|any|isn['’]t|aren['’]t|don['’]t|doesn['’]t|didn['’]t|won['’]t|wouldn['’]t|couldn['’]t|let['’]?s)"
    r"(?:['’](?:s|re|d|ll|ve))?\b",
    re.IGNORECASE,
)
_BROKEN = re.compile(r"(?<!\bDr)(?<!\bProf)(?<!\bMr)(?<!\bMrs)(?<!\bMs)(?<!\bSt)[,.:;!?]\s")  # no subject goes over it
_SPOKEN_TO = re.compile(r"[A-ZÀ-Þ][\w’'-]+\s?[,!]\s+(?=(?:I|we|my)\b)")  # "Ben, I …"
_THAT = re.compile(r"\s*(?:that\s)?[\s,:“\"]*")
_CLOSING = " .,!;:—–…\"”')*"
_FIRST = re.compile(r"(?<![\w’'])(?:I|[Ww]e)(?=['’](?:m|re|ve|ll|d)\b|(?![\w’']))")
_CLOSED_WORDS = "that which who whom than as if what where how why whether unless when because you your please let's"
_CLOSED = frozenset(_CLOSED_WORDS.split())  # a subject behind one of these is not the clause's own
_CONTRACTED = {"m": "am", "re": "are", "ve": "have", "ll": "will", "d": "would", "s": "is"}
_HELPER_WORDS = """
am is are was were be been being have has had do does did will would can could shall should may might must gonna wanna
gotta ain't
"""
_BEHIND_IS = ("not", "a", "an", "the", "now")  # in "my dog's a terrier": else it is whose it is
_NOT = frozenset(("not", "never", "no", "hardly", "barely", "cannot", "neither"))
_ADVERB_WORDS = """
just also even still always already ever now then soon once often too finally both all recently really currently so very
actually only usually mostly mainly probably maybe perhaps kind sort of kinda sorta pretty totally long almost sometimes
again first super quite rather well together
"""
_NO_ADVERB_WORDS = "reply rely apply supply multiply fly family july italy early daily weekly monthly lily"
_DETERMINER_WORDS = "my our the a an this these those his her their its your some both all each one two"
_LEFT_OUT = frozenset(("might", "will", "gonna", "need", "want", "hope", "cannot", "can't", "couldn't", "didn't", "don't"))
_NO_SUBJECT_WORDS = "you your there this that these those what who please let if would could should can do maybe like"
_HELPERS, _ADVERBS = frozenset(_HELPER_WORDS.split()), frozenset(_ADVERB_WORDS.split())
_NO_ADVERB, _DETERMINERS = frozenset(_NO_ADVERB_WORDS.split()), frozenset(_DETERMINER_WORDS.split())
_NO_SUBJECT = frozenset(_NO_SUBJECT_WORDS.split())


@dataclass(frozen=True, slots=True)
class Word:
    """A word and where it stands; `low` is its lower case with plain apostrophes."""

    start: int
    end: int
    text: str
    low: str


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
        """Whether the speaker says it of himself, or of a group with him in it."""
        return self.person in ("i", "we", "none")

    @property
    def past(self) -> bool:
        return self.form == "past" or bool({"was", "were", "did", "had"} & set(self.helpers))


def clauses(text: str) -> Iterator[tuple[Clause, ...]]:
    """The clauses of a text, sentence by sentence, in order; sentences without any are left out."""
    for start, end in sentences(text):
        if end - start <= LONGEST and text[start] not in ">|#" and not text.startswith("```", start):
            found = tuple(_of_sentence(text, start, end))
            if found:
                yield found


def _of_sentence(text: str, start: int, end: int) -> Iterator[Clause]:
    pieces = list(_pieces(text, start, end))
    asked = text[start:end].rstrip("\"'”’)* ").endswith("?")
    held: Clause | None = None
    for number, (begin, stop, link) in enumerate(pieces):
        at = _after_lead(text, begin, stop)
        if at >= stop or link in _CONDITION or (asked and (number == len(pieces) - 1 or _ASKS.match(text, at, stop))):
            if asked and number == 0:
                return
            continue
        found = _clause(text, at, stop, link)
        if found is None and held is not None and not link and begin - held.end < 4:
            held = _extended(held, stop)  # "something more ambitious — an internal tool for metrics"
        elif found is not None:
            if held is not None:
                yield held
            held = found
    if held is not None:
        yield held


def _extended(clause: Clause, end: int) -> Clause:
    text = clause.text
    while end > clause.end and text[end - 1] in _CLOSING:
        end -= 1
    return replace(clause, end=end, tail=(clause.tail[0], end))


def _pieces(text: str, start: int, end: int) -> Iterator[tuple[int, int, str]]:
    begin, link = start, ""
    for cut in _BREAK.finditer(text, start, end):
        if cut.start() > begin:
            yield begin, cut.start(), link
        begin, link = cut.end(), (cut["link"] or cut["also"] or "").lower()
    if begin < end:
        yield begin, end, link


def _after_lead(text: str, start: int, end: int) -> int:
    found = LEAD.match(text, start, end)
    at = found.end() if found else start
    named = _SPOKEN_TO.match(text, at, end)
    return named.end() if named else at


def words(text: str, start: int, end: int) -> list[Word]:
    return [
        Word(found.start(), found.end(), found[0], found[0].lower().replace("’", "'"))
        for found in WORD.finditer(text, start, end)
    ]


def _clause(text: str, start: int, end: int, link: str) -> Clause | None:
    while end > start and text[end - 1] in _CLOSING:
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
        return _with_verb(text, (start, end), (told[0].start, told[0].start + len(low)), low, told, link)  # type: ignore[arg-type]
    if low in _NO_SUBJECT:
        return None
    if _elided(told):
        return _with_verb(text, (start, end), (start, start), "none", told, link)
    return _of_thing(text, start, end, told, link)


def inner(text: str, start: int, end: int) -> Clause | None:
    """The clause within another: "I moved to Ghent" in "Dana says that I moved to Ghent", from behind "says"."""
    found = _THAT.match(text, start, end)
    return _clause(text, found.end() if found else start, end, "")


def deeper(clause: Clause, at: int) -> Clause | None:
    """What a verb is said of that itself hangs on a verb: "switch" in "I'm going to switch to Neovim", from "to" on."""
    told = [word for word in words(clause.text, at, clause.end) if word.low not in _ADVERBS and word.low != "to"]
    if not told:
        return None
    known = verbs.guessed(told[0].low)
    return replace(clause, verb=known.base, form=known.form, at=told[0].start, tail=(told[0].end, clause.end))


def _own(told: Sequence[Word], at: int) -> bool:
    """Whether the pronoun at that place is the clause's subject: nothing before it that needs one of its own."""
    before = [word for word in told if word.start < at]
    if len(before) > 8:
        return False
    for word in before:
        if word.low in _CLOSED or word.low in _HELPERS or (verbs.read(word.low) or (0, "base"))[1] in ("third", "past"):
            return False
    return True


def _elided(told: Sequence[Word]) -> bool:
    """Whether the clause begins with its verb, the subject being understood: "Got a …", "Working on …"."""
    known = verbs.read(told[0].low)
    if len(told) < 2 or (known is None and told[0].low not in _LEFT_OUT):
        return False
    second = verbs.read(told[1].low)
    if known is None or told[0].low in _LEFT_OUT:
        return second is not None and second.form == "base" or told[1].low in ("to", "be")
    finite = told[1].low in _HELPERS or (second is not None and second.form == "third")
    return known.form in ("ing", "past") and not finite


def _of_thing(text: str, start: int, end: int, told: Sequence[Word], link: str) -> Clause | None:
    """A clause about a thing or a person that is named: "latency is 150ms", "my sister Ana lives in Ghent"."""
    if not (told[0].low in _DETERMINERS or told[0].text[0].isalnum()):
        return None
    for number, word in enumerate(told[1 : SUBJECT_WORDS + 1], start=1):
        if word.low in _CLOSED or word.low in ("and/or",):
            return None
        head, _, contraction = word.low.partition("'")
        if word.low in _HELPERS or contraction == "t" or _finite(word, told[number - 1]):
            subject = (start, told[number - 1].end)
            if _BROKEN.search(text, *subject):
                return None
            return _with_verb(text, (start, end), subject, "thing", told, link)
        if contraction == "s" and number < len(told) - 1 and told[number + 1].low in _BEHIND_IS:
            return _with_verb(text, (start, end), (start, word.start + len(head)), "thing", told, link)
    return None


def _finite(word: Word, before: Word) -> bool:
    known = verbs.read(word.low)
    if known is None or word.text[0].isupper() or before.low in _DETERMINERS:
        return False
    if known.form == "third":
        return before.low not in _ADVERBS
    if known.form == "base":
        return before.low.endswith("s") and known.base in ("want", "think", "need", "say", "live", "use", "love", "like")
    return known.form == "past"


def _with_verb(
    text: str, span: Span, subject: Span, person: Person, told: Sequence[Word], link: str
) -> Clause | None:
    """Reads on behind the subject: helpers, "not", adverbs, and the verb."""
    helpers: list[str] = []
    negated = False
    rest = [word for word in told if word.end > subject[1]]
    at = 0
    if rest and rest[0].start < subject[1]:  # "I'm": the helper is in the same word
        tail = rest[0].low[subject[1] - rest[0].start :].lstrip("'")
        helpers.append(_CONTRACTED.get(tail, tail))
        at = 1
    while at < len(rest):
        low = rest[at].low
        if low in _NOT:
            negated = True
        elif low.endswith("n't"):
            negated = True
            helpers.append({"won't": "will", "can't": "can", "ain't": "is"}.get(low, low[:-3]))
        elif low == "cannot":
            negated = True
            helpers.append("can")
        elif low in _HELPERS and not _main(low, rest[at + 1 :], text):
            helpers.append(low)
        elif not (low in _ADVERBS or (low.endswith("ly") and low not in _NO_ADVERB)):
            break
        at += 1
    if helpers and (at >= len(rest) or not _verbal(helpers, rest[at])):
        return _plain_be(text, span, subject, person, helpers, negated, rest, at, link)
    if at >= len(rest):
        return None
    word = rest[at]
    known = verbs.guessed(word.low)
    return Clause(
        text, *span, subject, person, tuple(helpers), negated, known.base, known.form, word.start, (word.end, span[1]), link
    )  # fmt: skip


def _main(low: str, after: Sequence[Word], text: str) -> bool:
    """Whether "have" or "do" is the verb itself: "I have a dog", not "I have moved"."""
    if low not in ("have", "has", "had", "do", "does", "did"):
        return False
    for word in after:
        if word.low in _ADVERBS or word.low in _NOT or word.low.endswith("ly"):
            continue
        if low in ("have", "has", "had"):
            known = verbs.read(word.low)
            return not (word.low in ("been", "had", "to") or (known and known.form in ("past", "done")))
        return not (verbs.read(word.low) and verbs.read(word.low).form == "base")  # type: ignore[union-attr]
    return True


def _verbal(helpers: Sequence[str], word: Word) -> bool:
    """Whether the word behind the helpers is the verb: "am going", "was invited", "will bring"; not "am a", "is ready"."""
    last = helpers[-1]
    known = verbs.read(word.low)
    if last in ("am", "is", "are", "was", "were", "be", "been", "being"):
        if known is None:
            return word.text.islower() and re.fullmatch(r"(?!during|something|nothing|anything)\w{3,}ing", word.low) is not None
        return known.form in ("ing", "done", "past")
    return word.low not in _DETERMINERS and word.text[:1].isalpha()


def _plain_be(
    text: str, span: Span, subject: Span, person: Person, helpers: Sequence[str], negated: bool,
    rest: Sequence[Word], at: int, link: str,
) -> Clause | None:  # fmt: skip
    """A clause whose verb is "be", or that stops behind its helper."""
    if not {"am", "is", "are", "was", "were", "be", "been"} & set(helpers):
        return None
    index = max((n for n, word in enumerate(rest[:at]) if _be(word.low)), default=0)
    end = rest[index].end if rest else span[1]
    form: verbs.Form = "past" if {"was", "were", "been"} & set(helpers) else "base"
    return Clause(text, *span, subject, person, tuple(helpers), negated, "be", form, end, (end, span[1]), link)


def _be(low: str) -> bool:
    return low.partition("n't")[0] in ("am", "is", "are", "was", "were", "be", "been") or "'" in low
