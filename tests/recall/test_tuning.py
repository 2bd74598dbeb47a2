from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.errors import TooLittle
from secondme.me import Me
from secondme.recall import calibrating, tuning
from secondme.recall.calibrating import KEY, current
from secondme.recall.tuning import Order
from tests.recall.talks import talk


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("talk")
    with Me(Home(folder, folder), Config(embedder="fake")) as me:
        me.ingest([talk(folder)])
    return folder


@pytest.fixture
def memory(made: Path, tmp_path: Path) -> Iterator[Me]:
    """What Ana and Ben have said."""
    folder = shutil.copytree(made, tmp_path / "copy")
    with Me(Home(folder, folder), Config(embedder="fake")) as me:
        yield me


@pytest.fixture
def better(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever is fitted beats the default."""
    monkeypatch.setattr(tuning, "beats", lambda ours, default, cases: True)


def told(me: Me) -> float:
    return me.recall("How much did Ana pay for the climbing rope?").answerable


def test_tuning_asks_each_question_with_its_answer_and_without(memory: Me) -> None:
    seen: list[tuple[int, int]] = []
    done = memory.tune(Order(memory.now, 40), lambda at, total: seen.append((at, total)), dry_run=True)
    assert done.questions == 40
    assert done.swapped > 5
    assert done.held_out > 5
    assert done.held_out + done.swapped <= 40
    assert (seen[0], seen[-1]) == ((0, 40), (40, 40))
    assert sum(number for *_, number in done.before.table) == 40 + done.swapped + done.held_out


def test_tuning_is_the_same_for_a_seed(memory: Me) -> None:
    one, other = (memory.tune(Order(memory.now, 20, 7), dry_run=True) for _ in range(2))
    assert (one.before, one.after, one.examples) == (other.before, other.after, other.examples)


@pytest.mark.usefixtures("better")
def test_what_was_fitted_counts_from_then_on(memory: Me) -> None:
    before = told(memory)
    done = memory.tune(Order(memory.now, 20))
    assert done.calibration is not None
    assert current(memory.reader) == done.calibration
    assert told(memory) != before
    with Me(memory.home, memory.config) as another:
        assert told(another) == told(memory)


@pytest.mark.usefixtures("better")
def test_a_dry_run_and_an_interrupted_one_keep_nothing(memory: Me) -> None:
    first = memory.tune(Order(memory.now, 20)).calibration

    def interrupt(at: int, total: int) -> None:
        if at == 3:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        memory.tune(Order(memory.now, 20, 2), interrupt)
    memory.tune(Order(memory.now, 20, 3), dry_run=True)
    assert current(memory.reader) == first


def test_where_the_default_tells_as_well_it_counts_again(memory: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    before = told(memory)
    monkeypatch.setattr(tuning, "beats", lambda ours, default, cases: True)
    memory.tune(Order(memory.now, 20))
    monkeypatch.setattr(tuning, "beats", lambda ours, default, cases: False)
    done = memory.tune(Order(memory.now, 20))
    assert done.calibration is None
    assert done.after == done.before
    assert memory.reader.meta(KEY) is None
    assert told(memory) == before


@pytest.mark.usefixtures("better")
def test_it_counts_no_longer_when_memory_has_grown_by_half(memory: Me, notes: Path) -> None:
    memory.tune(Order(memory.now, 20))
    (notes / "few.md").write_text("# A\n\nOne more.\n")
    memory.ingest([notes])
    assert current(memory.reader)
    (notes / "many.md").write_text("".join(f"# {n}\n\nMuch more of it, {n}.\n\n" for n in range(60)))
    memory.ingest([notes])
    assert current(memory.reader) is None


def test_a_small_memory_is_told_that_it_is_small(me: Me, notes: Path) -> None:
    (notes / "one.md").write_text("I planted tulips in the garden behind the shed.\n")
    me.ingest([notes])
    with pytest.raises(TooLittle, match="1 passage"):
        me.tune(Order(me.now))
    (notes / "many.md").write_text("".join(f"# {n}\n\nNothing to ask about here {n}.\n\n" for n in range(60)))
    me.ingest([notes])
    with pytest.raises(TooLittle, match=r"Only \d question"):
        me.tune(Order(me.now))


def test_made_questions_are_judged_by_what_is_known_of_such(memory: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    """Were they as hard as people's, the default would have to be as far off as they are easier."""
    before = memory.tune(Order(memory.now, 20), dry_run=True).before
    monkeypatch.setattr(calibrating, "EASIER", (1.0, 0.0))
    assert memory.tune(Order(memory.now, 20), dry_run=True).before != before
