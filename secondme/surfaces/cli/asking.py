"""ask and recall: from a question to an answer, or to the passages."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from typing import IO, TYPE_CHECKING, Annotated, Any

import typer

from secondme.surfaces.cli.choosing import AsOf, Since, Source, Until, WithPerson, as_of, filters, owners_zone
from secondme.surfaces.cli.recalled import recollection_json, show_recollection
from secondme.surfaces.cli.terminal import errors, note, open_me, output, print_json, spoken

if TYPE_CHECKING:
    from secondme.records import Answer, Citation, Done, Event

NO_ANSWER = 3
USED = 3  # passages of a search that count as used

Json = Annotated[bool, typer.Option("--json", help="Print one JSON object.")]


def register(app: typer.Typer) -> None:
    app.command(
        epilog="\b\nExamples:\n"
        '  secondme ask "when does my flight to Lisbon leave?"\n'
        '  secondme ask "what did I promise him?" --person Jonas --since 2026-05 --no-llm\n'
        '  secondme ask "what do I owe Jonas?" --as-of 2026-05-17\n'
        '  cat minutes.txt | secondme ask "who takes the notes next time?" -\n'
        '  secondme ask "the dentist\'s address" --json | jq -r .answer\n\n'
        "\b\nDates are 2026, 2026-05 or 2026-05-17, or an age such as 7d, 3w, 6m, 1y."
    )(ask)
    app.command(
        epilog="\b\nExamples:\n"
        '  secondme recall "dentist"\n'
        '  secondme recall "the boiler" --person "Anna Berg"\n'
        '  secondme recall "what did I read last spring?" --explain\n'
        '  secondme recall "the rent" --as-of "last year"\n'
        '  secondme recall "rent increase" -k 3 --source ~/notes/home\n'
        "  secondme recall \"dentist\" --json | jq '.hits[].source'"
    )(recall)


@spoken
def ask(
    context: typer.Context,
    question: Annotated[str, typer.Argument(help="What you want to know, in your own words.", show_default=False)],
    piped: Annotated[
        str | None,
        typer.Argument(metavar="[-]", help="'-' also reads stdin, for this question only.", show_default=False),
    ] = None,
    k: Annotated[int, typer.Option("-k", min=1, max=50, help="Passages to answer from.")] = 8,
    no_llm: Annotated[bool, typer.Option("--no-llm", help="Quotes only, no language model.")] = False,
    model: Annotated[str | None, typer.Option(help="Answer with this model, this once.", metavar="ID")] = None,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    person: WithPerson = None,
    known: AsOf = None,
    as_json: Json = False,
    verbose: Annotated[
        bool, typer.Option("--verbose", "-v", help="Show times, tokens and what was struck out.")
    ] = False,
) -> int:
    """Answer a question from memory, with citations.

    Every sentence rests on a quote from your own files; what no quote supports is struck out. If the answer is not
    in memory, it says so and exits with 3.
    """
    import dataclasses

    with open_me(context) as me:
        if model:
            me.config = dataclasses.replace(me.config, model=model, engine_url="")
        stdin = _stdin(piped)
        chosen = filters(me, source, since, until, person)
        events = me.ask(question, k, chosen, write=not no_llm, piped=stdin, as_of=as_of(me, known))
        if as_json:
            done = _last(events)
            print_json({**_answer_json(done), "id": done.id if me.kept(done.id) else None})
        else:
            done = show(events, verbose)
            if verbose and me.kept(done.id):
                note(f"answer {done.id}: `secondme why {done.id}` shows what it rests on")
        me.used(citation.passage for citation in done.answer.citations)
    return NO_ANSWER if done.answer.abstained else 0


@spoken
def recall(
    context: typer.Context,
    query: Annotated[str, typer.Argument(help="Words or a question.", show_default=False)],
    k: Annotated[int, typer.Option("-k", min=1, max=200, help="How many passages.")] = 8,
    since: Since = None,
    until: Until = None,
    source: Source = None,
    person: WithPerson = None,
    known: AsOf = None,
    explain: Annotated[
        bool, typer.Option("--explain", help="Show what was made of the question, and why each passage is there.")
    ] = False,
    as_json: Json = False,
) -> int:
    """Find the passages that bear on a question, best first. No language model is used."""
    with open_me(context) as me:
        found = me.recall(query, k, filters(me, source, since, until, person), as_of=as_of(me, known))
        if as_json:
            print_json(recollection_json(query, found))
        elif found.hits:
            show_recollection(found, owners_zone(me), explain=explain)
        else:
            note(" ".join(["Nothing in memory bears on that.", *(found.notes if explain else ())]))
        me.used(hit.passage.id for hit in found.hits[:USED])
    return 0 if found.hits else NO_ANSWER


# -- showing ----------------------------------------------------------------------------------------------------------


def show(events: Iterator[Event], verbose: bool) -> Done:
    """Print an answer as it comes. On a terminal, what is not checked yet is shown dim and then replaced."""
    from secondme.records import Cited, Done, Struck, Token

    done: Done | None = None
    with _Draft() as draft:
        for event in events:
            match event:
                case Token():
                    draft.add(event.text)
                case Cited():
                    draft.clear()
                    output().print(event.text, highlight=False, markup=False, soft_wrap=True)
                case Struck():
                    draft.clear()
                    if verbose:
                        note(f"struck out: {event.text} ({event.reason})")
                case Done():
                    done = event
                    draft.clear()
                    _show_rest(event.answer)  # now: what comes after this event is none of the answer
    assert done is not None
    if verbose:
        first = f"first token after {done.first_token:.2f} s, " if done.first_token is not None else ""
        note(
            f"{first}{done.seconds:.2f} s in all; {done.prompt_tokens} tokens read, {done.new_tokens} written; "
            f"confidence {done.answer.confidence:.2f}"
        )
    return done


def _show_rest(answer: Answer) -> None:
    """Where the quotes are from, or what came nearest."""
    if answer.abstained:
        output().print(answer.text, highlight=False, markup=False)
        _show_nearest(answer)
    else:
        output().print()
        for citation in answer.citations:
            output().print(
                f"[{citation.n}] {citation.place}", style="cyan", highlight=False, markup=False, soft_wrap=True
            )


def _show_nearest(answer: Answer) -> None:
    """A refusal is a result: say what came nearest."""
    if not answer.nearest:
        note("Nothing in memory bears on it. `secondme status` shows what is in memory.")
        return
    note("Nothing that I found says it. What came nearest:")
    for citation in answer.nearest:
        note(f"  “{' '.join(citation.quote.split())[:160]}”")
        note(f"    {citation.place}")


class _Draft:
    """The sentence being written, on a terminal only; transient."""

    def __init__(self) -> None:
        self._text = ""
        self._live: Any = None

    def __enter__(self) -> _Draft:
        return self

    def __exit__(self, *_: object) -> None:
        self.clear()

    def add(self, piece: str) -> None:
        if not output().is_terminal:
            return
        from rich.live import Live
        from rich.text import Text

        from secondme.surfaces.cli.console import tame

        if self._live is None:
            self._live = Live(console=output(), transient=True, refresh_per_second=20)
            self._live.start()
        self._text += piece
        self._live.update(Text(tame(self._text), style="dim"))

    def clear(self) -> None:
        if self._live is not None:
            self._live.stop()
        self._live, self._text = None, ""


# -- JSON, as the README documents it ---------------------------------------------------------------------------


def _answer_json(done: Done) -> dict[str, Any]:
    answer = done.answer
    return {
        "question": answer.question,
        "answer": answer.text,
        "abstained": answer.abstained,
        "confidence": round(answer.confidence, 4),
        "citations": [_citation_json(c) for c in answer.citations],
        "nearest": [_citation_json(c) for c in answer.nearest],
        "seconds": round(done.seconds, 3),
        "first_token_seconds": None if done.first_token is None else round(done.first_token, 3),
    }


def _citation_json(citation: Citation) -> dict[str, Any]:
    return {
        "n": citation.n,
        "quote": citation.quote,
        "source": citation.source,
        "place": citation.place,
        "start": citation.start,
        "end": citation.end,
        "time": citation.time.isoformat() if citation.time else None,
        "passage": citation.passage,
    }


def _last(events: Iterator[Event]) -> Done:
    """The answer, with all that comes after it done."""
    from secondme.records import Done

    (done,) = (event for event in events if isinstance(event, Done))
    return done


# -- options --------------------------------------------------------------------------------------------------------


def _stdin(argument: str | None) -> IO[bytes] | None:
    from secondme.errors import UsageError

    if argument is None:
        return None
    if argument != "-":
        raise UsageError(
            f"{argument!r} after the question is not understood.", "Put the question in quotes; '-' alone reads stdin."
        )
    if sys.stdin.isatty():
        errors().print("Reading from the terminal; end with Ctrl-D.", style="dim")
    return sys.stdin.buffer
