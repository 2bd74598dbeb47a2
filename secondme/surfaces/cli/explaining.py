"""why: what an answer, a fact or a passage rests on, and what an old question gets today."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import open_me, print_json, spoken

if TYPE_CHECKING:
    from secondme.recall.replaying import Difference
    from secondme.store.answers import Given

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
TODAY, THEN = "today", "then"


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme why LAST                    the answer that you just got\n"
        "  secondme why f12                     a fact, as `secondme facts` numbers it\n"
        "  secondme why 3f9a01c2                a passage, by the beginning of its id\n"
        "  secondme why a1b2c3d4 --replay       what the same question gets today\n"
        "  secondme why LAST --replay --as-of then --json\n\n"
        "The last 1,000 answers can be looked at; what you forget takes its answers with it. `secondme config\n"
        "answers_log off` keeps none, and the next answer drops those that are there."
    )(why)


@spoken
def why(
    context: typer.Context,
    what: Annotated[str, typer.Argument(help="An answer's, a fact's or a passage's id; or LAST.", show_default=False)],
    replay: Annotated[bool, typer.Option("--replay", help="Ask an answer's question again and compare.")] = False,
    day: Annotated[
        str | None,
        typer.Option("--as-of", help="With --replay: of today's memory, or of its day's.", metavar="then|today"),
    ] = None,
    as_json: Json = False,
) -> int:
    """Show what an answer, a fact or a passage rests on: down to the file, the line and the words."""
    from secondme.errors import UsageError
    from secondme.surfaces.cli.chains import chain_json, show_chain
    from secondme.surfaces.cli.choosing import owners_zone

    if day is not None and (not replay or day not in (TODAY, THEN)):
        raise UsageError(
            "--as-of is `then` or `today`, and goes with --replay.", "secondme why LAST --replay --as-of then"
        )
    with open_me(context) as me:
        if replay:
            before, after = me.replay(what, then=day == THEN)
        else:
            chain, zone = me.why(what), owners_zone(me)
    if replay:
        _tell_replay(before, after, as_json)
    elif as_json:
        print_json(chain_json(chain))
    else:
        show_chain(chain, zone)
    return 0


# -- replay -----------------------------------------------------------------------------------------------------------


def _tell_replay(before: Given, after: Given, as_json: bool) -> None:
    from secondme.recall.replaying import difference

    found = difference(before, after)
    if as_json:
        print_json(_replay_json(before, after, found))
    else:
        _show_replay(before, after, found)


def _show_replay(before: Given, after: Given, found: Difference) -> None:
    from secondme.surfaces.cli.chains import conditions, line

    line(f"{before.id}  {before.asked.question}", "bold")
    line(f"  before: {', '.join(conditions(before.asked))}; there by {before.answer.confidence:.2f}", "dim")
    line(f"  now: {', '.join(conditions(after.asked))}; there by {after.answer.confidence:.2f}", "dim")
    said = "The same is said." if found.same else "What is said has changed."
    line(f"\n{said}")
    for sign, lines in (("-", found.gone), ("+", found.new)):
        for one in lines:
            line(f"  {sign} {one}", "red" if sign == "-" else "green")
    for sign, hits in (("-", found.passages_gone), ("+", found.passages_new)):
        for hit in hits:
            line(f"  {sign} {hit.passage[:8]}  {hit.place}  (considered)", "dim")


def _replay_json(before: Given, after: Given, found: Difference) -> dict[str, Any]:
    from secondme.surfaces.cli.chains import considered_json, given_json

    return {
        "before": given_json(before),
        "after": {**given_json(after), "id": None},
        "same": found.same,
        "gone": list(found.gone),
        "new": list(found.new),
        "considered_gone": considered_json(found.passages_gone),
        "considered_new": considered_json(found.passages_new),
    }
