"""models plan, models bench: how fast a model would run here, and how fast it does."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import Options, errors, note, output, print_json

if TYPE_CHECKING:
    from secondme.config import Config, Home
    from secondme.engine.machine import Machine
    from secondme.engine.plan import Plan
    from secondme.engine.tensors import Layout

WAYS = {
    "memory": "all in memory",
    "gpu": "layers on the GPU",
    "stream": "some in memory, the rest streamed",
    "experts": "experts on disk",
}
BOUNDS = {"arithmetic": "arithmetic", "memory": "memory's speed", "disk": "disk", "device": "the GPU"}

_Model = Annotated[
    str | None, typer.Argument(metavar="[MODEL]", help="From `models list`, or a .gguf file; else the one in use.")
]
_Memory = Annotated[str | None, typer.Option("--memory", metavar="SIZE", help="What it may take in all, such as 4G.")]
_Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@dataclass(frozen=True, slots=True)
class _Subject:
    """A model to plan for. `path` is None for one that is not here; `source`: what its layout is known from."""

    name: str
    path: Path | None
    layout: Layout
    source: str


def plan(context: typer.Context, model: _Model = None, memory: _Memory = None, as_json: _Json = False) -> int:
    """How fast a model would run on this machine, in each way that it can. Measures the machine, not the model."""
    from secondme.engine import plan as planner

    home, config = _settings(context)
    allowed = _size(memory) if memory else None
    subject = _subject(model or config.model, home)
    machine = _machine(subject.path, home, config)
    limit = allowed or _allowed(machine, config)
    found = planner.plans(subject.layout, machine, limit, config.context)
    if as_json:
        print_json(_json(subject, machine, limit, found))
        return 0 if found else 1
    _show_machine(machine)
    _show(subject, limit, found)
    _show_trials(subject.name, home)
    return 0 if found else 1


def bench(context: typer.Context, model: _Model = None, memory: _Memory = None, as_json: _Json = False) -> int:
    """Run a model as planned for a short while, and compare what was predicted with what came of it."""
    from secondme.engine import plan as planner
    from secondme.engine import trial
    from secondme.errors import EngineError, ModelMissing

    home, config = _settings(context)
    subject = _subject(model or config.model, home)
    if subject.path is None:
        raise ModelMissing(f"{subject.name} is not on this machine.", f"`secondme models pull {subject.name}` first.")
    machine = _machine(subject.path, home, config)
    limit = _size(memory) if memory else _allowed(machine, config)
    best = next(iter(planner.plans(subject.layout, machine, limit, config.context)), None)
    if best is None:
        raise EngineError(*_too_large(subject, limit, config.context))
    note(f"Running {subject.name}: {WAYS[best.way]} …")
    streams = best.way in ("stream", "experts")
    prompt, speed, first = trial.run(
        subject.path,
        context=config.context,
        threads=config.threads or None,
        gpu_layers=best.gpu_layers,
        memory=limit if streams else 0,
    )
    expected = planner.plans(subject.layout, machine, limit, config.context, prompt=prompt)[0]
    done = trial.Trial(subject.name, limit if memory else 0, best.way, prompt, speed, first,
                       expected.tokens_per_second, expected.first_token, time.time())  # fmt: skip
    trial.keep(home.models, done)
    if as_json:
        print_json(asdict(done) | {"error": done.error})
    else:
        output().print(f"{subject.name}, {WAYS[best.way]}, a prompt of {prompt} tokens:", highlight=False)
        output().print(_compared("tokens a second", speed, expected.tokens_per_second), highlight=False)
        output().print(_compared("seconds to the first", first, expected.first_token), highlight=False)
    return 0


def _compared(what: str, measured: float, predicted: float) -> str:
    return f"  {what:<22} {measured:8.2f} measured {predicted:8.2f} predicted ({predicted / measured - 1:+.0%})"


def _settings(context: typer.Context) -> tuple[Home, Config]:
    from secondme.config import load, locate

    home = locate(context.obj.profile if isinstance(context.obj, Options) else None)
    return home, load(home)


def _size(text: str) -> int:
    """4G, 800M, 1.5GiB: powers of 1,024, as other programs' memory limits are. Raises UsageError."""
    from secondme.errors import UsageError

    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([KMGT])(?:i?B)?\s*", text, re.I)
    if not found or float(found[1]) == 0:
        raise UsageError(f"{text!r} is no amount of memory.", "Write it as 4G or 800M.")
    return int(float(found[1]) * 1024 ** (1 + "KMGT".index(found[2].upper())))


def _subject(name: str, home: Home) -> _Subject:
    """Raises ModelMissing, ModelDamaged, NoSuchPath, EngineError."""
    from secondme.engine import fetch, tensors

    path = Path(name).expanduser()
    if path.suffix == ".gguf" or path.exists():
        return _Subject(path.name, path, tensors.read(path), "its header")
    model = fetch.find(home.models, name)
    if fetch.installed(home.models, model) is None:
        return _absent(model)
    weights = fetch.weights(home.models, model)
    return _Subject(model.id, weights, tensors.read(weights), "its header")


