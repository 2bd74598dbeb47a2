"""Real notes of Roam, Tomboy and Apple's Journal against what another importer made of them: every word and title."""

from __future__ import annotations

import os
import re
from collections import Counter
from datetime import UTC
from pathlib import Path

import pytest

from secondme.records import Item
from tests.sources import making

DATA = Path(os.environ.get("SECONDME_TEST_DATA", ""), "exports", "notes-apps")
pytestmark = pytest.mark.skipif(not DATA.is_dir(), reason="SECONDME_TEST_DATA names no folder with real exports")

_REFERENCE = re.compile(r"!?\[\[[^\[\]]*#\^[^\[\]|]*\]\]|\(\([\w-]+\)\)| \^[\w-]+$|^\s*\^[\w-]+$", re.MULTILINE)
_LABELLED = re.compile(r"\[\[[^\[\]]*\|([^\[\]]*)\]\]")
_TAG = re.compile(r"<(?:iframe|video controls|audio controls) src=\"([^\"]*)\"></\w+>")
_FENCE = re.compile(r"```\w+$", re.MULTILINE)  # the language of a block of code
_DAY = re.compile(r"([A-Z][a-z]+) (\d{1,2})(?:st|nd|rd|th), (\d{4})")
_MONTHS = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()  # noqa: SIM905


def words(text: str) -> Counter[str]:
    text = _DAY.sub(lambda m: f"{m[3]}-{_MONTHS.index(m[1][:3]) + 1:02}-{int(m[2]):02}", text)
    return Counter(word for word in re.findall(r"[^\W_]+", text) if word != "x")  # a box that is ticked


def expected_words(written: str) -> Counter[str]:
    """The words of an expected note, without what that importer alone writes: anchors, folders before a page's name."""
    plain = _FENCE.sub("", _TAG.sub(r"\1", written))
    return words(_LABELLED.sub(r"\1", _REFERENCE.sub("", plain)))


def called(name: str) -> str:
    """A title as far as a file's name can keep it."""
    return " ".join(words(name))


def lost(written: str, item: Item) -> Counter[str]:
    return expected_words(written) - words(f"{item.title}\n{item.text}")


@pytest.mark.parametrize("name", ["help-graph-excerpt", "shapes", "small-test-graph"])
def test_every_word_of_a_roam_graph_is_there(name: str) -> None:
    items = {called(r.title): r for r in making.read(DATA / "roam" / f"{name}.json") if isinstance(r, Item)}
    folder = DATA / "roam" / "expected" / name
    twins = {"Colliding name", "Colliding name 1"}
    notes = {str(path.relative_to(folder).with_suffix("")): path.read_text("utf-8") for path in folder.rglob("*.md")}
    for title, written in notes.items():
        if written.strip() and title not in twins:
            assert not lost(written, items[called(title)]), title
    assert len(items) == sum(bool(written.strip()) for written in notes.values()) - ("Colliding name" in notes)


def test_every_word_title_date_and_tag_of_tomboy_notes_is_there() -> None:
    for path in sorted((DATA / "tomboy").glob("*.note")):
        found = making.item(path)
        (made,) = (DATA / "tomboy" / "expected" / path.stem).glob("*.md")
        front, _, body = made.read_text("utf-8").removeprefix("---\n").partition("---\n")
        assert called(found.title) == called(made.stem)
        assert not lost(body, found), path.name
        assert found.time is not None
        assert f"created: {found.time.astimezone(UTC):%Y-%m-%dT%H:%M:%S}" in front
        assert list(found.tags) == re.findall(r'"([^"]*)"', front)


def test_every_word_and_day_of_journal_entries_is_there() -> None:
    for path in sorted((DATA / "journal").glob("*.html")):
        found = making.item(path)
        written = (DATA / "journal" / "expected" / f"{path.stem}.md").read_text("utf-8")
        day = re.search(r"^date: (.*)$", written, re.MULTILINE)
        assert day is not None
        assert found.time is not None
        assert f"{found.time:%Y-%m-%d}" == day[1]
        assert not lost(written.replace(day[0], ""), found), path.name
        assert found.title in path.read_text("utf-8")
