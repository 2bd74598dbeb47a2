"""What an ingest did, for a person and for a program. For a person, what went wrong comes last, nearest to the prompt,
and what has no text or no reader (an empty note, a song) is told in few lines, so that it buries nothing."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from secondme.surfaces.cli.terminal import errors, note, output

if TYPE_CHECKING:
    from secondme.records import Report, Skipped

SHOWN_FAILURES = 12  # kinds of them
SHOWN_OTHERS = 6
LONGEST_NAME, LONGEST_REASON = 160, 240

# How readers say that a file is sound, and is no memory or not one that can be read yet.
_NOTHING = re.compile(
    r"is empty$|holds no (?!(?:calendar|contact)\b)|no text found|no reader for |is a link |is not a regular file"
    r"|.* not read yet$"
)
_KEPT = "what was read from it before is kept"
_VARIABLE = re.compile(r" \([^()]*\)|\d[\d,.]*|(?<=no reader for ).*")


@dataclass(slots=True)
class Group:
    """Files that were left out for one reason: the first of them, the reason as it was told of that one, how many."""

    first: str
    reason: str
    number: int
    failed: bool


def groups(skipped: Iterable[Skipped]) -> list[Group]:
    """By reason, whatever numbers and endings of names it mentions; the most frequent first."""
    from secondme.memory.survey import first_of

    found: dict[str, Group] = {}
    for one in skipped:
        first, number = first_of(one)
        new = Group(first.source, first.reason, 0, failed(first.reason))
        found.setdefault(_VARIABLE.sub("", first.reason), new).number += number
    return sorted(found.values(), key=lambda group: -group.number)


def failed(reason: str) -> bool:
    """Whether something is lost: not so where a sound file has no text."""
    return _KEPT in reason or _NOTHING.match(reason) is None


def show(report: Report, zone: str, paths: Sequence[str] = ()) -> None:
    """`paths` are what was asked for."""
    output().print(_summary(report), highlight=False)
    if report.items > report.added + report.changed:
        note(f"Read: {', '.join(counted(number, kind) for kind, number in report.kinds.items())}.")
    if report.zoneless:
        named = "1 time" if report.zoneless == 1 else f"{report.zoneless:,} times"
        note(f"{named} named no zone, and {'was' if report.zoneless == 1 else 'were'} taken as {zone}.")
    if report.forgotten:
        note(f"{counted(report.forgotten, 'forgotten one')} left out; a file that you name comes back.")
    show_left_out(report.skipped)
    if paths and not (report.skipped or report.forgotten or any(number for _, number in _changes(report))):
        note(f"There is nothing to read in {', '.join(map(place, paths[:3]))}{' …' * (len(paths) > 3)}.")


def _changes(report: Report) -> tuple[tuple[str, int], ...]:
    return (
        ("added", report.added),
        ("changed", report.changed),
        ("moved", report.moved),
        ("removed", report.removed),
        ("unchanged", report.unchanged),
    )


def _summary(report: Report) -> str:
    counts = ", ".join(f"{number:,} {word}" for word, number in _changes(report) if number or word == "added")
    if not (report.items or report.passages):
        return f"{counts}."
    return f"{counts}, {counted(report.passages, 'new passage')} in {_duration(report.seconds)}."


def _duration(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.1f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"


def show_left_out(skipped: Sequence[Skipped]) -> None:
    """On stderr, by reason; what went wrong last."""
    found = groups(skipped)
    nothing = [group for group in found if not group.failed]
    wrong = [group for group in found if group.failed]
    if nothing:
        note(f"Left out, as they hold no text or have no reader ({_total(nothing):,}):")
        _show_groups(nothing, SHOWN_OTHERS)
    if wrong:
        errors().print(f"Not read, or only in part ({_total(wrong):,}):", style="yellow", highlight=False)
        _show_groups(wrong, SHOWN_FAILURES)
    if len(nothing) > SHOWN_OTHERS or len(wrong) > SHOWN_FAILURES:
        note("The same command with --report json lists all.")


def _show_groups(found: Sequence[Group], limit: int) -> None:
    for group in found[:limit]:
        more = f" and {group.number - 1:,} more" if group.number > 1 else ""
        note(f"  {place(group.first)}{more}: {shortened(visible(group.reason), LONGEST_REASON)}")
    if rest := found[limit:]:
        reasons = "another reason" if len(rest) == 1 else f"{len(rest)} other reasons"
        note(f"  and {_total(rest):,} more for {reasons}")


def _total(found: Iterable[Group]) -> int:
    return sum(group.number for group in found)


def as_json(report: Report, zone: str) -> dict[str, Any]:
    return {
        "added": report.added,
        "changed": report.changed,
        "unchanged": report.unchanged,
        "moved": report.moved,
        "removed": report.removed,
        "items": report.items,
        "kinds": dict(report.kinds),
        "passages": report.passages,
        "zoneless": report.zoneless,
        "zone": zone,
        "forgotten": report.forgotten,
        "seconds": round(report.seconds, 3),
        "skipped": left_out_json(report.skipped),
    }


def left_out_json(skipped: Iterable[Skipped]) -> list[dict[str, Any]]:
    """`failed` tells what went wrong from what has no text or no reader."""
    from secondme.memory.survey import first_of

    return [
        {"source": _encodable(one.source), "reason": _encodable(one.reason), "failed": failed(first_of(one)[0].reason)}
        for one in skipped
    ]


def _encodable(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


# -- words ------------------------------------------------------------------------------------------------------------


def counted(number: int, word: str) -> str:
    """`1 item`, `2,000 items`: every word here makes its plural with an s."""
    return f"{number:,} {word}{'s' * (number != 1)}"


def place(name: str) -> str:
    """A source's name as it is told: from the working directory or the home folder on, on one line, not too long."""
    for folder, sign in ((_here(), ""), (os.path.expanduser("~"), f"~{os.sep}")):
        below = folder.rstrip(os.sep) + os.sep
        if below != os.sep and name.startswith(below):
            name = sign + name.removeprefix(below)
            break
    return shortened(visible(name), LONGEST_NAME)


def _here() -> str:
    try:
        return os.getcwd()
    except OSError:  # somebody deleted it
        return ""


def visible(text: str) -> str:
    """On one line, whatever it holds: what a terminal would obey is spelled out; foreign spaces are spaces."""
    return "".join(
        c if c.isprintable() else " " if unicodedata.category(c) == "Zs" else f"\\x{ord(c):02x}" for c in text
    )


def shortened(text: str, most: int) -> str:
    """Without its middle, if it is longer than `most`."""
    if len(text) <= most:
        return text
    return f"{text[: most // 2]} … {text[-(most // 2 - 3) :]}"
