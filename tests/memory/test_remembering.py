"""What the owner says to remember, corrects and forbids: kept as a memory of its own, and forgotten like one."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.memory.remembering import LONGEST, Statement, remember
from secondme.records import Done


def answered(me: Me, question: str) -> Done:
    *_, last = me.ask(question, write=False)
    assert isinstance(last, Done)
    return last


def test_a_statement_is_quoted_with_its_place(me: Me) -> None:
    kept = me.remember("  my blood type is A positive\n")
    assert kept.new
    assert kept.source.startswith(f"remembered:{me.now:%Y-%m-%d}/")
    citation = answered(me, "what is my blood type?").answer.citations[0]
    assert (citation.quote, citation.place) == ("my blood type is A positive", kept.source)


def test_a_statement_is_the_owners_own_and_dated(me: Me) -> None:
    (found,) = me.remember("my blood type is A positive").passages
    assert found.passage.trust == "own"
    assert found.passage.time is not None
    assert abs(found.passage.time - me.now) < timedelta(minutes=1)


def test_said_twice_on_one_day_it_is_one_memory(me: Me) -> None:
    first, again = me.remember("I live in Ghent"), me.remember("I live in Ghent")
    assert (first.source, again.new) == (again.source, False)
    assert me.reader.counts().items == 1


def test_said_again_on_another_day_it_is_a_newer_one(me: Me) -> None:
    me.remember("I live in Ghent")
    tomorrow = Statement("I live in Ghent", me.now + timedelta(days=1))
    with me._writing(0, lambda holder: None) as ledger:
        assert remember(ledger, me.index, me.embedder, tomorrow).new
    assert me.reader.counts().items == 2


def test_a_statement_speaks_for_facts_at_once(me: Me) -> None:
    (fact,) = me.remember("I am allergic to penicillin").facts
    assert "penicillin" in fact.statement
    assert fact.quotes[0].text in "I am allergic to penicillin"


def test_forgotten_it_leaves_no_byte(me: Me) -> None:
    kept = me.remember("never mention Zanzibar to Dana")
    me.forget(me.forgettable(Wish(kept.source)))
    assert me.lessons(retired=True) == []
    me.close()
    for file in me.home.memories.rglob("*"):
        assert not file.is_file() or b"Zanzibar" not in file.read_bytes(), file


def test_forgotten_by_its_id_it_can_be_remembered_again(me: Me) -> None:
    kept = me.remember("the code of the gate is on the fridge")
    me.forget(me.forgettable(Wish(kept.passages[0].passage.id)))
    again = me.remember("the code of the gate is on the fridge")
    assert again.new
    assert [found.passage.text for found in again.passages] == ["the code of the gate is on the fridge"]


def test_nothing_is_remembered_of_nothing_and_of_a_book(me: Me) -> None:
    with pytest.raises(UsageError, match="nothing to remember"):
        me.remember(" … ")
    with pytest.raises(UsageError, match="characters"):
        me.remember("word " * LONGEST)
    assert not me.home.ledger.exists()


def test_the_words_go_to_no_other_file(me: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[str] = []
    real = Path.write_text
    monkeypatch.setattr(
        Path, "write_text", lambda path, text, *a, **k: written.append(text) or real(path, text, *a, **k)
    )
    me.remember("my blood type is A positive")
    assert written
    assert not any("blood" in text for text in written)


# -- lessons ----------------------------------------------------------------------------------------------------------


def test_an_instruction_is_a_lesson_besides(me: Me) -> None:
    kept = me.remember("answer in German")
    assert kept.lesson is not None
    assert (kept.lesson.kind, kept.lesson.about) == ("instruction", "")
    assert me.remember("I live in Ghent").lesson is None


def test_of_two_instructions_on_one_matter_the_later_holds(me: Me) -> None:
    for said in ("answer in German", "never mention the boiler", "answer in French", "never mention the roof"):
        me.remember(said)
    assert [one.text for one in me.lessons()] == [
        "never mention the roof",
        "answer in French",
        "never mention the boiler",
    ]
    assert "answer in German" in [one.text for one in me.lessons(retired=True)]


def test_a_lesson_that_is_dropped_holds_no_longer_and_stays_remembered(me: Me) -> None:
    me.remember("answer in German")
    me.drop_lesson(me.lessons()[0].number)
    assert me.lessons() == []
    assert me.reader.counts().items == 1
    with pytest.raises(UsageError, match="no lesson 1"):
        me.drop_lesson(1)
    assert me.remember("answer in German").lesson is not None
    assert len(me.lessons()) == 1


# -- corrections ------------------------------------------------------------------------------------------------------


@pytest.fixture
def dana(me: Me, notes: Path) -> Me:
    (notes / "dana.md").write_text("Dana works at the library in Bruges.\n")
    (notes / "other.md").write_text("Dana Vos works at the harbour in Ostend.\n")
    me.ingest([notes])
    return me


def test_a_corrected_answer_is_not_given_again(dana: Me) -> None:
    question = "where does Dana work?"
    wrong = answered(dana, question).answer.citations[0].quote
    dana.correct("LAST", "no, she left in May: Dana works at the theatre now")
    quotes = [citation.quote for citation in answered(dana, question).answer.citations]
    assert quotes[0] == "no, she left in May: Dana works at the theatre now"
    assert wrong not in quotes


def test_an_answer_is_corrected_by_its_id(dana: Me) -> None:
    first = answered(dana, "where does Dana work?")
    answered(dana, "where is the harbour?")
    _, given, _ = dana.correct(first.id, "at the theatre")
    assert given is not None
    assert given.asked.question == "where does Dana work?"


def test_the_latest_correction_of_a_question_holds(dana: Me) -> None:
    for right in ("at the theatre", "at the zoo"):
        answered(dana, "where does Dana work?")
        dana.correct("last", right)
    assert [one.text for one in dana.lessons()] == ["at the zoo"]


def test_a_lesson_keeps_no_words_of_what_was_wrong(dana: Me) -> None:
    answered(dana, "where does Dana work?")
    dana.correct("LAST", "at the theatre")
    cited = dana.forgettable(Wish(str(dana.lessons()[0].wrong[0][0])))
    dana.forget(cited)
    assert not any(b"library" in path.read_bytes() for path in dana.home.memories.glob("ledger.db*"))


def test_a_wrong_fact_is_taken_back_and_the_right_one_learnt(me: Me) -> None:
    (fact,) = me.remember("I am allergic to penicillin").facts
    kept, _, wrong = me.correct(fact.name, "I am allergic to latex")
    assert wrong == fact
    assert [one.value for one in me.facts("me")] == [kept.facts[0].value] == ["latex"]
    assert me.fact(fact.name).retired_at is not None


@pytest.mark.parametrize("what", ["LAST", "a0000000", "f99", "nonsense"])
def test_what_was_never_said_cannot_be_corrected(me: Me, what: str) -> None:
    with pytest.raises(UsageError):
        me.correct(what, "it was Tuesday")
    assert me.lessons() == []
