from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.engine.fake import FakeEmbedder
from secondme.errors import ModelMissing, UsageError
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.store.rows import Filters
from secondme.trials import own, sample
from tests.recall.talks import ANA, BEN, talk


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Me]:
    """What Ana and Ben have said, and a sealed set about it. Only to be read."""
    folder = tmp_path_factory.mktemp("talk")
    with Me(Home(folder, folder), Config(embedder="fake")) as opened:
        opened.ingest([talk(folder)])
        own.make(opened, 40)
        yield opened


def test_the_set_is_kept_and_holds_no_word_of_memory(memory: Me) -> None:
    found = own.load(memory.home.memories)
    assert len(found.questions) == 40
    assert found.head.passages == 68
    path = memory.home.memories / own.FILE
    kept = path.read_text(encoding="utf-8")
    assert not [word for word in {w.strip(".,") for w in f"{ANA} {BEN}".split() if len(w) > 4} if word in kept]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_set_is_made_once(memory: Me) -> None:
    before = own.load(memory.home.memories)
    with pytest.raises(UsageError, match="already"):
        own.make(memory, 20)
    assert own.load(memory.home.memories) == before


def test_each_question_is_asked_with_its_answer_and_without(memory: Me) -> None:
    questions = own.load(memory.home.memories).questions
    seen: list[tuple[int, int]] = []
    found = own.ask(
        memory.reader, memory.search, questions, memory.now, progress=lambda at, total: seen.append((at, total))
    )
    outcomes = [one for one in found if one]
    assert len(outcomes) == 40
    assert sum(one.rank == 1 for one in outcomes) > 20
    assert all(0 <= one.rank <= own.DEEP for one in outcomes)
    assert sum(one.absent is not None for one in outcomes) > 30
    assert all(0 <= one.there <= 1 and one.seconds > 0 for one in outcomes)
    assert seen[-1] == (40, 40)


def test_a_forgotten_passage_takes_its_questions_with_it(me: Me, notes: Path) -> None:
    me.ingest([talk(notes)])
    made = own.make(me, 40)
    gone = made.questions[3].passage
    me.forget(me.forgettable(Wish(gone)))
    found = own.ask(me.reader, me.search, own.load(me.home.memories).questions, me.now)
    assert [one is None for one in found] == [one.passage == gone for one in made.questions]


@pytest.mark.parametrize(
    "damage", ["", "{}\n", "[]\n", '{"id": "a", "made_at": "", "seed": 1, "passages": 2, "format": 9}\n']
)
def test_a_set_that_cannot_be_read_says_what_to_do(tmp_path: Path, damage: str) -> None:
    with pytest.raises(UsageError, match="no sealed questions"):
        own.load(tmp_path)
    (tmp_path / own.FILE).write_text(damage)
    with pytest.raises(UsageError, match="cannot be read"):
        own.load(tmp_path)


def test_another_model_is_tried_on_a_part_of_memory(memory: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    questions = own.load(memory.home.memories).questions
    numbers = sample.part(memory.reader, questions, seed=1, noise=5)
    asked = {one.passage for one in questions} | {one.other for one in questions if one.other}
    assert len(numbers) == len(asked) + 5
    monkeypatch.setattr("secondme.engines.embedder", lambda config, models: FakeEmbedder(256, name=config.embedder))
    search, engine = sample.with_embedder(memory, "wide", numbers)
    assert engine.name == "wide"
    filters = Filters(among=numbers)
    there, here = (
        own.ask(memory.reader, one, questions, memory.now, filters)
        for one in (search, sample.as_it_is(memory, numbers))
    )
    assert sum(one.rank == 1 for one in there if one) > 20
    assert [one and one.rank for one in there] != [one and one.rank for one in here]
    hits = search.recollect("the", 100, memory.now, filters).hits
    held = dict(memory.reader.rows("SELECT id, n FROM passages"))
    assert {held[hit.passage.id] for hit in hits} <= set(numbers)


def test_a_model_that_is_not_there_is_named(memory: Me) -> None:
    with pytest.raises(ModelMissing, match="nomic"):
        sample.with_embedder(memory, "nomic-embed-1.5", [1])
