"""eval: how well recall finds what it should, on sealed questions about this memory and on published ones."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.judged import line, say_what_it_means, say_which, show
from secondme.surfaces.cli.terminal import note, open_me, print_json, spoken
from secondme.surfaces.cli.tuning import counted_off

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.trials.own import SealedSet
    from secondme.trials.runs import Run

WORSE = 1

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
Limit = Annotated[int | None, typer.Option(help="Ask so many questions of each store.", metavar="N", min=1)]
Keep = Annotated[Path | None, typer.Option(help="Make the homes here and use them again; else they go.", metavar="DIR")]
Embedder = Annotated[
    str, typer.Option("--embedder", help="With this model for vectors.", metavar="ID", show_default=False)
]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        invoke_without_command=True,
        help="Measure recall: on sealed questions about this memory, or on published ones.\n\n"
        "Without a command the sealed questions are asked, and compared with the run that was accepted last. Exit code "
        "1 says that this one is worse beyond chance: of the differences question by question, the interval that holds "
        "95 of 100 resampled means lies below nothing.",
        epilog="\b\nExamples:\n"
        "  secondme eval --make                       seal 200 questions about this memory, once\n"
        "  secondme eval                              ask them; what has changed since the accepted run?\n"
        "  secondme eval --accept                     from now on compare with this run\n"
        "  secondme eval --embedder nomic-embed-1.5   would another model find more? (before `secondme reindex`)\n"
        "  secondme eval locomo --data locomo10.json",
    )
    group.callback()(evaluate)
    group.command(
        epilog="\b\nExamples:\n"
        "  secondme eval locomo --data locomo10.json\n"
        "  secondme eval locomo --data locomo10.json --together --json results.json\n\n"
        "The data are not part of this program (snap-research/locomo, CC BY-NC 4.0)."
    )(locomo)
    group.command(
        epilog="\b\nExamples:\n"
        "  secondme eval longmemeval --data ~/longmemeval\n"
        "  secondme eval longmemeval --data ~/longmemeval --noise locomo10.json\n\n"
        "The data are not part of this program (xiaowu0162/LongMemEval, MIT)."
    )(longmemeval)
    app.add_typer(group, name="eval")


def evaluate(
    context: typer.Context,
    make: Annotated[bool, typer.Option("--make", help="Seal a set of questions about this memory first.")] = False,
    questions: Annotated[int, typer.Option("--questions", "-n", min=20, max=5_000, help="How many to seal.")] = 200,
    seed: Annotated[int, typer.Option(help="Another number draws other questions.", metavar="N")] = 1,
    force: Annotated[bool, typer.Option("--force", help="With --make: in the place of the set that is there.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="Compare with this run from now on.")] = False,
    embedder: Embedder = "",
    as_json: Json = False,
) -> None:
    """Ask the sealed questions, and compare with the run that was accepted last."""
    if context.invoked_subcommand is None:
        _evaluate(context, make, questions, seed, force, accept, embedder, as_json)


@spoken
def _evaluate(
    context: typer.Context,
    make: bool,
    questions: int,
    seed: int,
    force: bool,
    accept: bool,
    embedder: str,
    as_json: bool,
) -> int:
    from secondme.errors import UsageError
    from secondme.trials import own

    if accept and embedder:
        raise UsageError("A run on a part of memory cannot be compared with later ones.", "Leave out --accept.")
    with open_me(context) as me:
        if make:
            sealed = own.make(me, questions, seed, force=force)
            note(f"{len(sealed.questions)} questions are sealed.")
        else:
            sealed = own.load(me.home.memories)
        return _tried(me, sealed, embedder, as_json) if embedder else _asked(me, sealed, accept, as_json)


def _asked(me: Me, sealed: SealedSet, accept: bool, as_json: bool) -> int:
    """The set on the whole memory, against the accepted run."""
    from dataclasses import replace

    from secondme.trials import own, runs

    with counted_off("asking") as tell, _interruptible():
        outcomes = own.ask(me.reader, me.search, sealed.questions, me.now, progress=tell)
    run = _run(me, sealed, outcomes, me.embedder.name)
    before = runs.reference(runs.history(me.home.memories), run.set)
    run = replace(run, accepted=accept or before is None)
    differences = runs.compared(run, before) if before else {}
    runs.keep(me.home.memories, run)
    show(run, before, differences, as_json)
    if not as_json:
        say_what_it_means(run, before, differences, accept)
    return WORSE if any(one.worse for one in differences.values()) and not accept else 0


def _tried(me: Me, sealed: SealedSet, embedder: str, as_json: bool) -> int:
    """The set on a part of memory, with another model against the one in use."""
    from secondme.store.rows import Filters
    from secondme.trials import own, runs, sample

    numbers = sample.part(me.reader, sealed.questions, sealed.head.seed)
    with counted_off("embedding") as tell, _interruptible():
        other, engine = sample.with_embedder(me, embedder, numbers, tell)
    try:
        found = []
        for search, name in ((sample.as_it_is(me, numbers), me.embedder.name), (other, engine.name)):
            with counted_off(f"asking with {name}") as tell, _interruptible():
                outcomes = own.ask(me.reader, search, sealed.questions, me.now, Filters(among=numbers), tell)
            found.append(_run(me, sealed, outcomes, name))
    finally:
        engine.close()
    before, run = found
    differences = runs.compared(run, before)
    if not as_json:
        note(
            f"On a part of memory, {len(numbers):,} passages: those that are asked about, and others drawn at random."
            f" {run.embedder} now, {before.embedder} before."
        )
    show(run, before, differences, as_json)
    if not as_json:
        say_which(run, before, differences)
    return WORSE if any(one.worse for one in differences.values()) else 0


def _run(me: Me, sealed: SealedSet, outcomes: Sequence[Any], embedder: str) -> Run:
    from secondme import __version__
    from secondme.errors import UsageError
    from secondme.recall.calibrating import current
    from secondme.trials.runs import Run

    if not any(outcomes):
        raise UsageError(
            "None of the sealed questions' passages is in memory any more.",
            "`secondme eval --make --force` makes others.",
        )
    at, passages = me.now.isoformat(timespec="seconds"), me.reader.counts().passages
    tuned = current(me.reader) is not None
    return Run(at, sealed.head.id, __version__, embedder, passages, tuple(outcomes), tuned)


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    from secondme.errors import Interrupted

    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("Interrupted; nothing of this run is kept.") from None


# -- published sets ---------------------------------------------------------------------------------------------------


@spoken
def locomo(
    data: Annotated[Path, typer.Option("--data", help="A file in LoCoMo's layout.", metavar="FILE")],
    together: Annotated[bool, typer.Option("--together", help="All conversations in one store.")] = False,
    limit: Limit = None,
    keep: Keep = None,
    embedder: Embedder = "",
    as_json: Json = False,
) -> int:
    """LoCoMo: long conversations between two people, each in a home of its own, and which turns answer a question."""
    from secondme.trials import published

    _publish(published.on_locomo(data, _way(limit, keep, embedder), together=together), as_json)
    return 0


@spoken
def longmemeval(
    data: Annotated[Path, typer.Option("--data", help="The folder with evidence-*.json, distractors-*.jsonl.",
                                       metavar="DIR")],
    noise: Annotated[list[Path] | None, typer.Option(help="LoCoMo files to hide it in, too.", metavar="FILE")] = None,
    limit: Limit = None,
    keep: Keep = None,
    embedder: Embedder = "",
    as_json: Json = False,
) -> int:  # fmt: skip
    """LongMemEval: what was said to an assistant in earlier sessions, found among foreign sessions."""
    from secondme.trials import published

    files = published.Files.of(data, (), (), noise or ())
    _publish(published.on_longmemeval(files, _way(limit, keep, embedder)), as_json)
    return 0


def _way(limit: int | None, keep: Path | None, embedder: str) -> Any:
    from secondme.trials.published import Way

    return Way(limit, keep=keep, embedder=embedder, tell=note)


def _publish(result: dict[str, Any], as_json: bool) -> None:
    from secondme.trials import report

    if as_json:
        print_json({key: value for key, value in result.items() if key != "columns"})
        return
    line(report.table(result["rows"], result["columns"]))
    for sentence in result["notes"]:
        note(sentence)
