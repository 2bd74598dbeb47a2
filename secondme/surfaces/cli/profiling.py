"""profile: who the owner is, as far as memory knows, and the owner's own word on it."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer
import typer.core

from secondme.surfaces.cli.terminal import note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from collections.abc import Sequence

    from secondme.me import Me
    from secondme.memory.profile.card import Card, Line
    from secondme.memory.profile.themes import Theme
    from secondme.store.profile import Edit

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
LONGEST_LINE = 400  # characters


class _Profile(typer.core.TyperGroup):
    """`profile` alone is `profile show`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or args[0] not in (*self.commands, *ctx.help_option_names):
            args = ["show", *args]
        return super().parse_args(ctx, args)


def register(app: typer.Typer) -> None:
    group = typer.Typer(
        cls=_Profile,
        help="Who you are, as far as memory knows: a card of at most 400 tokens, and themes.\n\n"
        "Each line names the facts that it rests on. Without a command it is show.",
        epilog="\b\nExamples:\n  secondme profile\n  secondme profile themes\n"
        '  secondme profile edit 3 "You live in Ghent, above the bakery"',
    )
    group.command(
        "show", epilog="\b\nExamples:\n  secondme profile show\n  secondme profile show --json | jq -r '.lines[].text'"
    )(show_profile)
    group.command(
        "edit",
        epilog="\b\nExamples:\n"
        "  secondme profile edit                       all of it, in your editor\n"
        '  secondme profile edit 3 "You live in Ghent"\n'
        "  secondme profile edit 3 --out               leave it out\n"
        "  secondme profile edit 3 --undo              as the facts have it, again\n"
        '  secondme profile edit --add "You are left-handed"\n\n'
        'Your lines stay until you take them back. A fact that is wrong: secondme correct f12 "…"',
    )(edit)
    group.command("themes", epilog="\b\nExamples:\n  secondme profile themes\n  secondme profile themes --json")(
        show_themes
    )
    app.add_typer(group, name="profile")


# -- profile ----------------------------------------------------------------------------------------------------------


@spoken
def show_profile(context: typer.Context, as_json: Json = False) -> int:
    """Show the card: what is known of you now, each line with its facts."""
    with open_me(context) as me:
        card, edited = me.profile(), me.edited_lines()
        out = [edit for edit in edited.values() if not edit.text]
        if as_json:
            print_json(_card_json(card, out))
            return 0
        _show_card(card)
        if out:
            note(f"{_lines(len(out))} left out by you; `secondme profile edit --restore` brings them back.")
        if not card.lines:
            note(nothing(me.unreflected))
    return 0


def nothing(unread: int) -> str:
    if unread:
        return f"{unread:,} passages were not read for facts yet: `secondme reflect` does it."
    return 'Nothing is known of you yet: `secondme ingest PATH`, then `secondme reflect`, or `secondme remember "…"`.'


def _lines(number: int) -> str:
    return "1 line is" if number == 1 else f"{number} lines are"


def _show_card(card: Card) -> None:
    heading = ""
    for n, line in enumerate(card.lines, start=1):
        if line.heading != heading:
            heading = line.heading
            show_line(heading, "bold")
        show_line(f"  {n}. {line.text}{rests(line)}")
        if line.newer:
            show_line(f"     newer: {line.newer}", "dim")
    if card.left_out:
        note(f"{card.left_out:,} more found no room in {card.tokens} tokens; `secondme facts me` lists everything.")


def rests(line: Line) -> str:
    names = ", ".join(f"f{number}" for number in line.facts[:4]) + " …" * (len(line.facts) > 4)
    yours = "yours" if line.edited is not None else ""
    told = "; ".join(filter(None, (yours, names)))
    return f"  ({told})" if told else ""


@spoken
def edit(
    context: typer.Context,
    number: Annotated[
        int | None, typer.Argument(help="The line's number in `secondme profile`.", show_default=False)
    ] = None,
    text: Annotated[str | None, typer.Argument(help="What it is to say.", show_default=False)] = None,
    out: Annotated[bool, typer.Option("--out", help="Leave the line out.")] = False,
    undo: Annotated[bool, typer.Option("--undo", help="Let facts make the line again.")] = False,
    add: Annotated[
        str | None, typer.Option(help="A line that no fact makes.", metavar="TEXT", show_default=False)
    ] = None,
    restore: Annotated[bool, typer.Option("--restore", help="Bring back the lines that you left out.")] = False,
    as_json: Json = False,
) -> int:
    """Change a line of the card; yours stays, whatever is learnt later. Without a number, in your editor."""
    from secondme.errors import UsageError

    if sum((text is not None, out, undo, add is not None, restore)) > 1 or (number is None and (text or out or undo)):
        raise UsageError("That names no single change.", 'For example: secondme profile edit 3 "You live in Ghent"')
    with open_me(context) as me:
        before = me.profile()
        if add is not None:
            me.edit_profile(_added(add), _worded(add), on_wait=on_wait)
        elif restore:
            for one in me.edited_lines().values():
                if not one.text:
                    me.edit_profile(one.key, None, on_wait=on_wait)
        elif number is None:
            _in_editor(me, before)
        else:
            line = _numbered(before, number)
            if not (text or out or undo):
                raise UsageError(
                    f"What is line {number} to say?", f'secondme profile edit {number} "…", --out or --undo'
                )
            me.edit_profile(line.key, None if undo else "" if out else _worded(text or ""), on_wait=on_wait)
        card = me.profile()
        left_out = [one for one in me.edited_lines().values() if not one.text]
    if as_json:
        print_json(_card_json(card, left_out))
    else:
        _show_card(card)
    return 0


