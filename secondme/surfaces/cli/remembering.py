"""remember, correct, lessons: what the owner says to be so, and how to answer."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from datetime import datetime

    from secondme.knowledge import Fact
    from secondme.memory.remembering import Remembered
    from secondme.store.lessons import Lesson

NOTHING = 3
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_KINDS = {"instruction": "rule", "howto": "how-to", "correction": "correction"}


class _Lessons(typer.core.TyperGroup):
    """`lessons` alone is `lessons list`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["list", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        '  secondme remember "my blood type is A positive"\n'
        '  secondme remember "answer in German"              a rule, for every answer\n'
        '  secondme remember "never mention the party to Dana"\n'
        '  secondme remember "to reset the router, hold the button for ten seconds"\n'
        "  pbpaste | secondme remember - --important         it does not fade\n\n"
        "It is a memory like all others: asked for, quoted, and forgotten with `secondme forget ID`."
    )(remember)
    app.command(
        epilog="\b\nExamples:\n"
        '  secondme correct LAST "no, the other Dana: she lives in Ghent"\n'
        '  secondme correct f12 "I moved to Berlin in May"    a fact, as `secondme facts` numbers them\n'
        '  secondme correct a3f9d201 "it was the second of May"\n\n'
        "When the same is asked again, the correction comes first."
    )(correct)
    group = typer.Typer(
        cls=_Lessons,
        help="What you have taught: corrections, rules for every answer, how-tos.\n\nWithout a command it is list.",
        epilog="\b\nExamples:\n  secondme lessons\n  secondme lessons rm 3",
    )
    group.command(
        "list",
        epilog="\b\nExamples:\n  secondme lessons list\n  secondme lessons list --all\n"
        "  secondme lessons list --json | jq '.lessons[].text'",
    )(list_lessons)
    group.command(
        "rm",
        epilog="\b\nExamples:\n  secondme lessons rm 3\n\n"
        "What you said stays remembered; `secondme forget ID` deletes that, too.",
    )(remove)
    app.add_typer(group, name="lessons")


@spoken
def remember(
    context: typer.Context,
    statement: Annotated[
        str, typer.Argument(help="What is so, or how to answer; '-' reads stdin.", show_default=False)
    ],
    important: Annotated[bool, typer.Option("--important", help="It matters: it does not fade.")] = False,
    as_json: Json = False,
) -> int:
    """Remember a statement; "answer in …", "never mention …", "call me …" hold for every answer from now on."""
    with open_me(context) as me:
        kept = me.remember(_text(statement), important=important, on_wait=on_wait)
    if as_json:
        print_json(_remembered_json(kept))
    else:
        _tell(kept)
    return 0


@spoken
def correct(
    context: typer.Context,
    what: Annotated[
        str, typer.Argument(help="LAST, an answer's id, or a fact such as f12.", metavar="LAST|ID", show_default=False)
    ],
    statement: Annotated[str, typer.Argument(help="What is right; '-' reads stdin.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Say what is right, after a wrong answer or of a wrong fact."""
    with open_me(context) as me:
        kept, given, fact = me.correct(what, _text(statement), on_wait=on_wait)
    if as_json:
        asked = {"question": given.asked.question, "answer": given.id} if given else {}
        print_json({**_remembered_json(kept), **asked, "retracted": fact.name if fact else None})
        return 0
    if fact:
        _line(f"Taken back: {fact.name} {fact.statement}")
    elif given:
        _line(f"Corrected: {given.asked.question}")
    _tell(kept)
    return 0


def _text(statement: str) -> str:
    if statement != "-":
        return statement
    if sys.stdin.isatty():
        errors().print("Reading from the terminal; end with Ctrl-D.", style="dim")
    return sys.stdin.buffer.read().decode("utf-8", "replace")


def _tell(kept: Remembered) -> None:
    lesson = kept.lesson
    if not kept.new:
        _line("That was remembered already.")
    elif lesson and lesson.kind == "instruction":
        held = f"when it is about {lesson.about}" if lesson.about else "for every answer"
        _line(f"Remembered, as a rule {held}.")
    elif lesson and lesson.kind == "howto":
        _line(f"Remembered, as how to {lesson.about}.")
    else:
        _line("Remembered.")
    for fact in kept.facts:
        _line(f"  {fact.name} {fact.statement}")
    note(f"{kept.source}; `secondme forget {kept.source}` deletes it.")


# -- lessons ----------------------------------------------------------------------------------------------------------


@spoken
def list_lessons(
    context: typer.Context,
    everything: Annotated[bool, typer.Option("--all", help="Also what holds no longer.")] = False,
    as_json: Json = False,
) -> int:
    """List what you have taught, the latest first, each with its number."""
    from secondme.surfaces.cli.choosing import owners_zone

    with open_me(context) as me:
        found, zone = me.lessons(retired=everything), owners_zone(me)
        days = {one.number: _day(one.learned_at, zone) for one in found}
    if as_json:
        print_json({"lessons": [_lesson_json(one) for one in found]})
        return 0
    for one in found:
        over = "  (no longer)" if one.retired_at else ""
        about = f"  [{one.about}]" if one.about else ""
        _line(f"{one.number}. {days[one.number]}  {_KINDS[one.kind]}: {one.text}{about}{over}")
        if resting := _resting(one):
            _line(f"   from {', '.join(id_[:12] for id_ in resting)}")
    if not found:
        note('Nothing is taught yet: secondme remember "answer in German", secondme correct LAST "…"')
    return 0


@spoken
def remove(
    context: typer.Context,
    number: Annotated[int, typer.Argument(help="Its number, from `secondme lessons`.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Let a lesson hold no longer."""
    with open_me(context) as me:
        lesson = me.drop_lesson(number, on_wait=on_wait)
    if as_json:
        print_json({"lessons": [_lesson_json(lesson)]})
        return 0
    _line(f"Holds no longer: {lesson.text}")
    note(f"What you said stays remembered; `secondme forget {lesson.id[:12]}` deletes it.")
    return 0


def _line(text: str) -> None:
    from secondme.surfaces.cli.reporting import visible

    output().print(visible(" ".join(text.split("\n"))), highlight=False, markup=False, soft_wrap=True)


def _day(moment: int, zone: Any) -> str:
    from datetime import UTC, datetime

    when: datetime = datetime.fromtimestamp(moment, UTC).astimezone(zone)
    return f"{when:%Y-%m-%d}"


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def _remembered_json(kept: Remembered) -> dict[str, Any]:
    return {
        "source": kept.source,
        "passages": [found.passage.id for found in kept.passages],
        "new": kept.new,
        "lesson": _lesson_json(kept.lesson) if kept.lesson else None,
        "facts": [_fact_json(fact) for fact in kept.facts],
    }


def _lesson_json(one: Lesson) -> dict[str, Any]:
    return {
        "number": one.number or None,
        "id": one.id,
        "kind": one.kind,
        "text": one.text,
        "about": one.about,
        "wrong": [{"passage": p, "start": start, "end": end} for p, start, end in one.wrong if not _resting(one)],
        "rests_on": _resting(one),
        "learned_at": one.learned_at,
        "retired_at": one.retired_at,
    }


def _resting(one: Lesson) -> list[str]:
    """The passages (ids) that a habit of asking was distilled from; none for what was said outright."""
    return list(dict.fromkeys(id_ for id_, _, _ in one.wrong)) if one.kind == "howto" else []


def _fact_json(fact: Fact) -> dict[str, Any]:
    return {"fact": fact.name, "subject": fact.subject, "statement": fact.statement}
