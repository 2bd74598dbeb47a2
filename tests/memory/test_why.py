"""From an answer, a fact or a passage down to the file, the line and the words."""

from __future__ import annotations

import os
from itertools import pairwise
from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.standing import state
from secondme.memory.why import OfAnswer, OfFact, OfPassage
from secondme.store import facts

BIKE = "---\ndate: 2026-05-04\n---\n# Bike\n\nThe weather is fine.\nThe bike cost 900 euro.\n"
MOVED = "---\ndate: 2026-03-01\n---\nI live in Ghent.\n"
MOVED_AGAIN = "---\ndate: 2026-06-01\n---\nI live in Bruges.\n"


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    (notes / "bike.md").write_text(BIKE)
    me.ingest([notes])
    return me


def asked(me: Me) -> str:
    *_, ended = me.ask("what did the bike cost?", write=False)
    return str(ended.id)  # type: ignore[union-attr]


# ---- answers


def test_an_answer_leads_to_the_line_and_the_words(known: Me, notes: Path) -> None:
    chain = known.why(asked(known))
    assert isinstance(chain, OfAnswer)
    spot = chain.spots[1]
    assert (spot.quote, spot.place) == ("The bike cost 900 euro.", f"{notes / 'bike.md'}:7")
    assert BIKE[spot.start : spot.end] == spot.quote
    assert spot.state == "word for word"
    assert known.why("LAST") == chain


def test_a_refusal_leads_to_what_came_nearest(known: Me) -> None:
    *_, ended = known.ask("which strings are on my guitar?", write=False)
    chain = known.why(ended.id)  # type: ignore[union-attr]
    assert isinstance(chain, OfAnswer)
    assert chain.given.answer.abstained
    assert [spot.quote for spot in chain.spots.values()] == [c.quote for c in chain.given.answer.nearest]


# ---- facts


def learnt(me: Me, notes: Path) -> dict[str, int]:
    """The numbers of the facts about where the owner lives, by place."""
    (notes / "march.md").write_text(MOVED)
    (notes / "june.md").write_text(MOVED_AGAIN)
    me.ingest([notes])
    me.reflect()
    places = {place: n for n in range(1, 20) for place in ("Ghent", "Bruges") if place in _statement(me, n)}
    assert set(places) == {"Ghent", "Bruges"}
    return places


def _statement(me: Me, n: int) -> str:
    found = facts.facts(me.reader, (n,)).get(n)
    return found.statement if found else ""


def test_a_fact_leads_to_its_quote_and_to_what_took_its_place(me: Me, notes: Path) -> None:
    places = learnt(me, notes)
    chain = me.why(f"f{places['Ghent']}")
    assert isinstance(chain, OfFact)
    (spot,) = chain.spots
    assert "Ghent" in spot.quote
    assert MOVED[spot.start : spot.end] == spot.quote
    assert (spot.place, spot.state) == (f"{notes / 'march.md'}:4", "word for word")
    ended = next(change for change in chain.changes if change.operation == "UPDATE")
    other, quoted = chain.others[ended.other]
    assert (ended.other, "Bruges" in other.statement) == (places["Bruges"], True)
    assert quoted is not None
    assert quoted.place == f"{notes / 'june.md'}:4"
    later = me.why(f"f{places['Bruges']}")
    assert isinstance(later, OfFact)
    assert [(change.fact, change.operation) for change in later.did] == [(places["Ghent"], "UPDATE")]
    assert "Ghent" in later.others[places["Ghent"]][0].statement


def test_an_answer_names_the_facts_that_its_own_words_say(me: Me, notes: Path) -> None:
    (notes / "sister.md").write_text("I live in Ghent. My sister is called Cleo and plays the cello.\n")
    me.ingest([notes])
    me.reflect()
    *_, ended = me.ask("where do I live?", write=False)
    chain = me.why(ended.id)  # type: ignore[union-attr]
    assert isinstance(chain, OfAnswer)
    assert chain.spots[1].quote == "I live in Ghent."
    assert {fact.value for fact in chain.facts[1]} == {"Ghent"}


def test_a_passage_leads_to_its_facts_and_its_answers(me: Me, notes: Path) -> None:
    places = learnt(me, notes)
    fact = me.why(f"f{places['Ghent']}")
    assert isinstance(fact, OfFact)
    id_ = fact.spots[0].passage
    name = asked(me)
    chain = me.why(id_[:10])
    assert isinstance(chain, OfPassage)
    assert places["Ghent"] in {one.number for one in chain.facts}
    assert [one.id for one in chain.answers] == [name]
    assert (chain.found.passage.id, chain.spot.quote, chain.reader) == (id_, "I live in Ghent.", "markdown")


# ---- names


@pytest.mark.parametrize("name", ["f99", "zzzzzzzz", "ab", "", "last", "a1234567", "f", "%%%%%%%%"])
def test_what_nothing_is_called_is_wrong_usage(known: Me, name: str) -> None:
    with pytest.raises(UsageError):
        known.why(name)


def test_a_beginning_that_several_have_is_not_guessed(known: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondme.memory.linked.SHORTEST", 1)
    for n in range(40):
        (notes / f"{n}.md").write_text(f"Note {n}.\n")
    known.ingest([notes])
    ids = sorted(found.passage.id for found in known.reader.all_passages())
    shared = next(one[0] for one, other in pairwise(ids) if one[0] == other[0] and one[0] != "f")
    with pytest.raises(UsageError, match="More than one"):
        known.why(shared)


# ---- the file today


def test_the_file_is_looked_at(known: Me, notes: Path) -> None:
    name, path = asked(known), notes / "bike.md"

    def now() -> str:
        chain = known.why(name)
        assert isinstance(chain, OfAnswer)
        return chain.spots[1].state

    path.write_text(BIKE.replace("fine", "fair"))
    assert now() == "word for word"  # something else has changed
    path.write_text(BIKE.replace("900", "950"))
    assert now() == "changed"
    path.unlink()
    assert now() == "gone"


def test_a_file_of_another_name_is_found_where_it_is(known: Me, notes: Path) -> None:
    name = asked(known)
    (notes / "bike.md").rename(notes / "bicycle.md")
    known.ingest([notes])
    chain = known.why(name)
    assert isinstance(chain, OfAnswer)
    assert (chain.spots[1].place, chain.spots[1].state) == (f"{notes / 'bicycle.md'}:7", "word for word")


def test_words_that_are_not_the_files_own_are_as_read_while_its_bytes_are(me: Me, notes: Path) -> None:
    chat = notes / "chat.jsonl"
    chat.write_text('{"speaker": "Ana", "ts": "2026-05-04T12:00:00Z", "text": "The bike\\ncost 900 euro."}\n')
    me.ingest([notes])
    row = me.reader.source(str(chat))
    assert row is not None
    assert state(row, 0, 24, "The bike\ncost 900 euro.") == "as read"
    chat.write_text(chat.read_text() + "\n")
    assert state(row, 0, 24, "The bike\ncost 900 euro.") == "changed"


def test_of_a_large_file_time_and_size_must_do(known: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("secondme.memory.standing.LARGE", 10)
    row = known.reader.source(str(notes / "bike.md"))
    assert row is not None
    assert state(row, 0, 1, "-") == "as read"
    os.utime(notes / "bike.md", (1, 1))
    assert state(row, 0, 1, "-") == "changed"


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="who may read everything may read this")
def test_a_file_that_may_not_be_read_is_unknown(known: Me, notes: Path) -> None:
    row = known.reader.source(str(notes / "bike.md"))
    assert row is not None
    (notes / "bike.md").chmod(0)
    assert state(row, 0, 1, "-") == "unknown"
