"""What a hit replies to comes along: by which rules, what is done with it, and that it is never the answer itself."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secondme.engine.fake import FakeEmbedder
from secondme.me import Me
from secondme.recall.answer import Grounds, answer
from secondme.recall.prompt import passage_block
from secondme.recall.replies import needed
from secondme.recall.support import objection
from secondme.records import Done, Hit
from secondme.store.around import Standing
from secondme.store.rows import Filters

NOON = datetime(2026, 5, 4, 12, tzinfo=UTC)
TALK = [
    ("Ben", "I painted the whole fence green today, all forty metres of it."),
    ("Ana", "When do you collect the canoe from the harbour shed?"),
    ("Ben", "Tuesday, half past nine."),
    ("Ben", "The harbour master insists on seeing the old paper permit for the trailer, can you believe that."),
    ("Ana", "Fine."),
]


@pytest.fixture
def talk(me: Me, notes: Path) -> Me:
    records = (
        {"speaker": who, "time": (NOON + timedelta(minutes=n)).isoformat(), "text": text, "thread": "boat"}
        for n, (who, text) in enumerate(TALK)
    )
    (notes / "boat.jsonl").write_text("".join(json.dumps(record) + "\n" for record in records))
    me.ingest([notes])
    return me


def hit(me: Me, text: str, filters: Filters | None = None) -> Hit:
    found = me.recall("when is the canoe collected from the harbour shed?", 8, filters, now=NOON).hits
    return next(one for one in found if one.passage.text == text)


def test_a_reply_carries_its_question(talk: Me) -> None:
    assert [one.said for one in hit(talk, TALK[2][1]).before] == [f"Ana: {TALK[1][1]}"]


def test_a_question_two_messages_back_is_carried_with_what_came_between(talk: Me) -> None:
    assert [one.text for one in hit(talk, TALK[3][1]).before] == [TALK[1][1], TALK[2][1]]


def test_a_few_words_carry_what_stands_before_them(talk: Me) -> None:
    assert [one.text for one in hit(talk, TALK[4][1]).before] == [TALK[3][1]]


def test_what_says_enough_by_itself_carries_nothing(talk: Me) -> None:
    assert hit(talk, TALK[1][1]).before == ()


def test_what_a_filter_keeps_out_is_not_brought_in(talk: Me) -> None:
    after = Filters(since=int((NOON + timedelta(minutes=2)).timestamp()))
    assert hit(talk, TALK[2][1], after).before == ()


def standing(n: int, text: str, speaker: str = "", *, item: int = 0, trust: str = "own", kind: str = "message",
             before: tuple[int, ...] = ()) -> Standing:  # fmt: skip
    return Standing(n, str(n), item or n, text, "", speaker, trust, kind, "t", 0, before)


def test_an_assistant_replies_to_its_owner_though_neither_has_a_name() -> None:
    long = "A sourdough wants a long cold night, then an hour on the table, and a very hot oven."
    around = {1: standing(1, "How do I bake it?"), 2: standing(2, long, trust="machine", before=(1,))}
    assert needed(2, around) == (1,)


def test_a_note_and_a_long_message_in_parts_reply_to_nothing() -> None:
    note = {1: standing(1, "Why?", item=9, kind="note"), 2: standing(2, "So.", item=9, kind="note", before=(1,))}
    long = {1: standing(1, "Why?", "Ana", item=9), 2: standing(2, "So.", "Ana", item=9, before=(1,))}
    assert needed(2, note) == needed(2, long) == ()


def test_the_model_reads_it_as_quoted_data(talk: Me) -> None:
    block = passage_block(1, hit(talk, TALK[2][1]))
    assert f"(in reply to <<<Ana: {TALK[1][1]}>>>)\n<<<{TALK[2][1]}>>>" in block


def test_an_answer_quotes_the_reply_and_not_its_question(talk: Me) -> None:
    question = "when is the canoe collected?"
    only = [hit(talk, TALK[2][1])]
    *_, done = answer(question, Grounds(only, talk.search.weights(question), FakeEmbedder(), answerable=0.9))
    assert isinstance(done, Done)
    quotes = done.answer.citations or done.answer.nearest
    assert [one.quote for one in quotes] == [TALK[2][1]]
    assert quotes[0].place.endswith("boat.jsonl:3")


def test_what_is_replied_to_lends_words_names_and_numbers_to_a_reply_that_says_something() -> None:
    asked = ["Ana: When do you collect the canoe from shed 14?"]
    assert objection("The canoe is collected from shed 14 on Tuesday.", ["Tuesday, half past nine."], "", asked) is None
    assert objection("The canoe is collected from shed 14.", ["Tuesday, half past nine."], "", asked) is not None
    assert objection("The canoe is collected on Tuesday from shed 15.", ["Tuesday."], "", asked) is not None
