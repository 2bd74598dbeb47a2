"""The options that say which memories are meant, alike for every command that has them."""

from __future__ import annotations

from datetime import datetime, tzinfo
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.store.rows import Filters

Since = Annotated[str | None, typer.Option(help="Only what is dated on or after this day.", metavar="DATE")]
Until = Annotated[str | None, typer.Option(help="Only what is dated on or before this day.", metavar="DATE")]
Source = Annotated[str | None, typer.Option(help="Only this file, folder or glob.", metavar="PATH")]
WithPerson = Annotated[
    str | None, typer.Option("--person", help="Only what this person takes part in or is named in.", metavar="NAME")
]
AsOf = Annotated[
    str | None, typer.Option("--as-of", help="Asked then, with what was known by the end of it.", metavar="DATE")
]


def filters(me: Me, source: str | None, since: str | None, until: str | None, person: str | None) -> Filters:
    """Raises UsageError for a date or a person that cannot be made out."""
    from secondme.store.rows import Filters
    from secondme.surfaces.cli.dates import first_moment, last_moment

    now = datetime.now().astimezone(owners_zone(me))
    handles, names = me.filter_by(person) if person else (None, "")
    return Filters(
        source=source_glob(me, source),
        since=int(first_moment(since, now).timestamp()) if since else None,
        until=int(last_moment(until, now).timestamp()) if until else None,
        people=handles,
        names=names,
    )


def as_of(me: Me, text: str | None) -> datetime | None:
    """The moment that `--as-of` names: a date as the other options take them, or one in words. Raises UsageError."""
    from secondme.errors import UsageError
    from secondme.recall import asof
    from secondme.surfaces.cli.dates import last_moment

    if text is None:
        return None
    try:
        return last_moment(text, me.now)
    except UsageError:
        return asof.as_of(text, me.now, owners_zone(me))


def owners_zone(me: Me) -> tzinfo | None:
    """The zone to show times in and to take dates in; None is the system's, as `datetime.astimezone` has it."""
    from secondme.config import zone

    return zone(me.config.timezone) if me.config.timezone else None


def source_glob(me: Me, source: str | None) -> str | None:
    """A GLOB over sources' names: a file stands for itself, a folder for all below it, `stdin` for all that was piped,
    `remembered` for what was said to be remembered; special characters are literal unless nothing is called so."""
    import os
    from pathlib import Path

    if source is None or source.startswith(("stdin:", "remembered:")):
        return source
    absolute = os.path.abspath(Path(source).expanduser())
    exists = os.path.lexists(absolute)
    if source in ("stdin", "remembered") and not exists:
        return f"{source}:*"
    if any(mark in source for mark in "*?") and not exists:
        return absolute
    literal = "".join(f"[{c}]" if c in "[*?" else c for c in absolute)
    if Path(absolute).is_file() or me.reader.source(absolute) is not None:
        return literal
    return f"{literal.rstrip(os.sep)}{os.sep}*"
