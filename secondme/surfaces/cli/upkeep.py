"""status, doctor and demo: what is in memory, whether all is well, and a first try."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

DEMO_PROFILE = "sample-life"


def register(app: typer.Typer) -> None:
    app.command(epilog="\b\nExamples:\n  secondme status\n  secondme status --json | jq .passages")(status)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme doctor\n"
        "  secondme doctor --repair       rebuild the index from the ledger; nothing is lost\n"
        "  secondme doctor --json | jq '.findings[] | select(.ok | not)'"
    )(doctor)
    app.command(epilog='\b\nExamples:\n  secondme demo\n  secondme --profile sample-life ask "who fixed the bike?"')(
        demo
    )


@spoken
def status(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> int:
    """What is in memory, where it is kept, and which models are used."""
    with open_me(context) as me:
        now = me.status()
        unfinished, unread = len(me.unfinished()), me.unreflected
    if as_json:
        print_json({**asdict(now.counts), "bytes": now.bytes, "home": str(now.home), "profile": now.profile,
                    "model": now.model, "embedder": now.embedder, "missing_models": list(now.missing),
                    "unfinished": unfinished, "facts": now.facts, "unread_for_facts": unread})  # fmt: skip
        return 0
    import humanize

    from secondme.surfaces.cli.reporting import counted

    counts = now.counts
    size = humanize.naturalsize(now.bytes, format="%.1f")
    memory = (counted(counts.sources, "source"), counted(counts.items, "item"), counted(counts.passages, "passage"))
    rows = (
        ("memory", ", ".join(memory)),
        *(
            (("to read", f"{counted(unfinished, 'file')} that an ingest has planned and not finished"),)
            * bool(unfinished)
        ),
        ("known", f"{counted(now.facts, 'fact')}{f', {unread:,} passages not read for any yet' * bool(unread)}"),
        ("kept in", f"{now.home} ({size})"),
        ("profile", now.profile),
        ("answers", now.model + (" (not on this machine)" if now.model in now.missing else "")),
        ("vectors", now.embedder + (" (not on this machine)" if now.embedder in now.missing else "")),
    )
    for name, value in rows:
        output().print(f"{name:<8} {value}", highlight=False, markup=False, soft_wrap=True)
    if now.missing:
        note(f"Next: secondme models pull {' '.join(now.missing)}")
    elif unfinished:
        note("Next: secondme ingest --resume, unless it is being read just now")
    elif not counts.sources:
        note("Next: secondme ingest ~/notes")
    elif unread:
        note('Next: secondme ask "…", or secondme reflect to learn facts')
    else:
        note('Next: secondme ask "…"')
    return 0


@spoken
def doctor(
    context: typer.Context,
    repair: Annotated[bool, typer.Option("--repair", help="Rebuild the index from the ledger first.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Check Python, SQLite, disk, models, llama.cpp, the ledger, and the index against the ledger."""
    from secondme.health import Finding
    from secondme.surfaces.cli.reporting import counted

    findings: list[Finding] = []
    with open_me(context) as me:
        if repair and me.mend_rows(on_wait=on_wait):
            note("The index is sound; the rows for exact search are copied out of it anew.")
        elif repair:
            with _progress() as tell:
                made = me.repair(tell, on_wait=on_wait)
            note(f"The index is made anew: {counted(made, 'passage')}.")
        for finding in me.doctor():
            findings.append(finding)
            if not as_json:
                mark, style = ("ok  ", "green") if finding.ok else ("BAD ", "red")
                output().print(mark, style=style, end="", highlight=False)
                output().print(f"{finding.name:<13} {finding.detail}", highlight=False, markup=False, soft_wrap=True)
                if finding.hint:
                    output().print(
                        f"{'':<17} {finding.hint}", style="dim", highlight=False, markup=False, soft_wrap=True
                    )
    if as_json:
        print_json({"findings": [asdict(finding) for finding in findings]})
    return 0 if all(finding.ok for finding in findings) else 1


@spoken
def demo(context: typer.Context) -> int:
    """Ingest the bundled sample life into a profile of its own and answer a question from it."""
    import tomllib

    from secondme.config import locate
    from secondme.me import Me
    from secondme.surfaces.cli.asking import show
    from secondme.surfaces.cli.reporting import counted, show_left_out

    assets = bundled()
    questions = tomllib.loads((assets / "questions.toml").read_text(encoding="utf-8"))
    question = next(q["text"] for q in questions["question"] if q["id"] == questions["demo"])
    with Me(locate(DEMO_PROFILE), warn=note, doing="secondme demo") as me:
        report = me.ingest([assets / "sample"], on_wait=on_wait)
        known = report.added + report.changed + report.unchanged
        passages = counted(me.status().counts.passages, "passage")
        note(f"The sample life: {counted(known, 'file')} of a fictional person, {passages}.")
        show_left_out(report.skipped)
        output().print(f'\n$ secondme ask "{question}"', style="bold", highlight=False, markup=False)
        show(me.ask(question), verbose=False)
    return 0


def bundled() -> Path:
    """The folder with the sample life and its questions: in the package, or beside it in a checkout."""
    from secondme.errors import NoSuchPath

    package = Path(__file__).resolve().parents[2]
    for folder in (package / "_assets", package.parent / "assets"):
        if (folder / "questions.toml").is_file():
            return folder
    raise NoSuchPath("The sample life is not in this installation.", "Run ./install.sh again.")


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    if not errors().is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=errors(), transient=True) as bar:
        task = bar.add_task("rebuilding", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
