"""What a new claim does to what is known: on a real ledger, claim by claim."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from secondme.knowledge import OWNER, Claim, Fact, Quote
from secondme.memory.facts import reconcile as facts
from secondme.memory.facts.reconcile import Outcome, reconcile, retract
from secondme.records import Item, Passage, Segment
from secondme.store import facts as kept
from secondme.store.ledger import Ledger

NOW = 1_770_000_000


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db", create=True)
    yield opened
    opened.close()


def stored(ledger: Ledger, text: str) -> str:
    """A note of one passage; the passage's id."""
    number = f"{ledger.counts().sources + 1}"
    id_ = next((one.passage.id for one in ledger.all_passages() if one.passage.text == text), f"p{number}")
    row = ledger.source_for(f"/{number}", "text", key=number)
    ledger.stage(row, [(Item("note", text, (Segment(0, len(text)),)), [Passage(id_, text, "", 0, len(text), 1)], None)])
    ledger.publish([(row, 1, 2, number, ())])
    return id_


def removed(ledger: Ledger, text: str) -> None:
    """The note goes."""
    (uri,) = {one.source for one in ledger.all_passages() if one.passage.text == text}
    row = ledger.source(uri)
    assert row is not None
    ledger.remove([row.n])


def day(text: str) -> int:
    return date.fromisoformat(text).toordinal()


def said(ledger: Ledger, text: str, value: str, on: str | None, slot: str = "lives in", **more: object) -> Outcome:
    """The owner's note `text` of that day says that the slot holds `value`."""
    claim = Claim(
        OWNER, "place", text, Quote(stored(ledger, text), 0, len(text), text), slot, value, True,
        day=day(on) if on else None,
    )  # fmt: skip
    return reconcile(ledger, replace(claim, **more), NOW)  # type: ignore[arg-type]


def held(ledger: Ledger, slot: str = "lives in", subject: str = OWNER) -> dict[str, tuple[int | None, int | None]]:
    """What the slot ever held, and from when to when."""
    found = kept.in_slot(ledger, subject, slot)
    return {fact.value: (fact.valid_from, fact.valid_to) for fact in found if fact.retired_at is None}


def operations(ledger: Ledger, number: int) -> list[str]:
    return [change.operation for change in kept.history(ledger, number)]


def only(ledger: Ledger) -> Fact:
    (fact,) = kept.all_facts(ledger)
    return fact


def test_a_new_fact_has_its_quote_its_day_and_its_history(ledger: Ledger) -> None:
    assert said(ledger, "I live in Ghent", "Ghent", "2024-05-01") == ("ADD", 1, 0)
    fact = only(ledger)
    assert (fact.subject, fact.value, fact.valid_from, fact.current) == (OWNER, "Ghent", day("2024-05-01"), True)
    assert [quote.text for quote in fact.quotes] == ["I live in Ghent"]
    assert operations(ledger, 1) == ["ADD"]


