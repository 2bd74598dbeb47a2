"""The lines of an episode: its own sentences."""

from __future__ import annotations

from collections.abc import Sequence

from secondme.memory.episodes.summarising import LONGEST, clean, lines
from secondme.memory.episodes.telling import Telling, root

WORDS = Telling({root(word): 1.0 for word in ("boiler", "dries", "inspection", "vessel", "flat", "pressure", "rent")})


def chosen(texts: Sequence[str], kind: str = "note", trust: str = "own") -> list[str]:
    passages = [(str(n), text, trust) for n, text in enumerate(texts)]
    return [line.text for line in lines(passages, [1.0] * len(passages), WORDS, kind)]


def test_each_line_stands_word_for_word_in_the_passage_that_it_cites() -> None:
    texts = [
        "The boiler passed the inspection, but the vessel was nearly flat.\n\nIt rained all day.",
        "- [x] tell Geert about the\n  pressure in the boiler",
    ] * 3
    found = lines([(str(n), text, "own") for n, text in enumerate(texts)], [1.0] * len(texts), WORDS)
    assert found
    for line in found:
        assert line.text in " ".join(texts[int(line.passage)].split())


def test_what_tells_comes_before_chat() -> None:
    assert chosen(["Thanks a lot! The boiler passed the inspection. See you soon."]) == [
        "The boiler passed the inspection."
    ]


def test_statements_come_before_questions_and_tables() -> None:
    asked = "Is the boiler inspection on Tuesday? "
    assert chosen([asked + "The boiler inspection is on Tuesday."]) == ["The boiler inspection is on Tuesday."]
    assert chosen(["| boiler | inspection |\n\nDries found the pressure of the vessel low."])[0].startswith("Dries")


def test_what_was_said_already_is_not_said_again() -> None:
    text = "Dries came for the boiler inspection today. "
    many = [text * 12, "The rent goes up in July by ten euro."]
    assert len(chosen(many)) == len(set(chosen(many)))
    assert "rent" in " ".join(chosen(many))


def test_keys_and_values_at_a_notes_head_are_no_summary() -> None:
    assert chosen(["boiler: Dries\nrent: 900"]) == []


def test_an_events_fields_are_not_told_again() -> None:
    assert chosen(["Boiler\nWhen: Tuesday 19 May 2026 at 8:00\nWhere: Home, boiler room"], kind="event") == []


def test_captions_are_not_what_was_said() -> None:
    assert chosen(["[shares a photo: a photo of a boiler and its vessel]"]) == []


def test_an_assistant_speaks_only_where_nobody_else_does() -> None:
    machine, own = (
        ("1", "The boiler inspection needs the vessel at full pressure.", "machine"),
        ("2", "My rent is due.", "own"),
    )
    assert [line.passage for line in lines([machine, own], [1.0, 1.0], WORDS)] == ["2"]
    assert [line.passage for line in lines([machine], [1.0], WORDS)] == ["1"]


def test_a_line_is_no_longer_than_a_line() -> None:
    long = clean("boiler " * 100)
    assert len(long) <= LONGEST
    assert not long.endswith(" ")
