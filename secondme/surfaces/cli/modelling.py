"""models: what there is, fetching it, choosing it."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli import planning
from secondme.surfaces.cli.terminal import Options, errors, note, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.config import Home
    from secondme.engine.catalog import Model
    from secondme.engine.fetch import Progress
    from secondme.engine.partial import Tell

app = typer.Typer(
    name="models",
    help="Language models and vector models: list, fetch, choose, plan.",
    no_args_is_help=True,
    epilog="\b\nExamples:\n  secondme models list\n"
    "  secondme models pull qwen3-4b-2507\n  secondme models use qwen3-4b-2507",
)


@app.command("list", epilog="\b\nExamples:\n  secondme models list\n  secondme models list --json | jq '.models[].id'")
@spoken
def list_models(
    context: typer.Context, as_json: Annotated[bool, typer.Option("--json", help="Print one JSON object.")] = False
) -> int:
    """Every model of the catalogue and every one of your own: size, licence, what it suits, whether it is here."""
    import psutil

    from secondme.config import load
    from secondme.engine import catalog, fetch

    home = _home(context)
    config = load(home)
    in_use = {config.model, config.embedder}
    models = (*catalog.MODELS, *fetch.registered(home.models))
    here = {model.id: fetch.installed(home.models, model) is not None for model in models}
    if as_json:
        print_json({"models": [_model_json(m, here[m.id], m.id in in_use) for m in models]})
        return 0
    from rich.table import Table

    table = Table(box=None, pad_edge=False)
    for column, justify in (("", "left"), ("id", "left"), ("role", "left"), ("size", "right"), ("memory", "right"),
                            ("licence", "left"), ("for", "left"), ("here", "left")):  # fmt: skip
        table.add_column(column, justify="right" if justify == "right" else "left", no_wrap=True)
    for m in models:
        table.add_row("*" if m.id in in_use else "", m.id, m.role, _size(m.bytes), _size(m.ram), m.licence, _suits(m),
                      "yes" if here[m.id] else "")  # fmt: skip
    output().print(table)
    best = catalog.suggest(psutil.virtual_memory().total)
    note("* in use. “for” is the machine's memory that leaves room for other programs.")
    if best.id not in in_use:
        note(
            f"This machine can bear {best.id}: `secondme models pull {best.id}`, then `secondme models use {best.id}`."
        )
    return 0


@app.command(
    epilog="\b\nExamples:\n"
    "  secondme models pull smollm2-135m\n"
    "  secondme models pull qwen3-8b            resumes where it stopped\n"
    "  secondme models pull qwen3-8b --from ~/Downloads/Qwen3-8B-Q4_K_M.gguf"
)
@spoken
def pull(
    context: typer.Context,
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="From `models list`.", show_default=False)],
    source: Annotated[
        str | None, typer.Option("--from", help="A file or folder that you have already.", metavar="PATH")
    ] = None,
) -> int:
    """Fetch models and verify them against the catalogue's sha256. A file whose hash differs is deleted."""
    from secondme import engines
    from secondme.config import load
    from secondme.engine import catalog, fetch

    home = _home(context)
    for id_ in ids:
        model = catalog.find(id_)
        with _progress(model) as tell:
            folder = fetch.install(
                model,
                home.models,
                source=Path(source).expanduser() if source else None,
                progress=tell,
                endpoint=os.environ.get("HF_ENDPOINT") or fetch.HUB,
                thorough=True,
            )
        with _making(id_) as made:
            engines.prepare(model, load(home), home.models, made)
        output().print(f"{id_} is verified and in {folder}.", highlight=False, soft_wrap=True)
    return 0


