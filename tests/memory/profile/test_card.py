"""The owner's card: within its budget, made of what is so now, and the owner's lines stay."""

from __future__ import annotations

import dataclasses
from pathlib import Path

import pytest

from secondme.knowledge import OWNER, Fact, Quote
from secondme.me import Me
from secondme.memory.forgetting import Wish
from secondme.memory.profile.card import ADDED, BUDGET, card, key_of, tokens_of
from secondme.store.profile import Edit

TODAY = 740_000
LIVES = Fact(
    1, "a1", OWNER, "place", "You live in Ghent", "lives in", "Ghent", True, "claim", OWNER, "own", 0.9, "rules", None,
    TODAY - 30, None, 100, None, (Quote("p1", 0, 15, "I live in Ghent"),),
)  # fmt: skip


def fact(number: int, **more: object) -> Fact:
    return dataclasses.replace(LIVES, number=number, id=f"a{number}", **more)  # type: ignore[arg-type]


def likes(number: int, what: str, **more: object) -> Fact:
    told = {"kind": "preference", "slot": "likes", "value": what, "statement": f"You like {what}", "single": False}
    return fact(number, **{**told, **more})


def texts(*facts: Fact, edits: dict[str, Edit] | None = None, **more: object) -> list[str]:
    return [line.text for line in card(facts, edits or {}, TODAY, **more).lines]  # type: ignore[arg-type]


def test_each_line_names_its_facts() -> None:
    (line,) = card([LIVES], {}, TODAY).lines
    assert (line.text, line.heading, line.facts) == ("You live in Ghent", "Places", (1,))


def test_values_of_one_slot_share_a_line() -> None:
    assert texts(likes(1, "coffee"), likes(2, "Bach")) == ["Likes: Bach, coffee"]


def test_it_stays_within_its_budget_and_says_what_found_no_room() -> None:
    many = [
        fact(n, kind="relation", slot=f"cousin {n}", statement=f"Your cousin number {n} is Ana") for n in range(1, 200)
    ]
    made = card([*many, LIVES], {}, TODAY)
    assert sum(tokens_of(line.text) for line in made.lines) <= made.tokens <= BUDGET
    assert made.left_out == 200 - len(made.lines) > 0


@pytest.mark.parametrize(
    "more",
    [
        {"valid_to": TODAY - 1},
        {"retired_at": 5},
        {"kind": "credential"},
        {"stance": "hearsay"},
        {"trust": "machine"},
        {"kind": "plan", "event": (TODAY - 2, TODAY - 1)},
        {"kind": "task", "slot": "", "event": None},
        {"kind": "possession", "slot": "price of shelf"},
    ],
)
def test_what_is_over_uncertain_secret_or_about_things_has_no_line(more: dict[str, object]) -> None:
    assert texts(fact(1, **more)) == []


def test_what_is_planned_stands_until_its_day_is_over() -> None:
    assert texts(fact(1, kind="plan", event=(TODAY, TODAY + 3))) == ["You live in Ghent"]


def test_faded_likes_weigh_less_and_a_birthplace_does_not_fade() -> None:
    def weight(one: Fact, clear: float) -> float:
        return card([one], {}, TODAY, {"p1": clear}).lines[0].weight

    assert weight(likes(1, "coffee"), 0.0) < weight(likes(1, "coffee"), 1.0)
    assert weight(LIVES, 0.0) == weight(LIVES, 1.0)


# -- the owner's lines ------------------------------------------------------------------------------------------------


def test_an_edited_line_stays_and_says_what_is_newer() -> None:
    edits = {"place:lives in": Edit("place:lives in", "You live in Ghent, above the bakery", 200)}
    (line,) = card([LIVES], edits, TODAY).lines
    assert (line.text, line.edited, line.newer) == ("You live in Ghent, above the bakery", 200, "")
    moved = fact(2, statement="You live in Bruges", learned_at=300)
    (line,) = card([moved], edits, TODAY).lines
    assert (line.text, line.newer) == ("You live in Ghent, above the bakery", "You live in Bruges")


def test_a_line_can_be_left_out_and_added() -> None:
    edits = {
        "place:lives in": Edit("place:lives in", "", 1),
        f"{ADDED}:x": Edit(f"{ADDED}:x", "You are left-handed", 1),
    }
    assert texts(LIVES, edits=edits) == ["You are left-handed"]


def test_the_owners_lines_come_before_all_others_where_room_is_short() -> None:
    edits = {f"{ADDED}:x": Edit(f"{ADDED}:x", "You are left-handed", 1)}
    assert texts(LIVES, edits=edits, budget=6) == ["You are left-handed"]


@pytest.fixture
def known(me: Me, notes: Path) -> Me:
    (notes / "me.md").write_text("I am allergic to penicillin.\n")
    (notes / "bike.md").write_text("The bike stands in the shed.\n")
    me.ingest([notes])
    me.reflect()
    return me


def test_an_edit_stays_when_its_source_is_read_anew_and_goes_when_that_is_forgotten(known: Me, notes: Path) -> None:
    (line,) = known.profile().lines
    known.edit_profile(line.key, "Penicillin makes you ill")
    (notes / "me.md").write_text("I am allergic to penicillin, badly.\n")
    known.ingest([notes])
    assert [line.text for line in known.profile().lines] == ["Penicillin makes you ill"]
    known.reflect()
    assert [line.text for line in known.profile().lines] == ["Penicillin makes you ill"]
    known.forget(known.forgettable(Wish(str(notes / "me.md"))))
    assert (known.profile().lines, known.edited_lines()) == ((), {})
    known.close()
    assert not any(b"makes you ill" in path.read_bytes() for path in known.home.memories.glob("ledger.db*"))


def test_an_edit_is_undone(known: Me) -> None:
    (line,) = known.profile().lines
    known.edit_profile(line.key, "")
    assert known.profile().lines == ()
    known.edit_profile(line.key, None)
    assert known.profile().lines == (line,)


def test_keys_name_the_slot_or_else_the_fact() -> None:
    assert key_of(LIVES) == "place:lives in"
    assert key_of(fact(7, slot="")) == "a7"
