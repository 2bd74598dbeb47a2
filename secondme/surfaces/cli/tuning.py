"""tune: how far "I don't know" is to be trusted in this memory, measured and put right."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import asdict
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from collections.abc import Callable

    from secondme.recall.calibrating import Trust
    from secondme.recall.tuning import Tuned


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme tune\n"
        "  secondme tune --dry-run              measure only\n"
        "  secondme tune -n 500 --seed 7        more questions, and other ones\n"
        "  secondme tune --json | jq '.after.error'\n\n"
        "What is kept are two numbers. They count until the model for vectors changes or memory has grown by half."
    )(tune)


@spoken
def tune(
    context: typer.Context,
    questions: Annotated[int, typer.Option("--questions", "-n", min=20, max=5_000, help="How many to make.")] = 200,
    seed: Annotated[int, typer.Option(help="Another number draws other questions.", metavar="N")] = 1,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Measure, and keep nothing.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")
    ] = 60.0,
) -> int:
    """Put the probability that memory holds an answer right for this memory, without a language model.

    Questions are made from what your passages say, by rules. Each is asked as it is, and so that memory does not answer
    it: with those passages left out, or about somebody else. Two numbers are fitted to what comes of that, and kept if
    they tell better than the default on questions that they have not seen.
    """
    from secondme.recall.tuning import Order

    with open_me(context) as me, counted_off("asking") as tell, _interruptible():
        done = me.tune(Order(me.now, questions, seed), tell, dry_run=dry_run, wait=wait, on_wait=on_wait)
    kept = done.calibration is not None and not dry_run
    if as_json:
        print_json(_json(done, kept))
    else:
        _show(done, kept, dry_run)
    return 0


def _json(done: Tuned, kept: bool) -> dict[str, Any]:
    calibration = done.calibration
    fit = {"slope": calibration.slope, "offset": calibration.offset} if calibration else None
    return {
        "questions": done.questions,
        "unanswerable": {"left_out": done.held_out, "about_somebody_else": done.swapped},
        "before": asdict(done.before),
        "after": asdict(done.after),
        "calibration": fit,
        "kept": kept,
        "seconds": round(done.seconds, 3),
    }


def _show(done: Tuned, kept: bool, dry_run: bool) -> None:
    console = output()

    def line(text: str) -> None:
        console.print(text, highlight=False, markup=False, soft_wrap=True)

    in_vain = f"{done.held_out} with their answer left out, {done.swapped} about somebody else"
    number = done.held_out + done.swapped
    line(f"{done.questions} questions about this memory, and {number} that it does not answer: {in_vain}.")
    for text in done.examples:
        note(f"  {text}")
    note("Counted as if memory answered three of four questions.")
    line("")
    line(f"{'said':>8}  {'came true':>9}  {'questions':>9}")
    for said, came, number in done.after.table:
        line(f"{said:8.0%}  {came:9.0%}  {number:9}")
    line("")
    for row in _measures(done.before, done.after if done.calibration else None):
        line(row)
    line("")
    line(_verdict(done, kept, dry_run))


def _measures(before: Trust, after: Trust | None) -> Iterator[str]:
    """Each measure with the default, and as it is corrected, if it is."""
    yield f"{'':34}{'default':>8}" + (f"{'corrected':>11}" if after else "")
    for name, key, form in (
        ("expected calibration error", "error", "{:.3f}"),
        ("log loss", "loss", "{:.3f}"),
        ("told apart (AUROC)", "auroc", "{:.3f}"),
        ("refused rightly, at 5 % wrongly", "caught", "{:.0%}"),
    ):
        values = [form.format(getattr(one, key)) for one in (before, after) if one]
        yield f"{name:34}{values[0]:>8}" + (f"{values[1]:>11}" if after else "")


def _verdict(done: Tuned, kept: bool, dry_run: bool) -> str:
    if done.calibration is None:
        return "The default tells as well here; it counts" + (" (nothing is changed)." if dry_run else ".")
    numbers = f"slope {done.calibration.slope:.2f}, offset {done.calibration.offset:+.2f}"
    return f"The corrected one counts from now on ({numbers})." if kept else f"It would be kept ({numbers})."


@contextlib.contextmanager
def _interruptible() -> Iterator[None]:
    from secondme.errors import Interrupted

    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("Interrupted; what was tuned before still counts.") from None


@contextlib.contextmanager
def counted_off(doing: str) -> Iterator[Callable[[int, int], None]]:
    """A bar on stderr while it is a terminal; silence otherwise."""
    if not errors().is_terminal:
        yield lambda done, total: None
        return
    from rich.progress import Progress as Bar

    with Bar(console=errors(), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
