"""What can be asked of a passage: for each thing that its statements tell, a question with that thing taken out.

    I moved to Lisbon with Cleo in May      When …? in May      Where …? Lisbon      Who … with? Cleo

Rules on the shapes of English sentences (statements.py, phrases.py); which of the questions read well is decided in
questioning.py, and which are worth asking in sealing.py.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

from secondme.recall.fields import Field, fields
from secondme.recall.lexical import words
from secondme.recall.phrases import (
    AFTER_NAME,
    BECAUSE,
    BEFORE_TIME,
    CLOCK,
    COMPANY,
    COSTING,
    COUNT,
    DAY,
    GOING,
    LIGHT,
    MONEY,
    NO_THING,
    NOT_WHEN,
    OBJECT,
    OBJECT_ENDS,
    PERSON,
    PLACE,
    TAKING_PART,
    UNITS,
    WHAT_IT_IS,
    WHEREABOUTS,
    WHOSE,
)
from secondme.recall.questioning import FIELD, NOWHERE, Frame, reads_well
from secondme.recall.statements import Span, Statement, statements
from secondme.timewords import Mention

LONGEST_ANSWER = 6  # words
_DEEDS = frozenset(("did", "do", "does", "have", "has", "had", "will"))
_TOLD = frozenset(("did", "have", "had", "am", "is", "are", "was", "were"))  # not what may be, or always is


def frames(text: str, day: date | None, speaker: str) -> list[Frame]:
    """The questions that can be made of a passage of that day, in order of the text; `speaker` is "" for the owner."""
    found = [frame for one in statements(text, day) for frame in _asked_of(one, text)]
    found += [_of_field(one, text) for one in fields(text)]
    return list(dict.fromkeys(frame for frame in found if reads_well(frame, text, speaker)))


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
        if not found[0].startswith("from") and AFTER_NAME.match(text, found.end(), one.tail[1]):
            yield _frame(one, text, "Where", found.span(), [found.span()])


def _company(one: Statement, text: str) -> Iterator[Frame]:
    for found in PERSON.finditer(text, *one.tail):
        if not _timed(one, found.span("name")) and AFTER_NAME.match(text, found.end(), one.tail[1]):
            yield _frame(one, text, "Who", found.span("name"), [found.span("name")])
    for found in COMPANY.finditer(text, *one.tail):
        whom = found.start() + len("with "), found.end()
        if AFTER_NAME.match(text, found.end(), one.tail[1]):
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
    if NO_THING.match(answer):
        return None
    start = text.index(answer, at)
    return start, start + len(answer)
