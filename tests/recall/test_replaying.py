"""An old question asked again, of the memory of its day and of today's."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from secondme.me import Me
from secondme.recall.replaying import again, difference
from secondme.records import Answer
from secondme.store import answers
from secondme.store.answers import Asked, Considered, Given, Sentence

NOW = datetime(2026, 5, 4, 12, tzinfo=UTC)
QUESTION = "what did the bike cost?"


def given(*sentences: Sentence, hits: str = "", text: str = "I don't know.") -> Given:
    asked = Asked(QUESTION, NOW, NOW.timestamp())
    considered = tuple(Considered(passage, f"/{passage}", 1.0) for passage in hits)
    return Given("a1", asked, Answer(QUESTION, text, not sentences, 0.5), sentences, considered)


# ---- comparing


def test_the_same_words_by_another_number_are_the_same() -> None:
    found = difference(given(Sentence("It cost 900. [1]", (1,))), given(Sentence("It cost 900. [2]", (2,)), hits="x"))
    assert found.same
    assert [hit.passage for hit in found.passages_new] == ["x"]


def test_what_is_gone_and_what_is_new() -> None:
    before = given(Sentence("Kept. [1]", (1,)), Sentence("Gone. [2]", (2,)), hits="ab")
    after = given(
        Sentence("Kept. [1]", (1,)), Sentence("New. [2]", (2,)), Sentence("Never said.", struck="no"), hits="bc"
    )
    found = difference(before, after)
    assert (found.gone, found.new, found.same) == (("Gone.",), ("New.",), False)
    assert ([h.passage for h in found.passages_gone], [h.passage for h in found.passages_new]) == (["a"], ["c"])


def test_a_refusal_against_an_answer_is_a_change() -> None:
    found = difference(given(), given(Sentence("It cost 900. [1]", (1,)), text="It cost 900. [1]"))
    assert (found.gone, found.new) == (("I don't know.",), ("It cost 900.",))


# ---- asking again


def test_then_is_as_it_was_put_and_knows_nothing_later() -> None:
    asked = Asked("what did I do yesterday?", NOW, NOW.timestamp() + 0.7)
    then = again(asked, None)
    assert (then.now, then.as_of, then.filters.taken_by) == (NOW, NOW, int(NOW.timestamp()))
    early = Asked(QUESTION, NOW, NOW.timestamp(), as_of=NOW - timedelta(days=400))
    assert again(early, None).as_of == early.as_of


def test_today_is_asked_today() -> None:
    asked = Asked(QUESTION, NOW, NOW.timestamp(), as_of=NOW - timedelta(days=3))
    later = NOW + timedelta(days=30)
    today = again(asked, later)
    assert (today.now, today.as_of, today.filters.taken_by) == (later, None, None)


@pytest.fixture
def changed(me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> Me:
    """Asked when the bike cost 900 euro; a week later there is a note, of an older day, that says 950."""
    (notes / "bike.md").write_text("---\ndate: 2026-05-01\n---\nThe bike cost 900 euro.\n")
    clock = NOW.timestamp()
    monkeypatch.setattr("time.time", lambda: clock)
    me.ingest([notes])
    list(me.ask(QUESTION, write=False, now=NOW))
    clock += 7 * 86_400
    (notes / "price.md").write_text("---\ndate: 2026-04-30\n---\nThe bike cost 950 euro, says the bill.\n")
    me.ingest([notes])
    return me


def test_the_memory_of_its_day_says_what_it_said(changed: Me) -> None:
    before, after = changed.replay("last", then=True)
    assert difference(before, after).same
    assert {hit.passage for hit in after.hits} == {hit.passage for hit in before.hits}


def test_the_memory_of_today_says_what_came_since(changed: Me) -> None:
    before, after = changed.replay("last")
    found = difference(before, after)
    assert any("950" in line for line in found.new)
    assert [Path(hit.place.rpartition(":")[0]).name for hit in found.passages_new] == ["price.md"]


def test_a_replay_is_no_new_answer(changed: Me) -> None:
    before, _ = changed.replay("last")
    latest = answers.latest(changed.reader)
    assert latest is not None
    assert latest.id == before.id