@app.command(epilog="\b\nExamples:\n  secondme models use qwen3-4b-2507\n  secondme models use ~/models/my-own.gguf")
@spoken
def use(
    context: typer.Context,
    model: Annotated[
        str, typer.Argument(metavar="ID|PATH", help="A model that is here, or a .gguf file.", show_default=False)
    ],
    embedder: Annotated[bool, typer.Option("--embedder", help="A .gguf file that makes vectors.")] = False,
) -> int:
    """Choose the model for answers, or for vectors, from now on."""
    from secondme.config import save
    from secondme.engine import fetch
    from secondme.errors import ModelMissing

    home = _home(context)
    path = Path(model).expanduser()
    if path.suffix == ".gguf" or path.exists():
        chosen = fetch.register(home.models, path.absolute(), "embedder" if embedder else "generator")
    else:
        chosen = fetch.find(home.models, model)
    if fetch.installed(home.models, chosen) is None:
        raise ModelMissing(f"{chosen.id} is not on this machine.", f"Fetch it with `secondme models pull {chosen.id}`.")
    save(home, "model" if chosen.role == "generator" else "embedder", chosen.id)
    output().print(
        f"{'Answers' if chosen.role == 'generator' else 'Vectors'} come from {chosen.id} now.", highlight=False
    )
    if chosen.role == "embedder":
        note("Memories that were indexed with another one need `secondme reindex` now.")
    return 0


app.command(
    epilog="\b\nExamples:\n  secondme models plan\n  secondme models plan qwen3-8b --memory 4G\n"
    "  secondme models plan ~/models/my-own.gguf --json | jq .chosen"
)(spoken(planning.plan))
app.command(epilog="\b\nExamples:\n  secondme models bench\n  secondme models bench qwen3-8b --memory 4G")(
    spoken(planning.bench)
)


def _home(context: typer.Context) -> Home:
    from secondme.config import locate

    return locate(context.obj.profile if isinstance(context.obj, Options) else None)


@contextlib.contextmanager
def _progress(model: Model) -> Iterator[Callable[[Progress], None]]:
    """A bar on stderr while it is a terminal; else one line."""
    if not errors().is_terminal:
        yield _in_words(model)
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bar

    columns: tuple[Any, ...] = (
        TextColumn("{task.description}"), BarColumn(30), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn(),
    )  # fmt: skip
    with Bar(*columns, console=errors(), transient=True) as bar:
        task = bar.add_task(model.id, total=model.bytes)

        def tell(progress: Progress) -> None:
            bar.update(
                task, description=f"{progress.phase} {progress.file}", completed=progress.done, total=progress.total
            )

        yield tell


@contextlib.contextmanager
def _making(id_: str) -> Iterator[Tell]:
    """What is made of a model once: a bar on stderr while it is a terminal, else one line; nothing if it is there."""
    what = f"Reading the vocabulary of {id_}, once"
    if not errors().is_terminal:
        yield lambda done, total: None if done else note(f"{what} …")
        return
    from rich.progress import Progress as Bar

    with Bar(console=errors(), transient=True) as bar:
        task = bar.add_task(what, visible=False)
        yield lambda done, total: bar.update(task, completed=done, total=total, visible=True)


def _in_words(model: Model) -> Callable[[Progress], None]:
    """One line when a transfer begins, for logs and pipes."""
    said: list[str] = []

    def tell(progress: Progress) -> None:
        if not said and progress.phase in ("pip", "downloading", "copying"):
            said.append(progress.phase)
            note(f"Fetching {model.id} ({_size(model.bytes)}) …")

    return tell


def _suits(model: Model) -> str:
    return f"{model.good_for} GB" if isinstance(model.good_for, int) else model.good_for or ""


def _size(number: int | None) -> str:
    import humanize

    return "?" if number is None else humanize.naturalsize(number, format="%.1f")


def _model_json(model: Model, here: bool, used: bool) -> dict[str, Any]:
    return {
        "id": model.id,
        "role": model.role,
        "title": model.title,
        "licence": model.licence,
        "bytes": model.bytes,
        "memory": model.ram,
        "context": model.context,
        "parameters": model.parameters,
        "good_for": model.good_for,
        "page": model.page,
        "pinned": model.pinned,
        "installed": here,
        "used": used,
    }
