"""export, backup and restore: everything in memory as files, as one file, and back."""

from __future__ import annotations

import contextlib
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from secondme.surfaces.cli.choosing import Since, Source, Until, WithPerson, filters
from secondme.surfaces.cli.reporting import counted
from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.memory.restoring import Restored

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Wait = Annotated[float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")]
Telling = Callable[[str, int, int], None]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme export ~/my-memory\n"
        "  secondme export ~/chats-2025 --format markdown --since 2025 --until 2025\n"
        '  secondme export ~/with-anna --person "Anna Berg"\n'
        "  secondme export - | jq -r .title\n\n"
        "items.jsonl, sources.jsonl, people.jsonl and export.json are for programs; markdown/ is for reading. An export"
        " is yours: `secondme forget` does not reach into it."
    )(export)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme backup /media/usb/secondme.zip\n"
        "  secondme backup ~/secondme-$(date +%F).zip --no-vectors     smaller; restoring embeds again\n"
        "  secondme backup --gone /media/usb/secondme.zip              that one is deleted: look for it no longer\n\n"
        "What you forget later is taken out of the backups, too, of those that can be reached then."
    )(backup)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme restore /media/usb/secondme.zip\n"
        "  secondme restore secondme.zip --dry-run\n"
        "  secondme restore secondme.zip --replace               in the place of what is in memory\n"
        "  secondme --profile old restore secondme.zip           beside it, in a profile of its own\n\n"
        "What you forgot after the backup was made stays forgotten."
    )(restore)


@spoken
def export(
    context: typer.Context,
    folder: Annotated[str, typer.Argument(help="A new or empty folder; '-' writes items.jsonl to stdout.")],
    form: Annotated[Literal["jsonl", "markdown", "both"], typer.Option("--format", help="What to write.")] = "both",
    source: Source = None,
    since: Since = None,
    until: Until = None,
    person: WithPerson = None,
    force: Annotated[bool, typer.Option("--force", help="Replace an earlier export there; other files stay.")] = False,
    as_json: Json = False,
) -> int:
    """Write everything in memory as JSON lines and markdown, for other programs and for reading.

    With --source, --since, --until or --person, only what they mean.
    """
    from secondme.errors import UsageError
    from secondme.memory.exporting import Order

    with open_me(context) as me:
        wanted = filters(me, source, since, until, person)
        if folder == "-":
            if form == "markdown" or as_json:
                raise UsageError("To stdout there are JSON lines only.", "Name a folder for markdown.")
            number = me.export_lines(sys.stdout.buffer, wanted)
            note(f"{number} items.")
            return 0
        place = Path(folder).expanduser().absolute()
        with _progress() as tell:
            done = me.export(Order(place, form, wanted, me.home.profile, force), tell)
    if as_json:
        print_json({"folder": str(place), **asdict(done)})
    else:
        parts = [counted(done.items, "item")]
        parts += [counted(done.sources, "source"), _people(done.people)] if form != "markdown" else []
        parts += [counted(done.files, "markdown file")] if form != "jsonl" else []
        output().print(f"Exported {', '.join(parts)} to {place}.", highlight=False, markup=False, soft_wrap=True)
    return 0


