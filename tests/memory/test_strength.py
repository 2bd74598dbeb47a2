"""How clear memories are: the curve, what holds them, what is noted of their use, and that nothing waits for it."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from secondme.errors import UsageError
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.memory.strength import DAY, MOST_TAKEN, STEADY, faded, strength, weighty
from secondme.records import Hit, Passage
from secondme.store.uses import Trace, uses

NOW = 2_000_000_000


def value(**more: object) -> float:
    trace = Trace("p", NOW - 200 * DAY, own=False)
    changed = {field: more.get(field, getattr(trace, field)) for field in trace.__dataclass_fields__}
    return strength(Trace(**changed), NOW).value


def test_it_falls_as_the_curve_does() -> None:
    assert strength(Trace("p", NOW, own=False), NOW).value == 1.0
    assert strength(Trace("p", NOW - int(STEADY * DAY), own=False), NOW).value == pytest.approx(0.368, abs=0.001)


def test_use_brings_it_back_and_makes_it_last() -> None:
    assert value(uses=1, last=NOW) == 1.0
    assert value(uses=1, last=NOW - 100 * DAY) > value(said=NOW - 100 * DAY)


@pytest.mark.parametrize("holds", [{"facts": 1}, {"weighty": True}, {"own": True}])
def test_what_rests_on_it_and_whose_it_is_makes_it_last(holds: dict[str, object]) -> None:
    assert value(**holds) > value()


def test_a_mark_and_days_to_come_keep_it() -> None:
    day = date.fromtimestamp(NOW + 10 * DAY).toordinal()
    for kept in ({"marked": True}, {"ahead": day}, {"said": NOW + DAY}):
        trace = Trace("p", **{"said": 0, **kept})  # type: ignore[arg-type]
        assert (strength(trace, NOW).value, strength(trace, NOW).level) == (1.0, "kept")
    assert strength(Trace("p", 0, ahead=day - 30), NOW).level == "faint"


def test_every_strength_says_why() -> None:
    reasons = strength(Trace("p", NOW - 400 * DAY, 2, NOW - 40 * DAY, facts=1, weighty=True), NOW).reasons
    assert reasons == (
        "used twice, last 1 month ago",
        "from 1 year ago",
        "1 fact rests on it",
        "says that it matters",
        "your own words",
    )


def test_words_that_matter() -> None:
    assert weighty("Never forget: he is allergic to nuts")
    assert not weighty("Bought milk and bread")


def hit(name: str, score: float) -> Hit:
    return Hit(Passage(name, name, "", 0, 1, 1), "notes", "", score)


def test_fading_takes_a_little_rank_and_hides_nothing() -> None:
    traces = {"old": Trace("old", 0, own=False), "new": Trace("new", NOW, own=False)}
    near = faded([hit("old", 1.0), hit("new", 1.0 - MOST_TAKEN / 2)], traces, NOW)
    far = faded([hit("old", 1.0), hit("new", 1.0 - 2 * MOST_TAKEN)], traces, NOW)
    assert [one.passage.id for one in near] == ["new", "old"]
    assert [one.passage.id for one in far] == ["old", "new"]
    assert near[1].why["faded"] == pytest.approx(-MOST_TAKEN)
    assert near[1].score == pytest.approx(1.0 - MOST_TAKEN)


# -- notes of use -----------------------------------------------------------------------------------------------------


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    (notes / "dentist.md").write_text("The dentist appointment is on 12 May.\n")
    (notes / "bike.md").write_text("The bike stands in the shed.\n")
    me.ingest([notes])
    return me


def passage(me: Me, word: str) -> str:
    return me.recall(word).hits[0].passage.id


def test_use_is_noted_when_all_is_said(known: Me) -> None:
    dentist = passage(known, "dentist")
    known.used([dentist, dentist])
    assert uses(known.reader, [dentist]) == {}
    known.close()
    assert uses(known.reader, [dentist])[dentist].count == 1
    known.used([dentist])
    known.close()
    assert uses(known.reader, [dentist])[dentist].count == 2


def test_while_another_writes_use_is_not_noted_and_nobody_waits(known: Me) -> None:
    dentist = passage(known, "dentist")
    known.used([dentist])
    with Me(known.home, embedder=known.embedder) as other, other._writing(0, lambda holder: None):
        known.close()
    assert uses(known.reader, [dentist]) == {}


def test_what_has_gone_meanwhile_is_not_noted(known: Me) -> None:
    dentist = passage(known, "dentist")
    known.used([dentist])
    with Me(known.home, embedder=known.embedder) as other:
        other.forget(other.forgettable(Wish(dentist)))
    known.close()
    assert list(known.reader.rows("SELECT * FROM uses")) == []


def test_use_goes_with_its_passage(known: Me) -> None:
    dentist = passage(known, "dentist")
    known.mark(dentist)
    known.forget(known.forgettable(Wish(dentist)))
    assert list(known.reader.rows("SELECT * FROM uses")) == []


def test_what_is_marked_does_not_fade_until_it_is_let_go(known: Me) -> None:
    dentist = passage(known, "dentist")
    (marked,) = known.mark(dentist[:12])
    assert marked.passage.id == dentist
    assert known.fading().counts["kept"] == 1
    known.mark(dentist, False)
    assert known.fading().counts["kept"] == 0
    with pytest.raises(UsageError, match="Nothing in memory"):
        known.mark("ffffffffffff")


def test_an_important_statement_is_marked(known: Me) -> None:
    kept = known.remember("the spare key is under the third stone", important=True)
    ((trace, found),) = known.fading().first["kept"]
    assert (trace.passage, found.reasons[0]) == (kept.passages[0].passage.id, "you marked it")


def test_all_of_memory_is_counted_once(known: Me) -> None:
    assert sum(known.fading(1).counts.values()) == known.reader.counts().passages
    assert all(len(first) <= 1 for first in known.fading(1).first.values())