def test_the_same_thing_said_again_is_more_evidence_and_not_another_fact(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    before = only(ledger).confidence
    assert said(ledger, "here in ghent, where I live", "ghent", "2023-01-01").operation == "MERGE"
    fact = only(ledger)
    assert [quote.text for quote in fact.quotes] == ["here in ghent, where I live", "I live in Ghent"]
    assert fact.confidence > before
    assert fact.valid_from == day("2023-01-01")
    assert operations(ledger, 1) == ["ADD", "MERGE"]


def test_the_same_words_read_twice_change_nothing(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    once = only(ledger)
    assert said(ledger, "I live in Ghent", "Ghent", "2024-05-01").operation == "NOOP"
    assert only(ledger) == once


def test_a_later_value_ends_the_earlier_one_on_its_day(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "I live in Lisbon", "Lisbon", "2025-02-03")
    assert held(ledger) == {"Ghent": (day("2024-05-01"), day("2025-02-03")), "Lisbon": (day("2025-02-03"), None)}
    assert kept.history(ledger, 1)[-1].other == 2


def test_an_old_note_that_is_read_late_is_history_at_once(ledger: Ledger) -> None:
    said(ledger, "I live in Lisbon", "Lisbon", "2025-02-03")
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    assert held(ledger) == {"Ghent": (day("2024-05-01"), day("2025-02-03")), "Lisbon": (day("2025-02-03"), None)}


@settings(max_examples=25, deadline=None)
@given(order=st.permutations([("Ghent", "2020-01-01"), ("Lisbon", "2021-01-01"), ("Oslo", "2022-01-01")]))
def test_the_order_of_reading_does_not_matter(
    tmp_path_factory: pytest.TempPathFactory, order: list[tuple[str, str]]
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("order") / "ledger.db", create=True)
    for place, when in order:
        said(ledger, f"I live in {place}", place, when)
    assert held(ledger) == {
        "Ghent": (day("2020-01-01"), day("2021-01-01")),
        "Lisbon": (day("2021-01-01"), day("2022-01-01")),
        "Oslo": (day("2022-01-01"), None),
    }
    ledger.close()


def test_a_value_that_comes_back_holds_again(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2020-01-01")
    said(ledger, "I live in Lisbon", "Lisbon", "2021-01-01")
    said(ledger, "back in Ghent", "Ghent", "2022-01-01")
    assert held(ledger)["Ghent"][1] is None
    assert held(ledger)["Lisbon"] == (day("2021-01-01"), day("2022-01-01"))


def test_what_is_said_to_be_over_ends_although_it_is_in_another_slot(ledger: Ledger) -> None:
    said(ledger, "I use VS Code for everything", "VS Code", "2024-01-01", "uses", single=False)
    said(ledger, "I use Excel", "Excel", "2024-01-01", "uses", single=False)
    text = "switched from VS Code to Neovim"
    outcome = said(ledger, text, "Neovim", "2024-03-01", "editor", ended=("VS Code",))
    assert outcome.operation == "UPDATE"
    assert held(ledger, "uses") == {
        "VS Code": (day("2024-01-01"), day("2024-03-01")),
        "Excel": (day("2024-01-01"), None),
    }


def test_a_claim_that_only_ends_something_adds_no_fact(ledger: Ledger) -> None:
    said(ledger, "I teach the evening class", "", "2024-01-01", "", single=False)
    outcome = said(ledger, "done with teaching", "", "2024-06-01", "", statement="", ended=("teach class",))
    assert outcome.operation == "END"
    assert only(ledger).valid_to == day("2024-06-01")
    assert said(ledger, "done with that", "", "2024-06-01", "", statement="", ended=("juggling",)).operation == "NOOP"


def test_a_word_that_many_facts_have_ends_none_of_them(ledger: Ledger) -> None:
    said(ledger, "I love painting with Ana", "painting with Ana", "2024-01-01", "likes", single=False)
    said(ledger, "painting calms me", "", "2024-01-02", "", single=False)
    said(ledger, "finished the painting", "", "2024-03-01", "", ended=("the painting",))
    assert all(fact.current for fact in kept.all_facts(ledger))


def test_what_happened_before_something_was_said_does_not_end_it(ledger: Ledger) -> None:
    said(ledger, "I love the LED bulb in my lamp", "LED bulb", "2024-05-10", "likes", single=False)
    event = (day("2024-05-01"), day("2024-05-02"))
    said(ledger, "replaced the bulb last month", "", "2024-05-20", "", event=event, ended=("LED bulb",))
    assert held(ledger, "likes")["LED bulb"][1] is None


def test_a_name_is_not_taken_for_the_verb_that_is_spelt_like_it(ledger: Ledger) -> None:
    said(ledger, "The game targets the Switch", "", "2024-01-01", "", single=False)
    said(ledger, "switching to real-time combat", "", "2024-01-02", "", single=False)
    said(ledger, "dropped the Switch", "", "2024-03-01", "", ended=("Switch",))
    assert {fact.statement: fact.current for fact in kept.all_facts(ledger)} == {
        "The game targets the Switch": False, "switching to real-time combat": True, "dropped the Switch": True,
    }  # fmt: skip


def test_what_was_said_later_is_not_ended_by_an_earlier_word(ledger: Ledger) -> None:
    said(ledger, "I use VS Code", "VS Code", "2024-06-01", "uses", single=False)
    said(ledger, "switched from VS Code to Neovim", "Neovim", "2024-03-01", "editor", ended=("VS Code",))
    assert held(ledger, "uses")["VS Code"][1] is None


@pytest.mark.parametrize("stance", ["guess", "hearsay"])
def test_guesses_and_hearsay_are_kept_and_end_nothing(ledger: Ledger, stance: str) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    assert said(ledger, "maybe it is Lisbon", "Lisbon", "2025-05-01", stance=stance) == ("ADD", 2, 0)
    assert held(ledger)["Ghent"] == (day("2024-05-01"), None)
    assert kept.disputes(ledger) == []


def test_a_plan_counts_from_the_day_that_it_is_for(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    event = (day("2025-09-01"), day("2025-09-30"))
    said(ledger, "moving to Lisbon in September", "Lisbon", "2025-05-01", stance="plan", event=event)
    assert held(ledger) == {"Ghent": (day("2024-05-01"), day("2025-09-01")), "Lisbon": (day("2025-09-01"), None)}
    ghent, _ = kept.in_slot(ledger, OWNER, "lives in")
    assert ghent.holds_on(day("2025-08-31"))
    assert not ghent.holds_on(day("2025-09-01"))


@pytest.mark.parametrize(("first", "second"), [("2024-05-01", "2024-05-01"), (None, "2024-05-01"), (None, None)])
def test_two_values_that_no_day_tells_apart_are_put_before_the_owner(
    ledger: Ledger, first: str | None, second: str | None
) -> None:
    said(ledger, "I live in Ghent", "Ghent", first)
    assert said(ledger, "I live in Lisbon", "Lisbon", second).disputes == 1
    (dispute,) = kept.disputes(ledger)
    assert {dispute.one.value, dispute.other.value} == {"Ghent", "Lisbon"}
    assert all(until is None for _, until in held(ledger).values())


def test_nobody_else_ends_what_the_owner_said_of_themselves(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    assert said(ledger, "you live in Lisbon", "Lisbon", "2025-05-01", trust="other").disputes == 1
    assert held(ledger)["Ghent"][1] is None


def test_a_model_s_reading_ends_nothing_that_rules_read(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "I use VS Code", "VS Code", "2024-05-01", "uses", single=False)
    assert said(ledger, "Lisbon it is", "Lisbon", "2025-05-01", by="model small", ended=("VS Code",)).disputes == 1
    assert held(ledger)["Ghent"][1] is None
    assert held(ledger, "uses")["VS Code"][1] is None
    said(ledger, "Oslo it is", "Oslo", "2025-06-01", by="model small")
    assert held(ledger)["Lisbon"][1] == day("2025-06-01")


def test_two_values_in_one_passage_are_both_meant(ledger: Ledger) -> None:
    text = "Phones: 0471 and 0472"
    said(ledger, text, "0471", None, "phone")
    assert said(ledger, text, "0472", None, "phone", quote=Quote("p1", 8, len(text), text[8:])).disputes == 0
    assert set(held(ledger, "phone")) == {"0471", "0472"}


def test_values_of_different_people_have_nothing_to_do_with_each_other(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "Ana lives in Lisbon", "Lisbon", "2025-05-01", subject="Ana")
    assert held(ledger)["Ghent"][1] is None
    assert held(ledger, subject="ana") == {"Lisbon": (day("2025-05-01"), None)}


# ---- the owner's word


def test_what_the_owner_took_back_does_not_come_back_and_what_it_ended_holds_again(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "I live in Lisbon", "Lisbon", "2025-02-03")
    retract(ledger, 2, NOW + 1, "a joke")
    assert held(ledger) == {"Ghent": (day("2024-05-01"), None)}
    assert said(ledger, "in Lisbon I live", "Lisbon", "2025-03-03").operation == "NOOP"
    assert held(ledger) == {"Ghent": (day("2024-05-01"), None)}
    assert [change.note for change in kept.history(ledger, 2) if change.operation == "RETRACT"] == ["a joke"]


@pytest.mark.parametrize(
    ("verdict", "left"),
    [("holds", {"Ghent": None}), ("both", {"Ghent": None, "Lisbon": None}), ("neither", {}),
     ("changed", {"Ghent": None, "Lisbon": day("2025-01-01")})],
)  # fmt: skip
def test_a_verdict_settles_a_dispute(ledger: Ledger, verdict: str, left: dict[str, int | None]) -> None:
    said(ledger, "I live in Ghent", "Ghent", None)
    said(ledger, "I live in Lisbon", "Lisbon", None)
    if verdict == "holds":
        facts.holds(ledger, 1, 2, NOW)
    elif verdict == "both":
        facts.both(ledger, 1, 2)
    elif verdict == "neither":
        facts.neither(ledger, 1, 2, NOW)
    else:
        facts.changed(ledger, 1, 2, day("2025-01-01"), NOW)
    assert {value: until for value, (_, until) in held(ledger).items()} == left
    assert kept.disputes(ledger) == []


def test_what_was_so_and_what_was_known_are_two_questions(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "I live in Lisbon", "Lisbon", "2025-02-03")

    def known(on: str, moment: int = NOW) -> list[str]:
        return [fact.value for fact in kept.facts_as_of(ledger, day(on), moment)]

    assert (known("2024-06-01"), known("2025-02-03"), known("2020-01-01")) == (["Ghent"], ["Lisbon"], [])
    assert known("2024-06-01", NOW - 1) == []


# ---- what goes


def test_a_fact_goes_with_its_last_quote_and_gives_back_what_it_ended(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "I live in Lisbon", "Lisbon", "2025-02-03")
    removed(ledger, "I live in Lisbon")
    assert held(ledger) == {"Ghent": (day("2024-05-01"), None)}
    assert kept.naming(ledger, OWNER, ["lisbon"]) == []


def test_no_word_of_a_forgotten_quote_is_left_in_the_file(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    said(ledger, "Ghent with its Zwijnaardesteenweg", "Ghent", "2023-05-01")
    said(ledger, "I love Xylophagou", "Xylophagou", "2023-05-01", "likes", single=False)
    removed(ledger, "Ghent with its Zwijnaardesteenweg")
    removed(ledger, "I love Xylophagou")
    ledger.scrub()
    assert only(ledger).statement == "I live in Ghent"
    for path in ledger.path.parent.iterdir():
        stored = path.read_bytes().lower()
        assert b"zwijnaarde" not in stored
        assert b"xylophag" not in stored


def test_a_fact_without_a_visible_quote_does_not_show(ledger: Ledger) -> None:
    said(ledger, "I live in Ghent", "Ghent", "2024-05-01")
    ledger.change("UPDATE items SET superseded = 1")
    assert kept.all_facts(ledger) == []


def test_facts_are_found_by_their_words_whoever_inflects_them(ledger: Ledger) -> None:
    said(ledger, "I teach the evening class", "", "2024-01-01", "", single=False)
    assert [fact.number for fact in kept.naming(ledger, OWNER, ["teaching", "classes"])] == [1]
    assert kept.naming(ledger, "Ana", ["teaching"]) == []
    assert kept.naming(ledger, OWNER, ['"', "*"]) == []
