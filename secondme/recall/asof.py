"""The moment up to which memory is asked to remember (`--as-of DATE`)."""

from __future__ import annotations

from datetime import date, datetime, time, tzinfo

from secondme.errors import UsageError
from secondme.timewords import mentions


def as_of(text: str, now: datetime, zone: tzinfo | None = None) -> datetime:
    """The last second of the day, month or year that `text` names ("2023-05-07", "May 2023", "last week"), in the
    owner's `zone` (None: the system's). Raises UsageError for what is no date or may be two."""
    words = text.strip()
    for tried in (words, f"in {words}"):
        found = mentions(tried, now.date(), past=True)
        if len(found) != 1 or (found[0].start, found[0].end) != (len(tried) - len(words), len(tried)):
            continue
        if found[0].relation != "in":
            break
        if len({days[1] for days in found[0].days}) > 1:
            raise UsageError(f"{text!r} may be two dates.", "Write the year first: 2023-05-07.")
        last = date.fromordinal(found[0].days[0][1])
        end = datetime.combine(last, time(23, 59, 59), zone)
        try:
            return end if zone is not None else end.astimezone()
        except (OverflowError, OSError, ValueError):
            break
    raise UsageError(f"{text!r} is no date.", "Write 2023, 2023-05, 2023-05-17, or words such as `last month`.")
