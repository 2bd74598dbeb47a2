"""The timeline: episodes by day, week or month, and how one thread went on from one to the next.

Of a whole stretch of time the lines are those of its summaries (tree.py). Of what a person, or the passages found for a
topic, choose, they are picked from the chosen episodes. A thread's lines are about its topic, and each episode tells
what those before it have not: the developments, as in Theanine (Ong et al. 2025).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta, tzinfo

from secondme.memory.episodes import tree
from secondme.memory.episodes.summarising import FULL, clean, form
from secondme.memory.episodes.telling import root, roots, tokens
from secondme.records import Hit, Recollection
from secondme.sentences import sentences
from secondme.store import timeline as store
from secondme.store.episodes import Line
from secondme.store.reading import LedgerReader
from secondme.store.rows import Found
from secondme.store.timeline import Episode, Wanted

LEVELS = ("day", "week", "month")
DAYS, WEEKS = 45, 400  # days in all, up to which a timeline is told by day, or by week
RELEVANT, ELSEWISE = 0.3, 0.55  # of the best score, for what has the topic's words and what has none
LIKELY = 0.75  # probability that the answer is there
THREAD_LINES = 2  # of an episode in a thread


@dataclass(frozen=True, slots=True)
class Told:
    """A line with where it stands: `place` as a person opens it, `source` and `speaker` as recall has them."""

    text: str
    passage: str
    place: str
    source: str
    speaker: str
    time: datetime | None


@dataclass(frozen=True, slots=True)
class Entry:
    """An episode in a timeline, with the lines that are told of it."""

    episode: Episode
    lines: tuple[Told, ...]


@dataclass(frozen=True, slots=True)
class Period:
    """A day, week or month with its episodes: `key` as 2026-05-17, 2026-W20, 2026-05; "" is what has no date.

    `first` and `last` are its days. `lines` stand for all of it.
    """

    level: str
    key: str
    first: date | None
    last: date | None
    lines: tuple[Told, ...]
    entries: tuple[Entry, ...]


def relevant(found: Recollection) -> list[str]:
    """The passages (ids) among what recall found that are about the topic, the best first. Where none has its words,
    that is only so if recall believes that the answer is there."""
    best = max((hit.score for hit in found.hits), default=0.0)
    worded = {hit.passage.id for hit in found.hits if hit.why.get("bm25", 0.0) > 0}
    if best <= 0 or not (worded or found.answerable >= LIKELY):
        return []
    return [
        hit.passage.id for hit in found.hits if hit.score >= best * (RELEVANT if hit.passage.id in worded else ELSEWISE)
    ]


def timeline(
    reader: LedgerReader, wanted: Wanted, *, by: str = "", topic: str = "", zone: tzinfo | None = None
) -> list[Period]:
    """The episodes that are wanted, in the order of time, by one of LEVELS ("": as their span has it). With a `topic`,
    whose passages `wanted` names, the lines are about it."""
    with reader.snapshot():
        found = store.episodes(reader, wanted)
        level = by or _level(found)
        told = (
            _developments(reader, found, wanted.passages or (), topic)
            if topic
            else {one.id: one.lines for one in found}
        )
        grouped = _grouped(found, level, zone)
        written = store.shown(reader, level, [key for key in grouped if key and _covered(level, key, wanted, zone)])
        lines = {
            key: written[key]
            if key in written
            else tree.best([told[one.id] for one in some if told[one.id]], tree.LINES[level])
            for key, some in grouped.items()
        }
        places = _places(reader, [line for some in (*told.values(), *lines.values()) for line in some])
    return [
        Period(
            level,
            key,
            *_days(level, key),
            _told(lines[key], places),
            tuple(Entry(one, _told(told[one.id], places)) for one in some),
        )
        for key, some in grouped.items()
    ]


def topics(reader: LedgerReader, zone: tzinfo | None = None) -> list[Period]:
    """What comes up again: each topic with its lines in the order of time, the most frequent topic first."""
    with reader.snapshot():
        keys = [key for (key,) in reader.rows("SELECT key FROM summaries WHERE level = 'topic' ORDER BY n")]
        lines = store.shown(reader, "topic", keys)
        places = _places(reader, [line for some in lines.values() for line in some])
        episodes = store.episodes(reader, Wanted(passages=tuple(places)))
    holding = {passage: one for one in episodes for passage in one.passages}
    found = []
    for key in keys:
        some = sorted({holding[line.passage] for line in lines.get(key, ()) if line.passage in holding}, key=_begun)
        moments = [local(one.first, zone).date() for one in some if one.first is not None]
        rank = {one.id: at for at, one in enumerate(some)}
        told = sorted(
            (line for line in lines.get(key, ()) if line.passage in holding),
            key=lambda line: rank[holding[line.passage].id],
        )
        span = (min(moments, default=None), max(moments, default=None))
        found.append(Period("topic", key, *span, _told(told, places), tuple(Entry(one, ()) for one in some)))
    return [period for period in found if period.lines]


def _begun(one: Episode) -> tuple[float, int]:
    return (one.first if one.first is not None else float("inf")), one.n


def _level(found: Sequence[Episode]) -> str:
    """The finest level that is no longer than a person reads."""
    days = [one.first for one in found if one.first is not None]
    span = (max(days) - min(days)) / 86_400 if days else 0.0
    return "day" if span <= DAYS or len(found) <= DAYS else "week" if span <= WEEKS else "month"


def _grouped(found: Sequence[Episode], level: str, zone: tzinfo | None) -> dict[str, list[Episode]]:
    grouped: dict[str, list[Episode]] = {}
    for one in found:
        key = tree.keys_of(one.first, zone)[level] if one.first is not None else ""
        grouped.setdefault(key, []).append(one)
    return grouped


def _covered(level: str, key: str, wanted: Wanted, zone: tzinfo | None) -> bool:
    """Whether all that there is of a period is wanted."""
    first, last = _days(level, key)
    if not wanted.whole or first is None or last is None:
        return False
    begun = wanted.first is None or local(wanted.first, zone).date() <= first
    ended = wanted.last is None or local(wanted.last, zone).date() >= last
    return begun and ended


def _days(level: str, key: str) -> tuple[date | None, date | None]:
    if not key:
        return None, None
    if level == "day":
        return date.fromisoformat(key), date.fromisoformat(key)
    if level == "week":
        first = date.fromisocalendar(int(key[:4]), int(key[-2:]), 1)
        return first, first + timedelta(days=6)
    first = date.fromisoformat(f"{key}-01")
    return first, (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


# -- a thread ---------------------------------------------------------------------------------------------------------


def _developments(
    reader: LedgerReader, found: Sequence[Episode], passages: Sequence[str], topic: str
) -> dict[str, tuple[Line, ...]]:
    """The lines of each episode that are about the topic and say what no earlier episode said."""
    asked = frozenset(root(token.plain) for token in tokens(topic) if not token.silent)
    texts = {id_: one.passage.text for id_, one in reader.passages(list(passages)).items()}
    rank = {id_: at for at, id_ in enumerate(passages)}
    told, said = dict[str, tuple[Line, ...]](), set[frozenset[str]]()
    for one in found:
        about = sorted((id_ for id_ in one.passages if id_ in texts), key=lambda id_: rank[id_])
        lines = [line for id_ in about[:THREAD_LINES] if (line := _about(id_, texts[id_], asked))]
        new = [line for line in lines if _words(line) not in said]
        said.update(map(_words, new))
        told[one.id] = tuple(sorted(new, key=lambda line: one.passages.index(line.passage)))
    return told


def _about(passage: str, text: str, asked: frozenset[str]) -> Line | None:
    """The sentence of a passage that says most of the topic; a statement rather than a question or a catchword."""
    best, worth = "", -1.0
    for begin, end in sentences(text):
        line = clean(text[begin:end])
        words = tokens(line)
        here = (1 + 4 * len({root(token.plain) for token in words} & asked)) * form(line, len(words))
        here *= min(len(words), FULL) ** 0.5
        if line and here > worth:
            best, worth = line, here
    return Line(best, passage) if best else None


def _words(line: Line) -> frozenset[str]:
    return roots(line.text)


# -- where lines stand ------------------------------------------------------------------------------------------------


def _places(reader: LedgerReader, lines: Sequence[Line]) -> dict[str, Found]:
    return reader.passages(list({line.passage for line in lines}))


def _told(lines: Sequence[Line], places: Mapping[str, Found]) -> tuple[Told, ...]:
    return tuple(told(line, places[line.passage]) for line in lines if line.passage in places)


def told(line: Line, found: Found) -> Told:
    """A line with its place: the line of the file in which it begins, if it is found there."""
    passage = found.passage
    at = passage.text.find(line.text[:20])
    literal = 0 < passage.line <= passage.start + 1  # else its lines are not the file's (a mailbox, JSON lines)
    if literal and at > 0:
        passage = replace(passage, line=passage.line + passage.text.count("\n", 0, at))
    place = Hit(passage, found.source, found.title, 0.0, part=found.part).place
    return Told(line.text, line.passage, place, found.source, passage.speaker, passage.time)


def local(moment: int, zone: tzinfo | None) -> datetime:
    """A moment in the owner's zone."""
    return datetime.fromtimestamp(moment, UTC).astimezone(zone)
