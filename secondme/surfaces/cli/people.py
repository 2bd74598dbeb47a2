"""people: who is in memory, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from secondme.surfaces.cli.persons import show_person
from secondme.surfaces.cli.terminal import note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import datetime, tzinfo

    from secondme.memory.people import Called, Person, Suggestion

NOBODY = 3
SHOWN = 40  # lines on a terminal; a pipe gets all
SHOWN_NAMES = 4  # of one person, in a list

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


class _People(typer.core.TyperGroup):
    """`people` and `people anna` are `people list` and `people list anna`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_People,
        help="Who is in memory: list, show, merge and split people.\n\n"
        "Handles with one address, on one contact card, or with the same full name are one person by themselves. "
        "Without a command, or with a name alone, it is list.",
        epilog="\b\nExamples:\n"
        "  secondme people\n"
        "  secondme people anna                         what she is called where\n"
        "  secondme people show anna                    who she is, and when she was last in touch\n"
        "  secondme people list --alike\n"
        '  secondme people merge "Anna Berg" Anna\n'
        '  secondme recall "the boiler" --person Anna',
    )
    group.command(
        "list",
        epilog="\b\nExamples:\n  secondme people list\n  secondme people list anna --json\n"
        "  secondme people list --alike\n  secondme people list | less",
    )(list_people)
    group.command(
        "show",
        epilog="\b\nExamples:\n  secondme people show Anna\n  secondme people show '#12' --json | jq .relation",
    )(show_person)
    group.command(
        epilog="\b\nExamples:\n"
        '  secondme people merge "Anna Berg" anna@example.org\n'
        "  secondme people merge '#12' '#31'"
    )(merge)
    group.command(
        epilog="\b\nExamples:\n"
        '  secondme people split "Jan Peeters" jan@other-company.example\n\n'
        "What is split off stays apart, whatever later sources say, until you merge it again."
    )(split)
    app.add_typer(group, name="people")


@spoken
def list_people(
    context: typer.Context,
    who: Annotated[str | None, typer.Argument(help="Only those whose name or address has this in it.")] = None,
    similar: Annotated[bool, typer.Option("--alike", help="Show pairs that may be one person.")] = False,
    everybody: Annotated[bool, typer.Option("--all", help=f"On a terminal, too, more than {SHOWN}.")] = False,
    as_json: Json = False,
) -> int:
    """List everybody, those with most memories first; of whom you name, also what they are called where."""
    from secondme.memory import people
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        zone = owners_zone(me)
        known = me.people()
        found = people.like(known, who) if who else known
        called = {person.number: people.called(me.reader, person) for person in found} if who else {}
        pairs = people.alike(found, me.reader.verdicts()) if similar else []
    limit = len(known) ** 2 if everybody or not output().is_terminal else SHOWN
    if as_json:
        suggestions = [{"one": s.one.number, "other": s.other.number, "why": s.why} for s in pairs]
        told = [_json(p, zone, called.get(p.number)) for p in found]
        print_json({"people": told, **({"alike": suggestions} if similar else {})})
    elif who and not found:
        note(f"Nobody in memory has {who!r} in a name or an address. `secondme people` lists everybody.")
    elif similar:
        _show_alike(pairs, limit)
    else:
        _show(found, called, zone, limit)
    return NOBODY if who and not found else 0


def _show(found: Sequence[Person], called: dict[int, list[Called]], zone: tzinfo | None, limit: int) -> None:
    from secondme.surfaces.cli.reporting import counted, place

    for person in found[:limit]:
        _line(described(person, zone))
        for where in called.get(person.number, ())[:limit]:
            name = ", ".join(filter(None, (where.name, *map(_bare, where.addresses))))
            _line(f"    {name}: {counted(where.items, where.kind)} in {place(where.source)}")
    if len(found) > limit:
        note(f"and {len(found) - limit:,} more; --all lists them, `secondme people NAME` finds one.")
    if not found:
        note("Nobody yet: mail, chats, calendars and contacts bring people.")


def _show_alike(pairs: Sequence[Suggestion], limit: int) -> None:
    for pair in pairs[:limit]:
        _line(f"#{pair.one.number} {pair.one.name} — #{pair.other.number} {pair.other.name}: {pair.why}")
    if len(pairs) > limit:
        note(f"and {len(pairs) - limit:,} more pairs; --all lists them.")
    first = f"'#{pairs[0].one.number}' '#{pairs[0].other.number}'" if pairs else ""
    note(f"`secondme people merge {first}` makes them one." if pairs else "Nobody looks like somebody else.")


@spoken
def merge(
    context: typer.Context,
    one: Annotated[str, typer.Argument(help="A name, an address, or a number such as '#12'.", show_default=False)],
    other: Annotated[str, typer.Argument(help="The other one.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Say that two people are one."""
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        person = me.merge_people(one, other, on_wait=on_wait)
        _tell([person], owners_zone(me), as_json)
    return 0


@spoken
def split(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    off: Annotated[str, typer.Argument(help="The name or address that is somebody else's.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Say that a name or an address belongs to somebody else."""
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        both = me.split_person(who, off, on_wait=on_wait)
        _tell(both, owners_zone(me), as_json)
    return 0


def _tell(found: Sequence[Person], zone: tzinfo | None, as_json: bool) -> None:
    if as_json:
        print_json({"people": [_json(person, zone) for person in found]})
        return
    for person in found:
        _line(described(person, zone))


def _line(text: str) -> None:
    from secondme.surfaces.cli.reporting import visible

    output().print(visible(text), highlight=False, markup=False, soft_wrap=True)


def described(person: Person, zone: tzinfo | None) -> str:
    """One line: number, names, addresses, how much there is of them and until when."""
    from secondme.surfaces.cli.reporting import counted, shortened

    others = _some([shortened(name, 80) for name in person.names if name != person.name])
    also = f" (also {others})" if others else ""
    addresses = _some([shortened(_bare(address), 80) for address in person.addresses])
    until = f", last {person.last.astimezone(zone):%Y-%m-%d}" if person.last else ""
    parts = (f"{shortened(person.name, 80)}{also}", addresses, f"{counted(person.items, 'item')}{until}")
    return f"#{person.number} {' · '.join(filter(None, parts))}"


def _some(words: Sequence[str]) -> str:
    more = f" and {len(words) - SHOWN_NAMES} more" if len(words) > SHOWN_NAMES else ""
    return ", ".join(words[:SHOWN_NAMES]) + more


def _bare(address: str) -> str:
    """As a person writes it: what is no mail address and no number keeps the name of its service."""
    return address.partition(":")[2] if address.startswith(("mailto:", "tel:")) else address


def _json(person: Person, zone: tzinfo | None, called: Sequence[Called] | None = None) -> dict[str, Any]:
    told = {
        "number": person.number,
        "name": person.name,
        "names": list(person.names),
        "addresses": list(person.addresses),
        "items": person.items,
        "first": _iso(person.first, zone),
        "last": _iso(person.last, zone),
    }
    if called is None:
        return told
    where = [
        {"name": c.name, "addresses": list(c.addresses), "source": c.source, "kind": c.kind, "items": c.items}
        for c in called
    ]
    return {**told, "called": where}


def _iso(moment: datetime | None, zone: tzinfo | None) -> str | None:
    return moment.astimezone(zone).isoformat() if moment else None