def _absent(model: Any) -> _Subject:
    """Of one that is not here, from the first bytes of its file at its place, or else from the catalogue."""
    from secondme.engine import distant, fetch
    from secondme.errors import FetchError, ModelMissing

    if not model.weights.endswith(".gguf"):
        raise ModelMissing(f"{model.id} is not run by llama.cpp.", "Plans are for models that write.")
    try:
        layout = distant.layout(model, os.environ.get("HF_ENDPOINT") or fetch.HUB)
        return _Subject(model.id, None, layout, "its header, at its place on the network")
    except FetchError:
        guess = distant.guessed(model)
        if guess is None:
            raise
        return _Subject(model.id, None, guess, "the catalogue's figures, roughly")


def _machine(path: Path | None, home: Home, config: Config) -> Machine:
    from secondme.engine import machine, threads

    largest = path or max(home.models.glob("*/*.gguf"), key=lambda file: file.stat().st_size, default=None)
    cores = config.threads or threads.cores()
    if not errors().is_terminal:
        return machine.measure(largest, home.models, cores)
    with errors().status("Measuring this machine …"):
        return machine.measure(largest, home.models, cores)


def _allowed(machine: Machine, config: Config) -> int:
    from secondme.engine.machine import allowed

    return config.memory_mb * 1_000_000 or allowed(machine.memory, machine.free)


def _show_machine(machine: Machine) -> None:
    disk, devices = machine.disk, ", ".join(d.name for d in machine.devices) or "no GPU that llama.cpp was built for"
    limit = " (a limit set on this process)" if machine.limit else ""
    for line in (
        f"Memory  {_bytes(machine.memory)}{limit}, {_bytes(machine.free)} free, read at {_bytes(machine.bandwidth)}/s",
        f"Disk    {_bytes(disk.sequential)}/s in large reads, {_bytes(disk.random)}/s in 128 KiB anywhere; "
        f"through the page cache {_bytes(disk.cached)}/s and {_bytes(disk.cached_random)}/s",
        f"Cores   {machine.cores}; {devices}",
    ):
        output().print(line, highlight=False, soft_wrap=True)


def _show(subject: _Subject, limit: int, found: Sequence[Plan]) -> None:
    from rich.table import Table

    layout = subject.layout
    what = f"{_bytes(layout.bytes)} in {layout.layers} layers"
    if layout.experts:
        what += f", {layout.experts_used} of {layout.experts} experts at work"
    output().print(
        f"\n{subject.name}: {what}, by {subject.source}. At most {_bytes(limit)} of memory.", highlight=False
    )
    if not found:
        note(" ".join(_too_large(subject, limit, 4096)))
        return
    table = Table(box=None, pad_edge=False)
    for name in ("", "way", "tokens/s", "first token", "memory", "read per token", "limited by"):
        table.add_column(name, justify="left" if name in ("", "way", "limited by") else "right", no_wrap=True)
    for i, one in enumerate(found):
        layers = f" ({one.gpu_layers})" if one.gpu_layers else ""
        table.add_row("" if i else "*", WAYS[one.way] + layers, f"{one.tokens_per_second:.1f}",
                      f"{one.first_token:.1f} s", _bytes(one.memory), _bytes(one.read) if one.read else "",
                      BOUNDS[one.bound])  # fmt: skip
    output().print(table)
    note("* the plan. The first token is that of a fresh process after a prompt of 512.")
    if not all(one.measured for one in found):
        note("The GPU's speed is not measured but assumed.")


def _too_large(subject: _Subject, limit: int, context: int) -> tuple[str, str]:
    from secondme.engine import plan as planner

    needed = _bytes(planner.least(subject.layout, context))
    return (
        f"{subject.name} needs {needed} at least, even with most of it read from disk, and may have {_bytes(limit)}.",
        "Allow it more, or choose a smaller model: `secondme models list`.",
    )


def _show_trials(name: str, home: Home) -> None:
    from secondme.engine import trial

    for one in trial.kept(home.models):
        if one.model == name:
            within = f" within {_bytes(one.memory)}" if one.memory else ""
            day = time.strftime("%Y-%m-%d", time.localtime(one.at))
            speeds = f"{one.tokens_per_second:.1f} tokens/s, predicted {one.predicted_tokens_per_second:.1f}"
            note(f"Measured{within} on {day}, {WAYS[one.way]}: {speeds}.")


def _bytes(number: float) -> str:
    import humanize

    return humanize.naturalsize(number, format="%.1f")


def _json(subject: _Subject, machine: Machine, limit: int, found: Sequence[Plan]) -> dict[str, Any]:
    return {
        "model": subject.name,
        "bytes": subject.layout.bytes,
        "layers": subject.layout.layers,
        "known_from": subject.source,
        "memory": limit,
        "machine": asdict(machine),
        "plans": [asdict(one) for one in found],
        "chosen": found[0].way if found else None,
    }
