"""What an answer, a fact or a passage rests on, for a person and as JSON: down to file, line and quote."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from secondme.surfaces.cli.knowing import fact_json, since, told
from secondme.surfaces.cli.terminal import output

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from datetime import tzinfo

    from secondme.knowledge import Change
    from secondme.memory.why import OfAnswer, OfFact, OfPassage, Spot, Why
    from secondme.store.answers import Asked, Considered, Given

STATES = {
    "word for word": "the file has it word for word",
    "as read": "the file is as it was read",
    "changed": "the file has changed since",
    "gone": "the file is gone",
    "unknown": "",
}
LONGEST = 400  # characters of a quote that is a whole passage


def show_chain(chain: Why, zone: tzinfo | None) -> None:
    from secondme.memory.why import OfAnswer, OfFact

    if isinstance(chain, OfAnswer):
        _show_answer(chain, zone)
    elif isinstance(chain, OfFact):
        _show_fact(chain, zone)
    else:
        _show_passage(chain, zone)


def line(text: str, style: str = "") -> None:
    output().print(text, style=style or None, highlight=False, markup=False, soft_wrap=True)


# -- for a person -----------------------------------------------------------------------------------------------------


def _show_answer(chain: OfAnswer, zone: tzinfo | None) -> None:
    one = chain.given
    line(f"{one.id}  {one.asked.question}", "bold")
    line(f"  asked {_moment(one.asked.at, zone)}; {', '.join(conditions(one.asked))}", "dim")
    refused = " It refused; what came nearest:" if one.answer.abstained else ""
    line(f"  the answer was there by {one.answer.confidence:.2f}.{refused}", "dim")
    if one.answer.abstained:
        _show_cited(chain, list(chain.spots), zone)
    shown = set[int]()
    for sentence in one.sentences:
        if sentence.struck:
            line(f"\nstruck out: {sentence.text} ({sentence.struck})", "dim")
            continue
        line(f"\n{sentence.text}")
        _show_cited(chain, [n for n in sentence.citations if n not in shown], zone)
        shown.update(sentence.citations)
    line(f"\nConsidered, best first: {len(one.hits)}", "bold")
    for rank, hit in enumerate(one.hits, start=1):
        cited = [f"[{c.n}]" for c in one.answer.citations if c.passage == hit.passage]
        line(f"  {rank:>2}. {hit.score:6.2f}  {hit.passage[:8]}  {hit.place}  {''.join(cited)}".rstrip())


def _show_cited(chain: OfAnswer, numbers: Iterable[int], zone: tzinfo | None) -> None:
    for n in numbers:
        if n in chain.spots:
            _show_spot(f"[{n}] ", chain.spots[n], zone)
            for fact in chain.facts.get(n, ()):
                line(f"        {fact.name}  {fact.statement}{since(fact)}")


def _show_fact(chain: OfFact, zone: tzinfo | None) -> None:
    fact = chain.fact
    line(f"{fact.name}  {fact.statement}{since(fact)}", "bold")
    who = "you" if fact.subject == "owner" else fact.subject
    about = (f"about {who}", fact.slot and f"{fact.slot}: {fact.value}", f"by {fact.by}", f"sure {fact.confidence:.2f}")
    line(f"  {', '.join(filter(None, about))}", "dim")
    for spot in chain.spots:
        _show_spot("", spot, zone)
    for change in chain.changes:
        line(f"  {told(change)}", "dim")
        _show_other(chain, change.other)
    for change in chain.did:
        what = "because of it, so again:" if change.operation == "RESTORE" else "it took the place of"
        line(f"  {_moment(change.at, zone)}  {what} f{change.fact}{f': {change.note}' if change.note else ''}", "dim")
        _show_other(chain, change.fact)


def _show_other(chain: OfFact, number: int) -> None:
    if number in chain.others:
        other, quoted = chain.others[number]
        line(f"      {other.name}  {other.statement}{since(other)}")
        if quoted:
            line(f"      “{' '.join(quoted.quote.split())}”  {quoted.place}", "cyan")


def _show_passage(chain: OfPassage, zone: tzinfo | None) -> None:
    line(chain.found.passage.id, "bold")
    _show_spot("", chain.spot, zone)
    if chain.reader:
        line(f"  read as {chain.reader}, {_moment(chain.taken_in, zone)}", "dim")
    for fact in chain.facts:
        line(f"  {fact.name}  {fact.statement}{since(fact)}")
    for one in chain.answers:
        numbers = [f"[{c.n}]" for c in one.answer.citations if c.passage == chain.found.passage.id]
        line(f"  {one.id}  {one.asked.question}  {''.join(numbers) or '(considered)'}")


def _show_spot(mark: str, spot: Spot, zone: tzinfo | None) -> None:
    quote = " ".join(spot.quote.split())
    line(f"    {mark}“{quote[:LONGEST]}{'…' if len(quote) > LONGEST else ''}”")
    when = f"{spot.time.astimezone(zone):%Y-%m-%d}" if spot.time else ""
    said = f"said by {spot.speaker}" if spot.speaker else ""
    line(f"        {spot.place}", "cyan")
    rest = (f"characters {spot.start} to {spot.end}", f"passage {spot.passage[:8]}", when, said, STATES[spot.state])
    line(f"        {', '.join(filter(None, rest))}", "dim")


def conditions(asked: Asked) -> list[str]:
    """How it was asked, in words."""
    from secondme.store.rows import EVERYTHING

    by = f"written by {asked.model}" if asked.model else "quotes only"
    as_of = f"as of {asked.as_of:%Y-%m-%d}" if asked.as_of else ""
    limited = "only a part of memory" if asked.filters != EVERYTHING else ""
    return [part for part in (by, f"from {asked.k} passages", as_of, limited) if part]


def _moment(seconds: float, zone: tzinfo | None) -> str:
    return datetime.fromtimestamp(seconds).astimezone(zone).strftime("%Y-%m-%d %H:%M")


# -- JSON, as the README documents it ---------------------------------------------------------------------------------


def chain_json(chain: Why) -> dict[str, Any]:
    from secondme.memory.why import OfAnswer, OfFact

    if isinstance(chain, OfAnswer):
        return _answer_json(chain)
    return _fact_json(chain) if isinstance(chain, OfFact) else _passage_json(chain)


def given_json(one: Given) -> dict[str, Any]:
    """An answer of the log, without where its citations stand today."""
    return {
        "id": one.id,
        "at": int(one.asked.at),
        "question": one.asked.question,
        "model": one.asked.model,
        "k": one.asked.k,
        "as_of": one.asked.as_of.isoformat() if one.asked.as_of else None,
        "filters": _filters_json(one.asked),
        "answer": one.answer.text,
        "abstained": one.answer.abstained,
        "confidence": round(one.answer.confidence, 4),
        "sentences": [{"text": s.text, "citations": list(s.citations), "struck": s.struck} for s in one.sentences],
        "considered": considered_json(one.hits),
    }


def considered_json(hits: Sequence[Considered]) -> list[dict[str, Any]]:
    return [{"passage": hit.passage, "place": hit.place, "score": hit.score} for hit in hits]


def _filters_json(asked: Asked) -> dict[str, Any]:
    import dataclasses

    from secondme.store.rows import EVERYTHING

    chosen = dataclasses.asdict(asked.filters)
    return {name: value for name, value in chosen.items() if value != getattr(EVERYTHING, name)}


def _answer_json(chain: OfAnswer) -> dict[str, Any]:
    spots = [
        {"n": n, **_spot_json(spot), "facts": [fact.name for fact in chain.facts.get(n, ())]}
        for n, spot in chain.spots.items()
    ]
    return {"kind": "answer", **given_json(chain.given), "citations": spots}


def _fact_json(chain: OfFact) -> dict[str, Any]:
    places = {quote: spot.place for quote, spot in zip(chain.fact.quotes, chain.spots, strict=True)}
    others = {fact.quotes[0]: spot.place for fact, spot in chain.others.values() if spot}
    return {
        "kind": "fact",
        "fact": fact_json(chain.fact, places),
        "spots": [_spot_json(spot) for spot in chain.spots],
        "changes": [_change_json(change) for change in (*chain.changes, *chain.did)],
        "others": [fact_json(fact, others) for fact, _ in chain.others.values()],
    }


def _change_json(change: Change) -> dict[str, Any]:
    return {
        "fact": f"f{change.fact}",
        "at": change.at,
        "operation": change.operation,
        "other": f"f{change.other}" if change.other else None,
        "note": change.note,
    }


def _passage_json(chain: OfPassage) -> dict[str, Any]:
    passage = chain.found.passage
    return {
        "kind": "passage",
        "id": passage.id,
        "text": passage.text,
        "context": passage.context,
        "spot": _spot_json(chain.spot),
        "reader": chain.reader,
        "taken_in": chain.taken_in,
        "facts": [fact.name for fact in chain.facts],
        "answers": [{"id": one.id, "question": one.asked.question} for one in chain.answers],
    }


def _spot_json(spot: Spot) -> dict[str, Any]:
    return {
        "quote": spot.quote,
        "source": spot.source,
        "place": spot.place,
        "start": spot.start,
        "end": spot.end,
        "time": spot.time.isoformat() if spot.time else None,
        "speaker": spot.speaker,
        "passage": spot.passage,
        "state": spot.state,
    }
