from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from secondme.config import Config, Home
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.recall.called import Called
from secondme.recall.sealing import Put, Sealed, sealed, worded
from secondme.recall.unanswerable import left_out, mentions
from secondme.store.around import standing
from secondme.store.rows import EVERYTHING
from tests.recall.talks import ANA, BEN, talk


@pytest.fixture(scope="module")
def memory(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Me]:
    """What Ana and Ben have said. Only to be read."""
    folder = tmp_path_factory.mktemp("talk")
    with Me(Home(folder, folder), Config(embedder="fake")) as opened:
        opened.ingest([talk(folder)])
        yield opened


def put(me: Me, seed: int = 1) -> list[Put]:
    return [one for one in worded(me.reader, sealed(me.reader, 60, seed)) if one]


def test_the_same_memory_and_seed_give_the_same_questions(memory: Me) -> None:
    assert sealed(memory.reader, 25, 3) == sealed(memory.reader, 25, 3)
    assert sealed(memory.reader, 25, 3) != sealed(memory.reader, 25, 4)
    assert len(sealed(memory.reader, 25, 3)) == 25


def test_questions_are_of_what_both_have_done(memory: Me) -> None:
    questions = {one.text: one.answer for one in put(memory)}
    assert questions["How much did Ana pay for the climbing cord?"] == "€40"
    assert questions["What did Ben construct in the garage?"] == "a kayak"
    assert len({one.sealed.passage for one in put(memory)}) > 25


def test_what_is_kept_holds_no_word_of_memory(memory: Me) -> None:
    kept = json.dumps([one.kept() for one in sealed(memory.reader, 60)])
    assert [Sealed.of(one) for one in json.loads(kept)] == sealed(memory.reader, 60)
    for word in {word.strip(".,") for word in f"{ANA} {BEN}".split() if len(word) > 4}:
        assert word not in kept


def test_a_question_goes_with_what_is_forgotten(me: Me, notes: Path) -> None:
    me.ingest([talk(notes)])
    before = sealed(me.reader, 60)
    rope = next(one for one in put(me) if "cord" in one.text)
    me.forget(me.forgettable(Wish(rope.sealed.passage)))
    after = worded(me.reader, before)
    assert [one is None for one in after] == [one.passage == rope.sealed.passage for one in before]


def test_it_is_about_somebody_else_in_vain(memory: Me) -> None:
    swapped = {one.text: one.swapped for one in put(memory)}
    assert swapped["How much did Ana pay for the climbing cord?"] == "How much did Ben pay for the climbing cord?"
    assert not any(one.swapped == one.text for one in put(memory))


def test_a_question_is_not_swapped_to_one_who_did_the_same(me: Me, notes: Path) -> None:
    path = talk(notes)
    line = json.dumps({"speaker": "Ben", "time": "2024-06-30T10:00:00", "text": "I paid €60 for a climbing rope, too."})
    path.write_text(f"{path.read_text()}{line}\n")
    me.ingest([notes])
    swapped = {one.text: one.swapped for one in put(me)}
    assert swapped["How much did Ana pay for the climbing cord?"] == ""


def test_nothing_that_is_left_holds_the_answer(me: Me, notes: Path) -> None:
    path = talk(notes)
    line = json.dumps({"speaker": "Ben", "time": "2024-06-30T10:00:00", "text": "The rope was €40? That is cheap."})
    path.write_text(f"{path.read_text()}{line}\n")
    me.ingest([notes])
    rope = next(one for one in put(me) if one.text == "How much did Ana pay for the climbing cord?")
    out = left_out(me.reader, rope.passage, rope.sealed.frame, me.search.weights)
    assert out is not None
    assert sorted(one.text for one in standing(me.reader, out).values() if one.n in out) == [
        "I paid €40 for the climbing rope.",
        "The rope was €40? That is cheap.",
    ]


def test_what_is_left_out_is_neither_found_nor_beside_what_is(memory: Me) -> None:
    rope = next(one for one in put(memory) if "cord" in one.text)
    out = left_out(memory.reader, rope.passage, rope.sealed.frame, memory.search.weights) or ()
    for text in (rope.text, "That sounds lovely!", "pottery"):
        found = memory.search.weighed(text, memory.now, replace(EVERYTHING, without=out))
        assert found is not None
        assert not set(out) & {*found.pool.numbers, *found.pool.around}
        assert not set(out) & {n for one in found.pool.around.values() for n in (*one.before, *one.after)}
    hits = memory.search.recollect(rope.text, 100, memory.now, replace(EVERYTHING, without=out)).hits
    assert rope.sealed.passage not in {hit.passage.id for hit in hits}
    assert memory.search.recollect(rope.text, 5, memory.now).hits[0].passage.id == rope.sealed.passage


def test_people_are_called_by_a_first_name_that_is_theirs_alone(me: Me, notes: Path) -> None:
    names = ("Anna Berg", "Anna Holt", "Ben Okri", "Dr Vos", "+32 400 55", "Acme Support", "bot")
    lines = [json.dumps({"speaker": name, "time": "2024-01-01T10:00:00", "text": f"Hello {n}"}) for n, name in
             enumerate(names)]  # fmt: skip
    (notes / "chat.jsonl").write_text("\n".join(lines))
    me.ingest([notes])
    called = Called(me.reader)
    assert [called.name(name) for name in names] == ["Anna Berg", "Anna Holt", "Ben", "Dr Vos", "", "", ""]


def test_somebody_is_spoken_of_and_not_only_to() -> None:
    assert mentions("Ana", "I met Ana at the pool.")
    assert not mentions("Ana", "Thanks, Ana! See you.")
    assert not mentions("Ana", "Hey Ana, I sold it.")
