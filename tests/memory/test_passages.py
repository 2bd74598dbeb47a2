from __future__ import annotations

from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from secondme.engine.fake import FakeEmbedder
from secondme.memory.passages import TARGET_TOKENS, cut, embedding_text, in_words
from secondme.records import Item, Segment, Skipped
from secondme.sources import open_file, reader_for

counts = FakeEmbedder().counts
SAMPLE = Path(__file__).resolve().parents[2] / "assets" / "sample"
LONG_LINE = " ".join(f"word{n}" for n in range(1_000))
TEXTS = {
    "note.md": f"---\ntitle: Trip\ndate: 2026-05-04\n---\n# Lisbon 👋\n\nIt leaves at 07:25. Be early.\n\n"
    f"- [ ] pack\n- call [[Ana]]\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n## Long\n\n{LONG_LINE}\n",
    "plain.txt": f"Title\n=====\n\nGrüße aus Köln. 東京へ行く。\r\n\r\n{LONG_LINE}\n\nThe end.",
    "huge.txt": "A paragraph of some words, again and again.\n\n" * 4_000,
    "page.html": "<html><title>T</title><body><h1>Head</h1><p>One &amp; two. Three&nbsp;four.</p><ul><li>x<li>y</ul>"
    f"<table><tr><td>a<td>b</table><p>{LONG_LINE}</p></body></html>",
}


def read(path: Path) -> list[Item]:
    file = open_file(path)
    choice = reader_for(file)
    assert not isinstance(choice, Skipped), choice
    return [record for record in choice[0].read(file) if isinstance(record, Item)]


def check(item: Item) -> int:
    """Hold every passage of an item against its text; returns how many there are."""
    passages = cut(item, "id", counts)
    spans = [(p.start - item.base, p.end - item.base) for p in passages]
    for passage, (start, end) in zip(passages, spans, strict=True):
        assert item.text[start:end] == passage.text
        assert passage.text.strip() == passage.text != ""
        assert passage.line == item.line + item.text.count("\n", 0, start)
        overlapping = [s for s in item.segments if s.start < end and start < s.end]
        touched = [s for s in overlapping if item.text[s.start : s.end].strip()]  # a blank page between two is passed
        assert {(s.heading, s.page) for s in touched} == {(touched[0].heading, passage.page)}
        assert touched[0].start <= start
        assert end <= touched[-1].end
        read_of_it = [item.text[max(start, s.start) : min(end, s.end)] for s in touched]
        assert sum(counts(read_of_it)) <= TARGET_TOKENS
    assert all(before[1] <= after[0] for before, after in pairwise(spans))
    covered = {at for start, end in spans for at in range(start, end)}
    inside = {at for s in item.segments for at in range(s.start, s.end) if not item.text[at].isspace()}
    assert inside <= covered
    assert len({passage.id for passage in passages}) == len(passages)
    return len(passages)


