"""config: the few settings there are."""

from __future__ import annotations

import sys
from dataclasses import asdict
from typing import Annotated

import typer

from secondme.surfaces.cli.terminal import Options, note, output, print_json, spoken


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme config                          every setting, its value, what it does\n"
        "  secondme config threads 4\n"
        "  secondme config engine_url http://localhost:8080/v1\n"
        "  secondme config engine_url ''            back to the default\n"
        "  secondme config api_key -                read the key from stdin into the system's keyring"
    )(config)


@spoken
def config(
    context: typer.Context,
    key: Annotated[str | None, typer.Argument(help="A setting.", show_default=False)] = None,
    value: Annotated[str | None, typer.Argument(help="Its new value; '' for the default.", show_default=False)] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False,
) -> int:
    """Show settings, or change one."""
    from secondme import config as configuration
    from secondme.errors import BadSetting

    home = configuration.locate(context.obj.profile if isinstance(context.obj, Options) else None)
    if key == "api_key":
        return _api_key(value)
    if key is not None and key not in configuration.settings():
        raise BadSetting(f"There is no setting {key!r}.")
    values = asdict(configuration.load(home) if value is None or key is None else configuration.save(home, key, value))
    if as_json:
        print_json({"file": str(home.config_file), "settings": values if key is None else {key: values[key]}})
    elif key is not None:
        output().print(str(values[key]), highlight=False, markup=False)
    else:
        for name, help_ in configuration.settings().items():
            shown = str(values[name]) or "-"
            output().print(f"{name:<13} {shown:<16} {help_}", highlight=False, markup=False, soft_wrap=True)
        note(f"Kept in {home.config_file}")
    return 0


def _api_key(value: str | None) -> int:
    from secondme.config import api_key, store_api_key
    from secondme.errors import UsageError

    if value is None:
        output().print("set" if api_key() else "not set")
        return 0
    if value not in ("-", ""):
        raise UsageError("A key on the command line stays in the shell's history.", "Use `secondme config api_key -`.")
    typed = ""
    if value == "-":
        typed = typer.prompt("Key", hide_input=True, err=True) if sys.stdin.isatty() else sys.stdin.readline().strip()
    store_api_key(typed)
    note("The key is in the system's keyring." if typed else "The key is removed.")
    return 0
