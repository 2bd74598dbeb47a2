"""fade: how clear memories are, and what does not fade."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from secondme.memory.strength import Level, Strength, Survey
    from secondme.store.rows import Found
    from secondme.store.uses import Trace

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_MEANING = {
    "kept": "does not fade: marked, or of days to come",
    "clear": "said or used not long ago, or much rests on it",
    "fading": "neither used nor said for a while",
    "faint": "long ago, and never needed since",
}


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme fade --show\n"
        "  secondme fade --show -n 30 --json | jq .counts\n"
        "  secondme fade --keep 3f9a0c12          an id, or its beginning, from `recall --json`\n"
        "  secondme fade --let-go 3f9a0c12\n\n"
        "Fading costs a memory a little rank and its room in summaries. Only `secondme forget` deletes."
    )(fade)


@spoken
def fade(
    context: typer.Context,
    show: Annotated[bool, typer.Option("--show", help="Show what is fading and what is kept (the default).")] = False,
    keep: Annotated[str | None, typer.Option(help="Mark this: it does not fade.", metavar="ID")] = None,
    let_go: Annotated[str | None, typer.Option("--let-go", help="Take the mark off.", metavar="ID")] = None,
    shown: Annotated[int, typer.Option("-n", min=0, max=1000, help="How many passages of each kind.")] = 5,
    as_json: Json = False,
) -> int:
    """Show how clear memories are, and why: by when they were said, used, and what rests on them."""
    from secondme.errors import UsageError

    if keep and let_go:
        raise UsageError("--keep and --let-go are two commands.", "Give one of them.")
    with open_me(context) as me:
        if keep or let_go:
            marked = me.mark(keep or let_go or "", bool(keep), on_wait=on_wait)
            _tell_marked(marked, bool(keep), as_json)
            return 0
        found = me.fading(shown)
        places = me.reader.passages([trace.passage for level in found.first.values() for trace, _ in level])
    if as_json:
        print_json(_survey_json(found, places))
    else:
        _show(found, places)
    return 0


def _tell_marked(marked: Sequence[Found], kept: bool, as_json: bool) -> None:
    if as_json:
        print_json({"passages": [place.passage.id for place in marked], "marked": kept})
        return
    for place in marked:
        _line(f"{'Does not fade' if kept else 'May fade'}: {_said(place)}")


def _show(found: Survey, places: Mapping[str, Found]) -> None:
    from secondme.surfaces.cli.reporting import counted

    total = sum(found.counts.values())
    if not total:
        note("Nothing is in memory yet.")
        return
    for level, first in found.first.items():
        number = found.counts.get(level, 0)
        _line(f"{level}: {counted(number, 'passage')}, {_MEANING[level]}")
        for trace, strength in first:
            if (place := places.get(trace.passage)) is not None:
                _line(f"  {strength.value:.2f}  {_said(place)}")
                _line(f"        {trace.passage[:12]} · {'; '.join(strength.reasons)}", "dim")


def _said(place: Found) -> str:
    from secondme.surfaces.cli.reporting import shortened

    return f"“{shortened(place.passage.said, 110)}”"


def _line(text: str, style: str = "") -> None:
    from secondme.surfaces.cli.reporting import visible

    output().print(visible(text), style=style or None, highlight=False, markup=False, soft_wrap=True)


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def _survey_json(found: Survey, places: Mapping[str, Found]) -> dict[str, Any]:
    return {
        "counts": {level: found.counts.get(level, 0) for level in found.first},
        "passages": [
            _trace_json(level, trace, strength, places[trace.passage])
            for level, first in found.first.items()
            for trace, strength in first
            if trace.passage in places
        ],
    }


def _trace_json(level: Level, trace: Trace, strength: Strength, place: Found) -> dict[str, Any]:
    return {
        "id": trace.passage,
        "level": level,
        "strength": round(strength.value, 4),
        "reasons": list(strength.reasons),
        "uses": trace.uses,
        "last_used": trace.last or None,
        "marked": trace.marked,
        "facts": trace.facts,
        "text": place.passage.text,
        "source": place.source,
    }
