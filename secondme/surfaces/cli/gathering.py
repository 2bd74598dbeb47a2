"""ingest: what goes into memory, what would go in, and what became of it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from secondme.surfaces.cli import surveying
from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, printable, spoken

if TYPE_CHECKING:
    from secondme.memory.ingest import Progress
    from secondme.records import Report

PARTLY = 4
SHOWN_REASONS = 12

Wait = Annotated[float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme ingest ~/notes ~/Mail\n"
        '  secondme ingest "WhatsApp Chat - Anna.zip" takeout.zip\n'
        "  secondme ingest ~/Downloads --explain        which reader would take each file, and why\n"
        "  secondme ingest old.txt --as whatsapp\n"
        "  secondme ingest report.pdf ~/Pictures/Screenshots --report json\n"
        "  pbpaste | secondme ingest - --name clipboard.md\n\n"
        "Ingesting again is cheap: what has not changed is not read again. Interrupted, run it again, or with --resume,"
        " to go on."
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
    from secondme.errors import UsageError

    paths = paths or []
    if not paths and not resume:
        raise UsageError("Nothing to ingest is named.", "For example: secondme ingest ~/notes")
    if "-" in paths and (len(paths) > 1 or resume or explain or dry_run):
        raise UsageError("'-' stands alone: stdin cannot be mixed with paths, nor explained.")
    with open_me(context) as me:
        if "-" in paths:
            stream = sys.stdin.buffer
            result = me.ingest_stream(stream, name or "stdin.txt", reader=as_format, wait=wait, on_wait=on_wait)
            return _told(result, report, me.zone)
        wanted = [Path(p).expanduser() for p in paths]
        if resume:
            left = me.unfinished()
            wanted += [path for path in left if path.exists()]
            if not wanted:
                note("Nothing was left unfinished.")
                return 0
        if explain:
            return surveying.explain(me, wanted, as_format, report)
        if dry_run:
            return surveying.dry_run(me, wanted, as_format, report)
        with _progress() as tell:
            result = me.ingest(wanted, reader=as_format, progress=tell, wait=wait, on_wait=on_wait)
        return _told(result, report, me.zone)


def _told(result: Report, report: str, zone: str) -> int:
    if report == "json":
        print_json(_report_json(result, zone))
    else:
        _show_report(result, zone)
    return PARTLY if result.skipped else 0


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda progress: None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns: tuple[Any, ...] = (
        BarColumn(30),
        TextColumn("{task.fields[files]} files, {task.fields[passages]} passages{task.fields[rate]}"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.description}", markup=True),
    )
    with Bar(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("looking …", total=None, passages=0, files="0", rate="")
        begun = time.monotonic()

        def tell(progress: Progress) -> None:
            from rich.markup import escape

            passed = time.monotonic() - begun
            bar.update(
                task,
                total=max(1, progress.total_bytes),  # by size: a mailbox takes longer than a note
                completed=progress.bytes,
                files=f"{progress.files}/{progress.total}",
                passages=progress.passages,
                rate=f", {progress.passages / passed:.0f}/s" if passed > 2 else "",
                description=escape(Path(progress.current).name[:40]) if progress.current else "remembering",
            )

        yield tell


def _show_report(report: Report, zone: str) -> None:
    console = output()
    counts = [
        f"{number} {word}"
        for word, number in (
            ("added", report.added),
            ("changed", report.changed),
            ("moved", report.moved),
            ("removed", report.removed),
            ("unchanged", report.unchanged),
        )
        if number or word == "added"
    ]
    rate = f", {report.passages} new passages in {report.seconds:.1f} s" if report.passages else ""
    console.print(", ".join(counts) + rate + ".", highlight=False)
    if report.zoneless:
        note(f"{report.zoneless} times named no zone; they were taken as {zone}.")
    if report.forgotten:
        note(f"{report.forgotten} forgotten ones were left out; a file that you name comes back.")
    if not report.skipped:
        return
    note(f"Left out ({len(report.skipped)}):")
    reasons = Counter(skipped.reason for skipped in report.skipped)
    for reason, number in reasons.most_common(SHOWN_REASONS):
        first = next(s.source for s in report.skipped if s.reason == reason)
        more = f" and {number - 1} more" if number > 1 else ""
        note(f"  {printable(first)}{more}: {reason}")
    if len(reasons) > SHOWN_REASONS:
        note(f"  and {len(reasons) - SHOWN_REASONS} more reasons; `--report json` lists all")


def _report_json(report: Report, zone: str) -> dict[str, Any]:
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "removed": report.removed,
        "items": report.items,
        "passages": report.passages,
        "zoneless": report.zoneless,
        "zone": zone,
        "forgotten": report.forgotten,
        "seconds": round(report.seconds, 3),
        "skipped": [
            {"source": s.source.encode("utf-8", "replace").decode(), "reason": s.reason} for s in report.skipped
        ],
    }
