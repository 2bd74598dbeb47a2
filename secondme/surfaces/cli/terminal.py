"""How the command line speaks: answers on stdout, all else on stderr, one voice for errors, exit codes.

No colour and no progress when not on a terminal or when NO_COLOR is set.
"""

from __future__ import annotations

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from secondme.errors import Interrupted, SecondMeError

if TYPE_CHECKING:
    from rich.console import Console

    from secondme.me import Me

P = ParamSpec("P")
JSON_VERSION = 1  # of every object that --json prints; moves when a key changes its meaning or goes
SIGPIPE_EXIT = 141  # what a shell reports of a process that SIGPIPE ended


@dataclass(frozen=True, slots=True)
class Options:
    """What stands before the command."""

    profile: str | None = None


def spoken(command: Callable[P, int | None]) -> Callable[P, None]:
    """Run a command so that every end of it is one sentence and an exit code: its return value, or the error's."""

    @functools.wraps(command)
    def run(*args: P.args, **kwargs: P.kwargs) -> None:
        try:
            code = command(*args, **kwargs) or 0
            sys.stdout.flush()
        except SecondMeError as error:
            complain(error)
            code = error.exit_code
        except KeyboardInterrupt:
            complain(Interrupted("Interrupted; what was finished is kept."))
            code = Interrupted.exit_code
        except BrokenPipeError:
            # the reader of our output has gone; point stdout elsewhere so that closing it does not complain again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = SIGPIPE_EXIT
        except (typer.Exit, typer.Abort):
            raise
        except Exception as error:
            if os.environ.get("SECONDME_DEBUG"):
                raise
            complain(
                SecondMeError(
                    f"Something is wrong inside secondme: {type(error).__name__}: {error}.",
                    "Run it again with SECONDME_DEBUG=1 to see where, and please report it.",
                )
            )
            code = 1
        raise typer.Exit(code)

    return run


def complain(error: SecondMeError) -> None:
    console = errors()
    console.print(f"secondme: {error.message}", style="red", highlight=False, markup=False, soft_wrap=True)
    console.print(error.hint, style="dim", highlight=False, markup=False, soft_wrap=True)


def note(sentence: str) -> None:
    """Something to know besides the answer."""
    errors().print(sentence, style="dim", highlight=False, markup=False, soft_wrap=True)


@functools.cache
def errors() -> Console:
    from rich.console import Console  # 30 ms

    return Console(stderr=True)


@functools.cache
def output() -> Console:
    from rich.console import Console

    return Console()


def print_json(record: dict[str, Any]) -> None:
    """One JSON object with its version; readable on a terminal, one line in a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    print(json.dumps({"version": JSON_VERSION, **record}, ensure_ascii=False, indent=indent), flush=True)


def open_me(context: typer.Context) -> Me:
    """The memory that the options name."""
    from secondme.config import locate
    from secondme.me import Me

    options = context.obj if isinstance(context.obj, Options) else Options()
    doing = " ".join(["secondme", *sys.argv[1:]])
    return Me(locate(options.profile), warn=note, doing=doing[:200])


def on_wait(holder: str) -> None:
    note(f"Waiting for {holder} to finish …")
