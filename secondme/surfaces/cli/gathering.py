"""ingest: what goes into memory, what would go in, and what became of it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, print_json, spoken

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.memory.ingest import Progress
    from secondme.records import Report

PARTLY = 4
FIRST_RATE = 2.0  # seconds of work before a rate means something

# Written out rather than asked of the readers, whose import takes a quarter of a second; a test compares.
FORMATS = {
    "chats": "whatsapp, telegram, telegram-html, signal, slack, discord, discord-text, instagram-and-messenger,"
    " chatgpt, claude, json-chat",
    "notes": "markdown, org, logseq, roam, notion, evernote, google-keep, apple-journal, day-one, joplin, tomboy,"
    " textbundle, canvas, jupyter, exported-note, table",
    "mail": "mail, mailbox",
    "people": "contacts, contacts-table",
    "events": "calendar",
    "web": "html, bookmarks, browser-history",
    "documents": "pdf, word-document, plain-text",
    "pictures": "picture",
    "archives": "archive",
}

Wait = Annotated[float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")]


def listed_formats(width: int = 78) -> str:
    """The formats by group, in lines."""
    import textwrap

    lines = []
    for group, names in FORMATS.items():
        first, *rest = textwrap.wrap(names, width - 14, break_on_hyphens=False)
        lines += [f"  {group:<10} {first}", *(f"  {'':<10} {more}" for more in rest)]
    return "\n".join(lines)


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme ingest ~/notes ~/Mail\n"
        '  secondme ingest "WhatsApp Chat - Anna.zip" takeout.zip\n'
        "  secondme ingest ~/Downloads --explain        which reader would take each file, and why\n"
        "  secondme ingest ~/Downloads --dry-run        what is in there, counted\n"
        "  secondme ingest old.txt --as whatsapp\n"
        "  secondme ingest ~/Pictures/Screenshots --report json | jq '.skipped[] | select(.failed)'\n"
        "  pbpaste | secondme ingest - --name clipboard.md\n\n"
        f"\b\nFormats, recognised by content and name; --as takes one of these:\n{listed_formats()}\n\n"
        "An Obsidian vault is markdown, what Bear exports textbundle, Apple Notes exported-note, and chats with any "
        "other assistant json-chat.\n\n"
        "Ingesting again is cheap: what has not changed is not read again. Interrupted, run it again, or with --resume,"
        " to go on. Exit code 4 means that something was left out; the report says what, and why."
    )(ingest)


@spoken
def ingest(
    context: typer.Context,
    paths: Annotated[
        list[str] | None, typer.Argument(help="Files and folders; '-' reads stdin.", show_default=False)
    ] = None,
    name: Annotated[
        str | None, typer.Option(help="What to call stdin; its ending says what it is.", metavar="NAME")
    ] = None,
    as_format: Annotated[
        str | None, typer.Option("--as", help="Read every file as this format.", metavar="FORMAT")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Say which reader would take each file, and why.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Read and count, but keep nothing.")] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on where an interrupted run stopped.")] = False,
    report: Annotated[Literal["text", "json"], typer.Option(help="How to report.")] = "text",
    wait: Wait = 60.0,
) -> int:
    """Take files, folders or stdin into memory.

    Notes, documents, web pages, pictures (their text, by OCR), mail, chats, calendars, contacts, bookmarks, and
    archives of these. Folders are brought up to date: changed files are read again, renamed ones keep their memories,
    deleted ones go. What can't be read is reported and left out. Times that name no zone are taken as yours.
    """
    from secondme.surfaces.cli import surveying

    paths = paths or []
    _check(paths, name, resume, explain, dry_run)
    reader = _format(as_format)
    with open_me(context) as me:
        if "-" in paths:
            stream = sys.stdin.buffer
            result = me.ingest_stream(stream, name or "stdin.txt", reader=reader, wait=wait, on_wait=on_wait)
            return _told(result, report, me.zone, [])
        left = me.unfinished() if resume else []
        wanted = [*(Path(p).expanduser() for p in paths), *(path for path in left if path.exists())]
        if explain:
            return surveying.explain(me, wanted, reader, report)
        if dry_run:
            return surveying.dry_run(me, wanted, reader, report)
        if resume and not (paths or left):
            return _nothing_left(report, me.zone)
        with _progress() as tell, _interruptible(me, reader):
            result = me.ingest(
                wanted, lost=left, named=not resume, reader=reader, progress=tell, wait=wait, on_wait=on_wait
            )
        if not wanted and report == "text":
            note("What was left is not there any more.")
            return 0
        return _told(result, report, me.zone, paths)


def _check(paths: list[str], name: str | None, resume: bool, explain: bool, dry_run: bool) -> None:
    from secondme.errors import UsageError

    if not paths and not resume:
        raise UsageError("Nothing to ingest is named.", "For example: secondme ingest ~/notes")
    if "-" in paths and (len(paths) > 1 or resume or explain or dry_run):
        raise UsageError(
            "'-' stands alone: stdin cannot be mixed with paths, nor explained or counted beforehand.",
            "For example: pbpaste | secondme ingest - --name clipboard.md",
        )
    if explain and dry_run:
        raise UsageError("--explain and --dry-run are two questions.", "Ask one after the other.")
    if name is not None and "-" not in paths:
        raise UsageError("--name is for stdin.", f"For example: pbpaste | secondme ingest - --name {name}")


def _format(named: str | None) -> str | None:
    """A format's name as the readers have it. Raises UsageError with a list of them all."""
    if named is None:
        return None
    import difflib

    from secondme import sources
    from secondme.errors import UsageError

    names = [name for names in FORMATS.values() for name in names.split(", ")]
    asked = "-".join(named.strip().lower().split())
    if asked in names or sources.named(asked):
        return asked
    near = difflib.get_close_matches(asked, names, 1) or [name for name in names if len(asked) > 2 and asked in name]
    guess = f" Did you mean {near[0]}?" if near else ""
    raise UsageError(f"There is no format {named!r}.{guess}", f"There are:\n{listed_formats()}")


