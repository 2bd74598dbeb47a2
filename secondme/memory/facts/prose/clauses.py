"""Clauses of English sentences, whom they are about and what is done: shallow, by rules, and only where it is plain.

A sentence is cut where a new subject begins, and what has no verb stays with the clause before it ("something bigger,
an internal tool for metrics"). Questions, commands, code and what is spoken to somebody are no clauses here. All places
are spans of the passage's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

from secondme.memory.facts.prose.parsing import Clause, read
from secondme.memory.facts.prose.words import CLOSING
from secondme.sentences import sentences

LONGEST = 600  # characters of a sentence that is read; longer ones are lists and tables without full stops
_I = r"(?:I|[Ww]e|[Mm]y|[Oo]ur|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Tt]here|[Yy]ou|[Hh]is|[Hh]er|[Tt]heir|[Yy]our)"
_BE = r"(?:is|are|was|were|isn['’]t|aren['’]t|wasn['’]t|weren['’]t)"
_NAME_DOES = r"[A-ZÀ-Þ][\w-]+\s(?:is|was|has|had|says|said|thinks|wants|will|told|got|went|gets)"
_PLAIN_IS = rf"(?!(?:which|who|what|that|where|whose)\b)(?:[\w-]+\s){{1,3}}{_BE}\b"
_ONLY_SUBJECT = r"(?:I|[Ww]e|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|[Tt]here|[Yy]ou)"
_BREAK = re.compile(
    rf"(?P<strong>\s*[;:—–]\s+|\s+[-–—]+\s+|\s*—\s*|\s\(|\)\s*)"
    rf"|,?\s+(?P<link>and|but|so|cause|although|though|while|whereas|plus|then|or|if|when|unless|where|because)\s+"
    rf"(?:(?:now|then|today|recently|currently|lately|also|luckily|sadly)\s)?"
    rf"(?=(?:{_I}(?:['’]\w+)?|{_NAME_DOES})(?![\w’'-]))"
    rf"|,?\s+(?P<also>since|until|before|after|as)\s+(?={_ONLY_SUBJECT}(?:['’]\w+)?(?![\w’'-]))"
    rf"|,\s+(?=(?:{_I}(?:['’]\w+)?)(?![\w’'-])|{_NAME_DOES}\b|(?:and\s|but\s|so\s)?{_PLAIN_IS})"
)
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
_ASKED = re.compile(
    r"(?:what|who|whom|whose|which|how|why|can|could|would you|do you|does|did|shall)(?:['’](?:s|re|d|ll))?(?![\w’'])",
    re.IGNORECASE,
)  # a question whether it has its mark or not
_SPOKEN_TO = re.compile(r"[A-ZÀ-Þ][\w’'-]+\s?[,!]\s+(?=(?:I|we|my)\b)")  # "Ben, I …"
_PREPOSITION = re.compile(r"(?:At|In|On|By|For|With|After|Before|During|Since|From|Under|Over|Within)\s")
_IF = re.compile(r"(?:if|unless|in case)\s", re.IGNORECASE)
_ONLY_THEN = frozenset(("would", "could", "might", "will"))  # what is so only if something else is
_SUBORDINATE = re.compile(r"(?:since|although|though|while|whereas|as|because)\s+(?=(?:I|we|my|our)\b)", re.I)
_CODE = re.compile(r"[{}\\|<>]|\s[=*]\s|\w\(\w*\)|https?://")


def clauses(text: str) -> Iterator[tuple[Clause, ...]]:
    """The clauses of a text, sentence by sentence, in order; sentences without any are left out."""
    for start, end in sentences(text):
        if end - start <= LONGEST and text[start] not in ">|#`" and not _CODE.search(text, start, end):
            found = tuple(_of_sentence(text, start, end))
            if found:
                yield found


def _of_sentence(text: str, start: int, end: int) -> Iterator[Clause]:
    pieces = list(_pieces(text, start, end))
    asked = text[start:end].rstrip("\"'”’)* ").endswith("?")
    held: Clause | None = None
    lead = LEAD.match(text, start, end)
    if _ASKED.match(text, lead.end() if lead else start, end):
        return
    carried: int | None = None
    supposed = False
    for number, (begin, stop, link) in enumerate(pieces):
        at = _after_lead(text, begin, stop)
        supposed = supposed or link in _CONDITION or _IF.match(text, at, stop) is not None
        if at >= stop or link in _CONDITION or (asked and (number == len(pieces) - 1 or _ASKS.match(text, at, stop))):
            if asked and number == 0:
                return
            continue
        found = read(text, at if carried is None else carried, stop, link)
        if found is not None and supposed and not _ONLY_THEN.isdisjoint(found.helpers):
            continue
        carried = at if found is None and held is None and _PREPOSITION.match(text, at) else None
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
    while end > clause.end and text[end - 1] in CLOSING:
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
    for pattern in (_SPOKEN_TO, _SUBORDINATE):
        found = pattern.match(text, at, end)
        at = found.end() if found else at
    return at
