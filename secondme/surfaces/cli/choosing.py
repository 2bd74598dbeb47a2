"""The options that say which memories are meant, alike for every command that has them."""

from __future__ import annotations

from datetime import datetime
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


def filters(me: Me, source: str | None, since: str | None, until: str | None, person: str | None) -> Filters:
    """Raises UsageError for a date or a person that cannot be made out."""
    from secondme.store.rows import Filters
    from secondme.surfaces.cli.dates import first_moment, last_moment

    now = datetime.now().astimezone()
    handles, names = me.filter_by(person) if person else (None, "")
    return Filters(
        source=source_glob(source),
        since=int(first_moment(since, now).timestamp()) if since else None,
        until=int(last_moment(until, now).timestamp()) if until else None,
        people=handles,
        names=names,
    )


def source_glob(source: str | None) -> str | None:
    """A GLOB over sources' names: a path stands for itself and all below it; special characters are taken literally."""
    import os
    from pathlib import Path

    if source is None or source.startswith("stdin"):
        return source
    absolute = os.path.abspath(Path(source).expanduser())
    if any(mark in source for mark in "*?"):
        return absolute
    literal = "".join(f"[{c}]" if c in "[*?" else c for c in absolute)
    return literal if Path(absolute).is_file() else f"{literal}*"