def _worded(text: str) -> str:
    from secondme.errors import UsageError

    if not text.strip():
        raise UsageError("The line is empty.", "--out leaves a line out.")
    if len(text) > LONGEST_LINE:
        raise UsageError(
            f"The line has more than {LONGEST_LINE} characters.", '`secondme remember "…"` takes long ones.'
        )
    return text


def _added(text: str) -> str:
    import hashlib

    return f"added:{hashlib.blake2b(' '.join(text.split()).encode('utf-8', 'replace'), digest_size=6).hexdigest()}"


def _numbered(card: Card, number: int) -> Line:
    from secondme.errors import UsageError

    if not 1 <= number <= len(card.lines):
        raise UsageError(f"The profile has no line {number}.", "`secondme profile` numbers them.")
    return card.lines[number - 1]


def _in_editor(me: Me, card: Card) -> None:
    """Each changed line is the owner's from now on; one that is deleted is left out, one without a number is added."""
    from secondme.errors import UsageError

    if not sys.stdin.isatty():
        raise UsageError("Which line is to change?", 'For example: secondme profile edit 3 "You live in Ghent"')
    shown = [f"{n}. {line.text}" for n, line in enumerate(card.lines, start=1)]
    hint = "# Change lines, delete those to leave out, add some without a number. Lines with # in front are not read."
    written = _edited("\n".join([hint, *shown, ""]))
    if written is None:
        note("Nothing is changed.")
        return
    for key, text in edited_lines(card, written):
        me.edit_profile(key, text, on_wait=on_wait)


def _edited(text: str) -> str | None:
    """What the owner's editor makes of a text; None if it leaves it as it is. Raises UsageError."""
    import os
    import shlex
    import subprocess
    import tempfile

    from secondme.errors import UsageError

    editor = os.environ.get("VISUAL") or os.environ.get("EDITOR") or ("notepad" if os.name == "nt" else "vi")
    with tempfile.TemporaryDirectory(prefix="secondme-") as folder:  # for its owner alone, and gone afterwards
        path = os.path.join(folder, "profile.txt")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        try:
            done = subprocess.run([*shlex.split(editor), path], check=False)
        except (OSError, ValueError) as error:
            raise UsageError(f"The editor {editor!r} does not start.", "EDITOR names another one.") from error
        with open(path, encoding="utf-8", errors="replace") as back:
            written = back.read()
    return None if done.returncode or written == text else written


def edited_lines(card: Card, written: str) -> list[tuple[str, str]]:
    """What came back from the editor, as (key, text) of each line that is different; "" leaves a line out."""
    import re

    said, added = dict[int, str](), list[str]()
    for row in written.splitlines():
        if not row.strip() or row.lstrip().startswith("#"):
            continue
        found = re.match(r"\s*(\d+)[.)]\s+(.*\S)", row)
        if found and 1 <= int(found[1]) <= len(card.lines):
            said[int(found[1])] = found[2]
        else:
            added.append(row.strip())
    changed = [
        (line.key, said.get(n, ""))
        for n, line in enumerate(card.lines, start=1)
        if " ".join(said.get(n, "").split()) != " ".join(line.text.split())
    ]
    return [*changed, *((_added(text), _worded(text)) for text in added)]


@spoken
def show_themes(context: typer.Context, as_json: Json = False) -> int:
    """Show what your days are about: words that come up together, their share, and whether it grows."""
    with open_me(context) as me:
        found, unread = me.themes(), me.unreflected
    if as_json:
        print_json({"themes": [_theme_json(theme) for theme in found]})
        return 0
    for theme in found:
        first, *others = theme.words
        also = f" ({', '.join(others)})" if others else ""
        counted = f"{theme.recent} in the last 90 days, {theme.before} before"
        show_line(f"{theme.weight:4.0%}  {first}{also}: {theme.trend}; {counted}")
        show_line(f"      {', '.join(theme.notes[:8])}{' …' * (len(theme.notes) > 8)}", "dim")
    if not found:
        note(nothing(unread))
    return 0


def show_line(text: str, style: str = "") -> None:
    """A line of the answer, whatever memory put into it."""
    from secondme.surfaces.cli.reporting import visible

    output().print(visible(text), style=style or None, highlight=False, markup=False, soft_wrap=True)


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def _card_json(card: Card, out: Sequence[Edit]) -> dict[str, Any]:
    return {
        "tokens": card.tokens,
        "left_out": card.left_out,
        "lines": [{"number": n, **line_json(line)} for n, line in enumerate(card.lines, start=1)],
        "out": [one.key for one in out],
    }


def line_json(line: Line) -> dict[str, Any]:
    return {
        "key": line.key,
        "heading": line.heading,
        "text": line.text,
        "facts": [f"f{number}" for number in line.facts],
        "weight": round(line.weight, 4),
        "edited": line.edited,
        "newer": line.newer,
    }


def _theme_json(theme: Theme) -> dict[str, Any]:
    return {
        "words": list(theme.words),
        "weight": round(theme.weight, 4),
        "trend": theme.trend,
        "recent": theme.recent,
        "before": theme.before,
        "notes": list(theme.notes),
    }
