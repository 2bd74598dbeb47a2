"""timeline and links: what happened when, how a thread went on, and what a memory is linked to."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import note, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from datetime import tzinfo

    from secondme.me import Me
    from secondme.memory.episodes.timeline import Entry, Period, Told
    from secondme.memory.linked import Linked, Neighbour
    from secondme.store.timeline import Wanted

NOTHING = 3
LEVELS = ("day", "week", "month", "topic")
SHOWN = 40  # periods on a terminal; a pipe gets all
SHOWN_PEOPLE, SHOWN_TITLES, SHOWN_LINES = 4, 24, 2
SHOWN_LINKS = 12
SHORT_ID = 8  # characters
SHORT_TEXT = 200

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme timeline                        all of memory, by day, week or month as it is long\n"
        '  secondme timeline "the new bike"         one thread, from its beginning\n'
        "  secondme timeline --who Anna --from 2026-03\n"
        "  secondme timeline --by week --from 3m\n"
        "  secondme timeline --by topic             what comes up again\n"
        "  secondme timeline dentist --json | jq -r '.periods[].episodes[].title'\n\n"
        "Dates are 2026, 2026-05 or 2026-05-17, or an age such as 7d, 3w, 6m, 1y."
    )(timeline)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme links 3fa9c1d2                  an id as timeline shows it\n"
        "  secondme links $(secondme recall dentist --json | jq -r '.hits[0].id')\n"
        "  secondme links 3fa9c1d2 --json | jq -r '.links[].reasons[].reason'"
    )(links)


@spoken
def timeline(
    context: typer.Context,
    topic: Annotated[str, typer.Argument(help="What it is about, in your own words.", show_default=False)] = "",
    who: Annotated[
        str | None, typer.Option(help="Only what this person takes part in or is named in.", metavar="NAME")
    ] = None,
    since: Annotated[
        str | None, typer.Option("--from", help="Only what is dated on or after this day.", metavar="DATE")
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Only what is dated on or before this day.", metavar="DATE")
    ] = None,
    by: Annotated[
        str,
        typer.Option(
            help="day, week or month; by itself as the time is long. topic: what comes up again.", metavar="PERIOD"
        ),
    ] = "",
    as_json: Json = False,
) -> int:
    """Show what happened when: episodes and what was said in them, in the order of time. No language model is used.

    With a topic it is that thread alone, and how it went on. Each line is from one place, word for word.
    """
    from secondme.errors import UsageError
    from secondme.surfaces.cli.choosing import owners_zone

    level = _level(by)
    if level == "topic" and (topic or who or since or until):
        raise UsageError("--by topic shows all that comes up again.", "`secondme timeline TOPIC` shows one topic.")
    with open_me(context) as me:
        periods = me.timeline(_wanted(me, who, since, until), topic.strip(), by=level) if me.told else []
        zone, told = owners_zone(me), me.told
        empty = not me.reader.holds_passages()
    if as_json:
        print_json({"topic": topic, "periods": [_period_json(one, zone) for one in periods]})
    elif periods:
        _show(periods, zone, whole=level not in ("", "day") and not topic)
    elif told:
        note("Nothing in memory is of that." if topic or who or since or until else "Nothing has happened yet.")
    elif empty:
        note("Memory is empty: `secondme ingest ~/notes` fills it, and then `secondme reflect` makes its timeline.")
    else:
        note("Nothing has been told yet: `secondme reflect` makes the timeline of what is in memory.")
    return 0 if periods else NOTHING


@spoken
def links(
    context: typer.Context,
    id_: Annotated[
        str, typer.Argument(metavar="ID", help="A passage's id, or the beginning of it.", show_default=False)
    ],
    as_json: Json = False,
) -> int:
    """Show what a memory is linked to, and why: what is alike, what shares a rare word, and what later ones add."""
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        found, told = me.linked(id_), me.told
        zone = owners_zone(me)
    if as_json:
        print_json(_linked_json(found, zone))
    else:
        _show_linked(found, zone)
        if not found.neighbours:
            note("It is linked to nothing." if told else "Nothing is linked yet: `secondme reflect` does it.")
    return 0 if found.neighbours else NOTHING


def _level(by: str) -> str:
    from secondme.errors import UsageError

    level = by.strip().lower().removesuffix("s")
    if level and level not in LEVELS:
        raise UsageError(f"{by!r} is no period.", "Write day, week or month, or topic.")
    return level


def _wanted(me: Me, who: str | None, since: str | None, until: str | None) -> Wanted:
    from secondme.store.timeline import Wanted
    from secondme.surfaces.cli.dates import first_moment, last_moment

    people, names = me.filter_by(who) if who else (None, "")
    if who and who.replace(" ", "").isalpha():  # as the owner calls them
        names = " OR ".join(filter(None, (names, f'text : "{who}"')))
    return Wanted(
        int(first_moment(since, me.now).timestamp()) if since else None,
        int(last_moment(until, me.now).timestamp()) if until else None,
        None,
        people,
        names,
    )


# -- for a person -----------------------------------------------------------------------------------------------------


def _show(periods: Sequence[Period], zone: tzinfo | None, *, whole: bool) -> None:
    """`whole`: a period's lines, and its episodes by their titles; else each episode with its own lines."""
    from secondme.surfaces.cli.reporting import counted

    left = len(periods) - SHOWN if output().is_terminal and periods[0].level != "topic" else 0
    if left > 0:
        note(f"{counted(left, 'earlier ' + periods[0].level)} not shown; --from, --to, or a pipe shows them.")
    for period in periods[max(0, left) :]:
        _line(f"{_headed(period)}", "cyan")
        if whole or period.level == "month":
            _show_whole(period)
        else:
            for entry in period.entries:
                _show_entry(entry, zone, dated=period.level != "day")
        output().print()


