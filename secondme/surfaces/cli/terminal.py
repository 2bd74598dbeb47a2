"""How the command line speaks: answers on stdout, all else on stderr, one voice for errors, exit codes.

No colour and no progress when not on a terminal or when NO_COLOR is set.
"""

from __future__ import annotations

import errno
import functools
import io
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ParamSpec

import typer

from secondme.errors import DiskFull, Interrupted, SecondMeError

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.surfaces.cli.console import Console

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
        except (KeyboardInterrupt, typer.Abort):  # Abort is what an interrupted question raises
            if errors().is_terminal:
                errors().print()  # below the ^C
            complain(Interrupted("Interrupted; what was finished is kept."))
            code = Interrupted.exit_code
        except BrokenPipeError:
            # the reader of our output has gone; point stdout elsewhere so that closing it does not complain again
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = SIGPIPE_EXIT
        except typer.Exit:
            raise
        except Exception as error:
            if os.environ.get("SECONDME_DEBUG"):
                raise
            complain(_unforeseen(error))
            code = 1
        raise typer.Exit(code)

    return run


def _unforeseen(error: Exception) -> SecondMeError:
    if isinstance(error, OSError) and error.errno in (errno.ENOSPC, errno.EDQUOT):
        place = error.filename or "the output"
        return DiskFull(f"The disk is full: {place} cannot be written.", "Free some space and run it again.")
    return SecondMeError(
        f"Something is wrong inside secondme: {type(error).__name__}: {error}.",
        "Run it again with SECONDME_DEBUG=1 to see where, and please report it.",
    )


def mend_streams() -> None:
    """Make the standard streams such that any answer can be written to them.

    A stream that is closed leads nowhere from now on: the first file to be opened would take its number, and a native
    library's stray line would go into that file. What the terminal's encoding lacks is written as "?".
    """
    for number, name, mode in ((0, "stdin", "r"), (1, "stdout", "w"), (2, "stderr", "w")):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)  # takes the lowest free number: this one
            setattr(sys, name, open(number, mode, encoding="utf-8"))  # noqa: SIM115 - for the whole life of the process
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="replace")


def complain(error: SecondMeError) -> None:
    console = errors()
    console.print(f"secondme: {error.message}", style="red", highlight=False, markup=False, soft_wrap=True)
    console.print(error.hint, style="dim", highlight=False, markup=False, soft_wrap=True)


def note(sentence: str) -> None:
    """Something to know besides the answer."""
    errors().print(sentence, style="dim", highlight=False, markup=False, soft_wrap=True)


@functools.cache
def errors() -> Console:
    from secondme.surfaces.cli.console import Console  # 30 ms, for rich

    return Console(stderr=True)


@functools.cache
def output() -> Console:
    from secondme.surfaces.cli.console import Console

    return Console()


def printable(name: str) -> str:
    """A file's name on one line, whatever it holds."""
    return "".join(c if c.isprintable() else f"\\x{ord(c):02x}" for c in name)


def print_json(record: dict[str, Any]) -> None:
    """One JSON object with its version; readable on a terminal, one line in a pipe."""
    indent = 2 if sys.stdout.isatty() else None
    escaped = not (sys.stdout.encoding or "").lower().startswith("utf")  # what it lacks is written as \uXXXX
    print(json.dumps({"version": JSON_VERSION, **record}, ensure_ascii=escaped, indent=indent), flush=True)


def open_me(context: typer.Context) -> Me:
    """The memory that the options name."""
    from secondme.config import locate
    from secondme.me import Me

    options = context.obj if isinstance(context.obj, Options) else Options()
    doing = " ".join(["secondme", *sys.argv[1:]])
    return Me(locate(options.profile), warn=note, doing=doing[:200])


def on_wait(holder: str) -> None:
    note(f"Waiting for {holder} to finish …")