@contextlib.contextmanager
def _interruptible(me: Me, reader: str | None) -> Iterator[None]:
    """Say what an interrupted run has left, and how to go on."""
    from secondme.errors import Interrupted, SecondMeError
    from secondme.surfaces.cli.reporting import counted

    try:
        yield
    except KeyboardInterrupt:
        left = 0
        with contextlib.suppress(SecondMeError, KeyboardInterrupt):
            left = len(me.unfinished())
        if not left or reader:  # what was planned does not say how it was to be read
            raise Interrupted("Interrupted; what was finished is kept.") from None
        raise Interrupted(
            f"Interrupted with {counted(left, 'file')} to go; what was finished is kept.",
            "`secondme ingest --resume` goes on; so does the same command again.",
        ) from None


def _nothing_left(report: str, zone: str) -> int:
    from secondme.records import Report

    if report == "json":
        return _told(Report(), report, zone, [])
    note("Nothing was left unfinished.")
    return 0


def _told(result: Report, report: str, zone: str, paths: list[str]) -> int:
    from secondme.surfaces.cli import reporting

    if report == "json":
        print_json(reporting.as_json(result, zone))
    else:
        reporting.show(result, zone, paths)
    return PARTLY if result.skipped else 0


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda progress: None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar
    from rich.table import Column

    from secondme.surfaces.cli.reporting import visible

    columns: tuple[Any, ...] = (
        BarColumn(16),
        TextColumn("{task.fields[counts]}"),
        TimeRemainingColumn(compact=True),
        TextColumn("[dim]{task.description}", markup=True, table_column=Column(no_wrap=True, overflow="ellipsis")),
    )
    with Bar(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("looking …", total=None, counts="")
        begun = time.monotonic()

        def tell(progress: Progress) -> None:
            from rich.markup import escape

            passed = time.monotonic() - begun
            rate = f", {progress.passages / passed:,.0f}/s" if passed > FIRST_RATE and progress.passages else ""
            bar.update(
                task,
                total=max(1, progress.total_bytes),  # by size: a mailbox takes longer than a note
                completed=progress.bytes,
                counts=f"{progress.files:,}/{progress.total:,} files, {progress.passages:,} passages{rate}",
                description=escape(visible(Path(progress.current).name)) if progress.current else "remembering",
            )

        yield tell