def _headed(period: Period) -> str:
    from secondme.timewords import in_words

    if period.level == "topic":
        when = f"  {period.first:%Y-%m-%d} to {period.last:%Y-%m-%d}" if period.first and period.last else ""
        return f"{period.key}{when}"
    if period.first is None or period.last is None:
        return "Without a date"
    if period.level == "day":
        return in_words(period.first)
    if period.level == "month":
        return f"{period.first:%B %Y}"
    return f"Week of {in_words(period.first)}"


def _show_whole(period: Period) -> None:
    for line in period.lines:
        _show_line(line, "  ")
    titles = list(dict.fromkeys(entry.episode.title for entry in period.entries if entry.episode.title))
    if titles and period.level != "topic":
        more = f" · and {len(titles) - SHOWN_TITLES} more" if len(titles) > SHOWN_TITLES else ""
        _line(f"  {' · '.join(titles[:SHOWN_TITLES])}{more}", "dim")


def _show_entry(entry: Entry, zone: tzinfo | None, *, dated: bool) -> None:
    from secondme.memory.episodes.timeline import local

    one = entry.episode
    when = local(one.first, zone) if one.first is not None else None
    day = f"{when:%a} {when.day:>2} {when:%b}  " if dated and when else ""
    names = ", ".join(one.people[:SHOWN_PEOPLE]) + " …" * (len(one.people) > SHOWN_PEOPLE)
    thread = one.thread if one.thread not in one.title and "@" not in one.thread else ""  # a mail's is nothing to read
    around = " · ".join(filter(None, (one.place, thread, names)))
    _line(f"  {day}{one.title or 'Untitled'}", "bold", f"  {around}" if around else "")
    for line in entry.lines[: SHOWN_LINES if dated else None]:
        _show_line(line, "    ")


def _show_line(line: Told, indent: str) -> None:
    from secondme.surfaces.cli.reporting import place, visible

    speaker = f"{line.speaker}: " if line.speaker else ""
    ended = "" if line.text.endswith((".", "!", "?", "…")) else " …" if len(line.text) > SHORT_TEXT else ""
    where = place(line.place).rpartition("/")[2]
    _line(f"{indent}{speaker}{visible(line.text)}{ended}", "", f"  {where} {line.passage[:SHORT_ID]}")


