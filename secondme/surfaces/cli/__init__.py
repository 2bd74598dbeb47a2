"""The command line: `secondme VERB`. One file per group of commands; this one joins them.

Imports nothing heavier than typer: what a command needs is imported when it runs (a test holds this).
"""

from __future__ import annotations

import sys
from typing import Annotated

import typer

from secondme.surfaces.cli import (
    asking,
    configuring,
    explaining,
    fading,
    forgetting,
    gathering,
    keeping,
    knowing,
    modelling,
    people,
    profiling,
    reindexing,
    remembering,
    timeline,
    trying,
    tuning,
    upkeep,
    watching,
)
from secondme.surfaces.cli.terminal import Options, mend_streams

app = typer.Typer(
    name="secondme",
    no_args_is_help=True,
    rich_markup_mode=None,  # plain help starts in half the time and reads the same in a pipe
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog='Start with:  secondme ingest ~/notes   then   secondme ask "when is the dentist?"',
)


def _version(wanted: bool) -> None:
    if wanted:
        from secondme import __version__

        typer.echo(f"secondme {__version__}")
        raise typer.Exit


@app.callback()
def secondme(
    context: typer.Context,
    profile: Annotated[
        str | None,
        typer.Option(
            help="Keep to these memories, apart from other profiles'.", envvar="SECONDME_PROFILE", metavar="NAME"
        ),
    ] = None,
    version: Annotated[
        bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
    ] = False,
) -> None:
    """A memory that is yours, in your terminal: cited answers from your own files. Nothing leaves the machine.

    \b
    Exit codes: 0 answered or done, 1 failed, 2 wrong usage, 3 no answer in memory,
    4 done in part (see the report), 130 interrupted.
    """
    context.obj = Options(profile)


asking.register(app)
explaining.register(app)
gathering.register(app)
forgetting.register(app)
people.register(app)
remembering.register(app)
profiling.register(app)
fading.register(app)
knowing.register(app)
timeline.register(app)
watching.register(app)
keeping.register(app)
upkeep.register(app)
reindexing.register(app)
tuning.register(app)
trying.register(app)
configuring.register(app)
app.add_typer(modelling.app)


def main() -> None:
    """The console script."""
    mend_streams()
    try:
        app(prog_name="secondme")
    except KeyboardInterrupt:  # before a command took over
        sys.exit(130)
