"""The words index: exact where few passages match, and quick without losing the best where many do."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from secondme.store import words
from secondme.store.ledger import Ledger
from secondme.store.rows import EVERYTHING, Filters
from tests.store.test_ledger import MAY, note, published, staged

JUNE = int(MAY.timestamp()) + 28 * 86_400


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    opened = Ledger(tmp_path / "ledger.db", create=True)
    yield opened
    opened.close()


@pytest.fixture
def crowded(monkeypatch: pytest.MonkeyPatch) -> None:
    """A handful of passages count as many."""
    for name, value in {"EXACT": 2, "POOL": 12, "LEG": 6, "FEW": 3, "CHECKED": 8}.items():
        monkeypatch.setattr(words, name, value)


def fill(ledger: Ledger, texts: Sequence[str], uri: str = "/a") -> None:
    """Passages without headings, each called by its text."""
    notes = (note(text, text, title="") for text in texts)
    published(ledger, uri, *((item, [replace(passage, context="")]) for item, (passage,) in notes))


def found(ledger: Ledger, query: str, k: int = 10, filters: Filters = EVERYTHING) -> list[str]:
    return [match.id for match in ledger.words.best(query, k, filters)]


def any_of(*names: str) -> str:
    return " OR ".join(f'"{name}"' for name in names)


def test_few_matches_come_in_the_order_that_fts5_gives_them(ledger: Ledger) -> None:
    texts = [f"{'boat ' * n}{'sail ' * (n % 3)}on day {n} {'more ' * (7 - n)}" for n in range(1, 7)]
    fill(ledger, texts)
    query = any_of("boat", "sail")
    expected = ledger.rows(
        "SELECT rowid, -bm25(words, 1.0, 0.7) FROM words WHERE words MATCH ? ORDER BY bm25(words, 1.0, 0.7)", (query,)
    )
    assert [(m.n, m.score) for m in ledger.words.best(query, 10, EVERYTHING)] == list(expected)
    assert ledger.matching(query, 3) == [(m.id, m.score) for m in ledger.words.best(query, 3, EVERYTHING)]


@pytest.mark.usefixtures("crowded")
def test_a_rare_word_outweighs_common_ones_and_common_ones_decide_among_equals(ledger: Ledger) -> None:
    fill(ledger, [*(f"anna wrote {n}" for n in range(30)), "the regatta of bram", "the regatta of anna"])
    assert found(ledger, any_of("anna", "regatta"))[:2] == ["the regatta of anna", "the regatta of bram"]


@pytest.mark.usefixtures("crowded")
def test_of_common_words_alone_passages_with_two_come_first(ledger: Ledger) -> None:
    texts = [*(f"anna wrote {n}" for n in range(20)), *(f"work until {n}" for n in range(20)), "anna at work again"]
    fill(ledger, texts)
    assert found(ledger, any_of("anna", "work"))[0] == "anna at work again"


@pytest.mark.usefixtures("crowded")
def test_one_common_word_alone_finds_passages_of_it_the_shortest_first(ledger: Ledger) -> None:
    fill(ledger, [*(f"anna wrote a long letter numbered {n}" for n in range(20)), "anna wrote", "nobody"])
    assert found(ledger, any_of("anna"), 4)[0] == "anna wrote"
    assert len(found(ledger, any_of("anna"), 4)) == 4


@pytest.mark.usefixtures("crowded")
def test_what_few_passages_pass_is_found_although_it_is_far_from_the_best(ledger: Ledger) -> None:
    old = [note(f"anna sails {n}", f"old {n}") for n in range(30)]
    published(ledger, "/a", note("anna on the quay, much later and in many words", "late", time=MAY.replace(month=7)))
    published(ledger, "/b", *old)
    assert found(ledger, any_of("anna", "sails"), 5, Filters(since=JUNE)) == ["late"]
    assert found(ledger, any_of("anna", "sails"), 5, Filters(source="/a")) == ["late"]


@pytest.mark.usefixtures("crowded")
def test_what_is_only_staged_does_not_come_and_does_not_take_the_place_of_others(ledger: Ledger) -> None:
    fill(ledger, [f"anna sails {n}" for n in range(20)])
    staged(ledger, "/b", *(note(f"anna sails far {n}", f"staged {n}") for n in range(5)))
    hits = found(ledger, any_of("anna", "sails"), 5)
    assert len(hits) == 5
    assert not any(id_.startswith("staged") for id_ in hits)


@pytest.mark.usefixtures("crowded")
def test_other_expressions_mean_what_fts5_says(ledger: Ledger) -> None:
    fill(ledger, [*(f"anna wrote {n}" for n in range(10)), "anna saw bram"])
    assert found(ledger, '"anna" AND "bram"') == ["anna saw bram"]
    assert found(ledger, '"anna" NOT "wrote"') == ["anna saw bram"]
    assert found(ledger, any_of("nobody", "nothing")) == []


def test_frequencies_follow_the_memory(ledger: Ledger) -> None:
    fill(ledger, ["anna wrote", "anna called"])
    assert ledger.document_frequency(["anna", "wrote", "never"]) == {"anna": 2, "wrote": 1, "never": 0}
    fill(ledger, ["anna came by"], "/b")
    assert ledger.document_frequency(["anna", "came"]) == {"anna": 3, "came": 1}
    assert ledger.words.size == 3


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    texts=st.lists(st.lists(st.sampled_from("abcde"), min_size=1, max_size=6), min_size=1, max_size=40),
    asked=st.sets(st.sampled_from("abcdef"), min_size=1),
    k=st.integers(1, 10),
)
def test_however_many_match_the_best_are_matches_and_in_order(
    crowded: None, tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]], asked: set[str], k: int
) -> None:
    ledger = Ledger(tmp_path_factory.mktemp("words") / "ledger.db", create=True)
    said = [f"{' '.join(f'word{letter}' for letter in text)} {n}" for n, text in enumerate(texts)]
    fill(ledger, said)
    wanted = {f"word{letter}" for letter in asked}
    matches = ledger.words.best(any_of(*sorted(wanted)), k, EVERYTHING)
    there = [text for text in said if wanted & set(text.split())]
    assert {m.id for m in matches} <= set(there)
    assert len({m.n for m in matches}) == len(matches) == min(k, len(there), len(matches))
    assert bool(matches) == bool(there)
    assert [m.score for m in matches] == sorted((m.score for m in matches), reverse=True)
    ledger.close()
