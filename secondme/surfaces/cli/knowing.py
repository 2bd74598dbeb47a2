"""reflect, facts, history, review: what is known, where it is from, and what the owner says of it."""

from __future__ import annotations

import contextlib
from datetime import date
from typing import TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.terminal import errors, note, on_wait, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from secondme.knowledge import Change, Dispute, Fact, Quote
    from secondme.memory.facts.reflect import Learnt
    from secondme.memory.retelling import Retold

NOTHING = 3
SHOWN = 60  # facts on a terminal; a pipe gets all
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]
_KEYS = {"1": "one", "2": "other", "c": "changed", "b": "both", "w": "neither"}
_DID = {
    "ADD": "learnt",
    "MERGE": "said again",
    "UPDATE": "ended by",
    "END": "ended",
    "RETRACT": "taken back: it was wrong",
    "RESTORE": "so again",
    "NOOP": "seen again",
}


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme reflect                     what ingest brought is read for facts\n"
        "  secondme reflect --budget 60         for a minute; the rest the next time\n"
        "  secondme reflect --model --budget 600\n"
        "  secondme reflect --json | jq .operations\n\n"
        "Newest and most recalled first. Interrupted, it goes on from there."
    )(reflect)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme facts\n"
        "  secondme facts me                    about yourself\n"
        "  secondme facts dana --all            with what was so once\n"
        "  secondme facts dana --as-of 2024-06  what was so then, by what was known then\n"
        "  secondme facts me --json | jq -r '.facts[].statement'"
    )(facts)
    app.command(
        epilog="\b\nExamples:\n  secondme history f12\n  secondme history 12 --json\n\n"
        "The number is what `secondme facts` shows."
    )(history)
    app.command(
        epilog="\b\nExamples:\n"
        "  secondme review                      one key for each pair\n"
        "  secondme review --list\n"
        "  secondme review --json | jq '.disputes | length'"
    )(review)


# -- reflect ----------------------------------------------------------------------------------------------------------


@spoken
def reflect(
    context: typer.Context,
    budget: Annotated[float | None, typer.Option(min=0, help="Stop after so many seconds.", metavar="SECONDS")] = None,
    model: Annotated[
        bool,
        typer.Option("--model", help="Let the language model read what it has not read: seconds for each passage."),
    ] = False,
    as_json: Json = False,
    wait: Annotated[
        float, typer.Option(help="Seconds to wait for another process that writes.", metavar="SECONDS")
    ] = 60.0,
) -> int:
    """Learn facts from what was taken in, each with the words that say it: by rules, or with --model by the model.

    Whatever a model says goes through the same gate: a fact whose quote, names, numbers and dates are not in your own
    words is turned down, and counted.
    """
    from secondme.memory.retelling import Retold

    with open_me(context) as me, _counted_off() as tell, _kept():
        if model and not me.may_write:
            note("This model is small: what it says is checked all the same, and little of it is worth keeping.")
        done = me.reflect(budget=budget, model=model, progress=tell, wait=wait, on_wait=on_wait)
        rest = None if budget is None else budget - done.seconds
        told = me.retell(budget=rest, wait=wait, on_wait=on_wait) if not model and (rest or 1) > 0 else Retold()
    if as_json:
        print_json(_reflected(done, told))
    else:
        _tell_reflected(done, told)
    return 0


def _reflected(done: Learnt, told: Retold) -> dict[str, Any]:
    return {
        "passages": done.passages,
        "left": done.left,
        "claims": done.claims,
        "operations": dict(done.operations),
        "refused": dict(done.refused),
        "disputes": done.disputes,
        "episodes": told.episodes,
        "summaries": told.summaries,
        "seconds": round(done.seconds + told.seconds, 3),
    }


def _tell_reflected(done: Learnt, told: Retold) -> None:
    if not done.passages and not done.left and not told.episodes:
        note("Nothing new to learn from.")
        return
    new, again = done.operations["ADD"] + done.operations["UPDATE"], done.operations["MERGE"]
    _line(f"Read {done.passages:,} passages in {done.seconds:.1f} s: {new:,} facts are new, {again:,} were said again.")
    changed = done.operations["UPDATE"] + done.operations["END"]
    if changed:
        _line(f"{changed:,} say that something has changed.")
    if refused := sum(done.refused.values()):
        _line(f"{refused:,} were turned down, as their words do not say it.")
    if told.episodes:
        _line(f"{told.episodes:,} episodes are new: `secondme timeline` shows them.")
    if done.disputes:
        note(f"{done.disputes:,} contradict what was known, and only you can tell: `secondme review`.")
    if done.left:
        note(f"{done.left:,} passages are left: `secondme reflect` goes on.")


