"""ingest --explain and --dry-run: what would happen, without its happening."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from secondme.surfaces.cli import reporting
from secondme.surfaces.cli.reporting import counted
from secondme.surfaces.cli.terminal import errors, note, output, print_json, printable

if TYPE_CHECKING:
    from secondme.me import Me
    from secondme.memory.survey import Explained, Survey

PARTLY = 4


def explain(me: Me, paths: list[Path], reader: str | None, report: str) -> int:
    """One line for each file: its reader, and why; below an archive, what is in it by reader."""
    nobody = 0
    files: list[dict[str, Any]] = []
    with _nothing_kept():
        for entry in me.explain(paths, reader):
            nobody += not entry.reader or any(not part.reader for part in entry.inside)
            if report == "json":
                files.append(_explained_json(entry))
                continue
            _say(f"{reporting.place(entry.path)}: {_taken(entry)}")
            for part in entry.inside:
                more = f" and {part.number - 1:,} more" if part.number > 1 else ""
                _say(f"  › {reporting.place(part.path)}{more}: {_taken(part)}")
    if report == "json":
        print_json({"files": files})
    return PARTLY if nobody else 0


def _taken(entry: Explained) -> str:
    return f"{entry.reader or 'left out'} ({reporting.visible(entry.reason)})"


def _explained_json(entry: Explained) -> dict[str, Any]:
    inside = [
        {"path": printable(part.path), "reader": part.reader or None, "reason": part.reason, "number": part.number}
        for part in entry.inside
    ]
    told = {"path": printable(entry.path), "reader": entry.reader or None, "reason": entry.reason}
    return {**told, "inside": inside} if inside else told


def dry_run(me: Me, paths: list[Path], reader: str | None, report: str) -> int:
    """What an ingest would find, counted."""
    with _nothing_kept(), _patience():
        result = me.survey(paths, reader)
    if report == "json":
        print_json(_survey_json(result, me.zone))
    else:
        _show(result, me.zone)
    return PARTLY if result.skipped else 0


def _show(result: Survey, zone: str) -> None:
    others = [
        f"{number:,} {word}"
        for word, number in (("unchanged", result.unchanged), ("gone", result.gone), ("forgotten", result.forgotten))
        if number
    ]
    _say(", ".join([f"{counted(result.files, 'file')} to read{_of_them(result)}", *others]) + ".")
    for name, number in result.readers.most_common():
        _say(f"  {number:,} × {name}")
    if result.kinds:
        items = ", ".join(counted(number, kind) for kind, number in result.kinds.most_common())
        _say(f"In them: {items}; {counted(result.characters, 'character')}.")
    if result.zoneless:
        note(f"{counted(result.zoneless, 'time')} without a zone: taken as {zone}.")
    reporting.show_left_out(result.skipped)
    note("Nothing was kept.")


def _of_them(result: Survey) -> str:
    """Where some are known and some not."""
    fresh = result.files - result.rewritten
    return f" ({fresh:,} new, {result.rewritten:,} written since)" if result.rewritten else ""


def _survey_json(result: Survey, zone: str) -> dict[str, Any]:
    return {
        "files": result.files,
        "written_since": result.rewritten,
        "unchanged": result.unchanged,
        "gone": result.gone,
        "forgotten": result.forgotten,
        "readers": dict(result.readers),
        "items": dict(result.kinds),
        "characters": result.characters,
        "zoneless": result.zoneless,
        "zone": zone,
        "skipped": reporting.left_out_json(result.skipped),
    }


@contextlib.contextmanager
def _nothing_kept() -> Iterator[None]:
    from secondme.errors import Interrupted

    try:
        yield
    except KeyboardInterrupt:
        raise Interrupted("Interrupted; nothing was to be kept.", "Name less of it to see some of it soon.") from None


@contextlib.contextmanager
def _patience() -> Iterator[None]:
    """Something that moves, on a terminal, while everything is read."""
    if errors().is_terminal:
        with errors().status("reading, to count …"):
            yield
    else:
        yield


def _say(line: str) -> None:
    output().print(line, highlight=False, markup=False, soft_wrap=True)
