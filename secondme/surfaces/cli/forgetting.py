"""forget: what goes out of memory for good."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated

import typer

from secondme.surfaces.cli.choosing import Since, Source, Until, filters
from secondme.surfaces.cli.reporting import counted, place, visible
from secondme.surfaces.cli.terminal import note, on_wait, open_me, output, print_json, printable, spoken

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.memory.forgetting import Forgotten
    from secondme.memory.people import Person

SHOWN = 10


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme forget ~/notes/diary.md\n"
        "  secondme forget ~/old-notes --yes\n"
        '  secondme forget --person "Jan Peeters" --dry-run\n'
        "  secondme forget --since 2019 --until 2020-06 --source ~/chats\n"
        "  secondme forget 3f9a0c12 --yes        an id, or its beginning, from `recall --json`\n\n"
        "What is forgotten does not come back with the next ingest, unless you name its file there."
    )(forget)


@spoken
def forget(
    context: typer.Context,
    what: Annotated[
        str | None, typer.Argument(help="A file or folder that was ingested, or an id.", show_default=False)
    ] = None,
    person: Annotated[
        str | None, typer.Option("--person", help="What this person takes part in.", metavar="NAME")
    ] = None,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be forgotten.")] = False,
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    wait: Annotated[float, typer.Option(help="Seconds to wait for another process that writes.")] = 60.0,
) -> int:
    """Delete something from memory for good. Your own files are not touched.

    Its text, its words and its vectors are removed, also from backups that secondme made, and the space they used is
    overwritten.
    """
    from secondme.errors import UsageError
    from secondme.memory.forgetting import Wish

    with open_me(context) as me:
        if not (what or person or since or until or source):
            if not me.unreached():
                raise UsageError("Nothing to forget is named.", "For example: secondme forget ~/notes/diary.md")
            return _go_on(me)
        target = me.forgettable(Wish(what or "", filters(me, source, since, until, person)))
        who = _meant(me, person) if person else None
        summary = _summary(target) + (f" that {printable(who.name)} (#{who.number}) takes part in" if who else "")
        if not (dry_run or yes or sys.stdin.isatty()):
            raise UsageError(f"This would forget {summary}.", "--dry-run shows them; --yes does it without asking.")
        if dry_run or not yes:
            _show(target, who)
        if dry_run:
            _report(target, f"Would forget {summary}.", as_json)
            return 0
        if not yes and not typer.confirm(f"Forget {summary}?", err=True):
            note("Nothing is forgotten.")
            return 1
        for sentence in me.forget(target, wait=wait, on_wait=on_wait):
            note(sentence)
    _report(target, f"Forgot {summary}.", as_json)
    return 0


def _go_on(me: Me) -> int:
    """What was forgotten goes from the backups that could not be reached then."""
    left = me.purge()
    for sentence in left:
        note(sentence)
    if not left:
        note("What was forgotten is gone from the backups, too.")
    return 1 if left else 0


def _meant(me: Me, person: str) -> Person:
    from secondme.memory.people import matching

    return matching(me.people(), person)


def _summary(target: Forgotten) -> str:
    counts = [
        counted(number, word)
        for word, number in (
            ("source", len(target.sources)),
            ("item", len(target.items)),
            ("passage", target.passages),
        )
        if number or word == "passage"
    ]
    return ", ".join(counts)


def _show(target: Forgotten, who: Person | None) -> None:
    """What goes, and what stays although somebody might think that it goes."""
    lines = [place(source.uri) for source in target.sources]
    lines += [f"{counted(held.items, held.kind)} in {place(held.source)}" for held in target.places]
    for line in lines[:SHOWN]:
        note(f"  {line}")
    if len(lines) > SHOWN:
        note(f"  and {len(lines) - SHOWN:,} more")
    if target.items and target.example:
        note(f"  “{visible(' '.join(target.example.split())[:100])}”{' …' * (len(target.items) > 1)}")
    if who and target.theirs < len(target.items):
        note(f"They wrote {target.theirs:,} of these; the others are to them, with them or about them.")
    if target.elsewhere:
        stays = "is in another source as well, and stays" if target.elsewhere == 1 else "are in others, too, and stay"
        note(f"Of that, {counted(target.elsewhere, 'item')} {stays}.")
    if target.named and who:
        stays = "names them and stays" if target.named == 1 else "name them and stay"
        note(f'{counted(target.named, "other passage")} {stays}; to see: secondme recall "{printable(who.name)}"')


def _report(target: Forgotten, sentence: str, as_json: bool) -> None:
    if as_json:
        print_json(
            {
                "sources": [source.uri for source in target.sources],
                "items": list(target.items),
                "passages": target.passages,
                "elsewhere": target.elsewhere,
                "places": [asdict(held) for held in target.places],
                "named": target.named,
                "theirs": target.theirs,
            }
        )
    else:
        output().print(sentence, highlight=False)
