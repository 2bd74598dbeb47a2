"""What was taught is looked up before an answer: corrections by their question, rules, and what must not be said."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from secondme import engines
from secondme.engine.fake import FakeEmbedder, FakeGenerator
from secondme.me import Me
from secondme.recall.taught import lessons_for, taught
from secondme.records import Answer, Done, Struck
from secondme.store.lessons import Lesson, learn

NOTES = {
    "party.md": "Bob brought the cake to the party. Ana brought the lamps to the party.\n",
    "dentist.md": "The dentist appointment is on 12 May at half past nine.\n",
    "garden.md": "Four tomato plants stand on the balcony.\n",
}


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    for name, text in NOTES.items():
        (notes / name).write_text(text)
    me.ingest([notes])
    return me


def asked(me: Me, question: str, **more: bool) -> Answer:
    *_, last = me.ask(question, **{"write": False, **more})
    assert isinstance(last, Done)
    return last.answer


def quotes(me: Me, question: str) -> list[str]:
    return [citation.quote for citation in asked(me, question).citations]


def corrected(me: Me, question: str, right: str) -> None:
    asked(me, question)
    me.correct("LAST", right)


# -- corrections ------------------------------------------------------------------------------------------------------


def test_a_correction_comes_first_when_the_same_is_asked_again(known: Me) -> None:
    corrected(known, "when is the dentist appointment?", "it was moved to 19 May")
    assert quotes(known, "when is the dentist appointment?")[0] == "it was moved to 19 May"
    assert quotes(known, "When is my dentist appointment")[0] == "it was moved to 19 May"


@pytest.mark.parametrize("question", ["how much is the dentist appointment?", "when is the appointment with Jonas 3?"])
def test_a_correction_of_another_question_does_not(known: Me, question: str) -> None:
    corrected(known, "when is the dentist appointment?", "it was moved to 19 May")
    assert taught(known.reader, question).corrections == frozenset()


def test_a_correction_answers_what_could_not_be_answered(known: Me) -> None:
    assert asked(known, "which strings are on my guitar?").abstained
    known.correct("LAST", "nylon ones from Savarez")
    answer = asked(known, "which strings are on my guitar?")
    assert (answer.abstained, answer.citations[0].quote) == (False, "nylon ones from Savarez")


def test_what_was_said_after_the_correction_comes_before_it(known: Me, notes: Path) -> None:
    corrected(known, "when is the dentist appointment?", "it was moved to 19 May")
    (notes / "later.md").write_text("---\ndate: 2099-01-01\n---\nThe dentist appointment is on 3 January.\n")
    known.ingest([notes])
    first, second, *_ = quotes(known, "when is the dentist appointment?")
    assert "3 January" in first
    assert second == "it was moved to 19 May"


def test_as_of_an_earlier_day_nothing_is_corrected(known: Me) -> None:
    corrected(known, "when is the dentist appointment?", "it was moved to 19 May")
    assert lessons_for(known.reader, "when is the dentist appointment?", known_by=time.time() - 3_600) == []


def test_questions_in_other_words_are_near_by_their_vectors(known: Me) -> None:
    class Alike(FakeEmbedder):
        def embed(self, texts, *, asking=False):  # type: ignore[no-untyped-def]
            return super().embed(["the same"] * len(texts), asking=asking)

    corrected(known, "when is the dentist appointment?", "it was moved to 19 May")
    question = "on which day will my teeth be looked at?"
    assert lessons_for(known.reader, question) == []
    assert len(lessons_for(known.reader, question, embedder=Alike())) == 1
    assert lessons_for(known.reader, "on which day is Dana looked at?", embedder=Alike()) == []


def test_a_lesson_shows_as_long_as_its_passage_does(known: Me) -> None:
    with known._writing(0, lambda holder: None) as ledger:
        learn(ledger, Lesson(0, "no such passage", "instruction", "answer in German"))
    assert lessons_for(known.reader, "when?") == []


# -- rules ------------------------------------------------------------------------------------------------------------


def test_what_must_not_be_mentioned_is_not_quoted(known: Me) -> None:
    assert any("Bob" in quote for quote in quotes(known, "what was brought to the party?"))
    known.remember("never mention Bob")
    found = quotes(known, "what was brought to the party?")
    assert found
    assert not any("Bob" in quote for quote in found)


def test_who_asks_for_it_by_name_hears_of_it(known: Me) -> None:
    known.remember("never mention Bob")
    assert any("Bob brought" in quote for quote in quotes(known, "what did Bob bring to the party?"))


def test_what_one_must_not_know_the_owner_may(known: Me) -> None:
    known.remember("never mention the cake to Dana")
    assert any("cake" in quote for quote in quotes(known, "what was brought to the party?"))
    assert not any("cake" in quote for quote in quotes(known, "what can I tell Dana was brought to the party?"))


def test_an_order_is_no_answer(known: Me) -> None:
    known.remember("never mention the lamps to Dana")
    assert not any("never mention" in quote for quote in quotes(known, "what about the lamps and Dana?"))


def test_a_rule_for_a_case_holds_in_that_case(known: Me) -> None:
    known.remember("when I ask for a recipe, give it in grams")
    assert taught(known.reader, "what is the recipe of the cake?").rules == (
        "when I ask for a recipe, give it in grams",
    )
    assert taught(known.reader, "when is the dentist?").rules == ()


Written = Callable[[str], tuple[Me, FakeGenerator]]


@pytest.fixture
def written(known: Me, monkeypatch: pytest.MonkeyPatch) -> Written:
    """The memory with a model that may write, and says this."""

    def open_(reply: str) -> tuple[Me, FakeGenerator]:
        monkeypatch.setattr(engines, "trusted", lambda config, models: True)
        model = FakeGenerator((reply,))
        return Me(known.home, embedder=FakeEmbedder(), generator=model), model

    return open_


def test_a_model_that_may_write_is_told_the_rules(known: Me, written: Written) -> None:
    known.remember("call me Ben")
    me, model = written("The dentist appointment is on 12 May [1].")
    with me:
        asked(me, "when is the dentist appointment?", write=True)
    assert "- call me Ben" in model.prompts[0][0]["content"]


def test_what_it_must_not_mention_is_struck(known: Me, written: Written) -> None:
    known.remember("never mention Bob")
    me, _ = written("Ana brought the lamps to the party. Bob brought the cake to the party.")
    with me:
        events = list(me.ask("what was brought to the party?"))
    assert [event.text for event in events if isinstance(event, Struck)] == ["Bob brought the cake to the party."]