@contextlib.contextmanager
def _kept() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        note("Stopped. What was learnt is kept; `secondme reflect` goes on from there.")
        raise


@contextlib.contextmanager
def _counted_off() -> Iterator[Callable[[int, int], None]]:
    """A line that counts, on a terminal only."""
    if not errors().is_terminal:
        yield lambda done, total: None
        return
    with errors().status("reading …") as status:
        yield lambda done, total: status.update(f"reading {done:,} of {total:,} passages …")


# -- facts ------------------------------------------------------------------------------------------------------------


@spoken
def facts(
    context: typer.Context,
    who: Annotated[str, typer.Argument(help="Somebody's name, or me.", show_default=False)] = "",
    everything: Annotated[bool, typer.Option("--all", help="Also what is not so any more, or was wrong.")] = False,
    known: Annotated[
        str | None, typer.Option("--as-of", help="What was so then, as known then.", metavar="DATE")
    ] = None,
    as_json: Json = False,
) -> int:
    """List what is known, each with the number that other commands take, its source, and since when it is so."""
    from secondme.surfaces.cli.choosing import as_of

    with open_me(context) as me:
        found = me.facts(who, everything=everything, as_of=as_of(me, known))
        shown = found if as_json or everything or not output().is_terminal else found[:SHOWN]
        places = me.places(found if as_json else shown)
        unread = not found and bool(me.unreflected)
    if as_json:
        print_json({"facts": [fact_json(fact, places) for fact in found]})
    else:
        for subject in dict.fromkeys(fact.subject for fact in shown):
            _show([fact for fact in shown if fact.subject == subject], subject, places)
        if len(shown) < len(found):
            note(f"and {len(found) - len(shown):,} more; --all lists them, a name narrows it down.")
    if not found:
        note("Nothing was read for facts yet: `secondme reflect` does it." if unread else "Nothing is known of that.")
    return 0 if found else NOTHING


def _show(found: Sequence[Fact], subject: str, places: dict[Quote, str]) -> None:
    _line("You" if subject == "owner" else subject, "bold")
    for fact in found:
        _line(f"  {fact.name}  {fact.statement}{since(fact)}", "" if fact.current else "dim")
        place = next((places[quote] for quote in fact.quotes if quote in places), "")
        more = f" and {len(fact.quotes) - 1} more" if len(fact.quotes) > 1 else ""
        _line(f"        {place}{more}", "cyan")


def since(fact: Fact) -> str:
    """Which days it holds, and what else is to be said of it."""
    begun, ended = _day(fact.valid_from), _day(fact.valid_to)
    days = (
        f"{begun} to {ended}" if begun and ended else f"until {ended}" if ended else f"since {begun}" if begun else ""
    )
    stance = {"plan": "planned", "guess": "a guess", "hearsay": f"says {fact.said_by or 'somebody'}"}.get(
        fact.stance, ""
    )
    gone = "taken back" if fact.retired_at is not None else ""
    told = "; ".join(filter(None, (days, stance, gone)))
    return f"  ({told})" if told else ""


def _day(ordinal: int | None) -> str:
    return date.fromordinal(ordinal).isoformat() if ordinal is not None else ""


def fact_json(fact: Fact, places: dict[Quote, str]) -> dict[str, Any]:
    """A fact as the README documents it."""
    return {
        "id": fact.name,
        "subject": fact.subject,
        "kind": fact.kind,
        "statement": fact.statement,
        "slot": fact.slot,
        "value": fact.value,
        "stance": fact.stance,
        "said_by": fact.said_by,
        "trust": fact.trust,
        "confidence": round(fact.confidence, 3),
        "by": fact.by,
        "event": [_day(day) for day in fact.event] if fact.event else None,
        "valid_from": _day(fact.valid_from) or None,
        "valid_to": _day(fact.valid_to) or None,
        "learned_at": fact.learned_at,
        "retired_at": fact.retired_at,
        "quotes": [
            {"passage": q.passage, "place": places.get(q, ""), "start": q.start, "end": q.end, "text": q.text}
            for q in fact.quotes
        ],
    }


