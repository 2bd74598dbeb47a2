"""people show: what is known of somebody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.profiling import line_json, nothing, rests, show_line
from secondme.surfaces.cli.terminal import note, open_me, print_json, spoken

if TYPE_CHECKING:
    from datetime import tzinfo

    from secondme.memory.profile.person import PersonCard
    from secondme.store.touch import Touch

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


@spoken
def show_person(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="A name, an address, or a number such as '#12'.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Show what is known of somebody: who they are to you, how they are reached, and when they were last in touch."""
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        card, zone = me.person(who), owners_zone(me)
        if as_json:
            print_json(_person_json(card))
            return 0
        _show_person(card, zone)
        if not card.facts and me.unreflected:
            note(nothing(me.unreflected))
    return 0


def _show_person(card: PersonCard, zone: tzinfo | None) -> None:
    from secondme.surfaces.cli.people import described
    from secondme.surfaces.cli.reporting import counted, place

    show_line(described(card.person, zone) + (f" · your {card.relation}" if card.relation else ""), "bold")
    for word, touch in (("last", card.last), ("next", card.coming)):
        if touch:
            title = f" “{touch.title}”" if touch.title else ""
            show_line(f"  {word}: {touch.time[:10]}, {touch.kind}{title} in {place(touch.source)}")
    if card.episodes:
        show_line(f"  in {counted(card.episodes, 'episode')}; `secondme timeline --who` shows them")
    for line in card.lines:
        show_line(f"  {line.text}{rests(line)}")
    for other in card.perhaps[:3]:
        merge = f"secondme people merge '#{card.person.number}' '#{other.number}'"
        note(f"{other.name} (#{other.number}) may be the same: {merge}")


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def _person_json(card: PersonCard) -> dict[str, Any]:
    person = card.person
    return {
        "number": person.number,
        "name": person.name,
        "names": list(person.names),
        "addresses": list(person.addresses),
        "relation": card.relation,
        "items": person.items,
        "episodes": card.episodes,
        "last": _touch_json(card.last),
        "next": _touch_json(card.coming),
        "lines": [line_json(line) for line in card.lines],
        "perhaps": [other.number for other in card.perhaps],
    }


def _touch_json(touch: Touch | None) -> dict[str, Any] | None:
    return {"kind": touch.kind, "title": touch.title, "time": touch.time, "source": touch.source} if touch else None
