"""Habits of asking: the manner that the owner asks for again and again, kept as how-tos ("You often ask for diagrams").

After MemPrompt (Madaan et al. 2022), where what a user had to say once need not be said again, and ReasoningBank
(Ouyang et al. 2025), which distils what holds across tasks and drops what belonged to one of them. Only requests in
conversations with a machine count. A manner is a habit if it is asked for on several days or in several conversations,
in a fair share of them, far more often than the owner's other sentences say it, and with other company each time: what
comes with the same word each time is a topic. None is better than a wrong one.

A how-to is called by one of the passages it rests on, in whose words it is told, and goes with any of them; the next
reflecting makes it anew from those that are left. One that the owner removed stays away.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, NamedTuple

from secondme.instructions import often, often_asked
from secondme.memory.facts.prose.words import CLOSED, DETERMINERS, HELPERS, adverb, words
from secondme.memory.manners import Manner, manners, named, requests, singular
from secondme.store import lessons
from secondme.store.lessons import Lesson
from secondme.store.rows import LIVE

if TYPE_CHECKING:
    from datetime import tzinfo

    from secondme.store.ledger import Ledger
    from secondme.store.reading import LedgerReader

OCCASIONS = 3  # days, or conversations, on which it is asked for
SHARE = 0.05  # of the conversations in which anything is asked for
LIFT = 3.0  # times as frequent in requests as in other sentences
COMPANY = 0.6  # of the occasions, at most, with one and the same other word
MOST = 5  # habits
MESSAGES = 5_000  # the latest ones that are read
_SAYS_LITTLE_WORDS = """
i me my we us our you your it its this that these those and or but so of to in on at for from with by as like please if
not no yes just can could would will help explain show tell give write make keep need want love let understand get see
know thing something way work use again first also maybe great good really more
"""
_SAYS_LITTLE = frozenset(_SAYS_LITTLE_WORDS.split()) | CLOSED | DETERMINERS | HELPERS


class _Message(NamedTuple):
    passage: str
    start: int  # of the passage in its source
    thread: str
    epoch: int
    day: str
    text: str


@dataclass(frozen=True, slots=True)
class _Asked:
    """One request for a manner: where, and what else its sentence speaks of."""

    message: _Message
    manner: Manner
    company: frozenset[str]

    @property
    def span(self) -> lessons.Span:
        at = self.message.start
        return self.message.passage, at + self.manner.start, at + self.manner.end


@dataclass(slots=True)
class _Heard:
    """What all messages come to: requests by manner, how often other sentences name each, and how many there are."""

    asked: defaultdict[str, list[_Asked]]
    elsewhere: Counter[str]
    threads: set[str]
    requests: int = 0
    others: int = 0


def habits(reader: LedgerReader, zone: tzinfo | None = None) -> list[Lesson]:
    """The how-tos that the owner's requests come to, the most frequent first, at most MOST; days are those of `zone`.
    Without those that the owner removed."""
    kept = lessons.habits(reader)
    removed = {named(often_asked(one.text)) for one in kept if one.retired_at is not None}
    standing = {one.id for one in kept if one.retired_at is None}
    taken = {one.id for one in lessons.lessons(reader, retired=True)} - standing
    heard = _heard(_messages(reader, zone))
    found = [(name, asked) for name, asked in heard.asked.items() if name not in removed and _habit(name, asked, heard)]
    made = list[Lesson]()
    for name, asked in sorted(found, key=lambda one: (-len(one[1]), one[0])):
        lesson = _lesson(name, asked, taken | {one.id for one in made})
        if lesson is not None:
            made.append(lesson)
    return made[:MOST]


def refresh(ledger: Ledger, made: Sequence[Lesson]) -> None:
    """Keep these and no others: what is not among them is dropped, unless the owner removed it."""
    with ledger.transaction():
        kept = lessons.habits(ledger)
        wanted = {one.id for one in made}
        lessons.drop(ledger, [one.number for one in kept if one.retired_at is None and one.id not in wanted])
        removed = {one.id for one in kept if one.retired_at is not None}
        there = ledger.stored(wanted) - removed
        known = {_plain(one) for one in kept}
        for one in made:
            if one.id in there and _plain(one) not in known:
                lessons.learn(ledger, one)


def changed(reader: LedgerReader, made: Sequence[Lesson]) -> bool:
    """Whether these are others than those that are kept."""
    kept = [one for one in lessons.habits(reader) if one.retired_at is None]
    return {_plain(one) for one in made} != {_plain(one) for one in kept}


def _plain(one: Lesson) -> tuple[object, ...]:
    return one.id, one.text, one.wrong, one.learned_at


# -- what is asked ----------------------------------------------------------------------------------------------------


def _messages(reader: LedgerReader, zone: tzinfo | None) -> Iterator[_Message]:
    """What the owner said where a machine answers, the latest first."""
    sql = (
        'SELECT p.id, c.base + p.start, i.thread, i.epoch, substr(i.text, p.start + 1, min(p."end" - p.start, 4000))'
        " FROM items i JOIN passages p ON p.item = i.n JOIN contents c ON c.item = i.n"
        " JOIN sources s ON s.n = c.source AND s.revision = c.revision"
        f" WHERE i.trust = 'own' AND i.thread != '' AND {LIVE} AND i.thread IN"
        " (SELECT m.thread FROM items m WHERE m.trust = 'machine' AND m.thread != '')"
        " GROUP BY p.id ORDER BY i.epoch DESC, p.n DESC LIMIT ?"
    )
    for passage, start, thread, epoch, text in reader.rows(sql, (MESSAGES,)):
        day = f"{datetime.fromtimestamp(epoch, zone):%Y-%m-%d}" if epoch is not None else thread
        yield _Message(passage, start, thread, epoch or 0, day, text or "")


def _heard(messages: Iterable[_Message]) -> _Heard:
    heard = _Heard(defaultdict(list), Counter(), set())
    for message in messages:
        for start, end, asks in requests(message.text):
            found = manners(message.text, start, end)
            if asks:
                heard.requests += 1
                heard.threads.add(message.thread)
                for manner in found:
                    company = _company(message.text, start, end, found)
                    heard.asked[manner.name].append(_Asked(message, manner, company))
            else:
                heard.others += 1
                heard.elsewhere.update(manner.name for manner in found)
    return heard


def _company(text: str, start: int, end: int, found: Sequence[Manner]) -> frozenset[str]:
    """What else a sentence speaks of."""
    return frozenset(
        singular(word.low)
        for word in words(text, start, end)
        if word.low not in _SAYS_LITTLE
        and not adverb(word.low)
        and not any(one.start <= word.start < one.end for one in found)
    )


def _habit(name: str, asked: Sequence[_Asked], heard: _Heard) -> bool:
    threads = {one.message.thread for one in asked}
    occasions = max(len(threads), len({one.message.day for one in asked}))
    if occasions < OCCASIONS or len(threads) < SHARE * len(heard.threads):
        return False
    lifted = len(asked) * heard.others >= LIFT * heard.elsewhere[name] * heard.requests
    company = Counter(word for one in asked for word in one.company)
    return lifted and max(company.values(), default=0) <= COMPANY * len(asked)


def _lesson(name: str, asked: Sequence[_Asked], taken: set[str]) -> Lesson | None:
    """The how-to, called by the latest passage that has the words in which it is told."""
    free = [one for one in asked if one.message.passage not in taken]
    if not free:
        return None
    said = Counter(singular(one.manner.words) for one in free if one.manner.words)
    best = max(said.values(), default=0)
    told = [one for one in free if one.manner.words and said[singular(one.manner.words)] == best] or free
    one = max(told, key=lambda one: (_noun(one.manner.words), one.message.epoch, one.message.passage))
    what = f"“{_lowered(one.manner.words)}”" if name.startswith("“") else name
    if what == name and _noun(one.manner.words):
        what = _lowered(one.manner.words)
    spans = tuple(sorted({each.span for each in asked}))
    return Lesson(
        0, one.message.passage, "howto", often(what, len(asked)), "", spans, max(a.message.epoch for a in asked)
    )


def _noun(phrase: str) -> bool:
    """Whether it can stand behind "ask for": with an article, or in the plural."""
    return phrase.lower() != singular(phrase)


def _lowered(phrase: str) -> str:
    """Without the capital of a sentence's beginning."""
    first = phrase.split(" ")[0]
    return phrase[:1].lower() + phrase[1:] if first[1:] == first[1:].lower() else phrase
