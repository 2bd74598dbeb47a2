"""ingest --explain and --dry-run: what would happen, without its happening."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from secondme.surfaces.cli.terminal import note, output, print_json, printable

if TYPE_CHECKING:
    from secondme.me import Me

PARTLY = 4


def explain(me: Me, paths: list[Path], as_format: str | None, report: str) -> int:
    """One line for each file: its reader, and why."""
    found = me.explain(paths, as_format)
    if report == "json":
        files = [{"path": printable(e.path), "reader": e.reader or None, "reason": e.reason} for e in found]
        print_json({"files": files})
        return PARTLY if any(entry["reader"] is None for entry in files) else 0
    nobody = 0
    for entry in found:
        nobody += not entry.reader
        line = f"{printable(entry.path)}: {entry.reader or 'left out'} ({entry.reason})"
        _say(line)
    return PARTLY if nobody else 0


def dry_run(me: Me, paths: list[Path], as_format: str | None, report: str) -> int:
    """What an ingest would find, counted."""
    result = me.survey(paths, as_format)
    if report == "json":
        print_json(
            {
                "files": result.files,
                "unchanged": result.unchanged,
                "readers": dict(result.readers),
                "items": dict(result.kinds),
                "characters": result.characters,
                "zoneless": result.zoneless,
                "zone": me.zone,
                "skipped": [{"source": printable(s.source), "reason": s.reason} for s in result.skipped],
            }
        )
        return PARTLY if result.skipped else 0
    _say(f"{result.files} files to read, {result.unchanged} unchanged.")
    for reader, number in result.readers.most_common():
        _say(f"  {number} × {reader}")
    if result.kinds:
        items = ", ".join(f"{number} {kind}" for kind, number in result.kinds.most_common())
        _say(f"In them: {items}; {result.characters:,} characters.")
    if result.zoneless:
        note(f"{result.zoneless} times name no zone; they would be taken as {me.zone}.")
    for skipped in result.skipped[:12]:
        note(f"  {printable(skipped.source)}: {skipped.reason}")
    if len(result.skipped) > 12:
        note(f"  and {len(result.skipped) - 12} more; `--report json` lists all")
    note("Nothing was kept.")
    return PARTLY if result.skipped else 0


def _say(line: str) -> None:
    output().print(line, highlight=False, markup=False, soft_wrap=True)