def _show_linked(found: Linked, zone: tzinfo | None) -> None:
    from secondme.memory.episodes.timeline import local
    from secondme.surfaces.cli.reporting import visible

    _line(_spot(found.found, zone), "cyan")
    for line in found.found.passage.text.splitlines():
        _line(f"   {visible(line)}")
    if found.episode is not None:
        when = f", {local(found.episode.first, zone):%Y-%m-%d}" if found.episode.first is not None else ""
        _line(f"   in “{found.episode.title}”{when}", "dim")
    output().print()
    shown = found.neighbours[:SHOWN_LINKS] if output().is_terminal else found.neighbours
    for one in shown:
        _show_neighbour(one, zone)
    if len(found.neighbours) > len(shown):
        note(f"{len(found.neighbours) - len(shown)} more: a pipe or --json shows them.")


def _show_neighbour(one: Neighbour, zone: tzinfo | None) -> None:
    from secondme.surfaces.cli.reporting import shortened, visible

    said = one.found.passage
    _line(f"{_spot(one.found, zone)}  {said.id[:SHORT_ID]}", "cyan")
    _line(f"   {'; '.join(f'{reason} ({weight:.2f})' for reason, weight in one.reasons) or 'adds to it'}", "green")
    if one.added:
        _line(f"   adds: {visible(one.added)}", "green")
    _line(f"   {shortened(visible(said.said), SHORT_TEXT)}")
    output().print()


def _spot(found: Any, zone: tzinfo | None) -> str:
    from secondme.records import Hit

    passage = found.passage
    when = f"  {passage.time.astimezone(zone):%Y-%m-%d}" if passage.time else ""
    return f"{Hit(passage, found.source, found.title, 0.0, part=found.part).place}{when}"


def _line(text: str, style: str = "", dim: str = "") -> None:
    from rich.text import Text

    from secondme.surfaces.cli.console import tame

    told = Text(tame(text), style=style)
    told.append(tame(dim), style="dim not bold")
    output().print(told, soft_wrap=True, highlight=False)


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def _period_json(period: Period, zone: tzinfo | None) -> dict[str, Any]:
    return {
        "by": period.level,
        "key": period.key,
        "first": period.first.isoformat() if period.first else None,
        "last": period.last.isoformat() if period.last else None,
        "lines": [_line_json(line) for line in period.lines],
        "episodes": [_entry_json(entry, zone) for entry in period.entries],
    }


def _entry_json(entry: Entry, zone: tzinfo | None) -> dict[str, Any]:
    one = entry.episode
    return {
        "id": one.id,
        "title": one.title,
        "first": _iso(one.first, zone),
        "last": _iso(one.last, zone),
        "place": one.place,
        "thread": one.thread,
        "people": list(one.people),
        "lines": [_line_json(line) for line in entry.lines],
        "passages": list(one.passages),
    }


def _line_json(line: Told) -> dict[str, Any]:
    return {
        "text": line.text,
        "passage": line.passage,
        "place": line.place,
        "source": line.source,
        "speaker": line.speaker,
        "time": line.time.isoformat() if line.time else None,
    }


def _linked_json(found: Linked, zone: tzinfo | None) -> dict[str, Any]:
    episode = found.episode
    return {
        **_passage_json(found.found),
        "episode": None
        if episode is None
        else {"id": episode.id, "title": episode.title, "first": _iso(episode.first, zone)},
        "links": [
            {
                **_passage_json(one.found),
                "reasons": [{"reason": reason, "weight": round(weight, 4)} for reason, weight in one.reasons],
                "adds": one.added,
            }
            for one in found.neighbours
        ],
    }


def _passage_json(found: Any) -> dict[str, Any]:
    passage = found.passage
    return {
        "id": passage.id,
        "text": passage.text,
        "source": found.source,
        "part": found.part,
        "speaker": passage.speaker,
        "line": passage.line,
        "time": passage.time.isoformat() if passage.time else None,
    }


def _iso(moment: int | None, zone: tzinfo | None) -> str | None:
    from secondme.memory.episodes.timeline import local

    return local(moment, zone).isoformat() if moment is not None else None
