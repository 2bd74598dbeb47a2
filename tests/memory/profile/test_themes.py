"""Themes: words that come up together, how much of memory they are, and whether that grows."""

from __future__ import annotations

from pathlib import Path

from secondme.me import Me
from secondme.memory.profile.themes import Noted, themes

TODAY = 740_000
CHOIR = (
    "We sang Bach in the choir",
    "The choir rehearsal was in the chapel",
    "I bought a choir folder for the rehearsal",
)
BIKE = "The bike has a flat tyre", "I mended the bike and its tyre", "A bike lock costs money"
OTHER = tuple(
    f"The {one} stands near the {other}"
    for one, other in (("lamp", "window"), ("oven", "shelf"), ("table", "sofa"), ("mirror", "door"), ("plant", "stove"))
)


def noted(*groups: tuple[tuple[str, ...], int | None]) -> list[Noted]:
    texts = [(text, day) for group, day in groups for text in group]
    return [Noted(f"f{n}", text, day) for n, (text, day) in enumerate(texts, start=1)]


def test_what_comes_up_together_is_a_theme_with_its_notes() -> None:
    found = {theme.words[0]: theme for theme in themes(noted((CHOIR, TODAY), (BIKE, TODAY), (OTHER, TODAY)), TODAY)}
    assert set(found) == {"choir", "bike"}
    assert found["choir"].notes == ("f1", "f2", "f3")
    assert found["bike"].notes == ("f4", "f5", "f6")
    assert found["choir"].weight == 3 / 11


def test_a_word_of_two_notes_is_no_theme() -> None:
    assert themes(noted((CHOIR[:2], TODAY), (OTHER, TODAY)), TODAY) == []


def test_the_trend_compares_the_last_ninety_days_with_before() -> None:
    old, new = TODAY - 200, TODAY - 5
    growing = themes(noted((CHOIR, old), (BIKE * 2, new), (BIKE[:1], old), (OTHER * 3, old), (OTHER, new)), TODAY)
    found = {theme.words[0]: theme for theme in growing}
    assert (found["bike"].trend, found["bike"].recent, found["bike"].before) == ("rising", 6, 1)
    assert found["choir"].trend == "quiet"


def test_writing_less_of_everything_is_no_trend() -> None:
    old, new = TODAY - 200, TODAY - 5
    found = themes(noted((CHOIR * 4, old), (OTHER * 4, old), (CHOIR, new), (OTHER, new)), TODAY)
    assert found[0].trend == "steady"


def test_facts_and_episodes_make_themes(me: Me, notes: Path) -> None:
    for n, said in enumerate(("I love the choir.", "I have a choir folder.", "I have a choir dress.")):
        (notes / f"{n}.md").write_text(said)
    me.ingest([notes])
    assert me.themes() == []
    me.reflect()
    assert [theme.words[0] for theme in me.themes()] == ["choir"]