@spoken
def backup(
    context: typer.Context,
    file: Annotated[str | None, typer.Argument(help="The file to write.", show_default=False)] = None,
    vectors: Annotated[
        bool, typer.Option("--vectors/--no-vectors", help="With the index; without it, restoring embeds again.")
    ] = True,
    force: Annotated[bool, typer.Option("--force", help="Replace the file if it is there.")] = False,
    gone: Annotated[
        str | None, typer.Option("--gone", help="This backup is deleted: look for it no longer.", metavar="FILE")
    ] = None,
    as_json: Json = False,
    wait: Wait = 60.0,
) -> int:
    """Write everything in memory into one file, and verify it by reading it back.

    The file is for you alone (mode 0600) and not encrypted: keep it where your notes could lie, too.
    """
    from secondme.errors import UsageError

    if (file is None) == (gone is None):
        raise UsageError("Name the file to write.", "For example: secondme backup ~/secondme.zip")
    if file == "-":
        raise UsageError("A backup cannot go to stdout: it is read back to verify it.", "Name a file.")
    with open_me(context) as me:
        if gone is not None:
            if not me.dismiss(Path(gone).expanduser()):
                raise UsageError(
                    f"No backup is known to be at {gone}.", "`secondme doctor` names those that are missed."
                )
            note(f"{gone} is not looked for any more.")
            return 0
        path = Path(file or "").expanduser().absolute()
        with _progress() as tell:
            made = me.backup(path, vectors=vectors, force=force, progress=tell, wait=wait, on_wait=on_wait)
    size = path.stat().st_size
    if as_json:
        print_json({"file": str(path), "bytes": size, "made_at": made.made_at, "vectors": made.vectors,
                    "embedder": made.embedder, **made.counts})  # fmt: skip
        return 0
    import humanize

    shown = humanize.naturalsize(size, format="%.1f")
    what = f"{counted(made.counts['sources'], 'source')}, {counted(made.counts['items'], 'item')}"
    without = "" if made.vectors else ", without vectors"
    output().print(f"{path} holds {what}{without} ({shown}), verified.", highlight=False, markup=False, soft_wrap=True)
    return 0


@spoken
def restore(
    context: typer.Context,
    file: Annotated[str, typer.Argument(help="What `secondme backup` wrote.")],
    replace: Annotated[bool, typer.Option("--replace", help="Put it in the place of what is in memory.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Verify it and say what would be restored.")] = False,
    as_json: Json = False,
    wait: Wait = 60.0,
) -> int:
    """Put a backup back into memory, after verifying all of it.

    A home that holds memories is left alone without --replace; what it holds is kept until the backup is in its place.
    """
    from secondme.errors import UsageError

    if file == "-":
        raise UsageError("A backup cannot come from stdin: it is read twice.", "Name a file.")
    path = Path(file).expanduser().absolute()
    with open_me(context) as me:
        unset = not me.home.config_file.exists()
        with _progress() as tell:
            done = me.restore(path, replace=replace, dry_run=dry_run, progress=tell, wait=wait, on_wait=on_wait)
        settings = unset and me.home.config_file.exists()
    counts = asdict(done.counts)
    if as_json:
        print_json({"file": str(path), "made_at": done.manifest.made_at, **counts, "vectors": done.vectors,
                    "left_out": asdict(done.left_out), "replaced": done.replaced and not dry_run,
                    "settings": settings, "dry_run": dry_run})  # fmt: skip
        return 0
    what = f"{counted(counts['sources'], 'source')}, {counted(counts['items'], 'item')}"
    said = "Would restore" if dry_run else "Restored"
    sentence = f"{said} {what} of {done.manifest.made_at[:10]}."
    output().print(sentence, highlight=False, markup=False, soft_wrap=True)
    for line in _besides(done, dry_run):
        note(line)
    if settings:
        note("The backup's settings were taken over, as there were none.")
    return 0


def _besides(done: Restored, dry_run: bool) -> Iterator[str]:
    """What else to know of a restore."""
    would = "would be" if dry_run else "were"
    if done.left_out.any:
        number = done.left_out
        what = f"{counted(number.sources, 'source')}, {counted(number.items, 'item')}"
        yield f"Left out, as they were forgotten since: {what}. `secondme forget` takes them out of the backup, too."
    if done.unsure:
        yield "The ledger that was here is damaged: what had been forgotten since the backup may be back."
    if done.vectors == "rebuilt":
        yield f"The vectors {would} made anew."
    if done.vectors == "missing":
        yield (
            "There are no vectors, as their model is not on this machine: `secondme models list` shows what there is,"
            " `secondme doctor --repair` then makes them."
        )


def _people(number: int) -> str:
    return "1 person" if number == 1 else f"{number:,} people"


@contextlib.contextmanager
def _progress() -> Iterator[Telling]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda doing, done, total: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=errors(), transient=True) as bar:
        task = bar.add_task("", total=None)
        yield lambda doing, done, total: bar.update(task, description=doing, completed=done, total=total)