# -- history ----------------------------------------------------------------------------------------------------------


@spoken
def history(
    context: typer.Context,
    fact: Annotated[str, typer.Argument(metavar="FACT", help="Its number, such as f12.", show_default=False)],
    as_json: Json = False,
) -> int:
    """Show how a fact came to be: all that was said in its place, by which words, and what ended what."""
    with open_me(context) as me:
        line, changes = me.history(fact)
        places = me.places(line)
    if as_json:
        print_json({"facts": [fact_json(one, places) for one in line], "changes": [_change_json(c) for c in changes]})
        return 0
    for one in line:
        _line(f"{one.name}  {one.statement}{since(one)}", "bold")
        for quote in one.quotes:
            _line(f"    “{' '.join(quote.text.split())}”")
            _line(f"    {places.get(quote, '')}", "cyan")
        for change in changes:
            if change.fact == one.number:
                _line(f"    {told(change)}", "dim")
    return 0


def told(change: Change) -> str:
    other = f" f{change.other}" if change.other else ""
    return f"{_moment(change.at)}  {_DID[change.operation]}{other}{f': {change.note}' if change.note else ''}"


def _moment(at: int) -> str:
    from datetime import datetime

    return datetime.fromtimestamp(at).astimezone().strftime("%Y-%m-%d %H:%M")


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "fact": f"f{change.fact}",
        "at": change.at,
        "operation": change.operation,
        "other": f"f{change.other}" if change.other else None,
        "note": change.note,
    }


# -- review -----------------------------------------------------------------------------------------------------------


@spoken
def review(
    context: typer.Context,
    listed: Annotated[bool, typer.Option("--list", help="Show them, and ask nothing.")] = False,
    as_json: Json = False,
) -> int:
    """Settle what contradicts itself: two quotes with their dates, and one key.

    \b
    1, 2  this one is right, the other never was
    c     it changed: the later one ended the earlier
    b     both are so
    w     both are wrong
    s     later
    """
    with open_me(context) as me:
        open_ones = me.disputes()
        places = me.places([fact for one in open_ones for fact in (one.one, one.other)])
        if as_json:
            print_json({"disputes": [_dispute_json(one, places) for one in open_ones]})
            return 0
        if not open_ones:
            note("Nothing to settle.")
        for n, dispute in enumerate(open_ones, start=1):
            _line(f"{n} of {len(open_ones)}", "bold")
            _both(dispute, places)
            if not listed and (verdict := _asked()):
                me.settle(dispute, verdict, on_wait=on_wait)
    return 0


def _both(dispute: Dispute, places: dict[Quote, str]) -> None:
    for key, fact in (("1", dispute.one), ("2", dispute.other)):
        _line(f"  {key}  {fact.statement}{since(fact)}")
        for quote in fact.quotes[:1]:
            _line(f"     “{' '.join(quote.text.split())}”")
            _line(f"     {places.get(quote, '')}", "cyan")


def _asked() -> str:
    """The owner's verdict; "" for none. Anything that is no answer is asked again; the end of input stops."""
    while True:
        note("1 or 2 is right, [c]hanged, [b]oth, both [w]rong, [s]kip, [q]uit:")
        try:
            key = typer.getchar() if errors().is_terminal else input().strip()[:1] or "s"
        except EOFError:
            key = "q"
        if key in _KEYS:
            return _KEYS[key]
        if key in ("s", "\r", "\n"):
            return ""
        if key == "\x03":
            raise KeyboardInterrupt
        if key in ("q", "\x04"):
            raise typer.Exit


def _dispute_json(dispute: Dispute, places: dict[Quote, str]) -> dict[str, Any]:
    return {
        "one": fact_json(dispute.one, places),
        "other": fact_json(dispute.other, places),
        "since": dispute.since,
    }


def _line(text: str, style: str = "") -> None:
    output().print(text, style=style or None, highlight=False, markup=False, soft_wrap=True)
