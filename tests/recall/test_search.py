"""Search over chats and notes: what stands around a passage, whose it is and when, and what each hit owes to which."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.recall.features import NAMES
from secondme.recall.folding import folded
from secondme.recall.fusion import ASPECTS, WEIGHTS
from secondme.recall.query import statement
from secondme.store.around import REACH, standing

NOON = datetime(2024, 5, 4, 12, tzinfo=UTC)
Line = tuple[str, int, str]  # who, minutes after noon, what


def chat(folder: Path, name: str, lines: list[Line]) -> Path:
    """A chat log, one message a line."""
    path = folder / f"{name}.jsonl"
    records = (
        {"speaker": who, "time": (NOON + timedelta(minutes=minutes)).isoformat(), "text": what, "thread": name}
        for who, minutes, what in lines
    )
    path.write_text("".join(json.dumps(record) + "\n" for record in records))
    return path


TALK: list[Line] = [
    ("Ana", 0, "Hello Ben, long time no see!"),
    ("Ben", 1, "Which instrument are you learning now?"),
    ("Ana", 2, "The cello, and it hurts."),
    ("Ben", 3, "I went to the market for pears."),
    ("Ana", 4, "I adopted a grey kitten from the shelter."),
    ("Ben", 5, "A grey kitten from the shelter, lovely! I adopted nothing but a cactus."),
    ("Ana", 24 * 60, "Good morning. The trains are late again."),
    ("Ben", 24 * 60 + 1, "They always are on Sundays."),
]


@pytest.fixture
def talk(me: Me, notes: Path) -> Me:
    me.ingest([chat(notes, "ana-and-ben", TALK)])
    return me


def numbers(me: Me) -> dict[str, int]:
    return {text: n for n, text in me.reader.rows("SELECT n, text FROM passage_text")}


def test_a_message_stands_among_those_of_its_thread(talk: Me) -> None:
    known = numbers(talk)
    there = standing(talk.reader, [known["The cello, and it hurts."]])
    one = there[known["The cello, and it hurts."]]
    assert [there[n].text for n in one.before] == [TALK[1][2], TALK[0][2]]
    assert [there[n].text for n in one.after] == [TALK[3][2], TALK[4][2]]
    assert one.speaker == "Ana"


def test_a_long_silence_ends_what_stands_around(talk: Me) -> None:
    known = numbers(talk)
    there = standing(talk.reader, [known[TALK[5][2]], known[TALK[6][2]]])
    assert there[known[TALK[5][2]]].after == ()
    assert there[known[TALK[6][2]]].before == ()


def test_within_a_note_its_own_passages_stand_around(me: Me, notes: Path) -> None:
    paragraphs = [f"# Part {n}\n\nThe story of number {n} goes on.\n" for n in range(6)]
    (notes / "long.md").write_text("\n".join(paragraphs))
    (notes / "other.md").write_text("Another note.\n")
    me.ingest([notes])
    known = numbers(me)
    middle = known["The story of number 3 goes on."]
    there = standing(me.reader, [middle, known["Another note."]])
    assert [there[n].text for n in there[middle].before] == [f"The story of number {n} goes on." for n in (2, 1)][
        :REACH
    ]
    assert there[known["Another note."]].before == there[known["Another note."]].after == ()


def test_what_is_forgotten_stands_around_nothing(me: Me, notes: Path) -> None:
    me.ingest([chat(notes, "kept", TALK[:3])])
    other = chat(notes, "other", [("Ben", 3, "A secret of the same minute.")])
    other.write_text(other.read_text().replace('"thread": "other"', '"thread": "kept"'))
    me.ingest([other])
    me.forget(me.forgettable(Wish(str(other))))
    known = numbers(me)
    there = standing(me.reader, [known["The cello, and it hurts."]])
    assert [there[n].text for n in there[known["The cello, and it hurts."]].after] == []
    assert all("secret" not in one.text for one in there.values())


def test_a_reply_is_found_by_the_question_before_it(talk: Me) -> None:
    found = talk.recall("which instrument is Ana learning?", 3, now=NOON)
    assert "The cello, and it hurts." in [hit.passage.text for hit in found.hits[:2]]


def test_whose_words_are_meant_decides_between_like_ones(talk: Me) -> None:
    (first, *_) = talk.recall("who adopted a grey kitten: did Ana adopt a kitten?", 3, now=NOON).hits
    assert first.passage.speaker == "Ana"
    assert talk.recall("what did Ben adopt?", 3, now=NOON).hits[0].passage.speaker == "Ben"


def test_what_was_not_known_then_is_not_found(talk: Me) -> None:
    then = talk.recall("are the trains late?", 8, as_of=NOON + timedelta(hours=1))
    assert then.hits
    assert all("trains" not in hit.passage.text for hit in then.hits)
    assert "trains" in talk.recall("are the trains late?", 8, now=NOON).hits[0].passage.text


def test_a_hit_says_what_its_score_is_made_of(talk: Me) -> None:
    for hit in talk.recall("what did Ana adopt?", 5, now=NOON).hits:
        assert sum(hit.why[aspect] for aspect in ASPECTS) == pytest.approx(hit.score, abs=1e-3)


def test_each_weighed_feature_belongs_to_one_aspect() -> None:
    spoken_for = [name for names in ASPECTS.values() for name in names]
    assert sorted(spoken_for) == sorted(set(spoken_for))
    assert set(WEIGHTS) <= set(spoken_for) <= set(NAMES)


def test_a_text_that_is_there_twice_takes_one_place(me: Me, notes: Path) -> None:
    text = "The plumber Osei comes on Friday at nine to look at the boiler in the cellar"
    (notes / "one.md").write_text(f"{text}.\n")
    (notes / "two.md").write_text(f"{text}!\n")
    (notes / "three.md").write_text("The boiler was repaired.\n")
    me.ingest([notes])
    texts = [hit.passage.text for hit in me.recall("when does the plumber look at the boiler?").hits]
    assert len([one for one in texts if "plumber" in one]) == 1
    assert "The boiler was repaired." in texts


def test_nearly_equal_texts_fold_and_short_ones_only_if_equal() -> None:
    long = "we meet at the station at nine and walk to the old lighthouse"
    texts = [long, f"{long} together", "see you at nine", "see you at ten", "see  you at nine"]
    assert list(folded(texts)) == [(0, 0), (1, 0), (2, 2), (3, 3), (4, 2)]


def test_nothing_in_memory_is_no_hit_and_no_answer(me: Me) -> None:
    found = me.recall("anything at all?")
    assert found.hits == ()
    assert found.answerable == 0.0


def test_a_probability_is_one(talk: Me) -> None:
    for question in ("what did Ana adopt?", "what did Ben adopt?", "how deep is the lake?", "?", "Ana"):
        assert 0.0 <= talk.recall(question, now=NOON).answerable <= 1.0


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("When did I join the choir?", "I join the choir"),
        ("What kind of boat is it?", "boat it"),
        ("Where?", "Where?"),
        ("the choir", "the choir"),
    ],
)
def test_a_question_is_put_as_the_statement_that_it_asks_about(question: str, expected: str) -> None:
    assert statement(question) == expected
