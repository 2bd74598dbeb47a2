"""What days a passage speaks of, found when it is stored.

Relative words are resolved against the passage's own date, never against the clock: the day that the nearest heading
names ("## 7 May 2023"), else the item's day in the item's own zone, if that date is the item's own and not just the
file's. Without such a date "yesterday" means nothing, and only what names its year counts.

A ledger that an older version wrote is gone through once, by the next writer (`date_the_rest`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import TYPE_CHECKING

from secondme.store import dated
from secondme.timewords import GRAMMAR, Days, Mention, days_in, in_words, mentions

if TYPE_CHECKING:
    from secondme.store.ledger import Ledger

DATED_BY = "dates"  # in the ledger's meta: the GRAMMAR, and the last passage done where it was interrupted
AT_ONCE = 1_000  # passages in one transaction: a tenth of a second
_BETWEEN, _HEADINGS = " — ", " › "  # as passages' contexts are written


def days_mentioned(text: str, context: str, time: datetime | None, speaker: str) -> tuple[Days, ...]:
    """The days that a passage speaks of, as ranges of ordinals: in its words, and in its title and headings.

    `context` is the passage's (memory/passages.py); it ends with `time` in words if that is the item's own.
    """
    about, own = _about(context, time, speaker)
    today, named = _headings(about, own)
    found = days_in(text, today)
    return tuple(sorted({*named, *found})) if named else found


def day_of(context: str, time: datetime | None, speaker: str) -> date | None:
    """The day that a passage's words are read against: what the nearest heading names, else its item's own."""
    about, own = _about(context, time, speaker)
    return _headings(about, own)[0]


def without_date(context: str, time: datetime | None, speaker: str) -> str:
    """The title and headings in a passage's context."""
    return _about(context, time, speaker)[0]


@lru_cache(maxsize=256)
def _headings(about: str, own: date | None) -> tuple[date | None, tuple[Days, ...]]:
    """The day that words below these headings are read against, and the days that the headings name."""
    today, named = own, list[Days]()
    for heading in about.split(_HEADINGS) if about else ():  # the nearest comes last
        found = mentions(heading, own)
        today = _headed(heading, found, own) or today
        named += [days for one in found for days in one.days]
    return today, tuple(named)


def _headed(heading: str, found: Sequence[Mention], own: date | None) -> date | None:
    """The one day that a heading names; where there is an own date the heading must be little else than that day."""
    plain = [one for one in found if not one.relative]
    if len(plain) != 1 or len(plain[0].days) != 1 or plain[0].days[0][0] != plain[0].days[0][1]:
        return None
    length = plain[0].end - plain[0].start
    return date.fromordinal(plain[0].days[0][0]) if own is None or 2 * length > len(heading) else None


def _about(context: str, time: datetime | None, speaker: str) -> tuple[str, date | None]:
    """The title and headings in a context, and the item's own day, if it has one."""
    own = None
    if time is not None and (context == (written := in_words(time)) or context.endswith(_BETWEEN + written)):
        own = time.date()
        context = context.removesuffix(written).removesuffix(_BETWEEN)
    if speaker and (context == speaker or context.endswith(_BETWEEN + speaker)):
        context = context.removesuffix(speaker).removesuffix(_BETWEEN)
    return context, own


def date_the_rest(ledger: Ledger, progress: Callable[[int], None] = lambda rest: None) -> None:
    """Find the days in every passage that was stored before this version's grammar. Interrupted, it goes on from there.

    `progress` gets the number of passages left, before each batch. New passages have theirs when they are staged.
    """
    grammar, _, at = (ledger.meta(DATED_BY) or "").partition(" ")
    if grammar == GRAMMAR and not at:
        return
    done = int(at) if grammar == GRAMMAR else 0
    rest = next(int(count) for (count,) in ledger.rows("SELECT count(*) FROM passages WHERE n > ?", (done,)))
    while batch := dated.after(ledger, done, AT_ONCE):
        progress(rest)
        done, rest = batch[-1].n, rest - len(batch)
        with ledger.transaction():
            dated.put(ledger, ((one.n, _days(one)) for one in batch))
            ledger.set_meta(DATED_BY, f"{GRAMMAR} {done}")
    ledger.set_meta(DATED_BY, GRAMMAR)


def _days(one: dated.Undated) -> tuple[Days, ...]:
    time = datetime.fromisoformat(one.time) if one.time else None
    return days_mentioned(one.text, one.context, time, one.speaker)
