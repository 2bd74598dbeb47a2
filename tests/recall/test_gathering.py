"""Candidates where filters keep most of memory away, and where the nearest passages do not show."""

from __future__ import annotations

from pathlib import Path

import pytest

from secondme.me import Me
from secondme.recall import gathering
from secondme.store.rows import Filters, selective, where
from tests.recall.test_search import NOON, TALK, chat

SECONDS = int(NOON.timestamp())


@pytest.fixture
def talk(me: Me, notes: Path) -> Me:
    (notes / "ana.md").write_text("Ana's birthday is in May.\n")
    me.ingest([chat(notes, "ana-and-ben", TALK), chat(notes, "cleo-and-ben", [("Cleo", 3, "Hello Ben!")]), notes])
    return me


def filters(me: Me) -> list[Filters]:
    people = {name: n for n, name in me.reader.rows("SELECT n, name FROM handles")}
    ana, cleo = (people["Ana"],), (people["Cleo"],)
    return [
        Filters(),
        Filters(source="*cleo*"),
        Filters(source="*", since=SECONDS + 100, until=SECONDS + 200),
        Filters(people=ana),
        Filters(people=ana, names='"Ana"'),
        Filters(people=cleo, close=True),
        Filters(people=(*ana, *cleo), names='"Ana"', source="*.md"),
        Filters(people=(999,), known_by=SECONDS),
        Filters(without=(1, 2), people=ana),
    ]


def test_what_is_listed_is_what_passes(talk: Me) -> None:
    sql = "SELECT p.n FROM passages p JOIN items i ON i.n = p.item WHERE"
    for one in filters(talk):
        (plain, values), (listed, more) = where(one), selective(one)
        passing = [n for (n,) in talk.reader.rows(f"{sql} {plain} ORDER BY p.n", values)]
        assert [n for (n,) in talk.reader.rows(f"{sql} {listed} ORDER BY p.n", more)] == passing


@pytest.mark.parametrize("wide", [1, 3, 1_000])
def test_however_few_are_looked_at_first_all_that_passes_is_found(
    talk: Me, wide: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(gathering, "WIDE", wide)
    sql = "SELECT t.text FROM passages p JOIN items i ON i.n = p.item JOIN passage_text t ON t.n = p.n WHERE"
    for one in filters(talk):
        clause, values = where(one)
        passing = {text for (text,) in talk.reader.rows(f"{sql} {clause}", values)}
        found = talk.recall("What about the cello?", 50, one, now=NOON)
        assert {hit.passage.text for hit in found.hits} == passing


def test_the_first_that_show_are_taken_of_each_ranking(talk: Me, monkeypatch: pytest.MonkeyPatch) -> None:
    looked: list[int] = []

    def passing(reader: object, numbers: list[int], given: object) -> list[int]:
        looked.extend(numbers)
        return [n for n in numbers if n % 3]

    monkeypatch.setattr(gathering, "REACH", 4)
    monkeypatch.setattr(gathering, "passing", passing)
    even, few, none = list(range(0, 400, 2)), [9, 1, 3], list[int]()
    assert gathering._showing(talk.reader, [even, few, none], Filters()) == [[2, 4, 8, 10], [1], []]
    assert len(looked) == len(set(looked)) < 30
