"""English sentences read as statements that can be turned into questions: who, did what, and what follows.

    Last week | I | went | to the pride parade | and it was wonderful
    lead        subject, verb, tail: as far as the clause goes

Shallow on purpose: a sentence is taken only where its subject stands at its beginning and the next words are a verb, and
most sentences are not taken. All places are spans of the text, so that a question can be kept without a word of it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from secondme.recall.lexical import STOP_WORDS
from secondme.recall.verbs import BASES, base, participle
from secondme.sentences import sentences
from secondme.timewords import Mention, mentions

Span = tuple[int, int]
SUBJECT_WORDS = 5  # of "my sister's flat in Ghent"
LONGEST_TAIL = 14  # words

_WORD = re.compile(r"[^\W_]+(?:['’-][^\W_]+)*")
_LEAD = re.compile(
    r"(?:[-*+•>\s]|\[[ xX]\]|\d{1,2}[.)]\s|\*\*|(?:yes|yeah|yep|no|nope|oh|wow|hey|hi|hello|ah|aw|so|well|also|and|but|thanks|ok|"
    r"okay|actually|anyway|btw|by the way|plus|then|haha|lol|cool|great|nice|sure|honestly|basically|luckily|finally|"
    r"sadly|recently|unfortunately|guess what)\b[\s,.!:–—-]*)*",
    re.IGNORECASE,
)
_VOCATIVE = re.compile(r"[A-ZÀ-Þ][\w’'-]+\s?[,!]\s*")
_FIRST = re.compile(r"(I|[Ww]e)(?:['’](m|re|ve|ll))?(?![\w’'])")
_LATER = re.compile(rf"(?<=[,–—-] ){_FIRST.pattern}")
_ADVERB = re.compile(
    r"(?:\w+ly|just|also|even|still|always|never|already|ever|now|then|soon|once|often|too|finally|both|all|recently)$"
)
_ADVERBS_ONLY = frozenset("reply rely apply supply multiply fly family july italy comply only early".split())
# the clause ends before these; "and" and "or" may join two things
_ENDS = re.compile(
    r"\s*[,;:!?…(\[|\"“”\n]|\.(?:\s|$)|\s[-–—]+\s|\s(?:but|so|because|since|while|when|which|who|whom|that|although|though|as|"
    r"if|where|whether|until|till|'?cause|cuz|how|why|what|than|plus|after|before|once)\s(?=(?:I|we|he|she|they|it|you)\b)|"
    r"\s(?:but|so|because|while|which|who|that|although|though|if|where|'?cause|cuz|than|and)\b"
)
_AUXILIARIES = {
    "am": "am", "is": "is", "are": "are", "was": "was", "were": "were", "will": "will", "would": "would", "can": "can",
    "could": "could", "should": "should", "must": "must", "m": "am", "re": "are", "ve": "have", "ll": "will",
}  # fmt: skip
_THIRD = {"has": "have", "goes": "go", "does": "do", "costs": "cost", "lives": "live", "works": "work", "likes": "like",
          "loves": "love", "plays": "play", "wants": "want", "needs": "need", "pays": "pay", "opens": "open",
          "closes": "close", "starts": "start", "leaves": "leave", "arrives": "arrive", "comes": "come", "takes": "take",
          "weighs": "weigh", "feeds": "feed", "keeps": "keep", "teaches": "teach", "studies": "study", "plans": "plan",
          "brings": "bring", "makes": "make", "gives": "give", "gets": "get", "sells": "sell", "moves": "move",
          "hates": "hate", "owns": "own", "drives": "drive", "runs": "run", "meets": "meet", "ends": "end"}  # fmt: skip
# verbs of opinion and talk: what is asked about them is not what happened
_NO_DEED = frozenset(
    "think hope guess know mean feel agree wish wonder bet say suppose believe understand see hear tell love need want "
    "try let seem look sound ask appreciate thank imagine remember forget forgive admit swear promise doubt assume "
    "figure gonna wanna gotta dunno mind matter happen get be".split()
)


@dataclass(frozen=True, slots=True)
class Statement:
    """One clause. `subject` is "I", "we", or what stands there; `auxiliary` is what a question begins with after its
    question word ("did", "is", "will"), and `verb` the main verb, `form` says how it stands: "past", "third" or "as is".
    An empty `verb` is a plain "be". `start` is where the sentence starts, `times` the mentions of time in it.
    """

    start: int
    end: int
    subject: Span
    person: str
    auxiliary: str
    verb: Span
    form: str
    tail: Span
    times: tuple[Mention, ...]

    def deed(self, text: str) -> str:
        """What is done: the base of the verb."""
        return root(text[slice(*self.verb)], self.form) or "be"


def statements(text: str, day: date | None = None) -> Iterator[Statement]:
    """The statements in a text that was written on that day, in order."""
    for start, end in sentences(text):
        if text[start:end].rstrip().endswith("?"):
            continue
        times = tuple(_moved(one, start) for one in mentions(text[start:end], day))
        if (found := _read(text, start, end, times)) is not None:
            yield found


def _moved(one: Mention, by: int) -> Mention:
    return Mention(one.start + by, one.end + by, one.days, one.grain, one.relative, one.relation, one.meant)


def _read(text: str, start: int, end: int, times: tuple[Mention, ...]) -> Statement | None:
    at = _after_lead(text, start, end, times)
    if first := _FIRST.match(text, at, end) or _LATER.search(text, at, end):
        return _from_verb(text, first.end(1), first.span(1), first[1].lower(), (start, end), times, first[2] or "")
    return _of_another(text, at, end, (start, end), times)


def _after_lead(text: str, start: int, end: int, times: Sequence[Mention]) -> int:
    """Where the subject stands: behind interjections, names that are spoken to, and a time that comes first."""
    at = start
    while True:
        begin = at
        at = found.end() if (found := _LEAD.match(text, at, end)) else at
        for one in times:
            if one.start <= at + 3 and at < one.end and not text[at : one.start].strip("onin "):
                at = one.end
                at += len(text[at:end]) - len(text[at:end].lstrip(" ,"))
        if found := _VOCATIVE.match(text, at, end):
            at = found.end()
        if at == begin:
            return at


def _of_another(text: str, at: int, end: int, whole: Span, times: tuple[Mention, ...]) -> Statement | None:
    """A subject that is no pronoun: a name, "my sister", "the boiler"; or none at all: "Paid €40 for the rope"."""
    words = list(_WORD.finditer(text, at, min(end, at + 80)))[: SUBJECT_WORDS + 1]
    if not words or words[0].start() > at:
        return None
    if words[0][0][0].isupper() and _is_past(words[0][0]) and not (len(words) > 1 and _finite(words[1][0])):
        return _from_verb(text, at, (at, at), "i", whole, times)
    head = words[0][0]
    if (
        head.endswith("ly")
        or not (head[0].isupper() or head.casefold() in ("my", "our", "the"))
        or head.casefold() in _NO_SUBJECT
    ):
        return None
    for before, word in zip(words, words[1:], strict=False):
        if re.search(r"[^\w\s’'&.-]", text[before.end() : word.start()]):
            return None
        if _finite(word[0]) and not (before is words[0] and not _stands_alone(text, head, word)):
            return _from_verb(text, before.end(), (at, before.end()), "", whole, times)
        if word[0].casefold() in _JOINING:
            return None
    return None


def _stands_alone(text: str, head: str, verb: re.Match[str]) -> bool:
    """Whether one word is the subject: not "The | measured time is", nor "Boil | salted water"."""
    if head.casefold() in ("my", "our", "the"):
        return False
    if not verb[0].endswith("ed"):
        return True
    following = _WORD.match(text, verb.end() + 1)
    return following is None or not following[0].islower() or following[0] in STOP_WORDS


_NO_SUBJECT = frozenset(
    "since once it this that these those he she they you there here what who which where when how why if as to for with in on at by "
    "everybody everyone nobody somebody someone anybody nothing something everything somewhere from not and or but let please a an some any no one all most many each every its his her their your such".split()
)
_JOINING = frozenset("and or but which who that if when to than as not because".split())


def _finite(word: str) -> bool:
    lowered = word.casefold()
    return lowered in _AUXILIARIES or lowered in _THIRD or lowered in ("had", "has") or _is_past(word)


def _is_past(word: str) -> bool:
    lowered = word.casefold()
    return bool(base(lowered)) and lowered not in _PAST_TOO


# a noun or an adjective as well, so that they end no subject
_PAST_TOO = frozenset("left lay found led saw set read cut put cost hit fit bit lost let shut split cast".split())


def _from_verb(
    text: str,
    at: int,
    subject: Span,
    person: str,
    whole: Span,
    times: tuple[Mention, ...],
    contracted: str = "",
) -> Statement | None:
    """Reads on from the end of the subject: an auxiliary, if there is one, and the verb."""
    begin = at + 1 + len(contracted) if contracted else at
    words = list(_WORD.finditer(text, begin, min(whole[1], at + 90)))
    if any(w[0].casefold() == "not" or w[0].casefold().endswith(("n't", "n’t")) for w in words[:4]):
        return None
    tokens = [w for w in words if not _is_adverb(w[0])]
    if not tokens:
        return None
    first = tokens[0][0].casefold()
    auxiliary = _AUXILIARIES.get(contracted or first, "")
    rest = tokens if contracted else tokens[1:]
    perfect = auxiliary == "have" or (not contracted and first in ("have", "has", "had"))
    if perfect and rest and participle(rest[0][0]) and rest[0][0].casefold() not in BASES - {"become", "come"}:
        verb = _extended(rest)
        return _made(text, subject, person, auxiliary or first, verb, "as is", verb[1], whole, times)
    if auxiliary == "have" or (auxiliary and not rest):
        return None
    if auxiliary:
        after = begin if contracted else tokens[0].end()
        verb = rest[0].span() if _verbal(auxiliary, rest[0][0]) else (after, after)
        return _made(text, subject, person, auxiliary, verb, "as is", verb[1], whole, times)
    return _plain(text, subject, person, tokens[0], whole, times)


def _extended(rest: Sequence[re.Match[str]]) -> Span:
    """ "been" with what has been going on."""
    more = len(rest) > 1 and rest[0][0].casefold() == "been" and _verbal("is", rest[1][0])
    return rest[0].start(), (rest[1] if more else rest[0]).end()


def _verbal(auxiliary: str, word: str) -> bool:
    """Whether the word after the auxiliary is the verb: "am going", "was invited", "will bring"."""
    lowered = word.casefold()
    if auxiliary in ("am", "is", "are", "was", "were"):
        return lowered.endswith("ing") or participle(lowered)
    return True


def _is_adverb(word: str) -> bool:
    lowered = word.casefold()
    return bool(_ADVERB.match(lowered)) and lowered not in _ADVERBS_ONLY


def _plain(
    text: str, subject: Span, person: str, verb: re.Match[str], whole: Span, times: tuple[Mention, ...]
) -> Statement | None:
    """A verb without an auxiliary."""
    lowered = verb[0].casefold()
    if base(lowered):
        return _made(text, subject, person, "did", verb.span(), "past", verb.end(), whole, times)
    if lowered in _THIRD and not person:
        return _made(text, subject, person, "does", verb.span(), "third", verb.end(), whole, times)
    if person in ("i", "we") and verb[0].islower() and lowered.isalpha():
        return _made(text, subject, person, "do", verb.span(), "as is", verb.end(), whole, times)
    return None


def _made(
    text: str,
    subject: Span,
    person: str,
    auxiliary: str,
    verb: Span,
    form: str,
    at: int,
    whole: Span,
    times: tuple[Mention, ...],
) -> Statement | None:
    deed = root(text[slice(*verb)], form)
    if deed in _NO_DEED and not (deed == "be" and auxiliary != "am"):
        return None
    tail = _tail(text, at, whole[1], times)
    return Statement(*whole, subject, person, auxiliary, verb, form, tail, times) if tail[1] > tail[0] else None


def root(verb: str, form: str) -> str:
    """The verb as a question has it after "did" or "does"."""
    lowered = verb.casefold()
    return base(lowered) if form == "past" else _THIRD.get(lowered, lowered) if form == "third" else lowered


def _tail(text: str, at: int, end: int, times: Sequence[Mention]) -> Span:
    """What follows the verb, to the end of the clause; a mention of time is never cut."""
    stop = at
    for found in _ENDS.finditer(text, at, end):
        if not any(one.start < found.start() < one.end for one in times) and not _within_number(text, found):
            stop = found.start()
            break
    else:
        stop = end
    words = list(_WORD.finditer(text, at, stop))
    if len(words) > LONGEST_TAIL:
        stop = words[LONGEST_TAIL - 1].end()
        stop = next((one.start for one in times if one.start < stop < one.end), stop)
    while stop > at and text[stop - 1] in " .,!":
        stop -= 1
    return at, stop


def _within_number(text: str, found: re.Match[str]) -> bool:
    at = found.start()
    return text[at] in ".,:" and text[max(0, at - 1)].isdigit() and text[at + 1 : at + 2].isdigit()
