"""What a model reads: the passages that are worth most for their room, or all of a small memory."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme import engines
from secondme.config import Config
from secondme.engine.fake import FakeGenerator
from secondme.me import Me
from secondme.recall.prompt import INSTRUCTIONS, always, grounded, length, packed, room, short_answer
from secondme.recall.whole import FEW, as_written
from secondme.records import Hit, Passage


def count(text: str) -> int:
    return len(text.split())


def hit(words: int, name: str = "a") -> Hit:
    passage = Passage(name, " ".join(["word"] * words), "", 0, 0, 1)
    return Hit(passage, f"{name}.md", "", 1.0)


def pack(hits: list[Hit], tokens: int) -> list[str]:
    return [one.passage.id for one in packed(hits, count, tokens)]


def test_what_fits_is_kept_in_its_order() -> None:
    assert pack([hit(10, "a"), hit(10, "b"), hit(10, "c")], 100) == ["a", "b", "c"]


def test_the_best_one_is_read_even_if_nothing_else_fits() -> None:
    assert pack([hit(50, "a"), hit(10, "b")], 20) == ["a"]
    assert pack([], 20) == []


def test_several_short_ones_are_worth_more_than_a_long_one_before_them() -> None:
    hits = [hit(10, "a"), hit(80, "b"), hit(10, "c"), hit(10, "d")]
    assert pack(hits, 50) == ["a", "c", "d"]
    assert pack(hits, 200) == ["a", "b", "c", "d"]


def test_what_does_not_fit_makes_way_for_what_does() -> None:
    assert pack([hit(10, "a"), hit(30, "b"), hit(25, "c")], 42) == ["a", "c"]


def test_the_instructions_and_the_question_have_their_room_first() -> None:
    assert room("why?", count, 500) - room("why on earth?", count, 500) == 2
    assert room("", count, 500) < 500 - count(INSTRUCTIONS)


def test_the_length_of_all_of_them_is_counted_as_they_will_stand() -> None:
    assert length([hit(10), hit(5)], count) == 17  # with their numbers


# -- small memories ---------------------------------------------------------------------------------------------------

BIKE = "# Bike\n\nThe bike cost 900 euro.\n"


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "trusted", lambda config, models: True)


def read(me: Me, context: int, k: int = 1) -> tuple[str, bool]:
    """The passages in the prompt, and whether recall says that they are all."""
    generator = FakeGenerator(("The bike cost 900 euro [1].",), context=context)
    with Me(me.home, Config(model="fake", embedder="fake"), embedder=me.embedder, generator=generator) as asked:
        list(asked.ask("what did the bike cost?", k))
        whole = asked.recall("what did the bike cost?", k).whole
    return generator.prompts[0][1]["content"].partition("Question:")[0], whole


@pytest.mark.usefixtures("trusted")
def test_a_small_memory_is_read_whole_and_in_its_order(me: Me, notes: Path) -> None:
    (notes / "a.md").write_text("The balcony has tomatoes.\n")
    (notes / "b.md").write_text(BIKE)
    (notes / "c.md").write_text("Cats sleep.\n")
    me.ingest([notes])
    prompt, whole = read(me, 4096)
    assert whole
    assert prompt.index("tomatoes") < prompt.index("900") < prompt.index("Cats")


@pytest.mark.usefixtures("trusted")
def test_what_takes_more_than_half_of_the_context_is_searched(me: Me, notes: Path) -> None:
    (notes / "a.md").write_text(" ".join(f"Box {n} has tomatoes of sort {n}." for n in range(80)))
    (notes / "b.md").write_text(BIKE)
    me.ingest([notes])
    prompt, whole = read(me, 1000)
    assert whole  # recall read it all; the prompt has the best
    assert "900" in prompt
    assert "tomatoes" not in prompt
    assert "tomatoes" in read(me, 4096)[0]


@pytest.mark.usefixtures("trusted")
def test_a_memory_of_many_passages_is_searched(me: Me, notes: Path) -> None:
    for n in range(FEW):
        (notes / f"{n}.md").write_text(f"Note {n} is about cat number {n}.\n")
    (notes / "bike.md").write_text(BIKE)
    me.ingest([notes])
    prompt, whole = read(me, 4096)
    assert not whole
    assert "900" in prompt
    assert "cat" not in prompt


def test_without_a_model_that_writes_the_best_are_enough(me: Me, notes: Path) -> None:
    (notes / "a.md").write_text("The balcony has tomatoes.\n")
    (notes / "b.md").write_text(BIKE)
    me.ingest([notes])
    first = next(iter(me.ask("what did the bike cost?", 1, write=False)))
    assert len(first.hits) == 1  # type: ignore[union-attr]


def test_as_written_is_by_source_and_place() -> None:
    passages = [Passage(str(n), "", "", start, start, 1) for n, start in enumerate((5, 0, 3))]
    hits = [Hit(passages[0], "b", "", 1.0), Hit(passages[1], "b", "", 2.0), Hit(passages[2], "a", "", 3.0)]
    assert [(one.source, one.passage.start) for one in as_written(hits)] == [("a", 3), ("b", 0), ("b", 5)]


def test_what_is_read_before_the_question_is_known_begins_its_prompt() -> None:
    assert grounded("when?", [hit(3)])[:-1] == always(True)
    assert short_answer("when?", "at noon")[:-1] == always(False)


def test_a_prompt_says_whose_words_may_be_kept() -> None:
    system, user = grounded("when?", [hit(3)], ["Be short."], rules_in=["p7"])
    assert system["holds"] == ["p7"]
    assert "holds" not in user
