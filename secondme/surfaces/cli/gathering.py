"""ingest and forget: what goes into memory, and what goes out of it for good."""

from __future__ import annotations

import contextlib
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.memory.ingest import Progress
    from secondme.records import Report

PARTLY = 4
SHOWN_REASONS = 12

Wait = Annotated[float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme ingest ~/notes\n"
        "  secondme ingest report.pdf ~/Pictures/Screenshots --report json\n"
        "  pbpaste | secondme ingest - --name clipboard.md\n\n"
        "Ingesting again is cheap: what has not changed is not read again. Interrupted, run it again to go on."
    )(ingest)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme forget ~/notes/diary.md\n"
        "  secondme forget ~/old-notes --yes\n"
        "  secondme forget 3f9a0c12 --yes        an id, or its beginning, from `recall --json`"
    )(forget)


@spoken
def ingest(
    context: typer.Context,
    paths: Annotated[list[str], typer.Argument(help="Files and folders; '-' reads stdin.", show_default=False)],
    name: Annotated[
        str | None, typer.Option(help="What to call stdin; its ending says what it is.", metavar="NAME")
    ] = None,
    report: Annotated[Literal["text", "json"], typer.Option(help="How to report.")] = "text",
    wait: Wait = 60.0,
) -> int:
    """Take files, folders or stdin into memory.

    Markdown, text, HTML, PDF, DOCX and pictures (their text, by OCR). Folders are brought up to date: changed files
    are read again, renamed ones keep their memories, deleted ones go. What can't be read is reported and left out.
    """
    with open_me(context) as me:
        if "-" in paths:
            from secondme.errors import UsageError

            if len(paths) > 1:
                raise UsageError("'-' stands alone: stdin cannot be mixed with paths.")
            result = me.ingest_stream(sys.stdin.buffer, name or "stdin.txt", wait=wait, on_wait=on_wait)
        else:
            with _progress() as tell:
                result = me.ingest([Path(p).expanduser() for p in paths], progress=tell, wait=wait, on_wait=on_wait)
    if report == "json":
        print_json(_report_json(result))
    else:
        _show_report(result)
    return PARTLY if result.skipped else 0


@spoken
def forget(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="A file or folder that was ingested, or an id.", show_default=False)],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    wait: Wait = 60.0,
) -> int:
    """Delete something from memory for good. The file itself is not touched.

    Its text, its words and its vectors are removed, and the space they used is overwritten.
    """
    from secondme.errors import UsageError

    with open_me(context) as me:
        target = me.forgettable(what)
        count = f"{len(target.sources)} source{'s' * (len(target.sources) != 1)}, " if target.sources else "one item, "
        summary = f"{count}{target.passages} passage{'s' * (target.passages != 1)}"
        if not yes:
            if not sys.stdin.isatty():
                raise UsageError(f"This would forget {summary}.", "Say --yes to do it without being asked.")
            for source in target.sources[:10]:
                note(f"  {source.uri}")
            if not target.sources:
                note(f"  “{' '.join(target.example.split())[:100]}”")
            if not typer.confirm(f"Forget {summary}?", err=True):
                note("Nothing is forgotten.")
                return 1
        me.forget(target, wait=wait, on_wait=on_wait)
    if as_json:
        print_json({"sources": [source.uri for source in target.sources], "passages": target.passages})
    else:
        output().print(f"Forgot {summary}.", highlight=False)
    return 0


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda progress: None
        return
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns: tuple[Any, ...] = (
        BarColumn(30),
        MofNCompleteColumn(),
        TextColumn("files, {task.fields[passages]} passages"),
        TimeRemainingColumn(),
        TextColumn("[dim]{task.description}", markup=True),
    )
    with Bar(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("looking …", total=None, passages=0)

        def tell(progress: Progress) -> None:
            from rich.markup import escape

            current = escape(Path(progress.current).name[:40]) if progress.current else "remembering"
            bar.update(
                task, total=progress.total, completed=progress.files, passages=progress.passages, description=current
            )

        yield tell


def _show_report(report: Report) -> None:
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
    if not report.skipped:
        return
    note(f"Left out ({len(report.skipped)}):")
    reasons = Counter(skipped.reason for skipped in report.skipped)
    for reason, number in reasons.most_common(SHOWN_REASONS):
        first = next(s.source for s in report.skipped if s.reason == reason)
        more = f" and {number - 1} more" if number > 1 else ""
        note(f"  {_printable(first)}{more}: {reason}")
    if len(reasons) > SHOWN_REASONS:
        note(f"  and {len(reasons) - SHOWN_REASONS} more reasons; `--report json` lists all")


def _printable(name: str) -> str:
    """A file's name on one line, whatever it holds."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def _report_json(report: Report) -> dict[str, Any]:
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "removed": report.removed,
        "passages": report.passages,
        "seconds": round(report.seconds, 3),
        "skipped": [
            {"source": s.source.encode("utf-8", "replace").decode(), "reason": s.reason} for s in report.skipped
        ],
    }
