"""reindex: another index beside the one in use, and then in its place."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.reporting import counted
from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.config import Home
    from secondme.memory.reindex import Reindexed

FIRST_RATE = 2.0  # seconds of work before a rate means something


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme models pull nomic-embed-1.5\n"
        "  secondme reindex --embedder nomic-embed-1.5     another model for vectors, without a pause\n"
        "  secondme reindex                             the same model: a compact index after many changes\n"
        "  secondme reindex --json | jq .bytes\n\n"
        "What is asked and ingested meanwhile uses the old index. Interrupted, the same command goes on."
    )(reindex)


@spoken
def reindex(
    context: typer.Context,
    embedder: Annotated[
        str,
        typer.Option(
            "--embedder", help="The model to make vectors with from now on.", metavar="ID", show_default=False
        ),
    ] = "",
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")
    ] = 60.0,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Make the index anew beside the one in use, check it, then switch to it in one step.

    With --embedder this is how the model for vectors is changed. Without it the vectors are taken over, unless the
    settings name another model than the index was made with.
    """
    with open_me(context) as me:
        with _progress() as tell, _interruptible(embedder):
            done = me.reindex(embedder, tell, wait=wait, on_wait=on_wait)
        others = _other_profiles(me.home) if done.embedder != done.before else []
    if as_json:
        print_json({**asdict(done), "seconds": round(done.seconds, 3)})
        return 0
    output().print(_told(done), highlight=False, markup=False, soft_wrap=True)
    if others:
        note(f"Other profiles have an index of their own: `secondme --profile {others[0]} reindex`.")
    return 0


def _told(done: Reindexed) -> str:
    import humanize

    sizes = [humanize.naturalsize(size, format="%.1f") for size in (done.bytes_before, done.bytes)]
    changed = f", now with {done.embedder}" if done.embedder != done.before else ""
    how = f"{done.embedded:,} embedded" if done.embedded else "none embedded"
    held = f"{counted(done.passages, 'passage')}, {how}; {sizes[0]} before, {sizes[1]} now"
    return f"The index is made anew{changed}: {held}."


def _other_profiles(home: Home) -> list[str]:
    """Profiles that share these settings."""
    found = sorted(path.parent.name for path in (home.data_dir / "profiles").glob("*/ledger.db"))
    return [name for name in found if name != home.profile]


@contextlib.contextmanager
def _interruptible(embedder: str) -> Iterator[None]:
    from secondme.errors import Interrupted

    try:
        yield
    except KeyboardInterrupt:
        again = f"secondme reindex --embedder {embedder}" if embedder else "secondme reindex"
        sentence = "Interrupted; the index in use is the old one, and what was made of the new one is kept."
        raise Interrupted(sentence, f"`{again}` goes on.") from None


@contextlib.contextmanager
def _progress() -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import BarColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bar

    columns: tuple[Any, ...] = (BarColumn(30), TextColumn("{task.fields[counts]}"), TimeRemainingColumn(compact=True))
    with Bar(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task("", total=None, counts="")
        first: list[tuple[float, int]] = []

        def tell(done: int, total: int) -> None:
            first.append((time.monotonic(), done)) if not first else None
            passed, made = time.monotonic() - first[0][0], done - first[0][1]
            rate = f", {made / passed:,.0f}/s" if passed > FIRST_RATE and made else ""
            bar.update(task, completed=done, total=max(1, total), counts=f"{done:,}/{total:,} passages{rate}")

        yield tell
