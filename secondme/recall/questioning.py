"""Questions made from what a passage says, by rules: the answer is taken out and asked for.

    Ana: I moved to Lisbon in May       When did Ana move to Lisbon?       Where did Ana move in May?
    note: Paid €40 for the rope         How much did I pay for the rope?

Every question is kept as a `Frame`: a question word, an auxiliary, and spans of the passage. Its words are put together
when they are needed, so that a kept question holds no word of anybody's memory. English only; what would read badly is
not asked: a pronoun that says not whom it means, nothing but light words, an end that hangs in the air.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import astuple, dataclass
from datetime import date
from typing import Any

from secondme.recall.fields import Field, fields
from secondme.recall.lexical import stem, words
from secondme.recall.paraphrase import otherwise, shortened
from secondme.recall.phrases import (
    AFTER_NAME,
    BECAUSE,
    BEFORE_TIME,
    CLOCK,
    COMPANY,
    COSTING,
    COUNT,
    DANGLING,
    DAY,
    GOING,
    LEFT_BEHIND,
    LIGHT,
    MINE,
    MONEY,
    NO_REFERENT,
    NOT_WHEN,
    OBJECT,
    OBJECT_ENDS,
    PERSON,
    PLACE,
    TAKING_PART,
    THEIRS,
    UNITS,
    WHAT_IT_IS,
    WHEREABOUTS,
    WHOSE,
)
from secondme.recall.statements import Span, Statement, root, statements
from secondme.timewords import Mention

NOWHERE: Span = (0, 0)
FIELD = "field"  # the form of what is no sentence: "Birthday: 14 September 1988"
LONGEST = 18  # words of a question
TELLING = 2  # words of weight that a shortened one keeps
LONGEST_ANSWER = 6  # words

_SPACE = re.compile(r"\s+")
_OF_OTHERS = {"am": "is", "are": "is", "were": "was", "have": "has", "do": "does"}  # of "I" and "we" by their name
_DEEDS = frozenset(("did", "do", "does", "have", "has", "had", "will"))
_TOLD = frozenset(("did", "have", "had", "am", "is", "are", "was", "were"))  # not what may be, or always is


@dataclass(frozen=True, slots=True)
class Frame:
    """A question about a passage, in spans of its text. `wh` is the question word and `head` what belongs to it ("How
    many tulips"); `person` is "i" or "we" where the speaker is the subject, and "" where `subject` is. `form` as in
    Statement. `answer` is what was taken out.
    """

    wh: str
    head: Span
    auxiliary: str
    person: str
    subject: Span
    verb: Span
    form: str
    rest: tuple[Span, ...]
    answer: Span

    def kept(self) -> list[Any]:
        """As JSON has it, without a word of the passage."""
        return list(astuple(self))

    @classmethod
    def of(cls, kept: Sequence[Any]) -> Frame:
        """What `kept` gave. Raises ValueError or TypeError for anything else."""
        wh, head, auxiliary, person, subject, verb, form, rest, answer = kept
        spans = [_span(one) for one in (head, subject, verb, answer)]
        return cls(str(wh), spans[0], str(auxiliary), str(person), spans[1], spans[2], str(form),
                   tuple(_span(one) for one in rest), spans[3])  # fmt: skip


def _span(kept: Sequence[Any]) -> Span:
    start, end = kept
    return int(start), int(end)


def frames(text: str, day: date | None, speaker: str) -> list[Frame]:
    """The questions that can be made of a passage of that day, in order of the text; `speaker` is "" for the owner."""
    found = [frame for one in statements(text, day) for frame in _asked_of(one, text)]
    found += [_of_field(one, text) for one in fields(text)]
    return list(dict.fromkeys(frame for frame in found if reads_well(frame, text, speaker)))


# -- in words ---------------------------------------------------------------------------------------------------------


def put(frame: Frame, text: str, speaker: str) -> str:
    """The question's words, and not all of them the passage's. `speaker` is who is meant by "I"; "" is the owner, who
    asks about themselves as "I"."""
    said, rest = _said(frame, text, speaker), _rest(frame, text, speaker)
    shorter = shortened(rest)
    if len(telling(f"{said[-1]} {shorter}")) > TELLING and not _left_behind(frame, text):
        rest = shorter
    parts = [*said[:-1], otherwise(said[-1]), otherwise(rest)]
    return _SPACE.sub(" ", " ".join(filter(None, map(str.strip, parts)))).strip(" .,;:-*") + "?"


def own_words(frame: Frame, text: str) -> str:
    """The passage's own words in a question, whoever says them."""
    spans = [frame.head, frame.verb, *frame.rest, *(() if frame.person else (frame.subject,))]
    return " ".join(text[slice(*one)].strip() for one in spans)


def _said(frame: Frame, text: str, speaker: str) -> list[str]:
    """The question up to its verb, which is the last."""
    auxiliary = _OF_OTHERS.get(frame.auxiliary, frame.auxiliary) if frame.person and speaker else frame.auxiliary
    verb, head = text[slice(*frame.verb)], text[slice(*frame.head)]
    if frame.form == FIELD:
        of = text[slice(*frame.subject)]
        return [frame.wh, "is the", head.lower(), f"of {of}" if of else "", ""]
    verb = root(verb, frame.form) if auxiliary in ("did", "does") else verb
    return [frame.wh, otherwise(head), auxiliary, _subject(frame, text, speaker), verb]


def _subject(frame: Frame, text: str, speaker: str) -> str:
    if frame.person:
        return speaker or ("I" if frame.person == "i" else "we")
    said = re.sub(r"^(?:My|Our|The)\b", lambda found: found[0].lower(), text[slice(*frame.subject)])
    return otherwise(re.sub(r"^(?:my|our)\b", f"{speaker}'s", said) if speaker else said)


def _rest(frame: Frame, text: str, speaker: str) -> str:
    """What follows the verb, as others put it who speak of the speaker."""
    said = " ".join(text[slice(*one)].strip() for one in frame.rest)
    return MINE.sub(lambda found: THEIRS[found[0].lower()], said) if speaker else said


def telling(said: str) -> set[str]:
    """The stems that tell what is asked for from anything else."""
    return {stem(word) for word in words(said) if word not in LIGHT and len(word) > 1}


def reads_well(frame: Frame, text: str, speaker: str) -> bool:
    """Whether a person would ask so: it is clear whom it means, and there is something to look for."""
    said, answer = own_words(frame, text), text[slice(*frame.answer)]
    if NO_REFERENT.search(said) or "://" in said or not re.search(r"\w", answer):
        return False
    if NO_REFERENT.search(answer) and frame.wh != "Why":
        return False
    if frame.rest and DANGLING.search(text, *frame.rest[-1]) and not _left_behind(frame, text):
        return False
    return bool(telling(said)) and len(put(frame, text, speaker).split()) <= LONGEST


def _left_behind(frame: Frame, text: str) -> bool:
    """Whether it ends in the preposition of what was taken out: "Who did I go with?" """
    if not frame.rest:
        return False
    start, end = frame.rest[-1]
    last = text[start:end].split()[-1:]
    return bool(last) and last[0] in LEFT_BEHIND and not text[end : frame.answer[0]].strip()


# -- what is asked for ------------------------------------------------------------------------------------------------


def _of_field(one: Field, text: str) -> Frame:
    value = text[slice(*one.value)]
    wh = "How much" if MONEY.match(value) else "When" if DAY.match(value) else "What"
    return Frame(wh, one.key, "is", "", one.of, NOWHERE, FIELD, (), one.value)


def _asked_of(one: Statement, text: str) -> Iterator[Frame]:
    """A question for each thing in a statement that may be asked for."""
    yield from _times(one, text)
    yield from _amounts(one, text)
    yield from _places(one, text)
    yield from _company(one, text)
    yield from _objects(one, text)
    yield from _prepositional(one, text)
    yield from _reasons(one, text)


def _frame(one: Statement, text: str, wh: str, answer: Span, cuts: Sequence[Span], head: Span = NOWHERE) -> Frame:
    """The statement without `cuts`, and without "yesterday" and the like, which mean another day when it is asked."""
    gone = sorted([*cuts, *(_with_preposition(one, text, time) for time in one.times if time.relative)])
    rest, at = list[Span](), one.tail[0]
    for start, end in gone:
        if end > one.tail[0] and start < one.tail[1]:
            rest, at = [*rest, (at, start)], max(at, end)
    rest.append((at, one.tail[1]))
    kept = tuple((start, end) for start, end in rest if end > start)
    return Frame(wh, head, one.auxiliary, one.person, one.subject, one.verb, one.form, kept, answer)


def _times(one: Statement, text: str) -> Iterator[Frame]:
    for time in one.times:
        inside = one.tail[0] <= time.start and time.end <= one.tail[1]
        if text[time.start : time.end].casefold().startswith("for "):
            if inside and one.auxiliary in ("have", "has"):
                yield _frame(one, text, "How long", (time.start, time.end), [(time.start, time.end)])
        elif time.relation == "in" and not NOT_WHEN.search(text, one.start, time.start):
            yield from _when(one, text, time, inside)
    for found in CLOCK.finditer(text, *one.tail):
        yield _frame(one, text, "What time", found.span(), [found.span()])


def _when(one: Statement, text: str, time: Mention, inside: bool) -> Iterator[Frame]:
    answer = (time.start, time.end)
    if time.end <= one.subject[0]:
        yield _frame(one, text, "When", answer, [answer])
    elif inside:
        whole = _with_preposition(one, text, time)
        if whole != answer or time.relative or time.start > one.tail[0] + 1:  # not of "I skipped 2025"
            yield _frame(one, text, "When", answer, [whole])


def _with_preposition(one: Statement, text: str, time: Mention) -> Span:
    before = BEFORE_TIME.search(text, one.tail[0], time.start) if time.start > one.tail[0] else None
    return (before.start() if before else time.start), time.end


def _amounts(one: Statement, text: str) -> Iterator[Frame]:
    if one.deed(text) in COSTING:
        for found in MONEY.finditer(text, *one.tail):
            yield _frame(one, text, "How much", found.span(), [found.span()])
    counted = COUNT.match(text, *one.tail)
    if counted and one.verb[1] > one.verb[0] and not UNITS.search(counted["head"]):
        yield _frame(one, text, "How many", counted.span("number"), [counted.span()], counted.span("head"))


def _places(one: Statement, text: str) -> Iterator[Frame]:
    """Names after the preposition of a place, and what is a place by its name."""
    for found in PLACE.finditer(text, *one.tail):
        if _timed(one, found.span("name")) or not AFTER_NAME.match(text, found.end(), one.tail[1]):
            continue
        if found["prep"] == "from":
            yield _frame(one, text, "Where", found.span("name"), [found.span("name")])
        elif found["prep"] != "to" or one.deed(text) in GOING:
            yield _frame(one, text, "Where", found.span("name"), [found.span()])
    for found in WHEREABOUTS.finditer(text, *one.tail):
        if not found[0].startswith("from"):
            yield _frame(one, text, "Where", found.span(), [found.span()])


def _company(one: Statement, text: str) -> Iterator[Frame]:
    for found in PERSON.finditer(text, *one.tail):
        if not _timed(one, found.span("name")) and AFTER_NAME.match(text, found.end(), one.tail[1]):
            yield _frame(one, text, "Who", found.span("name"), [found.span("name")])
    for found in COMPANY.finditer(text, *one.tail):
        whom = found.start() + len("with "), found.end()
        yield _frame(one, text, "Who", whom, [whom])


def _reasons(one: Statement, text: str) -> Iterator[Frame]:
    found = BECAUSE.match(text, one.tail[1], one.end)
    if found and one.auxiliary in _TOLD:
        yield _frame(one, text, "Why", found.span("why"), [])


def _timed(one: Statement, name: Span) -> bool:
    """Whether that name is one of a month or a day."""
    return any(time.start < name[1] and name[0] < time.end for time in one.times)


def _objects(one: Statement, text: str) -> Iterator[Frame]:
    """What was bought, painted, read: the words that follow a verb directly. And what something of somebody's is."""
    if one.verb[0] == one.verb[1]:
        if not one.person and WHOSE.match(text, *one.subject) and WHAT_IT_IS.match(text, *one.tail):
            start = one.tail[1] - len(text[slice(*one.tail)].lstrip())
            yield Frame("What", NOWHERE, one.auxiliary, "", one.subject, one.verb, one.form, (), (start, one.tail[1]))
        return
    does = one.auxiliary in _DEEDS or text[slice(*one.verb)].endswith("ing")
    if not does or not OBJECT.match(text, *one.tail):
        return
    if answer := _thing(one, text, one.tail[0]):
        yield _frame(one, text, "What", answer, [answer])


def _prepositional(one: Statement, text: str) -> Iterator[Frame]:
    """What somebody took part in, talked about, worked on."""
    found = TAKING_PART.match(text, *one.tail)
    if found and one.verb[0] < one.verb[1] and (answer := _thing(one, text, found.end("prep"))):
        yield _frame(one, text, "What", answer, [answer])


def _thing(one: Statement, text: str, at: int) -> Span | None:
    """The words from `at` on that stand for one thing; None if there are none, or too many."""
    ends = OBJECT_ENDS.search(text, at, one.tail[1])
    stop = min([ends.start() if ends else one.tail[1], *(t.start for t in one.times if t.start >= at)])
    answer = text[at:stop].strip()
    if not 0 < len(answer.split()) <= LONGEST_ANSWER or all(word in LIGHT for word in words(answer)):
        return None
    start = text.index(answer, at)
    return start, start + len(answer)