@pytest.mark.parametrize("name", TEXTS)
def test_passages_are_exact_spans_under_one_heading_within_the_target(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_bytes(TEXTS[name].encode())
    assert sum(check(item) for item in read(tmp_path / name)) > 1


def test_the_parts_of_a_huge_text_count_on_from_each_other(tmp_path: Path) -> None:
    path = tmp_path / "huge.txt"
    path.write_text(TEXTS["huge.txt"])
    whole, items = TEXTS["huge.txt"], read(path)
    assert len(items) > 1
    for item in items:
        for passage in cut(item, "id", counts):
            assert whole[passage.start : passage.end] == passage.text
            assert passage.line == 1 + whole.count("\n", 0, passage.start)


SAMPLES = [p for p in sorted(SAMPLE.rglob("*")) if p.suffix in (".md", ".txt", ".html", ".pdf", ".docx")]


@pytest.mark.parametrize("path", SAMPLES, ids=lambda path: path.name)
def test_the_sample_life_s_passages_are_exact_spans(path: Path) -> None:
    for item in read(path):
        check(item)


def test_there_is_a_sample_of_every_kind() -> None:
    assert {path.suffix for path in SAMPLES} >= {".md", ".html", ".pdf"}


@st.composite
def items(draw: st.DrawFn) -> Item:
    text = draw(
        st.lists(st.sampled_from(["word ", "End. ", "\n", "\n\n", "- x\n", "é", "👋", "   ", "a" * 300, "。"])).map(
            "".join
        )
    )
    borders = sorted(draw(st.sets(st.integers(0, len(text)), max_size=6)))
    segments = tuple(
        Segment(a, b, "prose", (f"heading {draw(st.integers(0, 1))}",), draw(st.sampled_from([None, 1, 2])))
        for a, b in pairwise(borders)
    )
    return Item("note", text, segments, base=draw(st.integers(0, 9)), line=draw(st.integers(1, 9)))


@given(items())
def test_whatever_the_segments_passages_are_exact_spans(item: Item) -> None:
    check(item)


@given(st.lists(st.sampled_from(["a" * 400, "b", "c c c c c c c c", "x-y-z"]), max_size=60), st.integers(1, 12))
def test_a_long_sentence_is_split_until_each_part_is_within_the_target(words: list[str], target: int) -> None:
    text = " ".join(words)
    passages = cut(Item("note", text, (Segment(0, len(text)),)), "id", counts, target=target)
    assert all(counts([p.text])[0] <= target for p in passages)
    assert "".join("".join(p.text.split()) for p in passages) == "".join(text.split())


def test_short_sentences_are_joined_up_to_the_target() -> None:
    text = " ".join("One two three four." for _ in range(100))
    passages = cut(Item("note", text, (Segment(0, len(text)),)), "id", counts)
    assert len(passages) == 4
    assert counts([passages[0].text]) == [TARGET_TOKENS]


def test_what_the_reader_left_out_between_two_segments_is_not_swallowed() -> None:
    text = "Before it." + "\n<!-- left out -->" * 20 + "\nAfter it."
    ends = (Segment(0, 10), Segment(len(text) - 9, len(text)))
    assert [p.text for p in cut(Item("note", text, ends), "id", counts)] == ["Before it.", "After it."]


def test_ids_are_stable_and_depend_on_the_words_not_on_the_place() -> None:
    def ids(text: str, id_: str = "item") -> list[str]:
        middle = text.index("|")
        both = (Segment(0, middle, heading=("A",)), Segment(middle + 1, len(text), heading=("B",)))
        return [p.id for p in cut(Item("note", text, both), id_, counts)]

    before = ids("First words.|Second words.")
    assert ids("First words.|Second words.") == before
    assert ids("First words, and more.|Second words.")[1] == before[1]
    assert ids("First words.|Second words!")[0] == before[0]
    assert not set(ids("First words.|Second words.", "other item")) & set(before)


def test_the_same_words_twice_are_two_passages() -> None:
    text = "Milk.\nMilk."
    passages = cut(Item("note", text, (Segment(0, 5, "field"), Segment(6, 11, "field"))), "id", counts)
    assert [p.text for p in passages] == ["Milk.", "Milk."]
    assert passages[0].id != passages[1].id


def test_title_headings_speaker_and_date_are_indexed_and_not_quoted() -> None:
    text = "It leaves at 07:25."
    item = Item("note", text, (Segment(0, len(text), heading=("Trips", "Lisbon")),), title="Trips", speaker="Ana",
                time=datetime(2026, 5, 4, tzinfo=UTC))  # fmt: skip
    (passage,) = cut(item, "id", counts)
    assert passage.text == text
    assert passage.context == "Trips › Lisbon — Ana — Monday 4 May 2026"
    assert embedding_text(passage) == f"Trips › Lisbon\n{text}"
    (undated,) = cut(item, "id", counts, dated=False)
    assert "2026" not in undated.context


def test_a_date_is_written_as_people_write_it() -> None:
    assert in_words(datetime(2026, 12, 25, tzinfo=UTC)) == "Friday 25 December 2026"


def test_what_is_short_goes_together_uncounted_and_comes_out_the_same() -> None:
    def never(texts: object) -> list[int]:
        raise AssertionError("counted")

    short = "Running late. Bring the key! See you at 7?"
    item = Item(kind="message", text=short, segments=(Segment(0, len(short)),))
    (passage,) = cut(item, "id", never)
    assert [passage] == cut(item, "id", counts, target=len(short))
    assert (passage.start, passage.end) == (0, len(short))


def test_what_is_short_in_characters_but_not_in_tokens_is_counted() -> None:
    """A byte of another script may be a token of its own."""
    text = "これは長い文です。" * 14
    item = Item(kind="message", text=text, segments=(Segment(0, len(text)),))
    assert len(text) > 120
    assert len(cut(item, "id", lambda texts: [len(t.encode()) for t in texts])) > 1
    half = text[: 9 * 12]
    item = Item(kind="message", text=half, segments=(Segment(0, len(half)),))
    assert len(half) < 120
    assert len(cut(item, "id", lambda texts: [len(t.encode()) for t in texts])) > 1
