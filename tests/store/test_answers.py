"""The log of answers: written beside the answer, and gone with what it was made from."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.records import Done, Event
from secondme.store import answers
from secondme.store.answers import Given
from secondme.store.ledger import Ledger
from secondme.store.lock import writing
from secondme.store.rows import Filters

QUESTION = "what did the bike cost?"


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    (notes / "bike.md").write_text("# Bike\n\nThe bike cost 900 euro.\n")
    (notes / "tea.md").write_text("# Tea\n\nAna likes green tea with Zwetschgendatschi.\n")
    me.ingest([notes])
    return me


@contextlib.contextmanager
def ledger(me: Me) -> Iterator[Ledger]:
    with contextlib.closing(Ledger(me.home.ledger)) as opened:
        yield opened


def last(me: Me) -> Given:
    found = answers.latest(me.reader)
    assert found is not None
    return found


def done(events: Iterator[Event]) -> Done:
    *_, ended = events
    assert isinstance(ended, Done)
    return ended


def test_an_answer_is_read_back_as_it_was_given(known: Me) -> None:
    chosen = Filters(until=4_000_000_000, people=None)
    ended = done(known.ask(QUESTION, 5, chosen, write=False))
    one = last(known)
    assert (one.id, one.answer) == (ended.id, replace(ended.answer, confidence=round(ended.answer.confidence, 4)))
    assert (one.asked.question, one.asked.k, one.asked.filters, one.asked.model) == (QUESTION, 5, chosen, "")
    assert [sentence.text for sentence in one.sentences] == ended.answer.text.splitlines()
    assert one.sentences[0].citations == (1,)
    assert {Path(hit.place.rpartition(":")[0]).name for hit in one.hits} == {"bike.md", "tea.md"}
    assert answers.read(known.reader, one.id) == one
    assert answers.read(known.reader, "a0000000") is None


def test_what_a_model_wrote_and_what_was_struck_out_are_kept_apart(known: Me) -> None:
    done(known.ask(QUESTION))
    one = last(known)
    assert one.asked.model == "fake"
    assert [bool(sentence.struck) for sentence in one.sentences] == [True, *[False] * (len(one.sentences) - 1)]


def test_every_passage_that_was_considered_is_listed(known: Me) -> None:
    done(known.ask(QUESTION, write=False))
    one = last(known)
    assert {hit.passage for hit in one.hits} == {found.passage.id for found in known.reader.all_passages()}
    for id_ in one.passages:
        assert [given.id for given in answers.made_from(known.reader, id_)] == [one.id]


def test_forgetting_what_was_only_considered_takes_the_answer_and_its_bytes(known: Me, notes: Path) -> None:
    question = "what did the bike of Quittengelee cost?"
    done(known.ask(question, write=False))
    assert b"Quittengelee" in b"".join(path.read_bytes() for path in known.home.memories.glob("ledger.db*"))
    known.forget(known.forgettable(Wish(str(notes / "tea.md"))))
    assert answers.latest(known.reader) is None
    known.close()
    assert b"Quittengelee" not in b"".join(path.read_bytes() for path in known.home.memories.glob("ledger.db*"))


def test_what_was_forgotten_while_it_was_being_answered_is_not_written(known: Me, notes: Path) -> None:
    done(known.ask(QUESTION, write=False))
    one = replace(last(known), id="alater00")
    known.forget(known.forgettable(Wish(str(notes / "tea.md"))))
    with ledger(known) as opened:
        assert not answers.keep(opened, one)
        assert answers.latest(opened) is None


def test_the_oldest_go(known: Me) -> None:
    done(known.ask(QUESTION, write=False))
    one = last(known)
    with ledger(known) as opened:
        for n in range(5):
            assert answers.keep(opened, replace(one, id=f"a{n}"), most=3)
        assert [answers.read(opened, f"a{n}") is not None for n in range(5)] == [False, False, True, True, True]
        assert next(opened.rows("SELECT count(DISTINCT answer) FROM answer_passages"))[0] == 3


def test_while_another_writes_it_is_answered_and_not_kept(known: Me) -> None:
    with writing(known.home.memories, "another", 0):
        ended = done(known.ask(QUESTION, write=False))
    assert not ended.answer.abstained
    assert not known.kept(ended.id)


def test_the_same_question_twice_is_two_answers_and_looks_like_no_change_to_memory(known: Me) -> None:
    before = known.reader.generation
    one, other = done(known.ask(QUESTION, write=False)), done(known.ask(QUESTION, write=False))
    assert one.id != other.id
    assert known.kept(one.id)
    assert known.kept(other.id)
    assert known.reader.generation == before


def test_off_keeps_none_and_drops_what_is_there(known: Me) -> None:
    done(known.ask(QUESTION, write=False))
    known.config = replace(known.config, answers_log="off")
    ended = done(known.ask(QUESTION, write=False))
    assert not known.kept(ended.id)
    assert not answers.any_kept(known.reader)


def test_an_empty_memory_stays_empty(me: Me) -> None:
    done(me.ask(QUESTION, write=False))
    assert not me.home.ledger.exists()


def test_what_came_through_a_pipe_is_not_kept(known: Me) -> None:
    from io import BytesIO

    ended = done(
        known.ask("when does the plumber come?", write=False, piped=BytesIO(b"The plumber comes on 3 June.\n"))
    )
    assert not ended.answer.abstained
    assert answers.latest(known.reader) is None


def test_a_filter_of_nobody_is_not_taken_for_none(known: Me) -> None:
    done(known.ask(QUESTION, 8, Filters(people=()), write=False))
    assert last(known).asked.filters.people == ()
