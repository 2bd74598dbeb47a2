"""What has been overtaken stands below what took its place, in recall and in answers."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import numpy as np
import pytest

from secondme.knowledge import OWNER, Claim, Quote
from secondme.me import Me
from secondme.memory.facts.reconcile import reconcile, retract
from secondme.recall.later import asks_of_the_past, lifted
from secondme.records import Done, Recollection
from secondme.store.overtaken import spans, successors

OLD = "The editor that I write all my code with is Emacs, an editor of old."
NEW = "Since the course I use Helix, and nothing else."
NOW = 1_770_000_000
DAY = date(2026, 1, 1).toordinal()


@pytest.fixture
def memory(me: Me, notes: Path) -> Me:
    """Two notes that share hardly a word, and what was learnt from them; enough others that not all is read."""
    (notes / "old.md").write_text(f"---\ndate: 2024-01-05\n---\n{OLD}\n")
    (notes / "new.md").write_text(f"---\ndate: 2025-03-01\n---\n{NEW}\n")
    for n in range(80):
        (notes / f"{n}.md").write_text(f"On day {n} I had soup number {n} and wrote code with a friend called Bo{n}.\n")
    me.ingest([notes])
    learn(me, "Emacs", "editor", date(2024, 1, 5))
    learn(me, "Helix", "editor", date(2025, 3, 1))
    return me


def learn(me: Me, value: str, slot: str, day: date) -> None:
    passages = {found.passage.id: found.passage.text for found in me.reader.all_passages()}
    (id_,) = [id_ for id_, text in passages.items() if value in text]
    quote = Quote(id_, 0, len(passages[id_]), passages[id_])
    claim = Claim(OWNER, "preference", f"You use {value}", quote, slot, value, True, day=day.toordinal())
    with me._writing(1, lambda holder: None) as ledger:
        reconcile(ledger, claim, NOW)


def order(found: Recollection) -> list[str]:
    return [word for hit in found.hits for word in ("Emacs", "Helix") if word in hit.passage.text]


QUESTION = "which editor do I write my code with?"


def test_the_current_value_comes_before_the_old_one_although_the_old_words_are_nearer(memory: Me) -> None:
    assert order(memory.recall(QUESTION, 20, facts=False))[:1] == ["Emacs"]
    found = memory.recall(QUESTION, 20)
    assert order(found) == ["Helix", "Emacs"]
    first = next(hit for hit in found.hits if "Helix" in hit.passage.text)
    assert first.why["later"] > 0
    shares = [share for name, share in first.why.items() if name not in ("bm25", "cosine")]
    assert sum(shares) == pytest.approx(first.score, abs=1e-3)


def test_a_question_about_the_past_is_left_alone(memory: Me) -> None:
    assert order(memory.recall("which editor did I use to write my code with originally?", 20))[:1] == ["Emacs"]


def test_as_of_an_earlier_day_the_old_value_was_current(memory: Me) -> None:
    now = memory.now.replace(year=2024, month=6)
    assert order(memory.recall(QUESTION, 20, now=now))[:1] == ["Emacs"]


def test_the_words_that_are_over_are_marked_and_are_not_the_first_quote(memory: Me) -> None:
    old = next(hit for hit in memory.recall(QUESTION, 20).hits if "Emacs" in hit.passage.text)
    assert [old.passage.text[start - old.passage.start : end - old.passage.start] for start, end, _ in old.over] == [
        OLD
    ]

    def quoted(facts: bool) -> str:
        done = list(memory.ask(QUESTION, write=False, facts=facts, log=False))[-1]
        assert isinstance(done, Done)
        cited = done.answer.citations or done.answer.nearest
        return cited[0].quote

    assert "Emacs" in quoted(facts=False)
    assert "Emacs" not in quoted(facts=True)


def test_what_the_owner_took_back_ends_nothing(memory: Me) -> None:
    with memory._writing(1, lambda holder: None) as ledger:
        retract(ledger, 2, NOW)
    assert order(memory.recall(QUESTION, 20))[:1] == ["Emacs"]


def test_successors_are_followed_to_the_last(memory: Me, notes: Path) -> None:
    (notes / "third.md").write_text("---\ndate: 2025-09-01\n---\nBack to the plain Ed.\n")
    memory.ingest([notes])
    learn(memory, "plain Ed", "editor", date(2025, 9, 1))
    numbers = {text.split()[-1]: n for n, text in memory.reader.rows("SELECT n, text FROM passage_text")}
    emacs, helix, ed = (numbers[word] for word in ("old.", "else.", "Ed."))
    assert successors(memory.reader, [emacs], DAY) == {emacs: [helix], helix: [ed]}
    assert successors(memory.reader, [emacs], date(2024, 2, 1).toordinal()) == {}
    texts = {found.passage.id: found.passage.text for found in memory.reader.all_passages()}
    ids = [id_ for id_, text in texts.items() if text in (OLD, NEW, "Back to the plain Ed.")]
    marked = [
        (texts[span.passage].split()[-1], span.instead) for span in spans(memory.reader, ids, DAY) if span.fact == 1
    ]
    assert sorted(marked) == [("Ed.", True), ("else.", True), ("old.", False)]


@pytest.mark.parametrize(
    ("question", "past"),
    [
        ("where do I live now?", False),
        ("what is my phone number?", False),
        ("where did I use to live, where I used to live?", True),
        ("what was my previous job?", True),
        ("how has my model's performance evolved?", True),
        ("what did Ana say about the boat?", False),
    ],
)
def test_questions_about_how_things_were(question: str, past: bool) -> None:
    assert asks_of_the_past(question) == past


def test_only_as_much_is_added_as_it_takes() -> None:
    scores = np.array([3.0, 1.0, 2.0, 5.0], np.float32)
    raised = lifted([10, 11, 12, 13], scores, {10: [11, 99], 11: [12], 98: [10]})
    after = scores + np.array([raised.get(row, 0.0) for row in range(4)], np.float32)
    assert np.argsort(-after).tolist() == [3, 2, 1, 0]
    assert lifted([10, 13], scores[[0, 3]], {10: [13]}) == {}
    assert lifted([10, 11], scores[:2], {10: [11], 11: [10]}).keys() <= {0, 1}, (
        "two that ended each other come to an end"
    )
