"""people: who is in memory, and who is who."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import note, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.memory.people import Person

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        help="Who is in memory: list, merge and split people.",
        epilog="\b\nExamples:\n"
        "  secondme people\n"
        "  secondme people list --alike\n"
        '  secondme people merge "Anna Berg" Anna\n'
        '  secondme recall "the boiler" --person Anna',
        invoke_without_command=True,
    )
    group.callback()(people)
    group.command(
        "list",
        epilog="\b\nExamples:\n  secondme people list\n  secondme people list anna --json\n"
        "  secondme people list --alike",
    )(list_people)
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


def people(context: typer.Context) -> None:
    """Who is in memory: list, merge and split people.

    Handles with one address, on one contact card, or with the same full name are one person by themselves.
    """
    if context.invoked_subcommand is None:
        list_people(context)


@spoken
def list_people(
    context: typer.Context,
    who: Annotated[str | None, typer.Argument(help="Only those whose name or address has this in it.")] = None,
    similar: Annotated[bool, typer.Option("--alike", help="Show pairs that may be one person.")] = False,
    as_json: Json = False,
) -> int:
    """List everybody, those with most memories first."""
    from secondme.memory.people import alike

    with open_me(context) as me:
        everybody = me.people()
    if who:
        everybody = [p for p in everybody if any(who.lower() in text.lower() for text in (*p.names, *p.addresses))]
    pairs = alike(everybody) if similar else []
    if as_json:
        suggestions = [{"one": s.one.number, "other": s.other.number, "why": s.why} for s in pairs]
        print_json({"people": [_json(p) for p in everybody], **({"alike": suggestions} if similar else {})})
    elif similar:
        for pair in pairs:
            _line(f"#{pair.one.number} {pair.one.name} — #{pair.other.number} {pair.other.name}: {pair.why}")
        note("`secondme people merge '#1' '#2'` makes them one." if pairs else "Nobody looks like somebody else.")
    else:
        for person in everybody:
            _line(_described(person))
        if not everybody:
            note("Nobody yet: mail, chats, calendars and contacts bring people.")
    return 0


@spoken
def merge(
    context: typer.Context,
    one: Annotated[str, typer.Argument(help="A name, an address, or a number such as '#12'.", show_default=False)],
    other: Annotated[str, typer.Argument(help="The other one.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Say that two people are one."""
    with open_me(context) as me:
        person = me.merge_people(one, other)
    _tell([person], as_json)
    return 0


@spoken
def split(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="The person.", show_default=False)],
    off: Annotated[str, typer.Argument(help="The name or address that is somebody else's.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Say that a name or an address belongs to somebody else."""
    with open_me(context) as me:
        both = me.split_person(who, off)
    _tell(list(both), as_json)
    return 0


def _tell(found: list[Person], as_json: bool) -> None:
    if as_json:
        print_json({"people": [_json(person) for person in found]})
    else:
        for person in found:
            _line(_described(person))


def _line(text: str) -> None:
    shown = "".join(c if c.isprintable() else "�" for c in text)
    output().print(shown, highlight=False, markup=False, soft_wrap=True)


def _described(person: Person) -> str:
    others = [name for name in person.names if name != person.name]
    addresses = [address.partition(":")[2] if address.startswith(("mailto:", "tel:")) else address
                 for address in person.addresses]  # fmt: skip
    also = f" (also {', '.join(others)})" if others else ""
    reached = f" · {', '.join(addresses)}" if addresses else ""
    until = f", last {person.last:%Y-%m-%d}" if person.last else ""
    return f"#{person.number} {person.name}{also}{reached} · {person.items} item{'s' * (person.items != 1)}{until}"


def _json(person: Person) -> dict[str, Any]:
    return {
        "number": person.number,
        "name": person.name,
        "names": list(person.names),
        "addresses": list(person.addresses),
        "items": person.items,
        "first": person.first.isoformat() if person.first else None,
        "last": person.last.isoformat() if person.last else None,
    }
