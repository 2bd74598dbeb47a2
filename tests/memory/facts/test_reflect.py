"""Passages that were not read yet are read once, and read anew when the rules have changed."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.knowledge import OWNER, Claim, Quote, Told
from secondme.me import Me
from secondme.memory.facts import reflect
from secondme.memory.facts.rules import Read
from secondme.store import facts


def statements(me: Me) -> list[str]:
    return sorted(fact.statement for fact in facts.all_facts(me.reader))


def noted(me: Me, folder: Path, **texts: str) -> None:
    for name, text in texts.items():
        (folder / f"{name}.md").write_text(text)
    me.ingest([folder])


def test_what_was_read_is_not_read_again(me: Me, notes: Path) -> None:
    noted(me, notes, one="I live in Ghent.\n")
    assert (me.reflect().passages, me.reflect().passages) == (1, 0)
    noted(me, notes, two="I work at the Boatyard.\n")
    assert me.unreflected == 1
    assert me.reflect().passages == 1
    assert me.unreflected == 0


def test_newest_and_most_recalled_first(me: Me, notes: Path) -> None:
    noted(
        me, notes, old="---\ndate: 2020-01-01\n---\nAn old boat.\n", new="---\ndate: 2024-01-01\n---\nA new boat.\n",
        used="---\ndate: 2010-01-01\n---\nA boat that I ask about.\n",
    )  # fmt: skip
    texts: dict[int, str] = dict(me.reader.rows("SELECT n, text FROM passage_text"))  # type: ignore[arg-type]
    (asked,) = (one.passage.id for one in me.reader.all_passages() if "ask about" in one.passage.text)
    with me._writing(1, lambda holder: None) as ledger:
        ledger.change("INSERT INTO uses VALUES (?, 3, 1, 0)", [(asked,)])
    assert [texts[n].split()[1] for n in reflect.pending(me.reader)] == ["boat", "new", "old"]


def test_who_speaks_decides_whom_i_means(me: Me, notes: Path) -> None:
    lines = [
        '{"role": "user", "content": "I live in Ghent.", "ts": "2024-05-01T10:00:00Z"}',
        '{"role": "assistant", "content": "I live in the cloud.", "ts": "2024-05-01T10:01:00Z"}',
    ]
    (notes / "chat.jsonl").write_text("\n".join(lines) + "\n")
    (notes / "talk.jsonl").write_text('{"speaker": "Ana", "ts": "2024-05-01T10:00:00Z", "text": "I live in Lisbon."}\n')
    me.ingest([notes])
    me.reflect()
    homes = {fact.subject: fact.value for fact in facts.all_facts(me.reader) if fact.slot == "lives in"}
    assert homes == {OWNER: "Ghent", "Ana": "Lisbon"}


def test_new_rules_take_back_what_the_old_ones_misread(me: Me, notes: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def reading(word: str, *more: str) -> None:
        """Rules that read "You have WORD" wherever the word stands."""

        def claims(told: Told) -> Read:
            found = [(one, told.text.find(one)) for one in (word, *more) if one in told.text]
            made = (
                Claim(OWNER, "other", f"You have {one}", Quote(told.passage, at, at + len(one), one))
                for one, at in found
            )
            return Read(tuple(made))

        monkeypatch.setattr(reflect, "claims", claims)

    noted(me, notes, one="A boat and a bike.\n", two="A boat.\n")
    reading("boat", "bike")
    me.reflect()
    assert statements(me) == ["You have bike", "You have boat"]
    learnt = facts.all_facts(me.reader)[0].learned_at
    reading("boat")
    monkeypatch.setattr(reflect, "RULES", reflect.RULES + 1)
    assert me.reflect().passages == 2
    (boat,) = facts.all_facts(me.reader)
    assert (boat.statement, len(boat.quotes), boat.learned_at) == ("You have boat", 2, learnt)


def test_what_goes_while_a_model_reads_it_says_nothing(me: Me, notes: Path) -> None:
    noted(me, notes, one="I live in Ghent.\n")
    heard = reflect.by_rules(me.reader, reflect.pending(me.reader))
    (notes / "one.md").write_text("Nothing of that.\n")
    me.ingest([notes])
    with me._writing(1, lambda holder: None) as ledger:
        reflect.learn(ledger, heard, reflect.Learnt())
    assert statements(me) == []
